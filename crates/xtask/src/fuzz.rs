//! Parsers of outside bytes under damaged input, for a bounded time: valid samples are cut, spliced, flipped and
//! repeated by a seeded generator, so that what fails for one fails for everyone. No parser may panic, and what one
//! accepts, it accepts again as it writes it itself.

mod json;

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use domain::pass::{self, Pass, Purpose};
use domain::postgres::frames::{self, Fault, Message};
use domain::postgres::scram::Scram;
use domain::tokens::textual::{OPEN, Textual};
use domain::tokens::{Event, Family, TokenParser};
use protocol::TurnId;
use protocol::frame::{ClientFrame, ServerFrame, valid_message_id};
use protocol::internal::Admission;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Bytes of an input, at most.
const LONGEST: usize = 4_096;

/// A parser, with inputs that it accepts.
struct Target {
    name: &'static str,
    samples: &'static [&'static [u8]],
    accepts: fn(&[u8]) -> bool,
    /// Panics where a property does not hold.
    run: fn(&[u8]),
}

const TARGETS: &[Target] = &[
    Target {
        name: "json",
        samples: &[
            br#"{"type":"message","id":"message-1","text":"a\"b\\\/\b\f\n\r\t\u00e9\ud83d\ude00 \u5b57","more":[1,-2,3.5e-2,-0.0,18446744073709551615,{"x":[[],{}]},null,true]}"#,
            br#" [ { "a" : "\ud83d" , "b" : 1E+400 } , [ -9223372036854775809 , 1e-7 ] , false , "\u0000" ] "#,
        ],
        accepts: |input| protocol::json::read_bytes::<Value>(input).is_ok() || json::ignored(input),
        run: json::same,
    },
    Target {
        name: "client frames",
        samples: &[
            br#"{"type":"message","id":"message-1","text":"When are you open? \ud83d\ude00","page_url":"https://a.example/x?y=1#z","page_language":"de-AT"}"#,
            br#"{"type":"stop"}"#,
        ],
        accepts: |input| serde_json::from_slice::<ClientFrame>(input).is_ok(),
        run: client_frame,
    },
    Target {
        name: "server frames",
        samples: &[
            br#"{"type":"delta","n":7,"turn_id":"trn_01m7z2rab4mdmqfbqrqcwq9mca","text":"Gr\u00fc\u00df dich [1]"}"#,
            br#"{"type":"turn_failed","n":9,"turn_id":"trn_01m7z2rab4mdmqfbqrqcwq9mca","message_id":"message-1","code":"interrupted","message":"The answer was interrupted."}"#,
            br#"{"type":"hello","conversation_id":"cnv_01m7z2rab4mdmqfbqrqcwq9mca","last":12}"#,
        ],
        accepts: |input| serde_json::from_slice::<ServerFrame>(input).is_ok(),
        run: same_again::<ServerFrame>,
    },
    Target {
        name: "admissions",
        samples: &[
            br##"{"identity":{"workspace_id":"ws_01m7z2rab4mdmqfbqrqcwq9mca","agent_id":"agt_01m7z2rab4mdmqfbqrqcwq9mca","conversation_id":"cnv_01m7z2rab4mdmqfbqrqcwq9mca","visitor_id":"vis_01m7z2rab4mdmqfbqrqcwq9mca"},"agent":{"workspace_id":"ws_01m7z2rab4mdmqfbqrqcwq9mca","workspace_name":"Bikes","agent_id":"agt_01m7z2rab4mdmqfbqrqcwq9mca","version":3,"persona":{"name":"Mia","tone":"friendly"},"language":"en","welcome":"Hello! \u5b57","allowed_origins":["https://a.example"],"models":[{"provider":"openai_compatible","model":"m"},{"provider":"extractive"}],"confidence_threshold":0.35},"after":3,"accept_language":"de, en;q=0.5"}"##,
        ],
        accepts: |input| serde_json::from_slice::<Admission>(input).is_ok(),
        run: same_again::<Admission>,
    },
    Target {
        name: "ids",
        samples: &[b"trn_01m7z2rab4mdmqfbqrqcwq9mca", b"trn_7zzzzzzzzzzzzzzzzzzzzzzzzz"],
        accepts: |input| std::str::from_utf8(input).is_ok_and(|text| text.parse::<TurnId>().is_ok()),
        run: ids,
    },
    Target {
        name: "token streams",
        samples: &[
            ": hello\r\n\r\ndata: {\"response\":\"Gr\u{fc}\u{df}\"}\n\ndata: {\"response\":7}\r\rdata:{\"choices\":[{\"delta\":{\"content\":\" \u{5b57}\"}}]}\n\ndata: [DONE]\n\n".as_bytes(),
        ],
        accepts: |input| TokenParser::new(Family::WorkersAi).push(input).len() > 1,
        run: token_stream,
    },
    Target {
        name: "tool arguments",
        samples: &[
            "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"stock\",\"input\":{}}}\n\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"n\\\":\"}}\n\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"2}\"}}\n\ndata: {\"type\":\"content_block_stop\",\"index\":1}\n\ndata: {\"type\":\"message_stop\"}\n\n".as_bytes(),
        ],
        accepts: |input| {
            let mut parser = TokenParser::new(Family::Anthropic);
            parser
                .push(input)
                .into_iter()
                .chain(parser.finish())
                .any(|event| matches!(event, Event::ToolCall(_)))
        },
        run: token_stream,
    },
    Target {
        name: "calls by prompt",
        samples: &[
            "Let me look. <tool_call>{\"name\": \"stock\", \"arguments\": {\"n\": \"<2>\"}}</tool_call> Gr\u{fc}\u{df}e <tool".as_bytes(),
        ],
        accepts: |input| {
            let text = String::from_utf8_lossy(input).into_owned();
            by_prompt(&mut std::iter::once(text)).iter().any(|event| matches!(event, Event::ToolCall(_)))
        },
        run: calls_by_prompt,
    },
    Target {
        name: "passes",
        samples: &[PASS],
        accepts: |input| read_pass(input).is_some(),
        run: passes,
    },
    Target {
        name: "messages of PostgreSQL",
        samples: &[
            b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0S\0\0\0\x11TimeZone\0UTC\0Z\0\0\0\x05I",
            b"D\0\0\0\x10\0\x02\0\0\0\x02Gr\xff\xff\xff\xffC\0\0\0\x0dSELECT 1\0Z\0\0\0\x05I",
            b"E\0\0\0\x17SERROR\0C42601\0Moh\0\0Z\0\0\0\x05I",
        ],
        accepts: |input| postgres(input, input.len()).is_ok_and(|messages| messages.last() == Some(&Message::Ready)),
        run: postgres_messages,
    },
    Target {
        name: "SCRAM",
        samples: &[b"r=ours+theirs,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=64"],
        accepts: |input| std::str::from_utf8(input).is_ok_and(|server| Scram::new("", "pencil", NONCE).answer(server).is_some()),
        run: scram,
    },
];

