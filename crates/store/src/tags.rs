//! Tags of sources and of documents, and which agents' indexes have to be told.

use protocol::internal::Tagged;
use protocol::{AgentId, DocumentId, WorkspaceId};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::Tenant;

/// Gives a document tags of its own.
///
/// # Errors
/// When the tags cannot be written as JSON.
pub fn tag_document(tenant: &Tenant, document: &DocumentId, tags: &[String]) -> Result<Statement, Error> {
    Ok(sql("UPDATE documents SET tags = ?3 WHERE workspace_id = ?1 AND id = ?2")
        .bind(tenant.key())
        .bind(document.as_str())
        .bind(serde_json::to_string(tags)?))
}

/// All of an agent's sources, and all of its documents, that have tags; decoded by [`read`].
#[must_use]
pub fn of_agent(tenant: &Tenant, agent: &AgentId) -> [Statement; 2] {
    ["sources", "documents"].map(|table| {
        sql(format!("SELECT t.id, t.tags FROM {table} t WHERE t.workspace_id = ?1 AND t.agent_id = ?2 AND t.tags <> '[]'"))
            .bind(tenant.key())
            .bind(agent.as_str())
    })
}

/// Decodes a row of [`of_agent`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read(row: &Row) -> Result<Tagged, Error> {
    Ok(Tagged { subject: row.text(0)?.to_owned(), tags: row.json(1)? })
}

/// Tags of the agent's knowledge changed: its index has to be told.
#[must_use]
pub fn changed(tenant: &Tenant, agent: &AgentId, now: f64) -> Statement {
    sql("UPDATE agents SET tags_revision = tags_revision + 1, tags_due_at = ?3 WHERE workspace_id = ?1 AND id = ?2")
        .bind(tenant.key())
        .bind(agent.as_str())
        .bind(now)
}

/// How often the tags of the agent's knowledge changed.
#[must_use]
pub fn revision(tenant: &Tenant, agent: &AgentId) -> Statement {
    sql("SELECT a.tags_revision FROM agents a WHERE a.workspace_id = ?1 AND a.id = ?2")
        .bind(tenant.key())
        .bind(agent.as_str())
}

/// The index was told this revision; nothing changes when there is a newer one.
#[must_use]
pub fn told(tenant: &Tenant, agent: &AgentId, revision: u64) -> Statement {
    sql("UPDATE agents SET tags_due_at = NULL WHERE workspace_id = ?1 AND id = ?2 AND tags_revision = ?3")
        .bind(tenant.key())
        .bind(agent.as_str())
        .bind(revision)
}

/// Agents whose index has to be told, whoever's they are.
#[must_use]
pub fn due(now: f64) -> Statement {
    sql("SELECT a.workspace_id, a.id FROM agents a WHERE a.tags_due_at <= ?1 ORDER BY a.tags_due_at LIMIT 100")
        .bind(now)
}

/// Decodes a row of [`due`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_due(row: &Row) -> Result<(WorkspaceId, AgentId), Error> {
    Ok((row.text(0)?.parse()?, row.text(1)?.parse()?))
}
