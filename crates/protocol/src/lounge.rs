//! The members' socket: `GET /v1/lounge`. It says that something happened, and who is there; what is said in
//! conversations is read over the routes, so a member who misses a frame misses nothing.

use crate::handover::{Message, Standing};
use crate::{AgentId, ConversationId, wire};

/// The close code of a socket whose member has to be let in again: it was open for long enough, or what the member may
/// do has changed.
pub const RENEW: u16 = 4401;

wire! {
    /// What a member's client sends.
    #[serde(tag = "type", rename_all = "snake_case")]
    pub enum LoungeClientFrame {
        /// The conversation that is open on this screen; absent: none.
        Look {
            #[serde(default, skip_serializing_if = "Option::is_none")]
            conversation_id: Option<ConversationId>,
        },
    }

    /// What a member is told.
    #[serde(tag = "type", rename_all = "snake_case")]
    pub enum LoungeFrame {
        /// Who is there now; also the first frame of every socket.
        Present { members: Vec<Present> },
        /// The conversations that wait for a person, longest first.
        Waiting { conversations: Vec<ConversationId> },
        /// Something happened in a conversation.
        Happened { conversation_id: ConversationId, agent_id: AgentId, what: Happening },
        /// The routes have something new about these conversations.
        Recorded { conversations: Vec<ConversationId> },
    }

    /// A member who is there.
    #[derive(Eq)]
    pub struct Present {
        /// The user's id.
        pub id: String,
        pub name: String,
        /// Conversations that are open on their screens.
        #[serde(default)]
        pub looks_at: Vec<ConversationId>,
    }

    /// What can happen in a conversation. Words and typing are told to those alone who look at it.
    #[serde(tag = "what", rename_all = "snake_case")]
    pub enum Happening {
        /// Its first question was asked.
        Begun {},
        /// Who it is with now.
        Standing {
            standing: Standing,
            /// When this began to be so.
            since: f64,
        },
        /// Something was said outside of turns.
        Said { message: Message },
        /// The visitor is writing; good for some seconds.
        Typing {},
    }
}
