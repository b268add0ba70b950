//! The full-text index of one agent, in the SQLite beside the code: a Durable Object's, or any other in a test.
//!
//! Passages are rows keyed by document and place; FTS5 indexes them as external content, in the stored form of
//! [`domain::words`], so that nothing is written twice. Rows written cost money: a passage costs its own row,
//! its length and its share of the index; a document costs one row and two index entries.

mod cache;
mod curated;
pub mod incoming;
mod keep;
pub mod lacking;
mod listing;
pub mod meaning;
pub mod nearest;
pub mod outgoing;
pub mod quantised;
mod search;
mod tags;
mod vocabulary;
mod write;

#[cfg(test)]
mod meaning_tests;
#[cfg(test)]
mod replica_tests;
#[cfg(test)]
mod tests;

pub use cache::{forget_asked, remember};
pub use curated::{curated_revision, put_curated};
pub use keep::keep;
pub use listing::{documents, stats};
pub use search::search;
pub use tags::{put_tags, tags_revision};
pub use write::{put, retire};

use crate::{Engine, Error, sql::sql};

/// A passage's row is `document * PLACES + ord`, so a document's passages are one range of the primary key.
const PLACES: i64 = 65_536;

/// The form in which [`domain::words`] stores terms. What is stored in another form is dropped and built anew, as
/// where an object was lost: a question would not meet it.
const FORM: u32 = 2;

const SCHEMA: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS document (
        key INTEGER PRIMARY KEY,
        id TEXT NOT NULL,
        source TEXT NOT NULL,
        run TEXT NOT NULL,
        url TEXT NOT NULL,
        title TEXT NOT NULL,
        language TEXT,
        stems TEXT NOT NULL,
        hash TEXT NOT NULL,
        passages INTEGER NOT NULL
    )",
    "CREATE UNIQUE INDEX IF NOT EXISTS document_id ON document (id)",
    "CREATE INDEX IF NOT EXISTS document_hash ON document (hash)",
    "CREATE TABLE IF NOT EXISTS passage (
        key INTEGER PRIMARY KEY,
        url TEXT NOT NULL,
        path TEXT NOT NULL,
        text TEXT NOT NULL,
        head TEXT NOT NULL,
        body TEXT NOT NULL
    )",
    "CREATE TABLE IF NOT EXISTS tally (
        stems TEXT PRIMARY KEY,
        documents INTEGER NOT NULL,
        passages INTEGER NOT NULL
    ) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS state (one INTEGER PRIMARY KEY, generation INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS answered (key TEXT PRIMARY KEY, generation INTEGER NOT NULL, at REAL NOT NULL, body TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS asked (
        question TEXT PRIMARY KEY,
        generation INTEGER NOT NULL,
        at REAL NOT NULL,
        hits TEXT NOT NULL
    ) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS curated (
        at INTEGER PRIMARY KEY,
        id TEXT NOT NULL,
        answer TEXT NOT NULL,
        prepared TEXT NOT NULL
    )",
    "CREATE TABLE IF NOT EXISTS curated_state (one INTEGER PRIMARY KEY, revision INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS tag (subject TEXT NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (subject, tag)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS tag_state (one INTEGER PRIMARY KEY, revision INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS form (one INTEGER PRIMARY KEY, version INTEGER NOT NULL)",
    "CREATE VIRTUAL TABLE IF NOT EXISTS term USING fts5vocab(words, row)",
    "INSERT OR IGNORE INTO state (one, generation) VALUES (1, 0)",
];

/// Creates what is missing; doing it again changes nothing.
///
/// # Errors
/// When the database refuses a statement.
pub fn migrate(engine: &dyn Engine) -> Result<(), Error> {
    create(engine)?;
    let form = engine.run(&sql("SELECT version FROM form WHERE one = 1"))?;
    if form.first().map(|row| row.integer::<u32>(0)).transpose()? == Some(FORM) {
        return Ok(());
    }
    if !is_empty(engine)? {
        for table in ["term", "words", "passage", "document", "tally"] {
            engine.run(&sql(format!("DROP TABLE {table}")))?;
        }
        create(engine)?;
        meaning::detach(engine)?;
        incoming::stop(engine)?;
        advance(engine)?;
    }
    engine.run(&sql("INSERT OR REPLACE INTO form (one, version) VALUES (1, ?1)").bind(FORM)).map(|_| ())
}

fn create(engine: &dyn Engine) -> Result<(), Error> {
    engine.run(&sql(format!(
        "CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(head, body, content='passage', content_rowid='key', \
         tokenize=\"{}\")",
        domain::words::TOKENIZER
    )))?;
    for statement in SCHEMA.iter().chain(meaning::SCHEMA).chain(outgoing::SCHEMA).chain(incoming::SCHEMA) {
        engine.run(&sql(*statement))?;
    }
    Ok(())
}

/// Whether nothing can be found, as in a replica that has not been filled yet.
///
/// # Errors
/// When the database refuses the statement.
pub fn is_empty(engine: &dyn Engine) -> Result<bool, Error> {
    Ok(engine.run(&sql("SELECT 1 FROM passage LIMIT 1"))?.is_empty())
}

/// What was found before is not to be given again.
fn advance(engine: &dyn Engine) -> Result<(), Error> {
    engine.run(&sql("UPDATE state SET generation = generation + 1 WHERE one = 1")).map(|_| ())
}

/// The number that grows with every change of the index.
fn generation(engine: &dyn Engine) -> Result<u64, Error> {
    match engine.run(&sql("SELECT generation FROM state WHERE one = 1"))?.first() {
        Some(row) => row.integer(0),
        None => Ok(0),
    }
}
