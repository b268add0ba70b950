//! `POST /v1/widget/init`: a conversation and the pass to it. One read of KV, no database.

use domain::language::{self, Visitor};
use domain::pass::{Pass, Purpose};
use domain::rules::told;
use domain::{experiments, refusal};
use platform::{Failure, clock, http, log, objects, random};
use protocol::agent::AgentSnapshot;
use protocol::api::Limit;
use protocol::experiments::{EdgeExperiment, Variant};
use protocol::internal::{ConversationIdentity, NoteEvents, NoteRefusal, PassChallenge};
use protocol::lead::LeadForm;
use protocol::widget::{InitRequest, InitResponse, TOKEN_TTL_MS, WidgetConfig};
use protocol::{AgentId, Code, ConversationId, Problem, VisitorId};
use worker::{Env, Request, Response};

use super::network::{self, Passage};
use super::{allow_origin, published};
use crate::token;

pub async fn handle(mut request: Request, env: &Env) -> Result<Response, Failure> {
    let passage = network::limit(env, request.headers()).await?;
    let body = http::body::<InitRequest>(&mut request).await;
    if let Passage::Refused { counts } = passage {
        if counts && let Ok(body) = body {
            note(env, &body.agent_id, Limit::AddressMinute).await;
        }
        let until = clock::now_ms() + network::PERIOD_MS;
        return Err(refused(&request, "en", Limit::AddressMinute, until)?.into());
    }
    let mut body = body?;
    let origin = request.headers().get("Origin")?.ok_or_else(|| {
        Problem::new(
            Code::OriginNotAllowed,
            "This request names no origin. The widget has to be opened in a page.",
        )
    })?;
    let mut agent = published(env, &body.agent_id).await?;
    allow_origin(&agent, &origin)?;
    let now = clock::now();
    let previous = body.token.as_deref().and_then(|token| previous(env, token, &agent, &origin, now));
    let resumed = previous.is_some();
    if !resumed {
        answers(env, &agent, &request).await?;
    }
    let mut challenged = previous.as_ref().is_some_and(|pass| pass.challenged);
    if agent.turnstile.is_some()
        && !challenged
        && let Some(token) = body.turnstile.take()
    {
        let message = PassChallenge {
            workspace_id: agent.workspace_id.clone(),
            agent_id: agent.agent_id.clone(),
            token,
            origin: origin.clone(),
            accept_language: request.headers().get("Accept-Language")?,
            language: agent.language.clone(),
        };
        objects::call_service(env, "BACK", &message).await?;
        challenged = true;
    }
    if challenged {
        agent.turnstile = None;
    }
    let identity = previous.map(|pass| pass.identity).unwrap_or_else(|| ConversationIdentity {
        workspace_id: agent.workspace_id.clone(),
        agent_id: agent.agent_id.clone(),
        conversation_id: random::id(ConversationId::ordered),
        visitor_id: known(env, &body, &agent).unwrap_or_else(|| random::id(VisitorId::ordered)),
    });
    let counted = !resumed && agent.experiments.iter().any(EdgeExperiment::tries_rules);
    let variants = experiments::apply(&mut agent, &identity.visitor_id);
    if counted {
        assigned(env, &identity).await;
    }
    let pass = Pass { identity, origin, issued_at_ms: now, challenged };
    #[allow(clippy::cast_precision_loss)]
    let token_expires_at_ms = (now + TOKEN_TTL_MS) as f64;
    http::data(InitResponse {
        token: token::sign(env, &pass)?,
        visitor_pass: token::visitor_pass(env, &pass.identity.agent_id, &pass.identity.visitor_id)?,
        conversation_id: pass.identity.conversation_id,
        visitor_id: pass.identity.visitor_id,
        token_expires_at_ms,
        resumed,
        config: config(agent, variants),
    })
}

