//! Response templates: listed, written, deleted. Their use is counted where a reply is sent.

use domain::{diff, templates as rules};
use platform::relational::Relational;
use platform::{Failure, clock, http, random};
use protocol::api::{Template, TemplateWrite};
use protocol::routes::RouteId as R;
use protocol::{Code, Problem, TemplateId};
use store::{Actor, Statement, agents, templates};
use worker::{Env, Request, Response};

use super::{done, found};
use crate::audit;

pub async fn handle(
    id: R,
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    template: &str,
) -> Result<Response, Failure> {
    match id {
        R::Templates => {
            let rows = Relational::of(env)?.rows(&templates::list(&actor.tenant)).await?;
            http::page(rows.iter().map(templates::read).collect::<Result<Vec<_>, _>>()?, None)
        }
        R::CreateTemplate => create(request, env, actor).await,
        R::UpdateTemplate => update(request, env, actor, &template.parse()?).await,
        R::DeleteTemplate => delete(env, actor, &template.parse()?).await,
        _ => Err(super::unhandled()),
    }
}

async fn one(env: &Env, actor: &Actor, id: &TemplateId) -> Result<Template, Failure> {
    let row = found(Relational::of(env)?.first(&templates::one(&actor.tenant, id)).await?)?;
    Ok(templates::read(&row)?)
}

/// What was written, if it is in order and its agent is of this workspace.
async fn accepted(request: &mut Request, env: &Env, actor: &Actor) -> Result<TemplateWrite, Failure> {
    let written = rules::accept(http::body(request).await?)?;
    if let Some(agent) = &written.agent_id {
        found(Relational::of(env)?.first(&agents::one(&actor.tenant, agent)).await?)?;
    }
    Ok(written)
}

async fn create(request: &mut Request, env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let written = accepted(request, env, actor).await?;
    let rows = Relational::of(env)?.rows(&templates::list(&actor.tenant)).await?;
    if u32::try_from(rows.len()).unwrap_or(u32::MAX) >= rules::MOST {
        let message = format!("There are {} templates already. Delete one that is not needed.", rules::MOST);
        return Err(Problem::new(Code::Conflict, message).into());
    }
    let id = random::id(TemplateId::ordered);
    let mut statements =
        templates::create(&actor.tenant, &id, &written, rules::MOST, clock::now_ms()).to_vec();
    let changes = [audit::change("text", None, Some(&written.text))];
    statements.push(audit::entry_if_changed(
        actor,
        "template.created",
        id.as_str(),
        &written.name,
        &changes,
    )?);
    change(env, &statements).await?;
    http::data(one(env, actor, &id).await?)
}

async fn update(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    id: &TemplateId,
) -> Result<Response, Failure> {
    let before = one(env, actor, id).await?;
    let written = accepted(request, env, actor).await?;
    let had = TemplateWrite {
        name: before.name.clone(),
        text: before.text.clone(),
        agent_id: before.agent_id.clone(),
    };
    let changes = diff::changes(&serde_json::to_value(had)?, &serde_json::to_value(&written)?);
    if changes.is_empty() {
        return http::data(before);
    }
    let statements = [
        templates::update(&actor.tenant, id, &written, clock::now_ms()),
        audit::entry_if_changed(actor, "template.changed", id.as_str(), &written.name, &changes)?,
    ];
    change(env, &statements).await?;
    http::data(one(env, actor, id).await?)
}

async fn delete(env: &Env, actor: &Actor, id: &TemplateId) -> Result<Response, Failure> {
    let template = one(env, actor, id).await?;
    let mut statements = templates::delete(&actor.tenant, id).to_vec();
    statements.push(audit::entry_if_changed(actor, "template.deleted", id.as_str(), &template.name, &[])?);
    change(env, &statements).await?;
    done()
}

async fn change(env: &Env, statements: &[Statement]) -> Result<(), Failure> {
    if Relational::of(env)?.attempt(statements).await? {
        return Ok(());
    }
    Err(Problem {
        field: Some("name".into()),
        ..Problem::new(Code::Conflict, "There is a template of this name already. Choose another name.")
    }
    .into())
}
