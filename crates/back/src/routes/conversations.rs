//! Conversations and their transcripts.

use platform::relational::Relational;
use platform::{Failure, http, objects};
use protocol::api::{Conversation, ConversationSummary};
use protocol::handover::Standing;
use protocol::internal::Transcript;
use protocol::permission::Permission;
use protocol::{AgentId, ConversationId, Problem};
use serde::Deserialize;
use store::conversations::Filter;
use store::{Actor, agents, conversations, leads};
use worker::{Env, Request, Response};

use super::found;

const PAGE: usize = 30;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Query {
    cursor: Option<String>,
    agent: Option<String>,
    standing: Option<Standing>,
    feedback: Option<Thumb>,
    from: Option<f64>,
    to: Option<f64>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Thumb {
    Good,
    Bad,
}

/// Conversations of one agent, or of the agent that the query names, or of all.
pub async fn list(
    request: &Request,
    env: &Env,
    actor: &Actor,
    agent: Option<&str>,
) -> Result<Response, Failure> {
    let tenant = &actor.tenant;
    let database = Relational::of(env)?;
    let query: Query = request.query().map_err(|_| no_query())?;
    let agent: Option<AgentId> = agent.or(query.agent.as_deref()).map(str::parse).transpose()?;
    if let Some(agent) = &agent {
        found(database.first(&agents::one(tenant, agent)).await?)?;
    }
    let good = query.feedback.map(|thumb| matches!(thumb, Thumb::Good));
    let filter = Filter { agent, standing: query.standing, good, from: query.from, to: query.to };
    let cursor = query.cursor.map(|cursor| parse(&cursor)).transpose()?;
    let after = cursor.as_ref().map(|(at, id)| (*at, id));
    let limit = u32::try_from(PAGE + 1).unwrap_or(u32::MAX);
    let rows = database.rows(&conversations::list(tenant, &filter, after, limit)).await?;
    let mut found = rows.iter().map(conversations::read).collect::<Result<Vec<_>, _>>()?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found.last().filter(|_| more).map(cursor_of);
    http::page(found, next)
}

pub async fn one(env: &Env, actor: &Actor, conversation: &str) -> Result<Response, Failure> {
    let id: ConversationId = conversation.parse()?;
    let (database, tenant) = (Relational::of(env)?, &actor.tenant);
    let row = found(database.first(&conversations::one(tenant, &id)).await?)?;
    let mut visitor_name = String::new();
    if actor.may(Permission::LeadsRead)
        && let Some(lead) = database.first(&leads::of_conversation(tenant, &id)).await?
    {
        visitor_name = leads::read(&lead)?.name;
    }
    let archive = protocol::objects::archive(tenant.workspace(), actor.jurisdiction);
    let said = objects::call(env, "ARCHIVE", &archive, &Transcript { conversation_id: id }).await?;
    let (turns, messages) = (said.turns, said.messages);
    http::data(Conversation { summary: conversations::read(&row)?, turns, messages, visitor_name })
}

fn cursor_of(last: &ConversationSummary) -> String {
    format!("{}.{}", last.last_at, last.id)
}

fn no_query() -> Problem {
    Problem::field(
        "standing",
        "Parameters are cursor; agent, an id; standing: bot, waiting, human, resolved or abandoned; from and to, in Unix milliseconds; feedback: good or bad.",
    )
}

fn no_cursor() -> Problem {
    Problem::field("cursor", "This is no cursor of ours. Begin without one.")
}

fn parse(cursor: &str) -> Result<(f64, ConversationId), Failure> {
    let (at, id) = cursor.rsplit_once('.').ok_or_else(no_cursor)?;
    let at: f64 = at.parse().ok().filter(|at: &f64| at.is_finite()).ok_or_else(no_cursor)?;
    Ok((at, id.parse().map_err(|_| no_cursor())?))
}
