//! Everything that is stored sealed, to be sealed anew when the installation's key is replaced. What it says is not
//! read here: a row is whoever's it is.

use crate::sql::{Error, Row, Statement, sql};

/// Where sealed values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelf {
    Webhooks,
    Integrations,
    Tools,
    Sources,
    Accounts,
    Mails,
    Challenges,
}

impl Shelf {
    pub const ALL: [Self; 7] = [
        Self::Webhooks,
        Self::Integrations,
        Self::Tools,
        Self::Sources,
        Self::Accounts,
        Self::Mails,
        Self::Challenges,
    ];

    /// Its table, the column, and the workspace of a row where a key is the workspace's own.
    fn place(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Webhooks => ("webhook_endpoints", "secrets", "''"),
            Self::Integrations => ("integrations", "secret", "workspace_id"),
            Self::Tools => ("tools", "auth", "''"),
            Self::Sources => ("sources", "access", "''"),
            Self::Accounts => ("users", "totp_secret", "''"),
            Self::Mails => ("mails", "sealed", "''"),
            Self::Challenges => ("agents", "turnstile_secret", "''"),
        }
    }
}

/// Tables and columns that hold sealed values.
#[must_use]
pub fn places() -> [(&'static str, &'static str); 7] {
    Shelf::ALL.map(|shelf| {
        let (table, column, _) = shelf.place();
        (table, column)
    })
}

/// Rows of a shelf above an id, in their order: see [`read`].
#[must_use]
pub fn page(shelf: Shelf, after: &str, limit: u32) -> Statement {
    let (table, column, workspace) = shelf.place();
    sql(format!(
        "SELECT id, {workspace}, {column} FROM {table} WHERE id > ?1 AND {column} <> '' ORDER BY id LIMIT ?2"
    ))
    .bind(after)
    .bind(limit)
}

/// One row: whose key it is, and what is sealed in it.
pub struct Found {
    pub id: String,
    /// Empty where the key is nobody's own.
    pub workspace: String,
    /// A sealed value, or JSON that holds some.
    pub value: String,
}

/// Decodes a row of [`page`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read(row: &Row) -> Result<Found, Error> {
    Ok(Found {
        id: row.text(0)?.to_owned(),
        workspace: row.text(1)?.to_owned(),
        value: row.text(2)?.to_owned(),
    })
}

/// Puts what was sealed anew in the place of what it was, where that is still there.
#[must_use]
pub fn replace(shelf: Shelf, found: &Found, value: &str) -> Statement {
    let (table, column, _) = shelf.place();
    sql(format!("UPDATE {table} SET {column} = ?3 WHERE id = ?1 AND {column} = ?2"))
        .bind(found.id.as_str())
        .bind(found.value.as_str())
        .bind(value)
}
