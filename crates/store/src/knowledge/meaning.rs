//! Which vectors stand for which document, and what became of those that do not any more.
//!
//! A document's vectors of one model in one place are a *revision*: begun, then live, then dead. A revision is never
//! used again after it died, and it dies in the same synchronous block in which its document is replaced or
//! forgotten; so whatever an index that forgets late still finds, it is known here to be gone. Dead rows stay until
//! the index has been told twice and a day has passed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::meaning::SHORT;
use protocol::internal::{Meaning, MeaningStats, Passage, Place, Space, StoredVectors};
use protocol::{AgentId, DocumentId, WorkspaceId};

use super::{PLACES, advance, outgoing, quantised};
use crate::{Engine, Error, Row, sql::sql};

/// Passages that are compared here, at most; more need an index.
pub const MOST_HERE: u64 = 5_000;
/// Dead revisions that are listed with every search, at most; beyond, words alone are searched until the index forgot.
const MOST_DEAD: usize = 10_000;
/// Documents looked at for one step.
const DOCUMENTS: u32 = 100;
/// A document whose text was refused this often is embedded alone, and this often given up.
const ALONE_AFTER: u32 = 2;
const MOST_TRIES: u32 = 5;
/// Passages of one row of vectors.
const PORTION: usize = 100;
const HOUR_MS: f64 = 60.0 * 60.0 * 1_000.0;

const BEGUN: u32 = 0;
pub(super) const LIVE: u32 = 1;
pub(super) const DEAD: u32 = 2;
const GIVEN_UP: u32 = 3;

pub(super) const SCHEMA: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS embedded (
        revision TEXT PRIMARY KEY,
        document TEXT NOT NULL,
        key INTEGER,
        model TEXT NOT NULL,
        place TEXT NOT NULL,
        dimensions INTEGER NOT NULL,
        places INTEGER NOT NULL,
        state INTEGER NOT NULL,
        tries INTEGER NOT NULL,
        due REAL NOT NULL
    ) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS embedded_key ON embedded (key)",
    "CREATE INDEX IF NOT EXISTS embedded_state ON embedded (state)",
    "CREATE TABLE IF NOT EXISTS vector (
        id INTEGER PRIMARY KEY,
        revision TEXT NOT NULL,
        model TEXT NOT NULL,
        first INTEGER NOT NULL,
        dimensions INTEGER NOT NULL,
        bytes BLOB NOT NULL
    )",
    "CREATE INDEX IF NOT EXISTS vector_revision ON vector (revision)",
    "CREATE TABLE IF NOT EXISTS meaning (
        one INTEGER PRIMARY KEY,
        workspace TEXT NOT NULL,
        agent TEXT NOT NULL,
        model TEXT,
        place TEXT,
        failures INTEGER NOT NULL DEFAULT 0,
        retry_at REAL NOT NULL DEFAULT 0
    )",
    "CREATE TABLE IF NOT EXISTS curated_vector (
        line TEXT NOT NULL,
        model TEXT NOT NULL,
        dimensions INTEGER NOT NULL,
        bytes BLOB NOT NULL,
        PRIMARY KEY (line, model)
    ) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS close (
        id INTEGER PRIMARY KEY,
        question TEXT NOT NULL UNIQUE,
        generation INTEGER NOT NULL,
        lines TEXT NOT NULL
    )",
];

/// The documents are built anew, under other keys: their vectors come back from R2 as after a loss. What is dead stays
/// dead.
pub(super) fn detach(engine: &dyn Engine) -> Result<(), Error> {
    engine.run(&sql("DELETE FROM embedded WHERE state <> ?1").bind(DEAD))?;
    engine.run(&sql("DELETE FROM vector"))?;
    engine.run(&sql("DELETE FROM meaning")).map(|_| ())
}

/// Whose knowledge this is; an object cannot read its own name.
///
/// # Errors
/// When the database refuses a statement.
pub fn belongs_to(engine: &dyn Engine, workspace: &WorkspaceId, agent: &AgentId) -> Result<(), Error> {
    let note = sql("INSERT OR IGNORE INTO meaning (one, workspace, agent) VALUES (1, ?1, ?2)");
    engine.run(&note.bind(workspace.as_str()).bind(agent.as_str())).map(|_| ())
}

