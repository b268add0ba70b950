//! The agent as it is published: an immutable snapshot that every edge reads from KV.

use crate::answer::Provider;
use crate::experiments::EdgeExperiment;
use crate::handover::HandoverSettings;
use crate::rules::{EdgeCta, EdgeRule};
use crate::{AgentId, ToolId, WorkspaceId, wire};

wire! {
    /// Who the agent says it is.
    pub struct Persona {
        pub name: String,
        /// A few words that describe the tone, as in "friendly and brief".
        pub tone: String,
        /// `https` address of a picture.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub avatar_url: Option<String>,
    }

    /// Colours and place of the widget.
    #[serde(default)]
    pub struct Theme {
        /// `#rrggbb`
        pub accent: String,
        /// Background of the visitor's messages, `#rrggbb`; the accent when absent.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub message: Option<String>,
        /// Corner radius in pixels: 4, 8, 12 or 16.
        pub radius: u32,
        pub font: Font,
        pub layout: Layout,
        pub position: Position,
        pub scheme: Scheme,
    }

    /// Families are named, never fetched: a page that has Inter or Geist shows it, others their system's font.
    #[derive(Copy, Eq, Default)]
    #[serde(rename_all = "snake_case")]
    pub enum Font {
        #[default]
        System,
        Inter,
        Geist,
        Serif,
    }

    /// What a closed widget looks like.
    #[derive(Copy, Eq, Default)]
    #[serde(rename_all = "snake_case")]
    pub enum Layout {
        #[default]
        Bubble,
        Bar,
    }

    #[derive(Copy, Eq, Default)]
    #[serde(rename_all = "snake_case")]
    pub enum Position {
        #[default]
        BottomRight,
        BottomLeft,
        TopRight,
        TopLeft,
        BottomCenter,
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
        /// Anthropic's Messages API; the key is configuration.
        Anthropic { model: String },
        WorkersAi { model: String },
    }

    /// The models of agents that name none of their own.
    #[derive(Default)]
    #[serde(default)]
    pub struct WorkspaceModels {
        /// Tried in order, like an agent's; empty: the site's own sentences answer.
        pub order: Vec<Model>,
        /// Asked first where a question is simple.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub simple: Option<Model>,
    }

    #[serde(default)]
    pub struct Guardrails {
        pub avoid: Vec<String>,
        /// Longest answer in characters.
        pub max_chars: u32,
        /// Questions of one conversation.
        pub max_messages: u32,
        pub allowed_actions: Vec<String>,
    }

    /// When somebody is there, by the wall clock of a time zone.
    #[derive(Default)]
    #[serde(default)]
    pub struct BusinessHours {
        /// IANA name, as in `Europe/Berlin`; empty: UTC.
        pub time_zone: String,
        /// Empty: always open, but for holidays.
        pub open: Vec<OpenSpan>,
        /// Days with hours of their own, whatever the weekday.
        pub holidays: Vec<Holiday>,
    }

    /// A day that is not like its weekday.
    #[derive(Eq, Default)]
    #[serde(default)]
    pub struct Holiday {
        /// As in `2026-12-25`.
        pub date: String,
        /// Empty, or what the day is called.
        pub name: String,
        /// Every year on this day.
        pub yearly: bool,
        /// Closed all day when absent.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub open: Option<DaySpan>,
    }

    /// Open from `from` to `to`, in minutes after midnight; `to` up to 1440.
    #[derive(Copy, Eq)]
    pub struct DaySpan {
        pub from: u16,
        pub to: u16,
    }

    /// Open from `from` to `to` on one weekday, in minutes after midnight; `to` up to 1440.
    #[derive(Copy, Eq)]
    pub struct OpenSpan {
        /// 1 is Monday, 7 is Sunday (ISO 8601).
        pub weekday: u8,
        pub from: u16,
        pub to: u16,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum LeadFieldKind {
        Text,
        Email,
        Phone,
        LongText,
        Choice,
    }

    /// One field of the form that captures a lead.
    #[derive(Eq)]
    pub struct LeadField {
        /// a-z, 0-9 and _; unique within the agent.
        pub key: String,
        pub label: String,
        pub kind: LeadFieldKind,
        #[serde(default)]
        pub required: bool,
        /// For a choice.
        #[serde(default)]
        pub options: Vec<String>,
    }

    /// What a member edits: an agent's draft, and the content of each version.
    #[serde(default)]
    pub struct AgentDraft {
        pub persona: Persona,
        /// BCP 47 tag of the language to answer in when the visitor's is not known.
        pub language: String,
        pub theme: Theme,
        pub welcome: String,
        pub quick_prompts: Vec<String>,
        /// Said when the site does not answer the question; empty: the product's own words.
        pub fallback_message: String,
        /// Shown instead of the welcome outside business hours; empty: the welcome.
        pub after_hours_message: String,
        pub allowed_origins: Vec<String>,
        pub guardrails: Guardrails,
        /// The member's own words in the system prompt, at most 2,000 characters.
        pub instructions: String,
        /// Tried in order; the extractive answerer stands behind the last. Empty: the workspace's.
        pub models: Vec<Model>,
        /// A cheaper model that is asked first where a question is simple; only beside models of the agent's own.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub simple_model: Option<Model>,
        /// Passages count as found from this score, 0 to 1; absent: the product's own.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub confidence_threshold: Option<f64>,
        /// How freely models choose their words, 0 to 2.
        pub temperature: f64,
        pub lead_fields: Vec<LeadField>,
        /// What a visitor agrees to who fills in the form; empty: nothing is asked.
        pub lead_consent: String,
        /// It answers only from knowledge with one of these tags; empty: from all.
        pub tag_filter: Vec<String>,
        /// Passages are put into order by a model that reads question and passage together; takes a moment more.
        pub rerank: bool,
        /// When it hands over to a person.
        pub handover: HandoverSettings,
        /// What it may call in a turn.
        pub tools: Vec<ToolId>,
        pub autonomy: Autonomy,
        /// Minutes that a call waits for a member.
        pub approval_minutes: u32,
    }

    /// What an agent may do by itself; what is above it waits for a member.
    #[derive(Copy, Eq, Default)]
    #[serde(rename_all = "snake_case")]
    pub enum Autonomy {
        /// Call every tool, but those that always need a member.
        #[default]
        Everything,
        /// Call tools that only read.
        ReadingOnly,
        /// Call none without a member.
        AskAlways,
    }

    /// What a turn knows of a tool: everything a model is told of it, nothing of where it leads.
    pub struct ToolSpec {
        pub id: ToolId,
        pub name: String,
        pub description: String,
        /// JSON Schema of the arguments.
        pub schema: serde_json::Value,
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
        /// Tried in order; the extractive answerer stands behind the last. At the edges never empty where the workspace
        /// has models: those are filled in like `rules`, as they are now.
        #[serde(default)]
        pub models: Vec<Model>,
        /// Asked before these where a question is simple.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub simple_model: Option<Model>,
        #[serde(default)]
        pub fallback_message: String,
        #[serde(default)]
        pub after_hours_message: String,
        #[serde(default)]
        pub hours: BusinessHours,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub confidence_threshold: Option<f64>,
        #[serde(default = "temperature")]
        pub temperature: f64,
        #[serde(default)]
        pub lead_fields: Vec<LeadField>,
        #[serde(default)]
        pub lead_consent: String,
        /// It answers only from knowledge with one of these tags; empty: from all.
        #[serde(default)]
        pub tag_filter: Vec<String>,
        #[serde(default)]
        pub rerank: bool,
        #[serde(default)]
        pub handover: HandoverSettings,
        #[serde(default)]
        pub tools: Vec<ToolId>,
        #[serde(default)]
        pub autonomy: Autonomy,
        #[serde(default = "approval_minutes")]
        pub approval_minutes: u32,
        /// Those of `tools` that are switched on, as they are now: filled in where a turn reads it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub tool_specs: Vec<ToolSpec>,
        /// What it does of its own accord, the most important first: like `tool_specs` told where it is read, and what
        /// is switched off is left out.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub rules: Vec<EdgeRule>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub ctas: Vec<EdgeCta>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub experiments: Vec<EdgeExperiment>,
        /// The workspace's allowance is used up until then: no conversation begins. 0 where it is not.
        #[serde(default)]
        pub spent_until: f64,
        /// The site key of Turnstile, where visitors show that they are people before they ask: like `rules` as it is now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub turnstile: Option<String>,
        /// What the window says of who made it, where the plan shows that: like `spent_until` as it is now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub badge: Option<String>,
        /// Where the knowledge lives.
        #[serde(default)]
        pub region: crate::objects::Region,
        #[serde(default)]
        pub jurisdiction: crate::objects::Jurisdiction,
    }
}

/// How freely models choose their words where nobody says otherwise.
fn temperature() -> f64 {
    0.3
}

impl Model {
    /// Who writes with it.
    #[must_use]
    pub fn provider(&self) -> Provider {
        match self {
            Self::Extractive => Provider::Extractive,
            Self::OpenaiCompatible { .. } => Provider::OpenaiCompatible,
            Self::Anthropic { .. } => Provider::Anthropic,
            Self::WorkersAi { .. } => Provider::WorkersAi,
        }
    }

    /// The provider's name for it; the site's own sentences have none.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Extractive => None,
            Self::OpenaiCompatible { model } | Self::Anthropic { model } | Self::WorkersAi { model } => {
                Some(model)
            }
        }
    }
}

