//! The dialog that gives a source another title, for sources whose content is not edited here.

use crate::api::knowledge as api;
use crate::components::dialog::Dialog;
use crate::components::form::{Form, FormBody, SubmitButton, TextField};
use crate::components::notice::{Notices, announce};
use crate::load::Load;
use crate::pages::knowledge::kinds;
use crate::pages::knowledge::text::title_problem;
use leptos::prelude::*;
use protocol::api::{Source, SourceUpdate};

#[component]
pub(crate) fn RenameSource(open: RwSignal<bool>, source: Load<Source>) -> impl IntoView {
    view! {
        <Dialog open title="Rename the source".to_owned()><RenameForm open source/></Dialog>
    }
}

#[component]
fn RenameForm(open: RwSignal<bool>, source: Load<Source>) -> impl IntoView {
    let notices = use_context::<Notices>();
    let form = Form::new("rename-source");
    let name = untrack(|| source.part(kinds::name)).unwrap_or_default();
    let submit = move || {
        let Some(id) = untrack(|| source.part(|source| source.id.clone())) else { return };
        let title = form.value("title").trim().to_owned();
        if let Some(problem) = title_problem(&title) {
            form.fail(problem);
            return;
        }
        let update = SourceUpdate { title: Some(title), ..SourceUpdate::default() };
        form.send(api::update_source(id, update), move |now| {
            announce(notices, format!("The source is called {} now.", kinds::name(&now)));
            source.value.try_set(Some(now));
            open.set(false);
        });
    };
    view! {
        <FormBody form submit>
            <TextField form name="title" label="Title".to_owned() value=name autofocus=true hint="For you and your colleagues. Answers name the files themselves.".to_owned()/>
            <div class="form-acts">
                <button class="button" type="button" on:click=move |_| open.set(false)>"Cancel"</button>
                <SubmitButton form label="Rename".to_owned() busy="Renaming…"/>
            </div>
        </FormBody>
    }
}
