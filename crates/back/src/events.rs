//! Events, for the transaction of their cause.

use platform::{Failure, clock};
use protocol::events::EventKind;
use protocol::{AgentId, EventId};
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::events::{Event, note, note_if_changed};
use store::{Statement, Tenant};

/// Something that happened to a subject. `once` is what makes it one event: a run, a version, an invitation.
pub struct Happened<'a> {
    pub kind: EventKind,
    pub agent: Option<&'a AgentId>,
    pub subject: &'a str,
    pub once: &'a str,
    pub data: Value,
}

impl Happened<'_> {
    /// The statement that notes it.
    ///
    /// # Errors
    /// When its data cannot be written.
    pub fn statement(&self, tenant: &Tenant) -> Result<Statement, Failure> {
        self.written(tenant, note)
    }

    /// The statement that notes it, if the one before it in the transaction changes a row.
    ///
    /// # Errors
    /// When its data cannot be written.
    pub fn statement_if_changed(&self, tenant: &Tenant) -> Result<Statement, Failure> {
        self.written(tenant, note_if_changed)
    }

    fn written(
        &self,
        tenant: &Tenant,
        build: fn(&Tenant, &Event<'_>) -> Statement,
    ) -> Result<Statement, Failure> {
        let name = format!("{} {} {}", self.kind.as_str(), self.subject, self.once);
        let bits =
            Sha256::digest(name).iter().take(16).fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte));
        let (id, data) = (EventId::from_bits(bits), serde_json::to_string(&self.data)?);
        let (kind, agent, subject) = (self.kind, self.agent, self.subject);
        Ok(build(tenant, &Event { id: &id, kind, agent, subject, data: &data, at: clock::now_ms() }))
    }
}
