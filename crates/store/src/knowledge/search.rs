//! Finding passages: candidates from FTS5, weighed again by [`domain::rank`].

use std::collections::{HashMap, HashSet};

use domain::language::{self, Language};
use domain::rank::{Frequencies, Query, Weights};
use domain::words;
use protocol::internal::{Hit, Search, SearchReply};

use super::{PLACES, cache, curated, generation, tags};
use crate::{Engine, Error, Row, sql::sql};

/// Candidates that are weighed again.
const CANDIDATES: u32 = 40;
/// What a passage in another language than the question's is worth.
const FOREIGN: f64 = 0.8;
/// Share of common terms above which two passages say the same.
const SAME: f64 = 0.8;
/// Binds of one statement; a Durable Object allows 100.
const BINDS: usize = 90;

/// The passages for a question, best first: a remembered result of this generation, or a new search. With them
/// the curated answer that applies.
///
/// # Errors
/// When the database refuses a statement or holds something unreadable.
pub fn search(engine: &dyn Engine, search: &Search, now_ms: f64) -> Result<SearchReply, Error> {
    let generation = generation(engine)?;
    let limit = usize::try_from(search.limit).unwrap_or(usize::MAX);
    let question = cache::key(&search.question, &search.tags);
    let curated = curated::find(engine, search)?;
    let admitted = tags::admitted(engine, &search.tags)?;
    if let Some(mut hits) = cache::recall(engine, &question, generation, now_ms)? {
        hits.truncate(limit);
        return Ok(SearchReply { generation, cached: true, hits, curated, admitted });
    }
    let hits = find(engine, &search.question, &search.tags, limit)?;
    Ok(SearchReply { generation, cached: false, hits, curated, admitted })
}

fn find(engine: &dyn Engine, question: &str, only: &[String], limit: usize) -> Result<Vec<Hit>, Error> {
    let site = Site::read(engine)?;
    let groups = words::question(question, &site.languages);
    let occurrences = Occurrences::read(engine, &groups, site.passages)?;
    let query = Query::new(groups, &occurrences, Weights::DEFAULT);
    let terms = query.terms(site.passages);
    if terms.is_empty() {
        return Ok(Vec::new());
    }
    let expression = terms.iter().map(|term| format!("\"{term}\"")).collect::<Vec<_>>().join(" OR ");
    // Before the best are taken: what a filter leaves out takes no place.
    let filter = tags::tagged("key", "?2");
    let matching = sql(format!(
        "SELECT p.key, p.head, p.body, d.stems FROM (SELECT rowid FROM words WHERE words MATCH ?1 AND (?2 = '[]' OR rowid / {PLACES} IN ({filter})) \
         ORDER BY bm25(words, 2.0, 1.0) LIMIT {CANDIDATES}) AS w JOIN passage AS p ON p.key = w.rowid \
         JOIN document AS d ON d.key = p.key / {PLACES}"
    ));
    // Who asks in a language of the site is answered in it, where both versions say the same.
    let asked_in = language::guess(question, None).filter(|language| site.languages.contains(language));
    let rows = engine.run(&matching.bind(expression).bind(serde_json::to_string(only)?))?;
    let average = average_length(&rows)?;
    let mut ranked = Vec::with_capacity(rows.len());
    for row in &rows {
        let (key, head, body) = (row.integer::<i64>(0)?, row.text(1)?, row.text(2)?);
        let mut assessment = query.assess(head, body, average);
        if asked_in.is_some_and(|language| Language::from_tag(row.text(3).unwrap_or("")) != Some(language)) {
            assessment.rank *= FOREIGN;
            assessment.score *= FOREIGN;
        }
        ranked.push((assessment, key, body));
    }
    ranked.sort_by(|a, b| b.0.rank.total_cmp(&a.0.rank));
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
    load(engine, &kept)
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
    let mut hits = Vec::with_capacity(kept.len());
    for (key, score) in kept {
        let passage = sql(
            "SELECT d.id, p.url, d.title, p.path, p.text FROM passage AS p JOIN document AS d ON d.key = ?2 WHERE p.key = ?1",
        );
        let rows = engine.run(&passage.bind(*key).bind(key / PLACES))?;
        let Some(row) = rows.first() else { continue };
        hits.push(Hit {
            document_id: row.text(0)?.parse()?,
            ord: u32::try_from(key % PLACES).unwrap_or_default(),
            url: row.text(1)?.to_owned(),
            title: row.text(2)?.to_owned(),
            heading_path: row.json(3)?,
            text: row.text(4)?.to_owned(),
            score: *score,
            words: Some(*score),
            meaning: None,
        });
    }
    Ok(hits)
}

/// What the index holds as a whole.
struct Site {
    passages: u32,
    languages: Vec<Language>,
}

impl Site {
    fn read(engine: &dyn Engine) -> Result<Self, Error> {
        let mut site = Self { passages: 0, languages: Vec::new() };
        for row in
            engine.run(&sql("SELECT stems, passages FROM tally WHERE passages > 0 ORDER BY passages DESC"))?
        {
            site.passages = site.passages.saturating_add(row.integer::<u32>(1)?);
            site.languages.extend(Language::from_tag(row.text(0)?));
        }
        Ok(site)
    }
}

/// How many passages hold each term of a question.
struct Occurrences {
    counts: HashMap<String, u32>,
    passages: u32,
}

impl Occurrences {
    fn read(engine: &dyn Engine, groups: &[words::Group], passages: u32) -> Result<Self, Error> {
        let mut terms: Vec<&str> = groups
            .iter()
            .filter(|group| group.kind != words::Kind::Function)
            .flat_map(|group| group.terms.iter().map(String::as_str).chain(group.concept))
            .collect();
        terms.sort_unstable();
        terms.dedup();
        let mut counts = HashMap::new();
        for portion in terms.chunks(BINDS) {
            let marks = (1..=portion.len()).map(|n| format!("?{n}")).collect::<Vec<_>>().join(", ");
            let mut statement = sql(format!("SELECT term, doc FROM term WHERE term IN ({marks})"));
            for term in portion {
                statement = statement.bind(*term);
            }
            for row in engine.run(&statement)? {
                counts.insert(row.text(0)?.to_owned(), row.integer::<u32>(1)?);
            }
        }
        Ok(Self { counts, passages })
    }
}

impl Frequencies for Occurrences {
    fn of(&self, term: &str) -> u32 {
        self.counts.get(term).copied().unwrap_or(0)
    }

    fn passages(&self) -> u32 {
        self.passages
    }
}
