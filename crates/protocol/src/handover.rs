//! Handing a conversation to a person and back.

use crate::{MessageId, wire};

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

    /// Who said something that is no answer of the agent.
    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum Speaker {
        Visitor,
        Member,
        /// The product itself, in the visitor's language.
        System,
        /// A member, to other members alone.
        Note,
    }

    /// One utterance outside of turns: to and by people.
    pub struct Message {
        pub id: MessageId,
        pub from: Speaker,
        /// The member's name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub name: Option<String>,
        pub text: String,
        pub at: f64,
    }

    /// A member who takes part in a conversation, or the API key that does.
    #[derive(Eq)]
    pub struct Attendant {
        /// The id of the user or the key.
        pub id: String,
        /// As the visitor sees it.
        pub name: String,
    }

    /// Who a conversation is with, and why.
    #[derive(Default)]
    #[serde(default)]
    pub struct Handover {
        pub standing: Standing,
        /// When this began to be so.
        pub since: f64,
        /// Who has it.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub member: Option<Attendant>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub reason: Option<HandoverReason>,
        pub urgency: Urgency,
        /// 1 to 5, by the visitor.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub rating: Option<u8>,
    }

    /// What the owners have to know at once.
    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum Alert {
        /// A rule says so.
        Urgent,
        /// The visitor wants a person and nobody came, or nobody is there now.
        NobodyThere,
        /// The visitor left a way to reach them.
        ContactLeft,
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
        /// Seconds a visitor waits for a person before they are asked for a way to reach them, 10 to 3,600.
        pub wait_s: u32,
        /// How a visitor is asked for a way to reach them when nobody came; empty: the product's own words.
        pub contact_message: String,
        pub rules: Vec<HandoverRule>,
    }
}

impl Default for HandoverSettings {
    fn default() -> Self {
        Self { enabled: true, wait_s: 180, contact_message: String::new(), rules: Vec::new() }
    }
}
