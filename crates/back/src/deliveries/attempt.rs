//! One attempt: a signed request, and what came of it without secrets.

use domain::delivery::{Verdict, verdict};
use domain::signature;
use domain::tools::without;
use ingest::address::guard;
use platform::outgoing::{self, Trouble, retry_after};
use platform::{clock, log};
use protocol::api::EndpointKind;
use store::Tenant;
use store::deliveries::{Begun, Ended};
use url::Url;
use worker::{Env, Method, Response};

use crate::crawl::local_hosts;
use crate::hooks;
use crate::integrations::{self, Connected, Sent};

/// Milliseconds that a receiver has for its answer.
const TIMEOUT_MS: u64 = 15_000;
/// Milliseconds that what it says is waited for; its status counts already.
const ANSWER_MS: u64 = 2_000;
/// Bytes of the answer that are kept.
const ANSWER_BYTES: usize = 2_048;
/// Headers of the answer that are kept, and bytes of each.
const HEADERS: usize = 40;
const HEADER_BYTES: usize = 300;
/// Headers of the answer that hold what is none of ours.
const PRIVATE: [&str; 5] =
    ["set-cookie", "set-cookie2", "authorization", "proxy-authenticate", "www-authenticate"];

/// A receiver as it is now.
pub enum Receiver {
    /// A webhook or a hook, with its secrets, the newest first.
    Webhook {
        kind: EndpointKind,
        url: String,
        secrets: Vec<String>,
    },
    Service(Box<Connected>),
}

/// What came of an attempt.
pub struct Outcome {
    pub ended: Ended,
    pub verdict: Verdict,
    /// Milliseconds the receiver asks to wait.
    pub wish: Option<f64>,
}

/// Sends a delivery once.
pub async fn make(env: &Env, tenant: &Tenant, receiver: &Receiver, begun: &Begun) -> Outcome {
    match receiver {
        Receiver::Webhook { kind: EndpointKind::Webhook, url, secrets } => {
            by_webhook(env, url, secrets, begun, &begun.payload).await
        }
        Receiver::Webhook { kind: EndpointKind::Hook, url, secrets } => {
            match hooks::body(env, tenant, &begun.payload).await {
                Ok(Some(body)) => {
                    let mut outcome = by_webhook(env, url, secrets, begun, &body).await;
                    outcome.ended.sha256 = hooks::digest(&body);
                    outcome
                }
                Ok(None) => without_call(
                    Verdict::Refused,
                    "What this was about is not here any more, so nothing was sent.",
                ),
                Err(failure) => {
                    log::error("hook_not_written", Some(begun.id.as_str()), &failure.to_string());
                    without_call(Verdict::Again, "Something failed on our side. It is tried again.")
                }
            }
        }
        Receiver::Service(connected) => {
            let from = clock::ticks_ms();
            let Sent { verdict, status, outcome, answer, wish } =
                integrations::send(env, tenant, connected, begun).await;
            let duration_ms = clock::ticks_ms() - from;
            let succeeded = verdict == Verdict::Delivered;
            let ended = Ended { succeeded, status, duration_ms, outcome, answer, ..Ended::default() };
            #[allow(clippy::cast_precision_loss)]
            let wish = wish.map(|ms| ms as f64);
            Outcome { ended, verdict, wish }
        }
    }
}

fn without_call(verdict: Verdict, outcome: &str) -> Outcome {
    let ended = Ended { outcome: outcome.to_owned(), ..Ended::default() };
    Outcome { ended, verdict, wish: None }
}

async fn by_webhook(env: &Env, url: &str, secrets: &[String], begun: &Begun, body: &str) -> Outcome {
    let from = clock::ticks_ms();
    let (status, outcome, headers, answer, wish) = match send(env, url, secrets, begun, body).await {
        Ok(mut response) => {
            let status = response.status_code();
            let wish = response.headers().get("Retry-After").ok().flatten();
            let wish = wish.and_then(|value| retry_after(&value));
            let headers = kept(&response, secrets);
            let answer = outgoing::read_head(&mut response, ANSWER_BYTES, ANSWER_MS).await;
            let answer = without(&String::from_utf8_lossy(&answer), secrets);
            (Some(status), words(status), headers, answer, wish)
        }
        Err(reason) => (None, reason, Vec::new(), String::new(), None),
    };
    let verdict = status.map_or(Verdict::Again, verdict);
    #[allow(clippy::cast_precision_loss)]
    let wish = wish.map(|ms| ms as f64);
    let duration_ms = clock::ticks_ms() - from;
    let succeeded = verdict == Verdict::Delivered;
    let ended = Ended { succeeded, status, duration_ms, outcome, headers, answer, ..Ended::default() };
    Outcome { ended, verdict, wish }
}

async fn send(
    env: &Env,
    url: &str,
    secrets: &[String],
    begun: &Begun,
    body: &str,
) -> Result<Response, String> {
    let url = Url::parse(url).map_err(|_| "The address is none.".to_owned())?;
    guard::check(&url, &local_hosts(env)).map_err(|refused| refused.to_string())?;
    let (seconds, id) = (clock::now() / 1_000, begun.id.as_str());
    let (time, number) = (seconds.to_string(), begun.number.to_string());
    let own = signature::header(secrets, seconds, body.as_bytes());
    let standard = signature::standard(secrets, id, seconds, body.as_bytes());
    let headers = [
        ("Content-Type", "application/json"),
        ("User-Agent", "Frontdesk-Webhooks/1"),
        ("webhook-id", id),
        ("webhook-timestamp", &time),
        ("webhook-signature", &standard),
        ("X-Frontdesk-Signature", &own),
        ("X-Frontdesk-Event", &begun.event),
        ("X-Frontdesk-Attempt", &number),
    ];
    let request = outgoing::request(Method::Post, url.as_str(), &headers, Some(body))
        .map_err(|trouble| format!("The request cannot be made: {trouble}."))?;
    outgoing::send(request, TIMEOUT_MS).await.map_err(|trouble| match trouble {
        Trouble::TimedOut(ms) => format!("No answer came within {} seconds.", ms / 1_000),
        Trouble::TooLarge(_) | Trouble::Failed(_) => {
            "The receiver cannot be reached, or it ended the connection without an answer.".to_owned()
        }
    })
}

fn words(status: u16) -> String {
    match status {
        200..=299 => format!("Accepted with {status}."),
        // A redirect may lead anywhere, and a signed body with it.
        300..=399 => {
            format!("Refused with {status}: redirects are not followed. Enter the address that it leads to.")
        }
        410 => "Refused with 410: the receiver wants nothing more.".to_owned(),
        _ => format!("Refused with {status}."),
    }
}

fn kept(response: &Response, secrets: &[String]) -> Vec<String> {
    let shown = response.headers().entries().filter(|(name, _)| {
        let name = name.to_ascii_lowercase();
        !PRIVATE.contains(&name.as_str())
    });
    shown
        .take(HEADERS)
        .map(|(name, value)| {
            let value = without(&value, secrets);
            let end = value.floor_char_boundary(HEADER_BYTES);
            format!("{name}: {}", value.get(..end).unwrap_or_default())
        })
        .collect()
}
