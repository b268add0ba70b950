//! Agents, and how they are doing.

use platform::relational::Relational;
use platform::{Failure, http};
use protocol::AgentId;
use protocol::routes::RouteId;
use store::{Actor, agents, conversations};
use worker::{Env, Request, Response};

use super::found;

/// Conversations on the overview.
const RECENT: u32 = 5;

pub async fn handle(
    id: RouteId,
    _request: &mut Request,
    env: &Env,
    actor: &Actor,
    agent: &str,
    _second: &str,
) -> Result<Response, Failure> {
    match id {
        RouteId::Agents => list(env, actor).await,
        RouteId::AgentOverview => overview(env, actor, agent).await,
        _ => Err(super::unhandled()),
    }
}

async fn list(env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let rows = Relational::of(env)?.rows(&agents::list(&actor.tenant)).await?;
    http::page(rows.iter().map(agents::read).collect::<Result<Vec<_>, _>>()?, None)
}

async fn overview(env: &Env, actor: &Actor, agent: &str) -> Result<Response, Failure> {
    let (agent, tenant): (AgentId, _) = (agent.parse()?, &actor.tenant);
    let database = Relational::of(env)?;
    found(database.first(&agents::one(tenant, &agent)).await?)?;
    let row = found(database.first(&agents::overview(tenant, &agent)).await?)?;
    let times = database.rows(&agents::first_token_times(tenant, &agent)).await?;
    let recent = database.rows(&conversations::list(tenant, &agent, None, RECENT)).await?;
    let mut overview = agents::read_overview(&row)?;
    overview.first_token_p50_ms = times.get(times.len() / 2).map(|row| row.real(0)).transpose()?;
    overview.recent = recent.iter().map(conversations::read).collect::<Result<_, _>>()?;
    http::data(overview)
}
