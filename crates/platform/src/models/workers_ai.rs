//! Workers AI as a request: `env.AI.run(model, { messages, tools, stream: true })`.

use domain::prompt::{Message, ToolSpec};
use serde_json::{Value, json};

use super::{MAX_OUTPUT_TOKENS, openai};

/// The input of a run; its schema wants a string for every content.
pub(super) fn input(messages: &[Message], tools: &[ToolSpec]) -> Value {
    let messages = openai::said(messages, &"".into());
    let mut input = json!({ "messages": messages, "stream": true, "max_tokens": MAX_OUTPUT_TOKENS });
    openai::offer(&mut input, tools);
    input
}
