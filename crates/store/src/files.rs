//! Uploaded files: from their first byte to their last passage. `due_at` says when a file has to be read (again);
//! who reads it holds it until then, and `attempts` tells two readers apart.

use protocol::api::File;
use protocol::{AgentId, FileId, SourceId};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::{Tenant, named};

/// Files of one source.
pub const MOST: u32 = 10;

const COLUMNS: &str = "f.id, f.source_id, f.name, f.kind, f.bytes, f.state, f.reason, f.pages, f.passages, \
                       f.document_id, f.created_at, f.agent_id, f.attempts";

/// A file with what only its readers look at.
pub struct Stored {
    pub file: File,
    pub agent_id: AgentId,
    /// Counts readings, from 1.
    pub attempt: u32,
}

/// All files of a source, oldest first.
#[must_use]
pub fn list(tenant: &Tenant, source: &SourceId) -> Statement {
    sql(format!(
        "SELECT {COLUMNS} FROM files f WHERE f.workspace_id = ?1 AND f.source_id = ?2 ORDER BY f.created_at, f.id"
    ))
    .bind(tenant.key())
    .bind(source.as_str())
}

/// One file.
#[must_use]
pub fn one(tenant: &Tenant, file: &FileId) -> Statement {
    sql(format!("SELECT {COLUMNS} FROM files f WHERE f.workspace_id = ?1 AND f.id = ?2"))
        .bind(tenant.key())
        .bind(file.as_str())
}

/// Decodes a row of [`list`], [`one`] or [`claim`].
///
/// # Errors
/// When the row is not of those statements.
pub fn read(row: &Row) -> Result<Stored, Error> {
    let file = File {
        id: row.text(0)?.parse()?,
        source_id: row.text(1)?.parse()?,
        name: row.text(2)?.to_owned(),
        kind: row.text_or_null(3)?.map(str::to_owned),
        bytes: row.integer(4)?,
        state: named(row, 5)?,
        reason: row.text_or_null(6)?.map(str::to_owned),
        pages: row.real_or_null(7)?.map(|_| row.integer(7)).transpose()?,
        passages: row.integer(8)?,
        document_id: row.text_or_null(9)?.map(str::parse).transpose()?,
        created_at: row.real(10)?,
    };
    Ok(Stored { file, agent_id: row.text(11)?.parse()?, attempt: row.integer(12)? })
}

/// The first bytes of a file arrive. Nothing happens where the source is no collection of files, or full.
#[must_use]
pub fn begin_upload(
    tenant: &Tenant,
    file: &FileId,
    source: &SourceId,
    name: &str,
    bytes: u64,
    now: f64,
) -> Statement {
    sql("INSERT INTO files (id, workspace_id, agent_id, source_id, name, bytes, state, created_at) \
         SELECT ?2, ?1, s.agent_id, s.id, ?4, ?5, 'uploading', ?6 FROM sources s \
         WHERE s.workspace_id = ?1 AND s.id = ?3 AND s.kind = 'files' AND ?7 > \
         (SELECT count(*) FROM files f WHERE f.workspace_id = ?1 AND f.source_id = ?3) ON CONFLICT DO NOTHING")
    .bind(tenant.key())
    .bind(file.as_str())
    .bind(source.as_str())
    .bind(name)
    .bind(bytes)
    .bind(now)
    .bind(MOST)
}

/// The last byte of a file arrived: it waits to be read.
#[must_use]
pub fn uploaded(tenant: &Tenant, file: &FileId, now: f64) -> Statement {
    sql("UPDATE files SET state = 'queued', due_at = ?3 WHERE workspace_id = ?1 AND id = ?2 AND state = 'uploading'")
        .bind(tenant.key())
        .bind(file.as_str())
        .bind(now)
}

/// A file that was read, or could not be, is read again.
#[must_use]
pub fn again(tenant: &Tenant, file: &FileId, now: f64) -> Statement {
    sql("UPDATE files SET state = 'queued', reason = NULL, attempts = 0, due_at = ?3 \
         WHERE workspace_id = ?1 AND id = ?2 AND state IN ('indexed', 'failed')")
    .bind(tenant.key())
    .bind(file.as_str())
    .bind(now)
}

/// All files of a source are read again, or only those whose content was another file's.
#[must_use]
pub fn all_again(tenant: &Tenant, source: &SourceId, only_duplicates: bool, now: f64) -> Statement {
    sql("UPDATE files SET state = 'queued', reason = NULL, attempts = 0, due_at = ?4 \
         WHERE workspace_id = ?1 AND source_id = ?2 AND state IN ('indexed', 'failed') \
         AND (?3 = 0 OR (state = 'indexed' AND reason IS NOT NULL))")
    .bind(tenant.key())
    .bind(source.as_str())
    .bind(only_duplicates)
    .bind(now)
}

