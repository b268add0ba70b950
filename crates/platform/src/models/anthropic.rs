//! Anthropic: `POST {ANTHROPIC_BASE_URL}/v1/messages`.

use domain::answer::ModelError;
use domain::prompt::{Message, ToolSpec};
use domain::requests::anthropic::body;
use domain::tokens::Family;

use super::{Env, Opened, config, learning};

const VERSION: &str = "2023-06-01";
const DEFAULT_BASE: &str = "https://api.anthropic.com";

/// Whether the installation has a key.
#[must_use]
pub fn configured(env: &Env) -> bool {
    config::secret(env, "ANTHROPIC_API_KEY").is_ok()
}

/// Asks for an answer.
pub(super) async fn open(
    env: &Env,
    model: &str,
    messages: &[Message],
    tools: &[ToolSpec],
    temperature: f64,
    head_ms: u64,
) -> Result<Opened, ModelError> {
    let key = config::secret(env, "ANTHROPIC_API_KEY")
        .map_err(|failure| ModelError::Unavailable(failure.to_string()))?;
    let base = config::optional(env, "ANTHROPIC_BASE_URL");
    let base = base.as_deref().unwrap_or(DEFAULT_BASE).trim_end_matches('/');
    let url = format!("{base}/v1/messages");
    let headers = [("x-api-key", key.as_str()), ("anthropic-version", VERSION)];
    let posted = learning::post(&url, model, &headers, head_ms, false, |habits| {
        body(model, messages, tools, temperature, habits)
    });
    Ok(Opened { bytes: posted.await?.0, family: Family::Anthropic, by_prompt: false })
}
