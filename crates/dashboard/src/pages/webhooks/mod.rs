//! Webhooks: receivers of events, their secrets, and every delivery with its attempts.

mod deliveries;
pub(crate) mod endpoint;
mod form;
pub(crate) mod list;
pub(crate) mod secret;

use protocol::api::{DisabledReason, Endpoint};

/// How a receiver is doing, in a word and its colour.
fn health(endpoint: &Endpoint) -> (&'static str, &'static str) {
    match (endpoint.enabled, endpoint.disabled_reason) {
        (false, Some(DisabledReason::Gone)) => ("Switched off: it said 410", "bad"),
        (false, Some(DisabledReason::Failing)) => ("Switched off: it failed for 5 days", "bad"),
        (false, _) => ("Switched off", "wait"),
        (true, _) if endpoint.status.failing_since.is_some() => ("Failing", "bad"),
        (true, _) if endpoint.status.last_success_at.is_some() => ("Delivering", "good"),
        (true, _) => ("Nothing sent yet", "wait"),
    }
}

/// Who subscribed to a hook.
fn made_by(endpoint: &Endpoint) -> String {
    format!("made by {} (Zapier/API)", endpoint.made_by)
}

/// What a receiver hears, in words.
fn hears(endpoint: &Endpoint) -> String {
    match endpoint.events.as_slice() {
        [] => "all events".to_owned(),
        [one] => one.clone(),
        several => format!("{} kinds of events", several.len()),
    }
}
