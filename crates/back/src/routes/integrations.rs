//! Integrations: connected, changed, tried and disconnected. A secret is stored once its service has answered a real call
//! with it, sealed, and never returned.

use domain::diff;
use futures::future::join_all;
use platform::relational::Relational;
use platform::{Failure, clock, http, log, random};
use protocol::api::{
    Authorize, EndpointStatus, EndpointWrite, Integration, IntegrationConnect, IntegrationKind as Kind,
    IntegrationSecret, IntegrationSettings, IntegrationUpdate, Integrations,
};
use protocol::internal::{AskEndpoint, ForgetEndpoint, SwitchEndpoint};
use protocol::routes::RouteId as R;
use protocol::{AgentId, Code, EndpointId, IntegrationId, Problem, ToolId};
use serde::Deserialize;
use store::integrations::{self, Stored};
use store::{Actor, Statement, endpoints, team, tools};
use worker::{Env, Request, Response};

use super::{done, found, unhandled, webhooks};
use crate::integrations::{self as services, Connected, Secret, hubspot, refused, routing, slack};
use crate::{audit, auth, deliveries, edge, live, mail};

/// Integrations of a workspace.
const MOST: u32 = 30;
/// Connections tried a minute by one workspace: each calls somebody else's system.
const TRIALS: u32 = 30;
const CALLBACK: &str = "/v1/integrations/hubspot/callback";
const PAGE: &str = "/app/settings/integrations";

pub async fn handle(
    id: R,
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    integration: &str,
) -> Result<Response, Failure> {
    match id {
        R::Integrations => return list(env, actor).await,
        R::ConnectIntegration => return connect(request, env, actor).await,
        R::AuthorizeHubspot => return authorize(request, env).await,
        R::HubspotCallback => return callback(request, env, actor).await,
        _ => {}
    }
    let stored = one(env, actor, &integration.parse()?).await?;
    match id {
        R::Integration => http::data(with_status(env, actor, stored).await),
        R::UpdateIntegration => update(request, env, actor, stored).await,
        R::VerifyIntegration => verify(env, actor, stored).await,
        R::IntegrationFields => {
            if stored.integration.kind != Kind::Hubspot {
                return Err(Problem::not_found().into());
            }
            let connected = Connected::open(env, &actor.tenant, stored)?;
            http::data(hubspot::fields(env, &actor.tenant, &connected).await?)
        }
        R::DisconnectIntegration => disconnect(env, actor, stored).await,
        _ => Err(unhandled()),
    }
}

async fn one(env: &Env, actor: &Actor, id: &IntegrationId) -> Result<Stored, Failure> {
    let row = Relational::of(env)?.first(&integrations::one(&actor.tenant, id)).await?;
    Ok(integrations::read(&found(row)?)?)
}

/// An integration with how its deliveries go; without that where its object does not answer.
async fn with_status(env: &Env, actor: &Actor, stored: Stored) -> Integration {
    let mut one = stored.integration;
    if let Some(endpoint) = &one.endpoint_id {
        match deliveries::ask(env, &actor.tenant, (endpoint, stored.jurisdiction), &AskEndpoint {}).await {
            Ok(status) => one.status = status,
            Err(failure) => log::error("endpoint_silent", Some(endpoint.as_str()), &failure.to_string()),
        }
        let times = [one.last_ok_at, one.status.last_success_at];
        one.last_ok_at = times.into_iter().flatten().reduce(f64::max);
    }
    one
}

async fn list(env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let rows = Relational::of(env)?.rows(&integrations::list(&actor.tenant)).await?;
    let stored = rows.iter().map(integrations::read).collect::<Result<Vec<_>, _>>()?;
    let integrations = join_all(stored.into_iter().map(|one| with_status(env, actor, one))).await;
    http::data(Integrations { integrations, hubspot: hubspot::is_offered(env) })
}

async fn limited(env: &Env, actor: &Actor) -> Result<(), Failure> {
    auth::limit(env, &format!("integration {}", actor.tenant.workspace()), TRIALS).await
}

async fn connect(request: &mut Request, env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let IntegrationConnect { kind, secret, settings, mut events, mut agents } = http::body(request).await?;
    if kind == Kind::Hubspot {
        let message =
            "HubSpot is connected by signing in there: begin with POST /v1/integrations/hubspot/authorize.";
        return Err(refused("kind", message));
    }
    webhooks::filters(env, actor, &mut events, &mut agents, kind.events()).await?;
    let settings = accepted(env, actor, kind, settings).await?;
    let secret = given(env, actor, kind, secret)?;
    limited(env, actor).await?;
    let draft = draft(kind, settings, events, agents);
    http::data(store(env, actor, draft, secret).await?)
}

