//! The workspace's name, the business behind it, its models; at the end, its end.

use super::delete_workspace::DeleteWorkspaceCard;
use super::models::ModelsCard;
use super::profile::ProfileForm;
use super::retention::RetentionCard;
use super::tabs::SettingsFrame;
use crate::api;
use crate::components::allowed::Allowed;
use crate::components::form::{Form, FormBody, SubmitButton, TextField};
use crate::components::navigation::SETTINGS;
use crate::components::notice::{Notices, announce};
use crate::components::shell::title;
use crate::components::state::Loaded;
use crate::load::{Load, load};
use crate::session::use_session;
use leptos::prelude::*;
use protocol::api::{WorkspaceSettings, WorkspaceUpdate};
use protocol::permission::Permission;

#[component]
pub(crate) fn SettingsPage() -> impl IntoView {
    title(|| "Settings".to_owned());
    let settings = load(|| Some(api::team::settings()));
    view! {
        <SettingsFrame here=SETTINGS>
            <Loaded
                has=Signal::derive(move || settings.value.with(Option::is_some))
                problem=settings.problem
                retry=move || settings.refresh()
                lines=5
                tall=true
            >
                <Content settings/>
            </Loaded>
        </SettingsFrame>
    }
}

#[component]
fn Content(settings: Load<WorkspaceSettings>) -> impl IntoView {
    let session = use_session();
    let readonly = !session.may(Permission::WorkspaceWrite);
    // Taken once: what somebody is typing is not overwritten by what the server says meanwhile.
    let now = settings.value.get_untracked();
    view! {
        <div class="cards">
            {readonly.then(|| view! { <p class="quiet">"Owners and admins may change these settings."</p> })}
            {now.map(|now| view! {
                <NameCard name=now.name.clone() readonly/>
                <ProfileForm profile=now.profile readonly/>
                <ModelsCard models=now.models readonly/>
                <RetentionCard days=now.retention_days readonly/>
            })}
            <Allowed permission=Permission::WorkspaceOwn><DeleteWorkspaceCard/></Allowed>
        </div>
    }
}

#[component]
fn NameCard(name: String, readonly: bool) -> impl IntoView {
    let session = use_session();
    let notices = use_context::<Notices>();
    let form = Form::new("workspace-name");
    let submit = move || {
        if readonly || !form.complete(&[("name", "Enter a name, such as that of your business.")]) {
            return;
        }
        let body = WorkspaceUpdate {
            name: Some(form.value("name").trim().to_owned()),
            ..WorkspaceUpdate::default()
        };
        form.send(api::team::update_settings(body), move |settings: WorkspaceSettings| {
            session.rename_workspace(&settings.id, &settings.name);
            announce(notices, "The name is saved.");
        });
    };
    view! {
        <section class="card">
            <div class="card-head"><h2>"Workspace"</h2></div>
            <FormBody form submit class="form line-form">
                <TextField
                    form name="name" label="Name".to_owned() autocomplete="organization" value=name readonly
                    hint=Signal::stored("Members see it, and visitors where your agent says whom it works for.".to_owned())
                />
                <Allowed permission=Permission::WorkspaceWrite>
                    <SubmitButton form label="Save name".to_owned() busy="Saving…" class="button"/>
                </Allowed>
            </FormBody>
        </section>
    }
}
