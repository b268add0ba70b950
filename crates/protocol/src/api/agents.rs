//! Agents: drafts, versions, publication.

use crate::agent::{AgentDraft, Model};
use crate::{AgentId, wire};

wire! {
    /// `GET /v1/agents`
    pub struct Agent {
        pub id: AgentId,
        pub name: String,
        pub language: String,
        pub allowed_origins: Vec<String>,
        /// The version visitors get; absent while it is not published.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub published_version: Option<u32>,
        /// The draft differs from what is published.
        #[serde(default)]
        pub changed: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub archived_at: Option<f64>,
        pub created_at: f64,
    }

    /// `GET /v1/agents/{agent}`
    pub struct AgentDetail {
        pub agent: Agent,
        pub draft: AgentDraft,
        /// Grows with every change of the draft; a change names the revision it was made from.
        pub revision: u32,
        pub edited_at: f64,
        /// Who changed the draft last.
        pub edited_by: String,
        /// The site key of Turnstile, where visitors show that they are people before they ask.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub turnstile_site_key: Option<String>,
    }

    /// `PUT /v1/agents/{agent}/turnstile`: both keys of one Turnstile widget of Cloudflare. Visitors are asked at once,
    /// without a publication; the secret is not told again.
    pub struct TurnstileKeys {
        pub site_key: String,
        pub secret: String,
    }

    pub struct NewAgent {
        pub name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub language: Option<String>,
    }

    /// `PATCH /v1/agents/{agent}`; absent fields stay as they are.
    #[derive(Default)]
    #[serde(default)]
    pub struct AgentUpdate {
        pub name: Option<String>,
        pub archived: Option<bool>,
    }

    /// `PUT /v1/agents/{agent}/draft`; 409 `conflict` when somebody saved another revision meanwhile.
    pub struct DraftUpdate {
        pub revision: u32,
        pub draft: AgentDraft,
    }

    /// `POST /v1/agents/{agent}/publish`; 409 `conflict` when the draft is not of that revision any more.
    pub struct PublishRequest {
        pub revision: u32,
        /// What is new, for colleagues.
        #[serde(default)]
        pub note: String,
    }

    pub struct RollbackRequest {
        pub version: u32,
    }

    /// `GET /v1/agents/{agent}/versions`, newest first.
    pub struct Version {
        pub version: u32,
        pub note: String,
        pub published_by: String,
        pub created_at: f64,
        /// Visitors get this one.
        pub live: bool,
        /// The version this one restored.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub restored: Option<u32>,
    }

    /// `GET /v1/agents/{agent}/versions/{version}`
    pub struct VersionDetail {
        pub version: Version,
        pub content: AgentDraft,
    }

    /// `GET /v1/models`: a model this installation can run.
    pub struct ModelOption {
        pub model: Model,
        /// For people.
        pub label: String,
    }
}