fn draft(
    kind: Kind,
    settings: IntegrationSettings,
    events: Vec<String>,
    agents: Vec<AgentId>,
) -> Integration {
    let now = clock::now_ms();
    let told = !kind.events().is_empty();
    Integration {
        id: random::id(IntegrationId::ordered),
        kind,
        name: String::new(),
        settings,
        endpoint_id: told.then(|| random::id(EndpointId::ordered)),
        // An empty list of a receiver hears everything, and this one understands only these.
        events: if events.is_empty() { all_of(kind) } else { events },
        agents,
        enabled: true,
        disabled_reason: None,
        last_ok_at: Some(now),
        last_error: String::new(),
        created_at: now,
        edited_at: now,
        status: EndpointStatus::default(),
    }
}

fn all_of(kind: Kind) -> Vec<String> {
    kind.events().iter().map(|event| event.as_str().to_owned()).collect()
}

/// Calls the service, then stores the integration with its audit line.
async fn store(
    env: &Env,
    actor: &Actor,
    draft: Integration,
    secret: Option<Secret>,
) -> Result<Integration, Failure> {
    let mut connected = Connected { integration: draft, secret, sealed: None };
    connected.integration.name = services::verify(env, &actor.tenant, &connected).await?;
    let new = &connected.integration;
    let sealed =
        connected.secret.as_ref().map(|secret| secret.sealed(env, &actor.tenant, &new.id)).transpose()?;
    let mut statements = integrations::create(&actor.tenant, new, sealed.as_deref(), MOST)?;
    let changes = diff::changes(&serde_json::json!({}), &shown(new)?);
    statements.push(audit::entry(
        actor,
        "integration.connected",
        new.id.as_str(),
        new.kind.title(),
        &changes,
    )?);
    statements.extend(tools_of(env, actor, new).await?);
    if !Relational::of(env)?.attempt(&statements).await? {
        let message = format!("There are {MOST} integrations already. Disconnect one that is not needed.");
        return Err(Problem::new(Code::Conflict, message).into());
    }
    Ok(connected.integration)
}

/// The tools that a shop answers, under names that nothing has yet.
async fn tools_of(env: &Env, actor: &Actor, new: &Integration) -> Result<Vec<Statement>, Failure> {
    let mut made = live::tools(new.kind, &new.id, &new.name);
    let taken: Vec<String> = match made.is_empty() {
        true => return Ok(Vec::new()),
        false => {
            let rows = Relational::of(env)?.rows(&tools::list(&actor.tenant, clock::now_ms())).await?;
            rows.iter().map(|row| Ok(tools::read(row)?.0.content.name)).collect::<Result<_, Failure>>()?
        }
    };
    let mut statements = Vec::new();
    for content in &mut made {
        let name = content.name.clone();
        let names = (1..).map(|n: u32| if n == 1 { name.clone() } else { format!("{name}_{n}") });
        content.name = names.into_iter().find(|name| !taken.contains(name)).unwrap_or(name.clone());
        live::settle(content, new);
        let id = random::id(ToolId::ordered);
        statements.extend(tools::create(
            &actor.tenant,
            &id,
            content,
            None,
            domain::tools::MOST,
            clock::now_ms(),
        )?);
        let changes = [audit::change("url", None, Some(&content.url))];
        statements.push(audit::entry(actor, "tool.created", id.as_str(), &content.name, &changes)?);
    }
    Ok(statements)
}

/// What the audit log compares.
fn shown(one: &Integration) -> Result<serde_json::Value, Failure> {
    let Integration { name, settings, events, agents, enabled, .. } = one;
    Ok(serde_json::json!({
        "name": name, "settings": settings, "events": events, "agents": agents, "enabled": enabled,
    }))
}

async fn accepted(
    env: &Env,
    actor: &Actor,
    kind: Kind,
    settings: IntegrationSettings,
) -> Result<IntegrationSettings, Failure> {
    match kind {
        Kind::Slack | Kind::Shopify | Kind::Woocommerce | Kind::Database => {
            Ok(IntegrationSettings::default())
        }
        Kind::Hubspot => hubspot::accepted(settings),
        Kind::Email => routing::accepted(env, &actor.tenant, settings).await,
    }
}

