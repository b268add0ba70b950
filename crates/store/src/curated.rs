//! Curated answers as members write them. Every change counts the agent's revision and says that its index has
//! to be told ([`changed`]); what the index holds follows from that alone.

use protocol::api::{CuratedAnswer, CuratedContent};
use protocol::{AgentId, CuratedId, ProposalId, WorkspaceId};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::Tenant;

const COLUMNS: &str = "c.id, c.content, c.priority, c.created_at, c.edited_at, c.agent_id, c.source_url";

/// All curated answers of an agent in their order.
#[must_use]
pub fn list(tenant: &Tenant, agent: &AgentId) -> Statement {
    sql(format!(
        "SELECT {COLUMNS} FROM curated_answers c WHERE c.workspace_id = ?1 AND c.agent_id = ?2 ORDER BY c.priority, c.id"
    ))
    .bind(tenant.key())
    .bind(agent.as_str())
}

/// One curated answer.
#[must_use]
pub fn one(tenant: &Tenant, curated: &CuratedId) -> Statement {
    sql(format!("SELECT {COLUMNS} FROM curated_answers c WHERE c.workspace_id = ?1 AND c.id = ?2"))
        .bind(tenant.key())
        .bind(curated.as_str())
}

/// Decodes a row of [`list`] or [`one`], with the agent it belongs to.
///
/// # Errors
/// When the row is not of those statements.
pub fn read(row: &Row) -> Result<(CuratedAnswer, AgentId), Error> {
    let answer = CuratedAnswer {
        id: row.text(0)?.parse()?,
        content: row.json(1)?,
        priority: row.integer(2)?,
        created_at: row.real(3)?,
        edited_at: row.real(4)?,
        source_url: row.text_or_null(6)?.map(str::to_owned),
    };
    Ok((answer, row.text(5)?.parse()?))
}

/// A new curated answer behind the others; nothing happens where the agent has `most` of them, or where it was
/// proposed and the proposal is not there any more.
///
/// # Errors
/// When the content cannot be written as JSON.
pub fn create(
    tenant: &Tenant,
    id: &CuratedId,
    agent: &AgentId,
    content: &CuratedContent,
    proposed: Option<&ProposalId>,
    most: u32,
    now: f64,
) -> Result<Statement, Error> {
    Ok(sql("INSERT INTO curated_answers (id, workspace_id, agent_id, content, priority, created_at, edited_at, source_url) \
         SELECT ?2, ?1, a.id, ?4, (SELECT coalesce(max(c.priority) + 1, 0) FROM curated_answers c \
         WHERE c.workspace_id = ?1 AND c.agent_id = ?3), ?6, ?6, (SELECT d.url FROM documents d JOIN curated_proposals p ON p.workspace_id = ?1 AND p.document_id = d.id \
         WHERE d.workspace_id = ?1 AND p.agent_id = ?3 AND p.id = ?7 ORDER BY p.found_at, p.document_id LIMIT 1) FROM agents a WHERE a.workspace_id = ?1 AND a.id = ?3 \
         AND ?5 > (SELECT count(*) FROM curated_answers c WHERE c.workspace_id = ?1 AND c.agent_id = ?3) \
         AND (?7 IS NULL OR EXISTS (SELECT 1 FROM curated_proposals p WHERE p.workspace_id = ?1 AND p.agent_id = ?3 AND p.id = ?7)) \
         ON CONFLICT DO NOTHING")
    .bind(tenant.key())
    .bind(id.as_str())
    .bind(agent.as_str())
    .bind(serde_json::to_string(content)?)
    .bind(most)
    .bind(now)
    .bind(proposed.map(ProposalId::as_str)))
}

/// Changes a curated answer.
///
/// # Errors
/// When the content cannot be written as JSON.
pub fn update(
    tenant: &Tenant,
    id: &CuratedId,
    content: &CuratedContent,
    now: f64,
) -> Result<Statement, Error> {
    Ok(sql("UPDATE curated_answers SET content = ?3, edited_at = ?4 WHERE workspace_id = ?1 AND id = ?2")
        .bind(tenant.key())
        .bind(id.as_str())
        .bind(serde_json::to_string(content)?)
        .bind(now))
}

/// Puts the curated answers of an agent in this order.
///
/// # Errors
/// When the ids cannot be written as JSON.
pub fn order(tenant: &Tenant, agent: &AgentId, ids: &[CuratedId]) -> Result<Statement, Error> {
    Ok(sql("UPDATE curated_answers SET priority = coalesce((SELECT o.key FROM json_each(?3) o \
         WHERE o.value = curated_answers.id), priority) WHERE workspace_id = ?1 AND agent_id = ?2")
    .bind(tenant.key())
    .bind(agent.as_str())
    .bind(serde_json::to_string(ids)?))
}

/// Deletes a curated answer.
#[must_use]
pub fn delete(tenant: &Tenant, id: &CuratedId) -> Statement {
    sql("DELETE FROM curated_answers WHERE workspace_id = ?1 AND id = ?2")
        .bind(tenant.key())
        .bind(id.as_str())
}

/// The agent's curated answers changed: its index has to be told.
#[must_use]
pub fn changed(tenant: &Tenant, agent: &AgentId, now: f64) -> Statement {
    sql("UPDATE agents SET curated_revision = curated_revision + 1, curated_due_at = ?3 WHERE workspace_id = ?1 AND id = ?2")
        .bind(tenant.key())
        .bind(agent.as_str())
        .bind(now)
}

/// How often the agent's curated answers changed.
#[must_use]
pub fn revision(tenant: &Tenant, agent: &AgentId) -> Statement {
    sql("SELECT a.curated_revision FROM agents a WHERE a.workspace_id = ?1 AND a.id = ?2")
        .bind(tenant.key())
        .bind(agent.as_str())
}

/// The index was told this revision; nothing changes when there is a newer one.
#[must_use]
pub fn told(tenant: &Tenant, agent: &AgentId, revision: u64) -> Statement {
    sql("UPDATE agents SET curated_due_at = NULL WHERE workspace_id = ?1 AND id = ?2 AND curated_revision = ?3")
        .bind(tenant.key())
        .bind(agent.as_str())
        .bind(revision)
}

/// Agents whose index has to be told, whoever's they are.
#[must_use]
pub fn due(now: f64) -> Statement {
    sql("SELECT a.workspace_id, a.id FROM agents a WHERE a.curated_due_at <= ?1 ORDER BY a.curated_due_at LIMIT 100")
        .bind(now)
}

/// Decodes a row of [`due`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_due(row: &Row) -> Result<(WorkspaceId, AgentId), Error> {
    Ok((row.text(0)?.parse()?, row.text(1)?.parse()?))
}
