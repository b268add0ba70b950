//! Sources and the documents they brought.

use protocol::api::{Progress, Source, SourceKind, SourceState};
use protocol::internal::IndexedDocument;
use protocol::objects::Jurisdiction;
use protocol::{AgentId, DocumentId, RunId, SourceId};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::{Tenant, name, named};

const COLUMNS: &str = "s.id, s.agent_id, s.kind, s.url, s.state, s.reason, s.created_at, s.last_synced_at, s.progress, s.run_id, s.title, s.schedule, \
     CASE WHEN s.kind <> 'feed' THEN s.next_sync_at WHEN s.state IN ('indexed', 'failed') THEN s.due_at END, \
     s.include, s.exclude, s.tags, s.hook_digest IS NOT NULL";

/// All sources of an agent, oldest first.
#[must_use]
pub fn list(tenant: &Tenant, agent: &AgentId) -> Statement {
    sql(format!("SELECT {COLUMNS} FROM sources s WHERE s.workspace_id = ?1 AND s.agent_id = ?2 ORDER BY s.created_at, s.id"))
        .bind(tenant.key())
        .bind(agent.as_str())
}

/// One source.
#[must_use]
pub fn one(tenant: &Tenant, source: &SourceId) -> Statement {
    sql(format!("SELECT {COLUMNS} FROM sources s WHERE s.workspace_id = ?1 AND s.id = ?2"))
        .bind(tenant.key())
        .bind(source.as_str())
}

/// The source of an agent with this address.
#[must_use]
pub fn by_url(tenant: &Tenant, agent: &AgentId, url: &str) -> Statement {
    sql(format!(
        "SELECT {COLUMNS} FROM sources s WHERE s.workspace_id = ?1 AND s.agent_id = ?2 AND s.url = ?3"
    ))
    .bind(tenant.key())
    .bind(agent.as_str())
    .bind(url)
}

/// Decodes a row of [`list`], [`one`] or [`by_url`].
///
/// # Errors
/// When the row is not of those statements.
pub fn read(row: &Row) -> Result<(Source, Option<RunId>), Error> {
    let source = Source {
        id: row.text(0)?.parse()?,
        agent_id: row.text(1)?.parse()?,
        kind: named(row, 2)?,
        url: row.text(3)?.to_owned(),
        title: row.text(10)?.to_owned(),
        state: named(row, 4)?,
        reason: row.text_or_null(5)?.map(str::to_owned),
        created_at: row.real(6)?,
        last_synced_at: row.real_or_null(7)?,
        progress: row.json(8)?,
        schedule: named(row, 11)?,
        next_sync_at: row.real_or_null(12)?,
        include: row.json(13)?,
        exclude: row.json(14)?,
        tags: row.json(15)?,
        hook: row.integer::<u8>(16)? == 1,
        note: None,
    };
    Ok((source, row.text_or_null(9)?.map(str::parse).transpose()?))
}

/// What a new source is made of.
pub struct NewSource<'a> {
    pub id: &'a SourceId,
    pub kind: SourceKind,
    /// Empty for what has no address.
    pub url: &'a str,
    pub title: &'a str,
    /// What was written in the dashboard.
    pub content: Option<&'a str>,
    /// The run that its documents belong to until another one begins.
    pub run: &'a RunId,
    /// When it has to be read; none for what is read in another way.
    pub due_at: Option<f64>,
}

/// A new source; nothing happens where the agent has one with this address.
#[must_use]
pub fn create(tenant: &Tenant, agent: &AgentId, new: &NewSource<'_>, now: f64) -> Statement {
    sql("INSERT INTO sources (id, workspace_id, agent_id, kind, url, title, content, run_id, due_at, state, created_at, schedule) \
         SELECT ?2, ?1, a.id, ?4, ?5, ?6, ?7, ?8, ?9, 'pending', ?10, CASE ?4 WHEN 'feed' THEN 'daily' ELSE 'manual' END FROM agents a \
         WHERE a.workspace_id = ?1 AND a.id = ?3 ON CONFLICT DO NOTHING")
    .bind(tenant.key())
    .bind(new.id.as_str())
    .bind(agent.as_str())
    .bind(name(&new.kind))
    .bind(new.url)
    .bind(new.title)
    .bind(new.content)
    .bind(new.run.as_str())
    .bind(new.due_at)
    .bind(now)
}

/// What was written in the dashboard: title, and the content as it is stored.
#[must_use]
pub fn content(tenant: &Tenant, source: &SourceId) -> Statement {
    sql("SELECT s.title, s.content FROM sources s WHERE s.workspace_id = ?1 AND s.id = ?2")
        .bind(tenant.key())
        .bind(source.as_str())
}

/// Changes what was written; absent fields stay.
#[must_use]
pub fn rewrite(tenant: &Tenant, source: &SourceId, title: Option<&str>, content: Option<&str>) -> Statement {
    sql("UPDATE sources SET title = coalesce(?3, title), content = coalesce(?4, content) WHERE workspace_id = ?1 AND id = ?2")
        .bind(tenant.key())
        .bind(source.as_str())
        .bind(title)
        .bind(content)
}

/// Where the objects of the tenant may live.
#[must_use]
pub fn jurisdiction(tenant: &Tenant) -> Statement {
    sql("SELECT w.jurisdiction FROM workspaces w WHERE w.id = ?1").bind(tenant.key())
}

/// Decodes a row of [`jurisdiction`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_jurisdiction(row: &Row) -> Result<Jurisdiction, Error> {
    named(row, 0)
}

