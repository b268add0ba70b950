//! A list of questions with answers: a table to edit, import and export.

use super::csv;
use super::faq_import::Import;
use super::faq_list::{Entry, FaqList, STEP};
use super::guard::guard;
use super::text::{SaveLine, TitleField};
use crate::api::knowledge as api;
use crate::components::form::FormProblem;
use crate::components::icon::{Glyph, Icon};
use crate::components::notice::{Notices, announce};
use crate::components::state::Loaded;
use crate::load::{Load, load};
use crate::session::use_session;
use crate::text;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use protocol::SourceId;
use protocol::api::{NewSource, Pair, Source, SourceContent, SourceKind, SourceUpdate};
use protocol::permission::Permission;
use wasm_bindgen::{JsCast, JsValue};

/// The form for a new list.
#[component]
pub(crate) fn NewFaq() -> impl IntoView {
    let session = use_session();
    let navigate = use_navigate();
    let list = FaqList::new(&SourceContent {
        pairs: vec![Pair { question: String::new(), answer: String::new() }],
        ..SourceContent::default()
    });
    list.saved.set((String::new(), Vec::new()));
    guard(list.dirty());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(agent) = session.agent.get_untracked().filter(|_| !list.busy.get_untracked()) else {
            return;
        };
        if !list.check() {
            return;
        }
        list.busy.set(true);
        let (title, pairs) = list.settle();
        let new = NewSource { kind: Some(SourceKind::Faq), title, pairs, ..NewSource::default() };
        let navigate = navigate.clone();
        spawn_local(async move {
            match api::add_source(agent, new).await {
                Ok(source) => {
                    list.saved.try_set((list.title.get_untracked(), untrack(|| list.pairs())));
                    navigate(&format!("/app/sources/{}", source.id), NavigateOptions::default());
                }
                Err(why) => {
                    list.problem.try_set(Some(why));
                    list.busy.try_set(false);
                }
            }
        });
    };
    view! {
        <form class="form card" novalidate on:submit=submit>
            <Fields list may=true/>
            <div class="form-acts">
                <a class="button" href="/app/sources">"Cancel"</a>
                <button class="button primary" type="submit" aria-disabled=move || list.busy.get().to_string()>
                    <span class="spinner" class:on=move || list.busy.get()></span>
                    "Add list"
                </button>
            </div>
        </form>
    }
}

/// A list that exists, with its content loaded.
#[component]
pub(crate) fn EditFaq(source: Load<Source>, id: Memo<Option<SourceId>>) -> impl IntoView {
    let content = load(move || id.get().map(api::content));
    view! {
        <Loaded
            has=Signal::derive(move || content.value.with(Option::is_some))
            problem=content.problem
            retry=move || content.refresh()
            lines=6
        >
            {content.value.get_untracked().map(|content| view! { <Editor source id content/> })}
        </Loaded>
    }
}

#[component]
fn Editor(source: Load<Source>, id: Memo<Option<SourceId>>, content: SourceContent) -> impl IntoView {
    let session = use_session();
    let notices = use_context::<Notices>();
    let may = session.may(Permission::KnowledgeWrite);
    let list = FaqList::new(&content);
    let dirty = list.dirty();
    guard(dirty);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(id) = id.get_untracked().filter(|_| !list.busy.get_untracked()) else { return };
        if !list.check() {
            return;
        }
        list.busy.set(true);
        let (title, pairs) = list.settle();
        let update = SourceUpdate {
            title: Some(title.clone()),
            pairs: Some(pairs.clone()),
            ..SourceUpdate::default()
        };
        spawn_local(async move {
            match api::update_source(id, update).await {
                Ok(now) => {
                    list.title.try_set(title.clone());
                    list.saved.try_set((title, pairs));
                    source.value.try_set(Some(now));
                    announce(notices, "Saved. The list is being read again.");
                }
                Err(why) => {
                    list.problem.try_set(Some(why));
                }
            }
            list.busy.try_set(false);
        });
    };
    view! {
        <form class="form card" novalidate on:submit=submit>
            <Fields list may/>
            {may.then(|| view! { <SaveLine dirty busy=list.busy/> })}
        </form>
    }
}

