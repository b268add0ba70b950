//! The `Crawl` object's tables: what is left to fetch, what became of each address, politeness, and what is known
//! of every page from the runs before. One object holds one source; queues only say that there is something to do.
//!
//! `pages` is the current run: every address once, with its state. `known` outlives runs: what tells a page that
//! changed from one that did not, its document, where it leads, what each run made of it.

mod blocked;
mod chains;
mod claim;
mod end;
mod known;
mod listing;
mod notes;
mod refresh;
mod renders;
mod report;
mod retry;
mod traps;

pub use blocked::blocked;
pub use claim::{Claimed, claim};
pub use end::{complete, kept, missing, verdict};
pub use listing::{history, pages, progress};
pub use refresh::{is_refreshing, refresh};
pub use renders::allow_render;
pub use report::report;
pub use retry::{is_retrying, retry};

use protocol::RunId;
use protocol::api::SourceKind;
use protocol::internal::{CrawlTarget, TaskKind};

use crate::sql::{Engine, Error, Row, sql};
use crate::tenant::{name, named};

/// Pages fetched at once.
const AT_ONCE: u32 = 5;
/// Tries of one address, crashes included.
const MAX_ATTEMPTS: u32 = 4;
const MAX_SITEMAPS: u32 = 50;
/// Redirects in a row; RFC 9309 asks for five at least.
const MAX_HOPS: u32 = 10;
/// Addresses of a run for each page that is wanted, because a site can lead on for ever to what is no page.
const ADDRESSES_PER_PAGE: u32 = 10;
const SPARE_ADDRESSES: u32 = 100;
/// Shortest pause before another try, whatever a site says.
const MIN_PAUSE_MS: u64 = 1_000;
/// Longest pause a site may ask for.
const MAX_PAUSE_MS: u64 = 10 * 60 * 1_000;

/// Creates what is missing.
///
/// # Errors
/// When the database refuses.
pub fn migrate(engine: &dyn Engine) -> Result<(), Error> {
    for statement in [
        "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
        "CREATE TABLE IF NOT EXISTS pages (url TEXT PRIMARY KEY, kind TEXT NOT NULL, depth INTEGER NOT NULL, state TEXT NOT NULL, \
         attempts INTEGER NOT NULL DEFAULT 0, due_at REAL NOT NULL DEFAULT 0, reason TEXT, http_status INTEGER, title TEXT, \
         language TEXT, document_id TEXT, passages INTEGER NOT NULL DEFAULT 0, fetched_at REAL)",
        "CREATE INDEX IF NOT EXISTS pages_by_state ON pages (state, due_at)",
        // By when the sitemaps of this run say that a page has changed last.
        "CREATE TABLE IF NOT EXISTS listed (url TEXT PRIMARY KEY, modified REAL NOT NULL)",
        "CREATE TABLE IF NOT EXISTS known (url TEXT PRIMARY KEY, seen INTEGER NOT NULL, fresh INTEGER NOT NULL, \
         document_id TEXT, duplicate_of TEXT, fetched_at REAL NOT NULL, about TEXT NOT NULL, leads TEXT NOT NULL, \
         events TEXT NOT NULL)",
        // What pages that were read again by themselves have left behind.
        "CREATE TABLE IF NOT EXISTS gone (document_id TEXT PRIMARY KEY)",
        // Pages to be fetched once more as soon as they are at their end.
        "CREATE TABLE IF NOT EXISTS again (url TEXT PRIMARY KEY)",
        // What is known of the site as a whole; outlives runs.
        "CREATE TABLE IF NOT EXISTS site (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    ] {
        engine.run(&sql(statement))?;
    }
    notes::migrate(engine)
}

/// Begins a run, unless it has begun. Nothing is left of the one before but what is known of its pages.
///
/// # Errors
/// When the database refuses.
pub fn start(engine: &dyn Engine, target: &CrawlTarget, robots_url: &str) -> Result<(), Error> {
    if is_current(engine, &target.run_id)? {
        return Ok(());
    }
    let run = known::run_number(engine)? + 1;
    for table in ["pages", "meta", "listed", "gone", "again"] {
        engine.run(&sql(format!("DELETE FROM {table}")))?;
    }
    notes::clear(engine)?;
    known::put_site(engine, "run", &run.to_string())?;
    set_out(engine, target, robots_url)?;
    // Last: a run that was cut off before this has not begun.
    put_meta(engine, "target", &serde_json::to_string(target)?)
}

/// Where a run begins.
fn set_out(engine: &dyn Engine, target: &CrawlTarget, robots_url: &str) -> Result<(), Error> {
    add(engine, target, robots_url, TaskKind::Robots, 0)?;
    match target.kind {
        SourceKind::Website => add(engine, target, &target.url, TaskKind::Page, 0)?,
        SourceKind::Sitemap => add(engine, target, &target.url, TaskKind::Sitemap, 0)?,
        // Nothing else is crawled.
        _ => {}
    }
    Ok(())
}

/// The run this object is about.
///
/// # Errors
/// When the database refuses or holds something else.
pub fn target(engine: &dyn Engine) -> Result<Option<CrawlTarget>, Error> {
    meta(engine, "target")?.map(|json| protocol::json::read(&json).map_err(Error::from)).transpose()
}

