//! A finished turn as OpenTelemetry spans, in the JSON that collectors take at `/v1/traces` (OpenTelemetry Protocol
//! 1.x, "OTLP/HTTP", JSON encoding: ids in hexadecimal, 64-bit numbers as strings). They tell how long what took and
//! nothing of what was said. The same turn always makes the same ids, so sending it twice tells nothing new.

use protocol::TurnId;
use protocol::answer::Stages;
use protocol::api::TurnState;
use protocol::internal::TurnRecord;
use serde::Serialize;

/// The body of one request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Export {
    resource_spans: [ResourceSpans; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceSpans {
    resource: Resource,
    scope_spans: [ScopeSpans; 1],
}

#[derive(Serialize)]
pub(crate) struct Resource {
    attributes: Vec<Attribute>,
}

#[derive(Serialize)]
struct ScopeSpans {
    scope: Scope,
    spans: Vec<Span>,
}

#[derive(Serialize)]
pub(crate) struct Scope {
    pub(crate) name: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Span {
    trace_id: String,
    span_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_span_id: Option<String>,
    name: &'static str,
    /// 1 is internal.
    kind: u8,
    start_time_unix_nano: String,
    end_time_unix_nano: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<Attribute>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
}

#[derive(Serialize)]
struct Status {
    /// 2 is an error.
    code: u8,
}

#[derive(Serialize)]
pub(crate) struct Attribute {
    key: &'static str,
    value: Value,
}

#[derive(Serialize)]
pub(crate) enum Value {
    #[serde(rename = "stringValue")]
    Text(String),
    /// 64 bits: a string.
    #[serde(rename = "intValue")]
    Whole(String),
    #[serde(rename = "doubleValue")]
    Real(f64),
    #[serde(rename = "boolValue")]
    Flag(bool),
}

/// Everything that turns took, as one request.
#[must_use]
pub fn export(release: &str, records: &[TurnRecord]) -> Export {
    Export {
        resource_spans: [ResourceSpans {
            resource: resource(release),
            scope_spans: [ScopeSpans {
                scope: Scope { name: "frontdesk.turn" },
                spans: records.iter().flat_map(spans).collect(),
            }],
        }],
    }
}

/// Who tells: spans and metrics alike.
pub(crate) fn resource(release: &str) -> Resource {
    Resource { attributes: vec![text("service.name", "frontdesk"), text("service.version", release)] }
}

/// An attribute whose value is a text.
pub(crate) fn text(key: &'static str, value: &str) -> Attribute {
    Attribute { key, value: Value::Text(value.to_owned()) }
}

/// The stages of a turn that ran: name, beginning and length in milliseconds after the message arrived, and the stage
/// it is part of. What is known are lengths, and that everything before the first token leads up to it.
fn stages(stages: &Stages) -> Vec<(&'static str, f64, f64, &'static str)> {
    let first_byte = (stages.first_token - stages.model_first_byte).max(0.0);
    [
        ("rag.retrieve_cache", stages.admit, stages.retrieve, ROOT),
        ("rag.embed_query", stages.admit, stages.embed, "rag.retrieve_cache"),
        ("rag.index_search", stages.admit + stages.embed, stages.index_search, "rag.retrieve_cache"),
        ("rag.assemble_prompt", (first_byte - stages.assemble_prompt).max(0.0), stages.assemble_prompt, ROOT),
        ("rag.model_first_byte", first_byte, stages.model_first_byte, ROOT),
        ("rag.model_stream", stages.first_token, stages.model_stream, ROOT),
    ]
    .into_iter()
    .filter(|(_, _, length, _)| *length > 0.0)
    .collect()
}

const ROOT: &str = "rag.turn";

fn spans(record: &TurnRecord) -> Vec<Span> {
    let turn = &record.turn;
    let trace = bits(&turn.id);
    let id = |name: &str| span_id(trace, name);
    let span = |name, begin: f64, length: f64| Span {
        trace_id: format!("{trace:032x}"),
        span_id: id(name),
        parent_span_id: None,
        name,
        kind: 1,
        start_time_unix_nano: nanos(turn.asked_at + begin),
        end_time_unix_nano: nanos(turn.asked_at + begin + length),
        attributes: Vec::new(),
        status: None,
    };
    let mut root = span(ROOT, 0.0, turn.stages.total);
    let whole = |key, value: u32| Attribute { key, value: Value::Whole(value.to_string()) };
    root.attributes = vec![
        text("frontdesk.workspace_id", record.identity.workspace_id.as_str()),
        text("frontdesk.agent_id", record.identity.agent_id.as_str()),
        text("frontdesk.turn_id", turn.id.as_str()),
        text("frontdesk.provider", &word(&turn.provider)),
        text("frontdesk.state", &word(&turn.state)),
        whole("gen_ai.usage.input_tokens", turn.tokens.input),
        whole("gen_ai.usage.output_tokens", turn.tokens.output),
        Attribute { key: "frontdesk.confidence", value: Value::Real(turn.confidence) },
        Attribute { key: "frontdesk.cached", value: Value::Flag(turn.cached) },
        whole("frontdesk.model_errors", turn.model_errors),
        Attribute { key: "frontdesk.low_confidence", value: Value::Flag(turn.low_confidence) },
    ];
    if turn.state == TurnState::Failed {
        root.status = Some(Status { code: 2 });
        root.attributes.extend(turn.failure.as_ref().map(|problem| text("error.type", &word(&problem.code))));
    }
    let parts = stages(&turn.stages).into_iter().map(|(name, begin, length, parent)| Span {
        parent_span_id: Some(id(parent)),
        ..span(name, begin, length)
    });
    let parts: Vec<Span> = parts.collect();
    std::iter::once(root).chain(parts).collect()
}

/// The 128 bits that an id writes in base 32.
fn bits(id: &TurnId) -> u128 {
    let digits = id.as_str().rsplit('_').next().unwrap_or_default();
    digits.bytes().fold(0, |bits, byte| {
        let digit = b"0123456789abcdefghjkmnpqrstvwxyz".iter().position(|digit| *digit == byte);
        (bits << 5) | digit.unwrap_or_default() as u128
    })
}

/// 64 bits that tell a stage from the others of its turn and are not zero, which would mean none (FNV-1a).
#[allow(clippy::cast_possible_truncation)]
fn span_id(trace: u128, name: &str) -> String {
    let bytes = trace.to_be_bytes().into_iter().chain(name.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{:016x}", hash.max(1))
}

/// Milliseconds as whole nanoseconds; a float holds them to the microsecond.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(crate) fn nanos(ms: f64) -> String {
    (u128::from((ms.max(0.0) * 1_000.0) as u64) * 1_000).to_string()
}

/// The name a value has on the wire.
fn word<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}
