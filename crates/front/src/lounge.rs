//! The `Lounge` object: the sockets of a workspace's signed-in members, and the order of those who wait for a person.
//!
//! It is told by conversations of what happens and passes it on; nothing waits for it, and nothing of the truth is here
//! alone. Who waits is asked of the relations when it is not known, and again every minute; the conversations
//! themselves say whether they do wait. Who is there is what the sockets say.

use std::cell::Cell;

use platform::sqlite::ObjectSql;
use platform::{Failure, clock, log, objects};
use protocol::handover::{Attendant, Standing};
use protocol::internal::{
    Call, Expel, LoungeHome, LoungePass, Nothing, Queued, Recorded, RecordedReply, Tell, Waiter, WhoWaits,
};
use protocol::lounge::{Happening, LoungeClientFrame, LoungeFrame, Present, RENEW};
use protocol::{Code, ConversationId, Problem};
use serde::{Deserialize, Serialize};
use store::lounge;
use worker::{
    DurableObject, Env, Request, Response, State, WebSocket, WebSocketIncomingMessage, WebSocketPair,
    durable_object,
};

use crate::routes::ADMISSION_HEADER;

/// While somebody is there or waits, it is looked after at this pace.
const WATCH_MS: f64 = 60_000.0;
/// A socket is open for this long; then its member is let in again, or not.
const LIFE_MS: f64 = 5.0 * 60_000.0;
/// Visitors this far in front learn their place.
const PLACES: u32 = 50;
/// Longest frame from a member, in bytes.
const MAX_FRAME_BYTES: usize = 1_024;

#[durable_object]
pub struct Lounge {
    state: State,
    env: Env,
    ready: Cell<bool>,
    /// Places are being told; who comes meanwhile leaves it to that.
    telling: Cell<bool>,
}

/// Who is at the other end of a socket; kept with it.
#[derive(Serialize, Deserialize)]
struct Seat {
    member: Attendant,
    since: f64,
    looks_at: Option<ConversationId>,
}

impl DurableObject for Lounge {
    fn new(state: State, env: Env) -> Self {
        if let Ok(pair) = worker::WebSocketRequestResponsePair::new("ping", "pong") {
            state.set_websocket_auto_response(&pair);
        }
        Self { state, env, ready: Cell::new(false), telling: Cell::new(false) }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let path = request.path();
        match path.trim_start_matches('/') {
            "socket" => match self.enter(&request).await {
                Ok(response) => Ok(response),
                Err(failure) => objects::reply::<Nothing>("lounge", Err(failure)),
            },
            Tell::NAME => objects::reply("lounge", self.hear(&mut request).await),
            Recorded::NAME => objects::reply("lounge", self.recorded(&mut request).await),
            Expel::NAME => objects::reply("lounge", self.expel(&mut request).await),
            _ => objects::reply::<Nothing>("lounge", Err(Problem::not_found().into())),
        }
    }

    async fn websocket_message(
        &self,
        socket: WebSocket,
        message: WebSocketIncomingMessage,
    ) -> worker::Result<()> {
        let WebSocketIncomingMessage::String(text) = message else { return Ok(()) };
        // A frame of a newer dashboard is nothing to us.
        let frame = Some(text).filter(|text| text.len() <= MAX_FRAME_BYTES);
        let frame = frame.and_then(|text| protocol::json::read::<LoungeClientFrame>(&text).ok());
        if let (Some(LoungeClientFrame::Look { conversation_id }), Some(seat)) = (frame, seat(&socket)) {
            socket.serialize_attachment(Seat { looks_at: conversation_id, ..seat })?;
            self.send_present();
        }
        Ok(())
    }

    async fn websocket_close(&self, socket: WebSocket, _: usize, _: String, _: bool) -> worker::Result<()> {
        // Without its seat it is nobody, however long it stays listed.
        let _ = socket.serialize_attachment(());
        self.send_present();
        socket.close(Some(1000), Some("")).or(Ok(()))
    }

    async fn websocket_error(&self, _socket: WebSocket, _error: worker::Error) -> worker::Result<()> {
        Ok(())
    }