/// Whether a run is the object's current one.
///
/// # Errors
/// When the database refuses.
pub fn is_current(engine: &dyn Engine, run: &RunId) -> Result<bool, Error> {
    Ok(target(engine)?.is_some_and(|target| target.run_id == *run))
}

/// The text of robots.txt, once it was read.
///
/// # Errors
/// When the database refuses.
pub fn robots(engine: &dyn Engine) -> Result<Option<String>, Error> {
    meta(engine, "robots")
}

/// What the site shows at an address that does not exist, where it answers as if it did.
///
/// # Errors
/// When the database refuses.
pub fn error_page(engine: &dyn Engine) -> Result<Option<String>, Error> {
    meta(engine, "missing")
}

/// Why the run as a whole failed.
///
/// # Errors
/// When the database refuses.
pub fn reason(engine: &dyn Engine) -> Result<Option<String>, Error> {
    meta(engine, "reason")
}

/// Whether [`complete`] was said.
///
/// # Errors
/// When the database refuses.
pub fn is_completed(engine: &dyn Engine) -> Result<bool, Error> {
    Ok(meta(engine, "completed")?.is_some())
}

fn meta(engine: &dyn Engine, key: &str) -> Result<Option<String>, Error> {
    let rows = engine.run(&sql("SELECT value FROM meta WHERE key = ?1").bind(key))?;
    rows.first().map(|row| row.text(0).map(str::to_owned)).transpose()
}

fn put_meta(engine: &dyn Engine, key: &str, value: &str) -> Result<(), Error> {
    engine.run(&sql("INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value").bind(key).bind(value))?;
    Ok(())
}

fn drop_meta(engine: &dyn Engine, key: &str) -> Result<(), Error> {
    engine.run(&sql("DELETE FROM meta WHERE key = ?1").bind(key)).map(|_| ())
}

fn number(engine: &dyn Engine, key: &str) -> Result<f64, Error> {
    Ok(meta(engine, key)?.and_then(|value| value.parse().ok()).unwrap_or(0.0))
}

/// Puts an address on the list. A page that the source's patterns leave out is at its end at once; where the source
/// begins is always read.
fn add(
    engine: &dyn Engine,
    target: &CrawlTarget,
    url: &str,
    kind: TaskKind,
    depth: u32,
) -> Result<(), Error> {
    let judged = kind == TaskKind::Page && url != target.url;
    let reason = if judged { domain::paths::left_out(&target.include, &target.exclude, url) } else { None };
    engine.run(
        &sql("INSERT INTO pages (url, kind, depth, state, reason) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT (url) DO UPDATE SET depth = excluded.depth WHERE depth > excluded.depth")
        .bind(url)
        .bind(name(&kind))
        .bind(depth)
        .bind(if reason.is_some() { "skipped" } else { "queued" })
        .bind(reason),
    )?;
    Ok(())
}

/// How many more pages fit: addresses that turned out to be no page of their own do not count, within reason.
fn room(engine: &dyn Engine, target: &CrawlTarget) -> Result<u32, Error> {
    let rows = engine.run(&sql("SELECT coalesce(sum(state NOT IN ('redirected', 'skipped', 'duplicate')), 0), count(*) FROM pages WHERE kind = 'page'"))?;
    let (pages, addresses) =
        rows.first().map_or(Ok((0_u32, 0_u32)), |row| Ok::<_, Error>((row.integer(0)?, row.integer(1)?)))?;
    let most = target.max_pages.saturating_mul(ADDRESSES_PER_PAGE).saturating_add(SPARE_ADDRESSES);
    Ok(target.max_pages.saturating_sub(pages).min(most.saturating_sub(addresses)))
}

fn admits_sitemap(engine: &dyn Engine) -> Result<bool, Error> {
    Ok(count(engine, "kind = 'sitemap' AND state <> 'redirected'")? < MAX_SITEMAPS)
}

fn is_listed(engine: &dyn Engine, url: &str) -> Result<bool, Error> {
    Ok(!engine.run(&sql("SELECT 1 FROM pages WHERE url = ?1").bind(url))?.is_empty())
}

fn count(engine: &dyn Engine, condition: &str) -> Result<u32, Error> {
    engine
        .run(&sql(format!("SELECT count(*) FROM pages WHERE {condition}")))?
        .first()
        .map_or(Ok(0), |row| row.integer(0))
}

/// An address that is not at its end.
struct Open {
    url: String,
    kind: TaskKind,
    depth: u32,
}

impl Open {
    fn of(engine: &dyn Engine, url: &str) -> Result<Option<Self>, Error> {
        let row =
            sql("SELECT url, kind, depth FROM pages WHERE url = ?1 AND state IN ('queued', 'fetching')");
        engine.run(&row.bind(url))?.first().map(Self::read).transpose()
    }

    fn read(row: &Row) -> Result<Self, Error> {
        Ok(Self { url: row.text(0)?.to_owned(), kind: named(row, 1)?, depth: row.integer(2)? })
    }
}
