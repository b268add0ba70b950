//! Gaps: seen, ignored, answered, opened again.

use domain::curated::{self as matching, MOST};
use platform::relational::Relational;
use platform::{Failure, clock, http, random};
use protocol::api::{CuratedContent, Gap, GapStatus, GapUpdate};
use protocol::routes::RouteId as R;
use protocol::{AgentId, Code, CuratedId, GapId, Problem};
use serde::Deserialize;
use store::curated::Words;
use store::{Actor, Statement, agents, curated, gaps, proposals};
use worker::{Env, Request, Response};

use super::found;
use crate::proposals::settled;
use crate::{audit, curated as index};

const PAGE: usize = 30;
/// Bytes of a request: an answer and its lines.
const MAX_BODY: usize = 512 << 10;

/// Answers a route about gaps.
///
/// # Errors
/// What the caller is told.
pub async fn handle(
    id: R,
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    subject: &str,
) -> Result<Response, Failure> {
    match id {
        R::Gaps => list(request, env, actor, &subject.parse()?).await,
        R::GapCounts => counts(env, actor, &subject.parse()?).await,
        R::AnswerGap => answer(request, env, actor, &subject.parse()?).await,
        _ => update(request, env, actor, &subject.parse()?).await,
    }
}

#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    cursor: Option<String>,
    #[serde(default)]
    status: Option<GapStatus>,
}

async fn list(request: &Request, env: &Env, actor: &Actor, agent: &AgentId) -> Result<Response, Failure> {
    let database = Relational::of(env)?;
    found(database.first(&agents::one(&actor.tenant, agent)).await?)?;
    let query: Query = request.query().map_err(|_| {
        Problem::field("status", "Parameters are cursor and status (open, answered or ignored).")
    })?;
    let cursor = query.cursor.as_deref().map(place).transpose()?;
    let after = cursor.as_ref().map(|(times, id)| (*times, id));
    let limit = u32::try_from(PAGE + 1).unwrap_or(u32::MAX);
    let rows = database.rows(&gaps::list(&actor.tenant, agent, query.status, after, limit)).await?;
    let mut all = rows.iter().map(gaps::read).collect::<Result<Vec<_>, _>>()?;
    let more = all.len() > PAGE;
    all.truncate(PAGE);
    let next = all.last().filter(|_| more).map(|last| format!("{}.{}", last.occurrences, last.id));
    http::page(all, next)
}

fn place(cursor: &str) -> Result<(u64, GapId), Problem> {
    let place = cursor.split_once('.').and_then(|(times, id)| Some((times.parse().ok()?, id.parse().ok()?)));
    place.ok_or_else(|| Problem::field("cursor", "This is no cursor of ours. Begin without one."))
}

async fn counts(env: &Env, actor: &Actor, agent: &AgentId) -> Result<Response, Failure> {
    let database = Relational::of(env)?;
    found(database.first(&agents::one(&actor.tenant, agent)).await?)?;
    let row = found(database.first(&gaps::counts(&actor.tenant, agent)).await?)?;
    http::data(gaps::read_counts(&row)?)
}

async fn one(env: &Env, actor: &Actor, gap: &GapId) -> Result<Gap, Failure> {
    Ok(gaps::read(&found(Relational::of(env)?.first(&gaps::one(&actor.tenant, gap)).await?)?)?)
}

/// Ignores a gap or opens it; of one that was answered the answer is taken back.
async fn update(request: &mut Request, env: &Env, actor: &Actor, id: &GapId) -> Result<Response, Failure> {
    let before = one(env, actor, id).await?;
    let GapUpdate { status } = http::body(request).await?;
    if status == GapStatus::Answered {
        let words = "A gap is closed by an answer. Write one, or ignore the gap.";
        return Err(Problem::field("status", words).into());
    }
    if status == before.status {
        return http::data(before);
    }
    let now = clock::now_ms();
    let action = if status == GapStatus::Ignored { "gap.ignored" } else { "gap.opened" };
    let mut statements = vec![
        gaps::settle(&actor.tenant, id, status, now),
        audit::entry_if_changed(actor, action, id.as_str(), "", &[])?,
    ];
    let written = before.curated_id.filter(|_| before.status == GapStatus::Answered);
    if let Some(curated) = &written {
        statements.push(curated::delete(&actor.tenant, curated));
        let action = "curated_answer.deleted";
        statements.push(audit::entry_if_changed(actor, action, curated.as_str(), "", &[])?);
    }
    change(env, actor, &before.agent_id, statements, written.is_some()).await?;
    http::data(one(env, actor, id).await?)
}

/// Writes a curated answer and closes the gap with it, in one transaction.
async fn answer(request: &mut Request, env: &Env, actor: &Actor, id: &GapId) -> Result<Response, Failure> {
    let before = one(env, actor, id).await?;
    if before.status == GapStatus::Answered {
        let words = "This gap is answered already. Change its curated answer, or open the gap again.";
        return Err(Problem::new(Code::Conflict, words).into());
    }
    let content = matching::accept(http::body_within::<CuratedContent>(request, MAX_BODY).await?)?;
    let (tenant, now) = (&actor.tenant, clock::now_ms());
    let curated = random::id(CuratedId::ordered);
    let name = content.pattern.lines().next().unwrap_or_default();
    let statements = vec![
        curated::create(tenant, &curated, &before.agent_id, Words::own(&content), None, MOST, now)?,
        audit::entry_if_changed(actor, "curated_answer.created", curated.as_str(), name, &[])?,
        gaps::answer(tenant, id, &curated, now),
        audit::entry_if_changed(actor, "gap.answered", id.as_str(), "", &[])?,
        proposals::answered(tenant, &curated, &settled(&before.agent_id, &content.pattern))?,
    ];
    change(env, actor, &before.agent_id, statements, true).await?;
    let after = one(env, actor, id).await?;
    if after.status != GapStatus::Answered {
        let message = format!("There are {MOST} curated answers already. Delete one that is not needed.");
        return Err(Problem::new(Code::Conflict, message).into());
    }
    http::data(after)
}

/// A change; where curated answers are among it, the index is told.
async fn change(
    env: &Env,
    actor: &Actor,
    agent: &AgentId,
    mut statements: Vec<Statement>,
    curated: bool,
) -> Result<(), Failure> {
    if curated {
        statements.push(curated::changed(&actor.tenant, agent, clock::now_ms()));
    }
    Relational::of(env)?.batch(&statements).await?;
    if curated {
        index::push_or_log(env, &actor.tenant, agent).await;
    }
    Ok(())
}
