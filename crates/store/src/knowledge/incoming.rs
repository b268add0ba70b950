//! What a replica knows of itself, and how it takes what home tells it. While it is being built it only notes which
//! parts changed, and asks for them at the end: so building takes as long as it takes, and nobody waits for it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use protocol::internal::{Space, StoredVectors};
use protocol::replica::{Follow, JoinReply, Part};
use protocol::{AgentId, Region, WorkspaceId};

use super::lacking::Lacking;
use super::meaning::{DEAD, LIVE, Placed};
use super::outgoing::SEPARATOR;
use super::{advance, create, meaning, quantised, write};
use crate::{Engine, Error, sql::sql};

/// Rows that are handed over at once.
const PORTION: usize = 200;

pub(super) const SCHEMA: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS copy (
        one INTEGER PRIMARY KEY,
        workspace TEXT NOT NULL,
        agent TEXT NOT NULL,
        region TEXT NOT NULL,
        epoch TEXT NOT NULL,
        ready INTEGER NOT NULL,
        seq INTEGER NOT NULL
    )",
    "CREATE TABLE IF NOT EXISTS incoming (id INTEGER PRIMARY KEY AUTOINCREMENT, part TEXT NOT NULL UNIQUE)",
];

/// What a replica knows of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    pub workspace: WorkspaceId,
    pub agent: AgentId,
    pub region: Region,
    pub epoch: String,
    /// It holds what home holds, and is told what changes.
    pub ready: bool,
    pub seq: u64,
}

/// See [`Copied`]; nothing at home, and nothing where nobody asked before.
///
/// # Errors
/// When the database refuses the statement or holds something unreadable.
pub fn copied(engine: &dyn Engine) -> Result<Option<Copied>, Error> {
    let rows = engine.run(&sql("SELECT workspace, agent, region, epoch, ready, seq FROM copy"))?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(Copied {
        workspace: row.text(0)?.parse()?,
        agent: row.text(1)?.parse()?,
        region: Region::named(row.text(2)?).unwrap_or_default(),
        epoch: row.text(3)?.to_owned(),
        ready: row.integer::<u32>(4)? == 1,
        seq: row.integer(5)?,
    }))
}

/// This is a replica, of this.
///
/// # Errors
/// When the database refuses the statement.
pub fn become_replica(
    engine: &dyn Engine,
    workspace: &WorkspaceId,
    agent: &AgentId,
    region: Region,
) -> Result<(), Error> {
    let note = sql("INSERT OR IGNORE INTO copy VALUES (1, ?1, ?2, ?3, '', 0, 0)");
    engine.run(&note.bind(workspace.as_str()).bind(agent.as_str()).bind(region.name())).map(|_| ())
}

/// The replica answers nobody until it has been built anew.
///
/// # Errors
/// When the database refuses the statement.
pub fn stop(engine: &dyn Engine) -> Result<(), Error> {
    engine.run(&sql("UPDATE copy SET ready = 0, epoch = ''")).map(|_| ())
}

/// A new life begins, with nothing in it. The generation is one that no other life and no other object had, because
/// results are remembered by it.
///
/// # Errors
/// When the database refuses a statement.
pub fn begin(engine: &dyn Engine, epoch: &str, now_ms: f64) -> Result<(), Error> {
    wipe(engine)?;
    engine.run(&sql("UPDATE copy SET ready = 0, seq = 0, epoch = ?1").bind(epoch))?;
    engine.run(&sql("UPDATE state SET generation = ?1 WHERE one = 1").bind(now_ms)).map(|_| ())
}

/// Home has no replica here: nothing is kept, and nothing is built.
///
/// # Errors
/// When the database refuses a statement.
pub fn resign(engine: &dyn Engine) -> Result<(), Error> {
    wipe(engine)?;
    engine.run(&sql("DELETE FROM copy")).map(|_| ())
}

fn wipe(engine: &dyn Engine) -> Result<(), Error> {
    for table in ["term", "words", "passage", "document"] {
        engine.run(&sql(format!("DROP TABLE IF EXISTS {table}")))?;
    }
    create(engine)?;
    for table in [
        "tally",
        "asked",
        "curated",
        "curated_state",
        "tag",
        "tag_state",
        "embedded",
        "vector",
        "meaning",
        "curated_vector",
        "close",
        "incoming",
    ] {
        engine.run(&sql(format!("DELETE FROM {table}")))?;
    }
    Ok(())
}

