//! By what another system knows us: sealed in the relations, opened for one call.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::tools::header_name;
use hmac::{Hmac, Mac};
use platform::{Failure, clock, seal};
use protocol::api::{NewToolAuth, ToolAuthKind};
use protocol::{Problem, ToolId};
use sha2::Sha256;
use store::tools::StoredAuth;
use worker::Env;

/// What secrets are sealed for.
pub const SEAL: &str = "tool";
const MAX_NAME: usize = 200;
const MAX_SECRET: usize = 4_000;
/// A shorter secret is none, and would be found in results by chance.
const MIN_SECRET: usize = 8;

/// What a member entered, sealed; `None` where nothing is needed.
///
/// # Errors
/// When it cannot be sent as it is. What is wrong with a secret is said without it.
pub fn sealed(env: &Env, tool: &ToolId, wanted: NewToolAuth) -> Result<Option<StoredAuth>, Failure> {
    let (kind, name, secret, field) = match wanted {
        NewToolAuth::None => return Ok(None),
        NewToolAuth::Bearer { token } => (ToolAuthKind::Bearer, String::new(), token, "auth.token"),
        NewToolAuth::Header { name, value } => {
            let name = name.trim().to_owned();
            header_name("auth.name", &name)?;
            (ToolAuthKind::Header, name, value, "auth.value")
        }
        NewToolAuth::Basic { username, password } => {
            let username = username.trim().to_owned();
            let plain = !username.contains(|c: char| c == ':' || c.is_control());
            if username.is_empty() || username.len() > MAX_NAME || !plain {
                let message = "Enter the user name: at most 200 characters, no colon.";
                return Err(Problem::field("auth.username", message).into());
            }
            (ToolAuthKind::Basic, username, password, "auth.password")
        }
        NewToolAuth::Query { name, value } => {
            let name = name.trim().to_owned();
            let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
            if name.is_empty() || name.len() > MAX_NAME || !plain {
                let message = "Enter the parameter's name, such as api_key.";
                return Err(Problem::field("auth.name", message).into());
            }
            (ToolAuthKind::Query, name, value, "auth.value")
        }
        NewToolAuth::Signature { secret } => (ToolAuthKind::Signature, String::new(), secret, "auth.secret"),
    };
    let secret = secret.trim();
    let visible = secret.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if !(MIN_SECRET..=MAX_SECRET).contains(&secret.len()) || !visible {
        let message = "Enter the secret: one line of 8 to 4,000 letters, digits and signs.";
        return Err(Problem::field(field, message).into());
    }
    let sealed = seal::seal(env, SEAL, tool.as_str(), secret)?;
    Ok(Some(StoredAuth { kind, name, sealed, set_at: clock::now_ms() }))
}

/// A secret in use.
pub struct Key {
    kind: ToolAuthKind,
    name: String,
    secret: String,
}

impl Key {
    /// The secret of a tool.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(env: &Env, tool: &ToolId, stored: Option<&StoredAuth>) -> Result<Self, Failure> {
        Ok(match stored {
            None => Self { kind: ToolAuthKind::None, name: String::new(), secret: String::new() },
            Some(stored) => Self {
                kind: stored.kind,
                name: stored.name.clone(),
                secret: seal::open(env, SEAL, tool.as_str(), &stored.sealed)?,
            },
        })
    }

    /// The header of one request.
    pub fn header(&self, method: &str, url: &str, body: &str) -> Option<(String, String)> {
        let authorization = |value: String| Some(("Authorization".to_owned(), value));
        match self.kind {
            ToolAuthKind::None | ToolAuthKind::Query => None,
            ToolAuthKind::Bearer => authorization(format!("Bearer {}", self.secret)),
            ToolAuthKind::Basic => authorization(format!("Basic {}", self.basic())),
            ToolAuthKind::Header => Some((self.name.clone(), self.secret.clone())),
            ToolAuthKind::Signature => {
                let signed = signature(&self.secret, clock::now() / 1_000, method, url, body)?;
                Some(("X-Frontdesk-Signature".to_owned(), signed))
            }
        }
    }

    /// The parameter of the address of every request.
    pub fn parameter(&self) -> Option<(&str, &str)> {
        (self.kind == ToolAuthKind::Query).then_some((self.name.as_str(), self.secret.as_str()))
    }

    fn basic(&self) -> String {
        STANDARD.encode(format!("{}:{}", self.name, self.secret))
    }

    /// What must not be in anything that came back.
    pub fn hidden(&self) -> Vec<String> {
        match self.kind {
            ToolAuthKind::None => Vec::new(),
            ToolAuthKind::Basic => vec![self.secret.clone(), self.basic()],
            // In an address it is written so.
            ToolAuthKind::Query => {
                let written = url::form_urlencoded::byte_serialize(self.secret.as_bytes()).collect();
                vec![self.secret.clone(), written]
            }
            _ => vec![self.secret.clone()],
        }
    }
}

/// `t=<Unix seconds>,v1=<hex>`: HMAC-SHA256 (RFC 2104) of time, method, address and body, each on its line. The time
/// lets the receiver refuse what is old.
fn signature(secret: &str, seconds: u64, method: &str, url: &str, body: &str) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(format!("{seconds}\n{method}\n{url}\n{body}").as_bytes());
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    Some(format!("t={seconds},v1={hex}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_makes_its_header_and_hides_what_it_sends() {
        let key = |kind, name: &str| Key { kind, name: name.into(), secret: "a-long-secret".into() };
        let header = |key: &Key| key.header("POST", "https://x.test/", "{}").unwrap();
        let bearer = key(ToolAuthKind::Bearer, "");
        assert_eq!(header(&bearer), ("Authorization".into(), "Bearer a-long-secret".into()));
        let own = key(ToolAuthKind::Header, "X-Shop");
        assert_eq!(header(&own), ("X-Shop".into(), "a-long-secret".into()));
        let basic = key(ToolAuthKind::Basic, "mia");
        let (_, value) = header(&basic);
        assert_eq!(value, "Basic bWlhOmEtbG9uZy1zZWNyZXQ=");
        assert!(basic.hidden().iter().any(|hidden| value.ends_with(hidden.as_str())));
        let query = key(ToolAuthKind::Query, "api_key");
        assert_eq!(query.parameter(), Some(("api_key", "a-long-secret")));
        assert!(query.header("GET", "https://x.test/", "").is_none() && basic.parameter().is_none());
        assert!(key(ToolAuthKind::None, "").header("GET", "https://x.test/", "").is_none());
    }

    #[test]
    fn a_signature_is_of_time_method_address_and_body() {
        // printf '1700000000\nPOST\nhttps://x.test/hook\n{"a":1}' | openssl dgst -sha256 -hmac a-long-secret
        let sign =
            |body| signature("a-long-secret", 1_700_000_000, "POST", "https://x.test/hook", body).unwrap();
        assert_eq!(
            sign("{\"a\":1}"),
            "t=1700000000,v1=75f1e0076f2fed2fbba4a590299de6e1923d47e0fd8db2ddb8cf6e1ff0b93e14"
        );
        assert_ne!(sign("{\"a\":1}"), sign("{\"a\":2}"));
    }
}
