//! The `Ledger` object: what a workspace may do now. One per workspace, so that one writer decides.
//!
//! It knows which version of an agent is live: a turn asks here beside retrieval, so none starts after an
//! unpublish was acknowledged, even where an edge still holds yesterday's snapshot. And it holds what each turn uses
//! until that turn is settled. What it lost, or was never told, the back Worker tells it when it rings; until then
//! it lets a bounded number of turns start.

use std::cell::Cell;

use platform::sqlite::ObjectSql;
use platform::{Failure, clock, config, log, objects, queue};
use protocol::Problem;
use protocol::internal::{Bell, Call, Nothing, Reserve, ReserveReply, Restore, SetLive, Settle};
use store::ledger;

use crate::conversation::firewall;
use worker::{DurableObject, Env, Request, Response, State, durable_object};

/// A turn that was not settled after this long gives back what it held: longer than four streams and three rounds of calls
/// take at most.
const HOLD_MS: f64 = 6.0 * 60_000.0;
/// While a question to the back Worker is open, it is asked again after this long.
const ASK_MS: f64 = 15_000.0;

#[durable_object]
pub struct Ledger {
    state: State,
    env: Env,
    ready: Cell<bool>,
}

impl DurableObject for Ledger {
    fn new(state: State, env: Env) -> Self {
        Self { state, env, ready: Cell::new(false) }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let path = request.path();
        match path.trim_start_matches('/') {
            Reserve::NAME => objects::reply("ledger", self.reserve(&mut request).await),
            Settle::NAME => objects::reply("ledger", self.settle(&mut request).await),
            SetLive::NAME => objects::reply("ledger", self.set_live(&mut request).await),
            Restore::NAME => objects::reply("ledger", self.restore(&mut request).await),
            _ => objects::reply::<Nothing>("ledger", Err(Problem::not_found().into())),
        }
    }

    /// Asks once more for what was not told. Never fails: a failed alarm is retried six times and then never again.
    async fn alarm(&self) -> worker::Result<Response> {
        match self.engine().and_then(|engine| Ok(ledger::unanswered(&engine)?)) {
            Ok(Some(bell)) => self.ask(&bell).await,
            Ok(None) => {}
            Err(failure) => log::error("alarm_failed", Some("ledger"), &failure.to_string()),
        }
        Response::empty()
    }
}

impl Ledger {
    fn engine(&self) -> Result<ObjectSql, Failure> {
        let engine = ObjectSql(self.state.storage().sql());
        if !self.ready.get() {
            ledger::migrate(&engine)?;
            self.ready.set(true);
        }
        Ok(engine)
    }

    async fn reserve(&self, request: &mut Request) -> Result<ReserveReply, Failure> {
        let message: Reserve = objects::message(request).await?;
        let (engine, now) = (self.engine()?, clock::now_ms());
        let hold = config::optional(&self.env, "LIMIT_HOLD_SECONDS").and_then(|seconds| seconds.parse().ok());
        let hold = hold.map_or(HOLD_MS, |seconds: f64| seconds * 1_000.0);
        let reply = ledger::reserve(&engine, &message, firewall::visitor(&self.env), now, hold)?;
        let bell = serde_json::to_string(&Bell::Ledger { workspace_id: message.workspace_id })?;
        if ledger::asks(&engine, &bell, now)? {
            self.ask(&bell).await;
        }
        Ok(reply)
    }

    /// Rings, and sets the alarm that rings again.
    async fn ask(&self, bell: &str) {
        if let Err(error) = self.state.storage().set_alarm(ASK_MS as i64).await {
            log::error("alarm_not_set", Some("ledger"), &error.to_string());
        }
        queue::ring_written(&self.env, "TURNS", bell).await;
    }

    async fn settle(&self, request: &mut Request) -> Result<Nothing, Failure> {
        let message: Settle = objects::message(request).await?;
        let (engine, now) = (self.engine()?, clock::now_ms());
        for turn in &message.turns {
            ledger::settle(&engine, turn, now)?;
        }
        Ok(Nothing {})
    }

    async fn set_live(&self, request: &mut Request) -> Result<Nothing, Failure> {
        let message: SetLive = objects::message(request).await?;
        ledger::set_live(&self.engine()?, &message)?;
        Ok(Nothing {})
    }

    async fn restore(&self, request: &mut Request) -> Result<Nothing, Failure> {
        let message: Restore = objects::message(request).await?;
        ledger::restore(&self.engine()?, &message, clock::now_ms())?;
        Ok(Nothing {})
    }
}
