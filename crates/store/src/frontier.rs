//! The `Crawl` object's tables: what is left to fetch, what became of each address, and politeness. One object
//! holds one source; queues only say that there is something to do.

mod blocked;
mod chains;
mod notes;
mod renders;
mod traps;

pub use blocked::blocked;
pub use renders::allow_render;

use protocol::RunId;
use protocol::api::{Page, PageState, Progress};
use protocol::internal::{CrawlTarget, Outcome, Report, Task, TaskKind};

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

/// What may be fetched now.
pub struct Claimed {
    pub tasks: Vec<Task>,
    pub wait_ms: u64,
    pub finished: bool,
}

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
    ] {
        engine.run(&sql(statement))?;
    }
    notes::migrate(engine)
}

/// Begins a run: everything of the one before is forgotten.
///
/// # Errors
/// When the database refuses.
pub fn start(engine: &dyn Engine, target: &CrawlTarget, robots_url: &str) -> Result<(), Error> {
    engine.run(&sql("DELETE FROM pages"))?;
    engine.run(&sql("DELETE FROM meta"))?;
    notes::clear(engine)?;
    put_meta(engine, "target", &serde_json::to_string(target)?)?;
    add(engine, robots_url, TaskKind::Robots, 0)?;
    let kind = match target.kind {
        protocol::api::SourceKind::Website => TaskKind::Page,
        protocol::api::SourceKind::Sitemap => TaskKind::Sitemap,
        // Nothing else is crawled.
        _ => return Ok(()),
    };
    add(engine, &target.url, kind, 0)
}

