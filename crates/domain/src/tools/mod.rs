//! Tools: what a definition may hold, and how arguments and results are written where models, members and the
//! history read them.

pub mod catalogue;
mod say;

use protocol::Problem;
use protocol::agent::Autonomy;
use protocol::api::{ToolContent, ToolEffect};
use serde_json::Value;

use crate::order;

pub use say::{Became, readable, say};

/// Most tools of a workspace.
pub const MOST: u32 = 100;
/// Most tools of an agent.
pub const MOST_OF_AGENT: usize = 20;
/// Milliseconds that one call may take.
pub const TIMEOUT_MS: std::ops::RangeInclusive<u32> = 100..=30_000;
/// Bytes of a result that a model may be given.
pub const RESULT_BYTES: std::ops::RangeInclusive<u32> = 100..=32_000;
/// Bytes of arguments, whatever a model writes.
pub const MAX_ARGUMENTS: usize = 16_000;
/// Bytes of a schema: every turn carries it.
pub const MAX_SCHEMA: usize = 8_000;
/// Seconds that an answer is kept.
pub const MAX_CACHE_SECONDS: u32 = 300;
const MAX_NAME: usize = 64;
const MAX_TITLE: usize = 80;
const MAX_DESCRIPTION: usize = 1_000;
const MAX_URL: usize = 2_000;
const MAX_HEADERS: usize = 20;
const MAX_VALUE: usize = 1_000;

/// Headers that we set, or that would change what a request is.
const OURS: [&str; 17] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "idempotency-key",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-frontdesk-call",
    "x-frontdesk-signature",
];
/// Headers that are secrets, and are kept as such.
const SECRET: [&str; 4] = ["authorization", "cookie", "proxy-authorization", "x-api-key"];

/// The first thing about a definition that has to be mended; its address and its schema are checked where they
/// are used.
///
/// # Errors
/// With the path of the field, as in `content.name`.
pub fn check(content: &ToolContent) -> Result<(), Problem> {
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let named = (1..=MAX_NAME).contains(&content.name.len()) && content.name.bytes().all(letters);
    wrong_unless(
        named,
        "name",
        "A name has 1 to 64 of a-z, A-Z, 0-9, _ and -, such as order_status: models call the tool by it.",
    )?;
    at_most("title", &content.title, MAX_TITLE)?;
    let said = "Say what the tool does and when to use it: models choose it by this description.";
    wrong_unless(!content.description.trim().is_empty(), "description", said)?;
    at_most("description", &content.description, MAX_DESCRIPTION)?;
    at_most("url", &content.url, MAX_URL)?;
    wrong_unless(content.headers.len() <= MAX_HEADERS, "headers", "At most 20 headers.")?;
    for (at, header) in content.headers.iter().enumerate() {
        check_header(&format!("headers[{at}]"), &header.name, &header.value)?;
    }
    wrong_unless(
        TIMEOUT_MS.contains(&content.timeout_ms),
        "timeout_ms",
        "A call may take 0.1 to 30 seconds.",
    )?;
    wrong_unless(
        RESULT_BYTES.contains(&content.max_result_bytes),
        "max_result_bytes",
        "A result may have 100 to 32,000 bytes.",
    )?;
    let said = "An answer can be kept for at most 300 seconds.";
    wrong_unless(content.cache_seconds <= MAX_CACHE_SECONDS, "cache_seconds", said)?;
    let said = "What changes something is called every time: keep its answer for 0 seconds.";
    let fine = content.cache_seconds == 0 || content.effect == ToolEffect::Reads;
    wrong_unless(fine, "cache_seconds", said)?;
    if let Some(live) = &content.live {
        // Its schema follows from what it asks.
        return crate::live::check(live);
    }
    let object = content.schema.get("type").and_then(Value::as_str) == Some("object");
    let said = "The schema describes an object. Begin with {\"type\": \"object\", \"properties\": {}}.";
    wrong_unless(object, "schema", said)?;
    let small = content.schema.to_string().len() <= MAX_SCHEMA;
    wrong_unless(
        small,
        "schema",
        "The schema has more than 8,000 bytes. Leave out what a model does not need.",
    )
}

fn check_header(path: &str, name: &str, value: &str) -> Result<(), Problem> {
    header_name(&format!("content.{path}.name"), name)?;
    let lower = name.to_ascii_lowercase();
    let kept = !SECRET.contains(&lower.as_str());
    let said = "This header is a secret. Set it under Authentication, where it is kept sealed.";
    wrong_unless(kept, &format!("{path}.name"), said)?;
    let visible = value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    let fine = !value.trim().is_empty() && value.len() <= MAX_VALUE && visible;
    let said = "Enter the header's value: one line of at most 1,000 letters, digits and signs.";
    wrong_unless(fine, &format!("{path}.value"), said)
}

/// Whether a request may carry a header of this name.
///
/// # Errors
/// With the given path.
pub fn header_name(field: &str, name: &str) -> Result<(), Problem> {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(token) {
        return Err(Problem::field(field, "Enter the header's name, such as X-Shop."));
    }
    if OURS.contains(&name.to_ascii_lowercase().as_str()) {
        return Err(Problem::field(field, "Frontdesk sets this header itself. Use another one."));
    }
    Ok(())
}

fn at_most(field: &str, text: &str, chars: usize) -> Result<(), Problem> {
    wrong_unless(text.chars().count() <= chars, field, &format!("At most {chars} characters."))
}

fn wrong_unless(fine: bool, field: &str, message: &str) -> Result<(), Problem> {
    if fine { Ok(()) } else { Err(Problem::field(&format!("content.{field}"), message)) }
}

