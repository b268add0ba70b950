//! What the workspace uses and what was refused; limits of its own.

use platform::relational::Relational;
use platform::{Failure, clock, http, log};
use protocol::Problem;
use protocol::api::{Meter, MeterUse, Usage, UsageLimits};
use protocol::routes::RouteId;
use store::usage::State;
use store::{Actor, usage};
use worker::{Env, Request, Response};

use super::found;
use crate::{audit, edge, ledger};

/// Refusals are shown for so many days.
const SHOWN_MS: f64 = 30.0 * 24.0 * 60.0 * 60_000.0;
/// The highest limit that can be set.
const MOST: u64 = 1_000_000_000;

pub async fn handle(
    id: RouteId,
    request: &mut Request,
    env: &Env,
    actor: &Actor,
) -> Result<Response, Failure> {
    if id == RouteId::SetUsageLimits {
        let limits: UsageLimits = http::body(request).await?;
        set(env, actor, &limits).await?;
    }
    http::data(show(env, actor).await?)
}

async fn state(env: &Env, actor: &Actor, month: &str) -> Result<State, Failure> {
    let row = found(Relational::of(env)?.first(&usage::state(&actor.tenant, month)).await?)?;
    Ok(usage::read_state(&row)?)
}

async fn show(env: &Env, actor: &Actor) -> Result<Usage, Failure> {
    let (database, now) = (Relational::of(env)?, clock::now_ms());
    let month = domain::calendar::month(now);
    let state = state(env, actor, &month).await?;
    let limits = state.limits();
    let agents = database.rows(&usage::agents(&actor.tenant, &month)).await?;
    let since = domain::calendar::day(now - SHOWN_MS);
    let refusals = database.rows(&usage::refusals(&actor.tenant, &since)).await?;
    Ok(Usage {
        resets_at: domain::calendar::next_month(now),
        meters: vec![
            MeterUse { meter: Meter::Conversations, used: state.conversations, limit: limits.conversations },
            MeterUse { meter: Meter::Messages, used: state.messages, limit: limits.messages },
        ],
        agents: agents.iter().map(usage::read_agent).collect::<Result<_, _>>()?,
        refusals: refusals.iter().map(usage::read_refused).collect::<Result<_, _>>()?,
        own: state.own,
        plan_limits: UsageLimits {
            conversations: state.plan_limits.conversations,
            messages: state.plan_limits.messages,
            workspace_minute: state.plan_limits.workspace_minute,
            agent_minute: state.plan_limits.agent_minute,
        },
        plan: state.plan,
        month,
    })
}

async fn set(env: &Env, actor: &Actor, limits: &UsageLimits) -> Result<(), Failure> {
    let before = state(env, actor, &domain::calendar::month(clock::now_ms())).await?.own;
    for (field, limit) in [
        ("conversations", limits.conversations),
        ("messages", limits.messages),
        ("workspace_minute", limits.workspace_minute),
        ("agent_minute", limits.agent_minute),
    ] {
        if limit.is_some_and(|limit| !(1..=MOST).contains(&limit)) {
            let message = "A limit is at least 1. Leave it empty for as many as the plan allows.";
            return Err(Problem::field(field, message).into());
        }
    }
    let changes = domain::diff::changes(&serde_json::to_value(before)?, &serde_json::to_value(limits)?);
    if changes.is_empty() {
        return Ok(());
    }
    let tenant = &actor.tenant;
    let statements = [
        usage::set_limits(tenant, limits, clock::now_ms())?,
        audit::entry(actor, "usage.limited", tenant.workspace().as_str(), &actor.workspace_name, &changes)?,
    ];
    Relational::of(env)?.batch(&statements).await?;
    // Who asked for more is answered again at once.
    let month = domain::calendar::month(clock::now_ms());
    if crate::usage::tell_edges(env, tenant, &state(env, actor, &month).await?, &month).await? {
        edge::tell_due(env, tenant).await?;
    }
    // It is due in the database: what fails here is swept.
    if let Err(failure) = ledger::tell(env, tenant).await {
        log::error("ledger_not_told", Some(tenant.workspace().as_str()), &failure.to_string());
    }
    Ok(())
}
