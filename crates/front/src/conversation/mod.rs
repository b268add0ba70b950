//! The `Conversation` object: one thread with one visitor. It holds the recent turns, the running turn, the
//! numbered frames and the outbox, survives eviction at any moment, and deletes itself a day after the visitor
//! left.

mod attend;
mod feedback;
pub mod firewall;
mod handover;
mod lead;
mod live;
mod messages;
mod telling;
mod turn;

use std::rc::Rc;

use live::Live;
use platform::{Failure, clock, http, objects};
use protocol::frame::ServerFrame;
use protocol::internal::{
    Admission, Attend, AttendReply, Call, Capture, Confirm, Erase, KeepSummary, Nothing, Pending, Queued,
    QueuedReply,
};
use protocol::{Code, Problem};
use store::attendance;
use store::thread::{self, feedback as opinions, gate, outbox};
use worker::{
    DurableObject, Env, Method, Request, Response, State, WebSocket, WebSocketIncomingMessage, WebSocketPair,
    durable_object,
};

use crate::routes::{ADMISSION_HEADER, back};

/// A conversation without a visitor for this long is forgotten here; the archive has it.
const IDLE_MS: f64 = 24.0 * 60.0 * 60.0 * 1_000.0;
/// At this pace an alarm looks whether a turn was cut off or a bell lost. Setting one is a write, and having it ring wakes
/// the object: who comes back to a turn that was cut off begins it again without one.
const WATCH_MS: f64 = 60_000.0;

#[durable_object]
pub struct Conversation {
    live: Rc<Live>,
}

impl DurableObject for Conversation {
    fn new(state: State, env: Env) -> Self {
        Self { live: Live::new(state, env) }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let path = request.path();
        let result = match path.trim_start_matches('/') {
            "socket" => self.socket(&request).await,
            "ask" => self.ask(&mut request).await,
            Attend::NAME => return objects::reply("conversation", self.attend(&mut request).await),
            Erase::NAME => return objects::reply("conversation", self.erase().await),
            Capture::NAME => return objects::reply("conversation", self.capture(&mut request).await),
            Queued::NAME => return objects::reply("conversation", self.queued(&mut request).await),
            Pending::NAME => return objects::written("conversation", self.pending()),
            Confirm::NAME => return objects::reply("conversation", self.confirm(&mut request).await),
            KeepSummary::NAME => {
                return objects::reply("conversation", self.keep_summary(&mut request).await);
            }
            _ => Err(Problem::not_found().into()),
        };
        match result {
            Ok(response) => Ok(response),
            Err(failure) => objects::reply::<Nothing>("conversation", Err(failure)),
        }
    }

    async fn websocket_message(
        &self,
        socket: WebSocket,
        message: WebSocketIncomingMessage,
    ) -> worker::Result<()> {
        let _door = self.live.door.lock().await;
        if let Err(failure) = self.live.prepare() {
            return self.refuse_all(&socket, &failure);
        }
        turn::recover(&self.live);
        if let Err(problem) = messages::receive(&self.live, message).await {
            let refused = ServerFrame::Refused {
                message_id: problem.0,
                code: problem.1.code,
                message: problem.1.message,
            };
            live::send(&socket, &refused);
        }
        Ok(())
    }

    async fn websocket_close(
        &self,
        socket: WebSocket,
        code: usize,
        _reason: String,
        _clean: bool,
    ) -> worker::Result<()> {
        self.live.closed();
        // Answering the close ends the handshake; without it the client hangs in CLOSING. 1005 and 1006 are
        // never sent on the wire.
        let code =
            u16::try_from(code).ok().filter(|code| matches!(code, 1000 | 1001 | 3000..=4999)).unwrap_or(1000);
        socket.close(Some(code), Some("")).or(Ok(()))
    }

    async fn websocket_error(&self, _socket: WebSocket, _error: worker::Error) -> worker::Result<()> {
        self.live.closed();
        Ok(())
    }

    /// Rings for what waits, recovers what was cut off, forgets what is over. Never fails: a failed alarm is
    /// retried six times and then never again.
    async fn alarm(&self) -> worker::Result<Response> {
        self.live.rang();
        if let Err(failure) = self.tick().await {
            back::failed(&self.live.env, "alarm_failed", &failure.to_string());
            self.live.wake_at(clock::now_ms() + WATCH_MS).await;
        }
        Response::empty()
    }
}

