//! Gaps: what could not be answered well, gathered by what it asks for. Which gap a question belongs to is decided from
//! what was read ([`known`]); a new one is made only while nothing else became known meanwhile ([`NewGap::seen`]), so that
//! jobs side by side make one gap of one question.

use protocol::api::{Gap, GapCounts, GapStatus};
use protocol::{AgentId, ConversationId, CuratedId, GapId, TurnId};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::{Tenant, name, named};

/// Gaps that a question is compared with: those asked last.
pub const COMPARED: u32 = 1_000;
/// Ways a gap was asked for that are kept word for word.
const EXAMPLES: u32 = 5;
const COLUMNS: &str = "g.id, g.agent_id, g.question, g.status, g.occurrences, g.first_at, g.last_at, g.curated_id, \
    (SELECT json_group_array(json_object('question', e.question, 'conversation_id', e.conversation_id, 'turn_id', e.turn_id, 'at', e.at)) \
     FROM gap_turns e WHERE e.workspace_id = ?1 AND e.gap_id = g.id AND e.question <> '')";

/// Gaps of an agent, most asked first, from the place after `(occurrences, id)`; of one status where asked.
#[must_use]
pub fn list(
    tenant: &Tenant,
    agent: &AgentId,
    status: Option<GapStatus>,
    after: Option<(u64, &GapId)>,
    limit: u32,
) -> Statement {
    let (times, id) = after.map_or((u64::from(u32::MAX), ""), |(times, id)| (times, id.as_str()));
    sql(format!(
        "SELECT {COLUMNS} FROM gaps g WHERE g.workspace_id = ?1 AND g.agent_id = ?2 AND (?3 IS NULL OR g.status = ?3) \
         AND (g.occurrences < ?4 OR (g.occurrences = ?4 AND g.id > ?5)) ORDER BY g.occurrences DESC, g.id LIMIT ?6"
    ))
    .bind(tenant.key())
    .bind(agent.as_str())
    .bind(status.map(|status| name(&status)))
    .bind(times)
    .bind(id)
    .bind(limit)
}

/// One gap.
#[must_use]
pub fn one(tenant: &Tenant, gap: &GapId) -> Statement {
    sql(format!("SELECT {COLUMNS} FROM gaps g WHERE g.workspace_id = ?1 AND g.id = ?2"))
        .bind(tenant.key())
        .bind(gap.as_str())
}

/// Decodes a row of [`list`] or [`one`].
///
/// # Errors
/// When the row is not of those statements.
pub fn read(row: &Row) -> Result<Gap, Error> {
    let mut examples: Vec<protocol::api::GapExample> = row.json(8)?;
    examples.sort_by(|one, other| other.at.total_cmp(&one.at));
    Ok(Gap {
        id: row.text(0)?.parse()?,
        agent_id: row.text(1)?.parse()?,
        question: row.text(2)?.to_owned(),
        status: named(row, 3)?,
        occurrences: row.integer(4)?,
        first_at: row.real(5)?,
        last_at: row.real(6)?,
        curated_id: row.text_or_null(7)?.map(str::parse).transpose()?,
        examples,
    })
}

/// How many gaps an agent has of each status.
#[must_use]
pub fn counts(tenant: &Tenant, agent: &AgentId) -> Statement {
    sql("SELECT coalesce(sum(g.status = 'open'), 0), coalesce(sum(g.status = 'answered'), 0), coalesce(sum(g.status = 'ignored'), 0) \
         FROM gaps g WHERE g.workspace_id = ?1 AND g.agent_id = ?2")
    .bind(tenant.key())
    .bind(agent.as_str())
}

/// Decodes the row of [`counts`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_counts(row: &Row) -> Result<GapCounts, Error> {
    Ok(GapCounts { open: row.integer(0)?, answered: row.integer(1)?, ignored: row.integer(2)? })
}

/// A gap as questions are compared with it.
#[derive(Clone, Debug)]
pub struct Known {
    pub id: GapId,
    pub terms: Vec<String>,
}

/// The gaps of an agent that were asked last: see [`read_known`].
#[must_use]
pub fn known(tenant: &Tenant, agent: &AgentId) -> Statement {
    sql("SELECT g.id, g.terms FROM gaps g WHERE g.workspace_id = ?1 AND g.agent_id = ?2 ORDER BY g.last_at DESC, g.id LIMIT ?3")
        .bind(tenant.key())
        .bind(agent.as_str())
        .bind(COMPARED)
}

/// Decodes a row of [`known`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_known(row: &Row) -> Result<Known, Error> {
    Ok(Known {
        id: row.text(0)?.parse()?,
        terms: row.text(1)?.split_whitespace().map(str::to_owned).collect(),
    })
}

/// The vectors of an agent's gaps by one model: see [`read_vector`].
#[must_use]
pub fn vectors(tenant: &Tenant, agent: &AgentId, model: &str) -> Statement {
    sql("SELECT g.id, g.vector FROM gaps g WHERE g.workspace_id = ?1 AND g.agent_id = ?2 AND g.model = ?3 \
         ORDER BY g.last_at DESC, g.id LIMIT ?4")
    .bind(tenant.key())
    .bind(agent.as_str())
    .bind(model)
    .bind(COMPARED)
}

/// Decodes a row of [`vectors`]: base64 of a quantised vector.
///
/// # Errors
/// When the row is not of that statement.
pub fn read_vector(row: &Row) -> Result<(GapId, String), Error> {
    Ok((row.text(0)?.parse()?, row.text(1)?.to_owned()))
}

