//! A text written in the dashboard: a title and Markdown, to be changed later.

use super::guard::guard;
use super::markdown_field::MarkdownField;
use crate::api::knowledge as api;
use crate::components::form::{FieldProblem, FormProblem, focus, is_wrong, mend};
use crate::components::notice::{Notices, announce};
use crate::components::state::Loaded;
use crate::load::{Load, load};
use crate::session::use_session;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use protocol::api::{NewSource, Source, SourceContent, SourceKind, SourceUpdate};
use protocol::permission::Permission;
use protocol::{Problem, SourceId};

pub(crate) const MAX_TEXT: usize = 200_000;
pub(crate) const MAX_TITLE: usize = 200;

/// The fields of a text, and what was saved of them.
#[derive(Clone, Copy)]
struct Draft {
    title: RwSignal<String>,
    text: RwSignal<String>,
    saved: RwSignal<(String, String)>,
    problem: RwSignal<Option<Problem>>,
    busy: RwSignal<bool>,
}

impl Draft {
    fn new(content: &SourceContent) -> Self {
        Self {
            title: RwSignal::new(content.title.clone()),
            text: RwSignal::new(content.text.clone()),
            saved: RwSignal::new((content.title.clone(), content.text.clone())),
            problem: RwSignal::new(None),
            busy: RwSignal::new(false),
        }
    }

    fn dirty(self) -> Signal<bool> {
        Signal::derive(move || {
            self.saved.with(|(title, text)| {
                self.title.with(|now| now != title) || self.text.with(|now| now != text)
            })
        })
    }

    /// What the server would refuse anyway, told without asking it.
    fn check(self) -> bool {
        let (title, text) = (self.title.get_untracked(), self.text.get_untracked());
        let problem = title_problem(&title).or_else(|| {
            if text.trim().is_empty() {
                Some(Problem::field("text", "Write what the agent should know."))
            } else if text.chars().count() > MAX_TEXT {
                Some(Problem::field(
                    "text",
                    "This text is too long. Shorten it, or divide it into two sources.",
                ))
            } else {
                None
            }
        });
        let fine = problem.is_none();
        if let Some(field) = problem.as_ref().and_then(|problem| problem.field.as_deref()) {
            focus(field);
        }
        self.problem.set(problem);
        fine
    }
}

/// Why a title is refused.
pub(crate) fn title_problem(title: &str) -> Option<Problem> {
    if title.trim().is_empty() {
        Some(Problem::field("title", "Give it a title to know it by."))
    } else if title.chars().count() > MAX_TITLE {
        Some(Problem::field("title", "This title is longer than 200 characters. Shorten it."))
    } else {
        None
    }
}

/// The title field of what has no address.
#[component]
pub(crate) fn TitleField(
    value: RwSignal<String>,
    problem: RwSignal<Option<Problem>>,
    placeholder: &'static str,
    #[prop(optional)] read_only: bool,
) -> impl IntoView {
    view! {
        <div class="field">
            <label for="title">"Title"</label>
            <input
                id="title" type="text" autocomplete="off" dir="auto" placeholder=placeholder readonly=read_only
                aria-describedby="title-problem" aria-invalid=move || is_wrong(problem, "title")
                prop:value=move || value.get() on:input=move |event| { value.set(event_target_value(&event)); mend(problem, "title") }
            />
            <FieldProblem problem field="title"/>
        </div>
    }
}

/// The form for a new text.
#[component]
pub(crate) fn NewText() -> impl IntoView {
    let session = use_session();
    let navigate = use_navigate();
    let draft = Draft::new(&SourceContent::default());
    guard(draft.dirty());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(agent) = session.agent.get_untracked().filter(|_| !draft.busy.get_untracked()) else {
            return;
        };
        if !draft.check() {
            return;
        }
        draft.busy.set(true);
        let new = NewSource {
            kind: Some(SourceKind::Text),
            title: draft.title.get_untracked().trim().to_owned(),
            text: draft.text.get_untracked(),
            ..NewSource::default()
        };
        let navigate = navigate.clone();
        spawn_local(async move {
            match api::add_source(agent, new).await {
                Ok(source) => {
                    draft.saved.try_set((draft.title.get_untracked(), draft.text.get_untracked()));
                    navigate(&format!("/app/sources/{}", source.id), NavigateOptions::default());
                }
                Err(why) => {
                    draft.problem.try_set(Some(why));
                    draft.busy.try_set(false);
                }
            }
        });
    };
    view! {
        <form class="form card" novalidate on:submit=submit>
            <Fields draft read_only=false/>
            <div class="form-acts">
                <a class="button" href="/app/sources">"Cancel"</a>
                <button class="button primary" type="submit" aria-disabled=move || draft.busy.get().to_string()>
                    <span class="spinner" class:on=move || draft.busy.get()></span>
                    "Add text"
                </button>
            </div>
        </form>
    }
}

#[component]
fn Fields(draft: Draft, read_only: bool) -> impl IntoView {
    view! {
        <FormProblem problem=draft.problem fields=&["title", "text"]/>
        <TitleField value=draft.title problem=draft.problem placeholder="As in: Delivery and returns" read_only/>
        <MarkdownField id="text" label="Text" value=draft.text max=MAX_TEXT rows=16 problem=draft.problem read_only/>
    }
}

/// A text that exists, with its content loaded.
#[component]
pub(crate) fn EditText(source: Load<Source>, id: Memo<Option<SourceId>>) -> impl IntoView {
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
    let draft = Draft::new(&content);
    let dirty = draft.dirty();
    guard(dirty);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(id) = id.get_untracked().filter(|_| !draft.busy.get_untracked()) else { return };
        if !draft.check() {
            return;
        }
        draft.busy.set(true);
        let (title, text) = (draft.title.get_untracked().trim().to_owned(), draft.text.get_untracked());
        let update =
            SourceUpdate { title: Some(title.clone()), text: Some(text.clone()), ..SourceUpdate::default() };
        spawn_local(async move {
            match api::update_source(id, update).await {
                Ok(now) => {
                    draft.problem.try_set(None);
                    draft.title.try_set(title.clone());
                    draft.saved.try_set((title, text));
                    source.value.try_set(Some(now));
                    announce(notices, "Saved. The text is being read again.");
                }
                Err(why) => {
                    draft.problem.try_set(Some(why));
                }
            }
            draft.busy.try_set(false);
        });
    };
    view! {
        <form class="form card" novalidate on:submit=submit>
            <Fields draft read_only=!may/>
            {may.then(|| view! { <SaveLine dirty busy=draft.busy/> })}
        </form>
    }
}

/// Whether all is saved, and the button that does it.
#[component]
pub(crate) fn SaveLine(dirty: Signal<bool>, busy: RwSignal<bool>) -> impl IntoView {
    view! {
        <div class="form-acts save-line">
            <span class="quiet" role="status">
                {move || if dirty.get() { "Not saved yet" } else { "All changes are saved" }}
            </span>
            <button class="button primary" type="submit" aria-disabled=move || (busy.get() || !dirty.get()).to_string()>
                <span class="spinner" class:on=move || busy.get()></span>
                {move || if busy.get() { "Saving…" } else { "Save" }}
            </button>
        </div>
    }
}
