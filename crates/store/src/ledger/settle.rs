//! What turns used in the end, and what the journal knows of it.

use domain::calendar;
use protocol::internal::{Restore, Settled};

use super::{KEPT_MS, set_live, told};
use crate::sql::{Engine, Error, sql};

/// Ends what is held for a turn and counts what it used. Settled again, it changes nothing; settled after its hold
/// has ended, or although nothing was ever held here, it counts once all the same.
///
/// # Errors
/// When the database refuses.
pub fn settle(engine: &dyn Engine, turn: &Settled, now: f64) -> Result<(), Error> {
    let known = engine.run(&sql("SELECT held_until FROM turn WHERE id = ?1").bind(turn.turn_id.as_str()))?;
    let settled = match known.first() {
        Some(row) => row.real_or_null(0)?.is_none(),
        // Known and forgotten again.
        None => turn.asked_at < now - KEPT_MS,
    };
    if settled {
        return Ok(());
    }
    let month = calendar::month(turn.asked_at);
    engine.run(
        &sql("INSERT INTO turn (id, month, conversations, messages, place, held_until, touched) VALUES (?1, ?2, ?3, ?4, ?5, NULL, ?6) \
             ON CONFLICT (id) DO UPDATE SET month = excluded.month, conversations = excluded.conversations, \
             messages = excluded.messages, place = excluded.place, held_until = NULL, touched = excluded.touched")
        .bind(turn.turn_id.as_str())
        .bind(month.as_str())
        .bind(turn.conversations)
        .bind(turn.messages)
        .bind(turn.place)
        .bind(now),
    )?;
    // Up to its place, the journal's own count holds the turn already.
    if turn.place > told(engine)?.map_or(0, |told| told.place) {
        add(engine, &month, turn.conversations, turn.messages)?;
    }
    Ok(())
}

fn add(engine: &dyn Engine, month: &str, conversations: u64, messages: u64) -> Result<(), Error> {
    engine.run(
        &sql("INSERT INTO used (month, conversations, messages) VALUES (?1, ?2, ?3) ON CONFLICT (month) DO UPDATE \
             SET conversations = conversations + excluded.conversations, messages = messages + excluded.messages")
        .bind(month)
        .bind(conversations)
        .bind(messages),
    )?;
    Ok(())
}

/// Takes what the relations know: the month's count up to a place in the journal, to which comes what was settled
/// here above it. What was read earlier than what was told before changes nothing.
///
/// # Errors
/// When the database refuses.
pub fn restore(engine: &dyn Engine, message: &Restore, now: f64) -> Result<(), Error> {
    if told(engine)?.is_some_and(|told| told.place > message.place) {
        return Ok(());
    }
    engine.run(&sql("DELETE FROM used WHERE month = ?1").bind(message.month.as_str()))?;
    add(engine, &message.month, message.conversations, message.messages)?;
    engine.run(
        &sql("UPDATE used SET \
             conversations = conversations + (SELECT coalesce(sum(conversations), 0) FROM turn WHERE place > ?2 AND month = ?1), \
             messages = messages + (SELECT coalesce(sum(messages), 0) FROM turn WHERE place > ?2 AND month = ?1) WHERE month = ?1")
        .bind(message.month.as_str())
        .bind(message.place),
    )?;
    for live in &message.live {
        set_live(engine, live)?;
    }
    if !message.visitors.is_empty() {
        engine.run(
            &sql("INSERT INTO hits (minute, subject, times) SELECT ?1->>'last', key, value FROM json_each(?1, '$.times') WHERE true \
                 ON CONFLICT (minute, subject) DO UPDATE SET times = max(times, excluded.times)")
            .bind(message.visitors.as_str()),
        )?;
    }
    engine.run(
        &sql("INSERT INTO told (id, limits, place, at) VALUES (1, ?1, ?2, ?3) ON CONFLICT (id) DO UPDATE \
             SET limits = excluded.limits, place = excluded.place, at = excluded.at")
        .bind(serde_json::to_string(&message.limits)?)
        .bind(message.place)
        .bind(now),
    )?;
    engine.run(&sql("DELETE FROM asking"))?;
    Ok(())
}
