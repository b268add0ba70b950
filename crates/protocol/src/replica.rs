//! Between the `Knowledge` object at home and its replicas.
//!
//! Everything that a replica has is a *part* with a name: a letter for its kind, then what it is.
//!
//! | name | part |
//! |---|---|
//! | `d` + id | a document with its passages |
//! | `r` + revision | vectors that are live and compared in the object, or are dead in an index |
//! | `l` + model + U+001F + phrasing | the vector of a curated answer's phrasing |
//! | `c`, `t` | the curated answers; the tags |
//! | `s` | what serves: the space that questions are compared with |
//!
//! What travels is always what a part is now, so nothing is harmed when it travels twice, and a part that changed
//! several times travels once.

use crate::internal::{Call, IndexedDocument, Space, StoredVectors};
use crate::{AgentId, DocumentId, Region, WorkspaceId, wire};

wire! {
    /// A replica begins: from now on home tells it what changes.
    pub struct Join {
        pub workspace_id: WorkspaceId,
        pub agent_id: AgentId,
        pub region: Region,
        /// Names this life of the replica.
        pub epoch: String,
    }

    /// What there is at the moment of joining.
    pub struct JoinReply {
        /// Changes up to this one are in what the list names.
        pub seq: u64,
        /// They lie in R2, usually.
        pub documents: Vec<Held>,
        /// Revisions that are compared in the object; they lie in R2, too.
        pub vectors: Vec<String>,
        /// All other parts.
        pub parts: Vec<String>,
    }

    /// A document as home has it.
    pub struct Held {
        pub document_id: DocumentId,
        pub content_hash: String,
        pub url: String,
        pub title: String,
    }

    /// A replica wants parts that it did not find in R2, or that changed while it was being built.
    pub struct Copy {
        pub workspace_id: WorkspaceId,
        pub agent_id: AgentId,
        pub parts: Vec<String>,
    }

    pub struct CopyReply {
        /// The first ones, as many as fit.
        pub parts: Vec<Part>,
    }

    /// What changed at home, in order.
    pub struct Follow {
        pub epoch: String,
        /// The last change that the replica was told before.
        pub after: u64,
        pub upto: u64,
        pub parts: Vec<Part>,
    }

    pub struct FollowReply {
        /// It has them all. Otherwise it is another life of the replica, or it missed something: it answers no
        /// search any more until it joined again.
        pub follows: bool,
    }

    /// What a part is now; without any content it is gone.
    #[derive(Default)]
    pub struct Part {
        pub name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub document: Option<IndexedDocument>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub vectors: Option<StoredVectors>,
        /// What serves; or where a dead revision was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub space: Option<Space>,
        /// Of curated answers and tags.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub revision: Option<u64>,
        /// Curated answers, tags, a phrasing's vector: their columns as text.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub rows: Vec<Vec<String>>,
    }
}

impl Call for Join {
    const NAME: &'static str = "join";
    type Reply = JoinReply;
}

impl Call for Copy {
    const NAME: &'static str = "copy";
    type Reply = CopyReply;
}

impl Call for Follow {
    const NAME: &'static str = "follow";
    type Reply = FollowReply;
}
