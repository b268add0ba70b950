//! The members' HTTP: request and response bodies of `/v1/…`. Times are Unix milliseconds.

mod access;
mod account;
mod agents;
mod alerts;
mod backup;
mod experiments;
mod exports;
mod gaps;
mod hooks;
mod incoming;
mod integrations;
mod knowledge;
mod leads;
mod operations;
mod playground;
mod receipts;
mod rules;
mod team;
mod templates;
mod tools;
mod usage;
mod webhooks;

pub use access::*;
pub use account::*;
pub use agents::*;
pub use alerts::*;
pub use backup::*;
pub use experiments::*;
pub use exports::*;
pub use gaps::*;
pub use hooks::*;
pub use incoming::*;
pub use integrations::*;
pub use knowledge::*;
pub use leads::*;
pub use operations::*;
pub use playground::*;
pub use receipts::*;
pub use rules::*;
pub use team::*;
pub use templates::*;
pub use tools::*;
pub use usage::*;
pub use webhooks::*;

use crate::agent::{AgentSnapshot, Persona};
use crate::answer::{Checks, Citation, Provider, Stages, Tokens, ToolTrace};
use crate::handover::{Handover, Message};
use crate::{
    AgentId, ConversationId, DocumentId, MessageId, RunId, SourceId, TemplateId, TurnId, VisitorId,
    WorkspaceId, wire,
};

