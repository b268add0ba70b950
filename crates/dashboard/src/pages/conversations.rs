//! Conversations, newest first; beside the transcript where there is room.

use super::conversation_search::{Results, Search, SearchField};
use super::sources::LoadMore;
use crate::api;
use crate::clock::Ago;
use crate::components::icon::Glyph;
use crate::components::shell::title;
use crate::components::state::{Badge, Empty, Loaded};
use crate::load::{Paged, Row, every, paged};
use crate::session::use_session;
use crate::text;
use domain::handover::is_silent;
use leptos::prelude::*;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_location;
use protocol::api::ConversationSummary;
use protocol::handover::Standing;

/// What the list can be narrowed to, most pressing first.
const FILTERS: [Standing; 5] =
    [Standing::Waiting, Standing::Human, Standing::Bot, Standing::Resolved, Standing::Abandoned];
const LIST: &str = "/app/conversations";

#[component]
pub(crate) fn ConversationsPage() -> impl IntoView {
    let session = use_session();
    let search = Search::new();
    let standing = RwSignal::new(None::<Standing>);
    let list = paged(
        |summary: &ConversationSummary| summary.id.to_string(),
        move |cursor| session.agent.get().map(|agent| api::conversations(agent, standing.get(), cursor)),
    );
    every(5000, move || {
        if !list.busy.get_untracked() {
            list.refresh();
        }
    });
    let path = use_location().pathname;
    let picked = Memo::new(move |_| {
        path.get().strip_prefix(LIST).map(|rest| rest.trim_matches('/').to_owned()).unwrap_or_default()
    });
    view! {
        <div class="split" class:picked=move || !picked.get().is_empty()>
            <section class="split-list" aria-labelledby="list-title">
                <header class="split-head">
                    <h1 id="list-title">"Conversations"</h1>
                    <select
                        class="select" aria-label="Which conversations"
                        on:change=move |event| {
                            let key = event_target_value(&event);
                            standing.set(FILTERS.iter().copied().find(|one| text::standing_key(*one) == key));
                        }
                    >
                        <option value="">"All"</option>
                        {FILTERS.iter().map(|one| view! {
                            <option value=text::standing_key(*one)>{text::standing(*one).0}</option>
                        }).collect_view()}
                    </select>
                    <SearchField search/>
                </header>
                <div class="split-scroll">
                    <Show when=move || !search.on() fallback=move || view! { <Results search picked/> }>
                        <Loaded
                            has=Signal::derive(move || list.rows.with(Option::is_some))
                            problem=list.problem
                            retry=move || list.refresh()
                            lines=7
                            tall=true
                        >
                            <List list picked/>
                        </Loaded>
                    </Show>
                </div>
            </section>
            <section class="split-main" aria-label="Transcript"><Outlet/></section>
        </div>
    }
}

#[component]
fn List(list: Paged<ConversationSummary>, picked: Memo<String>) -> impl IntoView {
    let none = Memo::new(move |_| list.rows.with(|rows| rows.as_ref().is_some_and(Vec::is_empty)));
    view! {
        <Show
            when=move || !none.get()
            fallback=|| view! {
                <Empty
                    glyph=Glyph::Chat
                    title="No conversation yet"
                    text="Put the widget on your website; each conversation appears here as it happens."
                >
                    <a class="button primary" href="/app/#embed">"Get the snippet"</a>
                </Empty>
            }
        >
            <ul class="rows">
                <For each=move || list.rows.get().unwrap_or_default() key=|row| row.key.clone() let:row>
                    <ListRow row picked/>
                </For>
            </ul>
            <LoadMore cursor=list.cursor busy=list.busy more=move || list.more()/>
        </Show>
    }
}

#[component]
fn ListRow(row: Row<ConversationSummary>, picked: Memo<String>) -> impl IntoView {
    let key = row.key.clone();
    let current = Signal::derive(move || picked.with(|picked| *picked == key));
    view! { <li><ConversationLink summary=Signal::from(row.value) current/></li> }
}

/// A conversation in one row: its first question and what to know before opening it.
#[component]
pub(crate) fn ConversationLink(
    #[prop(into)] summary: Signal<ConversationSummary>,
    #[prop(optional, into)] current: Signal<bool>,
) -> impl IntoView {
    let standing = Signal::derive(move || summary.with(|summary| summary.handover.standing));
    let low = move || summary.with(|summary| summary.low_confidence);
    view! {
        <a
            class="row" data-noscroll=""
            href=move || summary.with(|summary| format!("{LIST}/{}", summary.id))
            aria-current=move || current.get().then_some("true")
        >
            <span class="row-text" dir="auto">{move || summary.with(text::headline)}</span>
            <span class="row-facts">
                <Ago at=Signal::derive(move || summary.with(|summary| summary.last_at))/>
                <span>{move || text::count(u64::from(summary.with(|summary| summary.turns)), "question", "questions")}</span>
                {move || is_silent(standing.get()).then(|| view! {
                    <Badge state=Signal::derive(move || text::standing(standing.get()))/>
                })}
                {move || (low() > 0).then(|| view! {
                    <Badge state=Signal::derive(move || ("Low confidence", "warn"))/>
                })}
            </span>
        </a>
    }
}

/// The place of the transcript while none is open.
#[component]
pub(crate) fn NothingPicked() -> impl IntoView {
    title(|| "Conversations".to_owned());
    view! {
        <div class="unpicked">
            <Empty
                glyph=Glyph::Chat
                title="Pick a conversation"
                text="Its questions and answers open here, with sources, confidence and timings."
            />
        </div>
    }
}