impl Default for Theme {
    fn default() -> Self {
        Self {
            accent: "#1f5eff".into(),
            message: None,
            radius: 12,
            font: Font::default(),
            layout: Layout::default(),
            position: Position::default(),
            scheme: Scheme::default(),
        }
    }
}

/// Minutes that a call waits for a member where nobody says how long.
pub(crate) fn approval_minutes() -> u32 {
    240
}

/// The most characters of [`AgentDraft::instructions`].
pub const MAX_INSTRUCTIONS: usize = 2_000;
/// Actions that [`Guardrails::allowed_actions`] may name.
pub const ACTIONS: &[&str] =
    &["capture_email", "recommend_product", "route_to_human", "book_meeting", "link_to_url"];
/// Languages of an agent.
pub const LANGUAGES: &[&str] = &["en", "es", "fr", "de", "pt", "ja", "ar", "zh", "he"];

impl Default for AgentDraft {
    fn default() -> Self {
        Self {
            persona: Persona { name: String::new(), tone: "friendly and concise".into(), avatar_url: None },
            language: "en".into(),
            theme: Theme::default(),
            welcome: "Hi! What can I help you with?".into(),
            quick_prompts: Vec::new(),
            fallback_message: String::new(),
            after_hours_message: String::new(),
            allowed_origins: Vec::new(),
            guardrails: Guardrails::default(),
            instructions: String::new(),
            models: Vec::new(),
            simple_model: None,
            confidence_threshold: None,
            temperature: temperature(),
            lead_fields: Vec::new(),
            lead_consent: String::new(),
            tag_filter: Vec::new(),
            rerank: false,
            tools: Vec::new(),
            autonomy: Autonomy::default(),
            approval_minutes: approval_minutes(),
            handover: HandoverSettings::default(),
        }
    }
}

