//! The `Knowledge` object: what one agent knows, in one region. Its tables and their logic are
//! [`store::knowledge`]; a lost object rebuilds itself from R2, where every document's passages lie.

use platform::sqlite::ObjectSql;
use platform::{Failure, clock, log, objects};
use protocol::internal::{
    Call, Documents, IndexedDocument, Keep, KnowledgeStats, Nothing, Put, PutCurated, PutTags, Remember,
    Retire, Search,
};
use protocol::{AgentId, Problem, WorkspaceId};
use std::cell::Cell;
use store::knowledge;
use worker::{DurableObject, Env, Request, Response, State, durable_object};

#[durable_object]
pub struct Knowledge {
    state: State,
    env: Env,
    /// The tables exist and hold what R2 holds.
    ready: Cell<bool>,
}

impl DurableObject for Knowledge {
    fn new(state: State, env: Env) -> Self {
        Self { state, env, ready: Cell::new(false) }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let path = request.path();
        match path.trim_start_matches('/') {
            Put::NAME => objects::reply("knowledge", self.put(&mut request).await),
            Keep::NAME => objects::reply("knowledge", self.keep(&mut request).await),
            Retire::NAME => objects::reply("knowledge", self.retire(&mut request).await),
            Search::NAME => objects::reply("knowledge", self.search(&mut request).await),
            Remember::NAME => objects::reply("knowledge", self.remember(&mut request).await),
            Documents::NAME => objects::reply("knowledge", self.documents(&mut request).await),
            PutCurated::NAME => objects::reply("knowledge", self.curate(&mut request).await),
            PutTags::NAME => objects::reply("knowledge", self.tag(&mut request).await),
            KnowledgeStats::NAME => objects::reply("knowledge", self.stats()),
            _ => objects::reply::<Nothing>("knowledge", Err(Problem::not_found().into())),
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        Response::empty()
    }
}

impl Knowledge {
    fn engine(&self) -> ObjectSql {
        ObjectSql(self.state.storage().sql())
    }

    async fn put(&self, request: &mut Request) -> Result<<Put as Call>::Reply, Failure> {
        let message: Put = objects::message(request).await?;
        self.prepare(&message.document.workspace_id, &message.document.agent_id).await?;
        Ok(knowledge::put(&self.engine(), &message.document)?)
    }

    async fn keep(&self, request: &mut Request) -> Result<<Keep as Call>::Reply, Failure> {
        let message: Keep = objects::message(request).await?;
        self.prepare(&message.workspace_id, &message.agent_id).await?;
        Ok(knowledge::keep(&self.engine(), &message)?)
    }

    async fn retire(&self, request: &mut Request) -> Result<<Retire as Call>::Reply, Failure> {
        let message: Retire = objects::message(request).await?;
        self.prepare(&message.workspace_id, &message.agent_id).await?;
        Ok(knowledge::retire(&self.engine(), &message)?)
    }

    async fn search(&self, request: &mut Request) -> Result<<Search as Call>::Reply, Failure> {
        let message: Search = objects::message(request).await?;
        self.prepare(&message.workspace_id, &message.agent_id).await?;
        Ok(knowledge::search(&self.engine(), &message, clock::now_ms())?)
    }

    async fn remember(&self, request: &mut Request) -> Result<Nothing, Failure> {
        let message: Remember = objects::message(request).await?;
        knowledge::migrate(&self.engine())?;
        knowledge::remember(&self.engine(), &message, clock::now_ms())?;
        Ok(Nothing {})
    }

    async fn documents(&self, request: &mut Request) -> Result<<Documents as Call>::Reply, Failure> {
        let message: Documents = objects::message(request).await?;
        knowledge::migrate(&self.engine())?;
        Ok(knowledge::documents(&self.engine(), &message)?)
    }

    async fn curate(&self, request: &mut Request) -> Result<Nothing, Failure> {
        let message: PutCurated = objects::message(request).await?;
        self.prepare(&message.workspace_id, &message.agent_id).await?;
        knowledge::put_curated(&self.engine(), &message)?;
        Ok(Nothing {})
    }

    async fn tag(&self, request: &mut Request) -> Result<Nothing, Failure> {
        let message: PutTags = objects::message(request).await?;
        self.prepare(&message.workspace_id, &message.agent_id).await?;
        knowledge::put_tags(&self.engine(), &message)?;
        Ok(Nothing {})
    }

    fn stats(&self) -> Result<<KnowledgeStats as Call>::Reply, Failure> {
        knowledge::migrate(&self.engine())?;
        Ok(knowledge::stats(&self.engine())?)
    }

    /// Once per life: tables, and the content of R2 when there is none.
    async fn prepare(&self, workspace: &WorkspaceId, agent: &AgentId) -> Result<(), Failure> {
        if self.ready.get() {
            return Ok(());
        }
        knowledge::migrate(&self.engine())?;
        if knowledge::is_empty(&self.engine())? {
            self.rebuild(workspace, agent).await?;
        }
        if knowledge::curated_revision(&self.engine())?.is_none() {
            self.rebuild_curated(workspace, agent).await?;
        }
        if knowledge::tags_revision(&self.engine())?.is_none() {
            self.rebuild_tags(workspace, agent).await?;
        }
        self.ready.set(true);
        Ok(())
    }

    /// Reads every document below the agent's prefix. Two askers may do it at once: putting is idempotent.
    async fn rebuild(&self, workspace: &WorkspaceId, agent: &AgentId) -> Result<(), Failure> {
        let bucket = self.env.bucket("FILES")?;
        let prefix = protocol::objects::passages_prefix(workspace, agent);
        let (mut cursor, mut restored) = (None::<String>, 0);
        loop {
            let mut list = bucket.list().prefix(prefix.as_str());
            if let Some(cursor) = cursor {
                list = list.cursor(cursor);
            }
            let page = list.execute().await?;
            for object in page.objects() {
                let Some(stored) = bucket.get(object.key()).execute().await? else { continue };
                let Some(body) = stored.body() else { continue };
                let document: IndexedDocument = serde_json::from_str(&body.text().await?)?;
                knowledge::put(&self.engine(), &document)?;
                restored += 1;
            }
            cursor = page.cursor();
            if !page.truncated() || cursor.is_none() {
                break;
            }
        }
        if restored > 0 {
            log::info("knowledge_rebuilt", agent.as_str(), &format!("{restored} documents"));
        }
        Ok(())
    }

    /// Reads the tags, or notes that there are none.
    async fn rebuild_tags(&self, workspace: &WorkspaceId, agent: &AgentId) -> Result<(), Failure> {
        let key = protocol::objects::tags_key(workspace, agent);
        let stored = self.env.bucket("FILES")?.get(key).execute().await?;
        let set = match stored.as_ref().and_then(worker::Object::body) {
            Some(body) => serde_json::from_str(&body.text().await?)?,
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
        let key = protocol::objects::curated_key(workspace, agent);
        let stored = self.env.bucket("FILES")?.get(key).execute().await?;
        let set = match stored.as_ref().and_then(worker::Object::body) {
            Some(body) => serde_json::from_str(&body.text().await?)?,
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
