//! Users, sessions, memberships. Statements here find out who the tenant is, so they take none.

use protocol::{SessionId, UserId, WorkspaceId};

use crate::sql::{Error, Row, Statement, sql};

/// A user as signing in needs them; never leaves the Worker.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: UserId,
    pub email: String,
    pub name: String,
    /// Empty for those who only ever signed in elsewhere.
    pub password_hash: String,
    pub verified: bool,
    /// Sealed; of no effect until the second factor is on.
    pub totp_secret: Option<String>,
    pub totp_enabled: bool,
}

const PERSON: &str = "SELECT u.id, u.email, u.name, u.password_hash, u.email_verified_at, u.totp_secret, \
                      u.totp_enabled_at FROM users u";

impl Person {
    /// Decodes a row of [`by_email`], [`by_id`] or [`by_identity`].
    ///
    /// # Errors
    /// When the row is not of those statements.
    pub fn read(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.text(0)?.parse()?,
            email: row.text(1)?.to_owned(),
            name: row.text(2)?.to_owned(),
            password_hash: row.text(3)?.to_owned(),
            verified: row.real_or_null(4)?.is_some(),
            totp_secret: row.text_or_null(5)?.map(str::to_owned),
            totp_enabled: row.real_or_null(6)?.is_some(),
        })
    }
}

/// A user by e-mail, in lower case: see [`Person::read`].
#[must_use]
pub fn by_email(email: &str) -> Statement {
    sql(format!("{PERSON} WHERE u.email = ?1")).bind(email)
}

/// A user: see [`Person::read`].
#[must_use]
pub fn by_id(user: &UserId) -> Statement {
    sql(format!("{PERSON} WHERE u.id = ?1")).bind(user.as_str())
}

/// The user who signs in with an account elsewhere: see [`Person::read`].
#[must_use]
pub fn by_identity(issuer: &str, subject: &str) -> Statement {
    sql(format!("{PERSON} JOIN identities i ON i.user_id = u.id WHERE i.issuer = ?1 AND i.subject = ?2"))
        .bind(issuer)
        .bind(subject)
}

/// The person behind a session's secret and, where they (still) are a member of the workspace the session looks
/// at, that workspace: see [`crate::Account::read`] and [`crate::Actor::read`].
#[must_use]
pub fn by_session(secret_digest: &str, now: f64) -> Statement {
    sql("SELECT u.id, u.name, u.email, u.email_verified_at, u.totp_enabled_at, u.password_hash <> '', s.id, \
         s.secret_digest, s.last_used_at, w.id, w.name, w.jurisdiction, m.role FROM sessions s \
         JOIN users u ON u.id = s.user_id \
         LEFT JOIN members m ON m.workspace_id = s.workspace_id AND m.user_id = s.user_id \
         LEFT JOIN workspaces w ON w.id = m.workspace_id AND w.deleted_at IS NULL \
         WHERE s.secret_digest = ?1 AND s.expires_at > ?2")
    .bind(secret_digest)
    .bind(now)
}

/// The workspaces of a user, by name: see [`crate::tenant::read_workspace`].
#[must_use]
pub fn workspaces_of(user: &UserId) -> Statement {
    sql("SELECT w.id, w.name, m.role FROM members m JOIN workspaces w ON w.id = m.workspace_id \
         WHERE m.user_id = ?1 AND w.deleted_at IS NULL ORDER BY w.name, w.id")
    .bind(user.as_str())
}

/// The workspace to open for a user: the one looked at last, or the first joined.
#[must_use]
pub fn workspace_to_open(user: &UserId) -> Statement {
    sql("SELECT m.workspace_id FROM members m JOIN users u ON u.id = m.user_id \
         JOIN workspaces w ON w.id = m.workspace_id \
         WHERE m.user_id = ?1 AND w.deleted_at IS NULL \
         ORDER BY m.workspace_id = coalesce(u.workspace_id, '') DESC, m.created_at LIMIT 1")
    .bind(user.as_str())
}

/// A session to open.
pub struct NewSession<'a> {
    pub id: &'a SessionId,
    pub secret_digest: &'a str,
    pub user: &'a UserId,
    /// What it looks at; none for someone who belongs to none.
    pub workspace: Option<&'a WorkspaceId>,
    pub address: &'a str,
    pub user_agent: &'a str,
    pub now: f64,
    pub expires_at: f64,
}

/// Opens a session.
#[must_use]
pub fn open_session(session: &NewSession<'_>) -> Statement {
    sql("INSERT INTO sessions (id, secret_digest, user_id, workspace_id, address, user_agent, created_at, last_used_at, expires_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8)")
    .bind(session.id.as_str())
    .bind(session.secret_digest)
    .bind(session.user.as_str())
    .bind(session.workspace.map(WorkspaceId::as_str))
    .bind(session.address)
    .bind(session.user_agent)
    .bind(session.now)
    .bind(session.expires_at)
}

/// Notes that a session was used, and from where.
#[must_use]
pub fn note_session(secret_digest: &str, address: &str, now: f64) -> Statement {
    sql("UPDATE sessions SET last_used_at = ?3, address = ?2 WHERE secret_digest = ?1")
        .bind(secret_digest)
        .bind(address)
        .bind(now)
}

/// Ends a session.
#[must_use]
pub fn close_session(secret_digest: &str) -> Statement {
    sql("DELETE FROM sessions WHERE secret_digest = ?1").bind(secret_digest)
}

/// Forgets what has ended: sessions, links, windows of rate limits.
#[must_use]
pub fn sweep(now: f64, windows_before: f64) -> [Statement; 3] {
    [
        sql("DELETE FROM sessions WHERE expires_at <= ?1").bind(now),
        sql("DELETE FROM links WHERE expires_at <= ?1").bind(now),
        sql("DELETE FROM rate_limits WHERE window_start <= ?1").bind(windows_before),
    ]
}

/// Counts a hit of a subject in a window and returns how many there are now, in one step.
#[must_use]
pub fn hit(subject: &str, window_start: f64) -> Statement {
    sql("INSERT INTO rate_limits (subject, window_start, hits) VALUES (?1, ?2, 1) \
         ON CONFLICT (subject, window_start) DO UPDATE SET hits = hits + 1 RETURNING hits")
    .bind(subject)
    .bind(window_start)
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

/// A new user; the password's hash is empty for those who sign in elsewhere.
#[must_use]
pub fn create_user(
    id: &UserId,
    email: &str,
    name: &str,
    password_hash: &str,
    verified_at: Option<f64>,
    now: f64,
) -> Statement {
    sql("INSERT INTO users (id, email, name, password_hash, email_verified_at, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
        .bind(id.as_str())
        .bind(email)
        .bind(name)
        .bind(password_hash)
        .bind(verified_at)
        .bind(now)
}

/// A new workspace on a plan.
#[must_use]
pub fn create_workspace(id: &WorkspaceId, name: &str, plan: &str, now: f64) -> Statement {
    sql("INSERT INTO workspaces (id, name, plan, created_at) VALUES (?1, ?2, ?3, ?4)")
        .bind(id.as_str())
        .bind(name)
        .bind(plan)
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
