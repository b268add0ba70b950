//! The text as it was indexed, page by page: what the agent can answer from.

use super::sources::LoadMore;
use crate::api;
use crate::components::state::Loaded;
use crate::load::{Row, paged};
use crate::text;
use leptos::prelude::*;
use protocol::SourceId;
use protocol::api::Document;

#[component]
pub(crate) fn SourceTexts(
    id: Memo<Option<SourceId>>,
    running: Memo<bool>,
    #[prop(default = "No text is indexed yet.")] nothing: &'static str,
) -> impl IntoView {
    let list = paged(
        |document: &Document| document.id.to_string(),
        move |cursor| id.get().map(|id| api::documents(id, cursor)),
    );
    Effect::new(move |before: Option<bool>| {
        let running = running.get();
        if before == Some(true) && !running {
            list.restart();
        }
        running
    });
    let none = Memo::new(move |_| list.rows.with(|rows| rows.as_ref().is_some_and(Vec::is_empty)));
    view! {
        <Loaded
            has=Signal::derive(move || list.rows.with(Option::is_some))
            problem=list.problem
            retry=move || list.refresh()
            lines=8
        >
            <div class="card flush">
                <Show when=move || !none.get() fallback=move || view! { <p class="nothing">{nothing}</p> }>
                    <For each=move || list.rows.get().unwrap_or_default() key=|row| row.key.clone() let:row>
                        <DocumentText row/>
                    </For>
                </Show>
            </div>
            <LoadMore cursor=list.cursor busy=list.busy more=move || list.more()/>
        </Loaded>
    }
}

#[component]
fn DocumentText(row: Row<Document>) -> impl IntoView {
    let document = Signal::derive(move || row.value.get());
    let open = RwSignal::new(false);
    let facts = move || {
        let document = document.get();
        let passages = text::count(u64::from(document.passages), "passage", "passages");
        document.language.map_or_else(|| passages.clone(), |language| format!("{passages} · {language}"))
    };
    view! {
        <details class="document" on:toggle=move |_| open.update(|open| *open = !*open)>
            <summary>
                <span class="document-title" dir="auto">{move || document.get().title}</span>
                <span class="document-path" dir="ltr">{move || place(&document.get().url)}</span>
                <span class="document-facts">{facts}</span>
            </summary>
            // A long text is laid out only when it is looked at.
            <Show when=move || open.get()>
                <p class="document-link">
                    <a class="link" href=move || format!("/app/documents/{}", document.get().id)>"See its passages"</a>
                </p>
                <div class="document-text" dir="auto">{move || document.get().text}</div>
            </Show>
        </details>
    }
}

/// The path of a page; what is no page has none.
fn place(url: &str) -> String {
    if text::is_web(url) { text::path_of(url) } else { String::new() }
}
