//! Rules, calls to action, experiments.

use super::{NOTHING, Reply, call, one};
use protocol::api::{
    ApplyVariant, CtaOrder, CtaRule, CtaUpdate, Data, Done, Experiment, ExperimentUpdate, ExperimentWrite,
    Rule, RuleOrder, RuleTrial, RuleTrialReply, RuleUpdate,
};
use protocol::routes::RouteId;
use protocol::rules::{CtaContent, RuleContent};
use protocol::{AgentId, CtaId, ExperimentId, RuleId, VariantId};
use serde::de::DeserializeOwned;

async fn all<T: DeserializeOwned>(id: RouteId, agent: &AgentId) -> Reply<Vec<T>> {
    let reply: Data<Vec<T>> = call(id, &[agent.as_str()], &[], NOTHING).await?;
    Ok(reply.data)
}

pub(crate) async fn rules(agent: AgentId) -> Reply<Vec<Rule>> {
    all(RouteId::Rules, &agent).await
}

pub(crate) async fn create_rule(agent: AgentId, content: RuleContent) -> Reply<Rule> {
    one(RouteId::CreateRule, &[agent.as_str()], &[], Some(&content)).await
}

pub(crate) async fn update_rule(id: RuleId, revision: u32, content: RuleContent) -> Reply<Rule> {
    one(RouteId::UpdateRule, &[id.as_str()], &[], Some(&RuleUpdate { revision, content })).await
}

pub(crate) async fn delete_rule(id: RuleId) -> Reply<Done> {
    one(RouteId::DeleteRule, &[id.as_str()], &[], NOTHING).await
}

pub(crate) async fn order_rules(agent: AgentId, ids: Vec<RuleId>) -> Reply<Done> {
    one(RouteId::OrderRules, &[agent.as_str()], &[], Some(&RuleOrder { ids })).await
}

pub(crate) async fn try_rules(agent: AgentId, trial: RuleTrial) -> Reply<RuleTrialReply> {
    one(RouteId::TryRules, &[agent.as_str()], &[], Some(&trial)).await
}

pub(crate) async fn ctas(agent: AgentId) -> Reply<Vec<CtaRule>> {
    all(RouteId::CtaRules, &agent).await
}

pub(crate) async fn create_cta(agent: AgentId, content: CtaContent) -> Reply<CtaRule> {
    one(RouteId::CreateCtaRule, &[agent.as_str()], &[], Some(&content)).await
}

pub(crate) async fn update_cta(id: CtaId, revision: u32, content: CtaContent) -> Reply<CtaRule> {
    one(RouteId::UpdateCtaRule, &[id.as_str()], &[], Some(&CtaUpdate { revision, content })).await
}

pub(crate) async fn delete_cta(id: CtaId) -> Reply<Done> {
    one(RouteId::DeleteCtaRule, &[id.as_str()], &[], NOTHING).await
}

pub(crate) async fn order_ctas(agent: AgentId, ids: Vec<CtaId>) -> Reply<Done> {
    one(RouteId::OrderCtaRules, &[agent.as_str()], &[], Some(&CtaOrder { ids })).await
}

pub(crate) async fn experiments(agent: AgentId) -> Reply<Vec<Experiment>> {
    all(RouteId::Experiments, &agent).await
}

pub(crate) async fn create_experiment(agent: AgentId, write: ExperimentWrite) -> Reply<Experiment> {
    one(RouteId::CreateExperiment, &[agent.as_str()], &[], Some(&write)).await
}

pub(crate) async fn update_experiment(
    id: ExperimentId,
    revision: u32,
    content: ExperimentWrite,
) -> Reply<Experiment> {
    one(RouteId::UpdateExperiment, &[id.as_str()], &[], Some(&ExperimentUpdate { revision, content })).await
}

pub(crate) async fn delete_experiment(id: ExperimentId) -> Reply<Done> {
    one(RouteId::DeleteExperiment, &[id.as_str()], &[], NOTHING).await
}

pub(crate) async fn start_experiment(id: ExperimentId) -> Reply<Experiment> {
    one(RouteId::StartExperiment, &[id.as_str()], &[], NOTHING).await
}

pub(crate) async fn stop_experiment(id: ExperimentId) -> Reply<Experiment> {
    one(RouteId::StopExperiment, &[id.as_str()], &[], NOTHING).await
}

pub(crate) async fn apply_variant(id: ExperimentId, variant_id: VariantId) -> Reply<Experiment> {
    one(RouteId::ApplyExperiment, &[id.as_str()], &[], Some(&ApplyVariant { variant_id })).await
}
