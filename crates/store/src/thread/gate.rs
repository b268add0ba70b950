//! How much one visitor may ask: by the minute, by the hour, in one conversation, and the same again. Decided before
//! a turn begins, so that what is refused costs nothing; how often that was is counted, and told to the owner.

use domain::calendar;
use domain::text::normalised_question as same;
use protocol::api::Limit;
use protocol::internal::Refusals;

use crate::sql::{Engine, Error, sql};
use crate::tenant::{name, named};

const MINUTE_MS: f64 = 60_000.0;
const HOUR_MS: f64 = 60.0 * MINUTE_MS;
/// The same question on the same page within a minute is answered this often.
const SAME_QUESTIONS: usize = 4;
/// An answer that is at least this long is no question.
const ANSWER_CHARS: u32 = 24;
/// Refusals are gathered for this long before they are told.
const GATHER_MS: f64 = 5_000.0;

/// What a visitor may ask at most.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    pub minute: u64,
    pub hour: u64,
    pub conversation: u64,
}

/// Creates what is missing.
///
/// # Errors
/// When the database refuses.
pub fn migrate(engine: &dyn Engine) -> Result<(), Error> {
    engine.run(&sql("CREATE TABLE IF NOT EXISTS refusals (day TEXT NOT NULL, reason TEXT NOT NULL, times INTEGER NOT NULL, \
         told INTEGER NOT NULL DEFAULT 0, due_at REAL, attempts INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (day, reason)) WITHOUT ROWID"))?;
    Ok(())
}

/// Why a question is refused, and until when; `None` where it may be asked. A message that was taken before is not
/// refused.
///
/// # Errors
/// When the database refuses.
pub fn check(
    engine: &dyn Engine,
    message_id: &str,
    question: &str,
    page_url: Option<&str>,
    allowance: Allowance,
    now: f64,
) -> Result<Option<(Limit, f64)>, Error> {
    let asked = engine.run(
        &sql("SELECT count(*), coalesce(sum(message_id = ?1), 0), coalesce(sum(asked_at > ?2), 0), min(CASE WHEN asked_at > ?2 THEN asked_at END), \
             coalesce(sum(asked_at > ?3), 0), min(CASE WHEN asked_at > ?3 THEN asked_at END) FROM turns")
            .bind(message_id)
            .bind(now - MINUTE_MS)
            .bind(now - HOUR_MS),
    )?;
    let Some(asked) = asked.first() else { return Ok(None) };
    if asked.integer::<u64>(1)? > 0 {
        return Ok(None);
    }
    if asked.integer::<u64>(0)? >= allowance.conversation {
        return Ok(Some((Limit::Conversation, now + 24.0 * HOUR_MS)));
    }
    if asked.integer::<u64>(4)? >= allowance.hour {
        return Ok(Some((Limit::VisitorHour, asked.real_or_null(5)?.unwrap_or(now) + HOUR_MS)));
    }
    if asked.integer::<u64>(2)? >= allowance.minute {
        return Ok(Some((Limit::VisitorMinute, asked.real_or_null(3)?.unwrap_or(now) + MINUTE_MS)));
    }
    let again = is_repeated(engine, question, page_url, now)?;
    Ok(again.then_some((Limit::Repetition, now + MINUTE_MS)))
}

/// The same again and again, or what was answered: a page that asks itself.
fn is_repeated(engine: &dyn Engine, question: &str, page_url: Option<&str>, now: f64) -> Result<bool, Error> {
    let count = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    let (said, question) = (count(question), same(question));
    let bare = count(&question);
    // What is much longer is not the same, and most answers are: they are not read.
    let longest = if bare < ANSWER_CHARS { 0 } else { said.max(bare).saturating_mul(2) };
    let last = engine.run(
        &sql("SELECT question, page_url, asked_at, iif(length(answer) <= ?1, answer, '') FROM turns ORDER BY asked_at DESC, id DESC LIMIT 32")
            .bind(longest),
    )?;
    let mut times = 0;
    for row in &last {
        let recent = row.real(2)? > now - MINUTE_MS;
        times += usize::from(recent && row.text_or_null(1)? == page_url && same(row.text(0)?) == question);
        let answer = row.text(3)?;
        if !answer.is_empty() && same(answer) == question {
            return Ok(true);
        }
    }
    Ok(times >= SAME_QUESTIONS)
}

/// Counts a refusal.
///
/// # Errors
/// When the database refuses.
pub fn note(engine: &dyn Engine, limit: Limit, now: f64) -> Result<(), Error> {
    engine.run(
        &sql("INSERT INTO refusals (day, reason, times, due_at) VALUES (?1, ?2, 1, ?3) ON CONFLICT (day, reason) DO UPDATE \
             SET times = times + 1, due_at = coalesce(due_at, excluded.due_at)")
        .bind(calendar::day(now))
        .bind(name(&limit))
        .bind(now + GATHER_MS),
    )?;
    Ok(())
}

/// What was not told yet.
///
/// # Errors
/// When the database refuses or holds something else.
pub fn refusals(engine: &dyn Engine) -> Result<Vec<Refusals>, Error> {
    let rows = engine
        .run(&sql("SELECT day, reason, times FROM refusals WHERE times > told ORDER BY day, reason"))?;
    let read = |row: &crate::Row| {
        Ok(Refusals { day: row.text(0)?.to_owned(), limit: named(row, 1)?, times: row.integer(2)? })
    };
    rows.iter().map(read).collect()
}

/// These were told; what came meanwhile is due.
///
/// # Errors
/// When the database refuses.
pub fn told(engine: &dyn Engine, refusals: &[Refusals]) -> Result<(), Error> {
    for told in refusals {
        engine.run(
            &sql("UPDATE refusals SET told = max(told, ?3), attempts = 0, due_at = CASE WHEN times > ?3 THEN due_at END \
                 WHERE day = ?1 AND reason = ?2")
                .bind(told.day.as_str())
                .bind(name(&told.limit))
                .bind(told.times),
        )?;
    }
    Ok(())
}
