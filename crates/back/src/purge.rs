//! Forgetting what was deleted: deleted agents, then closed workspaces, a little with every run of the schedule.
//! Each step may happen again; the row that leads to the rest goes last, so what was cut off is gone on with.

use std::collections::HashSet;

use platform::relational::Relational;
use platform::{Failure, clock, log, objects};
use protocol::internal::{CancelCrawl, PutCurated, Retire};
use protocol::objects::{Jurisdiction, Region};
use protocol::{SourceId, WorkspaceId};
use store::{Tenant, purge, sources};
use worker::Env;

use crate::{edge, indexing};

/// Workspaces and agents looked at in one run.
const A_RUN: u32 = 20;
/// A run begins nothing new after this long; the next one goes on.
const RUN_MS: f64 = 60_000.0;

/// Forgets what is due. What fails is logged and tried again by the next run; the others go on.
///
/// # Errors
/// When the database does not say what is due.
pub async fn due(env: &Env) -> Result<(), Failure> {
    let (database, begun) = (Relational::of(env)?, clock::now_ms());
    let late = || clock::now_ms() - begun > RUN_MS;
    for row in database.rows(&purge::deleted_agents(A_RUN)).await? {
        if late() {
            return Ok(());
        }
        let (found, (workspace, jurisdiction)) = (purge::read_agent(&row)?, purge::read_workspace_of(&row)?);
        noted(found.id.as_str(), agent(env, &Tenant::of_job(&workspace), &found, jurisdiction).await);
    }
    for row in database.rows(&purge::closed_workspaces(A_RUN)).await? {
        if late() {
            return Ok(());
        }
        let (id, jurisdiction) = purge::read_workspace(&row)?;
        noted(id.as_str(), workspace(env, &id, jurisdiction).await);
    }
    Ok(())
}

fn noted(id: &str, result: Result<(), Failure>) {
    match result {
        Ok(()) => log::info("purged", id, ""),
        Err(failure) => log::error("purge_failed", Some(id), &failure.to_string()),
    }
}

/// Forgets a closed workspace: its agents, then what is left.
async fn workspace(env: &Env, id: &WorkspaceId, jurisdiction: Jurisdiction) -> Result<(), Failure> {
    let (database, tenant) = (Relational::of(env)?, Tenant::of_job(id));
    for row in database.rows(&purge::agents(&tenant)).await? {
        agent(env, &tenant, &purge::read_agent(&row)?, jurisdiction).await?;
    }
    database.batch(&purge::workspace(&tenant)).await
}

/// Forgets an agent: visitors first, then what it knew, then its rows.
pub async fn agent(
    env: &Env,
    tenant: &Tenant,
    agent: &purge::Agent,
    jurisdiction: Jurisdiction,
) -> Result<(), Failure> {
    let (database, workspace) = (Relational::of(env)?, tenant.workspace());
    edge::tell(env, tenant, &agent.id).await?;
    for row in database.rows(&purge::sources(tenant, &agent.id)).await? {
        source(env, tenant, agent, &purge::read_source(&row)?, jurisdiction).await?;
    }
    let bucket = env.bucket("FILES")?;
    bucket.delete(protocol::objects::curated_key(workspace, &agent.id)).await?;
    empty(env, &protocol::objects::passages_prefix(workspace, &agent.id)).await?;
    let knowledge = protocol::objects::knowledge(workspace, &agent.id, Region::Home, jurisdiction);
    let nothing = PutCurated {
        workspace_id: workspace.clone(),
        agent_id: agent.id.clone(),
        revision: agent.curated_revision + 1,
        answers: Vec::new(),
    };
    objects::call(env, "KNOWLEDGE", &knowledge, &nothing).await?;
    database.batch(&purge::agent(tenant, &agent.id)).await
}

/// A crawl that still runs is ended first: it would teach again.
async fn source(
    env: &Env,
    tenant: &Tenant,
    agent: &purge::Agent,
    id: &SourceId,
    jurisdiction: Jurisdiction,
) -> Result<(), Failure> {
    let workspace = tenant.workspace();
    let crawl = protocol::objects::crawl(workspace, id, jurisdiction);
    objects::call(env, "CRAWL", &crawl, &CancelCrawl {}).await?;
    let knowledge = protocol::objects::knowledge(workspace, &agent.id, Region::Home, jurisdiction);
    let what = Retire {
        workspace_id: workspace.clone(),
        agent_id: agent.id.clone(),
        source_id: id.clone(),
        keep_run: None,
        documents: Vec::new(),
    };
    indexing::forget(env, tenant, &knowledge, &what, &HashSet::new()).await?;
    empty(env, &protocol::objects::files_prefix(workspace, id)).await?;
    Relational::of(env)?.batch(&sources::delete(tenant, id)).await
}

/// Deletes every object below a prefix. What is deleted does not come again, so the first page is asked for until
/// it is empty.
async fn empty(env: &Env, prefix: &str) -> Result<(), Failure> {
    let bucket = env.bucket("FILES")?;
    loop {
        let page = bucket.list().prefix(prefix).execute().await?;
        let keys: Vec<String> = page.objects().iter().map(worker::Object::key).collect();
        if keys.is_empty() {
            return Ok(());
        }
        bucket.delete_multiple(keys).await?;
    }
}
