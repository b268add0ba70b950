//! Reading what is no website: files ([`file`]), texts and lists written in the dashboard ([`written`]), feeds
//! ([`feed`]). What waits is a row with `due_at`; a bell hurries, and the cron rings again ([`sweep`]).
//!
//! Parsing takes memory that all of an isolate shares, so one thing is read at a time; who finds the reader busy
//! leaves, and the reader rings for what came meanwhile.

mod document;
mod feed;
pub mod file;
pub mod sweep;
mod video;
mod written;

use std::cell::Cell;
use std::collections::HashSet;

use platform::relational::Relational;
use platform::{Failure, clock, config, objects, queue};
use protocol::api::{Source, SourceKind};
use protocol::internal::{Bell, CancelCrawl, Retire};
use protocol::objects::{ObjectName, Region};
use protocol::{AgentId, DocumentId, SourceId};
use store::{Tenant, readings, sources};
use worker::Env;

use crate::indexing;

pub use document::FILE_SCHEME;

/// The largest feed, in bytes.
const MAX_FEED: usize = 5 << 20;
/// Readings that took their reader down with them before a thing is given up.
const CRASHES: u32 = 2;
/// Readings that could not be indexed before a thing is given up.
const TRIES: u32 = 5;
/// The pause after the first of them; each further one is longer by as much.
const PAUSE_MS: f64 = 30_000.0;
/// How long a reader may be silent.
const LEASE_MS: f64 = 120_000.0;
/// How long the end of a reading waits for vectors; what is not there by then follows by itself.
const EMBEDDED_MS: f64 = 20_000.0;
const TOO_LARGE: &str = "Reading this needs more memory than there is. Split it into smaller pieces.";

thread_local! {
    /// Until when this isolate is reading.
    static BUSY_UNTIL: Cell<f64> = const { Cell::new(0.0) };
    /// Somebody came meanwhile.
    static TURNED_AWAY: Cell<bool> = const { Cell::new(false) };
}

/// What one source is read with.
struct Reader<'a> {
    env: &'a Env,
    tenant: &'a Tenant,
    database: Relational,
    agent: AgentId,
    source: SourceId,
    knowledge: ObjectName,
    lease_ms: f64,
}

impl Reader<'_> {
    /// The end of a lease that begins now; the isolate is busy as long.
    fn lease(&self) -> f64 {
        let until = clock::now_ms() + self.lease_ms;
        BUSY_UNTIL.set(until);
        until
    }

    /// Some documents of the source, to be forgotten.
    fn some(&self, documents: Vec<DocumentId>) -> Retire {
        Retire {
            workspace_id: self.tenant.workspace().clone(),
            agent_id: self.agent.clone(),
            source_id: self.source.clone(),
            keep_run: None,
            documents,
        }
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        BUSY_UNTIL.set(0.0);
    }
}

/// Where an agent's knowledge is, for jobs.
pub async fn knowledge_of(env: &Env, tenant: &Tenant, agent: &AgentId) -> Result<ObjectName, Failure> {
    let row = Relational::of(env)?.first(&sources::jurisdiction(tenant)).await?;
    let jurisdiction = row.as_ref().map(sources::read_jurisdiction).transpose()?.unwrap_or_default();
    Ok(protocol::objects::knowledge(tenant.workspace(), agent, Region::default(), jurisdiction))
}

/// Something of this source waits to be read.
pub async fn ring(env: &Env, tenant: &Tenant, source: &SourceId) {
    let bell = Bell::Read { workspace_id: tenant.workspace().clone(), source_id: source.clone() };
    queue::ring(env, "JOBS", &bell).await;
}

/// Reads all of a source that waits.
pub async fn work(env: &Env, tenant: &Tenant, source: &SourceId) -> Result<(), Failure> {
    if BUSY_UNTIL.get() > clock::now_ms() {
        TURNED_AWAY.set(true);
        return Ok(());
    }
    let database = Relational::of(env)?;
    let Some(row) = database.first(&sources::one(tenant, source)).await? else { return Ok(()) };
    let (source, run) = sources::read(&row)?;
    let lease_ms = config::optional(env, "READ_LEASE_MS").and_then(|ms| ms.parse().ok()).unwrap_or(LEASE_MS);
    let reader = Reader {
        env,
        tenant,
        database,
        agent: source.agent_id.clone(),
        source: source.id.clone(),
        knowledge: knowledge_of(env, tenant, &source.agent_id).await?,
        lease_ms,
    };
    match source.kind {
        SourceKind::Website | SourceKind::Sitemap => {}
        SourceKind::Files => file::work(&reader, run.as_ref()).await?,
        SourceKind::Text | SourceKind::Faq | SourceKind::Feed | SourceKind::Video => {
            written::work(&reader, &source).await?
        }
    }
    drop(reader);
    if TURNED_AWAY.replace(false) {
        sweep::ring_for_due(env).await?;
    }
    Ok(())
}

/// Forgets a source with all it taught, files included: what it taught first, the rows last, so that it can be
/// done again wherever it was cut off. Its own rows are the caller's.
pub async fn forget(
    env: &Env,
    tenant: &Tenant,
    source: &Source,
    knowledge: &ObjectName,
) -> Result<(), Failure> {
    if matches!(source.kind, SourceKind::Website | SourceKind::Sitemap) {
        let crawl = protocol::objects::crawl(tenant.workspace(), &source.id, knowledge.jurisdiction);
        objects::call(env, "CRAWL", &crawl, &CancelCrawl {}).await?;
    }
    Relational::of(env)?
        .batch(&[readings::doom(tenant, &source.id), store::files::doom(tenant, &source.id, None)])
        .await?;
    let all = Retire {
        workspace_id: tenant.workspace().clone(),
        agent_id: source.agent_id.clone(),
        source_id: source.id.clone(),
        keep_run: None,
        documents: Vec::new(),
    };
    indexing::forget(env, tenant, knowledge, &all, &HashSet::new()).await?;
    let files = protocol::objects::files_prefix(tenant.workspace(), &source.id);
    indexing::delete_below(env, &files, |_| false).await
}
