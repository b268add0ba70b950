//! The `Conversation` object's notes on leads: what its visitor was asked, and what came of it.

use protocol::LeadId;
use protocol::frame::ServerFrame;
use protocol::internal::LeadRecord;
use protocol::lead::{LeadFormReason, LeadValues};
use serde::{Deserialize, Serialize};

use crate::attendance::{self, Waiting};
use crate::sql::{Engine, Error};
use crate::thread;

/// What a conversation remembers of its lead.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notes {
    /// The form was shown for these reasons.
    pub offered: Vec<LeadFormReason>,
    pub proposals: Vec<Proposal>,
    pub lead: Option<LeadId>,
}

/// What the visitor was asked about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    pub id: String,
    pub fields: LeadValues,
    pub answered: bool,
    /// With a yes.
    #[serde(default)]
    pub accepted: bool,
}

impl Notes {
    /// Those of the fields that nobody asked about yet.
    #[must_use]
    pub fn unasked(&self, mut fields: LeadValues) -> LeadValues {
        fields.retain(|key, value| {
            self.proposals.iter().all(|asked| asked.fields.get(key).is_none_or(|known| known != value))
        });
        fields
    }
}

/// What is noted.
///
/// # Errors
/// When the database refuses or holds something else.
pub fn notes(engine: &dyn Engine) -> Result<Notes, Error> {
    Ok(thread::meta(engine, "capture")?
        .map_or_else(|| Ok(Notes::default()), |json| protocol::json::read(&json))?)
}

/// Notes what the visitor is asked or told, with its frame: all or nothing (one synchronous block is one transaction);
/// the frame as it is sent.
///
/// # Errors
/// When the database refuses.
pub fn tell(engine: &dyn Engine, notes: &Notes, frame: &ServerFrame) -> Result<String, Error> {
    thread::put_meta(engine, "capture", &serde_json::to_string(notes)?)?;
    thread::append(engine, None, frame)
}

/// Notes the visitor's answer; what was agreed to waits in the outbox.
///
/// # Errors
/// When the database refuses.
pub fn answered(engine: &dyn Engine, notes: &Notes, record: Option<&LeadRecord>) -> Result<(), Error> {
    thread::put_meta(engine, "capture", &serde_json::to_string(notes)?)?;
    record.map_or(Ok(()), |record| {
        attendance::put(engine, &record.id, &Waiting::Lead(record.clone()), record.at)
    })
}
