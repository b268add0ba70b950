//! One conversation, read from top to bottom.

use super::desk::Desk;
use super::message::MessageView;
use super::not_found::NotFound;
use super::tools::approvals::WaitingHere;
use super::turn::TurnView;
use crate::api;
use crate::clock::{Ago, Moment};
use crate::components::icon::{Glyph, Icon};
use crate::components::shell::title;
use crate::components::state::{Badge, Loaded};
use crate::live::{Live, is_about};
use crate::load::{Load, load};
use crate::session::use_session;
use crate::text;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use protocol::api::{Conversation, ConversationState, Turn};
use protocol::handover::{Message, Speaker};
use protocol::lounge::{Happening, LoungeFrame};
use protocol::{Code, ConversationId};
use std::time::Duration;

/// A visitor who writes is told of every two seconds.
const TYPING: Duration = Duration::from_secs(5);

#[component]
pub(crate) fn TranscriptPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| {
        params.with(|params| params.get("conversation")).and_then(|id| id.parse::<ConversationId>().ok())
    });
    let conversation = load(move || id.get().map(api::conversation));
    title(move || {
        conversation.part(|c| text::headline(&c.summary)).unwrap_or_else(|| "Conversation".to_owned())
    });
    let session = use_session();
    Effect::new(move |_| {
        if let Some(agent) = conversation.part(|c| c.summary.agent_id.clone()) {
            session.pick(agent);
        }
    });
    let lately = Lately::new(id);
    if let Some(live) = use_context::<Live>() {
        Effect::new(move |_| live.look(id.get()));
        on_cleanup(move || live.look(None));
        let ours = move |frame: &LoungeFrame| id.get_untracked().is_some_and(|id| is_about(frame, &id));
        live.keep_fresh(2_000, ours, move || conversation.refresh());
        live.listen(move |frame| lately.hear(frame));
    }
    let missing = move || {
        id.get().is_none()
            || conversation.problem.with(|p| p.as_ref().is_some_and(|p| p.code == Code::NotFound))
    };
    view! {
        <Show when=move || !missing() fallback=NotFound>
            <div class="transcript">
                <a class="back narrow-only" href="/app/conversations"><Icon glyph=Glyph::Back/>"Conversations"</a>
                <Loaded
                    has=Signal::derive(move || conversation.value.with(Option::is_some))
                    problem=conversation.problem
                    retry=move || conversation.refresh()
                    lines=6
                    tall=true
                >
                    <Head conversation/>
                    <Show when=move || conversation.part(|c| c.summary.turns > 0 && c.turns.is_empty()).unwrap_or(false)>
                        <p class="turn-note">"What was said here is no longer kept. How long it is, an admin says in the settings."</p>
                    </Show>
                    <ol class="turns">
                        <For each=move || conversation.part(|c| said(c, &lately.said.get())).unwrap_or_default() key=Said::key let:said>
                            {match said {
                                Said::Turn(turn) => view! { <TurnView turn=*turn/> }.into_any(),
                                Said::Message(message) => view! { <MessageView message/> }.into_any(),
                            }}
                        </For>
                    </ol>
                    <WaitingHere conversation=Signal::derive(move || id.get())/>
                    <p class="typing-line" role="status">
                        {move || lately.typing.get().then_some("The visitor is writing…")}
                    </p>
                    <Desk conversation/>
                </Loaded>
            </div>
        </Show>
    }
}

/// What was just heard of the conversation and is nowhere to be asked for yet.
#[derive(Clone, Copy)]
struct Lately {
    id: Memo<Option<ConversationId>>,
    said: RwSignal<Vec<Message>>,
    /// The visitor is writing; good for some seconds.
    typing: RwSignal<bool>,
    typed: StoredValue<u32>,
}

impl Lately {
    fn new(id: Memo<Option<ConversationId>>) -> Self {
        let lately = Self {
            id,
            said: RwSignal::new(Vec::new()),
            typing: RwSignal::new(false),
            typed: StoredValue::new(0),
        };
        Effect::new(move |_| {
            id.track();
            lately.said.set(Vec::new());
            lately.typing.set(false);
        });
        lately
    }

    fn hear(self, frame: &LoungeFrame) {
        let LoungeFrame::Happened { conversation_id, what, .. } = frame else { return };
        if self.id.get_untracked().as_ref() != Some(conversation_id) {
            return;
        }
        match what {
            Happening::Said { message } => {
                if message.from == Speaker::Visitor {
                    self.typing.set(false);
                }
                self.said.update(|said| said.push(message.clone()));
            }
            Happening::Typing {} => {
                let ticket = self.typed.get_value().wrapping_add(1);
                self.typed.set_value(ticket);
                self.typing.set(true);
                set_timeout(
                    move || {
                        if self.typed.try_get_value() == Some(ticket) {
                            self.typing.set(false);
                        }
                    },
                    TYPING,
                );
            }
            Happening::Begun {} | Happening::Standing { .. } => {}
        }
    }
}

/// What was said, by whomever.
enum Said {
    Turn(Box<Turn>),
    Message(Message),
}

impl Said {
    fn key(&self) -> String {
        match self {
            Self::Turn(turn) => turn.id.to_string(),
            Self::Message(message) => message.id.to_string(),
        }
    }

    fn at(&self) -> f64 {
        match self {
            Self::Turn(turn) => turn.asked_at,
            Self::Message(message) => message.at,
        }
    }
}

/// Turns and messages in the order in which they were said.
fn said(conversation: &Conversation, lately: &[Message]) -> Vec<Said> {
    let turns = conversation.turns.iter().cloned().map(|turn| Said::Turn(Box::new(turn)));
    let known = &conversation.messages;
    let new = lately.iter().filter(|message| known.iter().all(|other| other.id != message.id));
    let mut all: Vec<Said> = turns.chain(known.iter().chain(new).cloned().map(Said::Message)).collect();
    all.sort_by(|a, b| a.at().total_cmp(&b.at()));
    all
}

#[component]
fn Head(conversation: Load<Conversation>) -> impl IntoView {
    let state = Signal::derive(move || {
        text::conversation_state(conversation.part(|c| c.summary.state).unwrap_or(ConversationState::Active))
    });
    let question = move || conversation.part(|c| text::headline(&c.summary));
    let started = move || conversation.part(|c| c.summary.started_at).unwrap_or_default();
    let last = Signal::derive(move || conversation.part(|c| c.summary.last_at).unwrap_or_default());
    let page = move || conversation.part(|c| c.summary.page_url.clone()).flatten();
    view! {
        <header class="transcript-head">
            <div>
                <h2 dir="auto">{question}</h2>
                <p class="transcript-facts">
                    <Badge state/>
                    <span>"Started " {move || view! { <Moment at=started()/> }}</span>
                    <span>"last " <Ago at=last/></span>
                    {move || page().filter(|url| text::is_web(url)).map(|url| view! {
                        <a class="link" href=url.clone() target="_blank" rel="noopener noreferrer">
                            "on " {text::short_url(&url)}
                        </a>
                    })}
                </p>
            </div>
            <button
                class="icon-button bordered" type="button" aria-label="Refresh" title="Refresh"
                class:turning=move || conversation.busy.get()
                on:click=move |_| conversation.refresh()
            >
                <Icon glyph=Glyph::Refresh/>
            </button>
        </header>
    }
}
