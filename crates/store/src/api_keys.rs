//! Keys of the REST API.

use crate::sql::{Statement, sql};

/// The key with this secret, if it is in force: see [`crate::Actor::read_key`]. It finds out who the tenant is.
#[must_use]
pub fn by_secret(secret_digest: &str, now: f64) -> Statement {
    sql("SELECT w.id, w.name, w.jurisdiction, k.id, k.name, k.scopes, k.rate_limit, k.last_used_at FROM api_keys k \
         JOIN workspaces w ON w.id = k.workspace_id \
         WHERE k.secret_digest = ?1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > ?2) \
         AND w.deleted_at IS NULL")
    .bind(secret_digest)
    .bind(now)
}
