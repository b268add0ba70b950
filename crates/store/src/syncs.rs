//! How a source is kept fresh: its schedule, its patterns, its secret address. `next_sync_at` says when a website or
//! a sitemap is due, and stays until its run has begun; a feed's `due_at` follows its schedule.

use protocol::api::Schedule;
use protocol::{RunId, SourceId, WorkspaceId};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::{Tenant, name};

/// What is changed of a source; absent fields stay.
#[derive(Default)]
pub struct Settings<'a> {
    pub schedule: Option<Schedule>,
    /// The first moment of that schedule.
    pub next_at: Option<f64>,
    pub include: Option<&'a [String]>,
    pub exclude: Option<&'a [String]>,
    pub tags: Option<&'a [String]>,
}

/// Changes how a source is read.
///
/// # Errors
/// When a list cannot be written as JSON.
pub fn configure(tenant: &Tenant, source: &SourceId, settings: &Settings<'_>) -> Result<Statement, Error> {
    let json = |list: Option<&[String]>| list.map(serde_json::to_string).transpose();
    Ok(sql("UPDATE sources SET schedule = coalesce(?3, schedule), \
         next_sync_at = CASE WHEN ?3 IS NULL THEN next_sync_at WHEN kind = 'feed' THEN NULL ELSE ?4 END, \
         due_at = CASE WHEN ?3 IS NOT NULL AND kind = 'feed' AND state IN ('indexed', 'failed') THEN ?4 ELSE due_at END, \
         include = coalesce(?5, include), exclude = coalesce(?6, exclude), tags = coalesce(?7, tags) \
         WHERE workspace_id = ?1 AND id = ?2")
    .bind(tenant.key())
    .bind(source.as_str())
    .bind(settings.schedule.map(|schedule| name(&schedule)))
    .bind(settings.next_at)
    .bind(json(settings.include)?)
    .bind(json(settings.exclude)?)
    .bind(json(settings.tags)?))
}

/// Websites and sitemaps that are due, whoever's they are; decoded by [`read_due`].
#[must_use]
pub fn due(now: f64) -> Statement {
    sql("SELECT s.workspace_id, s.id FROM sources s JOIN agents a ON a.id = s.agent_id JOIN workspaces w ON w.id = s.workspace_id \
         WHERE s.next_sync_at <= ?1 AND a.deleted_at IS NULL AND w.deleted_at IS NULL ORDER BY s.next_sync_at LIMIT 50")
    .bind(now)
}

/// Decodes a row of [`due`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_due(row: &Row) -> Result<(WorkspaceId, SourceId), Error> {
    Ok((row.text(0)?.parse()?, row.text(1)?.parse()?))
}

/// Names the run of a source that is due, unless one is going: of two that try, one wins. The source stays due.
#[must_use]
pub fn begin(tenant: &Tenant, source: &SourceId, run: &RunId, now: f64) -> Statement {
    sql("UPDATE sources SET state = 'crawling', reason = NULL, run_id = ?3 WHERE workspace_id = ?1 AND id = ?2 \
         AND next_sync_at <= ?4 AND state IN ('indexed', 'failed')")
    .bind(tenant.key())
    .bind(source.as_str())
    .bind(run.as_str())
    .bind(now)
}

/// What was due has begun: it is due again at `next`. A schedule that was changed meanwhile stays.
#[must_use]
pub fn begun(tenant: &Tenant, source: &SourceId, now: f64, next: Option<f64>) -> Statement {
    sql("UPDATE sources SET next_sync_at = ?4 WHERE workspace_id = ?1 AND id = ?2 AND next_sync_at <= ?3")
        .bind(tenant.key())
        .bind(source.as_str())
        .bind(now)
        .bind(next)
}

/// Gives a source the secret of a new address, or takes it back.
#[must_use]
pub fn set_hook(tenant: &Tenant, source: &SourceId, digest: Option<&str>) -> Statement {
    sql("UPDATE sources SET hook_digest = ?3 WHERE workspace_id = ?1 AND id = ?2")
        .bind(tenant.key())
        .bind(source.as_str())
        .bind(digest)
}

/// Whose secret address this is; decoded by [`read_due`].
#[must_use]
pub fn by_hook(digest: &str) -> Statement {
    sql("SELECT s.workspace_id, s.id FROM sources s JOIN agents a ON a.id = s.agent_id JOIN workspaces w ON w.id = s.workspace_id \
         WHERE s.hook_digest = ?1 AND a.deleted_at IS NULL AND w.deleted_at IS NULL")
    .bind(digest)
}
