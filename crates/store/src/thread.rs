//! The `Conversation` object's tables: turns, numbered frames, the outbox. One object holds one conversation.
//!
//! A batch of frames is one row, appended and never changed, in the same synchronous block as its sending: what
//! the visitor saw is what is stored. A finished turn's record waits in the outbox until the archive confirmed
//! it.

pub mod gate;

use domain::prompt::Earlier;
use protocol::TurnId;
use protocol::frame::ServerFrame;
use protocol::internal::{Admission, TurnRecord};

use crate::sql::{Engine, Error, sql};
use crate::tenant::name;

/// A question that runs, as far as the database knows.
pub struct Running {
    pub turn_id: TurnId,
    pub message_id: String,
    pub question: String,
    pub page_url: Option<String>,
    pub asked_at: f64,
    /// How often it was begun.
    pub attempts: u32,
    /// What the visitor has seen of the answer.
    pub shown: String,
}

/// What asking led to.
pub enum Begun {
    New,
    /// Asked before, under this turn.
    Known(TurnId),
    /// Another turn is running.
    Busy,
}

/// Creates what is missing.
///
/// # Errors
/// When the database refuses.
pub fn migrate(engine: &dyn Engine) -> Result<(), Error> {
    for statement in [
        "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
        "CREATE TABLE IF NOT EXISTS turns (id TEXT PRIMARY KEY, message_id TEXT NOT NULL UNIQUE, state TEXT NOT NULL, \
         question TEXT NOT NULL, answer TEXT NOT NULL DEFAULT '', page_url TEXT, asked_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 1)",
        "CREATE TABLE IF NOT EXISTS frames (last INTEGER PRIMARY KEY, turn_id TEXT NOT NULL, body TEXT NOT NULL)",
        "CREATE TABLE IF NOT EXISTS outbox (turn_id TEXT PRIMARY KEY, body TEXT NOT NULL, due_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0)",
    ] {
        engine.run(&sql(statement))?;
    }
    gate::migrate(engine)
}

/// Keeps who this conversation is with and the agent it was admitted under.
///
/// # Errors
/// When the database refuses.
pub fn admit(engine: &dyn Engine, admission: &Admission, now: f64) -> Result<(), Error> {
    put_meta(engine, "admission", &serde_json::to_string(admission)?)?;
    touch(engine, now)
}

/// The admission that [`admit`] kept.
///
/// # Errors
/// When the database refuses or holds something else.
pub fn admission(engine: &dyn Engine) -> Result<Option<Admission>, Error> {
    let rows = engine.run(&sql("SELECT value FROM meta WHERE key = 'admission'"))?;
    rows.first().map(|row| row.json(0)).transpose()
}

/// Notes that the visitor was here.
///
/// # Errors
/// When the database refuses.
pub fn touch(engine: &dyn Engine, now: f64) -> Result<(), Error> {
    put_meta(engine, "touched", &now.to_string())
}

/// Keeps the language that the page declares which the visitor is on; empty when it declares none of use.
///
/// # Errors
/// When the database refuses.
pub fn keep_page_language(engine: &dyn Engine, code: &str) -> Result<(), Error> {
    put_meta(engine, "page_language", code)
}

/// What [`keep_page_language`] kept.
///
/// # Errors
/// When the database refuses.
pub fn page_language(engine: &dyn Engine) -> Result<Option<String>, Error> {
    let rows = engine.run(&sql("SELECT value FROM meta WHERE key = 'page_language' AND value <> ''"))?;
    rows.first().map(|row| Ok(row.text(0)?.to_owned())).transpose()
}

fn put_meta(engine: &dyn Engine, key: &str, value: &str) -> Result<(), Error> {
    engine.run(&sql("INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value").bind(key).bind(value))?;
    Ok(())
}

/// When the visitor was here last.
///
/// # Errors
/// When the database refuses.
pub fn touched(engine: &dyn Engine) -> Result<f64, Error> {
    let rows = engine.run(&sql("SELECT value FROM meta WHERE key = 'touched'"))?;
    Ok(rows.first().and_then(|row| row.text(0).ok()?.parse().ok()).unwrap_or(0.0))
}

