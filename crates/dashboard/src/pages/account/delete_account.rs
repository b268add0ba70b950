//! The end of an account: typed words and the password.

use crate::api;
use crate::components::dialog::Dialog;
use crate::components::form::{Form, FormBody, PasswordField, SubmitButton, TextField};
use crate::session::use_session;
use leptos::prelude::*;
use protocol::Problem;
use protocol::api::PasswordRequest;

#[component]
pub(crate) fn DeleteAccount() -> impl IntoView {
    let open = RwSignal::new(false);
    view! {
        <section class="card fact">
            <div class="fact-text">
                <h2>"Delete your account"</h2>
                <p class="fact-line">"You leave all workspaces and your sign-in ends for good."</p>
            </div>
            <button class="button danger-quiet" type="button" on:click=move |_| open.set(true)>"Delete account"</button>
            <Dialog open title="Delete your account?".to_owned()><DeleteForm open/></Dialog>
        </section>
    }
}

#[component]
fn DeleteForm(open: RwSignal<bool>) -> impl IntoView {
    let session = use_session();
    let email = session.me.with_untracked(|me| me.as_ref().map(|me| me.email.clone())).unwrap_or_default();
    let form = Form::new("delete-account");
    let wanted = StoredValue::new(email.clone());
    let submit = move || {
        if !form.value("email").trim().eq_ignore_ascii_case(&wanted.get_value()) {
            form.fail(Problem::field(
                "email",
                "Type the e-mail address of your account as it is shown above.",
            ));
            return;
        }
        if !form.complete(&[("password", "Enter your password.")]) {
            return;
        }
        let body = PasswordRequest { password: form.value("password") };
        form.send(api::account::delete(body), move |_| session.leave());
    };
    view! {
        <FormBody form submit>
            <p>"This cannot be undone. Workspaces that you alone own have to be transferred or deleted first."</p>
            <p class="quiet">"To confirm, type " <strong class="break">{email}</strong> "."</p>
            <TextField form name="email" label="Your e-mail".to_owned() kind="email" autofocus=true/>
            <PasswordField form label="Your password"/>
            <div class="form-acts">
                <button class="button" type="button" on:click=move |_| open.set(false)>"Keep it"</button>
                <SubmitButton form label="Delete account".to_owned() busy="Deleting…" class="button danger"/>
            </div>
        </FormBody>
    }
}
