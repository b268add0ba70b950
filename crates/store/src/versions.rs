//! Published versions of agents, and what the edges still have to be told about them.

use protocol::AgentId;
use protocol::agent::{AgentDraft, AgentSnapshot, BusinessHours};
use protocol::api::{BusinessProfile, Version, VersionDetail};
use protocol::objects::Jurisdiction;

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::{Tenant, named};

const SELECT: &str = "SELECT v.version, v.note, v.published_by, v.created_at, v.restored, v.snapshot, \
    a.published_version = v.version FROM agent_versions v \
    JOIN agents a ON a.workspace_id = ?1 AND a.id = v.agent_id AND a.deleted_at IS NULL \
    WHERE v.workspace_id = ?1 AND v.agent_id = ?2";

/// Versions of an agent below a number, newest first.
#[must_use]
pub fn list(tenant: &Tenant, agent: &AgentId, below: Option<u32>, limit: u32) -> Statement {
    sql(format!("{SELECT} AND (?3 IS NULL OR v.version < ?3) ORDER BY v.version DESC LIMIT ?4"))
        .bind(tenant.key())
        .bind(agent.as_str())
        .bind(below)
        .bind(limit)
}

/// One version.
#[must_use]
pub fn one(tenant: &Tenant, agent: &AgentId, version: u32) -> Statement {
    sql(format!("{SELECT} AND v.version = ?3")).bind(tenant.key()).bind(agent.as_str()).bind(version)
}

/// Decodes a row of [`list`] or [`one`].
///
/// # Errors
/// When the row is not of those statements.
pub fn read(row: &Row) -> Result<Version, Error> {
    Ok(Version {
        version: row.integer(0)?,
        note: row.text(1)?.to_owned(),
        published_by: row.text(2)?.to_owned(),
        created_at: row.real(3)?,
        restored: row.real_or_null(4)?.map(|_| row.integer(4)).transpose()?,
        live: row.real_or_null(6)? == Some(1.0),
    })
}

/// Decodes a row of [`one`] with what the version holds.
///
/// # Errors
/// When the row is not of that statement.
pub fn read_detail(row: &Row) -> Result<VersionDetail, Error> {
    let content: AgentDraft = row.json(5)?;
    Ok(VersionDetail { version: read(row)?, content })
}

/// The snapshot of a row of [`list`] or [`one`].
///
/// # Errors
/// When the row is not of those statements.
pub fn read_snapshot(row: &Row) -> Result<AgentSnapshot, Error> {
    row.json(5)
}

/// The number of the newest version; 0 where there is none.
#[must_use]
pub fn newest(tenant: &Tenant, agent: &AgentId) -> Statement {
    sql("SELECT coalesce(max(v.version), 0) FROM agent_versions v WHERE v.workspace_id = ?1 AND v.agent_id = ?2")
        .bind(tenant.key())
        .bind(agent.as_str())
}

/// A version to publish.
pub struct NewVersion<'a> {
    pub snapshot: &'a AgentSnapshot,
    /// The draft's revision it was made from.
    pub revision: u32,
    pub note: &'a str,
    pub by: &'a str,
    /// The version it restores.
    pub restored: Option<u32>,
    pub now: f64,
}

/// Publishes: the version, then the agent that points at it. Nothing happens (no row changes) where the draft is
/// of another revision or the number is taken.
///
/// # Errors
/// When the snapshot cannot be written as JSON.
pub fn publish(tenant: &Tenant, new: &NewVersion<'_>) -> Result<[Statement; 2], Error> {
    Ok([
        sql("INSERT INTO agent_versions (workspace_id, agent_id, version, snapshot, note, published_by, restored, created_at) \
             SELECT ?1, a.id, ?4, ?5, ?6, ?7, ?8, ?9 FROM agents a \
             WHERE a.workspace_id = ?1 AND a.id = ?2 AND a.revision = ?3 AND a.deleted_at IS NULL AND a.archived_at IS NULL \
             ON CONFLICT DO NOTHING")
        .bind(tenant.key())
        .bind(new.snapshot.agent_id.as_str())
        .bind(new.revision)
        .bind(new.snapshot.version)
        .bind(serde_json::to_string(new.snapshot)?)
        .bind(new.note)
        .bind(new.by)
        .bind(new.restored)
        .bind(new.now),
        sql("UPDATE agents SET published_version = ?3, edge_change = edge_change + 1, edge_due_at = ?4 \
             WHERE workspace_id = ?1 AND id = ?2 AND changes() = 1")
        .bind(tenant.key())
        .bind(new.snapshot.agent_id.as_str())
        .bind(new.snapshot.version)
        .bind(new.now),
    ])
}

