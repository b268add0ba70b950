//! What the visitor thinks of answers: one row per turn, told until the newest word is confirmed.

use protocol::TurnId;
use protocol::api::Feedback;
use protocol::internal::FeedbackRecord;

use crate::sql::{Engine, Error, sql};

/// Creates what is missing.
///
/// # Errors
/// When the database refuses.
pub fn migrate(engine: &dyn Engine) -> Result<(), Error> {
    engine.run(&sql("CREATE TABLE IF NOT EXISTS feedback (turn_id TEXT PRIMARY KEY, good INTEGER NOT NULL, reason TEXT NOT NULL, \
         at REAL NOT NULL, told REAL NOT NULL DEFAULT 0, due_at REAL, attempts INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID"))?;
    Ok(())
}

/// What became of a visitor's word about an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    Kept,
    /// It was the word already: nothing changed and nobody is told.
    Same,
    /// There is no such answer in this conversation.
    NoAnswer,
}

/// Keeps what the visitor thinks of an answer of this conversation; the last word counts.
///
/// # Errors
/// When the database refuses.
pub fn give(engine: &dyn Engine, turn: &TurnId, good: bool, reason: &str, now: f64) -> Result<Given, Error> {
    // The last word is later than the one before, whatever the clock says.
    let kept = engine.run(
        &sql("INSERT INTO feedback (turn_id, good, reason, at, due_at) \
             SELECT id, ?2, ?3, ?4, ?4 FROM turns WHERE id = ?1 AND state IN ('finished', 'stopped') \
             ON CONFLICT (turn_id) DO UPDATE SET good = excluded.good, reason = excluded.reason, \
             at = max(excluded.at, feedback.at + 1), due_at = excluded.due_at, attempts = 0 \
             WHERE feedback.good <> excluded.good OR feedback.reason <> excluded.reason RETURNING turn_id")
        .bind(turn.as_str())
        .bind(good)
        .bind(reason)
        .bind(now),
    )?;
    if !kept.is_empty() {
        return Ok(Given::Kept);
    }
    let there = engine.run(&sql("SELECT 1 FROM feedback WHERE turn_id = ?1").bind(turn.as_str()))?;
    Ok(if there.is_empty() { Given::NoAnswer } else { Given::Same })
}

/// What was not told yet, once the turns it is about can be told in one go.
///
/// # Errors
/// When the database refuses or holds something else.
pub fn pending(engine: &dyn Engine) -> Result<Vec<FeedbackRecord>, Error> {
    let statement = sql("SELECT turn_id, good, reason, at FROM feedback WHERE at > told \
         AND (SELECT count(*) FROM outbox WHERE turn_id GLOB 'trn_*') <= 100 ORDER BY turn_id LIMIT 100");
    let read = |row: &crate::Row| {
        Ok(FeedbackRecord {
            turn_id: row.text(0)?.parse()?,
            feedback: Feedback {
                good: row.integer::<u8>(1)? == 1,
                reason: row.text(2)?.to_owned(),
                at: row.real(3)?,
            },
        })
    };
    engine.run(&statement)?.iter().map(read).collect()
}

/// These were told; a word that came meanwhile is due.
///
/// # Errors
/// When the database refuses.
pub fn told(engine: &dyn Engine, records: &[FeedbackRecord]) -> Result<(), Error> {
    for record in records {
        engine.run(
            &sql("UPDATE feedback SET told = max(told, ?2), attempts = 0, due_at = CASE WHEN at > ?2 THEN due_at END \
                 WHERE turn_id = ?1")
                .bind(record.turn_id.as_str())
                .bind(record.feedback.at),
        )?;
    }
    Ok(())
}
