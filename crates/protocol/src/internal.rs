//! Messages between our own parts: calls to Durable Objects and queue messages. Never reachable from outside.

use serde::{Serialize, de::DeserializeOwned};

use crate::agent::{AgentSnapshot, Autonomy};
use crate::answer::{Checks, Citation, Provider, Tokens};
use crate::api::{
    CuratedContent, Delivery, DeliveryDetail, DeliveryState, EndpointStatus, Excerpt, Job, JobState, Limit,
    Page, PageState, Progress, Renderer, Replayed, SourceKind, ToolRun, Turn,
};
use crate::handover::{Alert, Attendant, Handover, Message};
use crate::lead::{LeadFormReason, LeadReceipt, LeadRequest, LeadValues};
use crate::lounge::Happening;
use crate::objects::{Jurisdiction, Region};
use crate::widget::{EventsAccepted, WidgetEvent};
use crate::{
    AgentId, ConversationId, CuratedId, DocumentId, EndpointId, EventId, LeadId, MessageId, RunId, SourceId,
    ToolId, TurnId, VisitorId, WorkspaceId, wire,
};

/// Where the front Worker tells the back Worker of what failed in it: the reason as text, its id as `X-Request-Id`.
pub const FAILED_PATH: &str = "/internal/failed";

/// A typed call of an object: `POST https://object/{NAME}` with JSON both ways. A failed call answers with the
/// status of its code and an [`crate::error::ErrorBody`].
pub trait Call: Serialize {
    const NAME: &'static str;
    type Reply: Serialize + DeserializeOwned;
}

macro_rules! calls {
    ($($request:ty => $reply:ty, $name:literal;)*) => {$(
        impl Call for $request {
            const NAME: &'static str = $name;
            type Reply = $reply;
        }
    )*};
}

