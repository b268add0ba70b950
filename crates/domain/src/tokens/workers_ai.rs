//! Workers AI: its own `{ response, tool_calls: [{ name, arguments: {…} }] }`, or OpenAI's chunks from newer
//! models.

use serde_json::Value;

use super::{Chunk, Event, State, openai};

/// Reads a chunk of either shape.
pub(super) fn read(chunk: Chunk, state: &mut State, events: &mut Vec<Event>) {
    state.pieces(chunk.tool_calls.as_ref(), events);
    match &chunk.response {
        Some(Value::String(text)) if !text.is_empty() => state.text(text, events),
        Some(Value::Number(number)) => state.text(&number.to_string(), events),
        _ => openai::read(chunk, state, events),
    }
}
