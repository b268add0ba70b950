//! The lounge: one socket for the whole dashboard that says what happens while it happens. Screens ask the routes again
//! when they hear of something; while the socket is away they ask every few seconds.

use crate::load::every;
use crate::session::Session;
use crate::tone;
use leptos::prelude::*;
use protocol::ConversationId;
use protocol::handover::Standing;
use protocol::lounge::{Happening, LoungeClientFrame, LoungeFrame, Present, RENEW};
use protocol::permission::Permission;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{CloseEvent, MessageEvent, WebSocket};

/// The pause before the first try to come back; it doubles up to the longest.
const PAUSE_MS: f64 = 500.0;
const LONGEST_MS: f64 = 30_000.0;
/// A socket that says nothing is kept open by a word in this long.
const PING_MS: u64 = 30_000;
/// With the socket, screens ask in this long all the same: a word may be lost.
const SELDOM_MS: f64 = 30_000.0;
/// What comes close together is asked for once …
const SOON: Duration = Duration::from_millis(120);
/// … and once more, because the relations hear of a conversation a moment later than we do.
const LATER: Duration = Duration::from_millis(1_500);

/// How the socket is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Link {
    Connecting,
    Open,
    /// It broke, and is tried again.
    Away,
}

type Listener = Rc<dyn Fn(&LoungeFrame)>;

thread_local! {
    static SOCKET: RefCell<Option<WebSocket>> = const { RefCell::new(None) };
    static LISTENERS: RefCell<Vec<(u32, Listener)>> = const { RefCell::new(Vec::new()) };
}

/// What is known of the workspace right now.
#[derive(Clone, Copy)]
pub(crate) struct Live {
    pub(crate) link: RwSignal<Link>,
    pub(crate) members: RwSignal<Vec<Present>>,
    /// Who waits for a person, longest first.
    pub(crate) waiting: RwSignal<Vec<ConversationId>>,
    /// The conversation that is open on this screen.
    looks_at: StoredValue<Option<ConversationId>>,
    /// Which socket counts, and how often it was tried in vain.
    life: StoredValue<u32>,
    tries: StoredValue<i32>,
    listeners: StoredValue<u32>,
}

pub(crate) fn provide() {
    provide_context(Live {
        link: RwSignal::new(Link::Connecting),
        members: RwSignal::new(Vec::new()),
        waiting: RwSignal::new(Vec::new()),
        looks_at: StoredValue::new(None),
        life: StoredValue::new(0),
        tries: StoredValue::new(0),
        listeners: StoredValue::new(0),
    });
}

impl Live {
    /// Keeps a socket to the workspace that is looked at, until the frame of the dashboard goes.
    pub(crate) fn begin(self, session: Session) {
        let workspace = Memo::new(move |_| {
            let may = session.may(Permission::ConversationsRead);
            session.me.with(|me| me.as_ref()?.workspace.as_ref().filter(|_| may).map(|w| w.id.clone()))
        });
        Effect::new(move |_| {
            self.end();
            if workspace.get().is_some() {
                self.open();
            }
        });
        every(PING_MS, move || drop(with_socket(|socket| socket.send_with_str("ping"))));
        on_cleanup(move || self.end());
    }

    /// Says which conversation is open here.
    pub(crate) fn look(self, conversation: Option<ConversationId>) {
        if self.looks_at.with_value(|now| *now != conversation) {
            self.looks_at.set_value(conversation);
            self.say_look();
        }
    }

    /// Hears every frame while the screen is there.
    pub(crate) fn listen(self, hear: impl Fn(&LoungeFrame) + 'static) {
        let id = self.listeners.get_value().wrapping_add(1);
        self.listeners.set_value(id);
        LISTENERS.with_borrow_mut(|all| all.push((id, Rc::new(hear))));
        on_cleanup(move || LISTENERS.with_borrow_mut(|all| all.retain(|(other, _)| *other != id)));
    }

    /// Calls `refresh` when something happens that concerns it, and now and then: every `ms` while the socket is away.
    pub(crate) fn keep_fresh(
        self,
        ms: u64,
        concerns: impl Fn(&LoungeFrame) -> bool + 'static,
        refresh: impl Fn() + Clone + 'static,
    ) {
        let asked = StoredValue::new(js_sys::Date::now());
        let ask = {
            let refresh = refresh.clone();
            move || {
                if asked.try_set_value(js_sys::Date::now()).is_none() {
                    refresh();
                }
            }
        };
        let soon = StoredValue::new(false);
        self.listen({
            let ask = ask.clone();
            move |frame| {
                if !concerns(frame) || soon.get_value() {
                    return;
                }
                soon.set_value(true);
                let now = ask.clone();
                set_timeout(
                    move || {
                        soon.try_set_value(false);
                        now();
                    },
                    SOON,
                );
                if matches!(frame, LoungeFrame::Happened { .. }) {
                    set_timeout(ask.clone(), LATER);
                }
            }
        });
        every(ms, move || {
            let away = self.link.get_untracked() != Link::Open;
            if away || js_sys::Date::now() - asked.get_value() >= SELDOM_MS {
                ask();
            }
        });
    }

