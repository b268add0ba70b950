//! The `Archive` object: the words of every turn and message of one workspace.

use platform::sqlite::ObjectSql;
use platform::{Failure, objects};
use protocol::Problem;
use protocol::internal::{Call, Erase, Nothing, Store, Transcript, TranscriptReply};
use store::archive;
use worker::{DurableObject, Env, Request, Response, State, durable_object};

#[durable_object]
pub struct Archive {
    state: State,
}

impl DurableObject for Archive {
    fn new(state: State, _env: Env) -> Self {
        Self { state }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let path = request.path();
        match path.trim_start_matches('/') {
            Store::NAME => objects::reply("archive", self.store(&mut request).await),
            Transcript::NAME => objects::reply("archive", self.transcript(&mut request).await),
            Erase::NAME => objects::reply("archive", self.erase(&mut request).await),
            _ => objects::reply::<Nothing>("archive", Err(Problem::not_found().into())),
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        Response::empty()
    }
}

impl Archive {
    fn engine(&self) -> ObjectSql {
        ObjectSql(self.state.storage().sql())
    }

    async fn store(&self, request: &mut Request) -> Result<Nothing, Failure> {
        let message: Store = objects::message(request).await?;
        archive::migrate(&self.engine())?;
        archive::store(&self.engine(), &message.records)?;
        archive::store_messages(&self.engine(), &message.messages)?;
        Ok(Nothing {})
    }

    async fn transcript(&self, request: &mut Request) -> Result<TranscriptReply, Failure> {
        let message: Transcript = objects::message(request).await?;
        archive::migrate(&self.engine())?;
        let (engine, conversation) = (self.engine(), &message.conversation_id);
        let turns = archive::transcript(&engine, conversation)?;
        Ok(TranscriptReply { turns, messages: archive::messages(&engine, conversation)? })
    }

    async fn erase(&self, request: &mut Request) -> Result<Nothing, Failure> {
        let message: Erase = objects::message(request).await?;
        archive::migrate(&self.engine())?;
        archive::erase(&self.engine(), message.conversations.as_deref())?;
        Ok(Nothing {})
    }
}
