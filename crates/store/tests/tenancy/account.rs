//! Accounts and mails.

use store::Statement;

use super::{Built, Ids};

/// Statements of this area that take no tenant, and why they may not.
pub const WITHOUT_TENANT: &[(&str, &str)] =
    &[("mails::queue", "a mail belongs to a person; its workspace is only noted")];

pub fn builders(_ids: &Ids, _of: u64) -> Vec<Built> {
    Vec::new()
}

/// Rows of this area for one workspace.
pub fn fill(_n: u64) -> Vec<Statement> {
    Vec::new()
}
