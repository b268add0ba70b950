//! What an agent does of its own accord: rules that the widget watches, and calls to action that are chosen after
//! an answer. Shared by the widget's wire, the members' and the published agent.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::agent::OpenSpan;
use crate::{CtaId, RuleId, wire};

/// What a visitor does when a rule fires. All of them are watched in the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RuleWhen {
    /// The pointer leaves the page at its top.
    ExitIntent,
    /// Nothing was moved, typed or scrolled for so long.
    Idle { seconds: u32 },
    /// So much of the page was seen.
    Scroll { percent: u32 },
    /// The page has been open for so long.
    Time { seconds: u32 },
    /// The visitor has come to the site at least so often, this visit included.
    Returning { visits: u32 },
    /// The address of the visit has these parameters; absent ones may be anything.
    Utm {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        medium: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        campaign: Option<String>,
    },
    /// A page of the rule's patterns is opened.
    Page,
}

/// What happens when a rule fires, as it is written: a call to action is named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RuleAction {
    OpenWithMessage { message: String },
    ShowCta { cta_id: CtaId },
    QuickPrompts { prompts: Vec<String> },
}

/// What [`RuleWhen`] and [`RuleAction`] have, whichever they are. Read like this they cost the front Worker a fifth of
/// the code that serde makes of an enum whose name stands among its fields.
#[derive(Deserialize)]
struct Fields {
    kind: String,
    seconds: Option<u32>,
    percent: Option<u32>,
    visits: Option<u32>,
    source: Option<String>,
    medium: Option<String>,
    campaign: Option<String>,
    message: Option<String>,
    cta_id: Option<CtaId>,
    prompts: Option<Vec<String>>,
}

impl<'de> Deserialize<'de> for RuleWhen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Fields { kind, seconds, percent, visits, source, medium, campaign, .. } =
            Fields::deserialize(deserializer)?;
        let seconds = seconds.ok_or_else(|| D::Error::missing_field("seconds"));
        Ok(match kind.as_str() {
            "exit_intent" => Self::ExitIntent,
            "idle" => Self::Idle { seconds: seconds? },
            "scroll" => Self::Scroll { percent: percent.ok_or_else(|| D::Error::missing_field("percent"))? },
            "time" => Self::Time { seconds: seconds? },
            "returning" => {
                Self::Returning { visits: visits.ok_or_else(|| D::Error::missing_field("visits"))? }
            }
            "utm" => Self::Utm { source, medium, campaign },
            "page" => Self::Page,
            other => return Err(D::Error::unknown_variant(other, &[])),
        })
    }
}

impl<'de> Deserialize<'de> for RuleAction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Fields { kind, message, cta_id, prompts, .. } = Fields::deserialize(deserializer)?;
        Ok(match kind.as_str() {
            "open_with_message" => {
                Self::OpenWithMessage { message: message.ok_or_else(|| D::Error::missing_field("message"))? }
            }
            "show_cta" => Self::ShowCta { cta_id: cta_id.ok_or_else(|| D::Error::missing_field("cta_id"))? },
            "quick_prompts" => {
                Self::QuickPrompts { prompts: prompts.ok_or_else(|| D::Error::missing_field("prompts"))? }
            }
            other => return Err(D::Error::unknown_variant(other, &[])),
        })
    }
}

wire! {
    /// What happens when a rule fires.
    #[derive(Eq)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    pub enum WidgetAction {
        /// The window opens with a message of the agent.
        OpenWithMessage { message: String },
        ShowCta { cta: Cta },
        QuickPrompts { prompts: Vec<String> },
    }

    /// A rule as the widget is told of it: switched on and due now.
    #[derive(Eq)]
    pub struct WidgetRule {
        pub id: RuleId,
        pub when: RuleWhen,
        /// Paths with `*`, compared with path and query of the page; empty: every page.
        #[serde(default)]
        pub page: Vec<String>,
        pub action: WidgetAction,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum CtaKind {
        Buy,
        Demo,
        Signup,
        Book,
        Link,
        /// The visitor is asked for an address here, in the conversation.
        CaptureEmail,
    }

    /// A call to action, as a card.
    #[derive(Eq)]
    pub struct Cta {
        pub id: CtaId,
        pub label: String,
        pub kind: CtaKind,
        /// Where it leads, an `https` address; empty for `capture_email`.
        #[serde(default)]
        pub target: String,
    }

    /// When a rule is in force, by the wall clock of the workspace.
    #[derive(Eq, Default)]
    #[serde(default)]
    pub struct RuleSchedule {
        /// The first day, as in `2026-11-27`; absent: since ever.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub from: Option<String>,
        /// The last day; absent: for good.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub to: Option<String>,
        /// Empty: all day, every day.
        pub hours: Vec<OpenSpan>,
    }

    /// A rule as a member writes it.
    #[derive(Eq)]
    pub struct RuleContent {
        pub name: String,
        pub when: RuleWhen,
        /// Paths with `*`; empty: every page.
        #[serde(default)]
        pub page: Vec<String>,
        pub action: RuleAction,
        #[serde(default)]
        pub schedule: RuleSchedule,
        #[serde(default = "yes")]
        pub enabled: bool,
    }

    /// What has to have happened in a conversation before a call to action shows.
    #[derive(Eq, Default)]
    #[serde(default)]
    pub struct CtaHistory {
        /// So many questions were asked, the one that was just answered included; 0: any number.
        pub asked: u32,
        /// Something was asked on one of these pages; empty: anywhere.
        pub seen: Vec<String>,
    }

    /// A call to action as a member writes it. All of its conditions have to hold.
    #[derive(Eq)]
    pub struct CtaContent {
        /// What members call it.
        pub name: String,
        pub label: String,
        pub kind: CtaKind,
        /// An `https` address; empty for `capture_email`.
        #[serde(default)]
        pub target: String,
        /// Paths with `*`; empty: every page.
        #[serde(default)]
        pub page: Vec<String>,
        /// Words and phrases of the question, compared without case and accents: one of them is enough; empty: any.
        #[serde(default)]
        pub words: Vec<String>,
        #[serde(default)]
        pub history: CtaHistory,
        /// It is shown after answers; otherwise by rules alone.
        #[serde(default = "yes")]
        pub after_answers: bool,
        /// It is shown again in the same conversation.
        #[serde(default)]
        pub repeat: bool,
        #[serde(default = "yes")]
        pub enabled: bool,
    }

    /// A rule of a published agent.
    #[derive(Eq)]
    pub struct EdgeRule {
        pub id: RuleId,
        pub content: RuleContent,
    }

    /// A call to action of a published agent.
    #[derive(Eq)]
    pub struct EdgeCta {
        pub id: CtaId,
        pub content: CtaContent,
    }
}

fn yes() -> bool {
    true
}

impl EdgeCta {
    /// What the visitor sees of it.
    #[must_use]
    pub fn card(&self) -> Cta {
        let CtaContent { label, kind, target, .. } = &self.content;
        Cta { id: self.id.clone(), label: label.clone(), kind: *kind, target: target.clone() }
    }
}
