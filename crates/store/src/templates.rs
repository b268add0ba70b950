//! Response templates, and how often each was used.

use protocol::api::{Template, TemplateWrite};
use protocol::{AgentId, MessageId, TemplateId};

use crate::sql::{Error, Row, Statement, sql};
use crate::team::only_if;
use crate::tenant::Tenant;

const SELECT: &str = "SELECT t.id, t.name, t.text, t.agent_id, t.created_at, t.edited_at, \
    (SELECT count(*) FROM template_uses u WHERE u.workspace_id = ?1 AND u.template_id = t.id), \
    (SELECT max(u.at) FROM template_uses u WHERE u.workspace_id = ?1 AND u.template_id = t.id) \
    FROM templates t WHERE t.workspace_id = ?1";

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
    Ok(Template {
        id: row.text(0)?.parse()?,
        name: row.text(1)?.to_owned(),
        text: row.text(2)?.to_owned(),
        agent_id: row.text_or_null(3)?.map(str::parse).transpose()?,
        created_at: row.real(4)?,
        edited_at: row.real(5)?,
        used: row.integer(6)?,
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

/// Changes a template; refused where another one has this name. Nothing changes where its agent is not there.
#[must_use]
pub fn update(tenant: &Tenant, id: &TemplateId, written: &TemplateWrite, now: f64) -> Statement {
    sql("UPDATE templates SET name = ?3, text = ?4, agent_id = ?5, edited_at = ?6 WHERE workspace_id = ?1 AND id = ?2 \
         AND (?5 IS NULL OR EXISTS (SELECT 1 FROM agents a WHERE a.workspace_id = ?1 AND a.id = ?5 AND a.deleted_at IS NULL))")
    .bind(tenant.key())
    .bind(id.as_str())
    .bind(written.name.as_str())
    .bind(written.text.as_str())
    .bind(written.agent_id.as_ref().map(AgentId::as_str))
    .bind(now)
}

/// Deletes a template; what was counted of it goes first.
#[must_use]
pub fn delete(tenant: &Tenant, id: &TemplateId) -> [Statement; 2] {
    [
        "DELETE FROM template_uses WHERE workspace_id = ?1 AND template_id = ?2",
        "DELETE FROM templates WHERE workspace_id = ?1 AND id = ?2",
    ]
    .map(|text| sql(text).bind(tenant.key()).bind(id.as_str()))
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
