//! The pages of a crawl, by state, with the reason of each that is not in the index.

use super::knowledge::retry::RetryFailed;
use super::page_history::PageHistory;
use super::sources::LoadMore;
use crate::api;
use crate::clock::Ago;
use crate::components::icon::{Glyph, Icon};
use crate::components::state::Loaded;
use crate::load::{Load, Paged, Row, every, paged};
use crate::text;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use protocol::SourceId;
use protocol::api::{Page, PageState, Progress, Source};

#[component]
pub(crate) fn SourcePages(
    source: Load<Source>,
    id: Memo<Option<SourceId>>,
    running: Memo<bool>,
) -> impl IntoView {
    let query = use_query_map();
    let filter = Memo::new(move |_| {
        let wanted = query.with(|query| query.get("state"));
        text::PAGE_STATES.into_iter().find(|state| Some(text::page_state_key(*state)) == wanted.as_deref())
    });
    let list = paged(
        |page: &Page| page.url.clone(),
        move |cursor| {
            let state = filter.get();
            id.get().map(|id| api::pages(id, state, cursor))
        },
    );
    refresh_with_crawl(list, running);
    let progress = Memo::new(move |_| source.part(|source| source.progress).unwrap_or_default());
    let asked = RwSignal::new(None::<String>);
    view! {
        <Filters progress filter id/>
        <RetryFailed source running/>
        <Loaded
            has=Signal::derive(move || list.rows.with(Option::is_some))
            problem=list.problem
            retry=move || list.refresh()
            lines=8
        >
            <PageTable list filter running asked/>
        </Loaded>
        <PageHistory id page=asked/>
    }
}

fn refresh_with_crawl(list: Paged<Page>, running: Memo<bool>) {
    every(1500, move || {
        if running.get_untracked() && !list.busy.get_untracked() {
            list.refresh();
        }
    });
    Effect::new(move |before: Option<bool>| {
        let running = running.get();
        if before == Some(true) && !running {
            list.restart();
        }
        running
    });
}

/// The legend of the progress bar, which is also the table's filter.
#[component]
fn Filters(
    progress: Memo<Progress>,
    filter: Memo<Option<PageState>>,
    id: Memo<Option<SourceId>>,
) -> impl IntoView {
    let base = move || id.get().map(|id| format!("/app/sources/{id}")).unwrap_or_default();
    let chip = move |state: Option<PageState>| {
        let count = move || progress.with(|p| state.map_or(p.found, |state| text::pages_in(p, state)));
        let href = move || match state {
            Some(state) => format!("{}?state={}", base(), text::page_state_key(state)),
            None => base(),
        };
        view! {
            <a
                class="chip" href=href data-noscroll=""
                class:zero=move || count() == 0
                data-state=state.map(text::page_state_key)
                aria-current=move || (filter.get() == state).then_some("true")
            >
                {state.map_or("All", text::page_state_label)}
                <span class="chip-count">{move || text::number(u64::from(count()))}</span>
            </a>
        }
    };
    view! {
        <nav class="chips" aria-label="Filter pages by state">
            {chip(None)}
            {text::PAGE_STATES.into_iter().map(|state| chip(Some(state))).collect_view()}
        </nav>
    }
}

#[component]
fn PageTable(
    list: Paged<Page>,
    filter: Memo<Option<PageState>>,
    running: Memo<bool>,
    /// The page whose history is shown.
    asked: RwSignal<Option<String>>,
) -> impl IntoView {
    let none = Memo::new(move |_| list.rows.with(|rows| rows.as_ref().is_some_and(Vec::is_empty)));
    let nothing = move || match (filter.get(), running.get()) {
        (Some(state), _) => format!("No page is {} now.", text::page_state_label(state).to_lowercase()),
        (None, true) => "The first pages appear here in a moment.".to_owned(),
        (None, false) => {
            "No page was found. Check that the address shows a website, then crawl again.".to_owned()
        }
    };
    view! {
        <div class="card flush">
            <Show when=move || !none.get() fallback=move || view! { <p class="nothing">{nothing}</p> }>
                <table class="table pages">
                    <thead>
                        <tr>
                            <th scope="col">"Page"</th>
                            <th scope="col">"State"</th>
                            <th scope="col">"Reason"</th>
                            <th scope="col" class="end">"Passages"</th>
                            <th scope="col" class="end">"Fetched"</th>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=move || list.rows.get().unwrap_or_default() key=|row| row.key.clone() let:row>
                            <PageRow row asked/>
                        </For>
                    </tbody>
                </table>
            </Show>
        </div>
        <LoadMore cursor=list.cursor busy=list.busy more=move || list.more()/>
    }
}

