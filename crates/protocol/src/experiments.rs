//! Experiments: variants of an agent, each seen by its share of the visitors.

use crate::agent::{Model, Persona};
use crate::rules::{CtaKind, RuleAction, RuleWhen};
use crate::{CtaId, ExperimentId, RuleId, VariantId, wire};

wire! {
    /// Which variant of a running experiment a visitor sees.
    #[derive(Eq)]
    pub struct Variant {
        pub experiment_id: ExperimentId,
        pub variant_id: VariantId,
    }

    /// What the variants of an experiment differ in.
    #[derive(Copy, Eq, Hash)]
    #[serde(rename_all = "snake_case")]
    pub enum ExperimentKind {
        /// Who the agent is, its welcome and quick prompts.
        Persona,
        /// Words, target or presence of calls to action.
        Cta,
        /// When rules fire and what they do.
        Trigger,
        /// The member's own words in the system prompt.
        Prompt,
        Model,
    }

    /// What a variant changes of the agent; nothing: the agent as it is.
    #[derive(Default)]
    #[serde(default)]
    pub struct Patch {
        #[serde(skip_serializing_if = "Option::is_none")]
        pub persona: Option<Persona>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub welcome: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub quick_prompts: Option<Vec<String>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub instructions: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub models: Option<Vec<Model>>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        pub ctas: Vec<CtaPatch>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        pub rules: Vec<RulePatch>,
    }

    /// What a variant changes of a call to action.
    #[derive(Eq)]
    pub struct CtaPatch {
        pub id: CtaId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub label: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub kind: Option<CtaKind>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub target: Option<String>,
        /// It is not shown.
        #[serde(default)]
        pub off: bool,
    }

    /// What a variant changes of a rule.
    #[derive(Eq)]
    pub struct RulePatch {
        pub id: RuleId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub when: Option<RuleWhen>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub action: Option<RuleAction>,
        /// It does not fire.
        #[serde(default)]
        pub off: bool,
    }

    /// A running experiment of a published agent.
    pub struct EdgeExperiment {
        pub id: ExperimentId,
        pub variants: Vec<EdgeVariant>,
    }

    pub struct EdgeVariant {
        pub id: VariantId,
        /// Its share is this of the sum of all.
        pub weight: u32,
        #[serde(default)]
        pub patch: Patch,
    }
}

impl EdgeExperiment {
    /// Whether its variants differ in when the agent speaks first.
    #[must_use]
    pub fn tries_rules(&self) -> bool {
        self.variants.iter().any(|variant| !variant.patch.rules.is_empty())
    }
}
