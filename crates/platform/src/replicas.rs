//! What an agent knows, asked where it is nearest: in the replica of the visitor's region, at home where there is none
//! or it does not answer.

use std::cell::RefCell;
use std::collections::HashMap;

use protocol::agent::AgentSnapshot;
use protocol::internal::Call;
use protocol::objects::{Jurisdiction, ObjectName};
use protocol::{AgentId, Region};
use worker::Env;

use crate::{Failure, clock, config, log, objects};

/// A replica that did not answer is left alone for this long.
const AWAY_MS: f64 = 30_000.0;
/// A visitor waits for a replica no longer than this.
const PATIENCE_MS: u64 = 2_000;
/// Replicas that are remembered in an isolate.
const REMEMBERED: usize = 1_000;

thread_local! {
    /// Until when replicas are left alone, so that no second visitor waits for them.
    static AWAY: RefCell<HashMap<(AgentId, Region), f64>> = RefCell::default();
}

/// The configured region that is nearest to who sends a request. Home where none is, or where nothing may leave a
/// jurisdiction.
#[must_use]
pub fn nearest(env: &Env, request: &worker::Request, jurisdiction: Jurisdiction) -> Region {
    let regions = config::replicas(env);
    let Some(cf) = request.cf().filter(|_| !regions.is_empty() && jurisdiction == Jurisdiction::Anywhere)
    else {
        return Region::Home;
    };
    let (continent, country) = (cf.continent().unwrap_or_default(), cf.country().unwrap_or_default());
    let longitude = cf.coordinates().map(|(_, longitude)| longitude);
    let visitor = Region::of_visitor(&continent, &country, longitude);
    visitor.and_then(|visitor| visitor.nearest(&regions)).unwrap_or_default()
}

/// What an agent knows, seen from a region.
#[derive(Clone, Copy)]
pub struct Replicas<'a> {
    pub env: &'a Env,
    pub agent: &'a AgentSnapshot,
    pub region: Region,
}

impl Replicas<'_> {
    /// The object that is asked now.
    #[must_use]
    pub fn object(self) -> ObjectName {
        self.replica().unwrap_or_else(|| self.at(self.agent.region))
    }

    fn at(self, region: Region) -> ObjectName {
        let agent = self.agent;
        protocol::objects::knowledge(&agent.workspace_id, &agent.agent_id, region, agent.jurisdiction)
    }

    fn replica(self) -> Option<ObjectName> {
        let key = (self.agent.agent_id.clone(), self.region);
        let away = AWAY.with_borrow(|away| away.get(&key).is_some_and(|until| *until > clock::now_ms()));
        (self.region != Region::Home && !away).then(|| self.at(self.region))
    }

    /// Asks the nearest that answers.
    ///
    /// # Errors
    /// When home does not answer either.
    pub async fn ask<C: Call>(self, message: &C) -> Result<C::Reply, Failure> {
        if let Some(replica) = self.replica() {
            let call = objects::call(self.env, "KNOWLEDGE", &replica, message);
            match clock::within(PATIENCE_MS, call).await {
                Some(Ok(reply)) => return Ok(reply),
                Some(Err(failure)) => self.leave_alone(&failure.to_string()),
                None => self.leave_alone("no answer in time"),
            }
        }
        objects::call(self.env, "KNOWLEDGE", &self.at(self.agent.region), message).await
    }

    fn leave_alone(self, reason: &str) {
        let agent = &self.agent.agent_id;
        log::info("replica_left_alone", agent.as_str(), &format!("{}: {reason}", self.region.name()));
        AWAY.with_borrow_mut(|away| {
            if away.len() >= REMEMBERED {
                away.clear();
            }
            away.insert((agent.clone(), self.region), clock::now_ms() + AWAY_MS);
        });
    }
}