/// Whether anybody new is answered: the workspace's allowance may be used up. Its `Ledger` decides at each question;
/// here nobody is invited to ask in vain.
async fn answers(env: &Env, agent: &AgentSnapshot, request: &Request) -> Result<(), Failure> {
    if agent.spent_until <= clock::now_ms() {
        return Ok(());
    }
    note(env, &agent.agent_id, Limit::PlanConversations).await;
    Err(refused(request, &agent.language, Limit::PlanConversations, agent.spent_until)?.into())
}

/// The refusal in the language of the visitor's browser, or else the agent's.
fn refused(request: &Request, agent: &str, limit: Limit, until: f64) -> Result<Problem, Failure> {
    let browser = request.headers().get("Accept-Language")?;
    let visitor = Visitor { page: None, browser: browser.as_deref(), agent };
    let language = language::spoken(&visitor, std::iter::empty());
    Ok(refusal::problem(limit, language, until, clock::now_ms()))
}

/// Has the owner told of a refusal that no conversation counts.
async fn note(env: &Env, agent_id: &AgentId, limit: Limit) {
    let message = NoteRefusal { agent_id: agent_id.clone(), limit };
    if let Err(failure) = objects::call_service(env, "BACK", &message).await {
        log::error("refusal_not_counted", Some(agent_id.as_str()), &failure.to_string());
    }
}

/// Has a visitor counted who takes part in an experiment with rules: whom a rule would have spoken to cannot be seen, so
/// everybody counts who could have been.
async fn assigned(env: &Env, identity: &ConversationIdentity) {
    let message = NoteEvents { identity: identity.clone(), address: String::new(), events: Vec::new() };
    if let Err(failure) = objects::call_service(env, "BACK", &message).await {
        log::error("visitor_not_counted", Some(identity.agent_id.as_str()), &failure.to_string());
    }
}

/// What a previous token says, when its conversation may go on: genuine, under 24 hours old, same agent and origin.
fn previous(env: &Env, token: &str, agent: &AgentSnapshot, origin: &str, now: u64) -> Option<Pass> {
    let pass = token::verify(env, token, Purpose::Renewal, now).ok()?;
    let same = pass.identity.agent_id == agent.agent_id
        && pass.identity.workspace_id == agent.workspace_id
        && pass.origin.eq_ignore_ascii_case(origin);
    same.then_some(pass)
}

/// The visitor that a browser was known as, where it says so with the pass it was given then.
fn known(env: &Env, body: &InitRequest, agent: &AgentSnapshot) -> Option<VisitorId> {
    let given = body.visitor_pass.as_deref()?;
    let visitor: VisitorId = given.split('.').next()?.parse().ok()?;
    let right = token::visitor_pass(env, &agent.agent_id, &visitor).ok()?;
    (right == given).then_some(visitor)
}

/// What greets the visitor: outside business hours, what the agent says then.
fn greeting(agent: &AgentSnapshot) -> String {
    let (hours, after) = (&agent.hours, agent.after_hours_message.trim());
    if after.is_empty() || (hours.open.is_empty() && hours.holidays.is_empty()) {
        return agent.welcome.clone();
    }
    let open =
        clock::wall(&hours.time_zone, clock::now_ms()).is_none_or(|now| domain::hours::is_open(hours, &now));
    if open { agent.welcome.clone() } else { after.to_owned() }
}

fn config(agent: AgentSnapshot, variants: Vec<Variant>) -> WidgetConfig {
    let wall = || clock::wall(&agent.hours.time_zone, clock::now_ms());
    WidgetConfig {
        rules: told(&agent.rules, &agent.ctas, wall),
        variants,
        welcome: greeting(&agent),
        agent_name: agent.persona.name,
        avatar_url: agent.persona.avatar_url,
        workspace_name: agent.workspace_name,
        quick_prompts: agent.quick_prompts,
        language: agent.language,
        theme: agent.theme,
        lead_form: LeadForm::of(agent.lead_fields, agent.lead_consent),
        turnstile: agent.turnstile,
        badge: agent.badge,
    }
}
