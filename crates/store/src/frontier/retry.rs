//! The pages that failed in a run that is over, once more.

use super::{count, drop_meta, is_completed, meta, notes, put_meta, refresh, robots, set_out, target};
use crate::sql::{Engine, Error, sql};

/// A sitemap that is not there has not failed: most sites have none.
const FAILED: &str =
    "state = 'failed' AND (kind <> 'sitemap' OR http_status IS NULL OR http_status NOT IN (404, 410))";

/// Queues what failed; how many addresses. Nothing while the run is going.
///
/// Where any page was read, nothing else is fetched and nothing that is known is forgotten. Else the run never began:
/// it does now.
///
/// # Errors
/// When the database refuses.
pub fn retry(engine: &dyn Engine, robots_url: &str, now: f64) -> Result<u32, Error> {
    let Some(target) = target(engine)? else { return Ok(0) };
    let read = count(engine, "kind = 'page' AND state IN ('indexed', 'unchanged', 'duplicate')")?;
    let began = robots(engine)?.is_some() && read > 0;
    let failed = count(engine, if began { "state = 'failed' AND kind = 'page'" } else { FAILED })?;
    if failed == 0 || !is_completed(engine)? {
        return Ok(0);
    }
    for key in ["completed", "reason", "blocked", "open", "pauses", "not_before"] {
        drop_meta(engine, key)?;
    }
    notes::let_in(engine)?;
    if began {
        let pages = sql("SELECT url FROM pages WHERE state = 'failed' AND kind = 'page'");
        for row in engine.run(&pages)? {
            refresh::queue_whole(engine, row.text(0)?, now)?;
        }
        for key in ["refreshing", "retrying"] {
            put_meta(engine, key, "1")?;
        }
        return Ok(failed);
    }
    engine.run(&sql(format!(
        "UPDATE pages SET state = 'queued', attempts = 0, due_at = 0, reason = NULL, http_status = NULL WHERE {FAILED}"
    )))?;
    set_out(engine, &target, robots_url)?;
    Ok(failed)
}

/// Whether only failed pages are read.
///
/// # Errors
/// When the database refuses.
pub fn is_retrying(engine: &dyn Engine) -> Result<bool, Error> {
    Ok(meta(engine, "retrying")?.is_some())
}
