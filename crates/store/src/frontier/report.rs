//! What became of an address, and what it led to.

use protocol::DocumentId;
use protocol::api::PageState;
use protocol::internal::{CrawlTarget, Outcome, Report, TaskKind, Visited};

use super::known::{self, Known};
use super::{
    MAX_ATTEMPTS, MAX_HOPS, MAX_PAUSE_MS, MIN_PAUSE_MS, Open, add, admits_sitemap, blocked, chains, end,
    is_listed, is_refreshing, notes, number, put_meta, refresh, room, traps,
};
use crate::sql::{Engine, Error, sql};
use crate::tenant::{name, named};

/// One address at its end.
pub(super) struct End {
    pub state: PageState,
    pub reason: Option<String>,
    pub http_status: Option<u16>,
    pub title: Option<String>,
    pub language: Option<String>,
    pub document_id: Option<DocumentId>,
    pub passages: u32,
}

impl End {
    fn new(state: PageState, reason: Option<&str>, http_status: Option<u16>) -> Self {
        let reason = reason.map(str::to_owned);
        Self { state, reason, http_status, title: None, language: None, document_id: None, passages: 0 }
    }

    /// The address says that there is no page any more; any other failure may pass.
    pub fn is_gone(&self) -> bool {
        match self.state {
            PageState::Failed => matches!(self.http_status, Some(404 | 410 | 451)),
            PageState::Skipped | PageState::Redirected => true,
            _ => false,
        }
    }
}

/// What comes of a report.
enum Verdict {
    End(End),
    /// Not before so many milliseconds have passed, as another try.
    Later(f64),
    /// At once, as if for the first time.
    Anew,
}

/// Notes what became of an address, and what it led to. A report of somebody whose lease has passed to another
/// is as good as the other's: the first one counts.
///
/// # Errors
/// When the database refuses.
pub fn report(engine: &dyn Engine, target: &CrawlTarget, report: &Report, now: f64) -> Result<(), Error> {
    let Some(page) = Open::of(engine, &report.url)? else { return Ok(()) };
    if notes::is_overruled(engine, report)? {
        return Ok(());
    }
    let known = Known::of(engine, &report.url)?;
    let mut end = match judge(engine, target, report, known.as_ref(), now)? {
        Verdict::End(end) => end,
        Verdict::Later(pause) => {
            put_off(engine, report, pause, now)?;
            return blocked::settle(engine, report);
        }
        Verdict::Anew => {
            known::read_anew(engine, &report.url)?;
            // Nobody's fault: it does not count as a try.
            let again = sql(
                "UPDATE pages SET state = 'queued', due_at = ?2, attempts = max(attempts - 1, 0) WHERE url = ?1",
            );
            return engine.run(&again.bind(report.url.as_str()).bind(now)).map(|_| ());
        }
    };
    if report.kind == TaskKind::Page {
        end::remember(engine, target, report, known.as_ref(), &mut end, now)?;
    } else if matches!(report.outcome, Outcome::Sitemap { .. }) {
        let leads = known::Leads::of(&report.links, &report.sitemaps);
        Known { leads, fetched_at: now, ..Known::default() }.save(engine, &report.url)?;
    }
    close(engine, &report.url, &end, now)?;
    if let (Outcome::Redirected { to, .. }, PageState::Redirected) = (&report.outcome, end.state) {
        follow(engine, report, to, page.depth, target)?;
    }
    notes::keep(engine, report)?;
    chains::settle(engine, report)?;
    blocked::settle(engine, report)?;
    lead_on(engine, target, report, &page, known, &end)?;
    refresh::once_more(engine, &report.url, now)
}

fn judge(
    engine: &dyn Engine,
    target: &CrawlTarget,
    report: &Report,
    known: Option<&Known>,
    now: f64,
) -> Result<Verdict, Error> {
    let end = match &report.outcome {
        Outcome::Robots { body, crawl_delay_ms, missing } => {
            refresh::rules(engine, body, now)?;
            if let Some(missing) = missing {
                put_meta(engine, "missing", missing)?;
            }
            if let Some(delay) = crawl_delay_ms {
                put_meta(engine, "crawl_delay_ms", &delay.to_string())?;
            }
            End::new(PageState::Indexed, None, None)
        }
        Outcome::RobotsUnreachable { reason } => {
            if !is_refreshing(engine)? {
                put_meta(engine, "reason", reason)?;
            }
            End::new(PageState::Failed, Some(reason), None)
        }
        Outcome::Sitemap { .. } => End::new(PageState::Indexed, None, None),
        Outcome::Indexed { document_id, title, language, passages, http_status } => End {
            title: Some(title.clone()),
            language: language.clone(),
            document_id: Some(document_id.clone()),
            passages: *passages,
            ..End::new(PageState::Indexed, None, Some(*http_status))
        },
        Outcome::Unchanged { http_status } => return unchanged(engine, report, known, *http_status),
        Outcome::Duplicate { of, title, http_status } => {
            let end = End::new(PageState::Duplicate, Some(of), Some(*http_status));
            End { title: Some(title.clone()), ..end }
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
                return Ok(Verdict::Later(pause));
            }
            End::new(PageState::Failed, Some(reason), *http_status)
        }
    };
    let unread = matches!(end.state, PageState::Failed | PageState::Skipped);
    if let (true, Some(reason)) =
        (unread && report.kind == TaskKind::Sitemap && report.url == target.url, &end.reason)
    {
        // Sitemaps are not listed among the pages, and without this one there are none.
        put_meta(engine, "reason", &format!("The sitemap could not be read. {reason}"))?;
    }
    Ok(Verdict::End(end))
}

