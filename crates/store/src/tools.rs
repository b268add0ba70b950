//! Tools as members define them, and the calls that were made. Secrets are sealed before they come here, arguments
//! and results are without them.

use protocol::agent::ToolSpec;
use protocol::api::{Tool, ToolAuth, ToolAuthKind, ToolContent, ToolRun, ToolRunState, ToolStats};
use protocol::{AgentId, ConversationId, ToolId, ToolRunId, TurnId};
use serde::{Deserialize, Serialize};

use crate::sql::{Error, Row, Statement, sql};
use crate::team::only_if;
use crate::tenant::{Tenant, name, named};

/// By what the other system knows us, as it is stored.
#[derive(Clone, Serialize, Deserialize)]
pub struct StoredAuth {
    pub kind: ToolAuthKind,
    /// The user name, or the header's name.
    pub name: String,
    pub sealed: String,
    pub set_at: f64,
}

impl StoredAuth {
    /// Everything but the secret.
    #[must_use]
    pub fn shown(&self) -> ToolAuth {
        ToolAuth { kind: self.kind, name: self.name.clone(), set_at: Some(self.set_at) }
    }
}

/// A day in milliseconds.
const DAY_MS: f64 = 86_400_000.0;

/// Tools with their calls that have ended: `?2` is 30 days ago, `?3` 7 days.
const SELECT: &str = "SELECT t.id, t.content, t.auth, t.created_at, t.edited_at, \
    (SELECT count(*) FROM tool_runs r WHERE r.workspace_id = ?1 AND r.tool_id = t.id AND r.at >= ?2 AND r.state IN ('succeeded', 'failed')), \
    (SELECT count(*) FROM tool_runs r WHERE r.workspace_id = ?1 AND r.tool_id = t.id AND r.at >= ?2 AND r.state = 'succeeded'), \
    (SELECT count(*) FROM tool_runs r WHERE r.workspace_id = ?1 AND r.tool_id = t.id AND r.at >= ?3 AND r.state IN ('succeeded', 'failed')), \
    (SELECT count(*) FROM tool_runs r WHERE r.workspace_id = ?1 AND r.tool_id = t.id AND r.at >= ?3 AND r.state = 'succeeded'), \
    (SELECT max(r.at) FROM tool_runs r WHERE r.workspace_id = ?1 AND r.tool_id = t.id), t.catalogue \
    FROM tools t WHERE t.workspace_id = ?1";

/// All tools by name, with their calls of the last days.
#[must_use]
pub fn list(tenant: &Tenant, now: f64) -> Statement {
    recent(sql(format!("{SELECT} ORDER BY t.name, t.id")), tenant, now)
}

/// One tool.
#[must_use]
pub fn one(tenant: &Tenant, tool: &ToolId, now: f64) -> Statement {
    recent(sql(format!("{SELECT} AND t.id = ?4")), tenant, now).bind(tool.as_str())
}

fn recent(statement: Statement, tenant: &Tenant, now: f64) -> Statement {
    statement.bind(tenant.key()).bind(now - 30.0 * DAY_MS).bind(now - 7.0 * DAY_MS)
}

/// Decodes a row of [`list`] or [`one`], with what the secret is sealed in.
///
/// # Errors
/// When the row is not of those statements.
pub fn read(row: &Row) -> Result<(Tool, Option<StoredAuth>), Error> {
    let auth: Option<StoredAuth> = row.text_or_null(2)?.map(|_| row.json(2)).transpose()?;
    let tool = Tool {
        id: row.text(0)?.parse()?,
        content: row.json(1)?,
        catalogue: row.text_or_null(10)?.map(str::to_owned),
        auth: auth.as_ref().map(StoredAuth::shown).unwrap_or_default(),
        created_at: row.real(3)?,
        edited_at: row.real(4)?,
        recent: ToolStats { calls: row.integer(5)?, succeeded: row.integer(6)? },
        week: ToolStats { calls: row.integer(7)?, succeeded: row.integer(8)? },
        last_at: row.real_or_null(9)?,
    };
    Ok((tool, auth))
}

/// Those of some tools that there are, in the order of their names: what models are told of them.
///
/// # Errors
/// When the ids cannot be written as JSON.
pub fn named_by(tenant: &Tenant, tools: &[ToolId]) -> Result<Statement, Error> {
    Ok(sql("SELECT t.id, t.content FROM tools t WHERE t.workspace_id = ?1 \
         AND t.id IN (SELECT j.value FROM json_each(?2) j) ORDER BY t.name")
    .bind(tenant.key())
    .bind(serde_json::to_string(tools)?))
}

