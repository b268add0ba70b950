//! What a workspace uses: the journal of turns that count, its sums, refusals, the plan's limits and warnings.

use domain::calendar;
use protocol::api::{AgentUse, Limit, Meter, RefusedOnDay, Turn, TurnState, UsageLimits};
use protocol::internal::{Limits, Refusals, SetLive, Settled, TurnRecord};
use protocol::objects::Jurisdiction;
use protocol::{AgentId, ConversationId, TurnId, WorkspaceId};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::{Tenant, name, named};

const HOUR_MS: f64 = 3_600_000.0;
/// Turns among which an hour's visitors are counted.
const NEWEST_PLACES: u32 = 5_000;
/// Of whom a ledger is told.
const BUSIEST_VISITORS: u32 = 500;

/// Whether a turn counts: the visitor was answered, or stopped a model that had been asked. Nobody pays for an answer that
/// failed.
#[must_use]
pub fn counts(turn: &Turn) -> bool {
    turn.state != TurnState::Failed && !(turn.answer.is_empty() && turn.model.is_none())
}

/// What a turn that does not count cost all the same, right after the statement that stores it: a turn that was there
/// already costs nothing more.
#[must_use]
pub fn spent(tenant: &Tenant, record: &TurnRecord) -> Statement {
    let turn = &record.turn;
    sql("INSERT INTO usage_days (workspace_id, day, agent_id, conversation_count, message_count, tokens_in, tokens_out, cost_micros) \
         SELECT ?1, ?3, t.agent_id, 0, 0, t.tokens_in, t.tokens_out, coalesce(t.cost_micros, 0) FROM turns t \
         WHERE t.workspace_id = ?1 AND t.id = ?2 AND changes() > 0 \
         ON CONFLICT (workspace_id, day, agent_id) DO UPDATE SET tokens_in = tokens_in + excluded.tokens_in, \
         tokens_out = tokens_out + excluded.tokens_out, cost_micros = cost_micros + excluded.cost_micros \
         WHERE usage_days.workspace_id = ?1")
    .bind(tenant.key())
    .bind(turn.id.as_str())
    .bind(calendar::day(turn.asked_at))
}

/// Writes a turn that counts into the journal, and into the sums where it was not there yet. The first of a
/// conversation opens it.
#[must_use]
pub fn journal(tenant: &Tenant, record: &TurnRecord) -> [Statement; 2] {
    let (identity, turn) = (&record.identity, &record.turn);
    [
        sql("INSERT INTO usage_turns (turn_id, workspace_id, agent_id, conversation_id, opens, asked_at) \
             SELECT ?2, ?1, ?3, ?4, NOT EXISTS (SELECT 1 FROM usage_turns e WHERE e.workspace_id = ?1 AND e.conversation_id = ?4), ?5 \
             FROM workspaces w WHERE w.id = ?1 ON CONFLICT DO NOTHING")
            .bind(tenant.key())
            .bind(turn.id.as_str())
            .bind(identity.agent_id.as_str())
            .bind(identity.conversation_id.as_str())
            .bind(turn.asked_at),
        sql("INSERT INTO usage_days (workspace_id, day, agent_id, conversation_count, message_count, tokens_in, tokens_out, cost_micros) \
             SELECT ?1, ?3, u.agent_id, u.opens, 1, ?4, ?5, ?6 FROM usage_turns u \
             WHERE u.workspace_id = ?1 AND u.turn_id = ?2 AND changes() > 0 \
             ON CONFLICT (workspace_id, day, agent_id) DO UPDATE SET \
             conversation_count = conversation_count + excluded.conversation_count, message_count = message_count + 1, \
             tokens_in = tokens_in + excluded.tokens_in, tokens_out = tokens_out + excluded.tokens_out, \
             cost_micros = cost_micros + excluded.cost_micros \
             WHERE usage_days.workspace_id = ?1")
            .bind(tenant.key())
            .bind(turn.id.as_str())
            .bind(calendar::day(turn.asked_at))
            .bind(turn.tokens.input)
            .bind(turn.tokens.output)
            .bind(turn.cost_micros.unwrap_or_default()),
    ]
}

