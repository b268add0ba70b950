//! Knowledge besides the website: files, texts, FAQ lists, feeds; curated answers.

use crate::api::{Document, Schedule, SourceKind};
use crate::internal::{CuratedHit, Passage};
use crate::{AgentId, CuratedId, DocumentId, FileId, ProposalId, RunId, SourceId, TemplateId, wire};

wire! {
    /// `POST /v1/agents/{agent}/sources`. Without a `kind`, `url` is a website or a sitemap.
    #[derive(Default)]
    #[serde(default)]
    pub struct NewSource {
        #[serde(skip_serializing_if = "Option::is_none")]
        pub kind: Option<SourceKind>,
        /// The address of a site, sitemap or feed.
        pub url: String,
        /// The name of a file collection, text or FAQ list.
        pub title: String,
        /// Markdown; for texts.
        pub text: String,
        /// For FAQ lists.
        pub pairs: Vec<Pair>,
        /// A FAQ list as CSV (columns question and answer) instead of `pairs`.
        pub csv: String,
    }

    #[derive(Eq)]
    pub struct Pair {
        pub question: String,
        pub answer: String,
    }

    /// `PATCH /v1/sources/{source}`; absent fields stay as they are. Changed content is indexed anew.
    #[derive(Default)]
    #[serde(default)]
    pub struct SourceUpdate {
        pub title: Option<String>,
        pub text: Option<String>,
        pub pairs: Option<Vec<Pair>>,
        /// For websites, sitemaps and feeds.
        pub schedule: Option<Schedule>,
        /// For websites and sitemaps: see [`crate::api::Source`].
        pub include: Option<Vec<String>>,
        pub exclude: Option<Vec<String>>,
        pub tags: Option<Vec<String>>,
    }

    /// `POST /v1/sources/{source}/refresh`
    pub struct RefreshRequest {
        pub url: String,
    }

    /// `POST /v1/hooks/refresh/{token}`: `url`, or up to 100 `urls`.
    #[derive(Default)]
    #[serde(default)]
    pub struct HookRequest {
        #[serde(skip_serializing_if = "Option::is_none")]
        pub url: Option<String>,
        pub urls: Vec<String>,
    }

    pub struct RefreshAccepted {
        /// Pages that are read again now.
        pub queued: Vec<String>,
        pub refused: Vec<RefusedAddress>,
    }

    pub struct RefusedAddress {
        pub url: String,
        pub reason: String,
    }

    /// `POST /v1/sources/{source}/hook`: the address is shown this once.
    pub struct RefreshHook {
        pub url: String,
    }

    /// `PUT /v1/documents/{document}/tags`
    pub struct Tags {
        pub tags: Vec<String>,
    }

    /// `GET /v1/sources/{source}/content`: what was written in the dashboard.
    #[derive(Default)]
    #[serde(default)]
    pub struct SourceContent {
        pub title: String,
        pub text: String,
        pub pairs: Vec<Pair>,
    }

    /// What a run made of a page.
    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum PageChange {
        /// It was indexed for the first time.
        Added,
        /// Its new content was indexed.
        Changed,
        Unchanged,
        /// It is not indexed any more; see the reason.
        Removed,
        /// It could not be read; see the reason.
        Failed,
    }

    /// `GET /v1/sources/{source}/history`: what one run made of a page.
    pub struct PageEvent {
        pub run_id: RunId,
        pub at: f64,
        pub change: PageChange,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub reason: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub http_status: Option<u16>,
        pub passages: u32,
        /// The page was read by itself, not by a run over the whole source.
        #[serde(default)]
        pub refresh: bool,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum FileState {
        /// Its bytes are arriving.
        Uploading,
        /// Waiting to be read.
        Queued,
        Reading,
        Indexed,
        /// See the reason.
        Failed,
    }

    /// One uploaded file.
    pub struct File {
        pub id: FileId,
        pub source_id: SourceId,
        pub name: String,
        /// pdf, docx, text, markdown, csv or html, by its content; absent until it was read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub kind: Option<String>,
        pub bytes: u64,
        pub state: FileState,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub reason: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub pages: Option<u32>,
        pub passages: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub document_id: Option<DocumentId>,
        pub created_at: f64,
    }

    /// `GET /v1/documents/{document}`
    pub struct DocumentDetail {
        pub document: Document,
        pub passages: Vec<Passage>,
        /// The file it was read from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub file_id: Option<FileId>,
        /// Its own tags.
        #[serde(default)]
        pub tags: Vec<String>,
        /// Those of its source, which it has, too.
        #[serde(default)]
        pub source_tags: Vec<String>,
    }

    /// A question pattern with its fixed answer.
    pub struct CuratedAnswer {
        pub id: CuratedId,
        #[serde(flatten)]
        pub content: CuratedContent,
        /// The template whose words it says; `answer` is empty then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub template_id: Option<TemplateId>,
        /// The template's words as the agent says them, its variables filled.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub words: Option<String>,
        /// Smaller is tried first.
        pub priority: u32,
        pub created_at: f64,
        pub edited_at: f64,
        /// The page it was proposed from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub source_url: Option<String>,
    }

    /// `POST /v1/agents/{agent}/curated-answers`, `PUT /v1/curated-answers/{curated}`: own words in `answer`, or those of a
    /// template.
    #[derive(Eq)]
    pub struct CuratedWrite {
        #[serde(flatten)]
        pub content: CuratedContent,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub template_id: Option<TemplateId>,
    }

    #[derive(Eq)]
    pub struct CuratedContent {
        /// Phrasings of the question, one a line.
        pub pattern: String,
        /// All of a line's words have to be in the question; lines are alternatives. Empty: no match by keyword.
        #[serde(default)]
        pub keywords: String,
        /// Markdown.
        #[serde(default)]
        pub answer: String,
        /// Page paths, one a line, `*` at the end for everything below; empty for every page.
        #[serde(default)]
        pub pages: String,
        /// BCP 47 tags; empty for every language.
        #[serde(default)]
        pub languages: Vec<String>,
        #[serde(default = "yes")]
        pub enabled: bool,
    }

    pub struct CuratedOrder {
        pub ids: Vec<CuratedId>,
    }

    /// `GET /v1/agents/{agent}/curated-proposals`: a question that a page or file of the agent asks and answers itself,
    /// waiting for a member, in the order they were found.
    pub struct CuratedProposal {
        pub id: ProposalId,
        pub agent_id: AgentId,
        pub question: String,
        /// Markdown, as the page has it now.
        pub answer: String,
        /// The first page that holds it; `file:` for an uploaded file.
        pub url: String,
        /// The page's title.
        pub title: String,
        pub found_at: f64,
    }

    /// `POST /v1/curated-proposals/{proposal}/approve`
    #[derive(Default, Eq)]
    #[serde(default)]
    pub struct CuratedApproval {
        /// What the curated answer says; absent: the question and the answer as they are proposed, on every page.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub content: Option<CuratedContent>,
    }

    /// `POST /v1/agents/{agent}/curated-answers/try`
    pub struct CuratedTrial {
        pub question: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub page_url: Option<String>,
    }

    pub struct CuratedTrialReply {
        /// What a visitor would get; absent when none applies.
        #[serde(default)]
        pub hit: Option<CuratedHit>,
        /// The language the question was taken for.
        #[serde(default)]
        pub language: Option<String>,
    }
}

fn yes() -> bool {
    true
}
