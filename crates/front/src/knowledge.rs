//! The `Knowledge` object: what one agent knows, in one region. Its tables and their logic are
//! [`store::knowledge`]; a lost object rebuilds itself from R2, where every document's passages and vectors lie. Its
//! alarm brings meaning to what words find already ([`embedder`]).

mod embedder;

use std::cell::Cell;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::curated::Asked;
use platform::sqlite::ObjectSql;
use platform::{Failure, clock, log, objects, vectors};
use protocol::internal::{
    Call, Documents, IndexedDocument, Keep, KnowledgeStats, Nearest, NearestReply, Nothing, Put, PutCurated,
    PutTags, Remember, Retire, Search, StoredVectors,
};
use protocol::{AgentId, Problem, WorkspaceId};
use serde::de::DeserializeOwned;
use store::knowledge::{self, meaning, nearest, quantised};
use worker::{DurableObject, Env, Request, Response, State, durable_object};

/// What failed in an alarm is tried again after this long.
const AGAIN_MS: f64 = 60_000.0;

#[durable_object]
pub struct Knowledge {
    state: State,
    env: Env,
    /// The tables exist and hold what R2 holds.
    ready: Cell<bool>,
    notes: embedder::Notes,
    /// When the alarm rings, as far as this life knows.
    armed: Cell<f64>,
}

