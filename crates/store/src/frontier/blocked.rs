//! A site that stops letting us in: it is left alone for longer and longer, and then for good. The run ends with
//! what it has.

use protocol::internal::{Outcome, Report, TaskKind};

use super::end::STILL_USED;
use super::notes::{self, Mark};
use super::{MAX_PAUSE_MS, MIN_PAUSE_MS, count, is_refreshing, meta, number, put_meta};
use crate::sql::{Engine, Error, sql};

/// Pages refused one after the other from which the site as a whole may be meant.
const PAGES: u32 = 3;
/// Pauses after each of which the site still asked for another.
const PAUSES: f64 = 4.0;

/// Why the run ended before its pages did.
///
/// # Errors
/// When the database refuses.
pub fn blocked(engine: &dyn Engine) -> Result<Option<String>, Error> {
    meta(engine, "blocked")
}

/// A page that was read before: asked for again when the next page is refused, it tells a site that is closed from
/// pages that are. None while nothing looks like it, or once it is known.
pub(super) fn check(engine: &dyn Engine) -> Result<Option<String>, Error> {
    if meta(engine, "open")?.is_some() || refused(engine)? < PAGES {
        return Ok(None);
    }
    let read = sql(
        "SELECT url FROM pages WHERE kind = 'page' AND state IN ('indexed', 'unchanged', 'duplicate') ORDER BY depth, rowid LIMIT 1",
    );
    engine.run(&read)?.first().map(|row| row.text(0).map(str::to_owned)).transpose()
}

/// Pages refused since the last one that was not.
fn refused(engine: &dyn Engine) -> Result<u32, Error> {
    engine.run(&sql("SELECT count(*) FROM notes WHERE refused"))?.first().map_or(Ok(0), |row| row.integer(0))
}

/// How long the whole site is left alone after it said that we ask too much: as it wishes, or twice as long each
/// time. Refusals of pages that were under way at the same time are one.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(super) fn pause(
    engine: &dyn Engine,
    report: &Report,
    after_ms: Option<u64>,
    now: f64,
) -> Result<f64, Error> {
    let mut pauses = number(engine, "pauses")?;
    if number(engine, "not_before")? <= now {
        pauses += 1.0;
        put_meta(engine, "pauses", &pauses.to_string())?;
    }
    let growing = 1_000 << (pauses as u64).max(u64::from(report.attempt)).min(9);
    Ok(after_ms.unwrap_or(growing).clamp(MIN_PAUSE_MS, MAX_PAUSE_MS) as f64)
}

/// Notes whether the site let us in, and ends the run of a site that does not any more.
pub(super) fn settle(engine: &dyn Engine, report: &Report) -> Result<(), Error> {
    if report.kind != TaskKind::Page || is_refreshing(engine)? {
        return Ok(());
    }
    let (status, asks_less) = match &report.outcome {
        Outcome::Retry { http_status: Some(status @ (429 | 503)), .. } => (*status, true),
        Outcome::Failed { http_status: Some(status @ 403), .. } => (*status, false),
        // Nobody can tell.
        Outcome::Retry { .. } => return Ok(()),
        Outcome::Failed { http_status: None, .. } | Outcome::Skipped { http_status: None, .. } => {
            return Ok(());
        }
        _ => {
            notes::let_in(engine)?;
            return put_meta(engine, "pauses", "0");
        }
    };
    let read = count(engine, "kind = 'page' AND state IN ('indexed', 'unchanged', 'duplicate')")?;
    if read == 0 {
        return Ok(());
    }
    notes::set(engine, &report.url, Mark::Refused)?;
    match report.still_open {
        // These pages are closed, the site is not.
        Some(true) => put_meta(engine, "open", "1"),
        Some(false) => end(engine, status, read),
        None if asks_less && refused(engine)? >= PAGES && number(engine, "pauses")? >= PAUSES => {
            end(engine, status, read)
        }
        None => Ok(()),
    }
}

fn end(engine: &dyn Engine, status: u16, read: u32) -> Result<(), Error> {
    let pages = if read == 1 { "page".to_owned() } else { format!("{read} pages") };
    let reason = format!(
        "The site stopped letting us in ({status}) after {pages}. What was known of the others is kept. Read the \
         source again later, or ask whoever runs the site to allow FrontdeskBot."
    );
    put_meta(engine, "blocked", &reason)?;
    const UNREAD: &str = "The site stopped letting us in before this page was read.";
    // What these pages taught before stays.
    let unread = sql(
        "UPDATE pages SET state = 'failed', http_status = ?1, reason = ?2, document_id = k.document_id, \
         title = k.about ->> '$.title', language = k.about ->> '$.language', \
         passages = coalesce(k.about ->> '$.passages', 0) FROM known k \
         WHERE k.url = pages.url AND pages.state = 'queued' AND pages.kind = 'page' AND k.document_id IS NOT NULL",
    );
    engine.run(&unread.bind(u32::from(status)).bind(format!("{UNREAD} {STILL_USED}")))?;
    let others =
        sql("UPDATE pages SET state = 'failed', http_status = ?1, reason = ?2 WHERE state = 'queued'");
    engine.run(&others.bind(u32::from(status)).bind(UNREAD))?;
    Ok(())
}
