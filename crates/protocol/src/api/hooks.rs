//! REST hooks: subscriptions that programs make and end by themselves, as Zapier does for every Zap.

use super::Role;
use crate::events::EventKind;
use crate::permission::Permission;
use crate::{AgentId, ApiKeyId, EndpointId, WorkspaceId, wire};

wire! {
    /// `GET /v1/me`
    pub struct KeyHolder {
        pub workspace_id: WorkspaceId,
        pub workspace_name: String,
        /// The key's name, or the member's.
        pub name: String,
        /// Absent for a member.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub api_key_id: Option<ApiKeyId>,
        /// Absent for a key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub role: Option<Role>,
        /// What may be done.
        pub scopes: Vec<Permission>,
    }

    /// `POST /v1/hooks`
    pub struct NewHook {
        /// Where the events are sent.
        pub target_url: String,
        /// One of [`TRIGGERS`].
        pub event: String,
        /// Absent: events of all agents.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub agent_id: Option<AgentId>,
    }

    /// A subscription. The same one asked for again is the same one.
    pub struct Hook {
        pub id: EndpointId,
        pub target_url: String,
        pub event: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub agent_id: Option<AgentId>,
        pub created_at: f64,
        /// What requests to it are signed with; shown once, when it is made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub secret: Option<String>,
    }

    /// What a hook is sent: every field is there always, and none holds another object. Of a lead there are the fields
    /// that integrations know besides, and `answer_` with the key of each field of its form.
    pub struct HookPayload {
        /// The event; the same in every attempt, so that what arrives twice counts once.
        pub id: String,
        pub event: String,
        /// As in `2026-11-21T09:30:00.000Z`.
        pub happened_at: String,
        pub workspace_id: String,
        pub agent_id: String,
        /// Ids, words, numbers and states, by the kind of the event.
        #[serde(flatten)]
        pub fields: serde_json::Map<String, serde_json::Value>,
    }
}

/// Events that can be subscribed to, with what a key must be allowed to read besides.
pub const TRIGGERS: [(EventKind, Permission); 7] = [
    (EventKind::ConversationStarted, Permission::ConversationsRead),
    (EventKind::ConversationEscalated, Permission::ConversationsRead),
    (EventKind::ConversationHandedOff, Permission::ConversationsRead),
    (EventKind::ConversationCompleted, Permission::ConversationsRead),
    (EventKind::ConversationClosed, Permission::ConversationsRead),
    (EventKind::LeadCaptured, Permission::LeadsRead),
    (EventKind::LeadUpdated, Permission::LeadsRead),
];
