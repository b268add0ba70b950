//! Fused results kept for the next asker: 30 minutes, this generation of the index, a bounded number. Whole answers of
//! models in the same way, for 5 minutes.

use domain::text;
use protocol::internal::{Hit, KeptAnswer, Remember};

use crate::{Engine, Error, sql::sql};

const KEEP_MS: f64 = 30.0 * 60.0 * 1000.0;
const KEEP_ANSWER_MS: f64 = 5.0 * 60.0 * 1000.0;
/// Results kept; the oldest goes first.
const MOST: u32 = 256;

/// Keeps a fused result, unless the index has changed since it was found.
///
/// # Errors
/// When the database refuses a statement.
pub fn remember(engine: &dyn Engine, remember: &Remember, now_ms: f64) -> Result<(), Error> {
    let question = key(&remember.question, &remember.tags);
    if question.is_empty() || remember.generation != super::generation(engine)? {
        return Ok(());
    }
    if let Some(answer) = &remember.answer {
        keep_answer(engine, remember, answer, now_ms)?;
    }
    if remember.known {
        return Ok(());
    }
    let keep = sql("INSERT OR REPLACE INTO asked (question, generation, at, hits) VALUES (?1, ?2, ?3, ?4)")
        .bind(question)
        .bind(remember.generation)
        .bind(now_ms)
        .bind(serde_json::to_string(&remember.hits)?);
    engine.run(&keep)?;
    let stale = sql(format!(
        "DELETE FROM asked WHERE generation <> ?1 OR at <= ?2
         OR question IN (SELECT question FROM asked ORDER BY at DESC LIMIT -1 OFFSET {MOST})"
    ));
    engine.run(&stale.bind(remember.generation).bind(now_ms - KEEP_MS)).map(|_| ())
}

fn keep_answer(
    engine: &dyn Engine,
    remember: &Remember,
    answer: &KeptAnswer,
    now_ms: f64,
) -> Result<(), Error> {
    let keep = sql("INSERT OR REPLACE INTO answered (key, generation, at, body) VALUES (?1, ?2, ?3, ?4)")
        .bind(remember.answer_key.as_str())
        .bind(remember.generation)
        .bind(now_ms)
        .bind(serde_json::to_string(answer)?);
    engine.run(&keep)?;
    let stale = sql(format!(
        "DELETE FROM answered WHERE generation <> ?1 OR at <= ?2
         OR key IN (SELECT key FROM answered ORDER BY at DESC LIMIT -1 OFFSET {MOST})"
    ));
    engine.run(&stale.bind(remember.generation).bind(now_ms - KEEP_ANSWER_MS)).map(|_| ())
}

/// The answer that is kept under a key, if it is still good.
pub(super) fn answered(
    engine: &dyn Engine,
    key: &str,
    generation: u64,
    now_ms: f64,
) -> Result<Option<KeptAnswer>, Error> {
    if key.is_empty() {
        return Ok(None);
    }
    let kept = sql("SELECT body FROM answered WHERE key = ?1 AND generation = ?2 AND at > ?3");
    let rows = engine.run(&kept.bind(key).bind(generation).bind(now_ms - KEEP_ANSWER_MS))?;
    rows.first().map(|row| row.json(0)).transpose()
}

/// Forgets all questions, and what was answered.
///
/// # Errors
/// When the database refuses.
pub fn forget_asked(engine: &dyn Engine) -> Result<(), Error> {
    engine.run(&sql("DELETE FROM answered"))?;
    engine.run(&sql("DELETE FROM asked")).map(|_| ())
}

/// A question as results are kept: normalised, with the filter it was asked under.
pub(super) fn key(question: &str, tags: &[String]) -> String {
    let mut key = text::normalised_question(question);
    for tag in tags {
        key.push('\u{1f}');
        key.push_str(tag);
    }
    key
}

/// The kept result of a normalised question, if it is still good.
pub(super) fn recall(
    engine: &dyn Engine,
    question: &str,
    generation: u64,
    now_ms: f64,
) -> Result<Option<Vec<Hit>>, Error> {
    let kept = sql("SELECT hits FROM asked WHERE question = ?1 AND generation = ?2 AND at > ?3");
    let rows = engine.run(&kept.bind(question).bind(generation).bind(now_ms - KEEP_MS))?;
    rows.first().map(|row| row.json(0)).transpose()
}
