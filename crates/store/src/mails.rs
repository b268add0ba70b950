//! Mails to send. Written in the transaction of what they tell about, sent by a job, so none is lost or sent for
//! what did not happen.

use protocol::{MailId, WorkspaceId};

use crate::sql::{Statement, sql};

/// A mail waits from now on; its body is sealed. One that is there already stays as it is.
#[must_use]
pub fn queue(
    id: &MailId,
    workspace: Option<&WorkspaceId>,
    recipient: &str,
    purpose: &str,
    sealed: &str,
    now: f64,
) -> Statement {
    sql("INSERT INTO mails (id, workspace_id, recipient, purpose, sealed, state, due_at, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, 'waiting', ?6, ?6) ON CONFLICT DO NOTHING")
    .bind(id.as_str())
    .bind(workspace.map(WorkspaceId::as_str))
    .bind(recipient)
    .bind(purpose)
    .bind(sealed)
    .bind(now)
}

/// Takes what is due, oldest first: until the lease ends nobody else does. Id, purpose, sealed body, attempts
/// including this one.
#[must_use]
pub fn take_due(now: f64, lease_until: f64, limit: u32) -> Statement {
    sql("UPDATE mails SET due_at = ?2, attempts = attempts + 1 WHERE id IN \
         (SELECT id FROM mails WHERE due_at <= ?1 AND state = 'waiting' ORDER BY due_at, id LIMIT ?3) \
         RETURNING id, purpose, sealed, attempts")
    .bind(now)
    .bind(lease_until)
    .bind(limit)
}

/// A mail was taken by the provider. Its body is emptied, except where it is kept to be read here.
#[must_use]
pub fn sent(id: &MailId, keep_body: bool, now: f64) -> Statement {
    sql("UPDATE mails SET state = 'sent', due_at = NULL, reason = NULL, sent_at = ?2, \
         sealed = CASE WHEN ?3 THEN sealed ELSE '' END WHERE id = ?1")
    .bind(id.as_str())
    .bind(now)
    .bind(keep_body)
}

/// A mail was not taken and is tried again.
#[must_use]
pub fn postpone(id: &MailId, due_at: f64, reason: &str) -> Statement {
    sql("UPDATE mails SET due_at = ?2, reason = ?3 WHERE id = ?1 AND state = 'waiting'")
        .bind(id.as_str())
        .bind(due_at)
        .bind(reason)
}

/// A mail will not be taken.
#[must_use]
pub fn fail(id: &MailId, reason: &str) -> Statement {
    sql("UPDATE mails SET state = 'failed', due_at = NULL, sealed = '', reason = ?2 WHERE id = ?1")
        .bind(id.as_str())
        .bind(reason)
}

/// Mails whose body is kept, newest first: id, purpose, sealed body, created.
#[must_use]
pub fn outbox(limit: u32) -> Statement {
    sql("SELECT id, purpose, sealed, created_at FROM mails WHERE sealed <> '' ORDER BY created_at DESC, id DESC LIMIT ?1")
        .bind(limit)
}

/// Forgets mails that were settled before.
#[must_use]
pub fn forget(before: f64) -> Statement {
    sql("DELETE FROM mails WHERE state <> 'waiting' AND created_at < ?1").bind(before)
}
