//! Events on their way to receivers. An event is a row, written with its cause and due from then on; here it is brought
//! to the `Endpoint` object of every receiver that wants it, which knows it by its id, so that bringing it again is
//! bringing it once. Cut off anywhere, it is still due, and the schedule brings it.

mod attempt;
mod object;

use futures::future::join_all;
use platform::relational::Relational;
use platform::{Failure, clock, log, objects};
use protocol::api::{WEBHOOK_VERSION, WebhookPayload};
use protocol::events::EventKind;
use protocol::internal::{Call, Deliver, NewDelivery, ScrubDeliveries};
use protocol::objects::Jurisdiction;
use protocol::{AgentId, EndpointId, EventId};
use serde_json::{Map, Value};
use store::endpoints::{self, Stored};
use store::events::{self, Due};
use store::{Row, Tenant};
use worker::Env;

/// What secrets are sealed for.
pub const SEAL: &str = "webhook";
/// Events brought at once.
const AT_ONCE: u32 = 100;
/// A run begins nothing new after this long; the schedule goes on.
const RUN_MS: f64 = 30_000.0;
/// Before an event is brought again to a receiver whose object did not take it.
const AGAIN_MS: f64 = 30_000.0;
/// Workspaces looked at in one run of the schedule.
const A_RUN: u32 = 200;

/// Brings what is due of a workspace; what fails is logged and brought by the schedule.
pub async fn hurry(env: &Env, tenant: &Tenant) {
    if let Err(failure) = bring(env, tenant).await {
        log::error("events_not_brought", Some(tenant.workspace().as_str()), &failure.to_string());
    }
}

/// Brings what is due.
///
/// # Errors
/// When the database does not say whose events are due.
pub async fn sweep(env: &Env) -> Result<(), Failure> {
    let begun = clock::now_ms();
    for row in Relational::of(env)?.rows(&events::workspaces_due(begun, A_RUN)).await? {
        if clock::now_ms() - begun > RUN_MS {
            break;
        }
        hurry(env, &Tenant::of_job(&events::read_workspace(&row)?)).await;
    }
    Ok(())
}

async fn bring(env: &Env, tenant: &Tenant) -> Result<(), Failure> {
    let (database, begun) = (Relational::of(env)?, clock::now_ms());
    while clock::now_ms() - begun < RUN_MS {
        let rows = database.rows(&events::due(tenant, begun, AT_ONCE)).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let due = rows.iter().map(events::read_due).collect::<Result<Vec<_>, _>>()?;
        let receivers = receivers(&database.rows(&endpoints::list(tenant)).await?)?;
        let refused = join_all(receivers.iter().map(|receiver| give(env, tenant, receiver, &due))).await;
        let refused: Vec<EventId> = refused.into_iter().flatten().collect();
        let (again, brought): (Vec<_>, Vec<_>) =
            due.iter().map(|event| &event.id).partition(|id| refused.contains(id));
        let settled = [
            events::settle(tenant, &brought, None)?,
            events::settle(tenant, &again, Some(clock::now_ms() + AGAIN_MS))?,
        ];
        database.batch(&settled).await?;
    }
    Ok(())
}

fn receivers(rows: &[Row]) -> Result<Vec<Stored>, Failure> {
    Ok(rows.iter().map(endpoints::read).collect::<Result<_, _>>()?)
}

/// Gives a receiver what it wants of these; the events that its object did not take.
async fn give(env: &Env, tenant: &Tenant, receiver: &Stored, due: &[Due]) -> Vec<EventId> {
    let mut deliveries = Vec::new();
    for event in due {
        // What a newer release has named stays away from this one's receivers: they were never asked.
        let Some(kind) = EventKind::named(&event.kind) else { continue };
        if !receiver.wants(kind, event.agent.as_ref(), event.at) {
            continue;
        }
        match delivery(tenant, event, kind) {
            Ok(delivery) => deliveries.push(delivery),
            Err(failure) => log::error("event_unreadable", Some(event.id.as_str()), &failure.to_string()),
        }
    }
    if deliveries.is_empty() {
        return Vec::new();
    }
    let ids = deliveries.iter().map(|delivery| delivery.id.clone()).collect();
    match deliver(env, tenant, receiver, deliveries).await {
        Ok(()) => Vec::new(),
        Err(failure) => {
            log::error("deliveries_not_taken", Some(receiver.endpoint.id.as_str()), &failure.to_string());
            ids
        }
    }
}

/// Gives deliveries to a receiver's object.
///
/// # Errors
/// When the object does not take them.
pub async fn deliver(
    env: &Env,
    tenant: &Tenant,
    receiver: &Stored,
    deliveries: Vec<NewDelivery>,
) -> Result<(), Failure> {
    let message = Deliver {
        workspace_id: tenant.workspace().clone(),
        endpoint_id: receiver.endpoint.id.clone(),
        deliveries,
    };
    ask(env, tenant, receiver.place(), &message).await.map(|_| ())
}

/// Empties what is kept for receivers and holds one of these words.
///
/// # Errors
/// When an object does not answer.
pub async fn scrub(env: &Env, tenant: &Tenant, words: &[String]) -> Result<(), Failure> {
    let message = ScrubDeliveries { words: words.to_vec() };
    for receiver in receivers(&Relational::of(env)?.rows(&endpoints::list(tenant)).await?)? {
        ask(env, tenant, receiver.place(), &message).await?;
    }
    Ok(())
}

/// Asks a receiver's object.
///
/// # Errors
/// What it answers.
pub async fn ask<C: Call>(
    env: &Env,
    tenant: &Tenant,
    (endpoint, jurisdiction): (&EndpointId, Jurisdiction),
    message: &C,
) -> Result<C::Reply, Failure> {
    let object = protocol::objects::endpoint(tenant.workspace(), endpoint, jurisdiction);
    objects::call(env, "ENDPOINT", &object, message).await
}

fn delivery(tenant: &Tenant, event: &Due, kind: EventKind) -> Result<NewDelivery, Failure> {
    let data = serde_json::from_str(&event.data)?;
    written(tenant, &event.id, kind, event.agent.as_ref(), &event.subject, data, event.at)
}

/// A delivery with its body.
///
/// # Errors
/// When the body cannot be written.
pub fn written(
    tenant: &Tenant,
    id: &EventId,
    kind: EventKind,
    agent: Option<&AgentId>,
    subject: &str,
    data: Map<String, Value>,
    at: f64,
) -> Result<NewDelivery, Failure> {
    let payload = WebhookPayload {
        id: id.clone(),
        kind,
        version: WEBHOOK_VERSION,
        timestamp: clock::iso(at),
        workspace_id: tenant.workspace().clone(),
        agent_id: agent.cloned(),
        subject: subject.to_owned(),
        data,
    };
    let payload = serde_json::to_string(&payload)?;
    Ok(NewDelivery { id: id.clone(), event: kind.as_str().to_owned(), payload, at })
}
