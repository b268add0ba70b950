//! OpenAI's chat completions: `POST {OPENAI_BASE_URL}/chat/completions` (API reference, "Create chat
//! completion"); OpenRouter, Ollama, vLLM and Azure speak the same, each with habits of its own.
//!
//! What a base or a model does not take is learned from its refusal, before any stream: the request is put the
//! other way once, and remembered for this isolate.

use std::cell::RefCell;
use std::collections::BTreeMap;

use domain::answer::ModelError;
use domain::prompt::{Message, ToolSpec};
use domain::tokens::{Family, ToolCall};
use serde_json::{Map, Value, json};

use super::{Env, MAX_OUTPUT_TOKENS, MAX_THINKING_TOKENS, ReadableStream, Refusal, config, post};

/// Bases and models whose habits are kept; members choose the names.
const MAX_KEPT: usize = 256;

/// What a model at a base wants otherwise than most.
#[derive(Clone, Copy, Default, PartialEq)]
pub(super) struct Habits {
    /// It thinks before it answers, and cannot be told not to.
    pub(super) thinks: bool,
    /// `max_completion_tokens` in place of `max_tokens`.
    completion_limit: bool,
    /// No `stream_options`: the tokens are estimated.
    uncounted: bool,
    /// It cannot call tools.
    toolless: bool,
}

thread_local! {
    static HABITS: RefCell<BTreeMap<String, Habits>> = const { RefCell::new(BTreeMap::new()) };
}

/// What is known about a model at an address.
pub(super) fn habits(url: &str, model: &str) -> Habits {
    let known = HABITS.with_borrow(|known| known.get(&format!("{url} {model}")).copied());
    // All of OpenAI's own models take the newer limit.
    known.unwrap_or_else(|| Habits {
        completion_limit: url.starts_with("https://api.openai.com/"),
        ..Habits::default()
    })
}

/// Keeps what was learned.
pub(super) fn remember(url: &str, model: &str, habits: Habits) {
    HABITS.with_borrow_mut(|known| {
        if known.len() >= MAX_KEPT {
            known.clear();
        }
        known.insert(format!("{url} {model}"), habits);
    });
}

/// Asks for an answer.
pub(super) async fn open(
    env: &Env,
    model: &str,
    messages: &[Message],
    tools: &[ToolSpec],
    head_ms: u64,
) -> Result<(ReadableStream, Family), ModelError> {
    let base = config::optional(env, "OPENAI_BASE_URL")
        .ok_or_else(|| ModelError::Unavailable("OPENAI_BASE_URL is not set".into()))?;
    let key = env.secret("OPENAI_API_KEY").map(|key| key.to_string()).unwrap_or_default();
    let bearer = format!("Bearer {key}");
    let headers = if key.is_empty() { vec![] } else { vec![("Authorization", bearer.as_str())] };
    let url = format!("{}/chat/completions", base.trim_end_matches('/'));
    let mut habits = habits(&url, model);
    loop {
        match post(&url, &headers, &body(model, messages, tools, habits), head_ms).await? {
            Ok(bytes) => return Ok((bytes, Family::OpenAi)),
            Err(refusal) => match habits.after(&refusal) {
                Some(other) => {
                    habits = other;
                    remember(&url, model, habits);
                }
                None => return Err(refusal.into()),
            },
        }
    }
}

impl Habits {
    /// The habits that a refusal speaks of; `None` where it is about something else, or was heeded already.
    fn after(self, refusal: &Refusal) -> Option<Self> {
        let said = refusal.message.to_ascii_lowercase();
        let of = |words: &[&str]| words.iter().any(|word| said.contains(word));
        let mut other = self;
        if of(&["max_completion_tokens", "max_tokens"]) {
            // Each names both; one is refused, then the other is right, and never back again.
            other.completion_limit = true;
        } else if of(&["stream_options"]) {
            other.uncounted = true;
        } else if of(&["does not support tools", "support tool use", "enable-auto-tool-choice"]) {
            other.toolless = true;
        }
        (matches!(refusal.status, 400 | 404 | 422) && other != self).then_some(other)
    }
}

fn body(model: &str, messages: &[Message], tools: &[ToolSpec], habits: Habits) -> Value {
    let mut body = json!({ "model": model, "messages": said(messages, &Value::Null), "stream": true });
    if let Some(body) = body.as_object_mut() {
        let (limit, tokens) = if habits.completion_limit {
            // It counts the model's thinking.
            ("max_completion_tokens", MAX_THINKING_TOKENS)
        } else {
            ("max_tokens", MAX_OUTPUT_TOKENS)
        };
        body.insert(limit.into(), tokens.into());
        if !habits.uncounted {
            body.insert("stream_options".into(), json!({ "include_usage": true }));
        }
    }
    offer(&mut body, if habits.toolless { &[] } else { tools });
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
    let arguments = arguments(call).to_string();
    json!({ "id": call.id, "type": "function", "function": { "name": call.name, "arguments": arguments } })
}

/// A call's arguments as an object: providers read them again, and refuse what is none.
pub(super) fn arguments(call: &ToolCall) -> Value {
    let read = serde_json::from_str::<Value>(&call.arguments_json).ok();
    read.filter(Value::is_object).unwrap_or_else(|| Map::new().into())
}
