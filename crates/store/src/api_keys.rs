//! Keys of the REST API, by the digest of their secret.

use protocol::ApiKeyId;
use protocol::api::{ApiKey, ApiKeyState};
use protocol::permission::Permission;

use crate::sql::{Error, Row, Statement, sql};
use crate::team::only_if;
use crate::tenant::Tenant;

const COLUMNS: &str = "k.id, k.name, k.prefix, k.scopes, k.rate_limit, k.created_by, k.created_at, k.expires_at, \
    k.last_used_at, k.rotated_to IS NOT NULL, k.revoked_at IS NOT NULL";
/// Good, and not replaced by another.
const IN_FORCE: &str =
    "k.revoked_at IS NULL AND k.rotated_to IS NULL AND (k.expires_at IS NULL OR k.expires_at > ";

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

/// A new key.
pub struct NewKey<'a> {
    pub id: &'a ApiKeyId,
    pub name: &'a str,
    pub prefix: &'a str,
    pub secret_digest: &'a str,
    pub scopes: &'a [Permission],
    pub rate_limit: u32,
    /// The name of the member who makes it.
    pub created_by: &'a str,
    pub now: f64,
    pub expires_at: Option<f64>,
}

/// All keys, newest first.
#[must_use]
pub fn list(tenant: &Tenant) -> Statement {
    sql(format!(
        "SELECT {COLUMNS} FROM api_keys k WHERE k.workspace_id = ?1 ORDER BY k.created_at DESC, k.id DESC"
    ))
    .bind(tenant.key())
}

/// One key.
#[must_use]
pub fn one(tenant: &Tenant, id: &ApiKeyId) -> Statement {
    sql(format!("SELECT {COLUMNS} FROM api_keys k WHERE k.workspace_id = ?1 AND k.id = ?2"))
        .bind(tenant.key())
        .bind(id.as_str())
}

/// Decodes a row of [`list`] or [`one`].
///
/// # Errors
/// When the row is not of those statements.
pub fn read(row: &Row, now: f64) -> Result<ApiKey, Error> {
    let expires_at = row.real_or_null(7)?;
    let state = if row.integer::<u8>(10)? == 1 {
        ApiKeyState::Revoked
    } else if expires_at.is_some_and(|at| at <= now) {
        ApiKeyState::Expired
    } else if row.integer::<u8>(9)? == 1 {
        ApiKeyState::Rotating
    } else {
        ApiKeyState::Active
    };
    Ok(ApiKey {
        id: row.text(0)?.parse()?,
        name: row.text(1)?.to_owned(),
        prefix: row.text(2)?.to_owned(),
        scopes: row.json(3)?,
        state,
        rate_limit: row.integer(4)?,
        created_by: row.text(5)?.to_owned(),
        created_at: row.real(6)?,
        expires_at,
        last_used_at: row.real_or_null(8)?,
    })
}

/// A new key. The batch is refused where the workspace has so many already.
///
/// # Errors
/// When the scopes cannot be written.
pub fn create(tenant: &Tenant, new: &NewKey<'_>, at_most: u32) -> Result<[Statement; 2], Error> {
    let room = format!("(SELECT count(*) FROM api_keys k WHERE k.workspace_id = ?1 AND {IN_FORCE} ?2)) < ?3");
    Ok([only_if(tenant, &room, [new.now.into(), at_most.into()]), insert(tenant, new)?])
}

fn insert(tenant: &Tenant, new: &NewKey<'_>) -> Result<Statement, Error> {
    Ok(sql("INSERT INTO api_keys (id, workspace_id, name, prefix, secret_digest, scopes, rate_limit, created_by, created_at, expires_at) \
         VALUES (?2, ?1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")
    .bind(tenant.key())
    .bind(new.id.as_str())
    .bind(new.name)
    .bind(new.prefix)
    .bind(new.secret_digest)
    .bind(serde_json::to_string(new.scopes)?)
    .bind(new.rate_limit)
    .bind(new.created_by)
    .bind(new.now)
    .bind(new.expires_at))
}

/// Replaces a key by another; the old one is good until then at most. The batch is refused where the old one is
/// not in force, or replaced already.
///
/// # Errors
/// When the scopes cannot be written.
pub fn rotate(
    tenant: &Tenant,
    old: &ApiKeyId,
    good_until: f64,
    new: &NewKey<'_>,
) -> Result<[Statement; 3], Error> {
    let good = format!(
        "EXISTS (SELECT 1 FROM api_keys k WHERE k.workspace_id = ?1 AND k.id = ?2 AND {IN_FORCE} ?3))"
    );
    Ok([
        only_if(tenant, &good, [old.as_str().into(), new.now.into()]),
        insert(tenant, new)?,
        sql("UPDATE api_keys SET rotated_to = ?3, expires_at = min(coalesce(expires_at, ?4), ?4) \
             WHERE workspace_id = ?1 AND id = ?2")
        .bind(tenant.key())
        .bind(old.as_str())
        .bind(new.id.as_str())
        .bind(good_until),
    ])
}

/// Ends a key at once. The batch is refused where it has been revoked.
#[must_use]
pub fn revoke(tenant: &Tenant, id: &ApiKeyId, now: f64) -> [Statement; 2] {
    [
        only_if(
            tenant,
            "EXISTS (SELECT 1 FROM api_keys k WHERE k.workspace_id = ?1 AND k.id = ?2 AND k.revoked_at IS NULL)",
            [id.as_str().into()],
        ),
        sql("UPDATE api_keys SET revoked_at = ?3 WHERE workspace_id = ?1 AND id = ?2")
            .bind(tenant.key())
            .bind(id.as_str())
            .bind(now),
    ]
}

/// Notes that a key was used.
#[must_use]
pub fn note_use(tenant: &Tenant, id: &ApiKeyId, now: f64) -> Statement {
    sql("UPDATE api_keys SET last_used_at = ?3 WHERE workspace_id = ?1 AND id = ?2")
        .bind(tenant.key())
        .bind(id.as_str())
        .bind(now)
}
