//! Bells answered. A bell says where to look; what is found there is the truth, so answering twice does no harm.

use futures::future::{join, join_all};
use platform::{Failure, log, queue};
use protocol::WorkspaceId;
use protocol::internal::Bell;
use protocol::objects::Jurisdiction;
use store::Tenant;
use worker::{Env, MessageBatch, MessageExt, QueueRetryOptionsBuilder, RawMessage};

use crate::turns::{self, Rung};
use crate::{crawl, deliveries, edge, erasure, exports, incoming, ledger, mail, reading, reports, summaries};

/// Finished turns of one workspace, whose bells came together.
struct Round {
    workspace: WorkspaceId,
    jurisdiction: Jurisdiction,
    rung: Vec<Rung>,
    messages: Vec<(RawMessage, Bell)>,
}

/// Answers every message of a batch, side by side; finished turns of one workspace together.
pub async fn answer(batch: MessageBatch<serde_json::Value>, env: &Env) {
    let mut rounds: Vec<Round> = Vec::new();
    let mut others = Vec::new();
    for message in batch.raw_iter() {
        let Some(bell) = queue::read(&message.body()) else {
            log::error("bell_unreadable", None, "a queue message is not a bell of ours");
            message.ack();
            continue;
        };
        let Bell::Turns { workspace_id, agent_id, conversation_id, jurisdiction } = &bell else {
            others.push((message, bell));
            continue;
        };
        let rung = Rung { agent: agent_id.clone(), conversation: conversation_id.clone() };
        match rounds.iter_mut().find(|round| round.workspace == *workspace_id) {
            Some(round) => {
                // Two bells of one conversation are one.
                if !round.rung.contains(&rung) {
                    round.rung.push(rung);
                }
                round.messages.push((message, bell));
            }
            None => rounds.push(Round {
                workspace: workspace_id.clone(),
                jurisdiction: *jurisdiction,
                rung: vec![rung],
                messages: vec![(message, bell)],
            }),
        }
    }
    join(
        join_all(rounds.into_iter().map(|round| go(env, round))),
        join_all(others.into_iter().map(|(message, bell)| one(env, message, bell))),
    )
    .await;
}

/// A workspace's finished turns. Where one of several cannot be collected, each goes alone: none holds up the others.
async fn go(env: &Env, round: Round) {
    let Round { workspace, jurisdiction, rung, messages } = round;
    if rung.len() > 1 && turns::collect(env, &Tenant::of_job(&workspace), jurisdiction, &rung).await.is_ok() {
        for (message, _) in &messages {
            message.ack();
        }
        return;
    }
    join_all(messages.into_iter().map(|(message, bell)| one(env, message, bell))).await;
}

async fn one(env: &Env, message: RawMessage, bell: Bell) {
    match ring(env, &bell).await {
        Ok(()) => message.ack(),
        Err(failure) => {
            log::error("bell_failed", None, &failure.to_string());
            reports::failed(env, "bell_failed", &failure).await;
            message.retry_with_options(&QueueRetryOptionsBuilder::new().with_delay_seconds(5).build());
        }
    }
}

async fn ring(env: &Env, bell: &Bell) -> Result<(), Failure> {
    match bell {
        Bell::Crawl { workspace_id, source_id, run_id, jurisdiction } => {
            let object = protocol::objects::crawl(workspace_id, source_id, *jurisdiction);
            let tenant = Tenant::of_job(workspace_id);
            crawl::stint::work(env, &tenant, &object, run_id).await?;
            deliveries::hurry(env, &tenant).await;
            Ok(())
        }
        Bell::Turns { workspace_id, agent_id, conversation_id, jurisdiction } => {
            let rung = Rung { agent: agent_id.clone(), conversation: conversation_id.clone() };
            turns::collect(env, &Tenant::of_job(workspace_id), *jurisdiction, &[rung]).await
        }
        Bell::Read { workspace_id, source_id } => {
            let tenant = Tenant::of_job(workspace_id);
            reading::work(env, &tenant, source_id).await?;
            deliveries::hurry(env, &tenant).await;
            Ok(())
        }
        Bell::Ledger { workspace_id } => ledger::tell(env, &Tenant::of_job(workspace_id)).await,
        Bell::Events { workspace_id } => {
            deliveries::hurry(env, &Tenant::of_job(workspace_id)).await;
            Ok(())
        }
        Bell::People {} => {
            let (exported, erased) = join(exports::due(env), erasure::due(env)).await;
            exported.and(erased)
        }
        Bell::Incoming { workspace_id } => incoming::work(env, &Tenant::of_job(workspace_id)).await,
        Bell::Mail {} => mail::send::due(env).await,
        Bell::Summaries {} => summaries::due(env).await,
        Bell::Edge { workspace_id, agent_id } => {
            edge::tell(env, &Tenant::of_job(workspace_id), agent_id).await
        }
    }
}
