//! What happened, written in the transaction of its cause; each event once by its id.

use protocol::events::EventKind;
use protocol::{AgentId, EventId};

use crate::sql::{Statement, sql};
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
        "INSERT INTO events (id, workspace_id, agent_id, kind, subject, data, at) \
         SELECT ?2, ?1, ?3, ?4, ?5, ?6, ?7 WHERE {condition}1 ON CONFLICT DO NOTHING"
    ))
    .bind(tenant.key())
    .bind(event.id.as_str())
    .bind(event.agent.map(AgentId::as_str))
    .bind(event.kind.as_str())
    .bind(event.subject)
    .bind(event.data)
    .bind(event.at)
}
