//! Mail that leaves: one port, three ways out. Resend over HTTP, Cloudflare's mail binding, and on a developer's
//! machine nowhere: the mail stays in its row and is read at `/dev/outbox`.

use serde::Serialize;
use worker::{EmailAddress, Env, Headers, Method, Response, SendEmail, SendEmailBuilder};

use crate::outgoing::{self, Trouble};
use crate::{clock, config};

/// Milliseconds a provider has to answer, and again for its answer's body.
const DEADLINE_MS: u64 = 15_000;
const MAX_REPLY_BYTES: usize = 64 * 1024;
/// Characters of a provider's own words that are kept as a reason.
const REASON_CHARS: usize = 300;

/// How mails leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    Resend,
    Cloudflare,
    /// They do not: `/dev/outbox` shows them. On a developer's machine alone.
    Outbox,
}

/// A mail with both of its parts.
pub struct Message<'a> {
    /// Sending the same id again is not a second mail, where the provider can tell.
    pub id: &'a str,
    pub to: &'a str,
    pub subject: &'a str,
    pub text: &'a str,
    pub html: &'a str,
}

/// Why a mail was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Undelivered {
    /// Try again, not before so many seconds where they are known.
    #[error("{reason}")]
    Later { reason: String, after_s: Option<u32> },
    /// Trying again cannot help.
    #[error("{0}")]
    Never(String),
}

/// What `MAIL_PROVIDER` says.
///
/// # Errors
/// When it names no provider, or the outbox elsewhere than on a developer's machine; the mails wait.
pub fn provider(env: &Env) -> Result<Provider, Undelivered> {
    match config::optional(env, "MAIL_PROVIDER").as_deref() {
        Some("resend") => Ok(Provider::Resend),
        Some("cloudflare") => Ok(Provider::Cloudflare),
        Some("outbox") if config::is_local(env) => Ok(Provider::Outbox),
        _ => Err(later("MAIL_PROVIDER has to be resend or cloudflare: no mail leaves before it is")),
    }
}

/// Hands a mail to the provider.
///
/// # Errors
/// When the provider does not take it.
pub async fn deliver(env: &Env, provider: Provider, message: &Message<'_>) -> Result<(), Undelivered> {
    let from = config::optional(env, "MAIL_FROM")
        .ok_or_else(|| later("MAIL_FROM is not set: mails need a sender"))?;
    match provider {
        Provider::Resend => resend(env, &from, message).await,
        Provider::Cloudflare => cloudflare(env, &from, message).await,
        Provider::Outbox => Ok(()),
    }
}

/// Whether the provider would take mails, without sending one; what there is to say where none is called.
///
/// # Errors
/// When it would not, and why.
pub async fn ping(env: &Env) -> Result<Option<&'static str>, Undelivered> {
    match provider(env)? {
        Provider::Outbox => Ok(Some("Mails stay on this machine; read them at /dev/outbox.")),
        Provider::Cloudflare => Ok(Some("Cloudflare's mail is bound; it is not called without a mail.")),
        Provider::Resend => {
            // A mail without a sender is refused with 422 after the key was looked at, whatever the key may do.
            let nothing = ResendMail { from: "", to: [""], subject: "", text: "", html: "" };
            let mut response = post(env, &nothing, "health").await?;
            match response.status_code() {
                422 | 200..300 => Ok(None),
                status => {
                    let reply = outgoing::read(&mut response, MAX_REPLY_BYTES, DEADLINE_MS).await;
                    Err(later(reason(status, reply)))
                }
            }
        }
    }
}

/// The body of Resend's `POST /emails`.
#[derive(Serialize)]
struct ResendMail<'a> {
    from: &'a str,
    to: [&'a str; 1],
    subject: &'a str,
    text: &'a str,
    html: &'a str,
}

async fn post(env: &Env, mail: &ResendMail<'_>, id: &str) -> Result<Response, Undelivered> {
    let base = config::optional(env, "RESEND_BASE_URL").unwrap_or_else(|| "https://api.resend.com".into());
    let key = config::secret(env, "RESEND_API_KEY").map_err(later)?;
    let body = serde_json::to_string(mail).map_err(later)?;
    let headers = [
        ("Authorization", format!("Bearer {key}")),
        ("Content-Type", "application/json".into()),
        ("Idempotency-Key", id.to_owned()),
        // Resend refuses requests that name no client.
        ("User-Agent", "frontdesk".into()),
    ];
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let url = format!("{}/emails", base.trim_end_matches('/'));
    let request = outgoing::request(Method::Post, &url, &headers, Some(&body)).map_err(later)?;
    outgoing::send(request, DEADLINE_MS).await.map_err(later)
}

async fn resend(env: &Env, from: &str, message: &Message<'_>) -> Result<(), Undelivered> {
    let mail = ResendMail {
        from,
        to: [message.to],
        subject: message.subject,
        text: message.text,
        html: message.html,
    };
    let mut response = post(env, &mail, message.id).await?;
    let status = response.status_code();
    if (200..300).contains(&status) {
        return Ok(());
    }
    let after_s = retry_after(response.headers());
    let reply = outgoing::read(&mut response, MAX_REPLY_BYTES, DEADLINE_MS).await;
    let reason = reason(status, reply);
    match status {
        // What is wrong with the mail itself stays wrong. A refused key or sender can be put right meanwhile, and
        // a mail that is being taken at this moment (409) will have been.
        400 | 404..=408 | 410..=428 => Err(Undelivered::Never(reason)),
        _ => Err(Undelivered::Later { reason, after_s }),
    }
}

fn retry_after(headers: &Headers) -> Option<u32> {
    headers.get("Retry-After").ok().flatten()?.trim().parse().ok()
}

fn reason(status: u16, reply: Result<Vec<u8>, Trouble>) -> String {
    let words = reply.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    format!("Resend answered {status}: {}", words.chars().take(REASON_CHARS).collect::<String>())
}

async fn cloudflare(env: &Env, from: &str, message: &Message<'_>) -> Result<(), Undelivered> {
    let binding: SendEmail = env.send_email("EMAIL").map_err(later)?;
    let (name, address) = sender(from);
    let sender = EmailAddress::new(name, address);
    let mail = SendEmailBuilder::builder_with_email_address_and_str(&sender, message.to, message.subject)
        .text(message.text)
        .html(message.html)
        .build();
    binding.send_with_builder(&mail).await.map_err(|error| {
        let words = String::from(error.message());
        later(format!("Cloudflare: {}", words.chars().take(REASON_CHARS).collect::<String>()))
    })?;
    Ok(())
}

/// Name and address of `Name <address>`, or an address alone.
fn sender(from: &str) -> (&str, &str) {
    match from.trim_end().strip_suffix('>').and_then(|from| from.split_once('<')) {
        Some((name, address)) => (name.trim(), address.trim()),
        None => ("", from.trim()),
    }
}

#[allow(clippy::needless_pass_by_value)]
fn later(reason: impl ToString) -> Undelivered {
    Undelivered::Later { reason: reason.to_string(), after_s: None }
}

/// When an attempt that failed is made again: 1 minute, then 2.5 times as long each time, at most 6 hours, and never
/// sooner than the provider asked.
#[must_use]
pub fn next_attempt(attempts: u32, after_s: Option<u32>) -> f64 {
    let exponent = i32::try_from(attempts.saturating_sub(1)).unwrap_or(i32::MAX).min(20);
    let seconds = (60.0 * 2.5_f64.powi(exponent)).min(6.0 * 60.0 * 60.0);
    clock::now_ms() + seconds.max(after_s.map_or(0.0, f64::from)) * 1_000.0
}
