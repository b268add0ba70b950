//! The tenant as a proof: a value that only authentication and our own signed-off messages can make.

use protocol::{UserId, WorkspaceId};

use crate::sql::{Error, Row};

/// The workspace on whose behalf a statement runs. There is no other way into the builders of this crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant(WorkspaceId);

impl Tenant {
    /// From a job of ours: queue messages and object calls are written by our own code alone and name the
    /// workspace they were made for.
    #[must_use]
    pub fn of_job(workspace: &WorkspaceId) -> Self {
        Self(workspace.clone())
    }

    #[must_use]
    pub fn workspace(&self) -> &WorkspaceId {
        &self.0
    }

    pub(crate) fn key(&self) -> &str {
        self.0.as_str()
    }
}

/// A signed-in member, as read from a valid session's row.
#[derive(Clone, Debug)]
pub struct Member {
    pub tenant: Tenant,
    pub user_id: UserId,
    pub name: String,
    pub email: String,
    pub workspace_name: String,
    pub role: protocol::api::Role,
    /// Where the workspace's objects may live.
    pub jurisdiction: protocol::objects::Jurisdiction,
}

impl Member {
    /// Decodes a row of [`crate::members::by_session`].
    ///
    /// # Errors
    /// When the row is not of that statement.
    pub fn read(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            tenant: Tenant(row.text(0)?.parse()?),
            user_id: row.text(1)?.parse()?,
            name: row.text(2)?.to_owned(),
            email: row.text(3)?.to_owned(),
            workspace_name: row.text(4)?.to_owned(),
            role: named(row, 5)?,
            jurisdiction: named(row, 6)?,
        })
    }
}

/// A unit enum from its snake_case name.
pub(crate) fn named<T: serde::de::DeserializeOwned>(row: &Row, column: usize) -> Result<T, Error> {
    serde_json::from_value(serde_json::Value::String(row.text(column)?.to_owned()))
        .map_err(|cause| Error::Json { column, cause })
}

/// The snake_case name of a unit enum.
pub(crate) fn name<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
