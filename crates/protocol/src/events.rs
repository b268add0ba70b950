//! What happens in a workspace, by name: the raw material of metrics and deliveries.

use serde::{Deserialize, Serialize};

macro_rules! events {
    ($($(#[doc = $words:literal])* $name:ident $wire:literal;)*) => {
        /// The kinds of events; the names are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum EventKind { $($(#[doc = $words])* #[serde(rename = $wire)] $name,)* }

        impl EventKind {
            pub const ALL: &'static [EventKind] = &[$(EventKind::$name,)*];

            /// The name that is stored and sent.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(EventKind::$name => $wire,)* }
            }

            /// What happened, for people.
            #[must_use]
            pub fn describe(self) -> &'static str {
                match self { $(EventKind::$name => concat!($($words,)*).trim_ascii(),)* }
            }
        }
    };
}

events! {
    /// A crawl, feed, text, FAQ list or file collection was read to its end.
    SourceIndexed "source.indexed";
    /// A source could not be read.
    SourceFailed "source.failed";
    /// One uploaded file became knowledge.
    FileIndexed "file.indexed";
    /// An uploaded file could not be read.
    FileFailed "file.failed";
    /// An agent was made.
    AgentCreated "agent.created";
    /// A version of an agent went live.
    AgentPublished "agent.published";
    /// An agent was taken offline.
    AgentUnpublished "agent.unpublished";
    /// A workspace was made.
    WorkspaceCreated "workspace.created";
    /// Somebody joined the workspace.
    MemberJoined "member.joined";
    /// Somebody left the workspace.
    MemberLeft "member.left";
    /// A curated answer was given word for word.
    CuratedAnswered "curated.answered";
    /// Something was asked for the first time that could not be answered well.
    GapDetected "gap.detected";
    /// A visitor followed a call to action.
    CtaClicked "cta.clicked";
    /// A visitor wrote for the first time.
    ConversationStarted "conversation.started";
    /// A visitor wrote.
    MessageReceived "message.received";
    /// A visitor waits for a person.
    ConversationEscalated "conversation.escalated";
    /// A member has taken over.
    ConversationHandedOff "conversation.handed_off";
    /// A conversation was resolved.
    ConversationCompleted "conversation.completed";
    /// A conversation was resolved or left.
    ConversationClosed "conversation.closed";
    /// A visitor left what a member can get back to them by.
    LeadCaptured "lead.captured";
    /// A lead's person gave more or something else, or a program wrote it.
    LeadUpdated "lead.updated";
    /// 80 or 100 % of what the plan allows for the month is used.
    UsageThreshold "usage.threshold";
    /// A member tried a webhook.
    WebhookTest "webhook.test";
}

impl EventKind {
    /// Whether receivers can be told about it; the others are counted by ourselves alone.
    #[must_use]
    pub fn is_delivered(self) -> bool {
        !matches!(
            self,
            Self::FileIndexed
                | Self::FileFailed
                | Self::AgentCreated
                | Self::AgentPublished
                | Self::AgentUnpublished
                | Self::WorkspaceCreated
                | Self::MemberJoined
                | Self::MemberLeft
                | Self::CuratedAnswered
                | Self::WebhookTest
        )
    }

    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == name)
    }
}
