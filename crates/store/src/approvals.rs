//! Calls of tools that wait for a member. A row is the truth from asking to telling the visitor: `due_at` says when
//! something has to be done next.

use protocol::api::{Approval, ApprovalState, ToolMethod};
use protocol::{AgentId, ApprovalId, ConversationId, ToolId, TurnId, WorkspaceId};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::{Tenant, name, named};

/// A call that is asked for.
pub struct NewApproval<'a> {
    pub id: &'a ApprovalId,
    pub agent: &'a AgentId,
    pub conversation: &'a ConversationId,
    pub turn: &'a TurnId,
    pub tool: &'a ToolId,
    pub tool_title: &'a str,
    pub tool_edited_at: f64,
    /// What is called with what, as a digest.
    pub key: &'a str,
    pub arguments: &'a str,
    pub method: ToolMethod,
    pub url: &'a str,
    pub body: &'a str,
    pub language: &'a str,
    pub now: f64,
    pub expires_at: f64,
}

/// Asks for a call. Nothing happens where it was asked for already, where `most` of the conversation wait, or where
/// the tool or the agent is gone.
#[must_use]
pub fn ask(tenant: &Tenant, new: &NewApproval<'_>, most: u32) -> Statement {
    sql("INSERT INTO approvals (id, workspace_id, agent_id, conversation_id, turn_id, tool_id, tool_title, tool_edited_at, \
         call_key, arguments, method, url, body, language, state, asked_at, expires_at, due_at) \
         SELECT ?2, ?1, ?3, ?4, ?5, t.id, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, 'waiting', ?15, ?16, ?16 FROM tools t \
         WHERE t.workspace_id = ?1 AND t.id = ?6 \
         AND EXISTS (SELECT 1 FROM agents a WHERE a.workspace_id = ?1 AND a.id = ?3) \
         AND (SELECT count(*) FROM approvals o WHERE o.workspace_id = ?1 AND o.conversation_id = ?4 AND o.state = 'waiting') < ?17 \
         ON CONFLICT DO NOTHING")
    .bind(tenant.key())
    .bind(new.id.as_str())
    .bind(new.agent.as_str())
    .bind(new.conversation.as_str())
    .bind(new.turn.as_str())
    .bind(new.tool.as_str())
    .bind(new.tool_title)
    .bind(new.tool_edited_at)
    .bind(new.key)
    .bind(new.arguments)
    .bind(name(&new.method))
    .bind(new.url)
    .bind(new.body)
    .bind(new.language)
    .bind(new.now)
    .bind(new.expires_at)
    .bind(most)
}

const SELECT: &str = "SELECT p.id, p.state, p.agent_id, p.conversation_id, p.turn_id, p.tool_id, p.tool_title, p.method, \
    p.url, p.body, p.asked_at, p.expires_at, p.decided_at, p.decided_by, p.reason, p.succeeded, p.result, p.arguments, \
    p.tool_edited_at, p.language FROM approvals p WHERE p.workspace_id = ?1";

/// The call as a turn asked for it, or as it waits since an earlier turn of the conversation.
#[must_use]
pub fn of_call(tenant: &Tenant, conversation: &ConversationId, turn: &TurnId, key: &str) -> Statement {
    sql(format!(
        "{SELECT} AND p.call_key = ?4 AND (p.turn_id = ?3 OR (p.conversation_id = ?2 AND p.state IN ('waiting', 'approved'))) \
         ORDER BY p.turn_id = ?3 DESC LIMIT 1"
    ))
    .bind(tenant.key())
    .bind(conversation.as_str())
    .bind(turn.as_str())
    .bind(key)
}

/// One approval.
#[must_use]
pub fn one(tenant: &Tenant, id: &ApprovalId) -> Statement {
    sql(format!("{SELECT} AND p.id = ?2")).bind(tenant.key()).bind(id.as_str())
}

/// Which approvals are wanted.
#[derive(Clone, Copy, Default)]
pub struct Filter<'a> {
    pub state: Option<ApprovalState>,
    pub conversation: Option<&'a ConversationId>,
}

/// Approvals, newest first, from the place after `(asked_at, id)`.
#[must_use]
pub fn list(tenant: &Tenant, filter: Filter<'_>, after: Option<(f64, &ApprovalId)>, limit: u32) -> Statement {
    let (at, id) = after.map_or((f64::MAX, ""), |(at, id)| (at, id.as_str()));
    sql(format!(
        "{SELECT} AND (?2 IS NULL OR p.state = ?2) AND (?3 IS NULL OR p.conversation_id = ?3) \
         AND (p.asked_at < ?4 OR (p.asked_at = ?4 AND p.id < ?5)) ORDER BY p.asked_at DESC, p.id DESC LIMIT ?6"
    ))
    .bind(tenant.key())
    .bind(filter.state.map(|state| name(&state)))
    .bind(filter.conversation.map(ConversationId::as_str))
    .bind(at)
    .bind(id)
    .bind(limit)
}

