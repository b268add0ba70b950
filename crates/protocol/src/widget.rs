//! The visitor's HTTP: `/v1/widget/…`.

use crate::agent::Theme;
use crate::experiments::Variant;
use crate::lead::LeadForm;
use crate::rules::WidgetRule;
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
        /// `visitor_pass` of an earlier init: a new conversation is the same visitor's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub visitor_pass: Option<String>,
        /// The token of a solved challenge, where `config.turnstile` asked for one; good once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub turnstile: Option<String>,
    }

    pub struct InitResponse {
        pub conversation_id: ConversationId,
        pub visitor_id: VisitorId,
        /// By what this browser is known again, for as long as it keeps it; good for this agent alone.
        #[serde(default)]
        pub visitor_pass: String,
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
        /// What the widget does of its own accord, the most important first: those that are switched on and due.
        #[serde(default)]
        pub rules: Vec<WidgetRule>,
        /// What this visitor sees of running experiments. Each is reported as `exposed` once it shows.
        #[serde(default)]
        pub variants: Vec<Variant>,
        /// Absent where the agent has no fields to ask for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub lead_form: Option<LeadForm>,
        /// The site key of Turnstile, while this conversation lacks a solved challenge: `init` again with its token, or
        /// what asks is refused with `challenge_required`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub turnstile: Option<String>,
        /// What the window says of who made it, where the plan shows that; a link to this API's own site.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub badge: Option<String>,
    }

    /// What happened in the page.
    #[derive(Copy, Eq, Hash)]
    #[serde(rename_all = "snake_case")]
    pub enum WidgetEventKind {
        /// The subject is the rule.
        RuleFired,
        /// The subject is the call to action, after an answer or by a rule.
        CtaShown,
        CtaClicked,
        /// The subject is the variant.
        Exposed,
        /// The window was opened; without a subject.
        Opened,
    }

    pub struct WidgetEvent {
        /// Chosen by the client, 8 to 64 characters of A-Z, a-z, 0-9, `-` and `_`: sent twice, it happened once.
        pub id: String,
        pub kind: WidgetEventKind,
        /// The id of what it happened to.
        #[serde(default)]
        pub subject: String,
        #[serde(default)]
        pub page_url: String,
        /// Unix time in milliseconds.
        pub at_ms: f64,
    }

    /// `POST /v1/widget/events`, as `application/json` or `text/plain`: `sendBeacon` has no headers, so the token is
    /// part of the body. What is answered with 202 is stored.
    pub struct EventsRequest {
        pub token: String,
        /// At most 50.
        pub events: Vec<WidgetEvent>,
    }

    pub struct EventsAccepted {
        /// How many are stored now, those included that were already.
        pub stored: u32,
    }

    /// `POST /v1/widget/messages`: one turn as `text/event-stream`; each event's data is a `ServerFrame` and its
    /// id the frame's number. With a number in `after` or `Last-Event-ID` it begins with all there is above that. Any
    /// other `ClientFrame` is taken, too, and answered by `hello` and what there is.
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
/// Events of one request.
pub const MAX_EVENTS: usize = 50;
