//! The end of a run: pages that are gone leave the index, the source's row says how it went. Every step may
//! happen again.

use platform::relational::Relational;
use platform::{Failure, clock, log, objects};
use protocol::api::SourceState;
use protocol::events::EventKind;
use protocol::internal::{ClaimReply, Complete, CrawlTarget, Retire};
use protocol::objects::ObjectName;
use store::{Tenant, sources};
use worker::Env;

use crate::indexing;

use super::{kept, knowledge_of};
use crate::events::Happened;

/// Where the run stands, for lists that do not ask the object.
pub async fn note(
    env: &Env,
    tenant: &Tenant,
    target: &CrawlTarget,
    reply: &ClaimReply,
) -> Result<(), Failure> {
    // Once per stint's first claim is enough; the source's page asks the object itself.
    if reply.tasks.iter().any(|task| task.kind == protocol::internal::TaskKind::Robots) {
        let statement = sources::note_run(
            tenant,
            &target.source_id,
            &target.run_id,
            SourceState::Crawling,
            None,
            &reply.progress,
            None,
        )?;
        Relational::of(env)?.batch(&[statement]).await?;
    }
    Ok(())
}

/// Settles a run that has nothing left to fetch. A run that read nothing keeps yesterday's knowledge.
pub async fn settle(
    env: &Env,
    tenant: &Tenant,
    crawl: &ObjectName,
    reply: &ClaimReply,
) -> Result<(), Failure> {
    let Some(target) = &reply.target else { return Ok(()) };
    let progress = &reply.progress;
    let read = progress.indexed + progress.duplicate > 0;
    let reason = match (&reply.reason, read) {
        (Some(reason), _) => Some(reason.clone()),
        (None, true) => None,
        (None, false) => Some(if progress.failed > 0 {
            "No page could be read. The list below says why.".to_owned()
        } else {
            "There is no page with text at this address.".to_owned()
        }),
    };
    if read && reply.reason.is_none() {
        let kept = kept::documents(env, tenant, crawl, target, reply.blocked.is_some()).await?;
        let gone = Retire {
            workspace_id: target.workspace_id.clone(),
            agent_id: target.agent_id.clone(),
            source_id: target.source_id.clone(),
            keep_run: Some(target.run_id.clone()),
            documents: Vec::new(),
            keep: kept.iter().cloned().collect(),
        };
        indexing::forget(env, tenant, &knowledge_of(target), &gone, &kept).await?;
    }
    let state = if reason.is_none() { SourceState::Indexed } else { SourceState::Failed };
    let synced = reason.is_none().then(clock::now_ms);
    let statement = sources::note_run(
        tenant,
        &target.source_id,
        &target.run_id,
        state,
        // A run that was cut short succeeded with what it has, and says so.
        reason.as_deref().or(reply.blocked.as_deref()),
        progress,
        synced,
    )?;
    let happened = Happened {
        kind: if reason.is_none() { EventKind::SourceIndexed } else { EventKind::SourceFailed },
        agent: Some(&target.agent_id),
        subject: target.source_id.as_str(),
        once: target.run_id.as_str(),
        data: serde_json::to_value(progress)?,
    };
    Relational::of(env)?.batch(&[statement, happened.statement(tenant)?]).await?;
    objects::call(env, "CRAWL", crawl, &Complete { run_id: target.run_id.clone() }).await?;
    log::info("crawl_finished", target.source_id.as_str(), &serde_json::to_string(progress)?);
    Ok(())
}
