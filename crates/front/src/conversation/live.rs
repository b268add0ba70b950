//! What of a conversation is in memory: the sockets, the listeners, the running turn's handle. All of it can
//! vanish at any await; the tables of [`store::thread`] are the truth.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::channel::mpsc::{UnboundedSender, unbounded};
use futures::channel::oneshot;
use futures::stream::StreamExt;
use platform::sqlite::ObjectSql;
use platform::{Failure, clock, log, queue};
use protocol::TurnId;
use protocol::frame::ServerFrame;
use protocol::internal::Bell;
use store::{attendance, thread};
use wasm_bindgen_futures::spawn_local;
use worker::{Env, Response, ResponseBuilder, State, WebSocket};

use super::{IDLE_MS, WATCH_MS, handover};

/// The turn that runs in this memory.
pub struct RunningTurn {
    /// Taken and used when the visitor presses stop.
    pub stop: Option<oneshot::Sender<()>>,
}

pub struct Live {
    pub state: State,
    pub env: Env,
    ready: Cell<bool>,
    /// The newest frame number.
    number: Cell<u64>,
    pub running: RefCell<Option<RunningTurn>>,
    listeners: RefCell<Vec<(TurnId, UnboundedSender<ServerFrame>)>>,
}

impl Live {
    pub fn new(state: State, env: Env) -> Rc<Self> {
        // Answers `ping` without waking the object.
        if let Ok(pair) = worker::WebSocketRequestResponsePair::new("ping", "pong") {
            state.set_websocket_auto_response(&pair);
        }
        Rc::new(Self {
            state,
            env,
            ready: Cell::new(false),
            number: Cell::new(0),
            running: RefCell::new(None),
            listeners: RefCell::new(Vec::new()),
        })
    }

    pub fn engine(&self) -> ObjectSql {
        ObjectSql(self.state.storage().sql())
    }

    /// Once per life: tables, and the number to go on from.
    pub fn prepare(&self) -> Result<(), Failure> {
        if !self.ready.get() {
            thread::migrate(&self.engine())?;
            attendance::migrate(&self.engine())?;
            self.number.set(thread::last_number(&self.engine())?);
            self.ready.set(true);
        }
        Ok(())
    }

    pub fn accept(&self, socket: &WebSocket) -> Result<(), Failure> {
        self.state.accept_web_socket(socket);
        Ok(())
    }

    pub fn is_running(&self) -> bool {
        self.running.borrow().is_some()
    }

    /// The next frame number.
    pub fn next_number(&self) -> u64 {
        self.number.set(self.number.get() + 1);
        self.number.get()
    }

    /// Stores a frame and sends it, in one synchronous block.
    pub fn publish(&self, turn: &TurnId, frame: &ServerFrame) -> Result<(), Failure> {
        thread::append(&self.engine(), turn, std::slice::from_ref(frame))?;
        self.broadcast(frame);
        Ok(())
    }

    /// Sends a frame that is stored already.
    pub fn broadcast(&self, frame: &ServerFrame) {
        if let Ok(text) = serde_json::to_string(frame) {
            for socket in self.state.get_websockets() {
                // A socket that is gone replays when it comes back.
                let _ = socket.send_with_str(&text);
            }
        }
        // A listener hears one turn: after its last frame the stream ends.
        self.listeners
            .borrow_mut()
            .retain(|(turn, listener)| listener.unbounded_send(frame.clone()).is_ok() && !ends(frame, turn));
    }

    /// One turn as server-sent events: what there is of it above `after`, then what comes. Without a turn, all
    /// there is.
    pub fn events(&self, turn: Option<&TurnId>, after: u64) -> Result<Response, Failure> {
        let stored = thread::replay(&self.engine(), after, turn)?;
        let (sender, receiver) = unbounded();
        let running = turn.filter(|turn| self.is_running() && !stored.iter().any(|frame| ends(frame, turn)));
        for frame in stored {
            let _ = sender.unbounded_send(frame);
        }
        if let Some(turn) = running {
            self.listeners.borrow_mut().push((turn.clone(), sender));
        }
        let events = receiver.map(|frame| {
            let data = serde_json::to_string(&frame).unwrap_or_default();
            let id = frame.number().map(|n| format!("id: {n}\n")).unwrap_or_default();
            Ok::<_, worker::Error>(format!("{id}data: {data}\n\n").into_bytes())
        });
        Ok(ResponseBuilder::new()
            .with_header("Content-Type", "text/event-stream; charset=utf-8")?
            .with_header("Cache-Control", "no-store")?
            .from_stream(events)?)
    }

    /// Sets the alarm to the next thing that is due.
    pub async fn schedule(self: &Rc<Self>) -> Result<(), Failure> {
        let engine = self.engine();
        let mut at = thread::touched(&engine)? + IDLE_MS;
        if thread::running(&engine)?.is_some() {
            at = at.min(clock::now_ms() + WATCH_MS);
        }
        for due in [thread::next_due(&engine)?, handover::due(self)?].into_iter().flatten() {
            at = at.min(due);
        }
        self.wake_at(at).await;
        Ok(())
    }

    #[allow(clippy::cast_possible_truncation)]
    pub async fn wake_at(&self, at: f64) {
        let at = at.max(clock::now_ms() + 1_000.0) as i64;
        // `ScheduledTime` from a number is an offset from now; a date is absolute.
        let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(at as f64));
        if let Err(error) = self.state.storage().set_alarm(worker::ScheduledTime::new(date)).await {
            log::error("alarm_not_set", None, &error.to_string());
        }
    }

    /// Tells the back Worker that the outbox has something.
    pub async fn ring(&self) -> Result<(), Failure> {
        if let Some(admission) = thread::admission(&self.engine())? {
            let identity = admission.identity;
            let bell = Bell::Turns {
                workspace_id: identity.workspace_id,
                agent_id: identity.agent_id,
                conversation_id: identity.conversation_id,
                jurisdiction: admission.agent.jurisdiction,
            };
            queue::ring(&self.env, "TURNS", &bell).await;
        }
        Ok(())
    }

    /// Rings and sets the alarm, beside whatever goes on: nobody waits for it.
    pub fn ring_soon(self: &Rc<Self>) {
        let live = Rc::clone(self);
        spawn_local(async move {
            let rung = async {
                thread::ring_due(&live.engine(), clock::now_ms())?;
                live.schedule().await?;
                live.ring().await
            };
            if let Err(failure) = rung.await {
                log::error("ring_failed", None, &failure.to_string());
            }
        });
    }

    /// The visitor has been gone for a day and everything is archived.
    pub async fn forget(&self) -> Result<(), Failure> {
        for socket in self.state.get_websockets() {
            let _ = socket.close(Some(4401), Some("expired"));
        }
        self.ready.set(false);
        self.number.set(0);
        self.state.storage().delete_all().await?;
        Ok(())
    }
}

fn ends(frame: &ServerFrame, turn: &TurnId) -> bool {
    matches!(frame, ServerFrame::TurnFinished { turn_id, .. } | ServerFrame::TurnFailed { turn_id, .. } if turn_id == turn)
}

/// Sends one frame to one socket.
pub fn send(socket: &WebSocket, frame: &ServerFrame) {
    if let Ok(text) = serde_json::to_string(frame) {
        let _ = socket.send_with_str(text);
    }
}
