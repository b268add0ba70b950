//! The `Conversation` object's tables: turns, numbered frames, the outbox. One object holds one conversation.
//!
//! A frame is one row, appended and never changed, in the same synchronous block as its sending: what the visitor
//! saw is what is stored, as the text that was sent. A finished turn's record waits in the outbox until the
//! archive confirmed it.

pub mod feedback;
pub mod gate;
pub mod outbox;

use domain::prompt::Earlier;
use protocol::frame::ServerFrame;
use protocol::internal::{Admission, KeepSummary, TurnRecord};
use protocol::{CtaId, TurnId};

use crate::attendance;
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
    /// The language that the visitor's page declares, if it is of use.
    pub page_language: Option<String>,
}

/// A stored frame, as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub n: u64,
    pub json: String,
}

/// What the alarm has to know.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agenda {
    /// When the visitor was here last; 0 when never.
    pub touched: f64,
    pub running: bool,
    /// When the next record, refusal or feedback is due.
    pub due: Option<f64>,
    /// Whether the last question was answered; nothing where none was asked.
    pub answered: Option<bool>,
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
        "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE IF NOT EXISTS turns (id TEXT PRIMARY KEY, message_id TEXT NOT NULL UNIQUE, state TEXT NOT NULL, \
         question TEXT NOT NULL, answer TEXT NOT NULL DEFAULT '', page_url TEXT, asked_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 1) WITHOUT ROWID",
        "CREATE TABLE IF NOT EXISTS frames (last INTEGER PRIMARY KEY, turn_id TEXT NOT NULL, body TEXT NOT NULL)",
        "CREATE TABLE IF NOT EXISTS outbox (turn_id TEXT PRIMARY KEY, body TEXT NOT NULL, due_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID",
    ] {
        engine.run(&sql(statement))?;
    }
    feedback::migrate(engine)?;
    attendance::migrate(engine)?;
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
    meta(engine, "page_language")
}

/// What is kept under a name; nothing where it is empty.
///
/// # Errors
/// When the database refuses.
pub(crate) fn meta(engine: &dyn Engine, key: &str) -> Result<Option<String>, Error> {
    let rows = engine.run(&sql("SELECT value FROM meta WHERE key = ?1 AND value <> ''").bind(key))?;
    rows.first().map(|row| row.text(0).map(str::to_owned)).transpose()
}

pub(crate) fn put_meta(engine: &dyn Engine, key: &str, value: &str) -> Result<(), Error> {
    engine.run(&sql("INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value").bind(key).bind(value))?;
    Ok(())
}

