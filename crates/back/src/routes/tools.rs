//! Tools: listed, written, tried. A change is brought to the edges of the agents that use the tool; secrets are
//! sealed, and belong to the system they were entered for.

use domain::{diff, tools as rules};
use ingest::address::guard;
use platform::relational::Relational;
use platform::{Failure, clock, http, random};
use protocol::api::{
    LiveCall, Tool, ToolAuthKind, ToolContent, ToolEffect, ToolRun, ToolRunState, ToolTrial, ToolWrite,
};
use protocol::permission::Permission;
use protocol::routes::RouteId as R;
use protocol::{Code, Problem, ToolId, ToolRunId};
use serde::Deserialize;
use store::tools::StoredAuth;
use store::{Actor, Statement, team, tools};
use url::Url;
use worker::{Env, Request, Response};

use super::{catalogue, done, found};
use crate::crawl::local_hosts;
use crate::tools::{self as runner, Caller, check_schema, sealed};
use crate::{audit, auth, edge, live};

/// Calls of one page of the history.
const PAGE: usize = 30;
/// Trials a minute of one member or key: each calls somebody else's system.
const TRIALS: u32 = 30;

pub async fn handle(
    id: R,
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    tool: &str,
) -> Result<Response, Failure> {
    match id {
        R::Tools => return list(env, actor).await,
        R::CreateTool => return create(request, env, actor).await,
        R::ToolCatalogue => return catalogue::offers(env, actor).await,
        R::EnableTool => return catalogue::enable(request, env, actor).await,
        _ => {}
    }
    let tool: ToolId = tool.parse()?;
    match id {
        R::Tool => http::data(runner::one(env, &actor.tenant, &tool).await?.0),
        R::UpdateTool => update(request, env, actor, &tool).await,
        R::DeleteTool => delete(env, actor, &tool).await,
        R::TryTool => attempt(request, env, actor, &tool).await,
        R::ToolRuns => runs(request, env, actor, &tool).await,
        _ => Err(super::unhandled()),
    }
}

/// The tools of the actor's workspace.
pub(super) async fn all(env: &Env, actor: &Actor) -> Result<Vec<Tool>, Failure> {
    let rows = Relational::of(env)?.rows(&tools::list(&actor.tenant, clock::now_ms())).await?;
    rows.iter().map(|row| Ok(tools::read(row)?.0)).collect()
}

async fn list(env: &Env, actor: &Actor) -> Result<Response, Failure> {
    http::page(all(env, actor).await?, None)
}

async fn create(request: &mut Request, env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let ToolWrite { content, auth } = http::body(request).await?;
    let content = accepted(env, actor, content, None).await?;
    let auth = auth.filter(|_| content.live.is_none());
    let id = random::id(ToolId::ordered);
    let secret = auth.map(|auth| sealed(env, &id, auth)).transpose()?.flatten();
    safe(env, &content, secret.as_ref())?;
    with_room(&all(env, actor).await?)?;
    let mut statements =
        tools::create(&actor.tenant, &id, &content, secret.as_ref(), rules::MOST, clock::now_ms())?.to_vec();
    let changes = [audit::change("url", None, Some(&content.url)), auth_change(None, secret.as_ref())];
    statements.push(audit::entry(actor, "tool.created", id.as_str(), &content.name, &changes)?);
    if !Relational::of(env)?.attempt(&statements).await? {
        return Err(name_taken());
    }
    http::data(runner::one(env, &actor.tenant, &id).await?.0)
}

/// Whether one more tool fits beside those of a workspace.
pub(super) fn with_room(others: &[Tool]) -> Result<(), Failure> {
    if u32::try_from(others.len()).unwrap_or(u32::MAX) < rules::MOST {
        return Ok(());
    }
    let message = format!("There are {} tools already. Delete one that is not needed.", rules::MOST);
    Err(Problem::new(Code::Conflict, message).into())
}

