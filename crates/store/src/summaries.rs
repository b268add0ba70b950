//! Which conversations have older turns to be summed up. No words are here: they are in the archive, and what they came to
//! in the conversation's object.

use domain::calendar;
use domain::prompt::{MAX_HISTORY_TOKENS, MAX_TURNS};
use protocol::objects::Jurisdiction;
use protocol::{AgentId, ConversationId, TurnId, WorkspaceId};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::{Tenant, named};

/// A conversation that was taken is not taken again for this long; for twice as long after every try.
const PAUSE_MS: f64 = 120_000.0;
/// A summary is tried this often; then it waits for the next turn.
pub const MAX_TRIES: u32 = 5;

/// Turns were stored: a summary may be due where they are more, or longer, than prompts carry. Whether it is, their words
/// say. What is being tried already goes on at its pace.
#[must_use]
pub fn grown(tenant: &Tenant, conversation: &ConversationId, now: f64) -> Statement {
    sql("UPDATE conversations SET summary_tries = CASE WHEN summary_due_at IS NULL THEN 0 ELSE summary_tries END, \
         summary_due_at = coalesce(summary_due_at, ?3) WHERE workspace_id = ?1 AND id = ?2 \
         AND (SELECT count(*) > ?4 OR sum(t.tokens_out) > ?5 FROM turns t WHERE t.workspace_id = ?1 \
         AND t.conversation_id = ?2 AND t.state IN ('finished', 'stopped') AND t.id > conversations.summarised_until)")
    .bind(tenant.key())
    .bind(conversation.as_str())
    .bind(now)
    .bind(u32::try_from(MAX_TURNS).unwrap_or(u32::MAX))
    // The questions, and what people said, take the other half.
    .bind(u32::try_from(MAX_HISTORY_TOKENS / 2).unwrap_or(u32::MAX))
}

/// Whether something is due, whoever's it is: a row if so.
#[must_use]
pub fn any(now: f64) -> Statement {
    sql("SELECT 1 FROM conversations WHERE summary_due_at <= ?1 LIMIT 1").bind(now)
}

/// Takes what is due, whoever's it is. Until it is due again nobody else does: see [`read_due`].
#[must_use]
pub fn take(now: f64, limit: u32) -> Statement {
    sql("UPDATE conversations SET summary_due_at = ?1 + ?2 * (1 << min(summary_tries, 6)), summary_tries = summary_tries + 1 \
         WHERE id IN (SELECT id FROM conversations WHERE summary_due_at <= ?1 ORDER BY summary_due_at, id LIMIT ?3) \
         RETURNING id, workspace_id, agent_id, summarised_until, summary_tries, summary_due_at, \
         (SELECT w.jurisdiction FROM workspaces w WHERE w.id = conversations.workspace_id)")
    .bind(now)
    .bind(PAUSE_MS)
    .bind(limit)
}

/// A conversation that was taken.
pub struct Due {
    pub conversation_id: ConversationId,
    pub workspace_id: WorkspaceId,
    pub agent_id: AgentId,
    /// The last turn that is summed up; empty where none is.
    pub until: String,
    pub tries: u32,
    /// When somebody else may take it.
    pub due_at: f64,
    pub jurisdiction: Jurisdiction,
}

/// Decodes a row of [`take`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_due(row: &Row) -> Result<Due, Error> {
    Ok(Due {
        conversation_id: row.text(0)?.parse()?,
        workspace_id: row.text(1)?.parse()?,
        agent_id: row.text(2)?.parse()?,
        until: row.text(3)?.to_owned(),
        tries: row.integer(4)?,
        due_at: row.real(5)?,
        jurisdiction: named(row, 6)?,
    })
}

/// Nothing is due any more of what was taken.
#[must_use]
pub fn settle(tenant: &Tenant, due: &Due) -> Statement {
    sql("UPDATE conversations SET summary_due_at = NULL WHERE workspace_id = ?1 AND id = ?2 AND summary_due_at = ?3")
        .bind(tenant.key())
        .bind(due.conversation_id.as_str())
        .bind(due.due_at)
}

/// The turns up to one are summed up: nothing is due any more.
#[must_use]
pub fn made(tenant: &Tenant, due: &Due, until: &TurnId) -> Statement {
    sql("UPDATE conversations SET summary_due_at = NULL, summarised_until = ?4 \
         WHERE workspace_id = ?1 AND id = ?2 AND summary_due_at = ?3")
    .bind(tenant.key())
    .bind(due.conversation_id.as_str())
    .bind(due.due_at)
    .bind(until.as_str())
}

/// What models took that were asked for a summary.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spent {
    pub tokens_in: u64,
    pub tokens_out: u64,
    /// In millionths of a US dollar; nothing where the price is not known.
    pub cost_micros: u64,
}

/// Counts among the day's what a try took, whatever came of it, as long as the try is the newest: before it is [`made`]
/// or settled.
#[must_use]
pub fn count(tenant: &Tenant, due: &Due, spent: Spent, now: f64) -> Statement {
    sql("INSERT INTO usage_days (workspace_id, day, agent_id, conversation_count, message_count, tokens_in, tokens_out, cost_micros) \
         SELECT ?1, ?4, c.agent_id, 0, 0, ?5, ?6, ?7 FROM conversations c \
         WHERE c.workspace_id = ?1 AND c.id = ?2 AND c.summary_due_at = ?3 \
         ON CONFLICT (workspace_id, day, agent_id) DO UPDATE SET \
         tokens_in = tokens_in + excluded.tokens_in, tokens_out = tokens_out + excluded.tokens_out, \
         cost_micros = cost_micros + excluded.cost_micros \
         WHERE usage_days.workspace_id = ?1")
    .bind(tenant.key())
    .bind(due.conversation_id.as_str())
    .bind(due.due_at)
    .bind(calendar::day(now))
    .bind(spent.tokens_in)
    .bind(spent.tokens_out)
    .bind(spent.cost_micros)
}
