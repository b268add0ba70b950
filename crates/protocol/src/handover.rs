//! Handing a conversation to a person and back.

use crate::wire;

wire! {
    /// Who a conversation is with. Which may follow which is decided in `domain::handover`.
    #[derive(Copy, Eq, Hash, Default)]
    #[serde(rename_all = "snake_case")]
    pub enum Standing {
        /// The agent answers.
        #[default]
        Bot,
        /// The visitor waits for a person.
        Waiting,
        /// A member answers.
        Human,
        /// A member or the visitor is done with it.
        Resolved,
        /// The visitor left without an end.
        Abandoned,
    }

    /// Why a person was asked for or offered.
    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum HandoverReason {
        /// The visitor asked for a person.
        Asked,
        /// A rule's words were said.
        Keyword,
        /// The agent was unsure twice in a row.
        Unsure,
        /// The visitor is losing patience.
        Frustrated,
        /// A rule's words promise much.
        HighValue,
        /// A member took over.
        Member,
    }

    #[derive(Copy, Eq, PartialOrd, Ord, Default)]
    #[serde(rename_all = "snake_case")]
    pub enum Urgency {
        #[default]
        Normal,
        Urgent,
        Emergency,
    }

    /// What happens when a visitor says one of these words.
    #[derive(Eq, Default)]
    #[serde(default)]
    pub struct HandoverRule {
        /// Words and phrases, compared without case and accents.
        pub words: Vec<String>,
        pub urgency: Urgency,
        /// The visitor waits for a person at once; otherwise one is offered after the answer.
        pub connect: bool,
        /// The owners are told by mail at once.
        pub alert: bool,
        /// The words promise much, rather than being a matter for a person.
        pub high_value: bool,
    }

    /// When an agent hands over.
    #[derive(Eq)]
    #[serde(default)]
    pub struct HandoverSettings {
        pub enabled: bool,
        /// Minutes a visitor waits for a person before they are asked for a way to reach them, 1 to 60.
        pub wait_minutes: u32,
        pub rules: Vec<HandoverRule>,
    }
}

impl Default for HandoverSettings {
    fn default() -> Self {
        Self { enabled: true, wait_minutes: 3, rules: Vec::new() }
    }
}
