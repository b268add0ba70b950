//! Conversation headers and turns without words. The words are in the workspace's archive.

use protocol::api::{ConversationState, ConversationSummary, TurnState};
use protocol::handover::{Handover, Speaker, Standing};
use protocol::internal::{
    ConversationIdentity, FeedbackRecord, HandoverRecord, MessageRecord, TurnRecord, Waiter,
};
use protocol::{AgentId, ConversationId, WorkspaceId};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::{Tenant, name, named};

const QUESTION_CHARS: usize = 160;
const COLUMNS: &str = "c.id, c.agent_id, c.visitor_id, c.state, c.first_question, c.page_url, \
    (SELECT count(*) FROM turns t WHERE t.workspace_id = ?1 AND t.conversation_id = c.id), \
    (SELECT coalesce(sum(t.low_confidence), 0) FROM turns t WHERE t.workspace_id = ?1 AND t.conversation_id = c.id), \
    c.started_at, c.last_at, c.handover, \
    (SELECT coalesce(sum(t.good = 1), 0) FROM turns t WHERE t.workspace_id = ?1 AND t.conversation_id = c.id), \
    (SELECT coalesce(sum(t.good = 0), 0) FROM turns t WHERE t.workspace_id = ?1 AND t.conversation_id = c.id)";

/// Which conversations are listed; empty: all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    pub agent: Option<AgentId>,
    pub standing: Option<Standing>,
    /// Those with an answer that the visitor called good, or bad.
    pub good: Option<bool>,
    /// Something was said from this time on …
    pub from: Option<f64>,
    /// … and nothing at or after this one.
    pub to: Option<f64>,
}

/// Conversations of agents that are kept, newest first, from the place after `(last_at, id)`.
#[must_use]
pub fn list(
    tenant: &Tenant,
    filter: &Filter,
    after: Option<(f64, &ConversationId)>,
    limit: u32,
) -> Statement {
    let (at, id) = after.map_or((f64::MAX, ""), |(at, id)| (at, id.as_str()));
    // An agent is named in the statement only where there is one, so that its index serves.
    let of = if filter.agent.is_some() { "c.agent_id = ?6" } else { "?6 IS NULL" };
    sql(format!(
        "SELECT {COLUMNS} FROM conversations c JOIN agents a ON a.workspace_id = ?1 AND a.id = c.agent_id \
         WHERE c.workspace_id = ?1 AND a.deleted_at IS NULL AND {of} AND (?5 IS NULL OR c.standing = ?5) \
         AND (?9 IS NULL OR EXISTS (SELECT 1 FROM turns t WHERE t.workspace_id = ?1 AND t.conversation_id = c.id AND t.good = ?9)) \
         AND c.last_at >= ?7 AND c.last_at < ?8 AND (c.last_at < ?2 OR (c.last_at = ?2 AND c.id > ?3)) \
         ORDER BY c.last_at DESC, c.id LIMIT ?4"
    ))
    .bind(tenant.key())
    .bind(at)
    .bind(id)
    .bind(limit)
    .bind(filter.standing.map(|standing| name(&standing)))
    .bind(filter.agent.as_ref().map(AgentId::as_str))
    .bind(filter.from.unwrap_or(0.0))
    .bind(filter.to.unwrap_or(f64::MAX))
    .bind(filter.good)
}

/// Conversations that wait for a person, longest first.
#[must_use]
pub fn waiting(tenant: &Tenant, limit: u32) -> Statement {
    sql("SELECT c.id, c.agent_id, c.handover ->> '$.since' FROM conversations c \
         JOIN agents a ON a.workspace_id = ?1 AND a.id = c.agent_id \
         WHERE c.workspace_id = ?1 AND c.standing = 'waiting' AND a.deleted_at IS NULL ORDER BY 3, c.id LIMIT ?2")
    .bind(tenant.key())
    .bind(limit)
}

/// Decodes a row of [`waiting`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_waiter(row: &Row) -> Result<Waiter, Error> {
    Ok(Waiter {
        conversation_id: row.text(0)?.parse()?,
        agent_id: row.text(1)?.parse()?,
        since: row.real(2)?,
    })
}

/// One conversation.
#[must_use]
pub fn one(tenant: &Tenant, conversation: &ConversationId) -> Statement {
    sql(format!("SELECT {COLUMNS} FROM conversations c WHERE c.workspace_id = ?1 AND c.id = ?2"))
        .bind(tenant.key())
        .bind(conversation.as_str())
}

