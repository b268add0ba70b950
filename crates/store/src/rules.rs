//! Rules and calls to action as members write them, in two tables of one shape. What published agents are told of them
//! follows from [`crate::versions::changed`], which goes with every change.

use protocol::api::{CtaRule, Rule};
use protocol::rules::{CtaContent, EdgeCta, EdgeRule, RuleContent};
use protocol::{AgentId, CtaId, RuleId};
use serde::Serialize;

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::Tenant;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    Rules,
    Ctas,
}

impl Table {
    fn name(self) -> &'static str {
        match self {
            Self::Rules => "rules",
            Self::Ctas => "ctas",
        }
    }

    /// Columns of a row with what visitors made of it since `?2`.
    fn columns(self) -> String {
        let count = |what: &str, kind: &str| {
            format!(
                "(SELECT {what} FROM widget_events e WHERE e.workspace_id = ?1 AND e.agent_id = r.agent_id \
                 AND e.at >= ?2 AND e.kind = '{kind}' AND e.subject = r.id)"
            )
        };
        let (one, two) = match self {
            Self::Rules => {
                (count("count(*)", "rule_fired"), count("count(DISTINCT e.visitor_id)", "rule_fired"))
            }
            Self::Ctas => (count("count(*)", "cta_shown"), count("count(*)", "cta_clicked")),
        };
        format!("r.id, r.agent_id, r.content, r.revision, r.created_at, r.edited_at, {one}, {two}")
    }
}

/// All of an agent in their order, with what visitors made of them since a time.
#[must_use]
pub fn list(tenant: &Tenant, table: Table, agent: &AgentId, since: f64) -> Statement {
    let (columns, name) = (table.columns(), table.name());
    sql(format!(
        "SELECT {columns} FROM {name} r WHERE r.workspace_id = ?1 AND r.agent_id = ?3 ORDER BY r.priority, r.id"
    ))
    .bind(tenant.key())
    .bind(since)
    .bind(agent.as_str())
}

/// One.
#[must_use]
pub fn one(tenant: &Tenant, table: Table, id: &str, since: f64) -> Statement {
    let (columns, name) = (table.columns(), table.name());
    sql(format!("SELECT {columns} FROM {name} r WHERE r.workspace_id = ?1 AND r.id = ?3"))
        .bind(tenant.key())
        .bind(since)
        .bind(id)
}

/// Decodes a row of [`list`] or [`one`].
///
/// # Errors
/// When the row is not of those statements over rules.
pub fn read_rule(row: &Row) -> Result<Rule, Error> {
    Ok(Rule {
        id: row.text(0)?.parse()?,
        agent_id: row.text(1)?.parse()?,
        content: row.json(2)?,
        revision: row.integer(3)?,
        created_at: row.real(4)?,
        edited_at: row.real(5)?,
        fired: row.integer(6)?,
        visitors: row.integer(7)?,
    })
}

/// Decodes a row of [`list`] or [`one`].
///
/// # Errors
/// When the row is not of those statements over calls to action.
pub fn read_cta(row: &Row) -> Result<CtaRule, Error> {
    Ok(CtaRule {
        id: row.text(0)?.parse()?,
        agent_id: row.text(1)?.parse()?,
        content: row.json(2)?,
        revision: row.integer(3)?,
        created_at: row.real(4)?,
        edited_at: row.real(5)?,
        shown: row.integer(6)?,
        clicked: row.integer(7)?,
    })
}

/// What is switched on, in its order: see [`read_edge_rule`] and [`read_edge_cta`].
#[must_use]
pub fn enabled(tenant: &Tenant, table: Table, agent: &AgentId) -> Statement {
    let name = table.name();
    sql(format!(
        "SELECT r.id, r.content FROM {name} r WHERE r.workspace_id = ?1 AND r.agent_id = ?2 \
         AND r.content ->> '$.enabled' ORDER BY r.priority, r.id"
    ))
    .bind(tenant.key())
    .bind(agent.as_str())
}