    /// Never fails: a failed alarm is retried six times and then never again.
    async fn alarm(&self) -> worker::Result<Response> {
        if let Err(failure) = self.look_after().await {
            log::error("alarm_failed", Some("lounge"), &failure.to_string());
            self.watch().await;
        }
        Response::empty()
    }
}

impl Lounge {
    fn engine(&self) -> Result<ObjectSql, Failure> {
        let engine = ObjectSql(self.state.storage().sql());
        if !self.ready.get() {
            lounge::migrate(&engine)?;
            self.ready.set(true);
        }
        Ok(engine)
    }

    async fn enter(&self, request: &Request) -> Result<Response, Failure> {
        let pass = request.headers().get(ADMISSION_HEADER)?;
        let pass = pass.ok_or_else(|| Problem::new(Code::SignInRequired, "Please sign in."))?;
        let LoungePass { home, member } = protocol::json::read(&pass)?;
        self.settle_in(&home).await?;
        let pair = WebSocketPair::new()?;
        self.state.accept_web_socket(&pair.server);
        pair.server.serialize_attachment(Seat { member, since: clock::now_ms(), looks_at: None })?;
        self.send_present();
        if let Ok(frame) = serde_json::to_string(&self.queue()?) {
            let _ = pair.server.send_with_str(frame);
        }
        self.watch().await;
        Ok(Response::from_websocket(pair.client)?)
    }

    async fn hear(&self, request: &mut Request) -> Result<Nothing, Failure> {
        let Tell { home, agent_id, conversation_id, what } = objects::message(request).await?;
        self.settle_in(&home).await?;
        let alone = match &what {
            Happening::Said { .. } | Happening::Typing {} => Some(conversation_id.clone()),
            Happening::Begun {} | Happening::Standing { .. } => None,
        };
        let moved = if let Happening::Standing { standing, since } = &what {
            self.stand(
                *standing,
                Waiter {
                    conversation_id: conversation_id.clone(),
                    agent_id: agent_id.clone(),
                    since: *since,
                },
            )?
        } else {
            false
        };
        self.send(&LoungeFrame::Happened { conversation_id, agent_id, what }, alone.as_ref());
        if moved {
            self.send(&self.queue()?, None);
            self.watch().await;
            self.tell_places().await?;
        }
        Ok(Nothing {})
    }

    /// Whether the queue is another one now.
    fn stand(&self, standing: Standing, waiter: Waiter) -> Result<bool, Failure> {
        let engine = self.engine()?;
        if standing != Standing::Waiting {
            return Ok(lounge::leave(&engine, &waiter.conversation_id)?);
        }
        lounge::arrive(&engine, &waiter)?;
        Ok(true)
    }

    async fn recorded(&self, request: &mut Request) -> Result<RecordedReply, Failure> {
        let Recorded { conversations, .. } = objects::message(request).await?;
        Ok(RecordedReply { heard: self.send(&LoungeFrame::Recorded { conversations }, None) })
    }

    async fn expel(&self, request: &mut Request) -> Result<Nothing, Failure> {
        let Expel { member_id } = objects::message(request).await?;
        self.end(|seat| seat.member.id == member_id);
        Ok(Nothing {})
    }

    /// Ends sockets; their members come again, if they may.
    fn end(&self, ends: impl Fn(&Seat) -> bool) {
        for socket in self.state.get_websockets() {
            if seat(&socket).is_some_and(|seat| ends(&seat)) {
                let _ = socket.serialize_attachment(());
                let _ = socket.close(Some(RENEW), Some("renew"));
            }
        }
        self.send_present();
    }

    /// Keeps whose lounge this is, and asks who waits where that was never told.
    async fn settle_in(&self, home: &LoungeHome) -> Result<(), Failure> {
        let engine = self.engine()?;
        match lounge::home(&engine)? {
            Some((_, told_at)) if told_at > 0.0 => return Ok(()),
            Some(_) => {}
            None => lounge::settle_in(&engine, home)?,
        }
        // What is not known now is known a minute later; nobody is kept out for it.
        if let Err(failure) = self.ask(home).await {
            log::error("queue_unknown", Some(home.workspace_id.as_str()), &failure.to_string());
        }
        Ok(())
    }