/// Those of some conversations whose agent is kept.
///
/// # Errors
/// When the ids cannot be written as JSON.
pub fn some(tenant: &Tenant, conversations: &[ConversationId]) -> Result<Statement, Error> {
    Ok(sql(format!(
        "SELECT {COLUMNS} FROM conversations c JOIN agents a ON a.workspace_id = ?1 AND a.id = c.agent_id \
         WHERE c.workspace_id = ?1 AND a.deleted_at IS NULL AND c.id IN (SELECT j.value FROM json_each(?2) j)"
    ))
    .bind(tenant.key())
    .bind(serde_json::to_string(conversations)?))
}

/// Decodes a row of [`list`], [`one`] or [`some`].
///
/// # Errors
/// When the row is not of those statements.
pub fn read(row: &Row) -> Result<ConversationSummary, Error> {
    Ok(ConversationSummary {
        id: row.text(0)?.parse()?,
        agent_id: row.text(1)?.parse()?,
        visitor_id: row.text(2)?.parse()?,
        state: named(row, 3)?,
        first_question: row.text(4)?.to_owned(),
        page_url: row.text_or_null(5)?.map(str::to_owned),
        turns: row.integer(6)?,
        low_confidence: row.integer(7)?,
        started_at: row.real(8)?,
        last_at: row.real(9)?,
        handover: row.json(10)?,
        good: row.integer(11)?,
        bad: row.integer(12)?,
    })
}

/// Those of some agents whose conversations are kept: neither they nor their workspace were deleted.
///
/// # Errors
/// When the ids cannot be written as JSON.
pub fn kept(tenant: &Tenant, agents: &[&AgentId]) -> Result<Statement, Error> {
    Ok(sql("SELECT a.id FROM agents a JOIN workspaces w ON w.id = ?1 WHERE a.workspace_id = ?1 \
            AND a.id IN (SELECT j.value FROM json_each(?2) j) AND a.deleted_at IS NULL AND w.deleted_at IS NULL")
    .bind(tenant.key())
    .bind(serde_json::to_string(agents)?))
}

/// The header of a conversation, spanning what is stored of it. Storing it again, or out of order, changes nothing
/// for the worse.
fn header(
    tenant: &Tenant,
    identity: &ConversationIdentity,
    question: &str,
    page_url: Option<&str>,
    (from, to): (f64, f64),
) -> Statement {
    let question: String = question.chars().take(QUESTION_CHARS).collect();
    sql("INSERT INTO conversations (id, workspace_id, agent_id, visitor_id, state, first_question, page_url, started_at, last_at) \
         SELECT ?2, ?1, a.id, ?4, 'active', ?5, ?6, ?7, ?8 FROM agents a WHERE a.workspace_id = ?1 AND a.id = ?3 \
         ON CONFLICT (id) DO UPDATE SET \
         first_question = CASE WHEN excluded.first_question <> '' AND (conversations.first_question = '' \
         OR excluded.started_at < conversations.started_at) THEN excluded.first_question ELSE conversations.first_question END, \
         page_url = coalesce(conversations.page_url, excluded.page_url), \
         started_at = min(conversations.started_at, excluded.started_at), \
         last_at = max(conversations.last_at, excluded.last_at), words_removed_at = NULL WHERE conversations.workspace_id = ?1")
        .bind(tenant.key())
        .bind(identity.conversation_id.as_str())
        .bind(identity.agent_id.as_str())
        .bind(identity.visitor_id.as_str())
        .bind(question)
        .bind(page_url)
        .bind(from)
        .bind(to)
}

/// The header of a conversation in which nothing has to be said: its visitor filled in a form.
#[must_use]
pub fn open(tenant: &Tenant, identity: &ConversationIdentity, page_url: Option<&str>, now: f64) -> Statement {
    header(tenant, identity, "", page_url, (now, now))
}

/// Spans the header over something said outside of turns; its words are in the archive.
#[must_use]
pub fn store_message(tenant: &Tenant, record: &MessageRecord) -> Statement {
    let message = &record.message;
    let question = if message.from == Speaker::Visitor { message.text.as_str() } else { "" };
    header(tenant, &record.identity, question, None, (message.at, message.at))
}

/// Stores who a conversation is with; an older record than the newest changes nothing.
#[must_use]
pub fn store_handover(tenant: &Tenant, record: &HandoverRecord) -> Vec<Statement> {
    let header = header(tenant, &record.identity, "", None, (record.at, record.at));
    let noted = note_handover(tenant, &record.identity.conversation_id, &record.handover, record.at);
    [header].into_iter().chain(noted).collect()
}

