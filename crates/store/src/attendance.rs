//! The `Conversation` object's tables about people: who it is with, what was said outside of turns. Their records
//! wait in the same outbox as those of turns.

use protocol::MessageId;
use protocol::frame::ServerFrame;
use protocol::handover::{Handover, Message};
use protocol::internal::{HandoverRecord, MessageRecord};
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

/// A record in the outbox.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Waiting {
    Message(MessageRecord),
    Handover(HandoverRecord),
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

fn put(engine: &dyn Engine, id: &MessageId, waiting: &Waiting, now: f64) -> Result<(), Error> {
    engine.run(
        &sql("INSERT INTO outbox (turn_id, body, due_at) VALUES (?1, ?2, ?3)")
            .bind(id.as_str())
            .bind(serde_json::to_string(waiting)?)
            .bind(now),
    )?;
    Ok(())
}

/// The oldest records in the outbox.
///
/// # Errors
/// When the database refuses or holds something else.
pub fn pending(engine: &dyn Engine) -> Result<(Vec<MessageRecord>, Vec<HandoverRecord>), Error> {
    let (mut messages, mut handovers) = (Vec::new(), Vec::new());
    let statement = sql("SELECT body FROM outbox WHERE turn_id GLOB 'msg_*' ORDER BY turn_id LIMIT 100");
    for row in engine.run(&statement)? {
        match row.json(0)? {
            Waiting::Message(record) => messages.push(record),
            Waiting::Handover(record) => handovers.push(record),
        }
    }
    Ok((messages, handovers))
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
