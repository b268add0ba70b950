//! In a replica: it answers questions from what it holds while home believes in it. Otherwise it says at once that
//! it cannot, and its alarm builds it: the bulk from R2, the rest from home. It embeds nothing and deletes nothing
//! anywhere.

use platform::{Failure, clock, log, objects, random};
use protocol::internal::{IndexedDocument, StoredVectors};
use protocol::objects::{Jurisdiction, knowledge, passages_prefix, vectors_prefix};
use protocol::replica::{Copy, Follow, FollowReply, Join};
use protocol::{AgentId, Code, Problem, Region, WorkspaceId};
use store::knowledge::incoming::{self, Copied};
use store::knowledge::lacking::Lacking;
use worker::Request;

use super::Knowledge;

impl Knowledge {
    /// Whether this replica answers; if not, it sees to it that it will.
    pub(super) async fn replicated(
        &self,
        region: Region,
        workspace: &WorkspaceId,
        agent: &AgentId,
    ) -> Result<(), Failure> {
        self.migrate()?;
        let engine = self.engine();
        if incoming::copied(&engine)?.is_some_and(|copied| copied.ready) {
            return Ok(());
        }
        incoming::become_replica(&engine, workspace, agent, region)?;
        self.begin().await;
        Err(Problem::new(Code::Unavailable, "This replica is being built. Please ask at home.").into())
    }

    async fn begin(&self) {
        let now = clock::now_ms();
        if !self.building.get() && self.armed.get() > now {
            self.wake_at(now).await;
        }
    }

    /// Home tells what changed.
    pub(super) async fn follow(&self, request: &mut Request) -> Result<FollowReply, Failure> {
        let message: Follow = objects::message(request).await?;
        self.migrate()?;
        let follows = incoming::follow(&self.engine(), &message)?;
        if !follows && incoming::copied(&self.engine())?.is_some() {
            self.begin().await;
        }
        Ok(FollowReply { follows })
    }

    /// What the alarm does in a replica.
    pub(super) async fn build(&self, copied: Copied) -> Result<(), Failure> {
        if !copied.ready {
            self.building.set(true);
            let built = self.build_anew(&copied).await;
            self.building.set(false);
            match built {
                Err(Failure::Problem(problem)) if problem.code == Code::NotFound => {
                    log::info("replica_resigned", copied.agent.as_str(), copied.region.name());
                    incoming::resign(&self.engine())?;
                }
                built => built?,
            }
        }
        self.sleep().await
    }

    async fn build_anew(&self, copied: &Copied) -> Result<(), Failure> {
        let (workspace, agent) = (&copied.workspace, &copied.agent);
        let home = knowledge(workspace, agent, Region::Home, Jurisdiction::Anywhere);
        // Known here before home hears of it, so that its first word is understood.
        let epoch = random::key();
        incoming::begin(&self.engine(), &epoch, clock::now_ms())?;
        let join = Join {
            workspace_id: workspace.clone(),
            agent_id: agent.clone(),
            region: copied.region,
            epoch: epoch.clone(),
        };
        let reply = objects::call(&self.env, "KNOWLEDGE", &home, &join).await?;
        let lacking = incoming::joined(&self.engine(), copied, reply)?;
        let held = lacking.len();
        self.read(copied, lacking).await?;
        let mut asked_for = 0;
        loop {
            let asked = incoming::wanted(&self.engine())?;
            if asked.is_empty() {
                break;
            }
            let copy = Copy {
                workspace_id: workspace.clone(),
                agent_id: agent.clone(),
                parts: asked.iter().map(|(_, name)| name.clone()).collect(),
            };
            let reply = objects::call(&self.env, "KNOWLEDGE", &home, &copy).await?;
            incoming::got(&self.engine(), &asked, &reply.parts)?;
            asked_for += reply.parts.len();
        }
        if !incoming::finish(&self.engine(), &epoch)? {
            return Err(Failure::Internal("the replica missed something while it was built".into()));
        }
        let said = format!(
            "{}: {held} documents and their vectors, {asked_for} parts from home",
            copied.region.name()
        );
        log::info("replica_built", agent.as_str(), &said);
        Ok(())
    }

    /// Takes from R2 what home holds; what is not there as home holds it is to be asked for.
    async fn read(&self, copied: &Copied, mut lacking: Lacking) -> Result<(), Failure> {
        let (workspace, agent, engine) = (&copied.workspace, &copied.agent, self.engine());
        if !lacking.is_empty() {
            let take = |document: IndexedDocument| lacking.document(&engine, &document);
            self.each(&passages_prefix(workspace, agent), take).await?;
        }
        if !lacking.is_empty() {
            let take = |stored: StoredVectors| lacking.revision(&engine, &stored);
            self.each(&vectors_prefix(workspace, agent), take).await?;
        }
        Ok(lacking.ask(&engine)?)
    }
}
