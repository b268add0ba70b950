//! The installation's catalogue: definitions that its operator keeps for all workspaces. A tool that a workspace enabled
//! holds a copy, which changes in the transaction that changes the entry, so that whoever reads a tool reads one row.

use protocol::api::{CatalogueContent, CatalogueEntry, CatalogueOffer};
use protocol::{AgentId, WorkspaceId};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::Tenant;
use crate::tools::defined;

const ENTRY: &str = "c.name, c.content, c.created_at, c.edited_at";

/// All entries by name.
#[must_use]
pub fn list() -> Statement {
    sql(format!("SELECT {ENTRY} FROM catalogue c ORDER BY c.name"))
}

/// One entry.
#[must_use]
pub fn one(name: &str) -> Statement {
    sql(format!("SELECT {ENTRY} FROM catalogue c WHERE c.name = ?1")).bind(name)
}

/// Decodes a row of [`list`] or [`one`].
///
/// # Errors
/// When the row is not of those statements.
pub fn read(row: &Row) -> Result<CatalogueEntry, Error> {
    Ok(CatalogueEntry {
        name: row.text(0)?.to_owned(),
        content: row.json(1)?,
        created_at: row.real(2)?,
        edited_at: row.real(3)?,
    })
}

/// All entries by name, with a workspace's tool of each.
#[must_use]
pub fn offers(tenant: &Tenant) -> Statement {
    sql(format!(
        "SELECT {ENTRY}, (SELECT t.id FROM tools t WHERE t.workspace_id = ?1 AND t.catalogue = c.name) \
         FROM catalogue c ORDER BY c.name"
    ))
    .bind(tenant.key())
}

/// Decodes a row of [`offers`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_offer(row: &Row) -> Result<CatalogueOffer, Error> {
    Ok(CatalogueOffer { entry: read(row)?, tool_id: row.text_or_null(4)?.map(str::parse).transpose()? })
}

/// Adds an entry or changes it, with every tool that has its definition; the edges are due to hear of those that are others
/// now. What stays as it was is not edited.
///
/// # Errors
/// When the content cannot be written as JSON.
pub fn put(name: &str, content: &CatalogueContent, now: f64) -> Result<[Statement; 3], Error> {
    let defined = defined("content", "?2");
    Ok([
        sql("INSERT INTO catalogue (name, content, created_at, edited_at) VALUES (?1, ?2, ?3, ?3) ON CONFLICT (name) DO UPDATE \
             SET edited_at = iif(content = excluded.content, edited_at, excluded.edited_at), content = excluded.content")
            .bind(name)
            .bind(serde_json::to_string(content)?)
            .bind(now),
        sql(format!(
            "UPDATE tools SET content = {defined}, edited_at = ?3 WHERE catalogue = ?1 AND content IS NOT {defined}"
        ))
        .bind(name)
        .bind(serde_json::to_string(content)?)
        .bind(now),
        sql("UPDATE agents SET edge_due_at = ?2, edge_change = edge_change + 1 WHERE published_version IS NOT NULL \
             AND workspace_id IN (SELECT t.workspace_id FROM tools t WHERE t.catalogue = ?1 AND t.edited_at = ?2)")
            .bind(name)
            .bind(now),
    ])
}

/// Agents that the edges have to be told about after [`put`], `most` of them.
#[must_use]
pub fn due_agents(name: &str, most: u32) -> Statement {
    sql("SELECT a.workspace_id, a.id FROM agents a WHERE a.edge_due_at IS NOT NULL AND a.workspace_id IN \
         (SELECT t.workspace_id FROM tools t WHERE t.catalogue = ?1) ORDER BY a.edge_due_at LIMIT ?2")
    .bind(name)
    .bind(most)
}

/// Decodes a row of [`due_agents`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_agent(row: &Row) -> Result<(WorkspaceId, AgentId), Error> {
    Ok((row.text(0)?.parse()?, row.text(1)?.parse()?))
}

/// Deletes an entry. Tools that have its definition keep it and are their workspaces' own from now on. The second statement
/// changes no row where there was none.
#[must_use]
pub fn delete(name: &str) -> [Statement; 2] {
    [
        sql("UPDATE tools SET catalogue = NULL WHERE catalogue = ?1").bind(name),
        sql("DELETE FROM catalogue WHERE name = ?1").bind(name),
    ]
}