/// A run begins.
#[must_use]
pub fn begin_run(tenant: &Tenant, source: &SourceId, run: &RunId) -> Statement {
    sql("UPDATE sources SET state = 'crawling', reason = NULL, run_id = ?3 WHERE workspace_id = ?1 AND id = ?2")
        .bind(tenant.key())
        .bind(source.as_str())
        .bind(run.as_str())
}

/// Where a run stands, or how it ended; an older run changes nothing.
///
/// # Errors
/// When the progress cannot be written as JSON.
pub fn note_run(
    tenant: &Tenant,
    source: &SourceId,
    run: &RunId,
    state: SourceState,
    reason: Option<&str>,
    progress: &Progress,
    synced_at: Option<f64>,
) -> Result<Statement, Error> {
    Ok(sql("UPDATE sources SET state = ?4, reason = ?5, progress = ?6, last_synced_at = coalesce(?7, last_synced_at) \
         WHERE workspace_id = ?1 AND id = ?2 AND run_id = ?3")
    .bind(tenant.key())
    .bind(source.as_str())
    .bind(run.as_str())
    .bind(name(&state))
    .bind(reason)
    .bind(serde_json::to_string(progress)?)
    .bind(synced_at))
}

/// What single pages that were read again have changed of a run's progress.
///
/// # Errors
/// When the progress cannot be written as JSON.
pub fn note_progress(
    tenant: &Tenant,
    source: &SourceId,
    run: &RunId,
    progress: &Progress,
) -> Result<Statement, Error> {
    Ok(sql("UPDATE sources SET progress = ?4 WHERE workspace_id = ?1 AND id = ?2 AND run_id = ?3")
        .bind(tenant.key())
        .bind(source.as_str())
        .bind(run.as_str())
        .bind(serde_json::to_string(progress)?))
}

/// A run has seen these documents of a source as they are.
///
/// # Errors
/// When the ids cannot be written as JSON.
pub fn keep_documents(
    tenant: &Tenant,
    source: &SourceId,
    run: &RunId,
    documents: &[DocumentId],
) -> Result<Statement, Error> {
    Ok(sql("UPDATE documents SET run_id = ?3 WHERE workspace_id = ?1 AND source_id = ?2 \
         AND id IN (SELECT j.value FROM json_each(?4) j)")
    .bind(tenant.key())
    .bind(source.as_str())
    .bind(run.as_str())
    .bind(serde_json::to_string(documents)?))
}

/// Deletes a source with its documents and files.
#[must_use]
pub fn delete(tenant: &Tenant, source: &SourceId) -> [Statement; 3] {
    [
        sql("DELETE FROM files WHERE workspace_id = ?1 AND source_id = ?2")
            .bind(tenant.key())
            .bind(source.as_str()),
        sql("DELETE FROM documents WHERE workspace_id = ?1 AND source_id = ?2")
            .bind(tenant.key())
            .bind(source.as_str()),
        sql("DELETE FROM sources WHERE workspace_id = ?1 AND id = ?2")
            .bind(tenant.key())
            .bind(source.as_str()),
    ]
}

/// Stores a document's header; doing it again replaces it. Nothing happens when the source is gone.
#[must_use]
pub fn put_document(tenant: &Tenant, document: &IndexedDocument, passages: u32, now: f64) -> Statement {
    sql("INSERT INTO documents (id, workspace_id, agent_id, source_id, run_id, url, title, language, content_hash, passages, fetched_at) \
         SELECT ?2, ?1, s.agent_id, s.id, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM sources s WHERE s.workspace_id = ?1 AND s.id = ?3 \
         ON CONFLICT (id) DO UPDATE SET run_id = excluded.run_id, url = excluded.url, title = excluded.title, \
         language = excluded.language, content_hash = excluded.content_hash, passages = excluded.passages, \
         fetched_at = excluded.fetched_at WHERE documents.workspace_id = ?1")
    .bind(tenant.key())
    .bind(document.document_id.as_str())
    .bind(document.source_id.as_str())
    .bind(document.run_id.as_str())
    .bind(document.url.as_str())
    .bind(document.title.as_str())
    .bind(document.language.as_deref())
    .bind(document.content_hash.as_str())
    .bind(passages)
    .bind(now)
}

/// A document's source, agent, address and own tags.
#[must_use]
pub fn document(tenant: &Tenant, document: &DocumentId) -> Statement {
    sql("SELECT d.source_id, d.agent_id, d.url, d.tags FROM documents d WHERE d.workspace_id = ?1 AND d.id = ?2")
        .bind(tenant.key())
        .bind(document.as_str())
}

/// Deletes the headers of these documents of a source.
///
/// # Errors
/// When the ids cannot be written as JSON.
pub fn forget_some(tenant: &Tenant, source: &SourceId, documents: &[DocumentId]) -> Result<Statement, Error> {
    Ok(sql("DELETE FROM documents WHERE workspace_id = ?1 AND source_id = ?2 \
         AND id IN (SELECT j.value FROM json_each(?3) j)")
    .bind(tenant.key())
    .bind(source.as_str())
    .bind(serde_json::to_string(documents)?))
}

/// Deletes the headers of a source's documents, or only of those that the kept run did not see again.
#[must_use]
pub fn forget_documents(tenant: &Tenant, source: &SourceId, keep: Option<&RunId>) -> Statement {
    sql("DELETE FROM documents WHERE workspace_id = ?1 AND source_id = ?2 AND (?3 IS NULL OR run_id <> ?3)")
        .bind(tenant.key())
        .bind(source.as_str())
        .bind(keep.map(RunId::as_str))
}
