//! Token streams of models: server-sent events whose data is JSON in one of three shapes.
//!
//! Workers AI's own `{"response": "…"}` (the value may be a number), OpenAI's `choices[].delta.content`, and
//! `usage` near the end; `data: [DONE]` closes. Chunks may be cut anywhere, also inside a character. Format:
//! WHATWG HTML, section 9.2 (server-sent events).

use protocol::answer::Tokens;
use serde::Deserialize;

/// Longest event that is kept; a model that sends more in one is not one.
const MAX_EVENT_BYTES: usize = 1 << 20;

/// What a chunk of the stream meant.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Text(String),
    Usage(Tokens),
    /// The provider said what went wrong.
    Failed(String),
    Done,
}

/// Puts events together from chunks of bytes.
#[derive(Default)]
pub struct TokenParser {
    line: Vec<u8>,
    data: Vec<u8>,
    after_return: bool,
    /// The first line was read: only there a byte order mark means nothing.
    begun: bool,
}

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    response: Option<serde_json::Value>,
    #[serde(default)]
    choices: Option<Vec<Choice>>,
    #[serde(default)]
    usage: Option<Usage>,
    #[serde(default)]
    error: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    delta: Option<Delta>,
}

#[derive(Deserialize)]
struct Delta {
    #[serde(default)]
    content: Option<String>,
}

#[derive(Deserialize)]
struct Usage {
    #[serde(default)]
    prompt_tokens: Option<u32>,
    #[serde(default)]
    completion_tokens: Option<u32>,
}

impl TokenParser {
    /// Takes the next bytes and returns what they completed.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for &byte in bytes {
            let ends = match byte {
                b'\n' if self.after_return => {
                    self.after_return = false;
                    continue;
                }
                b'\n' | b'\r' => true,
                _ => false,
            };
            self.after_return = byte == b'\r';
            if !ends {
                if self.line.len() < MAX_EVENT_BYTES {
                    self.line.push(byte);
                }
                continue;
            }
            self.end_line(&mut events);
        }
        events
    }

    /// The stream ended: what a missing last line break left.
    pub fn finish(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        if !self.line.is_empty() {
            self.end_line(&mut events);
        }
        self.end_event(&mut events);
        events
    }

    fn end_line(&mut self, events: &mut Vec<Event>) {
        let mut line = std::mem::take(&mut self.line);
        if !std::mem::replace(&mut self.begun, true) && line.starts_with(b"\xef\xbb\xbf") {
            line.drain(..3);
        }
        if line.is_empty() {
            self.end_event(events);
        } else if let Some(value) = line.strip_prefix(b"data:") {
            if !self.data.is_empty() && self.data.len() < MAX_EVENT_BYTES {
                self.data.push(b'\n');
            }
            // What is cut off here is no JSON any more, and is reported as such.
            let room = MAX_EVENT_BYTES.saturating_sub(self.data.len());
            self.data.extend(value.strip_prefix(b" ").unwrap_or(value).iter().take(room));
        }
    }

    fn end_event(&mut self, events: &mut Vec<Event>) {
        let data = std::mem::take(&mut self.data);
        if data.is_empty() {
            return;
        }
        if data.trim_ascii() == b"[DONE]" {
            events.push(Event::Done);
            return;
        }
        let Ok(chunk) = serde_json::from_slice::<Chunk>(&data) else {
            events.push(Event::Failed("the model's stream holds something that is not JSON".into()));
            return;
        };
        if let Some(error) = chunk.error.filter(|error| !error.is_null()) {
            let message = error
                .get("message")
                .and_then(|m| m.as_str())
                .map_or_else(|| error.to_string(), str::to_owned);
            events.push(Event::Failed(message));
        }
        let text = match chunk.response {
            Some(serde_json::Value::String(text)) if !text.is_empty() => text,
            Some(serde_json::Value::Number(number)) => number.to_string(),
            _ => chunk.choices.into_iter().flatten().filter_map(|choice| choice.delta?.content).collect(),
        };
        if !text.is_empty() {
            events.push(Event::Text(text));
        }
        if let Some(usage) = chunk.usage {
            events.push(Event::Usage(Tokens {
                input: usage.prompt_tokens.unwrap_or_default(),
                output: usage.completion_tokens.unwrap_or_default(),
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = ": hello\r\n\r\ndata: {\"response\":\"Grüß\"}\n\ndata: {\"response\":7}\r\rdata:{\"choices\":[{\"delta\":{\"content\":\" 字\"}}]}\n\nevent: x\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n";

    #[test]
    fn cutting_the_stream_anywhere_changes_nothing() {
        let whole = TokenParser::default().push(STREAM.as_bytes());
        assert_eq!(
            whole,
            [
                Event::Text("Grüß".into()),
                Event::Text("7".into()),
                Event::Text(" 字".into()),
                Event::Usage(Tokens { input: 5, output: 2 }),
                Event::Done
            ]
        );
        for size in 1..40 {
            let mut parser = TokenParser::default();
            let cut: Vec<_> = STREAM.as_bytes().chunks(size).flat_map(|chunk| parser.push(chunk)).collect();
            assert_eq!(cut, whole, "chunks of {size}");
        }
    }

    #[test]
    fn garbage_and_errors_are_failures_not_text() {
        let mut parser = TokenParser::default();
        assert!(matches!(parser.push(b"data: <html>\n\n").as_slice(), [Event::Failed(_)]));
        assert_eq!(
            parser.push(b"data: {\"error\":{\"message\":\"overloaded\"}}\n\n"),
            [Event::Failed("overloaded".into())]
        );
    }

    #[test]
    fn a_last_event_without_a_blank_line_counts() {
        let mut parser = TokenParser::default();
        assert!(parser.push(b"data: {\"response\":\"x\"}").is_empty());
        assert_eq!(parser.finish(), [Event::Text("x".into())]);
    }
}
