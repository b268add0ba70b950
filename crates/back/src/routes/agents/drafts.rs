//! Drafts: created, saved, renamed, copied, archived, deleted.

use domain::{diff, draft};
use platform::relational::Relational;
use platform::{Failure, http, random};
use protocol::agent::{AgentDraft, AgentSnapshot, BusinessHours, Model, Persona, Placement};
use protocol::api::{AgentDetail, AgentUpdate, DraftUpdate, NewAgent};
use protocol::events::EventKind;
use protocol::objects::Region;
use protocol::{AgentId, Code, Problem};
use store::{Actor, Statement, agents, curated, tools, versions};
use worker::{Env, Request, Response};

use super::{detail, now};
use crate::curated::push_due;
use crate::events::Happened;
use crate::routes::{done, found};
use crate::{audit, edge};

pub async fn create(request: &mut Request, env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let body: NewAgent = http::body(request).await?;
    let name = checked_name(&body.name)?;
    let draft = AgentDraft {
        persona: Persona { name: name.clone(), ..AgentDraft::default().persona },
        language: body.language.unwrap_or_else(|| "en".into()),
        ..AgentDraft::default()
    };
    draft::check(&AgentDraft { persona: AgentDraft::default().persona, ..draft.clone() })?;
    insert(env, actor, &name, draft, "agent.created").await
}

pub async fn duplicate(env: &Env, actor: &Actor, agent: &AgentId) -> Result<Response, Failure> {
    let original = detail(env, actor, agent).await?;
    let name: String = format!("{} (copy)", original.agent.name);
    let name = if name.chars().count() > draft::MAX_NAME { original.agent.name } else { name };
    insert(env, actor, &name, original.draft, "agent.duplicated").await
}

async fn insert(
    env: &Env,
    actor: &Actor,
    name: &str,
    mut draft: AgentDraft,
    action: &str,
) -> Result<Response, Failure> {
    // Visitors see the persona's name, which is shorter than the one members see.
    draft.persona.name = draft.persona.name.chars().take(60).collect();
    let id = random::id(AgentId::ordered);
    let stored = placed(actor, &id, draft);
    let entry = audit::entry(actor, action, id.as_str(), name, &[])?;
    let happened = Happened {
        kind: EventKind::AgentCreated,
        agent: Some(&id),
        subject: id.as_str(),
        once: "",
        data: serde_json::json!({}),
    };
    let create = agents::create(&actor.tenant, &stored, name, actor.name(), now())?;
    let statements = [create, entry, happened.statement(&actor.tenant)?];
    Relational::of(env)?.batch(&statements).await?;
    http::data(detail(env, actor, &id).await?)
}

/// A draft as it is stored: with where the agent lives. Its name and hours are those of the publication.
fn placed(actor: &Actor, agent: &AgentId, draft: AgentDraft) -> AgentSnapshot {
    let placement = Placement {
        workspace_id: actor.tenant.workspace().clone(),
        workspace_name: actor.workspace_name.clone(),
        agent_id: agent.clone(),
        version: 0,
        hours: BusinessHours::default(),
        region: Region::Home,
        jurisdiction: actor.jurisdiction,
    };
    AgentSnapshot::of(draft, placement)
}

pub async fn save(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    agent: &AgentId,
) -> Result<Response, Failure> {
    let before = detail(env, actor, agent).await?;
    let body: DraftUpdate = http::body(request).await?;
    draft::check(&body.draft)?;
    check_models(env, &body.draft, &before.draft)?;
    check_tools(env, actor, &body.draft, &before.draft).await?;
    if body.draft == before.draft && body.revision == before.revision {
        return http::data(before);
    }
    http::data(write(env, actor, &before, body.draft, body.revision).await?)
}

/// Writes a checked draft over a revision.
pub async fn write(
    env: &Env,
    actor: &Actor,
    before: &AgentDetail,
    draft: AgentDraft,
    revision: u32,
) -> Result<AgentDetail, Failure> {
    let agent = &before.agent.id;
    let changes = diff::changes(&serde_json::to_value(&before.draft)?, &serde_json::to_value(&draft)?);
    let stored = placed(actor, agent, draft);
    let statements = [
        agents::save_draft(&actor.tenant, &stored, revision, actor.name(), now())?,
        audit::entry_if_changed(actor, "agent.edited", agent.as_str(), &before.agent.name, &changes)?,
    ];
    let changed = Relational::of(env)?.change(&statements).await?;
    let after = detail(env, actor, agent).await?;
    if changed.first() != Some(&1) {
        return Err(edited_meanwhile(&after.edited_by).into());
    }
    Ok(after)
}

