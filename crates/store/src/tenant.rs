//! The tenant as a proof: a value that only authentication and our own signed-off messages can make.

use domain::permissions;
use protocol::api::{Role, Workspace};
use protocol::objects::Jurisdiction;
use protocol::permission::Permission;
use protocol::{ApiKeyId, SessionId, UserId, WorkspaceId};

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

/// A signed-in person, as read from a valid session's row. Says nothing about any workspace.
#[derive(Clone, Debug)]
pub struct Account {
    pub user_id: UserId,
    pub name: String,
    pub email: String,
    pub email_verified: bool,
    pub totp_enabled: bool,
    pub has_password: bool,
    pub session_id: SessionId,
    pub session_digest: String,
    pub session_used_at: f64,
}

impl Account {
    /// Decodes a row of [`crate::members::by_session`].
    ///
    /// # Errors
    /// When the row is not of that statement.
    pub fn read(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            user_id: row.text(0)?.parse()?,
            name: row.text(1)?.to_owned(),
            email: row.text(2)?.to_owned(),
            email_verified: row.real_or_null(3)?.is_some(),
            totp_enabled: row.real_or_null(4)?.is_some(),
            has_password: row.integer::<u8>(5)? == 1,
            session_id: row.text(6)?.parse()?,
            session_digest: row.text(7)?.to_owned(),
            session_used_at: row.real(8)?,
        })
    }
}

/// Who acts in a workspace: a member, or an API key.
#[derive(Clone, Debug)]
pub enum Who {
    Member { user_id: UserId, name: String, email: String, role: Role },
    Key { id: ApiKeyId, name: String, scopes: Vec<Permission> },
}

/// Somebody who acts in a workspace, as authentication found them.
#[derive(Clone, Debug)]
pub struct Actor {
    pub tenant: Tenant,
    pub who: Who,
    pub workspace_name: String,
    /// Where the workspace's objects may live.
    pub jurisdiction: Jurisdiction,
    /// The network address the request came from.
    pub address: String,
}

impl Actor {
    /// Decodes a row of [`crate::members::by_session`] that has a workspace.
    ///
    /// # Errors
    /// When the row is not of that statement.
    pub fn read(row: &Row, address: String) -> Result<Option<Self>, Error> {
        if row.text_or_null(9)?.is_none() {
            return Ok(None);
        }
        let account = Account::read(row)?;
        Ok(Some(Self {
            tenant: Tenant(row.text(9)?.parse()?),
            workspace_name: row.text(10)?.to_owned(),
            jurisdiction: named(row, 11)?,
            who: Who::Member {
                user_id: account.user_id,
                name: account.name,
                email: account.email,
                role: named(row, 12)?,
            },
            address,
        }))
    }

    /// Decodes a row of [`crate::api_keys::by_secret`].
    ///
    /// # Errors
    /// When the row is not of that statement.
    pub fn read_key(row: &Row, address: String) -> Result<Self, Error> {
        Ok(Self {
            tenant: Tenant(row.text(0)?.parse()?),
            workspace_name: row.text(1)?.to_owned(),
            jurisdiction: named(row, 2)?,
            who: Who::Key { id: row.text(3)?.parse()?, name: row.text(4)?.to_owned(), scopes: row.json(5)? },
            address,
        })
    }

    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        match &self.who {
            Who::Member { role, .. } => permissions::allows(*role, permission),
            Who::Key { scopes, .. } => permissions::grantable(permission) && scopes.contains(&permission),
        }
    }

    /// The name to show beside what was done.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.who {
            Who::Member { name, .. } | Who::Key { name, .. } => name,
        }
    }

    /// The workspace as the member sees it; API keys have no role.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        match &self.who {
            Who::Member { role, .. } => Some(*role),
            Who::Key { .. } => None,
        }
    }
}

/// Decodes a row of [`crate::members::workspaces_of`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_workspace(row: &Row) -> Result<Workspace, Error> {
    Ok(Workspace { id: row.text(0)?.parse()?, name: row.text(1)?.to_owned(), role: named(row, 2)? })
}

/// A unit enum from its snake_case name.
pub(crate) fn named<T: serde::de::DeserializeOwned>(row: &Row, column: usize) -> Result<T, Error> {
    protocol::json::named(row.text(column)?).map_err(|cause| Error::Json { column, cause })
}

/// The snake_case name of a unit enum.
pub(crate) fn name<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