impl Conversation {
    async fn socket(&self, request: &Request) -> Result<Response, Failure> {
        let admission = admission(request)?;
        let live = &self.live;
        live.prepare()?;
        live.admit(&admission)?;
        let pair = WebSocketPair::new()?;
        live.accept(&pair.server);
        live::send(&pair.server, &live.hello(&admission)?);
        for frame in thread::replay(&live.engine(), admission.after, None)? {
            let _ = pair.server.send_with_str(&frame.json);
        }
        turn::recover(live);
        live.schedule().await?;
        Ok(Response::from_websocket(pair.client)?)
    }

    async fn ask(&self, request: &mut Request) -> Result<Response, Failure> {
        let admission = admission(request)?;
        let live = &self.live;
        if request.method() == Method::Get {
            live.prepare()?;
            // Looking is not being there: who only asks for news is silent.
            if live.admission()?.is_none() {
                live.admit(&admission)?;
            }
            turn::recover(live);
            live.schedule().await?;
            return live.events(None, &admission);
        }
        let body = request.bytes().await?;
        let _door = live.door.lock().await;
        live.prepare()?;
        live.admit(&admission)?;
        turn::recover(live);
        let turn = match protocol::json::read_bytes(&body) {
            Ok(frame) => messages::act(live, frame).await?,
            // Here a message need not say that it is one.
            Err(_) => messages::ask(live, http::parsed(&body)?).await?,
        };
        live.events(turn.as_ref(), &admission)
    }

    async fn attend(&self, request: &mut Request) -> Result<AttendReply, Failure> {
        let message: Attend = objects::message(request).await?;
        self.live.prepare()?;
        turn::recover(&self.live);
        attend::attend(&self.live, message)
    }

    /// Forgets everything at once, whoever is still here.
    async fn erase(&self) -> Result<Nothing, Failure> {
        let _door = self.live.door.lock().await;
        turn::stop(&self.live);
        self.live.forget().await?;
        Ok(Nothing {})
    }

    async fn capture(&self, request: &mut Request) -> Result<Nothing, Failure> {
        let step: Capture = objects::message(request).await?;
        self.live.prepare()?;
        lead::capture(&self.live, step)?;
        Ok(Nothing {})
    }

    async fn queued(&self, request: &mut Request) -> Result<QueuedReply, Failure> {
        let message: Queued = objects::message(request).await?;
        self.live.prepare()?;
        telling::queued(&self.live, &message)
    }

    fn pending(&self) -> Result<String, Failure> {
        self.live.prepare()?;
        Ok(outbox::pending(&self.live.engine())?)
    }

    async fn confirm(&self, request: &mut Request) -> Result<Nothing, Failure> {
        let message: Confirm = objects::message(request).await?;
        self.live.prepare()?;
        thread::confirm(&self.live.engine(), &message.turn_ids)?;
        attendance::confirm(&self.live.engine(), &message.record_ids)?;
        gate::told(&self.live.engine(), &message.refusals)?;
        opinions::told(&self.live.engine(), &message.feedback)?;
        Ok(Nothing {})
    }

    async fn keep_summary(&self, request: &mut Request) -> Result<Nothing, Failure> {
        let message: KeepSummary = objects::message(request).await?;
        self.live.prepare()?;
        thread::keep_summary(&self.live.engine(), &message)?;
        Ok(Nothing {})
    }

    async fn tick(&self) -> Result<(), Failure> {
        let live = &self.live;
        live.prepare()?;
        turn::recover(live);
        handover::expire(live)?;
        let now = clock::now_ms();
        let rang = thread::ring_due(&live.engine(), now)?;
        if rang {
            live.ring().await?;
        }
        let _door = live.door.lock().await;
        let agenda = thread::agenda(&live.engine())?;
        if now - agenda.touched >= IDLE_MS && !live.is_running() && agenda.due.is_none() {
            return live.forget().await;
        }
        // What was rung for in vain is rung for again as it comes due.
        live.schedule_from(if rang { 0.0 } else { now + WATCH_MS }).await
    }

    fn refuse_all(&self, socket: &WebSocket, failure: &Failure) -> worker::Result<()> {
        back::failed(&self.live.env, "conversation_failed", &failure.to_string());
        let problem = failure.to_problem();
        live::send(
            socket,
            &ServerFrame::Refused { message_id: None, code: problem.code, message: problem.message },
        );
        Ok(())
    }
}

fn admission(request: &Request) -> Result<Admission, Failure> {
    let header = request.headers().get(ADMISSION_HEADER)?;
    let header =
        header.ok_or_else(|| Problem::new(Code::TokenInvalid, "A conversation is entered with a pass."))?;
    Ok(protocol::json::read(&header)?)
}
