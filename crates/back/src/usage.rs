//! What is used, against what the plan allows: the owners are told at 80 and at 100 %, each once a month.

use platform::relational::Relational;
use platform::{Failure, clock, config};
use protocol::api::{Meter, Role};
use protocol::events::EventKind;
use protocol::internal::{NoteRefusal, Nothing};
use store::usage::State;
use store::{Tenant, team, usage};
use worker::Env;

use crate::edge;
use crate::events::Happened;
use crate::mail::{self, letters};

/// Percent of a month's allowance at which the owners are told.
const LEVELS: [u32; 2] = [80, 100];
/// Single turns and refusals are kept for this long; sums stay.
const KEPT_MS: f64 = 100.0 * 24.0 * 60.0 * 60_000.0;

/// Mails what has to be known about the month's use.
///
/// # Errors
/// When the database refuses; the next turn that counts tries again.
pub async fn warn(env: &Env, tenant: &Tenant) -> Result<(), Failure> {
    let (database, now) = (Relational::of(env)?, clock::now_ms());
    let month = domain::calendar::month(now);
    let Some(row) = database.first(&usage::state(tenant, &month)).await? else { return Ok(()) };
    let state = usage::read_state(&row)?;
    if tell_edges(env, tenant, &state, &month).await? {
        edge::ring_due(env, tenant).await?;
    }
    let limits = state.limits();
    let meters = [
        (Meter::Conversations, "conversations", state.conversations, limits.conversations),
        (Meter::Messages, "messages", state.messages, limits.messages),
    ];
    let reached = |used: u64, limit: Option<u64>, percent: u32| {
        limit.is_some_and(|limit| used.saturating_mul(100) >= limit.saturating_mul(u64::from(percent)))
    };
    if !meters.iter().any(|(_, _, used, limit)| LEVELS.iter().any(|level| reached(*used, *limit, *level))) {
        return Ok(());
    }
    let warned = database.rows(&usage::warned(tenant, &month)).await?;
    let warned = warned.iter().map(usage::read_warned).collect::<Result<Vec<_>, _>>()?;
    for (meter, what, used, limit) in meters {
        let news: Vec<u32> = LEVELS
            .into_iter()
            .filter(|level| reached(used, limit, *level) && !warned.contains(&(meter, *level)))
            .collect();
        let Some(highest) = news.last() else { continue };
        let mut statements: Vec<_> =
            news.iter().map(|level| usage::warn(tenant, &month, meter, *level, now)).collect();
        let link = config::optional(env, "PUBLIC_URL")
            .map(|base| format!("{}/app/settings/usage", base.trim_end_matches('/')));
        for row in database.rows(&team::members(tenant)).await? {
            let member = team::read_member(&row)?;
            if member.role == Role::Owner {
                let letter = letters::usage(&member.email, &state.workspace, what, *highest, link.as_deref());
                statements.push(mail::queue(env, Some(tenant.workspace()), "usage", &letter)?);
            }
        }
        let happened = Happened {
            kind: EventKind::UsageThreshold,
            agent: None,
            subject: tenant.workspace().as_str(),
            once: &format!("{month} {what} {highest}"),
            data: serde_json::json!({ "meter": meter, "percent": highest, "used": used, "limit": limit }),
        };
        statements.push(happened.statement(tenant)?);
        // Refused where another job told them a moment ago.
        if database.attempt(&statements).await? {
            mail::ring(env).await;
        }
    }
    Ok(())
}

/// Notes whether the month's allowance is used up; whether that is news, so that agents' edges have to be told.
///
/// # Errors
/// When the database refuses.
pub async fn tell_edges(env: &Env, tenant: &Tenant, state: &State, month: &str) -> Result<bool, Failure> {
    let spent = if state.is_spent() { month } else { "" };
    if state.spent_month == spent {
        return Ok(false);
    }
    let changed = Relational::of(env)?.change(&usage::spend(tenant, spent, clock::now_ms())).await?;
    Ok(changed.iter().any(|rows| *rows > 0))
}

/// Until when nobody new is answered; 0 where the month's allowance is not used up.
///
/// # Errors
/// When the database refuses.
pub async fn spent_until(env: &Env, tenant: &Tenant) -> Result<f64, Failure> {
    let now = clock::now_ms();
    let row = Relational::of(env)?.first(&usage::state(tenant, &domain::calendar::month(now))).await?;
    let spent = row.map(|row| usage::read_state(&row)).transpose()?.is_some_and(|state| state.is_spent());
    Ok(if spent { domain::calendar::next_month(now) } else { 0.0 })
}

/// Counts a refusal for the owner that no conversation counts.
///
/// # Errors
/// When the database refuses.
pub async fn note_refusal(env: &Env, refused: &NoteRefusal) -> Result<Nothing, Failure> {
    let statement = usage::refused_at_door(&refused.agent_id, refused.limit, clock::now_ms());
    Relational::of(env)?.batch(&[statement]).await?;
    Ok(Nothing {})
}

/// Forgets single turns and refusals that are old.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(env: &Env) -> Result<(), Failure> {
    Relational::of(env)?.batch(&usage::forget(clock::now_ms() - KEPT_MS)).await
}
