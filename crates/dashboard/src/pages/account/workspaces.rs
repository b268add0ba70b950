//! The workspaces of a person: making one, looking at another.

use crate::api;
use crate::components::dialog::Dialog;
use crate::components::form::{Form, FormBody, SubmitButton, TextField};
use crate::components::shell::title;
use crate::session::{HOME, Session, use_session};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::WorkspaceId;

/// What somebody sees who belongs to no workspace.
#[component]
pub(crate) fn NoWorkspace() -> impl IntoView {
    title(|| "Welcome".to_owned());
    view! {
        <div class="page narrow">
            <header class="page-head">
                <div>
                    <h1>"You belong to no workspace"</h1>
                    <p class="page-sub">"Create one here, or follow the link of an invitation that was mailed to you."</p>
                </div>
            </header>
            <div class="card"><CreateForm/></div>
        </div>
    }
}

/// The dialog that makes another workspace.
#[component]
pub(crate) fn CreateWorkspace(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog open title="Create a workspace".to_owned()>
            <p class="quiet">"A workspace has its own agents, members and conversations. You become its owner."</p>
            <CreateForm/>
        </Dialog>
    }
}

#[component]
fn CreateForm() -> impl IntoView {
    let session = use_session();
    let form = Form::new("workspace");
    let submit = move || {
        if !form.complete(&[("name", "Enter a name, such as that of your business.")]) {
            return;
        }
        let body = protocol::api::NewWorkspace { name: form.value("name").trim().to_owned() };
        let job = async move {
            let made = api::account::create_workspace(body).await?;
            api::account::select_workspace(made.id).await
        };
        form.send(job, move |_| look_anew(session));
    };
    view! {
        <FormBody form submit>
            <TextField form name="name" label="Name".to_owned() autocomplete="organization" autofocus=true/>
            <div class="form-acts">
                <SubmitButton form label="Create workspace".to_owned() busy="Creating…"/>
            </div>
        </FormBody>
    }
}

/// Looks at another workspace; `refused` is told why it did not work.
pub(crate) fn select(
    session: Session,
    workspace: WorkspaceId,
    refused: impl Fn(protocol::Problem) + 'static,
) {
    spawn_local(async move {
        match api::account::select_workspace(workspace).await {
            Ok(_) => look_anew(session),
            Err(problem) => refused(problem),
        }
    });
}

/// The whole document is loaded anew so that nothing of the other workspace stays in memory.
pub(crate) fn look_anew(session: Session) {
    session.forget_agent();
    let _ = window().location().assign(HOME);
}
