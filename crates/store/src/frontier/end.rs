//! The end of a page, and of a run: what is remembered, what stays in the index, what has to go.

use protocol::DocumentId;
use protocol::api::{PageChange, PageEvent, PageState};
use protocol::internal::{CrawlTarget, KeptReply, Outcome, Report};

use super::known::{self, About, Known, Leads};
use super::report::End;
use super::{blocked, count, drop_meta, is_refreshing, meta, progress, put_meta, reason, target};
use crate::sql::{Engine, Error, sql};

/// Documents named at a time.
const AT_A_TIME: u32 = 500;
pub(super) const STILL_USED: &str = "Its earlier text is still used.";

/// Remembers a page as it is now, and gives a page that could not be read what is known of it.
pub(super) fn remember(
    engine: &dyn Engine,
    target: &CrawlTarget,
    report: &Report,
    before: Option<&Known>,
    end: &mut End,
    now: f64,
) -> Result<(), Error> {
    let new = matches!(end.state, PageState::Indexed | PageState::Duplicate | PageState::Failed);
    if before.is_none() && !new {
        return Ok(());
    }
    let mut known = Known::of(engine, &report.url)?.unwrap_or_default();
    let had = known.document_id.clone();
    let seen = report.seen.clone().unwrap_or_default();
    let removed = had.as_ref().map(|_| PageChange::Removed);
    let change = match end.state {
        PageState::Indexed => {
            let changed = seen.hash.is_empty() || seen.hash != known.about.visited.hash;
            // Before a first visit, and after a reason to read it anew, there is nothing to compare with.
            if had.is_some() && !known.about.visited.hash.is_empty() {
                known::compare(engine, &report.url, &known, &seen, changed)?;
            }
            known.document_id.clone_from(&end.document_id);
            known.duplicate_of = None;
            known.fetched_at = now;
            let title = end.title.as_deref().unwrap_or_default();
            known.about = About::read(seen, title, end.language.clone(), end.passages);
            known.leads = Leads::of(&report.links, &[]);
            Some(match (had.is_some(), changed) {
                (false, _) => PageChange::Added,
                (true, true) => PageChange::Changed,
                (true, false) => PageChange::Unchanged,
            })
        }
        PageState::Unchanged | PageState::Duplicate
            if matches!(report.outcome, Outcome::Unchanged { .. }) =>
        {
            if end.http_status.is_some() {
                known::compare(engine, &report.url, &known, &seen, false)?;
                known.fetched_at = now;
                known.about.visited.etag = seen.etag.or(known.about.visited.etag.take());
                known.about.visited.last_modified =
                    seen.last_modified.or(known.about.visited.last_modified.take());
            }
            if !report.links.is_empty() {
                known.leads = Leads::of(&report.links, &[]);
            }
            had.as_ref().map(|_| PageChange::Unchanged)
        }
        PageState::Duplicate => {
            known.forget();
            known.duplicate_of.clone_from(&end.reason);
            known.fetched_at = now;
            known.about = About::read(seen, end.title.as_deref().unwrap_or_default(), None, 0);
            known.leads = Leads::of(&report.links, &[]);
            removed
        }
        _ if end.is_gone() => {
            known.forget();
            removed.or((end.state == PageState::Failed).then_some(PageChange::Failed))
        }
        _ => {
            if had.is_some() {
                let reason = end.reason.take().unwrap_or_default();
                end.reason = Some(format!("{reason} {STILL_USED}").trim().to_owned());
                end.document_id.clone_from(&had);
                end.title.clone_from(&known.about.title);
                end.language.clone_from(&known.about.language);
                end.passages = known.about.passages;
            }
            Some(PageChange::Failed)
        }
    };
    let refresh = is_refreshing(engine)?;
    if let Some(change) = change {
        let reason = match end.state {
            PageState::Duplicate => end.reason.as_ref().map(|of| format!("Its text is that of {of}.")),
            PageState::Redirected => end.reason.as_ref().map(|to| format!("It leads to {to}.")),
            _ => end.reason.clone(),
        };
        known.note(PageEvent {
            http_status: end.http_status,
            passages: end.passages,
            refresh,
            ..known::event(&target.run_id, now, change, reason)
        });
    }
    if refresh && had != end.document_id {
        leave_behind(engine, had.as_ref(), end.document_id.as_ref())?;
    }
    known.save(engine, &report.url)
}

/// A page that was read by itself has lost its document, or got one.
fn leave_behind(
    engine: &dyn Engine,
    had: Option<&DocumentId>,
    has: Option<&DocumentId>,
) -> Result<(), Error> {
    if let Some(has) = has {
        engine.run(&sql("DELETE FROM gone WHERE document_id = ?1").bind(has.as_str()))?;
    } else if let Some(had) = had {
        engine.run(&sql("INSERT OR IGNORE INTO gone (document_id) VALUES (?1)").bind(had.as_str()))?;
    }
    Ok(())
}

