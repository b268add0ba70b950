//! Tools: calls of other systems that an agent may make in a turn.

use crate::{AgentId, ApprovalId, ConversationId, IntegrationId, ToolId, ToolRunId, TurnId, wire};

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

    /// What calling a tool does to the other system.
    #[derive(Copy, Eq, Default)]
    #[serde(rename_all = "snake_case")]
    pub enum ToolEffect {
        /// Nothing: it looks something up.
        Reads,
        /// It changes something.
        #[default]
        Writes,
    }

    /// What a connected service can be asked.
    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum LiveOperation {
        /// One order of a shop, for whoever knows its number and the address or postcode it was placed with.
        OrderLookup,
        /// Products of a shop by words.
        ProductSearch,
        /// A statement that a member wrote, on a database.
        Query,
    }

    /// What an argument of a statement is.
    #[derive(Copy, Eq, Default)]
    #[serde(rename_all = "snake_case")]
    pub enum QueryKind {
        #[default]
        Text,
        Integer,
        Number,
        Boolean,
        Date,
    }

    /// An argument of a statement: the first is $1.
    #[derive(Eq)]
    pub struct QueryParameter {
        /// What models call it by.
        pub name: String,
        #[serde(default)]
        pub kind: QueryKind,
        /// What it means, for models.
        #[serde(default)]
        pub description: String,
        /// Absent otherwise, the statement gets NULL.
        #[serde(default = "yes")]
        pub required: bool,
    }

    /// Where a tool's answers come from when it is not an address of its own: a connected service.
    #[derive(Eq)]
    pub struct LiveCall {
        pub integration_id: IntegrationId,
        pub operation: LiveOperation,
        /// The SELECT of a query. What models write is never part of it.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        pub statement: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub parameters: Vec<QueryParameter>,
        /// Rows or products that are told at most.
        #[serde(default = "max_rows")]
        pub max_rows: u32,
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
        #[serde(default)]
        pub effect: ToolEffect,
        /// A call waits for a member, whatever the agent may do by itself.
        #[serde(default)]
        pub needs_approval: bool,
        /// Seconds that the answer to the same arguments is kept for; 0: it is asked for every time.
        #[serde(default)]
        pub cache_seconds: u32,
        /// A connected service answers. Its kind of call decides on schema, method and address.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub live: Option<LiveCall>,
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
        /// A parameter of the address.
        Query,
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
        Query { name: String, value: String },
    }

    /// The same without the secret.
    #[derive(Default)]
    pub struct ToolAuth {
        pub kind: ToolAuthKind,
        /// The user name, or the header's or parameter's name.
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
        /// The entry of the catalogue whose definition it has; absent where the workspace defines it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub catalogue: Option<String>,
        pub auth: ToolAuth,
        pub created_at: f64,
        pub edited_at: f64,
        /// Of the last 30 days.
        #[serde(default)]
        pub recent: ToolStats,
        /// Of the last 7 days.
        #[serde(default)]
        pub week: ToolStats,
        /// When it was called last.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub last_at: Option<f64>,
    }

    /// What the operator writes about a tool that workspaces may enable: its definition, without an address.
    pub struct CatalogueContent {
        /// What members call it.
        pub title: String,
        /// For members: what it does, and what its webhook has to answer.
        pub explanation: String,
        /// An answer as its webhook may give it.
        pub example: serde_json::Value,
        /// What it does and when to use it, for models.
        pub description: String,
        /// JSON Schema (draft 2020-12) of the arguments: an object.
        pub schema: serde_json::Value,
        #[serde(default)]
        pub method: ToolMethod,
        /// Calling it twice is calling it once.
        #[serde(default)]
        pub idempotent: bool,
        #[serde(default)]
        pub effect: ToolEffect,
        /// Whether calls wait for a member where a workspace says nothing else.
        #[serde(default)]
        pub needs_approval: bool,
    }

    /// `PUT /v1/catalogue/{entry}`
    pub struct CatalogueWrite {
        pub content: CatalogueContent,
    }

    /// A tool of the installation's catalogue.
    pub struct CatalogueEntry {
        /// What models call it by: a-z, A-Z, 0-9, _ and -.
        pub name: String,
        pub content: CatalogueContent,
        pub created_at: f64,
        pub edited_at: f64,
    }

    /// An entry of the catalogue as a workspace sees it.
    pub struct CatalogueOffer {
        pub entry: CatalogueEntry,
        /// The workspace's tool that has this definition; absent where it is not enabled.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub tool_id: Option<ToolId>,
    }

    /// `POST /v1/tools/catalogue`
    pub struct EnableTool {
        /// The entry's name.
        pub entry: String,
        /// The workspace's own address, which answers the calls.
        pub url: String,
        #[serde(default)]
        pub headers: Vec<ToolHeader>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub auth: Option<NewToolAuth>,
        /// Absent: as the entry says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub needs_approval: Option<bool>,
    }

    /// Calls that have ended. Those that were refused were not made, and are not counted.
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
        /// What the visitor is told of it after the answer, in their language; in the answer to a turn alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub notice: Option<String>,
    }

    /// `POST /v1/tools/{tool}/try`
    pub struct ToolTrial {
        pub arguments: serde_json::Value,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum ApprovalState {
        /// For a member.
        Waiting,
        /// A member has agreed; the call is being made.
        Approved,
        Declined,
        /// Nobody decided in time.
        Expired,
        /// The call was made, whatever came of it.
        Finished,
    }

    /// A call above what its agent may do by itself, and what became of it.
    pub struct Approval {
        pub id: ApprovalId,
        pub state: ApprovalState,
        pub agent_id: AgentId,
        pub conversation_id: ConversationId,
        pub turn_id: TurnId,
        pub tool_id: ToolId,
        /// What members called the tool when it was asked for.
        pub tool_title: String,
        pub method: ToolMethod,
        /// Exactly where the call goes.
        pub url: String,
        /// Exactly what is sent, as JSON; empty where all is in the address.
        pub body: String,
        pub asked_at: f64,
        pub expires_at: f64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub decided_at: Option<f64>,
        /// The member or key that decided.
        #[serde(default)]
        pub decided_by: String,
        /// Why it was declined.
        #[serde(default)]
        pub reason: String,
        /// Whether the call succeeded, once it was made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub succeeded: Option<bool>,
        /// What came back.
        #[serde(default)]
        pub result: String,
    }

    /// `POST /v1/approvals/{approval}/decline`
    pub struct DeclineRequest {
        /// The visitor is told.
        #[serde(default)]
        pub reason: String,
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

/// Rows of a query where a member names none.
fn max_rows() -> u32 {
    20
}

fn yes() -> bool {
    true
}
