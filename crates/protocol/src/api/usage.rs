//! What a workspace uses, what its plan allows, and what was refused.

use crate::{AgentId, wire};

wire! {
    /// Why a question was refused.
    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum Limit {
        /// A visitor asks too much in a minute.
        VisitorMinute,
        /// … in an hour.
        VisitorHour,
        /// The conversation has as many messages as its agent allows.
        Conversation,
        /// The same is asked again and again, or an answer is asked back.
        Repetition,
        /// A network address asks too much in a minute.
        AddressMinute,
        AgentMinute,
        WorkspaceMinute,
        /// The month's conversations are used.
        PlanConversations,
        /// The month's messages are used.
        PlanMessages,
        /// The workspace's counts are being read again.
        Restoring,
        /// A visitor's challenge was not solved.
        Challenge,
        #[serde(other)]
        Other,
    }

    /// What is counted.
    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum Meter {
        /// Counted when the first question is answered.
        Conversations,
        /// Answered questions.
        Messages,
    }

    /// `GET /v1/usage`
    pub struct Usage {
        pub plan: String,
        /// As in `2026-11`, by UTC.
        pub month: String,
        /// When the next month begins.
        pub resets_at: f64,
        pub meters: Vec<MeterUse>,
        /// This month, most messages first.
        pub agents: Vec<AgentUse>,
        /// The last 30 days, newest first.
        pub refusals: Vec<RefusedOnDay>,
        /// Limits of one's own.
        pub own: UsageLimits,
        /// What the plan allows.
        pub plan_limits: UsageLimits,
    }

    pub struct MeterUse {
        pub meter: Meter,
        pub used: u64,
        /// Nothing is answered beyond it this month; absent: there is no limit.
        #[serde(default)]
        pub limit: Option<u64>,
    }

    pub struct AgentUse {
        pub agent_id: AgentId,
        /// Empty for an agent that was deleted.
        pub name: String,
        pub conversations: u64,
        pub messages: u64,
        pub tokens_in: u64,
        pub tokens_out: u64,
        /// Of answers and summaries, in millionths of a US dollar, as far as the prices of their models are known.
        #[serde(default)]
        pub cost_micros: u64,
    }

    pub struct RefusedOnDay {
        /// As in `2026-11-21`, by UTC.
        pub day: String,
        pub agent_id: AgentId,
        /// Empty for an agent that was deleted.
        pub agent: String,
        pub limit: Limit,
        pub times: u64,
    }

    /// `PUT /v1/usage/limits`; absent: any number, or as many as the plan allows.
    #[derive(Copy, Eq, Default)]
    #[serde(default)]
    pub struct UsageLimits {
        /// A month.
        pub conversations: Option<u64>,
        pub messages: Option<u64>,
        /// Questions a minute, all agents together.
        pub workspace_minute: Option<u64>,
        /// Questions a minute of each agent.
        pub agent_minute: Option<u64>,
    }
}
