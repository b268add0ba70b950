//! What is known of a page, and of the site as a whole, from the runs before.

use protocol::api::{PageChange, PageEvent};
use protocol::internal::{CrawlTarget, Visited};
use protocol::{DocumentId, RunId};
use serde::{Deserialize, Serialize};

use crate::sql::{Engine, Error, sql};

/// What a run made of a page is kept for so many runs.
const EVENTS: usize = 20;
/// Links of one page that lead on when it has not changed.
const LINKS: usize = 1_000;
/// Grows when pages are read in another way: then the same answer of a site is not the same document.
const READING: u32 = 1;
/// Every so many runs no page is passed over because a sitemap says so, and pages that have nothing better than a
/// date are asked for whole.
const THOROUGH: u32 = 4;
/// Every so many runs every page is asked for whole, and a server that says "unchanged" too often is found out.
const WHOLE: u32 = 12;
/// A tag that no page has: who answers "unchanged" to it answers so to everything.
const NOBODYS_TAG: &str = "\"frontdesk-asks\"";

/// A row of `known`.
#[derive(Default)]
pub(super) struct Known {
    pub document_id: Option<DocumentId>,
    pub duplicate_of: Option<String>,
    pub fetched_at: f64,
    pub about: About,
    pub leads: Leads,
    pub events: Vec<PageEvent>,
}

/// What the page was when it was read last.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct About {
    pub visited: Visited,
    pub reading: u32,
    pub title: Option<String>,
    pub language: Option<String>,
    pub passages: u32,
}

impl About {
    /// The page as it was just read.
    pub fn read(visited: Visited, title: &str, language: Option<String>, passages: u32) -> Self {
        Self { visited, reading: READING, title: Some(title.to_owned()), language, passages }
    }
}

/// Where it led.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Leads {
    pub links: Vec<String>,
    pub sitemaps: Vec<String>,
}

impl Leads {
    pub fn of(links: &[String], sitemaps: &[String]) -> Self {
        Self { links: links.iter().take(LINKS).cloned().collect(), sitemaps: sitemaps.to_vec() }
    }
}

impl Known {
    pub fn of(engine: &dyn Engine, url: &str) -> Result<Option<Self>, Error> {
        let row = sql(
            "SELECT document_id, duplicate_of, fetched_at, about, leads, events FROM known WHERE url = ?1",
        );
        let rows = engine.run(&row.bind(url))?;
        let Some(row) = rows.first() else { return Ok(None) };
        Ok(Some(Self {
            document_id: row.text_or_null(0)?.map(str::parse).transpose()?,
            duplicate_of: row.text_or_null(1)?.map(str::to_owned),
            fetched_at: row.real(2)?,
            about: row.json(3)?,
            leads: row.json(4)?,
            events: row.json(5)?,
        }))
    }

    /// Stores the row as of this run; it need not be read as if for the first time any more.
    pub fn save(&self, engine: &dyn Engine, url: &str) -> Result<(), Error> {
        engine.run(
            &sql("INSERT OR REPLACE INTO known (url, seen, fresh, document_id, duplicate_of, fetched_at, about, leads, events) \
                 VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7, ?8)")
                .bind(url)
                .bind(run_number(engine)?)
                .bind(self.document_id.as_ref().map(DocumentId::as_str))
                .bind(self.duplicate_of.as_deref())
                .bind(self.fetched_at)
                .bind(serde_json::to_string(&self.about)?)
                .bind(serde_json::to_string(&self.leads)?)
                .bind(serde_json::to_string(&self.events)?),
        )?;
        Ok(())
    }

    /// There is no document of it any more.
    pub fn forget(&mut self) {
        self.document_id = None;
        self.duplicate_of = None;
        self.about = About::default();
        self.leads = Leads::default();
    }

    /// Notes what a run made of the page. What the same run has said before is taken back.
    pub fn note(&mut self, event: PageEvent) {
        let again = |last: &PageEvent| last.run_id == event.run_id && !last.refresh && !event.refresh;
        if self.events.first().is_some_and(again) {
            self.events.remove(0);
        }
        self.events.insert(0, event);
        self.events.truncate(EVENTS);
    }
}

/// The next fetch of these pages is as if for the first time: nothing they answer is "unchanged".
pub(super) fn read_anew(engine: &dyn Engine, url: &str) -> Result<(), Error> {
    let Some(mut known) = Known::of(engine, url)? else { return Ok(()) };
    known.about.visited = Visited::default();
    known.save(engine, url)
}

