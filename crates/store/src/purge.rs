//! Forgetting what was deleted. Members do not see it any more; a job empties it step by step, each step
//! repeatable, the row that leads to the rest last.

use protocol::objects::Jurisdiction;
use protocol::{AgentId, ConversationId, WorkspaceId};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::{Tenant, named};

/// Closed workspaces, longest closed first: see [`read_workspace`].
#[must_use]
pub fn closed_workspaces(limit: u32) -> Statement {
    sql("SELECT id, jurisdiction FROM workspaces WHERE deleted_at IS NOT NULL ORDER BY deleted_at, id LIMIT ?1")
        .bind(limit)
}

/// Decodes a row of [`closed_workspaces`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_workspace(row: &Row) -> Result<(WorkspaceId, Jurisdiction), Error> {
    Ok((row.text(0)?.parse()?, named(row, 1)?))
}

/// Deleted agents of workspaces that go on, longest deleted first: see [`read_agent`].
#[must_use]
pub fn deleted_agents(limit: u32) -> Statement {
    sql("SELECT a.id, a.curated_revision, w.id, w.jurisdiction FROM agents a \
         JOIN workspaces w ON w.id = a.workspace_id \
         WHERE a.deleted_at IS NOT NULL AND w.deleted_at IS NULL ORDER BY a.deleted_at, a.id LIMIT ?1")
    .bind(limit)
}

/// All agents of a workspace: see [`read_agent`].
#[must_use]
pub fn agents(tenant: &Tenant) -> Statement {
    sql("SELECT a.id, a.curated_revision FROM agents a WHERE a.workspace_id = ?1 ORDER BY a.id")
        .bind(tenant.key())
}

/// An agent to forget.
pub struct Agent {
    pub id: AgentId,
    pub curated_revision: u64,
}

/// Decodes a row of [`agents`] or [`deleted_agents`].
///
/// # Errors
/// When the row is not of those statements.
pub fn read_agent(row: &Row) -> Result<Agent, Error> {
    Ok(Agent { id: row.text(0)?.parse()?, curated_revision: row.integer(1)? })
}

/// Decodes the workspace of a row of [`deleted_agents`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_workspace_of(row: &Row) -> Result<(WorkspaceId, Jurisdiction), Error> {
    Ok((row.text(2)?.parse()?, named(row, 3)?))
}

/// Conversations of an agent, in the order of their ids, above one: see [`read_conversation`].
#[must_use]
pub fn conversations(
    tenant: &Tenant,
    agent: &AgentId,
    after: Option<&ConversationId>,
    limit: u32,
) -> Statement {
    sql("SELECT c.id FROM conversations c WHERE c.workspace_id = ?1 AND c.agent_id = ?2 AND c.id > ?3 ORDER BY c.id LIMIT ?4")
        .bind(tenant.key())
        .bind(agent.as_str())
        .bind(after.map_or("", ConversationId::as_str))
        .bind(limit)
}

/// Decodes a row of [`conversations`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_conversation(row: &Row) -> Result<ConversationId, Error> {
    Ok(row.text(0)?.parse()?)
}

