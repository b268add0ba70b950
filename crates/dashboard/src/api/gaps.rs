//! Gaps: what the agent could not answer well.

use super::{Listed, NOTHING, Reply, list, one};
use protocol::api::{CuratedContent, Gap, GapCounts, GapStatus, GapUpdate};
use protocol::routes::RouteId;
use protocol::{AgentId, GapId};

pub(crate) async fn gaps(agent: AgentId, status: GapStatus, cursor: Option<String>) -> Reply<Listed<Gap>> {
    let status = match status {
        GapStatus::Open => "open",
        GapStatus::Answered => "answered",
        GapStatus::Ignored => "ignored",
    };
    list(RouteId::Gaps, agent.as_str(), &[("status", Some(status.to_owned())), ("cursor", cursor)]).await
}

pub(crate) async fn counts(agent: AgentId) -> Reply<GapCounts> {
    one(RouteId::GapCounts, &[agent.as_str()], &[], NOTHING).await
}

pub(crate) async fn update(gap: GapId, status: GapStatus) -> Reply<Gap> {
    one(RouteId::UpdateGap, &[gap.as_str()], &[], Some(&GapUpdate { status })).await
}

pub(crate) async fn answer(gap: GapId, content: CuratedContent) -> Reply<Gap> {
    one(RouteId::AnswerGap, &[gap.as_str()], &[], Some(&content)).await
}
