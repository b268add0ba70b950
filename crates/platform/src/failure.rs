//! One failure type for handlers: what the caller may know, or what only the log may.

use protocol::{Code, Problem};

/// Why a handler did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The caller is told.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// The log is told; the caller gets a request id.
    #[error("{0}")]
    Internal(String),
}

impl Failure {
    /// What is sent: internals are not.
    #[must_use]
    pub fn to_problem(&self) -> Problem {
        match self {
            Self::Problem(problem) => problem.clone(),
            Self::Internal(_) => Problem::new(
                Code::Internal,
                "Something went wrong on our side. Please try again; if it stays, tell us the request id.",
            ),
        }
    }
}

impl From<worker::Error> for Failure {
    fn from(error: worker::Error) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<worker::kv::KvError> for Failure {
    fn from(error: worker::kv::KvError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<protocol::InvalidId> for Failure {
    fn from(error: protocol::InvalidId) -> Self {
        Self::Problem(error.into())
    }
}
