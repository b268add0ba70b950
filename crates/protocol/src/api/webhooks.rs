//! Outgoing webhooks: receivers, what was delivered to them, and what is delivered.

use crate::events::EventKind;
use crate::{AgentId, EndpointId, EventId, IntegrationId, WorkspaceId, wire};

/// The version of [`WebhookPayload`]; another one is another shape.
pub const WEBHOOK_VERSION: u32 = 1;

wire! {
    /// The body of every delivery.
    pub struct WebhookPayload {
        /// The event; the same in every attempt and replay. Also the header `webhook-id`.
        pub id: EventId,
        #[serde(rename = "type")]
        pub kind: EventKind,
        /// 1. A shape that receivers would not understand gets another number; fields may be added.
        pub version: u32,
        /// When it happened, as in `2026-11-21T09:30:00.000Z`.
        pub timestamp: String,
        pub workspace_id: WorkspaceId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub agent_id: Option<AgentId>,
        /// The id of what it happened to.
        pub subject: String,
        /// Ids, numbers and states, by the kind of the event.
        pub data: serde_json::Map<String, serde_json::Value>,
    }

    /// `POST /v1/webhooks/endpoints` and `PUT /v1/webhooks/endpoints/{endpoint}`
    pub struct EndpointWrite {
        pub url: String,
        #[serde(default)]
        pub description: String,
        /// Events that are delivered; empty: all.
        #[serde(default)]
        pub events: Vec<String>,
        /// Agents whose events are delivered; empty: of all, and those of no agent.
        #[serde(default)]
        pub agents: Vec<AgentId>,
        #[serde(default = "yes")]
        pub enabled: bool,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum DisabledReason {
        /// A member switched it off.
        Member,
        /// The receiver answered 410.
        Gone,
        /// It failed for five days.
        Failing,
    }

    /// How a receiver came to be, and what it is sent.
    #[derive(Copy, Eq, Default)]
    #[serde(rename_all = "snake_case")]
    pub enum EndpointKind {
        /// Members wrote it; it is sent events as they are.
        #[default]
        Webhook,
        /// A program subscribed to it; it is sent one flat object of fields.
        Hook,
    }

    /// One receiver.
    pub struct Endpoint {
        pub id: EndpointId,
        pub url: String,
        pub description: String,
        pub events: Vec<String>,
        pub agents: Vec<AgentId>,
        pub enabled: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub disabled_reason: Option<DisabledReason>,
        pub created_at: f64,
        pub edited_at: f64,
        /// Until when deliveries are signed with the secret before this one, too.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub old_secret_until: Option<f64>,
        /// The integration that shapes what is sent; absent for a webhook.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub integration_id: Option<IntegrationId>,
        #[serde(default)]
        pub kind: EndpointKind,
        /// Who subscribed: the name of an API key, or a member; empty for what members wrote.
        #[serde(default)]
        pub made_by: String,
        #[serde(default)]
        pub status: EndpointStatus,
    }

    /// How deliveries to a receiver go.
    #[derive(Copy, Default)]
    #[serde(default)]
    pub struct EndpointStatus {
        #[serde(skip_serializing_if = "Option::is_none")]
        pub last_success_at: Option<f64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub last_failure_at: Option<f64>,
        /// Since when nothing succeeded; absent where the last attempt did.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub failing_since: Option<f64>,
        /// Deliveries that are kept, by state.
        pub pending: u64,
        pub succeeded: u64,
        pub failed: u64,
    }

    /// A receiver with its secret, which is never shown again.
    pub struct IssuedEndpoint {
        pub endpoint: Endpoint,
        pub secret: String,
    }

    /// `POST /v1/webhooks/endpoints/{endpoint}/rotate`: deliveries are signed with the old secret, too, for this long.
    pub struct RotateSecret {
        pub overlap_hours: u32,
    }

    #[derive(Copy, Eq, Hash)]
    #[serde(rename_all = "snake_case")]
    pub enum DeliveryState {
        /// It is tried, or tried again later.
        Pending,
        Succeeded,
        /// It is given up; a replay tries again.
        Failed,
    }

    /// One event on its way to one receiver.
    pub struct Delivery {
        /// The event's.
        pub id: EventId,
        pub event: String,
        pub state: DeliveryState,
        /// Attempts so far, of all rounds.
        pub attempts: u32,
        /// When the next one is made; absent where none is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub next_at: Option<f64>,
        /// What the last attempt came to, for people; empty before the first.
        #[serde(default)]
        pub outcome: String,
        pub happened_at: f64,
        pub created_at: f64,
    }

    /// One attempt.
    pub struct DeliveryAttempt {
        /// From 1, as in the header `X-Frontdesk-Attempt`.
        pub number: u32,
        pub at: f64,
        pub succeeded: bool,
        /// Absent where no answer came.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub status: Option<u16>,
        /// Absent while it runs, and where it was cut off.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub duration_ms: Option<f64>,
        /// What it came to, for people.
        pub outcome: String,
        /// Headers of the answer, as `name: value`, without cookies and credentials.
        pub headers: Vec<String>,
        /// The first 2,048 bytes of the answer, without our secrets.
        pub answer: String,
        /// SHA-256 of the body, where it is read when it is sent and kept nowhere (hooks); else empty.
        #[serde(default)]
        pub sha256: String,
    }

    /// `GET /v1/webhooks/endpoints/{endpoint}/deliveries/{delivery}`
    pub struct DeliveryDetail {
        pub delivery: Delivery,
        /// The body, byte for byte; of a hook as it is read now, as what it holds of people is kept nowhere: see `note`.
        pub payload: String,
        /// Why `payload` is not what was sent, in words; empty: it is.
        #[serde(default)]
        pub note: String,
        /// Newest first.
        pub attempts: Vec<DeliveryAttempt>,
    }

    /// `POST /v1/webhooks/endpoints/{endpoint}/replay`
    pub struct ReplaySince {
        /// Failed deliveries of events from this time on.
        pub since: f64,
    }

    pub struct Replayed {
        pub deliveries: u64,
    }
}

fn yes() -> bool {
    true
}
