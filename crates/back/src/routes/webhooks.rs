//! Webhooks: receivers, written and tried; what was delivered to them, and again. Secrets are sealed and shown once.

use domain::{diff, signature};
use futures::future::join_all;
use ingest::address::guard;
use platform::relational::Relational;
use platform::{Failure, clock, http, log, random, seal};
use protocol::api::{
    DeliveryDetail, Endpoint, EndpointKind, EndpointWrite, IssuedEndpoint, ReplaySince, RotateSecret,
};
use protocol::events::EventKind;
use protocol::internal::{
    AskEndpoint, ForgetEndpoint, ListDeliveries, LookAtDelivery, Replay, SwitchEndpoint,
};
use protocol::routes::RouteId as R;
use protocol::{AgentId, Code, EndpointId, EventId, Problem};
use serde::Deserialize;
use store::endpoints::{self, Stored, StoredSecret};
use store::{Actor, Statement};
use url::Url;
use worker::{Env, Request, Response};

use super::{done, found, unhandled};
use crate::crawl::local_hosts;
use crate::deliveries::{self, SEAL};
use crate::{audit, auth, hooks};

/// Receivers of a workspace.
const MOST: u32 = 50;
/// Secrets that sign at once.
const SECRETS: usize = 3;
/// The longest time that a replaced secret goes on signing.
const MAX_OVERLAP_HOURS: u32 = 168;
const HOUR_MS: f64 = 3_600_000.0;
const MAX_DESCRIPTION: usize = 200;
/// Test events and replays a minute of one workspace: each calls somebody else's system.
const TRIALS: u32 = 300;

pub async fn handle(
    id: R,
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    endpoint: &str,
    delivery: &str,
) -> Result<Response, Failure> {
    match id {
        R::Webhooks => return list(env, actor).await,
        R::CreateWebhook => return create(request, env, actor).await,
        _ => {}
    }
    let stored = one(env, actor, &endpoint.parse()?).await?;
    if stored.endpoint.integration_id.is_some()
        && matches!(id, R::UpdateWebhook | R::DeleteWebhook | R::RotateWebhook)
    {
        let message = "This receiver belongs to an integration. Change or disconnect it there.";
        return Err(Problem::new(Code::Conflict, message).into());
    }
    if stored.endpoint.kind == EndpointKind::Hook
        && matches!(id, R::UpdateWebhook | R::RotateWebhook | R::TestWebhook)
    {
        let message =
            "A program, such as Zapier, subscribed to this. Change it there, or delete it here to end it.";
        return Err(Problem::new(Code::Conflict, message).into());
    }
    match id {
        R::Webhook => http::data(with_status(env, actor, stored).await),
        R::UpdateWebhook => update(request, env, actor, stored).await,
        R::DeleteWebhook => delete(env, actor, &stored).await,
        R::RotateWebhook => rotate(request, env, actor, stored).await,
        R::TestWebhook => test(env, actor, &stored).await,
        R::ReplayWebhook => {
            let ReplaySince { since } = http::body(request).await?;
            http::data(again(env, actor, &stored, Replay::Since { since }).await?)
        }
        R::Deliveries => page(request, env, actor, &stored).await,
        R::Delivery => http::data(look(env, actor, &stored, &delivery.parse()?).await?),
        R::ReplayDelivery => {
            let id: EventId = delivery.parse()?;
            again(env, actor, &stored, Replay::One { id: id.clone() }).await?;
            http::data(look(env, actor, &stored, &id).await?.delivery)
        }
        _ => Err(unhandled()),
    }
}

pub async fn one(env: &Env, actor: &Actor, id: &EndpointId) -> Result<Stored, Failure> {
    Ok(endpoints::read(&found(Relational::of(env)?.first(&endpoints::one(&actor.tenant, id)).await?)?)?)
}

/// A receiver with how its deliveries go; without that where its object does not answer.
async fn with_status(env: &Env, actor: &Actor, stored: Stored) -> Endpoint {
    match deliveries::ask(env, &actor.tenant, stored.place(), &AskEndpoint {}).await {
        Ok(status) => Endpoint { status, ..stored.endpoint },
        Err(failure) => {
            log::error("endpoint_silent", Some(stored.endpoint.id.as_str()), &failure.to_string());
            stored.endpoint
        }
    }
}

