//! Changes to one's own account. An account is a person's and spans workspaces, so these statements take the user
//! whose session or mailed link was proven, and no tenant.

use protocol::{SessionId, UserId, WorkspaceId};

use crate::Tenant;
use crate::sql::{Statement, sql};

/// The address is theirs.
#[must_use]
pub fn verify(user: &UserId, now: f64) -> Statement {
    sql("UPDATE users SET email_verified_at = coalesce(email_verified_at, ?2) WHERE id = ?1")
        .bind(user.as_str())
        .bind(now)
}

/// The address is theirs, and so is the account that somebody had registered under it: what that somebody set is
/// replaced. Does nothing once the address is confirmed.
#[must_use]
pub fn claim(user: &UserId, name: &str, password_hash: &str, now: f64) -> Statement {
    sql("UPDATE users SET name = ?2, password_hash = ?3, email_verified_at = ?4 \
         WHERE id = ?1 AND email_verified_at IS NULL")
    .bind(user.as_str())
    .bind(name)
    .bind(password_hash)
    .bind(now)
}

/// An account elsewhere signs in here from now on.
#[must_use]
pub fn create_identity(issuer: &str, subject: &str, user: &UserId, now: f64) -> Statement {
    sql("INSERT INTO identities (issuer, subject, user_id, created_at) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (issuer, subject) DO NOTHING")
    .bind(issuer)
    .bind(subject)
    .bind(user.as_str())
    .bind(now)
}

#[must_use]
pub fn rename(user: &UserId, name: &str) -> Statement {
    sql("UPDATE users SET name = ?2 WHERE id = ?1").bind(user.as_str()).bind(name)
}

#[must_use]
pub fn set_password(user: &UserId, password_hash: &str) -> Statement {
    sql("UPDATE users SET password_hash = ?2 WHERE id = ?1").bind(user.as_str()).bind(password_hash)
}

/// Moves an account to a confirmed address and returns its id; nothing where the address is somebody's.
#[must_use]
pub fn set_email(user: &UserId, email: &str, now: f64) -> Statement {
    sql("UPDATE OR IGNORE users SET email = ?2, email_verified_at = ?3 WHERE id = ?1 RETURNING id")
        .bind(user.as_str())
        .bind(email)
        .bind(now)
}

/// A new authenticator's sealed secret, of no effect yet. Returns the id; nothing where one is in force.
#[must_use]
pub fn begin_totp(user: &UserId, sealed: &str) -> Statement {
    sql("UPDATE users SET totp_secret = ?2, totp_used_step = 0 \
         WHERE id = ?1 AND totp_enabled_at IS NULL RETURNING id")
    .bind(user.as_str())
    .bind(sealed)
}

/// The second factor is on, with the secret whose code was shown. Returns the id where it was not on already.
#[must_use]
pub fn enable_totp(user: &UserId, sealed: &str, step: u64, now: f64) -> Statement {
    sql("UPDATE users SET totp_enabled_at = ?4, totp_used_step = ?3 \
         WHERE id = ?1 AND totp_secret = ?2 AND totp_enabled_at IS NULL RETURNING id")
    .bind(user.as_str())
    .bind(sealed)
    .bind(step)
    .bind(now)
}

/// The second factor is off.
#[must_use]
pub fn disable_totp(user: &UserId) -> [Statement; 2] {
    [
        sql("UPDATE users SET totp_secret = NULL, totp_enabled_at = NULL WHERE id = ?1").bind(user.as_str()),
        forget_recovery_codes(user),
    ]
}

/// Uses a time step's code up. Returns the id where it was not used before: of two at once, one gets it.
#[must_use]
pub fn use_totp_step(user: &UserId, step: u64) -> Statement {
    sql("UPDATE users SET totp_used_step = ?2 WHERE id = ?1 AND totp_used_step < ?2 RETURNING id")
        .bind(user.as_str())
        .bind(step)
}

/// Makes a user's recovery codes void.
#[must_use]
pub fn forget_recovery_codes(user: &UserId) -> Statement {
    sql("DELETE FROM recovery_codes WHERE user_id = ?1").bind(user.as_str())
}

/// One more recovery code.
#[must_use]
pub fn add_recovery_code(user: &UserId, code_digest: &str) -> Statement {
    sql("INSERT INTO recovery_codes (user_id, code_digest) VALUES (?1, ?2)")
        .bind(user.as_str())
        .bind(code_digest)
}

/// Uses a recovery code up. Returns the user where it was good: of two at once, one gets it.
#[must_use]
pub fn use_recovery_code(user: &UserId, code_digest: &str, now: f64) -> Statement {
    sql("UPDATE recovery_codes SET used_at = ?3 \
         WHERE user_id = ?1 AND code_digest = ?2 AND used_at IS NULL RETURNING user_id")
    .bind(user.as_str())
    .bind(code_digest)
    .bind(now)
}

/// How many recovery codes are left.
#[must_use]
pub fn recovery_codes_left(user: &UserId) -> Statement {
    sql("SELECT count(*) FROM recovery_codes WHERE user_id = ?1 AND used_at IS NULL").bind(user.as_str())
}