/// `cargo xtask fuzz [--seconds N] [--seed N]`: every target for its share of the time.
pub fn run(arguments: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    let option = |name: &str, default: u64| match arguments.iter().position(|argument| argument == name) {
        None => Ok(default),
        Some(at) => arguments
            .get(at + 1)
            .and_then(|value| value.parse().ok())
            .ok_or_else(|| format!("{name} wants a number")),
    };
    let (seconds, seed) = (option("--seconds", 10)?, option("--seed", 20_261_121)?);
    let share = Duration::from_secs(seconds) / u32::try_from(TARGETS.len()).unwrap_or(1);
    // What fails is told with its input below.
    std::panic::set_hook(Box::new(|_| {}));
    for target in TARGETS {
        if let Some(sample) = target.samples.iter().find(|sample| !(target.accepts)(sample)) {
            return Err(format!(
                "{}: this sample is not accepted any more: {}",
                target.name,
                String::from_utf8_lossy(sample)
            )
            .into());
        }
        let mut random = Random(seed | 1);
        let (begun, mut cases) = (Instant::now(), 0_u64);
        while begun.elapsed() < share {
            let input = if cases == 0 { target.samples[0].to_vec() } else { random.damage(target.samples) };
            cases += 1;
            catch_unwind(AssertUnwindSafe(|| (target.run)(&input))).map_err(|panic| {
                let said = panic.downcast_ref::<String>().map(String::as_str);
                let said = said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked");
                format!(
                    "{}: {said}\ncase {cases} of seed {seed}: {:?}",
                    target.name,
                    String::from_utf8_lossy(&input)
                )
            })?;
        }
        println!("{}: {cases} inputs", target.name);
    }
    Ok(())
}