/// Decodes a row of [`named_by`]; nothing where the tool is switched off.
///
/// # Errors
/// When the row is not of that statement.
pub fn read_spec(row: &Row) -> Result<Option<ToolSpec>, Error> {
    let content: ToolContent = row.json(1)?;
    let ToolContent { name, description, schema, enabled, .. } = content;
    let id = row.text(0)?.parse()?;
    Ok(enabled.then_some(ToolSpec { id, name, description, schema }))
}

/// Written JSON with the definition that another one has: what is the operator's where a tool is of the catalogue.
pub(crate) fn defined(written: &str, by: &str) -> String {
    let fields = ["title", "description", "schema", "method", "idempotent", "effect"];
    let taken = fields.map(|field| format!("'$.{field}', {by} -> '$.{field}'")).join(", ");
    // What changes something is called every time.
    let kept = format!("iif({by} ->> '$.effect' = 'reads', {written} ->> '$.cache_seconds', 0)");
    format!("json_set({written}, {taken}, '$.cache_seconds', {kept})")
}

/// A tool that has the definition of an entry of the catalogue as it is now; nothing changes where there is no such
/// entry. The batch is refused where there are `most` already, or one of this name.
///
/// # Errors
/// When the content cannot be written as JSON.
pub fn enable(
    tenant: &Tenant,
    id: &ToolId,
    content: &ToolContent,
    auth: Option<&StoredAuth>,
    most: u32,
    now: f64,
) -> Result<[Statement; 2], Error> {
    let defined = defined("?4", "c.content");
    Ok([
        room(tenant, most),
        sql(format!(
            "INSERT INTO tools (id, workspace_id, name, content, auth, created_at, edited_at, catalogue) \
             SELECT ?2, ?1, c.name, {defined}, ?5, ?6, ?6, c.name FROM catalogue c WHERE c.name = ?3"
        ))
        .bind(tenant.key())
        .bind(id.as_str())
        .bind(content.name.as_str())
        .bind(serde_json::to_string(content)?)
        .bind(auth.map(serde_json::to_string).transpose()?)
        .bind(now),
    ])
}

fn room(tenant: &Tenant, most: u32) -> Statement {
    only_if(tenant, "(SELECT count(*) FROM tools t WHERE t.workspace_id = ?1) < ?2", [most.into()])
}

/// A new tool. The batch is refused where there are `most` already, or one of this name.
///
/// # Errors
/// When the content cannot be written as JSON.
pub fn create(
    tenant: &Tenant,
    id: &ToolId,
    content: &ToolContent,
    auth: Option<&StoredAuth>,
    most: u32,
    now: f64,
) -> Result<[Statement; 2], Error> {
    Ok([
        room(tenant, most),
        sql("INSERT INTO tools (id, workspace_id, name, content, auth, created_at, edited_at) VALUES (?2, ?1, ?3, ?4, ?5, ?6, ?6)")
            .bind(tenant.key())
            .bind(id.as_str())
            .bind(content.name.as_str())
            .bind(serde_json::to_string(content)?)
            .bind(auth.map(serde_json::to_string).transpose()?)
            .bind(now),
    ])
}

/// Changes a tool; refused where another one has this name. The definition of one that is of the catalogue stays as it is
/// now, whatever the member read.
///
/// # Errors
/// When the content cannot be written as JSON.
pub fn update(
    tenant: &Tenant,
    id: &ToolId,
    content: &ToolContent,
    auth: Option<&StoredAuth>,
    now: f64,
) -> Result<Statement, Error> {
    let defined = defined("?4", "content");
    Ok(sql(format!(
        "UPDATE tools SET name = ?3, content = iif(catalogue IS NULL, ?4, {defined}), auth = ?5, edited_at = ?6 \
         WHERE workspace_id = ?1 AND id = ?2"
    ))
    .bind(tenant.key())
    .bind(id.as_str())
    .bind(content.name.as_str())
    .bind(serde_json::to_string(content)?)
    .bind(auth.map(serde_json::to_string).transpose()?)
    .bind(now))
}

/// Deletes a tool; its calls stay until they are old.
#[must_use]
pub fn delete(tenant: &Tenant, id: &ToolId) -> Statement {
    sql("DELETE FROM tools WHERE workspace_id = ?1 AND id = ?2").bind(tenant.key()).bind(id.as_str())
}

/// Whose turn a call belongs to.
#[derive(Clone, Copy)]
pub struct OfTurn<'a> {
    pub agent: &'a AgentId,
    pub conversation: Option<&'a ConversationId>,
    pub turn: &'a TurnId,
}

/// A call that is about to be made.
pub struct NewRun<'a> {
    pub id: &'a ToolRunId,
    pub tool: &'a ToolId,
    pub name: &'a str,
    /// Absent where a member tries the tool.
    pub of: Option<OfTurn<'a>>,
    /// What is called with what, as a digest.
    pub key: &'a str,
    pub tried_by: &'a str,
    pub arguments: &'a str,
    pub now: f64,
}