/// The site, or its sitemap, says that nothing has changed.
fn unchanged(
    engine: &dyn Engine,
    report: &Report,
    known: Option<&Known>,
    http_status: Option<u16>,
) -> Result<Verdict, Error> {
    if report.kind == TaskKind::Robots && known::probe(engine)?.is_some() {
        // It was asked about a version that nobody has: this server says so whatever it is asked.
        known::put_site(engine, "unchanged", "wrong")?;
        return Ok(Verdict::Anew);
    }
    let Some(known) = known else { return Ok(never_read(http_status)) };
    if let Some(of) = &known.duplicate_of {
        // A copy is asked for after its original.
        if !has_content(engine, of, &known.about.visited)? {
            return Ok(Verdict::Anew);
        }
        let end = End::new(PageState::Duplicate, Some(of), http_status);
        return Ok(Verdict::End(End { title: known.about.title.clone(), ..end }));
    }
    if known.document_id.is_none() {
        return Ok(never_read(http_status));
    }
    Ok(Verdict::End(End {
        title: known.about.title.clone(),
        language: known.about.language.clone(),
        document_id: known.document_id.clone(),
        passages: known.about.passages,
        ..End::new(PageState::Unchanged, None, http_status)
    }))
}

fn never_read(http_status: Option<u16>) -> Verdict {
    let reason = "The site says that it has not changed, but it was never read.";
    Verdict::End(End::new(PageState::Failed, Some(reason), http_status))
}

/// Whether a page of this run still has the content that another one was a copy of.
fn has_content(engine: &dyn Engine, url: &str, visited: &Visited) -> Result<bool, Error> {
    let rows = engine.run(&sql("SELECT state FROM pages WHERE url = ?1").bind(url))?;
    let state = rows.first().map(|row| named::<PageState>(row, 0)).transpose()?;
    let there = matches!(state, Some(PageState::Indexed | PageState::Unchanged));
    let content = |hash: &str| hash.split('.').next().map(str::to_owned);
    let original = Known::of(engine, url)?.map(|original| original.about.visited.hash);
    Ok(there && original.is_some_and(|hash| content(&hash) == content(&visited.hash)))
}

fn close(engine: &dyn Engine, url: &str, end: &End, now: f64) -> Result<(), Error> {
    engine.run(
        &sql("UPDATE pages SET state = ?2, reason = ?3, http_status = ?4, title = ?5, language = ?6, document_id = ?7, passages = ?8, fetched_at = ?9 WHERE url = ?1")
            .bind(url)
            .bind(name(&end.state))
            .bind(end.reason.as_deref())
            .bind(end.http_status.map(u32::from))
            .bind(end.title.as_deref())
            .bind(end.language.as_deref())
            .bind(end.document_id.as_ref().map(DocumentId::as_str))
            .bind(end.passages)
            .bind(now),
    )?;
    Ok(())
}

/// Where the address leads. What could not be looked at now leads where it led before.
fn lead_on(
    engine: &dyn Engine,
    target: &CrawlTarget,
    report: &Report,
    page: &Open,
    known: Option<Known>,
    end: &End,
) -> Result<(), Error> {
    if is_refreshing(engine)? && report.kind == TaskKind::Page {
        return Ok(());
    }
    let before = match end.state {
        PageState::Unchanged | PageState::Duplicate => report.links.is_empty(),
        PageState::Failed => !end.is_gone(),
        _ => false,
    };
    let before = known.filter(|_| before).map(|known| known.leads).unwrap_or_default();
    let (links, sitemaps) = if before.links.is_empty() && before.sitemaps.is_empty() {
        (&report.links, &report.sitemaps)
    } else {
        (&before.links, &before.sitemaps)
    };
    for sitemap in sitemaps {
        if admits_sitemap(engine)? {
            add(engine, target, sitemap, TaskKind::Sitemap, 0)?;
        }
    }
    let from_sitemap = report.kind == TaskKind::Sitemap;
    if !from_sitemap && page.depth >= target.max_depth {
        return Ok(());
    }
    let mut room = room(engine, target)?;
    for (at, link) in links.iter().enumerate() {
        let listed = is_listed(engine, link)?;
        if !listed && (room == 0 || !(from_sitemap || traps::admits(engine, link)?)) {
            continue;
        }
        add(engine, target, link, TaskKind::Page, if from_sitemap { 1 } else { page.depth + 1 })?;
        room = room.saturating_sub(u32::from(!listed));
        if let Some(modified) = report.modified.get(at).filter(|modified| **modified > 0.0) {
            let dated = sql("INSERT OR REPLACE INTO listed (url, modified) VALUES (?1, ?2)");
            engine.run(&dated.bind(link.as_str()).bind(*modified))?;
        }
    }
    Ok(())
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
        TaskKind::Page => is_listed(engine, to)? || room(engine, target)? > 0,
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
    if goes { add(engine, target, to, report.kind, depth) } else { Ok(()) }
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

fn put_off(engine: &dyn Engine, report: &Report, pause: f64, now: f64) -> Result<(), Error> {
    engine.run(
        &sql("UPDATE pages SET state = 'queued', due_at = ?2 WHERE url = ?1")
            .bind(report.url.as_str())
            .bind(now + pause),
    )?;
    Ok(())
}
