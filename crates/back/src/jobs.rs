//! Bells answered. A bell says where to look; what is found there is the truth, so answering twice does no harm.

use futures::future::join_all;
use platform::relational::Relational;
use platform::{Failure, log, objects, queue};
use protocol::answer::Provider;
use protocol::events::EventKind;
use protocol::internal::{Bell, Confirm, Pending, Store};
use protocol::{AgentId, ConversationId};
use store::{Tenant, conversations};
use worker::{Env, MessageBatch, MessageExt, QueueRetryOptionsBuilder};

use crate::events::Happened;
use crate::{crawl, edge, mail, reading, spans};

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
            let archive = protocol::objects::archive(workspace_id, *jurisdiction);
            turns(env, &Tenant::of_job(workspace_id), agent_id, conversation_id, &object, &archive).await
        }
        Bell::Read { workspace_id, source_id } => {
            reading::work(env, &Tenant::of_job(workspace_id), source_id).await
        }
        Bell::Mail {} => mail::send::due(env).await,
        Bell::Edge { workspace_id, agent_id } => {
            edge::tell(env, &Tenant::of_job(workspace_id), agent_id).await
        }
    }
}

/// Moves finished turns from the conversation's outbox to the archive and the relations, then confirms. Every
/// step may happen again: turns are stored by id. What comes late to a deleted agent is stored nowhere.
async fn turns(
    env: &Env,
    tenant: &Tenant,
    agent: &AgentId,
    conversation: &ConversationId,
    object: &protocol::objects::ObjectName,
    archive: &protocol::objects::ObjectName,
) -> Result<(), Failure> {
    let records = objects::call(env, "CONVERSATION", object, &Pending {}).await?.records;
    let records: Vec<_> = records
        .into_iter()
        .filter(|record| {
            let identity = &record.identity;
            identity.workspace_id == *tenant.workspace()
                && identity.agent_id == *agent
                && identity.conversation_id == *conversation
        })
        .collect();
    if records.is_empty() {
        return Ok(());
    }
    let turn_ids = records.iter().map(|record| record.turn.id.clone()).collect();
    let database = Relational::of(env)?;
    if database.first(&conversations::kept(tenant, agent)).await?.is_none() {
        objects::call(env, "CONVERSATION", object, &Confirm { turn_ids }).await?;
        return Ok(());
    }
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
    let traces = spans::body(env, &records)?;
    objects::call(env, "ARCHIVE", archive, &Store { records }).await?;
    database.batch(&statements).await?;
    objects::call(env, "CONVERSATION", object, &Confirm { turn_ids }).await?;
    if let Some(traces) = traces {
        spans::send(env, &traces).await;
    }
    Ok(())
}
