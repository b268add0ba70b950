//! Watching the installation: what turns came to is summed up as they are recorded, and once a minute held against the rules
//! of alerts, which are rows. A rule that fires is told to the owners of the operator's workspace by mail, in the
//! transaction that notes it, and to the operator's address (`ALERT_URL`), which is tried again.

pub mod otlp;
mod tell;

pub use tell::Said;

use domain::alerts::{self as rules, Sums, Verdict};
use platform::relational::Relational;
use platform::{Failure, clock, config, log};
use protocol::api::{Alert, AlertFigure, AlertFiring, Role, Turn};
use protocol::{Problem, WorkspaceId};
use store::alerts::{self, Rule};
use store::{Actor, Statement, Tenant, sums, team};
use worker::Env;

use crate::mail::{self, letters};
use crate::{audit, auth};

/// What is summed up together.
const SLOT_MS: f64 = 60_000.0;
/// A schedule that was silent for longer has seen nothing in between.
const GAP_MS: f64 = 150_000.0;
/// Sums by the minute, and firings that are over, are kept for this long.
const SUMS_MS: f64 = 86_400_000.0;
const FIRINGS_MS: f64 = 90.0 * 86_400_000.0;
/// Firings of a rule that are shown.
const SHOWN: u32 = 5;
/// Drills in a minute.
const DRILLS: u32 = 10;

/// How many times faster time passes for alerts, on developers' machines alone.
fn scale(env: &Env) -> f64 {
    let scale = if config::is_local(env) { config::optional(env, "ALERT_TIME_SCALE") } else { None };
    scale.and_then(|scale| scale.parse().ok()).filter(|scale: &f64| *scale >= 1.0).unwrap_or(1.0)
}

/// Adds a turn to the sums; has to follow the statement that stores it.
pub fn count(env: &Env, turn: &Turn) -> Option<Statement> {
    let (now, slot) = (clock::now_ms(), SLOT_MS / scale(env));
    sums::add(turn, (now / slot).floor() * slot, now)
}

/// Looks at every figure, notes what rules make of it, and tells whoever wants to know.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(env: &Env) -> Result<(), Failure> {
    let (database, now, scale) = (&Relational::of(env)?, clock::now_ms(), scale(env));
    let waiting = database.first(&alerts::waiting(now)).await?;
    let waiting = waiting.map_or_else(|| Ok(Vec::new()), |row| alerts::read_waiting(&row))?;
    for row in database.rows(&alerts::list()).await? {
        let rule = alerts::read(&row)?;
        let value = figure(database, &rule, &waiting, now - rule.window_ms / scale).await?;
        let (hold, gap) = (rule.hold_ms / scale, (GAP_MS / scale).max(5_000.0));
        let verdict = rules::judge(&rule.standing, value, rule.above, hold, gap, now);
        let since = match verdict {
            Verdict::Within => None,
            Verdict::Above { since } | Verdict::Fires { since } => Some(since),
        };
        let fires = matches!(verdict, Verdict::Fires { .. }) && !rule.standing.firing;
        let mut statements = vec![alerts::note(&rule.id, value, since, now)];
        match verdict {
            Verdict::Within if rule.standing.firing => {
                log::info("alert_resolved", &rule.id, "");
                statements.extend(alerts::resolve(&rule.id, now));
            }
            Verdict::Fires { since } if fires => {
                log::error(
                    "alert_firing",
                    Some(&rule.id),
                    &rules::shown(rule.figure, value.unwrap_or_default()),
                );
                let firing = format!("{} {since}", rule.id);
                statements.extend(alerts::fire(&rule.id, &firing, value, tell::due_at(env, now), now));
                statements.extend(mails(env, database, &rule, &firing, value, false).await?);
            }
            _ => {}
        }
        database.batch(&statements).await?;
        if fires {
            mail::ring(env).await;
        }
    }
    tell::due(env, scale).await?;
    database.batch(&[sums::forget(now - SUMS_MS), alerts::forget(now - FIRINGS_MS)]).await?;
    otlp::tell(env, &waiting).await
}

