//! Curated answers: written, ordered, tried in place. Every change counts the agent's revision in its own
//! transaction; the index is told right after it, and again until it knows.

use std::collections::BTreeSet;

use domain::curated::{self as matching, Asked, MOST, Prepared};
use domain::language::{self, Language};
use domain::question;
use platform::relational::Relational;
use platform::{Failure, clock, http, log, random};
use protocol::api::{
    Change, CuratedAnswer, CuratedContent, CuratedOrder, CuratedTrial, CuratedTrialReply, Done,
};
use protocol::internal::CuratedHit;
use protocol::{AgentId, Code, CuratedId, Problem};
use store::{Actor, Statement, agents, curated, proposals};
use worker::{Env, Request, Response};

use crate::audit;
use crate::curated::push;
use crate::proposals::settled;
use crate::routes::found;

/// Bytes of a request: an answer and its lines.
pub(super) const MAX_BODY: usize = 512 << 10;

pub async fn list(env: &Env, actor: &Actor, agent: &str) -> Result<Response, Failure> {
    http::page(all(env, actor, &agent.parse()?).await?, None)
}

async fn all(env: &Env, actor: &Actor, agent: &AgentId) -> Result<Vec<CuratedAnswer>, Failure> {
    let database = Relational::of(env)?;
    found(database.first(&agents::one(&actor.tenant, agent)).await?)?;
    let rows = database.rows(&curated::list(&actor.tenant, agent)).await?;
    rows.iter().map(|row| Ok(curated::read(row)?.0)).collect()
}

async fn one(env: &Env, actor: &Actor, id: &CuratedId) -> Result<(CuratedAnswer, AgentId), Failure> {
    Ok(curated::read(&found(Relational::of(env)?.first(&curated::one(&actor.tenant, id)).await?)?)?)
}

/// A change with what goes with every change, then the index is told.
pub(super) async fn change(
    env: &Env,
    actor: &Actor,
    agent: &AgentId,
    statements: impl IntoIterator<Item = Statement>,
) -> Result<(), Failure> {
    let mut all: Vec<Statement> = statements.into_iter().collect();
    all.push(curated::changed(&actor.tenant, agent, clock::now_ms()));
    Relational::of(env)?.batch(&all).await?;
    if let Err(failure) = push(env, &actor.tenant, agent).await {
        log::error("curated_not_told", Some(agent.as_str()), &failure.to_string());
    }
    Ok(())
}

pub async fn create(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    agent: &str,
) -> Result<Response, Failure> {
    let agent: AgentId = agent.parse()?;
    found(Relational::of(env)?.first(&agents::one(&actor.tenant, &agent)).await?)?;
    let content = matching::accept(http::body_within::<CuratedContent>(request, MAX_BODY).await?)?;
    let full = || {
        let message = format!("There are {MOST} curated answers already. Delete one that is not needed.");
        Failure::from(Problem::new(Code::Conflict, message))
    };
    let id = random::id(CuratedId::ordered);
    let create = curated::create(&actor.tenant, &id, &agent, &content, None, MOST, clock::now_ms())?;
    let noted = audit::entry_if_changed(actor, "curated_answer.created", id.as_str(), name(&content), &[])?;
    let answered = proposals::answered(&actor.tenant, &id, &settled(&agent, &content.pattern))?;
    change(env, actor, &agent, [create, noted, answered]).await?;
    let row = Relational::of(env)?.first(&curated::one(&actor.tenant, &id)).await?;
    http::data(curated::read(&row.ok_or_else(full)?)?.0)
}

pub async fn update(request: &mut Request, env: &Env, actor: &Actor, id: &str) -> Result<Response, Failure> {
    let id: CuratedId = id.parse()?;
    let (before, agent) = one(env, actor, &id).await?;
    let content = matching::accept(http::body_within::<CuratedContent>(request, MAX_BODY).await?)?;
    let changes = changes(&before.content, &content);
    if !changes.is_empty() {
        let update = curated::update(&actor.tenant, &id, &content, clock::now_ms())?;
        let noted =
            audit::entry_if_changed(actor, "curated_answer.changed", id.as_str(), name(&content), &changes)?;
        let answered = proposals::answered(&actor.tenant, &id, &settled(&agent, &content.pattern))?;
        change(env, actor, &agent, [update, noted, answered]).await?;
    }
    http::data(one(env, actor, &id).await?.0)
}

