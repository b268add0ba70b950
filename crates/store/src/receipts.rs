//! Receipts of what was removed by age and of what was handed out of a person: numbers, and nothing of anybody.
//! Erasures have receipts of their own ([`crate::erasures`]), which hold what is left to do.

use protocol::ReceiptId;
use protocol::api::{Receipt, ReceiptCount, ReceiptKind};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::{Tenant, name, named};

/// Writes a receipt; with the numbers as they are now where it was written before.
///
/// # Errors
/// When the numbers cannot be written as JSON.
pub fn put(tenant: &Tenant, id: &ReceiptId, receipt: &Receipt) -> Result<Statement, Error> {
    insert(tenant, id, receipt, "")
}

/// Writes a receipt, if the statement before it in the transaction changed a row.
///
/// # Errors
/// When the numbers cannot be written as JSON.
pub fn put_if_changed(tenant: &Tenant, id: &ReceiptId, receipt: &Receipt) -> Result<Statement, Error> {
    insert(tenant, id, receipt, " AND changes() > 0")
}

fn insert(tenant: &Tenant, id: &ReceiptId, receipt: &Receipt, condition: &str) -> Result<Statement, Error> {
    // Behind a SELECT, what follows would be taken for a join without its condition.
    Ok(sql(format!(
        "INSERT INTO receipts (id, workspace_id, kind, by_name, subject, counts, requested_at, done_at) \
         SELECT ?2, ?1, ?3, ?4, ?5, ?6, ?7, ?8 WHERE 1{condition} \
         ON CONFLICT (id) DO UPDATE SET counts = excluded.counts, done_at = excluded.done_at WHERE receipts.workspace_id = ?1"
    ))
    .bind(tenant.key())
    .bind(id.as_str())
    .bind(name(&receipt.kind))
    .bind(receipt.by.as_str())
    .bind(receipt.subject.as_str())
    .bind(serde_json::to_string(&receipt.counts)?)
    .bind(receipt.requested_at)
    .bind(receipt.done_at.unwrap_or(receipt.requested_at)))
}

/// Receipts, newest first: see [`read`].
#[must_use]
pub fn list(tenant: &Tenant, limit: u32) -> Statement {
    sql("SELECT r.id, r.kind, r.by_name, r.subject, r.counts, r.requested_at, r.done_at FROM receipts r \
         WHERE r.workspace_id = ?1 ORDER BY r.requested_at DESC, r.id DESC LIMIT ?2")
    .bind(tenant.key())
    .bind(limit)
}

/// Decodes a row of [`list`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read(row: &Row) -> Result<Receipt, Error> {
    Ok(Receipt {
        id: row.text(0)?.to_owned(),
        kind: named::<ReceiptKind>(row, 1)?,
        by: row.text(2)?.to_owned(),
        subject: row.text(3)?.to_owned(),
        counts: row.json::<Vec<ReceiptCount>>(4)?,
        requested_at: row.real(5)?,
        done_at: row.real_or_null(6)?,
    })
}