/// The replica joined. What does not lie in R2 is to be asked for; the rest is to be looked for there.
///
/// # Errors
/// When the database refuses a statement.
pub fn joined(engine: &dyn Engine, copied: &Copied, reply: JoinReply) -> Result<Lacking, Error> {
    meaning::belongs_to(engine, &copied.workspace, &copied.agent)?;
    engine.run(&sql("UPDATE copy SET seq = max(seq, ?1)").bind(reply.seq))?;
    want(engine, &reply.parts)?;
    Ok(Lacking::of(reply))
}

/// Notes parts that are to be asked for.
pub(super) fn want(engine: &dyn Engine, names: &[String]) -> Result<(), Error> {
    for portion in names.chunks(PORTION) {
        let note = sql("INSERT OR REPLACE INTO incoming (part) SELECT value FROM json_each(?1)");
        engine.run(&note.bind(serde_json::to_string(portion)?))?;
    }
    Ok(())
}

/// Parts to ask for, in the order in which they are wanted.
///
/// # Errors
/// When the database refuses the statement.
pub fn wanted(engine: &dyn Engine) -> Result<Vec<(i64, String)>, Error> {
    let rows = engine.run(&sql(format!("SELECT id, part FROM incoming ORDER BY id LIMIT {PORTION}")))?;
    rows.iter().map(|row| Ok((row.integer(0)?, row.text(1)?.to_owned()))).collect()
}

/// Takes parts that were asked for. Those that changed meanwhile stay wanted.
///
/// # Errors
/// When the database refuses a statement.
pub fn got(engine: &dyn Engine, asked: &[(i64, String)], parts: &[Part]) -> Result<(), Error> {
    for (part, (id, _)) in parts.iter().zip(asked) {
        take(engine, part)?;
        engine.run(&sql("DELETE FROM incoming WHERE id = ?1").bind(*id))?;
    }
    advance(engine)
}

