//! OpenAI's chat completions (API reference, "Create chat completion"); OpenRouter, Ollama, vLLM and Azure speak
//! the same. Workers AI takes the same messages and tools.

use serde_json::{Value, json};

use super::{Habits, MAX_OUTPUT_TOKENS, MAX_THINKING_TOKENS, arguments, by_prompt};
use crate::prompt::{Message, ToolSpec};
use crate::tokens::ToolCall;

/// The body of a request.
#[must_use]
pub fn body(
    model: &str,
    messages: &[Message],
    tools: &[ToolSpec],
    temperature: f64,
    habits: Habits,
) -> Value {
    let told = habits.toolless.then(|| by_prompt::told(messages, tools));
    let messages = said(told.as_deref().unwrap_or(messages), &Value::Null);
    let mut body = json!({ "model": model, "messages": messages, "stream": true });
    if let Some(body) = body.as_object_mut() {
        let (limit, tokens) = if habits.completion_limit {
            // It counts the model's thinking.
            ("max_completion_tokens", MAX_THINKING_TOKENS)
        } else {
            ("max_tokens", MAX_OUTPUT_TOKENS)
        };
        body.insert(limit.into(), tokens.into());
        if !habits.untempered {
            body.insert("temperature".into(), temperature.into());
        }
        if !habits.uncounted {
            body.insert("stream_options".into(), json!({ "include_usage": true }));
        }
    }
    offer(&mut body, if habits.toolless { &[] } else { tools });
    body
}

/// The input of a run of Workers AI; its schema wants a string for every content.
#[must_use]
pub fn workers_ai(messages: &[Message], tools: &[ToolSpec], temperature: f64) -> Value {
    let messages = said(messages, &"".into());
    let mut input = json!({ "messages": messages, "stream": true, "max_tokens": MAX_OUTPUT_TOKENS, "temperature": temperature });
    offer(&mut input, tools);
    input
}

/// Adds the tools; a list without any is refused by some.
fn offer(body: &mut Value, tools: &[ToolSpec]) {
    if let Some(body) = body.as_object_mut().filter(|_| !tools.is_empty()) {
        let spec = |tool: &ToolSpec| {
            let (name, description, parameters) = (&tool.name, &tool.description, &tool.parameters);
            json!({ "type": "function", "function": { "name": name, "description": description, "parameters": parameters } })
        };
        body.insert("tools".into(), tools.iter().map(spec).collect());
    }
}

/// The messages; `empty` stands for the words of an assistant that only called tools.
fn said(messages: &[Message], empty: &Value) -> Value {
    let one = |message: &Message| {
        let (role, content) = (message.role.name(), message.content.as_str());
        match &message.answers {
            Some(call) => {
                json!({ "role": role, "content": content, "tool_call_id": call.id, "name": call.name })
            }
            None if message.calls.is_empty() => json!({ "role": role, "content": content }),
            None => {
                let content = if content.is_empty() { empty.clone() } else { content.into() };
                let calls: Value = message.calls.iter().map(called).collect();
                json!({ "role": role, "content": content, "tool_calls": calls })
            }
        }
    };
    messages.iter().map(one).collect()
}

fn called(call: &ToolCall) -> Value {
    let arguments = arguments(call).to_string();
    json!({ "id": call.id, "type": "function", "function": { "name": call.name, "arguments": arguments } })
}
