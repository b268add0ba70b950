//! The conversation's socket: `GET /v1/widget/ws?after=N`, subprotocols `frontdesk.v1` and the token.
//!
//! Frames with a number `n` belong to the conversation and are stored: numbers only grow, and a client that
//! reconnects with `after=N` receives every frame above N, once. On replay, neighbouring deltas of one turn may
//! arrive as one. Frames without a number concern this socket alone. The texts `ping` and `pong` keep the
//! socket alive without waking the object.

use crate::answer::{Citation, Provider, Stages, Tokens};
use crate::handover::{Speaker, Standing};
use crate::lead::{LeadFormReason, LeadValues};
use crate::rules::Cta;
use crate::{Code, ConversationId, LeadId, MessageId, TurnId, wire};

/// The subprotocol both sides speak.
pub const SUBPROTOCOL: &str = "frontdesk.v1";

/// Longest message of a visitor, in characters.
pub const MAX_MESSAGE_CHARS: usize = 4_000;
/// Longest reason of a feedback that is kept, in characters.
pub const MAX_REASON_CHARS: usize = 1_000;
/// Largest text frame from a visitor, in bytes.
pub const MAX_FRAME_BYTES: usize = 32 * 1024;

wire! {
    /// What a visitor's client sends.
    #[serde(tag = "type", rename_all = "snake_case")]
    pub enum ClientFrame {
        /// Ask. The same `id` is answered once, however often it is sent.
        Message {
            /// Chosen by the client: 8 to 64 characters of A-Z, a-z, 0-9, `-` and `_`.
            id: String,
            text: String,
            /// The page the visitor is on.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            page_url: Option<String>,
            /// The language that page declares (`lang` of its `html`), a BCP 47 tag.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            page_language: Option<String>,
        },
        /// Stop the running answer; what was shown stays.
        Stop,
        /// Ask for a person.
        Handover,
        /// The visitor is writing to a person; worth repeating every few seconds, and never stored.
        Typing,
        /// How good it was, 1 to 5, once the conversation is resolved.
        Rate { stars: u8 },
        /// Whether what was proposed as a lead may be kept.
        LeadConfirm { id: String, accept: bool },
        /// How good one answer was; the last word counts.
        Feedback {
            turn_id: TurnId,
            good: bool,
            /// The visitor's own words, at most 1,000 characters are kept.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            reason: Option<String>,
        },
    }

    /// What the conversation sends.
    #[serde(tag = "type", rename_all = "snake_case")]
    pub enum ServerFrame {
        /// First frame of every socket, and of every look without one. `last` is the newest frame number there is.
        Hello { conversation_id: ConversationId, last: u64 },
        /// A question was accepted.
        TurnStarted { n: u64, turn_id: TurnId, message_id: String, text: String, at_ms: f64 },
        /// A piece of the answer; the pieces in order are the answer.
        Delta { n: u64, turn_id: TurnId, text: String },
        TurnFinished {
            n: u64,
            turn_id: TurnId,
            message_id: String,
            citations: Vec<Citation>,
            /// 0 to 1: how well the passages carry the answer.
            confidence: f64,
            /// Fewer than two passages passed the threshold, or none carried the answer.
            low_confidence: bool,
            provider: Provider,
            tokens: Tokens,
            stages: Stages,
            /// The visitor stopped it.
            #[serde(default)]
            stopped: bool,
            /// What the visitor is invited to do now.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            cta: Option<Cta>,
        },
        /// The question has no whole answer; asking again is safe.
        TurnFailed { n: u64, turn_id: TurnId, message_id: String, code: Code, message: String },
        /// Said outside of turns: by a member, by the product itself, or by a visitor while no agent answers.
        Message {
            n: u64,
            id: MessageId,
            from: Speaker,
            /// The member's name.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            name: Option<String>,
            text: String,
            at_ms: f64,
            /// The visitor's own id of it.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            message_id: Option<String>,
        },
        /// Who the conversation is with from now on.
        State {
            n: u64,
            standing: Standing,
            /// The member's name.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            name: Option<String>,
            /// A person is offered: the visitor may answer with `handover`.
            #[serde(default)]
            offered: bool,
            /// Waiting: a person comes before this time, or the visitor is asked for a way to reach them.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            until_ms: Option<f64>,
            /// Waiting: the place among those who wait, from 1; absent while it is not known.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            position: Option<u32>,
            /// What the visitor has rated it.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            rating: Option<u8>,
        },
        /// Show the form that captures a lead.
        LeadForm { n: u64, reason: LeadFormReason },
        /// What the visitor wrote may be how to reach them: asked with yes and no, answered with `lead_confirm`.
        LeadProposed { n: u64, id: String, fields: LeadValues },
        /// A lead was captured, in whatever way; said once.
        LeadCaptured { n: u64, lead_id: LeadId },
        /// A member is writing; good for some seconds.
        Typing { name: String },
        /// This socket sent something that is not accepted; nothing was stored.
        Refused {
            #[serde(default, skip_serializing_if = "Option::is_none")]
            message_id: Option<String>,
            code: Code,
            message: String,
        },
    }
}

impl ServerFrame {
    /// The stored number, for frames that have one.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        match self {
            Self::TurnStarted { n, .. }
            | Self::Delta { n, .. }
            | Self::TurnFinished { n, .. }
            | Self::TurnFailed { n, .. }
            | Self::Message { n, .. }
            | Self::State { n, .. }
            | Self::LeadForm { n, .. }
            | Self::LeadProposed { n, .. }
            | Self::LeadCaptured { n, .. } => Some(*n),
            Self::Hello { .. } | Self::Typing { .. } | Self::Refused { .. } => None,
        }
    }
}

/// Whether a client's message id has the documented form.
#[must_use]
pub fn valid_message_id(id: &str) -> bool {
    (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
