//! Curated answers beside the passages, ready to be compared with questions.

use domain::curated::{self, Asked, Match, Prepared};
use protocol::internal::{Curated, CuratedHit, PutCurated, Search};

use super::nearest;
use crate::{Engine, Error, sql::sql};

/// Answers are handed over in portions well below what a row may hold.
const PORTION: usize = 50;

/// Replaces the curated answers; a set older than the one there changes nothing.
///
/// # Errors
/// When the database refuses a statement.
pub fn put_curated(engine: &dyn Engine, set: &PutCurated) -> Result<(), Error> {
    if curated_revision(engine)?.is_some_and(|known| known >= set.revision) {
        return Ok(());
    }
    engine.run(&sql("DELETE FROM curated"))?;
    let mut at = 0_usize;
    for portion in set.answers.chunks(PORTION) {
        let mut rows = Vec::with_capacity(portion.len());
        for Curated { id, content } in portion {
            let prepared = serde_json::to_string(&Prepared::new(content))?;
            rows.push(serde_json::json!([at, id, content.answer, prepared]));
            at += 1;
        }
        let insert = sql("INSERT INTO curated (at, id, answer, prepared)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?1)");
        engine.run(&insert.bind(serde_json::to_string(&rows)?))?;
    }
    engine.run(
        &sql("INSERT OR REPLACE INTO curated_state (one, revision) VALUES (1, ?1)").bind(set.revision),
    )?;
    super::outgoing::note(engine, "c")?;
    super::advance(engine)
}

/// The revision of the curated answers here; none where they were never put, as in an index that was lost.
///
/// # Errors
/// When the database refuses the statement.
pub fn curated_revision(engine: &dyn Engine) -> Result<Option<u64>, Error> {
    let rows = engine.run(&sql("SELECT revision FROM curated_state WHERE one = 1"))?;
    rows.first().map(|row| row.integer(0)).transpose()
}

/// The curated answer a question gets. Never kept with a question's passages: pages and languages differ.
pub(super) fn find(
    engine: &dyn Engine,
    search: &Search,
    normalised: &str,
) -> Result<Option<CuratedHit>, Error> {
    let answers = prepared(engine)?;
    if answers.is_empty() {
        return Ok(None);
    }
    let asked = Asked {
        question: &search.question,
        page_url: search.page_url.as_deref(),
        language: search.language.as_deref(),
    };
    let found = match curated::find(&answers, &asked) {
        Some(found) => Some(found),
        None => nearest::close_again(engine, &answers, &asked, normalised)?,
    };
    hit(engine, found)
}

/// All curated answers, ready to be compared.
pub(super) fn prepared(engine: &dyn Engine) -> Result<Vec<Prepared>, Error> {
    let rows = engine.run(&sql("SELECT prepared FROM curated ORDER BY at"))?;
    rows.iter().map(|row| row.json(0)).collect()
}

/// A match with its answer.
pub(super) fn hit(engine: &dyn Engine, found: Option<Match>) -> Result<Option<CuratedHit>, Error> {
    let Some(found) = found else { return Ok(None) };
    let at = u32::try_from(found.at).unwrap_or(u32::MAX);
    let rows = engine.run(&sql("SELECT id, answer FROM curated WHERE at = ?1").bind(at))?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(CuratedHit {
        id: row.text(0)?.parse()?,
        pattern: found.pattern,
        answer: row.text(1)?.to_owned(),
        by: found.by,
        score: found.score,
    }))
}
