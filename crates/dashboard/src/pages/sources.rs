//! Where the agent's knowledge comes from.

use super::add_source::AddSource;
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
use leptos_router::hooks::use_query_map;
use protocol::api::{Source, SourceKind};

#[component]
pub(crate) fn SourcesPage() -> impl IntoView {
    title(|| "Sources".to_owned());
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
    let asked = use_query_map().with_untracked(|query| query.get("add").is_some());
    let adding = RwSignal::new(asked);
    view! {
        <div class="page">
            <header class="page-head">
                <div>
                    <h1>"Sources"</h1>
                    <p class="page-sub">"What the agent knows comes from these websites, and from nowhere else."</p>
                </div>
                <button class="button primary" type="button" on:click=move |_| adding.set(true)>
                    <Icon glyph=Glyph::Plus/>
                    "Add source"
                </button>
            </header>
            <Loaded
                has=Signal::derive(move || list.rows.with(Option::is_some))
                problem=list.problem
                retry=move || list.refresh()
                lines=3
                tall=true
            >
                <SourceList list adding/>
            </Loaded>
            <AddSource open=adding/>
        </div>
    }
}

#[component]
fn SourceList(list: Paged<Source>, adding: RwSignal<bool>) -> impl IntoView {
    let none = Memo::new(move |_| list.rows.with(|rows| rows.as_ref().is_some_and(Vec::is_empty)));
    view! {
        <Show
            when=move || !none.get()
            fallback=move || view! {
                <div class="card">
                    <Empty
                        glyph=Glyph::Globe
                        title="No source yet"
                        text="Add your website's address. Its pages are read and become what the agent answers from, with sources."
                    >
                        <button class="button primary" type="button" on:click=move |_| adding.set(true)>
                            <Icon glyph=Glyph::Plus/>
                            "Add your website"
                        </button>
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
    let progress = Signal::derive(move || source.get().progress);
    let state = Signal::derive(move || source.get().state);
    view! {
        <li class="source-row">
            <div class="source-name">
                <a class="stretched" href=format!("/app/sources/{}", row.key)>{move || text::short_url(&source.get().url)}</a>
                <span class="quiet">
                    {move || match source.get().kind {
                        SourceKind::Website => "Website",
                        SourceKind::Sitemap => "Sitemap",
                        SourceKind::Files => "Files",
                        SourceKind::Text => "Text",
                        SourceKind::Faq => "FAQ",
                        SourceKind::Feed => "Feed",
                    }}
                </span>
            </div>
            <div class="source-progress">
                <ProgressBar progress state slim=true/>
                <span class="quiet">{move || counts(&source.get())}</span>
            </div>
            <div class="source-state">
                <Badge state=Signal::derive(move || text::source_state(state.get()))/>
                <span class="quiet">
                    {move || match source.get().last_synced_at {
                        Some(at) => view! { "crawled " <Ago at=at/> }.into_any(),
                        None => "never crawled".into_any(),
                    }}
                </span>
            </div>
        </li>
    }
}

/// The figures of a crawl in one line, or why it failed.
fn counts(source: &Source) -> String {
    if let Some(reason) = &source.reason {
        return reason.clone();
    }
    let progress = &source.progress;
    let mut line = if text::is_running(source.state) {
        format!("{} of {} pages", text::settled(progress), progress.found)
    } else {
        text::count(u64::from(progress.indexed), "page indexed", "pages indexed")
    };
    if progress.failed > 0 {
        line.push_str(&format!(" · {} failed", progress.failed));
    }
    if progress.skipped > 0 {
        line.push_str(&format!(" · {} skipped", progress.skipped));
    }
    line
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
