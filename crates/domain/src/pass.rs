//! The visitor's pass: a JWT (RFC 7519, HS256) that names one conversation.
//!
//! Keys are derived from one root by HKDF-SHA256 (RFC 5869), one a day, the day being the key id: replacing a
//! secret evicts every object, so the root stays and days roll. A token is good for 60 minutes and may be
//! exchanged for a new one for 24 hours.

use hkdf::Hkdf;
use jwt_compact::alg::{Hs256, Hs256Key};
use jwt_compact::{AlgorithmExt, Claims, Header, UntrustedToken};
use protocol::internal::ConversationIdentity;
use protocol::widget::{TOKEN_RENEWAL_MS, TOKEN_TTL_MS};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// Longest token that is looked at.
const MAX_TOKEN_BYTES: usize = 2_048;
/// A root key of 256 bits in base64 is longer.
const MIN_ROOT_BYTES: usize = 32;
const DIGEST_BYTES: usize = 12;

/// What a token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pass {
    /// Who talks to whom.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To talk: 60 minutes.
    Use,
    /// To be exchanged: 24 hours.
    Renewal,
}

/// Why there is no token, or no pass.
#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    /// The installation's root key is too short.
    Root,
    /// It could not be made.
    Unmade,
    /// Forged, damaged, too old, or not yet issued.
    Invalid,
}

/// Signs a pass with the key of its day.
///
/// # Errors
/// When the root key is too short.
pub fn sign(root: &str, pass: &Pass) -> Result<String, Fault> {
    let day = pass.issued_at_ms / DAY_MS;
    let header = Header::empty().with_key_id(day.to_string());
    Hs256.token(&header, &Claims::new(pass.clone()), &key(root, day)?).map_err(|_| Fault::Unmade)
}

/// Reads a token that is genuine and young enough.
///
/// # Errors
/// `Invalid` for anything else; when the root key is too short.
pub fn verify(root: &str, token: &str, purpose: Purpose, now_ms: u64) -> Result<Pass, Fault> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(Fault::Invalid);
    }
    let untrusted = UntrustedToken::new(token).map_err(|_| Fault::Invalid)?;
    let today = now_ms / DAY_MS;
    let day = untrusted
        .header()
        .key_id
        .as_deref()
        .and_then(|id| id.parse::<u64>().ok())
        .filter(|day| *day <= today && *day + 1 >= today)
        .ok_or(Fault::Invalid)?;
    let verified =
        Hs256.validator::<Pass>(&key(root, day)?).validate(&untrusted).map_err(|_| Fault::Invalid)?;
    let pass = verified.claims().custom.clone();
    let age = now_ms.checked_sub(pass.issued_at_ms).ok_or(Fault::Invalid)?;
    let limit = if purpose == Purpose::Use { TOKEN_TTL_MS } else { TOKEN_RENEWAL_MS };
    if age < limit { Ok(pass) } else { Err(Fault::Invalid) }
}

/// A digest that nobody without the root key can make, as hexadecimal digits.
///
/// # Errors
/// When it could not be made.
pub fn digest(root: &str, of: &str) -> Result<String, Fault> {
    let mut bytes = [0_u8; DIGEST_BYTES];
    expand(root, of, &mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn key(root: &str, day: u64) -> Result<Hs256Key, Fault> {
    if root.len() < MIN_ROOT_BYTES {
        return Err(Fault::Root);
    }
    let mut bytes = [0_u8; 32];
    expand(root, &format!("frontdesk visitor token, day {day}"), &mut bytes)?;
    Ok(Hs256Key::new(bytes))
}

fn expand(root: &str, what: &str, into: &mut [u8]) -> Result<(), Fault> {
    Hkdf::<Sha256>::new(None, root.as_bytes()).expand(what.as_bytes(), into).map_err(|_| Fault::Unmade)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "0123456789abcdef0123456789abcdef";
    /// An hour before midnight.
    const ISSUED: u64 = 20_000 * DAY_MS - 60 * 60 * 1_000;

    fn pass() -> Pass {
        let identity = serde_json::json!({
            "workspace_id": "ws_01m7z2rab4mdmqfbqrqcwq9mca", "agent_id": "agt_01m7z2rab4mdmqfbqrqcwq9mca",
            "conversation_id": "cnv_01m7z2rab4mdmqfbqrqcwq9mca", "visitor_id": "vis_01m7z2rab4mdmqfbqrqcwq9mca",
        });
        let identity = serde_json::from_value(identity).unwrap();
        Pass { identity, origin: "https://a.example".into(), issued_at_ms: ISSUED, challenged: true }
    }

    #[test]
    fn a_pass_is_good_for_its_time_and_over_midnight() {
        let token = sign(ROOT, &pass()).unwrap();
        for (age, to_use, to_renew) in [
            (0, true, true),
            (TOKEN_TTL_MS - 1, true, true),
            (TOKEN_TTL_MS, false, true),
            (TOKEN_RENEWAL_MS - 1, false, true),
            (TOKEN_RENEWAL_MS, false, false),
            (3 * DAY_MS, false, false),
        ] {
            assert_eq!(verify(ROOT, &token, Purpose::Use, ISSUED + age).is_ok(), to_use, "{age}");
            assert_eq!(verify(ROOT, &token, Purpose::Renewal, ISSUED + age).is_ok(), to_renew, "{age}");
        }
        let read = verify(ROOT, &token, Purpose::Use, ISSUED).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), serde_json::to_value(pass()).unwrap());
    }

    #[test]
    fn what_is_not_ours_opens_nothing() {
        let token = sign(ROOT, &pass()).unwrap();
        let other = sign(&ROOT.replace('0', "x"), &pass()).unwrap();
        let [head, body, mark]: [&str; 3] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
        let unsigned = "eyJhbGciOiJub25lIn0";
        for wrong in [
            String::new(),
            ".".repeat(5_000),
            other,
            format!("{unsigned}.{body}."),
            format!("{unsigned}.{body}.{mark}"),
            format!("{head}.{body}."),
            format!("{head}.{body}"),
        ] {
            assert_eq!(verify(ROOT, &wrong, Purpose::Use, ISSUED).err(), Some(Fault::Invalid), "{wrong}");
        }
        // From tomorrow.
        assert_eq!(verify(ROOT, &token, Purpose::Use, ISSUED - 1).err(), Some(Fault::Invalid));
        assert_eq!(sign("short", &pass()).err(), Some(Fault::Root));
    }

    #[test]
    fn digests_differ_by_root_and_by_what_they_are_of() {
        let one = digest(ROOT, "a").unwrap();
        assert_eq!(one.len(), 2 * DIGEST_BYTES);
        assert_eq!(digest(ROOT, "a").unwrap(), one);
        assert_ne!(digest(ROOT, "b").unwrap(), one);
        assert_ne!(digest("other", "a").unwrap(), one);
    }
}
