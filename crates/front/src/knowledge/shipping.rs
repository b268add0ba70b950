//! At home: who changes something is told so when every replica has it. So nothing that was forgotten is cited
//! anywhere after its deletion was acknowledged.

use futures::future::join_all;
use platform::{Failure, clock, config, log, objects};
use protocol::objects::Jurisdiction;
use protocol::replica::{Copy, CopyReply, Follow, Join, JoinReply};
use protocol::{Problem, Region};
use store::knowledge::meaning;
use store::knowledge::outgoing::{self, Replica};
use worker::Request;

use super::Knowledge;

/// A replica that takes longer has not been told.
const PATIENCE_MS: u64 = 10_000;
/// What could not be told is told again after this long.
const AGAIN_MS: f64 = 5_000.0;

impl Knowledge {
    /// A replica begins. What it is told from now on begins with this answer.
    pub(super) async fn join(&self, request: &mut Request) -> Result<JoinReply, Failure> {
        let message: Join = objects::message(request).await?;
        self.prepare(&message.workspace_id, &message.agent_id).await?;
        if !config::replicas(&self.env).contains(&message.region) {
            return Err(Problem::not_found().into());
        }
        let _alone = self.shipping.lock().await;
        let mut known: Vec<Region> =
            outgoing::replicas(&self.engine())?.into_iter().map(|replica| replica.region).collect();
        if !known.contains(&message.region) {
            // Before it is told anything: a home that is lost finds its replicas there.
            known.push(message.region);
            let key = protocol::objects::replicas_key(&message.workspace_id, &message.agent_id);
            self.env.bucket("FILES")?.put(key, serde_json::to_string(&known)?).execute().await?;
        }
        Ok(outgoing::join(&self.engine(), message.region, &message.epoch)?)
    }

    pub(super) async fn copy(&self, request: &mut Request) -> Result<CopyReply, Failure> {
        let message: Copy = objects::message(request).await?;
        self.prepare(&message.workspace_id, &message.agent_id).await?;
        let names: Vec<&str> = message.parts.iter().map(String::as_str).collect();
        Ok(CopyReply { parts: outgoing::parts(&self.engine(), &names)? })
    }

    /// Tells the replicas what changed and waits until all have it.
    pub(super) async fn ship(&self) -> Result<(), Failure> {
        if outgoing::replicas(&self.engine())?.is_empty() {
            return Ok(());
        }
        let told = self.tell().await;
        if told.is_err() {
            self.wake_at(clock::now_ms() + AGAIN_MS).await;
        }
        told
    }

    async fn tell(&self) -> Result<(), Failure> {
        let wanted = outgoing::last(&self.engine())?;
        let _alone = self.shipping.lock().await;
        let configured = config::replicas(&self.env);
        loop {
            let behind: Vec<(Replica, Follow)> = outgoing::replicas(&self.engine())?
                .into_iter()
                .map(|replica| self.word(&configured, replica, wanted))
                .filter_map(Result::transpose)
                .collect::<Result<_, Failure>>()?;
            if behind.is_empty() {
                return Ok(());
            }
            let told = behind.iter().map(|(replica, word)| self.told(replica, word));
            join_all(told).await.into_iter().collect::<Result<(), Failure>>()?;
        }
    }

    /// What a replica has to be told, if anything. One that is not wanted any more, or that an earlier life of home
    /// knew, is told that it missed something.
    fn word(
        &self,
        configured: &[Region],
        replica: Replica,
        wanted: u64,
    ) -> Result<Option<(Replica, Follow)>, Failure> {
        let mut word = Follow { epoch: String::new(), after: 0, upto: 0, parts: Vec::new() };
        if configured.contains(&replica.region) && !replica.epoch.is_empty() {
            if replica.seq >= wanted {
                return Ok(None);
            }
            let Some((upto, parts)) = outgoing::changes(&self.engine(), replica.seq)? else {
                return Ok(None);
            };
            word = Follow { epoch: replica.epoch.clone(), after: replica.seq, upto, parts };
        }
        Ok(Some((replica, word)))
    }

    async fn told(&self, replica: &Replica, word: &Follow) -> Result<(), Failure> {
        let Some((workspace, agent)) = meaning::owner(&self.engine())? else { return Ok(()) };
        // Where a jurisdiction binds, no region has a replica.
        let object = protocol::objects::knowledge(&workspace, &agent, replica.region, Jurisdiction::Anywhere);
        let call = objects::call(&self.env, "KNOWLEDGE", &object, word);
        let name = replica.region.name();
        match clock::within(PATIENCE_MS, call).await {
            Some(Ok(reply)) if reply.follows => Ok(outgoing::confirmed(&self.engine(), replica, word.upto)?),
            Some(Ok(_)) => {
                log::info("replica_left", agent.as_str(), name);
                Ok(outgoing::left(&self.engine(), replica)?)
            }
            Some(Err(failure)) => {
                Err(Failure::Internal(format!("the replica {name} was not told: {failure}")))
            }
            None => Err(Failure::Internal(format!("the replica {name} was not told in time"))),
        }
    }
}
