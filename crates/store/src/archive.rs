//! The `Archive` object's tables: the words of every turn of one workspace.
//! One object holds one workspace, so there is no tenant to bind.

use protocol::ConversationId;
use protocol::api::Turn;
use protocol::internal::TurnRecord;

use crate::sql::{Engine, Error, sql};

/// Creates what is missing.
///
/// # Errors
/// When the database refuses.
pub fn migrate(engine: &dyn Engine) -> Result<(), Error> {
    for statement in [
        "CREATE TABLE IF NOT EXISTS turns (id TEXT PRIMARY KEY, conversation_id TEXT NOT NULL, asked_at REAL NOT NULL, body TEXT NOT NULL)",
        "CREATE INDEX IF NOT EXISTS turns_by_conversation ON turns (conversation_id, asked_at, id)",
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

/// The turns of a conversation, oldest first.
///
/// # Errors
/// When the database refuses or a row is not a turn.
pub fn transcript(engine: &dyn Engine, conversation: &ConversationId) -> Result<Vec<Turn>, Error> {
    let statement = sql("SELECT body FROM turns WHERE conversation_id = ?1 ORDER BY asked_at, id")
        .bind(conversation.as_str());
    engine.run(&statement)?.iter().map(|row| row.json(0)).collect()
}

/// Forgets the turns of some conversations, or all there are.
///
/// # Errors
/// When the database refuses.
pub fn erase(engine: &dyn Engine, conversations: Option<&[ConversationId]>) -> Result<(), Error> {
    let statement = match conversations {
        None => sql("DELETE FROM turns"),
        Some(ids) => sql("DELETE FROM turns WHERE conversation_id IN (SELECT value FROM json_each(?1))")
            .bind(serde_json::to_string(ids)?),
    };
    engine.run(&statement)?;
    Ok(())
}