wire! {
    /// Every successful body.
    pub struct Data<T> {
        pub data: T,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub meta: Option<Meta>,
    }

    pub struct Meta {
        /// Pass it as `cursor` for the next page; absent on the last.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub next_cursor: Option<String>,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum Role {
        Owner,
        Admin,
        Editor,
        Viewer,
    }

    /// `GET /v1/agents/{agent}/overview`
    pub struct Overview {
        pub conversations: u64,
        pub turns: u64,
        /// Turns answered from passages that carry the answer.
        pub answered: u64,
        pub low_confidence: u64,
        pub failed: u64,
        pub documents: u64,
        pub passages: u64,
        /// Milliseconds from a message's arrival to its first token: median over the last 200 turns.
        pub first_token_p50_ms: Option<f64>,
        pub recent: Vec<ConversationSummary>,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum SourceKind {
        Website,
        Sitemap,
        /// Uploaded files.
        Files,
        /// Written in the dashboard.
        Text,
        Faq,
        /// RSS, Atom or JSON Feed.
        Feed,
        /// What is said in a video on YouTube.
        Video,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum SourceState {
        Pending,
        Crawling,
        Indexed,
        Failed,
    }

    pub struct Source {
        pub id: SourceId,
        pub agent_id: AgentId,
        pub kind: SourceKind,
        /// The address of a website, sitemap or feed; empty otherwise.
        pub url: String,
        /// The name of what has no address.
        #[serde(default)]
        pub title: String,
        pub state: SourceState,
        /// Why the crawl as a whole failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub reason: Option<String>,
        pub created_at: f64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub last_synced_at: Option<f64>,
        pub progress: Progress,
        /// What a person should know or do about finding what it says; told with a single source.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub note: Option<String>,
        #[serde(default)]
        pub schedule: Schedule,
        /// When it is synced by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub next_sync_at: Option<f64>,
        /// Paths of the pages that are read, with `*` for anything; empty: every page.
        #[serde(default)]
        pub include: Vec<String>,
        /// The same for pages that are left out, whatever `include` says.
        #[serde(default)]
        pub exclude: Vec<String>,
        /// Tags of everything it teaches.
        #[serde(default)]
        pub tags: Vec<String>,
        /// It has an address by which its pages are refreshed.
        #[serde(default)]
        pub hook: bool,
    }

    /// How often a source is synced by itself.
    #[derive(Copy, Eq, Default)]
    #[serde(rename_all = "snake_case")]
    pub enum Schedule {
        #[default]
        Manual,
        Daily,
        Weekly,
        /// Every 30 days.
        Monthly,
    }

    /// Pages of a crawl by state. Their sum is `found`.
    #[derive(Copy, Eq, Default)]
    #[serde(default)]
    pub struct Progress {
        pub found: u32,
        pub queued: u32,
        pub fetching: u32,
        pub indexed: u32,
        pub unchanged: u32,
        pub duplicate: u32,
        pub redirected: u32,
        pub skipped: u32,
        pub failed: u32,
        /// Passages that can be found now.
        pub passages: u32,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum PageState {
        Queued,
        Fetching,
        Indexed,
        /// What is indexed already is still what it says.
        Unchanged,
        /// Its content is that of another page.
        Duplicate,
        /// It leads to another page, which is followed.
        Redirected,
        /// Left out, with the reason.
        Skipped,
        Failed,
    }

    /// `GET /v1/sources/{source}/pages`: one address of a crawl.
    pub struct Page {
        pub url: String,
        pub state: PageState,
        /// Why it failed or was left out, or where it leads, in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub reason: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub http_status: Option<u16>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub title: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub language: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub document_id: Option<DocumentId>,
        pub passages: u32,
        /// Links away from the start.
        pub depth: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub fetched_at: Option<f64>,
        /// What ran the page's scripts before it was read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub rendered: Option<Renderer>,
        /// Text that the page shows only by its scripts is not known.
        #[serde(default)]
        pub needs_script: bool,
        /// Why the page was rendered, or should have been, in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub remark: Option<String>,
    }

    /// A browser that runs a page's scripts.
    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum Renderer {
        BrowserRendering,
        Browserless,
    }

    /// `GET /v1/sources/{source}/documents`: the text as it was indexed.
    pub struct Document {
        pub id: DocumentId,
        pub url: String,
        pub title: String,
        pub language: Option<String>,
        pub text: String,
        pub passages: u32,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum ConversationState {
        Active,
        Resolved,
        Escalated,
        Abandoned,
    }

    /// `GET /v1/agents/{agent}/conversations`
    pub struct ConversationSummary {
        pub id: ConversationId,
        pub agent_id: AgentId,
        pub visitor_id: VisitorId,
        pub state: ConversationState,
        /// The first question, at most 160 characters.
        pub first_question: String,
        pub page_url: Option<String>,
        pub turns: u32,
        pub low_confidence: u32,
        /// Answers that the visitor called good, and bad.
        #[serde(default)]
        pub good: u32,
        #[serde(default)]
        pub bad: u32,
        pub started_at: f64,
        pub last_at: f64,
        #[serde(default)]
        pub handover: Handover,
    }

    /// `GET /v1/conversations/{conversation}`
    pub struct Conversation {
        pub summary: ConversationSummary,
        pub turns: Vec<Turn>,
        /// What was said outside of turns, oldest first.
        #[serde(default)]
        pub messages: Vec<Message>,
        /// The visitor's, where a lead tells it and the reader may see leads; else empty.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        pub visitor_name: String,
    }

    /// `POST /v1/conversations/{conversation}/reply`
    pub struct Reply {
        pub text: String,
        /// The same id is said once: 8 to 64 characters of A-Z, a-z, 0-9, `-` and `_`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub id: Option<String>,
        /// The template it was written with, which counts as used.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub template_id: Option<TemplateId>,
    }

    /// `POST /v1/conversations/{conversation}/notes`: seen by members alone.
    pub struct NewNote {
        pub text: String,
        /// The same id is noted once: 8 to 64 characters of A-Z, a-z, 0-9, `-` and `_`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub id: Option<String>,
    }

    /// `POST /v1/conversations/{conversation}/transcript`: mails all that was said, without notes.
    pub struct TranscriptRequest {
        pub to: String,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum TurnState {
        Finished,
        /// The visitor stopped it; the answer is what was shown.
        Stopped,
        Failed,
    }

    /// What a visitor thinks of an answer.
    pub struct Feedback {
        pub good: bool,
        /// In their own words; empty where there are none.
        #[serde(default)]
        pub reason: String,
        pub at: f64,
    }

    /// A question with its answer, as it is archived.
    pub struct Turn {
        pub id: TurnId,
        pub state: TurnState,
        pub question: String,
        pub answer: String,
        pub citations: Vec<Citation>,
        pub confidence: f64,
        pub low_confidence: bool,
        /// What its sources say of it, and whether the guard ended it.
        #[serde(default)]
        pub checks: Checks,
        pub provider: Provider,
        /// The model that wrote it, by its provider's name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub model: Option<String>,
        /// Calls of models that their provider failed on the way to it.
        #[serde(default)]
        pub model_errors: u32,
        /// What was found had been found for an earlier asker.
        #[serde(default)]
        pub cached: bool,
        pub tokens: Tokens,
        /// What the tokens cost, in millionths of a US dollar; absent where the model has no known price.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub cost_micros: Option<u64>,
        pub stages: Stages,
        /// What was called for the answer, in order.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub tools: Vec<ToolTrace>,
        pub page_url: Option<String>,
        pub asked_at: f64,
        pub finished_at: f64,
        /// Why it failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub failure: Option<crate::Problem>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub feedback: Option<Feedback>,
    }

    /// `GET /v1/conversations/search`: where the words were said, in a turn or in a message between people.
    pub struct TranscriptHit {
        pub conversation: ConversationSummary,
        /// The turn, where it is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub turn_id: Option<TurnId>,
        /// The message that visitor or member wrote while a person had the conversation, where it is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub message_id: Option<MessageId>,
        /// When it was asked or written.
        pub asked_at: f64,
        pub excerpt: Excerpt,
    }

    /// A piece of what was said around the words looked for.
    #[derive(Eq)]
    pub struct Excerpt {
        pub speaker: Side,
        pub text: String,
        /// Where the words are, in order.
        pub marks: Vec<Mark>,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum Side {
        Visitor,
        Agent,
        /// A person of the team.
        Member,
    }

    /// A range of a text, counted in characters (Unicode code points).
    #[derive(Copy, Eq)]
    pub struct Mark {
        pub from: u32,
        /// The first character behind it.
        pub to: u32,
    }

    /// `POST /v1/bootstrap`: the first workspace of an installation, by its operator. Doing it again with the
    /// same e-mail changes nothing and returns the same ids.
    pub struct BootstrapRequest {
        pub email: String,
        pub password: String,
        pub name: String,
        pub workspace: String,
        pub agent: BootstrapAgent,
    }

    pub struct BootstrapAgent {
        pub persona: Persona,
        pub language: String,
        pub welcome: String,
        #[serde(default)]
        pub quick_prompts: Vec<String>,
        pub allowed_origins: Vec<String>,
        #[serde(default)]
        pub models: Vec<crate::agent::Model>,
    }

    pub struct BootstrapResponse {
        pub workspace_id: WorkspaceId,
        pub agent_id: AgentId,
        pub published: AgentSnapshot,
    }

    /// `POST /v1/sources/{source}/reindex`
    pub struct CrawlStarted {
        pub run_id: RunId,
    }

    /// `GET /v1/health`
    pub struct Health {
        pub ok: bool,
        pub release: String,
    }

    /// An empty success.
    pub struct Done {}
}
