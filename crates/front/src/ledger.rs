//! The `Ledger` object: what a workspace may do now. One per workspace, so that one writer decides.
//!
//! It knows which version of an agent is live: a turn asks here beside retrieval, so none starts after an
//! unpublish was acknowledged, even where an edge still holds yesterday's snapshot.

use platform::sqlite::ObjectSql;
use platform::{Failure, objects};
use protocol::Problem;
use protocol::internal::{Call, Nothing, Permit, PermitReply, SetLive};
use store::ledger;
use worker::{DurableObject, Env, Request, Response, State, durable_object};

#[durable_object]
pub struct Ledger {
    state: State,
}

impl DurableObject for Ledger {
    fn new(state: State, _env: Env) -> Self {
        Self { state }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let path = request.path();
        match path.trim_start_matches('/') {
            Permit::NAME => objects::reply("ledger", self.permit(&mut request).await),
            SetLive::NAME => objects::reply("ledger", self.set_live(&mut request).await),
            _ => objects::reply::<Nothing>("ledger", Err(Problem::not_found().into())),
        }
    }
}

impl Ledger {
    fn engine(&self) -> Result<ObjectSql, Failure> {
        let engine = ObjectSql(self.state.storage().sql());
        ledger::migrate(&engine)?;
        Ok(engine)
    }

    async fn permit(&self, request: &mut Request) -> Result<PermitReply, Failure> {
        let message: Permit = objects::message(request).await?;
        Ok(ledger::permit(&self.engine()?, &message)?)
    }

    async fn set_live(&self, request: &mut Request) -> Result<Nothing, Failure> {
        let message: SetLive = objects::message(request).await?;
        ledger::set_live(&self.engine()?, &message)?;
        Ok(Nothing {})
    }
}
