//! Agents: drafts, versions, publication.

use super::{Listed, NOTHING, Reply, list, one};
use protocol::AgentId;
use protocol::api::{
    AgentDetail, AgentUpdate, Change, Done, DraftUpdate, ModelOption, NewAgent, PublishRequest,
    RollbackRequest, TurnstileKeys, Version,
};
use protocol::routes::RouteId;

pub(crate) async fn agent(id: AgentId) -> Reply<AgentDetail> {
    one(RouteId::Agent, &[id.as_str()], &[], NOTHING).await
}

pub(crate) async fn create(body: NewAgent) -> Reply<AgentDetail> {
    one(RouteId::CreateAgent, &[], &[], Some(&body)).await
}

pub(crate) async fn update(id: AgentId, body: AgentUpdate) -> Reply<AgentDetail> {
    one(RouteId::UpdateAgent, &[id.as_str()], &[], Some(&body)).await
}

pub(crate) async fn duplicate(id: AgentId) -> Reply<AgentDetail> {
    one(RouteId::DuplicateAgent, &[id.as_str()], &[], NOTHING).await
}

pub(crate) async fn delete(id: AgentId) -> Reply<Done> {
    one(RouteId::DeleteAgent, &[id.as_str()], &[], NOTHING).await
}

pub(crate) async fn save_draft(id: AgentId, body: DraftUpdate) -> Reply<AgentDetail> {
    one(RouteId::SaveDraft, &[id.as_str()], &[], Some(&body)).await
}

pub(crate) async fn publish(id: AgentId, body: PublishRequest) -> Reply<Version> {
    one(RouteId::PublishAgent, &[id.as_str()], &[], Some(&body)).await
}

pub(crate) async fn unpublish(id: AgentId) -> Reply<AgentDetail> {
    one(RouteId::UnpublishAgent, &[id.as_str()], &[], NOTHING).await
}

pub(crate) async fn set_turnstile(id: AgentId, keys: TurnstileKeys) -> Reply<AgentDetail> {
    one(RouteId::SetTurnstile, &[id.as_str()], &[], Some(&keys)).await
}

pub(crate) async fn remove_turnstile(id: AgentId) -> Reply<AgentDetail> {
    one(RouteId::RemoveTurnstile, &[id.as_str()], &[], NOTHING).await
}

pub(crate) async fn roll_back(id: AgentId, version: u32) -> Reply<Version> {
    one(RouteId::RollbackAgent, &[id.as_str()], &[], Some(&RollbackRequest { version })).await
}

pub(crate) async fn versions(id: AgentId, cursor: Option<String>) -> Reply<Listed<Version>> {
    list(RouteId::AgentVersions, id.as_str(), &[("cursor", cursor)]).await
}

/// What changes from one content to another, each a version's number or `draft`.
pub(crate) async fn diff(id: AgentId, from: String, to: String) -> Reply<Vec<Change>> {
    one(RouteId::AgentDiff, &[id.as_str()], &[("from", Some(from)), ("to", Some(to))], NOTHING).await
}

pub(crate) async fn models() -> Reply<Vec<ModelOption>> {
    one(RouteId::Models, &[], &[], NOTHING).await
}