/// What a member does not see of an approval.
pub struct Hidden {
    pub arguments: String,
    pub tool_edited_at: f64,
    pub language: String,
}

/// Decodes a row of [`one`], [`of_call`] or [`list`].
///
/// # Errors
/// When the row is not of those statements.
pub fn read(row: &Row) -> Result<(Approval, Hidden), Error> {
    let approval = Approval {
        id: row.text(0)?.parse()?,
        state: named(row, 1)?,
        agent_id: row.text(2)?.parse()?,
        conversation_id: row.text(3)?.parse()?,
        turn_id: row.text(4)?.parse()?,
        tool_id: row.text(5)?.parse()?,
        tool_title: row.text(6)?.to_owned(),
        method: named(row, 7)?,
        url: row.text(8)?.to_owned(),
        body: row.text(9)?.to_owned(),
        asked_at: row.real(10)?,
        expires_at: row.real(11)?,
        decided_at: row.real_or_null(12)?,
        decided_by: row.text(13)?.to_owned(),
        reason: row.text(14)?.to_owned(),
        succeeded: row.real_or_null(15)?.map(|flag| flag > 0.0),
        result: row.text(16)?.to_owned(),
    };
    let hidden = Hidden {
        arguments: row.text(17)?.to_owned(),
        tool_edited_at: row.real(18)?,
        language: row.text(19)?.to_owned(),
    };
    Ok((approval, hidden))
}

/// Agrees to a call that waits, unless its tool is another one now; it is due at `due_at` for those who find it
/// unfinished.
#[must_use]
pub fn approve(tenant: &Tenant, id: &ApprovalId, by: &str, now: f64, due_at: f64) -> Statement {
    sql("UPDATE approvals SET state = 'approved', decided_at = ?4, decided_by = ?3, due_at = ?5 \
         WHERE workspace_id = ?1 AND id = ?2 AND state = 'waiting' AND expires_at > ?4 \
         AND EXISTS (SELECT 1 FROM tools t WHERE t.workspace_id = ?1 AND t.id = approvals.tool_id AND t.edited_at = approvals.tool_edited_at)")
    .bind(tenant.key())
    .bind(id.as_str())
    .bind(by)
    .bind(now)
    .bind(due_at)
}

/// Declines a call that waits.
#[must_use]
pub fn decline(tenant: &Tenant, id: &ApprovalId, by: &str, reason: &str, now: f64, due_at: f64) -> Statement {
    sql(
        "UPDATE approvals SET state = 'declined', decided_at = ?4, decided_by = ?3, reason = ?6, due_at = ?5 \
         WHERE workspace_id = ?1 AND id = ?2 AND state = 'waiting' AND expires_at > ?4",
    )
    .bind(tenant.key())
    .bind(id.as_str())
    .bind(by)
    .bind(now)
    .bind(due_at)
    .bind(reason)
}

/// Nobody decided in time.
#[must_use]
pub fn expire(tenant: &Tenant, id: &ApprovalId, now: f64) -> Statement {
    sql("UPDATE approvals SET state = 'expired', decided_at = ?3 \
         WHERE workspace_id = ?1 AND id = ?2 AND state = 'waiting' AND expires_at <= ?3")
    .bind(tenant.key())
    .bind(id.as_str())
    .bind(now)
}

/// Notes what came of a call that was agreed to.
#[must_use]
pub fn finish(tenant: &Tenant, id: &ApprovalId, succeeded: bool, result: &str) -> Statement {
    sql("UPDATE approvals SET state = 'finished', succeeded = ?3, result = ?4 \
         WHERE workspace_id = ?1 AND id = ?2 AND state = 'approved'")
    .bind(tenant.key())
    .bind(id.as_str())
    .bind(u32::from(succeeded))
    .bind(result)
}

/// The visitor knows; nothing is left to do.
#[must_use]
pub fn told(tenant: &Tenant, id: &ApprovalId) -> Statement {
    sql("UPDATE approvals SET due_at = NULL WHERE workspace_id = ?1 AND id = ?2 AND state IN ('declined', 'expired', 'finished')")
        .bind(tenant.key())
        .bind(id.as_str())
}

/// Takes what is due, longest due first: until the lease ends nobody else does. See [`read_due`].
#[must_use]
pub fn take_due(now: f64, lease_until: f64, limit: u32) -> Statement {
    sql("UPDATE approvals SET due_at = ?2 WHERE id IN \
         (SELECT id FROM approvals WHERE due_at <= ?1 ORDER BY due_at, id LIMIT ?3) RETURNING id, workspace_id")
    .bind(now)
    .bind(lease_until)
    .bind(limit)
}

/// Decodes a row of [`take_due`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_due(row: &Row) -> Result<(ApprovalId, WorkspaceId), Error> {
    Ok((row.text(0)?.parse()?, row.text(1)?.parse()?))
}

/// Forgets what was asked for before a time, whoever's it is, once nothing is left to do.
#[must_use]
pub fn forget(before: f64) -> Statement {
    sql("DELETE FROM approvals WHERE asked_at < ?1 AND due_at IS NULL").bind(before)
}
