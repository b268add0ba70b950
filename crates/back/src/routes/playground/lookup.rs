//! What an agent would find: the index as visitors' turns ask it.

use domain::answer::{FOUND_SCORE, Index, MAX_SOURCES, Nearest};
use domain::followup::Asked;
use domain::language::{self, Language, Visitor};
use domain::retrieve::{Scores, retrieve};
use futures::future::{FutureExt, LocalBoxFuture};
use platform::{Failure, clock, log, objects, rerank, vectors};
use protocol::Problem;
use protocol::agent::AgentSnapshot;
use protocol::api::{SearchRequest, SearchResult};
use protocol::internal::{Hit, Search, SearchReply};
use protocol::objects::ObjectName;
use worker::Env;

/// Passages asked of the index, as for visitors.
pub const CANDIDATES: u32 = 12;
const MOST: u32 = 20;

pub struct Lookup<'a> {
    pub env: &'a Env,
    pub agent: &'a AgentSnapshot,
    pub page_url: Option<&'a str>,
    /// The language of the question, as far as it shows.
    pub language: Language,
    pub limit: u32,
}

/// The passages for a member's question, best first.
pub async fn find(env: &Env, agent: &AgentSnapshot, body: &SearchRequest) -> Result<SearchResult, Failure> {
    let question = domain::question::accept(&body.question)?;
    let wanted = body.limit.unwrap_or(u32::try_from(MAX_SOURCES).unwrap_or(6));
    if !(1..=MOST).contains(&wanted) {
        return Err(Problem::field("limit", format!("Please ask for 1 to {MOST} passages.")).into());
    }
    let asked = Asked::after(&question, body.earlier.iter().map(String::as_str));
    let visitor = Visitor { agent: &agent.language, ..Visitor::default() };
    let said = body.earlier.iter().map(String::as_str).chain([question.as_str()]);
    let language = language::spoken(&visitor, said);
    let lookup = Lookup { env, agent, page_url: None, language, limit: wanted.max(CANDIDATES) };
    let most = usize::try_from(wanted).unwrap_or(MAX_SOURCES);
    let mut hits = retrieve(&asked, most, &lookup).await?.hits;
    hits.truncate(most);
    Ok(SearchResult { hits, threshold: agent.confidence_threshold.unwrap_or(FOUND_SCORE) })
}

impl Lookup<'_> {
    fn knowledge(&self) -> ObjectName {
        let agent = self.agent;
        protocol::objects::knowledge(&agent.workspace_id, &agent.agent_id, agent.region, agent.jurisdiction)
    }
}

impl Index for Lookup<'_> {
    fn now_ms(&self) -> f64 {
        clock::ticks_ms()
    }

    fn search(&self, asked: &Asked) -> LocalBoxFuture<'_, Result<SearchReply, Problem>> {
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
        };
        let knowledge = self.knowledge();
        async move {
            let reply = objects::call(self.env, "KNOWLEDGE", &knowledge, &message).await;
            let reply = reply.map_err(|failure| {
                log::error("search_failed", None, &failure.to_string());
                failure.to_problem()
            })?;
            vectors::learn(&message.agent_id, &reply);
            Ok(reply)
        }
        .boxed_local()
    }

    fn nearest(&self, text: &str) -> Option<LocalBoxFuture<'_, Result<Nearest, Problem>>> {
        vectors::nearest(vectors::Asked {
            env: self.env,
            workspace: &self.agent.workspace_id,
            agent: &self.agent.agent_id,
            knowledge: self.knowledge(),
            question: text.to_owned(),
            page_url: self.page_url,
            language: self.language.code(),
        })
    }

    fn rerank(
        &self,
        question: &str,
        passages: &[Hit],
    ) -> Option<LocalBoxFuture<'_, Result<Scores, Problem>>> {
        self.agent.rerank.then(|| rerank::scores(self.env, question, passages))
    }

    fn log(&self, note: &str) {
        log::info("search", self.agent.agent_id.as_str(), note);
    }
}
