//! What an agent would find: the index as visitors' turns ask it.

use domain::answer::{MAX_SOURCES, found_score};
use domain::followup::Asked;
use domain::language::{self, Visitor};
use domain::retrieve::retrieve;
use platform::Failure;
use platform::lookup::{CANDIDATES, Lookup};
use protocol::agent::AgentSnapshot;
use protocol::api::{SearchRequest, SearchResult};
use protocol::{Problem, Region};
use worker::Env;

const MOST: u32 = 20;

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
    let (limit, subject) = (wanted.max(CANDIDATES), agent.agent_id.as_str());
    let lookup =
        Lookup { env, agent, region: Region::Home, page_url: None, language, limit, answer_key: "", subject };
    let most = usize::try_from(wanted).unwrap_or(MAX_SOURCES);
    let mut hits = retrieve(&asked, most, &lookup).await?.hits;
    hits.truncate(most);
    let threshold = agent.confidence_threshold.unwrap_or_else(|| found_score(&hits));
    Ok(SearchResult { hits, threshold })
}
