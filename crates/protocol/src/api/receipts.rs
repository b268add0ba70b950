//! Receipts of what was removed or handed out.

use crate::wire;

wire! {
    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum ReceiptKind {
        /// What is kept no longer was removed by the schedule.
        Retention,
        /// Everything held of a person was written to a file.
        Export,
        /// That file was downloaded.
        Download,
        /// A person was erased.
        Erasure,
    }

    /// Where something was.
    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum ReceiptPlace {
        /// Rows of the database.
        Database,
        /// Words in the archive of conversations.
        Archive,
        /// Files in storage.
        Files,
    }

    /// How many of what, and where they were.
    #[derive(Eq)]
    pub struct ReceiptCount {
        /// Such as `leads` or `turns`.
        pub what: String,
        pub place: ReceiptPlace,
        pub count: u32,
    }

    /// `GET /v1/receipts`: what was done, in numbers; it holds nothing of a person.
    pub struct Receipt {
        pub id: String,
        pub kind: ReceiptKind,
        /// Who asked for it; empty: the schedule.
        pub by: String,
        /// A digest of whom it was about, the same for the same person in this workspace; empty where that is forgotten, or
        /// it was about nobody.
        #[serde(default)]
        pub subject: String,
        pub counts: Vec<ReceiptCount>,
        pub requested_at: f64,
        /// Absent while it runs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub done_at: Option<f64>,
    }
}