/// Takes a question, unless it was asked before or another is running.
///
/// # Errors
/// When the database refuses.
pub fn begin(
    engine: &dyn Engine,
    turn: &TurnId,
    message_id: &str,
    question: &str,
    page_url: Option<&str>,
    now: f64,
) -> Result<Begun, Error> {
    if let Some(row) =
        engine.run(&sql("SELECT id FROM turns WHERE message_id = ?1").bind(message_id))?.first()
    {
        return Ok(Begun::Known(row.text(0)?.parse()?));
    }
    if !engine.run(&sql("SELECT 1 FROM turns WHERE state = 'running' LIMIT 1"))?.is_empty() {
        return Ok(Begun::Busy);
    }
    engine.run(
        &sql("INSERT INTO turns (id, message_id, state, question, page_url, asked_at) VALUES (?1, ?2, 'running', ?3, ?4, ?5)")
            .bind(turn.as_str())
            .bind(message_id)
            .bind(question)
            .bind(page_url)
            .bind(now),
    )?;
    touch(engine, now)?;
    Ok(Begun::New)
}

/// The newest frame number.
///
/// # Errors
/// When the database refuses.
pub fn last_number(engine: &dyn Engine) -> Result<u64, Error> {
    engine.run(&sql("SELECT coalesce(max(last), 0) FROM frames"))?.first().map_or(Ok(0), |row| row.integer(0))
}

/// Appends one batch of numbered frames.
///
/// # Errors
/// When the database refuses.
pub fn append(engine: &dyn Engine, turn: &TurnId, frames: &[ServerFrame]) -> Result<(), Error> {
    let Some(last) = frames.iter().filter_map(ServerFrame::number).max() else { return Ok(()) };
    engine.run(
        &sql("INSERT INTO frames (last, turn_id, body) VALUES (?1, ?2, ?3)")
            .bind(last)
            .bind(turn.as_str())
            .bind(serde_json::to_string(frames)?),
    )?;
    Ok(())
}

/// Frames above a number, oldest first, neighbouring deltas of a turn joined; of one turn alone where asked.
///
/// # Errors
/// When the database refuses or holds something else.
pub fn replay(engine: &dyn Engine, after: u64, only: Option<&TurnId>) -> Result<Vec<ServerFrame>, Error> {
    let statement =
        sql("SELECT body FROM frames WHERE last > ?1 AND (?2 IS NULL OR turn_id = ?2) ORDER BY last")
            .bind(after)
            .bind(only.map(TurnId::as_str));
    let mut joined: Vec<ServerFrame> = Vec::new();
    for row in engine.run(&statement)? {
        for frame in row.json::<Vec<ServerFrame>>(0)? {
            if frame.number().is_none_or(|n| n <= after) {
                continue;
            }
            match (joined.last_mut(), frame) {
                (
                    Some(ServerFrame::Delta { n, turn_id, text }),
                    ServerFrame::Delta { n: next, turn_id: same, text: more },
                ) if *turn_id == same => {
                    *n = next;
                    text.push_str(&more);
                }
                (_, frame) => joined.push(frame),
            }
        }
    }
    Ok(joined)
}

/// The turn that runs, with what was shown of it.
///
/// # Errors
/// When the database refuses or holds something else.
pub fn running(engine: &dyn Engine) -> Result<Option<Running>, Error> {
    let rows = engine.run(&sql("SELECT id, message_id, question, page_url, asked_at, attempts FROM turns WHERE state = 'running' LIMIT 1"))?;
    let Some(row) = rows.first() else { return Ok(None) };
    let turn_id: TurnId = row.text(0)?.parse()?;
    let shown = replay(engine, 0, Some(&turn_id))?
        .into_iter()
        .filter_map(|frame| if let ServerFrame::Delta { text, .. } = frame { Some(text) } else { None })
        .collect();
    Ok(Some(Running {
        message_id: row.text(1)?.to_owned(),
        question: row.text(2)?.to_owned(),
        page_url: row.text_or_null(3)?.map(str::to_owned),
        asked_at: row.real(4)?,
        attempts: row.integer(5)?,
        turn_id,
        shown,
    }))
}

