//! Forgetting what was deleted: deleted agents with every run of the schedule, closed workspaces a little with each
//! of its longer ones. Each step may happen again; the row that leads to the rest goes last, so what was cut off is
//! gone on with.

use platform::relational::Relational;
use platform::{Failure, clock, log, objects};
use protocol::WorkspaceId;
use protocol::internal::{Erase, ForgetEndpoint, PutCurated, PutTags};
use protocol::objects::{Jurisdiction, ObjectName, Region};
use store::{Tenant, endpoints, purge, sources, tags};
use worker::Env;

use crate::{deliveries, edge, exports, indexing, reading};

/// Workspaces and agents looked at in one run.
const A_RUN: u32 = 20;
/// A run begins nothing new after this long; the next one goes on.
const RUN_MS: f64 = 30_000.0;
/// Conversations that the archive forgets at once.
const AT_ONCE: u32 = 500;

/// Forgets deleted agents. What fails is logged and tried again by the next run; the others go on.
///
/// # Errors
/// When the database does not say what is due.
pub async fn agents(env: &Env) -> Result<(), Failure> {
    let begun = clock::now_ms();
    for row in Relational::of(env)?.rows(&purge::deleted_agents(A_RUN)).await? {
        if clock::now_ms() - begun > RUN_MS {
            break;
        }
        let (found, (id, jurisdiction)) = (purge::read_agent(&row)?, purge::read_workspace_of(&row)?);
        noted(found.id.as_str(), agent(env, &Tenant::of_job(&id), &found, jurisdiction).await);
    }
    Ok(())
}

/// Forgets closed workspaces, in the same way.
///
/// # Errors
/// When the database does not say what is due.
pub async fn workspaces(env: &Env) -> Result<(), Failure> {
    let begun = clock::now_ms();
    for row in Relational::of(env)?.rows(&purge::closed_workspaces(A_RUN)).await? {
        if clock::now_ms() - begun > RUN_MS {
            break;
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
    for row in database.rows(&endpoints::list(&tenant)).await? {
        deliveries::ask(env, &tenant, endpoints::read(&row)?.place(), &ForgetEndpoint {}).await?;
    }
    let archive = protocol::objects::archive(id, jurisdiction);
    objects::call(env, "ARCHIVE", &archive, &Erase { conversations: None, before: None, scrub: false })
        .await?;
    exports::forget(env, id).await?;
    database.batch(&purge::workspace(&tenant)).await
}

/// Forgets an agent: visitors first, then what it knew, then what was said, then its rows.
async fn agent(
    env: &Env,
    tenant: &Tenant,
    agent: &purge::Agent,
    jurisdiction: Jurisdiction,
) -> Result<(), Failure> {
    let (database, workspace) = (Relational::of(env)?, tenant.workspace());
    edge::tell(env, tenant, &agent.id).await?;
    let knowledge = protocol::objects::knowledge(workspace, &agent.id, Region::Home, jurisdiction);
    // What lies in R2 first: an index that is asked for may bring itself back from there.
    let curated = protocol::objects::curated_key(workspace, &agent.id);
    env.bucket("FILES")?.delete(curated).await?;
    env.bucket("FILES")?.delete(protocol::objects::tags_key(workspace, &agent.id)).await?;
    let passages = protocol::objects::passages_prefix(workspace, &agent.id);
    indexing::delete_below(env, &passages, |_| false).await?;
    for row in database.rows(&sources::list(tenant, &agent.id)).await? {
        let (source, _) = sources::read(&row)?;
        reading::forget(env, tenant, &source, &knowledge).await?;
        database.batch(&sources::delete(tenant, &source.id)).await?;
    }
    let nothing = PutCurated {
        workspace_id: workspace.clone(),
        agent_id: agent.id.clone(),
        revision: agent.curated_revision.saturating_add(1),
        answers: Vec::new(),
    };
    objects::call(env, "KNOWLEDGE", &knowledge, &nothing).await?;
    let revision = database.first(&tags::revision(tenant, &agent.id)).await?;
    let untagged = PutTags {
        workspace_id: workspace.clone(),
        agent_id: agent.id.clone(),
        revision: revision.map_or(Ok(0), |row| row.integer::<u64>(0))?.saturating_add(1),
        tagged: Vec::new(),
    };
    objects::call(env, "KNOWLEDGE", &knowledge, &untagged).await?;
    // By now every replica has forgotten everything, too.
    env.bucket("FILES")?.delete(protocol::objects::replicas_key(workspace, &agent.id)).await?;
    let archive = protocol::objects::archive(workspace, jurisdiction);
    transcripts(env, tenant, agent, &archive).await?;
    database.batch(&purge::agent(tenant, &agent.id)).await
}

/// Forgets what was said to an agent. Its conversations are known by their rows, which go afterwards.
async fn transcripts(
    env: &Env,
    tenant: &Tenant,
    agent: &purge::Agent,
    archive: &ObjectName,
) -> Result<(), Failure> {
    let (database, mut after) = (Relational::of(env)?, None);
    loop {
        let rows = database.rows(&purge::conversations(tenant, &agent.id, after.as_ref(), AT_ONCE)).await?;
        let ids = rows.iter().map(purge::read_conversation).collect::<Result<Vec<_>, _>>()?;
        let Some(last) = ids.last().cloned() else { return Ok(()) };
        let erase = Erase { conversations: Some(ids), before: None, scrub: false };
        objects::call(env, "ARCHIVE", archive, &erase).await?;
        after = Some(last);
    }
}
