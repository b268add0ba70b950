//! The pages that failed in a run that is over, once more.

use super::{count, is_completed, meta, notes, put_meta, robots, target};
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
pub fn retry(engine: &dyn Engine) -> Result<u32, Error> {
    if !is_completed(engine)? {
        return Ok(0);
    }
    let failed = count(engine, FAILED)?;
    if failed == 0 {
        return Ok(0);
    }
    let read = count(engine, "kind = 'page' AND state IN ('indexed', 'duplicate')")?;
    let began = robots(engine)?.is_some() && read > 0;
    engine.run(&sql(format!(
        "UPDATE pages SET state = 'queued', attempts = 0, due_at = 0, reason = NULL, http_status = NULL WHERE {FAILED}"
    )))?;
    for key in ["completed", "reason", "blocked", "open", "pauses", "not_before", "retrying"] {
        engine.run(&sql("DELETE FROM meta WHERE key = ?1").bind(key))?;
    }
    notes::let_in(engine)?;
    if began {
        put_meta(engine, "retrying", "1")?;
    } else if let Some(target) = target(engine)? {
        super::begin(engine, &target)?;
    }
    Ok(failed)
}

/// Whether only failed pages are read.
///
/// # Errors
/// When the database refuses.
pub fn is_retrying(engine: &dyn Engine) -> Result<bool, Error> {
    Ok(meta(engine, "retrying")?.is_some())
}
