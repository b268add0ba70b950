//! One member: role, removal, the ownership; for oneself, the way out.

use crate::api;
use crate::clock::Ago;
use crate::components::dialog::Dialog;
use crate::components::form::{Form, FormBody, PasswordField, SubmitButton};
use crate::components::notice::{Notices, announce};
use crate::components::state::Badge;
use crate::load::{Paged, Row};
use crate::pages::account::workspaces::look_anew;
use crate::session::use_session;
use crate::text::{ROLES, role_key, role_label};
use domain::permissions::may_assign;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::api::{MemberUpdate, Role, TeamMember, TransferOwnership};
use protocol::permission::Permission;

/// What the dialog of a row asks about.
#[derive(Clone, Copy, PartialEq)]
enum Question {
    Remove,
    Transfer,
    Leave,
}

#[component]
pub(crate) fn MemberRow(row: Row<TeamMember>, list: Paged<TeamMember>) -> impl IntoView {
    let session = use_session();
    let value = RwSignal::from(row.value.clone());
    let member = row.value.get_untracked();
    let id = member.user_id.clone();
    let me = Memo::new(move |_| session.me.with(|me| me.as_ref().is_some_and(|me| me.user_id == id)));
    let role = Memo::new(move |_| value.with(|member| member.role));
    let by = Memo::new(move |_| session.role());
    let changeable = move || !me.get() && by.get().is_some_and(|by| may_assign(by, role.get()));
    let transferable =
        move || !me.get() && session.may(Permission::WorkspaceOwn) && role.get() != Role::Owner;
    let open = RwSignal::new(false);
    let question = RwSignal::new(Question::Remove);
    let ask = move |what: Question| {
        question.set(what);
        open.set(true);
    };
    let name =
        StoredValue::new(if member.name.is_empty() { member.email.clone() } else { member.name.clone() });
    let heading = Signal::derive(move || match question.get() {
        Question::Remove => format!("Remove {}?", name.get_value()),
        Question::Transfer => format!("Make {} the owner?", name.get_value()),
        Question::Leave => "Leave this workspace?".to_owned(),
    });
    view! {
        <li class="item member">
            <div class="item-text">
                <span class="item-name">
                    <strong class="break">{name.get_value()}</strong>
                    {move || me.get().then(|| view! { <Badge state=Signal::stored(("You", "good"))/> })}
                </span>
                <span class="item-facts">
                    <span class="break">{member.email.clone()}</span>
                    <span>"joined " <Ago at=Signal::stored(member.joined_at)/></span>
                    <span>{if member.totp_enabled { "two-step verification" } else { "password only" }}</span>
                </span>
            </div>
            <div class="row-acts">
                <Show when=changeable fallback=move || view! { <span class="role">{move || role_label(role.get())}</span> }>
                    <RoleSelect value list name=name.get_value()/>
                </Show>
                <Show when=transferable>
                    <button
                        class="button" type="button" aria-label=format!("Make owner: {}", name.get_value())
                        on:click=move |_| ask(Question::Transfer)
                    >"Make owner"</button>
                </Show>
                <Show when=changeable>
                    <button
                        class="button danger-quiet" type="button" aria-label=format!("Remove {}", name.get_value())
                        on:click=move |_| ask(Question::Remove)
                    >"Remove"</button>
                </Show>
                <Show when=move || me.get()>
                    <button class="button" type="button" on:click=move |_| ask(Question::Leave)>"Leave"</button>
                </Show>
            </div>
            <Dialog open title=heading>
                {move || match question.get() {
                    Question::Remove => view! { <Remove open value list/> }.into_any(),
                    Question::Transfer => view! { <Transfer open value/> }.into_any(),
                    Question::Leave => view! { <Leave open/> }.into_any(),
                }}
            </Dialog>
        </li>
    }
}

