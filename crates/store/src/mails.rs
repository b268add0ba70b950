//! Mails to send. Written in the transaction of what they tell about, sent by a job, so none is lost or sent for
//! what did not happen.

use protocol::{MailId, WorkspaceId};

use crate::sql::{Statement, sql};

/// A mail waits from now on; its body is sealed.
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
         VALUES (?1, ?2, ?3, ?4, ?5, 'waiting', ?6, ?6)")
    .bind(id.as_str())
    .bind(workspace.map(WorkspaceId::as_str))
    .bind(recipient)
    .bind(purpose)
    .bind(sealed)
    .bind(now)
}
