//! Whether what the product depends on answers: each is really called, at once, and for a bounded time.

use std::future::Future;

use domain::prompt::{Message, Role};
use futures::FutureExt;
use futures::future::{LocalBoxFuture, join_all};
use platform::relational::Relational;
use platform::{Failure, clock, embedding, mail, models, objects, queue, random, vectors};
use protocol::ConversationId;
use protocol::agent::Model;
use protocol::api::{HealthCheck, HealthState};
use protocol::internal::{Bell, Transcript};
use protocol::objects::Jurisdiction;
use store::{Tenant, operations};
use worker::Env;

use crate::routes::agents;

/// What does not answer within this is failing.
const BOUND_MS: u64 = 6_000;

/// What a call came to: nothing to say where it answered; that it is not set up; or why it failed.
type Called = Result<Option<&'static str>, String>;

/// Calls everything.
pub async fn all(env: &Env, tenant: &Tenant, jurisdiction: Jurisdiction) -> Vec<HealthCheck> {
    let mut checks: Vec<LocalBoxFuture<'_, HealthCheck>> = vec![
        check(
            "Database (D1)",
            "Look at the database in Cloudflare's dashboard, and whether its migrations were applied.",
            async move { Relational::of(env)?.first(&operations::ping()).await.map(|_| None) },
        )
        .boxed_local(),
        check("Published agents (KV)", "Look at the KV namespace bound as AGENTS.", async move {
            Ok(env.kv("AGENTS")?.get("health").text().await.map(|_| None)?)
        })
        .boxed_local(),
        check("Files (R2)", "Look at the bucket bound as FILES.", async move {
            Ok(env.bucket("FILES")?.head("health").await.map(|_| None)?)
        })
        .boxed_local(),
        check(
            "Queue",
            "Look at the queue frontdesk-jobs. Until it answers, jobs are begun once a minute.",
            async move { Ok(queue::send(env, "JOBS", &Bell::Mail {}).await.map(|()| None)?) },
        )
        .boxed_local(),
        check("Objects", "Look at the Durable Objects of the Worker frontdesk-back.", async move {
            let object = protocol::objects::archive(tenant.workspace(), jurisdiction);
            let message = Transcript { conversation_id: random::id(ConversationId::ordered) };
            objects::call(env, "ARCHIVE", &object, &message).await.map(|_| None)
        })
        .boxed_local(),
        check(
            "Vector index (Vectorize)",
            "Look at the index bound as VECTORS. Meanwhile answers are found by words.",
            async move {
                if !vectors::bound(env) {
                    return Ok(Some("No index is bound: vectors are searched beside the passages."));
                }
                // Deleting what is not there changes nothing.
                vectors::delete(env, 0, &["health".to_owned()]).await.map(|()| None)
            },
        )
        .boxed_local(),
        check(
            "Embeddings",
            "Look at EMBEDDING_MODEL, its provider and its key. Meanwhile answers are found by words.",
            async move {
                let Some(model) = embedding::configured(env) else {
                    return Ok(Some("EMBEDDING_MODEL is empty: answers are found by words alone."));
                };
                let called = embedding::question(env, &model, "health").await;
                called.map(|_| None).map_err(|trouble| Failure::Internal(trouble.to_string()))
            },
        )
        .boxed_local(),
        check(
            "Mail",
            "Look at MAIL_PROVIDER, MAIL_FROM and the provider's key. Mails wait meanwhile.",
            async move { mail::ping(env).await.map_err(|why| Failure::Internal(why.to_string())) },
        )
        .boxed_local(),
    ];
    let offered = agents::models(env).into_iter().filter(|option| option.model != Model::Extractive);
    let mut asked: Vec<String> = Vec::new();
    for option in offered {
        // One model of each provider tells of its address and its key.
        let provider = format!("{:?}", option.model.provider());
        if asked.contains(&provider) {
            continue;
        }
        let name = format!("Model {}", option.label);
        let advice = "Look at the provider's status, its key and the model's name. Meanwhile agents answer with the site's own sentences.";
        checks.push(
            check(name, advice, async move {
                let content = "Say OK.".to_owned();
                let messages = [Message { role: Role::User, content, calls: Vec::new(), answers: None }];
                let opened = models::open(env, &option.model, &messages, &[], 0.0).await;
                opened.map(|_| None).map_err(|why| Failure::Internal(why.to_string()))
            })
            .boxed_local(),
        );
        asked.push(provider);
    }
    join_all(checks).await
}

async fn check(
    name: impl Into<String>,
    advice: &str,
    call: impl Future<Output = Result<Option<&'static str>, Failure>>,
) -> HealthCheck {
    let begun = clock::ticks_ms();
    let called: Called = match clock::within(BOUND_MS, call).await {
        Some(called) => called.map_err(|failure| failure.to_string()),
        None => Err(format!("no answer within {} seconds", BOUND_MS / 1_000)),
    };
    let (state, says) = match called {
        Ok(None) => (HealthState::Ok, "It answers.".to_owned()),
        Ok(Some(off)) => (HealthState::Off, off.to_owned()),
        Err(why) => {
            platform::log::error("health_failing", None, &why);
            (HealthState::Failing, format!("It does not answer as it should. {advice}"))
        }
    };
    HealthCheck { name: name.into(), state, ms: clock::ticks_ms() - begun, says }
}
