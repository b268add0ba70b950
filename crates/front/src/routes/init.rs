//! `POST /v1/widget/init`: a conversation and the pass to it. One read of KV, no database.

use platform::{Failure, clock, http, random};
use protocol::agent::AgentSnapshot;
use protocol::internal::ConversationIdentity;
use protocol::widget::{InitRequest, InitResponse, TOKEN_TTL_MS, WidgetConfig};
use protocol::{Code, ConversationId, Problem, VisitorId};
use worker::{Env, Request, Response};

use super::{allow_origin, published};
use crate::token::{self, Pass, Purpose};

pub async fn handle(mut request: Request, env: &Env) -> Result<Response, Failure> {
    let body: InitRequest = http::body(&mut request).await?;
    let origin = request.headers().get("Origin")?.ok_or_else(|| {
        Problem::new(
            Code::OriginNotAllowed,
            "This request names no origin. The widget has to be opened in a page.",
        )
    })?;
    let agent = published(env, &body.agent_id).await?;
    allow_origin(&agent, &origin)?;
    let now = clock::now();
    let previous = body.token.as_deref().and_then(|token| previous(env, token, &agent, &origin, now));
    let resumed = previous.is_some();
    let identity = previous.unwrap_or_else(|| ConversationIdentity {
        workspace_id: agent.workspace_id.clone(),
        agent_id: agent.agent_id.clone(),
        conversation_id: random::id(ConversationId::ordered),
        visitor_id: random::id(VisitorId::ordered),
    });
    let pass = Pass { identity, origin, issued_at_ms: now };
    #[allow(clippy::cast_precision_loss)]
    let token_expires_at_ms = (now + TOKEN_TTL_MS) as f64;
    http::data(InitResponse {
        token: token::sign(env, &pass)?,
        conversation_id: pass.identity.conversation_id,
        visitor_id: pass.identity.visitor_id,
        token_expires_at_ms,
        resumed,
        config: config(agent),
    })
}

/// The conversation of a previous token, when it may go on: genuine, under 24 hours old, same agent and origin.
fn previous(
    env: &Env,
    token: &str,
    agent: &AgentSnapshot,
    origin: &str,
    now: u64,
) -> Option<ConversationIdentity> {
    let pass = token::verify(env, token, Purpose::Renewal, now).ok()?;
    let same = pass.identity.agent_id == agent.agent_id
        && pass.identity.workspace_id == agent.workspace_id
        && pass.origin.eq_ignore_ascii_case(origin);
    same.then_some(pass.identity)
}

/// What greets the visitor: outside business hours, what the agent says then.
fn greeting(agent: &AgentSnapshot) -> String {
    let (hours, after) = (&agent.hours, agent.after_hours_message.trim());
    if after.is_empty() || hours.open.is_empty() {
        return agent.welcome.clone();
    }
    let open = clock::wall(&hours.time_zone, clock::now_ms())
        .is_none_or(|(weekday, minute)| domain::hours::is_open(hours, weekday, minute));
    if open { agent.welcome.clone() } else { after.to_owned() }
}

fn config(agent: AgentSnapshot) -> WidgetConfig {
    WidgetConfig {
        welcome: greeting(&agent),
        agent_name: agent.persona.name,
        avatar_url: agent.persona.avatar_url,
        workspace_name: agent.workspace_name,
        quick_prompts: agent.quick_prompts,
        language: agent.language,
        theme: agent.theme,
    }
}
