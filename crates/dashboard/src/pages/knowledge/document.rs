//! A document with its passages: what the agent can quote, with the passage that was asked for.

use super::kinds;
use super::tags::DocumentTags;
use crate::api::knowledge as api;
use crate::components::icon::{Glyph, Icon};
use crate::components::shell::title;
use crate::components::state::Loaded;
use crate::load::{Load, load};
use crate::pages::not_found::NotFound;
use crate::text;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use protocol::api::DocumentDetail;
use protocol::internal::Passage;
use protocol::{Code, DocumentId};
use wasm_bindgen::JsCast;

/// `/app/documents/:document?passage=3`
#[component]
pub(crate) fn DocumentPage() -> impl IntoView {
    let params = use_params_map();
    let query = use_query_map();
    let id = Memo::new(move |_| params.with(|params| params.get("document")).and_then(|id| id.parse().ok()));
    let passage =
        Memo::new(move |_| query.with(|query| query.get("passage")).and_then(|ord| ord.parse::<u32>().ok()));
    let detail = load(move || id.get().map(api::document));
    title(move || detail.part(heading).unwrap_or_else(|| "Document".to_owned()));
    let missing = move || {
        id.get().is_none() || detail.problem.with(|p| p.as_ref().is_some_and(|p| p.code == Code::NotFound))
    };
    view! {
        <Show when=move || !missing() fallback=NotFound>
            <div class="page">
                <a class="back" href="/app/sources"><Icon glyph=Glyph::Back/>"Knowledge"</a>
                <Loaded
                    has=Signal::derive(move || detail.value.with(Option::is_some))
                    problem=detail.problem
                    retry=move || detail.refresh()
                    lines=6
                    tall=true
                >
                    <header class="page-head"><div>
                        <h1 class="break" dir="auto">{move || detail.part(heading)}</h1>
                        <Origin detail/>
                    </div></header>
                    <DocumentTags detail/>
                    <Passages detail passage/>
                </Loaded>
            </div>
        </Show>
    }
}

/// The same in a dialog, beside what led to it.
#[component]
pub(crate) fn DocumentView(document: DocumentId, passage: u32) -> impl IntoView {
    let asked = document.clone();
    let detail = load(move || Some(api::document(asked.clone())));
    let passage = Memo::new(move |_| Some(passage));
    view! {
        <div class="document-view">
            <Loaded
                has=Signal::derive(move || detail.value.with(Option::is_some))
                problem=detail.problem
                retry=move || detail.refresh()
                lines=6
                tall=true
            >
                <Origin detail/>
                <div class="document-scroll" tabindex="0" role="region" aria-label="Passages"><Passages detail passage/></div>
            </Loaded>
            <p class="document-foot">
                <a class="link" href=move || format!("/app/documents/{document}?passage={}", passage.get().unwrap_or_default())>
                    "Open as a page of its own"
                </a>
            </p>
        </div>
    }
}

fn heading(detail: &DocumentDetail) -> String {
    if detail.document.title.is_empty() {
        text::short_url(&detail.document.url)
    } else {
        detail.document.title.clone()
    }
}

/// Where the document is from: its address, or the file.
#[component]
fn Origin(detail: Load<DocumentDetail>) -> impl IntoView {
    let count = move || {
        text::count(
            detail.part(|detail| detail.passages.len() as u64).unwrap_or_default(),
            "passage",
            "passages",
        )
    };
    let language = move || detail.part(|detail| detail.document.language.clone()).flatten();
    let link = move || {
        let (url, file) = detail.part(|detail| (detail.document.url.clone(), detail.file_id.clone()))?;
        if let Some(file) = file {
            return Some(view! {
                <a class="link" href=api::file_address(&file) download="" rel="external">"Download the file" <Icon glyph=Glyph::Download/></a>
            }.into_any());
        }
        text::is_web(&url).then(|| view! {
            <a class="link" dir="ltr" href=url.clone() target="_blank" rel="noopener noreferrer">{text::short_url(&url)} <Icon glyph=Glyph::External/></a>
        }.into_any())
    };
    view! {
        <p class="page-sub">
            {link}
            <span>{count}</span>
            {move || language().map(|language| view! { <span>{language}</span> })}
        </p>
    }
}

#[component]
fn Passages(detail: Load<DocumentDetail>, passage: Memo<Option<u32>>) -> impl IntoView {
    // After the list is in place, and again when another passage is asked for.
    Effect::new(move |_| {
        let Some(ord) = passage.get().filter(|_| detail.value.with(Option::is_some)) else { return };
        request_animation_frame(move || show(ord));
    });
    let passages = move || {
        detail.part(|detail| {
            detail.passages.iter().map(|it| view! { <PassageItem it=it.clone() passage/> }).collect_view()
        })
    };
    view! { <ol class="passages">{passages}</ol> }
}

fn show(ord: u32) {
    let Some(element) = document().get_element_by_id(&format!("passage-{ord}")) else { return };
    let how = web_sys::ScrollIntoViewOptions::new();
    how.set_block(web_sys::ScrollLogicalPosition::Center);
    element.scroll_into_view_with_scroll_into_view_options(&how);
    if let Some(element) = element.dyn_ref::<web_sys::HtmlElement>() {
        let how = web_sys::FocusOptions::new();
        how.set_prevent_scroll(true);
        let _ = element.focus_with_options(&how);
    }
}

#[component]
fn PassageItem(it: Passage, passage: Memo<Option<u32>>) -> impl IntoView {
    let ord = it.ord;
    let asked = Memo::new(move |_| passage.get() == Some(ord));
    let place = kinds::page_of(&it.url).map(|page| format!("page {page}"));
    let path = it.heading_path.join(" › ");
    view! {
        <li class="passage" id=format!("passage-{ord}") tabindex="-1" class:asked=move || asked.get()
            aria-current=move || asked.get().then_some("true")>
            <p class="passage-head">
                <span class="passage-number">{format!("Passage {}", ord + 1)}</span>
                {place.map(|place| view! { <span class="passage-place">{place}</span> })}
                {(!path.is_empty()).then(|| view! { <span class="passage-path" dir="auto">{path}</span> })}
                {move || asked.get().then(|| view! { <span class="passage-asked">"Cited here"</span> })}
            </p>
            <p class="passage-text" dir="auto">{it.text}</p>
        </li>
    }
}
