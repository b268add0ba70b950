//! The `Archive` object's tables: the words of every turn and message of one workspace.
//! One object holds one workspace, so there is no tenant to bind.

mod search;

pub use search::{catch_up, index_anew, scrub, search};

use protocol::ConversationId;
use protocol::api::Turn;
use protocol::handover::Message;
use protocol::internal::{FeedbackRecord, MessageRecord, TurnRecord};

use crate::sql::{Engine, Error, sql};

/// Creates what is missing.
///
/// # Errors
/// When the database refuses.
pub fn migrate(engine: &dyn Engine) -> Result<(), Error> {
    let tables = engine.run(&sql(
        "SELECT name FROM sqlite_master WHERE name IN ('turns', 'said', 'spoken', 'messages', 'feedback')",
    ))?;
    let has = |table: &str| tables.iter().any(|row| row.text(0).is_ok_and(|name| name == table));
    let mut missing: Vec<&str> = Vec::new();
    if !has("messages") {
        missing.extend([
            "CREATE TABLE messages (id TEXT PRIMARY KEY, conversation_id TEXT NOT NULL, at REAL NOT NULL, body TEXT NOT NULL, agent_id TEXT)",
            "CREATE INDEX messages_by_conversation ON messages (conversation_id, at, id)",
        ]);
    } else if !has("spoken") {
        missing.push("ALTER TABLE messages ADD COLUMN agent_id TEXT");
    }
    if !has("feedback") {
        missing.extend([
            "CREATE TABLE feedback (turn_id TEXT PRIMARY KEY, conversation_id TEXT NOT NULL, at REAL NOT NULL, body TEXT NOT NULL)",
            "CREATE INDEX feedback_by_conversation ON feedback (conversation_id)",
        ]);
    }
    if !has("turns") {
        missing.extend([
            "CREATE TABLE turns (id TEXT PRIMARY KEY, conversation_id TEXT NOT NULL, asked_at REAL NOT NULL, body TEXT NOT NULL, agent_id TEXT)",
            "CREATE INDEX turns_by_conversation ON turns (conversation_id, asked_at, id)",
        ]);
    } else if !has("said") {
        missing.push("ALTER TABLE turns ADD COLUMN agent_id TEXT");
    }
    for statement in missing {
        engine.run(&sql(statement))?;
    }
    if has("spoken") { Ok(()) } else { search::create(engine) }
}

/// Stores what was said, in turns and outside of them, in the order of its time; what is there already stays as it is.
///
/// # Errors
/// When the database refuses.
pub fn store(engine: &dyn Engine, records: &[TurnRecord], messages: &[MessageRecord]) -> Result<(), Error> {
    let mut records: Vec<&TurnRecord> = records.iter().collect();
    let mut messages: Vec<&MessageRecord> = messages.iter().collect();
    records.sort_by(|a, b| a.turn.asked_at.total_cmp(&b.turn.asked_at));
    messages.sort_by(|a, b| a.message.at.total_cmp(&b.message.at));
    let mut messages = messages.into_iter().peekable();
    for record in records {
        while let Some(message) = messages.next_if(|next| next.message.at < record.turn.asked_at) {
            store_message(engine, message)?;
        }
        store_turn(engine, record)?;
    }
    messages.try_for_each(|message| store_message(engine, message))
}

fn store_turn(engine: &dyn Engine, record: &TurnRecord) -> Result<(), Error> {
    let stored = engine.run(
        &sql(
            "INSERT INTO turns (id, conversation_id, asked_at, body, agent_id) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT DO NOTHING RETURNING rowid",
        )
        .bind(record.turn.id.as_str())
        .bind(record.identity.conversation_id.as_str())
        .bind(record.turn.asked_at)
        .bind(serde_json::to_string(&record.turn)?)
        .bind(record.identity.agent_id.as_str()),
    )?;
    match stored.first() {
        Some(row) => search::add_turn(engine, row.integer(0)?, &record.turn),
        None => Ok(()),
    }
}

