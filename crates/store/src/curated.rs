//! Curated answers as members write them. Every change counts the agent's revision and says that its index has
//! to be told ([`changed`]); what the index holds follows from that alone. One that says the words of a template names
//! it: its words are read with it, so that a template, an agent or a workspace of another name is a change, too.

use domain::templates::fill_for_agents;
use protocol::api::{CuratedAnswer, CuratedContent, Template};
use protocol::{AgentId, CuratedId, ProposalId, TemplateId, WorkspaceId};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::Tenant;

const SELECT: &str = "SELECT c.id, c.content, c.priority, c.created_at, c.edited_at, c.agent_id, c.source_url, c.template_id, \
    (SELECT t.text FROM templates t WHERE t.workspace_id = ?1 AND t.id = c.template_id), a.name, w.name FROM curated_answers c JOIN agents a ON a.workspace_id = ?1 AND a.id = c.agent_id \
    JOIN workspaces w ON w.id = ?1 \
    WHERE c.workspace_id = ?1";

/// What a curated answer says, as it is written.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    pub content: &'a CuratedContent,
    /// Whose words it says, as it was read: changed or deleted meanwhile, nothing is written.
    pub template: Option<&'a Template>,
}

impl<'a> Words<'a> {
    /// Words of its own.
    #[must_use]
    pub fn own(content: &'a CuratedContent) -> Self {
        Self { content, template: None }
    }

    fn template_id(&self) -> Option<&'a str> {
        self.template.map(|template| template.id.as_str())
    }

    fn template_edited_at(&self) -> Option<f64> {
        self.template.map(|template| template.edited_at)
    }
}

/// All curated answers of an agent in their order.
#[must_use]
pub fn list(tenant: &Tenant, agent: &AgentId) -> Statement {
    sql(format!("{SELECT} AND c.agent_id = ?2 ORDER BY c.priority, c.id"))
        .bind(tenant.key())
        .bind(agent.as_str())
}

/// One curated answer.
#[must_use]
pub fn one(tenant: &Tenant, curated: &CuratedId) -> Statement {
    sql(format!("{SELECT} AND c.id = ?2")).bind(tenant.key()).bind(curated.as_str())
}

/// Decodes a row of [`list`] or [`one`], with the agent it belongs to.
///
/// # Errors
/// When the row is not of those statements.
pub fn read(row: &Row) -> Result<(CuratedAnswer, AgentId), Error> {
    let (agent_name, workspace_name) = (row.text(9)?, row.text(10)?);
    let words = row.text_or_null(8)?.and_then(|text| fill_for_agents(text, agent_name, workspace_name).ok());
    let answer = CuratedAnswer {
        id: row.text(0)?.parse()?,
        content: row.json(1)?,
        template_id: row.text_or_null(7)?.map(str::parse).transpose()?,
        words,
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
    words: Words<'_>,
    proposed: Option<&ProposalId>,
    most: u32,
    now: f64,
) -> Result<Statement, Error> {
    Ok(sql("INSERT INTO curated_answers (id, workspace_id, agent_id, content, priority, created_at, edited_at, source_url, template_id) \
         SELECT ?2, ?1, a.id, ?4, (SELECT coalesce(max(c.priority) + 1, 0) FROM curated_answers c \
         WHERE c.workspace_id = ?1 AND c.agent_id = ?3), ?6, ?6, (SELECT d.url FROM documents d JOIN curated_proposals p ON p.workspace_id = ?1 AND p.document_id = d.id \
         WHERE d.workspace_id = ?1 AND p.agent_id = ?3 AND p.id = ?7 ORDER BY p.found_at, p.document_id LIMIT 1), ?8 FROM agents a WHERE a.workspace_id = ?1 AND a.id = ?3 \
         AND ?5 > (SELECT count(*) FROM curated_answers c WHERE c.workspace_id = ?1 AND c.agent_id = ?3) \
         AND (?7 IS NULL OR EXISTS (SELECT 1 FROM curated_proposals p WHERE p.workspace_id = ?1 AND p.agent_id = ?3 AND p.id = ?7)) \
         AND (?8 IS NULL OR EXISTS (SELECT 1 FROM templates t WHERE t.workspace_id = ?1 AND t.id = ?8 AND t.edited_at = ?9)) \
         ON CONFLICT DO NOTHING")
    .bind(tenant.key())
    .bind(id.as_str())
    .bind(agent.as_str())
    .bind(serde_json::to_string(words.content)?)
    .bind(most)
    .bind(now)
    .bind(proposed.map(ProposalId::as_str))
    .bind(words.template_id())
    .bind(words.template_edited_at()))
}

/// Changes a curated answer.
///
/// # Errors
/// When the content cannot be written as JSON.
pub fn update(tenant: &Tenant, id: &CuratedId, words: Words<'_>, now: f64) -> Result<Statement, Error> {
    Ok(sql("UPDATE curated_answers SET content = ?3, edited_at = ?4, template_id = ?5 WHERE workspace_id = ?1 AND id = ?2 \
         AND (?5 IS NULL OR template_id = ?5 \
         OR EXISTS (SELECT 1 FROM templates t WHERE t.workspace_id = ?1 AND t.id = ?5 AND t.edited_at = ?6))")
        .bind(tenant.key())
        .bind(id.as_str())
        .bind(serde_json::to_string(words.content)?)
        .bind(now)
        .bind(words.template_id())
        .bind(words.template_edited_at()))
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

/// The words of a template changed: so did the curated answers that say them.
#[must_use]
pub fn template_changed(tenant: &Tenant, template: &TemplateId, now: f64) -> Statement {
    sql("UPDATE agents SET curated_revision = curated_revision + 1, curated_due_at = ?3 WHERE workspace_id = ?1 \
         AND id IN (SELECT c.agent_id FROM curated_answers c WHERE c.workspace_id = ?1 AND c.template_id = ?2)")
    .bind(tenant.key())
    .bind(template.as_str())
    .bind(now)
}

/// The agent has another name, or without an agent the workspace: curated answers that say the words of templates may
/// have changed.
#[must_use]
pub fn renamed(tenant: &Tenant, agent: Option<&AgentId>, now: f64) -> Statement {
    sql("UPDATE agents SET curated_revision = curated_revision + 1, curated_due_at = ?3 WHERE workspace_id = ?1 \
         AND (?2 IS NULL OR id = ?2) AND id IN (SELECT c.agent_id FROM curated_answers c WHERE c.workspace_id = ?1 \
         AND c.template_id > '')")
    .bind(tenant.key())
    .bind(agent.map(AgentId::as_str))
    .bind(now)
}

/// The tenant's agents whose index has to be told.
#[must_use]
pub fn due_of(tenant: &Tenant) -> Statement {
    sql("SELECT a.workspace_id, a.id FROM agents a WHERE a.workspace_id = ?1 AND a.curated_due_at >= 0 \
         ORDER BY a.curated_due_at LIMIT 100")
    .bind(tenant.key())
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

/// Decodes a row of [`due`] or [`due_of`].
///
/// # Errors
/// When the row is not of those statements.
pub fn read_due(row: &Row) -> Result<(WorkspaceId, AgentId), Error> {
    Ok((row.text(0)?.parse()?, row.text(1)?.parse()?))
}