/// The places of turns in the journal: see [`read_settled`].
///
/// # Errors
/// When the ids cannot be written.
pub fn journaled(tenant: &Tenant, turns: &[TurnId]) -> Result<Statement, Error> {
    Ok(sql("SELECT u.turn_id, u.asked_at, u.place, u.opens FROM usage_turns u \
            WHERE u.workspace_id = ?1 AND u.turn_id IN (SELECT j.value FROM json_each(?2) j)")
    .bind(tenant.key())
    .bind(serde_json::to_string(turns)?))
}

/// Decodes a row of [`journaled`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_settled(row: &Row) -> Result<Settled, Error> {
    Ok(Settled {
        turn_id: row.text(0)?.parse()?,
        asked_at: row.real(1)?,
        place: row.integer(2)?,
        conversations: row.integer(3)?,
        messages: 1,
    })
}

/// Stores how often a conversation's questions were refused; the number only grows.
#[must_use]
pub fn refused(
    tenant: &Tenant,
    agent: &AgentId,
    conversation: &ConversationId,
    refusals: &Refusals,
) -> Statement {
    sql("INSERT INTO usage_refusals (workspace_id, day, agent_id, reason, conversation_id, times) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT (workspace_id, day, agent_id, reason, conversation_id) DO UPDATE SET times = max(times, excluded.times) \
         WHERE usage_refusals.workspace_id = ?1")
        .bind(tenant.key())
        .bind(refusals.day.as_str())
        .bind(agent.as_str())
        .bind(name(&refusals.limit))
        .bind(conversation.as_str())
        .bind(refusals.times)
}

/// Counts what was refused to somebody who has no conversation yet; whose it is, the agent says.
#[must_use]
pub fn refused_at_door(agent: &AgentId, limit: Limit, now: f64) -> Statement {
    sql("INSERT INTO usage_refusals (workspace_id, day, agent_id, reason, conversation_id, times) \
         SELECT a.workspace_id, ?2, a.id, ?3, '', 1 FROM agents a WHERE a.id = ?1 AND a.deleted_at IS NULL \
         ON CONFLICT (workspace_id, day, agent_id, reason, conversation_id) DO UPDATE SET times = times + 1")
    .bind(agent.as_str())
    .bind(calendar::day(now))
    .bind(name(&limit))
}

/// A workspace's plan and own limits, what it used in a month, and the journal's last place: one statement, so that
/// the sums and the place belong together. See [`read_state`].
#[must_use]
pub fn state(tenant: &Tenant, month: &str) -> Statement {
    sql("SELECT p.name, p.limits, w.limits, w.jurisdiction, w.ledger_due_at, w.name, \
         (SELECT coalesce(sum(d.conversation_count), 0) FROM usage_days d WHERE d.workspace_id = ?1 AND d.day >= ?2 AND d.day < ?3), \
         (SELECT coalesce(sum(d.message_count), 0) FROM usage_days d WHERE d.workspace_id = ?1 AND d.day >= ?2 AND d.day < ?3), \
         (SELECT coalesce(max(u.place), 0) FROM usage_turns u WHERE u.workspace_id = ?1), w.spent_month \
         FROM workspaces w JOIN plans p ON p.id = coalesce((SELECT q.id FROM plans q WHERE q.id = w.plan), 'free') WHERE w.id = ?1")
    .bind(tenant.key())
    .bind(format!("{month}-"))
    .bind(format!("{month}-~"))
}

/// What [`state`] finds.
pub struct State {
    pub plan: String,
    pub plan_limits: Limits,
    pub own: UsageLimits,
    pub jurisdiction: Jurisdiction,
    pub due_at: Option<f64>,
    pub workspace: String,
    pub conversations: u64,
    pub messages: u64,
    pub place: u64,
    /// See [`spend`].
    pub spent_month: String,
}

/// Decodes the row of [`state`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_state(row: &Row) -> Result<State, Error> {
    Ok(State {
        plan: row.text(0)?.to_owned(),
        plan_limits: row.json(1)?,
        own: row.json(2)?,
        jurisdiction: named(row, 3)?,
        due_at: row.real_or_null(4)?,
        workspace: row.text(5)?.to_owned(),
        conversations: row.integer(6)?,
        messages: row.integer(7)?,
        place: row.integer(8)?,
        spent_month: row.text(9)?.to_owned(),
    })
}