/// What a page is asked for with. A page whose document is not known is asked for as if for the first time.
pub(super) fn visited(engine: &dyn Engine, url: &str) -> Result<Option<Visited>, Error> {
    let row = sql("SELECT fresh FROM known WHERE url = ?1");
    let fresh: u32 = engine.run(&row.bind(url))?.first().map_or(Ok(0), |row| row.integer(0))?;
    let Some(known) = Known::of(engine, url)? else { return Ok(None) };
    let hash = known.about.visited.hash;
    // Whether the page of another source that it was a copy of is still there is not known here.
    let copy = match &known.duplicate_of {
        Some(of) => super::is_listed(engine, of)?,
        None => false,
    };
    let read = known.document_id.is_some() || copy;
    if !read || hash.is_empty() || known.about.reading != READING {
        return Ok(None);
    }
    let run = run_number(engine)?;
    let whole = fresh > 0 || run.is_multiple_of(WHOLE) || site(engine, "unchanged")?.is_some();
    let etag = known.about.visited.etag.filter(|_| !whole);
    let etag = if site(engine, "etag")?.is_some() { None } else { etag };
    let dated = !whole && site(engine, "last_modified")?.is_none();
    let dated = dated && (etag.is_some() || !run.is_multiple_of(THOROUGH));
    let last_modified = known.about.visited.last_modified.filter(|_| dated);
    Ok(Some(Visited { etag, last_modified, hash }))
}

/// What robots.txt is asked for with, from the second run on.
pub(super) fn probe(engine: &dyn Engine) -> Result<Option<Visited>, Error> {
    let asks = run_number(engine)? > 1 && site(engine, "unchanged")?.is_none();
    Ok(asks.then(|| Visited { etag: Some(NOBODYS_TAG.into()), ..Visited::default() }))
}

/// Whether pages may be passed over because a sitemap says that they have not changed: its dates have been right
/// through a whole run and never wrong, and the site's rules are those of the last run.
pub(super) fn believes_sitemaps(engine: &dyn Engine) -> Result<bool, Error> {
    Ok(!run_number(engine)?.is_multiple_of(THOROUGH)
        && site(engine, "modified")?.as_deref() == Some("right")
        && super::meta(engine, "new_rules")?.is_none())
}

/// By when the sitemap says a page has changed last.
pub(super) fn listed(engine: &dyn Engine, url: &str) -> Result<Option<f64>, Error> {
    let rows = engine.run(&sql("SELECT modified FROM listed WHERE url = ?1").bind(url))?;
    rows.first().map(|row| row.real(0)).transpose()
}

/// A page has changed although something said that it had not: that is not believed any more.
pub(super) fn compare(
    engine: &dyn Engine,
    url: &str,
    known: &Known,
    now: &Visited,
    changed: bool,
) -> Result<(), Error> {
    let dated = listed(engine, url)?.is_some_and(|modified| modified <= known.fetched_at);
    if dated && !changed && site(engine, "modified")?.is_none() {
        super::put_meta(engine, "modified_held", "1")?;
    }
    let before = &known.about.visited;
    let lies = [
        ("modified", dated),
        ("etag", now.etag.is_some() && now.etag == before.etag),
        ("last_modified", now.last_modified.is_some() && now.last_modified == before.last_modified),
    ];
    for (what, said) in lies {
        if changed && said {
            put_site(engine, what, "wrong")?;
        }
    }
    Ok(())
}

/// Counts runs, from 1.
pub(super) fn run_number(engine: &dyn Engine) -> Result<u32, Error> {
    Ok(site(engine, "run")?.and_then(|run| run.parse().ok()).unwrap_or(0))
}

pub(super) fn site(engine: &dyn Engine, key: &str) -> Result<Option<String>, Error> {
    let rows = engine.run(&sql("SELECT value FROM site WHERE key = ?1").bind(key))?;
    rows.first().map(|row| row.text(0).map(str::to_owned)).transpose()
}

pub(super) fn put_site(engine: &dyn Engine, key: &str, value: &str) -> Result<(), Error> {
    engine.run(&sql("INSERT INTO site (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value").bind(key).bind(value)).map(|_| ())
}

/// What has happened to a page, without details.
pub(super) fn event(run: &RunId, now: f64, change: PageChange, reason: Option<String>) -> PageEvent {
    PageEvent { run_id: run.clone(), at: now, change, reason, http_status: None, passages: 0, refresh: false }
}

/// Pages that this run did not come by are not known any more; what happened to them is, for a while.
pub(super) fn forget_unseen(engine: &dyn Engine, target: &CrawlTarget, now: f64) -> Result<(), Error> {
    let run = run_number(engine)?;
    let unseen = sql(
        "SELECT url, seen FROM known WHERE seen < ?1 AND (document_id IS NOT NULL OR duplicate_of IS NOT NULL)",
    );
    for row in engine.run(&unseen.bind(run))? {
        let (url, seen) = (row.text(0)?, row.integer::<u32>(1)?);
        let Some(mut known) = Known::of(engine, url)? else { continue };
        if known.document_id.is_some() {
            let reason = "Neither a page nor a sitemap leads to it any more.".to_owned();
            known.note(event(&target.run_id, now, PageChange::Removed, Some(reason)));
        }
        known.forget();
        known.save(engine, url)?;
        engine.run(&sql("UPDATE known SET seen = ?2 WHERE url = ?1").bind(url).bind(seen))?;
    }
    let past = i64::from(run) - i64::try_from(EVENTS).unwrap_or(i64::MAX);
    engine.run(&sql("DELETE FROM known WHERE seen < ?1").bind(past)).map(|_| ())
}
