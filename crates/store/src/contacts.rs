//! The people behind leads.

use protocol::ContactId;
use protocol::api::Contact;

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::Tenant;

const SELECT: &str = "SELECT c.id, c.name, c.email, c.phone, c.also, \
    (SELECT count(*) FROM leads l WHERE l.workspace_id = ?1 AND l.contact_id = c.id), c.created_at, c.updated_at \
    FROM contacts c WHERE c.workspace_id = ?1";

/// People, those who changed last first, from the place after `(updated_at, id)`; `words` in lower case.
#[must_use]
pub fn list(tenant: &Tenant, words: Option<&str>, after: Option<(f64, &ContactId)>, limit: u32) -> Statement {
    let (at, id) = after.map_or((f64::MAX, ""), |(at, id)| (at, id.as_str()));
    sql(format!(
        "{SELECT} AND (?2 IS NULL OR instr(lower(printf('%s %s %s %s', c.name, c.email, c.phone, c.also)), ?2) > 0) \
         AND (c.updated_at < ?3 OR (c.updated_at = ?3 AND c.id < ?4)) ORDER BY c.updated_at DESC, c.id DESC LIMIT ?5"
    ))
    .bind(tenant.key())
    .bind(words)
    .bind(at)
    .bind(id)
    .bind(limit)
}

/// One person.
#[must_use]
pub fn one(tenant: &Tenant, contact: &ContactId) -> Statement {
    sql(format!("{SELECT} AND c.id = ?2")).bind(tenant.key()).bind(contact.as_str())
}

/// Whoever has an address or a number, the address first; empty ones are nobody's.
#[must_use]
pub fn who(tenant: &Tenant, email: &str, phone: &str) -> Statement {
    sql(format!(
        "{SELECT} AND ((?2 <> '' AND (c.email = ?2 OR ?2 IN (SELECT j.value FROM json_each(c.also) j))) \
         OR (?3 <> '' AND (c.phone = ?3 OR ?3 IN (SELECT j.value FROM json_each(c.also) j)))) \
         ORDER BY (?2 <> '' AND (c.email = ?2 OR ?2 IN (SELECT j.value FROM json_each(c.also) j))) DESC, c.created_at, c.id LIMIT 5"
    ))
    .bind(tenant.key())
    .bind(email)
    .bind(phone)
}

/// Others with the same address, number or name.
#[must_use]
pub fn duplicates(tenant: &Tenant, of: &Contact) -> Statement {
    sql(format!(
        "{SELECT} AND c.id <> ?2 AND ((?3 <> '' AND (c.email = ?3 OR ?3 IN (SELECT j.value FROM json_each(c.also) j))) \
         OR (?4 <> '' AND (c.phone = ?4 OR ?4 IN (SELECT j.value FROM json_each(c.also) j))) \
         OR (?5 <> '' AND lower(c.name) = ?5)) ORDER BY c.updated_at DESC, c.id LIMIT 10"
    ))
    .bind(tenant.key())
    .bind(of.id.as_str())
    .bind(of.email.as_str())
    .bind(of.phone.as_str())
    .bind(of.name.to_lowercase())
}

/// Decodes a row of a statement that gives people.
///
/// # Errors
/// When the row is not of those statements.
pub fn read(row: &Row) -> Result<Contact, Error> {
    Ok(Contact {
        id: row.text(0)?.parse()?,
        name: row.text(1)?.to_owned(),
        email: row.text(2)?.to_owned(),
        phone: row.text(3)?.to_owned(),
        also: row.json(4)?,
        leads: row.integer(5)?,
        created_at: row.real(6)?,
        updated_at: row.real(7)?,
    })
}

/// Writes a person; an address that somebody else has meanwhile stays theirs, and nothing is written.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn put(tenant: &Tenant, contact: &Contact) -> Result<[Statement; 2], Error> {
    let bound = |statement: Statement| -> Result<Statement, Error> {
        Ok(statement
            .bind(tenant.key())
            .bind(contact.id.as_str())
            .bind(contact.name.as_str())
            .bind(contact.email.as_str())
            .bind(contact.phone.as_str())
            .bind(serde_json::to_string(&contact.also)?)
            .bind(contact.updated_at))
    };
    Ok([
        bound(sql(
            "INSERT INTO contacts (id, workspace_id, name, email, phone, also, created_at, updated_at) \
                   VALUES (?2, ?1, ?3, ?4, ?5, ?6, ?7, ?7) ON CONFLICT DO NOTHING",
        ))?,
        bound(sql(
            "UPDATE contacts SET name = ?3, phone = ?5, also = ?6, updated_at = ?7, email = CASE WHEN EXISTS \
                   (SELECT 1 FROM contacts c WHERE c.workspace_id = ?1 AND c.email = ?4 AND c.email <> '' AND c.id <> ?2) THEN email ELSE ?4 END \
                   WHERE workspace_id = ?1 AND id = ?2",
        ))?,
    ])
}

/// The leads of one person are another's from now on.
#[must_use]
pub fn move_leads(tenant: &Tenant, from: &ContactId, to: &ContactId, now: f64) -> Statement {
    sql("UPDATE leads SET contact_id = ?3, updated_at = ?4, revision = revision + 1 WHERE workspace_id = ?1 AND contact_id = ?2 \
         AND EXISTS (SELECT 1 FROM contacts c WHERE c.workspace_id = ?1 AND c.id = ?3)")
    .bind(tenant.key())
    .bind(from.as_str())
    .bind(to.as_str())
    .bind(now)
}

/// Keeps a person whom another service told us of: they need no lead to stay.
#[must_use]
pub fn keep(tenant: &Tenant, contact: &ContactId) -> Statement {
    sql("UPDATE contacts SET told = 1 WHERE workspace_id = ?1 AND id = ?2")
        .bind(tenant.key())
        .bind(contact.as_str())
}

/// Forgets a person without leads of whom no other service told us.
#[must_use]
pub fn delete_empty(tenant: &Tenant, contact: &ContactId) -> Statement {
    sql("DELETE FROM contacts WHERE workspace_id = ?1 AND id = ?2 AND told = 0 \
         AND (NOT EXISTS (SELECT 1 FROM leads l WHERE l.workspace_id = ?1 AND l.contact_id = ?2))")
    .bind(tenant.key())
    .bind(contact.as_str())
}
