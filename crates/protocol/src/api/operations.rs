//! Operations: what waits, failed or was given up anywhere in a workspace, and how everything it depends on is doing.

use super::JobState;
use crate::{AgentId, wire};

wire! {
    /// A part of the product that works by jobs.
    #[derive(Copy, Eq, Hash)]
    #[serde(rename_all = "snake_case")]
    pub enum JobArea {
        /// Events on their way to receivers.
        Deliveries,
        /// Events of other services.
        Incoming,
        /// Websites and sitemaps.
        Crawl,
        /// Files, texts and feeds.
        Index,
        /// Visitors' questions.
        Turns,
    }

    /// One job, of whatever part.
    pub struct Job {
        pub area: JobArea,
        /// Its own: of an event, a source, a file, a turn.
        pub id: String,
        pub state: JobState,
        /// What it does: an event's name, or what is read.
        pub what: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub agent_id: Option<AgentId>,
        /// The receiver's or sender's endpoint, where it has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub endpoint: Option<String>,
        #[serde(default)]
        pub attempts: u32,
        /// What the last attempt came to, for people.
        #[serde(default)]
        pub outcome: String,
        /// When it is tried next.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub next_at: Option<f64>,
        pub at: f64,
        /// A member can have it tried again.
        #[serde(default)]
        pub retryable: bool,
    }

    /// Jobs of a part, by state.
    #[derive(Copy)]
    pub struct JobCount {
        pub area: JobArea,
        pub state: JobState,
        pub count: u64,
    }

    /// Which job.
    #[derive(Eq)]
    pub struct JobName {
        pub area: JobArea,
        pub id: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub endpoint: Option<String>,
    }

    /// `POST /v1/operations/retry`
    pub struct RetryJobs {
        pub jobs: Vec<JobName>,
    }

    pub struct RetriedJobs {
        pub retried: u32,
        /// Those that cannot be tried again now, and why.
        pub refused: Vec<RefusedJob>,
    }

    pub struct RefusedJob {
        pub id: String,
        pub reason: String,
    }

    /// `POST /v1/reports` and `POST /v1/widget/reports`
    #[derive(Eq)]
    pub struct ErrorReport {
        /// 32 hexadecimal digits; the member sees them, a visitor the first eight.
        pub id: String,
        /// Where in the code, without anything that was typed.
        pub reason: String,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum HealthState {
        Ok,
        Failing,
        /// It is not set up, and not needed.
        Off,
    }

    /// What a call to something that the product depends on came to.
    pub struct HealthCheck {
        pub name: String,
        pub state: HealthState,
        pub ms: f64,
        /// What it means, and what to do.
        pub says: String,
    }
}
