//! The `Ledger` object's tables: which version of each agent is live, what turns hold, what the month used, and
//! the limits. One object holds one workspace, so there is no tenant to bind.
//!
//! The journal in the relations is the truth of what was used: every counted turn has a place in it, and places
//! only grow. The object's own count is the journal's up to a place (`told.place`) and what was settled here above
//! that place; so it can be lost, and told again, without a turn counting twice or not at all.

mod reserve;
mod settle;

use protocol::internal::{Limits, SetLive};

use crate::sql::{Engine, Error, sql};

pub use reserve::reserve;
pub use settle::{restore, settle};

/// Turns are known by their ids for this long after they were touched last; none is settled later.
const KEPT_MS: f64 = 2.0 * 24.0 * 60.0 * 60_000.0;
/// What was told is asked for again after this long.
const TOLD_MS: f64 = 60.0 * 60_000.0;
/// The pause between two questions for it.
const ASK_MS: f64 = 10_000.0;

/// Creates what is missing.
///
/// # Errors
/// When the database refuses.
pub fn migrate(engine: &dyn Engine) -> Result<(), Error> {
    for statement in [
        "CREATE TABLE IF NOT EXISTS live (agent_id TEXT PRIMARY KEY, version INTEGER, change INTEGER NOT NULL)",
        // A turn is held until `held_until`; without one it is settled.
        "CREATE TABLE IF NOT EXISTS turn (id TEXT PRIMARY KEY, month TEXT NOT NULL, conversations INTEGER NOT NULL, \
         messages INTEGER NOT NULL, place INTEGER NOT NULL DEFAULT 0, held_until REAL, touched REAL NOT NULL)",
        "CREATE INDEX IF NOT EXISTS turn_held ON turn (held_until) WHERE held_until IS NOT NULL",
        "CREATE INDEX IF NOT EXISTS turn_place ON turn (place) WHERE place > 0",
        "CREATE INDEX IF NOT EXISTS turn_touched ON turn (touched)",
        "CREATE TABLE IF NOT EXISTS used (month TEXT PRIMARY KEY, conversations INTEGER NOT NULL, messages INTEGER NOT NULL)",
        "CREATE TABLE IF NOT EXISTS hits (minute INTEGER NOT NULL, subject TEXT NOT NULL, times INTEGER NOT NULL, \
         PRIMARY KEY (minute, subject)) WITHOUT ROWID",
        "CREATE TABLE IF NOT EXISTS told (id INTEGER PRIMARY KEY CHECK (id = 1), limits TEXT NOT NULL, place INTEGER NOT NULL, at REAL NOT NULL)",
        "CREATE TABLE IF NOT EXISTS asking (id INTEGER PRIMARY KEY CHECK (id = 1), bell TEXT NOT NULL, at REAL NOT NULL)",
    ] {
        engine.run(&sql(statement))?;
    }
    Ok(())
}

/// What was told last.
struct Told {
    limits: Limits,
    place: u64,
    at: f64,
}

fn told(engine: &dyn Engine) -> Result<Option<Told>, Error> {
    let rows = engine.run(&sql("SELECT limits, place, at FROM told"))?;
    let read = |row: &crate::Row| Ok(Told { limits: row.json(0)?, place: row.integer(1)?, at: row.real(2)? });
    rows.first().map(read).transpose()
}

/// Whether the relations have to be asked now: nothing was told yet, or long ago. The question is kept until it was
/// answered, and not asked again at once.
///
/// # Errors
/// When the database refuses.
pub fn asks(engine: &dyn Engine, bell: &str, now: f64) -> Result<bool, Error> {
    if told(engine)?.is_some_and(|told| now - told.at < TOLD_MS) {
        return Ok(false);
    }
    let asked = engine.run(
        &sql("INSERT INTO asking (id, bell, at) VALUES (1, ?1, ?2) ON CONFLICT (id) DO UPDATE \
             SET bell = excluded.bell, at = excluded.at WHERE excluded.at >= asking.at + ?3 RETURNING id")
        .bind(bell)
        .bind(now)
        .bind(ASK_MS),
    )?;
    Ok(!asked.is_empty())
}

/// The question that was not answered yet.
///
/// # Errors
/// When the database refuses.
pub fn unanswered(engine: &dyn Engine) -> Result<Option<String>, Error> {
    let rows = engine.run(&sql("SELECT bell FROM asking"))?;
    rows.first().map(|row| Ok(row.text(0)?.to_owned())).transpose()
}

/// Notes which version is live; one that was overtaken by a later change is ignored.
///
/// # Errors
/// When the database refuses.
pub fn set_live(engine: &dyn Engine, message: &SetLive) -> Result<(), Error> {
    engine.run(
        &sql("INSERT INTO live (agent_id, version, change) VALUES (?1, ?2, ?3) \
              ON CONFLICT (agent_id) DO UPDATE SET version = excluded.version, change = excluded.change \
              WHERE excluded.change >= live.change")
        .bind(message.agent_id.as_str())
        .bind(message.version)
        .bind(message.change),
    )?;
    Ok(())
}

/// With which version a turn of an agent may start; `None` where none is live. One that nothing was ever said about may
/// start with any: its snapshot at the edge is older than this object.
fn live(engine: &dyn Engine, agent: &str) -> Result<Option<Option<u32>>, Error> {
    let rows = engine.run(&sql("SELECT version FROM live WHERE agent_id = ?1").bind(agent))?;
    let Some(row) = rows.first() else { return Ok(Some(None)) };
    row.real_or_null(0)?.map(|_| row.integer(0).map(Some)).transpose()
}