impl Default for Guardrails {
    fn default() -> Self {
        Self { avoid: Vec::new(), max_chars: 800, max_messages: 50, allowed_actions: Vec::new() }
    }
}

/// Where a published agent belongs and lives: what a snapshot has besides the draft.
pub struct Placement {
    pub workspace_id: WorkspaceId,
    pub workspace_name: String,
    pub agent_id: AgentId,
    pub version: u32,
    pub hours: BusinessHours,
    pub region: crate::objects::Region,
    pub jurisdiction: crate::objects::Jurisdiction,
}

impl AgentSnapshot {
    /// What of it a member edits.
    #[must_use]
    pub fn draft(self) -> AgentDraft {
        AgentDraft {
            persona: self.persona,
            language: self.language,
            theme: self.theme,
            welcome: self.welcome,
            quick_prompts: self.quick_prompts,
            fallback_message: self.fallback_message,
            after_hours_message: self.after_hours_message,
            allowed_origins: self.allowed_origins,
            guardrails: self.guardrails,
            instructions: self.instructions,
            models: self.models,
            simple_model: self.simple_model,
            confidence_threshold: self.confidence_threshold,
            temperature: self.temperature,
            lead_fields: self.lead_fields,
            lead_consent: self.lead_consent,
            tag_filter: self.tag_filter,
            rerank: self.rerank,
            tools: self.tools,
            autonomy: self.autonomy,
            approval_minutes: self.approval_minutes,
            handover: self.handover,
        }
    }

    /// A draft as it is published.
    #[must_use]
    pub fn of(draft: AgentDraft, placement: Placement) -> Self {
        Self {
            workspace_id: placement.workspace_id,
            workspace_name: placement.workspace_name,
            agent_id: placement.agent_id,
            version: placement.version,
            persona: draft.persona,
            language: draft.language,
            theme: draft.theme,
            welcome: draft.welcome,
            quick_prompts: draft.quick_prompts,
            allowed_origins: draft.allowed_origins,
            guardrails: draft.guardrails,
            instructions: draft.instructions,
            models: draft.models,
            simple_model: draft.simple_model,
            fallback_message: draft.fallback_message,
            after_hours_message: draft.after_hours_message,
            hours: placement.hours,
            confidence_threshold: draft.confidence_threshold,
            temperature: draft.temperature,
            lead_fields: draft.lead_fields,
            lead_consent: draft.lead_consent,
            tag_filter: draft.tag_filter,
            rerank: draft.rerank,
            tools: draft.tools,
            autonomy: draft.autonomy,
            approval_minutes: draft.approval_minutes,
            tool_specs: Vec::new(),
            rules: Vec::new(),
            ctas: Vec::new(),
            experiments: Vec::new(),
            spent_until: 0.0,
            turnstile: None,
            badge: None,
            handover: draft.handover,
            region: placement.region,
            jurisdiction: placement.jurisdiction,
        }
    }

    /// With the workspace's models where it has none of its own.
    #[must_use]
    pub fn or_models(self, of: WorkspaceModels) -> Self {
        if self.models.is_empty() { Self { models: of.order, simple_model: of.simple, ..self } } else { self }
    }

    /// The KV key of an agent's published snapshot.
    #[must_use]
    pub fn key(agent: &AgentId) -> String {
        format!("agent/{agent}")
    }
}
