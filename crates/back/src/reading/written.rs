//! Texts and FAQ lists as they were written in the dashboard, and feeds: all of a source is read at once, and
//! what it does not say any more is forgotten.

use std::collections::HashSet;

use ingest::chunk::Passage;
use ingest::faq::Pair;
use platform::{Failure, clock, log, random};
use protocol::api::{Progress, Source, SourceKind, SourceState};
use protocol::events::EventKind;
use protocol::internal::Retire;
use protocol::{Problem, RunId};
use store::readings::{self, Settled};
use store::sources;
use url::Url;

use super::document::Draft;
use super::{CRASHES, EMBEDDED_MS, PAUSE_MS, Reader, TOO_LARGE, TRIES, feed, video};
use crate::events::Happened;
use crate::indexing::{self, Indexed};

/// Characters of a title that a feed gives itself.
const TITLE: usize = 200;

/// A reading in progress.
struct Run {
    id: RunId,
    attempt: u32,
    content: String,
}

/// Reads a source that waits.
pub(super) async fn work(reader: &Reader<'_>, source: &Source) -> Result<(), Failure> {
    let (tenant, now) = (reader.tenant, clock::now_ms());
    let next = domain::schedule::next(source.schedule, &source.id, now);
    reader.database.batch(&[readings::give_up(tenant, &source.id, CRASHES, TOO_LARGE, now, next)]).await?;
    let claim = readings::claim(tenant, &source.id, &random::id(RunId::ordered), now, reader.lease());
    let Some(row) = reader.database.first(&claim).await? else { return Ok(()) };
    let (id, attempt, content) = readings::read_claimed(&row)?;
    let run = Run { id, attempt, content };
    let kept = |reason: String| Settled {
        state: SourceState::Failed,
        reason: Some(reason),
        progress: None,
        title: None,
        synced_at: None,
        due_at: next,
        retry: false,
    };
    let settled = match read(reader, source, &run, next).await {
        Ok(Ok(Some(settled))) => settled,
        Ok(Ok(None)) => return lost(reader, source).await,
        Ok(Err(problem)) => kept(problem.message),
        Err(failure) => {
            log::error("source_not_read", Some(source.id.as_str()), &failure.to_string());
            let retry = run.attempt < TRIES;
            let due_at = if retry { Some(now + PAUSE_MS * f64::from(run.attempt)) } else { next };
            let reason = "It was read but could not be indexed. It is tried again.".to_owned();
            let state = if retry { SourceState::Pending } else { SourceState::Failed };
            Settled { state, due_at, retry, ..kept(reason) }
        }
    };
    let noted = readings::settle(tenant, &source.id, &run.id, run.attempt, &settled)?;
    let mut statements = vec![noted];
    if !settled.retry {
        let indexed = settled.state == SourceState::Indexed;
        let happened = Happened {
            kind: if indexed { EventKind::SourceIndexed } else { EventKind::SourceFailed },
            agent: Some(&source.agent_id),
            subject: source.id.as_str(),
            once: run.id.as_str(),
            data: serde_json::to_value(settled.progress.unwrap_or_default())?,
        };
        statements.push(happened.statement_if_changed(tenant)?);
    }
    let changed = reader.database.change(&statements).await?;
    if changed.first() == Some(&1) { Ok(()) } else { lost(reader, source).await }
}

