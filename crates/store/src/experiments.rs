//! Experiments and their figures. Which variant a visitor sees is nowhere stored: it follows from the ids
//! (`domain::experiments`); a row is made once they have seen it.

use protocol::api::{Experiment, ExperimentStatus, ExperimentVariant, Goal};
use protocol::experiments::{EdgeExperiment, EdgeVariant, Patch};
use protocol::{AgentId, ExperimentId, VariantId, VisitorId};
use serde::{Deserialize, Serialize};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::{Tenant, name, named};

/// What is stored of an experiment besides its columns.
#[derive(Clone, Serialize, Deserialize)]
pub struct Content {
    pub name: String,
    pub goal: Goal,
    pub variants: Vec<Stored>,
}

/// A variant as it is stored.
#[derive(Clone, Serialize, Deserialize)]
pub struct Stored {
    pub id: VariantId,
    pub name: String,
    pub weight: u32,
    #[serde(default)]
    pub patch: Patch,
}

const SELECT: &str = "SELECT x.id, x.agent_id, x.kind, x.status, x.content, x.revision, x.created_at, x.edited_at, \
    x.started_at, x.stopped_at, x.applied FROM experiments x WHERE x.workspace_id = ?1";

/// All of an agent, newest first.
#[must_use]
pub fn list(tenant: &Tenant, agent: &AgentId) -> Statement {
    sql(format!("{SELECT} AND x.agent_id = ?2 ORDER BY x.created_at DESC, x.id DESC"))
        .bind(tenant.key())
        .bind(agent.as_str())
}

/// One.
#[must_use]
pub fn one(tenant: &Tenant, id: &ExperimentId) -> Statement {
    sql(format!("{SELECT} AND x.id = ?2")).bind(tenant.key()).bind(id.as_str())
}

/// Decodes a row of [`list`] or [`one`]; its figures are filled in by the caller.
///
/// # Errors
/// When the row is not of those statements.
pub fn read(row: &Row) -> Result<Experiment, Error> {
    let content: Content = row.json(4)?;
    let variant = |Stored { id, name, weight, patch }| ExperimentVariant {
        id,
        name,
        weight,
        patch,
        exposures: 0,
        conversions: 0,
        rate: 0.0,
        low: 0.0,
        high: 1.0,
    };
    Ok(Experiment {
        id: row.text(0)?.parse()?,
        agent_id: row.text(1)?.parse()?,
        kind: named(row, 2)?,
        status: named(row, 3)?,
        name: content.name,
        goal: content.goal,
        variants: content.variants.into_iter().map(variant).collect(),
        revision: row.integer(5)?,
        created_at: row.real(6)?,
        edited_at: row.real(7)?,
        started_at: row.real_or_null(8)?,
        stopped_at: row.real_or_null(9)?,
        applied: row.text_or_null(10)?.map(str::parse).transpose()?,
        winner: None,
        verdict: String::new(),
    })
}

/// Visitors who saw each variant of an agent's experiments, and those of them who did afterwards, while it ran, what
/// the experiment is about: see [`read_figure`].
#[must_use]
pub fn figures(tenant: &Tenant, agent: &AgentId) -> Statement {
    sql("SELECT s.variant_id, count(*), sum(EXISTS (SELECT 1 FROM conversions c WHERE c.workspace_id = ?1 \
         AND c.visitor_id = s.visitor_id AND c.agent_id = ?2 AND c.at >= s.at AND c.at <= coalesce(x.stopped_at, c.at) \
         AND (x.content ->> '$.goal' = 'any' OR c.kind = x.content ->> '$.goal'))) \
         FROM experiments x JOIN exposures s ON s.workspace_id = ?1 AND s.experiment_id = x.id \
         WHERE x.workspace_id = ?1 AND x.agent_id = ?2 GROUP BY s.variant_id")
    .bind(tenant.key())
    .bind(agent.as_str())
}

/// Decodes a row of [`figures`]: the variant, who saw it, and how many of them were a success.
///
/// # Errors
/// When the row is not of that statement.
pub fn read_figure(row: &Row) -> Result<(VariantId, u32, u32), Error> {
    Ok((row.text(0)?.parse()?, row.integer(1)?, row.integer(2)?))
}

/// A new draft; nothing happens where the agent has `most` experiments.
///
/// # Errors
/// When the content cannot be written as JSON.
pub fn create(
    tenant: &Tenant,
    (id, agent): (&ExperimentId, &AgentId),
    kind: protocol::experiments::ExperimentKind,
    content: &Content,
    most: u32,
    now: f64,
) -> Result<Statement, Error> {
    Ok(sql("INSERT INTO experiments (id, workspace_id, agent_id, kind, content, created_at, edited_at) \
         SELECT ?2, ?1, a.id, ?4, ?5, ?7, ?7 FROM agents a WHERE a.workspace_id = ?1 AND a.id = ?3 \
         AND ?6 > (SELECT count(*) FROM experiments x WHERE x.workspace_id = ?1 AND x.agent_id = ?3) \
         ON CONFLICT DO NOTHING")
    .bind(tenant.key())
    .bind(id.as_str())
    .bind(agent.as_str())
    .bind(name(&kind))
    .bind(serde_json::to_string(content)?)
    .bind(most)
    .bind(now))
}

