//! Curated answers: written, ordered, tried in place. Every change counts the agent's revision in its own
//! transaction; the index is told right after it, and again until it knows. The words are its own or a template's.

use std::collections::BTreeSet;

use domain::curated::{self as matching, Asked, MOST, Prepared};
use domain::language::{self, Language};
use domain::question;
use domain::templates::fill_for_agents;
use platform::relational::Relational;
use platform::{Failure, clock, http, random};
use protocol::api::{
    Change, CuratedAnswer, CuratedContent, CuratedOrder, CuratedTrial, CuratedTrialReply, CuratedWrite, Done,
    Template,
};
use protocol::internal::CuratedHit;
use protocol::{AgentId, Code, CuratedId, Problem, TemplateId};
use store::curated::Words;
use store::{Actor, Statement, agents, curated, proposals, templates};
use worker::{Env, Request, Response};

use crate::audit;
use crate::curated::{push_or_log, said};
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
    push_or_log(env, &actor.tenant, agent).await;
    Ok(())
}

/// What was written, with the template whose words it says: one of the workspace that this agent can say.
async fn accepted(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    agent: &AgentId,
) -> Result<(CuratedContent, Option<Template>), Failure> {
    let written = http::body_within::<CuratedWrite>(request, MAX_BODY).await?;
    let CuratedWrite { content, template_id } = matching::accept_written(written)?;
    let Some(id) = template_id else { return Ok((content, None)) };
    let refused = |code, message: String| {
        Failure::from(Problem { field: Some("template_id".into()), ..Problem::new(code, message) })
    };
    let Some(row) = Relational::of(env)?.first(&templates::one(&actor.tenant, &id)).await? else {
        return Err(refused(Code::NotFound, "There is no such template. Choose one of the list.".into()));
    };
    let template = templates::read(&row)?;
    if template.agent_id.as_ref().is_some_and(|of| of != agent) {
        let message = "This template is only for conversations of another agent. Choose another one.";
        return Err(refused(Code::Invalid, message.into()));
    }
    // What the names are is no matter: they are never empty.
    if let Err(message) = fill_for_agents(&template.text, "agent", "workspace") {
        return Err(refused(Code::Invalid, message));
    }
    Ok((content, Some(template)))
}

/// A template that was changed or deleted while its words were chosen.
fn changed_meanwhile() -> Failure {
    let message = "Somebody changed this template meanwhile. Look at it again, then save.";
    Problem { field: Some("template_id".into()), ..Problem::new(Code::Conflict, message) }.into()
}

pub async fn create(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    agent: &str,
) -> Result<Response, Failure> {
    let agent: AgentId = agent.parse()?;
    found(Relational::of(env)?.first(&agents::one(&actor.tenant, &agent)).await?)?;
    let (content, template) = accepted(request, env, actor, &agent).await?;
    let words = Words { content: &content, template: template.as_ref() };
    let id = random::id(CuratedId::ordered);
    let create = curated::create(&actor.tenant, &id, &agent, words, None, MOST, clock::now_ms())?;
    let noted = audit::entry_if_changed(actor, "curated_answer.created", id.as_str(), name(&content), &[])?;
    let answered = proposals::answered(&actor.tenant, &id, &settled(&agent, &content.pattern))?;
    change(env, actor, &agent, [create, noted, answered]).await?;
    if let Some(row) = Relational::of(env)?.first(&curated::one(&actor.tenant, &id)).await? {
        return http::data(curated::read(&row)?.0);
    }
    let there = u32::try_from(all(env, actor, &agent).await?.len()).unwrap_or(u32::MAX);
    if there < MOST {
        return Err(changed_meanwhile());
    }
    let message = format!("There are {MOST} curated answers already. Delete one that is not needed.");
    Err(Problem::new(Code::Conflict, message).into())
}

pub async fn update(request: &mut Request, env: &Env, actor: &Actor, id: &str) -> Result<Response, Failure> {
    let id: CuratedId = id.parse()?;
    let (before, agent) = one(env, actor, &id).await?;
    let (content, template) = accepted(request, env, actor, &agent).await?;
    let words = Words { content: &content, template: template.as_ref() };
    let mut changes = changes(&before.content, &content);
    let (had, has) = (before.template_id.as_ref(), template.as_ref().map(|template| &template.id));
    if had != has {
        changes.push(audit::change("template_id", had.map(TemplateId::as_str), has.map(TemplateId::as_str)));
    }
    if !changes.is_empty() {
        let update = curated::update(&actor.tenant, &id, words, clock::now_ms())?;
        let noted =
            audit::entry_if_changed(actor, "curated_answer.changed", id.as_str(), name(&content), &changes)?;
        let answered = proposals::answered(&actor.tenant, &id, &settled(&agent, &content.pattern))?;
        change(env, actor, &agent, [update, noted, answered]).await?;
    }
    let now = one(env, actor, &id).await?.0;
    if now.template_id.as_ref() != has {
        return Err(changed_meanwhile());
    }
    http::data(now)
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
    let in_force = answers.iter().filter(|answer| answer.content.enabled);
    let in_force: Vec<(&CuratedId, CuratedContent)> =
        in_force.filter_map(|answer| Some((&answer.id, said(answer)?))).collect();
    let prepared: Vec<Prepared> = in_force.iter().map(|(_, content)| Prepared::new(content)).collect();
    let hit = matching::find(&prepared, &asked).and_then(|found| {
        let (id, content) = in_force.get(found.at)?;
        Some(CuratedHit {
            id: (*id).clone(),
            pattern: found.pattern,
            answer: content.answer.clone(),
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
