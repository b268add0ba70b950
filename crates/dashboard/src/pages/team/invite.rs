//! The dialog that invites, and what each role may do, in the words of the table of permissions.

use crate::api;
use crate::components::dialog::Dialog;
use crate::components::form::{Form, FormBody, SubmitButton, TextField};
use crate::components::icon::{Glyph, Icon};
use crate::components::notice::{Notices, announce};
use crate::load::Paged;
use crate::session::use_session;
use crate::text::{ROLES, role_duty, role_key, role_label};
use domain::permissions::{allows, may_assign};
use leptos::prelude::*;
use protocol::api::{Invitation, NewInvitation, Role};
use protocol::permission::Permission;

#[component]
pub(crate) fn Invite(open: RwSignal<bool>, list: Paged<Invitation>) -> impl IntoView {
    view! {
        <Dialog open title="Invite somebody".to_owned()><InviteForm open list/></Dialog>
    }
}

#[component]
fn InviteForm(open: RwSignal<bool>, list: Paged<Invitation>) -> impl IntoView {
    let session = use_session();
    let notices = use_context::<Notices>();
    let form = Form::new("invite");
    let role = RwSignal::new(Role::Editor);
    let submit = move || {
        if !form.complete(&[("email", "Enter the e-mail address of the person.")]) {
            return;
        }
        let body = NewInvitation { email: form.value("email").trim().to_owned(), role: role.get_untracked() };
        form.send(api::team::invite(body), move |made| {
            open.set(false);
            announce(notices, format!("The invitation to {} is on its way.", made.email));
            list.restart();
        });
    };
    let choice = move |offered: Role| {
        view! {
            <label class="pick">
                <input
                    type="radio" name="role" value=role_key(offered)
                    prop:checked=move || role.get() == offered
                    on:change=move |_| role.set(offered)
                />
                <span class="pick-text">
                    <strong>{role_label(offered)}</strong>
                    <span>{role_duty(offered)}</span>
                </span>
            </label>
        }
    };
    let offered = ROLES
        .into_iter()
        .filter(|role| session.role().is_some_and(|by| may_assign(by, *role)))
        .rev()
        .collect::<Vec<_>>();
    view! {
        <FormBody form submit>
            <TextField form name="email" label="E-mail".to_owned() kind="email" autocomplete="off" autofocus=true/>
            <fieldset class="picks">
                <legend>"Role"</legend>
                {offered.into_iter().map(choice).collect_view()}
            </fieldset>
            <div class="form-acts">
                <button class="button" type="button" on:click=move |_| open.set(false)>"Cancel"</button>
                <SubmitButton form label="Send invitation".to_owned() busy="Sending…"/>
            </div>
        </FormBody>
    }
}

/// The whole table, closed until somebody wants to know.
#[component]
pub(crate) fn RoleTable() -> impl IntoView {
    let row = |permission: &'static Permission| {
        view! {
            <tr>
                <th scope="row">{permission.describe()}</th>
                {ROLES
                    .into_iter()
                    .map(|role| {
                        view! {
                            <td class="mid">
                                {if allows(role, *permission) {
                                    view! { <Icon glyph=Glyph::Check/><span class="visually-hidden">"yes"</span> }.into_any()
                                } else {
                                    view! { <span class="visually-hidden">"no"</span> }.into_any()
                                }}
                            </td>
                        }
                    })
                    .collect_view()}
            </tr>
        }
    };
    view! {
        <details class="card flush roles">
            <summary>"What each role may do"</summary>
            <table class="table roles-table">
                <thead>
                    <tr>
                        <th scope="col"><span class="visually-hidden">"Permission"</span></th>
                        {ROLES.into_iter().map(|role| view! { <th scope="col" class="mid">{role_label(role)}</th> }).collect_view()}
                    </tr>
                </thead>
                <tbody>{Permission::ALL.iter().map(row).collect_view()}</tbody>
            </table>
        </details>
    }
}
