//! A stint: pages taken from the `Crawl` object, up to five at once, for a bounded time. What a stint leaves is
//! taken by the next; a stint that dies loses nothing but its time.

use std::rc::Rc;

use futures::stream::{FuturesUnordered, StreamExt};
use ingest::robots::Robots;
use platform::{Failure, clock, log, objects};
use protocol::RunId;
use protocol::internal::{Claim, ClaimReply, Outcome, Report, Retire, Task};
use protocol::objects::ObjectName;
use store::Tenant;
use worker::Env;

use crate::indexing;

use super::page::Site;
use super::{access, finish, page};

const AT_ONCE: usize = 5;
/// A stint begins no page after this long; a bell for the next is rung by the object's alarm or by the retry.
const STINT_MS: f64 = 60_000.0;
/// Waits longer than this are left to the object's alarm.
const PATIENCE_MS: u64 = 3_000;

/// Works until nothing can be taken.
pub async fn work(env: &Env, tenant: &Tenant, crawl: &ObjectName, run_id: &RunId) -> Result<(), Failure> {
    let begun = clock::ticks_ms();
    let mut running = FuturesUnordered::new();
    let mut site = Known::default();
    let mut access = None;
    loop {
        let free = AT_ONCE.saturating_sub(running.len());
        let late = clock::ticks_ms() - begun > STINT_MS;
        let mut wait_ms = 0;
        if free > 0 && !late {
            let slots = u32::try_from(free).unwrap_or(1);
            let reply = objects::call(env, "CRAWL", crawl, &Claim { run_id: run_id.clone(), slots }).await?;
            let Some(target) = &reply.target else {
                // Another run has begun, or the source is gone. What is under way is not dropped in the middle:
                // its report says what has to be forgotten.
                while running.next().await.is_some() {}
                return Ok(());
            };
            if target.workspace_id != *tenant.workspace() {
                return Err(Failure::Internal("a crawl names another workspace than its bell".into()));
            }
            if reply.finished {
                if finish::settle(env, tenant, crawl, &reply).await? {
                    return Ok(());
                }
                continue;
            }
            finish::note(env, tenant, target, &reply).await?;
            wait_ms = reply.wait_ms;
            if access.is_none() {
                access = Some(access::of(env, tenant, &target.source_id).await?.map(Rc::new));
            }
            let site = Site { access: access.clone().flatten(), ..site.of(&reply) };
            for task in &reply.tasks {
                running.push(fetch(env, tenant, reply.target.clone(), site.clone(), task.clone(), crawl));
            }
        }
        if running.is_empty() {
            if late || wait_ms > PATIENCE_MS {
                return Ok(());
            }
            clock::sleep(wait_ms.max(50)).await;
        } else if let Some(Err(failure)) = running.next().await {
            log::error("page_not_reported", None, &failure.to_string());
        }
    }
}

/// What the object says of the site, parsed once.
#[derive(Default)]
struct Known {
    robots: Option<String>,
    missing: Option<String>,
    site: Site,
}

impl Known {
    fn of(&mut self, reply: &ClaimReply) -> Site {
        if self.robots != reply.robots {
            self.robots.clone_from(&reply.robots);
            self.site.robots = reply.robots.as_ref().map(|body| Rc::new(Robots::parse(body.as_bytes())));
        }
        if self.missing != reply.missing {
            self.missing.clone_from(&reply.missing);
            let likeness = reply.missing.as_deref().and_then(|json| serde_json::from_str(json).ok());
            self.site.missing = likeness.map(Rc::new);
        }
        self.site.clone()
    }
}

async fn fetch(
    env: &Env,
    tenant: &Tenant,
    target: Option<protocol::internal::CrawlTarget>,
    site: Site,
    task: Task,
    crawl: &ObjectName,
) -> Result<(), Failure> {
    let Some(target) = target else { return Ok(()) };
    let found = page::fetch(env, tenant, crawl, &target, &site, &task).await;
    let report = Report {
        run_id: target.run_id.clone(),
        url: task.url,
        kind: task.kind,
        attempt: task.attempt,
        outcome: found.outcome,
        links: found.links,
        sitemaps: found.sitemaps,
        rendered: found.note.rendered,
        render_gained: found.note.gained,
        needs_script: found.note.needs_script,
        remark: found.note.remark,
        still_open: found.still_open,
        modified: found.modified,
        seen: found.seen,
    };
    let reply = objects::call(env, "CRAWL", crawl, &report).await?;
    if reply.cancelled && matches!(report.outcome, Outcome::Indexed { .. }) {
        // The source was deleted while this page was read, and the page came in after the deletion had swept.
        let gone = Retire {
            workspace_id: target.workspace_id.clone(),
            agent_id: target.agent_id.clone(),
            source_id: target.source_id.clone(),
            keep_run: None,
            documents: Vec::new(),
        };
        let none = std::collections::HashSet::new();
        indexing::forget(env, tenant, &super::knowledge_of(&target), &gone, &none).await?;
    }
    Ok(())
}