/// See [`belongs_to`].
///
/// # Errors
/// When the database refuses the statement or holds something unreadable.
pub fn owner(engine: &dyn Engine) -> Result<Option<(WorkspaceId, AgentId)>, Error> {
    let rows = engine.run(&sql("SELECT workspace, agent FROM meaning WHERE one = 1"))?;
    rows.first().map(|row| Ok((row.text(0)?.parse()?, row.text(1)?.parse()?))).transpose()
}

/// What questions are compared with.
///
/// # Errors
/// When the database refuses the statement.
pub fn serving(engine: &dyn Engine) -> Result<Option<Space>, Error> {
    let rows = engine.run(&sql("SELECT model, place FROM meaning WHERE one = 1 AND model IS NOT NULL"))?;
    rows.first().map(|row| space(row, 0)).transpose()
}

/// How meaning takes part in an answer; `configured` is what the installation wants.
///
/// # Errors
/// When the database refuses a statement.
pub fn meaning(engine: &dyn Engine, configured: Option<&Space>) -> Result<Option<Meaning>, Error> {
    let (Some(_), Some(space)) = (configured, serving(engine)?) else { return Ok(None) };
    let curated = sql("SELECT 1 FROM curated_vector WHERE model = ?1 LIMIT 1").bind(space.model.as_str());
    let curated = !engine.run(&curated)?.is_empty();
    if space.place == Place::Here {
        let fits = !is_too_large(engine)?;
        return Ok(fits.then(|| Meaning { space, dead: String::new(), curated }));
    }
    let gone = sql("SELECT revision FROM embedded WHERE state = ?1 AND model = ?2 AND place = ?3");
    let gone = engine.run(&gone.bind(DEAD).bind(space.model.as_str()).bind(named(space.place)))?;
    if gone.len() > MOST_DEAD {
        return Ok(None);
    }
    let mut dead = String::with_capacity(gone.len() * SHORT);
    for row in &gone {
        dead.push_str(row.text(0)?.get(..SHORT).unwrap_or_default());
    }
    Ok(Some(Meaning { space, dead, curated }))
}

