//! Publishing the draft as a version, and taking the agent offline; each says first what will happen.

use super::changes::{Changes, label};
use super::editor::use_editor;
use super::rules;
use crate::api;
use crate::components::dialog::Dialog;
use crate::components::form::FormProblem;
use crate::components::notice::{Notices, announce};
use crate::components::state::{Failure, Skeleton};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::api::{Change, PublishRequest};
use protocol::{Code, Problem};

const MAX_NOTE: i32 = 300;

#[component]
pub(super) fn PublishDialog(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog open title="Publish the draft".to_owned()>
            <PublishForm open/>
        </Dialog>
    }
}

/// What the dialog knows about the draft once it is saved.
#[derive(Clone, PartialEq)]
enum Ready {
    /// What differs from the live version; `None` where nothing is live.
    Yes(Option<Vec<Change>>),
    No(Problem),
}

#[component]
fn PublishForm(open: RwSignal<bool>) -> impl IntoView {
    let editor = use_editor();
    let notices = use_context::<Notices>();
    let ready = RwSignal::new(None::<Ready>);
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let note = NodeRef::<html::Input>::new();
    let prepare = move || {
        ready.set(None);
        spawn_local(async move {
            let outcome = saved_changes(editor).await;
            ready.try_set(Some(outcome.map_or_else(Ready::No, Ready::Yes)));
        });
    };
    prepare();
    let publish = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() || !matches!(ready.get_untracked(), Some(Ready::Yes(_))) {
            return;
        }
        busy.set(true);
        problem.set(None);
        let body = PublishRequest {
            revision: editor.revision(),
            note: note.get_untracked().map(|note| note.value().trim().to_owned()).unwrap_or_default(),
        };
        spawn_local(async move {
            match api::agents::publish(editor.id(), body).await {
                Ok(version) => {
                    let mut agent = editor.agent.get_untracked();
                    agent.published_version = Some(version.version);
                    agent.changed = editor.dirty();
                    editor.take(agent);
                    open.try_set(false);
                    announce(
                        notices,
                        format!("Version {} is live. Visitors get it within two minutes.", version.version),
                    );
                }
                Err(why) => {
                    busy.try_set(false);
                    problem.try_set(Some(told(why)));
                }
            }
        });
    };
    let same = move || matches!(ready.get(), Some(Ready::Yes(Some(changes))) if changes.is_empty());
    view! {
        <form class="form" on:submit=publish>
            {move || match ready.get() {
                None => view! { <Skeleton lines=3/> }.into_any(),
                Some(Ready::No(problem)) => view! { <Failure problem retry=prepare/> }.into_any(),
                Some(Ready::Yes(None)) => view! {
                    <p>"Visitors of the listed websites will see this agent within two minutes."</p>
                }
                .into_any(),
                Some(Ready::Yes(Some(changes))) => view! {
                    <p class="quiet">{move || if same() {
                        "The draft is the same as the live version."
                    } else {
                        "What visitors will notice, compared to the live version:"
                    }}</p>
                    {(!changes.is_empty()).then(|| view! { <Changes changes=changes.clone()/> })}
                }
                .into_any(),
            }}
            <div class="field">
                <label for="note">"Note for colleagues (optional)"</label>
                <input id="note" name="note" type="text" autocomplete="off" dir="auto" maxlength=MAX_NOTE node_ref=note/>
            </div>
            <FormProblem problem/>
            <div class="form-acts">
                <button class="button" type="button" on:click=move |_| open.set(false)>"Cancel"</button>
                <button
                    class="button primary" type="submit"
                    aria-disabled=move || (busy.get() || !matches!(ready.get(), Some(Ready::Yes(_)))).to_string()
                >
                    <span class="spinner" class:on=move || busy.get()></span>
                    {move || if busy.get() { "Publishing…" } else { "Publish" }}
                </button>
            </div>
        </form>
    }
}

/// Saves what is not saved, then asks what publishing changes.
async fn saved_changes(editor: super::editor::Editor) -> Result<Option<Vec<Change>>, Problem> {
    let wrong = editor.problems.with_untracked(|problems| problems.first().cloned());
    if let Some(wrong) = wrong.or_else(|| editor.draft.with_untracked(rules::unpublishable)) {
        let field =
            label(wrong.field.as_deref().and_then(|field| field.split('[').next()).unwrap_or_default());
        return Err(Problem::new(Code::Invalid, format!("{field}: {} Then publish.", wrong.message)));
    }
    if !editor.settle().await {
        return Err(Problem::new(
            Code::Conflict,
            "The draft is not saved yet. Close this, see at the top of the form why, then publish.",
        ));
    }
    let live = editor.agent.with_untracked(|agent| agent.published_version);
    match live {
        Some(version) => {
            api::agents::diff(editor.id(), version.to_string(), "draft".to_owned()).await.map(Some)
        }
        None => Ok(None),
    }
}

fn told(problem: Problem) -> Problem {
    match problem.code {
        Code::Conflict => Problem {
            message: "Somebody changed the draft a moment ago. Reload the page, look at it, then publish."
                .to_owned(),
            ..problem
        },
        _ => problem,
    }
}

#[component]
pub(super) fn UnpublishDialog(open: RwSignal<bool>) -> impl IntoView {
    let editor = use_editor();
    let title =
        Signal::derive(move || format!("Unpublish {}?", editor.agent.with(|agent| agent.name.clone())));
    view! {
        <Dialog open title>
            <UnpublishForm open/>
        </Dialog>
    }
}

#[component]
fn UnpublishForm(open: RwSignal<bool>) -> impl IntoView {
    let editor = use_editor();
    let notices = use_context::<Notices>();
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let unpublish = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            match api::agents::unpublish(editor.id()).await {
                Ok(detail) => {
                    editor.take(detail.agent);
                    open.try_set(false);
                    announce(notices, "The agent is offline. Nobody gets an answer any more.");
                }
                Err(why) => {
                    busy.try_set(false);
                    problem.try_set(Some(why));
                }
            }
        });
    };
    view! {
        <div class="form">
            <p>"No new answer begins from now on, and new visitors stop seeing the widget within two minutes."</p>
            <p class="quiet">"Draft, versions, knowledge and conversations stay. Publish again at any time."</p>
            <FormProblem problem/>
            <div class="form-acts">
                <button class="button" type="button" autofocus on:click=move |_| open.set(false)>"Keep it online"</button>
                <button class="button danger" type="button" aria-disabled=move || busy.get().to_string() on:click=unpublish>
                    <span class="spinner" class:on=move || busy.get()></span>
                    {move || if busy.get() { "Unpublishing…" } else { "Unpublish" }}
                </button>
            </div>
        </div>
    }
}
