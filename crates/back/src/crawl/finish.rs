//! The end of a run: pages that are gone leave the index, the source's row says how it went. Every step may
//! happen again.

use std::collections::HashSet;

use platform::relational::Relational;
use platform::{Failure, clock, log, objects};
use protocol::DocumentId;
use protocol::api::{PageState, SourceState};
use protocol::events::EventKind;
use protocol::internal::{ClaimReply, Complete, CrawlStatus, CrawlTarget, Retire};
use protocol::objects::ObjectName;
use store::{Tenant, sources};
use worker::Env;

use super::knowledge_of;
use crate::events::Happened;

/// Where the run stands, for lists that do not ask the object.
pub async fn note(
    env: &Env,
    tenant: &Tenant,
    target: &CrawlTarget,
    reply: &ClaimReply,
) -> Result<(), Failure> {
    // Once per stint's first claim is enough; the source's page asks the object itself.
    if reply.tasks.iter().any(|task| task.kind == protocol::internal::TaskKind::Robots) {
        let statement = sources::note_run(
            tenant,
            &target.source_id,
            &target.run_id,
            SourceState::Crawling,
            None,
            &reply.progress,
            None,
        )?;
        Relational::of(env)?.batch(&[statement]).await?;
    }
    Ok(())
}

/// Settles a run that has nothing left to fetch. A run that read nothing keeps yesterday's knowledge.
pub async fn settle(
    env: &Env,
    tenant: &Tenant,
    crawl: &ObjectName,
    reply: &ClaimReply,
) -> Result<(), Failure> {
    let Some(target) = &reply.target else { return Ok(()) };
    let progress = &reply.progress;
    let read = progress.indexed + progress.duplicate > 0;
    let reason = match (&reply.reason, read) {
        (Some(reason), _) => Some(reason.clone()),
        (None, true) => None,
        (None, false) => Some(if progress.failed > 0 {
            "No page could be read. The list below says why.".to_owned()
        } else {
            "There is no page with text at this address.".to_owned()
        }),
    };
    if read && reply.reason.is_none() {
        let gone = Retire {
            workspace_id: target.workspace_id.clone(),
            agent_id: target.agent_id.clone(),
            source_id: target.source_id.clone(),
            keep_run: Some(target.run_id.clone()),
        };
        let kept = indexed(env, crawl).await?;
        forget_but(env, tenant, &knowledge_of(target), &gone, &kept).await?;
    }
    let state = if reason.is_none() { SourceState::Indexed } else { SourceState::Failed };
    let synced = reason.is_none().then(clock::now_ms);
    let statement = sources::note_run(
        tenant,
        &target.source_id,
        &target.run_id,
        state,
        reason.as_deref(),
        progress,
        synced,
    )?;
    let happened = Happened {
        kind: if reason.is_none() { EventKind::SourceIndexed } else { EventKind::SourceFailed },
        agent: Some(&target.agent_id),
        subject: target.source_id.as_str(),
        once: target.run_id.as_str(),
        data: serde_json::to_value(progress)?,
    };
    Relational::of(env)?.batch(&[statement, happened.statement(tenant)?]).await?;
    objects::call(env, "CRAWL", crawl, &Complete { run_id: target.run_id.clone() }).await?;
    log::info("crawl_finished", target.source_id.as_str(), &serde_json::to_string(progress)?);
    Ok(())
}

/// The documents that the run indexed.
async fn indexed(env: &Env, crawl: &ObjectName) -> Result<HashSet<DocumentId>, Failure> {
    let (mut documents, mut after) = (HashSet::new(), None);
    loop {
        let ask = CrawlStatus { pages: true, after, state: Some(PageState::Indexed) };
        let reply = objects::call(env, "CRAWL", crawl, &ask).await?;
        documents.extend(reply.pages.into_iter().filter_map(|page| page.document_id));
        after = reply.next;
        if after.is_none() {
            return Ok(documents);
        }
    }
}

/// Forgets all that a source taught, everywhere.
pub async fn forget(
    env: &Env,
    tenant: &Tenant,
    knowledge: &ObjectName,
    what: &Retire,
) -> Result<(), Failure> {
    forget_but(env, tenant, knowledge, what, &HashSet::new()).await
}

/// R2 first, because a lost `Knowledge` object would bring documents back from there, and all that lies there is
/// looked at: a run that was cut off here, or content that moved to another address, leaves nothing behind.
async fn forget_but(
    env: &Env,
    tenant: &Tenant,
    knowledge: &ObjectName,
    what: &Retire,
    kept: &HashSet<DocumentId>,
) -> Result<(), Failure> {
    let prefix =
        protocol::objects::source_passages_prefix(&what.workspace_id, &what.agent_id, &what.source_id);
    let bucket = env.bucket("FILES")?;
    let mut cursor = None::<String>;
    loop {
        let mut list = bucket.list().prefix(prefix.as_str());
        if let Some(cursor) = cursor {
            list = list.cursor(cursor);
        }
        let page = list.execute().await?;
        let stays = |key: &String| {
            let id = key.strip_prefix(prefix.as_str()).and_then(|name| name.strip_suffix(".json"));
            id.and_then(|id| id.parse().ok()).is_some_and(|id: DocumentId| kept.contains(&id))
        };
        let gone: Vec<String> =
            page.objects().iter().map(worker::Object::key).filter(|key| !stays(key)).collect();
        if !gone.is_empty() {
            bucket.delete_multiple(gone).await?;
        }
        cursor = page.cursor();
        if !page.truncated() || cursor.is_none() {
            break;
        }
    }
    objects::call(env, "KNOWLEDGE", knowledge, what).await?;
    Relational::of(env)?
        .batch(&[sources::forget_documents(tenant, &what.source_id, what.keep_run.as_ref())])
        .await
}