/// Notes that a turn is begun once more.
///
/// # Errors
/// When the database refuses.
pub fn begin_again(engine: &dyn Engine, turn: &TurnId) -> Result<(), Error> {
    engine.run(&sql("UPDATE turns SET attempts = attempts + 1 WHERE id = ?1").bind(turn.as_str()))?;
    Ok(())
}

/// Ends a turn: its state, its last frame and its outbox row, all or nothing (an object's writes of one
/// synchronous block are one transaction). A turn ends once: ending it again changes nothing.
///
/// # Errors
/// When the database refuses.
pub fn finish(engine: &dyn Engine, record: &TurnRecord, frame: &ServerFrame, now: f64) -> Result<(), Error> {
    let turn = &record.turn;
    let ended = engine.run(
        &sql("UPDATE turns SET state = ?2, answer = ?3 WHERE id = ?1 AND state = 'running' RETURNING id")
            .bind(turn.id.as_str())
            .bind(name(&turn.state))
            .bind(turn.answer.as_str()),
    )?;
    if ended.is_empty() {
        return Ok(());
    }
    append(engine, &turn.id, std::slice::from_ref(frame))?;
    engine.run(
        &sql("INSERT INTO outbox (turn_id, body, due_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")
            .bind(turn.id.as_str())
            .bind(serde_json::to_string(record)?)
            .bind(now),
    )?;
    touch(engine, now)
}

/// The newest turns that have an answer, oldest first.
///
/// # Errors
/// When the database refuses.
pub fn earlier(engine: &dyn Engine, limit: u32) -> Result<Vec<Earlier>, Error> {
    let statement = sql("SELECT question, answer FROM turns WHERE state IN ('finished', 'stopped') AND answer <> '' ORDER BY asked_at DESC, id DESC LIMIT ?1").bind(limit);
    let mut turns = engine
        .run(&statement)?
        .iter()
        .map(|row| Ok(Earlier { question: row.text(0)?.to_owned(), answer: row.text(1)?.to_owned() }))
        .collect::<Result<Vec<_>, Error>>()?;
    turns.reverse();
    Ok(turns)
}

/// Everything in the outbox.
///
/// # Errors
/// When the database refuses.
pub fn pending(engine: &dyn Engine) -> Result<Vec<TurnRecord>, Error> {
    engine
        .run(&sql("SELECT body FROM outbox ORDER BY turn_id LIMIT 100"))?
        .iter()
        .map(|row| row.json(0))
        .collect()
}

/// Forgets confirmed records.
///
/// # Errors
/// When the database refuses.
pub fn confirm(engine: &dyn Engine, turns: &[TurnId]) -> Result<(), Error> {
    for turn in turns {
        engine.run(&sql("DELETE FROM outbox WHERE turn_id = ?1").bind(turn.as_str()))?;
    }
    Ok(())
}

/// Whether records or refusals are due now; they are put off by a pause that grows from 5 s to 5 minutes.
///
/// # Errors
/// When the database refuses.
pub fn ring_due(engine: &dyn Engine, now: f64) -> Result<bool, Error> {
    let mut due = false;
    for table in ["outbox", "refusals"] {
        let rows = engine.run(
            &sql(format!(
                "UPDATE {table} SET attempts = attempts + 1, due_at = ?1 + min(300000, 5000 * (1 << min(attempts, 6))) \
                 WHERE due_at <= ?1 RETURNING attempts"
            ))
            .bind(now),
        )?;
        due |= !rows.is_empty();
    }
    Ok(due)
}

/// When the next record or refusal is due.
///
/// # Errors
/// When the database refuses.
pub fn next_due(engine: &dyn Engine) -> Result<Option<f64>, Error> {
    let soonest =
        sql("SELECT min(due_at) FROM (SELECT due_at FROM outbox UNION ALL SELECT due_at FROM refusals)");
    engine.run(&soonest)?.first().map_or(Ok(None), |row| row.real_or_null(0))
}