fn given(
    env: &Env,
    actor: &Actor,
    kind: Kind,
    secret: Option<IntegrationSecret>,
) -> Result<Option<Secret>, Failure> {
    let secret = match (kind, secret) {
        (Kind::Slack, Some(IntegrationSecret::Slack { webhook_url })) => {
            IntegrationSecret::Slack { webhook_url: slack::accepted(env, &webhook_url)? }
        }
        (Kind::Email, None) => return Ok(None),
        (Kind::Shopify, Some(secret @ IntegrationSecret::Shopify { .. }))
        | (Kind::Woocommerce, Some(secret @ IntegrationSecret::Woocommerce { .. }))
        | (Kind::Database, Some(secret @ IntegrationSecret::Database { .. })) => {
            live::accepted(env, &actor.tenant, secret)?
        }
        _ => {
            let message = format!("Enter what {} asks for to let us in.", kind.title());
            return Err(refused("secret", message));
        }
    };
    Ok(Some(Secret::Given(secret)))
}

async fn update(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    before: Stored,
) -> Result<Response, Failure> {
    let IntegrationUpdate { settings, mut events, mut agents, enabled, secret } = http::body(request).await?;
    let kind = before.integration.kind;
    webhooks::filters(env, actor, &mut events, &mut agents, kind.events()).await?;
    let settings = accepted(env, actor, kind, settings).await?;
    let secret = secret.map(|secret| given(env, actor, kind, Some(secret))).transpose()?.flatten();
    let had = before.integration.clone();
    let mut now = Integration {
        settings,
        events: if events.is_empty() { all_of(kind) } else { events },
        agents,
        enabled,
        ..had.clone()
    };
    if kind == Kind::Email {
        now.name = routing::name(&now.settings);
    }
    if kind.is_live() && !enabled {
        let message = "Agents ask this service by its tools: switch those off instead.";
        return Err(refused("enabled", message));
    }
    let (tenant, id) = (&actor.tenant, had.id.clone());
    let mut changes = diff::changes(&shown(&had)?, &shown(&now)?);
    let mut sealed = None;
    if let Some(secret) = secret {
        limited(env, actor).await?;
        let connected = Connected { integration: now.clone(), secret: Some(secret), sealed: None };
        now.name = services::verify(env, tenant, &connected).await?;
        if kind.is_live() && now.name != had.name {
            // Its tools, and what was said of them, are about the other one.
            let message = format!(
                "This leads to {}, and {} is connected here. Connect it as a new one.",
                now.name, had.name
            );
            return Err(refused("secret", message));
        }
        sealed = connected.secret.map(|secret| secret.sealed(env, tenant, &id)).transpose()?;
        changes.push(audit::change("secret", Some("(not shown)"), Some("(not shown)")));
    }
    if changes.is_empty() {
        return http::data(with_status(env, actor, before).await);
    }
    let at = clock::now_ms();
    let mut statements =
        vec![integrations::update(tenant, &id, (&now.name, &now.settings), sealed.as_deref(), at)?];
    statements.push(audit::entry_if_changed(
        actor,
        "integration.changed",
        id.as_str(),
        kind.title(),
        &changes,
    )?);
    if let Some(endpoint) = &now.endpoint_id {
        let write = EndpointWrite {
            url: kind.title().into(),
            description: now.name.clone(),
            events: now.events.clone(),
            agents: now.agents.clone(),
            enabled,
        };
        statements.push(endpoints::update(tenant, endpoint, &write, at)?);
    }
    if sealed.is_some() {
        statements.push(integrations::note(tenant, &id, "", at));
    }
    Relational::of(env)?.batch(&statements).await?;
    if let Some(endpoint) = &now.endpoint_id {
        let place = (endpoint, before.jurisdiction);
        if let Err(failure) = deliveries::ask(env, tenant, place, &SwitchEndpoint { enabled }).await {
            log::error("endpoint_not_told", Some(endpoint.as_str()), &failure.to_string());
        }
    }
    http::data(with_status(env, actor, one(env, actor, &id).await?).await)
}

async fn verify(env: &Env, actor: &Actor, stored: Stored) -> Result<Response, Failure> {
    limited(env, actor).await?;
    let id = stored.integration.id.clone();
    let connected = Connected::open(env, &actor.tenant, stored)?;
    let error = match services::verify(env, &actor.tenant, &connected).await {
        Ok(_) => String::new(),
        Err(Failure::Problem(problem)) => domain::tools::without(&problem.message, &connected.hidden()),
        Err(failure) => return Err(failure),
    };
    services::note(env, &actor.tenant, &id, &error).await?;
    http::data(with_status(env, actor, one(env, actor, &id).await?).await)
}

