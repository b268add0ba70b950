//! The dialog that deletes a source: it says what is lost before it is.

use crate::api;
use crate::components::dialog::Dialog;
use crate::components::form::FormProblem;
use crate::components::notice::{Notices, announce};
use crate::load::Load;
use crate::pages::knowledge::kinds;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use protocol::Problem;
use protocol::api::Source;

#[component]
pub(crate) fn DeleteSource(open: RwSignal<bool>, source: Load<Source>) -> impl IntoView {
    let name = move || source.part(kinds::name).unwrap_or_default();
    view! {
        <Dialog open title=Signal::derive(move || format!("Delete {}?", name()))>
            <Confirmation open source/>
        </Dialog>
    }
}

#[component]
fn Confirmation(open: RwSignal<bool>, source: Load<Source>) -> impl IntoView {
    let navigate = use_navigate();
    let notices = use_context::<Notices>();
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let lost = move || source.part(kinds::loss).unwrap_or_default();
    let delete = move |_| {
        let Some((id, name)) = source.part(|source| (source.id.clone(), kinds::name(source))) else {
            return;
        };
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let navigate = navigate.clone();
        spawn_local(async move {
            match api::delete_source(id).await {
                Ok(_) => {
                    open.try_set(false);
                    announce(notices, format!("{name} is deleted."));
                    navigate("/app/sources", NavigateOptions { replace: true, ..NavigateOptions::default() });
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
            <p>{lost}</p>
            <p class="quiet">"Past conversations stay. This cannot be undone."</p>
            <FormProblem problem/>
            <div class="form-acts">
                <button class="button" type="button" autofocus on:click=move |_| open.set(false)>"Keep it"</button>
                <button class="button danger" type="button" aria-disabled=move || busy.get().to_string() on:click=delete>
                    <span class="spinner" class:on=move || busy.get()></span>
                    {move || if busy.get() { "Deleting…" } else { "Delete source" }}
                </button>
            </div>
        </div>
    }
}
