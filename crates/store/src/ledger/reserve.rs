//! May a turn start? Checked and written in one synchronous block.

use domain::calendar;
use protocol::api::Limit;
use protocol::internal::{Reserve, ReserveReply};

use super::{KEPT_MS, live, told};
use crate::sql::{Engine, Error, Statement, sql};

/// Turns that start before anything was told: an object that was lost answers on, but not without end.
const UNTOLD_TURNS: u64 = 100;
/// How soon it is worth asking again when those are used.
const UNTOLD_MS: f64 = 5_000.0;
/// The same question from the same page and address, in a minute: a page that asks itself, not people.
const SAME_QUESTIONS: u64 = 20;
const MINUTE_MS: f64 = 60_000.0;

/// What limits count by: the agent, the workspace, the visitor, the visitor's address and the question from that
/// address in a minute; the visitor in an hour, too.
struct Subjects {
    minute: i64,
    /// The last minute of the hour: what is counted there is over when the hour is.
    last: i64,
    agent: String,
    visitor: Option<String>,
    hour: Option<String>,
    address: Option<String>,
    question: Option<String>,
}

const WORKSPACE: &str = "workspace";

/// Holds what a turn uses for `hold_ms`, or says why not. A visitor may ask `allowance` questions in a minute and in an
/// hour, in all their conversations.
///
/// # Errors
/// When the database refuses.
pub fn reserve(
    engine: &dyn Engine,
    message: &Reserve,
    allowance: (u64, u64),
    now: f64,
    hold_ms: f64,
) -> Result<ReserveReply, Error> {
    let Some(version) = live(engine, message.agent_id.as_str())? else {
        return Ok(ReserveReply::NotLive {});
    };
    if is_known(engine, message, now, hold_ms)? {
        return Ok(ReserveReply::Reserved { version });
    }
    #[allow(clippy::cast_possible_truncation)]
    let subjects = Subjects::of(message, (now / MINUTE_MS) as i64);
    if let Some((limit, until)) = refusal(engine, message, &subjects, allowance, now)? {
        return Ok(ReserveReply::Refused { limit, until });
    }
    engine.run(
        &sql("INSERT INTO turn (id, month, conversations, messages, held_until, touched) VALUES (?1, ?2, ?3, 1, ?4, ?5) \
             ON CONFLICT (id) DO UPDATE SET conversations = excluded.conversations, held_until = excluded.held_until, \
             touched = excluded.touched")
        .bind(message.turn_id.as_str())
        .bind(calendar::month(message.asked_at))
        .bind(message.opens)
        .bind(now + hold_ms)
        .bind(now),
    )?;
    count(engine, &subjects, now)?;
    Ok(ReserveReply::Reserved { version })
}

/// A turn that holds something or is settled goes on; what it holds, it holds for longer.
fn is_known(engine: &dyn Engine, message: &Reserve, now: f64, hold_ms: f64) -> Result<bool, Error> {
    let known = engine.run(
        &sql(
            "UPDATE turn SET held_until = CASE WHEN held_until IS NULL THEN NULL ELSE ?3 END, touched = ?2 \
             WHERE id = ?1 AND (held_until IS NULL OR held_until > ?2) RETURNING id",
        )
        .bind(message.turn_id.as_str())
        .bind(now)
        .bind(now + hold_ms),
    )?;
    Ok(!known.is_empty())
}

impl Subjects {
    fn of(message: &Reserve, minute: i64) -> Self {
        let address = (!message.address.is_empty()).then(|| format!("address {}", message.address));
        let question = address.as_ref().map(|address| format!("{address} {}", message.asked));
        let hour = (!message.visitor.is_empty()).then(|| message.visitor.clone());
        let visitor = hour.as_ref().map(|hour| format!("visitor {hour}"));
        let agent = format!("agent {}", message.agent_id);
        Self { minute, last: minute / 60 * 60 + 59, agent, visitor, hour, address, question }
    }

    /// A statement about them: `?1` is the minute, `?2` the last one, `?8` what is counted there.
    fn statement(&self, text: &str) -> Statement {
        sql(text)
            .bind(self.minute)
            .bind(self.last)
            .bind(WORKSPACE)
            .bind(self.agent.as_str())
            .bind(self.visitor.as_deref())
            .bind(self.address.as_deref())
            .bind(self.question.as_deref())
            .bind(self.hour.as_deref())
    }
}

