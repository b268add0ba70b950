//! What home tells its replicas: the names of parts that changed, noted in the same synchronous block as the change,
//! and what those parts are when they are told. Nothing is noted while there is no replica.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use protocol::Region;
use protocol::internal::{IndexedDocument, Place, StoredVectors};
use protocol::replica::{Held, JoinReply, Part};

use super::meaning::{self, DEAD, LIVE};
use crate::{Engine, Error, Row, Statement, sql::sql};

/// Parts that are told at once, and about how many bytes.
const PARTS: u32 = 200;
const BYTES: usize = 1_000_000;
/// Between a model and a phrasing in the name of a part.
pub(super) const SEPARATOR: char = '\u{1f}';
/// That name.
const LINE: &str = "'l' || model || char(31) || line";

pub(super) const SCHEMA: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS replica (region TEXT PRIMARY KEY, epoch TEXT NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS outgoing (seq INTEGER PRIMARY KEY AUTOINCREMENT, part TEXT NOT NULL UNIQUE)",
];

/// Notes a part that changes.
pub(super) fn note(engine: &dyn Engine, part: &str) -> Result<(), Error> {
    note_all(engine, sql("SELECT ?1 AS part").bind(part))
}

/// Notes a document that changes, while it has a row.
pub(super) fn note_document(engine: &dyn Engine, key: i64) -> Result<(), Error> {
    note_all(engine, sql("SELECT 'd' || id AS part FROM document WHERE key = ?1").bind(key))
}

/// Notes the revisions that a query names.
pub(super) fn note_revisions(engine: &dyn Engine, mut query: Statement) -> Result<(), Error> {
    query.sql = format!("SELECT 'r' || revision AS part FROM embedded WHERE {}", query.sql);
    note_all(engine, query)
}

/// Notes the vectors of phrasings that a query names.
pub(super) fn note_lines(engine: &dyn Engine, mut query: Statement) -> Result<(), Error> {
    query.sql = format!("SELECT {LINE} AS part FROM {}", query.sql);
    note_all(engine, query)
}

fn note_all(engine: &dyn Engine, mut query: Statement) -> Result<(), Error> {
    query.sql = format!(
        "INSERT OR REPLACE INTO outgoing (part) SELECT part FROM ({}) WHERE EXISTS (SELECT 1 FROM replica)",
        query.sql
    );
    engine.run(&query).map(|_| ())
}

/// A replica as home sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replica {
    pub region: Region,
    pub epoch: String,
    /// The last change that it confirmed.
    pub seq: u64,
}

/// All replicas that joined.
///
/// # Errors
/// When the database refuses the statement.
pub fn replicas(engine: &dyn Engine) -> Result<Vec<Replica>, Error> {
    let rows = engine.run(&sql("SELECT region, epoch, seq FROM replica ORDER BY region"))?;
    let mut replicas = Vec::with_capacity(rows.len());
    for row in &rows {
        if let Some(region) = Region::named(row.text(0)?) {
            replicas.push(Replica { region, epoch: row.text(1)?.to_owned(), seq: row.integer(2)? });
        }
    }
    Ok(replicas)
}

/// Replicas that a home knew which was lost: the first thing they are told is that they missed something.
///
/// # Errors
/// When the database refuses a statement.
pub fn suspect(engine: &dyn Engine, regions: &[Region]) -> Result<(), Error> {
    for region in regions {
        engine.run(&sql("INSERT OR IGNORE INTO replica VALUES (?1, '', 0)").bind(region.name()))?;
    }
    Ok(())
}