/// Reads and indexes; nothing when the source is not this run's any more, a problem when there is nothing to read.
async fn read(
    reader: &Reader<'_>,
    source: &Source,
    run: &Run,
    next: Option<f64>,
) -> Result<Result<Option<Settled>, Problem>, Failure> {
    let (drafts, title) = match source.kind {
        SourceKind::Text => (text(source, &run.content), None),
        SourceKind::Faq => (list(source, &run.content)?, None),
        SourceKind::Video => match video::read(reader, &source.url).await? {
            Ok(draft) => {
                let title = source.title.is_empty().then(|| draft.title.chars().take(TITLE).collect());
                (vec![draft], title)
            }
            Err(problem) => return Ok(Err(problem)),
        },
        _ => match feed::read(reader.env, &source.url).await {
            Ok(feed) => {
                let named = source.title.is_empty() && !feed.title.is_empty();
                (feed.drafts, named.then(|| feed.title.chars().take(TITLE).collect()))
            }
            Err(problem) => return Ok(Err(problem)),
        },
    };
    let mut documents = Vec::new();
    for draft in drafts.into_iter().filter(|draft| !draft.passages.is_empty()) {
        match draft.documents(reader, &run.id) {
            Some(parts) => documents.extend(parts),
            None => return Ok(Err(Problem::field("text", TOO_LARGE))),
        }
    }
    if documents.is_empty() {
        return Ok(Err(Problem::field("text", "There is no text in it.")));
    }
    let mut progress = Progress { found: count(documents.len()), ..Progress::default() };
    let mut kept = HashSet::new();
    for document in documents {
        let hold = readings::hold(reader.tenant, &source.id, &run.id, run.attempt, reader.lease());
        if reader.database.first(&hold).await?.is_none() {
            return Ok(Ok(None));
        }
        let id = document.document_id.clone();
        match indexing::index(reader.env, reader.tenant, &reader.knowledge, document, &[]).await? {
            Indexed::Passages(passages) => {
                progress.passages += passages;
                progress.indexed += 1;
                kept.insert(id);
            }
            Indexed::Duplicate(_) => progress.duplicate += 1,
        }
    }
    let gone = Retire { keep_run: Some(run.id.clone()), ..reader.some(Vec::new()) };
    indexing::forget(reader.env, reader.tenant, &reader.knowledge, &gone, &kept).await?;
    indexing::embedded(reader.env, &reader.knowledge, EMBEDDED_MS).await?;
    Ok(Ok(Some(Settled {
        state: SourceState::Indexed,
        reason: None,
        progress: Some(progress),
        title,
        synced_at: Some(clock::now_ms()),
        due_at: next,
        retry: false,
    })))
}

/// Another run took over while this one was indexing, or the source is being deleted: what this one left behind
/// is forgotten, or written over by reading once more.
async fn lost(reader: &Reader<'_>, source: &Source) -> Result<(), Failure> {
    let row = reader.database.first(&sources::one(reader.tenant, &source.id)).await?;
    let run = row.as_ref().map(sources::read).transpose()?.and_then(|(_, run)| run);
    if run.is_none() {
        let all = reader.some(Vec::new());
        return indexing::forget(reader.env, reader.tenant, &reader.knowledge, &all, &HashSet::new()).await;
    }
    let again = random::id(RunId::ordered);
    reader
        .database
        .batch(&[readings::read_again(reader.tenant, &source.id, &again, clock::now_ms())])
        .await?;
    super::ring(reader.env, reader.tenant, &source.id).await;
    Ok(())
}

fn text(source: &Source, content: &str) -> Vec<Draft> {
    let Ok(address) = Url::parse(&format!("text:///{}", source.id)) else { return Vec::new() };
    let blocks = ingest::markdown::blocks(content);
    let passages = ingest::chunk::chunk(&source.title, &address, &blocks);
    vec![Draft {
        key: address.to_string(),
        address,
        title: source.title.clone(),
        language: None,
        passages,
        place: Passage::address,
    }]
}

fn list(source: &Source, content: &str) -> Result<Vec<Draft>, Failure> {
    let Ok(address) = Url::parse(&format!("faq:///{}", source.id)) else { return Ok(Vec::new()) };
    let pairs: Vec<Pair> = serde_json::from_str(content)?;
    let passages = ingest::faq::passages(&pairs, &source.title, &address);
    Ok(vec![Draft {
        key: address.to_string(),
        address,
        title: source.title.clone(),
        language: None,
        passages,
        place: Passage::address,
    }])
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