/// What is accepted is written in a form that is accepted as the same.
fn same_again<T: Serialize + DeserializeOwned + PartialEq + Debug>(input: &[u8]) {
    if let Ok(value) = serde_json::from_slice::<T>(input) {
        let written = serde_json::to_string(&value).expect("it can be written");
        let again: T = serde_json::from_str(&written).expect("it is read again");
        // A number that has no short form may differ in its last digit once, and then no more.
        assert_eq!(serde_json::to_string(&again).ok(), serde_json::to_string(&value).ok());
    }
}

fn client_frame(input: &[u8]) {
    same_again::<ClientFrame>(input);
    if let Ok(ClientFrame::Message { id, text, .. }) = serde_json::from_slice(input) {
        if valid_message_id(&id) {
            assert!(id.len() <= 64 && id.is_ascii());
        }
        if let Ok(question) = domain::question::accept(&text) {
            assert!(!question.trim().is_empty(), "an accepted question says something");
            assert_eq!(
                domain::question::accept(&question).as_deref(),
                Ok(question.as_str()),
                "accepting is done once"
            );
        }
    }
}

fn ids(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Ok(id) = text.parse::<TurnId>() {
        assert_eq!(id.as_str(), text);
    }
}

/// However a stream is cut, it says the same.
fn token_stream(input: &[u8]) {
    for family in [Family::OpenAi, Family::Anthropic, Family::WorkersAi] {
        let whole = {
            let mut parser = TokenParser::new(family);
            let mut events = parser.push(input);
            events.extend(parser.finish());
            events
        };
        let size = input.first().map_or(1, |byte| usize::from(*byte % 7) + 1);
        let mut parser = TokenParser::new(family);
        let mut events: Vec<_> = input.chunks(size).flat_map(|chunk| parser.push(chunk)).collect();
        events.extend(parser.finish());
        assert_eq!(events, whole, "in pieces of {size}");
    }
}

/// What a text in pieces says and calls, with what was said put together.
fn by_prompt(pieces: &mut dyn Iterator<Item = String>) -> Vec<Event> {
    let mut textual = Textual::default();
    let mut events: Vec<Event> = pieces.flat_map(|piece| textual.take(Event::Text(piece))).collect();
    events.extend(textual.take(Event::Done));
    let mut whole: Vec<Event> = Vec::new();
    for event in events {
        match (whole.last_mut(), event) {
            (Some(Event::Text(before)), Event::Text(text)) => before.push_str(&text),
            (_, event) => whole.push(event),
        }
    }
    whole
}

/// However a text is cut, it says and calls the same, and shows no call.
fn calls_by_prompt(input: &[u8]) {
    let text = String::from_utf8_lossy(input).into_owned();
    let size = input.first().map_or(1, |byte| usize::from(*byte % 7) + 1);
    let letters: Vec<char> = text.chars().collect();
    let pieces = by_prompt(&mut letters.chunks(size).map(|piece| piece.iter().collect()));
    assert!(
        !pieces.iter().any(|event| matches!(event, Event::Text(said) if said.contains(OPEN))),
        "a call is shown"
    );
    assert_eq!(pieces, by_prompt(&mut std::iter::once(text)), "in pieces of {size}");
}

/// The messages of a server that come in pieces of a size.
fn postgres(input: &[u8], size: usize) -> Result<Vec<Message>, Fault> {
    let (mut buffer, mut messages) = (Vec::new(), Vec::new());
    for piece in input.chunks(size.max(1)) {
        buffer.extend_from_slice(piece);
        while let Some(message) = frames::next(&mut buffer, LONGEST)? {
            messages.push(message);
        }
    }
    Ok(messages)
}

/// However they are cut, they say the same, and none holds more than came.
fn postgres_messages(input: &[u8]) {
    let whole = postgres(input, input.len());
    let size = input.first().map_or(1, |byte| usize::from(*byte % 7) + 1);
    assert_eq!(postgres(input, size), whole, "in pieces of {size}");
    for message in whole.iter().flatten() {
        if let Message::Row(cells) = message {
            assert!(cells.len() * 4 <= input.len(), "each cell has a length");
        }
    }
}