/// How far the configured model has come.
///
/// # Errors
/// When the database refuses a statement.
pub fn stats(engine: &dyn Engine, configured: &Space) -> Result<MeaningStats, Error> {
    let sum = sql("SELECT coalesce(sum(d.passages), 0), coalesce(sum(e.state = ?3), 0) FROM embedded AS e
         JOIN document AS d ON d.key = e.key WHERE e.model = ?1 AND e.place = ?2 AND e.state <> ?4 AND e.state <> ?5");
    let rows = engine.run(
        &sum.bind(configured.model.as_str())
            .bind(named(configured.place))
            .bind(GIVEN_UP)
            .bind(BEGUN)
            .bind(DEAD),
    )?;
    let (passages, refused) = match rows.first() {
        Some(row) => (row.integer::<u64>(0)?, row.integer::<u64>(1)?),
        None => (0, 0),
    };
    let too_large = configured.place == Place::Here && is_too_large(engine)?;
    let note = if too_large {
        Some(format!(
            "There are more than {MOST_HERE} passages, so only their words are searched. Bind Vectorize to search their meaning, too."
        ))
    } else if refused > 0 {
        Some(format!("The embedding model refuses {refused} documents; their words are searched."))
    } else {
        None
    };
    let served = serving(engine)?;
    let serving = !too_large && served.as_ref() == Some(configured);
    let first = !too_large && served.is_none();
    let pending = (serving || first) && endpoint(engine)?.0 == 0 && is_lacking(engine, configured)?;
    Ok(MeaningStats { space: configured.clone(), passages, serving, pending, note })
}

/// Whether there are more passages than are compared here.
///
/// # Errors
/// When the database refuses the statement.
pub fn is_too_large(engine: &dyn Engine) -> Result<bool, Error> {
    let rows = engine.run(&sql("SELECT coalesce(sum(passages), 0) FROM tally"))?;
    Ok(rows.first().map_or(Ok(0), |row| row.integer::<u64>(0))? > MOST_HERE)
}

/// A document that lacks vectors, and the revision they will be.
#[derive(Clone, Debug)]
pub struct Work {
    pub document: DocumentId,
    pub revision: String,
    /// It was begun before: its vectors may be kept somewhere.
    pub known: bool,
    pub url: String,
    pub title: String,
    pub content_hash: String,
    pub passages: Vec<Passage>,
}

/// Documents without vectors in a space, of about so many passages together; their revisions begin.
///
/// # Errors
/// When the database refuses a statement or holds something unreadable.
pub fn lacking(
    engine: &dyn Engine,
    space: &Space,
    passages: usize,
    fresh: &dyn Fn() -> String,
) -> Result<Vec<Work>, Error> {
    let lacking =
        sql("SELECT d.key, d.id, d.url, d.title, d.hash, e.revision, coalesce(e.tries, 0) FROM document AS d
         LEFT JOIN embedded AS e ON e.key = d.key AND e.model = ?1 AND e.place = ?2
         WHERE d.passages > 0 AND (e.state IS NULL OR e.state = ?3) ORDER BY 7, d.key LIMIT ?4");
    let lacking = lacking.bind(space.model.as_str()).bind(named(space.place)).bind(BEGUN).bind(DOCUMENTS);
    let (mut works, mut taken) = (Vec::new(), 0);
    for row in engine.run(&lacking)? {
        let (key, tries) = (row.integer::<i64>(0)?, row.integer::<u32>(6)?);
        let alone = tries >= ALONE_AFTER;
        if taken >= passages || (alone && !works.is_empty()) {
            break;
        }
        let (document, texts) = (row.text(1)?.parse::<DocumentId>()?, texts(engine, key)?);
        let known = row.text_or_null(5)?.map(str::to_owned);
        let places = texts.last().map_or(0, |passage| passage.ord.saturating_add(1));
        let revision = match &known {
            Some(revision) => revision.clone(),
            None => begin(engine, space, &document, key, places, fresh())?,
        };
        taken += texts.len();
        works.push(Work {
            document,
            revision,
            known: known.is_some(),
            url: row.text(2)?.to_owned(),
            title: row.text(3)?.to_owned(),
            content_hash: row.text(4)?.to_owned(),
            passages: texts,
        });
        if alone {
            break;
        }
    }
    Ok(works)
}

/// Whether a document lacks vectors in a space.
///
/// # Errors
/// When the database refuses the statement.
pub fn is_lacking(engine: &dyn Engine, space: &Space) -> Result<bool, Error> {
    let one = sql("SELECT 1 FROM document AS d
         LEFT JOIN embedded AS e ON e.key = d.key AND e.model = ?1 AND e.place = ?2
         WHERE d.passages > 0 AND (e.state IS NULL OR e.state = ?3) LIMIT 1");
    let one = one.bind(space.model.as_str()).bind(named(space.place)).bind(BEGUN);
    Ok(!engine.run(&one)?.is_empty())
}

fn begin(
    engine: &dyn Engine,
    space: &Space,
    document: &DocumentId,
    key: i64,
    places: u32,
    revision: String,
) -> Result<String, Error> {
    let begin = sql(
        "INSERT INTO embedded (revision, document, key, model, place, dimensions, places, state, tries, due)
         VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, 0, 0)",
    );
    let begin = begin.bind(revision.as_str()).bind(document.as_str()).bind(key);
    let begin = begin.bind(space.model.as_str()).bind(named(space.place)).bind(places).bind(BEGUN);
    engine.run(&begin)?;
    Ok(revision)
}

pub(super) fn texts(engine: &dyn Engine, key: i64) -> Result<Vec<Passage>, Error> {
    let rows = sql("SELECT key, url, path, text FROM passage WHERE key BETWEEN ?1 AND ?2 ORDER BY key");
    let rows = engine.run(&rows.bind(key * PLACES).bind(key * PLACES + PLACES - 1))?;
    let passage = |row: &Row| {
        Ok(Passage {
            ord: u32::try_from(row.integer::<i64>(0)? % PLACES).unwrap_or_default(),
            url: row.text(1)?.to_owned(),
            heading_path: row.json(2)?,
            text: row.text(3)?.to_owned(),
        })
    };
    rows.iter().map(passage).collect()
}

/// A document's vectors are where they belong: from now on they are found. Nothing happens to a revision that died
/// meanwhile.
///
/// # Errors
/// When the database refuses a statement.
pub fn live(engine: &dyn Engine, space: &Space, work: &Work, vectors: &[Vec<f32>]) -> Result<bool, Error> {
    let row = sql("SELECT key FROM embedded WHERE revision = ?1 AND state = ?2");
    let rows = engine.run(&row.bind(work.revision.as_str()).bind(BEGUN))?;
    let Some(key) = rows.first().map(|row| row.integer::<i64>(0)).transpose()? else { return Ok(false) };
    let dimensions = u32::try_from(vectors.first().map_or(0, Vec::len)).unwrap_or_default();
    let done = sql("UPDATE embedded SET state = ?2, dimensions = ?3, tries = 0 WHERE revision = ?1");
    engine.run(&done.bind(work.revision.as_str()).bind(LIVE).bind(dimensions))?;
    if space.place == Place::Here {
        let mut bytes = Vec::new();
        vectors.iter().for_each(|vector| quantised::push(&mut bytes, vector));
        place(
            engine,
            &Placed { revision: &work.revision, model: &space.model, key, dimensions },
            &work.passages,
            &bytes,
        )?;
        outgoing::note(engine, &format!("r{}", work.revision))?;
    }
    advance(engine)?;
    Ok(true)
}

/// What rows of vectors have in common.
pub(super) struct Placed<'a> {
    pub revision: &'a str,
    pub model: &'a str,
    pub key: i64,
    pub dimensions: u32,
}

/// Keeps the quantised vectors of a document's passages here.
pub(super) fn place(
    engine: &dyn Engine,
    of: &Placed<'_>,
    passages: &[Passage],
    bytes: &[u8],
) -> Result<(), Error> {
    let size = quantised::size(usize::try_from(of.dimensions).unwrap_or_default());
    let placed: Vec<(u32, &[u8])> =
        passages.iter().map(|passage| passage.ord).zip(bytes.chunks_exact(size)).collect();
    // A row's passages follow one another without a gap.
    for run in placed.chunk_by(|(a, _), (b, _)| a + 1 == *b) {
        for portion in run.chunks(PORTION) {
            let Some((first, _)) = portion.first() else { continue };
            let bytes: Vec<u8> = portion.iter().flat_map(|(_, vector)| vector.iter().copied()).collect();
            let row = sql(
                "INSERT INTO vector (revision, model, first, dimensions, bytes) VALUES (?1, ?2, ?3, ?4, ?5)",
            );
            let row = row.bind(of.revision).bind(of.model).bind(of.key * PLACES + i64::from(*first));
            engine.run(&row.bind(of.dimensions).bind(bytes))?;
        }
    }
    Ok(())
}

/// The dimensions of a space, once something of it is known.
///
/// # Errors
/// When the database refuses the statement.
pub fn dimensions(engine: &dyn Engine, space: &Space) -> Result<Option<usize>, Error> {
    let one = sql(
        "SELECT dimensions FROM embedded WHERE model = ?1 AND place = ?2 AND state = ?3 AND dimensions > 0 LIMIT 1",
    );
    let one = one.bind(space.model.as_str()).bind(named(space.place)).bind(LIVE);
    engine.run(&one)?.first().map(|row| row.integer(0)).transpose()
}

/// The model does not take these documents' texts: each is tried alone later, and given up in the end.
///
/// # Errors
/// When the database refuses a statement.
pub fn refused(engine: &dyn Engine, works: &[Work]) -> Result<(), Error> {
    for work in works {
        let note = sql(
            "UPDATE embedded SET tries = tries + 1, state = CASE WHEN tries + 1 >= ?3 THEN ?4 ELSE state END
             WHERE revision = ?1 AND state = ?2",
        );
        let note = note.bind(work.revision.as_str()).bind(BEGUN).bind(MOST_TRIES).bind(GIVEN_UP);
        engine.run(&note)?;
    }
    Ok(())
}

/// With every document embedded, questions are compared with the wanted space, and what others hold dies. The first
/// space of all serves at once. Says whether that changed anything.
///
/// # Errors
/// When the database refuses a statement.
pub fn settle(engine: &dyn Engine, wanted: &Space) -> Result<bool, Error> {
    let serving = serving(engine)?;
    let complete = !is_lacking(engine, wanted)?;
    if serving.is_some() && !complete {
        return Ok(false);
    }
    let changed = serving.as_ref() != Some(wanted);
    if changed {
        let switch = sql("UPDATE meaning SET model = ?1, place = ?2 WHERE one = 1");
        engine.run(&switch.bind(wanted.model.as_str()).bind(named(wanted.place)))?;
        outgoing::note(engine, "s")?;
        advance(engine)?;
    }
    if complete {
        let others = "(model <> ?1 OR place <> ?2)";
        let die = sql(format!("state <> {DEAD} AND state <> {GIVEN_UP} AND {others}"));
        outgoing::note_revisions(engine, die.bind(wanted.model.as_str()).bind(named(wanted.place)))?;
        for statement in [
            format!("DELETE FROM embedded WHERE state = {GIVEN_UP} AND {others}"),
            format!(
                "UPDATE embedded SET state = {DEAD}, key = NULL, tries = 0, due = 0 WHERE state <> {DEAD} AND {others}"
            ),
            "DELETE FROM vector WHERE ?2 <> 'here' OR model <> ?1".to_owned(),
        ] {
            engine.run(&sql(statement).bind(wanted.model.as_str()).bind(named(wanted.place)))?;
        }
    }
    Ok(changed)
}

/// A document is gone or has other content: its vectors die with it.
pub(super) fn forget(engine: &dyn Engine, key: i64) -> Result<(), Error> {
    outgoing::note_revisions(engine, sql(format!("key = ?1 AND state <> {GIVEN_UP}")).bind(key))?;
    for statement in [
        "DELETE FROM vector WHERE revision IN (SELECT revision FROM embedded WHERE key = ?1)".to_owned(),
        format!("DELETE FROM embedded WHERE key = ?1 AND state = {GIVEN_UP}"),
        format!("UPDATE embedded SET state = {DEAD}, key = NULL, tries = 0, due = 0 WHERE key = ?1"),
    ] {
        engine.run(&sql(statement).bind(key))?;
    }
    Ok(())
}

/// A revision that has to leave its index and R2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dead {
    pub document: DocumentId,
    pub revision: String,
    pub space: Space,
    pub dimensions: u32,
    /// Its vectors are numbered below this.
    pub places: u32,
    /// Other vectors of the document by this model are kept in R2 under its name.
    pub survived: bool,
}