impl DurableObject for Knowledge {
    fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            ready: Cell::new(false),
            notes: embedder::Notes::default(),
            armed: Cell::new(f64::INFINITY),
        }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let path = request.path();
        match path.trim_start_matches('/') {
            Put::NAME => objects::reply("knowledge", self.put(&mut request).await),
            Keep::NAME => objects::reply("knowledge", self.keep(&mut request).await),
            Retire::NAME => objects::reply("knowledge", self.retire(&mut request).await),
            Search::NAME => objects::reply("knowledge", self.search(&mut request).await),
            Nearest::NAME => objects::reply("knowledge", self.nearest(&mut request).await),
            Remember::NAME => objects::reply("knowledge", self.remember(&mut request).await),
            Documents::NAME => objects::reply("knowledge", self.documents(&mut request).await),
            PutCurated::NAME => objects::reply("knowledge", self.curate(&mut request).await),
            PutTags::NAME => objects::reply("knowledge", self.tag(&mut request).await),
            KnowledgeStats::NAME => objects::reply("knowledge", self.stats()),
            _ => objects::reply::<Nothing>("knowledge", Err(Problem::not_found().into())),
        }
    }

    /// Never fails: a failed alarm is retried six times and then never again.
    async fn alarm(&self) -> worker::Result<Response> {
        self.wake_at(clock::now_ms() + AGAIN_MS).await;
        if let Err(failure) = self.tick().await {
            log::error("knowledge_alarm_failed", None, &failure.to_string());
            self.wake_at(clock::now_ms() + AGAIN_MS).await;
        }
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
        let reply = knowledge::put(&self.engine(), &message.document)?;
        self.arm().await?;
        Ok(reply)
    }

    async fn keep(&self, request: &mut Request) -> Result<<Keep as Call>::Reply, Failure> {
        let message: Keep = objects::message(request).await?;
        self.prepare(&message.workspace_id, &message.agent_id).await?;
        Ok(knowledge::keep(&self.engine(), &message)?)
    }

    async fn retire(&self, request: &mut Request) -> Result<<Retire as Call>::Reply, Failure> {
        let message: Retire = objects::message(request).await?;
        self.prepare(&message.workspace_id, &message.agent_id).await?;
        let reply = knowledge::retire(&self.engine(), &message)?;
        self.arm().await?;
        Ok(reply)
    }

    async fn search(&self, request: &mut Request) -> Result<<Search as Call>::Reply, Failure> {
        let message: Search = objects::message(request).await?;
        self.prepare(&message.workspace_id, &message.agent_id).await?;
        let mut reply = knowledge::search(&self.engine(), &message, clock::now_ms())?;
        reply.meaning = meaning::meaning(&self.engine(), vectors::wanted(&self.env).as_ref())?;
        Ok(reply)
    }

    async fn nearest(&self, request: &mut Request) -> Result<<Nearest as Call>::Reply, Failure> {
        let message: Nearest = objects::message(request).await?;
        self.prepare(&message.workspace_id, &message.agent_id).await?;
        let bytes = STANDARD.decode(&message.vector).map_err(|error| Failure::Internal(error.to_string()))?;
        let floats = bytes.chunks_exact(4).filter_map(|four| Some(f32::from_le_bytes(four.try_into().ok()?)));
        let question = quantised::Question::new(&floats.collect::<Vec<_>>());
        let (engine, model) = (self.engine(), message.model.as_str());
        let limit = usize::try_from(message.limit).unwrap_or_default();
        let hits = if limit > 0 { nearest::nearest(&engine, model, &question, limit)? } else { Vec::new() };
        let asked = Asked {
            question: &message.question,
            page_url: message.page_url.as_deref(),
            language: message.language.as_deref(),
        };
        let curated = nearest::close(&engine, model, &question, &asked)?;
        Ok(NearestReply { hits, curated })
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
        self.notes.lines_due.set(true);
        self.arm().await?;
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
        let mut stats = knowledge::stats(&self.engine())?;
        let wanted = vectors::wanted(&self.env);
        stats.meaning = wanted.map(|wanted| meaning::stats(&self.engine(), &wanted)).transpose()?;
        Ok(stats)
    }

    /// Does some of what is due; the rest rings again.
    async fn tick(&self) -> Result<(), Failure> {
        knowledge::migrate(&self.engine())?;
        let Some((workspace, agent)) = meaning::owner(&self.engine())? else {
            return Ok(self.state.storage().delete_alarm().await?);
        };
        self.prepare(&workspace, &agent).await?;
        let embedder = embedder::Embedder {
            env: &self.env,
            engine: self.engine(),
            workspace,
            agent,
            notes: &self.notes,
        };
        let removed = embedder.remove().await;
        embedder.embed().await?;
        removed?;
        match embedder::next_due(&self.env, &self.engine(), &self.notes)? {
            Some(at) => self.wake_at(at).await,
            None => {
                self.armed.set(f64::INFINITY);
                self.state.storage().delete_alarm().await?;
            }
        }
        Ok(())
    }

    /// Sees to it that the alarm rings for the next thing that is due.
    async fn arm(&self) -> Result<(), Failure> {
        if self.armed.get() <= clock::now_ms() {
            return Ok(());
        }
        if let Some(at) = embedder::next_due(&self.env, &self.engine(), &self.notes)?
            && at.max(clock::now_ms()) < self.armed.get()
        {
            self.wake_at(at).await;
        }
        Ok(())
    }

    async fn wake_at(&self, at: f64) {
        let at = at.max(clock::now_ms());
        self.armed.set(at);
        let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(at));
        if let Err(error) = self.state.storage().set_alarm(worker::ScheduledTime::new(date)).await {
            self.armed.set(f64::INFINITY);
            log::error("alarm_not_set", None, &error.to_string());
        }
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
        if meaning::owner(&self.engine())?.is_none() {
            let restore = |stored: StoredVectors| meaning::restore(&self.engine(), &stored);
            self.each(&protocol::objects::vectors_prefix(workspace, agent), restore).await?;
            meaning::belongs_to(&self.engine(), workspace, agent)?;
        }
        self.notes.lines_due.set(true);
        if knowledge::tags_revision(&self.engine())?.is_none() {
            self.rebuild_tags(workspace, agent).await?;
        }
        self.ready.set(true);
        self.arm().await
    }

    /// Reads every document below the agent's prefix. Two askers may do it at once: putting is idempotent.
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
    async fn each<T: DeserializeOwned>(
        &self,
        prefix: &str,
        each: impl Fn(T) -> Result<(), store::Error>,
    ) -> Result<usize, Failure> {
        let bucket = self.env.bucket("FILES")?;
        let (mut cursor, mut count) = (None::<String>, 0);
        loop {
            let mut list = bucket.list().prefix(prefix);
            if let Some(cursor) = cursor {
                list = list.cursor(cursor);
            }
            let page = list.execute().await?;
            for object in page.objects() {
                let Some(stored) = bucket.get(object.key()).execute().await? else { continue };
                let Some(body) = stored.body() else { continue };
                each(serde_json::from_str(&body.text().await?)?)?;
                count += 1;
            }
            cursor = page.cursor();
            if !page.truncated() || cursor.is_none() {
                return Ok(count);
            }
        }
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
