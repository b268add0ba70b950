//! What changes the index.

use domain::language::{self, Language};
use domain::words;
use protocol::DocumentId;
use protocol::internal::{IndexedDocument, PutReply, Retire, RetireReply};

use super::{PLACES, advance, meaning, outgoing};
use crate::{Engine, Error, Row, sql::sql};

/// A row may hold 2 MB; passages are handed over in portions well below that.
const PORTION_BYTES: usize = 400_000;

/// What is known of a document that is indexed.
struct Known {
    key: i64,
    stems: String,
    passages: i64,
    url: String,
    title: String,
    hash: String,
}

const KNOWN: &str = "SELECT key, stems, passages, url, title, hash FROM document";

impl Known {
    fn read(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            key: row.integer(0)?,
            stems: row.text(1)?.to_owned(),
            passages: row.integer(2)?,
            url: row.text(3)?.to_owned(),
            title: row.text(4)?.to_owned(),
            hash: row.text(5)?.to_owned(),
        })
    }
}

/// Replaces a document's passages. The same content under another document of this run, or of another source,
/// stays there; content whose document this run has not seen (yet) moves to the document put. Putting what is
/// indexed already only notes the run.
///
/// # Errors
/// When the database refuses a statement.
pub fn put(engine: &dyn Engine, document: &IndexedDocument) -> Result<PutReply, Error> {
    let known = engine.run(&sql(format!("{KNOWN} WHERE id = ?1")).bind(document.document_id.as_str()))?;
    let known = known.first().map(Known::read).transpose()?;
    let twin = sql(format!("{KNOWN} WHERE hash = ?1 AND id <> ?2 AND (source <> ?3 OR run = ?4) LIMIT 1"))
        .bind(document.content_hash.as_str())
        .bind(document.document_id.as_str())
        .bind(document.source_id.as_str())
        .bind(document.run_id.as_str());
    if let Some(twin) = engine.run(&twin)?.first().map(Known::read).transpose()? {
        if let Some(known) = known {
            forget(engine, &known)?;
            advance(engine)?;
        }
        return Ok(PutReply::Duplicate { url: twin.url });
    }
    let passages = u32::try_from(document.passages.len()).unwrap_or(u32::MAX);
    if let Some(known) = known {
        if known.hash == document.content_hash && known.url == document.url && known.title == document.title {
            let touch = sql("UPDATE document SET run = ?1 WHERE key = ?2 AND run <> ?1");
            engine.run(&touch.bind(document.run_id.as_str()).bind(known.key))?;
            return Ok(PutReply::Indexed { passages });
        }
        forget(engine, &known)?;
    }
    let left_behind = sql(format!("{KNOWN} WHERE hash = ?1 AND id <> ?2"))
        .bind(document.content_hash.as_str())
        .bind(document.document_id.as_str());
    for row in engine.run(&left_behind)? {
        forget(engine, &Known::read(&row)?)?;
    }
    insert(engine, document)?;
    advance(engine)?;
    Ok(PutReply::Indexed { passages })
}

/// Forgets what a source taught, or only what the kept run did not see again, or only some documents.
///
/// # Errors
/// When the database refuses a statement.
pub fn retire(engine: &dyn Engine, retire: &Retire) -> Result<RetireReply, Error> {
    let keep = retire.keep_run.as_ref().map(protocol::RunId::as_str);
    let only =
        if retire.documents.is_empty() { None } else { Some(serde_json::to_string(&retire.documents)?) };
    let gone = sql(format!(
        "{KNOWN} WHERE source = ?1 AND (?2 IS NULL OR run <> ?2)
         AND (?3 IS NULL OR id IN (SELECT value FROM json_each(?3)))"
    ))
    .bind(retire.source_id.as_str())
    .bind(keep)
    .bind(only);
    let mut documents = Vec::new();
    for row in engine.run(&gone)? {
        let known = Known::read(&row)?;
        let id = engine.run(&sql("SELECT id FROM document WHERE key = ?1").bind(known.key))?;
        if let Some(row) = id.first() {
            documents.push(row.text(0)?.parse::<DocumentId>()?);
        }
        forget(engine, &known)?;
    }
    if !documents.is_empty() {
        advance(engine)?;
    }
    if keep.is_some() {
        // A run is over: one piece is searched in two thirds of the time of the many that its pages left (0.1 s for 20,000
        // passages; nothing where it is one already).
        engine.run(&sql("INSERT INTO words (words) VALUES ('optimize')"))?;
    }
    Ok(RetireReply { documents })
}

