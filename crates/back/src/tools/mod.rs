//! Tools run: a call is a row before it is made, so a turn that is begun again after a crash makes it once. Every call
//! leaves its row, with what a model was told, and without secrets.

mod call;
mod schema;
mod secret;
pub mod waiting;

use domain::tools::canonical;
use platform::relational::Relational;
use platform::{Failure, clock, log, random};
use protocol::agent::{AgentSnapshot, ToolSpec};
use protocol::api::{Tool, ToolRun, ToolRunState};
use protocol::internal::RunTool;
use protocol::{Problem, ToolId, ToolRunId};
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::tools::{self, NewRun, OfTurn, StoredAuth};
use store::{Tenant, versions};
use worker::Env;

use crate::live;

pub use call::Outcome;
pub use schema::check as check_schema;
pub use secret::{SEAL, sealed};

/// Calls are kept this long.
const KEPT_MS: f64 = 90.0 * 86_400_000.0;
/// Bytes of arguments that are kept.
const ARGUMENTS_KEPT: usize = domain::tools::MAX_ARGUMENTS;

/// Said of a call that was begun and never ended, where making it again might do it twice.
const UNKNOWN: &str = "It is not known whether this call was carried out: the connection broke while it was made. Do not \
    call it again. Tell the visitor that it has to be checked by a person.";

/// A tool of a tenant.
///
/// # Errors
/// When there is none of this id.
pub async fn one(env: &Env, tenant: &Tenant, id: &ToolId) -> Result<(Tool, Option<StoredAuth>), Failure> {
    let row = Relational::of(env)?.first(&tools::one(tenant, id, clock::now_ms())).await?;
    Ok(tools::read(&row.ok_or_else(Problem::not_found)?)?)
}

/// An agent with what models are told of its tools, as they are now.
///
/// # Errors
/// When the database refuses.
pub async fn with_specs(env: &Env, tenant: &Tenant, agent: AgentSnapshot) -> Result<AgentSnapshot, Failure> {
    if agent.tools.is_empty() {
        return Ok(agent);
    }
    let rows = Relational::of(env)?.rows(&tools::named_by(tenant, &agent.tools)?).await?;
    let specs = rows.iter().map(tools::read_spec).collect::<Result<Vec<_>, _>>()?;
    let tool_specs: Vec<ToolSpec> = specs.into_iter().flatten().collect();
    Ok(AgentSnapshot { tool_specs, ..agent })
}

/// A turn's call, or why it is not made now.
///
/// # Errors
/// When the tool is gone, or the database refuses before the call was made.
pub async fn in_turn(env: &Env, mut message: RunTool) -> Result<ToolRun, Failure> {
    let tenant = Tenant::of_job(&message.workspace_id);
    let (tool, auth) = one(env, &tenant, &message.tool_id).await?;
    if message.conversation_id.is_some() {
        // A visitor's socket may be older than what was published meanwhile; what an agent may do is what it may do now.
        let live = Relational::of(env)?.first(&versions::edge(&tenant, &message.agent_id)).await?;
        let live = live.as_ref().map(versions::read_edge).transpose()?.and_then(|state| state.live);
        let Some(live) = live.filter(|live| live.tools.contains(&tool.id)) else {
            let result = "This tool is not the agent's any more. Answer without it.".to_owned();
            return Ok(waiting::refused(&tool, &message, result));
        };
        (message.autonomy, message.approval_minutes) = (live.autonomy, live.approval_minutes);
    }
    let message = &message;
    let of = OfTurn {
        agent: &message.agent_id,
        conversation: message.conversation_id.as_ref(),
        turn: &message.turn_id,
    };
    if let Some(waits) = waiting::gate(env, &tenant, &tool, message).await? {
        return Ok(waits);
    }
    run(env, &tenant, &tool, auth.as_ref(), &message.arguments, Caller::Turn(of)).await
}

