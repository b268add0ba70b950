//! An agent's index as a question meets it: words and curated answers in `Knowledge`, meaning beside them, and the order
//! of a second model where the agent has one.

use domain::followup::Asked;
use domain::language::Language;
use domain::retrieve::{Index, Nearest, Scores};
use futures::future::{FutureExt, LocalBoxFuture};
use protocol::agent::AgentSnapshot;
use protocol::internal::{Hit, Search, SearchReply};
use protocol::{Problem, Region};
use worker::Env;

use crate::replicas::Replicas;
use crate::{clock, log, rerank, vectors};

/// Passages asked of the index; fusion needs more than are shown.
pub const CANDIDATES: u32 = 12;

/// Where and for whom passages are looked up.
#[derive(Clone, Copy)]
pub struct Lookup<'a> {
    pub env: &'a Env,
    pub agent: &'a AgentSnapshot,
    /// The replica that is asked, or home.
    pub region: Region,
    /// The page the visitor is on.
    pub page_url: Option<&'a str>,
    /// The language of the question, as far as it shows.
    pub language: Language,
    pub limit: u32,
    /// Under which a whole answer may be kept; empty where every answer is made anew.
    pub answer_key: &'a str,
    /// What the log calls it: a turn, or the agent.
    pub subject: &'a str,
}

impl<'a> Lookup<'a> {
    /// What the agent knows.
    #[must_use]
    pub fn knowledge(self) -> Replicas<'a> {
        Replicas { env: self.env, agent: self.agent, region: self.region }
    }

    /// See [`Index::search`].
    #[must_use]
    pub fn search(self, asked: &Asked) -> LocalBoxFuture<'a, Result<SearchReply, Problem>> {
        let agent = self.agent;
        let message = Search {
            workspace_id: agent.workspace_id.clone(),
            agent_id: agent.agent_id.clone(),
            question: asked.question.clone(),
            context: asked.context.clone(),
            limit: self.limit,
            page_url: self.page_url.map(str::to_owned),
            language: Some(self.language.code().to_owned()),
            tags: agent.tag_filter.clone(),
            answer_key: self.answer_key.to_owned(),
        };
        async move {
            let reply = self.knowledge().ask(&message).await.map_err(|failure| {
                log::error("search_failed", Some(self.subject), &failure.to_string());
                failure.to_problem()
            })?;
            vectors::learn(&message.agent_id, &reply);
            Ok(reply)
        }
        .boxed_local()
    }

    /// See [`Index::nearest`].
    #[must_use]
    pub fn nearest(self, text: &str) -> Option<LocalBoxFuture<'a, Result<Nearest, Problem>>> {
        vectors::nearest(vectors::Asked {
            knowledge: self.knowledge(),
            question: text.to_owned(),
            page_url: self.page_url,
            language: self.language.code(),
        })
    }

    /// See [`Index::rerank`].
    #[must_use]
    pub fn rerank(
        self,
        question: &str,
        passages: &[Hit],
    ) -> Option<LocalBoxFuture<'a, Result<Scores, Problem>>> {
        self.agent.rerank.then(|| rerank::scores(self.env, question, passages))
    }
}

impl Index for Lookup<'_> {
    fn now_ms(&self) -> f64 {
        clock::ticks_ms()
    }

    fn search(&self, asked: &Asked) -> LocalBoxFuture<'_, Result<SearchReply, Problem>> {
        (*self).search(asked)
    }

    fn nearest(&self, text: &str) -> Option<LocalBoxFuture<'_, Result<Nearest, Problem>>> {
        (*self).nearest(text)
    }

    fn rerank(
        &self,
        question: &str,
        passages: &[Hit],
    ) -> Option<LocalBoxFuture<'_, Result<Scores, Problem>>> {
        (*self).rerank(question, passages)
    }

    fn log(&self, note: &str) {
        log::info("search", self.subject, note);
    }
}