/// Which limit is reached, and when it may not be any more.
fn refusal(
    engine: &dyn Engine,
    message: &Reserve,
    subjects: &Subjects,
    allowance: (u64, u64),
    now: f64,
) -> Result<Option<(Limit, f64)>, Error> {
    let Some(told) = told(engine)? else {
        let begun = engine.run(&sql("SELECT count(*) FROM turn"))?;
        let begun: u64 = begun.first().map_or(Ok(0), |row| row.integer(0))?;
        return Ok((begun >= UNTOLD_TURNS).then_some((Limit::Restoring, now + UNTOLD_MS)));
    };
    let reached = |used: u64, limit: Option<u64>| limit.is_some_and(|limit| used >= limit);
    let limits = told.limits;
    let hits = engine.run(&subjects.statement(
        "SELECT subject, times FROM hits WHERE minute IN (?1, ?2) AND subject IN (?3, ?4, ?5, ?6, ?7, ?8)",
    ))?;
    let times = |subject: &str| -> Result<u64, Error> {
        hits.iter().find(|row| row.text(0).is_ok_and(|of| of == subject)).map_or(Ok(0), |row| row.integer(1))
    };
    let of = |subject: &Option<String>| subject.as_deref().map_or(Ok(0), times);
    for (limit, reached) in [
        (Limit::Repetition, of(&subjects.question)? >= SAME_QUESTIONS),
        (Limit::VisitorHour, of(&subjects.hour)? >= allowance.1),
        (Limit::VisitorMinute, of(&subjects.visitor)? >= allowance.0),
        (Limit::AddressMinute, reached(of(&subjects.address)?, limits.address_minute)),
        (Limit::AgentMinute, reached(times(&subjects.agent)?, limits.agent_minute)),
        (Limit::WorkspaceMinute, reached(times(WORKSPACE)?, limits.workspace_minute)),
    ] {
        if reached {
            let last = if limit == Limit::VisitorHour { subjects.last } else { subjects.minute };
            #[allow(clippy::cast_precision_loss)]
            return Ok(Some((limit, (last + 1) as f64 * MINUTE_MS)));
        }
    }
    if limits.messages.is_none() && limits.conversations.is_none() {
        return Ok(None);
    }
    let (conversations, messages) = in_use(engine, &calendar::month(message.asked_at), now)?;
    let spent = if reached(messages, limits.messages) {
        Some(Limit::PlanMessages)
    } else if message.opens && reached(conversations, limits.conversations) {
        Some(Limit::PlanConversations)
    } else {
        None
    };
    Ok(spent.map(|limit| (limit, calendar::next_month(message.asked_at))))
}

/// Conversations and messages of a month: what was used, and what is held.
fn in_use(engine: &dyn Engine, month: &str, now: f64) -> Result<(u64, u64), Error> {
    let rows = engine.run(
        &sql("SELECT sum(conversations), sum(messages) FROM (\
             SELECT conversations, messages FROM used WHERE month = ?1 UNION ALL \
             SELECT conversations, messages FROM turn WHERE held_until > ?2 AND month = ?1)")
        .bind(month)
        .bind(now),
    )?;
    let Some(row) = rows.first() else { return Ok((0, 0)) };
    let number = |column| row.real_or_null(column)?.map_or(Ok(0), |_| row.integer(column));
    Ok((number(0)?, number(1)?))
}

/// Counts a turn that starts; with the first of a minute, what is over is forgotten.
fn count(engine: &dyn Engine, subjects: &Subjects, now: f64) -> Result<(), Error> {
    let counted = engine.run(&subjects.statement(
        "INSERT INTO hits (minute, subject, times) SELECT iif(column1 = ?8, ?2, ?1), column1, 1 \
         FROM (VALUES (?3), (?4), (?5), (?6), (?7), (?8)) \
         WHERE column1 IS NOT NULL ON CONFLICT (minute, subject) DO UPDATE SET times = times + 1 RETURNING times, subject",
    ))?;
    let first = counted
        .iter()
        .any(|row| row.text(1).is_ok_and(|of| of == WORKSPACE) && row.real(0).is_ok_and(|n| n <= 1.0));
    if first {
        engine.run(&sql("DELETE FROM hits WHERE minute < ?1").bind(subjects.minute))?;
        engine.run(&sql("DELETE FROM turn WHERE touched < ?1").bind(now - KEPT_MS))?;
    }
    Ok(())
}