/// Takes our access back where the service knows how, then forgets everything.
async fn disconnect(env: &Env, actor: &Actor, stored: Stored) -> Result<Response, Failure> {
    let (jurisdiction, integration) = (stored.jurisdiction, stored.integration.clone());
    // What cannot be opened any more can still be forgotten.
    match Connected::open(env, &actor.tenant, stored) {
        Ok(connected) => hubspot::revoke(env, &connected).await,
        Err(failure) => {
            log::error("integration_unreadable", Some(integration.id.as_str()), &failure.to_string())
        }
    }
    let Integration { id, kind, name, endpoint_id, .. } = integration;
    let mut statements = integrations::delete(&actor.tenant, &id).to_vec();
    if kind.is_live() {
        // Published agents are told that its tools are gone.
        statements.insert(0, team::republish(&actor.tenant, clock::now_ms()));
    }
    let change = audit::change("account", Some(&name), None);
    statements.push(audit::entry_if_changed(
        actor,
        "integration.disconnected",
        id.as_str(),
        kind.title(),
        &[change],
    )?);
    Relational::of(env)?.batch(&statements).await?;
    if kind.is_live() {
        edge::ring_due(env, &actor.tenant).await?;
    }
    if let Some(endpoint) = endpoint_id {
        // An object that does not hear it finds its row gone, and forgets everything then.
        let place = (&endpoint, jurisdiction);
        if let Err(failure) = deliveries::ask(env, &actor.tenant, place, &ForgetEndpoint {}).await {
            log::error("endpoint_not_forgotten", Some(endpoint.as_str()), &failure.to_string());
        }
    }
    done()
}

async fn authorize(request: &Request, env: &Env) -> Result<Response, Failure> {
    let back = format!("{}{CALLBACK}", mail::base(request, env)?);
    if !hubspot::is_offered(env) {
        let message = "This installation is not registered with HubSpot. Its operator sets HUBSPOT_CLIENT_ID and the secret \
                       HUBSPOT_CLIENT_SECRET.";
        return Err(Problem::new(Code::Conflict, message).into());
    }
    let session = auth::account(request, env).await?.session_id;
    http::data(Authorize { url: hubspot::authorize(env, session.as_str(), &back)? })
}

#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
}

/// Comes back to the dashboard, whatever happened; the address says what, without a word of theirs.
async fn callback(request: &Request, env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let said = match come_back(request, env, actor).await {
        Ok(()) => "connected=hubspot",
        Err(Failure::Problem(problem)) if problem.field.as_deref() == Some("state") => "problem=state",
        Err(Failure::Problem(problem)) if problem.field.as_deref() == Some("code") => "problem=denied",
        Err(failure) => {
            log::error("hubspot_not_connected", None, &failure.to_problem().message);
            "problem=failed"
        }
    };
    let mut response = Response::empty()?.with_status(302);
    response.headers_mut().set("Location", &format!("{PAGE}?{said}"))?;
    Ok(response)
}

async fn come_back(request: &Request, env: &Env, actor: &Actor) -> Result<(), Failure> {
    let session = auth::account(request, env).await?.session_id;
    let Query { code, state } = request.query().map_err(|_| refused("code", "There is no code."))?;
    if !hubspot::is_state(env, session.as_str(), &state) {
        return Err(refused("state", "Somebody else began this, or it took too long. Connect again."));
    }
    if code.is_empty() {
        return Err(refused("code", "HubSpot was not allowed to let us in."));
    }
    let back = format!("{}{CALLBACK}", mail::base(request, env)?);
    let tokens = Secret::Hubspot(hubspot::exchange(env, &code, &back).await?);
    let mut fresh = Connected {
        integration: draft(Kind::Hubspot, hubspot::usual(), Vec::new(), Vec::new()),
        secret: Some(tokens.clone()),
        sealed: None,
    };
    fresh.integration.name = services::verify(env, &actor.tenant, &fresh).await?;
    let (tenant, database) = (&actor.tenant, Relational::of(env)?);
    let rows = database.rows(&integrations::list(tenant)).await?;
    let known = rows.iter().map(integrations::read).collect::<Result<Vec<_>, _>>()?;
    let same = |one: &&Stored| {
        one.integration.kind == Kind::Hubspot && one.integration.name == fresh.integration.name
    };
    // The same account again is the same connection, with new tokens.
    let Some(Stored { integration, .. }) = known.iter().find(same) else {
        return store(env, actor, fresh.integration, Some(tokens)).await.map(|_| ());
    };
    let (id, at) = (&integration.id, clock::now_ms());
    let sealed = tokens.sealed(env, tenant, id)?;
    let change = audit::change("secret", Some("(not shown)"), Some("(not shown)"));
    let settings = (integration.name.as_str(), &integration.settings);
    let statements = [
        integrations::update(tenant, id, settings, Some(&sealed), at)?,
        audit::entry_if_changed(actor, "integration.changed", id.as_str(), Kind::Hubspot.title(), &[change])?,
        integrations::note(tenant, id, "", at),
    ];
    database.batch(&statements).await
}
