//! Readings of what is no website: asked for, taken, held, settled. `due_at` says when a source has to be read
//! (again); who reads it holds it until then, and its run with `attempts` tells two readers apart.

use protocol::api::{Progress, SourceState};
use protocol::{RunId, SourceId, WorkspaceId};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::{Tenant, name};

/// A text, FAQ list or feed has to be read (again), by this run.
#[must_use]
pub fn read_again(tenant: &Tenant, source: &SourceId, run: &RunId, now: f64) -> Statement {
    sql("UPDATE sources SET state = 'pending', reason = NULL, attempts = 0, run_id = ?3, due_at = ?4 \
         WHERE workspace_id = ?1 AND id = ?2")
    .bind(tenant.key())
    .bind(source.as_str())
    .bind(run.as_str())
    .bind(now)
}

/// What took its reader down twice is not read again before `due_at`, if at all.
#[must_use]
pub fn give_up(
    tenant: &Tenant,
    source: &SourceId,
    crashes: u32,
    reason: &str,
    now: f64,
    due_at: Option<f64>,
) -> Statement {
    sql("UPDATE sources SET state = 'failed', reason = ?4, attempts = 0, due_at = ?6 WHERE workspace_id = ?1 AND id = ?2 \
         AND state = 'crawling' AND due_at <= ?5 AND attempts >= ?3")
    .bind(tenant.key())
    .bind(source.as_str())
    .bind(crashes)
    .bind(reason)
    .bind(now)
    .bind(due_at)
}

/// Takes a source that has to be read; it is the taker's until the lease ends. What nobody asked for (a feed that is
/// due) begins the run `fresh`. Decoded by [`read_claimed`].
#[must_use]
pub fn claim(tenant: &Tenant, source: &SourceId, fresh: &RunId, now: f64, lease_until: f64) -> Statement {
    sql("UPDATE sources SET run_id = CASE WHEN attempts = 0 AND state <> 'pending' THEN ?3 ELSE run_id END, \
         state = 'crawling', attempts = attempts + 1, due_at = ?5 \
         WHERE workspace_id = ?1 AND id = ?2 AND due_at <= ?4 RETURNING run_id, attempts, coalesce(content, '')")
    .bind(tenant.key())
    .bind(source.as_str())
    .bind(fresh.as_str())
    .bind(now)
    .bind(lease_until)
}

/// Decodes the row of [`claim`]: the run, its attempt, the content as it was written.
///
/// # Errors
/// When the row is not of that statement.
pub fn read_claimed(row: &Row) -> Result<(RunId, u32, String), Error> {
    Ok((row.text(0)?.parse()?, row.integer(1)?, row.text(2)?.to_owned()))
}

/// Keeps hold of a source that is read; no row comes back when it is not the reader's any more.
#[must_use]
pub fn hold(tenant: &Tenant, source: &SourceId, run: &RunId, attempt: u32, lease_until: f64) -> Statement {
    sql("UPDATE sources SET due_at = ?5 WHERE workspace_id = ?1 AND id = ?2 AND run_id = ?3 AND attempts = ?4 \
         AND state = 'crawling' RETURNING id")
    .bind(tenant.key())
    .bind(source.as_str())
    .bind(run.as_str())
    .bind(attempt)
    .bind(lease_until)
}

/// How a reading ended.
pub struct Settled {
    pub state: SourceState,
    pub reason: Option<String>,
    /// What was found; none keeps what the last reading found.
    pub progress: Option<Progress>,
    /// What it calls itself; none keeps its title.
    pub title: Option<String>,
    pub synced_at: Option<f64>,
    /// When it is read again.
    pub due_at: Option<f64>,
    /// That will be another try of the same.
    pub retry: bool,
}

