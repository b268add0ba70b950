//! Turnstile, Cloudflare's challenge for visitors: whether the token that a visitor's browser was given is good. The
//! visitor's address is not passed on: it is nothing that the answer needs.

use domain::language::{self, Language, Visitor};
use domain::refusal;
use platform::outgoing::Trouble;
use platform::relational::Relational;
use platform::{Failure, clock, config, log, outgoing, seal};
use protocol::api::Limit;
use protocol::internal::{NoteRefusal, Nothing, PassChallenge};
use protocol::{AgentId, Code, Problem};
use serde::Deserialize;
use serde_json::json;
use store::{Tenant, agents};
use url::Url;
use worker::{Env, Method};

use crate::usage;

/// What secrets are sealed for.
pub const SEAL: &str = "turnstile";
const URL: &str = "https://challenges.cloudflare.com/turnstile/v0/siteverify";
/// A visitor waits; after this long the check has failed.
const PATIENCE_MS: u64 = 5_000;
const MAX_ANSWER: usize = 16 << 10;
/// Characters of a token, as Cloudflare documents them.
const MAX_TOKEN: usize = 2_048;

/// What Cloudflare says of a token.
#[derive(Deserialize)]
struct Verdict {
    success: bool,
    #[serde(default, rename = "error-codes")]
    errors: Vec<String>,
    /// Where the challenge was solved.
    #[serde(default)]
    hostname: String,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
struct Metadata {
    /// One of Cloudflare's keys for tests, which name no host of anybody.
    #[serde(default)]
    result_with_testing_key: bool,
}

impl Verdict {
    fn has(&self, errors: &[&str]) -> bool {
        self.errors.iter().any(|error| errors.contains(&error.as_str()))
    }

    /// The challenge was solved in a page of this origin.
    fn is_of(&self, origin: &str) -> bool {
        let host = Url::parse(origin).ok().and_then(|url| url.host_str().map(str::to_ascii_lowercase));
        self.success
            && (self.metadata.result_with_testing_key || host.is_some_and(|host| host == self.hostname))
    }
}

/// Asks Cloudflare. A token that was asked about is used up.
async fn verdict(env: &Env, secret: &str, token: &str) -> Result<Verdict, Trouble> {
    let url = config::optional(env, "TURNSTILE_URL").unwrap_or_else(|| URL.into());
    let body = json!({ "secret": secret, "response": token }).to_string();
    let headers = [("Content-Type", "application/json"), ("User-Agent", "Frontdesk")];
    let asked = async {
        let request = outgoing::request(Method::Post, &url, &headers, Some(&body))?;
        let mut response = outgoing::send(request, PATIENCE_MS).await?;
        let bytes = outgoing::read(&mut response, MAX_ANSWER, PATIENCE_MS).await?;
        let verdict: Verdict = serde_json::from_slice(&bytes)
            .map_err(|_| Trouble::Failed(format!("an answer of status {}", response.status_code())))?;
        if verdict.has(&["internal-error"]) {
            return Err(Trouble::Failed("an error of its own".into()));
        }
        Ok(verdict)
    };
    clock::within(PATIENCE_MS, asked).await.unwrap_or(Err(Trouble::TimedOut(PATIENCE_MS)))
}

/// Whether a visitor's token is good. What cannot be checked is refused.
///
/// # Errors
/// `challenge_required` where it is not, `unavailable` where nobody says, in the visitor's language.
pub async fn pass(env: &Env, message: &PassChallenge) -> Result<Nothing, Failure> {
    let agent = &message.agent_id;
    let tenant = Tenant::of_job(&message.workspace_id);
    let row = Relational::of(env)?.first(&agents::turnstile_secret(&tenant, agent)).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let sealed = row.text(0)?;
    if sealed.is_empty() {
        // Nobody asks for it any more; the edges hear of that in a moment.
        return Ok(Nothing {});
    }
    let visitor =
        Visitor { page: None, browser: message.accept_language.as_deref(), agent: &message.language };
    let language = language::spoken(&visitor, std::iter::empty());
    let silent =
        || Problem { retry_after: Some(5), ..Problem::new(Code::Unavailable, refusal::unchecked(language)) };
    if message.token.is_empty() || message.token.len() > MAX_TOKEN {
        return Err(unsolved(env, agent, language).await);
    }
    let secret = seal::open(env, SEAL, agent.as_str(), sealed)?;
    let verdict = verdict(env, &secret, &message.token).await.map_err(|trouble| {
        log::error("challenge_unchecked", Some(agent.as_str()), &trouble.to_string());
        silent()
    })?;
    if verdict.is_of(&message.origin) {
        return Ok(Nothing {});
    }
    if verdict.has(&["missing-input-secret", "invalid-input-secret", "bad-request"]) {
        let said = verdict.errors.join(", ");
        log::error("challenge_misconfigured", Some(agent.as_str()), &said);
        return Err(silent().into());
    }
    Err(unsolved(env, agent, language).await)
}

/// The refusal in the visitor's language; the owner sees how many there were.
async fn unsolved(env: &Env, agent_id: &AgentId, language: Language) -> Failure {
    let refused = NoteRefusal { agent_id: agent_id.clone(), limit: Limit::Challenge };
    if let Err(failure) = usage::note_refusal(env, &refused).await {
        log::error("refusal_not_counted", Some(agent_id.as_str()), &failure.to_string());
    }
    Problem::new(Code::ChallengeRequired, refusal::unsolved(language)).into()
}

/// Whether Cloudflare knows a secret: asked about a token that is none.
///
/// # Errors
/// `invalid` where it does not, `unavailable` where nobody says.
pub async fn check_secret(env: &Env, secret: &str) -> Result<(), Failure> {
    let verdict = verdict(env, secret, "no-token").await.map_err(|trouble| {
        log::error("challenge_unchecked", None, &trouble.to_string());
        Problem::new(
            Code::Unavailable,
            "Cloudflare did not say whether the secret is right. Try again in a moment.",
        )
    })?;
    if verdict.has(&["missing-input-secret", "invalid-input-secret", "bad-request"]) {
        let message = "Cloudflare does not know this secret key. Copy it from the widget's page under Turnstile in \
                       Cloudflare's dashboard.";
        return Err(Problem::field("secret", message).into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Verdict {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_challenge_counts_where_it_was_solved() {
        let good = read(
            r#"{"success":true,"error-codes":[],"challenge_ts":"2026-11-21T00:00:00.000Z","hostname":"shop.example","action":"","cdata":""}"#,
        );
        assert!(good.is_of("https://shop.example") && good.is_of("https://Shop.Example:8443"));
        assert!(!good.is_of("https://other.example") && !good.is_of("null"));
        let spent = read(r#"{"success":false,"error-codes":["timeout-or-duplicate"],"messages":[]}"#);
        assert!(!spent.is_of("https://shop.example") && spent.has(&["timeout-or-duplicate"]));
    }

    #[test]
    fn keys_for_tests_name_no_host() {
        let dummy = read(
            r#"{"success":true,"error-codes":[],"hostname":"example.com","metadata":{"result_with_testing_key":true}}"#,
        );
        assert!(dummy.is_of("https://shop.example"));
    }
}
