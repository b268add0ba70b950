//! Tools for models that cannot be offered any: told of in the prompt, called in the text
//! ([`crate::tokens::textual`]), answered in the visitor's place.

use serde_json::json;

use crate::prompt::{Message, Role, ToolSpec};
use crate::tokens::ToolCall;
use crate::tokens::textual::{CLOSE, OPEN};

/// Models of Workers AI, by the beginnings of their names, whose input has no tools.
const TOOLLESS: [&str; 15] = [
    "@cf/deepseek-ai/",
    "@cf/google/gemma-2b",
    "@cf/google/gemma-7b",
    "@cf/meta/llama-2-",
    "@cf/meta/llama-3-8b",
    "@cf/meta/llama-3.1-8b",
    "@cf/meta/llama-3.2-",
    "@cf/microsoft/phi-2",
    "@cf/mistral/mistral-7b",
    "@cf/openchat/",
    "@cf/qwen/qwen1.5",
    "@cf/tinyllama/",
    "@hf/google/gemma-7b",
    "@hf/mistral/",
    "@hf/thebloke/",
];

/// Whether a model of Workers AI is told of tools by prompt.
#[must_use]
pub fn is_old(model: &str) -> bool {
    TOOLLESS.iter().any(|known| model.starts_with(known))
}

/// The messages with the tools in their words; nothing changes where there are none.
#[must_use]
pub fn told(messages: &[Message], tools: &[ToolSpec]) -> Vec<Message> {
    if tools.is_empty() {
        return messages.to_vec();
    }
    let one = |message: &Message| {
        let text = match (&message.answers, message.role) {
            (Some(call), _) => {
                return Message::user(format!("Result of {}:\n{}", call.name, message.content));
            }
            (None, Role::System) => format!("{}\n\n{}", message.content, offer(tools)),
            (None, _) => {
                message.calls.iter().map(written).fold(message.content.clone(), |text, call| text + &call)
            }
        };
        Message { content: text, calls: Vec::new(), ..message.clone() }
    };
    messages.iter().map(one).collect()
}

fn offer(tools: &[ToolSpec]) -> String {
    let line = |tool: &ToolSpec| {
        let ToolSpec { name, description, parameters } = tool;
        json!({ "name": name, "description": description, "parameters": parameters }).to_string()
    };
    let list = tools.iter().map(line).collect::<Vec<_>>().join("\n");
    format!(
        "To call a tool, write exactly this and nothing after it, once for each call:\n{OPEN}{{\"name\": \"…\", \
         \"arguments\": {{…}}}}{CLOSE}\nIts result comes in the next message. The tools, with the JSON Schema of their \
         arguments:\n{list}"
    )
}

fn written(call: &ToolCall) -> String {
    let arguments = super::arguments(call);
    format!("{OPEN}{}{CLOSE}", json!({ "name": call.name, "arguments": arguments }))
}
