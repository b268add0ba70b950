//! Response templates: listed, written, deleted. Their use is counted where a reply is sent, and where turns are filed.
//! Those whose words agents say stay what agents can say, and change what agents say at once.

use domain::{diff, templates as rules};
use platform::relational::Relational;
use platform::{Failure, clock, http, random};
use protocol::api::{Template, TemplateAnswer, TemplateWrite};
use protocol::permission::Permission;
use protocol::routes::RouteId as R;
use protocol::{Code, Problem, TemplateId};
use store::{Actor, agents, curated, templates};
use worker::{Env, Request, Response};

use super::{done, found};
use crate::audit;
use crate::auth::allowed;
use crate::curated::push_due;

/// Curated answers that a refusal names; of more it says how many.
const NAMED: usize = 3;

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
    if !Relational::of(env)?.attempt(&statements).await? {
        return Err(name_taken());
    }
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
    sayable(actor, &before, &written)?;
    let for_members = rules::fill_for_agents(&written.text, "agent", "workspace").is_err();
    let now = clock::now_ms();
    let mut statements = templates::update(&actor.tenant, id, &written, for_members, now).to_vec();
    statements.push(audit::entry_if_changed(
        actor,
        "template.changed",
        id.as_str(),
        &written.name,
        &changes,
    )?);
    if written.text != before.text {
        statements.push(curated::template_changed(&actor.tenant, id, now));
    }
    if !Relational::of(env)?.attempt(&statements).await? {
        // A curated answer may have been given its words meanwhile.
        sayable(actor, &one(env, actor, id).await?, &written)?;
        return Err(name_taken());
    }
    if written.text != before.text {
        push_due(env, &actor.tenant).await?;
    }
    http::data(one(env, actor, id).await?)
}

/// Whether agents that say a template's words can say these, and the member may have them say so.
fn sayable(actor: &Actor, before: &Template, written: &TemplateWrite) -> Result<(), Problem> {
    if before.answers.is_empty() {
        return Ok(());
    }
    if written.text != before.text {
        allowed(actor, Permission::KnowledgeWrite)?;
    }
    let refused = |field: &str, why: &str| Problem {
        field: Some(field.to_owned()),
        ..Problem::new(Code::Conflict, format!("{why} {}", in_use(&before.answers)))
    };
    if let Err(why) = rules::fill_for_agents(&written.text, "agent", "workspace") {
        return Err(refused("text", &why));
    }
    let others = |answer: &TemplateAnswer| written.agent_id.as_ref().is_some_and(|of| *of != answer.agent_id);
    if before.answers.iter().any(others) {
        return Err(refused("agent_id", "Other agents say it, too."));
    }
    Ok(())
}

/// Who says its words, and what to do about it.
fn in_use(answers: &[TemplateAnswer]) -> String {
    let mut named: Vec<String> =
        answers.iter().take(NAMED).map(|answer| format!("“{}”", answer.question)).collect();
    match answers.len().saturating_sub(NAMED) {
        0 => {}
        more => named.push(format!("{more} more")),
    }
    let last = named.pop().unwrap_or_default();
    let all = if named.is_empty() { last } else { format!("{} and {last}", named.join(", ")) };
    let (answers, those) = if answers.len() == 1 { ("answer", "it") } else { ("answers", "them") };
    format!("Its words are said by the curated {answers} {all}: give {those} other words first.")
}

async fn delete(env: &Env, actor: &Actor, id: &TemplateId) -> Result<Response, Failure> {
    let template = one(env, actor, id).await?;
    let unused = |template: &Template| match template.answers.as_slice() {
        [] => Ok(()),
        answers => Err(Problem::new(Code::Conflict, in_use(answers))),
    };
    unused(&template)?;
    let mut statements = templates::delete(&actor.tenant, id).to_vec();
    statements.push(audit::entry_if_changed(actor, "template.deleted", id.as_str(), &template.name, &[])?);
    if !Relational::of(env)?.attempt(&statements).await? {
        // A curated answer was given its words meanwhile.
        unused(&one(env, actor, id).await?)?;
        return Err(Problem::new(Code::Unavailable, "It could not be deleted. Try again.").into());
    }
    done()
}

fn name_taken() -> Failure {
    Problem {
        field: Some("name".into()),
        ..Problem::new(Code::Conflict, "There is a template of this name already. Choose another name.")
    }
    .into()
}
