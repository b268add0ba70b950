//! The operator's address for alerts (`ALERT_URL`): it takes what an incoming webhook of Slack takes, which Mattermost and
//! Rocket.Chat take, too. One that does not answer is tried again, with growing pauses, for some hours.

use domain::alerts as rules;
use platform::relational::Relational;
use platform::{Failure, clock, config, log, outgoing};
use protocol::api::AlertFigure;
use serde_json::json;
use store::alerts;
use worker::{Env, Method};

const DEADLINE_MS: u64 = 10_000;
/// Until somebody else may try, where a run was cut off.
const LEASE_MS: f64 = 30_000.0;
/// Pauses after the first failed attempts; the last one is given up after.
const PAUSES_MS: [f64; 6] = [60_000.0, 120_000.0, 300_000.0, 900_000.0, 3_600_000.0, 10_800_000.0];

/// What is said of a firing.
pub struct Said {
    pub subject: String,
    pub text: String,
}

/// Says what fired and what to do. A drill says first of all that it is one.
pub fn said(figure: AlertFigure, above: f64, hold_ms: f64, value: Option<f64>, drill: bool) -> Said {
    let (title, limit) = (rules::title(figure), rules::limit(figure, above, hold_ms));
    let now = value.map_or_else(|| "nothing was measured".to_owned(), |value| rules::shown(figure, value));
    let advice = rules::advice(figure);
    if drill {
        let text = format!(
            "This is a drill: a member fired this alert by hand to see that it arrives. Nothing is wrong.\n\nA real one would \
             mean: {limit}. Now: {now}. What to do then: {advice}"
        );
        return Said { subject: format!("[Drill] {title}"), text };
    }
    Said { subject: format!("[Alert] {title}"), text: format!("{now}; the limit is: {limit}.\n\n{advice}") }
}

/// When the address has to be told of what fires now; never where there is none.
pub fn due_at(env: &Env, now: f64) -> Option<f64> {
    config::optional(env, "ALERT_URL").map(|_| now)
}

/// Tells what is due; `scale` times faster where time passes faster.
///
/// # Errors
/// When the database does not answer.
pub async fn due(env: &Env, scale: f64) -> Result<(), Failure> {
    let Some(url) = config::optional(env, "ALERT_URL") else { return Ok(()) };
    let (database, now) = (Relational::of(env)?, clock::now_ms());
    for row in database.rows(&alerts::due(now, now + LEASE_MS)).await? {
        let due = alerts::read_due(&row)?;
        let said = said(due.figure, due.above, due.hold_ms, due.value, due.drill);
        let body = json!({ "text": format!("{}\n{}", said.subject, said.text) }).to_string();
        let headers = [("Content-Type", "application/json")];
        let sent = match outgoing::request(Method::Post, &url, &headers, Some(&body)) {
            Ok(request) => outgoing::send(request, DEADLINE_MS).await.map(|response| response.status_code()),
            Err(trouble) => Err(trouble),
        };
        // The address is a secret: what is logged is what it answered.
        let trouble = match sent {
            Ok(status) if (200..300).contains(&status) => None,
            Ok(status) => Some(format!("ALERT_URL answered {status}")),
            Err(_) => Some("ALERT_URL does not answer".to_owned()),
        };
        let pause = usize::try_from(due.tries).ok().and_then(|tries| PAUSES_MS.get(tries.saturating_sub(1)));
        let settled = match (trouble, pause) {
            (None, _) => alerts::told(&due.id),
            (Some(trouble), pause) => {
                log::error("alert_not_told", Some(&due.id), &trouble);
                pause.map_or_else(
                    || alerts::told(&due.id),
                    |pause| alerts::again(&due.id, now + pause / scale),
                )
            }
        };
        database.batch(&[settled]).await?;
    }
    Ok(())
}