const NONCE: &str = "ours+";

/// Only who goes on from our nonce is answered, and nothing that is not computed proves that a server knows the password.
fn scram(input: &[u8]) {
    let Ok(server) = std::str::from_utf8(input) else { return };
    let mut exchange = Scram::new("", "pencil", NONCE);
    if let Some(answer) = exchange.answer(server) {
        assert!(answer.starts_with(&format!("c=biws,r={NONCE}")), "{answer}");
    }
    assert!(!exchange.is_answered(server) && !exchange.is_answered(&format!("v={server}")));
}

/// A genuine pass.
const PASS: &[u8] = b"eyJhbGciOiJIUzI1NiIsImtpZCI6IjIwODMzIn0.eyJ3b3Jrc3BhY2VfaWQiOiJ3c18wMW03ejJyYWI0bWRtcWZicXJxY3dxOW1jYSIsImFnZW50X2lkIjoiYWd0XzAxbTd6MnJhYjRtZG1xZmJxcnFjd3E5bWNhIiwiY29udmVyc2F0aW9uX2lkIjoiY252XzAxbTd6MnJhYjRtZG1xZmJxcnFjd3E5bWNhIiwidmlzaXRvcl9pZCI6InZpc18wMW03ejJyYWI0bWRtcWZicXJxY3dxOW1jYSIsIm9yaWdpbiI6Imh0dHBzOi8vYS5leGFtcGxlIiwiaXNzdWVkX2F0X21zIjoxODAwMDAwMDAwMDAwLCJjaGFsbGVuZ2VkIjp0cnVlfQ.a0X44hTB5bVzUvjx4ozdTA2ap7Wi3VeaQS_gatvQQVA";
/// When the sample was issued, and the root of its key.
const ISSUED: u64 = 1_800_000_000_000;
const ROOT: &str = "0123456789abcdef0123456789abcdef";

fn read_pass(input: &[u8]) -> Option<Pass> {
    pass::verify(ROOT, std::str::from_utf8(input).ok()?, Purpose::Use, ISSUED).ok()
}

/// Whatever is changed of a genuine pass, it says the same or opens nothing.
fn passes(input: &[u8]) {
    if let Some(read) = read_pass(input) {
        assert_eq!(read.issued_at_ms, ISSUED);
        assert_eq!(
            pass::sign(ROOT, &read).as_deref().map(str::as_bytes),
            Ok(PASS),
            "only the sample was signed"
        );
    }
}

/// Marsaglia's xorshift: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end.max(1) as u64)).unwrap_or_default()
    }

    /// A sample with one to eight damages.
    fn damage(&mut self, samples: &[&[u8]]) -> Vec<u8> {
        /// What parsers stumble over.
        const BITS: &[&[u8]] = &[
            b"\"",
            b"\\",
            b"\\u0000",
            b"\\ud800",
            b"{",
            b"}",
            b"[",
            b",",
            b":",
            b"null",
            b"-0",
            b"1e999",
            b"18446744073709551616",
            b"\r",
            b"\n\n",
            b"data: ",
            b"\xff",
            b"\xf0\x9f\x98",
            b"\xe2\x80\xae",
            b"\0",
            b"\"type\":\"stop\",",
        ];
        let mut bytes = samples[self.below(samples.len())].to_vec();
        for _ in 0..=self.below(8) {
            let at = self.below(bytes.len() + 1);
            match self.below(6) {
                0 => bytes.truncate(at),
                1 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                2 => {
                    let bit = BITS[self.below(BITS.len())];
                    bytes.splice(at..at, bit.iter().copied());
                }
                3 => {
                    let end = at + self.below(bytes.len() - at + 1);
                    bytes.drain(at..end);
                }
                4 => {
                    let other = samples[self.below(samples.len())];
                    let from = self.below(other.len());
                    bytes.splice(at.., other[from..].iter().copied());
                }
                _ => {
                    let piece = bytes[..at].to_vec();
                    bytes.extend(piece);
                }
            }
            bytes.truncate(LONGEST);
        }
        bytes
    }
}
