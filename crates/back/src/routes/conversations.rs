//! Conversations and their transcripts.

use platform::relational::Relational;
use platform::{Failure, http, objects};
use protocol::api::{Conversation, ConversationSummary};
use protocol::handover::Standing;
use protocol::internal::Transcript;
use protocol::{AgentId, ConversationId, Problem};
use serde::Deserialize;
use store::{Actor, agents, conversations};
use worker::{Env, Request, Response};

use super::found;

const PAGE: usize = 30;

#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    cursor: Option<String>,
    #[serde(default)]
    standing: Option<Standing>,
}

pub async fn list(request: &Request, env: &Env, actor: &Actor, agent: &str) -> Result<Response, Failure> {
    let (agent, tenant): (AgentId, _) = (agent.parse()?, &actor.tenant);
    let database = Relational::of(env)?;
    found(database.first(&agents::one(tenant, &agent)).await?)?;
    let query: Query = request.query().map_err(|_| no_query())?;
    let cursor = query.cursor.map(|cursor| parse(&cursor)).transpose()?;
    let after = cursor.as_ref().map(|(at, id)| (*at, id));
    let limit = u32::try_from(PAGE + 1).unwrap_or(u32::MAX);
    let rows = database.rows(&conversations::list(tenant, &agent, query.standing, after, limit)).await?;
    let mut found = rows.iter().map(conversations::read).collect::<Result<Vec<_>, _>>()?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found.last().filter(|_| more).map(cursor_of);
    http::page(found, next)
}

pub async fn one(env: &Env, actor: &Actor, conversation: &str) -> Result<Response, Failure> {
    let id: ConversationId = conversation.parse()?;
    let row = found(Relational::of(env)?.first(&conversations::one(&actor.tenant, &id)).await?)?;
    let archive = protocol::objects::archive(actor.tenant.workspace(), actor.jurisdiction);
    let said = objects::call(env, "ARCHIVE", &archive, &Transcript { conversation_id: id }).await?;
    let (turns, messages) = (said.turns, said.messages);
    http::data(Conversation { summary: conversations::read(&row)?, turns, messages })
}

fn cursor_of(last: &ConversationSummary) -> String {
    format!("{}.{}", last.last_at, last.id)
}

fn no_query() -> Problem {
    Problem::field(
        "standing",
        "Parameters are cursor, and standing: bot, waiting, human, resolved or abandoned.",
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
