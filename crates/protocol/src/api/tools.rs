//! Tools: calls of other systems that an agent may make in a turn.

use crate::{AgentId, ConversationId, ToolId, ToolRunId, TurnId, wire};

wire! {
    /// How a tool's address is called. The arguments of `GET` and `DELETE` are parameters of the address, those of
    /// the others are the body, as JSON.
    #[derive(Copy, Eq, Default)]
    #[serde(rename_all = "UPPERCASE")]
    pub enum ToolMethod {
        Get,
        #[default]
        Post,
        Put,
        Patch,
        Delete,
    }

    /// A header of every call; not for secrets.
    #[derive(Eq)]
    pub struct ToolHeader {
        pub name: String,
        pub value: String,
    }

    /// What a member writes about a tool.
    pub struct ToolContent {
        /// What models call it by: a-z, A-Z, 0-9, _ and -; unique in the workspace.
        pub name: String,
        /// What members call it.
        #[serde(default)]
        pub title: String,
        /// What it does and when to use it, for models.
        pub description: String,
        /// JSON Schema (draft 2020-12) of the arguments: an object.
        pub schema: serde_json::Value,
        #[serde(default)]
        pub method: ToolMethod,
        pub url: String,
        #[serde(default)]
        pub headers: Vec<ToolHeader>,
        /// Calling it twice is calling it once: it is called again where the other system failed.
        #[serde(default)]
        pub idempotent: bool,
        /// Milliseconds that one call may take, at most 30,000.
        #[serde(default = "timeout_ms")]
        pub timeout_ms: u32,
        /// Bytes of a result that models see; what is over is cut off.
        #[serde(default = "max_result_bytes")]
        pub max_result_bytes: u32,
        #[serde(default = "yes")]
        pub enabled: bool,
    }

    #[derive(Copy, Eq, Default)]
    #[serde(rename_all = "snake_case")]
    pub enum ToolAuthKind {
        /// Anybody may call it.
        #[default]
        None,
        Bearer,
        Header,
        Basic,
        /// Calls are signed (HMAC-SHA256).
        Signature,
    }

    /// By what the other system knows us. The secret is stored sealed and never returned.
    #[derive(Eq)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    pub enum NewToolAuth {
        None,
        Bearer { token: String },
        Header { name: String, value: String },
        Basic { username: String, password: String },
        Signature { secret: String },
    }

    /// The same without the secret.
    #[derive(Default)]
    pub struct ToolAuth {
        pub kind: ToolAuthKind,
        /// The user name, or the header's name.
        #[serde(default)]
        pub name: String,
        /// When the secret was set; absent where there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub set_at: Option<f64>,
    }

    /// `POST /v1/tools` and `PUT /v1/tools/{tool}`
    pub struct ToolWrite {
        pub content: ToolContent,
        /// Absent: as it was, or none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub auth: Option<NewToolAuth>,
    }

    /// A tool of the workspace.
    pub struct Tool {
        pub id: ToolId,
        pub content: ToolContent,
        pub auth: ToolAuth,
        pub created_at: f64,
        pub edited_at: f64,
        #[serde(default)]
        pub recent: ToolStats,
    }

    /// Calls of the last 30 days that have ended.
    #[derive(Copy, Eq, Default)]
    #[serde(default)]
    pub struct ToolStats {
        pub calls: u32,
        pub succeeded: u32,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum ToolRunState {
        Running,
        Succeeded,
        /// The other system did not answer, or answered with an error.
        Failed,
        /// It was not called: the arguments were wrong, or the tool is switched off.
        Refused,
    }

    /// One call.
    pub struct ToolRun {
        pub id: ToolRunId,
        pub tool_id: ToolId,
        /// What the tool was called then.
        pub tool_name: String,
        pub state: ToolRunState,
        /// The arguments as they came, JSON where they were.
        pub arguments: String,
        /// What the model is given: the result, or what went wrong.
        pub result: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub http_status: Option<u16>,
        /// Calls that were made for it.
        pub attempts: u32,
        pub duration_ms: f64,
        pub at: f64,
        /// The turn it belongs to; absent where a member tried the tool.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub agent_id: Option<AgentId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub conversation_id: Option<ConversationId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub turn_id: Option<TurnId>,
        /// The member or key that tried it; empty in a turn.
        #[serde(default)]
        pub tried_by: String,
    }

    /// `POST /v1/tools/{tool}/try`
    pub struct ToolTrial {
        pub arguments: serde_json::Value,
    }
}

/// Milliseconds of a call where a member names none.
fn timeout_ms() -> u32 {
    10_000
}

/// Bytes of a result where a member names none.
fn max_result_bytes() -> u32 {
    8_000
}

fn yes() -> bool {
    true
}
