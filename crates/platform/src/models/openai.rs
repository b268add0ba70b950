//! OpenAI's chat completions as a request (API reference, "Create chat completion"); OpenRouter, Ollama, vLLM
//! and Workers AI take the same messages and tools.

use domain::prompt::{Message, ToolSpec};
use domain::tokens::ToolCall;
use serde_json::{Value, json};

use super::MAX_OUTPUT_TOKENS;

/// The body of a request.
pub(super) fn body(model: &str, messages: &[Message], tools: &[ToolSpec]) -> Value {
    let mut body = json!({
        "model": model,
        "messages": said(messages, &Value::Null),
        "stream": true,
        "stream_options": { "include_usage": true },
        "max_tokens": MAX_OUTPUT_TOKENS,
    });
    offer(&mut body, tools);
    body
}

/// Adds the tools; a list without any is refused by some.
pub(super) fn offer(body: &mut Value, tools: &[ToolSpec]) {
    if let Some(body) = body.as_object_mut().filter(|_| !tools.is_empty()) {
        let spec = |tool: &ToolSpec| {
            let (name, description, parameters) = (&tool.name, &tool.description, &tool.parameters);
            json!({ "type": "function", "function": { "name": name, "description": description, "parameters": parameters } })
        };
        body.insert("tools".into(), tools.iter().map(spec).collect());
    }
}

/// The messages; `empty` stands for the words of an assistant that only called tools.
pub(super) fn said(messages: &[Message], empty: &Value) -> Value {
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
    // Ollama and vLLM read the arguments again and refuse what is no object.
    let fine = serde_json::from_str::<Value>(&call.arguments_json).is_ok_and(|value| value.is_object());
    let arguments = if fine { call.arguments_json.as_str() } else { "{}" };
    json!({ "id": call.id, "type": "function", "function": { "name": call.name, "arguments": arguments } })
}