/// The run this object is about.
///
/// # Errors
/// When the database refuses or holds something else.
pub fn target(engine: &dyn Engine) -> Result<Option<CrawlTarget>, Error> {
    meta(engine, "target")?.map(|json| serde_json::from_str(&json).map_err(Error::from)).transpose()
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
pub fn missing(engine: &dyn Engine) -> Result<Option<String>, Error> {
    meta(engine, "missing")
}

/// Why the run as a whole failed.
///
/// # Errors
/// When the database refuses.
pub fn reason(engine: &dyn Engine) -> Result<Option<String>, Error> {
    meta(engine, "reason")
}

/// What a finished run leaves to do is done.
///
/// # Errors
/// When the database refuses.
pub fn complete(engine: &dyn Engine) -> Result<(), Error> {
    put_meta(engine, "completed", "1")
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

fn number(engine: &dyn Engine, key: &str) -> Result<f64, Error> {
    Ok(meta(engine, key)?.and_then(|value| value.parse().ok()).unwrap_or(0.0))
}

fn add(engine: &dyn Engine, url: &str, kind: TaskKind, depth: u32) -> Result<(), Error> {
    engine.run(
        &sql("INSERT INTO pages (url, kind, depth, state) VALUES (?1, ?2, ?3, 'queued') \
             ON CONFLICT (url) DO UPDATE SET depth = min(depth, excluded.depth)")
        .bind(url)
        .bind(name(&kind))
        .bind(depth),
    )?;
    Ok(())
}

/// Takes up to `slots` addresses, robots.txt before anything else, sitemaps before pages. What is not reported
/// within the lease is given to somebody else.
///
/// # Errors
/// When the database refuses or holds something else.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
pub fn claim(engine: &dyn Engine, slots: u32, now: f64, lease_ms: u64) -> Result<Claimed, Error> {
    // Somebody took these and died, perhaps of them: they count as tried.
    engine.run(
        &sql("UPDATE pages SET state = 'failed', reason = 'This page could not be processed; it was tried several times.', fetched_at = ?1 \
             WHERE state = 'fetching' AND due_at <= ?1 AND attempts >= ?2")
            .bind(now)
            .bind(MAX_ATTEMPTS),
    )?;
    engine
        .run(&sql("UPDATE pages SET state = 'queued' WHERE state = 'fetching' AND due_at <= ?1").bind(now))?;
    let robots_read = meta(engine, "robots")?.is_some();
    if !robots_read && count(engine, "kind = 'robots' AND state IN ('queued', 'fetching')")? == 0 {
        // Without knowing the rules nothing may be fetched.
        if reason(engine)?.is_none() {
            let rows = engine.run(&sql("SELECT reason FROM pages WHERE kind = 'robots' AND state IN ('failed', 'skipped') AND reason IS NOT NULL ORDER BY rowid DESC LIMIT 1"))?;
            let why = rows
                .first()
                .map(|row| row.text(0))
                .transpose()?
                .map(|why| format!(" {why}"))
                .unwrap_or_default();
            put_meta(engine, "reason", &format!("The site's robots.txt could not be read.{why}"))?;
        }
        engine.run(&sql("DELETE FROM pages WHERE state = 'queued'"))?;
    }
    let (fetching, open) = counts(engine)?;
    if open == 0 {
        return Ok(Claimed { tasks: Vec::new(), wait_ms: 0, finished: true });
    }
    let wait =
        |until: f64| Claimed { tasks: Vec::new(), wait_ms: (until - now).max(1.0) as u64, finished: false };
    let not_before = number(engine, "not_before")?;
    if not_before > now {
        return Ok(wait(not_before));
    }
    let delay = number(engine, "crawl_delay_ms")?;
    let careful = delay > 0.0 || !robots_read || blocked::check(engine)?.is_some();
    let at_once = if careful { 1 } else { AT_ONCE };
    let free = slots.min(at_once.saturating_sub(fetching));
    let statement = sql("SELECT url, kind, depth, attempts FROM pages WHERE state = 'queued' AND due_at <= ?1 AND (?2 OR kind = 'robots') \
         ORDER BY CASE kind WHEN 'robots' THEN 0 WHEN 'sitemap' THEN 1 ELSE 2 END, depth, rowid LIMIT ?3")
    .bind(now)
    .bind(robots_read)
    .bind(free);
    let mut tasks = engine.run(&statement)?.iter().map(read_task).collect::<Result<Vec<_>, _>>()?;
    notes::brief(engine, &mut tasks)?;
    if tasks.is_empty() {
        let next = engine.run(&sql("SELECT min(due_at) FROM pages WHERE state IN ('queued', 'fetching')"))?;
        let next = next.first().map_or(Ok(None), |row| row.real_or_null(0))?.unwrap_or(now);
        return Ok(wait(next.max(now + 200.0)));
    }
    for task in &tasks {
        engine.run(
            &sql("UPDATE pages SET state = 'fetching', attempts = ?2, due_at = ?3 WHERE url = ?1")
                .bind(task.url.as_str())
                .bind(task.attempt)
                .bind(now + lease_ms as f64),
        )?;
    }
    if delay > 0.0 {
        put_meta(engine, "not_before", &(now + delay).to_string())?;
    }
    Ok(Claimed { tasks, wait_ms: 0, finished: false })
}

fn read_task(row: &Row) -> Result<Task, Error> {
    Ok(Task {
        url: row.text(0)?.to_owned(),
        kind: named(row, 1)?,
        depth: row.integer(2)?,
        attempt: row.integer::<u32>(3)? + 1,
        own: false,
        check: None,
    })
}

/// Pages being fetched, and all that are not at their end.
fn counts(engine: &dyn Engine) -> Result<(u32, u32), Error> {
    let rows = engine.run(&sql("SELECT coalesce(sum(state = 'fetching'), 0), count(*) FROM pages WHERE state IN ('queued', 'fetching')"))?;
    rows.first().map_or(Ok((0, 0)), |row| Ok((row.integer(0)?, row.integer(1)?)))
}

/// Notes what became of an address, and what it led to. A report of somebody whose lease has passed to another
/// is as good as the other's: the first one counts.
///
/// # Errors
/// When the database refuses.
pub fn report(engine: &dyn Engine, target: &CrawlTarget, report: &Report, now: f64) -> Result<(), Error> {
    let rows = engine.run(&sql("SELECT state, depth FROM pages WHERE url = ?1").bind(report.url.as_str()))?;
    let Some(row) = rows.first() else { return Ok(()) };
    let state: PageState = named(row, 0)?;
    let open = matches!(state, PageState::Queued | PageState::Fetching);
    if !open || notes::is_overruled(engine, report)? {
        return Ok(());
    }
    let depth: u32 = row.integer(1)?;
    settle(engine, report, depth, target, now)?;
    notes::keep(engine, report)?;
    chains::settle(engine, report)?;
    blocked::settle(engine, report)?;
    for sitemap in &report.sitemaps {
        if admits_sitemap(engine)? {
            add(engine, sitemap, TaskKind::Sitemap, 0)?;
        }
    }
    let from_sitemap = report.kind == TaskKind::Sitemap;
    if from_sitemap || depth < target.max_depth {
        let mut room = room(engine, target)?;
        for link in &report.links {
            let known = is_known(engine, link)?;
            if known || (room > 0 && (from_sitemap || traps::admits(engine, link)?)) {
                add(engine, link, TaskKind::Page, if from_sitemap { 1 } else { depth + 1 })?;
                room = room.saturating_sub(u32::from(!known));
            }
        }
    }
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

fn is_known(engine: &dyn Engine, url: &str) -> Result<bool, Error> {
    Ok(!engine.run(&sql("SELECT 1 FROM pages WHERE url = ?1").bind(url))?.is_empty())
}

/// How many redirects in a row led to an address.
fn hops(engine: &dyn Engine, url: &str) -> Result<u32, Error> {
    let statement = sql("WITH RECURSIVE chain (url, hops) AS (SELECT ?1, 0 UNION ALL \
         SELECT p.url, c.hops + 1 FROM chain c JOIN pages p ON p.state = 'redirected' AND p.reason = c.url WHERE c.hops < ?2) \
         SELECT max(hops) FROM (SELECT hops FROM chain LIMIT 1000)")
    .bind(url)
    .bind(MAX_HOPS);
    engine.run(&statement)?.first().map_or(Ok(0), |row| row.integer(0))
}

/// Goes where a redirect leads, once the address that redirects is at its end and takes no room any more.
fn follow(
    engine: &dyn Engine,
    report: &Report,
    to: &str,
    depth: u32,
    target: &CrawlTarget,
) -> Result<(), Error> {
    let goes = match report.kind {
        TaskKind::Page => is_known(engine, to)? || room(engine, target)? > 0,
        TaskKind::Sitemap => admits_sitemap(engine)?,
        TaskKind::Robots => {
            // A robots.txt that leads to one of the site's pages is none: there are no rules.
            let page =
                engine.run(&sql("SELECT 1 FROM pages WHERE url = ?1 AND kind <> 'robots'").bind(to))?;
            if !page.is_empty() {
                put_meta(engine, "robots", "")?;
            }
            page.is_empty()
        }
    };
    if goes { add(engine, to, report.kind, depth) } else { Ok(()) }
}

fn count(engine: &dyn Engine, condition: &str) -> Result<u32, Error> {
    engine
        .run(&sql(format!("SELECT count(*) FROM pages WHERE {condition}")))?
        .first()
        .map_or(Ok(0), |row| row.integer(0))
}

/// One address at its end, or put off.
struct End<'a> {
    state: PageState,
    reason: Option<&'a str>,
    http_status: Option<u16>,
    title: Option<&'a str>,
    language: Option<&'a str>,
    document_id: Option<&'a str>,
    passages: u32,
}

impl<'a> End<'a> {
    fn new(state: PageState, reason: Option<&'a str>, http_status: Option<u16>) -> Self {
        Self { state, reason, http_status, title: None, language: None, document_id: None, passages: 0 }
    }
}

fn settle(
    engine: &dyn Engine,
    report: &Report,
    depth: u32,
    target: &CrawlTarget,
    now: f64,
) -> Result<(), Error> {
    let end = match &report.outcome {
        Outcome::Robots { body, crawl_delay_ms, missing } => {
            put_meta(engine, "robots", body)?;
            if let Some(missing) = missing {
                put_meta(engine, "missing", missing)?;
            }
            if let Some(delay) = crawl_delay_ms {
                put_meta(engine, "crawl_delay_ms", &delay.to_string())?;
            }
            End::new(PageState::Indexed, None, None)
        }
        Outcome::RobotsUnreachable { reason } => {
            put_meta(engine, "reason", reason)?;
            End::new(PageState::Failed, Some(reason), None)
        }
        Outcome::Sitemap { .. } => End::new(PageState::Indexed, None, None),
        Outcome::Indexed { document_id, title, language, passages, http_status } => End {
            title: Some(title),
            language: language.as_deref(),
            document_id: Some(document_id.as_str()),
            passages: *passages,
            ..End::new(PageState::Indexed, None, Some(*http_status))
        },
        Outcome::Duplicate { of, title, http_status } => {
            End { title: Some(title), ..End::new(PageState::Duplicate, Some(of), Some(*http_status)) }
        }
        Outcome::Redirected { http_status, .. } if hops(engine, &report.url)? >= MAX_HOPS => {
            End::new(PageState::Failed, Some("It redirects too many times."), Some(*http_status))
        }
        Outcome::Redirected { to, http_status } => {
            End::new(PageState::Redirected, Some(to), Some(*http_status))
        }
        Outcome::Skipped { reason, http_status } => End::new(PageState::Skipped, Some(reason), *http_status),
        Outcome::Failed { reason, http_status } => End::new(PageState::Failed, Some(reason), *http_status),
        Outcome::Retry { reason, http_status, after_ms } => {
            let pause = limited(engine, report, *http_status, *after_ms, now)?;
            if report.attempt < MAX_ATTEMPTS {
                return put_off(engine, report, now + pause);
            }
            End::new(PageState::Failed, Some(reason), *http_status)
        }
    };
    let unread = matches!(end.state, PageState::Failed | PageState::Skipped);
    if let (true, Some(reason)) =
        (unread && report.kind == TaskKind::Sitemap && report.url == target.url, end.reason)
    {
        // Sitemaps are not listed among the pages, and without this one there are none.
        put_meta(engine, "reason", &format!("The sitemap could not be read. {reason}"))?;
    }
    engine.run(
        &sql("UPDATE pages SET state = ?2, reason = ?3, http_status = ?4, title = ?5, language = ?6, document_id = ?7, passages = ?8, fetched_at = ?9 WHERE url = ?1")
            .bind(report.url.as_str())
            .bind(name(&end.state))
            .bind(end.reason)
            .bind(end.http_status.map(u32::from))
            .bind(end.title)
            .bind(end.language)
            .bind(end.document_id)
            .bind(end.passages)
            .bind(now),
    )?;
    match &report.outcome {
        Outcome::Redirected { to, .. } if end.state == PageState::Redirected => {
            follow(engine, report, to, depth, target)
        }
        _ => Ok(()),
    }
}

/// How long the page has to wait: as the site says, or a pause that grows. A site that limits us (429, 503) gets a
/// pause as a whole.
#[allow(clippy::cast_precision_loss)]
fn limited(
    engine: &dyn Engine,
    report: &Report,
    status: Option<u16>,
    after_ms: Option<u64>,
    now: f64,
) -> Result<f64, Error> {
    if !matches!(status, Some(429 | 503)) {
        let pause = after_ms.unwrap_or(1_000 << report.attempt.min(6));
        return Ok(pause.clamp(MIN_PAUSE_MS, MAX_PAUSE_MS) as f64);
    }
    let pause = blocked::pause(engine, report, after_ms, now)?;
    // Several pages may have been limited at once; the longest wish is kept.
    let until = number(engine, "not_before")?.max(now + pause);
    put_meta(engine, "not_before", &until.to_string())?;
    Ok(pause)
}

fn put_off(engine: &dyn Engine, report: &Report, until: f64) -> Result<(), Error> {
    engine.run(
        &sql("UPDATE pages SET state = 'queued', due_at = ?2 WHERE url = ?1")
            .bind(report.url.as_str())
            .bind(until),
    )?;
    Ok(())
}

/// Pages by state.
///
/// # Errors
/// When the database refuses.
pub fn progress(engine: &dyn Engine) -> Result<Progress, Error> {
    let mut progress = Progress::default();
    for row in engine
        .run(&sql("SELECT state, count(*), sum(passages) FROM pages WHERE kind = 'page' GROUP BY state"))?
    {
        let count: u32 = row.integer(1)?;
        progress.found += count;
        progress.passages += row.integer::<u32>(2)?;
        *match named(&row, 0)? {
            PageState::Queued => &mut progress.queued,
            PageState::Fetching => &mut progress.fetching,
            PageState::Indexed => &mut progress.indexed,
            PageState::Duplicate => &mut progress.duplicate,
            PageState::Redirected => &mut progress.redirected,
            PageState::Skipped => &mut progress.skipped,
            PageState::Failed => &mut progress.failed,
        } = count;
    }
    Ok(progress)
}

/// Pages in the order of their addresses, above `after`.
///
/// # Errors
/// When the database refuses.
pub fn pages(
    engine: &dyn Engine,
    after: Option<&str>,
    state: Option<PageState>,
    limit: u32,
) -> Result<Vec<Page>, Error> {
    let statement = sql("SELECT url, state, reason, http_status, title, language, document_id, passages, depth, fetched_at FROM pages \
         WHERE kind = 'page' AND url > ?1 AND (?2 IS NULL OR state = ?2) ORDER BY url LIMIT ?3")
    .bind(after.unwrap_or(""))
    .bind(state.map(|state| name(&state)))
    .bind(limit);
    let mut pages = engine.run(&statement)?.iter().map(read_page).collect::<Result<Vec<_>, _>>()?;
    notes::add(engine, &mut pages)?;
    Ok(pages)
}

fn read_page(row: &Row) -> Result<Page, Error> {
    Ok(Page {
        url: row.text(0)?.to_owned(),
        state: named(row, 1)?,
        reason: row.text_or_null(2)?.map(str::to_owned),
        http_status: row.real_or_null(3)?.map(|_| row.integer(3)).transpose()?,
        title: row.text_or_null(4)?.map(str::to_owned),
        language: row.text_or_null(5)?.map(str::to_owned),
        document_id: row.text_or_null(6)?.map(str::parse).transpose()?,
        passages: row.integer(7)?,
        depth: row.integer(8)?,
        fetched_at: row.real_or_null(9)?,
        rendered: None,
        needs_script: false,
        remark: None,
    })
}

/// Whether a run is the object's current one.
///
/// # Errors
/// When the database refuses.
pub fn is_current(engine: &dyn Engine, run: &RunId) -> Result<bool, Error> {
    Ok(target(engine)?.is_some_and(|target| target.run_id == *run))
}
