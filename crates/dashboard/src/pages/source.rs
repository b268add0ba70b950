//! One source: its crawl live, its pages, its text.

use super::delete_source::DeleteSource;
use super::not_found::NotFound;
use super::source_pages::SourcePages;
use super::source_texts::SourceTexts;
use crate::api;
use crate::clock::Ago;
use crate::components::icon::{Glyph, Icon};
use crate::components::notice::{Notices, announce};
use crate::components::progress::ProgressBar;
use crate::components::shell::title;
use crate::components::state::{Badge, Loaded};
use crate::load::{Load, every, load};
use crate::session::use_session;
use crate::text;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::{use_params_map, use_query_map};
use protocol::api::{Progress, Source, SourceState};
use protocol::{Code, SourceId};

/// How often a running crawl is asked for, in milliseconds.
const POLL_MS: u64 = 700;

#[component]
pub(crate) fn SourcePage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| {
        params.with(|params| params.get("source")).and_then(|id| id.parse::<SourceId>().ok())
    });
    let source = load(move || id.get().map(api::source));
    title(move || source.part(|source| text::short_url(&source.url)).unwrap_or_else(|| "Source".to_owned()));
    follow_agent(source);
    let running = Memo::new(move |_| source.part(|source| text::is_running(source.state)).unwrap_or(false));
    every(POLL_MS, move || {
        if running.get_untracked() && !source.busy.get_untracked() {
            source.refresh();
        }
    });
    let missing = move || {
        id.get().is_none() || source.problem.with(|p| p.as_ref().is_some_and(|p| p.code == Code::NotFound))
    };
    view! {
        <Show when=move || !missing() fallback=NotFound>
            <div class="page">
                <Loaded
                    has=Signal::derive(move || source.value.with(Option::is_some))
                    problem=source.problem
                    retry=move || source.refresh()
                    lines=5
                    tall=true
                >
                    <Head source running/>
                    <Crawl source/>
                    <Tabs source id running/>
                </Loaded>
            </div>
        </Show>
    }
}

/// A source that was opened by its address brings its agent along.
fn follow_agent(source: Load<Source>) {
    let session = use_session();
    Effect::new(move |_| {
        if let Some(agent) = source.part(|source| source.agent_id.clone()) {
            session.pick(agent);
        }
    });
}

#[component]
fn Head(source: Load<Source>, running: Memo<bool>) -> impl IntoView {
    let notices = use_context::<Notices>();
    let deleting = RwSignal::new(false);
    let starting = RwSignal::new(false);
    let url = Memo::new(move |_| source.part(|source| source.url.clone()).unwrap_or_default());
    let recrawl = move |_| {
        let Some(id) = source.part(|source| source.id.clone()) else { return };
        if running.get_untracked() || starting.get_untracked() {
            return;
        }
        starting.set(true);
        spawn_local(async move {
            match api::reindex_source(id).await {
                Ok(_) => {
                    // Shown at once, and it starts the polling.
                    source.value.try_update(|value| {
                        if let Some(source) = value {
                            source.state = SourceState::Pending;
                        }
                    });
                    source.refresh();
                }
                Err(problem) => announce(notices, problem.message),
            }
            starting.try_set(false);
        });
    };
    let waits = move || running.get() || starting.get();
    view! {
        <a class="back" href="/app/sources"><Icon glyph=Glyph::Back/>"Sources"</a>
        <header class="page-head">
            <div>
                <h1 class="break">{move || text::short_url(&url.get())}</h1>
                <p class="page-sub">
                    <Badge state=Signal::derive(move || text::source_state(source.part(|s| s.state).unwrap_or(SourceState::Pending)))/>
                    <a class="link" href=move || url.get() target="_blank" rel="noopener noreferrer">
                        "Open website" <Icon glyph=Glyph::External/>
                    </a>
                </p>
            </div>
            <div class="page-acts">
                <button
                    class="button" type="button" aria-disabled=move || waits().to_string() on:click=recrawl
                    title="What is known stays until each page's new text is in"
                >
                    <Icon glyph=Glyph::Refresh/>
                    {move || if waits() { "Crawling…" } else { "Crawl again" }}
                </button>
                <button class="button danger-quiet" type="button" on:click=move |_| deleting.set(true)>
                    <Icon glyph=Glyph::Trash/>
                    "Delete"
                </button>
            </div>
        </header>
        <DeleteSource open=deleting source/>
    }
}

#[component]
fn Crawl(source: Load<Source>) -> impl IntoView {
    let progress = Signal::derive(move || source.part(|source| source.progress).unwrap_or_default());
    let state = Signal::derive(move || source.part(|source| source.state).unwrap_or(SourceState::Pending));
    let reason = Memo::new(move |_| source.part(|source| source.reason.clone()).flatten());
    let synced = Memo::new(move |_| source.part(|source| source.last_synced_at).flatten());
    view! {
        {move || reason.get().map(|reason| view! {
            <p class="form-problem block" role="alert"><Icon glyph=Glyph::Alert/>{reason}</p>
        })}
        <section class="card crawl" aria-label="Crawl">
            <div class="crawl-line">
                <strong>{move || headline(state.get(), &progress.get())}</strong>
                <span class="quiet">
                    {move || text::count(u64::from(progress.get().passages), "passage", "passages")}
                    " can be found"
                    {move || synced.get().map(|at| view! { " · last crawl " <Ago at=at/> })}
                </span>
            </div>
            <ProgressBar progress state/>
        </section>
    }
}

fn headline(state: SourceState, progress: &Progress) -> String {
    match state {
        SourceState::Pending => "Waiting to start".to_owned(),
        SourceState::Crawling => {
            format!(
                "Crawling: {} of {} settled",
                text::settled(progress),
                text::count(u64::from(progress.found), "page", "pages")
            )
        }
        SourceState::Indexed => format!("{} found", text::count(u64::from(progress.found), "page", "pages")),
        SourceState::Failed => "The crawl failed".to_owned(),
    }
}

/// Pages or text, chosen in the address so that either can be linked to.
#[component]
fn Tabs(source: Load<Source>, id: Memo<Option<SourceId>>, running: Memo<bool>) -> impl IntoView {
    let query = use_query_map();
    let texts = Memo::new(move |_| query.with(|query| query.get("view").as_deref() == Some("text")));
    let base = move || id.get().map(|id| format!("/app/sources/{id}")).unwrap_or_default();
    let at = move |this: bool| (texts.get() == this).then_some("page");
    view! {
        <nav class="tabs" aria-label="Parts of this source">
            <a href=base data-noscroll="" aria-current=move || at(false)>"Pages"</a>
            <a href=move || format!("{}?view=text", base()) data-noscroll="" aria-current=move || at(true)>"Indexed text"</a>
        </nav>
        <Show when=move || texts.get() fallback=move || view! { <SourcePages source id running/> }>
            <SourceTexts id running/>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headline_counts_settled_pages() {
        let progress = Progress { found: 10, queued: 3, fetching: 2, ..Progress::default() };
        assert_eq!(headline(SourceState::Crawling, &progress), "Crawling: 5 of 10 pages settled");
    }
}
