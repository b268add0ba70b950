//! Response templates: words that members keep ready, for their replies and for curated answers of agents.

use crate::{AgentId, CuratedId, TemplateId, wire};

wire! {
    /// `POST /v1/templates`, `PUT /v1/templates/{template}`
    #[derive(Eq)]
    pub struct TemplateWrite {
        /// What members pick it by; unique in the workspace.
        pub name: String,
        /// With variables such as `{{visitor_name}}`, or `{{visitor_name|there}}` with what stands there otherwise.
        pub text: String,
        /// Only for conversations of this agent; absent: of all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub agent_id: Option<AgentId>,
    }

    pub struct Template {
        pub id: TemplateId,
        pub name: String,
        pub text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub agent_id: Option<AgentId>,
        /// Replies of members that were sent with it.
        pub used: u32,
        /// Answers that agents gave with it, word for word.
        #[serde(default)]
        pub used_by_agents: u32,
        /// The curated answers that say its words.
        #[serde(default)]
        pub answers: Vec<TemplateAnswer>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub last_used_at: Option<f64>,
        pub created_at: f64,
        pub edited_at: f64,
    }

    /// A curated answer that says a template's words.
    #[derive(Eq)]
    pub struct TemplateAnswer {
        pub id: CuratedId,
        pub agent_id: AgentId,
        /// Its first phrasing.
        pub question: String,
    }
}