/// A replica joins; everything that changes from now on is noted for it.
///
/// # Errors
/// When the database refuses a statement or holds something unreadable.
pub fn join(engine: &dyn Engine, region: Region, epoch: &str) -> Result<JoinReply, Error> {
    let last = engine.run(&sql("SELECT coalesce(max(seq), 0) FROM outgoing"))?;
    let seq = last.first().map_or(Ok(0), |row| row.integer::<u64>(0))?;
    let join = sql("INSERT OR REPLACE INTO replica VALUES (?1, ?2, ?3)");
    engine.run(&join.bind(region.name()).bind(epoch).bind(seq))?;
    let held = |row: &Row| {
        Ok(Held {
            document_id: row.text(0)?.parse()?,
            content_hash: row.text(1)?.to_owned(),
            url: row.text(2)?.to_owned(),
            title: row.text(3)?.to_owned(),
        })
    };
    let documents = engine.run(&sql("SELECT id, hash, url, title FROM document"))?;
    let vectors = sql("SELECT revision FROM embedded WHERE state = ?1 AND place = 'here'").bind(LIVE);
    let others = sql(format!(
        "SELECT 's' UNION ALL SELECT 'c' UNION ALL SELECT 't' \
         UNION ALL SELECT 'r' || revision FROM embedded WHERE state = ?1 AND place = 'index' \
         UNION ALL SELECT {LINE} FROM curated_vector"
    ));
    Ok(JoinReply {
        seq,
        documents: documents.iter().map(held).collect::<Result<_, Error>>()?,
        vectors: names(engine, &vectors)?,
        parts: names(engine, &others.bind(DEAD))?,
    })
}

fn names(engine: &dyn Engine, query: &Statement) -> Result<Vec<String>, Error> {
    engine.run(query)?.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
}

/// What a replica is to be told next, and up to which change that goes. Nothing: it has everything.
///
/// # Errors
/// When the database refuses a statement or holds something unreadable.
pub fn changes(engine: &dyn Engine, after: u64) -> Result<Option<(u64, Vec<Part>)>, Error> {
    let rows = sql("SELECT part, seq FROM outgoing WHERE seq > ?1 ORDER BY seq LIMIT ?2");
    let rows = engine.run(&rows.bind(after).bind(PARTS))?;
    let names = rows.iter().map(|row| row.text(0)).collect::<Result<Vec<_>, _>>()?;
    let told = parts(engine, &names)?;
    let last = told.len().checked_sub(1).and_then(|last| rows.get(last));
    last.map(|row| Ok((row.integer(1)?, told))).transpose()
}

/// What parts are now: the first ones, as many as fit.
///
/// # Errors
/// When the database refuses a statement or holds something unreadable.
pub fn parts(engine: &dyn Engine, names: &[&str]) -> Result<Vec<Part>, Error> {
    let (mut parts, mut bytes) = (Vec::new(), 0);
    for name in names {
        if bytes > BYTES {
            break;
        }
        let part = part(engine, name)?;
        bytes += size(&part);
        parts.push(part);
    }
    Ok(parts)
}

fn size(part: &Part) -> usize {
    let document = part.document.iter().flat_map(|document| &document.passages);
    let vectors = part.vectors.as_ref().map_or(0, |stored| stored.vectors.len());
    let rows = part.rows.iter().flatten().map(String::len).sum::<usize>();
    document.map(|passage| passage.text.len() + passage.url.len()).sum::<usize>() + vectors + rows
}

fn part(engine: &dyn Engine, name: &str) -> Result<Part, Error> {
    let mut part = Part { name: name.to_owned(), ..Part::default() };
    let (kind, id) = name.split_at_checked(1).unwrap_or_default();
    match kind {
        "d" => part.document = document(engine, id)?,
        "r" => revision(engine, id, &mut part)?,
        "l" => part.rows = line(engine, id)?.into_iter().collect(),
        "s" => part.space = meaning::serving(engine)?,
        "c" => {
            part.revision = super::curated_revision(engine)?;
            part.rows = rows(engine, "SELECT CAST(at AS TEXT), id, answer, prepared FROM curated")?;
        }
        "t" => {
            part.revision = super::tags_revision(engine)?;
            part.rows = rows(engine, "SELECT subject, tag FROM tag")?;
        }
        _ => {}
    }
    Ok(part)
}

fn rows(engine: &dyn Engine, query: &str) -> Result<Vec<Vec<String>>, Error> {
    let rows = engine.run(&sql(query))?;
    rows.iter().map(|row| (0..row.0.len()).map(|column| Ok(row.text(column)?.to_owned())).collect()).collect()
}

