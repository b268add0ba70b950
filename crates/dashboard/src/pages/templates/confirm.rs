//! The dialog that deletes a template.

use crate::api::templates as api;
use crate::components::dialog::Dialog;
use crate::components::form::FormProblem;
use crate::components::notice::{Notices, announce};
use crate::load::Load;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::Problem;
use protocol::api::Template;

#[component]
pub(super) fn ConfirmDelete(
    deleting: RwSignal<Option<Template>>,
    templates: Load<Vec<Template>>,
) -> impl IntoView {
    let notices = use_context::<Notices>();
    let open = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    Effect::new(move |_| {
        if deleting.with(Option::is_some) {
            problem.set(None);
            open.set(true);
        }
    });
    Effect::new(move |_| {
        if !open.get() {
            deleting.set(None);
        }
    });
    let name =
        move || deleting.with(|template| template.as_ref().map(|t| t.name.clone()).unwrap_or_default());
    let delete = move |_| {
        let Some(template) = deleting.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        busy.set(true);
        spawn_local(async move {
            let done = api::delete(template.id).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match done {
                Ok(_) => {
                    open.set(false);
                    announce(notices, format!("“{}” is deleted.", template.name));
                    templates.refresh();
                }
                Err(why) => problem.set(Some(why)),
            }
        });
    };
    view! {
        <Dialog open title=Signal::derive(move || format!("Delete “{}”?", name()))>
            <div class="form">
                <p>"Replies that were sent with it stay as they are; how often it was used is forgotten."</p>
                <FormProblem problem/>
                <div class="form-acts">
                    <button class="button" type="button" autofocus on:click=move |_| open.set(false)>"Keep it"</button>
                    <button class="button danger" type="button" aria-disabled=move || busy.get().to_string() on:click=delete>
                        <span class="spinner" class:on=move || busy.get()></span>
                        "Delete template"
                    </button>
                </div>
            </div>
        </Dialog>
    }
}
