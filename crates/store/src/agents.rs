//! Agents and their published versions.

use protocol::AgentId;
use protocol::agent::AgentSnapshot;
use protocol::api::{Agent, Overview};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::Tenant;

const COLUMNS: &str = "a.id, a.draft, a.published_version, a.created_at";

/// All agents of the tenant, oldest first.
#[must_use]
pub fn list(tenant: &Tenant) -> Statement {
    sql(format!("SELECT {COLUMNS} FROM agents a WHERE a.workspace_id = ?1 ORDER BY a.created_at, a.id"))
        .bind(tenant.key())
}

/// One agent.
#[must_use]
pub fn one(tenant: &Tenant, agent: &AgentId) -> Statement {
    sql(format!("SELECT {COLUMNS} FROM agents a WHERE a.workspace_id = ?1 AND a.id = ?2"))
        .bind(tenant.key())
        .bind(agent.as_str())
}

/// Decodes a row of [`list`] or [`one`].
///
/// # Errors
/// When the row is not of those statements.
pub fn read(row: &Row) -> Result<Agent, Error> {
    let draft: AgentSnapshot = row.json(1)?;
    Ok(Agent {
        id: row.text(0)?.parse()?,
        name: draft.persona.name,
        language: draft.language,
        allowed_origins: draft.allowed_origins,
        published_version: row.real_or_null(2)?.map(|_| row.integer(2)).transpose()?,
        changed: false,
        archived_at: None,
        created_at: row.real(3)?,
    })
}

/// The snapshot that [`one`] selects, for what needs more than [`read`] gives.
///
/// # Errors
/// When the row is not of that statement.
pub fn read_draft(row: &Row) -> Result<AgentSnapshot, Error> {
    row.json(1)
}

/// A new agent with its first published version.
///
/// # Errors
/// When the snapshot cannot be written as JSON.
pub fn create_published(
    tenant: &Tenant,
    snapshot: &AgentSnapshot,
    now: f64,
) -> Result<[Statement; 2], Error> {
    let json = serde_json::to_string(snapshot)?;
    Ok([
        sql("INSERT INTO agents (id, workspace_id, name, draft, published_version, created_at) VALUES (?2, ?1, ?3, ?4, ?5, ?6)")
            .bind(tenant.key())
            .bind(snapshot.agent_id.as_str())
            .bind(snapshot.persona.name.as_str())
            .bind(json.as_str())
            .bind(snapshot.version)
            .bind(now),
        // Only under an agent of the tenant: the number of another's version is not taken either.
        sql("INSERT INTO agent_versions (workspace_id, agent_id, version, snapshot, created_at) \
             SELECT ?1, a.id, ?3, ?4, ?5 FROM agents a WHERE a.workspace_id = ?1 AND a.id = ?2")
            .bind(tenant.key())
            .bind(snapshot.agent_id.as_str())
            .bind(snapshot.version)
            .bind(json)
            .bind(now),
    ])
}

/// Counts for [`read_overview`].
#[must_use]
pub fn overview(tenant: &Tenant, agent: &AgentId) -> Statement {
    sql("SELECT (SELECT count(*) FROM conversations c WHERE c.workspace_id = ?1 AND c.agent_id = ?2), \
         count(*), coalesce(sum(t.low_confidence = 0 AND t.state <> 'failed'), 0), coalesce(sum(t.low_confidence), 0), \
         coalesce(sum(t.state = 'failed'), 0), \
         (SELECT count(*) FROM documents d WHERE d.workspace_id = ?1 AND d.agent_id = ?2), \
         (SELECT coalesce(sum(d.passages), 0) FROM documents d WHERE d.workspace_id = ?1 AND d.agent_id = ?2) \
         FROM turns t WHERE t.workspace_id = ?1 AND t.agent_id = ?2")
    .bind(tenant.key())
    .bind(agent.as_str())
}

/// First-token times of the newest 200 turns that showed one, sorted.
#[must_use]
pub fn first_token_times(tenant: &Tenant, agent: &AgentId) -> Statement {
    sql("SELECT first_token_ms FROM (SELECT t.first_token_ms FROM turns t WHERE t.workspace_id = ?1 AND t.agent_id = ?2 \
         AND t.first_token_ms > 0 ORDER BY t.asked_at DESC LIMIT 200) ORDER BY first_token_ms")
    .bind(tenant.key())
    .bind(agent.as_str())
}

/// Decodes the row of [`overview`]; the rest is filled in by the caller.
///
/// # Errors
/// When the row is not of that statement.
pub fn read_overview(row: &Row) -> Result<Overview, Error> {
    Ok(Overview {
        conversations: row.integer(0)?,
        turns: row.integer(1)?,
        answered: row.integer(2)?,
        low_confidence: row.integer(3)?,
        failed: row.integer(4)?,
        documents: row.integer(5)?,
        passages: row.integer(6)?,
        first_token_p50_ms: None,
        recent: Vec::new(),
    })
}
