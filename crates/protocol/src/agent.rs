//! The agent as it is published: an immutable snapshot that every edge reads from KV.

use crate::{AgentId, WorkspaceId, wire};

wire! {
    /// Who the agent says it is.
    pub struct Persona {
        pub name: String,
        /// A few words that describe the tone, as in "friendly and brief".
        pub tone: String,
    }

    /// Colours and place of the widget.
    #[serde(default)]
    pub struct Theme {
        /// `#rrggbb`
        pub accent: String,
        pub position: Position,
        pub scheme: Scheme,
    }

    #[derive(Copy, Eq, Default)]
    #[serde(rename_all = "snake_case")]
    pub enum Position {
        #[default]
        BottomRight,
        BottomLeft,
    }

    #[derive(Copy, Eq, Default)]
    #[serde(rename_all = "snake_case")]
    pub enum Scheme {
        #[default]
        Auto,
        Light,
        Dark,
    }

    /// A model and where it runs.
    #[serde(tag = "provider", rename_all = "snake_case")]
    pub enum Model {
        /// Sentences of the site, quoted; needs no model.
        Extractive,
        /// The operator's OpenAI-compatible endpoint; the address and the key are configuration.
        OpenaiCompatible { model: String },
        WorkersAi { model: String },
    }

    #[serde(default)]
    pub struct Guardrails {
        pub avoid: Vec<String>,
        /// Longest answer in characters.
        pub max_chars: u32,
        pub allowed_actions: Vec<String>,
    }

    /// What a visitor's edge needs to know about an agent.
    pub struct AgentSnapshot {
        pub workspace_id: WorkspaceId,
        pub workspace_name: String,
        pub agent_id: AgentId,
        /// Counts publications, from 1.
        pub version: u32,
        pub persona: Persona,
        /// BCP 47 tag of the language to answer in when the visitor's is not known.
        pub language: String,
        #[serde(default)]
        pub theme: Theme,
        pub welcome: String,
        #[serde(default)]
        pub quick_prompts: Vec<String>,
        /// Origins as in `https://example.com`.
        pub allowed_origins: Vec<String>,
        #[serde(default)]
        pub guardrails: Guardrails,
        /// The member's own words in the system prompt.
        #[serde(default)]
        pub instructions: String,
        /// Tried in order; the extractive answerer stands behind the last.
        #[serde(default)]
        pub models: Vec<Model>,
        /// Where the knowledge lives.
        #[serde(default)]
        pub region: crate::objects::Region,
        #[serde(default)]
        pub jurisdiction: crate::objects::Jurisdiction,
    }
}

impl Default for Theme {
    fn default() -> Self {
        Self { accent: "#1f5eff".into(), position: Position::default(), scheme: Scheme::default() }
    }
}

impl Default for Guardrails {
    fn default() -> Self {
        Self { avoid: Vec::new(), max_chars: 800, allowed_actions: Vec::new() }
    }
}

impl AgentSnapshot {
    /// The KV key of an agent's published snapshot.
    #[must_use]
    pub fn key(agent: &AgentId) -> String {
        format!("agent/{agent}")
    }
}
