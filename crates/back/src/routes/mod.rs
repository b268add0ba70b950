//! Members' routes, one file per thing.

pub mod agents;
pub mod bootstrap;
pub mod conversations;
pub mod drill;
pub mod session;
pub mod sources;

use platform::Failure;
use protocol::Problem;

/// A row that has to be there; another tenant's is not.
fn found<T>(row: Option<T>) -> Result<T, Failure> {
    row.ok_or_else(|| Problem::not_found().into())
}
