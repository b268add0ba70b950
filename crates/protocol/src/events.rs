//! What happens in a workspace, by name: the raw material of metrics and deliveries.

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident $wire:literal;)*) => {
        /// The kinds of events; the names are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum EventKind { $($(#[$doc])* $name,)* }

        impl EventKind {
            pub const ALL: &'static [EventKind] = &[$(EventKind::$name,)*];

            /// The name that is stored and sent.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(EventKind::$name => $wire,)* }
            }
        }
    };
}

events! {
    /// A crawl, feed, text, FAQ list or file collection was read to its end.
    SourceIndexed "source.indexed";
    /// … or could not be read.
    SourceFailed "source.failed";
    /// One uploaded file became knowledge.
    FileIndexed "file.indexed";
    FileFailed "file.failed";
    AgentCreated "agent.created";
    AgentPublished "agent.published";
    AgentUnpublished "agent.unpublished";
    WorkspaceCreated "workspace.created";
    MemberJoined "member.joined";
    MemberLeft "member.left";
    /// A curated answer was given word for word.
    CuratedAnswered "curated.answered";
    /// A visitor waits for a person.
    ConversationEscalated "conversation.escalated";
    /// A member has taken over.
    ConversationHandedOff "conversation.handed_off";
    /// A conversation was resolved or left.
    ConversationClosed "conversation.closed";
    /// 80 or 100 % of what the plan allows for the month is used.
    UsageThreshold "usage.threshold";
}
