//! The `Lounge` object's tables: whose it is, and who waits for a person. Conversations and the relations hold the
//! truth; what is lost here is asked for again.

use protocol::ConversationId;
use protocol::internal::{LoungeHome, Waiter};

use crate::sql::{Engine, Error, Row, sql};

/// Creates what is missing.
///
/// # Errors
/// When the database refuses.
pub fn migrate(engine: &dyn Engine) -> Result<(), Error> {
    for statement in [
        "CREATE TABLE IF NOT EXISTS home (id INTEGER PRIMARY KEY CHECK (id = 1), body TEXT NOT NULL, told_at REAL NOT NULL DEFAULT 0)",
        // `place`: what the visitor was told.
        "CREATE TABLE IF NOT EXISTS waiting (conversation_id TEXT PRIMARY KEY, agent_id TEXT NOT NULL, since REAL NOT NULL, \
         place INTEGER NOT NULL DEFAULT 0)",
    ] {
        engine.run(&sql(statement))?;
    }
    Ok(())
}

/// Keeps whose lounge this is.
///
/// # Errors
/// When the database refuses.
pub fn settle_in(engine: &dyn Engine, home: &LoungeHome) -> Result<(), Error> {
    engine.run(
        &sql("INSERT INTO home (id, body) VALUES (1, ?1) ON CONFLICT DO NOTHING")
            .bind(serde_json::to_string(home)?),
    )?;
    Ok(())
}

/// Whose lounge this is, and when the relations said last who waits; 0 when never.
///
/// # Errors
/// When the database refuses or holds something else.
pub fn home(engine: &dyn Engine) -> Result<Option<(LoungeHome, f64)>, Error> {
    let rows = engine.run(&sql("SELECT body, told_at FROM home"))?;
    rows.first().map(|row| Ok((row.json(0)?, row.real(1)?))).transpose()
}

/// A conversation waits; one that is known keeps its place.
///
/// # Errors
/// When the database refuses.
pub fn arrive(engine: &dyn Engine, waiter: &Waiter) -> Result<(), Error> {
    engine.run(
        &sql("INSERT INTO waiting (conversation_id, agent_id, since) VALUES (?1, ?2, ?3) \
              ON CONFLICT (conversation_id) DO UPDATE SET since = excluded.since")
        .bind(waiter.conversation_id.as_str())
        .bind(waiter.agent_id.as_str())
        .bind(waiter.since),
    )?;
    Ok(())
}

/// A conversation waits no longer; whether it did.
///
/// # Errors
/// When the database refuses.
pub fn leave(engine: &dyn Engine, conversation: &ConversationId) -> Result<bool, Error> {
    let left = engine.run(
        &sql("DELETE FROM waiting WHERE conversation_id = ?1 RETURNING 1").bind(conversation.as_str()),
    )?;
    Ok(!left.is_empty())
}

/// What the relations say. They hear of a change later than we do: who is known here and not there stays, until the
/// conversation itself says otherwise. Every place is told again.
///
/// # Errors
/// When the database refuses.
pub fn restore(engine: &dyn Engine, waiting: &[Waiter], now: f64) -> Result<(), Error> {
    for waiter in waiting {
        arrive(engine, waiter)?;
    }
    engine.run(&sql("UPDATE waiting SET place = 0"))?;
    engine.run(&sql("UPDATE home SET told_at = ?1").bind(now))?;
    Ok(())
}

/// Who waits, longest first.
///
/// # Errors
/// When the database refuses or holds something else.
pub fn waiting(engine: &dyn Engine) -> Result<Vec<Waiter>, Error> {
    engine.run(&sql(format!("{WAITING} ORDER BY since, conversation_id")))?.iter().map(waiter).collect()
}

/// The first who has not been told of the right place, with that place; of the first `most` alone.
///
/// # Errors
/// When the database refuses or holds something else.
pub fn untold(engine: &dyn Engine, most: u32) -> Result<Option<(Waiter, u32)>, Error> {
    let rows = engine.run(
        &sql(
            "SELECT conversation_id, agent_id, since, rank FROM (SELECT conversation_id, agent_id, since, place, \
             row_number() OVER (ORDER BY since, conversation_id) AS rank FROM waiting) WHERE place <> rank AND rank <= ?1 \
             ORDER BY rank LIMIT 1",
        )
        .bind(most),
    )?;
    rows.first().map(|row| Ok((waiter(row)?, row.integer(3)?))).transpose()
}

/// A conversation was told of its place.
///
/// # Errors
/// When the database refuses.
pub fn told(engine: &dyn Engine, conversation: &ConversationId, place: u32) -> Result<(), Error> {
    engine.run(
        &sql("UPDATE waiting SET place = ?2 WHERE conversation_id = ?1")
            .bind(conversation.as_str())
            .bind(place),
    )?;
    Ok(())
}

const WAITING: &str = "SELECT conversation_id, agent_id, since FROM waiting";

fn waiter(row: &Row) -> Result<Waiter, Error> {
    Ok(Waiter {
        conversation_id: row.text(0)?.parse()?,
        agent_id: row.text(1)?.parse()?,
        since: row.real(2)?,
    })
}
