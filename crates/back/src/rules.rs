//! What published agents are told of their rules, calls to action and experiments.

use domain::cta;
use platform::relational::Relational;
use platform::{Failure, clock, log};
use protocol::AgentId;
use protocol::agent::AgentSnapshot;
use protocol::experiments::EdgeExperiment;
use protocol::lead::LeadForm;
use protocol::rules::{Cta, CtaKind, EdgeCta, EdgeRule};
use store::rules::{Table, enabled, read_edge_cta, read_edge_rule};
use store::{Actor, Statement, Tenant, experiments, versions};
use worker::Env;

use crate::edge;

/// The rules of an agent that are switched on, in their order.
///
/// # Errors
/// When the database refuses.
pub async fn of_agent(env: &Env, tenant: &Tenant, agent: &AgentId) -> Result<Vec<EdgeRule>, Failure> {
    let rows = Relational::of(env)?.rows(&enabled(tenant, Table::Rules, agent)).await?;
    rows.iter().map(|row| Ok(read_edge_rule(row)?)).collect()
}

/// The calls to action of an agent that are switched on, in their order.
///
/// # Errors
/// When the database refuses.
pub async fn ctas_of(env: &Env, tenant: &Tenant, agent: &AgentId) -> Result<Vec<EdgeCta>, Failure> {
    let rows = Relational::of(env)?.rows(&enabled(tenant, Table::Ctas, agent)).await?;
    rows.iter().map(|row| Ok(read_edge_cta(row)?)).collect()
}

/// A draft or version with the calls to action that its visitors are shown.
///
/// # Errors
/// When the database refuses.
pub async fn with_ctas(env: &Env, tenant: &Tenant, agent: AgentSnapshot) -> Result<AgentSnapshot, Failure> {
    let ctas = ctas_of(env, tenant, &agent.agent_id).await?;
    let mut agent = AgentSnapshot { ctas, ..agent };
    cta::possible(&mut agent);
    Ok(agent)
}

/// The form that a call to action opens in a conversation with the agent.
#[must_use]
pub fn form(cta: &Cta, agent: &AgentSnapshot) -> Option<LeadForm> {
    match cta.kind {
        CtaKind::CaptureEmail => LeadForm::of(agent.lead_fields.clone(), agent.lead_consent.clone()),
        _ => None,
    }
}

/// The running experiments of an agent.
///
/// # Errors
/// When the database refuses.
pub async fn running(env: &Env, tenant: &Tenant, agent: &AgentId) -> Result<Vec<EdgeExperiment>, Failure> {
    let rows = Relational::of(env)?.rows(&experiments::running(tenant, agent)).await?;
    rows.iter().map(|row| Ok(experiments::read_edge(row)?)).collect()
}

/// A published agent with all of these as they are now.
///
/// # Errors
/// When the database refuses.
pub async fn with_all(env: &Env, tenant: &Tenant, agent: AgentSnapshot) -> Result<AgentSnapshot, Failure> {
    let id = &agent.agent_id;
    let (mut rules, ctas) = (of_agent(env, tenant, id).await?, ctas_of(env, tenant, id).await?);
    for EdgeRule { content, .. } in &mut rules {
        content.page = domain::rules::spelled_out(std::mem::take(&mut content.page));
    }
    let experiments = running(env, tenant, id).await?;
    Ok(AgentSnapshot { rules, ctas, experiments, ..agent })
}

/// Makes a change and tells the edges at once: how many rows each of the statements changed. Where the edges cannot be
/// told, the schedule does it.
///
/// # Errors
/// When the database refuses; then nothing happened.
pub async fn change(
    env: &Env,
    actor: &Actor,
    agent: &AgentId,
    statements: &[Statement],
) -> Result<Vec<usize>, Failure> {
    let mut all = statements.to_vec();
    all.push(versions::changed(&actor.tenant, agent, clock::now_ms()));
    let mut changed = Relational::of(env)?.change(&all).await?;
    let published = changed.pop() == Some(1);
    if published && let Err(failure) = edge::tell(env, &actor.tenant, agent).await {
        log::error("edge_not_told", Some(agent.as_str()), &failure.to_string());
    }
    Ok(changed)
}
