//! One line of the audit log, for the transaction of the change it is about.

use platform::{Failure, clock, random};
use protocol::AuditId;
use protocol::api::Change;
use store::audit::{Entry, note, note_if_changed};
use store::{Actor, Statement};

/// Notes what an actor did to a subject.
///
/// # Errors
/// When the changes cannot be written.
pub fn entry(
    actor: &Actor,
    action: &str,
    subject: &str,
    subject_name: &str,
    changes: &[Change],
) -> Result<Statement, Failure> {
    let id = random::id(AuditId::ordered);
    Ok(note(actor, &Entry { id: &id, action, subject, subject_name, changes, at: clock::now_ms() })?)
}

/// The same, only if the statement before it in the transaction changes a row.
///
/// # Errors
/// When the changes cannot be written.
pub fn entry_if_changed(
    actor: &Actor,
    action: &str,
    subject: &str,
    subject_name: &str,
    changes: &[Change],
) -> Result<Statement, Failure> {
    let id = random::id(AuditId::ordered);
    Ok(note_if_changed(
        actor,
        &Entry { id: &id, action, subject, subject_name, changes, at: clock::now_ms() },
    )?)
}

/// One changed field.
pub fn change(field: &str, before: Option<&str>, after: Option<&str>) -> Change {
    Change { field: field.into(), before: before.map(str::to_owned), after: after.map(str::to_owned) }
}