/// Dead revisions that are due, of about so many vectors together.
///
/// # Errors
/// When the database refuses the statement or holds something unreadable.
pub fn dead(engine: &dyn Engine, vectors: u32, now_ms: f64) -> Result<Vec<Dead>, Error> {
    let due = sql(
        "SELECT e.document, e.revision, e.model, e.place, e.dimensions, e.places,
                EXISTS (SELECT 1 FROM embedded AS o JOIN document AS d ON d.key = o.key WHERE d.id = e.document AND o.model = e.model)
         FROM embedded AS e WHERE e.state = ?1 AND e.due <= ?2 ORDER BY e.due LIMIT ?3",
    );
    let (mut dead, mut taken) = (Vec::new(), 0);
    for row in engine.run(&due.bind(DEAD).bind(now_ms).bind(DOCUMENTS))? {
        if taken >= vectors {
            break;
        }
        let places = row.integer::<u32>(5)?;
        taken += places;
        dead.push(Dead {
            document: row.text(0)?.parse()?,
            revision: row.text(1)?.to_owned(),
            space: space(&row, 2)?,
            dimensions: row.integer(4)?,
            places,
            survived: row.integer::<u32>(6)? == 1,
        });
    }
    Ok(dead)
}

/// The index was told to forget these: it is told again after an hour, and after a day they are forgotten here.
///
/// # Errors
/// When the database refuses a statement.
pub fn removed(engine: &dyn Engine, gone: &[Dead], now_ms: f64) -> Result<(), Error> {
    for Dead { revision, .. } in gone {
        let over = "revision = ?1 AND (place = 'here' OR tries >= 2)";
        outgoing::note_revisions(engine, sql(over).bind(revision.as_str()))?;
        engine.run(&sql(format!("DELETE FROM embedded WHERE {over}")).bind(revision.as_str()))?;
        let again = sql(
            "UPDATE embedded SET due = ?2 + CASE tries WHEN 0 THEN ?3 ELSE 23 * ?3 END, tries = tries + 1 WHERE revision = ?1",
        );
        engine.run(&again.bind(revision.as_str()).bind(now_ms).bind(HOUR_MS))?;
    }
    Ok(())
}

