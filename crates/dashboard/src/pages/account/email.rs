//! The address one signs in with, and the dialog that changes it.

use crate::api;
use crate::components::dialog::Dialog;
use crate::components::form::{Form, FormBody, PasswordField, SubmitButton, TextField};
use crate::components::notice::{Notices, announce};
use crate::components::state::Badge;
use crate::session::use_session;
use leptos::prelude::*;
use protocol::api::ChangeEmail;

#[component]
pub(crate) fn EmailCard() -> impl IntoView {
    let session = use_session();
    let open = RwSignal::new(false);
    let email = move || session.me.with(|me| me.as_ref().map(|me| me.email.clone()).unwrap_or_default());
    let state = Signal::derive(move || {
        if session.me.with(|me| me.as_ref().is_some_and(|me| me.email_verified)) {
            ("Confirmed", "good")
        } else {
            ("Not confirmed", "warn")
        }
    });
    view! {
        <section class="card fact">
            <div class="fact-text">
                <h2>"E-mail"</h2>
                <p class="fact-line"><span class="break">{email}</span> <Badge state/></p>
            </div>
            <button class="button" type="button" on:click=move |_| open.set(true)>"Change e-mail"</button>
            <Dialog open title="Change your e-mail address".to_owned()><EmailForm open/></Dialog>
        </section>
    }
}

#[component]
fn EmailForm(open: RwSignal<bool>) -> impl IntoView {
    let notices = use_context::<Notices>();
    let form = Form::new("change-email");
    let submit = move || {
        let required = [("email", "Enter the new address."), ("password", "Enter your password.")];
        if !form.complete(&required) {
            return;
        }
        let email = form.value("email").trim().to_owned();
        let body = ChangeEmail { email: email.clone(), password: form.value("password") };
        form.send(api::account::change_email(body), move |_| {
            open.set(false);
            announce(
                notices,
                format!("We mailed a link to {email}. The change takes effect when you open it."),
            );
        });
    };
    view! {
        <FormBody form submit>
            <p class="quiet">"We mail a link to the new address; until you open it, the old one stays."</p>
            <TextField form name="email" label="New e-mail".to_owned() kind="email" autocomplete="email" autofocus=true/>
            <PasswordField form label="Your password"/>
            <div class="form-acts">
                <button class="button" type="button" on:click=move |_| open.set(false)>"Cancel"</button>
                <SubmitButton form label="Mail the link".to_owned() busy="Sending…"/>
            </div>
        </FormBody>
    }
}
