//! Full-text search over what was said, newest first.
//!
//! What was said has a number, which never changes: `spoken` says which row it stands for. The index keeps no text, but
//! the terms under these numbers. Turns are in it, and what visitor and member wrote to each other; notes, which members
//! leave for each other, and the product's own words are not. What was stored before the index is added to it step by step.

use std::ops::Range;

use domain::excerpt::excerpt;
use domain::language::{self, Language};
use domain::words::{self, phrase::Phrase};
use protocol::api::{Excerpt, Mark, Side, Turn};
use protocol::handover::{Message, Speaker};
use protocol::internal::{FoundTurn, SearchTurns, SearchTurnsReply};

use crate::sql::{Engine, Error, Row, sql};

/// Numbers everything that is there in the order of its time, and notes below which number it waits to be added.
const NUMBER: [&str; 2] = [
    "INSERT INTO spoken (number, of) SELECT row_number() OVER (ORDER BY at, message, row), iif(message, -row, row) FROM (\
     SELECT asked_at AS at, 0 AS message, rowid AS row FROM turns UNION ALL \
     SELECT at, 1, rowid FROM messages WHERE json_extract(body, '$.from') IN ('visitor', 'member'))",
    "INSERT INTO unsaid (below) SELECT max(number) + 1 FROM spoken HAVING count(*) > 0",
];

/// Creates the index; what is there already waits to be added to it. An index of before, which held turns alone by the
/// numbers of their rows, is emptied.
pub(super) fn create(engine: &dyn Engine) -> Result<(), Error> {
    let index = format!(
        "CREATE VIRTUAL TABLE IF NOT EXISTS said USING fts5(body, content='', contentless_delete=1, detail=none, tokenize=\"{}\")",
        words::TOKENIZER
    );
    let tables = [
        index.as_str(),
        // What is below this number is not in the index yet; no row: all is.
        "CREATE TABLE IF NOT EXISTS unsaid (below INTEGER NOT NULL)",
        // A turn by the number of its row, a message by the number of its own below zero.
        "CREATE TABLE spoken (number INTEGER PRIMARY KEY, of INTEGER NOT NULL UNIQUE)",
    ];
    tables.iter().try_for_each(|table| engine.run(&sql(*table)).map(|_| ()))?;
    index_anew(engine)
}

/// Empties the index and numbers everything anew: all waits to be added to it.
///
/// # Errors
/// When the database refuses.
pub fn index_anew(engine: &dyn Engine) -> Result<(), Error> {
    let empty = ["INSERT INTO said (said) VALUES ('delete-all')", "DELETE FROM unsaid", "DELETE FROM spoken"];
    empty.iter().chain(&NUMBER).try_for_each(|statement| engine.run(&sql(*statement)).map(|_| ()))
}

/// Adds a turn, as the newest, to the index.
pub(super) fn add_turn(engine: &dyn Engine, row: i64, turn: &Turn) -> Result<(), Error> {
    add(engine, number(engine, row)?, &whole(turn))
}

/// Adds a message, as the newest, to the index where it is one that is found.
pub(super) fn add_message(engine: &dyn Engine, row: i64, message: &Message) -> Result<(), Error> {
    match message.from {
        Speaker::Visitor | Speaker::Member => add(engine, number(engine, -row)?, &message.text),
        Speaker::System | Speaker::Note => Ok(()),
    }
}

/// A number above all others, and above those that wait: one of these must not be added twice.
fn number(engine: &dyn Engine, of: i64) -> Result<i64, Error> {
    let rows = engine.run(
        &sql("INSERT INTO spoken (number, of) SELECT max(coalesce((SELECT max(number) FROM spoken), 0), \
             coalesce((SELECT below FROM unsaid), 0)) + 1, ?1 RETURNING number")
        .bind(of),
    )?;
    rows.first().ok_or(Error::Column { column: 0 })?.integer(0)
}

fn add(engine: &dyn Engine, number: i64, text: &str) -> Result<(), Error> {
    let body = words::index(text, spoken(text));
    engine.run(&sql("INSERT INTO said (rowid, body) VALUES (?1, ?2)").bind(number).bind(body))?;
    Ok(())
}

/// Writes the index anew, without the words that were removed from it.
///
/// # Errors
/// When the database refuses.
pub fn scrub(engine: &dyn Engine) -> Result<(), Error> {
    engine.run(&sql("INSERT INTO said (said) VALUES ('optimize')")).map(|_| ())
}

/// What stands for a number: a turn or a message.
enum Said {
    Turn(Box<Turn>),
    Message(Message),
}