/// When the next dead revision is due.
///
/// # Errors
/// When the database refuses the statement.
pub fn next_removal(engine: &dyn Engine) -> Result<Option<f64>, Error> {
    let rows = engine.run(&sql("SELECT min(due) FROM embedded WHERE state = ?1").bind(DEAD))?;
    rows.first().map_or(Ok(None), |row| row.real_or_null(0))
}

/// The endpoint failed (`Some`: and is asked again then), or answered.
///
/// # Errors
/// When the database refuses the statement.
pub fn note_endpoint(engine: &dyn Engine, retry_at: Option<f64>) -> Result<(), Error> {
    let note = match retry_at {
        Some(at) => sql("UPDATE meaning SET failures = failures + 1, retry_at = ?1 WHERE one = 1").bind(at),
        None => sql("UPDATE meaning SET failures = 0, retry_at = 0 WHERE one = 1 AND failures > 0"),
    };
    engine.run(&note).map(|_| ())
}

/// How often the endpoint failed in a row, and when it may be asked again.
///
/// # Errors
/// When the database refuses the statement.
pub fn endpoint(engine: &dyn Engine) -> Result<(u32, f64), Error> {
    let rows = engine.run(&sql("SELECT failures, retry_at FROM meaning WHERE one = 1"))?;
    rows.first().map_or(Ok((0, 0.0)), |row| Ok((row.integer(0)?, row.real(1)?)))
}