/// Files that took their reader down with them twice are not read a third time.
#[must_use]
pub fn give_up(tenant: &Tenant, source: &SourceId, crashes: u32, reason: &str, now: f64) -> Statement {
    sql("UPDATE files SET state = 'failed', reason = ?4, due_at = NULL \
         WHERE workspace_id = ?1 AND source_id = ?2 AND state = 'reading' AND due_at <= ?5 AND attempts >= ?3")
    .bind(tenant.key())
    .bind(source.as_str())
    .bind(crashes)
    .bind(reason)
    .bind(now)
}

/// Takes the file of a source that waits longest; it is the taker's until the lease ends.
#[must_use]
pub fn claim(tenant: &Tenant, source: &SourceId, now: f64, lease_until: f64) -> Statement {
    let columns = COLUMNS.replace("f.", "");
    sql(format!(
        "UPDATE files SET state = 'reading', attempts = attempts + 1, due_at = ?4 WHERE workspace_id = ?1 \
         AND id = (SELECT f.id FROM files f WHERE f.workspace_id = ?1 AND f.source_id = ?2 AND f.due_at <= ?3 \
         AND f.state IN ('queued', 'reading') ORDER BY f.due_at, f.id LIMIT 1) RETURNING {columns}"
    ))
    .bind(tenant.key())
    .bind(source.as_str())
    .bind(now)
    .bind(lease_until)
}

/// Keeps hold of a file that is read; no row comes back when it is not the reader's any more.
#[must_use]
pub fn hold(tenant: &Tenant, file: &FileId, attempt: u32, lease_until: f64) -> Statement {
    sql("UPDATE files SET due_at = ?4 WHERE workspace_id = ?1 AND id = ?2 AND attempts = ?3 AND state = 'reading' RETURNING id")
        .bind(tenant.key())
        .bind(file.as_str())
        .bind(attempt)
        .bind(lease_until)
}

/// How a reading ended: `file` as it is now. With `due_at`, it is tried again then.
#[must_use]
pub fn settle(tenant: &Tenant, file: &File, attempt: u32, due_at: Option<f64>) -> Statement {
    sql("UPDATE files SET state = ?4, reason = ?5, kind = ?6, pages = ?7, passages = ?8, document_id = ?9, due_at = ?10 \
         WHERE workspace_id = ?1 AND id = ?2 AND attempts = ?3 AND state = 'reading'")
    .bind(tenant.key())
    .bind(file.id.as_str())
    .bind(attempt)
    .bind(crate::tenant::name(&file.state))
    .bind(file.reason.as_deref())
    .bind(file.kind.as_deref())
    .bind(file.pages)
    .bind(file.passages)
    .bind(file.document_id.as_ref().map(protocol::DocumentId::as_str))
    .bind(due_at)
}

/// Files are about to be deleted, one or all of a source: whoever reads one finds that it is not his any more.
#[must_use]
pub fn doom(tenant: &Tenant, source: &SourceId, only: Option<&FileId>) -> Statement {
    sql("UPDATE files SET state = 'failed', reason = 'This file is being deleted.', attempts = attempts + 1, due_at = NULL \
         WHERE workspace_id = ?1 AND source_id = ?2 AND (?3 IS NULL OR id = ?3)")
    .bind(tenant.key())
    .bind(source.as_str())
    .bind(only.map(FileId::as_str))
}

/// Deletes a file's row.
#[must_use]
pub fn delete(tenant: &Tenant, file: &FileId) -> Statement {
    sql("DELETE FROM files WHERE workspace_id = ?1 AND id = ?2").bind(tenant.key()).bind(file.as_str())
}

/// Uploads that began before this moment and never ended, whoever's they are: workspace, source, file.
#[must_use]
pub fn broken_uploads(before: f64) -> Statement {
    sql("SELECT f.workspace_id, f.source_id, f.id FROM files f WHERE f.state = 'uploading' AND f.created_at < ?1 LIMIT 100")
        .bind(before)
}

/// Sources with files to read, whoever's they are: workspace, source.
#[must_use]
pub fn due(now: f64) -> Statement {
    sql("SELECT f.workspace_id, f.source_id FROM files f WHERE f.due_at <= ?1 GROUP BY f.workspace_id, f.source_id \
         ORDER BY min(f.due_at) LIMIT 100")
    .bind(now)
}
