//! Signing in with an account elsewhere: OpenID Connect Core 1.0, authorization code with PKCE (RFC 7636, S256).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platform::outgoing;
use platform::{Failure, clock, config, signature};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use url::Url;
use worker::{Env, Method, Request};

use crate::auth;

const DEADLINE_MS: u64 = 10_000;
const MAX_BYTES: usize = 256 * 1024;
/// Seconds that clocks may differ.
const LEEWAY_S: f64 = 60.0;

/// What the provider says about itself (OpenID Connect Discovery 1.0), as far as it is used.
#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
}

/// One sign-in under way. Everything follows from one secret that only the browser holds, in a cookie, so another
/// browser's answer cannot be slipped in and nothing is stored.
pub struct Attempt<'a> {
    pub secret: &'a str,
    pub redirect_uri: &'a str,
}

impl Attempt<'_> {
    fn derived(&self, what: &str) -> String {
        auth::digest(&format!("{what} {}", self.secret))
    }

    /// Comes back with the answer.
    pub fn state(&self) -> String {
        self.derived("state")
    }

    fn nonce(&self) -> String {
        self.derived("nonce")
    }

    fn verifier(&self) -> String {
        self.derived("verifier")
    }
}

/// Who somebody is elsewhere, as the provider signed it.
pub struct Identity {
    pub issuer: String,
    pub subject: String,
    pub email: String,
    pub email_verified: bool,
    pub name: Option<String>,
}

/// An account elsewhere that this installation is registered with.
pub struct Client {
    id: String,
    secret: String,
    discovery: Discovery,
}

fn failed(what: &str, error: impl std::fmt::Display) -> Failure {
    Failure::Internal(format!("sign-in with Google: {what}: {error}"))
}

impl Client {
    /// Reads the configuration and what the provider says about itself.
    ///
    /// # Errors
    /// When one is missing, or the provider is another than the configured one.
    pub async fn discover(env: &Env) -> Result<Self, Failure> {
        let missing = || Failure::Internal("GOOGLE_CLIENT_ID or GOOGLE_ISSUER is not set".into());
        let issuer = config::optional(env, "GOOGLE_ISSUER").ok_or_else(missing)?;
        let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let discovery: Discovery = get(&url).await?;
        if discovery.issuer != issuer {
            return Err(failed("discovery", "it names another issuer"));
        }
        Ok(Self {
            id: config::optional(env, "GOOGLE_CLIENT_ID").ok_or_else(missing)?,
            secret: config::secret(env, "GOOGLE_CLIENT_SECRET")?,
            discovery,
        })
    }

