//! REST hooks: a program subscribes to a kind of event, ends it, and asks for samples, as Zapier does for each Zap. A hook
//! is a receiver of the delivery ledger as a webhook is; members see it beside theirs.

use domain::permissions;
use platform::relational::Relational;
use platform::{Failure, clock, http, random};
use protocol::api::{
    EndpointKind, Hook, HookPayload, KeyHolder, NewHook, TRIGGERS, WEBHOOK_VERSION, WebhookPayload,
};
use protocol::events::EventKind;
use protocol::permission::Permission;
use protocol::routes::RouteId as R;
use protocol::{AgentId, Code, EndpointId, Problem};
use serde::Deserialize;
use store::endpoints::{self, Stored};
use store::{Actor, Who, agents, events};
use worker::{Env, Request, Response};

use super::{found, unhandled, webhooks};
use crate::{audit, auth, hooks};

/// Subscriptions of a workspace.
const MOST: u32 = 100;
/// Samples of a kind of event.
const SAMPLES: u32 = 3;

/// Whose key it is, and what it may do.
pub fn holder(actor: &Actor) -> KeyHolder {
    let scopes = match &actor.who {
        Who::Key { scopes, .. } => scopes.clone(),
        Who::Member { role, .. } => {
            Permission::ALL.iter().copied().filter(|one| permissions::allows(*role, *one)).collect()
        }
    };
    KeyHolder {
        workspace_id: actor.tenant.workspace().clone(),
        workspace_name: actor.workspace_name.clone(),
        name: actor.name().to_owned(),
        api_key_id: match &actor.who {
            Who::Key { id, .. } => Some(id.clone()),
            Who::Member { .. } => None,
        },
        role: actor.role(),
        scopes,
    }
}

pub async fn handle(
    id: R,
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    hook: &str,
) -> Result<Response, Failure> {
    match id {
        R::Hooks => {
            let all = stored(env, actor).await?;
            http::page(all.iter().map(|one| shown(one, None)).collect::<Vec<_>>(), None)
        }
        R::Subscribe => subscribe(request, env, actor).await,
        R::Unsubscribe => {
            let one = webhooks::one(env, actor, &hook.parse()?).await?;
            if one.endpoint.kind != EndpointKind::Hook {
                return Err(Problem::not_found().into());
            }
            webhooks::delete(env, actor, &one).await
        }
        R::HookSamples => http::page(samples(request, env, actor).await?, None),
        _ => Err(unhandled()),
    }
}

async fn stored(env: &Env, actor: &Actor) -> Result<Vec<Stored>, Failure> {
    let rows = Relational::of(env)?.rows(&endpoints::list(&actor.tenant)).await?;
    let mut all = rows.iter().map(endpoints::read).collect::<Result<Vec<_>, _>>()?;
    all.retain(|one| one.endpoint.kind == EndpointKind::Hook);
    Ok(all)
}

fn shown(one: &Stored, secret: Option<String>) -> Hook {
    let of = &one.endpoint;
    Hook {
        id: of.id.clone(),
        target_url: of.url.clone(),
        event: of.events.first().cloned().unwrap_or_default(),
        agent_id: of.agents.first().cloned(),
        created_at: of.created_at,
        secret,
    }
}

/// A kind of event that the actor may be told of.
fn trigger(actor: &Actor, event: &str) -> Result<EventKind, Problem> {
    let known = TRIGGERS.iter().find(|(kind, _)| kind.as_str() == event);
    let (kind, permission) = known.ok_or_else(|| {
        let all: Vec<&str> = TRIGGERS.iter().map(|(kind, _)| kind.as_str()).collect();
        Problem::field("event", format!("There is no such event here. There are {}.", all.join(", ")))
    })?;
    auth::allowed(actor, *permission)?;
    Ok(*kind)
}

async fn own(env: &Env, actor: &Actor, agent: &AgentId, field: &str) -> Result<(), Failure> {
    let row = Relational::of(env)?.first(&agents::one(&actor.tenant, agent)).await?;
    row.map(|_| ()).ok_or_else(|| Problem::field(field, "This workspace has no such agent.").into())
}

async fn subscribe(request: &mut Request, env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let NewHook { target_url, event, agent_id } = http::body(request).await?;
    let event = trigger(actor, event.trim())?;
    let url = webhooks::address(env, "target_url", &target_url)?;
    if let Some(agent) = &agent_id {
        own(env, actor, agent, "agent_id").await?;
    }
    let id = random::id(EndpointId::ordered);
    let (secret, sealed) = webhooks::new_secret(env, &id)?;
    let key = match &actor.who {
        Who::Key { id, .. } => Some(id),
        Who::Member { .. } => None,
    };
    let new = endpoints::NewHook {
        id: &id,
        url: &url,
        event,
        agent: agent_id.as_ref(),
        made_by: actor.name(),
        key,
        secret: &sealed,
        now: clock::now_ms(),
    };
    let mut statements = endpoints::subscribe(&actor.tenant, &new, MOST)?.to_vec();
    let change = audit::change("event", None, Some(event.as_str()));
    statements.push(audit::entry_if_changed(actor, "hook.subscribed", id.as_str(), &url, &[change])?);
    if !Relational::of(env)?.attempt(&statements).await? {
        let message = format!("There are {MOST} subscriptions already. End one that is not needed.");
        return Err(Problem::new(Code::Conflict, message).into());
    }
    let same = |one: &&Stored| {
        let of = &one.endpoint;
        of.url == url && of.agents.first() == agent_id.as_ref() && of.events == [event.as_str()]
    };
    let all = stored(env, actor).await?;
    let one = found(all.iter().find(same))?;
    let secret = (one.endpoint.id == id).then_some(secret);
    Ok(http::data(shown(one, secret))?.with_status(201))
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Query {
    event: String,
    agent: Option<AgentId>,
}

/// What happened last of a kind, as it would be sent; else an example.
async fn samples(request: &Request, env: &Env, actor: &Actor) -> Result<Vec<HookPayload>, Failure> {
    let unread = |_| Problem::field("event", "Name the kind of event, as in event=lead.captured.");
    let Query { event, agent } = request.query().map_err(unread)?;
    let (kind, tenant) = (trigger(actor, &event)?, &actor.tenant);
    if let Some(agent) = &agent {
        own(env, actor, agent, "agent").await?;
    }
    let mut samples = Vec::new();
    let rows = Relational::of(env)?.rows(&events::newest(tenant, kind, agent.as_ref(), SAMPLES)).await?;
    for row in rows {
        let event = events::read_due(&row)?;
        let written = WebhookPayload {
            id: event.id,
            kind,
            version: WEBHOOK_VERSION,
            timestamp: clock::iso(event.at),
            workspace_id: tenant.workspace().clone(),
            agent_id: event.agent,
            subject: event.subject,
            data: serde_json::from_str(&event.data)?,
        };
        samples.extend(hooks::payload(env, tenant, &written).await?);
    }
    if samples.is_empty() {
        samples.push(hooks::example(env, tenant, kind, agent.unwrap_or_else(|| AgentId::from_bits(1))));
    }
    Ok(samples)
}
