//! Tools, their calls, and calls that wait for a member.

use super::{Listed, NOTHING, Reply, list, one};
use protocol::api::{
    Approval, ApprovalState, CatalogueOffer, DeclineRequest, Done, EnableTool, Tool, ToolRun, ToolRunState,
    ToolTrial, ToolWrite,
};
use protocol::routes::RouteId;
use protocol::{ApprovalId, ConversationId, ToolId};

pub(crate) async fn tools() -> Reply<Vec<Tool>> {
    one(RouteId::Tools, &[], &[], NOTHING).await
}

pub(crate) async fn tool(id: ToolId) -> Reply<Tool> {
    one(RouteId::Tool, &[id.as_str()], &[], NOTHING).await
}

pub(crate) async fn create(body: ToolWrite) -> Reply<Tool> {
    one(RouteId::CreateTool, &[], &[], Some(&body)).await
}

pub(crate) async fn catalogue() -> Reply<Vec<CatalogueOffer>> {
    one(RouteId::ToolCatalogue, &[], &[], NOTHING).await
}

pub(crate) async fn enable(body: EnableTool) -> Reply<Tool> {
    one(RouteId::EnableTool, &[], &[], Some(&body)).await
}

pub(crate) async fn update(id: ToolId, body: ToolWrite) -> Reply<Tool> {
    one(RouteId::UpdateTool, &[id.as_str()], &[], Some(&body)).await
}

pub(crate) async fn delete(id: ToolId) -> Reply<Done> {
    one(RouteId::DeleteTool, &[id.as_str()], &[], NOTHING).await
}

pub(crate) async fn attempt(id: ToolId, arguments: serde_json::Value) -> Reply<ToolRun> {
    one(RouteId::TryTool, &[id.as_str()], &[], Some(&ToolTrial { arguments })).await
}

pub(crate) async fn runs(
    id: ToolId,
    state: Option<ToolRunState>,
    cursor: Option<String>,
) -> Reply<Listed<ToolRun>> {
    let state = state.map(|state| run_key(state).to_owned());
    list(RouteId::ToolRuns, id.as_str(), &[("state", state), ("cursor", cursor)]).await
}

/// The parameter that filters calls.
pub(crate) fn run_key(state: ToolRunState) -> &'static str {
    match state {
        ToolRunState::Running => "running",
        ToolRunState::Succeeded => "succeeded",
        ToolRunState::Failed => "failed",
        ToolRunState::Refused => "refused",
    }
}

/// Calls that wait, of one conversation or of all.
pub(crate) async fn waiting(conversation: Option<ConversationId>) -> Reply<Vec<Approval>> {
    let conversation = conversation.map(|id| id.to_string());
    let state = Some("waiting".to_owned());
    one(RouteId::Approvals, &[], &[("state", state), ("conversation", conversation)], NOTHING).await
}

/// All calls that waited or wait, newest first, or those in one state.
pub(crate) async fn approvals(
    state: Option<ApprovalState>,
    cursor: Option<String>,
) -> Reply<Listed<Approval>> {
    let state = state.map(|state| approval_key(state).to_owned());
    list(RouteId::Approvals, "", &[("state", state), ("cursor", cursor)]).await
}

/// The parameter that filters approvals.
pub(crate) fn approval_key(state: ApprovalState) -> &'static str {
    match state {
        ApprovalState::Waiting => "waiting",
        ApprovalState::Approved => "approved",
        ApprovalState::Declined => "declined",
        ApprovalState::Expired => "expired",
        ApprovalState::Finished => "finished",
    }
}

pub(crate) async fn approve(id: ApprovalId) -> Reply<Approval> {
    one(RouteId::Approve, &[id.as_str()], &[], NOTHING).await
}

pub(crate) async fn decline(id: ApprovalId, reason: String) -> Reply<Approval> {
    one(RouteId::Decline, &[id.as_str()], &[], Some(&DeclineRequest { reason })).await
}
