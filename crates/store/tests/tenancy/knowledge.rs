//! Files, texts, feeds, curated answers.

use store::Statement;

use super::{Built, Ids};

/// Statements of this area that take no tenant, and why they may not.
pub const WITHOUT_TENANT: &[(&str, &str)] = &[];

pub fn builders(_ids: &Ids, _of: u64) -> Vec<Built> {
    Vec::new()
}

/// Rows of this area for one workspace.
pub fn fill(_n: u64) -> Vec<Statement> {
    Vec::new()
}
