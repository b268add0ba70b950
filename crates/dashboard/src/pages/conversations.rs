//! Conversations, newest first; beside the transcript where there is room.

use super::conversation_search::{Results, Search, SearchField};
use super::embed::INSTALL;
use super::inbox::{FilterBar, Filters, Presence};
use super::sources::LoadMore;
use crate::api;
use crate::clock::Ago;
use crate::components::icon::Glyph;
use crate::components::shell::title;
use crate::components::state::{Badge, Empty, Loaded};
use crate::live::Live;
use crate::load::{Paged, Row, paged};
use crate::session::use_session;
use crate::text;
use domain::handover::is_silent;
use leptos::prelude::*;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_location;
use protocol::api::ConversationSummary;
use protocol::lounge::{Happening, LoungeFrame};

const LIST: &str = "/app/conversations";

#[component]
pub(crate) fn ConversationsPage() -> impl IntoView {
    let session = use_session();
    let search = Search::new();
    let filters = Filters::new();
    let list = paged(
        |summary: &ConversationSummary| summary.id.to_string(),
        move |cursor| {
            let agent = session.agent.get().filter(|_| !filters.all_agents.get());
            (agent.is_some() || filters.all_agents.get()).then(|| {
                api::inbox(agent, filters.standing.get(), filters.from(), filters.thumb.get(), cursor)
            })
        },
    );
    if let Some(live) = use_context::<Live>() {
        let news = |frame: &LoungeFrame| match frame {
            LoungeFrame::Happened { what, .. } => {
                matches!(what, Happening::Begun {} | Happening::Standing { .. })
            }
            LoungeFrame::Recorded { .. } => true,
            LoungeFrame::Present { .. } | LoungeFrame::Waiting { .. } => false,
        };
        live.keep_fresh(5_000, news, move || list.refresh());
    }
    let path = use_location().pathname;
    let picked = Memo::new(move |_| {
        path.get().strip_prefix(LIST).map(|rest| rest.trim_matches('/').to_owned()).unwrap_or_default()
    });
    view! {
        <div class="split" class:picked=move || !picked.get().is_empty()>
            <section class="split-list" aria-labelledby="list-title">
                <header class="split-head">
                    <h1 id="list-title">"Conversations"</h1>
                    <Presence/>
                    <FilterBar filters/>
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
                            <List list picked filters/>
                        </Loaded>
                    </Show>
                </div>
            </section>
            <section class="split-main" aria-label="Transcript"><Outlet/></section>
        </div>
    }
}

#[component]
fn List(list: Paged<ConversationSummary>, picked: Memo<String>, filters: Filters) -> impl IntoView {
    let none = Memo::new(move |_| list.rows.with(|rows| rows.as_ref().is_some_and(Vec::is_empty)));
    view! {
        <Show
            when=move || !none.get()
            fallback=move || if filters.narrow() {
                view! {
                    <Empty
                        glyph=Glyph::Chat
                        title="No such conversation"
                        text="There may be others: choose another state or time."
                    />
                }.into_any()
            } else {
                view! {
                    <Empty
                        glyph=Glyph::Chat
                        title="No conversation yet"
                        text="Put the widget on your website; each conversation appears here as it happens."
                    >
                        <a class="button primary" href=INSTALL>"Get the snippet"</a>
                    </Empty>
                }.into_any()
            }
        >
            <ul class="rows">
                <For each=move || list.rows.get().unwrap_or_default() key=|row| row.key.clone() let:row>
                    <ListRow row picked filters/>
                </For>
            </ul>
            <LoadMore cursor=list.cursor busy=list.busy more=move || list.more()/>
        </Show>
    }
}

#[component]
fn ListRow(row: Row<ConversationSummary>, picked: Memo<String>, filters: Filters) -> impl IntoView {
    let session = use_session();
    let key = row.key.clone();
    let current = Signal::derive(move || picked.with(|picked| *picked == key));
    let summary: Signal<ConversationSummary> = Signal::from(row.value);
    let agent = move || {
        let of = summary.with(|summary| summary.agent_id.clone());
        let name = session
            .agents
            .with(|all| all.iter().flatten().find(|agent| agent.id == of).map(|agent| agent.name.clone()));
        name.filter(|_| filters.all_agents.get())
            .map(|name| view! { <span class="row-agent" dir="auto">{name}</span> })
    };
    view! { <li><ConversationLink summary current/>{agent}</li> }
}

/// A conversation in one row: its first question and what to know before opening it.
#[component]
pub(crate) fn ConversationLink(
    #[prop(into)] summary: Signal<ConversationSummary>,
    #[prop(optional, into)] current: Signal<bool>,
) -> impl IntoView {
    let standing = Signal::derive(move || summary.with(|summary| summary.handover.standing));
    let session = use_session();
    let live = use_context::<Live>();
    let here = move || {
        let me = session.me.with(|me| me.as_ref().map(|me| me.user_id.to_string()));
        let id = summary.with(|summary| summary.id.clone());
        let names = live?.members.with(|members| {
            let looking = members
                .iter()
                .filter(|member| member.looks_at.contains(&id) && Some(&member.id) != me.as_ref());
            looking.map(|member| member.name.clone()).collect::<Vec<_>>().join(", ")
        });
        (!names.is_empty()).then(|| format!("{names} looks at it"))
    };
    let low = move || summary.with(|summary| summary.low_confidence);
    let bad = move || summary.with(|summary| summary.bad);
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
                {move || here().map(|names| view! { <span class="row-here">{names}</span> })}
                {move || (low() > 0).then(|| view! {
                    <Badge state=Signal::derive(move || ("Low confidence", "warn"))/>
                })}
                {move || (bad() > 0).then(|| view! {
                    <Badge state=Signal::derive(move || ("Bad answer", "bad"))/>
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
