//! The audit log: who changed what, from where. A change and its entry are written in one transaction.

use protocol::AuditId;
use protocol::api::{Actor as Named, AuditEntry, Change};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::{Actor, Tenant, Who};

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

/// Which entries are wanted.
#[derive(Default)]
pub struct Filter<'a> {
    /// The id of a member or an API key.
    pub actor: Option<&'a str>,
    /// The beginning of an action: `agent.` finds all that was done to agents.
    pub action: Option<&'a str>,
    /// The id of what was changed.
    pub subject: Option<&'a str>,
    /// From this time on, and before that one.
    pub from: Option<f64>,
    pub to: Option<f64>,
}

/// Entries, newest first, from the place after `(at, id)`.
#[must_use]
pub fn list(tenant: &Tenant, filter: &Filter<'_>, after: Option<(f64, &AuditId)>, limit: u32) -> Statement {
    let (at, id) = after.map_or((f64::MAX, ""), |(at, id)| (at, id.as_str()));
    sql("SELECT l.id, l.at, l.actor, l.address, l.action, l.subject, l.subject_name, l.changes FROM audit_log l \
         WHERE l.workspace_id = ?1 AND (?2 IS NULL OR l.actor_id = ?2) AND (?3 IS NULL OR substr(l.action, 1, length(?3)) = ?3) \
         AND (?4 IS NULL OR l.subject = ?4) AND l.at >= ?5 AND l.at < ?6 AND (l.at < ?7 OR (l.at = ?7 AND l.id < ?8)) \
         ORDER BY l.at DESC, l.id DESC LIMIT ?9")
    .bind(tenant.key())
    .bind(filter.actor)
    .bind(filter.action)
    .bind(filter.subject)
    .bind(filter.from.unwrap_or(0.0))
    .bind(filter.to.unwrap_or(f64::MAX))
    .bind(at)
    .bind(id)
    .bind(limit)
}

/// Decodes a row of [`list`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read(row: &Row) -> Result<AuditEntry, Error> {
    Ok(AuditEntry {
        id: row.text(0)?.parse()?,
        at: row.real(1)?,
        actor: row.json(2)?,
        address: row.text(3)?.to_owned(),
        action: row.text(4)?.to_owned(),
        subject: row.text(5)?.to_owned(),
        subject_name: row.text(6)?.to_owned(),
        changes: row.json(7)?,
    })
}