wire! {
    /// Who a conversation object is, told with every call: an object cannot read its own name.
    pub struct ConversationIdentity {
        pub workspace_id: WorkspaceId,
        pub agent_id: AgentId,
        pub conversation_id: ConversationId,
        pub visitor_id: VisitorId,
    }

    /// Header `X-Frontdesk-Turn` of a socket or message request from the edge handler to the object: the
    /// verified identity and the published agent.
    pub struct Admission {
        pub identity: ConversationIdentity,
        pub agent: AgentSnapshot,
        /// Replay frames above this number.
        pub after: u64,
        /// The browser's `Accept-Language`.
        #[serde(default)]
        pub accept_language: Option<String>,
        /// The copy of the agent's knowledge that is nearest to the visitor.
        #[serde(default)]
        pub region: Region,
        /// As in [`Reserve`].
        #[serde(default)]
        pub address: String,
        /// The variants of experiments that were applied to the agent.
        #[serde(default)]
        pub varied: String,
    }

    // ── Knowledge ──────────────────────────────────────────────────────────────────────────────────────────

    /// One retrievable passage of a document.
    pub struct Passage {
        /// Place within the document, from 0.
        pub ord: u32,
        pub heading_path: Vec<String>,
        /// The page's address with the fragment of the nearest heading.
        pub url: String,
        pub text: String,
    }

    /// A document with everything needed to index it; also the R2 object a replica rebuilds itself from.
    pub struct IndexedDocument {
        pub workspace_id: WorkspaceId,
        pub agent_id: AgentId,
        pub source_id: SourceId,
        pub run_id: RunId,
        pub document_id: DocumentId,
        pub url: String,
        pub title: String,
        #[serde(default)]
        pub description: String,
        pub language: Option<String>,
        /// Hex digest of the normalised text.
        pub content_hash: String,
        pub passages: Vec<Passage>,
    }

    /// Replace a document's passages, unless its content is already indexed under another document.
    pub struct Put {
        pub document: IndexedDocument,
    }

    #[serde(tag = "outcome", rename_all = "snake_case")]
    pub enum PutReply {
        Indexed { passages: u32 },
        /// Indexed already under this address.
        Duplicate { url: String },
    }

    /// Forget what a source taught, or only what the given run did not see again, or only some documents.
    pub struct Retire {
        pub workspace_id: WorkspaceId,
        pub agent_id: AgentId,
        pub source_id: SourceId,
        #[serde(default)]
        pub keep_run: Option<RunId>,
        /// Only these; empty: whatever else fits.
        #[serde(default)]
        pub documents: Vec<DocumentId>,
    }

    pub struct RetireReply {
        pub documents: Vec<DocumentId>,
    }

    /// Where the meaning of passages is looked up: by the vectors of one model, in one place.
    #[derive(Eq)]
    pub struct Space {
        /// As in `EMBEDDING_MODEL`.
        pub model: String,
        pub place: Place,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum Place {
        /// Vectorize.
        Index,
        /// The `Knowledge` object itself: every vector is compared.
        Here,
    }

    /// How meaning takes part in an answer now.
    pub struct Meaning {
        /// The vectors that questions are compared with; what was found elsewhere does not count.
        pub space: Space,
        /// What an index may still find although it is gone: the first eight digits of each dead revision, one
        /// after another.
        #[serde(default)]
        pub dead: String,
        /// Questions are compared with the phrasings of curated answers, too.
        #[serde(default)]
        pub curated: bool,
    }

    /// Compare a question's vector with those here: passages, where they are here, and curated answers.
    pub struct Nearest {
        pub workspace_id: WorkspaceId,
        pub agent_id: AgentId,
        pub model: String,
        /// Base64 of 32-bit floats, little-endian.
        pub vector: String,
        /// Passages wanted; none where they are in an index.
        pub limit: u32,
        pub question: String,
        #[serde(default)]
        pub page_url: Option<String>,
        #[serde(default)]
        pub language: Option<String>,
    }

    pub struct NearestReply {
        pub hits: Vec<Hit>,
        /// The curated answer that means nearly the same.
        #[serde(default)]
        pub curated: Option<CuratedHit>,
    }

    /// The vectors of a document as R2 keeps them, so that nothing is embedded twice when an object is lost.
    pub struct StoredVectors {
        pub document_id: DocumentId,
        pub revision: String,
        pub space: Space,
        /// What they were made of; other content needs other vectors.
        pub content_hash: String,
        pub url: String,
        pub title: String,
        pub dimensions: u32,
        /// Base64 of the quantised vectors, in the order of the passages.
        pub vectors: String,
    }

    /// The passages for a question, best first.
    pub struct Search {
        pub workspace_id: WorkspaceId,
        pub agent_id: AgentId,
        pub question: String,
        /// What was asked before, where the question goes on from it; counts less.
        #[serde(default)]
        pub context: String,
        pub limit: u32,
        /// The page the visitor is on, for curated answers that are for some pages.
        #[serde(default)]
        pub page_url: Option<String>,
        /// The language of the question, for curated answers that are for some languages.
        #[serde(default)]
        pub language: Option<String>,
        /// Only documents with one of these tags; empty: all.
        #[serde(default)]
        pub tags: Vec<String>,
        /// Under which a whole answer may be kept; empty where every answer is made anew.
        #[serde(default)]
        pub answer_key: String,
    }

    pub struct SearchReply {
        /// Grows with every change of the index.
        pub generation: u64,
        /// The reply came from the cache: meaning and words have been fused already.
        pub cached: bool,
        pub hits: Vec<Hit>,
        /// All candidates in order, for fusion: found by meaning, a passage still has its words' worth.
        #[serde(default)]
        pub weighed: Vec<Weighed>,
        /// The curated answer that applies.
        #[serde(default)]
        pub curated: Option<CuratedHit>,
        /// Absent where words alone are searched.
        #[serde(default)]
        pub meaning: Option<Meaning>,
        /// With a filter by tags: the documents that it admits.
        #[serde(default)]
        pub admitted: Option<Vec<DocumentId>>,
        /// The answer that is kept under the search's key.
        #[serde(default)]
        pub answer: Option<KeptAnswer>,
    }

    /// A whole answer of a model, kept for who asks the same within five minutes.
    pub struct KeptAnswer {
        pub text: String,
        pub citations: Vec<Citation>,
        pub confidence: f64,
        pub checks: Checks,
        pub provider: Provider,
        #[serde(default)]
        pub model: Option<String>,
    }

    /// A curated answer that fits a question.
    pub struct CuratedHit {
        pub id: CuratedId,
        /// The phrasing that matched.
        pub pattern: String,
        /// Markdown.
        pub answer: String,
        pub by: CuratedMatch,
        /// 0 to 1; 1 when it matched exactly or by keyword.
        pub score: f64,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum CuratedMatch {
        /// The question is one of the phrasings: answered word for word.
        Exact,
        /// The question has all words of a line of keywords: answered word for word.
        Keyword,
        /// The question means nearly the same: the answer is the first source.
        Closeness,
    }

    /// All curated answers of an agent that are in force, in their order; they replace the earlier ones. Also
    /// the R2 object they are rebuilt from.
    pub struct PutCurated {
        pub workspace_id: WorkspaceId,
        pub agent_id: AgentId,
        /// Grows with every change; an older set changes nothing.
        pub revision: u64,
        pub answers: Vec<Curated>,
    }

    /// The tags of all that an agent knows; they replace the earlier ones. Also the R2 object they are rebuilt from.
    pub struct PutTags {
        pub workspace_id: WorkspaceId,
        pub agent_id: AgentId,
        /// Grows with every change; an older set changes nothing.
        pub revision: u64,
        pub tagged: Vec<Tagged>,
    }

    pub struct Tagged {
        /// The id of a source or a document.
        pub subject: String,
        pub tags: Vec<String>,
    }

    pub struct Curated {
        pub id: CuratedId,
        #[serde(flatten)]
        pub content: CuratedContent,
    }

    /// What a passage is worth for a question by its words.
    pub struct Weighed {
        pub document_id: DocumentId,
        pub ord: u32,
        /// Orders passages; comparable for one question only.
        pub rank: f64,
        /// 0 to 1: how much of the question the passage carries.
        pub score: f64,
    }

    /// A passage that was found.
    pub struct Hit {
        pub document_id: DocumentId,
        pub ord: u32,
        pub url: String,
        pub title: String,
        pub heading_path: Vec<String>,
        pub text: String,
        /// 0 to 1: how much of the question the passage carries.
        pub score: f64,
        /// The same by words alone; absent when only its meaning was found.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub words: Option<f64>,
        /// Cosine of question and passage; absent when only its words were found.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub meaning: Option<f64>,
    }

    /// Keep a fused result for the next asker (30 minutes, this generation), and what was answered from it (5 minutes).
    pub struct Remember {
        pub question: String,
        /// The result was kept already.
        #[serde(default)]
        pub known: bool,
        /// As in [`Search`].
        #[serde(default)]
        pub answer_key: String,
        #[serde(default)]
        pub answer: Option<KeptAnswer>,
        /// Those of the search.
        #[serde(default)]
        pub tags: Vec<String>,
        pub generation: u64,
        pub hits: Vec<Hit>,
    }

    /// Forget the questions whose results are kept.
    pub struct ForgetAsked {}

    pub struct Documents {
        pub source_id: SourceId,
        pub after: Option<DocumentId>,
        pub limit: u32,
    }

    pub struct DocumentsReply {
        pub documents: Vec<crate::api::Document>,
        pub next: Option<DocumentId>,
    }

    pub struct KnowledgeStats {}

    pub struct KnowledgeStatsReply {
        pub documents: u64,
        pub passages: u64,
        pub generation: u64,
        /// Absent where no embedding model is configured.
        #[serde(default)]
        pub meaning: Option<MeaningStats>,
    }

    /// How far a model has come with an index.
    pub struct MeaningStats {
        /// The configured model and where its vectors go.
        pub space: Space,
        /// Passages that have their vectors.
        pub passages: u64,
        /// Questions are compared with these vectors; false while another model still serves, or none.
        pub serving: bool,
        /// The rest comes within moments; false where the model fails, or is replacing another one.
        #[serde(default)]
        pub pending: bool,
        /// What a person should know or do.
        #[serde(default)]
        pub note: Option<String>,
    }

    /// These documents of a source were seen by this run as they are.
    pub struct Keep {
        pub workspace_id: WorkspaceId,
        pub agent_id: AgentId,
        pub source_id: SourceId,
        pub run_id: RunId,
        pub documents: Vec<DocumentId>,
    }

    pub struct KeepReply {
        /// Those that are not known here: they have to be read again.
        pub missing: Vec<DocumentId>,
    }

    // ── Ledger ─────────────────────────────────────────────────────────────────────────────────────────────

    /// Which version of an agent is live; none after it was unpublished. An older `change` changes nothing.
    pub struct SetLive {
        pub agent_id: AgentId,
        pub version: Option<u32>,
        /// Counts the agent's publications and unpublications.
        pub change: u64,
    }

    /// May a turn start? What it uses is held for it until it is settled, or until the hold ends. Asked beside
    /// retrieval; asking again for the same turn is asking once.
    pub struct Reserve {
        pub turn_id: crate::TurnId,
        pub agent_id: AgentId,
        /// Where the ledger's journal is, for one that was lost.
        pub workspace_id: WorkspaceId,
        pub jurisdiction: Jurisdiction,
        /// No question of its conversation was answered yet.
        pub opens: bool,
        /// The visitor's network address as a keyed digest that changes daily; empty where it is not known.
        pub address: String,
        /// Who asks, in whichever conversation; empty where it is not known.
        #[serde(default)]
        pub visitor: String,
        /// Digest of the page and the question.
        pub asked: String,
        pub asked_at: f64,
    }

    #[serde(tag = "outcome", rename_all = "snake_case")]
    pub enum ReserveReply {
        Reserved {
            /// The version of the agent that is live, as far as it is known.
            version: Option<u32>,
        },
        /// The agent is not published any more.
        NotLive {},
        /// Nothing was held; it may be worth trying again at `until`.
        Refused { limit: Limit, until: f64 },
    }

    /// Turns whose records are in the journal, or that will never be: what was held for them ends.
    pub struct Settle {
        pub turns: Vec<Settled>,
    }

    /// What a turn used in the end; settled twice, it counts once.
    pub struct Settled {
        pub turn_id: crate::TurnId,
        pub asked_at: f64,
        /// Its place in the journal; 0 for a turn that counts nothing.
        pub place: u64,
        pub conversations: u64,
        pub messages: u64,
    }

    /// What the relations know of a workspace's use: limits, what is live, and the month's counts up to a place in
    /// the journal. Rebuilds a ledger that was lost; told again, it changes nothing but the limits.
    pub struct Restore {
        pub limits: Limits,
        /// As in `2026-11`.
        pub month: String,
        pub place: u64,
        pub conversations: u64,
        pub messages: u64,
        pub live: Vec<SetLive>,
        /// How many answers each visitor had in an hour, by the hour's last minute (since 1970), as JSON for the ledger's
        /// database: `{"last": 29921099, "times": {"vis_…": 3}}`.
        #[serde(default)]
        pub visitors: String,
    }

    /// What a workspace may use at most; absent: any number.
    #[derive(Copy, Eq, Default)]
    #[serde(default)]
    pub struct Limits {
        /// A month.
        pub conversations: Option<u64>,
        pub messages: Option<u64>,
        /// Questions a minute.
        pub workspace_minute: Option<u64>,
        pub agent_minute: Option<u64>,
        pub address_minute: Option<u64>,
    }

    // ── Lounge ─────────────────────────────────────────────────────────────────────────────────────────────

    /// Whose lounge it is: an object cannot read its own name.
    #[derive(Eq)]
    pub struct LoungeHome {
        pub workspace_id: WorkspaceId,
        #[serde(default)]
        pub jurisdiction: Jurisdiction,
    }

    /// May whoever holds this cookie enter the lounge? From the front to the back Worker, over the service binding.
    pub struct EnterLounge {
        /// The request's header.
        pub cookie: String,
    }

    /// Who was let in where; also the header that goes along to the object.
    pub struct LoungePass {
        pub home: LoungeHome,
        pub member: Attendant,
    }

    /// From a conversation, beside whatever goes on there: lost, nothing but a moment is lost.
    pub struct Tell {
        pub home: LoungeHome,
        pub agent_id: AgentId,
        pub conversation_id: ConversationId,
        pub what: Happening,
    }

    /// The relations have something new about these conversations.
    pub struct Recorded {
        pub home: LoungeHome,
        pub conversations: Vec<ConversationId>,
    }

    pub struct RecordedReply {
        /// Somebody was there to be told.
        pub heard: bool,
    }

    /// What a member may do has changed: their sockets end.
    pub struct Expel {
        pub member_id: String,
    }

    /// Who waits for a person, as the relations have it. From the lounge to the back Worker.
    pub struct WhoWaits {
        pub workspace_id: WorkspaceId,
    }

    pub struct WhoWaitsReply {
        /// Longest first.
        pub waiting: Vec<Waiter>,
    }

    /// A conversation that waits for a person.
    pub struct Waiter {
        pub conversation_id: ConversationId,
        pub agent_id: AgentId,
        pub since: f64,
    }

    /// From the lounge to a conversation: its place among those who wait, from 1.
    pub struct Queued {
        pub position: u32,
        /// When it was counted; an older count changes nothing.
        pub at: f64,
    }

    pub struct QueuedReply {
        /// It does wait.
        pub waiting: bool,
    }

    // ── Tools ──────────────────────────────────────────────────────────────────────────────────────────────

    /// A turn calls a tool; asking for the same call again in the same turn gives the same result. From the
    /// conversation to the back Worker, over the service binding.
    pub struct RunTool {
        pub workspace_id: WorkspaceId,
        pub agent_id: AgentId,
        /// Absent in the playground.
        #[serde(default)]
        pub conversation_id: Option<ConversationId>,
        pub turn_id: TurnId,
        pub tool_id: ToolId,
        /// As the model wrote them.
        pub arguments: String,
        /// What the agent may do without a member.
        #[serde(default)]
        pub autonomy: Autonomy,
        /// Minutes that a call waits for a member.
        #[serde(default = "crate::agent::approval_minutes")]
        pub approval_minutes: u32,
        /// BCP 47 tag of the language the visitor is answered in.
        #[serde(default)]
        pub language: String,
    }

    // ── Events ─────────────────────────────────────────────────────────────────────────────────────────────

    /// What happened in a visitor's page; told twice, it is stored once. From the front Worker to the back Worker,
    /// over the service binding: the reply means that it is stored.
    pub struct NoteEvents {
        pub identity: ConversationIdentity,
        /// As in [`Reserve`].
        #[serde(default)]
        pub address: String,
        pub events: Vec<WidgetEvent>,
    }

    // ── Crawl ──────────────────────────────────────────────────────────────────────────────────────────────

    /// What a crawl is about.
    pub struct CrawlTarget {
        pub workspace_id: WorkspaceId,
        pub agent_id: AgentId,
        pub source_id: SourceId,
        pub run_id: RunId,
        pub kind: SourceKind,
        pub url: String,
        pub max_pages: u32,
        pub max_depth: u32,
        #[serde(default)]
        pub region: Region,
        #[serde(default)]
        pub jurisdiction: Jurisdiction,
        /// Paths with `*`; empty: every page.
        #[serde(default)]
        pub include: Vec<String>,
        /// The same for pages that are left out, whatever `include` says.
        #[serde(default)]
        pub exclude: Vec<String>,
    }

    /// Begin a run; another one that is still going is left for it. Beginning the same run again changes nothing.
    pub struct StartCrawl {
        pub target: CrawlTarget,
    }

    /// Take up to `slots` pages to fetch.
    pub struct Claim {
        pub run_id: RunId,
        pub slots: u32,
    }

    pub struct ClaimReply {
        /// Absent when this run is not the object's any more.
        pub target: Option<CrawlTarget>,
        /// The body of robots.txt to obey; absent until it was fetched.
        pub robots: Option<String>,
        pub tasks: Vec<Task>,
        /// Nothing can be taken before this many milliseconds have passed.
        pub wait_ms: u64,
        /// Nothing is left to fetch; see [`Complete`].
        pub finished: bool,
        /// Why the run as a whole failed.
        #[serde(default)]
        pub reason: Option<String>,
        /// Why the run ended before all of its pages were read.
        #[serde(default)]
        pub blocked: Option<String>,
        /// What the site shows at an address that does not exist.
        #[serde(default)]
        pub missing: Option<String>,
        /// Only pages that failed are read again: nothing that is known is forgotten.
        #[serde(default)]
        pub retrying: bool,
        /// Only single pages are read again, after the run itself was over.
        #[serde(default)]
        pub refresh: bool,
        pub progress: Progress,
    }

    /// Something to fetch.
    pub struct Task {
        pub url: String,
        pub kind: TaskKind,
        pub depth: u32,
        /// Counts tries, from 1.
        pub attempt: u32,
        /// The page is read where it is, wherever it says that it leads.
        #[serde(default)]
        pub own: bool,
        /// The site may have shut us out: if this page is refused, whether this address is still shown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub check: Option<String>,
        /// What is known of the page from earlier runs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub known: Option<Visited>,
    }

    /// What tells a page that changed from one that did not.
    #[derive(Eq, Default)]
    #[serde(default)]
    pub struct Visited {
        /// As the site wrote it; to be sent as `If-None-Match`.
        pub etag: Option<String>,
        /// As the site wrote it; to be sent as `If-Modified-Since`.
        pub last_modified: Option<String>,
        /// Digest of what was indexed: of its text, and after a point of what else belongs to it. Empty: whatever is
        /// found is indexed.
        pub hash: String,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum TaskKind {
        Robots,
        Sitemap,
        Page,
    }

    /// What became of a task.
    pub struct Report {
        pub run_id: RunId,
        pub url: String,
        pub kind: TaskKind,
        pub attempt: u32,
        pub outcome: Outcome,
        /// Addresses found, normalised; the object decides which are followed.
        #[serde(default)]
        pub links: Vec<String>,
        /// Sitemaps found.
        #[serde(default)]
        pub sitemaps: Vec<String>,
        #[serde(default)]
        pub rendered: Option<Renderer>,
        /// A renderer was asked for the page, and whether that brought text.
        #[serde(default)]
        pub render_gained: Option<bool>,
        #[serde(default)]
        pub needs_script: bool,
        /// Why the page was rendered, or should have been, in words.
        #[serde(default)]
        pub remark: Option<String>,
        /// The answer to the task's `check`.
        #[serde(default)]
        pub still_open: Option<bool>,
        /// From a sitemap, beside `links`: by when each has changed last, in Unix milliseconds; 0 where it does not say.
        #[serde(default)]
        pub modified: Vec<f64>,
        /// What a later run can tell a change by.
        #[serde(default)]
        pub seen: Option<Visited>,
    }

    pub struct ReportReply {
        /// The crawl was cancelled, because its source is being deleted: what the task taught has to be forgotten.
        #[serde(default)]
        pub cancelled: bool,
    }

    #[serde(tag = "state", rename_all = "snake_case")]
    pub enum Outcome {
        Robots {
            body: String,
            crawl_delay_ms: Option<u64>,
            /// What the site shows at an address that does not exist, where it does not say so by its status.
            #[serde(default)]
            missing: Option<String>,
        },
        /// robots.txt could not be read for a reason that forbids crawling (RFC 9309 section 2.3.1.4).
        RobotsUnreachable { reason: String },
        Sitemap { entries: u32 },
        Indexed { document_id: DocumentId, title: String, language: Option<String>, passages: u32, http_status: u16 },
        /// What is indexed already is still what the page says; without a status nobody asked the site.
        Unchanged { http_status: Option<u16> },
        Duplicate { of: String, title: String, http_status: u16 },
        Redirected { to: String, http_status: u16 },
        Skipped { reason: String, http_status: Option<u16> },
        Failed { reason: String, http_status: Option<u16> },
        /// Try again later; `after_ms` is the site's wish.
        Retry { reason: String, http_status: Option<u16>, after_ms: Option<u64> },
    }

    /// What a finished run leaves to do is done; nothing rings for it any more.
    pub struct Complete {
        pub run_id: RunId,
    }

    /// Fetch the pages again that failed in the last run, and nothing else.
    pub struct RetryFailed {
        pub run_id: RunId,
    }

    pub struct RetryFailedReply {
        /// Addresses that are fetched again; none while a run is going.
        pub queued: u32,
    }

    /// May this page be rendered?
    pub struct AllowRender {
        pub run_id: RunId,
        pub url: String,
    }

    pub struct AllowRenderReply {
        /// Why not, in words.
        #[serde(default)]
        pub refused: Option<String>,
    }

    /// The documents that a finished run leaves in the index, by the addresses of their pages.
    pub struct Kept {
        pub run_id: RunId,
        #[serde(default)]
        pub after: Option<String>,
    }

    pub struct KeptReply {
        pub documents: Vec<DocumentId>,
        /// Documents of pages that were read again by themselves and are not to be known any more.
        pub gone: Vec<DocumentId>,
        pub next: Option<String>,
    }

    /// These documents should be known and are not: their pages have to be read again.
    pub struct Missing {
        pub run_id: RunId,
        pub documents: Vec<DocumentId>,
    }

    pub struct MissingReply {
        /// Pages that are read again now.
        pub queued: u32,
    }

    /// Read these pages again, by themselves, whatever is known of them.
    pub struct Refresh {
        pub urls: Vec<String>,
    }

    pub struct RefreshReply {
        /// What is read; nothing before the source's first run has begun.
        pub queued: Vec<String>,
        /// Addresses that the source's patterns leave out.
        pub excluded: Vec<String>,
        /// Whether there has been a run.
        pub known: bool,
    }

    /// What became of a page in the last runs, newest first.
    pub struct PageHistory {
        pub url: String,
    }

    pub struct PageHistoryReply {
        pub events: Vec<crate::api::PageEvent>,
    }

    pub struct CrawlStatus {
        /// List pages, too.
        #[serde(default)]
        pub pages: bool,
        #[serde(default)]
        pub after: Option<String>,
        #[serde(default)]
        pub state: Option<PageState>,
    }

    pub struct CrawlStatusReply {
        pub run_id: Option<RunId>,
        pub finished: bool,
        pub reason: Option<String>,
        pub progress: Progress,
        pub pages: Vec<Page>,
        pub next: Option<String>,
    }

    /// End the run and forget everything.
    pub struct CancelCrawl {}

    // ── Conversation and Archive ───────────────────────────────────────────────────────────────────────────

    /// A finished turn on its way to the archive.
    pub struct TurnRecord {
        pub identity: ConversationIdentity,
        pub turn: Turn,
        /// What models took that did not write the answer.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub lost: Vec<Spent>,
    }

    /// Tokens that a model took.
    #[derive(Eq)]
    pub struct Spent {
        pub model: String,
        pub tokens: Tokens,
    }

    /// Something said outside of turns, on its way to the archive.
    pub struct MessageRecord {
        pub identity: ConversationIdentity,
        pub message: Message,
    }

    /// Who a conversation is with, on its way to the relations; an older one changes nothing.
    pub struct HandoverRecord {
        pub id: MessageId,
        pub identity: ConversationIdentity,
        pub handover: Handover,
        /// Grows with every record of the conversation.
        pub at: f64,
        #[serde(default)]
        pub alert: Option<Alert>,
        /// What the visitor said last, for those who are alerted.
        #[serde(default)]
        pub said: String,
    }

    /// What a member does in a conversation.
    #[serde(tag = "act", rename_all = "snake_case")]
    pub enum Act {
        /// Take over; of two the first has it.
        Claim,
        /// Say something; the same `id` is said once.
        Reply { id: String, text: String },
        /// The member is writing.
        Typing,
        /// The agent tells what became of something that waited for a member; the same `id` is told once.
        Tell { id: String, text: String },
        HandBack,
        Resolve,
    }

    /// A member acts in a conversation.
    pub struct Attend {
        pub by: Attendant,
        pub act: Act,
    }

    pub struct AttendReply {
        /// The conversation is still here: its visitor was seen within a day.
        pub present: bool,
        pub handover: Handover,
        /// Of the newest record.
        pub at: f64,
        /// What was said.
        #[serde(default)]
        pub message: Option<Message>,
    }

    /// To the back Worker: is the token of a challenge good that a visitor's browser sent? Where it is not, the reply is a
    /// problem in the visitor's language.
    pub struct PassChallenge {
        pub workspace_id: WorkspaceId,
        pub agent_id: AgentId,
        pub token: String,
        /// The page's.
        pub origin: String,
        pub accept_language: Option<String>,
        /// The agent's.
        pub language: String,
    }

    /// To the back Worker: a visitor was refused who has no conversation to count that in.
    pub struct NoteRefusal {
        pub agent_id: AgentId,
        pub limit: Limit,
    }

    /// A visitor filled in the form. From the front Worker to the back Worker, over the service binding.
    pub struct CaptureLead {
        pub identity: ConversationIdentity,
        /// As in [`Reserve`].
        #[serde(default)]
        pub address: String,
        pub form: LeadRequest,
    }

    /// The visitor of a conversation is asked for what makes a lead, or told that there is one. Asking the same
    /// again asks nothing.
    #[serde(tag = "step", rename_all = "snake_case")]
    pub enum Capture {
        /// Show the form: once for each reason, and not once there is a lead.
        Offer { reason: LeadFormReason },
        /// What the visitor wrote: may it be kept? Values that were asked about before are left out.
        Propose { fields: LeadValues },
        Captured { lead_id: LeadId },
    }

    /// What a visitor wrote and confirmed, on its way to the leads.
    pub struct LeadRecord {
        pub id: MessageId,
        pub identity: ConversationIdentity,
        pub fields: LeadValues,
        pub at: f64,
    }

    /// Hand over the records that wait in the outbox.
    pub struct Pending {}

    pub struct PendingReply {
        pub records: Vec<TurnRecord>,
        #[serde(default)]
        pub messages: Vec<MessageRecord>,
        #[serde(default)]
        pub handovers: Vec<HandoverRecord>,
        #[serde(default)]
        pub leads: Vec<LeadRecord>,
        /// Of which more were refused than was told.
        #[serde(default)]
        pub refusals: Vec<Refusals>,
        #[serde(default)]
        pub feedback: Vec<FeedbackRecord>,
    }

    /// What a visitor thinks of one answer of a conversation.
    pub struct FeedbackRecord {
        pub turn_id: TurnId,
        pub feedback: crate::api::Feedback,
    }

    /// How often a conversation's questions were refused on a day for one reason.
    #[derive(Eq)]
    pub struct Refusals {
        /// As in `2026-11-21`, by UTC.
        pub day: String,
        pub limit: Limit,
        /// All of them, told or not.
        pub times: u64,
    }

    /// The records with these ids are stored; forget them.
    pub struct Confirm {
        pub turn_ids: Vec<crate::TurnId>,
        #[serde(default)]
        pub record_ids: Vec<MessageId>,
        #[serde(default)]
        pub refusals: Vec<Refusals>,
        #[serde(default)]
        pub feedback: Vec<FeedbackRecord>,
    }

    /// What the turns of a conversation up to one came to; kept where that turn is, in place of what was kept before.
    pub struct KeepSummary {
        pub until: TurnId,
        pub text: String,
    }

    /// Store turns, messages and what visitors think of turns; storing one twice stores it once.
    pub struct Store {
        pub records: Vec<TurnRecord>,
        #[serde(default)]
        pub messages: Vec<MessageRecord>,
        /// Whose turns the feedback is about.
        #[serde(default)]
        pub conversation_id: Option<ConversationId>,
        #[serde(default)]
        pub feedback: Vec<FeedbackRecord>,
    }

    pub struct Transcript {
        pub conversation_id: ConversationId,
    }

    pub struct TranscriptReply {
        pub turns: Vec<Turn>,
        #[serde(default)]
        pub messages: Vec<Message>,
    }

    /// Find where something was said, newest first.
    pub struct SearchTurns {
        pub query: String,
        /// Only what was said to this agent, as far as the archive knows; without it, to any.
        #[serde(default)]
        pub agent_id: Option<AgentId>,
        /// Go on below this place.
        #[serde(default)]
        pub below: Option<u64>,
        pub limit: u32,
    }

    pub struct SearchTurnsReply {
        pub found: Vec<FoundTurn>,
        /// Pass it as `below` for more; absent where there is none.
        #[serde(default)]
        pub below: Option<u64>,
    }

    /// A turn, or a message between people, in which it was said.
    pub struct FoundTurn {
        pub conversation_id: ConversationId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub turn_id: Option<crate::TurnId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub message_id: Option<MessageId>,
        pub asked_at: f64,
        pub excerpt: Excerpt,
    }

    /// Forget the turns of some conversations; without a list, of all.
    pub struct Erase {
        #[serde(default)]
        pub conversations: Option<Vec<ConversationId>>,
        /// Of those conversations only what was asked before that time.
        #[serde(default)]
        pub before: Option<f64>,
        /// Words that only the forgotten turns had leave the index now, not by and by.
        #[serde(default)]
        pub scrub: bool,
    }

    pub struct Nothing {}

    // ── Queues ─────────────────────────────────────────────────────────────────────────────────────────────

    // ── Endpoint ───────────────────────────────────────────────────────────────────────────────────────────

    /// An event for one receiver.
    pub struct NewDelivery {
        pub id: EventId,
        pub event: String,
        /// The body that is sent.
        pub payload: String,
        pub at: f64,
    }

    /// Bring these to the receiver; one that is known already stays as it is.
    pub struct Deliver {
        pub workspace_id: WorkspaceId,
        pub endpoint_id: EndpointId,
        pub deliveries: Vec<NewDelivery>,
    }

    /// How deliveries go.
    pub struct AskEndpoint {}

    /// A page of deliveries, newest first, below the place of the last one before it.
    pub struct ListDeliveries {
        #[serde(default)]
        pub state: Option<DeliveryState>,
        #[serde(default)]
        pub event: Option<String>,
        #[serde(default)]
        pub below: Option<u64>,
    }

    pub struct ListDeliveriesReply {
        pub deliveries: Vec<Delivery>,
        /// Where the next page begins.
        #[serde(default)]
        pub next: Option<u64>,
    }

    /// Deliveries as jobs, newest first: after a place, with a part of the id.
    pub struct FindDeliveries {
        pub states: Vec<JobState>,
        #[serde(default)]
        pub event: Option<String>,
        #[serde(default)]
        pub id: Option<String>,
        #[serde(default)]
        pub after: Option<(f64, String)>,
        pub limit: u32,
    }

    pub struct FindDeliveriesReply {
        pub jobs: Vec<Job>,
    }

    /// One delivery with its attempts.
    pub struct LookAtDelivery {
        pub id: EventId,
    }

    /// Try again: one delivery whatever became of it, or all that failed of events since a time.
    #[serde(tag = "what", rename_all = "snake_case")]
    pub enum Replay {
        One { id: EventId },
        Since { since: f64 },
    }

    /// The receiver was switched on or off: what waits is given up where it is off.
    pub struct SwitchEndpoint {
        pub enabled: bool,
    }

    /// Empties what holds one of these words, of people who are erased.
    pub struct ScrubDeliveries {
        pub words: Vec<String>,
    }

    /// The receiver is deleted.
    pub struct ForgetEndpoint {}

    /// Doorbells: they say where to look, never what happened.
    #[serde(tag = "bell", rename_all = "snake_case")]
    pub enum Bell {
        /// A crawl has pages to fetch.
        Crawl { workspace_id: WorkspaceId, source_id: SourceId, run_id: RunId, #[serde(default)] jurisdiction: Jurisdiction },
        /// A conversation has finished turns in its outbox.
        Turns {
            workspace_id: WorkspaceId,
            agent_id: AgentId,
            conversation_id: ConversationId,
            #[serde(default)]
            jurisdiction: Jurisdiction,
        },
        /// A source has something to read: files, a text, a FAQ list, a feed.
        Read { workspace_id: WorkspaceId, source_id: SourceId },
        /// A workspace's `Ledger` was lost, or its limits may be others.
        Ledger { workspace_id: WorkspaceId },
        /// Something happened of which receivers and services are told.
        Events { workspace_id: WorkspaceId },
        /// People are to be exported or erased.
        People {},
        /// Mails are waiting.
        Mail {},
        /// Conversations have older turns to be summed up.
        Summaries {},
        /// Events of other services wait for their effects.
        Incoming { workspace_id: WorkspaceId },
        /// An agent's publication has not reached every edge yet, or its curated answers their index.
        Edge { workspace_id: WorkspaceId, agent_id: AgentId },
    }
}

calls! {
    Put => PutReply, "put";
    Retire => RetireReply, "retire";
    Search => SearchReply, "search";
    Nearest => NearestReply, "nearest";
    Remember => Nothing, "remember";
    Keep => KeepReply, "keep";
    ForgetAsked => Nothing, "forget_asked";
    Documents => DocumentsReply, "documents";
    KnowledgeStats => KnowledgeStatsReply, "stats";
    PutCurated => Nothing, "curate";
    PutTags => Nothing, "tag";
    SetLive => Nothing, "set_live";
    RunTool => ToolRun, "run_tool";
    EnterLounge => LoungePass, "enter_lounge";
    Tell => Nothing, "tell";
    Recorded => RecordedReply, "recorded";
    Expel => Nothing, "expel";
    WhoWaits => WhoWaitsReply, "who_waits";
    Queued => QueuedReply, "queued";
    NoteEvents => EventsAccepted, "note_events";
    Reserve => ReserveReply, "reserve";
    Settle => Nothing, "settle";
    Restore => Nothing, "restore";
    Deliver => Nothing, "deliver";
    AskEndpoint => EndpointStatus, "status";
    ListDeliveries => ListDeliveriesReply, "deliveries";
    FindDeliveries => FindDeliveriesReply, "find_deliveries";
    LookAtDelivery => DeliveryDetail, "delivery";
    Replay => Replayed, "replay";
    SwitchEndpoint => Nothing, "switch";
    ForgetEndpoint => Nothing, "forget";
    ScrubDeliveries => Nothing, "scrub_deliveries";
    StartCrawl => Nothing, "start";
    Claim => ClaimReply, "claim";
    Report => ReportReply, "report";
    Complete => Nothing, "complete";
    AllowRender => AllowRenderReply, "render";
    RetryFailed => RetryFailedReply, "retry";
    Kept => KeptReply, "kept";
    Missing => MissingReply, "missing";
    Refresh => RefreshReply, "refresh";
    PageHistory => PageHistoryReply, "history";
    CrawlStatus => CrawlStatusReply, "status";
    CancelCrawl => Nothing, "cancel";
    Attend => AttendReply, "attend";
    PassChallenge => Nothing, "pass_challenge";
    NoteRefusal => Nothing, "note_refusal";
    CaptureLead => LeadReceipt, "capture_lead";
    Capture => Nothing, "capture";
    Pending => PendingReply, "pending";
    Confirm => Nothing, "confirm";
    KeepSummary => Nothing, "keep_summary";
    Store => Nothing, "store";
    Transcript => TranscriptReply, "transcript";
    SearchTurns => SearchTurnsReply, "search_turns";
    Erase => Nothing, "erase";
}
