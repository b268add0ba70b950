//! Calls that wait for a member: asked for in a turn, decided by a member or by time, then made once, and told to the
//! visitor once. Each step is a row before it is an effect, so that whatever is cut off is done by the schedule.

use domain::language::Language;
use domain::tools::{Became, asks, canonical, readable, say};
use platform::relational::Relational;
use platform::{Failure, clock, config, log, objects, random};
use protocol::api::{Approval, ApprovalState, Tool, ToolRun, ToolRunState};
use protocol::handover::Attendant;
use protocol::internal::{Act, Attend, RunTool};
use protocol::objects::conversation;
use protocol::{ApprovalId, ToolRunId};
use store::approvals::{self, Hidden, NewApproval};
use store::tools::OfTurn;
use store::{Statement, Tenant, sources, team};
use worker::Env;

use crate::mail::{self, letters::approval_waits};

use super::{Caller, KEPT_MS, call, digest, one, run, schema};

/// Calls of one conversation that may wait.
const MOST: u32 = 10;
/// A decision is carried out within that time, or the schedule takes it over: longer than a call may take.
pub const LEASE_MS: f64 = 60_000.0;
/// Decisions that one round of the schedule carries out.
const BATCH: u32 = 20;

/// What a model is told of a call that waits.
const WAITING: &str = "This call waits for a member of the team, who has to confirm it. It was not made. Do not call it \
    again, and do not say that it is done: say that somebody of the team has to confirm it, and that the outcome will \
    be written here.";
const REHEARSED: &str = "In a conversation this call would now wait for a member of the team. Here it is not made. \
    Say that somebody of the team has to confirm it.";
const TOO_MANY: &str = "Too many calls of this conversation wait for the team already. This one was not asked for. Say \
    that the team has to decide on the earlier ones first.";

/// What a turn is told of a call that is above its agent's level; nothing where the call may be made.
///
/// # Errors
/// When the database refuses.
pub async fn gate(
    env: &Env,
    tenant: &Tenant,
    tool: &Tool,
    message: &RunTool,
) -> Result<Option<ToolRun>, Failure> {
    let content = &tool.content;
    if !content.enabled || !asks(message.autonomy, content) {
        return Ok(None);
    }
    // Arguments that do not fit are refused at once, as for every call.
    let Ok(arguments) = schema::arguments(&content.schema, &message.arguments) else { return Ok(None) };
    let Some(conversation) = &message.conversation_id else {
        return Ok(Some(refused(tool, message, REHEARSED.into())));
    };
    let arguments = canonical(&arguments);
    let (key, now) = (digest(&tool.id, &arguments), clock::now_ms());
    let (url, body) = call::preview(content, &arguments);
    let new = NewApproval {
        id: &random::id(ApprovalId::ordered),
        agent: &message.agent_id,
        conversation,
        turn: &message.turn_id,
        tool: &tool.id,
        tool_title: title(tool),
        tool_edited_at: tool.edited_at,
        key: &key,
        arguments: &arguments,
        method: content.method,
        url: &url,
        body: &body,
        language: &message.language,
        now,
        expires_at: now + f64::from(message.approval_minutes) * 60_000.0,
    };
    let database = Relational::of(env)?;
    database.batch(&[approvals::ask(tenant, &new, MOST)]).await?;
    let row = database.first(&approvals::of_call(tenant, conversation, &message.turn_id, &key)).await?;
    let Some(row) = row else { return Ok(Some(refused(tool, message, TOO_MANY.into()))) };
    let (approval, _) = approvals::read(&row)?;
    let told = match approval.state {
        ApprovalState::Waiting => {
            // A call that is asked for again is told of once: the mails are the approval's.
            let mails = letters(env, tenant, &approval).await?;
            if database.change(&mails).await?.iter().any(|rows| *rows > 0) {
                mail::ring(env).await;
            }
            let notice = say(Became::Waiting, language(&message.language), &approval.tool_title);
            // Said once, in the turn that asked.
            let notice = (approval.turn_id == message.turn_id).then_some(notice);
            return Ok(Some(ToolRun { notice, ..refused(tool, message, WAITING.into()) }));
        }
        ApprovalState::Approved => {
            "A member has agreed, and the call is being made. Do not call it again.".into()
        }
        ApprovalState::Declined => format!("A member has declined this call. {}", approval.reason),
        ApprovalState::Expired => "Nobody agreed to this call in time. It was not made.".into(),
        ApprovalState::Finished => {
            let state =
                if approval.succeeded == Some(true) { ToolRunState::Succeeded } else { ToolRunState::Failed };
            return Ok(Some(ToolRun { state, ..refused(tool, message, approval.result) }));
        }
    };
    Ok(Some(refused(tool, message, told)))
}

/// To the owners: somebody has to decide. What would be sent is read in the dashboard, not in mails.
async fn letters(env: &Env, tenant: &Tenant, approval: &Approval) -> Result<Vec<Statement>, Failure> {
    let link = config::optional(env, "PUBLIC_URL")
        .map(|base| format!("{}/app/approvals", base.trim_end_matches('/')));
    let rows = Relational::of(env)?.rows(&team::owners(tenant)).await?;
    rows.iter()
        .map(|row| {
            let minutes = (approval.expires_at - approval.asked_at) / 60_000.0;
            let letter = approval_waits(row.text(0)?, &approval.tool_title, minutes, link.as_deref());
            mail::queue_once(env, tenant.workspace(), "approval_waits", approval.id.as_str(), &letter)
        })
        .collect()
}

