//! Mailed links and challenges: found by the digest of their token, each good once. They are how somebody who is
//! not signed in proves who they are, so no tenant is known yet.

use protocol::UserId;

use crate::sql::{Statement, sql};

/// What a link is for: a token of one purpose is no token of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    VerifyEmail,
    ResetPassword,
    ChangeEmail,
    /// The challenge between password and code.
    SecondFactor,
}

impl Purpose {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::ChangeEmail => "change_email",
            Self::SecondFactor => "second_factor",
        }
    }
}

/// A link to hand out.
pub struct NewLink<'a> {
    pub token_digest: &'a str,
    pub purpose: Purpose,
    pub user: &'a UserId,
    /// What it brings about, as JSON.
    pub payload: &'a str,
    pub now: f64,
    pub expires_at: f64,
}

/// Hands a link out.
#[must_use]
pub fn issue(link: &NewLink<'_>) -> Statement {
    sql("INSERT INTO links (token_digest, purpose, user_id, payload, created_at, expires_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
    .bind(link.token_digest)
    .bind(link.purpose.as_str())
    .bind(link.user.as_str())
    .bind(link.payload)
    .bind(link.now)
    .bind(link.expires_at)
}

/// Whose link this is, as long as it is good: user, payload. It stays good.
#[must_use]
pub fn look(token_digest: &str, purpose: Purpose, now: f64) -> Statement {
    sql("SELECT user_id, payload FROM links WHERE token_digest = ?1 AND purpose = ?2 AND expires_at > ?3")
        .bind(token_digest)
        .bind(purpose.as_str())
        .bind(now)
}

/// Uses a link up and returns user and payload: of two at once, one gets them.
#[must_use]
pub fn take(token_digest: &str, purpose: Purpose, now: f64) -> Statement {
    sql("DELETE FROM links WHERE token_digest = ?1 AND purpose = ?2 AND expires_at > ?3 RETURNING user_id, payload")
        .bind(token_digest)
        .bind(purpose.as_str())
        .bind(now)
}

/// Counts one try against a challenge and returns its user; nothing when all tries are used up.
#[must_use]
pub fn attempt(token_digest: &str, purpose: Purpose, now: f64, tries: u32) -> Statement {
    sql("UPDATE links SET attempts = attempts + 1 \
         WHERE token_digest = ?1 AND purpose = ?2 AND expires_at > ?3 AND attempts < ?4 RETURNING user_id")
    .bind(token_digest)
    .bind(purpose.as_str())
    .bind(now)
    .bind(tries)
}

/// Makes earlier links of a user void.
#[must_use]
pub fn void(user: &UserId, purpose: Purpose) -> Statement {
    sql("DELETE FROM links WHERE user_id = ?1 AND purpose = ?2").bind(user.as_str()).bind(purpose.as_str())
}
