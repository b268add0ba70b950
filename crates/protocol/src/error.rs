//! What a caller is told when something fails: a stable code, a sentence that says what to do, a status.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident $status:literal;)*) => {
        /// Stable error codes; the wire form is snake_case.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum Code {
            $($(#[$doc])* $name,)*
            /// A code that a newer release sent.
            #[serde(other)]
            Unknown,
        }

        impl Code {
            /// The HTTP status that goes with the code.
            #[must_use]
            pub fn status(self) -> u16 {
                match self {
                    $(Code::$name => $status,)*
                    Code::Unknown => 500,
                }
            }
        }
    };
}

codes! {
    /// The body, a field or a parameter is not of the documented form.
    Invalid 400;
    /// The body is not JSON, or a frame is not a known one.
    Malformed 400;
    /// No sign-in, or one that has ended.
    SignInRequired 401;
    /// The address or the password is wrong; it is not said which.
    BadCredentials 401;
    /// The visitor's token is missing, forged or expired.
    TokenInvalid 401;
    /// The token names another conversation or agent.
    TokenMismatch 403;
    /// The page's origin is not on the agent's list.
    OriginNotAllowed 403;
    /// The agent's visitors show that they are people before they ask: `init` with a token of Turnstile.
    ChallengeRequired 403;
    /// The role does not allow it.
    Forbidden 403;
    /// There is nothing of that name here, or it belongs to somebody else.
    NotFound 404;
    /// The agent does not exist or is not published.
    AgentNotFound 404;
    MethodNotAllowed 405;
    /// A mailed link or a challenge is used up, expired or not ours.
    LinkInvalid 410;
    /// The API key is not allowed to do this.
    ScopeMissing 403;
    /// The agent is not published any more.
    AgentUnpublished 410;
    /// This idempotency key came with another request.
    IdempotencyKeyReused 422;
    /// The state changed meanwhile, or the thing exists already.
    Conflict 409;
    /// A turn of this conversation is still running.
    TurnRunning 409;
    TooLarge 413;
    /// The route speaks only WebSocket.
    UpgradeRequired 426;
    TooManyRequests 429;
    /// What the workspace's plan allows for the month is used.
    PlanLimitReached 429;
    /// The address of a source cannot be used: not a website, private, or not to be reached.
    AddressRefused 422;
    /// The answer was cut off by a restart; asking again is safe.
    Interrupted 503;
    /// A model did not answer, or stopped in the middle.
    ModelFailed 502;
    /// Something that this request needs does not answer.
    Unavailable 503;
    Internal 500;
}

/// An error as it is sent: `{ "error": { code, message, field? } }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[error("{code:?}: {message}")]
pub struct Problem {
    pub code: Code,
    /// What happened and what to do next, for a person.
    pub message: String,
    /// The field of the request that is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is wrong with each field of a form, by its key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    /// Seconds until it is worth trying again; also the header `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

impl Problem {
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None, fields: BTreeMap::new(), retry_after: None }
    }

    #[must_use]
    pub fn field(field: &str, message: impl Into<String>) -> Self {
        Self {
            code: Code::Invalid,
            message: message.into(),
            field: Some(field.to_owned()),
            fields: BTreeMap::new(),
            retry_after: None,
        }
    }

    #[must_use]
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, "There is nothing here under that name.")
    }
}

impl From<crate::id::InvalidId> for Problem {
    /// A malformed id in a path names nothing, exactly as an unknown one.
    fn from(_: crate::id::InvalidId) -> Self {
        Self::not_found()
    }
}

/// The body of every failed request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ErrorBody {
    pub error: Problem,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_of_a_newer_release_still_decodes() {
        let body: ErrorBody =
            serde_json::from_str(r#"{"error":{"code":"quota_of_2031","message":"m"}}"#).unwrap();
        assert_eq!(body.error.code, Code::Unknown);
    }
}
