//! Search over what was said. The workspace's archive finds turns and messages; the relations say whose they are and
//! what is shown with them.

use std::collections::HashMap;

use platform::relational::Relational;
use platform::{Failure, http, objects};
use protocol::api::TranscriptHit;
use protocol::internal::SearchTurns;
use protocol::{AgentId, ConversationId, Problem};
use serde::Deserialize;
use store::{Actor, agents, conversations};
use worker::{Env, Request, Response};

use super::found;

/// Turns and messages in a page.
const PAGE: usize = 30;
/// Characters of a query.
const MOST_CHARS: usize = 200;
/// How often the archive is asked for a page: what is of before it knew agents may all be another's.
const ROUNDS: u32 = 4;

#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    q: String,
    #[serde(default)]
    agent: Option<String>,
    #[serde(default)]
    cursor: Option<String>,
}

pub async fn search(request: &Request, env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let asked: Query =
        request.query().map_err(|_| Problem::field("q", "Add what to look for as the parameter `q`."))?;
    let query = asked.q.trim_start().to_owned();
    if query.is_empty() {
        return Err(Problem::field("q", "Type a word to look for.").into());
    }
    if query.chars().count() > MOST_CHARS {
        return Err(Problem::field("q", format!("Look for at most {MOST_CHARS} characters.")).into());
    }
    let no_cursor = || Problem::field("cursor", "This is no cursor of ours. Begin without one.");
    let mut below = asked.cursor.map(|cursor| cursor.parse::<u64>()).transpose().map_err(|_| no_cursor())?;
    let (database, tenant) = (Relational::of(env)?, &actor.tenant);
    let agent: Option<AgentId> = asked.agent.map(|agent| agent.parse()).transpose()?;
    if let Some(agent) = &agent {
        found(database.first(&agents::one(tenant, agent)).await?)?;
    }
    let archive = protocol::objects::archive(tenant.workspace(), actor.jurisdiction);
    let mut hits: Vec<TranscriptHit> = Vec::with_capacity(PAGE);
    for _ in 0..ROUNDS {
        let limit = u32::try_from(PAGE - hits.len()).unwrap_or(u32::MAX);
        let search = SearchTurns { query: query.clone(), agent_id: agent.clone(), below, limit };
        let reply = objects::call(env, "ARCHIVE", &archive, &search).await?;
        let mut ids: Vec<ConversationId> =
            reply.found.iter().map(|found| found.conversation_id.clone()).collect();
        ids.sort();
        ids.dedup();
        let mut headers = HashMap::new();
        for row in database.rows(&conversations::some(tenant, &ids)?).await? {
            let header = conversations::read(&row)?;
            if agent.as_ref().is_none_or(|agent| *agent == header.agent_id) {
                headers.insert(header.id.clone(), header);
            }
        }
        hits.extend(reply.found.into_iter().filter_map(|found| {
            let conversation = headers.get(&found.conversation_id)?.clone();
            Some(TranscriptHit {
                conversation,
                turn_id: found.turn_id,
                message_id: found.message_id,
                asked_at: found.asked_at,
                excerpt: found.excerpt,
            })
        }));
        below = reply.below;
        if below.is_none() || hits.len() >= PAGE {
            break;
        }
    }
    http::page(hits, below.map(|below| below.to_string()))
}
