//! Anthropic's Messages API (API reference, "Create a Message"): the system text stands apart, visitor and
//! assistant take turns, what tools answered is the visitor's turn, and text is never empty.

use serde_json::{Value, json};

use super::{Habits, MAX_OUTPUT_TOKENS, MAX_THINKING_TOKENS, arguments};
use crate::prompt::{Message, Role, ToolSpec};
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
    let system: Vec<&str> =
        messages.iter().filter(|said| said.role == Role::System).map(|said| said.content.as_str()).collect();
    let (limit, (key, thinking)) = if habits.thinks {
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
        key: thinking,
    });
    // What thinks has a temperature of its own; others go to 1.
    if let Some(body) = body.as_object_mut().filter(|_| !habits.thinks && !habits.untempered) {
        body.insert("temperature".into(), temperature.min(1.0).into());
    }
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
    json!({ "type": "tool_use", "id": call.id, "name": call.name, "input": arguments(call) })
}