/// With nothing left to ask for, the replica answers. Says whether it does.
///
/// # Errors
/// When the database refuses a statement.
pub fn finish(engine: &dyn Engine, epoch: &str) -> Result<bool, Error> {
    let ready = sql("UPDATE copy SET ready = 1 WHERE epoch = ?1 AND NOT EXISTS (SELECT 1 FROM incoming)
         RETURNING ready");
    Ok(!engine.run(&ready.bind(epoch))?.is_empty())
}

/// Takes what changed; says whether this is still the life that home believes in, with nothing missed. Otherwise
/// nobody is answered any more.
///
/// # Errors
/// When the database refuses a statement.
pub fn follow(engine: &dyn Engine, told: &Follow) -> Result<bool, Error> {
    let Some(copy) = copied(engine)? else { return Ok(false) };
    let same = !told.epoch.is_empty() && copy.epoch == told.epoch;
    if !same || (copy.ready && copy.seq < told.after) {
        // A late word to an earlier life does not end the building of this one.
        if same || copy.ready || told.epoch.is_empty() {
            stop(engine)?;
        }
        return Ok(false);
    }
    if told.upto <= copy.seq {
        return Ok(true);
    }
    if copy.ready {
        told.parts.iter().try_for_each(|part| take(engine, part))?;
        advance(engine)?;
    } else {
        want(engine, &told.parts.iter().map(|part| part.name.clone()).collect::<Vec<_>>())?;
    }
    engine.run(&sql("UPDATE copy SET seq = ?1").bind(told.upto))?;
    Ok(true)
}

/// A part becomes what it is at home.
fn take(engine: &dyn Engine, part: &Part) -> Result<(), Error> {
    let (kind, id) = part.name.split_at_checked(1).unwrap_or_default();
    match kind {
        "d" => write::replace(engine, id, part.document.as_ref()),
        "r" => match (&part.vectors, &part.space) {
            (Some(vectors), _) => revive(engine, vectors).map(|_| ()),
            (None, Some(space)) => bury(engine, id, space),
            (None, None) => drop_revision(engine, id),
        },
        "l" => line(engine, id, part.rows.first()),
        "s" => serve(engine, part.space.as_ref()),
        "c" => curated(engine, part),
        "t" => tags(engine, part),
        _ => Ok(()),
    }
}

fn line(engine: &dyn Engine, id: &str, row: Option<&Vec<String>>) -> Result<(), Error> {
    let Some((model, line)) = id.split_once(SEPARATOR) else { return Ok(()) };
    let Some([dimensions, bytes]) = row.map(Vec::as_slice) else {
        let gone = sql("DELETE FROM curated_vector WHERE line = ?1 AND model = ?2");
        return engine.run(&gone.bind(line).bind(model)).map(|_| ());
    };
    let bytes = STANDARD.decode(bytes).unwrap_or_default();
    let row = sql("INSERT OR REPLACE INTO curated_vector VALUES (?1, ?2, CAST(?3 AS INTEGER), ?4)");
    engine.run(&row.bind(line).bind(model).bind(dimensions.as_str()).bind(bytes)).map(|_| ())
}

fn curated(engine: &dyn Engine, part: &Part) -> Result<(), Error> {
    let insert = "INSERT INTO curated (at, id, answer, prepared) \
         SELECT CAST(value ->> 0 AS INTEGER), value ->> 1, value ->> 2, value ->> 3 FROM json_each(?1)";
    set(engine, part, "curated", insert)
}

fn tags(engine: &dyn Engine, part: &Part) -> Result<(), Error> {
    let insert =
        "INSERT OR IGNORE INTO tag (subject, tag) SELECT value ->> 0, value ->> 1 FROM json_each(?1)";
    set(engine, part, "tag", insert)
}

fn set(engine: &dyn Engine, part: &Part, table: &str, insert: &str) -> Result<(), Error> {
    engine.run(&sql(format!("DELETE FROM {table}")))?;
    for portion in part.rows.chunks(PORTION) {
        engine.run(&sql(insert).bind(serde_json::to_string(portion)?))?;
    }
    let state = sql(format!("INSERT OR REPLACE INTO {table}_state (one, revision) VALUES (1, ?1)"));
    engine.run(&state.bind(part.revision.unwrap_or_default())).map(|_| ())
}

/// Vectors are as home has them, if they are of the document as it is here. Says whether they are.
pub(super) fn revive(engine: &dyn Engine, stored: &StoredVectors) -> Result<bool, Error> {
    let same = sql("SELECT key FROM document WHERE id = ?1 AND hash = ?2 AND url = ?3 AND title = ?4")
        .bind(stored.document_id.as_str())
        .bind(stored.content_hash.as_str())
        .bind(stored.url.as_str())
        .bind(stored.title.as_str());
    let rows = engine.run(&same)?;
    let Some(key) = rows.first().map(|row| row.integer::<i64>(0)).transpose()? else { return Ok(false) };
    let (passages, bytes) =
        (meaning::texts(engine, key)?, STANDARD.decode(&stored.vectors).unwrap_or_default());
    let size = quantised::size(usize::try_from(stored.dimensions).unwrap_or_default());
    if stored.dimensions == 0 || bytes.len() != passages.len() * size {
        return Ok(false);
    }
    let (revision, model, dimensions) =
        (stored.revision.as_str(), stored.space.model.as_str(), stored.dimensions);
    drop_revision(engine, revision)?;
    row(engine, stored.document_id.as_str(), revision, &stored.space, (Some(key), dimensions, LIVE))?;
    meaning::place(engine, &Placed { revision, model, key, dimensions }, &passages, &bytes)?;
    Ok(true)
}

/// A revision is dead at home.
fn bury(engine: &dyn Engine, revision: &str, space: &Space) -> Result<(), Error> {
    drop_revision(engine, revision)?;
    row(engine, "", revision, space, (None, 0, DEAD))
}

/// Nobody needs to know of a revision.
fn drop_revision(engine: &dyn Engine, revision: &str) -> Result<(), Error> {
    engine.run(&sql("DELETE FROM vector WHERE revision = ?1").bind(revision))?;
    engine.run(&sql("DELETE FROM embedded WHERE revision = ?1").bind(revision)).map(|_| ())
}

/// What questions are compared with.
fn serve(engine: &dyn Engine, space: Option<&Space>) -> Result<(), Error> {
    let switch = sql("UPDATE meaning SET model = ?1, place = ?2 WHERE one = 1");
    let switch = switch.bind(space.map(|space| space.model.as_str()));
    engine.run(&switch.bind(space.map(|space| meaning::named(space.place)))).map(|_| ())
}

fn row(
    engine: &dyn Engine,
    document: &str,
    revision: &str,
    space: &Space,
    (key, dimensions, state): (Option<i64>, u32, u32),
) -> Result<(), Error> {
    let row = sql(
        "INSERT INTO embedded (revision, document, key, model, place, dimensions, places, state, tries, due)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, 0, 0)",
    );
    let row = row.bind(revision).bind(document).bind(key);
    let row = row.bind(space.model.as_str()).bind(meaning::named(space.place)).bind(dimensions).bind(state);
    engine.run(&row).map(|_| ())
}
