//! Single pages that are read again by themselves: within the run that is going, or after it.

use protocol::internal::{CrawlTarget, RefreshReply, TaskKind};

use super::{add, drop_meta, is_completed, known, meta, number, put_meta, target};
use crate::sql::{Engine, Error, sql};
use crate::tenant::name;

/// The rules of a site are good for a day (RFC 9309, section 2.4).
const RULES_MS: f64 = 24.0 * 60.0 * 60.0 * 1_000.0;

/// Whether the run is over and single pages are read again.
///
/// # Errors
/// When the database refuses.
pub fn is_refreshing(engine: &dyn Engine) -> Result<bool, Error> {
    Ok(meta(engine, "refreshing")?.is_some())
}

/// Puts pages on the list (again), to be asked for whole, whatever is known of them. One that is being fetched just
/// now is fetched once more.
///
/// # Errors
/// When the database refuses.
pub fn refresh(
    engine: &dyn Engine,
    urls: &[String],
    robots_url: &str,
    now: f64,
) -> Result<RefreshReply, Error> {
    let mut reply = RefreshReply { queued: Vec::new(), excluded: Vec::new(), known: true };
    let Some(target) = target(engine)? else { return Ok(RefreshReply { known: false, ..reply }) };
    for url in urls {
        let left_out = domain::paths::left_out(&target.include, &target.exclude, url).is_some();
        if left_out && *url != target.url {
            reply.excluded.push(url.clone());
            continue;
        }
        ask_for(engine, &target, url, now)?;
        reply.queued.push(url.clone());
    }
    if !reply.queued.is_empty() && is_completed(engine)? {
        drop_meta(engine, "completed")?;
        put_meta(engine, "refreshing", "1")?;
        let rules = meta(engine, "robots")?;
        if rules.is_none() || number(engine, "rules_at")? + RULES_MS < now {
            if let Some(rules) = rules {
                put_meta(engine, "old_robots", &rules)?;
            }
            drop_meta(engine, "robots")?;
            engine.run(&sql("DELETE FROM pages WHERE kind = ?1").bind(name(&TaskKind::Robots)))?;
            add(engine, &target, robots_url, TaskKind::Robots, 0)?;
        }
    }
    Ok(reply)
}

fn ask_for(engine: &dyn Engine, target: &CrawlTarget, url: &str, now: f64) -> Result<(), Error> {
    add(engine, target, url, TaskKind::Page, target.max_depth)?;
    // What is fetched at this moment may have been answered before the page changed.
    let fetching =
        "INSERT OR IGNORE INTO again (url) SELECT url FROM pages WHERE url = ?1 AND state = 'fetching'";
    engine.run(&sql(fetching).bind(url))?;
    queue_whole(engine, url, now)
}

pub(super) fn queue_whole(engine: &dyn Engine, url: &str, now: f64) -> Result<(), Error> {
    let again = sql("UPDATE pages SET state = 'queued', attempts = 0, due_at = ?2 \
         WHERE url = ?1 AND kind = 'page' AND state <> 'fetching'");
    engine.run(&again.bind(url).bind(now))?;
    engine.run(&sql("UPDATE known SET fresh = 1 WHERE url = ?1").bind(url)).map(|_| ())
}

/// An address has come to its end: whether it is fetched once more.
pub(super) fn once_more(engine: &dyn Engine, url: &str, now: f64) -> Result<(), Error> {
    let asked = engine.run(&sql("DELETE FROM again WHERE url = ?1 RETURNING url").bind(url))?;
    if asked.is_empty() { Ok(()) } else { queue_whole(engine, url, now) }
}

/// The site's rules were read.
pub(super) fn rules(engine: &dyn Engine, body: &str, now: f64) -> Result<(), Error> {
    if known::site(engine, "robots")?.is_some_and(|before| before != body) {
        put_meta(engine, "new_rules", "1")?;
    }
    known::put_site(engine, "robots", body)?;
    put_meta(engine, "rules_at", &now.to_string())?;
    put_meta(engine, "robots", body)
}