/// Who calls.
pub enum Caller<'a> {
    Turn(OfTurn<'a>),
    /// The name of a member or key that tries the tool.
    Member(&'a str),
}

/// Calls a tool, unless the same turn has made the same call already: then its result is returned.
///
/// # Errors
/// When the tool is gone, or the database refuses before the call was made.
pub async fn run(
    env: &Env,
    tenant: &Tenant,
    tool: &Tool,
    auth: Option<&StoredAuth>,
    written: &str,
    caller: Caller<'_>,
) -> Result<ToolRun, Failure> {
    let database = Relational::of(env)?;
    let content = &tool.content;
    let arguments = schema::arguments(&content.schema, written);
    let same = arguments.as_ref().map_or_else(|_| written.to_owned(), canonical);
    let (of, tried_by) = match caller {
        Caller::Turn(of) => (Some(of), ""),
        Caller::Member(name) => (None, name),
    };
    let key = secret::Key::open(env, &tool.id, auth)?;
    let id = random::id(ToolRunId::ordered);
    let kept = domain::tools::cut(&domain::tools::without(written, &key.hidden()), ARGUMENTS_KEPT);
    let digest = digest(&tool.id, &same);
    let new = NewRun {
        id: &id,
        tool: &tool.id,
        name: &content.name,
        of,
        key: &digest,
        tried_by,
        arguments: &kept,
        now: clock::now_ms(),
    };
    let mut run = begun(&new);
    if database.change(&[tools::begin_run(tenant, &new)]).await?.first() != Some(&1) {
        let turn = of.ok_or_else(Problem::not_found)?.turn;
        let row = database.first(&tools::run_of_turn(tenant, turn, new.key)).await?;
        run = tools::read_run(&row.ok_or_else(Problem::not_found)?)?;
        match run.state {
            ToolRunState::Running if content.idempotent => {}
            ToolRunState::Running => {
                return Ok(ToolRun { state: ToolRunState::Failed, result: UNKNOWN.into(), ..run });
            }
            _ => return Ok(run),
        }
    }
    let begun = clock::ticks_ms();
    match arguments {
        _ if !content.enabled && of.is_some() => {
            run.state = ToolRunState::Refused;
            run.result = "This tool is switched off. Answer without it.".into();
        }
        Err(reason) => {
            run.state = ToolRunState::Refused;
            run.result = reason;
        }
        Ok(arguments) => {
            let outcome = match &content.live {
                Some(asked) => live::ask(env, tenant, content, asked, &arguments).await?,
                None => fetched(env, tenant, tool, &key, &arguments, run.id.as_str()).await,
            };
            run.state = if outcome.succeeded { ToolRunState::Succeeded } else { ToolRunState::Failed };
            (run.http_status, run.attempts, run.result) = (outcome.status, outcome.attempts, outcome.text);
        }
    }
    run.duration_ms = clock::ticks_ms() - begun;
    // It was made: whoever waits for the result gets it, whether or not it can be noted.
    if let Err(failure) = database.batch(&[tools::settle_run(tenant, &run)]).await {
        log::error("tool_run_not_noted", Some(run.id.as_str()), &failure.to_string());
    }
    Ok(run)
}

/// A call of an address, unless the same was just asked of it and its answer is kept for a while.
async fn fetched(
    env: &Env,
    tenant: &Tenant,
    tool: &Tool,
    key: &secret::Key,
    arguments: &Value,
    id: &str,
) -> call::Outcome {
    let content = &tool.content;
    if content.cache_seconds == 0 {
        return call::make(env, content, key, arguments, id).await;
    }
    // A tool that was changed, or has another secret, asks anew.
    let version = format!("{} {}", tool.edited_at, tool.auth.set_at.unwrap_or_default());
    let place = live::key(tenant, &[tool.id.as_str(), &version, &canonical(arguments)]);
    if let Some(kept) = live::kept(&place) {
        return call::Outcome { succeeded: true, status: None, attempts: 0, text: kept.text };
    }
    let outcome = call::make(env, content, key, arguments, id).await;
    if outcome.succeeded {
        let until = clock::now_ms() + f64::from(content.cache_seconds) * 1_000.0;
        live::keep(place, &live::Kept::of(&outcome.text), until);
    }
    outcome
}

/// A call at its beginning.
fn begun(new: &NewRun<'_>) -> ToolRun {
    ToolRun {
        id: new.id.clone(),
        tool_id: new.tool.clone(),
        tool_name: new.name.to_owned(),
        state: ToolRunState::Running,
        arguments: new.arguments.to_owned(),
        result: String::new(),
        http_status: None,
        attempts: 0,
        duration_ms: 0.0,
        at: new.now,
        agent_id: new.of.map(|of| of.agent.clone()),
        conversation_id: new.of.and_then(|of| of.conversation.cloned()),
        turn_id: new.of.map(|of| of.turn.clone()),
        tried_by: new.tried_by.to_owned(),
        notice: None,
    }
}

/// What makes two calls of a turn the same: not the id that a model gave them, which is another one when a turn is
/// begun again.
fn digest(tool: &ToolId, arguments: &str) -> String {
    let digest = Sha256::digest(format!("{tool}\n{arguments}").as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Forgets old calls.
///
/// # Errors
/// When the database refuses.
pub async fn sweep(env: &Env) -> Result<(), Failure> {
    Relational::of(env)?.batch(&[tools::forget_runs(clock::now_ms() - KEPT_MS)]).await
}
