//! The visitor's routes, and the doors to everything else.

mod address;
pub mod assets;
pub mod back;
pub mod events;
pub mod init;
pub mod lead;
pub mod lounge;
pub mod message;
mod network;
pub mod socket;

use domain::experiments;
use domain::pass::{Pass, Purpose};
use platform::{Failure, clock, objects, replicas};
use protocol::agent::AgentSnapshot;
use protocol::internal::Admission;
use protocol::objects::ObjectName;
use protocol::{AgentId, Code, Problem};
use worker::{Env, Headers, Request, Response};

use crate::token;

/// The header that carries an [`Admission`] from the edge to the conversation's object.
pub const ADMISSION_HEADER: &str = "X-Frontdesk-Admission";

/// Seconds an edge may keep a published snapshot: the least that KV allows.
const SNAPSHOT_TTL_S: u64 = 60;

/// Permission for JSON with a token from any page; the agent's origins decide at the request itself.
pub fn preflight() -> Result<Response, Failure> {
    let headers = Headers::new();
    headers.set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")?;
    headers.set("Access-Control-Allow-Headers", "Authorization, Content-Type, Last-Event-ID")?;
    headers.set("Access-Control-Max-Age", "86400")?;
    headers.set("Cache-Control", "public, max-age=86400")?;
    Ok(Response::empty()?.with_status(204).with_headers(headers))
}

/// The published agent.
pub async fn published(env: &Env, agent: &AgentId) -> Result<AgentSnapshot, Failure> {
    let found = env.kv("AGENTS")?.get(&AgentSnapshot::key(agent)).cache_ttl(SNAPSHOT_TTL_S).text().await?;
    match found {
        Some(json) => Ok(protocol::json::read(&json)?),
        None => Err(Problem::new(
            Code::AgentNotFound,
            "There is no published agent with this id. Publish it in the dashboard, or check data-agent-id.",
        )
        .into()),
    }
}

/// Whether pages of an origin may show the agent.
pub fn allow_origin(agent: &AgentSnapshot, origin: &str) -> Result<(), Problem> {
    let allowed =
        agent.allowed_origins.iter().any(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(origin));
    if allowed {
        return Ok(());
    }
    Err(Problem::new(
        Code::OriginNotAllowed,
        "This site is not on the agent's list of origins. Add its address in the dashboard.",
    ))
}

/// A visitor with a good token at an origin that is (still) allowed, ready to be handed to the object.
pub struct Admitted {
    pub admission: Admission,
    pub object: ObjectName,
}

/// The longest `Accept-Language` that is kept; browsers send a fifth of it.
const MAX_ACCEPT_LANGUAGE_CHARS: usize = 200;

/// A pass is used on the site it was issued to; a request may come without naming one.
pub fn issued_here(pass: &Pass, origin: Option<&str>) -> Result<(), Problem> {
    if origin.is_some_and(|origin| !origin.eq_ignore_ascii_case(&pass.origin)) {
        return Err(Problem::new(Code::TokenMismatch, "This pass was issued to another site."));
    }
    Ok(())
}

/// The conversation's token of a request.
pub fn bearer(request: &Request) -> Result<String, Failure> {
    let authorization = request.headers().get("Authorization")?.unwrap_or_default();
    let token = authorization.strip_prefix("Bearer ").ok_or_else(|| {
        Problem::new(Code::TokenInvalid, "Send the conversation's token as Authorization: Bearer …")
    })?;
    Ok(token.to_owned())
}

/// Checks a token and the origin of a request.
pub async fn admit(env: &Env, token: &str, request: &Request, after: u64) -> Result<Admitted, Failure> {
    let headers = request.headers();
    let origin = headers.get("Origin")?;
    let accept_language = headers
        .get("Accept-Language")?
        .map(|header| header.chars().take(MAX_ACCEPT_LANGUAGE_CHARS).collect());
    let address = network::digest(env, headers)?;
    let pass = token::verify(env, token, Purpose::Use, clock::now())?;
    issued_here(&pass, origin.as_deref())?;
    let Pass { identity, origin: issued_to, challenged, .. } = pass;
    let mut agent = published(env, &identity.agent_id).await?;
    if agent.workspace_id != identity.workspace_id {
        return Err(Problem::new(Code::TokenMismatch, "This pass names another workspace.").into());
    }
    allow_origin(&agent, &issued_to)?;
    if agent.turnstile.is_some() && !challenged {
        let message = "This assistant answers who has shown to be a person. Solve the challenge that init names and \
                       send its token to init.";
        return Err(Problem::new(Code::ChallengeRequired, message).into());
    }
    let object = protocol::objects::conversation(
        &identity.workspace_id,
        &identity.agent_id,
        &identity.conversation_id,
        agent.jurisdiction,
    );
    let variants = experiments::apply(&mut agent, &identity.visitor_id);
    let varied = variants.iter().map(|variant| variant.variant_id.as_str()).collect::<Vec<_>>().join(" ");
    // The page has them; a turn does not look at them.
    agent.rules.clear();
    let region = replicas::nearest(env, request, agent.jurisdiction);
    Ok(Admitted {
        admission: Admission { identity, agent, after, accept_language, region, address, varied },
        object,
    })
}

impl Admitted {
    /// Headers for the object, built here and nowhere else; of the visitor's request only what the admission says is passed on.
    pub fn headers(&self) -> Result<Headers, Failure> {
        let headers = Headers::new();
        headers.set(ADMISSION_HEADER, &ascii(&serde_json::to_string(&self.admission)?))?;
        Ok(headers)
    }

    /// Hands a request to the conversation's object.
    pub async fn hand(&self, env: &Env, request: &Request) -> Result<Response, Failure> {
        objects::hand(env, "CONVERSATION", &self.object, request).await
    }
}

/// JSON as header text: everything beyond ASCII becomes an escape.
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    let mut units = [0; 2];
    for c in json.chars() {
        if c.is_ascii() {
            text.push(c);
        } else {
            text.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    text
}
