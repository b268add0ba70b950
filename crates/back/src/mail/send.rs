//! Sending what waits. A mail is taken with a lease, handed to the provider under its own id, and settled; whoever
//! dies in between leaves a row that is due again, and the provider takes the same id once.

use futures::future::join_all;
use platform::mail::{self as port, Message, Provider, Undelivered};
use platform::relational::Relational;
use platform::{Failure, clock, log, seal};
use protocol::MailId;
use store::{Row, Statement, mails};
use worker::Env;

use super::{Mail, SEAL, page};

/// Longer than a provider may take.
const LEASE_MS: f64 = 5.0 * 60_000.0;
const BATCH: u32 = 10;
/// Batches of one run; the rest is rung for again by the cron.
const BATCHES: usize = 20;
const ATTEMPTS: u32 = 10;
/// What was settled is forgotten after this long.
const KEPT_MS: f64 = 30.0 * 24.0 * 60.0 * 60_000.0;

/// Sends what is due.
///
/// # Errors
/// When the database does not answer; mails that were not taken are due again later.
pub async fn due(env: &Env) -> Result<(), Failure> {
    let database = Relational::of(env)?;
    for _ in 0..BATCHES {
        let now = clock::now_ms();
        let rows = database.rows(&mails::take_due(now, now + LEASE_MS, BATCH)).await?;
        let full = rows.len() == BATCH as usize;
        let settled = join_all(rows.iter().map(|row| settle(env, row))).await;
        database.batch(&settled.into_iter().collect::<Result<Vec<_>, _>>()?).await?;
        if !full {
            break;
        }
    }
    Ok(())
}

/// Forgets mails that were settled long ago.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(env: &Env) -> Result<(), Failure> {
    Relational::of(env)?.batch(&[mails::forget(clock::now_ms() - KEPT_MS)]).await
}

/// Sends one mail; the statement says how it went.
async fn settle(env: &Env, row: &Row) -> Result<Statement, Failure> {
    let (id, attempts): (MailId, u32) = (row.text(0)?.parse()?, row.integer(3)?);
    let undelivered = match send(env, &id, row.text(2)?).await {
        Ok(provider) => return Ok(mails::sent(&id, provider == Provider::Outbox, clock::now_ms())),
        Err(undelivered) => undelivered,
    };
    let reason = undelivered.to_string();
    // The provider's words may repeat the address; they are kept in the row.
    log::error("mail_not_taken", Some(id.as_str()), &format!("{}, attempt {attempts}", row.text(1)?));
    Ok(match undelivered {
        Undelivered::Later { after_s, .. } if attempts < ATTEMPTS => {
            mails::postpone(&id, port::next_attempt(attempts, after_s), &reason)
        }
        Undelivered::Later { .. } | Undelivered::Never(_) => mails::fail(&id, &reason),
    })
}

async fn send(env: &Env, id: &MailId, sealed: &str) -> Result<Provider, Undelivered> {
    let provider = port::provider(env)?;
    let mail = open(env, id, sealed).map_err(|failure| Undelivered::Never(failure.to_string()))?;
    let html = page::part(&mail);
    let message =
        Message { id: id.as_str(), to: &mail.to, subject: &mail.subject, text: &mail.text, html: &html };
    port::deliver(env, provider, &message).await?;
    Ok(provider)
}

/// The mail of a row.
///
/// # Errors
/// When it was sealed for another row or with another key.
pub fn open(env: &Env, id: &MailId, sealed: &str) -> Result<Mail, Failure> {
    Ok(serde_json::from_str(&seal::open(env, SEAL, id.as_str(), sealed)?)?)
}