fn document(engine: &dyn Engine, id: &str) -> Result<Option<IndexedDocument>, Error> {
    let rows = sql("SELECT key, source, run, url, title, language, hash FROM document WHERE id = ?1");
    let rows = engine.run(&rows.bind(id))?;
    let (Some(row), Some((workspace_id, agent_id))) = (rows.first(), meaning::owner(engine)?) else {
        return Ok(None);
    };
    Ok(Some(IndexedDocument {
        workspace_id,
        agent_id,
        source_id: row.text(1)?.parse()?,
        run_id: row.text(2)?.parse()?,
        document_id: id.parse()?,
        url: row.text(3)?.to_owned(),
        title: row.text(4)?.to_owned(),
        description: String::new(),
        language: row.text_or_null(5)?.map(str::to_owned),
        content_hash: row.text(6)?.to_owned(),
        passages: meaning::texts(engine, row.integer(0)?)?,
    }))
}

/// Vectors that are compared here, or the place where an index must not find dead ones. All others are nothing to a
/// replica.
fn revision(engine: &dyn Engine, revision: &str, part: &mut Part) -> Result<(), Error> {
    let rows = sql("SELECT e.model, e.place, e.state, e.dimensions, d.id, d.hash, d.url, d.title \
         FROM embedded AS e LEFT JOIN document AS d ON d.key = e.key WHERE e.revision = ?1");
    let rows = engine.run(&rows.bind(revision))?;
    let Some(row) = rows.first() else { return Ok(()) };
    let (space, state) = (meaning::space(row, 0)?, row.integer::<u32>(2)?);
    if state == DEAD {
        part.space = Some(space);
    } else if state == LIVE && space.place == Place::Here {
        let mut bytes = Vec::new();
        let portions = sql("SELECT bytes FROM vector WHERE revision = ?1 ORDER BY first").bind(revision);
        for row in engine.run(&portions)? {
            bytes.extend_from_slice(row.blob(0)?);
        }
        part.vectors = Some(StoredVectors {
            document_id: row.text(4)?.parse()?,
            revision: revision.to_owned(),
            space,
            content_hash: row.text(5)?.to_owned(),
            url: row.text(6)?.to_owned(),
            title: row.text(7)?.to_owned(),
            dimensions: row.integer(3)?,
            vectors: STANDARD.encode(bytes),
        });
    }
    Ok(())
}

fn line(engine: &dyn Engine, id: &str) -> Result<Option<Vec<String>>, Error> {
    let Some((model, line)) = id.split_once(SEPARATOR) else { return Ok(None) };
    let rows = sql("SELECT dimensions, bytes FROM curated_vector WHERE line = ?1 AND model = ?2");
    let rows = engine.run(&rows.bind(line).bind(model))?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(vec![row.integer::<u32>(0)?.to_string(), STANDARD.encode(row.blob(1)?)]))
}

/// The number of the last change.
///
/// # Errors
/// When the database refuses the statement.
pub fn last(engine: &dyn Engine) -> Result<u64, Error> {
    let rows = engine.run(&sql("SELECT coalesce(max(seq), 0) FROM outgoing"))?;
    rows.first().map_or(Ok(0), |row| row.integer(0))
}

/// A life of a replica has all changes up to one; what all have is forgotten.
///
/// # Errors
/// When the database refuses a statement.
pub fn confirmed(engine: &dyn Engine, replica: &Replica, upto: u64) -> Result<(), Error> {
    let confirm = sql("UPDATE replica SET seq = ?3 WHERE region = ?1 AND epoch = ?2 AND seq < ?3");
    engine.run(&confirm.bind(replica.region.name()).bind(replica.epoch.as_str()).bind(upto))?;
    trim(engine)
}

/// A life of a replica is over: it answers nobody, and is told nothing more.
///
/// # Errors
/// When the database refuses a statement.
pub fn left(engine: &dyn Engine, replica: &Replica) -> Result<(), Error> {
    let leave = sql("DELETE FROM replica WHERE region = ?1 AND epoch = ?2");
    engine.run(&leave.bind(replica.region.name()).bind(replica.epoch.as_str()))?;
    trim(engine)
}

fn trim(engine: &dyn Engine) -> Result<(), Error> {
    let told =
        "DELETE FROM outgoing WHERE NOT EXISTS (SELECT 1 FROM replica WHERE replica.seq < outgoing.seq)";
    engine.run(&sql(told)).map(|_| ())
}
