//! The `Knowledge` object: what one agent knows, in one region. Its tables and their logic are
//! [`store::knowledge`]; a lost object rebuilds itself from R2 ([`rebuild`]). Everything is written at home, whose alarm
//! brings meaning to what words find already ([`embedder`]) and which keeps the replicas of other regions in step
//! ([`shipping`], [`replica`]).

mod embedder;
mod rebuild;
mod replica;
mod shipping;

use std::cell::Cell;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::curated::Asked;
use futures::lock::Mutex;
use platform::sqlite::ObjectSql;
use platform::{Failure, clock, log, objects, vectors};
use protocol::internal::{
    Call, Documents, ForgetAsked, Keep, KnowledgeStats, Nearest, NearestReply, Nothing, Put, PutCurated,
    PutTags, Remember, Retire, Search,
};
use protocol::replica::{Copy, Follow, Join};
use protocol::{AgentId, Problem, Region, WorkspaceId};
use store::knowledge::{self, incoming, meaning, nearest, outgoing, quantised};
use worker::{DurableObject, Env, Request, Response, State, durable_object};

/// What failed in an alarm is tried again after this long.
const AGAIN_MS: f64 = 60_000.0;

#[durable_object]
pub struct Knowledge {
    state: State,
    env: Env,
    /// The tables exist.
    migrated: Cell<bool>,
    /// They hold what R2 holds.
    ready: Cell<bool>,
    /// Held by who reads R2.
    preparing: Mutex<()>,
    /// Held by who tells the replicas.
    shipping: Mutex<()>,
    /// A replica that is being built.
    building: Cell<bool>,
    notes: embedder::Notes,
    /// When the alarm rings, as far as this life knows.
    armed: Cell<f64>,
}

impl DurableObject for Knowledge {
    fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            migrated: Cell::new(false),
            ready: Cell::new(false),
            preparing: Mutex::default(),
            shipping: Mutex::default(),
            building: Cell::new(false),
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
            ForgetAsked::NAME => objects::reply("knowledge", self.forget_asked()),
            Documents::NAME => objects::reply("knowledge", self.documents(&mut request).await),
            PutCurated::NAME => objects::reply("knowledge", self.curate(&mut request).await),
            PutTags::NAME => objects::reply("knowledge", self.tag(&mut request).await),
            Join::NAME => objects::reply("knowledge", self.join(&mut request).await),
            Copy::NAME => objects::reply("knowledge", self.copy(&mut request).await),
            Follow::NAME => objects::reply("knowledge", self.follow(&mut request).await),
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

    /// Once per life: the tables.
    fn migrate(&self) -> Result<(), Failure> {
        if !self.migrated.get() {
            knowledge::migrate(&self.engine())?;
            self.migrated.set(true);
        }
        Ok(())
    }

    /// Sees to it that a question is answered from all that there is, at home as in a replica.
    async fn complete(
        &self,
        region: Region,
        workspace: &WorkspaceId,
        agent: &AgentId,
    ) -> Result<(), Failure> {
        match region {
            Region::Home => self.prepare(workspace, agent).await,
            region => self.replicated(region, workspace, agent).await,
        }
    }

    async fn put(&self, request: &mut Request) -> Result<<Put as Call>::Reply, Failure> {
        let message: Put = objects::message(request).await?;
        self.prepare(&message.document.workspace_id, &message.document.agent_id).await?;
        let reply = knowledge::put(&self.engine(), &message.document)?;
        self.arm().await?;
        self.ship().await?;
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
        self.ship().await?;
        Ok(reply)
    }

    async fn search(&self, request: &mut Request) -> Result<<Search as Call>::Reply, Failure> {
        let region = objects::region(request)?;
        let message: Search = objects::message(request).await?;
        self.complete(region, &message.workspace_id, &message.agent_id).await?;
        let mut reply = knowledge::search(&self.engine(), &message, clock::now_ms())?;
        reply.meaning = meaning::meaning(&self.engine(), vectors::wanted(&self.env).as_ref())?;
        Ok(reply)
    }

    async fn nearest(&self, request: &mut Request) -> Result<<Nearest as Call>::Reply, Failure> {
        let region = objects::region(request)?;
        let message: Nearest = objects::message(request).await?;
        self.complete(region, &message.workspace_id, &message.agent_id).await?;
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
        self.migrate()?;
        knowledge::remember(&self.engine(), &message, clock::now_ms())?;
        Ok(Nothing {})
    }

    fn forget_asked(&self) -> Result<Nothing, Failure> {
        self.migrate()?;
        knowledge::forget_asked(&self.engine())?;
        Ok(Nothing {})
    }

    async fn documents(&self, request: &mut Request) -> Result<<Documents as Call>::Reply, Failure> {
        let message: Documents = objects::message(request).await?;
        self.migrate()?;
        Ok(knowledge::documents(&self.engine(), &message)?)
    }

    async fn curate(&self, request: &mut Request) -> Result<Nothing, Failure> {
        let message: PutCurated = objects::message(request).await?;
        self.prepare(&message.workspace_id, &message.agent_id).await?;
        knowledge::put_curated(&self.engine(), &message)?;
        self.notes.lines_due.set(true);
        self.arm().await?;
        self.ship().await?;
        Ok(Nothing {})
    }

    async fn tag(&self, request: &mut Request) -> Result<Nothing, Failure> {
        let message: PutTags = objects::message(request).await?;
        self.prepare(&message.workspace_id, &message.agent_id).await?;
        knowledge::put_tags(&self.engine(), &message)?;
        self.ship().await?;
        Ok(Nothing {})
    }

    fn stats(&self) -> Result<<KnowledgeStats as Call>::Reply, Failure> {
        self.migrate()?;
        let mut stats = knowledge::stats(&self.engine())?;
        let wanted = vectors::wanted(&self.env);
        stats.meaning = wanted.map(|wanted| meaning::stats(&self.engine(), &wanted)).transpose()?;
        Ok(stats)
    }

    /// Does some of what is due; the rest rings again.
    async fn tick(&self) -> Result<(), Failure> {
        self.migrate()?;
        if let Some(copied) = incoming::copied(&self.engine())? {
            return self.build(copied).await;
        }
        let Some((workspace, agent)) = meaning::owner(&self.engine())? else {
            return self.sleep().await;
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
        let embedded = embedder.embed().await;
        self.ship().await?;
        embedded?;
        removed?;
        match embedder::next_due(&self.env, &self.engine(), &self.notes)? {
            Some(at) => self.wake_at(at).await,
            // Somebody's change could not be told meanwhile.
            None if outgoing::last(&self.engine())? > 0 => self.wake_at(clock::now_ms() + AGAIN_MS).await,
            None => self.sleep().await?,
        }
        Ok(())
    }

    /// Nothing is due.
    async fn sleep(&self) -> Result<(), Failure> {
        self.armed.set(f64::INFINITY);
        Ok(self.state.storage().delete_alarm().await?)
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
}
