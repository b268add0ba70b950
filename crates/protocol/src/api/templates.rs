//! Response templates: replies that members keep ready.

use crate::{AgentId, TemplateId, wire};

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
        /// Replies that were sent with it.
        pub used: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub last_used_at: Option<f64>,
        pub created_at: f64,
        pub edited_at: f64,
    }
}