async fn list(env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let rows = Relational::of(env)?.rows(&endpoints::list(&actor.tenant)).await?;
    let stored = rows.iter().map(endpoints::read).collect::<Result<Vec<_>, _>>()?;
    let webhooks = stored.into_iter().filter(|one| one.endpoint.integration_id.is_none());
    http::page(join_all(webhooks.map(|one| with_status(env, actor, one))).await, None)
}

async fn create(request: &mut Request, env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let write = accepted(env, actor, http::body(request).await?).await?;
    let id = random::id(EndpointId::ordered);
    let (secret, sealed) = new_secret(env, &id)?;
    let mut statements =
        endpoints::create(&actor.tenant, &id, &write, &sealed, MOST, clock::now_ms())?.to_vec();
    let changes = diff::changes(&serde_json::json!({}), &serde_json::to_value(&write)?);
    statements.push(audit::entry(actor, "webhook.created", id.as_str(), &write.url, &changes)?);
    if !Relational::of(env)?.attempt(&statements).await? {
        let message = format!("There are {MOST} webhooks already. Delete one that is not needed.");
        return Err(Problem::new(Code::Conflict, message).into());
    }
    let stored = one(env, actor, &id).await?;
    told(env, actor, &stored).await;
    http::data(IssuedEndpoint { endpoint: stored.endpoint, secret })
}

async fn update(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    before: Stored,
) -> Result<Response, Failure> {
    let write = accepted(env, actor, http::body(request).await?).await?;
    let Endpoint { id, url, description, events, agents, enabled, .. } = before.endpoint.clone();
    let had = EndpointWrite { url, description, events, agents, enabled };
    let changes = diff::changes(&serde_json::to_value(&had)?, &serde_json::to_value(&write)?);
    if changes.is_empty() {
        return http::data(with_status(env, actor, before).await);
    }
    let statements = [
        endpoints::update(&actor.tenant, &id, &write, clock::now_ms())?,
        audit::entry_if_changed(actor, "webhook.changed", id.as_str(), &write.url, &changes)?,
    ];
    Relational::of(env)?.batch(&statements).await?;
    let stored = one(env, actor, &id).await?;
    told(env, actor, &stored).await;
    http::data(with_status(env, actor, stored).await)
}

/// Its object hears at once whether the receiver is on; one that does not finds out with its next attempt.
async fn told(env: &Env, actor: &Actor, stored: &Stored) {
    let message = SwitchEndpoint { enabled: stored.endpoint.enabled };
    if let Err(failure) = deliveries::ask(env, &actor.tenant, stored.place(), &message).await {
        log::error("endpoint_not_told", Some(stored.endpoint.id.as_str()), &failure.to_string());
    }
}

pub async fn delete(env: &Env, actor: &Actor, stored: &Stored) -> Result<Response, Failure> {
    let Endpoint { id, url, .. } = &stored.endpoint;
    let statements = [
        endpoints::delete(&actor.tenant, id),
        audit::entry_if_changed(actor, "webhook.deleted", id.as_str(), url, &[])?,
    ];
    Relational::of(env)?.batch(&statements).await?;
    // An object that does not hear it finds its row gone, and forgets everything then.
    if let Err(failure) = deliveries::ask(env, &actor.tenant, stored.place(), &ForgetEndpoint {}).await {
        log::error("endpoint_not_forgotten", Some(id.as_str()), &failure.to_string());
    }
    done()
}

async fn rotate(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    before: Stored,
) -> Result<Response, Failure> {
    let RotateSecret { overlap_hours } = http::body(request).await?;
    let (id, now) = (before.endpoint.id.clone(), clock::now_ms());
    let (secret, sealed) = new_secret(env, &id)?;
    let secrets = rotated(&before.secrets, sealed, overlap_hours, now)?;
    let change = audit::change("secret", Some("(not shown)"), Some("(not shown)"));
    let hours = audit::change("old secret signs for hours", None, Some(&overlap_hours.to_string()));
    let statements: [Statement; 2] = [
        endpoints::set_secrets(&actor.tenant, &id, &before.secrets, &secrets, now)?,
        audit::entry_if_changed(
            actor,
            "webhook.rotated",
            id.as_str(),
            &before.endpoint.url,
            &[change, hours],
        )?,
    ];
    if Relational::of(env)?.change(&statements).await?.first() != Some(&1) {
        let message = "Somebody else replaced the secret just now. Load the page again.";
        return Err(Problem::new(Code::Conflict, message).into());
    }
    let endpoint = with_status(env, actor, one(env, actor, &id).await?).await;
    http::data(IssuedEndpoint { endpoint, secret })
}

