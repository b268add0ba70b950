//! What happened, written in the transaction of its cause; each event once by its id. What receivers are told about is
//! due from then on, until every receiver that wants it has it.

use protocol::events::EventKind;
use protocol::{AgentId, EventId, WorkspaceId};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::Tenant;

/// Something that happened.
pub struct Event<'a> {
    pub id: &'a EventId,
    pub kind: EventKind,
    pub agent: Option<&'a AgentId>,
    /// The id of what it happened to.
    pub subject: &'a str,
    /// Numbers and names worth counting by, as JSON; nothing a visitor or member wrote.
    pub data: &'a str,
    pub at: f64,
}

/// Notes an event; one that is known already stays as it is.
#[must_use]
pub fn note(tenant: &Tenant, event: &Event<'_>) -> Statement {
    insert(tenant, event, "")
}

/// Notes an event, if the statement before it in the transaction changed a row.
#[must_use]
pub fn note_if_changed(tenant: &Tenant, event: &Event<'_>) -> Statement {
    insert(tenant, event, "changes() > 0 AND ")
}

fn insert(tenant: &Tenant, event: &Event<'_>, condition: &str) -> Statement {
    sql(format!(
        "INSERT INTO events (id, workspace_id, agent_id, kind, subject, data, at, due_at) \
         SELECT ?2, ?1, ?3, ?4, ?5, ?6, ?7, CASE WHEN ?8 = 1 AND EXISTS \
         (SELECT 1 FROM webhook_endpoints p WHERE p.workspace_id = ?1) THEN ?7 END WHERE {condition}1 ON CONFLICT DO NOTHING"
    ))
    .bind(tenant.key())
    .bind(event.id.as_str())
    .bind(event.agent.map(AgentId::as_str))
    .bind(event.kind.as_str())
    .bind(event.subject)
    .bind(event.data)
    .bind(event.at)
    .bind(event.kind.is_delivered())
}

/// An event that its receivers do not have yet.
pub struct Due {
    pub id: EventId,
    pub agent: Option<AgentId>,
    /// As in [`EventKind::as_str`].
    pub kind: String,
    pub subject: String,
    pub data: String,
    pub at: f64,
}

/// Events that are due, the longest due first: see [`read_due`].
#[must_use]
pub fn due(tenant: &Tenant, now: f64, limit: u32) -> Statement {
    sql("SELECT e.id, e.agent_id, e.kind, e.subject, e.data, e.at FROM events e WHERE e.workspace_id = ?1 \
         AND (e.due_at IS NOT NULL) AND e.due_at <= ?2 ORDER BY e.due_at, e.id LIMIT ?3")
    .bind(tenant.key())
    .bind(now)
    .bind(limit)
}

/// Decodes a row of [`due`] or [`newest`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_due(row: &Row) -> Result<Due, Error> {
    Ok(Due {
        id: row.text(0)?.parse()?,
        agent: row.text_or_null(1)?.map(str::parse).transpose()?,
        kind: row.text(2)?.to_owned(),
        subject: row.text(3)?.to_owned(),
        data: row.text(4)?.to_owned(),
        at: row.real(5)?,
    })
}

/// The newest events of a kind, of one agent or all; decoded by [`read_due`].
#[must_use]
pub fn newest(tenant: &Tenant, kind: EventKind, agent: Option<&AgentId>, limit: u32) -> Statement {
    sql("SELECT e.id, e.agent_id, e.kind, e.subject, e.data, e.at FROM events e WHERE e.workspace_id = ?1 AND e.kind = ?2 \
         AND (?3 IS NULL OR e.agent_id = ?3) ORDER BY e.at DESC, e.id DESC LIMIT ?4")
    .bind(tenant.key())
    .bind(kind.as_str())
    .bind(agent.map(AgentId::as_str))
    .bind(limit)
}

/// Every receiver has these events; or, with a moment, not yet: they are due again then.
///
/// # Errors
/// When the ids cannot be written as JSON.
pub fn settle(tenant: &Tenant, ids: &[&EventId], again_at: Option<f64>) -> Result<Statement, Error> {
    Ok(sql("UPDATE events SET due_at = ?3 WHERE workspace_id = ?1 AND id IN (SELECT j.value FROM json_each(?2) j)")
        .bind(tenant.key())
        .bind(serde_json::to_string(ids)?)
        .bind(again_at))
}

/// Workspaces that have events that are due, whoever's they are: see [`read_workspace`].
#[must_use]
pub fn workspaces_due(now: f64, limit: u32) -> Statement {
    sql("SELECT DISTINCT e.workspace_id FROM events e WHERE e.due_at IS NOT NULL AND e.due_at <= ?1 LIMIT ?2")
        .bind(now)
        .bind(limit)
}

/// Decodes a row of [`workspaces_due`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_workspace(row: &Row) -> Result<WorkspaceId, Error> {
    Ok(row.text(0)?.parse()?)
}

/// What happened to some subjects, oldest first: kind, subject and time.
///
/// # Errors
/// When the ids cannot be written as JSON.
pub fn about(tenant: &Tenant, subjects: &[String]) -> Result<Statement, Error> {
    Ok(sql("SELECT v.kind, v.subject, v.at FROM events v WHERE v.workspace_id = ?1 \
         AND (v.subject IN (SELECT j.value FROM json_each(?2) j) \
         OR v.data ->> '$.conversation_id' IN (SELECT j.value FROM json_each(?2) j)) ORDER BY v.at, v.id")
    .bind(tenant.key())
    .bind(serde_json::to_string(subjects)?))
}
