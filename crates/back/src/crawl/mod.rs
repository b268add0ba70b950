//! Crawling: the `Crawl` object knows what is left ([`object`]); a queue consumer takes pages from it in stints
//! ([`stint`]); one page becomes passages in R2 and in `Knowledge` ([`page`]); a finished run is settled
//! ([`finish`]).

pub mod finish;
mod object;
mod page;
pub mod stint;

use platform::config;
use protocol::agent::AgentSnapshot;
use protocol::internal::CrawlTarget;
use protocol::objects::ObjectName;
use store::Tenant;
use worker::Env;

/// `host:port` of sites on this machine or network that may be crawled all the same: a developer's demo site.
pub fn local_hosts(env: &Env) -> Vec<String> {
    config::optional(env, "LOCAL_HOSTS").map(|hosts| hosts.split(',').map(|host| host.trim().to_owned()).collect()).unwrap_or_default()
}

/// Where an agent's knowledge is.
pub fn knowledge_object(tenant: &Tenant, agent: &AgentSnapshot) -> ObjectName {
    protocol::objects::knowledge(tenant.workspace(), &agent.agent_id, agent.region, agent.jurisdiction)
}

/// The same, from a crawl's target.
fn knowledge_of(target: &CrawlTarget) -> ObjectName {
    protocol::objects::knowledge(&target.workspace_id, &target.agent_id, target.region, target.jurisdiction)
}
