//! Calls in a model's text, for models that are told of tools by prompt: one strict form,
//! `<tool_call>{"name": …, "arguments": {…}}</tool_call>`. What may become a tag is held back until it is sure, so a
//! visitor never sees a piece of a call.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Event, ToolCall};

/// Where a call begins.
pub const OPEN: &str = "<tool_call>";
/// Where it ends.
pub const CLOSE: &str = "</tool_call>";
/// Bytes of a call; of a longer one nothing is kept, and it is told to be none.
const MAX_CALL: usize = 32_000;

/// What stands between the tags.
#[derive(Deserialize)]
struct Written {
    name: String,
    #[serde(default)]
    arguments: Map<String, Value>,
}

/// Parts a model's text into what is said and what is called.
#[derive(Default)]
pub struct Textual {
    /// Text that may be the beginning of a tag, or the call so far.
    kept: String,
    inside: bool,
    calls: u32,
}

impl Textual {
    /// What an event becomes.
    pub fn take(&mut self, event: Event) -> Vec<Event> {
        let mut events = Vec::new();
        match event {
            Event::Text(text) => {
                self.kept.push_str(&text);
                self.part(&mut events);
            }
            Event::Done => {
                self.end(&mut events);
                events.push(Event::Done);
            }
            other => events.push(other),
        }
        events
    }

    fn part(&mut self, events: &mut Vec<Event>) {
        loop {
            let tag = if self.inside { CLOSE } else { OPEN };
            match self.kept.split_once(tag) {
                Some((before, after)) => {
                    let (before, after) = (before.to_owned(), after.to_owned());
                    if self.inside {
                        self.call(&before, events);
                    } else {
                        said(&before, events);
                    }
                    self.inside = !self.inside;
                    self.kept = after;
                }
                None if self.inside => {
                    // The tag's end may be among the last bytes, so some are kept whatever the length.
                    if self.kept.len() > 2 * MAX_CALL {
                        self.kept.drain(..self.kept.floor_char_boundary(MAX_CALL));
                    }
                    return;
                }
                None => {
                    let sure = self.kept.len() - begun(&self.kept);
                    said(self.kept.get(..sure).unwrap_or_default(), events);
                    self.kept.drain(..sure);
                    return;
                }
            }
        }
    }

    /// The stream is over: a call without its end counts where it is whole, and is no text in any case.
    fn end(&mut self, events: &mut Vec<Event>) {
        let kept = std::mem::take(&mut self.kept);
        if !self.inside {
            said(&kept, events);
        } else if protocol::json::read::<Written>(kept.trim()).is_ok() {
            self.call(&kept, events);
        }
        self.inside = false;
    }

    /// What is not of the form is a call of nothing: the model is told so, and can mend it.
    fn call(&mut self, written: &str, events: &mut Vec<Event>) {
        let fits = written.len() <= MAX_CALL;
        let read = protocol::json::read::<Written>(written.trim()).ok().filter(|_| fits);
        let (name, arguments_json) = match read {
            Some(Written { name, arguments }) => (name, Value::Object(arguments).to_string()),
            None => (String::new(), String::new()),
        };
        let index = self.calls;
        self.calls += 1;
        events.push(Event::ToolCall(ToolCall { index, id: format!("call_{index}"), name, arguments_json }));
    }
}

fn said(text: &str, events: &mut Vec<Event>) {
    if !text.is_empty() {
        events.push(Event::Text(text.to_owned()));
    }
}

/// Bytes at the end of a text that may be the beginning of the opening tag.
fn begun(text: &str) -> usize {
    (1..OPEN.len())
        .rev()
        .find(|length| OPEN.get(..*length).is_some_and(|head| text.ends_with(head)))
        .unwrap_or(0)
}