/// The role, changed as soon as another one is picked; a refusal puts the old one back.
#[component]
fn RoleSelect(value: RwSignal<TeamMember>, list: Paged<TeamMember>, name: String) -> impl IntoView {
    let session = use_session();
    let notices = use_context::<Notices>();
    let busy = RwSignal::new(false);
    let said = StoredValue::new(name.clone());
    let change = move |event: web_sys::Event| {
        let key = event_target_value(&event);
        let Some(role) = ROLES.into_iter().find(|role| role_key(*role) == key) else { return };
        let id = value.with_untracked(|member| member.user_id.clone());
        busy.set(true);
        spawn_local(async move {
            match api::team::update_member(id, MemberUpdate { role }).await {
                Ok(member) => {
                    announce(
                        notices,
                        format!("{} is {} now.", said.get_value(), role_label(member.role).to_lowercase()),
                    );
                    value.try_set(member);
                }
                Err(problem) => {
                    announce(notices, problem.message);
                    // The old value again, so that the control shows what is in force.
                    value.try_update(|_| {});
                    list.restart();
                }
            }
            busy.try_set(false);
        });
    };
    let offered = move || {
        let by = session.role();
        ROLES
            .into_iter()
            .filter(|role| by.is_some_and(|by| may_assign(by, *role)))
            .map(|role| view! { <option value=role_key(role)>{role_label(role)}</option> })
            .collect_view()
    };
    view! {
        <select
            class="select" aria-label=format!("Role of {name}") disabled=move || busy.get()
            prop:value=move || value.with(|member| role_key(member.role)) on:change=change
        >{offered}</select>
    }
}

#[component]
fn Remove(open: RwSignal<bool>, value: RwSignal<TeamMember>, list: Paged<TeamMember>) -> impl IntoView {
    let notices = use_context::<Notices>();
    let form = Form::new("remove");
    let submit = move || {
        let member = value.get_untracked();
        form.send(api::team::remove_member(member.user_id), move |_| {
            open.set(false);
            announce(notices, format!("{} is no member any more.", member.name));
            list.restart();
        });
    };
    view! {
        <FormBody form submit>
            <p>"They lose access at once. What they made stays."</p>
            <div class="form-acts">
                <button class="button" type="button" autofocus on:click=move |_| open.set(false)>"Keep"</button>
                <SubmitButton form label="Remove".to_owned() busy="Removing…" class="button danger"/>
            </div>
        </FormBody>
    }
}

#[component]
fn Transfer(open: RwSignal<bool>, value: RwSignal<TeamMember>) -> impl IntoView {
    let session = use_session();
    let form = Form::new("transfer");
    let submit = move || {
        if !form.complete(&[("password", "Enter your password.")]) {
            return;
        }
        let user_id = value.with_untracked(|member| member.user_id.clone());
        let body = TransferOwnership { user_id, password: form.value("password") };
        form.send(api::team::transfer(body), move |_| look_anew(session));
    };
    view! {
        <FormBody form submit>
            <p>"They may then pay for, give away and delete this workspace. You become an admin and cannot take it back yourself."</p>
            <PasswordField form label="Your password" autofocus=true/>
            <div class="form-acts">
                <button class="button" type="button" on:click=move |_| open.set(false)>"Cancel"</button>
                <SubmitButton form label="Transfer ownership".to_owned() busy="Transferring…" class="button danger"/>
            </div>
        </FormBody>
    }
}

#[component]
fn Leave(open: RwSignal<bool>) -> impl IntoView {
    let session = use_session();
    let form = Form::new("leave");
    let submit = move || {
        let id = session.me.with_untracked(|me| Some(me.as_ref()?.workspace.as_ref()?.id.clone()));
        if let Some(id) = id {
            form.send(api::account::leave_workspace(id), move |_| look_anew(session));
        }
    };
    view! {
        <FormBody form submit>
            <p>"You lose access at once and need a new invitation to come back."</p>
            <div class="form-acts">
                <button class="button" type="button" autofocus on:click=move |_| open.set(false)>"Stay"</button>
                <SubmitButton form label="Leave".to_owned() busy="Leaving…" class="button danger"/>
            </div>
        </FormBody>
    }
}