pub async fn delete(env: &Env, actor: &Actor, id: &str) -> Result<Response, Failure> {
    let id: CuratedId = id.parse()?;
    let (answer, agent) = one(env, actor, &id).await?;
    let noted =
        audit::entry_if_changed(actor, "curated_answer.deleted", id.as_str(), name(&answer.content), &[])?;
    change(env, actor, &agent, [curated::delete(&actor.tenant, &id), noted]).await?;
    http::data(Done {})
}

pub async fn order(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    agent: &str,
) -> Result<Response, Failure> {
    let agent: AgentId = agent.parse()?;
    let known: BTreeSet<CuratedId> =
        all(env, actor, &agent).await?.into_iter().map(|answer| answer.id).collect();
    let CuratedOrder { ids } = http::body(request).await?;
    let given: BTreeSet<CuratedId> = ids.iter().cloned().collect();
    if given.len() != ids.len() || given != known {
        let message = "The list of curated answers changed meanwhile. Load it again, then order it.";
        return Err(Problem { field: Some("ids".into()), ..Problem::new(Code::Conflict, message) }.into());
    }
    let order = curated::order(&actor.tenant, &agent, &ids)?;
    let noted = audit::entry(actor, "curated_answers.ordered", agent.as_str(), "Curated answers", &[])?;
    change(env, actor, &agent, [order, noted]).await?;
    http::data(Done {})
}

/// What a visitor would get, by the very rules of the index.
pub async fn attempt(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    agent: &str,
) -> Result<Response, Failure> {
    let agent: AgentId = agent.parse()?;
    let row = found(Relational::of(env)?.first(&agents::one(&actor.tenant, &agent)).await?)?;
    let own = Language::from_tag(&agents::read(&row)?.language);
    let answers = all(env, actor, &agent).await?;
    let trial: CuratedTrial = http::body(request).await?;
    let question = question::accept(&trial.question)
        .map_err(|problem| Problem { field: Some("question".into()), ..problem })?;
    let language = language::guess(&question, own).unwrap_or_default().code();
    let asked = Asked { question: &question, page_url: trial.page_url.as_deref(), language: Some(language) };
    let in_force: Vec<&CuratedAnswer> = answers.iter().filter(|answer| answer.content.enabled).collect();
    let prepared: Vec<Prepared> = in_force.iter().map(|answer| Prepared::new(&answer.content)).collect();
    let hit = matching::find(&prepared, &asked).and_then(|found| {
        let answer = in_force.get(found.at)?;
        Some(CuratedHit {
            id: answer.id.clone(),
            pattern: found.pattern,
            answer: answer.content.answer.clone(),
            by: found.by,
            score: found.score,
        })
    });
    http::data(CuratedTrialReply { hit, language: Some(language.to_owned()) })
}

/// The first phrasing.
pub(super) fn name(content: &CuratedContent) -> &str {
    content.pattern.lines().next().unwrap_or_default()
}

fn changes(before: &CuratedContent, after: &CuratedContent) -> Vec<Change> {
    let languages = |content: &CuratedContent| content.languages.join(", ");
    let enabled = |content: &CuratedContent| if content.enabled { "yes" } else { "no" }.to_owned();
    let fields = [
        ("pattern", before.pattern.clone(), after.pattern.clone()),
        ("keywords", before.keywords.clone(), after.keywords.clone()),
        ("answer", before.answer.clone(), after.answer.clone()),
        ("pages", before.pages.clone(), after.pages.clone()),
        ("languages", languages(before), languages(after)),
        ("enabled", enabled(before), enabled(after)),
    ];
    fields
        .into_iter()
        .filter(|(_, before, after)| before != after)
        .map(|(field, before, after)| audit::change(field, Some(&before), Some(&after)))
        .collect()
}
