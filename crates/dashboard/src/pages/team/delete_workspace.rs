//! The end of a workspace: its name typed again, and the password.

use crate::api;
use crate::components::dialog::Dialog;
use crate::components::form::{Form, FormBody, PasswordField, SubmitButton, TextField};
use crate::pages::account::workspaces::look_anew;
use crate::session::use_session;
use leptos::prelude::*;
use protocol::Problem;
use protocol::api::DeleteWorkspace;

#[component]
pub(crate) fn DeleteWorkspaceCard() -> impl IntoView {
    let open = RwSignal::new(false);
    view! {
        <section class="card fact">
            <div class="fact-text">
                <h2>"Delete this workspace"</h2>
                <p class="fact-line">"Its agents, knowledge, conversations and members go with it."</p>
            </div>
            <button class="button danger-quiet" type="button" on:click=move |_| open.set(true)>"Delete workspace"</button>
            <Dialog open title="Delete this workspace?".to_owned()><DeleteForm open/></Dialog>
        </section>
    }
}

#[component]
fn DeleteForm(open: RwSignal<bool>) -> impl IntoView {
    let session = use_session();
    let name = session
        .me
        .with_untracked(|me| Some(me.as_ref()?.workspace.as_ref()?.name.clone()))
        .unwrap_or_default();
    let form = Form::new("delete-workspace");
    let wanted = StoredValue::new(name.clone());
    let submit = move || {
        let typed = form.value("name").trim().to_owned();
        if typed != wanted.get_value() {
            form.fail(Problem::field("name", "Type the name exactly as it is shown above."));
            return;
        }
        if !form.complete(&[("password", "Enter your password.")]) {
            return;
        }
        let body = DeleteWorkspace { name: typed, password: form.value("password") };
        form.send(api::team::delete_workspace(body), move |_| look_anew(session));
    };
    view! {
        <FormBody form submit>
            <p>"Visitors stop getting answers at once. This cannot be undone."</p>
            <p class="quiet">"To confirm, type " <strong class="break">{name}</strong> "."</p>
            <TextField form name="name" label="Name of the workspace".to_owned() autofocus=true/>
            <PasswordField form label="Your password"/>
            <div class="form-acts">
                <button class="button" type="button" on:click=move |_| open.set(false)>"Keep it"</button>
                <SubmitButton form label="Delete workspace".to_owned() busy="Deleting…" class="button danger"/>
            </div>
        </FormBody>
    }
}