/// Decodes a row of [`enabled`].
///
/// # Errors
/// When the row is not of that statement over rules.
pub fn read_edge_rule(row: &Row) -> Result<EdgeRule, Error> {
    let content: RuleContent = row.json(1)?;
    let id: RuleId = row.text(0)?.parse()?;
    Ok(EdgeRule { id, content })
}

/// Decodes a row of [`enabled`].
///
/// # Errors
/// When the row is not of that statement over calls to action.
pub fn read_edge_cta(row: &Row) -> Result<EdgeCta, Error> {
    let content: CtaContent = row.json(1)?;
    let id: CtaId = row.text(0)?.parse()?;
    Ok(EdgeCta { id, content })
}

/// A new one behind the others; nothing happens where the agent has `most` of them.
///
/// # Errors
/// When the content cannot be written as JSON.
pub fn create(
    tenant: &Tenant,
    table: Table,
    (id, agent): (&str, &AgentId),
    content: &impl Serialize,
    most: u32,
    now: f64,
) -> Result<Statement, Error> {
    let name = table.name();
    Ok(sql(format!(
        "INSERT INTO {name} (id, workspace_id, agent_id, content, priority, created_at, edited_at) \
         SELECT ?2, ?1, a.id, ?4, (SELECT coalesce(max(r.priority) + 1, 0) FROM {name} r \
         WHERE r.workspace_id = ?1 AND r.agent_id = ?3), ?6, ?6 FROM agents a WHERE a.workspace_id = ?1 AND a.id = ?3 \
         AND ?5 > (SELECT count(*) FROM {name} r WHERE r.workspace_id = ?1 AND r.agent_id = ?3) \
         ON CONFLICT DO NOTHING"
    ))
    .bind(tenant.key())
    .bind(id)
    .bind(agent.as_str())
    .bind(serde_json::to_string(content)?)
    .bind(most)
    .bind(now))
}

/// Changes the revision it was made from; nothing happens where there is another one by now.
///
/// # Errors
/// When the content cannot be written as JSON.
pub fn update(
    tenant: &Tenant,
    table: Table,
    id: &str,
    content: &impl Serialize,
    revision: u32,
    now: f64,
) -> Result<Statement, Error> {
    let name = table.name();
    Ok(sql(format!(
        "UPDATE {name} SET content = ?3, edited_at = ?5, revision = revision + 1 \
         WHERE workspace_id = ?1 AND id = ?2 AND revision = ?4"
    ))
    .bind(tenant.key())
    .bind(id)
    .bind(serde_json::to_string(content)?)
    .bind(revision)
    .bind(now))
}

/// Puts those of an agent in this order.
///
/// # Errors
/// When the ids cannot be written as JSON.
pub fn order(
    tenant: &Tenant,
    table: Table,
    agent: &AgentId,
    ids: &impl Serialize,
) -> Result<Statement, Error> {
    let name = table.name();
    Ok(sql(format!(
        "UPDATE {name} SET priority = coalesce((SELECT o.key FROM json_each(?3) o WHERE o.value = {name}.id), priority) \
         WHERE workspace_id = ?1 AND agent_id = ?2"
    ))
    .bind(tenant.key())
    .bind(agent.as_str())
    .bind(serde_json::to_string(ids)?))
}

/// Deletes one. A call to action stays while a rule shows it.
#[must_use]
pub fn delete(tenant: &Tenant, table: Table, id: &str) -> Statement {
    let unused = match table {
        Table::Rules => "",
        Table::Ctas => {
            " AND (NOT EXISTS (SELECT 1 FROM rules r WHERE r.workspace_id = ?1 AND r.content ->> '$.action.cta_id' = ?2))"
        }
    };
    let name = table.name();
    sql(format!("DELETE FROM {name} WHERE workspace_id = ?1 AND id = ?2{unused}")).bind(tenant.key()).bind(id)
}
