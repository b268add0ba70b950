//! Mails. A mail is a row, written in the transaction of what it tells about; a job sends it ([`ring`] hurries).

pub mod letters;
pub mod page;
pub mod send;

use platform::{Failure, clock, config, queue, random, seal};
use protocol::internal::Bell;
use protocol::{MailId, WorkspaceId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::{Statement, mails};
use worker::{Env, Request};

/// What mails are sealed for.
pub const SEAL: &str = "mail";

/// A mail to one person.
#[derive(Debug, Serialize, Deserialize)]
pub struct Mail {
    pub to: String,
    pub subject: String,
    /// Plain text; a line that is an address alone becomes a button in the HTML part.
    pub text: String,
}

/// The row of a mail, for the transaction of its cause. `purpose` is as in `verify_email`.
///
/// # Errors
/// When the installation has no sealing key.
pub fn queue(
    env: &Env,
    workspace: Option<&WorkspaceId>,
    purpose: &str,
    mail: &Mail,
) -> Result<Statement, Failure> {
    row(env, random::id(MailId::ordered), workspace, purpose, mail)
}

/// The row of a mail that is sent once, however often it is queued: `once` names its cause.
///
/// # Errors
/// When the installation has no sealing key.
pub fn queue_once(
    env: &Env,
    workspace: &WorkspaceId,
    purpose: &str,
    once: &str,
    mail: &Mail,
) -> Result<Statement, Failure> {
    let name = format!("{once} {}", mail.to);
    let bits =
        Sha256::digest(name).iter().take(16).fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte));
    row(env, MailId::from_bits(bits), Some(workspace), purpose, mail)
}

fn row(
    env: &Env,
    id: MailId,
    workspace: Option<&WorkspaceId>,
    purpose: &str,
    mail: &Mail,
) -> Result<Statement, Failure> {
    let sealed = seal::seal(env, SEAL, id.as_str(), &serde_json::to_string(mail)?)?;
    Ok(mails::queue(&id, workspace, &mail.to, purpose, &sealed, clock::now_ms()))
}

/// Sends what waits, soon.
pub async fn ring(env: &Env) {
    queue::ring(env, "JOBS", &Bell::Mail {}).await;
}

/// Where members reach the dashboard, without a slash at its end.
///
/// # Errors
/// When the request has no address.
pub fn base(request: &Request, env: &Env) -> Result<String, Failure> {
    match config::optional(env, "PUBLIC_URL") {
        Some(url) => Ok(url.trim_end_matches('/').to_owned()),
        None => Ok(request.url()?.origin().ascii_serialization()),
    }
}

/// The address of a mailed link: a page of the dashboard, and the token where no server and no log sees it.
///
/// # Errors
/// When the request has no address.
pub fn link(request: &Request, env: &Env, page: &str, token: &str) -> Result<String, Failure> {
    Ok(format!("{}/app/{page}#token={token}", base(request, env)?))
}