    fn end(self) {
        self.life.set_value(self.life.get_value().wrapping_add(1));
        if let Some(socket) = SOCKET.take() {
            let _ = socket.close();
        }
        self.link.set(Link::Connecting);
        self.members.set(Vec::new());
        self.waiting.set(Vec::new());
        self.tries.set_value(0);
    }

    fn open(self) {
        let life = self.life.get_value().wrapping_add(1);
        self.life.set_value(life);
        let mine = move || self.life.try_get_value() == Some(life);
        let Some(address) = address() else { return };
        let Ok(socket) = WebSocket::new(&address) else { return };
        let opened = Closure::<dyn Fn()>::new(move || {
            if mine() {
                self.tries.set_value(0);
                self.link.set(Link::Open);
                self.say_look();
            }
        });
        let heard = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let text = event.data().as_string().filter(|_| mine());
            if let Some(frame) = text.and_then(|text| serde_json::from_str::<LoungeFrame>(&text).ok()) {
                self.take(&frame);
            }
        });
        let closed = Closure::<dyn Fn(CloseEvent)>::new(move |event: CloseEvent| {
            if !mine() {
                return;
            }
            if event.code() == RENEW && self.link.get_untracked() == Link::Open {
                // Let in again at once, and nobody sees it.
                self.tries.set_value(0);
                self.open();
            } else {
                self.link.set(Link::Away);
                self.come_back(life);
            }
        });
        socket.set_onopen(Some(opened.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        socket.set_onclose(Some(closed.as_ref().unchecked_ref()));
        // They live as long as the socket, which is as long as its screen but for a few tries.
        opened.forget();
        heard.forget();
        closed.forget();
        SOCKET.set(Some(socket));
    }

    /// Tries again after a pause that grows, by chance longer or shorter, so that not all come back at once.
    fn come_back(self, life: u32) {
        let tries = self.tries.get_value();
        self.tries.set_value(tries + 1);
        let pause =
            (PAUSE_MS * 2.0_f64.powi(tries.min(10))).min(LONGEST_MS) * (0.75 + js_sys::Math::random() / 2.0);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let pause = Duration::from_millis(pause as u64);
        set_timeout(
            move || {
                if self.life.try_get_value() == Some(life) {
                    self.open();
                }
            },
            pause,
        );
    }

    fn say_look(self) {
        let look = LoungeClientFrame::Look { conversation_id: self.looks_at.get_value() };
        if let Ok(text) = serde_json::to_string(&look) {
            let _ = with_socket(|socket| socket.send_with_str(&text));
        }
    }

    fn take(self, frame: &LoungeFrame) {
        match frame {
            LoungeFrame::Present { members } => self.members.set(members.clone()),
            LoungeFrame::Waiting { conversations } => self.waiting.set(conversations.clone()),
            LoungeFrame::Happened { what: Happening::Begun {}, .. } => tone::play(tone::Tone::New),
            LoungeFrame::Happened {
                what: Happening::Standing { standing: Standing::Waiting, .. }, ..
            } => {
                tone::play(tone::Tone::Waiting);
            }
            LoungeFrame::Happened { .. } | LoungeFrame::Recorded { .. } => {}
        }
        let listeners: Vec<Listener> =
            LISTENERS.with_borrow(|all| all.iter().map(|(_, listener)| Rc::clone(listener)).collect());
        for listener in listeners {
            listener(frame);
        }
    }
}

/// Uses the socket while it is open.
fn with_socket<T>(act: impl FnOnce(&WebSocket) -> T) -> Option<T> {
    SOCKET.with_borrow(|socket| socket.as_ref().filter(|s| s.ready_state() == WebSocket::OPEN).map(act))
}

fn address() -> Option<String> {
    let location = window().location();
    let scheme = if location.protocol().ok()? == "http:" { "ws" } else { "wss" };
    Some(format!("{scheme}://{}/v1/lounge", location.host().ok()?))
}

/// Whether a frame is about one conversation.
pub(crate) fn is_about(frame: &LoungeFrame, id: &ConversationId) -> bool {
    match frame {
        LoungeFrame::Happened { conversation_id, what, .. } => {
            conversation_id == id && !matches!(what, Happening::Typing {})
        }
        LoungeFrame::Recorded { conversations } => conversations.contains(id),
        LoungeFrame::Present { .. } | LoungeFrame::Waiting { .. } => false,
    }
}