impl Said {
    /// From the bodies of a turn and of a message, one of which is there.
    fn read(row: &Row, turn: usize, message: usize) -> Result<Self, Error> {
        if row.text_or_null(turn)?.is_some() {
            return Ok(Self::Turn(row.json(turn)?));
        }
        row.json(message).map(Self::Message)
    }
}

/// Adds up to `most` of what waits, the newest first. Says whether there is more.
///
/// # Errors
/// When the database refuses or a row is neither a turn nor a message.
pub fn catch_up(engine: &dyn Engine, most: u32) -> Result<bool, Error> {
    let waiting = engine.run(&sql("SELECT below FROM unsaid"))?;
    let Some(below) = waiting.first().map(|row| row.integer::<i64>(0)).transpose()? else { return Ok(false) };
    let rows = engine.run(
        &sql("SELECT p.number, t.body, m.body FROM spoken p LEFT JOIN turns t ON t.rowid = p.of \
             LEFT JOIN messages m ON m.rowid = -p.of WHERE p.number < ?1 ORDER BY p.number DESC LIMIT ?2")
        .bind(below)
        .bind(most),
    )?;
    let mut reached = below;
    for row in &rows {
        reached = row.integer(0)?;
        match Said::read(row, 1, 2)? {
            Said::Turn(turn) => add(engine, reached, &whole(&turn))?,
            Said::Message(message) => add(engine, reached, &message.text)?,
        }
    }
    if rows.len() < usize::try_from(most).unwrap_or(usize::MAX) {
        engine.run(&sql("DELETE FROM unsaid"))?;
        return Ok(false);
    }
    engine.run(&sql("UPDATE unsaid SET below = ?1").bind(reached))?;
    Ok(true)
}

/// Where all words of a query were said: by visitor and agent together in a turn, or in one message between people.
///
/// # Errors
/// When the database refuses or a row is neither a turn nor a message.
pub fn search(engine: &dyn Engine, search: &SearchTurns) -> Result<SearchTurnsReply, Error> {
    let phrase = Phrase::read(&search.query);
    if phrase.is_empty() {
        return Ok(SearchTurnsReply { found: Vec::new(), below: None });
    }
    // What was stored before the index does not say which agent's it is: the caller knows by its conversation.
    let rows = engine.run(
        &sql("SELECT s.rowid, coalesce(t.conversation_id, m.conversation_id), t.body, m.body \
             FROM said s CROSS JOIN spoken p ON p.number = s.rowid \
             LEFT JOIN turns t ON t.rowid = p.of LEFT JOIN messages m ON m.rowid = -p.of \
             WHERE said MATCH ?1 AND s.rowid < ?2 AND (?3 IS NULL OR coalesce(t.agent_id, m.agent_id, ?3) = ?3) \
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
        let conversation_id = row.text(1)?.parse()?;
        reply.found.push(match Said::read(row, 2, 3)? {
            Said::Turn(turn) => FoundTurn {
                conversation_id,
                asked_at: turn.asked_at,
                excerpt: of_turn(&turn, &phrase),
                turn_id: Some(turn.id),
                message_id: None,
            },
            Said::Message(message) => FoundTurn {
                conversation_id,
                asked_at: message.at,
                excerpt: of_message(&message, &phrase),
                turn_id: None,
                message_id: Some(message.id),
            },
        });
    }
    Ok(reply)
}

fn whole(turn: &Turn) -> String {
    format!("{}\n{}", turn.question, turn.answer)
}

/// The language whose stems a text's words have in the index.
fn spoken(text: &str) -> Language {
    language::guess(text, None).unwrap_or_default()
}

/// What the visitor said, unless the answer has more of the words.
fn of_turn(turn: &Turn, phrase: &Phrase) -> Excerpt {
    let language = spoken(&whole(turn));
    let (asked, answered) = (phrase.marks(&turn.question, language), phrase.marks(&turn.answer, language));
    let length = |marks: &[Range<usize>]| marks.iter().map(ExactSizeIterator::len).max().unwrap_or(0);
    if length(&answered) > length(&asked) {
        shown(Side::Agent, &turn.answer, &answered)
    } else {
        shown(Side::Visitor, &turn.question, &asked)
    }
}

fn of_message(message: &Message, phrase: &Phrase) -> Excerpt {
    let speaker = if message.from == Speaker::Visitor { Side::Visitor } else { Side::Member };
    shown(speaker, &message.text, &phrase.marks(&message.text, spoken(&message.text)))
}

fn shown(speaker: Side, text: &str, marks: &[Range<usize>]) -> Excerpt {
    let (text, marks) = excerpt(text, marks);
    Excerpt { speaker, text, marks: marks.into_iter().map(|(from, to)| Mark { from, to }).collect() }
}
