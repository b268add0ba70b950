//! Bells answered. A bell says where to look; what is found there is the truth, so answering twice does no harm.

use futures::future::join_all;
use platform::relational::Relational;
use platform::{Failure, log, objects, queue};
use protocol::answer::Provider;
use protocol::events::EventKind;
use protocol::internal::{Bell, Confirm, ConversationIdentity, Pending, PendingReply, Store, TurnRecord};
use protocol::objects::ObjectName;
use protocol::{AgentId, ConversationId};
use store::{Statement, Tenant, conversations, usage};
use worker::{Env, MessageBatch, MessageExt, QueueRetryOptionsBuilder};

use crate::events::Happened;
use crate::{attendance, crawl, edge, ledger, mail, prices, reading, spans};

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

/// Moves what is finished from the conversation's outbox to the archive and the relations, settles turns, then
/// confirms. Every step may happen again: records are stored by id. What comes late to a deleted agent counts, and is
/// stored nowhere.
async fn turns(
    env: &Env,
    tenant: &Tenant,
    agent: &AgentId,
    conversation: &ConversationId,
    places: &Places,
) -> Result<(), Failure> {
    let ours = |identity: &ConversationIdentity| {
        identity.workspace_id == *tenant.workspace()
            && identity.agent_id == *agent
            && identity.conversation_id == *conversation
    };
    let PendingReply { mut records, mut messages, mut handovers, refusals } =
        objects::call(env, "CONVERSATION", &places.object, &Pending {}).await?;
    records.retain(|record| ours(&record.identity));
    messages.retain(|record| ours(&record.identity));
    handovers.retain(|record| ours(&record.identity));
    let ids = messages.iter().map(|record| record.message.id.clone());
    let confirm = Confirm {
        turn_ids: records.iter().map(|record| record.turn.id.clone()).collect(),
        record_ids: ids.chain(handovers.iter().map(|record| record.id.clone())).collect(),
        refusals,
    };
    if confirm.turn_ids.is_empty() && confirm.record_ids.is_empty() && confirm.refusals.is_empty() {
        return Ok(());
    }
    let database = Relational::of(env)?;
    for TurnRecord { turn, .. } in &mut records {
        turn.cost_micros = prices::cost_micros(env, turn.model.as_deref(), turn.tokens);
    }
    let counted = records.iter().filter(|record| usage::counts(&record.turn));
    let mut statements: Vec<_> = counted.flat_map(|record| usage::journal(tenant, record)).collect();
    let counts = !statements.is_empty();
    let (mut alerted, mut traces) = (false, None);
    if database.first(&conversations::kept(tenant, agent)).await?.is_some() {
        statements.extend(stored(tenant, &records)?);
        statements.extend(messages.iter().map(|record| conversations::store_message(tenant, record)));
        alerted = attendance::record(env, tenant, &handovers, &mut statements).await?;
        let refused = confirm.refusals.iter();
        statements.extend(refused.map(|one| usage::refused(tenant, agent, conversation, one)));
        traces = spans::body(env, &records)?;
        if !(records.is_empty() && messages.is_empty()) {
            let said = Store { records: records.clone(), messages };
            objects::call(env, "ARCHIVE", &places.archive, &said).await?;
        }
    }
    database.batch(&statements).await?;
    if !records.is_empty() {
        ledger::settle(env, tenant, &places.ledger, &records).await?;
    }
    if counts && let Err(failure) = crate::usage::warn(env, tenant).await {
        log::error("usage_not_judged", Some(tenant.workspace().as_str()), &failure.to_string());
    }
    objects::call(env, "CONVERSATION", &places.object, &confirm).await?;
    if alerted {
        mail::ring(env).await;
    }
    if let Some(traces) = traces {
        spans::send(env, &traces).await;
    }
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
