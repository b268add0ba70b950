//! A list of questions with answers: a table to edit, import and export.

use super::FormProblem;
use super::csv;
use super::faq_import::Import;
use super::guard::guard;
use super::text::{SaveLine, TitleField, title_problem};
use crate::api::knowledge as api;
use crate::components::form::focus;
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
use protocol::api::{NewSource, Pair, Source, SourceContent, SourceKind, SourceUpdate};
use protocol::permission::Permission;
use protocol::{Problem, SourceId};
use wasm_bindgen::{JsCast, JsValue};

pub(crate) const MAX_PAIRS: usize = 5_000;
const MAX_QUESTION: usize = 500;
const MAX_ANSWER: usize = 20_000;
/// Rows shown at first and with every "Show more": thousands of text areas would be slow.
const STEP: usize = 50;

/// One row, whose fields keep what is typed while rows move around them.
#[derive(Clone, Copy, PartialEq)]
struct Entry {
    key: u32,
    question: ArenaText,
    answer: ArenaText,
}

type ArenaText = RwSignal<String>;

/// The list as it is edited.
#[derive(Clone, Copy)]
pub(crate) struct FaqList {
    title: RwSignal<String>,
    entries: RwSignal<Vec<Entry>>,
    saved: RwSignal<(String, Vec<Pair>)>,
    next: StoredValue<u32>,
    shown: RwSignal<usize>,
    /// What a move or removal did, for screen readers.
    said: RwSignal<String>,
    problem: RwSignal<Option<Problem>>,
    busy: RwSignal<bool>,
    /// Signals of rows belong to the list, not to the click that made them.
    owner: StoredValue<Option<Owner>>,
}

impl FaqList {
    fn new(content: &SourceContent) -> Self {
        let list = Self {
            title: RwSignal::new(content.title.clone()),
            entries: RwSignal::new(Vec::new()),
            saved: RwSignal::new((content.title.clone(), content.pairs.clone())),
            next: StoredValue::new(0),
            shown: RwSignal::new(STEP),
            said: RwSignal::new(String::new()),
            problem: RwSignal::new(None),
            busy: RwSignal::new(false),
            owner: StoredValue::new(Owner::current()),
        };
        list.put(content.pairs.clone(), true);
        list
    }

    fn entry(self, pair: Pair) -> Entry {
        let key = self.next.get_value();
        self.next.set_value(key + 1);
        let make =
            move || Entry { key, question: RwSignal::new(pair.question), answer: RwSignal::new(pair.answer) };
        match self.owner.get_value() {
            Some(owner) => owner.with(make),
            None => make(),
        }
    }

    /// Takes pairs over, instead of the present ones or after them.
    pub(crate) fn put(self, pairs: Vec<Pair>, instead: bool) {
        let fresh: Vec<Entry> = pairs.into_iter().map(|pair| self.entry(pair)).collect();
        self.entries.update(|entries| {
            if instead {
                entries.clear();
            }
            entries.retain(|entry| {
                !(entry.question.with_untracked(String::is_empty)
                    && entry.answer.with_untracked(String::is_empty))
            });
            entries.extend(fresh);
        });
    }

    pub(crate) fn pairs(self) -> Vec<Pair> {
        self.entries.with(|entries| {
            entries
                .iter()
                .map(|entry| Pair { question: entry.question.get(), answer: entry.answer.get() })
                .filter(|pair| !(pair.question.trim().is_empty() && pair.answer.trim().is_empty()))
                .collect()
        })
    }

    pub(crate) fn is_empty(self) -> bool {
        untrack(|| self.pairs().is_empty())
    }

    fn dirty(self) -> Signal<bool> {
        Signal::derive(move || {
            let pairs = self.pairs();
            self.saved.with(|(title, old)| *old != pairs || self.title.with(|now| now != title))
        })
    }

    fn add(self) {
        let entry = self.entry(Pair { question: String::new(), answer: String::new() });
        self.entries.update(|entries| entries.push(entry));
        self.shown.set(self.entries.with_untracked(Vec::len).max(self.shown.get_untracked()));
        request_animation_frame(move || focus(&format!("question-{}", entry.key)));
    }

    fn remove(self, key: u32) {
        let at = self.place(key);
        self.entries.update(|entries| entries.retain(|entry| entry.key != key));
        self.said.set(format!("Question {} is removed.", at + 1));
        let next = self.entries.with_untracked(|entries| {
            entries
                .get(at.min(entries.len().saturating_sub(1)))
                .map(|entry| format!("question-{}", entry.key))
        });
        request_animation_frame(move || focus(next.as_deref().unwrap_or("add-pair")));
    }

    fn place(self, key: u32) -> usize {
        self.entries.with_untracked(|entries| entries.iter().position(|e| e.key == key).unwrap_or_default())
    }

    fn shift(self, key: u32, down: bool) {
        let from = self.place(key);
        let to = if down { from + 1 } else { from.saturating_sub(1) };
        let last = self.entries.with_untracked(Vec::len);
        if from == to || to >= last {
            return;
        }
        self.entries.update(|entries| entries.swap(from, to));
        self.said.set(format!("Moved to place {} of {last}.", to + 1));
        let id = format!("{}-{key}", if down { "down" } else { "up" });
        request_animation_frame(move || focus(&id));
    }

    /// What the server would refuse anyway; leads to the row that is wrong.
    fn check(self) -> bool {
        let row = self.entries.with_untracked(|entries| {
            entries.iter().enumerate().find_map(|(at, entry)| {
                let (question, answer) = (entry.question.get_untracked(), entry.answer.get_untracked());
                let (q, a) = (question.trim(), answer.trim());
                let why = match (q.is_empty(), a.is_empty()) {
                    (true, true) => return None,
                    (true, false) => ("question", "has no question"),
                    (false, true) => ("answer", "has no answer"),
                    _ if q.chars().count() > MAX_QUESTION => {
                        ("question", "has a question of more than 500 characters")
                    }
                    _ if a.chars().count() > MAX_ANSWER => {
                        ("answer", "has an answer of more than 20,000 characters")
                    }
                    _ => return None,
                };
                Some((at, format!("{}-{}", why.0, entry.key), why.1))
            })
        });
        let problem = title_problem(&self.title.get_untracked()).or_else(|| {
            let count = untrack(|| self.pairs().len());
            if let Some((at, _, why)) = &row {
                Some(Problem::field("pairs", format!("Row {} {why}. Complete it, or remove it.", at + 1)))
            } else if count == 0 {
                Some(Problem::field("pairs", "Write at least one question with its answer."))
            } else if count > MAX_PAIRS {
                Some(Problem::field("pairs", "A list holds 5,000 questions. Make another list for the rest."))
            } else {
                None
            }
        });
        match problem.as_ref().and_then(|problem| problem.field.as_deref()) {
            Some("title") => focus("title"),
            Some(_) => {
                if let Some((at, id, _)) = row {
                    self.shown.update(|shown| *shown = (*shown).max(at + 1));
                    request_animation_frame(move || focus(&id));
                }
            }
            None => {}
        }
        let fine = problem.is_none();
        self.problem.set(problem);
        fine
    }

    fn settle(self) -> (String, Vec<Pair>) {
        (self.title.get_untracked().trim().to_owned(), untrack(|| self.pairs()))
    }
}

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
