//! Requests that came with an idempotency key: what they asked, and what they were answered.

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::Tenant;

/// A request under its key.
#[derive(Clone, Copy)]
pub struct Keyed<'a> {
    /// The member's or API key's id.
    pub holder: &'a str,
    pub key: &'a str,
}

fn bound(tenant: &Tenant, keyed: &Keyed<'_>, text: &'static str) -> Statement {
    sql(text).bind(tenant.key()).bind(keyed.holder).bind(keyed.key)
}

/// Takes the key; changes nothing where it is taken.
#[must_use]
pub fn take(tenant: &Tenant, keyed: &Keyed<'_>, asked: &str, now: f64) -> Statement {
    bound(tenant, keyed, "INSERT INTO idempotent_requests (workspace_id, holder, key, asked, begun_at) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT (workspace_id, holder, key) DO NOTHING",
        )
        .bind(asked)
        .bind(now)
}

/// What is known under the key: see [`read`].
#[must_use]
pub fn known(tenant: &Tenant, keyed: &Keyed<'_>) -> Statement {
    bound(
        tenant,
        keyed,
        "SELECT r.asked, r.begun_at, r.status, r.answer FROM idempotent_requests r \
         WHERE r.workspace_id = ?1 AND r.holder = ?2 AND r.key = ?3",
    )
}

/// A request as it was taken.
pub struct Known {
    pub asked: String,
    pub begun_at: f64,
    pub status: Option<u16>,
    pub answer: Option<String>,
}

/// Decodes a row of [`known`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read(row: &Row) -> Result<Known, Error> {
    Ok(Known {
        asked: row.text(0)?.to_owned(),
        begun_at: row.real(1)?,
        status: row.real_or_null(2)?.map(|_| row.integer(2)).transpose()?,
        answer: row.text_or_null(3)?.map(str::to_owned),
    })
}

/// It was carried out. Without an answer only that is known.
#[must_use]
pub fn answered(tenant: &Tenant, keyed: &Keyed<'_>, status: u16, answer: Option<&str>) -> Statement {
    bound(
        tenant,
        keyed,
        "UPDATE idempotent_requests SET status = ?4, answer = ?5 \
             WHERE workspace_id = ?1 AND holder = ?2 AND key = ?3 AND status IS NULL",
    )
    .bind(u32::from(status))
    .bind(answer)
}

/// Nothing was changed: the key is free again.
#[must_use]
pub fn release(tenant: &Tenant, keyed: &Keyed<'_>) -> Statement {
    bound(
        tenant,
        keyed,
        "DELETE FROM idempotent_requests WHERE workspace_id = ?1 AND holder = ?2 AND key = ?3 AND status IS NULL",
    )
}

/// Forgets what a workspace's requests were answered, not that they were carried out: answers may hold an erased
/// person's words.
#[must_use]
pub fn forget_answers(tenant: &Tenant) -> Statement {
    sql("UPDATE idempotent_requests SET answer = NULL WHERE workspace_id = ?1").bind(tenant.key())
}

/// Forgets requests of before a time.
#[must_use]
pub fn sweep(before: f64) -> Statement {
    sql("DELETE FROM idempotent_requests WHERE begun_at < ?1").bind(before)
}