    /// Where the browser is sent to sign in.
    ///
    /// # Errors
    /// When the provider's address is none.
    pub fn authorization_url(&self, attempt: &Attempt<'_>) -> Result<Url, Failure> {
        let mut url = Url::parse(&self.discovery.authorization_endpoint)
            .map_err(|error| failed("authorization_endpoint", error))?;
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(attempt.verifier()));
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.id)
            .append_pair("redirect_uri", attempt.redirect_uri)
            .append_pair("scope", "openid email profile")
            .append_pair("state", &attempt.state())
            .append_pair("nonce", &attempt.nonce())
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .append_pair("prompt", "select_account");
        Ok(url)
    }

    /// Exchanges the code the browser came back with for a signed identity.
    ///
    /// # Errors
    /// When the provider refuses the code, or what it signed is not for us, for this attempt or for now.
    pub async fn identify(&self, attempt: &Attempt<'_>, code: &str) -> Result<Identity, Failure> {
        #[derive(Deserialize)]
        struct Tokens {
            id_token: String,
        }
        let (verifier, uri) = (attempt.verifier(), attempt.redirect_uri);
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", uri)
            .append_pair("client_id", &self.id)
            .append_pair("client_secret", &self.secret)
            .append_pair("code_verifier", &verifier)
            .finish();
        let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")];
        let request = outgoing::request(Method::Post, &self.discovery.token_endpoint, &headers, Some(&body));
        let tokens: Tokens = json(request.map_err(|error| failed("token request", error))?).await?;
        self.verify(&tokens.id_token, &attempt.nonce()).await
    }

    /// OpenID Connect Core 1.0, section 3.1.3.7.
    async fn verify(&self, token: &str, nonce: &str) -> Result<Identity, Failure> {
        #[derive(Deserialize)]
        struct Header {
            alg: String,
            kid: Option<String>,
        }
        let refuse = |why: &str| Err(failed("ID token", why));
        let mut parts = token.split('.');
        let (Some(head), Some(claims), Some(signed), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return refuse("it is no JWT");
        };
        let header: Header = decode(head)?;
        if header.alg != "RS256" {
            return refuse("it is signed with another algorithm");
        }
        let keys: Keys = get(&self.discovery.jwks_uri).await?;
        let signature = URL_SAFE_NO_PAD.decode(signed).map_err(|error| failed("signature", error))?;
        let data = format!("{head}.{claims}");
        let mut genuine = false;
        for key in
            keys.keys.iter().filter(|key| key.kty == "RSA" && (header.kid.is_none() || key.kid == header.kid))
        {
            genuine |= signature::is_rs256(&key.n, &key.e, data.as_bytes(), &signature).await;
        }
        if !genuine {
            return refuse("its signature is of none of the provider's keys");
        }
        let claims: Claims = decode(claims)?;
        let now = clock::now_ms() / 1_000.0;
        if claims.iss != self.discovery.issuer {
            return refuse("it is of another issuer");
        }
        if !claims.aud.names(&self.id) || claims.azp.as_ref().is_some_and(|azp| *azp != self.id) {
            return refuse("it is for another client");
        }
        if claims.exp < now - LEEWAY_S || claims.iat > now + LEEWAY_S {
            return refuse("it is not of now");
        }
        if claims.nonce.as_deref() != Some(nonce) {
            return refuse("it is of another attempt");
        }
        Ok(Identity {
            issuer: claims.iss,
            subject: claims.sub,
            email: claims.email.unwrap_or_default(),
            email_verified: matches!(&claims.email_verified, Some(Truth::Flag(true)))
                || matches!(&claims.email_verified, Some(Truth::Text(text)) if text == "true"),
            name: claims.name,
        })
    }
}

/// A JSON Web Key Set (RFC 7517); keys of other kinds have no modulus.
#[derive(Deserialize)]
struct Keys {
    keys: Vec<Key>,
}

#[derive(Deserialize)]
struct Key {
    kty: String,
    kid: Option<String>,
    #[serde(default)]
    n: String,
    #[serde(default)]
    e: String,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: f64,
    iat: f64,
    nonce: Option<String>,
    email: Option<String>,
    email_verified: Option<Truth>,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    fn names(&self, id: &str) -> bool {
        match self {
            Self::One(one) => one == id,
            Self::Many(many) => many.iter().any(|one| one == id),
        }
    }
}

/// Some providers write booleans as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Truth {
    Flag(bool),
    Text(String),
}

fn decode<T: DeserializeOwned>(part: &str) -> Result<T, Failure> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|error| failed("ID token", error))?;
    // serde's message quotes what it read; only that it failed is told.
    serde_json::from_slice(&bytes).map_err(|_| failed("ID token", "a part has the wrong form"))
}

async fn get<T: DeserializeOwned>(url: &str) -> Result<T, Failure> {
    let request = outgoing::request(Method::Get, url, &[("Accept", "application/json")], None);
    json(request.map_err(|error| failed("request", error))?).await
}

async fn json<T: DeserializeOwned>(request: Request) -> Result<T, Failure> {
    let mut response =
        outgoing::send(request, DEADLINE_MS).await.map_err(|error| failed("no answer", error))?;
    let status = response.status_code();
    if status != 200 {
        return Err(failed("answer", status));
    }
    let bytes = outgoing::read(&mut response, MAX_BYTES, DEADLINE_MS).await;
    let bytes = bytes.map_err(|error| failed("answer", error))?;
    serde_json::from_slice(&bytes).map_err(|_| failed("answer", "it is not the JSON expected"))
}