fn store_message(engine: &dyn Engine, record: &MessageRecord) -> Result<(), Error> {
    let stored = engine.run(
        &sql("INSERT INTO messages (id, conversation_id, at, body, agent_id) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT DO NOTHING RETURNING rowid")
        .bind(record.message.id.as_str())
        .bind(record.identity.conversation_id.as_str())
        .bind(record.message.at)
        .bind(serde_json::to_string(&record.message)?)
        .bind(record.identity.agent_id.as_str()),
    )?;
    match stored.first() {
        Some(row) => search::add_message(engine, row.integer(0)?, &record.message),
        None => Ok(()),
    }
}

/// Stores what the visitor of a conversation thinks of its turns; the newest word counts.
///
/// # Errors
/// When the database refuses.
pub fn store_feedback(
    engine: &dyn Engine,
    conversation: &ConversationId,
    records: &[FeedbackRecord],
) -> Result<(), Error> {
    for record in records {
        engine.run(
            &sql("INSERT INTO feedback (turn_id, conversation_id, at, body) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT (turn_id) DO UPDATE SET at = excluded.at, body = excluded.body WHERE excluded.at > feedback.at")
                .bind(record.turn_id.as_str())
                .bind(conversation.as_str())
                .bind(record.feedback.at)
                .bind(serde_json::to_string(&record.feedback)?),
        )?;
    }
    Ok(())
}

/// What was said outside of turns, oldest first.
///
/// # Errors
/// When the database refuses or a row is not a message.
pub fn messages(engine: &dyn Engine, conversation: &ConversationId) -> Result<Vec<Message>, Error> {
    let statement = sql("SELECT body FROM messages WHERE conversation_id = ?1 ORDER BY at, id")
        .bind(conversation.as_str());
    engine.run(&statement)?.iter().map(|row| row.json(0)).collect()
}

/// The turns of a conversation, oldest first.
///
/// # Errors
/// When the database refuses or a row is not a turn.
pub fn transcript(engine: &dyn Engine, conversation: &ConversationId) -> Result<Vec<Turn>, Error> {
    let statement =
        sql("SELECT turns.body, feedback.body FROM turns LEFT JOIN feedback ON feedback.turn_id = turns.id \
         WHERE turns.conversation_id = ?1 ORDER BY turns.asked_at, turns.id")
        .bind(conversation.as_str());
    let read = |row: &crate::Row| {
        let feedback = row.text_or_null(1)?.map(|_| row.json(1)).transpose()?;
        Ok(Turn { feedback, ..row.json(0)? })
    };
    engine.run(&statement)?.iter().map(read).collect()
}

/// Forgets what was said in some conversations, or of them only what was said before a time; or all there is.
///
/// # Errors
/// When the database refuses.
pub fn erase(
    engine: &dyn Engine,
    conversations: Option<&[ConversationId]>,
    before: Option<f64>,
) -> Result<(), Error> {
    let Some(ids) = conversations else {
        engine.run(&sql("INSERT INTO said (said) VALUES ('delete-all')"))?;
        for table in ["unsaid", "spoken", "turns", "messages", "feedback"] {
            engine.run(&sql(format!("DELETE FROM {table}")))?;
        }
        return Ok(());
    };
    let ids = serde_json::to_string(ids)?;
    let theirs = "conversation_id IN (SELECT value FROM json_each(?1))";
    let turns = format!("turns WHERE {theirs} AND asked_at < coalesce(?2, 9e15)");
    let messages = format!("messages WHERE {theirs} AND at < coalesce(?2, 9e15)");
    let spoken =
        format!("spoken WHERE of IN (SELECT rowid FROM {turns} UNION ALL SELECT -rowid FROM {messages})");
    for statement in [
        format!("DELETE FROM said WHERE rowid IN (SELECT number FROM {spoken})"),
        format!("DELETE FROM {spoken}"),
        format!("DELETE FROM feedback WHERE turn_id IN (SELECT id FROM {turns})"),
        format!("DELETE FROM {turns}"),
        format!("DELETE FROM {messages}"),
    ] {
        engine.run(&sql(statement).bind(ids.as_str()).bind(before))?;
    }
    Ok(())
}
