//! Backup and restore, for the operator.

use crate::wire;

wire! {
    /// `GET /v1/backup`: what a backup of this installation is made of.
    pub struct BackupPlan {
        /// Migrations that were applied: a backup is restored where they are the same.
        pub migrations: Vec<String>,
        /// The relations, each behind those it refers to.
        pub tables: Vec<BackupTable>,
        /// What refers to what.
        pub references: Vec<BackupReference>,
        /// Ids of the sealing keys of this installation, the newest first.
        pub keys: Vec<String>,
    }

    pub struct BackupTable {
        pub name: String,
        /// The columns that hold sealed values.
        pub sealed: Vec<String>,
    }

    /// A column that names a row of another table.
    pub struct BackupReference {
        pub table: String,
        pub column: String,
        pub to_table: String,
        pub to_column: String,
    }

    /// `GET /v1/backup/files`: a stored file.
    pub struct BackupFile {
        pub key: String,
        pub bytes: u64,
        /// MD5 of its content.
        pub etag: String,
    }

    /// `POST /v1/restore` and `POST /v1/restore/finish`
    pub struct RestoreRequest {
        /// What the backup is known by: the digest of all that it holds.
        pub backup: String,
        pub migrations: Vec<String>,
        /// Ids of the keys that its values were sealed with.
        pub keys: Vec<String>,
        /// Go on behind the object of this name.
        #[serde(default)]
        pub after: String,
    }

    /// How far a restore has come.
    pub struct RestoreState {
        /// Pages of rows that are here.
        pub pages: u32,
        /// Where to go on; absent at the end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub next: Option<String>,
        /// Agents and workspaces that edges and ledgers are still to be told of.
        pub untold: u32,
    }
}