/// A user's sessions, the one used last first: id, digest, address, user agent, created, last used.
#[must_use]
pub fn sessions(user: &UserId, now: f64) -> Statement {
    sql("SELECT id, secret_digest, address, user_agent, created_at, last_used_at FROM sessions \
         WHERE user_id = ?1 AND expires_at > ?2 ORDER BY last_used_at DESC, id DESC LIMIT 200")
    .bind(user.as_str())
    .bind(now)
}

/// Ends one session of a user and returns its id.
#[must_use]
pub fn end_session(user: &UserId, session: &SessionId) -> Statement {
    sql("DELETE FROM sessions WHERE user_id = ?1 AND id = ?2 RETURNING id")
        .bind(user.as_str())
        .bind(session.as_str())
}

/// Ends a user's sessions but the one of this digest; all, where the digest is empty.
#[must_use]
pub fn end_sessions(user: &UserId, but_digest: &str) -> Statement {
    sql("DELETE FROM sessions WHERE user_id = ?1 AND secret_digest <> ?2")
        .bind(user.as_str())
        .bind(but_digest)
}

/// A session looks at another workspace of its user. Returns the session's id; nothing where they are no member.
#[must_use]
pub fn select_workspace(user: &UserId, secret_digest: &str, workspace: &WorkspaceId) -> Statement {
    sql("UPDATE sessions SET workspace_id = ?3 WHERE secret_digest = ?2 AND user_id = ?1 AND EXISTS \
         (SELECT 1 FROM members m JOIN workspaces w ON w.id = m.workspace_id \
         WHERE m.workspace_id = ?3 AND m.user_id = ?1 AND w.deleted_at IS NULL) RETURNING id")
    .bind(user.as_str())
    .bind(secret_digest)
    .bind(workspace.as_str())
}

/// The workspace to open next time.
#[must_use]
pub fn remember_workspace(user: &UserId, workspace: &WorkspaceId) -> Statement {
    sql("UPDATE users SET workspace_id = ?2 WHERE id = ?1").bind(user.as_str()).bind(workspace.as_str())
}

/// A user's workspaces with what leaving them would mean: id, name, role, other members, other owners.
#[must_use]
pub fn standings(user: &UserId) -> Statement {
    sql("SELECT w.id, w.name, m.role, \
         (SELECT count(*) FROM members o WHERE o.workspace_id = m.workspace_id AND o.user_id <> ?1), \
         (SELECT count(*) FROM members o WHERE o.workspace_id = m.workspace_id AND o.user_id <> ?1 AND o.role = 'owner') \
         FROM members m JOIN workspaces w ON w.id = m.workspace_id \
         WHERE m.user_id = ?1 AND w.deleted_at IS NULL ORDER BY w.name, w.id")
    .bind(user.as_str())
}

/// Leaves a workspace and returns its id; nothing where that would leave it without an owner.
#[must_use]
pub fn leave(user: &UserId, workspace: &WorkspaceId) -> Statement {
    sql("DELETE FROM members WHERE workspace_id = ?2 AND user_id = ?1 AND (role <> 'owner' OR EXISTS \
         (SELECT 1 FROM members o WHERE o.workspace_id = ?2 AND o.user_id <> ?1 AND o.role = 'owner')) \
         RETURNING workspace_id")
    .bind(user.as_str())
    .bind(workspace.as_str())
}

/// Forgets a user who has left every workspace; as long as they have not, the database refuses.
#[must_use]
pub fn forget(user: &UserId) -> [Statement; 5] {
    [
        sql("DELETE FROM sessions WHERE user_id = ?1").bind(user.as_str()),
        sql("DELETE FROM links WHERE user_id = ?1").bind(user.as_str()),
        forget_recovery_codes(user),
        sql("DELETE FROM identities WHERE user_id = ?1").bind(user.as_str()),
        sql("DELETE FROM users WHERE id = ?1").bind(user.as_str()),
    ]
}

/// Closes a workspace with its last member, if they are the last: it is unreachable, its invitations are void, and
/// its agents go offline at the edges, which have to be told. The membership goes at last.
#[must_use]
pub fn close_workspace(tenant: &Tenant, user: &UserId, now: f64) -> [Statement; 4] {
    let alone = "(SELECT count(*) FROM members o WHERE o.workspace_id = ?1 AND o.user_id <> ?2) = 0";
    [
        sql(format!("UPDATE workspaces SET deleted_at = ?3 WHERE id = ?1 AND {alone}"))
            .bind(tenant.key())
            .bind(user.as_str())
            .bind(now),
        sql(format!("DELETE FROM invitations WHERE workspace_id = ?1 AND {alone}"))
            .bind(tenant.key())
            .bind(user.as_str()),
        sql(format!(
            "UPDATE agents SET published_version = NULL, edge_due_at = ?3, edge_change = edge_change + 1 \
             WHERE workspace_id = ?1 AND {alone}"
        ))
        .bind(tenant.key())
        .bind(user.as_str())
        .bind(now),
        sql(format!("DELETE FROM members WHERE workspace_id = ?1 AND user_id = ?2 AND {alone}"))
            .bind(tenant.key())
            .bind(user.as_str()),
    ]
}

/// Leaves workspaces that are closed already.
#[must_use]
pub fn leave_closed(user: &UserId) -> Statement {
    sql("DELETE FROM members WHERE user_id = ?1 AND workspace_id IN \
         (SELECT id FROM workspaces WHERE deleted_at IS NOT NULL)")
    .bind(user.as_str())
}