/// Notes how a reading ended; nothing changes when it is not the reader's any more.
///
/// # Errors
/// When the progress cannot be written as JSON.
pub fn settle(
    tenant: &Tenant,
    source: &SourceId,
    run: &RunId,
    attempt: u32,
    settled: &Settled,
) -> Result<Statement, Error> {
    Ok(sql("UPDATE sources SET state = ?5, reason = ?6, progress = coalesce(?7, progress), title = coalesce(?8, title), \
         last_synced_at = coalesce(?9, last_synced_at), due_at = ?10, attempts = CASE WHEN ?11 = 1 THEN attempts ELSE 0 END \
         WHERE workspace_id = ?1 AND id = ?2 AND run_id = ?3 AND attempts = ?4 AND state = 'crawling'")
    .bind(tenant.key())
    .bind(source.as_str())
    .bind(run.as_str())
    .bind(attempt)
    .bind(name(&settled.state))
    .bind(settled.reason.as_deref())
    .bind(settled.progress.as_ref().map(serde_json::to_string).transpose()?)
    .bind(settled.title.as_deref())
    .bind(settled.synced_at)
    .bind(settled.due_at)
    .bind(settled.retry))
}

/// A source is about to be deleted: whoever reads it finds that it is not his any more.
#[must_use]
pub fn doom(tenant: &Tenant, source: &SourceId) -> Statement {
    sql("UPDATE sources SET run_id = NULL, due_at = NULL WHERE workspace_id = ?1 AND id = ?2")
        .bind(tenant.key())
        .bind(source.as_str())
}

/// A collection's state follows from its files.
#[must_use]
pub fn note_files(tenant: &Tenant, source: &SourceId, now: f64) -> Statement {
    let count = |states: &str| {
        format!(
            "(SELECT count(*) FROM files f WHERE f.workspace_id = ?1 AND f.source_id = ?2 AND f.state IN ({states}))"
        )
    };
    let (all, open) = (
        count("'uploading', 'queued', 'reading', 'indexed', 'failed'"),
        count("'uploading', 'queued', 'reading'"),
    );
    let (waiting, reading) = (count("'uploading', 'queued'"), count("'reading'"));
    let (read, failed) = (count("'indexed'"), count("'failed'"));
    let twin = "(SELECT count(*) FROM files f WHERE f.workspace_id = ?1 AND f.source_id = ?2 AND f.state = 'indexed' AND f.passages = 0)";
    sql(format!(
        "UPDATE sources SET state = CASE WHEN {all} = 0 THEN 'pending' WHEN {open} > 0 THEN 'crawling' \
         WHEN {read} > 0 THEN 'indexed' ELSE 'failed' END, \
         reason = CASE WHEN {open} = 0 AND {read} = 0 AND {failed} > 0 \
         THEN 'No file could be read. The list below says why.' ELSE NULL END, \
         progress = json_object('found', {all}, 'queued', {waiting}, 'fetching', {reading}, 'indexed', {read} - {twin}, \
         'duplicate', {twin}, 'failed', {failed}, 'passages', (SELECT coalesce(sum(f.passages), 0) FROM files f \
         WHERE f.workspace_id = ?1 AND f.source_id = ?2)), \
         last_synced_at = CASE WHEN {open} = 0 AND {read} > 0 THEN ?3 ELSE last_synced_at END \
         WHERE workspace_id = ?1 AND id = ?2"
    ))
    .bind(tenant.key())
    .bind(source.as_str())
    .bind(now)
}

/// Sources that have to be read, whoever's they are; decoded by [`read_due`].
#[must_use]
pub fn due(now: f64) -> Statement {
    sql("SELECT s.workspace_id, s.id FROM sources s WHERE s.due_at <= ?1 ORDER BY s.due_at LIMIT 100")
        .bind(now)
}

/// Decodes a row of [`due`] or [`crate::files::due`].
///
/// # Errors
/// When the row is not of those statements.
pub fn read_due(row: &Row) -> Result<(WorkspaceId, SourceId), Error> {
    Ok((row.text(0)?.parse()?, row.text(1)?.parse()?))
}
