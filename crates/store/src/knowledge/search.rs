//! Finding passages: candidates from FTS5, weighed again by [`domain::rank`].

use std::collections::HashSet;

use domain::followup::Asked;
use domain::language::{self, Language};
use domain::order;
use domain::rank::{Query, Weights};
use domain::words;
use protocol::internal::{Hit, Search, SearchReply, Weighed};

use super::vocabulary::{Occurrences, Site};
use super::{PLACES, cache, curated, generation, tags};
use crate::{Engine, Error, Row, sql::sql};

/// Candidates that are weighed again.
const CANDIDATES: u32 = 40;
/// What a passage in another language than the question's is worth.
const FOREIGN: f64 = 0.8;
/// Share of common terms above which two passages say the same.
const SAME: f64 = 0.8;

/// The passages for a question, best first: a remembered result of this generation, or a new search. With them
/// the curated answer that applies.
///
/// # Errors
/// When the database refuses a statement or holds something unreadable.
pub fn search(engine: &dyn Engine, search: &Search, now_ms: f64) -> Result<SearchReply, Error> {
    let generation = generation(engine)?;
    let limit = usize::try_from(search.limit).unwrap_or(usize::MAX);
    let asked = Asked { question: search.question.clone(), context: search.context.clone() };
    let question = cache::key(&asked.whole(), &search.tags);
    let curated = curated::find(engine, search, &question)?;
    let admitted = tags::admitted(engine, &search.tags)?;
    // A member's own answer goes before a model's.
    let answer = match &curated {
        None => cache::answered(engine, &search.answer_key, generation, now_ms)?,
        Some(_) => None,
    };
    let reply = SearchReply {
        generation,
        cached: false,
        hits: Vec::new(),
        weighed: Vec::new(),
        curated,
        meaning: None,
        admitted,
        answer,
    };
    if let Some(mut hits) = cache::recall(engine, &question, generation, now_ms)? {
        hits.truncate(limit);
        return Ok(SearchReply { cached: true, hits, ..reply });
    }
    let (hits, weighed) = find(engine, &asked, &search.tags, limit)?;
    Ok(SearchReply { hits, weighed, ..reply })
}

/// The best passages, and what all candidates are worth.
fn find(
    engine: &dyn Engine,
    asked: &Asked,
    only: &[String],
    limit: usize,
) -> Result<(Vec<Hit>, Vec<Weighed>), Error> {
    let site = Site::read(engine)?;
    let mut groups = words::asked(asked, &site.languages);
    let occurrences = Occurrences::read(engine, &mut groups, &site)?;
    let query = Query::new(groups, &occurrences, Weights::DEFAULT);
    let terms = query.terms(site.passages);
    if terms.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let expression = terms.iter().map(|term| format!("\"{term}\"")).collect::<Vec<_>>().join(" OR ");
    // Before the best are taken: what a filter leaves out takes no place.
    let filter = tags::tagged("key", "?2");
    let matching = sql(format!(
        "SELECT p.key, p.head, p.body, d.stems, d.id FROM (SELECT rowid FROM words WHERE words MATCH ?1 AND (?2 = '[]' OR rowid / {PLACES} IN ({filter})) \
         ORDER BY bm25(words, 2.0, 1.0) LIMIT {CANDIDATES}) AS w JOIN passage AS p ON p.key = w.rowid \
         JOIN document AS d ON d.key = p.key / {PLACES}"
    ));
    // Who asks in a language of the site is answered in it, where both versions say the same.
    let asked_in = language::guess(&asked.whole(), None).filter(|language| site.languages.contains(language));
    let rows = engine.run(&matching.bind(expression).bind(serde_json::to_string(only)?))?;
    let average = average_length(&rows)?;
    let mut ranked = Vec::with_capacity(rows.len());
    let mut weighed = Vec::with_capacity(rows.len());
    for row in &rows {
        let (key, head, body) = (row.integer::<i64>(0)?, row.text(1)?, row.text(2)?);
        let mut assessment = query.assess(head, body, average);
        if asked_in.is_some_and(|language| Language::from_tag(row.text(3).unwrap_or("")) != Some(language)) {
            assessment.rank *= FOREIGN;
            assessment.score *= FOREIGN;
        }
        ranked.push((assessment, key, body));
        weighed.push(Weighed {
            document_id: row.text(4)?.parse()?,
            ord: ord(key),
            rank: assessment.rank,
            score: assessment.score,
        });
    }
    order::by(&mut ranked, |a, b| b.0.rank.total_cmp(&a.0.rank));
    order::by(&mut weighed, |a, b| b.rank.total_cmp(&a.rank));
    let mut kept: Vec<(i64, f64)> = Vec::new();
    let mut seen: Vec<HashSet<&str>> = Vec::new();
    for (assessment, key, body) in ranked {
        if kept.len() == limit {
            break;
        }
        let terms: HashSet<&str> = body.split(['\n', ' ', '/']).collect();
        if !seen.iter().any(|other| alike(other, &terms)) {
            seen.push(terms);
            kept.push((key, assessment.score));
        }
    }
    Ok((load(engine, &kept)?, weighed))
}

fn ord(key: i64) -> u32 {
    u32::try_from(key % PLACES).unwrap_or_default()
}

/// Whether two passages share nearly all their terms (Jaccard's coefficient).
fn alike(a: &HashSet<&str>, b: &HashSet<&str>) -> bool {
    let (small, large) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let ratio = |part: usize, whole: usize| {
        f64::from(u32::try_from(part).unwrap_or(u32::MAX))
            / f64::from(u32::try_from(whole.max(1)).unwrap_or(u32::MAX))
    };
    if ratio(small.len(), large.len()) < SAME {
        return false;
    }
    let common = small.iter().filter(|term| large.contains(*term)).count();
    ratio(common, small.len() + large.len() - common) >= SAME
}

fn average_length(rows: &[Row]) -> Result<f64, Error> {
    let mut tokens = 0_u32;
    for row in rows {
        let spaces = row.text(2)?.bytes().filter(|b| matches!(b, b' ' | b'\n')).count();
        tokens = tokens.saturating_add(u32::try_from(spaces).unwrap_or(u32::MAX));
    }
    Ok(f64::from(tokens) / f64::from(u32::try_from(rows.len().max(1)).unwrap_or(1)))
}

fn load(engine: &dyn Engine, kept: &[(i64, f64)]) -> Result<Vec<Hit>, Error> {
    let keys: Vec<i64> = kept.iter().map(|(key, _)| *key).collect();
    let passages = sql(format!(
        "SELECT j.key, d.id, p.url, d.title, p.path, p.text FROM json_each(?1) AS j CROSS JOIN passage AS p ON p.key = j.value \
         CROSS JOIN document AS d ON d.key = p.key / {PLACES} ORDER BY j.key"
    ));
    let mut hits = Vec::with_capacity(kept.len());
    for row in engine.run(&passages.bind(serde_json::to_string(&keys)?))? {
        let Some((key, score)) = kept.get(row.integer::<usize>(0)?) else { continue };
        hits.push(Hit {
            document_id: row.text(1)?.parse()?,
            ord: ord(*key),
            url: row.text(2)?.to_owned(),
            title: row.text(3)?.to_owned(),
            heading_path: row.json(4)?,
            text: row.text(5)?.to_owned(),
            score: *score,
            words: Some(*score),
            meaning: None,
        });
    }
    Ok(hits)
}
