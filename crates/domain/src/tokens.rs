//! Token streams of models: server-sent events whose data is JSON, in the shape of one of three families.
//!
//! The framing is read once ([`sse`]), the data by one decoder per family. Chunks may be cut anywhere: the
//! events are the same. A tool call is handed over when it is complete, whatever pieces it came in.

mod anthropic;
mod calls;
mod openai;
mod sse;
pub mod textual;
mod workers_ai;

use protocol::answer::Tokens;
use serde::Deserialize;
use serde_json::Value;

/// How a provider writes its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    OpenAi,
    Anthropic,
    WorkersAi,
}

/// What the stream said.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Text(String),
    /// The model wants a tool called; the answer goes on in a new stream, with the result among its messages.
    ToolCall(ToolCall),
    /// Used so far by this stream; a later one replaces it.
    Usage(Tokens),
    /// The provider said what went wrong.
    Failed(String),
    Done,
}

/// A tool that a model wants called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolCall {
    /// Counts the calls of one answer, from 0.
    pub index: u32,
    /// The provider's id, or one made up where it gave none.
    pub id: String,
    pub name: String,
    /// As the model wrote them: an object, unless the model erred.
    pub arguments_json: String,
}

/// Puts events together from chunks of bytes.
pub struct TokenParser {
    family: Family,
    lines: sse::Lines,
    state: State,
}

/// What a stream has said so far.
#[derive(Default)]
struct State {
    calls: calls::Calls,
    usage: Tokens,
    /// Pieces of the answer, shown or not.
    pieces: u64,
    /// The model said that its answer is complete.
    complete: bool,
    /// Nothing counts any more.
    over: bool,
}

/// The data of an event in any family's shape; what nobody reads is not kept.
#[derive(Deserialize)]
struct Chunk {
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    index: Option<Value>,
    #[serde(default)]
    message: Option<Value>,
    #[serde(default)]
    content_block: Option<Value>,
    #[serde(default)]
    delta: Option<Value>,
    #[serde(default)]
    response: Option<Value>,
    #[serde(default)]
    tool_calls: Option<Value>,
    #[serde(default)]
    choices: Option<Vec<Choice>>,
    #[serde(default)]
    usage: Option<Value>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    delta: Option<Delta>,
    #[serde(default)]
    finish_reason: Option<Value>,
}

#[derive(Deserialize)]
struct Delta {
    #[serde(default)]
    content: Option<Value>,
    #[serde(default)]
    tool_calls: Option<Value>,
}

impl TokenParser {
    /// A parser at the beginning of a stream.
    #[must_use]
    pub fn new(family: Family) -> Self {
        Self { family, lines: sse::Lines::default(), state: State::default() }
    }

    /// Takes the next bytes and returns what they completed.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Event> {
        let (family, state, mut events) = (self.family, &mut self.state, Vec::new());
        self.lines.push(bytes, &mut |data| state.read(family, data, &mut events));
        events
    }

    /// The stream ended: what a missing last line break left, and whether the model was done, said or not.
    pub fn finish(&mut self) -> Vec<Event> {
        let (family, state, mut events) = (self.family, &mut self.state, Vec::new());
        self.lines.finish(&mut |data| state.read(family, data, &mut events));
        if !state.over {
            state.over = true;
            events.push(if state.complete {
                Event::Done
            } else {
                Event::Failed("the model's stream ended before its answer did".into())
            });
        }
        events
    }

    /// Pieces of the answer so far: text and parts of tool calls. A stream whose count stands still stalls,
    /// whatever else it sends.
    #[must_use]
    pub fn pieces(&self) -> u64 {
        self.state.pieces
    }
}

impl State {
    fn read(&mut self, family: Family, data: &[u8], events: &mut Vec<Event>) {
        if self.over {
            return;
        }
        if data.trim_ascii() == b"[DONE]" {
            self.complete(events);
            events.push(Event::Done);
        } else {
            match protocol::json::read_bytes::<Chunk>(data) {
                Ok(chunk) => self.chunk(family, chunk, events),
                Err(_) => {
                    events.push(Event::Failed("the model's stream holds something that is not JSON".into()));
                }
            }
        }
        if let Some(end) = events.iter().position(|event| matches!(event, Event::Done | Event::Failed(_))) {
            self.over = true;
            events.truncate(end + 1);
        }
    }

    fn chunk(&mut self, family: Family, mut chunk: Chunk, events: &mut Vec<Event>) {
        if let Some(message) = failure(&chunk) {
            events.push(Event::Failed(message));
            return;
        }
        let usage = chunk.usage.take();
        match family {
            Family::OpenAi => openai::read(chunk, self, events),
            Family::Anthropic => anthropic::read(&chunk, self, events),
            Family::WorkersAi => workers_ai::read(chunk, self, events),
        }
        self.usage(usage.as_ref(), events);
    }

    fn text(&mut self, text: &str, events: &mut Vec<Event>) {
        if !text.is_empty() {
            self.pieces += 1;
            events.push(Event::Text(text.to_owned()));
        }
    }

    fn pieces(&mut self, pieces: Option<&Value>, events: &mut Vec<Event>) {
        for piece in pieces.and_then(Value::as_array).into_iter().flatten() {
            self.piece(piece, events);
        }
    }

    fn piece(&mut self, piece: &Value, events: &mut Vec<Event>) {
        self.pieces += 1;
        if let Err(reason) = self.calls.piece(piece) {
            events.push(Event::Failed(reason));
        }
    }

    fn complete(&mut self, events: &mut Vec<Event>) {
        self.complete = true;
        self.calls.close_all(events);
    }

    /// Counts come once or again and again, in halves (Anthropic) or whole; a zero says nothing.
    fn usage(&mut self, usage: Option<&Value>, events: &mut Vec<Event>) {
        let Some(usage) = usage else { return };
        let count = |keys: &[&str]| {
            let counts = keys.iter().filter_map(|key| usage.get(key)?.as_u64());
            u32::try_from(counts.fold(0_u64, u64::saturating_add)).unwrap_or(u32::MAX)
        };
        // Anthropic counts what it read from its cache and wrote to it apart.
        let anthropic = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];
        let input = count(&["prompt_tokens"]).max(count(&anthropic));
        let output = count(&["completion_tokens"]).max(count(&["output_tokens"]));
        let before = self.usage;
        if input > 0 {
            self.usage.input = input;
        }
        if output > 0 {
            self.usage.output = output;
        }
        if self.usage != before {
            events.push(Event::Usage(self.usage));
        }
    }
}

/// What the provider says went wrong: `error.message`, or vLLM's bare `message`.
fn failure(chunk: &Chunk) -> Option<String> {
    if let Some(Value::String(message)) = &chunk.message {
        return Some(message.clone());
    }
    let error = chunk.error.as_ref().filter(|error| !error.is_null())?;
    let message = error.get("message").and_then(Value::as_str);
    Some(message.map_or_else(|| error.to_string(), str::to_owned))
}

#[cfg(test)]
mod tests;
