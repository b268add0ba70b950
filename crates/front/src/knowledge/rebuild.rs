//! A lost object comes back from R2, where every document's passages and vectors lie.

use futures::future::try_join_all;
use platform::{Failure, log};
use protocol::internal::{IndexedDocument, PutCurated, PutTags, StoredVectors};
use protocol::{AgentId, Region, WorkspaceId};
use serde::de::DeserializeOwned;
use store::knowledge::{self, meaning, outgoing};

use super::Knowledge;

/// Objects of R2 that are read side by side: a Worker has six connections.
const AT_ONCE: usize = 6;

impl Knowledge {
    /// Once per life: tables, and the content of R2 when there is none. Whoever comes meanwhile waits: what is put
    /// or forgotten while R2 is still being read would be undone by what was read before.
    pub(super) async fn prepare(&self, workspace: &WorkspaceId, agent: &AgentId) -> Result<(), Failure> {
        if self.ready.get() {
            return Ok(());
        }
        let _alone = self.preparing.lock().await;
        if self.ready.get() {
            return Ok(());
        }
        self.migrate()?;
        if knowledge::is_empty(&self.engine())? {
            self.rebuild(workspace, agent).await?;
        }
        if knowledge::curated_revision(&self.engine())?.is_none() {
            self.rebuild_curated(workspace, agent).await?;
        }
        if meaning::owner(&self.engine())?.is_none() {
            let restore = |stored: StoredVectors| meaning::restore(&self.engine(), &stored);
            self.each(&protocol::objects::vectors_prefix(workspace, agent), restore).await?;
            let key = protocol::objects::replicas_key(workspace, agent);
            let known: Vec<Region> = self.stored(&key).await?.unwrap_or_default();
            outgoing::suspect(&self.engine(), &known)?;
            meaning::belongs_to(&self.engine(), workspace, agent)?;
        }
        self.notes.lines_due.set(true);
        if knowledge::tags_revision(&self.engine())?.is_none() {
            self.rebuild_tags(workspace, agent).await?;
        }
        self.ready.set(true);
        self.arm().await
    }

    /// Reads every document below the agent's prefix.
    async fn rebuild(&self, workspace: &WorkspaceId, agent: &AgentId) -> Result<(), Failure> {
        let prefix = protocol::objects::passages_prefix(workspace, agent);
        let put = |document: IndexedDocument| knowledge::put(&self.engine(), &document).map(|_| ());
        let restored = self.each(&prefix, put).await?;
        if restored > 0 {
            log::info("knowledge_rebuilt", agent.as_str(), &format!("{restored} documents"));
        }
        Ok(())
    }

    /// Does something with all that R2 holds below a prefix; says how much that was.
    pub(super) async fn each<T: DeserializeOwned>(
        &self,
        prefix: &str,
        mut each: impl FnMut(T) -> Result<(), store::Error>,
    ) -> Result<usize, Failure> {
        self.texts(prefix, &mut |text| Ok(each(protocol::json::read(text)?)?)).await
    }

    async fn texts(
        &self,
        prefix: &str,
        each: &mut dyn FnMut(&str) -> Result<(), Failure>,
    ) -> Result<usize, Failure> {
        let bucket = self.env.bucket("FILES")?;
        let (mut cursor, mut count) = (None::<String>, 0);
        loop {
            let mut list = bucket.list().prefix(prefix);
            if let Some(cursor) = cursor {
                list = list.cursor(cursor);
            }
            let page = list.execute().await?;
            let keys: Vec<String> = page.objects().iter().map(worker::Object::key).collect();
            for keys in keys.chunks(AT_ONCE) {
                let texts = try_join_all(keys.iter().map(|key| self.text(key))).await?;
                for text in texts.iter().flatten() {
                    each(text)?;
                    count += 1;
                }
            }
            cursor = page.cursor();
            if !page.truncated() || cursor.is_none() {
                return Ok(count);
            }
        }
    }

    async fn text(&self, key: &str) -> Result<Option<String>, Failure> {
        let stored = self.env.bucket("FILES")?.get(key).execute().await?;
        let Some(body) = stored.as_ref().and_then(worker::Object::body) else { return Ok(None) };
        Ok(Some(body.text().await?))
    }

    /// What R2 holds under a key.
    async fn stored<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Failure> {
        let text = self.text(key).await?;
        Ok(text.map(|text| protocol::json::read(&text)).transpose()?)
    }

    /// Reads the tags, or notes that there are none.
    async fn rebuild_tags(&self, workspace: &WorkspaceId, agent: &AgentId) -> Result<(), Failure> {
        let stored = self.stored(&protocol::objects::tags_key(workspace, agent)).await?;
        let set = match stored {
            Some(set) => set,
            None => PutTags {
                workspace_id: workspace.clone(),
                agent_id: agent.clone(),
                revision: 0,
                tagged: Vec::new(),
            },
        };
        Ok(knowledge::put_tags(&self.engine(), &set)?)
    }

    /// Reads the curated answers, or notes that there are none, so that nobody looks again.
    async fn rebuild_curated(&self, workspace: &WorkspaceId, agent: &AgentId) -> Result<(), Failure> {
        let stored = self.stored(&protocol::objects::curated_key(workspace, agent)).await?;
        let set = match stored {
            Some(set) => set,
            None => PutCurated {
                workspace_id: workspace.clone(),
                agent_id: agent.clone(),
                revision: 0,
                answers: Vec::new(),
            },
        };
        Ok(knowledge::put_curated(&self.engine(), &set)?)
    }
}
