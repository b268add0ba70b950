//! Experiments as members see them.

use crate::experiments::{ExperimentKind, Patch};
use crate::{AgentId, ExperimentId, VariantId, wire};

wire! {
    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum ExperimentStatus {
        Draft,
        Running,
        /// It has ended and is not begun again: its figures stay as they are.
        Stopped,
    }

    /// What a visitor has to do to count as a success, after they saw their variant.
    #[derive(Copy, Eq, Default)]
    #[serde(rename_all = "snake_case")]
    pub enum Goal {
        #[default]
        Any,
        CtaClick,
        Lead,
    }

    /// A variant as a member writes it.
    pub struct VariantWrite {
        /// Absent: a new one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub id: Option<VariantId>,
        pub name: String,
        /// Its share of the visitors is this of the sum of all.
        pub weight: u32,
        #[serde(default)]
        pub patch: Patch,
    }

    /// `POST /v1/agents/{agent}/experiments`
    pub struct ExperimentWrite {
        pub name: String,
        pub kind: ExperimentKind,
        #[serde(default)]
        pub goal: Goal,
        pub variants: Vec<VariantWrite>,
    }

    /// `PATCH /v1/experiments/{experiment}`: drafts alone.
    pub struct ExperimentUpdate {
        pub revision: u32,
        pub content: ExperimentWrite,
    }

    /// `POST /v1/experiments/{experiment}/apply`
    pub struct ApplyVariant {
        pub variant_id: VariantId,
    }

    /// A variant with its figures.
    pub struct ExperimentVariant {
        pub id: VariantId,
        pub name: String,
        pub weight: u32,
        pub patch: Patch,
        /// Visitors who saw it.
        pub exposures: u32,
        /// Those of them who did what the experiment is about.
        pub conversions: u32,
        /// 0 to 1.
        pub rate: f64,
        /// The 95 % interval of the rate (Wilson).
        pub low: f64,
        pub high: f64,
    }

    /// An experiment of an agent.
    pub struct Experiment {
        pub id: ExperimentId,
        pub agent_id: AgentId,
        pub name: String,
        pub kind: ExperimentKind,
        pub goal: Goal,
        pub status: ExperimentStatus,
        pub variants: Vec<ExperimentVariant>,
        /// Counts its changes; a change names the one it was made from.
        pub revision: u32,
        pub created_at: f64,
        pub edited_at: f64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub started_at: Option<f64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub stopped_at: Option<f64>,
        /// The variant that was kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub applied: Option<VariantId>,
        /// The variant that earns more than every other, once there is enough data.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub winner: Option<VariantId>,
        /// What the figures say, in words.
        pub verdict: String,
    }
}
