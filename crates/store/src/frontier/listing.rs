//! What a member sees of a crawl.

use protocol::api::{Page, PageEvent, PageState, Progress};

use super::known::Known;
use super::notes;
use crate::sql::{Engine, Error, Row, sql};
use crate::tenant::{name, named};

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
            PageState::Unchanged => &mut progress.unchanged,
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

/// What the last runs made of a page, newest first.
///
/// # Errors
/// When the database refuses.
pub fn history(engine: &dyn Engine, url: &str) -> Result<Vec<PageEvent>, Error> {
    Ok(Known::of(engine, url)?.map(|known| known.events).unwrap_or_default())
}