/// The secrets after another came in front of them: replaced ones are good for so many hours.
///
/// # Errors
/// `invalid` for too many hours, `conflict` where too many secrets would be good at once.
pub fn rotated(
    before: &[StoredSecret],
    newest: StoredSecret,
    overlap_hours: u32,
    now: f64,
) -> Result<Vec<StoredSecret>, Problem> {
    if overlap_hours > MAX_OVERLAP_HOURS {
        let message = "The old secret can stay good for 168 hours (7 days) at most.";
        return Err(Problem::field("overlap_hours", message));
    }
    let until = now + f64::from(overlap_hours) * HOUR_MS;
    let replaced = before.iter().map(|old| {
        let until = old.until.map_or(until, |earlier| earlier.min(until));
        StoredSecret { until: Some(until), ..old.clone() }
    });
    let mut secrets = vec![newest];
    secrets.extend(replaced.filter(|old| old.until.is_some_and(|until| until > now)));
    if secrets.len() > SECRETS {
        let message = "This secret was replaced twice already and both old ones are still good. Wait until one has ended, \
                       or let them end now with 0 hours.";
        return Err(Problem::new(Code::Conflict, message));
    }
    Ok(secrets)
}

async fn test(env: &Env, actor: &Actor, stored: &Stored) -> Result<Response, Failure> {
    let Endpoint { id, url, .. } = &stored.endpoint;
    switched_on(stored)?;
    limited(env, actor).await?;
    let (event, now) = (random::id(EventId::ordered), clock::now_ms());
    let serde_json::Value::Object(data) = serde_json::json!({ "sent_by": actor.name() }) else {
        return Err(Failure::Internal("a test event has no data".into()));
    };
    let delivery =
        deliveries::written(&actor.tenant, &event, EventKind::WebhookTest, None, id.as_str(), data, now)?;
    deliveries::deliver(env, &actor.tenant, stored, vec![delivery]).await?;
    Relational::of(env)?.batch(&[audit::entry(actor, "webhook.tested", id.as_str(), url, &[])?]).await?;
    http::data(look(env, actor, stored, &event).await?.delivery)
}

/// Tries again what became of nothing, or one delivery whatever became of it.
///
/// # Errors
/// `conflict` while the receiver is off, `too_many_requests`.
pub async fn again(
    env: &Env,
    actor: &Actor,
    stored: &Stored,
    what: Replay,
) -> Result<protocol::api::Replayed, Failure> {
    switched_on(stored)?;
    limited(env, actor).await?;
    let replayed = deliveries::ask(env, &actor.tenant, stored.place(), &what).await?;
    let Endpoint { id, url, .. } = &stored.endpoint;
    let change = match &what {
        Replay::One { id } => audit::change("delivery", None, Some(id.as_str())),
        Replay::Since { since } => audit::change("failed since", None, Some(&clock::iso(*since))),
    };
    Relational::of(env)?
        .batch(&[audit::entry(actor, "webhook.replayed", id.as_str(), url, &[change])?])
        .await?;
    Ok(replayed)
}

fn switched_on(stored: &Stored) -> Result<(), Failure> {
    if stored.endpoint.enabled {
        return Ok(());
    }
    let message = "This webhook is switched off, so nothing is sent. Switch it on first.";
    Err(Problem::new(Code::Conflict, message).into())
}

async fn limited(env: &Env, actor: &Actor) -> Result<(), Failure> {
    auth::limit(env, &format!("webhook {}", actor.tenant.workspace()), TRIALS).await
}

#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    cursor: Option<String>,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    event: Option<String>,
}