#[component]
fn Fields(list: FaqList, may: bool) -> impl IntoView {
    let importing = RwSignal::new(false);
    let count = move || list.entries.with(Vec::len);
    let visible = move || {
        list.entries.with(|entries| entries.iter().take(list.shown.get()).copied().collect::<Vec<_>>())
    };
    let export = move |_| {
        let (title, pairs) = list.settle();
        let name = if title.is_empty() { "questions".to_owned() } else { title };
        let _ = save_file(&format!("{name}.csv"), &csv::write(&pairs));
    };
    view! {
        <FormProblem problem=list.problem fields=&["title"]/>
        <TitleField value=list.title problem=list.problem placeholder="As in: Questions at the counter" read_only=!may/>
        <div class="faq-head">
            <h2>{move || text::count(count() as u64, "question", "questions")}</h2>
            <div class="page-acts">
                {may.then(|| view! {
                    <button class="button" type="button" on:click=move |_| importing.set(true)>
                        <Icon glyph=Glyph::Upload/>"Import CSV"
                    </button>
                })}
                <button class="button" type="button" on:click=export><Icon glyph=Glyph::Download/>"Export CSV"</button>
            </div>
        </div>
        <ol class="faq-list" aria-label="Questions and answers">
            <For each=visible key=|entry| entry.key let:entry>
                <EntryRow list entry may/>
            </For>
        </ol>
        <Show when=move || { count() > list.shown.get() }>
            <div class="more">
                <button class="button" type="button" on:click=move |_| list.shown.update(|shown| *shown += STEP)>
                    {move || format!("Show more ({} left)", count().saturating_sub(list.shown.get()))}
                </button>
            </div>
        </Show>
        {may.then(|| view! {
            <div>
                <button class="button" id="add-pair" type="button" on:click=move |_| list.add()>
                    <Icon glyph=Glyph::Plus/>"Add question"
                </button>
            </div>
            <Import open=importing list/>
        })}
        <p class="visually-hidden" role="status">{move || list.said.get()}</p>
    }
}

#[component]
fn EntryRow(list: FaqList, entry: Entry, may: bool) -> impl IntoView {
    let key = entry.key;
    let place = Memo::new(move |_| {
        list.entries.with(|entries| entries.iter().position(|e| e.key == key).unwrap_or_default() + 1)
    });
    let last = move || list.entries.with(|entries| entries.len() == place.get());
    view! {
        <li class="faq-row">
            <span class="faq-number" aria-hidden="true">{move || place.get()}</span>
            <div class="faq-fields">
                <input
                    id=format!("question-{key}") type="text" dir="auto" placeholder="Question" readonly=!may
                    aria-label=move || format!("Question {}", place.get())
                    prop:value=move || entry.question.get()
                    on:input=move |event| entry.question.set(event_target_value(&event))
                    on:keydown=move |event| if event.key() == "Enter" { event.prevent_default() }
                />
                <textarea
                    id=format!("answer-{key}") rows="2" dir="auto" placeholder="Answer" readonly=!may
                    aria-label=move || format!("Answer {}", place.get())
                    prop:value=move || entry.answer.get()
                    on:input=move |event| entry.answer.set(event_target_value(&event))
                ></textarea>
            </div>
            {may.then(|| view! {
                <div class="faq-acts">
                    <button class="icon-button" type="button" id=format!("up-{key}") aria-label=move || format!("Move question {} up", place.get())
                        aria-disabled=move || (place.get() == 1).to_string() on:click=move |_| list.shift(key, false)>
                        <Icon glyph=Glyph::ArrowUp/>
                    </button>
                    <button class="icon-button" type="button" id=format!("down-{key}") aria-label=move || format!("Move question {} down", place.get())
                        aria-disabled=move || last().to_string() on:click=move |_| list.shift(key, true)>
                        <Icon glyph=Glyph::ArrowDown/>
                    </button>
                    <button class="icon-button" type="button" aria-label=move || format!("Remove question {}", place.get()) on:click=move |_| list.remove(key)>
                        <Icon glyph=Glyph::Trash/>
                    </button>
                </div>
            })}
        </li>
    }
}

/// Hands a text to the browser as a download.
fn save_file(name: &str, text: &str) -> Result<(), JsValue> {
    let parts = js_sys::Array::of1(&JsValue::from_str(text));
    let kind = web_sys::BlobPropertyBag::new();
    kind.set_type("text/csv;charset=utf-8");
    let blob = web_sys::Blob::new_with_str_sequence_and_options(&parts, &kind)?;
    let url = web_sys::Url::create_object_url_with_blob(&blob)?;
    let link: web_sys::HtmlAnchorElement = document().create_element("a")?.dyn_into()?;
    link.set_href(&url);
    link.set_download(name);
    link.set_attribute("rel", "external")?;
    link.click();
    web_sys::Url::revoke_object_url(&url)
}
