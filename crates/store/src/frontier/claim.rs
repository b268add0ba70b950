//! What is fetched next.

use protocol::internal::{CrawlTarget, Outcome, Report, Task, TaskKind};

use super::{
    AT_ONCE, MAX_ATTEMPTS, Open, blocked, count, end, known, meta, notes, number, put_meta, reason, report,
};
use crate::sql::{Engine, Error, Row, sql};
use crate::tenant::named;

/// Pages that are passed over at a time because a sitemap says so.
const PASSED_OVER: u32 = 100;

/// What may be fetched now.
pub struct Claimed {
    pub tasks: Vec<Task>,
    pub wait_ms: u64,
    pub finished: bool,
}

/// Takes up to `slots` addresses, robots.txt before anything else, sitemaps before pages, and last what had the
/// content of another page. What is not reported within the lease is given to somebody else.
///
/// # Errors
/// When the database refuses or holds something else.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
pub fn claim(engine: &dyn Engine, slots: u32, now: f64, lease_ms: u64) -> Result<Claimed, Error> {
    let finished = Claimed { tasks: Vec::new(), wait_ms: 0, finished: true };
    let Some(target) = super::target(engine)? else { return Ok(finished) };
    give_up_crashed(engine, &target, now)?;
    engine
        .run(&sql("UPDATE pages SET state = 'queued' WHERE state = 'fetching' AND due_at <= ?1").bind(now))?;
    let robots_read = meta(engine, "robots")?.is_some();
    if robots_read {
        while known::believes_sitemaps(engine)? && pass_over(engine, &target, now)? {}
    } else if count(engine, "kind = 'robots' AND state IN ('queued', 'fetching')")? == 0 {
        without_rules(engine)?;
    }
    let (fetching, open) = counts(engine)?;
    if open == 0 {
        end::wind_up(engine, now)?;
        return Ok(finished);
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
    // Whether a page still has the content of another one is known when that one has been read.
    let statement = sql("SELECT p.url, p.kind, p.depth, p.attempts FROM pages p LEFT JOIN known k ON k.url = p.url \
         WHERE p.state = 'queued' AND p.due_at <= ?1 AND (?2 OR p.kind = 'robots') AND NOT EXISTS \
         (SELECT 1 FROM pages o LEFT JOIN known ok ON ok.url = o.url WHERE o.url = k.duplicate_of \
         AND o.state IN ('queued', 'fetching') AND ok.duplicate_of IS NULL) \
         ORDER BY CASE p.kind WHEN 'robots' THEN 0 WHEN 'sitemap' THEN 1 ELSE 2 END, k.duplicate_of IS NOT NULL, \
         p.depth, p.rowid LIMIT ?3")
    .bind(now)
    .bind(robots_read)
    .bind(free);
    let mut tasks =
        engine.run(&statement)?.iter().map(|row| read_task(engine, row)).collect::<Result<Vec<_>, _>>()?;
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

fn read_task(engine: &dyn Engine, row: &Row) -> Result<Task, Error> {
    let (url, kind) = (row.text(0)?.to_owned(), named(row, 1)?);
    let known = match kind {
        TaskKind::Robots => known::probe(engine)?,
        TaskKind::Sitemap => None,
        TaskKind::Page => known::visited(engine, &url)?,
    };
    let (depth, attempt) = (row.integer(2)?, row.integer::<u32>(3)? + 1);
    Ok(Task { known, url, kind, depth, attempt, own: false, check: None })
}

/// Somebody took these and died, perhaps of them: they count as tried.
fn give_up_crashed(engine: &dyn Engine, target: &CrawlTarget, now: f64) -> Result<(), Error> {
    let crashed = sql(
        "SELECT url, kind, depth FROM pages WHERE state = 'fetching' AND due_at <= ?1 AND attempts >= ?2",
    );
    for row in engine.run(&crashed.bind(now).bind(MAX_ATTEMPTS))? {
        let page = Open::read(&row)?;
        let reason = "This page could not be processed; it was tried several times.".to_owned();
        said(engine, target, &page, Outcome::Failed { reason, http_status: None }, now)?;
    }
    Ok(())
}

/// Pages of which the sitemap says that they have not changed since they were read: nobody asks the site. Whether
/// there were any.
fn pass_over(engine: &dyn Engine, target: &CrawlTarget, now: f64) -> Result<bool, Error> {
    let same = sql(
        "SELECT p.url, p.kind, p.depth FROM pages p JOIN listed l ON l.url = p.url JOIN known k ON k.url = p.url \
         WHERE p.state = 'queued' AND p.kind = 'page' AND p.url <> ?1 AND l.modified <= k.fetched_at \
         AND k.fresh = 0 AND k.document_id IS NOT NULL LIMIT ?2",
    );
    let mut any = false;
    for row in engine.run(&same.bind(target.url.as_str()).bind(PASSED_OVER))? {
        let page = Open::read(&row)?;
        if known::visited(engine, &page.url)?.is_none() {
            // It has to be read anew, and says so to whoever asks next.
            engine.run(&sql("UPDATE known SET fresh = 1 WHERE url = ?1").bind(page.url.as_str()))?;
            continue;
        }
        said(engine, target, &page, Outcome::Unchanged { http_status: None }, now)?;
        any = true;
    }
    Ok(any)
}

/// Reports what nobody had to fetch.
fn said(
    engine: &dyn Engine,
    target: &CrawlTarget,
    page: &Open,
    outcome: Outcome,
    now: f64,
) -> Result<(), Error> {
    let report = Report {
        run_id: target.run_id.clone(),
        url: page.url.clone(),
        kind: page.kind,
        attempt: MAX_ATTEMPTS,
        outcome,
        links: Vec::new(),
        sitemaps: Vec::new(),
        modified: Vec::new(),
        seen: None,
        rendered: None,
        render_gained: None,
        needs_script: false,
        remark: None,
        still_open: None,
    };
    report::report(engine, target, &report, now)
}

/// Without knowing the rules nothing may be fetched.
fn without_rules(engine: &dyn Engine) -> Result<(), Error> {
    if let Some(rules) = meta(engine, "old_robots")? {
        // Those of before may be used as long as the new ones cannot be read (RFC 9309, section 2.4).
        return put_meta(engine, "robots", &rules);
    }
    if reason(engine)?.is_none() {
        let rows = engine.run(&sql("SELECT reason FROM pages WHERE kind = 'robots' AND state IN ('failed', 'skipped') AND reason IS NOT NULL ORDER BY rowid DESC LIMIT 1"))?;
        let why =
            rows.first().map(|row| row.text(0)).transpose()?.map(|why| format!(" {why}")).unwrap_or_default();
        put_meta(engine, "reason", &format!("The site's robots.txt could not be read.{why}"))?;
    }
    engine.run(&sql("DELETE FROM pages WHERE state = 'queued'")).map(|_| ())
}

/// Pages being fetched, and all that are not at their end.
fn counts(engine: &dyn Engine) -> Result<(u32, u32), Error> {
    let rows = engine.run(&sql("SELECT coalesce(sum(state = 'fetching'), 0), count(*) FROM pages WHERE state IN ('queued', 'fetching')"))?;
    rows.first().map_or(Ok((0, 0)), |row| Ok((row.integer(0)?, row.integer(1)?)))
}
