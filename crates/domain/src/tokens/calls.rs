//! Tool calls put together from their pieces.
//!
//! OpenAI sends a call's id and name first and its arguments in strings, told apart by `index`. Others send a
//! call in one piece, without an index or an id, with the arguments as an object, or give every call the same
//! index. What tells two calls apart is therefore read from all of it.

use serde_json::Value;

use super::{Event, ToolCall};

/// Calls of one answer, at most.
const MAX_CALLS: usize = 16;
/// Bytes of one call's arguments, at most.
const MAX_ARGUMENT_BYTES: usize = 64 * 1024;

#[derive(Default)]
struct Open {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
}

/// The calls that are not complete yet.
#[derive(Default)]
pub(super) struct Calls {
    open: Vec<Open>,
    /// Calls that were handed over.
    done: u32,
}

impl Calls {
    /// Takes a piece of a call: `{ index?, id?, function: { name?, arguments? } }`, or the same without
    /// `function`.
    pub(super) fn piece(&mut self, piece: &Value) -> Result<(), String> {
        let of = piece.get("function").filter(|function| function.is_object()).unwrap_or(piece);
        let text = |of: &Value, key: &str| of.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (id, name) = (text(piece, "id"), text(of, "name"));
        let index = piece.get("index").and_then(Value::as_u64);
        let at = match self.place(index, &id, &name) {
            Some(at) => at,
            None => {
                if self.open.len() + self.done as usize >= MAX_CALLS {
                    return Err(format!("the model calls more than {MAX_CALLS} tools at once"));
                }
                self.open.push(Open { index, ..Open::default() });
                self.open.len() - 1
            }
        };
        let Some(call) = self.open.get_mut(at) else { return Ok(()) };
        if call.id.is_empty() {
            call.id = id;
        }
        if call.name.is_empty() {
            call.name = name;
        }
        match of.get("arguments") {
            Some(Value::String(more)) => call.arguments.push_str(more),
            Some(Value::Null) | None => {}
            Some(whole) => call.arguments = whole.to_string(),
        }
        if call.arguments.len() > MAX_ARGUMENT_BYTES {
            return Err(format!("the arguments of a tool call are larger than {MAX_ARGUMENT_BYTES} bytes"));
        }
        Ok(())
    }

    /// The open call that a piece belongs to; `None`: it begins one.
    fn place(&self, index: Option<u64>, id: &str, name: &str) -> Option<usize> {
        let Some(index) = index else {
            let same = self.open.iter().rposition(|call| !id.is_empty() && call.id == id);
            let more = id.is_empty() && name.is_empty() && !self.open.is_empty();
            return same.or_else(|| more.then(|| self.open.len() - 1));
        };
        let at = self.open.iter().rposition(|call| call.index == Some(index))?;
        // The same index under another id is another call.
        let other = |call: &Open| !id.is_empty() && !call.id.is_empty() && call.id != id;
        self.open.get(at).is_some_and(|call| !other(call)).then_some(at)
    }

    /// Hands over the call with an index.
    pub(super) fn close(&mut self, index: u64, events: &mut Vec<Event>) {
        if let Some(at) = self.open.iter().position(|call| call.index == Some(index)) {
            let call = self.open.remove(at);
            self.hand_over(call, events);
        }
    }

    /// Hands over all calls: the model said that it is done with them.
    pub(super) fn close_all(&mut self, events: &mut Vec<Event>) {
        for call in std::mem::take(&mut self.open) {
            self.hand_over(call, events);
        }
    }

    fn hand_over(&mut self, call: Open, events: &mut Vec<Event>) {
        if call.name.is_empty() {
            events.push(Event::Failed("the model calls a tool without naming it".into()));
            return;
        }
        let index = self.done;
        self.done += 1;
        let id = if call.id.is_empty() { format!("call_{index}") } else { call.id };
        let arguments = if call.arguments.trim().is_empty() { "{}".into() } else { call.arguments };
        events.push(Event::ToolCall(ToolCall { index, id, name: call.name, arguments_json: arguments }));
    }
}
