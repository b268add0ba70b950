//! Errors told to the installation's Sentry (`SENTRY_DSN`), as envelopes. A report's id is that of the request, which the
//! visitor or member sees. What is told are reasons and ids, as in the log; nothing that anybody wrote. A report that does
//! not arrive is lost; the log has it.

use platform::outgoing::{self, Trouble};
use platform::{Failure, clock, config, log, random};
use protocol::api::ErrorReport;
use protocol::{Problem, RequestId};
use serde_json::json;
use url::Url;
use worker::{Env, Method};

/// Nobody waits longer for it.
const DEADLINE_MS: u64 = 5_000;
const MAX_REASON_CHARS: usize = 500;
const MAX_PLACE_CHARS: usize = 200;

/// Something that failed.
pub struct Report<'a> {
    /// 32 hexadecimal digits.
    pub id: String,
    /// What, as in the log.
    pub event: &'a str,
    pub reason: &'a str,
    /// Where: a Worker, the dashboard, or the widget.
    pub part: &'a str,
}

/// The id that Sentry knows a request's error by: the bits of the request's own.
pub fn id_of(request: &RequestId) -> String {
    let digits = request.as_str().rsplit('_').next().unwrap_or_default().bytes();
    let alphabet = b"0123456789abcdefghjkmnpqrstvwxyz";
    let bits = digits.fold(0_u128, |bits, byte| {
        let digit = alphabet.iter().position(|digit| *digit == byte).unwrap_or_default();
        (bits << 5) | u128::try_from(digit).unwrap_or_default()
    });
    format!("{bits:032x}")
}

/// Tells of failures that no request waits for.
pub async fn failed(env: &Env, event: &str, failure: &Failure) {
    if let Failure::Internal(reason) = failure {
        let id = id_of(&random::id(RequestId::ordered));
        tell(env, &Report { id, event, reason, part: "back" }).await;
    }
}

/// Tells of what failed in the front Worker, which has it in its log.
pub async fn of_front(env: &Env, request: &RequestId, reason: &str) {
    tell(env, &Report { id: id_of(request), event: "request_failed", reason, part: "front" }).await;
}

/// Tells of an error of the dashboard or of the widget, by the id that whoever uses it sees.
///
/// # Errors
/// `invalid` where the id is none.
pub async fn of_browser(env: &Env, part: &str, report: &ErrorReport) -> Result<(), Problem> {
    let hexadecimal = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    if report.id.len() != 32 || !report.id.chars().all(hexadecimal) {
        return Err(Problem::field("id", "A report's id has 32 hexadecimal digits."));
    }
    let event = &format!("{part}_failed");
    log::error(event, Some(&report.id), "");
    // A place in the code, or the kind of an error: anybody may send this.
    let reason: String =
        report.reason.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(MAX_PLACE_CHARS).collect();
    let id = report.id.clone();
    tell(env, &Report { id, event, reason: &reason, part }).await;
    Ok(())
}

/// Tells Sentry, where there is one.
pub async fn tell(env: &Env, report: &Report<'_>) {
    let Some(dsn) = config::optional(env, "SENTRY_DSN") else { return };
    match send(&dsn, report).await {
        Ok(status) if (200..300).contains(&status) => {}
        Ok(status) => log::error("report_refused", Some(&report.id), &format!("Sentry answered {status}")),
        Err(trouble) => log::error("report_not_sent", Some(&report.id), &trouble.to_string()),
    }
}

async fn send(dsn: &str, report: &Report<'_>) -> Result<u16, Trouble> {
    let wrong = || Trouble::Failed("SENTRY_DSN is not of the form https://KEY@HOST/PROJECT".into());
    let url = Url::parse(dsn).map_err(|_| wrong())?;
    let (path, project) = url.path().rsplit_once('/').ok_or_else(wrong)?;
    let key = url.username();
    if key.is_empty() || project.is_empty() {
        return Err(wrong());
    }
    let host = url.host_str().ok_or_else(wrong)?;
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let to = format!("{}://{host}{port}{path}/api/{project}/envelope/", url.scheme());
    let auth = format!(
        "Sentry sentry_version=7, sentry_client=frontdesk/{}, sentry_key={key}",
        env!("CARGO_PKG_VERSION")
    );
    let headers = [("Content-Type", "application/x-sentry-envelope"), ("X-Sentry-Auth", auth.as_str())];
    let request = outgoing::request(Method::Post, &to, &headers, Some(&envelope(report)))?;
    Ok(outgoing::send(request, DEADLINE_MS).await?.status_code())
}

/// Header, item header and item, a line each.
fn envelope(report: &Report<'_>) -> String {
    let reason: String = report.reason.chars().take(MAX_REASON_CHARS).collect();
    let event = json!({
        "event_id": report.id,
        "timestamp": clock::now_ms() / 1_000.0,
        "platform": "other",
        "level": "error",
        "release": concat!("frontdesk@", env!("CARGO_PKG_VERSION")),
        "tags": { "part": report.part },
        "exception": { "values": [{ "type": report.event, "value": reason }] },
    })
    .to_string();
    let head = json!({ "event_id": report.id, "sent_at": clock::iso(clock::now_ms()) });
    let item = json!({ "type": "event", "length": event.len(), "content_type": "application/json" });
    format!("{head}\n{item}\n{event}\n")
}
