//! OpenAI-compatible endpoints: `POST {OPENAI_BASE_URL}/chat/completions`.

use domain::answer::ModelError;
use domain::prompt::{Message, ToolSpec};
use domain::requests::openai::body;
use domain::tokens::Family;

use super::{Env, Opened, config, learning};

/// Asks for an answer.
pub(super) async fn open(
    env: &Env,
    model: &str,
    messages: &[Message],
    tools: &[ToolSpec],
    temperature: f64,
    head_ms: u64,
) -> Result<Opened, ModelError> {
    let base = config::optional(env, "OPENAI_BASE_URL")
        .ok_or_else(|| ModelError::Unavailable("OPENAI_BASE_URL is not set".into()))?;
    let key = env.secret("OPENAI_API_KEY").map(|key| key.to_string()).unwrap_or_default();
    let bearer = format!("Bearer {key}");
    let headers = if key.is_empty() { vec![] } else { vec![("Authorization", bearer.as_str())] };
    let url = format!("{}/chat/completions", base.trim_end_matches('/'));
    let configured = config::optional(env, "TOOLS_BY_PROMPT").unwrap_or_default();
    let toolless = configured.split(',').any(|name| name.trim() == model);
    let (bytes, habits) = learning::post(&url, model, &headers, head_ms, toolless, |habits| {
        body(model, messages, tools, temperature, habits)
    })
    .await?;
    Ok(Opened { bytes, family: Family::OpenAi, by_prompt: habits.toolless })
}