#[component]
fn PageRow(row: Row<Page>, asked: RwSignal<Option<String>>) -> impl IntoView {
    let page = Signal::derive(move || row.value.get());
    let url = row.key;
    let path = text::path_of(&url);
    // What was never read has no title; its path is name enough.
    let untitled = move || page.with(|page| page.title.is_none());
    let passages = move || page.with(|page| (page.passages > 0).then(|| page.passages.to_string()));
    let address = url.clone();
    let label = format!("History of {path}");
    view! {
        <tr>
            <th scope="row" class="page-cell">
                {move || page.get().title.map(|title| view! { <span class="page-title" dir="auto">{title}</span> })}
                <a class="page-path" class:untitled=untitled href=url.clone() target="_blank" rel="noopener noreferrer" title=url dir="ltr">{path}</a>
            </th>
            <td>
                <span class="state" data-state=move || text::page_state_key(page.get().state)>
                    {move || text::page_state_label(page.get().state)}
                </span>
            </td>
            <td class="reason">
                {move || page.with(mark).map(|mark| view! { <span class="page-mark">{mark}</span> " " })}
                {move || reason(&page.get())}
            </td>
            <td class="end" class:none=move || passages().is_none() data-label="Passages">
                {move || passages().unwrap_or_else(|| "–".to_owned())}
            </td>
            <td class="end" data-label="Fetched">
                {move || match page.get().fetched_at {
                    Some(at) => view! { <Ago at=at/> }.into_any(),
                    None => "–".into_any(),
                }}
                <button class="icon-button" type="button" title="History" aria-label=label on:click=move |_| asked.set(Some(address.clone()))>
                    <Icon glyph=Glyph::Clock/>
                </button>
            </td>
        </tr>
    }
}

/// How the page's text came to be, where that was not from its HTML alone.
fn mark(page: &Page) -> Option<&'static str> {
    match (page.rendered, page.needs_script) {
        (Some(_), _) => Some("Rendered"),
        (None, true) => Some("Needs JavaScript"),
        (None, false) => None,
    }
}

/// The server's words, with the HTTP status where they do not name it.
fn reason(page: &Page) -> String {
    let why = match (&page.reason, page.http_status) {
        (Some(reason), Some(status)) if status >= 400 && !reason.contains(&status.to_string()) => {
            format!("{reason} (HTTP {status})")
        }
        (Some(reason), _) => reason.clone(),
        (None, Some(status)) if status >= 400 => format!("HTTP {status}"),
        (None, _) => String::new(),
    };
    // The remark begins with the mark.
    let remark =
        page.remark.as_deref().map(|remark| remark.split_once(": ").map_or(remark, |(_, words)| words));
    let said: Vec<&str> =
        [remark.unwrap_or_default(), &why].into_iter().filter(|part| !part.is_empty()).collect();
    said.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_needs_its_scripts_says_why_once() {
        let page = Page {
            url: "https://a.example/".into(),
            state: PageState::Skipped,
            reason: Some("The page has no text.".into()),
            http_status: Some(200),
            title: None,
            language: None,
            document_id: None,
            passages: 0,
            depth: 0,
            fetched_at: None,
            rendered: None,
            needs_script: true,
            remark: Some("Needs JavaScript: its HTML asks for it. Nobody can run it.".into()),
        };
        assert_eq!(mark(&page), Some("Needs JavaScript"));
        assert_eq!(reason(&page), "its HTML asks for it. Nobody can run it. The page has no text.");
    }
}
