//! Agents: made and edited ([`drafts`]), published ([`publication`]), guarded ([`turnstile`]), and how they are doing.

pub mod drafts;
mod publication;
mod turnstile;

use platform::relational::Relational;
use platform::{Failure, clock, config, http};
use protocol::agent::Model;
use protocol::api::{AgentDetail, ModelOption};
use protocol::routes::RouteId as R;
use protocol::{AgentId, Problem};
use store::{Actor, agents, conversations};
use worker::{Env, Request, Response};

use super::found;

/// Conversations on the overview.
const RECENT: u32 = 5;

pub async fn handle(
    id: R,
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    agent: &str,
    version: &str,
) -> Result<Response, Failure> {
    match id {
        R::Agents => return list(env, actor).await,
        R::Models => return http::page(models(env), None),
        R::CreateAgent => return drafts::create(request, env, actor).await,
        _ => {}
    }
    let agent: &AgentId = &agent.parse()?;
    match id {
        R::Agent => http::data(detail(env, actor, agent).await?),
        R::AgentOverview => overview(env, actor, agent).await,
        R::UpdateAgent => drafts::update(request, env, actor, agent).await,
        R::SaveDraft => drafts::save(request, env, actor, agent).await,
        R::DuplicateAgent => drafts::duplicate(env, actor, agent).await,
        R::DeleteAgent => drafts::delete(env, actor, agent).await,
        R::PublishAgent => publication::publish(request, env, actor, agent).await,
        R::RollbackAgent => publication::roll_back(request, env, actor, agent).await,
        R::UnpublishAgent => publication::unpublish(env, actor, agent).await,
        R::SetTurnstile => turnstile::set(request, env, actor, agent).await,
        R::RemoveTurnstile => turnstile::remove(env, actor, agent).await,
        R::AgentVersions => publication::list(request, env, actor, agent).await,
        R::AgentVersion => publication::one(env, actor, agent, version).await,
        R::AgentDiff => publication::diff(request, env, actor, agent).await,
        _ => Err(super::unhandled()),
    }
}

async fn list(env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let rows = Relational::of(env)?.rows(&agents::list(&actor.tenant)).await?;
    http::page(rows.iter().map(agents::read).collect::<Result<Vec<_>, _>>()?, None)
}

/// An agent of the actor's workspace with its draft.
pub async fn detail(env: &Env, actor: &Actor, agent: &AgentId) -> Result<AgentDetail, Failure> {
    let row = found(Relational::of(env)?.first(&agents::one(&actor.tenant, agent)).await?)?;
    Ok(agents::read_detail(&row)?)
}

/// The models this installation can run: the site's own sentences, and those the operator names in `CHAT_MODELS`
/// (`openai:<model>`, `anthropic:<model>` or `workers_ai:<model>`, separated by commas). Those whose provider is
/// not set up are left out.
pub fn models(env: &Env) -> Vec<ModelOption> {
    let named = config::optional(env, "CHAT_MODELS").unwrap_or_default();
    let offered = named.split(',').filter_map(|entry| {
        let (provider, name) = entry.trim().split_once(':')?;
        let model = name.trim().to_owned();
        match provider.trim() {
            "openai" => config::optional(env, "OPENAI_BASE_URL")
                .map(|_| ModelOption { label: model.clone(), model: Model::OpenaiCompatible { model } }),
            "anthropic" => platform::models::has_anthropic(env).then(|| ModelOption {
                label: format!("{model} (Anthropic)"),
                model: Model::Anthropic { model },
            }),
            "workers_ai" => Some(ModelOption {
                label: format!("{} (Workers AI)", model.rsplit('/').next().unwrap_or_default()),
                model: Model::WorkersAi { model },
            }),
            _ => None,
        }
    });
    let own = ModelOption { model: Model::Extractive, label: "The site's own sentences (no model)".into() };
    offered.chain(std::iter::once(own)).collect()
}

/// Models that the installation offers, or that were there before; lists come with the field they are.
///
/// # Errors
/// With the first that is neither.
pub fn check_offered(
    env: &Env,
    (list, models): (&str, &[Model]),
    (beside, simple): (&str, Option<&Model>),
    before: &[&Model],
) -> Result<(), Problem> {
    let offered = self::models(env);
    let unknown =
        |model: &Model| !offered.iter().any(|option| option.model == *model) && !before.contains(&model);
    let field = match models.iter().position(unknown) {
        Some(at) => format!("{list}[{at}]"),
        None if simple.is_some_and(unknown) => beside.to_owned(),
        None => return Ok(()),
    };
    Err(Problem::field(&field, "This installation does not offer this model. Choose one of the list."))
}

async fn overview(env: &Env, actor: &Actor, agent: &AgentId) -> Result<Response, Failure> {
    let (database, tenant) = (Relational::of(env)?, &actor.tenant);
    found(database.first(&agents::one(tenant, agent)).await?)?;
    let row = found(database.first(&agents::overview(tenant, agent)).await?)?;
    let times = database.rows(&agents::first_token_times(tenant, agent)).await?;
    let of = conversations::Filter { agent: Some(agent.clone()), ..conversations::Filter::default() };
    let recent = database.rows(&conversations::list(tenant, &of, None, RECENT)).await?;
    let mut overview = agents::read_overview(&row)?;
    overview.first_token_p50_ms = times.get(times.len() / 2).map(|row| row.real(0)).transpose()?;
    overview.recent = recent.iter().map(conversations::read).collect::<Result<_, _>>()?;
    http::data(overview)
}

/// Now, as the relations count time.
fn now() -> f64 {
    clock::now_ms()
}
