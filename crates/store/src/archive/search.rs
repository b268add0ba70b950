//! Full-text search over what was said, newest first.
//!
//! The index keeps no text: a row of it has the number (`rowid`) of its turn, which never changes, since nothing
//! vacuums an object's database. Turns stored before there was an index are added to it step by step.

use std::ops::Range;

use domain::excerpt::excerpt;
use domain::language::{self, Language};
use domain::words::{self, phrase::Phrase};
use protocol::api::{Excerpt, Mark, Side, Turn};
use protocol::internal::{FoundTurn, SearchTurns, SearchTurnsReply};

use crate::sql::{Engine, Error, sql};

/// Creates the index; turns that are there already wait to be added to it.
pub(super) fn create(engine: &dyn Engine) -> Result<(), Error> {
    for statement in [
        format!(
            "CREATE VIRTUAL TABLE said USING fts5(body, content='', contentless_delete=1, detail=none, tokenize=\"{}\")",
            words::TOKENIZER
        ),
        // Turns below this number are not in the index yet; no row: all are.
        "CREATE TABLE unsaid (below INTEGER NOT NULL)".to_owned(),
        "INSERT INTO unsaid (below) SELECT max(rowid) + 1 FROM turns HAVING count(*) > 0".to_owned(),
    ] {
        engine.run(&sql(statement))?;
    }
    Ok(())
}

/// Empties the index: all turns wait to be added to it.
///
/// # Errors
/// When the database refuses.
pub fn index_anew(engine: &dyn Engine) -> Result<(), Error> {
    for statement in [
        "INSERT INTO said (said) VALUES ('delete-all')",
        "DELETE FROM unsaid",
        "INSERT INTO unsaid (below) SELECT max(rowid) + 1 FROM turns HAVING count(*) > 0",
    ] {
        engine.run(&sql(statement))?;
    }
    Ok(())
}

/// Adds a turn to the index.
pub(super) fn add(engine: &dyn Engine, number: i64, turn: &Turn) -> Result<(), Error> {
    let body = words::index(&whole(turn), spoken(turn));
    engine.run(&sql("INSERT INTO said (rowid, body) VALUES (?1, ?2)").bind(number).bind(body))?;
    Ok(())
}

/// Writes the index anew, without the words of turns that were removed from it.
///
/// # Errors
/// When the database refuses.
pub fn scrub(engine: &dyn Engine) -> Result<(), Error> {
    engine.run(&sql("INSERT INTO said (said) VALUES ('optimize')")).map(|_| ())
}

/// Adds up to `most` of the turns that wait, the newest first. Says whether others are left.
///
/// # Errors
/// When the database refuses or a row is not a turn.
pub fn catch_up(engine: &dyn Engine, most: u32) -> Result<bool, Error> {
    let waiting = engine.run(&sql("SELECT below FROM unsaid"))?;
    let Some(below) = waiting.first().map(|row| row.integer::<i64>(0)).transpose()? else { return Ok(false) };
    let turns = sql("SELECT rowid, body FROM turns WHERE rowid < ?1 ORDER BY rowid DESC LIMIT ?2");
    let rows = engine.run(&turns.bind(below).bind(most))?;
    let mut reached = below;
    for row in &rows {
        reached = row.integer(0)?;
        add(engine, reached, &row.json(1)?)?;
    }
    if rows.len() < usize::try_from(most).unwrap_or(usize::MAX) {
        engine.run(&sql("DELETE FROM unsaid"))?;
        return Ok(false);
    }
    engine.run(&sql("UPDATE unsaid SET below = ?1").bind(reached))?;
    Ok(true)
}

/// The turns in which all words of a query were said, by visitor and agent together.
///
/// # Errors
/// When the database refuses or a row is not a turn.
pub fn search(engine: &dyn Engine, search: &SearchTurns) -> Result<SearchTurnsReply, Error> {
    let phrase = Phrase::read(&search.query);
    if phrase.is_empty() {
        return Ok(SearchTurnsReply { found: Vec::new(), below: None });
    }
    // A turn of before the index does not say which agent's it is: the caller knows by its conversation.
    let rows = engine.run(
        &sql("SELECT t.rowid, t.conversation_id, t.body FROM said s JOIN turns t ON t.rowid = s.rowid \
             WHERE said MATCH ?1 AND s.rowid < ?2 AND (?3 IS NULL OR t.agent_id IS NULL OR t.agent_id = ?3) \
             ORDER BY s.rowid DESC LIMIT ?4")
        .bind(phrase.expression())
        .bind(search.below.unwrap_or((1 << 53) - 1))
        .bind(search.agent_id.as_ref().map(protocol::AgentId::as_str))
        .bind(search.limit.saturating_add(1)),
    )?;
    let limit = usize::try_from(search.limit).unwrap_or(usize::MAX);
    let mut reply = SearchTurnsReply { found: Vec::with_capacity(rows.len()), below: None };
    let mut last = 0;
    for (nth, row) in rows.iter().enumerate() {
        if nth == limit {
            reply.below = Some(last);
            break;
        }
        last = row.integer(0)?;
        let turn: Turn = row.json(2)?;
        reply.found.push(FoundTurn {
            conversation_id: row.text(1)?.parse()?,
            asked_at: turn.asked_at,
            excerpt: shown(&turn, &phrase),
            turn_id: turn.id,
        });
    }
    Ok(reply)
}

fn whole(turn: &Turn) -> String {
    format!("{}\n{}", turn.question, turn.answer)
}

/// The language whose stems a turn's words have in the index.
fn spoken(turn: &Turn) -> Language {
    language::guess(&whole(turn), None).unwrap_or_default()
}

/// What the visitor said, unless the answer has more of the words.
fn shown(turn: &Turn, phrase: &Phrase) -> Excerpt {
    let language = spoken(turn);
    let (asked, answered) = (phrase.marks(&turn.question, language), phrase.marks(&turn.answer, language));
    let length = |marks: &[Range<usize>]| marks.iter().map(ExactSizeIterator::len).max().unwrap_or(0);
    let (speaker, text, marks) = if length(&answered) > length(&asked) {
        (Side::Agent, &turn.answer, answered)
    } else {
        (Side::Visitor, &turn.question, asked)
    };
    let (text, marks) = excerpt(text, &marks);
    Excerpt { speaker, text, marks: marks.into_iter().map(|(from, to)| Mark { from, to }).collect() }
}