/// Notes a call before it is made. Nothing happens (no row changes) where the turn has made it already, or the tool
/// or the agent is gone.
#[must_use]
pub fn begin_run(tenant: &Tenant, run: &NewRun<'_>) -> Statement {
    sql("INSERT INTO tool_runs (id, workspace_id, tool_id, tool_name, agent_id, conversation_id, turn_id, call_key, \
         tried_by, state, arguments, at) SELECT ?2, ?1, t.id, ?4, ?5, ?6, ?7, ?8, ?9, 'running', ?10, ?11 FROM tools t \
         WHERE t.workspace_id = ?1 AND t.id = ?3 \
         AND (?5 IS NULL OR EXISTS (SELECT 1 FROM agents a WHERE a.workspace_id = ?1 AND a.id = ?5)) ON CONFLICT DO NOTHING")
    .bind(tenant.key())
    .bind(run.id.as_str())
    .bind(run.tool.as_str())
    .bind(run.name)
    .bind(run.of.map(|of| of.agent.as_str()))
    .bind(run.of.and_then(|of| of.conversation).map(ConversationId::as_str))
    .bind(run.of.map(|of| of.turn.as_str()))
    .bind(run.key)
    .bind(run.tried_by)
    .bind(run.arguments)
    .bind(run.now)
}

const RUN: &str = "SELECT r.id, r.tool_id, r.tool_name, r.state, r.arguments, r.result, r.http_status, r.attempts, \
    r.duration_ms, r.at, r.agent_id, r.conversation_id, r.turn_id, r.tried_by FROM tool_runs r WHERE r.workspace_id = ?1";

/// The call of a turn with this key.
#[must_use]
pub fn run_of_turn(tenant: &Tenant, turn: &TurnId, key: &str) -> Statement {
    sql(format!("{RUN} AND r.turn_id = ?2 AND r.call_key = ?3"))
        .bind(tenant.key())
        .bind(turn.as_str())
        .bind(key)
}

/// Calls of a tool that are in a state, or all, newest first, from the place after `(at, id)`.
#[must_use]
pub fn runs(
    tenant: &Tenant,
    tool: &ToolId,
    state: Option<ToolRunState>,
    after: Option<(f64, &ToolRunId)>,
    limit: u32,
) -> Statement {
    let (at, id) = after.map_or((f64::MAX, ""), |(at, id)| (at, id.as_str()));
    sql(format!(
        "{RUN} AND r.tool_id = ?2 AND (r.at < ?3 OR (r.at = ?3 AND r.id < ?4)) AND (?6 IS NULL OR r.state = ?6) \
         ORDER BY r.at DESC, r.id DESC LIMIT ?5"
    ))
    .bind(tenant.key())
    .bind(tool.as_str())
    .bind(at)
    .bind(id)
    .bind(limit)
    .bind(state.map(|state| name(&state)))
}

/// Decodes a row of [`run_of_turn`] or [`runs`].
///
/// # Errors
/// When the row is not of those statements.
pub fn read_run(row: &Row) -> Result<ToolRun, Error> {
    Ok(ToolRun {
        id: row.text(0)?.parse()?,
        tool_id: row.text(1)?.parse()?,
        tool_name: row.text(2)?.to_owned(),
        state: named::<ToolRunState>(row, 3)?,
        arguments: row.text(4)?.to_owned(),
        result: row.text(5)?.to_owned(),
        http_status: row.real_or_null(6)?.map(|_| row.integer(6)).transpose()?,
        attempts: row.integer(7)?,
        duration_ms: row.real(8)?,
        at: row.real(9)?,
        agent_id: row.text_or_null(10)?.map(str::parse).transpose()?,
        conversation_id: row.text_or_null(11)?.map(str::parse).transpose()?,
        turn_id: row.text_or_null(12)?.map(str::parse).transpose()?,
        tried_by: row.text(13)?.to_owned(),
        notice: None,
    })
}

/// Notes how a call ended.
#[must_use]
pub fn settle_run(tenant: &Tenant, run: &ToolRun) -> Statement {
    sql("UPDATE tool_runs SET state = ?3, result = ?4, http_status = ?5, attempts = ?6, duration_ms = ?7 \
         WHERE workspace_id = ?1 AND id = ?2")
    .bind(tenant.key())
    .bind(run.id.as_str())
    .bind(name(&run.state))
    .bind(run.result.as_str())
    .bind(run.http_status.map(u32::from))
    .bind(run.attempts)
    .bind(run.duration_ms)
}

/// Forgets calls from before a time, whoever's they are.
#[must_use]
pub fn forget_runs(before: f64) -> Statement {
    sql("DELETE FROM tool_runs WHERE at < ?1").bind(before)
}