/// What is to be looked after.
///
/// # Errors
/// When the database refuses.
pub fn agenda(engine: &dyn Engine) -> Result<Agenda, Error> {
    let rows = engine.run(&sql(
        "SELECT (SELECT value FROM meta WHERE key = 'touched'), EXISTS (SELECT 1 FROM turns WHERE state = 'running'), \
         (SELECT min(due_at) FROM (SELECT due_at FROM outbox UNION ALL SELECT due_at FROM refusals UNION ALL SELECT due_at FROM feedback)), \
         (SELECT state = 'finished' FROM turns ORDER BY asked_at DESC, id DESC LIMIT 1)",
    ))?;
    let Some(row) = rows.first() else { return Err(Error::Column { column: 0 }) };
    Ok(Agenda {
        touched: row.text_or_null(0)?.and_then(|at| at.parse().ok()).unwrap_or(0.0),
        running: row.integer::<u8>(1)? == 1,
        due: row.real_or_null(2)?,
        answered: row.real_or_null(3)?.map(|answered| answered > 0.0),
    })
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
    let there = engine.run(
        &sql("SELECT id, message_id FROM turns WHERE message_id = ?1 UNION ALL SELECT id, message_id FROM turns WHERE state = 'running'")
            .bind(message_id),
    )?;
    for row in &there {
        if row.text(1)? == message_id {
            return Ok(Begun::Known(row.text(0)?.parse()?));
        }
    }
    if !there.is_empty() {
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

/// Stores a frame that has a number, and returns its text, which is what is sent.
///
/// # Errors
/// When the database refuses.
pub fn append(engine: &dyn Engine, turn: Option<&TurnId>, frame: &ServerFrame) -> Result<String, Error> {
    let json = serde_json::to_string(frame)?;
    if let Some(n) = frame.number() {
        engine.run(
            &sql("INSERT INTO frames (last, turn_id, body) VALUES (?1, ?2, ?3)")
                .bind(n)
                .bind(turn.map_or("", TurnId::as_str))
                .bind(format!("[{json}]")),
        )?;
    }
    Ok(json)
}

/// Frames above a number, oldest first, neighbouring deltas of a turn joined; of one turn alone where asked.
///
/// # Errors
/// When the database refuses or holds something else.
pub fn replay(engine: &dyn Engine, after: u64, only: Option<&TurnId>) -> Result<Vec<Sent>, Error> {
    // The database takes them apart: nothing but their number, their kind and a delta's text is of interest here.
    let statement = sql("SELECT frames.turn_id, frame.value ->> '$.n', frame.value ->> '$.type', \
                iif(frame.value ->> '$.type' = 'delta', frame.value ->> '$.text', frame.value) \
         FROM frames, json_each(frames.body) AS frame \
         WHERE frames.last > ?1 AND (?2 IS NULL OR frames.turn_id = ?2) AND frame.value ->> '$.n' > ?1 \
         ORDER BY frames.last, frame.key")
    .bind(after)
    .bind(only.map(TurnId::as_str));
    let mut sent = Vec::new();
    let mut open: Option<ServerFrame> = None;
    for row in engine.run(&statement)? {
        let (n, kind, content) = (row.integer(1)?, row.text(2)?, row.text(3)?);
        if kind != "delta" {
            sent.extend(open.take().map(joined).transpose()?);
            sent.push(Sent { n, json: content.to_owned() });
            continue;
        }
        match &mut open {
            Some(ServerFrame::Delta { n: newest, turn_id, text }) if turn_id.as_str() == row.text(0)? => {
                *newest = n;
                text.push_str(content);
            }
            _ => {
                let next = ServerFrame::Delta { n, turn_id: row.text(0)?.parse()?, text: content.to_owned() };
                sent.extend(open.replace(next).map(joined).transpose()?);
            }
        }
    }
    sent.extend(open.map(joined).transpose()?);
    Ok(sent)
}

#[allow(clippy::needless_pass_by_value)]
fn joined(frame: ServerFrame) -> Result<Sent, Error> {
    Ok(Sent { n: frame.number().unwrap_or_default(), json: serde_json::to_string(&frame)? })
}

/// What the visitor has seen of a turn's answer.
///
/// # Errors
/// When the database refuses or holds something else.
pub fn shown(engine: &dyn Engine, turn: &TurnId) -> Result<String, Error> {
    let statement = sql("SELECT frame.value ->> '$.text' FROM frames, json_each(frames.body) AS frame \
         WHERE frames.turn_id = ?1 AND frame.value ->> '$.type' = 'delta' ORDER BY frames.last, frame.key")
    .bind(turn.as_str());
    engine.run(&statement)?.iter().map(|row| row.text(0).map(str::to_owned)).collect()
}

/// The turn that runs.
///
/// # Errors
/// When the database refuses or holds something else.
pub fn running(engine: &dyn Engine) -> Result<Option<Running>, Error> {
    let rows = engine.run(&sql("SELECT id, message_id, question, page_url, asked_at, attempts, \
                (SELECT value FROM meta WHERE key = 'page_language' AND value <> '') \
         FROM turns WHERE state = 'running' LIMIT 1"))?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(Running {
        turn_id: row.text(0)?.parse()?,
        message_id: row.text(1)?.to_owned(),
        question: row.text(2)?.to_owned(),
        page_url: row.text_or_null(3)?.map(str::to_owned),
        asked_at: row.real(4)?,
        attempts: row.integer(5)?,
        page_language: row.text_or_null(6)?.map(str::to_owned),
    }))
}

/// Whether no question was asked before this turn's.
///
/// # Errors
/// When the database refuses.
pub fn is_first(engine: &dyn Engine, turn: &TurnId) -> Result<bool, Error> {
    Ok(engine.run(&sql("SELECT 1 FROM turns WHERE id <> ?1 LIMIT 1").bind(turn.as_str()))?.is_empty())
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
/// synchronous block are one transaction). A turn ends once: ending it again changes nothing and there is nothing to
/// send; otherwise the last frame's text is returned.
///
/// # Errors
/// When the database refuses.
pub fn finish(
    engine: &dyn Engine,
    record: &TurnRecord,
    frame: &ServerFrame,
    now: f64,
) -> Result<Option<String>, Error> {
    let turn = &record.turn;
    let ended = engine.run(
        &sql("UPDATE turns SET state = ?2, answer = ?3 WHERE id = ?1 AND state = 'running' RETURNING id")
            .bind(turn.id.as_str())
            .bind(name(&turn.state))
            .bind(turn.answer.as_str()),
    )?;
    if ended.is_empty() {
        return Ok(None);
    }
    let json = append(engine, Some(&turn.id), frame)?;
    engine.run(
        &sql("INSERT INTO outbox (turn_id, body, due_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")
            .bind(turn.id.as_str())
            .bind(serde_json::to_string(record)?)
            .bind(now),
    )?;
    touch(engine, now)?;
    Ok(Some(json))
}

/// The newest turns that have an answer, oldest first, each with what people said to each other after it.
///
/// # Errors
/// When the database refuses or holds something else.
pub fn earlier(engine: &dyn Engine, limit: u32) -> Result<Vec<Earlier>, Error> {
    let statement = sql(format!(
        "SELECT question, answer, asked_at FROM turns WHERE state IN ('finished', 'stopped') AND answer <> '' ORDER BY asked_at DESC, id DESC LIMIT {limit}"
    ));
    let mut turns = Vec::new();
    for row in engine.run(&statement)?.iter().rev() {
        let (question, answer) = (row.text(0)?.to_owned(), row.text(1)?.to_owned());
        turns.push((row.real(2)?, Earlier { question, answer, meanwhile: Vec::new() }));
    }
    let all = turns.len() < usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(Earlier::with_talk(turns, attendance::said(engine)?, all))
}

/// Keeps what the turns up to one came to, in place of what was kept of fewer; nothing where that turn is not here (any
/// more), so that nothing comes back that was forgotten.
///
/// # Errors
/// When the database refuses.
pub fn keep_summary(engine: &dyn Engine, summary: &KeepSummary) -> Result<(), Error> {
    engine.run(
        &sql("INSERT INTO meta (key, value) SELECT 'summary', json_object('until', id, 'text', ?2) FROM turns WHERE id = ?1 \
             ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE excluded.value ->> '$.until' >= meta.value ->> '$.until'")
            .bind(summary.until.as_str())
            .bind(summary.text.as_str()),
    )?;
    Ok(())
}

/// What [`keep_summary`] kept; empty where there is nothing.
///
/// # Errors
/// When the database refuses or holds something else.
pub fn summary(engine: &dyn Engine) -> Result<String, Error> {
    let rows = engine.run(&sql("SELECT value ->> '$.text' FROM meta WHERE key = 'summary'"))?;
    rows.first().map_or(Ok(String::new()), |row| Ok(row.text(0)?.to_owned()))
}

/// What a conversation has been so far, for what may follow an answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Questions that were answered, the running one included.
    pub asked: u32,
    /// The pages they were asked on, each once.
    pub pages: Vec<String>,
    /// The calls to action that followed answers.
    pub shown: Vec<CtaId>,
}

/// Reads it.
///
/// # Errors
/// When the database refuses or holds something else.
pub fn history(engine: &dyn Engine) -> Result<History, Error> {
    let mut history = History::default();
    for row in
        engine.run(&sql("SELECT page_url, count(*) FROM turns WHERE state <> 'failed' GROUP BY page_url"))?
    {
        history.asked += row.integer::<u32>(1)?;
        history.pages.extend(row.text_or_null(0)?.map(str::to_owned));
    }
    let shown =
        sql("SELECT DISTINCT frame.value ->> '$.cta.id' FROM frames, json_each(frames.body) AS frame \
         WHERE frame.value ->> '$.type' = 'turn_finished' AND frame.value ->> '$.cta.id' IS NOT NULL");
    for row in engine.run(&shown)? {
        history.shown.push(row.text(0)?.parse()?);
    }
    Ok(history)
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

/// Whether records, refusals or feedback are due now; they are put off by a pause that grows from 5 s to 5 minutes.
///
/// # Errors
/// When the database refuses.
pub fn ring_due(engine: &dyn Engine, now: f64) -> Result<bool, Error> {
    let mut due = false;
    for table in ["outbox", "refusals", "feedback"] {
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
