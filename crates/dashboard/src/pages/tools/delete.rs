//! The end of a tool, after a question.

use super::TOOLS;
use crate::api::tools as api;
use crate::components::dialog::Dialog;
use crate::components::form::{Form, FormBody, SubmitButton};
use crate::components::notice::{Notices, announce};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use protocol::ToolId;

#[component]
pub(super) fn DeleteTool(id: ToolId, name: String) -> impl IntoView {
    let open = RwSignal::new(false);
    let heading = format!("Delete {name}?");
    let (id, name) = (StoredValue::new(id), StoredValue::new(name));
    view! {
        <button class="button danger-quiet" type="button" on:click=move |_| open.set(true)>"Delete tool"</button>
        <Dialog open title=heading>
            <Confirm open id=id.get_value() name=name.get_value()/>
        </Dialog>
    }
}

#[component]
fn Confirm(open: RwSignal<bool>, id: ToolId, name: String) -> impl IntoView {
    let notices = use_context::<Notices>();
    let navigate = use_navigate();
    let form = Form::new("delete-tool");
    let submit = move || {
        let (navigate, name) = (navigate.clone(), name.clone());
        form.send(api::delete(id.clone()), move |_| {
            announce(notices, format!("{name} is deleted."));
            navigate(TOOLS, NavigateOptions::default());
        });
    };
    view! {
        <FormBody form submit>
            <p>"Agents that use it go on without it. Its calls stay in the history of conversations. This cannot be undone."</p>
            <div class="form-acts">
                <button class="button" type="button" autofocus on:click=move |_| open.set(false)>"Keep it"</button>
                <SubmitButton form label="Delete tool".to_owned() busy="Deleting…" class="button danger"/>
            </div>
        </FormBody>
    }
}
