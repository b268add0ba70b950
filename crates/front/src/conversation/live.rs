//! What of a conversation is in memory: the sockets, the listeners, the running turn's handle. All of it can
//! vanish at any await; the tables of [`store::thread`] are the truth.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::channel::mpsc::{UnboundedSender, unbounded};
use futures::channel::oneshot;
use futures::lock::Mutex;
use futures::stream::StreamExt;
use platform::sqlite::ObjectSql;
use platform::{Failure, clock, log, queue};
use protocol::TurnId;
use protocol::frame::ServerFrame;
use protocol::internal::{Admission, Bell};
use store::thread::{self, Sent};
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
    /// How often somebody came in. Frames count when it is their turn.
    entered: Cell<u64>,
    /// One frame at a time, though it may wait for something; nothing is forgotten meanwhile.
    pub door: Mutex<()>,
    /// The newest frame number.
    number: Cell<u64>,
    pub running: RefCell<Option<RunningTurn>>,
    /// The sockets as they were when they were looked at last; nothing where one came or went since.
    sockets: RefCell<Option<Vec<WebSocket>>>,
    listeners: RefCell<Vec<(TurnId, UnboundedSender<Sent>)>>,
    /// Who this conversation is with, as the tables have it, so that a turn does not read it anew. A visitor who only
    /// opened the chat takes no memory with it.
    admission: RefCell<Option<Rc<Admission>>>,
    /// When the alarm rings, as far as this life knows.
    armed: Cell<f64>,
    /// Another version of the agent was published since the visitor was admitted.
    pub is_old: Cell<bool>,
    /// When members were told last that the visitor writes.
    pub typed: Cell<f64>,
    /// When the minute began that frames other than questions are counted in, and how many came. Whoever sends them
    /// keeps this memory awake; a silence that loses the count is a pause.
    pub acts: Cell<(f64, u64)>,
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
            entered: Cell::default(),
            door: Mutex::default(),
            number: Cell::new(0),
            running: RefCell::new(None),
            sockets: RefCell::default(),
            listeners: RefCell::new(Vec::new()),
            admission: RefCell::new(None),
            armed: Cell::new(f64::INFINITY),
            is_old: Cell::default(),
            typed: Cell::new(0.0),
            acts: Cell::default(),
        })
    }

    pub fn engine(&self) -> ObjectSql {
        ObjectSql(self.state.storage().sql())
    }

    /// How often somebody came in: the same number twice says that nobody was here in between.
    pub fn entered(&self) -> u64 {
        self.entered.get()
    }

    /// For everyone who comes in; once per life: tables, and the number to go on from.
    pub fn prepare(&self) -> Result<(), Failure> {
        self.entered.set(self.entered.get() + 1);
        if !self.ready.get() {
            thread::migrate(&self.engine())?;
            self.number.set(thread::last_number(&self.engine())?);
            self.ready.set(true);
        }
        Ok(())
    }

    /// Keeps who this conversation is with.
    pub fn admit(&self, admission: &Admission) -> Result<(), Failure> {
        thread::admit(&self.engine(), admission, clock::now_ms())?;
        self.admission.replace(None);
        Ok(())
    }

    /// Who this conversation is with, once somebody was admitted.
    pub fn admission(&self) -> Result<Option<Rc<Admission>>, Failure> {
        if self.admission.borrow().is_none() {
            let stored = thread::admission(&self.engine())?.map(Rc::new);
            self.admission.replace(stored);
        }
        Ok(self.admission.borrow().clone())
    }

    pub fn accept(&self, socket: &WebSocket) {
        self.state.accept_web_socket(socket);
        self.sockets.replace(None);
    }

    /// A socket is gone.
    pub fn closed(&self) {
        self.sockets.replace(None);
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
        let json = thread::append(&self.engine(), Some(turn), frame)?;
        self.broadcast(frame, json);
        Ok(())
    }

    /// Sends a frame that is nothing to remember.
    pub fn mention(&self, frame: &ServerFrame) {
        if let Ok(json) = serde_json::to_string(frame) {
            self.broadcast(frame, json);
        }
    }

    /// Sends a frame that is stored already, as the text it was stored as.
    pub fn broadcast(&self, frame: &ServerFrame, json: String) {
        let mut sockets = self.sockets.borrow_mut();
        for socket in sockets.get_or_insert_with(|| self.state.get_websockets()) {
            // A socket that is gone replays when it comes back.
            let _ = socket.send_with_str(&json);
        }
        let mut listeners = self.listeners.borrow_mut();
        if !listeners.is_empty() {
            let sent = Sent { n: frame.number().unwrap_or_default(), json };
            // A listener hears one turn: after its last frame the stream ends.
            listeners.retain(|(turn, listener)| {
                listener.unbounded_send(sent.clone()).is_ok() && !ends(frame, turn)
            });
        }
    }

    /// What every socket is told first, and everyone who looks.
    pub fn hello(&self, admission: &Admission) -> Result<ServerFrame, Failure> {
        let conversation_id = admission.identity.conversation_id.clone();
        Ok(ServerFrame::Hello { conversation_id, last: thread::last_number(&self.engine())? })
    }

    /// As server-sent events what there is above the number that the client has, then what comes until the turn ends;
    /// who has nothing hears of that turn alone. Without a turn all there is, after a `hello`.
    pub fn events(&self, turn: Option<&TurnId>, admission: &Admission) -> Result<Response, Failure> {
        let after = admission.after;
        let (sender, receiver) = unbounded();
        if turn.is_none() {
            // With the number that the client has: it may go on from there.
            let json = serde_json::to_string(&self.hello(admission)?)?;
            let _ = sender.unbounded_send(Sent { n: after, json });
        }
        for frame in thread::replay(&self.engine(), after, turn.filter(|_| after == 0))? {
            let _ = sender.unbounded_send(frame);
        }
        if let Some(running) =
            thread::running(&self.engine())?.filter(|running| turn == Some(&running.turn_id))
        {
            self.listeners.borrow_mut().push((running.turn_id, sender));
        }
        let events = receiver.map(|Sent { n, json }| {
            Ok::<_, worker::Error>(format!("id: {n}\ndata: {json}\n\n").into_bytes())
        });
        Ok(ResponseBuilder::new()
            .with_header("Content-Type", "text/event-stream; charset=utf-8")?
            .with_header("Cache-Control", "no-store")?
            .from_stream(events)?)
    }

    /// Sets the alarm to the next thing that is due.
    pub async fn schedule(self: &Rc<Self>) -> Result<(), Failure> {
        self.schedule_from(0.0).await
    }

    /// The same, where what waits to be rung for need not be looked at before a time.
    pub async fn schedule_from(self: &Rc<Self>, earliest: f64) -> Result<(), Failure> {
        let agenda = thread::agenda(&self.engine())?;
        let mut at = agenda.touched + IDLE_MS;
        if agenda.running {
            at = at.min(clock::now_ms() + WATCH_MS);
        }
        let rung_for = agenda.due.map(|due| due.max(earliest));
        for due in [rung_for, handover::due(self, agenda)?].into_iter().flatten() {
            at = at.min(due);
        }
        self.wake_at(at).await;
        Ok(())
    }

    /// Has an alarm look soon enough whether a turn was cut off, a bell lost, or the visitor left.
    pub async fn watch(self: &Rc<Self>) -> Result<(), Failure> {
        let at = clock::now_ms() + WATCH_MS.min(handover::away_ms(&self.env));
        if self.armed.get().is_infinite() {
            // Setting one puts that of an earlier life away, whatever it was set for.
            return self.schedule_from(at).await;
        }
        self.wake_at(at).await;
        Ok(())
    }

    /// Rings at a time, or sooner: an alarm that is set for earlier looks again by itself.
    pub async fn wake_at(&self, at: f64) {
        let now = clock::now_ms();
        let at = at.max(now + 1_000.0);
        if (now..=at).contains(&self.armed.get()) {
            return;
        }
        self.armed.set(at);
        // `ScheduledTime` from a number is an offset from now; a date is absolute.
        let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(at.trunc()));
        if let Err(error) = self.state.storage().set_alarm(worker::ScheduledTime::new(date)).await {
            self.armed.set(f64::INFINITY);
            log::error("alarm_not_set", None, &error.to_string());
        }
    }

    /// The alarm rang: none is set any more.
    pub fn rang(&self) {
        self.armed.set(f64::INFINITY);
    }

    /// Tells the back Worker that the outbox has something; whether the queue took the bell.
    pub async fn ring(&self) -> Result<bool, Failure> {
        let Some(admission) = self.admission()? else { return Ok(true) };
        let identity = admission.identity.clone();
        let bell = Bell::Turns {
            workspace_id: identity.workspace_id,
            agent_id: identity.agent_id,
            conversation_id: identity.conversation_id,
            jurisdiction: admission.agent.jurisdiction,
        };
        Ok(queue::ring(&self.env, "TURNS", &bell).await)
    }

    /// Sets the alarm to the next thing that is due, beside whatever goes on.
    pub fn schedule_soon(self: &Rc<Self>) {
        let live = Rc::clone(self);
        spawn_local(async move {
            if let Err(failure) = live.schedule().await {
                log::error("schedule_failed", None, &failure.to_string());
            }
        });
    }

    /// Rings, beside whatever goes on: nobody waits for it.
    pub fn ring_soon(self: &Rc<Self>) {
        let live = Rc::clone(self);
        spawn_local(async move {
            let rung = async {
                let now = clock::now_ms();
                thread::ring_due(&live.engine(), now)?;
                // The alarm that looked after the turn looks after its bell: setting another is a write.
                live.watch().await?;
                if live.ring().await? { Ok(()) } else { live.schedule().await }
            };
            if let Err(failure) = rung.await {
                log::error("ring_failed", None, &failure.to_string());
            }
        });
    }

    /// Closes all sockets; what the code means is said where sockets are opened (`routes/socket.rs`).
    pub fn close(&self, code: u16, reason: &str) {
        for socket in self.state.get_websockets() {
            let _ = socket.close(Some(code), Some(reason));
        }
    }

    /// The visitor has been gone for a day and everything is archived.
    pub async fn forget(&self) -> Result<(), Failure> {
        self.close(4401, "expired");
        self.closed();
        self.ready.set(false);
        self.number.set(0);
        self.admission.replace(None);
        self.armed.set(f64::INFINITY);
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
