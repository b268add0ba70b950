//! The password: changed with the present one, or set for the first time through a mail.

use super::register::PASSWORD_HINT;
use crate::api;
use crate::components::dialog::Dialog;
use crate::components::form::{Form, FormBody, FormProblem, PasswordField, SubmitButton};
use crate::components::notice::{Notices, announce};
use crate::session::use_session;
use leptos::prelude::*;
use protocol::api::{ChangePassword, EmailRequest};

#[component]
pub(crate) fn PasswordCard() -> impl IntoView {
    let session = use_session();
    let notices = use_context::<Notices>();
    let open = RwSignal::new(false);
    let has = Memo::new(move |_| session.me.with(|me| me.as_ref().is_some_and(|me| me.has_password)));
    let form = Form::new("first-password");
    let mail = move |_| {
        let email =
            session.me.with_untracked(|me| me.as_ref().map(|me| me.email.clone())).unwrap_or_default();
        form.send(api::account::forgot_password(EmailRequest { email }), move |_| {
            announce(notices, "A link that sets a password is on its way.");
        });
    };
    view! {
        <section class="card fact">
            <div class="fact-text">
                <h2>"Password"</h2>
                <p class="fact-line">
                    {move || if has.get() {
                        "Changing it signs you out on all other devices."
                    } else {
                        "You sign in with Google. A password is needed for two-step verification and to delete things."
                    }}
                </p>
                <FormProblem problem=form.general()/>
            </div>
            <Show
                when=move || has.get()
                fallback=move || view! {
                    <button class="button" type="button" aria-disabled=move || form.busy.get().to_string() on:click=mail>
                        "Mail me a link"
                    </button>
                }
            >
                <button class="button" type="button" on:click=move |_| open.set(true)>"Change password"</button>
            </Show>
            <Dialog open title="Change your password".to_owned()><PasswordForm open/></Dialog>
        </section>
    }
}

#[component]
fn PasswordForm(open: RwSignal<bool>) -> impl IntoView {
    let notices = use_context::<Notices>();
    let session = use_session();
    let email = session.me.with_untracked(|me| me.as_ref().map(|me| me.email.clone())).unwrap_or_default();
    let form = Form::new("change-password");
    let submit = move || {
        let required = [("current", "Enter your present password."), ("new", "Choose a new password.")];
        if !form.complete(&required) {
            return;
        }
        let body = ChangePassword { current: form.value("current"), new: form.value("new") };
        form.send(api::account::change_password(body), move |_| {
            open.set(false);
            announce(notices, "Your password is changed. You are signed out everywhere else.");
        });
    };
    view! {
        <FormBody form submit>
            // Tells password managers whose password this is.
            <input type="email" name="username" autocomplete="username" value=email hidden readonly/>
            <PasswordField form name="current" label="Present password" autofocus=true/>
            <PasswordField form name="new" label="New password" autocomplete="new-password" hint=PASSWORD_HINT/>
            <div class="form-acts">
                <button class="button" type="button" on:click=move |_| open.set(false)>"Cancel"</button>
                <SubmitButton form label="Change password".to_owned() busy="Saving…"/>
            </div>
        </FormBody>
    }
}
