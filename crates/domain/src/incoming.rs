//! What other services tell us. A [`Channel`] is a kind of sender: how it proves itself, by what its events are known
//! when they come again, and which of them are about the same thing, so that the newest counts. Everything behind it,
//! from the stored event to its effect, is the same for all.

use protocol::api::{IncomingEffect, IncomingEvent};
use protocol::{Code, Problem};
use serde_json::{Value, json};

use crate::signature::{self, Invalid, TOLERANCE_S};

/// The longest id or key of a sender.
const MAX_ID_CHARS: usize = 200;

/// A request as it came.
pub struct Arrived<'a> {
    /// A header's value; empty where there is none.
    pub header: &'a dyn Fn(&str) -> String,
    pub body: &'a [u8],
    /// Unix seconds.
    pub now_s: u64,
}

/// An event that can be stored.
#[derive(Debug, PartialEq)]
pub struct Told {
    /// What the sender knows it by.
    pub key: String,
    pub effect: IncomingEffect,
    /// Of those with the same, the newest counts; empty: each counts.
    pub order: String,
    /// When it happened, as the sender writes it.
    pub timestamp: Option<String>,
}

/// A kind of sender.
pub trait Channel {
    /// The name that is stored with an endpoint.
    fn name(&self) -> &'static str;

    /// Whether one of the secrets signed what arrived; the id that the signature covers beside the body, if any.
    ///
    /// # Errors
    /// When it is not to be believed, and why.
    fn verify(&self, arrived: &Arrived<'_>, secrets: &[&str]) -> Result<Option<String>, Invalid>;

    /// What a believed body says.
    ///
    /// # Errors
    /// When it says nothing that can be done.
    fn read(&self, signed_id: Option<String>, body: &[u8]) -> Result<Told, Problem>;
}

/// All kinds of senders.
pub const CHANNELS: &[&dyn Channel] = &[&Generic];

/// The kind of sender of this name.
#[must_use]
pub fn channel(name: &str) -> Option<&'static dyn Channel> {
    CHANNELS.iter().copied().find(|channel| channel.name() == name)
}

/// Anybody who signs as our own webhooks are signed, in either format.
pub struct Generic;

impl Channel for Generic {
    fn name(&self) -> &'static str {
        "generic"
    }

    fn verify(&self, arrived: &Arrived<'_>, secrets: &[&str]) -> Result<Option<String>, Invalid> {
        let Arrived { header, body, now_s } = arrived;
        let own = header("X-Frontdesk-Signature");
        if !own.is_empty() {
            return signature::verify(&own, secrets, body, *now_s, TOLERANCE_S).map(|()| None);
        }
        let (id, time, signed) =
            (header("webhook-id"), header("webhook-timestamp"), header("webhook-signature"));
        signature::verify_standard((&id, &time, &signed), secrets, body, *now_s, TOLERANCE_S)?;
        Ok(Some(id))
    }

    fn read(&self, signed_id: Option<String>, body: &[u8]) -> Result<Told, Problem> {
        let event: IncomingEvent = serde_json::from_slice(body).map_err(|error| {
            let what = "it is not an event with type and data";
            let (line, column) = (error.line(), error.column());
            Problem::new(
                Code::Malformed,
                format!("The body cannot be read at line {line}, column {column}: {what}."),
            )
        })?;
        let key = id("id", signed_id.or(event.id).unwrap_or_default())?;
        let effect = effect(event.kind, event.data)?;
        let order = match event.order_key {
            Some(key) => id("order_key", key)?,
            None => natural_order(&effect),
        };
        Ok(Told { key, effect, order, timestamp: event.timestamp })
    }
}

fn id(field: &str, given: String) -> Result<String, Problem> {
    let fits =
        !given.is_empty() && given.chars().count() <= MAX_ID_CHARS && given.chars().all(|c| !c.is_control());
    if fits {
        return Ok(given);
    }
    Err(Problem::field(field, format!("Give every event an {field} of 1 to {MAX_ID_CHARS} characters.")))
}

