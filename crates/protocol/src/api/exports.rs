//! Everything held of a person as a file, made by a job.

use crate::{PersonExportId, wire};

wire! {
    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum PersonExportState {
        /// It waits for its turn.
        Queued,
        /// It is being made, or will be once more.
        Running,
        /// Its file can be downloaded.
        Ready,
        /// It could not be made, however often it was tried.
        Failed,
        /// Its file was removed by age.
        Expired,
    }

    /// `POST` and `GET /v1/contacts/{contact}/exports`
    pub struct PersonExport {
        pub id: PersonExportId,
        pub state: PersonExportState,
        /// Who asked for it.
        pub by: String,
        pub requested_at: f64,
        /// When it was made or given up.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub done_at: Option<f64>,
        /// When its file is removed, or was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub expires_at: Option<f64>,
    }
}