/// No version is live any more.
#[must_use]
pub fn unpublish(tenant: &Tenant, agent: &AgentId, now: f64) -> Statement {
    sql("UPDATE agents SET published_version = NULL, edge_change = edge_change + 1, edge_due_at = ?3 \
         WHERE workspace_id = ?1 AND id = ?2")
    .bind(tenant.key())
    .bind(agent.as_str())
    .bind(now)
}

/// What published agents are told besides their version changed: the edges have to hear of it.
#[must_use]
pub fn changed(tenant: &Tenant, agent: &AgentId, now: f64) -> Statement {
    sql("UPDATE agents SET edge_change = edge_change + 1, edge_due_at = ?3 \
         WHERE workspace_id = ?1 AND id = ?2 AND (published_version IS NOT NULL)")
    .bind(tenant.key())
    .bind(agent.as_str())
    .bind(now)
}

/// What the edges have to know of an agent.
#[derive(Debug)]
pub struct EdgeState {
    /// The live version with the workspace's name, hours and badge of now, and its models where the agent has none.
    pub live: Option<AgentSnapshot>,
    /// Counts publications and unpublications.
    pub change: u64,
    pub jurisdiction: Jurisdiction,
}

/// Selects for [`read_edge`]; deleted agents, too.
#[must_use]
pub fn edge(tenant: &Tenant, agent: &AgentId) -> Statement {
    sql("SELECT (SELECT v.snapshot FROM agent_versions v WHERE v.workspace_id = ?1 AND v.agent_id = a.id \
         AND v.version = a.published_version AND w.deleted_at IS NULL AND a.deleted_at IS NULL), \
         a.edge_change, w.name, w.profile, w.jurisdiction, a.turnstile_site_key, w.models, \
         (SELECT json_extract(p.offers, '$.badge') FROM plans p WHERE p.id = w.plan) FROM agents a JOIN workspaces w ON w.id = ?1 \
         WHERE a.workspace_id = ?1 AND a.id = ?2")
    .bind(tenant.key())
    .bind(agent.as_str())
}

/// Decodes the row of [`edge`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_edge(row: &Row) -> Result<EdgeState, Error> {
    let profile: BusinessProfile = row.json(3)?;
    let (name, hours): (String, BusinessHours) = (row.text(2)?.to_owned(), profile.hours);
    let turnstile = row.text_or_null(5)?.map(str::to_owned);
    let badge = row.text_or_null(7)?.map(str::to_owned);
    let live: Option<AgentSnapshot> = row.text_or_null(0)?.map(|_| row.json(0)).transpose()?;
    let models = row.json(6)?;
    Ok(EdgeState {
        live: live.map(|snapshot| {
            AgentSnapshot { workspace_name: name, hours, turnstile, badge, ..snapshot }.or_models(models)
        }),
        change: row.integer(1)?,
        jurisdiction: named(row, 4)?,
    })
}

/// The edges know about a change; a later one is still due.
#[must_use]
pub fn edge_told(tenant: &Tenant, agent: &AgentId, change: u64) -> Statement {
    sql("UPDATE agents SET edge_due_at = NULL WHERE workspace_id = ?1 AND id = ?2 AND edge_change = ?3")
        .bind(tenant.key())
        .bind(agent.as_str())
        .bind(change)
}

/// Agents whose edges have to be told: workspace and agent.
#[must_use]
pub fn edges_due(now: f64) -> Statement {
    sql("SELECT workspace_id, id FROM agents WHERE edge_due_at <= ?1 ORDER BY edge_due_at LIMIT 50").bind(now)
}