impl State {
    /// The month's allowance is used up: nobody new is answered.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        let limits = self.limits();
        let reached = |used: u64, limit: Option<u64>| limit.is_some_and(|limit| used >= limit);
        reached(self.conversations, limits.conversations) || reached(self.messages, limits.messages)
    }

    /// What holds: the lower of the plan's limit and one's own.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let lower = |plan: Option<u64>, own: Option<u64>| match (plan, own) {
            (Some(plan), Some(own)) => Some(plan.min(own)),
            (plan, own) => plan.or(own),
        };
        let (plan, own) = (self.plan_limits, self.own);
        Limits {
            conversations: lower(plan.conversations, own.conversations),
            messages: lower(plan.messages, own.messages),
            workspace_minute: lower(plan.workspace_minute, own.workspace_minute),
            agent_minute: lower(plan.agent_minute, own.agent_minute),
            address_minute: plan.address_minute,
        }
    }
}

/// Notes for which month the edges are to know that its allowance is used up, none where it is empty; they are told
/// where that is news.
#[must_use]
pub fn spend(tenant: &Tenant, month: &str, now: f64) -> [Statement; 2] {
    [
        sql("UPDATE workspaces SET spent_month = ?2 WHERE id = ?1 AND spent_month <> ?2")
            .bind(tenant.key())
            .bind(month),
        sql("UPDATE agents SET edge_due_at = ?2, edge_change = edge_change + 1 \
             WHERE workspace_id = ?1 AND (published_version IS NOT NULL) AND changes() > 0")
        .bind(tenant.key())
        .bind(now),
    ]
}

/// Which version of each agent is live: see [`read_live`].
#[must_use]
pub fn live(tenant: &Tenant) -> Statement {
    sql("SELECT a.id, CASE WHEN a.deleted_at IS NULL AND w.deleted_at IS NULL THEN a.published_version END, a.edge_change \
         FROM agents a JOIN workspaces w ON w.id = ?1 WHERE a.workspace_id = ?1 ORDER BY a.id")
    .bind(tenant.key())
}

/// How many answers each visitor had in the hour of `now`, as one row of JSON for their ledger: as far as the journal's newest
/// places tell, and of those who had the most. Where a header is gone, nobody knows whose turn it was.
#[must_use]
pub fn visitors(tenant: &Tenant, now: f64) -> Statement {
    let hour = (now / HOUR_MS).floor();
    sql("SELECT json_object('last', CAST(?5 AS INTEGER), 'times', json_group_object(v.visitor_id, v.times)) FROM (\
         SELECT c.visitor_id, count(*) AS times FROM (\
         SELECT u.conversation_id, u.asked_at FROM usage_turns u WHERE u.workspace_id = ?1 ORDER BY u.place DESC LIMIT ?3) n \
         JOIN conversations c ON c.workspace_id = ?1 AND c.id = n.conversation_id WHERE n.asked_at >= ?2 \
         GROUP BY c.visitor_id ORDER BY times DESC LIMIT ?4) v")
    .bind(tenant.key())
    .bind(hour * HOUR_MS)
    .bind(NEWEST_PLACES)
    .bind(BUSIEST_VISITORS)
    .bind(hour * 60.0 + 59.0)
}

/// Decodes a row of [`live`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_live(row: &Row) -> Result<SetLive, Error> {
    Ok(SetLive {
        agent_id: row.text(0)?.parse()?,
        version: row.real_or_null(1)?.map(|_| row.integer(1)).transpose()?,
        change: row.integer(2)?,
    })
}

/// Sets a workspace's own limits, of which its ledger has to be told.
///
/// # Errors
/// When they cannot be written.
pub fn set_limits(tenant: &Tenant, limits: &UsageLimits, now: f64) -> Result<Statement, Error> {
    Ok(sql("UPDATE workspaces SET limits = ?2, ledger_due_at = ?3 WHERE id = ?1")
        .bind(tenant.key())
        .bind(serde_json::to_string(limits)?)
        .bind(now))
}

/// The ledger was told what was due then; what became due later still is.
#[must_use]
pub fn told(tenant: &Tenant, due_at: f64) -> Statement {
    sql("UPDATE workspaces SET ledger_due_at = NULL WHERE id = ?1 AND ledger_due_at = ?2")
        .bind(tenant.key())
        .bind(due_at)
}

