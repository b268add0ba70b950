//! Incoming events: what other services tell us, and what comes of it.

use crate::lead::LeadStatus;
use crate::{AgentId, ConversationId, IncomingEventId, IncomingId, LeadId, SourceId, wire};

wire! {
    /// `POST /v1/incoming/endpoints`, `PUT /v1/incoming/endpoints/{incoming}`
    #[derive(Eq)]
    pub struct IncomingWrite {
        /// Who sends, for members.
        pub name: String,
        /// Its events concern this agent's things alone; absent: all of the workspace. Stays as it was made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub agent_id: Option<AgentId>,
        #[serde(default = "yes")]
        pub enabled: bool,
    }

    /// Where another service tells us what happened.
    pub struct Incoming {
        pub id: IncomingId,
        pub name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub agent_id: Option<AgentId>,
        /// Where it posts to.
        #[serde(default)]
        pub url: String,
        pub enabled: bool,
        pub created_at: f64,
        pub edited_at: f64,
        /// Until when the secret before this one is good, too.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub old_secret_until: Option<f64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub last_event_at: Option<f64>,
        /// Events of the last 30 days that wait or are worked on.
        #[serde(default)]
        pub waiting: u64,
        #[serde(default)]
        pub succeeded: u64,
        /// Given up.
        #[serde(default)]
        pub dead: u64,
    }

    /// An endpoint with its secret, which is never shown again.
    pub struct IssuedIncoming {
        pub incoming: Incoming,
        pub secret: String,
    }

    /// `POST /v1/hooks/incoming/{incoming}`, signed as our own webhooks are.
    pub struct IncomingEvent {
        /// The sender's own: what comes again with the same id has no second effect. Signed as Standard Webhooks it may
        /// be the header `webhook-id` alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub id: Option<String>,
        /// What is to be done, as in [`IncomingEffect`].
        #[serde(rename = "type")]
        pub kind: String,
        /// When it happened, as in `2026-11-21T09:30:00.000Z`; absent: now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub timestamp: Option<String>,
        /// Of events with the same key the newest counts, in whatever order they come.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub order_key: Option<String>,
        pub data: serde_json::Map<String, serde_json::Value>,
    }

    /// What an event does.
    #[serde(tag = "type", content = "data")]
    pub enum IncomingEffect {
        /// Reads pages of a website again; without addresses the whole source.
        #[serde(rename = "source.refresh")]
        RefreshSource {
            source_id: SourceId,
            #[serde(default)]
            urls: Vec<String>,
        },
        /// Writes a person, who is known by address, else by number.
        #[serde(rename = "contact.upsert")]
        PutContact {
            #[serde(default)]
            name: String,
            #[serde(default)]
            email: String,
            /// With the country's code, as in `+34600000000`.
            #[serde(default)]
            phone: String,
        },
        #[serde(rename = "lead.status")]
        SetLeadStatus { lead_id: LeadId, status: LeadStatus },
        #[serde(rename = "lead.note")]
        NoteLead { lead_id: LeadId, text: String },
        /// Notes something for members beside a conversation.
        #[serde(rename = "conversation.note")]
        NoteConversation { conversation_id: ConversationId, text: String },
    }

    /// It is stored; its effect comes by itself.
    pub struct IncomingReceipt {
        pub id: IncomingEventId,
        /// It was stored before; nothing comes of it again.
        #[serde(default)]
        pub duplicate: bool,
    }

    /// Where a job stands, of whatever part of the product.
    #[derive(Copy, Eq, Hash)]
    #[serde(rename_all = "snake_case")]
    pub enum JobState {
        Queued,
        Processing,
        Succeeded,
        /// It is tried again by itself.
        Failed,
        /// It is given up; a member may try it again.
        Dead,
    }
}

fn yes() -> bool {
    true
}
