//! By what a website lets the crawler in.

use crate::wire;

wire! {
    #[derive(Copy, Eq, Default)]
    #[serde(rename_all = "snake_case")]
    pub enum AccessKind {
        /// Anybody may read the site.
        #[default]
        Open,
        /// A user name and a password (HTTP Basic authentication).
        Basic,
        /// A header of the request.
        Header,
    }

    /// `PUT /v1/sources/{source}/access`. The secret is stored sealed and never returned.
    #[derive(Eq)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    pub enum NewSourceAccess {
        Basic { username: String, password: String },
        Header { name: String, value: String },
    }

    /// `GET /v1/sources/{source}/access`: everything but the secret.
    #[derive(Default)]
    pub struct SourceAccess {
        pub kind: AccessKind,
        /// The user name, or the header's name.
        #[serde(default)]
        pub name: String,
        /// When the secret was set; absent where there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub set_at: Option<f64>,
    }
}
