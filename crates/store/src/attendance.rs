//! The `Conversation` object's tables about people: who it is with, what was said outside of turns. Their records
//! wait in the same outbox as those of turns.

use protocol::MessageId;
use protocol::frame::ServerFrame;
use protocol::handover::{Handover, Message};
use protocol::internal::{HandoverRecord, LeadRecord, MessageRecord};
use serde::{Deserialize, Serialize};

use crate::sql::{Engine, Error, sql};
use crate::thread;

/// What a conversation remembers of handing over.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Held {
    pub handover: Handover,
    /// Of the newest record; the next is later.
    pub at: f64,
    /// When a wait ends.
    pub until: Option<f64>,
    /// The place among those who wait, as far as it was told.
    pub position: Option<u32>,
    /// When that place was counted; an older count changes nothing.
    pub counted_at: f64,
    /// A person is offered.
    pub offered: bool,
    /// Unsure answers in a row.
    pub unsure: u32,
    /// The visitor was asked for a way to reach them.
    pub capturing: bool,
    /// What the visitor said last outside of turns.
    pub said: String,
}

/// What is known of a visitor's message id.
#[derive(Debug, PartialEq)]
pub enum Known {
    No,
    /// It began a turn.
    Turn,
    /// It was said to people.
    Message(Message),
}

/// A record in the outbox, under the name of its kind.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Waiting {
    Message(MessageRecord),
    Handover(HandoverRecord),
    Lead(LeadRecord),
}

/// Creates what is missing.
///
/// # Errors
/// When the database refuses.
pub fn migrate(engine: &dyn Engine) -> Result<(), Error> {
    engine.run(&sql(
        "CREATE TABLE IF NOT EXISTS messages (client_id TEXT PRIMARY KEY, body TEXT NOT NULL, at REAL NOT NULL)",
    ))?;
    Ok(())
}

/// Who the conversation is with.
///
/// # Errors
/// When the database refuses or holds something else.
pub fn held(engine: &dyn Engine) -> Result<Held, Error> {
    let rows = engine.run(&sql("SELECT value FROM meta WHERE key = 'handover'"))?;
    rows.first().map_or_else(|| Ok(Held::default()), |row| row.json(0))
}

/// Keeps what changed without anybody being told.
///
/// # Errors
/// When the database refuses.
pub fn keep(engine: &dyn Engine, held: &Held) -> Result<(), Error> {
    engine.run(
        &sql("INSERT INTO meta (key, value) VALUES ('handover', ?1) \
              ON CONFLICT (key) DO UPDATE SET value = excluded.value")
        .bind(serde_json::to_string(held)?),
    )?;
    Ok(())
}

/// Whether a message was taken before, and as what.
///
/// # Errors
/// When the database refuses or holds something else.
pub fn known(engine: &dyn Engine, client_id: &str) -> Result<Known, Error> {
    let turn = engine.run(&sql("SELECT 1 FROM turns WHERE message_id = ?1").bind(client_id))?;
    if !turn.is_empty() {
        return Ok(Known::Turn);
    }
    let rows = engine.run(&sql("SELECT body FROM messages WHERE client_id = ?1").bind(client_id))?;
    rows.first().map_or(Ok(Known::No), |row| row.json(0).map(Known::Message))
}

/// Stores a message with its record and its frame, all or nothing (one synchronous block is one transaction); the frame
/// as it is sent.
///
/// # Errors
/// When the database refuses.
pub fn say(
    engine: &dyn Engine,
    client_id: &str,
    record: &MessageRecord,
    frame: &ServerFrame,
) -> Result<String, Error> {
    let message = &record.message;
    engine.run(
        &sql("INSERT INTO messages (client_id, body, at) VALUES (?1, ?2, ?3)")
            .bind(client_id)
            .bind(serde_json::to_string(message)?)
            .bind(message.at),
    )?;
    put(engine, &message.id, &Waiting::Message(record.clone()), message.at)?;
    thread::append(engine, None, frame)
}

/// Stores who the conversation is with, with its record and its frame; the frame as it is sent.
///
/// # Errors
/// When the database refuses.
pub fn change(
    engine: &dyn Engine,
    held: &Held,
    record: &HandoverRecord,
    frame: &ServerFrame,
) -> Result<String, Error> {
    keep(engine, held)?;
    put(engine, &record.id, &Waiting::Handover(record.clone()), record.at)?;
    thread::append(engine, None, frame)
}

/// Messages that are kept in mind.
const REMEMBERED: u32 = 60;

/// The newest of what visitor and members said to each other, oldest first.
///
/// # Errors
/// When the database refuses or holds something else.
pub fn said(engine: &dyn Engine) -> Result<Vec<Message>, Error> {
    let statement = sql(format!(
        "SELECT body FROM messages WHERE body ->> '$.from' IN ('visitor', 'member') ORDER BY at DESC, rowid DESC LIMIT {REMEMBERED}"
    ));
    engine.run(&statement)?.iter().rev().map(|row| row.json(0)).collect()
}

pub(crate) fn put(engine: &dyn Engine, id: &MessageId, waiting: &Waiting, now: f64) -> Result<(), Error> {
    engine.run(
        &sql("INSERT INTO outbox (turn_id, body, due_at) VALUES (?1, ?2, ?3)")
            .bind(id.as_str())
            .bind(serde_json::to_string(waiting)?)
            .bind(now),
    )?;
    Ok(())
}

/// Forgets confirmed records.
///
/// # Errors
/// When the database refuses.
pub fn confirm(engine: &dyn Engine, records: &[MessageId]) -> Result<(), Error> {
    for id in records {
        engine.run(&sql("DELETE FROM outbox WHERE turn_id = ?1").bind(id.as_str()))?;
    }
    Ok(())
}
