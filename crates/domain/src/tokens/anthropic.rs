//! Anthropic's Messages stream: `message_start`, blocks with their deltas, `message_delta`, `message_stop`.

use serde_json::{Value, json};

use super::{Chunk, Event, State};

/// Reads one event; `ping` and what is new mean nothing.
pub(super) fn read(chunk: &Chunk, state: &mut State, events: &mut Vec<Event>) {
    let null = Value::Null;
    let block = chunk.content_block.as_ref().unwrap_or(&null);
    let delta = chunk.delta.as_ref().unwrap_or(&null);
    let text = |of: &Value, key: &str| of.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let index = chunk.index.as_ref().and_then(Value::as_u64).unwrap_or_default();
    match chunk.kind.as_deref().unwrap_or_default() {
        "message_start" => {
            let usage = chunk.message.as_ref().and_then(|message| message.get("usage"));
            state.usage(usage, events);
        }
        "content_block_start" => match text(block, "type").as_str() {
            "text" => state.text(&text(block, "text"), events),
            "tool_use" => {
                // The input is empty here and follows in pieces, unless a gateway knew it at once.
                let input =
                    block.get("input").filter(|input| input.as_object().is_some_and(|o| !o.is_empty()));
                let (id, name) = (text(block, "id"), text(block, "name"));
                state.piece(&json!({ "index": index, "id": id, "name": name, "arguments": input }), events);
            }
            _ => {}
        },
        "content_block_delta" => match text(delta, "type").as_str() {
            "text_delta" => state.text(&text(delta, "text"), events),
            "input_json_delta" => {
                state.piece(&json!({ "index": index, "arguments": text(delta, "partial_json") }), events);
            }
            _ => {}
        },
        "content_block_stop" => state.calls.close(index, events),
        "message_stop" => {
            state.complete(events);
            events.push(Event::Done);
        }
        _ => {}
    }
}
