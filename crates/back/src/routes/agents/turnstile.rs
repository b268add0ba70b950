//! Challenges of Turnstile for an agent's visitors: set with both keys of a widget of Cloudflare, and taken away.

use platform::{Failure, http, seal};
use protocol::api::{AgentDetail, TurnstileKeys};
use protocol::{AgentId, Problem};
use store::{Actor, agents};
use worker::{Env, Request, Response};

use super::detail;
use crate::challenge::{self, SEAL};
use crate::{audit, auth, rules};

/// Keys are far shorter.
const MAX_KEY: usize = 200;
/// Secrets tried a minute by one workspace: each is asked about at Cloudflare.
const TRIALS: u32 = 20;

pub async fn set(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    agent: &AgentId,
) -> Result<Response, Failure> {
    let before = detail(env, actor, agent).await?;
    let keys: TurnstileKeys = http::body(request).await?;
    let site_key = key("site_key", &keys.site_key, "Enter the site key as Cloudflare shows it.")?;
    let secret = key("secret", &keys.secret, "Enter the secret key as Cloudflare shows it.")?;
    if site_key == secret {
        let message = "This is the site key again. The secret key stands below it.";
        return Err(Problem::field("secret", message).into());
    }
    auth::limit(env, &format!("turnstile {}", actor.tenant.workspace()), TRIALS).await?;
    challenge::check_secret(env, secret).await?;
    let sealed = seal::seal(env, SEAL, agent.as_str(), secret)?;
    put(env, actor, &before, Some((site_key, &sealed))).await
}

pub async fn remove(env: &Env, actor: &Actor, agent: &AgentId) -> Result<Response, Failure> {
    let before = detail(env, actor, agent).await?;
    if before.turnstile_site_key.is_none() {
        return http::data(before);
    }
    put(env, actor, &before, None).await
}

fn key<'a>(field: &str, given: &'a str, otherwise: &str) -> Result<&'a str, Problem> {
    let given = given.trim();
    let plain = given.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if given.is_empty() || given.len() > MAX_KEY || !plain {
        return Err(Problem::field(field, otherwise));
    }
    Ok(given)
}

async fn put(
    env: &Env,
    actor: &Actor,
    before: &AgentDetail,
    keys: Option<(&str, &str)>,
) -> Result<Response, Failure> {
    let agent = &before.agent.id;
    let site_key = keys.map(|(site_key, _)| site_key);
    let action = if keys.is_some() { "agent.turnstile_set" } else { "agent.turnstile_removed" };
    let changes = [audit::change("turnstile", before.turnstile_site_key.as_deref(), site_key)];
    let statements = [
        agents::set_turnstile(&actor.tenant, agent, keys),
        audit::entry_if_changed(actor, action, agent.as_str(), &before.agent.name, &changes)?,
    ];
    rules::change(env, actor, agent, &statements).await?;
    http::data(detail(env, actor, agent).await?)
}
