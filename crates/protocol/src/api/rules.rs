//! Rules and calls to action as members see them.

use crate::lead::LeadForm;
use crate::rules::{CtaContent, RuleContent};
use crate::{AgentId, CtaId, RuleId, wire};

wire! {
    /// A rule of an agent.
    pub struct Rule {
        pub id: RuleId,
        pub agent_id: AgentId,
        pub content: RuleContent,
        /// Counts its changes; a change names the one it was made from.
        pub revision: u32,
        pub created_at: f64,
        pub edited_at: f64,
        /// How often it fired in the last 30 days, and for how many visitors.
        pub fired: u32,
        pub visitors: u32,
    }

    /// `PATCH /v1/rules/{rule}`
    pub struct RuleUpdate {
        pub revision: u32,
        pub content: RuleContent,
    }

    /// `PUT /v1/agents/{agent}/rules/order`: all of them, the most important first.
    pub struct RuleOrder {
        pub ids: Vec<RuleId>,
    }

    /// A call to action of an agent.
    pub struct CtaRule {
        pub id: CtaId,
        pub agent_id: AgentId,
        pub content: CtaContent,
        /// Counts its changes; a change names the one it was made from.
        pub revision: u32,
        pub created_at: f64,
        pub edited_at: f64,
        /// How often it was shown and followed in the last 30 days.
        pub shown: u32,
        pub clicked: u32,
    }

    /// `PATCH /v1/cta-rules/{cta}`
    pub struct CtaUpdate {
        pub revision: u32,
        pub content: CtaContent,
    }

    /// `PUT /v1/agents/{agent}/cta-rules/order`: all of them, the most important first.
    pub struct CtaOrder {
        pub ids: Vec<CtaId>,
    }

    /// `POST /v1/agents/{agent}/rules/try`
    pub struct RuleTrial {
        /// The page a visitor would be on.
        pub page_url: String,
        /// What they would ask there.
        #[serde(default)]
        pub question: String,
        /// Its place among the questions of the conversation, from 1.
        #[serde(default = "first")]
        pub asked: u32,
    }

    pub struct RuleTrialReply {
        /// Rules that this page has now, in their order.
        pub rules: Vec<RuleId>,
        /// Rules that it has at other times.
        pub later: Vec<RuleId>,
        /// The call to action that would follow the answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub cta: Option<CtaId>,
        /// The form that it opens, where it asks for an address and the draft has fields.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub form: Option<LeadForm>,
    }
}

fn first() -> u32 {
    1
}
