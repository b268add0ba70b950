//! One source: what it is made of, how its reading goes, and its text.

use super::delete_source::DeleteSource;
use super::knowledge::access::SiteAccess;
use super::knowledge::faq::EditFaq;
use super::knowledge::files::SourceFiles;
use super::knowledge::kinds;
use super::knowledge::settings::SourceSettings;
use super::knowledge::text::EditText;
use super::not_found::NotFound;
use super::rename_source::RenameSource;
use super::source_pages::SourcePages;
use super::source_texts::SourceTexts;
use crate::api;
use crate::clock::{Ago, in_zone};
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
use protocol::api::{Progress, Source, SourceKind, SourceState};
use protocol::permission::Permission;
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
    title(move || source.part(kinds::name).unwrap_or_else(|| "Source".to_owned()));
    follow_agent(source);
    let running = Memo::new(move |_| source.part(|source| text::is_running(source.state)).unwrap_or(false));
    every(POLL_MS, move || {
        if running.get_untracked() && !source.busy.get_untracked() {
            source.refresh();
        }
    });
    let kind = Memo::new(move |_| source.part(|source| source.kind).unwrap_or(SourceKind::Website));
    let session = use_session();
    let may = Memo::new(move |_| session.may(Permission::KnowledgeWrite));
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
                    <Head source running kind/>
                    <Reading source kind/>
                    <Show when=move || may.get() && kinds::is_crawled(kind.get())><SiteAccess source/></Show>
                    <Tabs source id running kind/>
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
fn Head(source: Load<Source>, running: Memo<bool>, kind: Memo<SourceKind>) -> impl IntoView {
    let session = use_session();
    let notices = use_context::<Notices>();
    let may = Memo::new(move |_| session.may(Permission::KnowledgeWrite));
    let (renaming, deleting) = (RwSignal::new(false), RwSignal::new(false));
    let settings = RwSignal::new(false);
    let starting = RwSignal::new(false);
    let url = Memo::new(move |_| source.part(|source| source.url.clone()).unwrap_or_default());
    let again = move |_| {
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
    let words = move || match (kinds::is_crawled(kind.get()), waits()) {
        (true, true) => "Crawling…",
        (false, true) => "Reading…",
        (_, false) => "Sync now",
    };
    let badge = Signal::derive(move || source.part(kinds::state).unwrap_or(("Waiting", "wait")));
    view! {
        <a class="back" href="/app/sources"><Icon glyph=Glyph::Back/>"Knowledge"</a>
        <header class="page-head">
            <div>
                <h1 class="break" dir="auto">{move || source.part(kinds::name)}</h1>
                <p class="page-sub">
                    <Badge state=badge/>
                    <span>{move || kinds::label(kind.get())}</span>
                    <Show when=move || text::is_web(&url.get())>
                        <a class="link" href=move || url.get() target="_blank" rel="noopener noreferrer">
                            {move || match kind.get() { SourceKind::Feed => "Open feed", SourceKind::Video => "Open video", _ => "Open website" }} <Icon glyph=Glyph::External/>
                        </a>
                    </Show>
                </p>
            </div>
            <Show when=move || may.get()>
                <div class="page-acts">
                    <Show when=move || kinds::is_remote(kind.get())>
                        <button
                            class="button" type="button" aria-disabled=move || waits().to_string() on:click=again
                            title="What is known stays until the new text is in"
                        >
                            <Icon glyph=Glyph::Refresh/>
                            {words}
                        </button>
                    </Show>
                    <button class="button" type="button" on:click=move |_| settings.set(true)>
                        <Icon glyph=Glyph::Gear/>
                        "Settings"
                    </button>
                    // Texts and lists have their title in their form.
                    <Show when=move || kind.get() == SourceKind::Files>
                        <button class="button" type="button" on:click=move |_| renaming.set(true)>
                            <Icon glyph=Glyph::Pencil/>
                            "Rename"
                        </button>
                    </Show>
                    <button class="button danger-quiet" type="button" on:click=move |_| deleting.set(true)>
                        <Icon glyph=Glyph::Trash/>
                        "Delete"
                    </button>
                </div>
            </Show>
        </header>
        <RenameSource open=renaming source/>
        <SourceSettings open=settings source/>
        <DeleteSource open=deleting source/>
    }
}

/// How the reading goes: with a bar for what has pages, in a line for the rest.
#[component]
fn Reading(source: Load<Source>, kind: Memo<SourceKind>) -> impl IntoView {
    let progress = Signal::derive(move || source.part(|source| source.progress).unwrap_or_default());
    let state = Signal::derive(move || source.part(|source| source.state).unwrap_or(SourceState::Pending));
    let reason = Memo::new(move |_| source.part(|source| source.reason.clone()).flatten());
    // What stands in the way of finding what it says.
    let note = Memo::new(move |_| source.part(|source| source.note.clone()).flatten());
    let synced = Memo::new(move |_| source.part(|source| source.last_synced_at).flatten());
    let crawled = Memo::new(move |_| kinds::is_crawled(kind.get()));
    let line = move || {
        if crawled.get() {
            headline(state.get(), &progress.get())
        } else if reason.get().is_some() {
            "It could not be read".to_owned()
        } else {
            source.part(kinds::counts).unwrap_or_default()
        }
    };
    let next = Memo::new(move |_| source.part(|source| source.next_sync_at).flatten());
    // What failed has not taken away what was known before.
    let still =
        move || synced.get().filter(|_| state.get() == SourceState::Failed && progress.get().passages > 0);
    view! {
        {move || reason.get().map(|reason| view! {
            <p class="form-problem block" role="alert">
                <Icon glyph=Glyph::Alert/>
                <span>
                    {move || if still().is_some() { "Last sync failed: " } else { "" }} {reason}
                    {move || still().map(|at| view! { " Answers still come from " <Ago at=at/> "." })}
                </span>
            </p>
        })}
        {move || note.get().map(|note| view! {
            <p class="quiet form-hint" role="status"><Icon glyph=Glyph::Alert/>{note}</p>
        })}
        <section class="card crawl" aria-label=move || if crawled.get() { "Crawl" } else { "Reading" }>
            <div class="crawl-line">
                <strong>{line}</strong>
                <span class="quiet">
                    {move || crawled.get().then(|| format!("{} can be found", text::count(u64::from(progress.get().passages), "passage", "passages")))}
                    {move || synced.get().map(|at| view! {
                        {if crawled.get() { " · last sync " } else { "last read " }} <Ago at=at/>
                    })}
                    {move || next.get().map(|at| view! { <NextSync at=at/> })}
                </span>
            </div>
            <Show when=move || crawled.get()><ProgressBar progress state/></Show>
        </section>
    }
}

/// When it is synced by itself, on the workspace's clock.
#[component]
fn NextSync(at: f64) -> impl IntoView {
    let workspace = load(move || Some(api::team::settings()));
    let zone = move || workspace.part(|settings| settings.profile.hours.time_zone.clone());
    view! { {move || zone().map(|zone| format!(" · next sync {}", in_zone(at, &zone)))} }
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

/// What a source is made of, and its text as it was indexed; chosen in the address so that either can be
/// linked to. A feed's entries and a video's transcript are their text.
#[component]
fn Tabs(
    source: Load<Source>,
    id: Memo<Option<SourceId>>,
    running: Memo<bool>,
    kind: Memo<SourceKind>,
) -> impl IntoView {
    let query = use_query_map();
    let texts = Memo::new(move |_| query.with(|query| query.get("view").as_deref() == Some("text")));
    let base = move || id.get().map(|id| format!("/app/sources/{id}")).unwrap_or_default();
    let at = move |this: bool| (texts.get() == this).then_some("page");
    let plain = Memo::new(move |_| matches!(kind.get(), SourceKind::Feed | SourceKind::Video));
    let first = move || match kind.get() {
        SourceKind::Website | SourceKind::Sitemap => "Pages",
        SourceKind::Files => "Files",
        SourceKind::Text => "Text",
        SourceKind::Faq => "Questions",
        SourceKind::Feed => "Entries",
        SourceKind::Video => "Transcript",
    };
    let parts = move || match kind.get() {
        SourceKind::Website | SourceKind::Sitemap => view! { <SourcePages source id running/> }.into_any(),
        SourceKind::Files => view! { <SourceFiles source id/> }.into_any(),
        SourceKind::Text => view! { <EditText source id/> }.into_any(),
        SourceKind::Faq => view! { <EditFaq source id/> }.into_any(),
        SourceKind::Feed => {
            view! { <SourceTexts id running nothing="No entry has been read yet."/> }.into_any()
        }
        SourceKind::Video => {
            view! { <SourceTexts id running nothing="It has not been read yet."/> }.into_any()
        }
    };
    view! {
        <Show when=move || !plain.get() fallback=move || view! { <h2 class="kind-head">{first}</h2> }>
            <nav class="tabs" aria-label="Parts of this source">
                <a href=base data-noscroll="" aria-current=move || at(false)>{first}</a>
                <a href=move || format!("{}?view=text", base()) data-noscroll="" aria-current=move || at(true)>"Indexed text"</a>
            </nav>
        </Show>
        <Show when=move || texts.get() && !plain.get() fallback=parts>
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
