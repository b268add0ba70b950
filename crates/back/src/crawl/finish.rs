//! The end of a run: pages that are gone leave the index, the source's row says how it went. Every step may
//! happen again.

use std::collections::HashSet;

use platform::relational::Relational;
use platform::{Failure, clock, log, objects};
use protocol::api::SourceState;
use protocol::events::EventKind;
use protocol::internal::{ClaimReply, Complete, CrawlTarget, Keep, Kept, KeptReply, Missing, Retire};
use protocol::objects::ObjectName;
use protocol::{Code, DocumentId};
use store::{Tenant, sources};
use worker::Env;

use crate::indexing;

use super::knowledge_of;
use crate::events::Happened;

/// Documents named at a time.
const AT_A_TIME: usize = 500;
/// How long the end of a run waits for vectors before it is rung for again.
const EMBEDDED_MS: f64 = 4_000.0;

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

/// Settles a run that has nothing left to fetch: whether it is over, or pages have to be read again. A run that
/// failed as a whole keeps yesterday's knowledge.
pub async fn settle(
    env: &Env,
    tenant: &Tenant,
    crawl: &ObjectName,
    reply: &ClaimReply,
) -> Result<bool, Failure> {
    let Some(target) = &reply.target else { return Ok(true) };
    let Some(kept) = kept(env, crawl, target).await? else { return Ok(true) };
    if reply.refresh {
        let gone = Retire { documents: kept.gone, ..all_of(target) };
        indexing::forget_some(env, tenant, &knowledge_of(target), &gone).await?;
        let noted = if reply.retrying {
            sources::note_run(
                tenant,
                &target.source_id,
                &target.run_id,
                SourceState::Indexed,
                None,
                &reply.progress,
                None,
            )?
        } else {
            sources::note_progress(tenant, &target.source_id, &target.run_id, &reply.progress)?
        };
        Relational::of(env)?.batch(&[noted]).await?;
        objects::call(env, "CRAWL", crawl, &Complete { run_id: target.run_id.clone() }).await?;
        return Ok(true);
    }
    let reason = reply.reason.as_deref();
    if reason.is_none() {
        let missing = keep(env, tenant, target, &kept.documents).await?;
        if !missing.is_empty() {
            let missing = Missing { run_id: target.run_id.clone(), documents: missing };
            if objects::call(env, "CRAWL", crawl, &missing).await?.queued > 0 {
                return Ok(false);
            }
        }
        let gone = Retire { keep_run: Some(target.run_id.clone()), ..all_of(target) };
        let kept: HashSet<DocumentId> = kept.documents.into_iter().collect();
        indexing::forget(env, tenant, &knowledge_of(target), &gone, &kept).await?;
        if !indexing::embedded(env, &knowledge_of(target), EMBEDDED_MS).await? {
            // The object's alarm rings again, and by then this one is gone.
            return Ok(true);
        }
    }
    let progress = &reply.progress;
    let state = if reason.is_none() { SourceState::Indexed } else { SourceState::Failed };
    let synced = reason.is_none().then(clock::now_ms);
    let statement = sources::note_run(
        tenant,
        &target.source_id,
        &target.run_id,
        state,
        // A run that was cut short succeeded with what it has, and says so.
        reason.or(reply.blocked.as_deref()),
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
    Ok(true)
}

/// All that a source taught.
fn all_of(target: &CrawlTarget) -> Retire {
    Retire {
        workspace_id: target.workspace_id.clone(),
        agent_id: target.agent_id.clone(),
        source_id: target.source_id.clone(),
        keep_run: None,
        documents: Vec::new(),
    }
}

/// Notes everywhere that this run has seen these documents: which of them are not known after all.
async fn keep(
    env: &Env,
    tenant: &Tenant,
    target: &CrawlTarget,
    documents: &[DocumentId],
) -> Result<Vec<DocumentId>, Failure> {
    let mut missing = Vec::new();
    for documents in documents.chunks(AT_A_TIME) {
        let keep = Keep {
            workspace_id: target.workspace_id.clone(),
            agent_id: target.agent_id.clone(),
            source_id: target.source_id.clone(),
            run_id: target.run_id.clone(),
            documents: documents.to_vec(),
        };
        missing.extend(objects::call(env, "KNOWLEDGE", &knowledge_of(target), &keep).await?.missing);
        let noted = sources::keep_documents(tenant, &target.source_id, &target.run_id, documents)?;
        Relational::of(env)?.batch(&[noted]).await?;
    }
    Ok(missing)
}

/// What stays in the index and what has to go; nothing when another run has begun.
async fn kept(env: &Env, crawl: &ObjectName, target: &CrawlTarget) -> Result<Option<KeptReply>, Failure> {
    let mut all = KeptReply { documents: Vec::new(), gone: Vec::new(), next: None };
    loop {
        let ask = Kept { run_id: target.run_id.clone(), after: all.next.take() };
        match objects::call(env, "CRAWL", crawl, &ask).await {
            Ok(piece) => {
                all.documents.extend(piece.documents);
                all.gone = piece.gone;
                all.next = piece.next;
            }
            Err(Failure::Problem(problem)) if problem.code == Code::Conflict => return Ok(None),
            Err(failure) => return Err(failure),
        }
        if all.next.is_none() {
            return Ok(Some(all));
        }
    }
}