async fn page(request: &Request, env: &Env, actor: &Actor, stored: &Stored) -> Result<Response, Failure> {
    let query: Query = request
        .query()
        .map_err(|_| Problem::new(Code::Malformed, "The parameters of this address cannot be read."))?;
    let state = query.state.filter(|state| !state.is_empty()).map(|state| {
        serde_json::from_value(serde_json::Value::String(state))
            .map_err(|_| Problem::field("state", "States are pending, succeeded and failed."))
    });
    let below = query.cursor.map(|cursor| {
        let wrong = |_| Problem::field("cursor", "This is no cursor of ours. Begin without one.");
        cursor.parse().map_err(wrong)
    });
    let wanted = ListDeliveries {
        state: state.transpose()?,
        event: query.event.filter(|event| !event.is_empty()),
        below: below.transpose()?,
    };
    let listed = deliveries::ask(env, &actor.tenant, stored.place(), &wanted).await?;
    http::page(listed.deliveries, listed.next.map(|next| next.to_string()))
}

async fn look(env: &Env, actor: &Actor, stored: &Stored, id: &EventId) -> Result<DeliveryDetail, Failure> {
    let message = LookAtDelivery { id: id.clone() };
    let mut detail = deliveries::ask(env, &actor.tenant, stored.place(), &message).await?;
    if stored.endpoint.kind == EndpointKind::Hook {
        hooks::show(env, actor, &mut detail).await?;
    }
    Ok(detail)
}

/// A secret as it is shown, and as it is stored.
pub fn new_secret(env: &Env, id: &EndpointId) -> Result<(String, StoredSecret), Failure> {
    let secret = signature::secret(random::bytes());
    let sealed = seal::seal(env, SEAL, id.as_str(), &secret)?;
    Ok((secret, StoredSecret { sealed, set_at: clock::now_ms(), until: None }))
}

/// An address that signed events can be sent to.
///
/// # Errors
/// `address_refused` for the field.
pub fn address(env: &Env, field: &str, given: &str) -> Result<String, Problem> {
    let refused =
        |message: &str| Problem { field: Some(field.into()), ..Problem::new(Code::AddressRefused, message) };
    let url = Url::parse(given.trim())
        .map_err(|_| refused("Give the whole address, as in https://example.com/hooks/frontdesk."))?;
    let local = local_hosts(env);
    guard::check(&url, &local).map_err(|error| refused(&error.to_string()))?;
    let named =
        format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default());
    if url.scheme() == "http" && !local.contains(&named) {
        let message = "The address begins with http://, where anybody on the way could read what is sent. Use https://.";
        return Err(refused(message));
    }
    Ok(url.into())
}

/// A receiver that can be stored.
async fn accepted(env: &Env, actor: &Actor, mut write: EndpointWrite) -> Result<EndpointWrite, Failure> {
    write.url = address(env, "url", &write.url)?;
    write.description = write.description.trim().to_owned();
    if write.description.chars().count() > MAX_DESCRIPTION {
        let message = format!("Say it in at most {MAX_DESCRIPTION} characters.");
        return Err(Problem::field("description", message).into());
    }
    let delivered: Vec<EventKind> =
        EventKind::ALL.iter().copied().filter(|kind| kind.is_delivered()).collect();
    filters(env, actor, &mut write.events, &mut write.agents, &delivered).await?;
    Ok(write)
}

/// Events and agents that a receiver may name, each once and in order.
///
/// # Errors
/// `invalid` for the first that is none.
pub async fn filters(
    env: &Env,
    actor: &Actor,
    events: &mut Vec<String>,
    agents: &mut Vec<AgentId>,
    allowed: &[EventKind],
) -> Result<(), Failure> {
    for (place, event) in events.iter().enumerate() {
        if !EventKind::named(event).is_some_and(|kind| allowed.contains(&kind)) {
            let known: Vec<&str> = allowed.iter().map(|kind| kind.as_str()).collect();
            let message = format!("There is no such event here. There are {}.", known.join(", "));
            return Err(Problem::field(&format!("events[{place}]"), message).into());
        }
    }
    events.sort_unstable();
    events.dedup();
    if !agents.is_empty() {
        let rows = Relational::of(env)?.rows(&store::agents::list(&actor.tenant)).await?;
        let known = rows.iter().map(store::agents::read).collect::<Result<Vec<_>, _>>()?;
        for (place, agent) in agents.iter().enumerate() {
            if !known.iter().any(|known| known.id == *agent) {
                let message = "This workspace has no such agent.";
                return Err(Problem::field(&format!("agents[{place}]"), message).into());
            }
        }
        agents.sort_unstable();
        agents.dedup();
    }
    Ok(())
}
