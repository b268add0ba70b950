//! The visitor's token: a JWT (RFC 7519, HS256) that names one conversation.
//!
//! Keys are derived from one root by HKDF-SHA256 (RFC 5869), one a day, the day being the key id: replacing a
//! secret evicts every object, so the root stays and days roll. A token is good for 60 minutes and may be
//! exchanged for a new one for 24 hours.

use hkdf::Hkdf;
use jwt_compact::alg::{Hs256, Hs256Key};
use jwt_compact::{AlgorithmExt, Claims, Header, UntrustedToken};
use platform::{Failure, config};
use protocol::internal::ConversationIdentity;
use protocol::widget::{TOKEN_RENEWAL_MS, TOKEN_TTL_MS};
use protocol::{AgentId, Code, Problem, VisitorId};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use worker::Env;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// Longest token that is looked at.
const MAX_TOKEN_BYTES: usize = 2_048;

/// A root key of 256 bits in base64 is longer.
const MIN_ROOT_BYTES: usize = 32;
const DIGEST_BYTES: usize = 12;

/// What a token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pass {
    #[serde(flatten)]
    pub identity: ConversationIdentity,
    /// The page's origin at init.
    pub origin: String,
    /// Unix time in milliseconds.
    pub issued_at_ms: u64,
    /// A challenge was solved for this conversation.
    #[serde(default)]
    pub challenged: bool,
}

/// How old a token may be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To talk: 60 minutes.
    Use,
    /// To be exchanged: 24 hours.
    Renewal,
}

fn key(root: &str, day: u64) -> Result<Hs256Key, Failure> {
    let mut bytes = [0_u8; 32];
    if root.len() < MIN_ROOT_BYTES {
        return Err(Failure::Internal("ROOT_KEY is too short".into()));
    }
    Hkdf::<Sha256>::new(None, root.as_bytes())
        .expand(format!("frontdesk visitor token, day {day}").as_bytes(), &mut bytes)
        .map_err(|_| Failure::Internal("a key could not be derived".into()))?;
    Ok(Hs256Key::new(bytes))
}

/// By what a browser proves which visitor of an agent it is: the visitor's id and a keyed digest of it. It does not
/// age, opens nothing, and is good for a new conversation of the same visitor alone.
///
/// # Errors
/// When the installation has no root key.
pub fn visitor_pass(env: &Env, agent: &AgentId, visitor: &VisitorId) -> Result<String, Failure> {
    let digest = digest(env, &format!("frontdesk visitor {visitor} of {agent}"))?;
    Ok(format!("{visitor}.{digest}"))
}

/// A digest that nobody without the installation's root key can make, as hexadecimal digits.
///
/// # Errors
/// When the installation has no root key.
pub fn digest(env: &Env, of: &str) -> Result<String, Failure> {
    let mut bytes = [0_u8; DIGEST_BYTES];
    Hkdf::<Sha256>::new(None, config::secret(env, "ROOT_KEY")?.as_bytes())
        .expand(of.as_bytes(), &mut bytes)
        .map_err(|_| Failure::Internal("a digest could not be made".into()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Signs a pass with the key of its day.
///
/// # Errors
/// When the installation has no root key.
pub fn sign(env: &Env, pass: &Pass) -> Result<String, Failure> {
    let day = pass.issued_at_ms / DAY_MS;
    let header = Header::empty().with_key_id(day.to_string());
    Hs256
        .token(&header, &Claims::new(pass.clone()), &key(&config::secret(env, "ROOT_KEY")?, day)?)
        .map_err(|error| Failure::Internal(error.to_string()))
}

/// Reads a token that is genuine and young enough.
///
/// # Errors
/// `token_invalid` for anything else; it is not said what is wrong with it.
pub fn verify(env: &Env, token: &str, purpose: Purpose, now_ms: u64) -> Result<Pass, Failure> {
    let invalid = || {
        Problem::new(
            Code::TokenInvalid,
            "This conversation's pass is not valid any more. Begin again with init.",
        )
    };
    if token.len() > MAX_TOKEN_BYTES {
        return Err(invalid().into());
    }
    let untrusted = UntrustedToken::new(token).map_err(|_| invalid())?;
    let today = now_ms / DAY_MS;
    let day = untrusted
        .header()
        .key_id
        .as_deref()
        .and_then(|id| id.parse::<u64>().ok())
        .filter(|day| *day <= today && *day + 1 >= today)
        .ok_or_else(invalid)?;
    let key = key(&config::secret(env, "ROOT_KEY")?, day)?;
    let verified = Hs256.validator::<Pass>(&key).validate(&untrusted).map_err(|_| invalid())?;
    let pass = verified.claims().custom.clone();
    let age = now_ms.checked_sub(pass.issued_at_ms).ok_or_else(invalid)?;
    let limit = if purpose == Purpose::Use { TOKEN_TTL_MS } else { TOKEN_RENEWAL_MS };
    if age < limit { Ok(pass) } else { Err(invalid().into()) }
}