/// How many gaps an agent has, and which of these turns are among those that asked for one: see [`read_seen`].
///
/// # Errors
/// When the turns cannot be written as JSON.
pub fn seen(tenant: &Tenant, agent: &AgentId, turns: &[&TurnId]) -> Result<Statement, Error> {
    Ok(sql("SELECT (SELECT count(*) FROM gaps g WHERE g.workspace_id = ?1 AND g.agent_id = ?2), \
            (SELECT json_group_array(t.turn_id) FROM gap_turns t WHERE t.workspace_id = ?1 \
            AND t.turn_id IN (SELECT j.value FROM json_each(?3) j))")
    .bind(tenant.key())
    .bind(agent.as_str())
    .bind(serde_json::to_string(turns)?))
}

/// Decodes the row of [`seen`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_seen(row: &Row) -> Result<(u64, Vec<TurnId>), Error> {
    Ok((row.integer(0)?, row.json(1)?))
}

/// A question that no gap asks for yet.
pub struct NewGap<'a> {
    pub id: &'a GapId,
    pub agent: &'a AgentId,
    pub question: &'a str,
    pub terms: &'a [String],
    /// The model of the vector, and the vector as base64.
    pub vector: Option<(&'a str, &'a str)>,
    /// How many gaps the agent had when it was compared with them.
    pub seen: u64,
    pub at: f64,
}

/// A new gap, unless others became known since it was compared.
#[must_use]
pub fn create(tenant: &Tenant, gap: &NewGap<'_>) -> Statement {
    let (model, vector) = gap.vector.unzip();
    sql("INSERT INTO gaps (id, workspace_id, agent_id, question, terms, model, vector, status_at, first_at, last_at) \
         SELECT ?2, ?1, a.id, ?4, ?5, ?6, ?7, ?8, ?8, ?8 FROM agents a WHERE a.workspace_id = ?1 AND a.id = ?3 AND a.deleted_at IS NULL \
         AND ?9 = (SELECT count(*) FROM gaps g WHERE g.workspace_id = ?1 AND g.agent_id = ?3) ON CONFLICT DO NOTHING")
    .bind(tenant.key())
    .bind(gap.id.as_str())
    .bind(gap.agent.as_str())
    .bind(gap.question)
    .bind(gap.terms.join(" "))
    .bind(model)
    .bind(vector)
    .bind(gap.at)
    .bind(gap.seen)
}

/// A turn that asked for a gap.
pub struct Occurrence<'a> {
    pub gap: &'a GapId,
    pub turn: &'a TurnId,
    pub conversation: &'a ConversationId,
    pub question: &'a str,
    pub at: f64,
}

/// Counts a turn for a gap, once. What was asked after it was answered opens it again: the answer does not reach it.
/// Of what was asked the newest stays as it was asked.
#[must_use]
pub fn occur(tenant: &Tenant, asked: &Occurrence<'_>) -> [Statement; 3] {
    [
        sql("INSERT INTO gap_turns (turn_id, workspace_id, agent_id, gap_id, conversation_id, question, at) \
             SELECT ?3, ?1, g.agent_id, g.id, ?4, ?5, ?6 FROM gaps g WHERE g.workspace_id = ?1 AND g.id = ?2 ON CONFLICT DO NOTHING")
        .bind(tenant.key())
        .bind(asked.gap.as_str())
        .bind(asked.turn.as_str())
        .bind(asked.conversation.as_str())
        .bind(asked.question)
        .bind(asked.at),
        sql("UPDATE gaps SET occurrences = occurrences + 1, first_at = min(first_at, ?3), last_at = max(last_at, ?3), \
             status = CASE WHEN status = 'answered' AND status_at < ?3 THEN 'open' ELSE status END, \
             status_at = CASE WHEN status = 'answered' AND status_at < ?3 THEN ?3 ELSE status_at END \
             WHERE workspace_id = ?1 AND id = ?2 AND changes() > 0")
        .bind(tenant.key())
        .bind(asked.gap.as_str())
        .bind(asked.at),
        sql("UPDATE gap_turns SET question = '' WHERE workspace_id = ?1 AND gap_id = ?2 AND question <> '' AND (turn_id NOT IN \
             (SELECT n.turn_id FROM gap_turns n WHERE n.workspace_id = ?1 AND n.gap_id = ?2 AND n.question <> '' \
             ORDER BY n.at DESC, n.turn_id LIMIT ?3))")
        .bind(tenant.key())
        .bind(asked.gap.as_str())
        .bind(EXAMPLES),
    ]
}

/// Ignores a gap or opens it.
#[must_use]
pub fn settle(tenant: &Tenant, gap: &GapId, status: GapStatus, now: f64) -> Statement {
    sql("UPDATE gaps SET status = ?3, curated_id = NULL, status_at = ?4 WHERE workspace_id = ?1 AND id = ?2")
        .bind(tenant.key())
        .bind(gap.as_str())
        .bind(name(&status))
        .bind(now)
}

/// Closes a gap with a curated answer, if there is that answer.
#[must_use]
pub fn answer(tenant: &Tenant, gap: &GapId, curated: &CuratedId, now: f64) -> Statement {
    sql("UPDATE gaps SET status = 'answered', curated_id = ?3, status_at = ?4 WHERE workspace_id = ?1 AND id = ?2 \
         AND EXISTS (SELECT 1 FROM curated_answers c WHERE c.workspace_id = ?1 AND c.id = ?3)")
    .bind(tenant.key())
    .bind(gap.as_str())
    .bind(curated.as_str())
    .bind(now)
}
