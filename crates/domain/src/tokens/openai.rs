//! OpenAI's chat completion chunks, and what OpenRouter, Ollama, vLLM and Azure make of them.

use serde_json::Value;

use super::{Chunk, Event, State};

/// Reads `choices[0].delta`: text, pieces of tool calls, and the reason why the answer ended.
pub(super) fn read(chunk: Chunk, state: &mut State, events: &mut Vec<Event>) {
    // Azure's first chunk and the one with the usage have no choice.
    let Some(choice) = chunk.choices.into_iter().flatten().next() else { return };
    if let Some(delta) = choice.delta {
        state.text(&delta.content.map(text).unwrap_or_default(), events);
        state.pieces(delta.tool_calls.as_ref(), events);
    }
    match choice.finish_reason.as_ref().and_then(Value::as_str) {
        None | Some("") => {}
        Some("error") => events.push(Event::Failed("the provider ended the answer with an error".into())),
        Some(_) => state.complete(events),
    }
}

/// A string, or a list of parts of which those of type text count.
fn text(content: Value) -> String {
    match content {
        Value::String(text) => text,
        Value::Array(parts) => {
            parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect()
        }
        _ => String::new(),
    }
}