/// Somebody else was quicker.
pub fn edited_meanwhile(by: &str) -> Problem {
    let who = if by.is_empty() { "Somebody" } else { by };
    Problem::new(
        Code::Conflict,
        format!("{who} changed this agent meanwhile. Load that version, or save yours over it."),
    )
}

/// Models that the installation offers, or that the draft had before.
pub fn check_models(env: &Env, draft: &AgentDraft, before: &AgentDraft) -> Result<(), Problem> {
    let known: Vec<&Model> = before.models.iter().chain(&before.simple_model).collect();
    super::check_offered(
        env,
        ("models", &draft.models),
        ("simple_model", draft.simple_model.as_ref()),
        &known,
    )
}

/// Tools of the workspace, or that the draft had before: one that was deleted since is simply not there.
async fn check_tools(
    env: &Env,
    actor: &Actor,
    draft: &AgentDraft,
    before: &AgentDraft,
) -> Result<(), Failure> {
    if draft.tools == before.tools {
        return Ok(());
    }
    let rows = Relational::of(env)?.rows(&tools::named_by(&actor.tenant, &draft.tools)?).await?;
    let there = rows.iter().map(|row| row.text(0)).collect::<Result<Vec<_>, _>>()?;
    match draft.tools.iter().position(|id| !there.contains(&id.as_str()) && !before.tools.contains(id)) {
        None => Ok(()),
        Some(at) => {
            let message = "There is no such tool in this workspace. Choose one of the list.";
            Err(Problem::field(&format!("tools[{at}]"), message).into())
        }
    }
}

pub async fn update(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    agent: &AgentId,
) -> Result<Response, Failure> {
    let before = detail(env, actor, agent).await?.agent;
    let body: AgentUpdate = http::body(request).await?;
    let tenant = &actor.tenant;
    let mut statements: Vec<Statement> = Vec::new();
    let mut name = before.name.clone();
    if let Some(new) = &body.name {
        name = checked_name(new)?;
        if name != before.name {
            let change = audit::change("name", Some(&before.name), Some(&name));
            statements.push(agents::rename(tenant, agent, &name));
            statements.push(curated::renamed(tenant, Some(agent), now()));
            statements.push(audit::entry(actor, "agent.renamed", agent.as_str(), &name, &[change])?);
        }
    }
    let archives = body.archived == Some(true) && before.archived_at.is_none();
    match body.archived {
        Some(true) if archives => {
            statements.push(agents::archive(tenant, agent, Some(now())));
            statements.push(versions::unpublish(tenant, agent, now()));
            statements.push(audit::entry(actor, "agent.archived", agent.as_str(), &name, &[])?);
        }
        Some(false) if before.archived_at.is_some() => {
            statements.push(agents::archive(tenant, agent, None));
            statements.push(audit::entry(actor, "agent.restored", agent.as_str(), &name, &[])?);
        }
        _ => {}
    }
    Relational::of(env)?.batch(&statements).await?;
    if archives {
        edge::tell(env, tenant, agent).await?;
    }
    if name != before.name {
        push_due(env, tenant).await?;
    }
    http::data(detail(env, actor, agent).await?)
}

/// Gone for members at once, and for visitors before this answers; what it knew is forgotten afterwards.
pub async fn delete(env: &Env, actor: &Actor, agent: &AgentId) -> Result<Response, Failure> {
    let database = Relational::of(env)?;
    let row = found(database.first(&agents::one(&actor.tenant, agent)).await?)?;
    let name = agents::read(&row)?.name;
    let statements = [
        versions::unpublish(&actor.tenant, agent, now()),
        agents::delete(&actor.tenant, agent, now()),
        audit::entry(actor, "agent.deleted", agent.as_str(), &name, &[])?,
    ];
    database.batch(&statements).await?;
    edge::tell(env, &actor.tenant, agent).await?;
    done()
}

fn checked_name(name: &str) -> Result<String, Problem> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > draft::MAX_NAME {
        let message = format!("Give the agent a name of 1 to {} characters.", draft::MAX_NAME);
        return Err(Problem::field("name", message));
    }
    Ok(name.to_owned())
}
