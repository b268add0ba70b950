//! Bringing a publication to where turns begin: the workspace's `Ledger`, which decides, and KV, which every edge
//! reads. Repeated while due; a later change wins.

use platform::relational::Relational;
use platform::{Failure, clock, log, objects, queue};
use protocol::AgentId;
use protocol::agent::AgentSnapshot;
use protocol::internal::{Bell, SetLive};
use store::{Tenant, team, versions};
use worker::Env;

use crate::{ledger, rules, tools, usage};

/// Changes that are followed at once; what comes after is swept.
const MAX_ROUNDS: u32 = 3;

/// Tells the ledger and the edges which version of an agent is live. When this returns, no turn starts with an
/// agent that is not.
///
/// # Errors
/// When one of them could not be told; the sweep tries again.
pub async fn tell(env: &Env, tenant: &Tenant, agent: &AgentId) -> Result<(), Failure> {
    // A change that came while the edges were being told is told, too, so that the last word is the latest.
    for _ in 0..MAX_ROUNDS {
        if tell_once(env, tenant, agent).await? {
            break;
        }
    }
    ledger::tell(env, tenant).await
}

/// Whether what was told is still so.
async fn tell_once(env: &Env, tenant: &Tenant, agent: &AgentId) -> Result<bool, Failure> {
    let database = Relational::of(env)?;
    let Some(row) = database.first(&versions::edge(tenant, agent)).await? else { return Ok(true) };
    let state = versions::read_edge(&row)?;
    let version = state.live.as_ref().map(|snapshot| snapshot.version);
    let ledger = protocol::objects::ledger(tenant.workspace(), state.jurisdiction);
    let live = SetLive { agent_id: agent.clone(), version, change: state.change };
    objects::call(env, "LEDGER", &ledger, &live).await?;
    let (edges, key) = (env.kv("AGENTS")?, AgentSnapshot::key(agent));
    match &state.live {
        Some(snapshot) => {
            let snapshot = tools::with_specs(env, tenant, snapshot.clone()).await?;
            let snapshot = rules::with_all(env, tenant, snapshot).await?;
            let spent_until = usage::spent_until(env, tenant).await?;
            let snapshot = AgentSnapshot { spent_until, ..snapshot };
            edges.put(&key, serde_json::to_string(&snapshot)?)?.execute().await?;
        }
        None => edges.delete(&key).await?,
    }
    let told = database.change(&[versions::edge_told(tenant, agent, state.change)]).await?;
    Ok(told.first() == Some(&1))
}

/// Hurries what is due of a tenant; without these bells the schedule finds it.
///
/// # Errors
/// When the database refuses.
pub async fn ring_due(env: &Env, tenant: &Tenant) -> Result<(), Failure> {
    for row in Relational::of(env)?.rows(&team::due_agents(tenant)).await? {
        let bell = Bell::Edge { workspace_id: tenant.workspace().clone(), agent_id: team::read_agent(&row)? };
        queue::ring(env, "JOBS", &bell).await;
    }
    Ok(())
}

/// Tells at once what is due of a tenant; what fails is swept.
///
/// # Errors
/// When the database refuses.
pub async fn tell_due(env: &Env, tenant: &Tenant) -> Result<(), Failure> {
    for row in Relational::of(env)?.rows(&team::due_agents(tenant)).await? {
        let agent = team::read_agent(&row)?;
        if let Err(failure) = tell(env, tenant, &agent).await {
            log::error("edge_not_told", Some(agent.as_str()), &failure.to_string());
        }
    }
    Ok(())
}

/// Tells what is still due: cut off, refused, or changed for many agents at once.
///
/// # Errors
/// When the database refuses.
pub async fn sweep(env: &Env) -> Result<(), Failure> {
    for row in Relational::of(env)?.rows(&versions::edges_due(clock::now_ms())).await? {
        let (workspace, agent) = (row.text(0)?.parse()?, row.text(1)?.parse()?);
        if let Err(failure) = tell(env, &Tenant::of_job(&workspace), &agent).await {
            log::error("edge_not_told", row.text(1).ok(), &failure.to_string());
        }
    }
    Ok(())
}
