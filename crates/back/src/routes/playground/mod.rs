//! The playground: the pipeline visitors get, over a draft or a version, with everything it did. Nothing is
//! stored but the calls of tools and what a member says of an answer, nothing is counted, nothing is billed.

mod lookup;
mod rehearsal;

use futures::channel::mpsc;
use futures::stream::{self, StreamExt};
use platform::relational::Relational;
use platform::{Failure, clock, http, random};
use protocol::agent::AgentSnapshot;
use protocol::api::{PlaygroundEvent, PlaygroundFeedback, PlaygroundRequest, SearchRequest};
use protocol::routes::RouteId;
use protocol::{AgentId, Problem, TurnId};
use store::{Actor, Who, agents, team, versions};
use worker::{Env, Request, Response};

use super::{done, found};
use crate::{auth, rules, tools};

/// Questions a minute of one member or key: each may cost a model's answer.
const QUESTIONS: u32 = 30;
/// Searches a minute: each costs an embedding at most.
const SEARCHES: u32 = 1_200;
const MAX_REASON: usize = 1_000;
const MAX_TEXT: usize = 20_000;

pub async fn handle(
    id: RouteId,
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    agent: &str,
) -> Result<Response, Failure> {
    let agent: AgentId = agent.parse()?;
    match id {
        RouteId::Playground => ask(request, env, actor, &agent).await,
        RouteId::SearchAgent => search(request, env, actor, &agent).await,
        RouteId::PlaygroundFeedback => note(request, env, actor, &agent).await,
        _ => Err(super::unhandled()),
    }
}

async fn ask(request: &mut Request, env: &Env, actor: &Actor, agent: &AgentId) -> Result<Response, Failure> {
    let arrived_ms = clock::ticks_ms();
    let database = Relational::of(env)?;
    let row = found(database.first(&agents::one(&actor.tenant, agent)).await?)?;
    let body: PlaygroundRequest = http::body(request).await?;
    let question = domain::question::accept(&body.question)?;
    let mut snapshot = match body.version {
        None => agents::read_draft(&row)?,
        Some(version) => {
            let row = database.first(&versions::one(&actor.tenant, agent, version)).await?;
            let row =
                row.ok_or_else(|| Problem::field("version", "There is no such version of this agent."))?;
            versions::read_snapshot(&row)?
        }
    };
    if let Some(model) = body.model {
        if !super::agents::models(env).iter().any(|option| option.model == model) {
            return Err(Problem::field("model", "This installation does not offer this model.").into());
        }
        (snapshot.models, snapshot.simple_model) = (vec![model], None);
    }
    auth::limit(env, &format!("playground {}", subject(actor)), QUESTIONS).await?;
    // Stored drafts and versions carry the name of then; visitors see that of now.
    let snapshot = AgentSnapshot { workspace_name: actor.workspace_name.clone(), ..snapshot };
    let snapshot = tools::with_specs(env, &actor.tenant, snapshot).await?;
    let row = found(database.first(&team::models(&actor.tenant)).await?)?;
    let snapshot = snapshot.or_models(team::read_models(&row)?);
    // Not a part of any version: visitors of all of them see those of now.
    let snapshot = rules::with_ctas(env, &actor.tenant, snapshot).await?;
    let (events, received) = mpsc::unbounded();
    let rehearsal =
        rehearsal::Rehearsal { env: env.clone(), agent: snapshot, page_url: body.page_url, events };
    let run_id = random::id(TurnId::ordered);
    // The answer is driven by whoever reads the stream: a reader that leaves ends it.
    let work = rehearsal.run(run_id, question, body.earlier, arrived_ms);
    let driver = stream::once(work).filter_map(|()| async { None });
    let lines = stream::select(received, driver).map(|event| encode(&event));
    let mut response = Response::from_stream(lines)?;
    let headers = response.headers_mut();
    headers.set("Content-Type", "text/event-stream")?;
    headers.set("X-Accel-Buffering", "no")?;
    Ok(response)
}

async fn search(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    agent: &AgentId,
) -> Result<Response, Failure> {
    let database = Relational::of(env)?;
    let row = found(database.first(&agents::one(&actor.tenant, agent)).await?)?;
    let body: SearchRequest = http::body(request).await?;
    let snapshot = agents::read_draft(&row)?;
    auth::limit(env, &format!("search {}", subject(actor)), SEARCHES).await?;
    http::data(lookup::find(env, &snapshot, &body).await?)
}

fn encode(event: &PlaygroundEvent) -> worker::Result<Vec<u8>> {
    let json = serde_json::to_string(event).map_err(|error| worker::Error::RustError(error.to_string()))?;
    Ok(format!("data: {json}\n\n").into_bytes())
}

fn subject(actor: &Actor) -> &str {
    match &actor.who {
        Who::Member { user_id, .. } => user_id.as_str(),
        Who::Key { id, .. } => id.as_str(),
    }
}

async fn note(request: &mut Request, env: &Env, actor: &Actor, agent: &AgentId) -> Result<Response, Failure> {
    let database = Relational::of(env)?;
    found(database.first(&agents::one(&actor.tenant, agent)).await?)?;
    let feedback: PlaygroundFeedback = http::body(request).await?;
    let long = |text: &str, most: usize| text.chars().count() > most;
    if long(&feedback.reason, MAX_REASON) {
        return Err(Problem::field("reason", format!("At most {MAX_REASON} characters.")).into());
    }
    if long(&feedback.question, MAX_TEXT) || long(&feedback.answer, MAX_TEXT) {
        return Err(Problem::field("answer", format!("At most {MAX_TEXT} characters.")).into());
    }
    let statement = agents::note_playground(&actor.tenant, agent, subject(actor), &feedback, clock::now_ms());
    database.batch(&[statement]).await?;
    done()
}
