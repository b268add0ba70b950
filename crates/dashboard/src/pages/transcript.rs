//! One conversation, read from top to bottom.

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
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use protocol::api::{Conversation, ConversationState};
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
    every(5000, move || {
        if !conversation.busy.get_untracked() {
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
                        <For
                            each=move || conversation.part(|c| c.turns.clone()).unwrap_or_default()
                            key=|turn| turn.id.to_string()
                            let:turn
                        >
                            <TurnView turn/>
                        </For>
                    </ol>
                </Loaded>
            </div>
        </Show>
    }
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