/// A document becomes what it is elsewhere: this content, whatever else has it, or nothing.
pub(super) fn replace(
    engine: &dyn Engine,
    id: &str,
    document: Option<&IndexedDocument>,
) -> Result<(), Error> {
    let known = engine.run(&sql(format!("{KNOWN} WHERE id = ?1")).bind(id))?;
    if let Some(known) = known.first().map(Known::read).transpose()? {
        let same = |new: &IndexedDocument| {
            known.hash == new.content_hash && known.url == new.url && known.title == new.title
        };
        if document.is_some_and(same) {
            return Ok(());
        }
        forget(engine, &known)?;
    }
    document.map_or(Ok(()), |document| insert(engine, document))
}

fn insert(engine: &dyn Engine, document: &IndexedDocument) -> Result<(), Error> {
    let stems = stems(document);
    let row = sql("INSERT INTO document (id, source, run, url, title, language, stems, hash, passages)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING key")
    .bind(document.document_id.as_str())
    .bind(document.source_id.as_str())
    .bind(document.run_id.as_str())
    .bind(document.url.as_str())
    .bind(document.title.as_str())
    .bind(document.language.as_deref())
    .bind(stems.code())
    .bind(document.content_hash.as_str())
    .bind(i64::try_from(document.passages.len()).unwrap_or(i64::MAX));
    let key: i64 =
        engine.run(&row)?.first().map_or(Err(Error::Column { column: 0 }), |row| row.integer(0))?;
    let mut portion: Vec<serde_json::Value> = Vec::new();
    let mut bytes = 0;
    for passage in &document.passages {
        let head = words::index(&headline(&document.title, &passage.heading_path), stems);
        let body = words::index(&passage.text, stems);
        bytes += passage.text.len() + head.len() + body.len();
        let path = serde_json::to_string(&passage.heading_path)?;
        portion.push(serde_json::json!([
            key * PLACES + i64::from(passage.ord),
            passage.url,
            path,
            passage.text,
            head,
            body
        ]));
        if bytes > PORTION_BYTES {
            insert_portion(engine, &std::mem::take(&mut portion))?;
            bytes = 0;
        }
    }
    insert_portion(engine, &portion)?;
    outgoing::note_document(engine, key)?;
    count(engine, stems.code(), 1, i64::try_from(document.passages.len()).unwrap_or(0))
}

/// One statement per portion, whatever the number of passages: a statement takes at most 100 binds.
fn insert_portion(engine: &dyn Engine, portion: &[serde_json::Value]) -> Result<(), Error> {
    let (Some(first), Some(last)) = (portion.first(), portion.last()) else { return Ok(()) };
    let key = |row: &serde_json::Value| row.get(0).and_then(serde_json::Value::as_i64).unwrap_or_default();
    let rows = serde_json::to_string(portion)?;
    engine.run(
        &sql("INSERT OR REPLACE INTO passage (key, url, path, text, head, body)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?1)")
        .bind(rows),
    )?;
    engine.run(
        &sql("INSERT INTO words (rowid, head, body) SELECT key, head, body FROM passage WHERE key BETWEEN ?1 AND ?2")
            .bind(key(first))
            .bind(key(last)),
    )?;
    Ok(())
}

fn forget(engine: &dyn Engine, known: &Known) -> Result<(), Error> {
    let (first, last) = (known.key * PLACES, known.key * PLACES + PLACES - 1);
    outgoing::note_document(engine, known.key)?;
    for text in [
        "INSERT INTO words (words, rowid, head, body)
         SELECT 'delete', key, head, body FROM passage WHERE key BETWEEN ?1 AND ?2",
        "DELETE FROM passage WHERE key BETWEEN ?1 AND ?2",
    ] {
        engine.run(&sql(text).bind(first).bind(last))?;
    }
    engine.run(&sql("DELETE FROM document WHERE key = ?1").bind(known.key))?;
    meaning::forget(engine, known.key)?;
    count(engine, &known.stems, -1, -known.passages)
}

fn count(engine: &dyn Engine, stems: &str, documents: i64, passages: i64) -> Result<(), Error> {
    let add = sql(
        "INSERT INTO tally (stems, documents, passages) VALUES (?1, ?2, ?3) ON CONFLICT (stems) DO UPDATE
         SET documents = documents + excluded.documents, passages = passages + excluded.passages",
    );
    engine.run(&add.bind(stems).bind(documents).bind(passages)).map(|_| ())
}

/// The language whose stems a document's Latin words get: what its text shows, else what it says, else English.
fn stems(document: &IndexedDocument) -> Language {
    let said = document.language.as_deref().and_then(Language::from_tag);
    let mut sample = document.title.clone();
    for passage in document.passages.iter().take(3) {
        sample.push('\n');
        sample.push_str(&passage.text);
    }
    language::guess(&sample, said).unwrap_or_default()
}

/// Title and headings as they are indexed; a heading that repeats the title counts once.
fn headline(title: &str, path: &[String]) -> String {
    let mut lines = vec![title];
    lines.extend(path.iter().map(String::as_str).filter(|heading| !title.contains(heading)));
    lines.join("\n")
}
