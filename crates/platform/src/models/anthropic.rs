//! Anthropic's Messages API: `POST {ANTHROPIC_BASE_URL}/v1/messages` (API reference, "Create a Message").
//!
//! The system text stands apart, visitor and assistant take turns, what tools answered is the visitor's turn, and
//! text is never empty.

use domain::answer::ModelError;
use domain::prompt::{Message, Role, ToolSpec};
use domain::tokens::{Family, ToolCall};
use serde_json::{Value, json};

use super::{Env, MAX_OUTPUT_TOKENS, MAX_THINKING_TOKENS, ReadableStream, config, openai, post};

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
    head_ms: u64,
) -> Result<(ReadableStream, Family), ModelError> {
    let key = config::secret(env, "ANTHROPIC_API_KEY")
        .map_err(|failure| ModelError::Unavailable(failure.to_string()))?;
    let base = config::optional(env, "ANTHROPIC_BASE_URL");
    let base = base.as_deref().unwrap_or(DEFAULT_BASE).trim_end_matches('/');
    let url = format!("{base}/v1/messages");
    let headers = [("x-api-key", key.as_str()), ("anthropic-version", VERSION)];
    let mut habits = openai::habits(&url, model);
    loop {
        let body = body(model, messages, tools, habits.thinks);
        match post(&url, &headers, &body, head_ms).await? {
            Ok(bytes) => return Ok((bytes, Family::Anthropic)),
            // Newer models cannot be told not to think.
            Err(refusal)
                if refusal.status == 400 && !habits.thinks && refusal.message.contains("thinking") =>
            {
                habits.thinks = true;
                openai::remember(&url, model, habits);
            }
            Err(refusal) => return Err(refusal.into()),
        }
    }
}

fn body(model: &str, messages: &[Message], tools: &[ToolSpec], thinks: bool) -> Value {
    let system: Vec<&str> =
        messages.iter().filter(|said| said.role == Role::System).map(|said| said.content.as_str()).collect();
    let (limit, thinking) = if thinks {
        (MAX_THINKING_TOKENS, ("output_config", json!({ "effort": "low" })))
    } else {
        // A visitor waits: where a model may think or not, it answers.
        (MAX_OUTPUT_TOKENS, ("thinking", json!({ "type": "disabled" })))
    };
    let mut body = json!({
        "model": model,
        "max_tokens": limit,
        "stream": true,
        "system": system.join("\n\n"),
        "messages": turns(messages),
        thinking.0: thinking.1,
    });
    if let Some(body) = body.as_object_mut().filter(|_| !tools.is_empty()) {
        let spec = |tool: &ToolSpec| json!({ "name": tool.name, "description": tool.description, "input_schema": tool.parameters });
        body.insert("tools".into(), tools.iter().map(spec).collect());
    }
    body
}

/// The messages as turns: neighbours of one side are one.
fn turns(messages: &[Message]) -> Value {
    let mut turns: Vec<(&str, Vec<Value>)> = Vec::new();
    for message in messages {
        let side = match message.role {
            Role::System => continue,
            Role::Assistant => "assistant",
            Role::User | Role::Tool => "user",
        };
        let blocks = blocks(message);
        match turns.last_mut() {
            Some((last, all)) if *last == side => all.extend(blocks),
            _ if blocks.is_empty() => {}
            _ => turns.push((side, blocks)),
        }
    }
    turns.into_iter().map(|(role, content)| json!({ "role": role, "content": content })).collect()
}

fn blocks(message: &Message) -> Vec<Value> {
    let text = message.content.trim_end();
    if let Some(call) = &message.answers {
        return vec![
            json!({ "type": "tool_result", "tool_use_id": call.id, "content": text, "is_error": call.failed }),
        ];
    }
    let said = (!text.is_empty()).then(|| json!({ "type": "text", "text": text }));
    said.into_iter().chain(message.calls.iter().map(used)).collect()
}

fn used(call: &ToolCall) -> Value {
    json!({ "type": "tool_use", "id": call.id, "name": call.name, "input": openai::arguments(call) })
}