async fn update(request: &mut Request, env: &Env, actor: &Actor, id: &ToolId) -> Result<Response, Failure> {
    let (before, had) = runner::one(env, &actor.tenant, id).await?;
    let ToolWrite { content, auth } = http::body(request).await?;
    if before.catalogue.is_some() {
        rules::catalogue::keeps_definition(&before.content, &content)?;
    }
    let content = accepted(env, actor, content, before.content.live.as_ref()).await?;
    let secret = match auth {
        _ if content.live.is_some() => None,
        Some(auth) => sealed(env, id, auth)?,
        None if had.is_some() && origin(&content.url) != origin(&before.content.url) => {
            // Whoever may edit could otherwise have a secret sent to a system of their own.
            let message =
                "The address leads to another system. Enter its secret again, or choose no authentication.";
            return Err(Problem::field("auth", message).into());
        }
        None => had.clone(),
    };
    safe(env, &content, secret.as_ref())?;
    let mut changes =
        diff::changes(&serde_json::to_value(&before.content)?, &serde_json::to_value(&content)?);
    if had.as_ref().map(|had| had.set_at) != secret.as_ref().map(|now| now.set_at) {
        changes.push(auth_change(had.as_ref(), secret.as_ref()));
    }
    if changes.is_empty() {
        return http::data(before);
    }
    let now = clock::now_ms();
    let statements = [
        tools::update(&actor.tenant, id, &content, secret.as_ref(), now)?,
        audit::entry_if_changed(actor, "tool.changed", id.as_str(), &content.name, &changes)?,
    ];
    changed(env, actor, &statements).await?;
    http::data(runner::one(env, &actor.tenant, id).await?.0)
}

async fn delete(env: &Env, actor: &Actor, id: &ToolId) -> Result<Response, Failure> {
    let (tool, _) = runner::one(env, &actor.tenant, id).await?;
    let noted = audit::entry_if_changed(actor, "tool.deleted", id.as_str(), &tool.content.name, &[])?;
    changed(env, actor, &[tools::delete(&actor.tenant, id), noted]).await?;
    done()
}

/// A change with what goes with every change: published agents are told what their tools are now.
async fn changed(env: &Env, actor: &Actor, statements: &[Statement]) -> Result<(), Failure> {
    let mut all = statements.to_vec();
    all.push(team::republish(&actor.tenant, clock::now_ms()));
    if !Relational::of(env)?.attempt(&all).await? {
        return Err(name_taken());
    }
    edge::ring_due(env, &actor.tenant).await
}

async fn attempt(request: &mut Request, env: &Env, actor: &Actor, id: &ToolId) -> Result<Response, Failure> {
    let (tool, secret) = runner::one(env, &actor.tenant, id).await?;
    let trial: ToolTrial = http::body(request).await?;
    auth::limit(env, &format!("tool {}", actor.tenant.workspace()), TRIALS).await?;
    let (arguments, by) = (trial.arguments.to_string(), Caller::Member(actor.name()));
    http::data(runner::run(env, &actor.tenant, &tool, secret.as_ref(), &arguments, by).await?)
}

#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    cursor: Option<String>,
    #[serde(default)]
    state: Option<ToolRunState>,
}

async fn runs(request: &Request, env: &Env, actor: &Actor, id: &ToolId) -> Result<Response, Failure> {
    let database = Relational::of(env)?;
    found(database.first(&tools::one(&actor.tenant, id, 0.0)).await?)?;
    let wrong = || Problem::field("cursor", "This is no cursor of ours. Begin without one.");
    let query: Query = request
        .query()
        .map_err(|_| Problem::field("state", "A state is one of running, succeeded, failed and refused."))?;
    let after: Option<(f64, ToolRunId)> = query
        .cursor
        .map(|cursor| {
            let (at, id) = cursor.split_once('.').ok_or_else(wrong)?;
            Ok::<_, Problem>((at.parse().map_err(|_| wrong())?, id.parse().map_err(|_| wrong())?))
        })
        .transpose()?;
    let limit = u32::try_from(PAGE + 1).unwrap_or(u32::MAX);
    let place = after.as_ref().map(|(at, id)| (*at, id));
    let rows = database.rows(&tools::runs(&actor.tenant, id, query.state, place, limit)).await?;
    let mut listed: Vec<ToolRun> = rows.iter().map(tools::read_run).collect::<Result<_, _>>()?;
    let more = listed.len() > PAGE;
    listed.truncate(PAGE);
    let next = listed.last().filter(|_| more).map(|last| format!("{:.0}.{}", last.at, last.id));
    http::page(listed, next)
}

