//! The audit log: who changed what, from where. A change and its entry are written in one transaction.

use protocol::AuditId;
use protocol::api::{Actor as Named, Change};

use crate::sql::{Error, Statement, sql};
use crate::tenant::{Actor, Who};

/// What was done.
pub struct Entry<'a> {
    pub id: &'a AuditId,
    /// As in `agent.published`.
    pub action: &'a str,
    /// The id of what was changed, and its name.
    pub subject: &'a str,
    pub subject_name: &'a str,
    pub changes: &'a [Change],
    pub at: f64,
}

/// Notes a change that an actor made.
///
/// # Errors
/// When the changes cannot be written as JSON.
pub fn note(actor: &Actor, entry: &Entry<'_>) -> Result<Statement, Error> {
    insert(actor, entry, "")
}

/// Notes a change that an actor made, if the statement before it in the transaction changed a row.
///
/// # Errors
/// When the changes cannot be written as JSON.
pub fn note_if_changed(actor: &Actor, entry: &Entry<'_>) -> Result<Statement, Error> {
    insert(actor, entry, " WHERE changes() > 0")
}

fn insert(actor: &Actor, entry: &Entry<'_>, condition: &str) -> Result<Statement, Error> {
    let (named, id) = match &actor.who {
        Who::Member { user_id, name, .. } => {
            (Named::Member { user_id: user_id.clone(), name: name.clone() }, user_id.as_str())
        }
        Who::Key { id, name, .. } => (Named::ApiKey { key_id: id.clone(), name: name.clone() }, id.as_str()),
    };
    Ok(sql(format!(
        "INSERT INTO audit_log (id, workspace_id, at, actor, actor_id, address, action, subject, subject_name, changes) \
         SELECT ?2, ?1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10{condition}"
    ))
    .bind(actor.tenant.key())
    .bind(entry.id.as_str())
    .bind(entry.at)
    .bind(serde_json::to_string(&named)?)
    .bind(id)
    .bind(actor.address.as_str())
    .bind(entry.action)
    .bind(entry.subject)
    .bind(entry.subject_name)
    .bind(serde_json::to_string(entry.changes)?))
}