fn title(tool: &Tool) -> &str {
    let content = &tool.content;
    if content.title.is_empty() { &content.name } else { &content.title }
}

fn language(tag: &str) -> Language {
    Language::from_tag(tag).unwrap_or_default()
}

/// A call that was not made, with what the model is told.
pub fn refused(tool: &Tool, message: &RunTool, result: String) -> ToolRun {
    ToolRun {
        id: random::id(ToolRunId::ordered),
        tool_id: tool.id.clone(),
        tool_name: tool.content.name.clone(),
        state: ToolRunState::Refused,
        arguments: message.arguments.clone(),
        result,
        http_status: None,
        attempts: 0,
        duration_ms: 0.0,
        at: clock::now_ms(),
        agent_id: Some(message.agent_id.clone()),
        conversation_id: message.conversation_id.clone(),
        turn_id: Some(message.turn_id.clone()),
        tried_by: String::new(),
        notice: None,
    }
}

/// Carries out what was decided: the call where a member agreed, then the words for the visitor. Doing it again does
/// neither again.
///
/// # Errors
/// When a part of us does not answer; the row stays due.
pub async fn carry_out(env: &Env, tenant: &Tenant, id: &ApprovalId) -> Result<(), Failure> {
    let database = Relational::of(env)?;
    database.batch(&[approvals::expire(tenant, id, clock::now_ms())]).await?;
    let Some(row) = database.first(&approvals::one(tenant, id)).await? else { return Ok(()) };
    let (mut approval, hidden) = approvals::read(&row)?;
    if approval.state == ApprovalState::Approved {
        let (succeeded, result) = make(env, tenant, &approval, &hidden).await?;
        database.batch(&[approvals::finish(tenant, id, succeeded, &result)]).await?;
        (approval.state, approval.succeeded, approval.result) =
            (ApprovalState::Finished, Some(succeeded), result);
    }
    if let Some(words) = words(&approval, language(&hidden.language)) {
        tell(env, tenant, &approval, words).await?;
        database.batch(&[approvals::told(tenant, id)]).await?;
    }
    Ok(())
}

/// The call that was agreed to. Its row in the tool's history is there before it is made, by the turn that asked.
async fn make(
    env: &Env,
    tenant: &Tenant,
    approval: &Approval,
    hidden: &Hidden,
) -> Result<(bool, String), Failure> {
    let gone = |words: &str| Ok((false, words.to_owned()));
    let (tool, auth) = match one(env, tenant, &approval.tool_id).await {
        Ok(found) => found,
        Err(Failure::Problem(_)) => return gone("The tool was deleted before the call was made."),
        Err(failure) => return Err(failure),
    };
    #[allow(clippy::float_cmp)]
    if tool.edited_at != hidden.tool_edited_at {
        return gone("The tool was changed before the call was made, so it was not made.");
    }
    let of = OfTurn {
        agent: &approval.agent_id,
        conversation: Some(&approval.conversation_id),
        turn: &approval.turn_id,
    };
    let run = run(env, tenant, &tool, auth.as_ref(), &hidden.arguments, Caller::Turn(of)).await?;
    Ok((run.state == ToolRunState::Succeeded, run.result))
}

/// What the visitor is told; nothing while it is undecided.
fn words(approval: &Approval, language: Language) -> Option<String> {
    let (became, more) = match approval.state {
        ApprovalState::Waiting | ApprovalState::Approved => return None,
        ApprovalState::Declined => (Became::Declined, approval.reason.clone()),
        ApprovalState::Expired => (Became::Expired, String::new()),
        ApprovalState::Finished if approval.succeeded == Some(true) => {
            (Became::Done, readable(&approval.result, language))
        }
        ApprovalState::Finished => (Became::Failed, String::new()),
    };
    let words = say(became, language, &approval.tool_title);
    Some(if more.is_empty() { words } else { format!("{words}\n\n{more}") })
}

/// Tells the conversation, which says the same thing once. One that is over for a day has nobody to tell.
async fn tell(env: &Env, tenant: &Tenant, approval: &Approval, text: String) -> Result<(), Failure> {
    let row = Relational::of(env)?.first(&sources::jurisdiction(tenant)).await?;
    let jurisdiction = row.as_ref().map(sources::read_jurisdiction).transpose()?.unwrap_or_default();
    let object =
        conversation(tenant.workspace(), &approval.agent_id, &approval.conversation_id, jurisdiction);
    let by = Attendant { id: approval.id.to_string(), name: String::new() };
    let message = Attend { by, act: Act::Tell { id: approval.id.to_string(), text } };
    objects::call(env, "CONVERSATION", &object, &message).await.map(|_| ())
}

/// Carries out what was cut off, ends what nobody decided, forgets what is old.
///
/// # Errors
/// When the database refuses.
pub async fn sweep(env: &Env) -> Result<(), Failure> {
    let database = Relational::of(env)?;
    for _ in 0..BATCH {
        // One by one: the lease covers one call, not all of them.
        let now = clock::now_ms();
        let rows = database.rows(&approvals::take_due(now, now + LEASE_MS, 1)).await?;
        let Some(row) = rows.first() else { break };
        let (id, workspace) = approvals::read_due(row)?;
        if let Err(failure) = carry_out(env, &Tenant::of_job(&workspace), &id).await {
            log::error("approval_not_carried_out", Some(id.as_str()), &failure.to_string());
        }
    }
    database.batch(&[approvals::forget(clock::now_ms() - KEPT_MS)]).await
}
