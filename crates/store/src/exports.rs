//! Files of everything held of a person: asked for, made by a job, kept for a day. A row is what is known of one; the file
//! lies in R2 under its id, and one whose row is gone, or over, is removed.

use protocol::api::{PersonExport, PersonExportState};
use protocol::objects::Jurisdiction;
use protocol::{ContactId, PersonExportId, WorkspaceId};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::{self, Tenant};

/// Asks for a file; where one of that person is being made already, or the person is being erased, it changes nothing.
#[must_use]
pub fn request(tenant: &Tenant, id: &PersonExportId, contact: &ContactId, by: &str, now: f64) -> Statement {
    sql("INSERT INTO person_exports (id, workspace_id, contact_id, by_name, requested_at, due_at) \
         SELECT ?2, ?1, c.id, ?4, ?5, ?5 FROM contacts c WHERE c.workspace_id = ?1 \
         AND (c.id = ?3 AND NOT EXISTS (SELECT 1 FROM erasures e WHERE e.workspace_id = ?1 AND e.contact_id = c.id)) \
         ON CONFLICT DO NOTHING")
    .bind(tenant.key())
    .bind(id.as_str())
    .bind(contact.as_str())
    .bind(by)
    .bind(now)
}

const SELECT: &str = "SELECT x.id, x.by_name, x.requested_at, x.due_at, x.tries, x.done_at, x.expires_at \
                      FROM person_exports x WHERE x.workspace_id = ?1 AND x.contact_id = ?2";

/// Those of a person, newest first.
#[must_use]
pub fn list(tenant: &Tenant, contact: &ContactId, limit: u32) -> Statement {
    sql(format!("{SELECT} ORDER BY x.requested_at DESC, x.id DESC LIMIT ?3"))
        .bind(tenant.key())
        .bind(contact.as_str())
        .bind(limit)
}

/// One of a person.
#[must_use]
pub fn one(tenant: &Tenant, contact: &ContactId, id: &PersonExportId) -> Statement {
    sql(format!("{SELECT} AND x.id = ?3")).bind(tenant.key()).bind(contact.as_str()).bind(id.as_str())
}

/// Decodes a row of [`list`] or [`one`] as it is now.
///
/// # Errors
/// When the row is not of those statements.
pub fn read(row: &Row, now: f64) -> Result<PersonExport, Error> {
    let (due, tries, expires_at) = (row.real_or_null(3)?, row.integer::<u32>(4)?, row.real_or_null(6)?);
    let state = match (due, expires_at) {
        (Some(_), _) if tries == 0 => PersonExportState::Queued,
        (Some(_), _) => PersonExportState::Running,
        (None, None) => PersonExportState::Failed,
        (None, Some(expires)) if expires > now => PersonExportState::Ready,
        (None, Some(_)) => PersonExportState::Expired,
    };
    Ok(PersonExport {
        id: row.text(0)?.parse()?,
        state,
        by: row.text(1)?.to_owned(),
        requested_at: row.real(2)?,
        done_at: row.real_or_null(5)?,
        expires_at,
    })
}

/// A file to make.
pub struct Due {
    pub id: PersonExportId,
    pub contact: ContactId,
    pub workspace_id: WorkspaceId,
    pub jurisdiction: Jurisdiction,
    pub by: String,
    pub requested_at: f64,
    /// How often it was begun, this time included.
    pub tries: u32,
}

/// Takes what is due, whoever's it is: until the lease ends nobody else does. See [`read_due`].
#[must_use]
pub fn due(now: f64, lease_until: f64, limit: u32) -> Statement {
    sql("UPDATE person_exports SET due_at = ?2, tries = tries + 1 \
         WHERE id IN (SELECT id FROM person_exports WHERE due_at <= ?1 ORDER BY due_at, id LIMIT ?3) \
         RETURNING id, contact_id, workspace_id, by_name, requested_at, tries, \
         (SELECT w.jurisdiction FROM workspaces w WHERE w.id = person_exports.workspace_id)")
    .bind(now)
    .bind(lease_until)
    .bind(limit)
}

/// Decodes a row of [`due`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_due(row: &Row) -> Result<Due, Error> {
    Ok(Due {
        id: row.text(0)?.parse()?,
        contact: row.text(1)?.parse()?,
        workspace_id: row.text(2)?.parse()?,
        by: row.text(3)?.to_owned(),
        requested_at: row.real(4)?,
        tries: row.integer(5)?,
        jurisdiction: tenant::named(row, 6)?,
    })
}

/// The file is there; once, and not where it was called off meanwhile.
#[must_use]
pub fn made(tenant: &Tenant, id: &PersonExportId, now: f64, expires_at: f64) -> Statement {
    sql("UPDATE person_exports SET due_at = NULL, done_at = ?3, expires_at = ?4 \
         WHERE workspace_id = ?1 AND id = ?2 AND due_at >= 0")
    .bind(tenant.key())
    .bind(id.as_str())
    .bind(now)
    .bind(expires_at)
}

/// The file cannot be made.
#[must_use]
pub fn give_up(tenant: &Tenant, id: &PersonExportId, now: f64) -> Statement {
    sql("UPDATE person_exports SET due_at = NULL, done_at = ?3 WHERE workspace_id = ?1 AND id = ?2 AND due_at >= 0")
        .bind(tenant.key())
        .bind(id.as_str())
        .bind(now)
}

/// Calls off what is being made of a person, and ends what is ready.
#[must_use]
pub fn call_off(tenant: &Tenant, contact: &ContactId, now: f64) -> Statement {
    sql("UPDATE person_exports SET due_at = NULL, done_at = coalesce(done_at, ?3), expires_at = min(coalesce(expires_at, ?3), ?3) \
         WHERE workspace_id = ?1 AND contact_id = ?2")
    .bind(tenant.key())
    .bind(contact.as_str())
    .bind(now)
}

/// Which files of a person there may be: see [`read_id`].
#[must_use]
pub fn of_contact(tenant: &Tenant, contact: &ContactId) -> Statement {
    sql("SELECT x.id FROM person_exports x WHERE x.workspace_id = ?1 AND x.contact_id = ?2")
        .bind(tenant.key())
        .bind(contact.as_str())
}

/// Those of some files that stay, whoever's they are: see [`read_id`].
///
/// # Errors
/// When the ids cannot be written as JSON.
pub fn staying(ids: &[PersonExportId], now: f64) -> Result<Statement, Error> {
    Ok(sql("SELECT x.id FROM person_exports x WHERE x.id IN (SELECT j.value FROM json_each(?1) j) \
            AND (x.due_at IS NOT NULL OR x.expires_at > ?2)")
    .bind(serde_json::to_string(ids)?)
    .bind(now))
}

/// Decodes a row of [`of_contact`] or [`staying`].
///
/// # Errors
/// When the row is not of those statements.
pub fn read_id(row: &Row) -> Result<PersonExportId, Error> {
    Ok(row.text(0)?.parse()?)
}

/// Forgets that files were made that are gone since before, whoever's they were.
#[must_use]
pub fn forget(before: f64) -> Statement {
    sql("DELETE FROM person_exports WHERE due_at IS NULL AND max(done_at, coalesce(expires_at, 0)) < ?1")
        .bind(before)
}