/// What an event of this type and data does.
fn effect(kind: String, data: serde_json::Map<String, Value>) -> Result<IncomingEffect, Problem> {
    const KINDS: [&str; 5] =
        ["source.refresh", "contact.upsert", "lead.status", "lead.note", "conversation.note"];
    if !KINDS.contains(&kind.as_str()) {
        return Err(Problem::field(
            "type",
            format!("There is no such type. There are {}.", KINDS.join(", ")),
        ));
    }
    let wrong = format!("This is not the data of {kind}. docs/WEBHOOKS.md says what it holds.");
    serde_json::from_value(json!({ "type": kind, "data": data })).map_err(|_| Problem::field("data", wrong))
}

/// What an effect replaces, where it replaces something.
fn natural_order(effect: &IncomingEffect) -> String {
    match effect {
        IncomingEffect::PutContact { email, phone, .. } => {
            let who = if email.is_empty() { phone } else { email };
            who.trim().to_lowercase()
        }
        IncomingEffect::SetLeadStatus { lead_id, .. } => lead_id.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"id":"e-1","type":"contact.upsert","data":{"email":"Ada@x.test"}}"#;
    const NOW: u64 = 1_700_000_000;

    fn arrived<'a>(headers: &'a dyn Fn(&str) -> String, now_s: u64) -> Arrived<'a> {
        Arrived { header: headers, body: BODY, now_s }
    }

    #[test]
    fn either_format_is_believed_and_names_the_event() {
        let secret = signature::secret([1; 32]);
        let (own, standard) = (
            signature::header(std::slice::from_ref(&secret), NOW, BODY),
            signature::standard(std::slice::from_ref(&secret), "msg_1", NOW, BODY),
        );
        let by_own = |name: &str| if name == "X-Frontdesk-Signature" { own.clone() } else { String::new() };
        let by_standard = |name: &str| match name {
            "webhook-id" => "msg_1".to_owned(),
            "webhook-timestamp" => NOW.to_string(),
            "webhook-signature" => standard.clone(),
            _ => String::new(),
        };
        assert_eq!(Generic.verify(&arrived(&by_own, NOW), &[&secret]), Ok(None));
        assert_eq!(Generic.verify(&arrived(&by_standard, NOW), &[&secret]), Ok(Some("msg_1".into())));
        for late in [NOW + 301, NOW + 90_000] {
            assert_eq!(Generic.verify(&arrived(&by_own, late), &[&secret]), Err(Invalid::TooOld));
            assert_eq!(Generic.verify(&arrived(&by_standard, late), &[&secret]), Err(Invalid::TooOld));
        }
        let stranger = signature::secret([2; 32]);
        assert_eq!(Generic.verify(&arrived(&by_own, NOW), &[&stranger]), Err(Invalid::Mismatch));
        assert_eq!(Generic.verify(&arrived(&|_| String::new(), NOW), &[&secret]), Err(Invalid::Malformed));
        assert_eq!(Generic.read(None, BODY).unwrap().key, "e-1");
        let told = Generic.read(Some("msg_1".into()), BODY).unwrap();
        assert_eq!((told.key.as_str(), told.order.as_str()), ("msg_1", "ada@x.test"));
    }

    #[test]
    fn what_says_nothing_that_can_be_done_is_refused_by_its_field() {
        let field = |body: &str| Generic.read(None, body.as_bytes()).unwrap_err().field.unwrap_or_default();
        assert_eq!(field(r#"{"type":"contact.upsert","data":{}}"#), "id");
        assert_eq!(field(&format!(r#"{{"id":"{}","type":"x","data":{{}}}}"#, "x".repeat(201))), "id");
        assert_eq!(field(r#"{"id":"1","type":"dance","data":{}}"#), "type");
        assert_eq!(field(r#"{"id":"1","type":"lead.note","data":{"lead_id":"x","text":"y"}}"#), "data");
        assert_eq!(field(r#"{"id":"1","type":"contact.upsert","order_key":"","data":{}}"#), "order_key");
        for body in ["", "[]", "{", r#"{"id":"1","type":"lead.note","data":7}"#] {
            assert_eq!(Generic.read(None, body.as_bytes()).unwrap_err().code, Code::Malformed, "{body}");
        }
    }
}