/// The same for a conversation whose header is known.
#[must_use]
pub fn note_handover(
    tenant: &Tenant,
    conversation: &ConversationId,
    handover: &Handover,
    at: f64,
) -> Vec<Statement> {
    let state = match handover.standing {
        Standing::Bot => ConversationState::Active,
        Standing::Waiting | Standing::Human => ConversationState::Escalated,
        Standing::Resolved => ConversationState::Resolved,
        Standing::Abandoned => ConversationState::Abandoned,
    };
    let Ok(json) = serde_json::to_string(handover) else { return Vec::new() };
    vec![
        sql("UPDATE conversations SET state = ?3, standing = ?4, handover = ?5, handover_at = ?6 \
             WHERE workspace_id = ?1 AND id = ?2 AND handover_at < ?6")
        .bind(tenant.key())
        .bind(conversation.as_str())
        .bind(name(&state))
        .bind(name(&handover.standing))
        .bind(json)
        .bind(at),
    ]
}

/// Stores a turn and its conversation's header. Storing it again, or out of order, changes nothing for the
/// worse: the turn is there once, and the header spans its turns.
#[must_use]
pub fn store_turn(tenant: &Tenant, record: &TurnRecord) -> [Statement; 2] {
    let (identity, turn) = (&record.identity, &record.turn);
    [
        header(tenant, identity, &turn.question, turn.page_url.as_deref(), (turn.asked_at, turn.finished_at)),
        sql("INSERT INTO turns (id, workspace_id, agent_id, conversation_id, state, low_confidence, confidence, provider, \
             first_token_ms, total_ms, tokens_in, tokens_out, asked_at, cost_micros, model) \
             SELECT ?2, ?1, c.agent_id, c.id, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14 FROM conversations c \
             WHERE c.workspace_id = ?1 AND c.id = ?3 ON CONFLICT DO NOTHING")
            .bind(tenant.key())
            .bind(turn.id.as_str())
            .bind(identity.conversation_id.as_str())
            .bind(name(&turn.state))
            .bind(turn.low_confidence && turn.state != TurnState::Failed)
            .bind(turn.confidence)
            .bind(name(&turn.provider))
            .bind(turn.stages.first_token)
            .bind(turn.stages.total)
            .bind(turn.tokens.input)
            .bind(turn.tokens.output)
            .bind(turn.asked_at)
            .bind(turn.cost_micros)
            .bind(turn.model.as_deref()),
    ]
}

/// Notes what the visitor of a conversation thinks of one of its turns; an older word changes nothing.
#[must_use]
pub fn note_feedback(tenant: &Tenant, conversation: &ConversationId, record: &FeedbackRecord) -> Statement {
    sql("UPDATE turns SET good = ?4, feedback_at = ?5 WHERE workspace_id = ?1 AND conversation_id = ?2 AND id = ?3 \
         AND coalesce(feedback_at, 0) < ?5")
    .bind(tenant.key())
    .bind(conversation.as_str())
    .bind(record.turn_id.as_str())
    .bind(record.feedback.good)
    .bind(record.feedback.at)
}

/// Conversations that wait for a person or are with one, and in which nothing was said since before a moment, whoever's
/// they are: see [`read_silent`].
#[must_use]
pub fn silent(before: f64, limit: u32) -> Statement {
    sql("SELECT c.workspace_id, c.agent_id, c.id, c.handover FROM conversations c \
         WHERE c.standing IN ('waiting', 'human') AND c.last_at < ?1 ORDER BY c.last_at LIMIT ?2")
    .bind(before)
    .bind(limit)
}

/// A conversation that nobody ended.
pub struct Silent {
    pub workspace_id: WorkspaceId,
    pub agent_id: AgentId,
    pub conversation_id: ConversationId,
    pub handover: Handover,
}

/// Decodes a row of [`silent`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_silent(row: &Row) -> Result<Silent, Error> {
    Ok(Silent {
        workspace_id: row.text(0)?.parse()?,
        agent_id: row.text(1)?.parse()?,
        conversation_id: row.text(2)?.parse()?,
        handover: row.json(3)?,
    })
}

/// A conversation in which nothing was said since before a moment was left; nothing happens where somebody came back.
///
/// # Errors
/// When the handover cannot be written as JSON.
pub fn leave(
    tenant: &Tenant,
    conversation: &ConversationId,
    left: &Handover,
    before: f64,
) -> Result<Statement, Error> {
    Ok(sql("UPDATE conversations SET state = 'abandoned', standing = 'abandoned', handover = ?3, handover_at = handover_at + 1 \
         WHERE workspace_id = ?1 AND id = ?2 AND standing IN ('waiting', 'human') AND last_at < ?4")
        .bind(tenant.key())
        .bind(conversation.as_str())
        .bind(serde_json::to_string(left)?)
        .bind(before))
}
