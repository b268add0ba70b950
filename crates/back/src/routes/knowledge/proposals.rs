//! Curated answers that the content proposes: listed, approved, dismissed.

use domain::curated::{self as matching, MOST};
use platform::relational::Relational;
use platform::{Failure, clock, http, random};
use protocol::api::{CuratedApproval, CuratedContent, CuratedProposal, Done};
use protocol::{AgentId, Code, CuratedId, Problem, ProposalId};
use serde::Deserialize;
use store::curated::Words;
use store::{Actor, agents, curated, proposals};
use worker::{Env, Request, Response};

use super::curated::{MAX_BODY, change, name};
use crate::audit;
use crate::proposals::settled;
use crate::routes::found;

const PAGE: usize = 50;

#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    cursor: Option<String>,
}

pub async fn list(request: &Request, env: &Env, actor: &Actor, agent: &str) -> Result<Response, Failure> {
    let agent: AgentId = agent.parse()?;
    let database = Relational::of(env)?;
    found(database.first(&agents::one(&actor.tenant, &agent)).await?)?;
    let query: Query =
        request.query().map_err(|_| Problem::field("cursor", "The only parameter is cursor."))?;
    let cursor = query.cursor.as_deref().map(place).transpose()?;
    let after = cursor.as_ref().map(|(at, id)| (*at, id));
    let limit = u32::try_from(PAGE + 1).unwrap_or(u32::MAX);
    let rows = database.rows(&proposals::list(&actor.tenant, &agent, after, limit)).await?;
    let mut all = rows.iter().map(proposals::read).collect::<Result<Vec<_>, _>>()?;
    let more = all.len() > PAGE;
    all.truncate(PAGE);
    let next = all.last().filter(|_| more).map(|last| format!("{}.{}", last.found_at, last.id));
    http::page(all, next)
}

fn place(cursor: &str) -> Result<(f64, ProposalId), Problem> {
    let place = cursor.rsplit_once('.').and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)));
    place.ok_or_else(|| Problem::field("cursor", "This is no cursor of ours. Begin without one."))
}

async fn one(env: &Env, actor: &Actor, id: &ProposalId) -> Result<CuratedProposal, Failure> {
    let row = Relational::of(env)?.first(&proposals::one(&actor.tenant, id)).await?;
    Ok(proposals::read(&found(row)?)?)
}

/// Makes it a curated answer as any other, in one transaction: of two who approve one does.
pub async fn approve(request: &mut Request, env: &Env, actor: &Actor, id: &str) -> Result<Response, Failure> {
    let id: ProposalId = id.parse()?;
    let proposal = one(env, actor, &id).await?;
    let CuratedApproval { content } = http::body_within(request, MAX_BODY).await?;
    let content = matching::accept(content.unwrap_or_else(|| CuratedContent {
        pattern: proposal.question.clone(),
        keywords: String::new(),
        answer: proposal.answer.clone(),
        pages: String::new(),
        languages: Vec::new(),
        enabled: true,
    }))?;
    let (tenant, agent) = (&actor.tenant, &proposal.agent_id);
    let curated_id = random::id(CuratedId::ordered);
    let source = [audit::change("source_url", None, Some(&proposal.url))];
    let mut answered = settled(agent, &content.pattern);
    answered.push(id.clone());
    let statements = [
        curated::create(tenant, &curated_id, agent, Words::own(&content), Some(&id), MOST, clock::now_ms())?,
        audit::entry_if_changed(
            actor,
            "curated_answer.created",
            curated_id.as_str(),
            name(&content),
            &source,
        )?,
        proposals::answered(tenant, &curated_id, &answered)?,
    ];
    change(env, actor, agent, statements).await?;
    if let Some(row) = Relational::of(env)?.first(&curated::one(tenant, &curated_id)).await? {
        return http::data(curated::read(&row)?.0);
    }
    // Somebody else was faster, or there is no room.
    one(env, actor, &id).await?;
    let message = format!("There are {MOST} curated answers already. Delete one that is not needed.");
    Err(Problem::new(Code::Conflict, message).into())
}

/// Sees to it that the question is not proposed again, whatever pages say.
pub async fn dismiss(env: &Env, actor: &Actor, id: &str) -> Result<Response, Failure> {
    let id: ProposalId = id.parse()?;
    let database = Relational::of(env)?;
    if database.first(&proposals::dismissed(&actor.tenant, &id)).await?.is_some() {
        return http::data(Done {});
    }
    let proposal = one(env, actor, &id).await?;
    let noted =
        audit::entry_if_changed(actor, "curated_proposal.dismissed", id.as_str(), &proposal.question, &[])?;
    database.batch(&[proposals::dismiss(&actor.tenant, &id, clock::now_ms()), noted]).await?;
    http::data(Done {})
}

/// Takes a dismissal back.
pub async fn restore(env: &Env, actor: &Actor, id: &str) -> Result<Response, Failure> {
    let id: ProposalId = id.parse()?;
    let database = Relational::of(env)?;
    let row = found(database.first(&proposals::dismissed(&actor.tenant, &id)).await?)?;
    let question = row.text(0)?;
    let noted = audit::entry_if_changed(actor, "curated_proposal.restored", id.as_str(), question, &[])?;
    database.batch(&[proposals::restore(&actor.tenant, &id), noted]).await?;
    http::data(Done {})
}
