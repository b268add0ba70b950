//! Requests to models: prompt and tools as each family wants them, and what a refusal teaches about a model.

pub mod anthropic;
pub mod by_prompt;
pub mod openai;

use serde_json::{Map, Value};

use crate::tokens::ToolCall;

/// Tokens of an answer.
const MAX_OUTPUT_TOKENS: u32 = 500;
/// The same where a model's thinking counts as output.
const MAX_THINKING_TOKENS: u32 = 2_000;

/// What a model at an address wants otherwise than most. Learned from its refusals, before any stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Habits {
    /// It thinks before it answers, and cannot be told not to.
    pub thinks: bool,
    /// `max_completion_tokens` in place of `max_tokens`.
    pub completion_limit: bool,
    /// No `stream_options`: the tokens are estimated.
    pub uncounted: bool,
    /// It cannot be offered tools, and is told of them by prompt.
    pub toolless: bool,
    /// It has a temperature of its own.
    pub untempered: bool,
}

impl Habits {
    /// The habits that a refusal speaks of; `None` where it is about something else, or was heeded already: a
    /// request is put another way at most once for each.
    #[must_use]
    pub fn after(self, status: u16, message: &str) -> Option<Self> {
        let said = message.to_ascii_lowercase();
        let of = |words: &[&str]| words.iter().any(|word| said.contains(word));
        let mut other = self;
        if of(&["max_completion_tokens", "max_tokens"]) {
            other.completion_limit = true;
        } else if of(&["stream_options"]) {
            other.uncounted = true;
        } else if of(&["does not support tools", "support tool use", "enable-auto-tool-choice"]) {
            other.toolless = true;
        } else if of(&["temperature"]) {
            other.untempered = true;
        } else if of(&["thinking"]) {
            other.thinks = true;
        }
        (matches!(status, 400 | 404 | 422) && other != self).then_some(other)
    }
}

/// A call's arguments as an object: providers read them again, and refuse what is none.
fn arguments(call: &ToolCall) -> Value {
    let read = protocol::json::read::<Value>(&call.arguments_json).ok();
    read.filter(Value::is_object).unwrap_or_else(|| Map::new().into())
}

#[cfg(test)]
mod tests;