    async fn ask(&self, home: &LoungeHome) -> Result<(), Failure> {
        let question = WhoWaits { workspace_id: home.workspace_id.clone() };
        let reply = objects::call_service(&self.env, "BACK", &question).await?;
        Ok(lounge::restore(&self.engine()?, &reply.waiting, clock::now_ms())?)
    }

    /// Tells visitors their places, one after another, until each knows the right one. Who does not wait is none of them.
    async fn tell_places(&self) -> Result<(), Failure> {
        if self.telling.replace(true) {
            return Ok(());
        }
        let told = self.tell_each().await;
        self.telling.set(false);
        told
    }

    async fn tell_each(&self) -> Result<(), Failure> {
        let engine = self.engine()?;
        let Some((home, _)) = lounge::home(&engine)? else { return Ok(()) };
        while let Some((waiter, position)) = lounge::untold(&engine, PLACES)? {
            let Waiter { conversation_id, agent_id, .. } = waiter;
            let object = protocol::objects::conversation(
                &home.workspace_id,
                &agent_id,
                &conversation_id,
                home.jurisdiction,
            );
            let message = Queued { position, at: clock::now_ms() };
            let waits = match objects::call(&self.env, "CONVERSATION", &object, &message).await {
                Ok(reply) => reply.waiting,
                Err(failure) => {
                    // The next look after it tells everybody again.
                    log::error("place_not_told", Some(conversation_id.as_str()), &failure.to_string());
                    true
                }
            };
            if waits {
                lounge::told(&engine, &conversation_id, position)?;
            } else {
                lounge::leave(&engine, &conversation_id)?;
                self.send(&self.queue()?, None);
            }
        }
        Ok(())
    }

    /// Once a minute: what the relations say, who was there for long.
    async fn look_after(&self) -> Result<(), Failure> {
        let engine = self.engine()?;
        let Some((home, _)) = lounge::home(&engine)? else { return Ok(()) };
        let before = clock::now_ms() - LIFE_MS;
        self.end(|seat| seat.since < before);
        if self.state.get_websockets().is_empty() && lounge::waiting(&engine)?.is_empty() {
            return Ok(());
        }
        self.watch().await;
        self.ask(&home).await?;
        self.send(&self.queue()?, None);
        self.tell_places().await
    }

    /// Sets the alarm, unless one is set.
    async fn watch(&self) {
        let storage = self.state.storage();
        let set = async {
            match storage.get_alarm().await? {
                Some(_) => Ok(()),
                None => storage.set_alarm(WATCH_MS as i64).await,
            }
        };
        if let Err(error) = set.await {
            log::error("alarm_not_set", Some("lounge"), &error.to_string());
        }
    }

    fn queue(&self) -> Result<LoungeFrame, Failure> {
        let waiting = lounge::waiting(&self.engine()?)?;
        let conversations = waiting.into_iter().map(|waiter| waiter.conversation_id).collect();
        Ok(LoungeFrame::Waiting { conversations })
    }

    fn send_present(&self) {
        let mut members: Vec<Present> = Vec::new();
        for Seat { member, looks_at, .. } in self.state.get_websockets().iter().filter_map(seat) {
            match members.iter_mut().find(|known| known.id == member.id) {
                Some(known) => known.looks_at.extend(looks_at),
                None => members.push(Present {
                    id: member.id,
                    name: member.name,
                    looks_at: looks_at.into_iter().collect(),
                }),
            }
        }
        self.send(&LoungeFrame::Present { members }, None);
    }

    /// Sends to everybody, or to those who look at a conversation; whether anybody was there.
    fn send(&self, frame: &LoungeFrame, alone: Option<&ConversationId>) -> bool {
        let Ok(text) = serde_json::to_string(frame) else { return false };
        let mut heard = false;
        for socket in self.state.get_websockets() {
            let Some(seat) = seat(&socket) else { continue };
            if alone.is_none() || seat.looks_at.as_ref() == alone {
                heard |= socket.send_with_str(&text).is_ok();
            }
        }
        heard
    }
}

fn seat(socket: &WebSocket) -> Option<Seat> {
    socket.deserialize_attachment().ok().flatten()
}