/// Changes the revision of a draft it was made from; nothing happens to another one, or once it was started.
///
/// # Errors
/// When the content cannot be written as JSON.
pub fn update(
    tenant: &Tenant,
    id: &ExperimentId,
    kind: protocol::experiments::ExperimentKind,
    content: &Content,
    revision: u32,
    now: f64,
) -> Result<Statement, Error> {
    Ok(sql("UPDATE experiments SET kind = ?3, content = ?4, edited_at = ?6, revision = revision + 1 \
         WHERE workspace_id = ?1 AND id = ?2 AND revision = ?5 AND status = 'draft'")
    .bind(tenant.key())
    .bind(id.as_str())
    .bind(name(&kind))
    .bind(serde_json::to_string(content)?)
    .bind(revision)
    .bind(now))
}

/// Goes from one status to the next; nothing happens where it is not in `from`. The batch is refused where another
/// experiment of its kind runs.
#[must_use]
pub fn go(
    tenant: &Tenant,
    id: &ExperimentId,
    from: ExperimentStatus,
    to: ExperimentStatus,
    now: f64,
) -> Statement {
    sql("UPDATE experiments SET status = ?4, revision = revision + 1, \
         started_at = iif(?4 = 'running', ?5, started_at), stopped_at = iif(?4 = 'stopped', ?5, stopped_at) \
         WHERE workspace_id = ?1 AND id = ?2 AND status = ?3")
    .bind(tenant.key())
    .bind(id.as_str())
    .bind(name(&from))
    .bind(name(&to))
    .bind(now)
}

/// Notes which variant was kept.
#[must_use]
pub fn applied(tenant: &Tenant, id: &ExperimentId, variant: &VariantId) -> Statement {
    sql("UPDATE experiments SET applied = ?3 WHERE workspace_id = ?1 AND id = ?2 AND status = 'stopped'")
        .bind(tenant.key())
        .bind(id.as_str())
        .bind(variant.as_str())
}

/// Deletes an experiment that is not running, then what was counted for it.
#[must_use]
pub fn delete(tenant: &Tenant, id: &ExperimentId) -> [Statement; 2] {
    [
        "DELETE FROM experiments WHERE workspace_id = ?1 AND id = ?2 AND status <> 'running'",
        "DELETE FROM exposures WHERE workspace_id = ?1 AND experiment_id = ?2 AND (NOT EXISTS \
         (SELECT 1 FROM experiments x WHERE x.workspace_id = ?1 AND x.id = ?2))",
    ]
    .map(|text| sql(text).bind(tenant.key()).bind(id.as_str()))
}

/// The running experiments of an agent, oldest first: see [`read_edge`].
#[must_use]
pub fn running(tenant: &Tenant, agent: &AgentId) -> Statement {
    sql("SELECT x.id, x.content FROM experiments x WHERE x.workspace_id = ?1 AND x.agent_id = ?2 AND x.status = 'running' \
         ORDER BY x.created_at, x.id")
    .bind(tenant.key())
    .bind(agent.as_str())
}

/// Decodes a row of [`running`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_edge(row: &Row) -> Result<EdgeExperiment, Error> {
    Ok(edge(row.text(0)?.parse()?, row.json(1)?))
}

/// Decodes a row of [`running`] together with the names that members gave.
///
/// # Errors
/// When the row is not of that statement.
pub fn read_named(row: &Row) -> Result<(EdgeExperiment, Content), Error> {
    let content: Content = row.json(1)?;
    Ok((edge(row.text(0)?.parse()?, content.clone()), content))
}

fn edge(id: ExperimentId, content: Content) -> EdgeExperiment {
    let variant = |Stored { id, weight, patch, .. }| EdgeVariant { id, weight, patch };
    EdgeExperiment { id, variants: content.variants.into_iter().map(variant).collect() }
}

/// Notes that a visitor saw their variant; the first time counts.
#[must_use]
pub fn expose(
    tenant: &Tenant,
    experiment: &ExperimentId,
    variant: &VariantId,
    visitor: &VisitorId,
    at: f64,
) -> Statement {
    sql("INSERT INTO exposures (workspace_id, experiment_id, visitor_id, agent_id, variant_id, at) \
         SELECT ?1, x.id, ?4, x.agent_id, ?3, ?5 FROM experiments x WHERE x.workspace_id = ?1 AND x.id = ?2 \
         AND x.status = 'running' ON CONFLICT DO NOTHING")
    .bind(tenant.key())
    .bind(experiment.as_str())
    .bind(variant.as_str())
    .bind(visitor.as_str())
    .bind(at)
}