/// The rows of an agent whose sources are gone.
#[must_use]
pub fn agent(tenant: &Tenant, agent: &AgentId) -> [Statement; 27] {
    [
        "DELETE FROM incoming_attempts WHERE workspace_id = ?1 AND event_id IN \
         (SELECT v.id FROM incoming_events v WHERE v.workspace_id = ?1 AND v.agent_id = ?2)",
        "DELETE FROM incoming_events WHERE workspace_id = ?1 AND agent_id = ?2",
        "DELETE FROM incoming_endpoints WHERE workspace_id = ?1 AND agent_id = ?2",
        "DELETE FROM lead_entries WHERE workspace_id = ?1 AND lead_id IN (SELECT l.id FROM leads l WHERE l.workspace_id = ?1 AND l.agent_id = ?2)",
        "DELETE FROM leads WHERE workspace_id = ?1 AND agent_id = ?2",
        "DELETE FROM contacts WHERE contacts.workspace_id = ?1 AND contacts.told = 0 AND (?2 <> '' AND NOT EXISTS \
         (SELECT 1 FROM leads l WHERE l.workspace_id = ?1 AND l.contact_id = contacts.id))",
        "DELETE FROM approvals WHERE workspace_id = ?1 AND agent_id = ?2",
        "DELETE FROM gap_turns WHERE workspace_id = ?1 AND agent_id = ?2",
        "DELETE FROM gaps WHERE workspace_id = ?1 AND agent_id = ?2",
        "DELETE FROM widget_events WHERE workspace_id = ?1 AND agent_id = ?2",
        "DELETE FROM exposures WHERE workspace_id = ?1 AND agent_id = ?2",
        "DELETE FROM conversions WHERE workspace_id = ?1 AND agent_id = ?2",
        "DELETE FROM experiments WHERE workspace_id = ?1 AND agent_id = ?2",
        "DELETE FROM rules WHERE workspace_id = ?1 AND agent_id = ?2",
        "DELETE FROM ctas WHERE workspace_id = ?1 AND agent_id = ?2",
        "DELETE FROM tool_runs WHERE workspace_id = ?1 AND agent_id = ?2",
        "DELETE FROM template_uses WHERE workspace_id = ?1 AND (agent_id = ?2 \
         OR template_id IN (SELECT t.id FROM templates t WHERE t.workspace_id = ?1 AND t.agent_id = ?2))",
        "DELETE FROM templates WHERE workspace_id = ?1 AND agent_id = ?2",
        "DELETE FROM daily_counts WHERE workspace_id = ?1 AND agent_id = ?2",
        "DELETE FROM playground_feedback WHERE workspace_id = ?1 AND agent_id = ?2",
        "DELETE FROM curated_proposals WHERE workspace_id = ?1 AND agent_id = ?2",
        "DELETE FROM curated_dismissals WHERE workspace_id = ?1 AND agent_id = ?2",
        "DELETE FROM curated_answers WHERE workspace_id = ?1 AND agent_id = ?2",
        "DELETE FROM turns WHERE workspace_id = ?1 AND agent_id = ?2",
        "DELETE FROM conversations WHERE workspace_id = ?1 AND agent_id = ?2",
        "DELETE FROM agent_versions WHERE workspace_id = ?1 AND agent_id = ?2",
        "DELETE FROM agents WHERE workspace_id = ?1 AND id = ?2",
    ]
    .map(|text| sql(text).bind(tenant.key()).bind(agent.as_str()))
}

/// What is left of a workspace whose agents are gone, itself last.
#[must_use]
pub fn workspace(tenant: &Tenant) -> [Statement; 32] {
    [
        "DELETE FROM lead_turns WHERE workspace_id = ?1",
        "DELETE FROM integrations WHERE workspace_id = ?1",
        "DELETE FROM idempotent_requests WHERE workspace_id = ?1",
        "DELETE FROM lead_entries WHERE workspace_id = ?1",
        "DELETE FROM leads WHERE workspace_id = ?1",
        "DELETE FROM person_exports WHERE workspace_id = ?1",
        "DELETE FROM contacts WHERE workspace_id = ?1",
        "DELETE FROM follow_ups WHERE workspace_id = ?1",
        "DELETE FROM erasures WHERE workspace_id = ?1",
        "DELETE FROM receipts WHERE workspace_id = ?1",
        "DELETE FROM erased_conversations WHERE workspace_id = ?1",
        "DELETE FROM approvals WHERE workspace_id = ?1",
        "DELETE FROM tool_runs WHERE workspace_id = ?1",
        "DELETE FROM tools WHERE workspace_id = ?1",
        "DELETE FROM template_uses WHERE workspace_id = ?1",
        "DELETE FROM templates WHERE workspace_id = ?1",
        "DELETE FROM webhook_endpoints WHERE workspace_id = ?1",
        "DELETE FROM incoming_attempts WHERE workspace_id = ?1",
        "DELETE FROM incoming_events WHERE workspace_id = ?1",
        "DELETE FROM incoming_endpoints WHERE workspace_id = ?1",
        "DELETE FROM usage_turns WHERE workspace_id = ?1",
        "DELETE FROM usage_days WHERE workspace_id = ?1",
        "DELETE FROM usage_refusals WHERE workspace_id = ?1",
        "DELETE FROM usage_warnings WHERE workspace_id = ?1",
        "DELETE FROM invitations WHERE workspace_id = ?1",
        "DELETE FROM api_keys WHERE workspace_id = ?1",
        "DELETE FROM mails WHERE workspace_id = ?1",
        "DELETE FROM events WHERE workspace_id = ?1",
        "DELETE FROM audit_log WHERE workspace_id = ?1",
        "DELETE FROM sessions WHERE workspace_id = ?1",
        "DELETE FROM members WHERE workspace_id = ?1",
        "DELETE FROM workspaces WHERE id = ?1",
    ]
    .map(|text| sql(text).bind(tenant.key()))
}