/// Vectors found in R2 by an object that was lost: those of a document as it is now go on from there, all others are
/// dead.
///
/// # Errors
/// When the database refuses a statement.
pub fn restore(engine: &dyn Engine, stored: &StoredVectors) -> Result<(), Error> {
    let same =
        sql("SELECT d.key FROM document AS d WHERE d.id = ?1 AND d.hash = ?2 AND d.url = ?3 AND d.title = ?4
         AND NOT EXISTS (SELECT 1 FROM embedded AS e WHERE e.key = d.key AND e.model = ?5 AND e.place = ?6)");
    let same = same
        .bind(stored.document_id.as_str())
        .bind(stored.content_hash.as_str())
        .bind(stored.url.as_str())
        .bind(stored.title.as_str())
        .bind(stored.space.model.as_str())
        .bind(named(stored.space.place));
    let rows = engine.run(&same)?;
    let key = rows.first().map(|row| row.integer::<i64>(0)).transpose()?;
    let bytes = STANDARD.decode(&stored.vectors).map_or(0, |bytes| bytes.len());
    let size = quantised::size(usize::try_from(stored.dimensions).unwrap_or_default());
    let places = match key {
        Some(key) => texts(engine, key)?.last().map_or(0, |passage| passage.ord.saturating_add(1)),
        None => u32::try_from(bytes / size).unwrap_or(u32::MAX),
    };
    let known = sql(
        "INSERT OR IGNORE INTO embedded (revision, document, key, model, place, dimensions, places, state, tries, due)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, 0)",
    );
    let known = known
        .bind(stored.revision.as_str())
        .bind(stored.document_id.as_str())
        .bind(key)
        .bind(stored.space.model.as_str())
        .bind(named(stored.space.place))
        .bind(stored.dimensions)
        .bind(places)
        .bind(if key.is_some() { BEGUN } else { DEAD });
    engine.run(&known).map(|_| ())
}

/// As R2 keeps a document's vectors.
#[must_use]
pub fn stored(space: &Space, work: &Work, vectors: &[Vec<f32>]) -> StoredVectors {
    let mut bytes = Vec::new();
    vectors.iter().for_each(|vector| quantised::push(&mut bytes, vector));
    StoredVectors {
        document_id: work.document.clone(),
        revision: work.revision.clone(),
        space: space.clone(),
        content_hash: work.content_hash.clone(),
        url: work.url.clone(),
        title: work.title.clone(),
        dimensions: u32::try_from(vectors.first().map_or(0, Vec::len)).unwrap_or_default(),
        vectors: STANDARD.encode(bytes),
    }
}

/// The vectors of a revision out of what R2 keeps, if they are its own and whole.
#[must_use]
pub fn unpacked(stored: &StoredVectors, work: &Work) -> Option<Vec<Vec<f32>>> {
    if stored.revision != work.revision {
        return None;
    }
    let bytes = STANDARD.decode(&stored.vectors).ok()?;
    let vectors = quantised::unpack(&bytes, usize::try_from(stored.dimensions).ok()?)?;
    (vectors.len() == work.passages.len()).then_some(vectors)
}

pub(super) fn named(place: Place) -> &'static str {
    match place {
        Place::Index => "index",
        Place::Here => "here",
    }
}

pub(super) fn space(row: &Row, column: usize) -> Result<Space, Error> {
    let place = if row.text(column + 1)? == "here" { Place::Here } else { Place::Index };
    Ok(Space { model: row.text(column)?.to_owned(), place })
}
