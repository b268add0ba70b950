//! The installation's catalogue of tools: its operator keeps the definitions, workspaces enable them with addresses of
//! their own. A change of an entry is a change of every tool that has it, and edges are told as of any.

use domain::tools::{MOST, catalogue as rules};
use platform::relational::Relational;
use platform::{Failure, clock, http, queue, random};
use protocol::api::{CatalogueEntry, CatalogueOffer, CatalogueWrite, EnableTool};
use protocol::internal::Bell;
use protocol::routes::RouteId as R;
use protocol::{Code, Problem, ToolId};
use store::{Actor, catalogue, tools};
use worker::{Env, Request, Response};

use super::done;
use super::tools::{accepted, all, auth_change, name_taken, safe, with_room};
use crate::audit;
use crate::tools::{check_schema, one as tool, sealed};

/// Agents whose edges are told at once after a change; the schedule tells the rest.
const RUNG: u32 = 500;

/// What the operator asks for.
pub async fn handle(id: R, request: &mut Request, env: &Env, name: &str) -> Result<Response, Failure> {
    match id {
        R::Catalogue => list(env).await,
        R::PutCatalogueEntry => put(request, env, name).await,
        R::DeleteCatalogueEntry => delete(env, name).await,
        _ => Err(super::unhandled()),
    }
}

async fn list(env: &Env) -> Result<Response, Failure> {
    let rows = Relational::of(env)?.rows(&catalogue::list()).await?;
    let entries: Vec<CatalogueEntry> = rows.iter().map(catalogue::read).collect::<Result<_, _>>()?;
    http::page(entries, None)
}

async fn one(env: &Env, name: &str) -> Result<CatalogueEntry, Failure> {
    let row = Relational::of(env)?.first(&catalogue::one(name)).await?;
    Ok(catalogue::read(&row.ok_or_else(Problem::not_found)?)?)
}

async fn put(request: &mut Request, env: &Env, name: &str) -> Result<Response, Failure> {
    let CatalogueWrite { mut content } = http::body(request).await?;
    for text in [&mut content.title, &mut content.explanation, &mut content.description] {
        *text = text.trim().to_owned();
    }
    rules::check_entry(name, &content)?;
    check_schema(&content.schema)?;
    let database = Relational::of(env)?;
    database.batch(&catalogue::put(name, &content, clock::now_ms())?).await?;
    for row in database.rows(&catalogue::due_agents(name, RUNG)).await? {
        let (workspace_id, agent_id) = catalogue::read_agent(&row)?;
        queue::ring(env, "JOBS", &Bell::Edge { workspace_id, agent_id }).await;
    }
    http::data(one(env, name).await?)
}

async fn delete(env: &Env, name: &str) -> Result<Response, Failure> {
    let changed = Relational::of(env)?.change(&catalogue::delete(name)).await?;
    if changed.last() != Some(&1) {
        return Err(Problem::not_found().into());
    }
    done()
}

/// The catalogue with which of it is enabled in the actor's workspace.
pub async fn offers(env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let rows = Relational::of(env)?.rows(&catalogue::offers(&actor.tenant)).await?;
    let offers: Vec<CatalogueOffer> = rows.iter().map(catalogue::read_offer).collect::<Result<_, _>>()?;
    http::page(offers, None)
}

/// Makes a tool of the actor's workspace that has the definition of an entry.
pub async fn enable(request: &mut Request, env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let EnableTool { entry, url, headers, auth, needs_approval } = http::body(request).await?;
    let entry = one(env, &entry).await?;
    let others = all(env, actor).await?;
    if let Some(known) = others.iter().find(|known| known.content.name == entry.name) {
        let message = match known.catalogue {
            Some(_) => "This tool is enabled already. Change its address on its page.".to_owned(),
            None => format!(
                "A tool of your own is called {} already, and models tell tools apart by their names. Rename or delete \
                 it first.",
                entry.name
            ),
        };
        return Err(Problem::new(Code::Conflict, message).into());
    }
    with_room(&others)?;
    let needs_approval = needs_approval.unwrap_or(entry.content.needs_approval);
    let content = rules::tool(&entry.name, entry.content, url, headers, needs_approval);
    let content = accepted(env, actor, content, None).await.map_err(of_body)?;
    let id = random::id(ToolId::ordered);
    let secret = auth.map(|auth| sealed(env, &id, auth)).transpose()?.flatten();
    safe(env, &content, secret.as_ref()).map_err(of_body)?;
    let mut statements =
        tools::enable(&actor.tenant, &id, &content, secret.as_ref(), MOST, clock::now_ms())?.to_vec();
    let changes = [audit::change("url", None, Some(&content.url)), auth_change(None, secret.as_ref())];
    statements.push(audit::entry_if_changed(actor, "tool.enabled", id.as_str(), &content.name, &changes)?);
    if !Relational::of(env)?.attempt(&statements).await? {
        return Err(name_taken());
    }
    http::data(tool(env, &actor.tenant, &id).await?.0)
}

/// A problem of a tool's content at the place where the body of [`enable`] has it.
fn of_body(failure: Failure) -> Failure {
    match failure {
        Failure::Problem(mut problem) => {
            let field = problem.field.take();
            problem.field = field.map(|field| field.strip_prefix("content.").unwrap_or(&field).to_owned());
            Failure::Problem(problem)
        }
        other => other,
    }
}
