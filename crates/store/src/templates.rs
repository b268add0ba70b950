//! Response templates, and how often each was used.

use protocol::api::{Template, TemplateAnswer, TemplateWrite};
use protocol::{AgentId, MessageId, TemplateId, TurnId};

use crate::sql::{Error, Row, Statement, sql};
use crate::team::only_if;
use crate::tenant::Tenant;

const SELECT: &str = "SELECT t.id, t.name, t.text, t.agent_id, t.created_at, t.edited_at, \
    (SELECT count(*) FROM template_uses u WHERE u.workspace_id = ?1 AND u.template_id = t.id AND u.agent_id IS NULL), \
    (SELECT max(u.at) FROM template_uses u WHERE u.workspace_id = ?1 AND u.template_id = t.id), \
    (SELECT count(u.agent_id) FROM template_uses u WHERE u.workspace_id = ?1 AND u.template_id = t.id), \
    (SELECT json_group_array(json_object('id', s.id, 'agent_id', s.agent_id, 'question', s.pattern)) FROM \
    (SELECT c.id, c.agent_id, json_extract(c.content, '$.pattern') AS pattern FROM curated_answers c \
    JOIN agents a ON a.workspace_id = ?1 AND a.id = c.agent_id AND a.deleted_at IS NULL \
    WHERE c.workspace_id = ?1 AND c.template_id = t.id ORDER BY a.created_at, a.id, c.priority, c.id) s) \
    FROM templates t WHERE t.workspace_id = ?1";

/// Curated answers that say the words of template `?2`.
const SAID: &str = "SELECT 1 FROM curated_answers c JOIN agents a ON a.workspace_id = ?1 AND a.id = c.agent_id \
    AND a.deleted_at IS NULL WHERE c.workspace_id = ?1 AND c.template_id = ?2";

/// All templates by name.
#[must_use]
pub fn list(tenant: &Tenant) -> Statement {
    sql(format!("{SELECT} ORDER BY t.name COLLATE NOCASE, t.id")).bind(tenant.key())
}

/// One template.
#[must_use]
pub fn one(tenant: &Tenant, template: &TemplateId) -> Statement {
    sql(format!("{SELECT} AND t.id = ?2")).bind(tenant.key()).bind(template.as_str())
}

/// Decodes a row of [`list`] or [`one`].
///
/// # Errors
/// When the row is not of those statements.
pub fn read(row: &Row) -> Result<Template, Error> {
    let mut answers: Vec<TemplateAnswer> = row.json(9)?;
    for answer in &mut answers {
        answer.question = answer.question.lines().next().unwrap_or_default().to_owned();
    }
    Ok(Template {
        id: row.text(0)?.parse()?,
        name: row.text(1)?.to_owned(),
        text: row.text(2)?.to_owned(),
        agent_id: row.text_or_null(3)?.map(str::parse).transpose()?,
        created_at: row.real(4)?,
        edited_at: row.real(5)?,
        used: row.integer(6)?,
        used_by_agents: row.integer(8)?,
        answers,
        last_used_at: row.real_or_null(7)?,
    })
}

/// A new template. The batch is refused where there are `most` already, or one of this name; nothing is made where its
/// agent is not there.
#[must_use]
pub fn create(
    tenant: &Tenant,
    id: &TemplateId,
    written: &TemplateWrite,
    most: u32,
    now: f64,
) -> [Statement; 2] {
    [
        only_if(tenant, "(SELECT count(*) FROM templates t WHERE t.workspace_id = ?1) < ?2", [most.into()]),
        sql("INSERT INTO templates (id, workspace_id, name, text, agent_id, created_at, edited_at) \
             SELECT ?2, ?1, ?3, ?4, ?5, ?6, ?6 FROM workspaces w WHERE w.id = ?1 AND (?5 IS NULL OR EXISTS \
             (SELECT 1 FROM agents a WHERE a.workspace_id = ?1 AND a.id = ?5 AND a.deleted_at IS NULL))")
        .bind(tenant.key())
        .bind(id.as_str())
        .bind(written.name.as_str())
        .bind(written.text.as_str())
        .bind(written.agent_id.as_ref().map(AgentId::as_str))
        .bind(now),
    ]
}

/// Changes a template; the batch is refused where another one has this name, and where curated answers say its words
/// that cannot say these: of other agents than its own, or of any where they are for members alone. Nothing changes
/// where its agent is not there.
#[must_use]
pub fn update(
    tenant: &Tenant,
    id: &TemplateId,
    written: &TemplateWrite,
    for_members: bool,
    now: f64,
) -> [Statement; 2] {
    let unsaid = format!("NOT EXISTS ({SAID} AND (?3 OR c.agent_id <> ?4))");
    let of = written.agent_id.as_ref().map(AgentId::as_str);
    [
        only_if(tenant, &unsaid, [id.as_str().into(), i64::from(for_members).into(), of.into()]),
    sql("UPDATE templates SET name = ?3, text = ?4, agent_id = ?5, edited_at = ?6 WHERE workspace_id = ?1 AND id = ?2 \
         AND (?5 IS NULL OR EXISTS (SELECT 1 FROM agents a WHERE a.workspace_id = ?1 AND a.id = ?5 AND a.deleted_at IS NULL))")
    .bind(tenant.key())
    .bind(id.as_str())
    .bind(written.name.as_str())
    .bind(written.text.as_str())
    .bind(written.agent_id.as_ref().map(AgentId::as_str))
    .bind(now)
    ]
}

/// Deletes a template; what was counted of it goes first. The batch is refused where curated answers say its words.
#[must_use]
pub fn delete(tenant: &Tenant, id: &TemplateId) -> [Statement; 3] {
    let [uses, template] = [
        "DELETE FROM template_uses WHERE workspace_id = ?1 AND template_id = ?2",
        "DELETE FROM templates WHERE workspace_id = ?1 AND id = ?2",
    ]
    .map(|text| sql(text).bind(tenant.key()).bind(id.as_str()));
    [only_if(tenant, &format!("NOT EXISTS ({SAID})"), [id.as_str().into()]), uses, template]
}

/// An agent answered with a template, word for word; filed again, the turn counts once.
#[must_use]
pub fn said(tenant: &Tenant, template: &TemplateId, agent: &AgentId, turn: &TurnId, at: f64) -> Statement {
    sql("INSERT INTO template_uses (workspace_id, message_id, template_id, agent_id, at) SELECT ?1, ?3, t.id, a.id, ?5 \
         FROM templates t JOIN agents a ON a.workspace_id = ?1 AND a.id = ?4 WHERE t.workspace_id = ?1 AND t.id = ?2 \
         ON CONFLICT DO NOTHING")
    .bind(tenant.key())
    .bind(template.as_str())
    .bind(turn.as_str())
    .bind(agent.as_str())
    .bind(at)
}

/// A message was sent with a template; sent again, it counts once. A template that is not there counts nothing.
#[must_use]
pub fn used(tenant: &Tenant, template: &TemplateId, message: &MessageId, now: f64) -> Statement {
    sql("INSERT INTO template_uses (workspace_id, message_id, template_id, at) SELECT ?1, ?3, t.id, ?4 FROM templates t \
         WHERE t.workspace_id = ?1 AND t.id = ?2 ON CONFLICT DO NOTHING")
    .bind(tenant.key())
    .bind(template.as_str())
    .bind(message.as_str())
    .bind(now)
}