/// Why a run that has nothing left to fetch has failed as a whole; nothing when it has not.
///
/// # Errors
/// When the database refuses.
pub fn verdict(engine: &dyn Engine) -> Result<Option<String>, Error> {
    if let Some(reason) = reason(engine)? {
        return Ok(Some(reason));
    }
    let progress = progress(engine)?;
    let read = progress.indexed + progress.unchanged + progress.duplicate > 0;
    Ok((!read).then(|| {
        if progress.failed > 0 {
            "No page could be read. The list below says why.".to_owned()
        } else {
            "There is no page with text at this address.".to_owned()
        }
    }))
}

/// Nothing is left to fetch. After a run that failed or was cut short the pages that it did not come by are listed, too: what they taught
/// stays. After another one, dates of sitemaps that were right throughout are believed.
pub(super) fn wind_up(engine: &dyn Engine, now: f64) -> Result<(), Error> {
    if verdict(engine)?.is_some() || blocked(engine)?.is_some() {
        let left = sql(
            "INSERT OR IGNORE INTO pages (url, kind, depth, state, reason, title, language, document_id, passages, fetched_at) \
             SELECT k.url, 'page', 0, 'failed', ?1, k.about ->> '$.title', k.about ->> '$.language', k.document_id, \
             k.about ->> '$.passages', ?2 FROM known k WHERE k.document_id IS NOT NULL",
        );
        let reason = format!("This sync did not come to it. {STILL_USED}");
        engine.run(&left.bind(reason).bind(now))?;
    } else if meta(engine, "modified_held")?.is_some() && known::site(engine, "modified")?.is_none() {
        known::put_site(engine, "modified", "right")?;
    }
    Ok(())
}

/// The documents that the run leaves in the index, in pieces by the addresses of their pages.
///
/// # Errors
/// When the database refuses.
pub fn kept(engine: &dyn Engine, after: Option<&str>) -> Result<KeptReply, Error> {
    let piece = sql(
        "SELECT url, document_id FROM pages WHERE kind = 'page' AND document_id IS NOT NULL AND url > ?1 \
         ORDER BY url LIMIT ?2",
    );
    let rows = engine.run(&piece.bind(after.unwrap_or("")).bind(AT_A_TIME))?;
    let full = u32::try_from(rows.len()).is_ok_and(|rows| rows == AT_A_TIME);
    let next = rows.last().filter(|_| full).map(|row| row.text(0).map(str::to_owned)).transpose()?;
    let documents = rows.iter().map(|row| Ok(row.text(1)?.parse()?)).collect::<Result<_, Error>>()?;
    let gone = engine.run(&sql("SELECT document_id FROM gone"))?;
    let gone = gone.iter().map(|row| Ok(row.text(0)?.parse()?)).collect::<Result<_, Error>>()?;
    Ok(KeptReply { documents, gone, next })
}

/// Documents that should be known and are not: pages that were passed over as unchanged are read again, how many;
/// of those that could not be read nothing is left.
///
/// # Errors
/// When the database refuses.
pub fn missing(engine: &dyn Engine, documents: &[DocumentId], now: f64) -> Result<u32, Error> {
    let lost = sql("SELECT url, state FROM pages WHERE kind = 'page' AND state IN ('unchanged', 'failed') \
         AND document_id IN (SELECT value FROM json_each(?1))");
    let mut queued = 0;
    for row in engine.run(&lost.bind(serde_json::to_string(documents)?))? {
        let (url, state) = (row.text(0)?, row.text(1)?);
        if state == "unchanged" {
            known::read_anew(engine, url)?;
            let again = sql("UPDATE pages SET state = 'queued', attempts = 0, due_at = ?2 WHERE url = ?1");
            engine.run(&again.bind(url).bind(now))?;
            queued += 1;
        } else {
            engine.run(&sql("UPDATE pages SET document_id = NULL, passages = 0 WHERE url = ?1").bind(url))?;
            if let Some(mut known) = Known::of(engine, url)? {
                known.forget();
                known.save(engine, url)?;
            }
        }
    }
    Ok(queued)
}

/// What a finished run leaves to do is done, unless something has come meanwhile: whether it is over.
///
/// # Errors
/// When the database refuses.
pub fn complete(engine: &dyn Engine, now: f64) -> Result<bool, Error> {
    if count(engine, "state IN ('queued', 'fetching')")? > 0 {
        return Ok(false);
    }
    let whole = !is_refreshing(engine)? && verdict(engine)?.is_none() && blocked(engine)?.is_none();
    if let Some(target) = target(engine)?.filter(|_| whole) {
        known::forget_unseen(engine, &target, now)?;
    }
    engine.run(&sql("DELETE FROM gone"))?;
    for key in ["refreshing", "retrying"] {
        drop_meta(engine, key)?;
    }
    put_meta(engine, "completed", "1")?;
    Ok(true)
}
