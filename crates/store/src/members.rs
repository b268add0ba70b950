//! Users, sessions, memberships. Statements here find out who the tenant is, so they take none.

use protocol::{UserId, WorkspaceId};

use crate::sql::{Statement, sql};

/// A user by e-mail, in lower case: id, password hash, and the workspace to open.
#[must_use]
pub fn by_email(email: &str) -> Statement {
    sql("SELECT u.id, u.password_hash, m.workspace_id FROM users u JOIN members m ON m.user_id = u.id \
         WHERE u.email = ?1 ORDER BY m.created_at LIMIT 1")
    .bind(email)
}

/// The member behind a session's secret: see [`crate::Member::read`].
#[must_use]
pub fn by_session(secret_digest: &str, now: f64) -> Statement {
    sql("SELECT s.workspace_id, u.id, u.name, u.email, w.name, m.role, w.jurisdiction FROM sessions s \
         JOIN users u ON u.id = s.user_id JOIN workspaces w ON w.id = s.workspace_id \
         JOIN members m ON m.workspace_id = s.workspace_id AND m.user_id = s.user_id \
         WHERE s.secret_digest = ?1 AND s.expires_at > ?2")
    .bind(secret_digest)
    .bind(now)
}

/// Opens a session.
#[must_use]
pub fn open_session(
    secret_digest: &str,
    user: &UserId,
    workspace: &WorkspaceId,
    now: f64,
    expires_at: f64,
) -> Statement {
    sql("INSERT INTO sessions (secret_digest, user_id, workspace_id, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)")
        .bind(secret_digest)
        .bind(user.as_str())
        .bind(workspace.as_str())
        .bind(now)
        .bind(expires_at)
}

/// Ends a session.
#[must_use]
pub fn close_session(secret_digest: &str) -> Statement {
    sql("DELETE FROM sessions WHERE secret_digest = ?1").bind(secret_digest)
}

/// Forgets sessions that have ended and attempts that no longer count.
#[must_use]
pub fn sweep(now: f64, attempts_before: f64) -> [Statement; 2] {
    [
        sql("DELETE FROM sessions WHERE expires_at <= ?1").bind(now),
        sql("DELETE FROM sign_in_attempts WHERE at <= ?1").bind(attempts_before),
    ]
}

/// How often a subject (an address or an account) tried to sign in since a time.
#[must_use]
pub fn attempts(subject: &str, since: f64) -> Statement {
    sql("SELECT count(*) FROM sign_in_attempts WHERE subject = ?1 AND at > ?2").bind(subject).bind(since)
}

/// Notes an attempt.
#[must_use]
pub fn note_attempt(subject: &str, now: f64) -> Statement {
    sql("INSERT INTO sign_in_attempts (subject, at) VALUES (?1, ?2)").bind(subject).bind(now)
}

/// The first workspace and agent of a user, for an installation that is set up already.
#[must_use]
pub fn first_agent(email: &str) -> Statement {
    sql("SELECT v.snapshot FROM users u JOIN members m ON m.user_id = u.id \
         JOIN agents a ON a.workspace_id = m.workspace_id \
         JOIN agent_versions v ON v.workspace_id = a.workspace_id AND v.agent_id = a.id AND v.version = a.published_version \
         WHERE u.email = ?1 ORDER BY a.created_at LIMIT 1")
    .bind(email)
}

/// A new user.
#[must_use]
pub fn create_user(id: &UserId, email: &str, name: &str, password_hash: &str, now: f64) -> Statement {
    sql("INSERT INTO users (id, email, name, password_hash, created_at) VALUES (?1, ?2, ?3, ?4, ?5)")
        .bind(id.as_str())
        .bind(email)
        .bind(name)
        .bind(password_hash)
        .bind(now)
}

/// A new workspace.
#[must_use]
pub fn create_workspace(id: &WorkspaceId, name: &str, now: f64) -> Statement {
    sql("INSERT INTO workspaces (id, name, created_at) VALUES (?1, ?2, ?3)")
        .bind(id.as_str())
        .bind(name)
        .bind(now)
}

/// Makes a user the owner of a workspace.
#[must_use]
pub fn create_owner(workspace: &WorkspaceId, user: &UserId, now: f64) -> Statement {
    sql("INSERT INTO members (workspace_id, user_id, role, created_at) VALUES (?1, ?2, 'owner', ?3)")
        .bind(workspace.as_str())
        .bind(user.as_str())
        .bind(now)
}
