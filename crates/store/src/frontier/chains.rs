//! Pages that say they are really elsewhere: by a canonical address, or by sending their visitors on. Where that
//! leads in a circle or to nothing that can be read, the page speaks for itself.

use protocol::api::PageState;
use protocol::internal::{Outcome, Report, TaskKind};

use super::MAX_HOPS;
use super::notes::{self, Mark};
use crate::sql::{Engine, Error, sql};

/// A word of the page itself, unlike a redirect by its server.
const SAID_BY_THE_PAGE: u32 = 200;

/// Looks at where an address ended, and lets those speak for themselves that led to it in vain.
pub(super) fn settle(engine: &dyn Engine, report: &Report) -> Result<(), Error> {
    if report.kind != TaskKind::Page {
        return Ok(());
    }
    let rows = engine
        .run(&sql("SELECT state, http_status, reason FROM pages WHERE url = ?1").bind(report.url.as_str()))?;
    let Some(row) = rows.first() else { return Ok(()) };
    let state: PageState = crate::tenant::named(row, 0)?;
    let status = row.real_or_null(1)?.map(|_| row.integer::<u32>(1)).transpose()?;
    match (state, &report.outcome) {
        (PageState::Redirected, Outcome::Redirected { to, .. }) => {
            let listed =
                !engine.run(&sql("SELECT 1 FROM pages WHERE url = ?1").bind(to.as_str()))?.is_empty();
            if listed { untie(engine, &report.url) } else { unread(engine, &report.url, status, 0) }
        }
        (PageState::Failed, _) => precede(engine, &report.url, 0),
        // What asks not to be indexed, or has no text, was read.
        (PageState::Skipped, _) if status != Some(SAID_BY_THE_PAGE) => precede(engine, &report.url, 0),
        _ => Ok(()),
    }
}

/// Breaks a circle that ends where it begins.
fn untie(engine: &dyn Engine, begin: &str) -> Result<(), Error> {
    let (mut at, mut own) = (begin.to_owned(), None);
    for _ in 0..=MAX_HOPS {
        let rows = engine.run(
            &sql("SELECT reason, http_status FROM pages WHERE url = ?1 AND state = 'redirected'")
                .bind(at.as_str()),
        )?;
        let Some(row) = rows.first() else { return Ok(()) };
        if own.is_none() && row.integer::<u32>(1)? == SAID_BY_THE_PAGE {
            own = Some(at);
        }
        at = row.text(0)?.to_owned();
        if at == begin {
            return own.map_or(Ok(()), |url| speak(engine, &url));
        }
    }
    Ok(())
}

/// Those that led to an address that could not be read.
fn precede(engine: &dyn Engine, url: &str, hops: u32) -> Result<(), Error> {
    let led = sql(
        "SELECT url, http_status FROM pages WHERE state = 'redirected' AND kind = 'page' AND reason = ?1",
    );
    for row in engine.run(&led.bind(url))? {
        unread(engine, row.text(0)?, Some(row.integer(1)?), hops + 1)?;
    }
    Ok(())
}

/// An address led to nothing: it speaks for itself if it was a page, else whoever led to it does.
fn unread(engine: &dyn Engine, url: &str, status: Option<u32>, hops: u32) -> Result<(), Error> {
    if status == Some(SAID_BY_THE_PAGE) {
        speak(engine, url)
    } else if hops < MAX_HOPS {
        precede(engine, url, hops)
    } else {
        Ok(())
    }
}

fn speak(engine: &dyn Engine, url: &str) -> Result<(), Error> {
    if notes::is_own(engine, url)? {
        return Ok(());
    }
    notes::set(engine, url, Mark::Own)?;
    engine.run(
        &sql("UPDATE pages SET state = 'queued', attempts = 0, due_at = 0, reason = NULL, http_status = NULL WHERE url = ?1")
            .bind(url),
    )?;
    // As a page that is where it is, it was never read.
    engine.run(&sql("UPDATE known SET fresh = 1 WHERE url = ?1").bind(url)).map(|_| ())
}
