//! What happened in visitors' pages. A batch is one statement, and sent twice it happened once.

use protocol::internal::ConversationIdentity;
use protocol::widget::WidgetEvent;
use protocol::{AgentId, VisitorId};
use serde::Serialize;

use crate::sql::{Error, Statement, sql};
use crate::tenant::{Tenant, name};

/// Days that events are kept.
pub const KEPT_DAYS: u32 = 90;

/// What an owner hopes for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Conversion {
    /// The subject names the call to action and the click.
    CtaClick,
    /// The subject is the lead.
    Lead,
}

/// Stores events of a conversation whose agent is still there. Their pages are without query, `variants` is what the
/// visitor sees of running experiments, as JSON.
///
/// # Errors
/// When the events cannot be written as JSON.
pub fn store(
    tenant: &Tenant,
    of: &ConversationIdentity,
    events: &[WidgetEvent],
    variants: &str,
) -> Result<Statement, Error> {
    Ok(sql(
        "INSERT INTO widget_events (workspace_id, conversation_id, id, agent_id, visitor_id, kind, subject, page, variants, at) \
         SELECT ?1, ?3, e.value ->> '$.id', a.id, ?4, e.value ->> '$.kind', e.value ->> '$.subject', \
         e.value ->> '$.page_url', ?6, e.value ->> '$.at_ms' FROM json_each(?5) e \
         JOIN agents a ON a.workspace_id = ?1 AND a.id = ?2 AND a.deleted_at IS NULL WHERE 1 ON CONFLICT DO NOTHING",
    )
    .bind(tenant.key())
    .bind(of.agent_id.as_str())
    .bind(of.conversation_id.as_str())
    .bind(of.visitor_id.as_str())
    .bind(serde_json::to_string(events)?)
    .bind(variants))
}

/// Notes what a visitor did that an owner hopes for; the same thing once.
#[must_use]
pub fn converted(
    tenant: &Tenant,
    agent: &AgentId,
    visitor: &VisitorId,
    (kind, subject): (Conversion, &str),
    at: f64,
) -> Statement {
    sql("INSERT INTO conversions (workspace_id, visitor_id, kind, subject, agent_id, at) \
         SELECT ?1, ?3, ?4, ?5, a.id, ?6 FROM agents a WHERE a.workspace_id = ?1 AND a.id = ?2 ON CONFLICT DO NOTHING")
        .bind(tenant.key())
        .bind(agent.as_str())
        .bind(visitor.as_str())
        .bind(name(&kind))
        .bind(subject)
        .bind(at)
}

/// Forgets events of before a time, and what experiments counted before another, whoever's they are.
#[must_use]
pub fn forget(events: f64, figures: f64) -> [Statement; 3] {
    [
        sql("DELETE FROM widget_events WHERE at < ?1").bind(events),
        sql("DELETE FROM exposures WHERE at < ?1").bind(figures),
        sql("DELETE FROM conversions WHERE at < ?1").bind(figures),
    ]
}

/// Forgets what a visitor did.
#[must_use]
pub fn forget_visitor(tenant: &Tenant, visitor: &VisitorId) -> [Statement; 3] {
    [
        "DELETE FROM widget_events WHERE workspace_id = ?1 AND visitor_id = ?2",
        "DELETE FROM exposures WHERE workspace_id = ?1 AND visitor_id = ?2",
        "DELETE FROM conversions WHERE workspace_id = ?1 AND visitor_id = ?2",
    ]
    .map(|text| sql(text).bind(tenant.key()).bind(visitor.as_str()))
}