/// Workspaces whose ledger has to be told: see [`read_due`].
#[must_use]
pub fn due(now: f64) -> Statement {
    sql("SELECT id FROM workspaces WHERE ledger_due_at <= ?1 ORDER BY ledger_due_at LIMIT 50").bind(now)
}

/// Decodes a row of [`due`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_due(row: &Row) -> Result<WorkspaceId, Error> {
    Ok(row.text(0)?.parse()?)
}

/// What each agent used in a month, most messages first: see [`read_agent`].
#[must_use]
pub fn agents(tenant: &Tenant, month: &str) -> Statement {
    sql("SELECT d.agent_id, coalesce((SELECT a.name FROM agents a WHERE a.workspace_id = ?1 AND a.id = d.agent_id AND a.deleted_at IS NULL), ''), sum(d.conversation_count), sum(d.message_count), sum(d.tokens_in), sum(d.tokens_out), sum(d.cost_micros) \
         FROM usage_days d \
         WHERE d.workspace_id = ?1 AND d.day >= ?2 AND d.day < ?3 GROUP BY d.agent_id ORDER BY 4 DESC, d.agent_id")
    .bind(tenant.key())
    .bind(format!("{month}-"))
    .bind(format!("{month}-~"))
}

/// Decodes a row of [`agents`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_agent(row: &Row) -> Result<AgentUse, Error> {
    Ok(AgentUse {
        agent_id: row.text(0)?.parse()?,
        name: row.text(1)?.to_owned(),
        conversations: row.integer(2)?,
        messages: row.integer(3)?,
        tokens_in: row.integer(4)?,
        tokens_out: row.integer(5)?,
        cost_micros: row.integer(6)?,
    })
}

/// What was refused since a day, newest first: see [`read_refused`].
#[must_use]
pub fn refusals(tenant: &Tenant, since_day: &str) -> Statement {
    sql("SELECT r.day, r.agent_id, coalesce((SELECT a.name FROM agents a WHERE a.workspace_id = ?1 AND a.id = r.agent_id AND a.deleted_at IS NULL), ''), r.reason, sum(r.times) \
         FROM usage_refusals r \
         WHERE r.workspace_id = ?1 AND r.day >= ?2 GROUP BY r.day, r.agent_id, r.reason ORDER BY r.day DESC, 5 DESC, r.reason LIMIT 500")
        .bind(tenant.key())
        .bind(since_day)
}

/// Decodes a row of [`refusals`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_refused(row: &Row) -> Result<RefusedOnDay, Error> {
    Ok(RefusedOnDay {
        day: row.text(0)?.to_owned(),
        agent_id: row.text(1)?.parse()?,
        agent: row.text(2)?.to_owned(),
        limit: named::<Limit>(row, 3)?,
        times: row.integer(4)?,
    })
}

/// Which warnings of a month went out: see [`read_warned`].
#[must_use]
pub fn warned(tenant: &Tenant, month: &str) -> Statement {
    sql("SELECT x.meter, x.percent FROM usage_warnings x WHERE x.workspace_id = ?1 AND x.month = ?2")
        .bind(tenant.key())
        .bind(month)
}

/// Decodes a row of [`warned`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_warned(row: &Row) -> Result<(Meter, u32), Error> {
    Ok((named(row, 0)?, row.integer(1)?))
}

/// Notes a warning; its batch is refused where it went out already.
#[must_use]
pub fn warn(tenant: &Tenant, month: &str, meter: Meter, percent: u32, now: f64) -> Statement {
    sql("INSERT INTO usage_warnings (workspace_id, month, meter, percent, at) VALUES (?1, ?2, ?3, ?4, ?5)")
        .bind(tenant.key())
        .bind(month)
        .bind(name(&meter))
        .bind(percent)
        .bind(now)
}

/// Forgets single turns and refusals that are older; the sums stay.
#[must_use]
pub fn forget(before: f64) -> [Statement; 2] {
    [
        sql("DELETE FROM usage_turns WHERE asked_at < ?1").bind(before),
        sql("DELETE FROM usage_refusals WHERE day < ?1").bind(calendar::day(before)),
    ]
}
