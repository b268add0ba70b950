//! Calls that wait for a member: listed, agreed to, declined.

use platform::relational::Relational;
use platform::{Failure, clock, http, log};
use protocol::api::{Approval, ApprovalState, DeclineRequest};
use protocol::routes::RouteId as R;
use protocol::{ApprovalId, Code, ConversationId, Problem};
use serde::Deserialize;
use store::approvals::{self, Filter};
use store::{Actor, Statement};
use url::Url;
use worker::{Env, Request, Response};

use super::found;
use crate::audit;
use crate::tools::waiting::{LEASE_MS, carry_out};

/// Approvals of one page.
const PAGE: usize = 30;
/// Characters of a reason.
const MAX_REASON: usize = 300;

pub async fn handle(
    id: R,
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    approval: &str,
) -> Result<Response, Failure> {
    if id == R::Approvals {
        return list(request, env, actor).await;
    }
    let desk = Desk { env, actor, approval: one(env, actor, &approval.parse()?).await? };
    let (now, by) = (clock::now_ms(), actor.name());
    let due_at = now + LEASE_MS;
    match id {
        R::Approve => {
            let change = approvals::approve(&actor.tenant, &desk.approval.id, by, now, due_at);
            desk.decide(change, "approval.approved", "").await
        }
        _ => {
            let body: DeclineRequest = http::body(request).await?;
            let reason = body.reason.trim();
            if reason.chars().count() > MAX_REASON {
                let words = format!("At most {MAX_REASON} characters: the visitor reads it.");
                return Err(Problem::field("reason", words).into());
            }
            let change = approvals::decline(&actor.tenant, &desk.approval.id, by, reason, now, due_at);
            desk.decide(change, "approval.declined", reason).await
        }
    }
}

async fn one(env: &Env, actor: &Actor, id: &ApprovalId) -> Result<Approval, Failure> {
    let row = Relational::of(env)?.first(&approvals::one(&actor.tenant, id)).await?;
    Ok(approvals::read(&found(row)?)?.0)
}

/// One approval of the actor's workspace, as it was a moment ago.
struct Desk<'a> {
    env: &'a Env,
    actor: &'a Actor,
    approval: Approval,
}

impl Desk<'_> {
    /// The decision with its audit line, then what follows from it. Whoever comes second is told who was first.
    async fn decide(self, change: Statement, action: &str, reason: &str) -> Result<Response, Failure> {
        let Self { env, actor, approval } = self;
        // The log outlives what visitors said; the call itself stands in the approval.
        let url = Url::parse(&approval.url).ok();
        let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
        let mut changes =
            vec![audit::change("address", None, Some(&format!("{:?} {host}", approval.method)))];
        if !reason.is_empty() {
            changes.push(audit::change("reason", None, Some(reason)));
        }
        let noted =
            audit::entry_if_changed(actor, action, approval.id.as_str(), &approval.tool_title, &changes)?;
        let changed = Relational::of(env)?.change(&[change, noted]).await?;
        if changed.first() != Some(&1) {
            return Err(decided(&one(env, actor, &approval.id).await?).into());
        }
        // It is decided: what cannot be done now is done by the schedule.
        if let Err(failure) = carry_out(env, &actor.tenant, &approval.id).await {
            log::error("approval_not_carried_out", Some(approval.id.as_str()), &failure.to_string());
        }
        http::data(one(env, actor, &approval.id).await?)
    }
}

/// Why a decision came to nothing.
fn decided(approval: &Approval) -> Problem {
    let by = &approval.decided_by;
    let words = match approval.state {
        ApprovalState::Waiting if approval.expires_at <= clock::now_ms() => {
            "Nobody decided in time, so this call is not made.".to_owned()
        }
        ApprovalState::Waiting => {
            "The tool was changed since this call was asked for, so what you see is not what would be sent. Decline it; \
             the visitor can ask again."
                .to_owned()
        }
        ApprovalState::Approved | ApprovalState::Finished => format!("{by} has agreed to this call already."),
        ApprovalState::Declined => format!("{by} has declined this call already."),
        ApprovalState::Expired => "Nobody decided in time, so this call is not made.".to_owned(),
    };
    Problem::new(Code::Conflict, words)
}

#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    state: Option<ApprovalState>,
    #[serde(default)]
    conversation: Option<ConversationId>,
    #[serde(default)]
    cursor: Option<String>,
}

async fn list(request: &Request, env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let query: Query = request.query().map_err(|_| {
        Problem::field("state", "A state is one of waiting, approved, declined, expired and finished.")
    })?;
    let wrong = || Problem::field("cursor", "This is no cursor of ours. Begin without one.");
    let after: Option<(f64, ApprovalId)> = query
        .cursor
        .map(|cursor| {
            let (at, id) = cursor.split_once('.').ok_or_else(wrong)?;
            Ok::<_, Problem>((at.parse().map_err(|_| wrong())?, id.parse().map_err(|_| wrong())?))
        })
        .transpose()?;
    let filter = Filter { state: query.state, conversation: query.conversation.as_ref() };
    let limit = u32::try_from(PAGE + 1).unwrap_or(u32::MAX);
    let place = after.as_ref().map(|(at, id)| (*at, id));
    let rows = Relational::of(env)?.rows(&approvals::list(&actor.tenant, filter, place, limit)).await?;
    let mut listed: Vec<Approval> =
        rows.iter().map(|row| Ok(approvals::read(row)?.0)).collect::<Result<_, Failure>>()?;
    let more = listed.len() > PAGE;
    listed.truncate(PAGE);
    let next = listed.last().filter(|_| more).map(|last| format!("{:.0}.{}", last.asked_at, last.id));
    http::page(listed, next)
}
