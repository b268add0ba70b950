//! Comparing a question's vector with those that are here: passages one portion after another, never all in
//! memory, and the phrasings of curated answers.

use std::collections::HashMap;

use domain::curated::{self, Asked, Match, Prepared};
use domain::{order, text};
use protocol::internal::Hit;

use super::quantised::Question;
use super::{PLACES, generation, outgoing};
use crate::{Engine, Error, sql::sql};

/// Rows of vectors that are in memory at once.
const ROWS: u32 = 32;
/// Questions of which is kept what phrasings they are close to.
const MOST_CLOSE: u32 = 256;

/// The passages nearest to a question, best first.
///
/// # Errors
/// When the database refuses a statement or holds something unreadable.
pub fn nearest(
    engine: &dyn Engine,
    model: &str,
    question: &Question,
    limit: usize,
) -> Result<Vec<Hit>, Error> {
    let (mut best, mut after): (Vec<(f32, i64)>, i64) = (Vec::new(), 0);
    loop {
        let rows = sql(
            "SELECT id, first, dimensions, bytes FROM vector WHERE model = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
        );
        let rows = engine.run(&rows.bind(model).bind(after).bind(ROWS))?;
        for row in &rows {
            after = row.integer(0)?;
            if row.integer::<usize>(2)? != question.dimensions() {
                continue;
            }
            for (cosine, key) in question.cosines(row.blob(3)?).zip(row.integer::<i64>(1)?..) {
                if best.len() < limit || best.last().is_some_and(|(worst, _)| cosine > *worst) {
                    let place = best.partition_point(|(other, _)| *other >= cosine);
                    best.insert(place, (cosine, key));
                    best.truncate(limit);
                }
            }
        }
        if rows.len() < usize::try_from(ROWS).unwrap_or(usize::MAX) {
            break;
        }
    }
    let mut hits = Vec::with_capacity(best.len());
    for (cosine, key) in best {
        let passage = sql(
            "SELECT d.id, p.url, d.title, p.path, p.text FROM passage AS p JOIN document AS d ON d.key = ?2 WHERE p.key = ?1",
        );
        let rows = engine.run(&passage.bind(key).bind(key / PLACES))?;
        let Some(row) = rows.first() else { continue };
        let score = f64::from(cosine).clamp(0.0, 1.0);
        hits.push(Hit {
            document_id: row.text(0)?.parse()?,
            ord: u32::try_from(key % PLACES).unwrap_or_default(),
            url: row.text(1)?.to_owned(),
            title: row.text(2)?.to_owned(),
            heading_path: row.json(3)?,
            text: row.text(4)?.to_owned(),
            score,
            words: None,
            meaning: Some(score),
        });
    }
    Ok(hits)
}

/// Phrasings of curated answers without a vector of this model; vectors of phrasings that are gone, or of models
/// not named, go.
///
/// # Errors
/// When the database refuses a statement.
pub fn lines_lacking(engine: &dyn Engine, model: &str, models: &[&str]) -> Result<Vec<String>, Error> {
    let mut lines: Vec<String> = Vec::new();
    for prepared in super::curated::prepared(engine)? {
        lines.extend(prepared.phrasings().map(str::to_owned));
    }
    order::unique(&mut lines);
    let gone = "curated_vector WHERE line NOT IN (SELECT value FROM json_each(?1))
         OR model NOT IN (SELECT value FROM json_each(?2))";
    let (all, kept) = (serde_json::to_string(&lines)?, serde_json::to_string(models)?);
    outgoing::note_lines(engine, sql(gone).bind(all.as_str()).bind(kept.as_str()))?;
    engine.run(&sql(format!("DELETE FROM {gone}")).bind(all).bind(kept))?;
    let known = sql("SELECT line FROM curated_vector WHERE model = ?1").bind(model);
    let known = engine.run(&known)?;
    let known = known.iter().map(|row| row.text(0)).collect::<Result<std::collections::HashSet<_>, _>>()?;
    lines.retain(|line| !known.contains(line.as_str()));
    Ok(lines)
}

/// Keeps the vectors of phrasings.
///
/// # Errors
/// When the database refuses a statement.
pub fn put_lines(
    engine: &dyn Engine,
    model: &str,
    lines: &[String],
    vectors: &[Vec<f32>],
) -> Result<(), Error> {
    for (line, vector) in lines.iter().zip(vectors) {
        let mut bytes = Vec::new();
        super::quantised::push(&mut bytes, vector);
        let row = sql(
            "INSERT OR REPLACE INTO curated_vector (line, model, dimensions, bytes) VALUES (?1, ?2, ?3, ?4)",
        );
        let dimensions = u32::try_from(vector.len()).unwrap_or_default();
        engine.run(&row.bind(line.as_str()).bind(model).bind(dimensions).bind(bytes))?;
        let one = sql("curated_vector WHERE line = ?1 AND model = ?2");
        outgoing::note_lines(engine, one.bind(line.as_str()).bind(model))?;
    }
    super::advance(engine)
}

/// The curated answer that means nearly what was asked. Which phrasings are close is kept for the next asker of the
/// same; pages and languages differ.
///
/// # Errors
/// When the database refuses a statement or holds something unreadable.
pub fn close(
    engine: &dyn Engine,
    model: &str,
    question: &Question,
    asked: &Asked<'_>,
) -> Result<Option<protocol::internal::CuratedHit>, Error> {
    let rows = sql("SELECT line, bytes FROM curated_vector WHERE model = ?1 AND dimensions = ?2");
    let dimensions = u32::try_from(question.dimensions()).unwrap_or_default();
    let mut lines: HashMap<String, f64> = HashMap::new();
    for row in engine.run(&rows.bind(model).bind(dimensions))? {
        let cosine = question.cosines(row.blob(1)?).next().map_or(0.0, f64::from);
        if cosine >= curated::CLOSE {
            lines.insert(row.text(0)?.to_owned(), cosine.min(1.0));
        }
    }
    if lines.is_empty() {
        return Ok(None);
    }
    let now = generation(engine)?;
    let keep = sql("INSERT OR REPLACE INTO close (question, generation, lines) VALUES (?1, ?2, ?3)")
        .bind(text::normalised_question(asked.question))
        .bind(now)
        .bind(serde_json::to_string(&lines)?);
    engine.run(&keep)?;
    let stale = sql("DELETE FROM close WHERE generation <> ?1 OR id <= (SELECT max(id) FROM close) - ?2");
    engine.run(&stale.bind(now).bind(MOST_CLOSE))?;
    let prepared = super::curated::prepared(engine)?;
    super::curated::hit(engine, of_lines(&prepared, asked, &lines))
}

/// The same for a question that was asked before, from what was kept.
pub(super) fn close_again(
    engine: &dyn Engine,
    prepared: &[Prepared],
    asked: &Asked<'_>,
    question: &str,
) -> Result<Option<Match>, Error> {
    let kept = sql("SELECT lines FROM close WHERE question = ?1 AND generation = ?2");
    let rows = engine.run(&kept.bind(question).bind(generation(engine)?))?;
    let Some(lines) = rows.first().map(|row| row.json(0)).transpose()? else { return Ok(None) };
    Ok(of_lines(prepared, asked, &lines))
}

fn of_lines(prepared: &[Prepared], asked: &Asked<'_>, lines: &HashMap<String, f64>) -> Option<Match> {
    curated::close(prepared, asked, |line| lines.get(line).copied().unwrap_or_default())
}
