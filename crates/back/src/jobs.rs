//! Bells answered. A bell says where to look; what is found there is the truth, so answering twice does no harm.

use futures::future::join_all;
use platform::relational::Relational;
use platform::{Failure, log, objects, queue};
use protocol::answer::Provider;
use protocol::events::EventKind;
use protocol::internal::{Bell, Confirm, Pending, Store, TurnRecord};
use protocol::objects::ObjectName;
use protocol::{AgentId, ConversationId};
use store::{Statement, Tenant, conversations, usage};
use worker::{Env, MessageBatch, MessageExt, QueueRetryOptionsBuilder};

use crate::events::Happened;
use crate::{crawl, edge, ledger, mail, reading};

/// Answers every message of a batch, side by side.
pub async fn answer(batch: MessageBatch<serde_json::Value>, env: &Env) {
    let one = |message: worker::RawMessage| async move {
        let Some(bell) = queue::read(&message.body()) else {
            log::error("bell_unreadable", None, "a queue message is not a bell of ours");
            message.ack();
            return;
        };
        match ring(env, &bell).await {
            Ok(()) => message.ack(),
            Err(failure) => {
                log::error("bell_failed", None, &failure.to_string());
                message.retry_with_options(&QueueRetryOptionsBuilder::new().with_delay_seconds(5).build());
            }
        }
    };
    join_all(batch.raw_iter().map(one)).await;
}

async fn ring(env: &Env, bell: &Bell) -> Result<(), Failure> {
    match bell {
        Bell::Crawl { workspace_id, source_id, run_id, jurisdiction } => {
            let object = protocol::objects::crawl(workspace_id, source_id, *jurisdiction);
            crawl::stint::work(env, &Tenant::of_job(workspace_id), &object, run_id).await
        }
        Bell::Turns { workspace_id, agent_id, conversation_id, jurisdiction } => {
            let object =
                protocol::objects::conversation(workspace_id, agent_id, conversation_id, *jurisdiction);
            let places = Places {
                archive: protocol::objects::archive(workspace_id, *jurisdiction),
                ledger: protocol::objects::ledger(workspace_id, *jurisdiction),
                object,
            };
            turns(env, &Tenant::of_job(workspace_id), agent_id, conversation_id, &places).await
        }
        Bell::Read { workspace_id, source_id } => {
            reading::work(env, &Tenant::of_job(workspace_id), source_id).await
        }
        Bell::Ledger { workspace_id } => ledger::tell(env, &Tenant::of_job(workspace_id)).await,
        Bell::Mail {} => mail::send::due(env).await,
        Bell::Edge { workspace_id, agent_id } => {
            edge::tell(env, &Tenant::of_job(workspace_id), agent_id).await
        }
    }
}

/// The objects that finished turns concern.
struct Places {
    object: ObjectName,
    archive: ObjectName,
    ledger: ObjectName,
}

/// Moves finished turns from the conversation's outbox to the archive and the relations, settles them, then
/// confirms. Every step may happen again: turns are stored by id. What comes late to a deleted agent counts, and is
/// stored nowhere.
async fn turns(
    env: &Env,
    tenant: &Tenant,
    agent: &AgentId,
    conversation: &ConversationId,
    places: &Places,
) -> Result<(), Failure> {
    let pending = objects::call(env, "CONVERSATION", &places.object, &Pending {}).await?;
    let refusals = pending.refusals;
    let records: Vec<_> = pending
        .records
        .into_iter()
        .filter(|record| {
            let identity = &record.identity;
            identity.workspace_id == *tenant.workspace()
                && identity.agent_id == *agent
                && identity.conversation_id == *conversation
        })
        .collect();
    if records.is_empty() && refusals.is_empty() {
        return Ok(());
    }
    let database = Relational::of(env)?;
    let counted = records.iter().filter(|record| usage::counts(&record.turn));
    let mut statements: Vec<_> = counted.flat_map(|record| usage::journal(tenant, record)).collect();
    let counts = !statements.is_empty();
    if database.first(&conversations::kept(tenant, agent)).await?.is_some() {
        statements.extend(stored(tenant, &records)?);
        statements.extend(refusals.iter().map(|one| usage::refused(tenant, agent, conversation, one)));
        if !records.is_empty() {
            objects::call(env, "ARCHIVE", &places.archive, &Store { records: records.clone() }).await?;
        }
    }
    database.batch(&statements).await?;
    if !records.is_empty() {
        ledger::settle(env, tenant, &places.ledger, &records).await?;
    }
    if counts && let Err(failure) = crate::usage::warn(env, tenant).await {
        log::error("usage_not_judged", Some(tenant.workspace().as_str()), &failure.to_string());
    }
    let turn_ids = records.into_iter().map(|record| record.turn.id).collect();
    objects::call(env, "CONVERSATION", &places.object, &Confirm { turn_ids, refusals }).await?;
    Ok(())
}

/// The rows of turns, and what happened in them.
fn stored(tenant: &Tenant, records: &[TurnRecord]) -> Result<Vec<Statement>, Failure> {
    let mut statements: Vec<_> =
        records.iter().flat_map(|record| conversations::store_turn(tenant, record)).collect();
    for record in records.iter().filter(|record| record.turn.provider == Provider::Curated) {
        let happened = Happened {
            kind: EventKind::CuratedAnswered,
            agent: Some(&record.identity.agent_id),
            subject: record.turn.id.as_str(),
            once: "",
            data: serde_json::json!({}),
        };
        statements.push(happened.statement(tenant)?);
    }
    Ok(statements)
}
