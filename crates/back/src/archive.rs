//! The `Archive` object: the words of every turn and message of one workspace, and what visitors think of answers.

use crate::backup::{self, ReadRows, Wake, WriteRows};
use platform::sqlite::ObjectSql;
use platform::{Failure, log, objects};
use protocol::internal::{
    Call, Erase, Nothing, SearchTurns, SearchTurnsReply, Store, Transcript, TranscriptReply,
};
use protocol::{Code, Problem};
use store::archive;
use worker::{DurableObject, Env, Request, Response, State, durable_object};

/// Turns and messages of before the search that are indexed at once: half a second's work.
const AT_ONCE: u32 = 1_000;
/// Pause before the next of them.
const PAUSE_MS: u64 = 200;

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
            SearchTurns::NAME => objects::reply("archive", self.search(&mut request).await),
            Erase::NAME => objects::reply("archive", self.erase(&mut request).await),
            ReadRows::NAME | WriteRows::NAME => match archive::migrate(&self.engine()) {
                Ok(()) => backup::answer("archive", &mut request, &self.engine()).await,
                Err(error) => objects::reply::<Nothing>("archive", Err(error.into())),
            },
            Wake::NAME => objects::reply("archive", self.index_anew().await),
            _ => objects::reply::<Nothing>("archive", Err(Problem::not_found().into())),
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        if let Err(failure) = self.catch_up().await {
            log::error("archive_not_indexed", None, &failure.to_string());
        }
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
        archive::store(&self.engine(), &message.records, &message.messages)?;
        if let Some(conversation) = &message.conversation_id {
            archive::store_feedback(&self.engine(), conversation, &message.feedback)?;
        }
        Ok(Nothing {})
    }

    /// Its rows were restored: the search is made from them.
    async fn index_anew(&self) -> Result<Nothing, Failure> {
        archive::migrate(&self.engine())?;
        archive::index_anew(&self.engine())?;
        self.catch_up().await.map(|_| Nothing {})
    }

    /// Indexes what was stored before there was a search, a part now and the rest by and by. Says whether all is in.
    async fn catch_up(&self) -> Result<bool, Failure> {
        archive::migrate(&self.engine())?;
        let more = archive::catch_up(&self.engine(), AT_ONCE)?;
        if more {
            self.state.storage().set_alarm(std::time::Duration::from_millis(PAUSE_MS)).await?;
        }
        Ok(!more)
    }

    async fn search(&self, request: &mut Request) -> Result<SearchTurnsReply, Failure> {
        let message: SearchTurns = objects::message(request).await?;
        if !self.catch_up().await? {
            let words = "Older conversations are being prepared for the search. Try again in a minute.";
            return Err(Problem::new(Code::Unavailable, words).into());
        }
        Ok(archive::search(&self.engine(), &message)?)
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
        archive::erase(&self.engine(), message.conversations.as_deref(), message.before)?;
        if message.scrub {
            archive::scrub(&self.engine())?;
        }
        Ok(Nothing {})
    }
}
