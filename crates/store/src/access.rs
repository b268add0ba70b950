//! By what the website of a source lets the crawler in. The secret is sealed before it comes here.

use protocol::SourceId;
use protocol::api::AccessKind;
use serde::{Deserialize, Serialize};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::Tenant;

/// What is stored.
#[derive(Serialize, Deserialize)]
pub struct StoredAccess {
    pub kind: AccessKind,
    /// The user name, or the header's name.
    pub name: String,
    pub sealed: String,
    pub set_at: f64,
}

/// Sets it, or removes it.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn set(tenant: &Tenant, source: &SourceId, access: Option<&StoredAccess>) -> Result<Statement, Error> {
    Ok(sql("UPDATE sources SET access = ?3 WHERE workspace_id = ?1 AND id = ?2")
        .bind(tenant.key())
        .bind(source.as_str())
        .bind(access.map(serde_json::to_string).transpose()?))
}

/// What a source has.
#[must_use]
pub fn of(tenant: &Tenant, source: &SourceId) -> Statement {
    sql("SELECT s.access FROM sources s WHERE s.workspace_id = ?1 AND s.id = ?2")
        .bind(tenant.key())
        .bind(source.as_str())
}

/// Decodes a row of [`of`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read(row: &Row) -> Result<Option<StoredAccess>, Error> {
    if row.text_or_null(0)?.is_none() { Ok(None) } else { row.json(0).map(Some) }
}