/// Whether a call of a tool waits for a member.
#[must_use]
pub fn asks(autonomy: Autonomy, content: &ToolContent) -> bool {
    content.needs_approval
        || match autonomy {
            Autonomy::Everything => false,
            Autonomy::ReadingOnly => content.effect == ToolEffect::Writes,
            Autonomy::AskAlways => true,
        }
}

/// A value as JSON that is the same however its keys were ordered.
#[must_use]
pub fn canonical(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let mut sorted: Vec<_> = fields.iter().collect();
            order::by(&mut sorted, |a, b| a.0.cmp(b.0));
            let one = |(name, value): (&String, &Value)| {
                format!("{}:{}", Value::String(name.clone()), canonical(value))
            };
            format!("{{{}}}", sorted.into_iter().map(one).collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

/// A result without secrets, whatever form they have in it. What is too short to be a secret stays: it would be
/// found everywhere.
#[must_use]
pub fn without(text: &str, secrets: &[String]) -> String {
    let forms = secrets.iter().filter(|secret| secret.len() >= 4).flat_map(|secret| {
        let json = Value::String(secret.clone()).to_string();
        [secret.clone(), json.trim_matches('"').to_owned()]
    });
    let mut forms: Vec<String> = forms.collect();
    // The longest first: one may hold another.
    order::by(&mut forms, |a, b| b.len().cmp(&a.len()));
    forms.iter().fold(text.to_owned(), |text, form| text.replace(form.as_str(), "(not shown)"))
}

/// The head of a result within a number of bytes, saying what is missing.
#[must_use]
pub fn cut(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(bytes);
    format!("{}\n[Cut off: {end} of {} bytes.]", text.get(..end).unwrap_or_default(), text.len())
}

#[cfg(test)]
mod tests {
    use protocol::api::{ToolHeader, ToolMethod};

    use super::*;

    fn content() -> ToolContent {
        ToolContent {
            name: "order_status".into(),
            title: "Order status".into(),
            description: "Looks an order up.".into(),
            schema: serde_json::json!({ "type": "object" }),
            method: ToolMethod::Post,
            url: "https://hooks.test/".into(),
            headers: Vec::new(),
            idempotent: true,
            timeout_ms: 1_000,
            max_result_bytes: 1_000,
            enabled: true,
            effect: ToolEffect::Writes,
            needs_approval: false,
            cache_seconds: 0,
            live: None,
        }
    }

    #[test]
    fn what_is_above_the_level_asks_and_some_tools_always_do() {
        let calls = |autonomy, effect, needs_approval| {
            asks(autonomy, &ToolContent { effect, needs_approval, ..content() })
        };
        use {Autonomy as A, ToolEffect as E};
        for (autonomy, reads, writes) in
            [(A::Everything, false, false), (A::ReadingOnly, false, true), (A::AskAlways, true, true)]
        {
            assert_eq!(
                (calls(autonomy, E::Reads, false), calls(autonomy, E::Writes, false)),
                (reads, writes)
            );
            assert!(calls(autonomy, E::Reads, true));
        }
    }

    fn wrong(change: impl Fn(&mut ToolContent)) -> Option<String> {
        let mut content = content();
        change(&mut content);
        check(&content).err().and_then(|problem| problem.field)
    }

    #[test]
    fn each_rule_names_its_field() {
        assert_eq!(check(&content()), Ok(()));
        let header = |name: &str| vec![ToolHeader { name: name.into(), value: "v".into() }];
        for (change, field) in [
            (
                Box::new(|c: &mut ToolContent| c.name = "order status".into())
                    as Box<dyn Fn(&mut ToolContent)>,
                "name",
            ),
            (Box::new(|c| c.name = String::new()), "name"),
            (Box::new(|c| c.description = " ".into()), "description"),
            (Box::new(|c| c.timeout_ms = 30_001), "timeout_ms"),
            (Box::new(|c| c.max_result_bytes = 99), "max_result_bytes"),
            (Box::new(|c| c.schema = serde_json::json!({ "type": "string" })), "schema"),
            (
                Box::new(|c| c.schema = serde_json::json!({ "type": "object", "title": "x".repeat(9_000) })),
                "schema",
            ),
            (Box::new(move |c| c.headers = header("Authorization")), "headers[0].name"),
            (Box::new(move |c| c.headers = header("Host")), "headers[0].name"),
            (Box::new(move |c| c.headers = header("X Y")), "headers[0].name"),
        ] {
            assert_eq!(wrong(change), Some(format!("content.{field}")));
        }
    }

    #[test]
    fn the_order_of_keys_does_not_make_another_call() {
        let of = |text: &str| canonical(&serde_json::from_str(text).unwrap());
        assert_eq!(
            of(r#"{"b":[1,{"d":2,"c":"x\""}],"a":null}"#),
            of(r#"{ "a":null, "b":[1,{"c":"x\"","d":2}] }"#)
        );
        assert_ne!(of(r#"{"a":1}"#), of(r#"{"a":"1"}"#));
    }

    #[test]
    fn secrets_are_taken_out_in_every_form() {
        let secrets = ["s3cr\"et-value".to_owned(), "abc".to_owned()];
        let text = r#"plain s3cr"et-value, in JSON "s3cr\"et-value", abc"#;
        assert_eq!(without(text, &secrets), r#"plain (not shown), in JSON "(not shown)", abc"#);
    }

    #[test]
    fn a_cut_is_between_characters_and_says_so() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("aé", 2), "a\n[Cut off: 1 of 3 bytes.]");
    }
}
