//! One conversation, read from top to bottom.

use super::desk::Desk;
use super::message::MessageView;
use super::not_found::NotFound;
use super::turn::TurnView;
use crate::api;
use crate::clock::{Ago, Moment};
use crate::components::icon::{Glyph, Icon};
use crate::components::shell::title;
use crate::components::state::{Badge, Loaded};
use crate::load::{Load, every, load};
use crate::session::use_session;
use crate::text;
use domain::handover::is_silent;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use protocol::api::{Conversation, ConversationState, Turn};
use protocol::handover::Message;
use protocol::{Code, ConversationId};

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
    let ticks = StoredValue::new(0_u32);
    every(2000, move || {
        ticks.update_value(|ticks| *ticks = ticks.wrapping_add(1));
        // Two people write to each other faster than an agent's answers come in.
        let people = untrack(|| conversation.part(|c| is_silent(c.summary.handover.standing)));
        let due = people.unwrap_or_default() || ticks.get_value().is_multiple_of(3);
        if due && !conversation.busy.get_untracked() {
            conversation.refresh();
        }
    });
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
                        <For each=move || conversation.part(said).unwrap_or_default() key=Said::key let:said>
                            {match said {
                                Said::Turn(turn) => view! { <TurnView turn=*turn/> }.into_any(),
                                Said::Message(message) => view! { <MessageView message/> }.into_any(),
                            }}
                        </For>
                    </ol>
                    <Desk conversation/>
                </Loaded>
            </div>
        </Show>
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
fn said(conversation: &Conversation) -> Vec<Said> {
    let turns = conversation.turns.iter().cloned().map(|turn| Said::Turn(Box::new(turn)));
    let mut all: Vec<Said> = turns.chain(conversation.messages.iter().cloned().map(Said::Message)).collect();
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
