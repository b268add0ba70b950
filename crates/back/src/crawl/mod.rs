//! Crawling: a run begins by a member or a schedule ([`begin`]); the `Crawl` object knows what is left ([`object`]); a queue consumer takes pages from it in stints
//! ([`stint`]); one page becomes passages in R2 and in `Knowledge` ([`page`]), unless it is what it was
//! ([`revisit`]); a finished run is settled ([`finish`]).

pub mod access;
pub mod begin;
pub mod finish;
mod missing;
mod object;
mod page;
mod render;
mod revisit;
pub mod stint;
mod verdict;

use platform::{config, rendering};
use protocol::agent::AgentSnapshot;
use protocol::internal::CrawlTarget;
use protocol::objects::ObjectName;
use store::Tenant;
use worker::Env;

/// `host:port` of sites on this machine or network that may be crawled all the same: a developer's demo site.
pub fn local_hosts(env: &Env) -> Vec<String> {
    config::optional(env, "LOCAL_HOSTS")
        .map(|hosts| hosts.split(',').map(|host| host.trim().to_owned()).collect())
        .unwrap_or_default()
}

/// How long a site may take over one address.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// Until the head of its response.
    pub head_ms: u64,
    /// From there to the end of the body.
    pub body_ms: u64,
    /// What running its scripts may take after that.
    pub render_ms: u64,
}

/// What reading and indexing a page takes beyond waiting for its site, generously.
const INDEXING_MS: u64 = 15_000;

impl Deadlines {
    pub fn of(env: &Env) -> Self {
        let ms = |name, usual| config::optional(env, name).and_then(|ms| ms.parse().ok()).unwrap_or(usual);
        Self {
            head_ms: ms("CRAWL_HEAD_MS", 15_000),
            body_ms: ms("CRAWL_BODY_MS", 30_000),
            render_ms: if rendering::configured(env) { rendering::TOTAL_MS } else { 0 },
        }
    }

    /// A page that was taken and not reported within this time is given to somebody else.
    pub fn lease_ms(self) -> u64 {
        self.head_ms + self.body_ms + self.render_ms + INDEXING_MS
    }
}

/// Where an agent's knowledge is.
pub fn knowledge_object(tenant: &Tenant, agent: &AgentSnapshot) -> ObjectName {
    protocol::objects::knowledge(tenant.workspace(), &agent.agent_id, agent.region, agent.jurisdiction)
}

/// The same, from a crawl's target.
fn knowledge_of(target: &CrawlTarget) -> ObjectName {
    protocol::objects::knowledge(&target.workspace_id, &target.agent_id, target.region, target.jurisdiction)
}
