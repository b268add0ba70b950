//! The beginning of a run: by a member, or by the source's schedule; and of single pages.

use ingest::address::{self, guard};
use platform::relational::Relational;
use platform::{Failure, clock, config, log, objects, random};
use protocol::api::{RefreshAccepted, RefusedAddress, Source, SourceKind, SourceState};
use protocol::internal::{CrawlTarget, Refresh, StartCrawl};
use protocol::objects::{Jurisdiction, Region};
use protocol::{Code, Problem, RunId, SourceId};
use store::{Tenant, sources, syncs};
use url::Url;
use worker::Env;

use super::local_hosts;

/// Pages of one crawl; the plan's limit where plans are sold.
const MAX_PAGES: u32 = 200;
/// Links away from the start.
const MAX_DEPTH: u32 = 3;
/// The pause after a sync that could not be begun.
const PAUSE_MS: f64 = 5.0 * 60.0 * 1_000.0;

/// Whether a source is read page by page.
pub fn crawled(kind: SourceKind) -> bool {
    matches!(kind, SourceKind::Website | SourceKind::Sitemap)
}

/// Begins the run that a source's row names; beginning it again changes nothing.
pub async fn begin(
    env: &Env,
    tenant: &Tenant,
    source: &Source,
    run_id: RunId,
    jurisdiction: Jurisdiction,
) -> Result<(), Failure> {
    let target = CrawlTarget {
        workspace_id: tenant.workspace().clone(),
        agent_id: source.agent_id.clone(),
        source_id: source.id.clone(),
        run_id,
        kind: source.kind,
        url: source.url.clone(),
        max_pages: config::optional(env, "MAX_PAGES")
            .and_then(|pages| pages.parse().ok())
            .unwrap_or(MAX_PAGES),
        max_depth: if source.kind == SourceKind::Sitemap { 0 } else { MAX_DEPTH },
        region: Region::default(),
        jurisdiction,
        include: source.include.clone(),
        exclude: source.exclude.clone(),
    };
    let crawl = protocol::objects::crawl(tenant.workspace(), &source.id, jurisdiction);
    objects::call(env, "CRAWL", &crawl, &StartCrawl { target }).await?;
    Ok(())
}

/// Begins what is due by its schedule.
pub async fn sweep(env: &Env) -> Result<(), Failure> {
    let (database, now) = (Relational::of(env)?, clock::now_ms());
    for row in database.rows(&syncs::due(now)).await? {
        let (workspace, source) = syncs::read_due(&row)?;
        let tenant = Tenant::of_job(&workspace);
        if let Err(failure) = begin_due(env, &tenant, &source).await {
            log::error("sync_not_begun", Some(source.as_str()), &failure.to_string());
            // Others that are due come before it.
            database.batch(&[syncs::begun(&tenant, &source, now, Some(now + PAUSE_MS))]).await?;
        }
    }
    Ok(())
}

/// The row names the run before the run begins, and stays due until it has: cut off anywhere, the same run is begun
/// again. A run that is going is not begun anew.
async fn begin_due(env: &Env, tenant: &Tenant, id: &SourceId) -> Result<(), Failure> {
    let (database, now) = (Relational::of(env)?, clock::now_ms());
    let named = syncs::begin(tenant, id, &random::id(RunId::ordered), now);
    database.batch(&[named]).await?;
    let Some(row) = database.first(&sources::one(tenant, id)).await? else { return Ok(()) };
    let (source, run) = sources::read(&row)?;
    if let Some(run) = run.filter(|_| matches!(source.state, SourceState::Pending | SourceState::Crawling)) {
        let row = database.first(&sources::jurisdiction(tenant)).await?;
        let jurisdiction = row.as_ref().map(sources::read_jurisdiction).transpose()?.unwrap_or_default();
        begin(env, tenant, &source, run, jurisdiction).await?;
    }
    let next = domain::schedule::next(source.schedule, id, now);
    database.batch(&[syncs::begun(tenant, id, now, next)]).await
}

/// Reads pages of a source again, each by itself. Addresses of another site are refused.
pub async fn refresh(
    env: &Env,
    tenant: &Tenant,
    source: &Source,
    jurisdiction: Jurisdiction,
    written: &[String],
) -> Result<RefreshAccepted, Failure> {
    if !crawled(source.kind) {
        let message =
            "Only pages of websites and sitemaps are refreshed one by one. Sync this source as a whole.";
        return Err(Problem::new(Code::Conflict, message).into());
    }
    let mut accepted = RefreshAccepted { queued: Vec::new(), refused: Vec::new() };
    let mut urls: Vec<String> = Vec::new();
    for written in written {
        match page_of(env, source, written) {
            Ok(url) if urls.contains(&url) => {}
            Ok(url) => urls.push(url),
            Err(reason) => accepted.refused.push(RefusedAddress { url: written.clone(), reason }),
        }
    }
    let crawl = protocol::objects::crawl(tenant.workspace(), &source.id, jurisdiction);
    let reply = objects::call(env, "CRAWL", &crawl, &Refresh { urls }).await?;
    if !reply.known {
        let message = "This source has not been read yet. Sync it as a whole first.";
        return Err(Problem::new(Code::Conflict, message).into());
    }
    accepted.queued = reply.queued;
    accepted.refused.extend(reply.excluded.into_iter().map(|url| RefusedAddress {
        url,
        reason: "The patterns of this source leave this page out.".into(),
    }));
    Ok(accepted)
}

/// A page of the source's site, as it is listed there.
fn page_of(env: &Env, source: &Source, written: &str) -> Result<String, String> {
    let start = Url::parse(&source.url).map_err(|_| "This source has no address.".to_owned())?;
    let page = address::normalize(&start, written.trim()).filter(|_| !written.trim().is_empty());
    let page = page.ok_or_else(|| "This is not the address of a page.".to_owned())?;
    if !address::same_site(&start, &page) {
        return Err(format!("This page is not of {}.", start.host_str().unwrap_or("this source's site")));
    }
    guard::check(&page, &local_hosts(env)).map_err(|refused| refused.to_string())?;
    Ok(page.into())
}
