//! The dialog that deletes a curated answer.

use crate::api::knowledge as api;
use crate::components::dialog::Dialog;
use crate::components::form::FormProblem;
use crate::components::notice::{Notices, announce};
use crate::load::Load;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::Problem;
use protocol::api::CuratedAnswer;

#[component]
pub(super) fn ConfirmDelete(
    open: RwSignal<bool>,
    title: Signal<String>,
    answer: Memo<Option<CuratedAnswer>>,
    answers: Load<Vec<CuratedAnswer>>,
) -> impl IntoView {
    let notices = use_context::<Notices>();
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let delete = move |_| {
        let Some(answer) = answer.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        busy.set(true);
        spawn_local(async move {
            match api::delete_curated(answer.id.clone()).await {
                Ok(_) => {
                    open.try_set(false);
                    announce(notices, format!("“{}” is deleted.", title.get_untracked()));
                    answers.value.try_update(|all| {
                        if let Some(all) = all {
                            all.retain(|known| known.id != answer.id);
                        }
                    });
                }
                Err(why) => {
                    busy.try_set(false);
                    problem.try_set(Some(why));
                }
            }
        });
    };
    view! {
        <Dialog open title=Signal::derive(move || format!("Delete “{}”?", title.get()))>
            <div class="form">
                <p>"The agent answers such questions from its knowledge then. To keep the words for later, switch the answer off instead."</p>
                <FormProblem problem/>
                <div class="form-acts">
                    <button class="button" type="button" autofocus on:click=move |_| open.set(false)>"Keep it"</button>
                    <button class="button danger" type="button" aria-disabled=move || busy.get().to_string() on:click=delete>
                        <span class="spinner" class:on=move || busy.get()></span>
                        "Delete answer"
                    </button>
                </div>
            </div>
        </Dialog>
    }
}
