//! The playground: the real pipeline against a draft or a version, with everything it did.

use crate::agent::Model;
use crate::answer::{Checks, Citation, Provider, Stages, Tokens, ToolTrace};
use crate::internal::{CuratedHit, Hit};
use crate::lead::LeadForm;
use crate::rules::Cta;
use crate::{CtaId, Problem, TurnId, wire};

wire! {
    /// `POST /v1/agents/{agent}/playground`: answered as `text/event-stream`, each event's data a
    /// [`PlaygroundEvent`]. Nothing is stored but the calls of tools, nothing
    /// is counted or billed.
    pub struct PlaygroundRequest {
        pub question: String,
        /// A published version; the draft when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub version: Option<u32>,
        /// This model instead of the agent's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub model: Option<Model>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub page_url: Option<String>,
        /// What was said before, oldest first.
        #[serde(default)]
        pub earlier: Vec<Exchange>,
    }

    pub struct Exchange {
        pub question: String,
        pub answer: String,
        /// The page it was asked on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub page_url: Option<String>,
        /// The call to action that followed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub cta: Option<CtaId>,
    }

    #[serde(tag = "event", rename_all = "snake_case")]
    pub enum PlaygroundEvent {
        Started { run_id: TurnId },
        /// What retrieval found, best first, whether it was used or not.
        Found { hits: Vec<FoundPassage>, #[serde(default)] curated: Option<CuratedHit>, threshold: f64 },
        /// Whether the agent's model for simple questions is asked first, and why, in words; where it has one.
        Weighed { simple: bool, why: String },
        /// The prompt exactly as it goes to a model; once for each model tried.
        Prompt { model: Model, messages: Vec<PromptMessage>, tokens: u32 },
        Delta { text: String },
        /// A tool was called, for real.
        Tool { call: ToolTrace },
        /// Something of note: a model failed and the next was asked.
        Note { text: String },
        Finished {
            citations: Vec<Citation>,
            confidence: f64,
            low_confidence: bool,
            #[serde(default)]
            checks: Checks,
            provider: Provider,
            /// The model that wrote it.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            model: Option<String>,
            tokens: Tokens,
            /// In millionths of a US dollar; absent where the model has no known price.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            cost_micros: Option<u64>,
            stages: Stages,
            /// The call to action that the visitor would see under the answer.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            cta: Option<Box<Cta>>,
            /// The form that it opens, where it asks for an address.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            form: Option<Box<LeadForm>>,
        },
        Failed { problem: Problem },
    }

    pub struct FoundPassage {
        pub hit: Hit,
        /// Its number among the answer's sources; absent when it was left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub number: Option<u32>,
        /// Words of the question that the passage has.
        pub matched: Vec<String>,
        /// Why it was used or left out, in words.
        pub why: String,
    }

    pub struct PromptMessage {
        /// `system`, `user`, `assistant` or `tool`.
        pub role: String,
        pub content: String,
    }

    /// `POST /v1/agents/{agent}/search`: the retrieval of a turn without its answer. Nothing is stored or counted.
    pub struct SearchRequest {
        pub question: String,
        /// Passages, at most 20; 6, as for an answer, when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub limit: Option<u32>,
        /// What was asked before, oldest first: a question may go on from it.
        #[serde(default)]
        pub earlier: Vec<String>,
    }

    /// Passages, best first.
    pub struct SearchResult {
        pub hits: Vec<Hit>,
        /// Passages from this score on would go into an answer.
        pub threshold: f64,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum Rating {
        Good,
        Bad,
    }

    /// `POST /v1/agents/{agent}/playground/feedback`
    pub struct PlaygroundFeedback {
        pub run_id: TurnId,
        pub rating: Rating,
        #[serde(default)]
        pub reason: String,
        pub question: String,
        pub answer: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub version: Option<u32>,
    }
}
