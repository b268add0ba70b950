//! The `Archive` object's tables: the words of every turn and message of one workspace.
//! One object holds one workspace, so there is no tenant to bind.

use protocol::ConversationId;
use protocol::api::Turn;
use protocol::handover::Message;
use protocol::internal::{MessageRecord, TurnRecord};

use crate::sql::{Engine, Error, sql};

/// Creates what is missing.
///
/// # Errors
/// When the database refuses.
pub fn migrate(engine: &dyn Engine) -> Result<(), Error> {
    for statement in [
        "CREATE TABLE IF NOT EXISTS turns (id TEXT PRIMARY KEY, conversation_id TEXT NOT NULL, asked_at REAL NOT NULL, body TEXT NOT NULL)",
        "CREATE INDEX IF NOT EXISTS turns_by_conversation ON turns (conversation_id, asked_at, id)",
        "CREATE TABLE IF NOT EXISTS messages (id TEXT PRIMARY KEY, conversation_id TEXT NOT NULL, at REAL NOT NULL, body TEXT NOT NULL)",
        "CREATE INDEX IF NOT EXISTS messages_by_conversation ON messages (conversation_id, at, id)",
    ] {
        engine.run(&sql(statement))?;
    }
    Ok(())
}

/// Stores turns; one that is there already stays as it is.
///
/// # Errors
/// When the database refuses.
pub fn store(engine: &dyn Engine, records: &[TurnRecord]) -> Result<(), Error> {
    for record in records {
        engine.run(
            &sql("INSERT INTO turns (id, conversation_id, asked_at, body) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING")
                .bind(record.turn.id.as_str())
                .bind(record.identity.conversation_id.as_str())
                .bind(record.turn.asked_at)
                .bind(serde_json::to_string(&record.turn)?),
        )?;
    }
    Ok(())
}

/// Stores what was said outside of turns; what is there already stays as it is.
///
/// # Errors
/// When the database refuses.
pub fn store_messages(engine: &dyn Engine, records: &[MessageRecord]) -> Result<(), Error> {
    for record in records {
        engine.run(
            &sql("INSERT INTO messages (id, conversation_id, at, body) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING")
                .bind(record.message.id.as_str())
                .bind(record.identity.conversation_id.as_str())
                .bind(record.message.at)
                .bind(serde_json::to_string(&record.message)?),
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
    let statement = sql("SELECT body FROM turns WHERE conversation_id = ?1 ORDER BY asked_at, id")
        .bind(conversation.as_str());
    engine.run(&statement)?.iter().map(|row| row.json(0)).collect()
}

/// Forgets what was said in some conversations, or all there is.
///
/// # Errors
/// When the database refuses.
pub fn erase(engine: &dyn Engine, conversations: Option<&[ConversationId]>) -> Result<(), Error> {
    for table in ["turns", "messages"] {
        let statement = match conversations {
            None => sql(format!("DELETE FROM {table}")),
            Some(ids) => {
                sql(format!("DELETE FROM {table} WHERE conversation_id IN (SELECT value FROM json_each(?1))"))
                    .bind(serde_json::to_string(ids)?)
            }
        };
        engine.run(&statement)?;
    }
    Ok(())
}