/// A definition that can be stored.
pub(super) async fn accepted(
    env: &Env,
    actor: &Actor,
    mut content: ToolContent,
    before: Option<&LiveCall>,
) -> Result<ToolContent, Failure> {
    content.name = content.name.trim().to_owned();
    content.title = content.title.trim().to_owned();
    content.description = content.description.trim().to_owned();
    if content.live.is_some() {
        // What follows from the service replaces what was written of it.
        (content.effect, content.headers) = (ToolEffect::Reads, Vec::new());
    }
    rules::check(&content)?;
    if let Some(asked) = &content.live {
        if before.is_some_and(|before| before.operation != asked.operation) {
            let message = "A tool keeps what it asks. Add another one instead.";
            return Err(Problem::field("content.live.operation", message).into());
        }
        let is_new = before != Some(asked);
        if is_new {
            // What a connected service may be asked is for those who may connect it.
            if !actor.may(Permission::IntegrationsWrite) {
                let message = "Owners and admins decide what a connected service is asked. Ask one of them.";
                return Err(Problem::new(Code::Forbidden, message).into());
            }
            auth::limit(env, &format!("integration {}", actor.tenant.workspace()), TRIALS).await?;
        }
        live::complete(env, &actor.tenant, &mut content, is_new).await?;
        return Ok(content);
    }
    if before.is_some() {
        let message = "A connected service answers this tool. Add another one for an address.";
        return Err(Problem::field("content.live", message).into());
    }
    check_schema(&content.schema)?;
    let refused = |message: String| Problem {
        field: Some("content.url".into()),
        ..Problem::new(Code::AddressRefused, message)
    };
    let url = Url::parse(content.url.trim())
        .map_err(|_| refused("Give the whole address, as in https://example.com/webhook/orders.".into()))?;
    guard::check(&url, &local_hosts(env)).map_err(|error| refused(error.to_string()))?;
    content.url = url.into();
    Ok(content)
}

/// A secret is not sent where anybody on the way could read it; a signature is none.
pub(super) fn safe(env: &Env, content: &ToolContent, secret: Option<&StoredAuth>) -> Result<(), Failure> {
    let sent = secret.is_some_and(|secret| secret.kind != ToolAuthKind::Signature);
    let plain = Url::parse(&content.url).is_ok_and(|url| {
        let named = format!(
            "{}:{}",
            url.host_str().unwrap_or_default(),
            url.port_or_known_default().unwrap_or_default()
        );
        url.scheme() == "http" && !local_hosts(env).contains(&named)
    });
    if sent && plain {
        let message =
            "The address begins with http://, where anybody on the way could read the secret. Use https://.";
        return Err(Problem::field("content.url", message).into());
    }
    Ok(())
}

fn origin(url: &str) -> Option<url::Origin> {
    Url::parse(url).ok().map(|url| url.origin())
}

/// What a secret was replaced by, for the audit log.
pub(super) fn auth_change(before: Option<&StoredAuth>, after: Option<&StoredAuth>) -> protocol::api::Change {
    let words = |auth: &StoredAuth| match auth.kind {
        ToolAuthKind::None => "none".to_owned(),
        ToolAuthKind::Bearer => "bearer token".to_owned(),
        ToolAuthKind::Header => format!("header {}", auth.name),
        ToolAuthKind::Basic => format!("password of {}", auth.name),
        ToolAuthKind::Signature => "signature".to_owned(),
        ToolAuthKind::Query => format!("parameter {}", auth.name),
    };
    let (before, after) = (before.map(words), after.map(words));
    audit::change("authentication", before.as_deref(), after.as_deref().or(Some("none")))
}

/// Two tools of a workspace would have one name.
pub(super) fn name_taken() -> Failure {
    let message = "Another tool has this name. Models tell tools apart by it, so choose another one.";
    Problem { field: Some("content.name".into()), ..Problem::new(Code::Conflict, message) }.into()
}