/// A rule's figure now.
async fn figure(
    database: &Relational,
    rule: &Rule,
    waiting: &[(&str, u64)],
    since: f64,
) -> Result<Option<f64>, Failure> {
    #[allow(clippy::cast_precision_loss)]
    let whole = |number: u64| number as f64;
    match rule.figure {
        AlertFigure::Backlog => Ok(Some(whole(waiting.iter().map(|(_, jobs)| jobs).sum()))),
        AlertFigure::DeadLetters => {
            let row = database.first(&alerts::dead(since)).await?;
            Ok(row.map(|row| row.integer(0)).transpose()?.map(whole))
        }
        AlertFigure::FirstToken | AlertFigure::Errors | AlertFigure::ModelErrors => {
            let row = database.first(&sums::since(since)).await?;
            let sums = row.map_or_else(|| Ok(Sums::default()), |row| sums::read(&row))?;
            Ok(sums.figure(rule.figure))
        }
    }
}

/// Mails about a firing, to the owners of the operator's workspace; each once, however often it is queued.
async fn mails(
    env: &Env,
    database: &Relational,
    rule: &Rule,
    firing: &str,
    value: Option<f64>,
    drill: bool,
) -> Result<Vec<Statement>, Failure> {
    let Some(operator) = operator(database).await? else { return Ok(Vec::new()) };
    let link = config::optional(env, "PUBLIC_URL")
        .map(|base| format!("{}/app/settings/operations", base.trim_end_matches('/')));
    let said = tell::said(rule.figure, rule.above, rule.hold_ms, value, drill);
    let mut statements = Vec::new();
    for row in database.rows(&team::members(&Tenant::of_job(&operator))).await? {
        let member = team::read_member(&row)?;
        if member.role == Role::Owner {
            let letter = letters::alert(&member.email, &said, link.as_deref());
            statements.push(mail::queue_once(env, &operator, "alert", firing, &letter)?);
        }
    }
    Ok(statements)
}

async fn operator(database: &Relational) -> Result<Option<WorkspaceId>, Failure> {
    let row = database.first(&alerts::operator()).await?;
    Ok(row.map(|row| alerts::read_operator(&row)).transpose()?)
}

/// The rules and how they stand, for members of the operator's workspace; nobody else sees any.
///
/// # Errors
/// When the database does not answer.
pub async fn list(env: &Env, actor: &Actor) -> Result<Vec<Alert>, Failure> {
    let database = &Relational::of(env)?;
    if operator(database).await?.as_ref() != Some(actor.tenant.workspace()) {
        return Ok(Vec::new());
    }
    let firings = database.rows(&alerts::firings(SHOWN)).await?;
    let firings = firings.iter().map(alerts::read_firing).collect::<Result<Vec<_>, _>>()?;
    let of = |rule: &Rule| -> Vec<AlertFiring> {
        firings.iter().filter(|(id, _)| *id == rule.id).map(|(_, firing)| firing.clone()).collect()
    };
    let mut all = Vec::new();
    for row in database.rows(&alerts::list()).await? {
        let rule = alerts::read(&row)?;
        let firings = of(&rule);
        all.push(rule.shown(firings));
    }
    Ok(all)
}

/// Fires an alert by hand: told as a real one, and marked as what it is. How the rule stands does not change.
///
/// # Errors
/// `not_found` where there is no such rule, and for everybody but the operator's members.
pub async fn drill(env: &Env, actor: &Actor, id: &str) -> Result<Alert, Failure> {
    let database = &Relational::of(env)?;
    if operator(database).await?.as_ref() != Some(actor.tenant.workspace()) {
        return Err(Problem::not_found().into());
    }
    let rows = database.rows(&alerts::list()).await?;
    let rules = rows.iter().map(alerts::read).collect::<Result<Vec<_>, _>>()?;
    let Some(rule) = rules.into_iter().find(|rule| rule.id == id) else {
        return Err(Problem::not_found().into());
    };
    auth::limit(env, &format!("alert drills {}", actor.tenant.workspace()), DRILLS).await?;
    let now = clock::now_ms();
    let firing = format!("{id} drill {now}");
    let mut statements = vec![alerts::drill(id, &firing, rule.value, tell::due_at(env, now), now)];
    statements.extend(mails(env, database, &rule, &firing, rule.value, true).await?);
    statements.push(audit::entry(actor, "alert.drilled", id, rules::title(rule.figure), &[])?);
    database.batch(&statements).await?;
    mail::ring(env).await;
    tell::due(env, scale(env)).await?;
    let alert = list(env, actor).await?.into_iter().find(|alert| alert.id == id);
    alert.ok_or_else(|| Problem::not_found().into())
}
