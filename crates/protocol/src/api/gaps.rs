//! Gaps: questions that the agent could not answer well, gathered by what they ask for.

use crate::{AgentId, ConversationId, CuratedId, GapId, TurnId, wire};

wire! {
    #[derive(Copy, Eq, Default)]
    #[serde(rename_all = "snake_case")]
    pub enum GapStatus {
        #[default]
        Open,
        /// A curated answer was written for it.
        Answered,
        Ignored,
    }

    /// `GET /v1/agents/{agent}/gaps`: most asked first; with the parameter `status` those of one alone.
    pub struct Gap {
        pub id: GapId,
        pub agent_id: AgentId,
        /// As it was asked first.
        pub question: String,
        pub status: GapStatus,
        /// How often it was asked.
        pub occurrences: u64,
        /// The newest ways it was asked, at most five.
        pub examples: Vec<GapExample>,
        pub first_at: f64,
        pub last_at: f64,
        /// What answers it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub curated_id: Option<CuratedId>,
    }

    /// One time a gap was asked for.
    pub struct GapExample {
        pub question: String,
        pub conversation_id: ConversationId,
        pub turn_id: TurnId,
        pub at: f64,
    }

    /// `GET /v1/agents/{agent}/gaps/counts`
    #[derive(Copy, Eq, Default)]
    pub struct GapCounts {
        pub open: u64,
        pub answered: u64,
        pub ignored: u64,
    }

    /// `PATCH /v1/gaps/{gap}`: `open` or `ignored`. A gap that was answered and is opened again loses the curated answer
    /// that was written for it.
    #[derive(Copy, Eq)]
    pub struct GapUpdate {
        pub status: GapStatus,
    }
}
