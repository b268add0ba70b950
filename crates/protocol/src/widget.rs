//! The visitor's HTTP: `/v1/widget/…`.

use crate::agent::Theme;
use crate::{AgentId, ConversationId, VisitorId, wire};

wire! {
    /// `POST /v1/widget/init`
    pub struct InitRequest {
        pub agent_id: AgentId,
        pub page_url: String,
        /// The previous token, if there is one: the conversation goes on when it is under 24 hours old and of
        /// the same agent and origin; otherwise a new one begins.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub token: Option<String>,
    }

    pub struct InitResponse {
        pub conversation_id: ConversationId,
        pub visitor_id: VisitorId,
        /// Sent as `Authorization: Bearer …`, or as the second WebSocket subprotocol; never in an address.
        pub token: String,
        /// Unix time in milliseconds.
        pub token_expires_at_ms: f64,
        /// The conversation of the previous token goes on.
        pub resumed: bool,
        pub config: WidgetConfig,
    }

    /// What the widget shows; the public part of the agent.
    pub struct WidgetConfig {
        pub agent_name: String,
        pub workspace_name: String,
        pub welcome: String,
        pub quick_prompts: Vec<String>,
        pub language: String,
        pub theme: Theme,
        /// `https` address of a picture.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub avatar_url: Option<String>,
    }

    /// `POST /v1/widget/messages`: one turn as `text/event-stream`; each event's data is a `ServerFrame` and its
    /// id the frame's number.
    pub struct MessageRequest {
        pub id: String,
        pub text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub page_url: Option<String>,
        /// The language that page declares (`lang` of its `html`), a BCP 47 tag.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub page_language: Option<String>,
    }
}

/// A visitor's token is good for this long.
pub const TOKEN_TTL_MS: u64 = 60 * 60 * 1_000;
/// A token may be exchanged for a new one for this long after it was issued.
pub const TOKEN_RENEWAL_MS: u64 = 24 * 60 * 60 * 1_000;
