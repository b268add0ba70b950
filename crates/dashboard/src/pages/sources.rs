//! Where the agent's knowledge comes from.

use super::knowledge::add::new_files;
use super::knowledge::drop::DropAnywhere;
use super::knowledge::kinds;
use crate::api;
use crate::clock::Ago;
use crate::components::icon::{Glyph, Icon};
use crate::components::progress::ProgressBar;
use crate::components::shell::title;
use crate::components::state::{Badge, Empty, Loaded};
use crate::load::{Paged, Row, every, paged};
use crate::session::use_session;
use crate::text;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use protocol::api::Source;
use protocol::permission::Permission;

const ADD: &str = "/app/sources/new";

#[component]
pub(crate) fn SourcesPage() -> impl IntoView {
    title(|| "Knowledge".to_owned());
    let session = use_session();
    let list = paged(
        |source: &Source| source.id.to_string(),
        move |cursor| session.agent.get().map(|agent| api::sources(agent, cursor)),
    );
    every(1500, move || {
        let running = list.rows.with_untracked(|rows| {
            rows.iter().flatten().any(|row| row.value.with_untracked(|source| text::is_running(source.state)))
        });
        if running && !list.busy.get_untracked() {
            list.refresh();
        }
    });
    if use_query_map().with_untracked(|query| query.get("add").is_some()) {
        use_navigate()(ADD, NavigateOptions { replace: true, ..NavigateOptions::default() });
    }
    let may = Memo::new(move |_| session.may(Permission::KnowledgeWrite));
    let take = new_files(session);
    view! {
        <div class="page">
            <header class="page-head">
                <div>
                    <h1>"Knowledge"</h1>
                    <p class="page-sub">"What the agent knows comes from here, and from nowhere else."</p>
                </div>
                <Show when=move || may.get()>
                    <a class="button primary" href=ADD><Icon glyph=Glyph::Plus/>"Add knowledge"</a>
                </Show>
            </header>
            <Show when=move || may.get()>
                <DropAnywhere text="Drop to add files as a new source" on_files=take/>
            </Show>
            <Loaded
                has=Signal::derive(move || list.rows.with(Option::is_some))
                problem=list.problem
                retry=move || list.refresh()
                lines=3
                tall=true
            >
                <SourceList list may/>
            </Loaded>
        </div>
    }
}

#[component]
fn SourceList(list: Paged<Source>, may: Memo<bool>) -> impl IntoView {
    let none = Memo::new(move |_| list.rows.with(|rows| rows.as_ref().is_some_and(Vec::is_empty)));
    view! {
        <Show
            when=move || !none.get()
            fallback=move || view! {
                <div class="card">
                    <Empty
                        glyph=Glyph::Book
                        title="Nothing is known yet"
                        text="Add your website, files, texts or questions. They become what the agent answers from, with sources."
                    >
                        <Show when=move || may.get()>
                            <a class="button primary" href=ADD><Icon glyph=Glyph::Plus/>"Add your website"</a>
                        </Show>
                    </Empty>
                </div>
            }
        >
            <ul class="card flush source-list">
                <For each=move || list.rows.get().unwrap_or_default() key=|row| row.key.clone() let:row>
                    <SourceRow row/>
                </For>
            </ul>
            <LoadMore cursor=list.cursor busy=list.busy more=move || list.more()/>
        </Show>
    }
}

#[component]
fn SourceRow(row: Row<Source>) -> impl IntoView {
    let value = row.value.clone();
    let source = Signal::derive(move || value.get());
    let kind = Memo::new(move |_| source.get().kind);
    let progress = Signal::derive(move || source.get().progress);
    let state = Signal::derive(move || source.get().state);
    view! {
        <li class="source-row">
            <span class="kind-mark" aria-hidden="true">{move || view! { <Icon glyph=kinds::glyph(kind.get())/> }}</span>
            <div class="source-name">
                <a class="stretched" dir="auto" href=format!("/app/sources/{}", row.key)>{move || kinds::name(&source.get())}</a>
                <span class="quiet">{move || kinds::label(kind.get())}</span>
            </div>
            <div class="source-progress">
                <Show when=move || kinds::is_crawled(kind.get())><ProgressBar progress state slim=true/></Show>
                <span class="quiet">{move || kinds::counts(&source.get())}</span>
            </div>
            <div class="source-state">
                <Badge state=Signal::derive(move || kinds::state(&source.get()))/>
                <span class="quiet">
                    {move || match source.get().last_synced_at {
                        Some(at) => view! { "read " <Ago at=at/> }.into_any(),
                        None => "never read".into_any(),
                    }}
                </span>
            </div>
        </li>
    }
}

/// The button under a list that has another page.
#[component]
pub(crate) fn LoadMore(
    cursor: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
    more: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    view! {
        <Show when=move || cursor.with(Option::is_some)>
            <div class="more">
                <button class="button" type="button" aria-disabled=move || busy.get().to_string() on:click=move |_| {
                    if !busy.get_untracked() {
                        more();
                    }
                }>
                    <span class="spinner" class:on=move || busy.get()></span>
                    "Load more"
                </button>
            </div>
        </Show>
    }
}
