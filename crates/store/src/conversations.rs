//! Conversation headers and turns without words. The words are in the workspace's archive.

use protocol::api::{ConversationSummary, TurnState};
use protocol::internal::TurnRecord;
use protocol::{AgentId, ConversationId};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::{Tenant, name, named};

const QUESTION_CHARS: usize = 160;
const COLUMNS: &str = "c.id, c.agent_id, c.visitor_id, c.state, c.first_question, c.page_url, \
    (SELECT count(*) FROM turns t WHERE t.workspace_id = ?1 AND t.conversation_id = c.id), \
    (SELECT coalesce(sum(t.low_confidence), 0) FROM turns t WHERE t.workspace_id = ?1 AND t.conversation_id = c.id), \
    c.started_at, c.last_at";

/// Conversations of an agent, newest first, from the place after `(last_at, id)`.
#[must_use]
pub fn list(
    tenant: &Tenant,
    agent: &AgentId,
    after: Option<(f64, &ConversationId)>,
    limit: u32,
) -> Statement {
    let (at, id) = after.map_or((f64::MAX, ""), |(at, id)| (at, id.as_str()));
    sql(format!(
        "SELECT {COLUMNS} FROM conversations c WHERE c.workspace_id = ?1 AND c.agent_id = ?2 \
         AND (c.last_at < ?3 OR (c.last_at = ?3 AND c.id > ?4)) ORDER BY c.last_at DESC, c.id LIMIT ?5"
    ))
    .bind(tenant.key())
    .bind(agent.as_str())
    .bind(at)
    .bind(id)
    .bind(limit)
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
    })
}

/// One row while an agent's conversations are kept: neither it nor its workspace was deleted.
#[must_use]
pub fn kept(tenant: &Tenant, agent: &AgentId) -> Statement {
    sql("SELECT a.id FROM agents a JOIN workspaces w ON w.id = ?1 \
         WHERE a.workspace_id = ?1 AND a.id = ?2 AND a.deleted_at IS NULL AND w.deleted_at IS NULL")
    .bind(tenant.key())
    .bind(agent.as_str())
}

/// Stores a turn and its conversation's header. Storing it again, or out of order, changes nothing for the
/// worse: the turn is there once, and the header spans its turns.
#[must_use]
pub fn store_turn(tenant: &Tenant, record: &TurnRecord) -> [Statement; 2] {
    let (identity, turn) = (&record.identity, &record.turn);
    let question: String = turn.question.chars().take(QUESTION_CHARS).collect();
    [
        sql("INSERT INTO conversations (id, workspace_id, agent_id, visitor_id, state, first_question, page_url, started_at, last_at) \
             SELECT ?2, ?1, a.id, ?4, 'active', ?5, ?6, ?7, ?8 FROM agents a WHERE a.workspace_id = ?1 AND a.id = ?3 \
             ON CONFLICT (id) DO UPDATE SET \
             first_question = CASE WHEN excluded.started_at < conversations.started_at OR conversations.first_question = '' THEN excluded.first_question ELSE conversations.first_question END, \
             started_at = min(conversations.started_at, excluded.started_at), \
             last_at = max(conversations.last_at, excluded.last_at), words_removed_at = NULL WHERE conversations.workspace_id = ?1")
            .bind(tenant.key())
            .bind(identity.conversation_id.as_str())
            .bind(identity.agent_id.as_str())
            .bind(identity.visitor_id.as_str())
            .bind(question)
            .bind(turn.page_url.as_deref())
            .bind(turn.asked_at)
            .bind(turn.finished_at),
        sql("INSERT INTO turns (id, workspace_id, agent_id, conversation_id, state, low_confidence, confidence, provider, \
             first_token_ms, total_ms, tokens_in, tokens_out, asked_at) \
             SELECT ?2, ?1, c.agent_id, c.id, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12 FROM conversations c \
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
            .bind(turn.asked_at),
    ]
}
