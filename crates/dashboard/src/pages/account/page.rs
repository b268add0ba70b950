//! One's own account: name, address, password, second step, sessions, and its end.

use super::delete_account::DeleteAccount;
use super::email::EmailCard;
use super::password::PasswordCard;
use super::sessions::SessionsCard;
use super::totp::SecondStepCard;
use crate::api;
use crate::components::form::{Form, FormBody, SubmitButton, TextField};
use crate::components::notice::{Notices, announce};
use crate::components::shell::title;
use crate::session::use_session;
use leptos::prelude::*;
use protocol::api::AccountUpdate;

#[component]
pub(crate) fn AccountPage() -> impl IntoView {
    title(|| "Your account".to_owned());
    view! {
        <div class="page narrow">
            <header class="page-head">
                <div>
                    <h1>"Your account"</h1>
                    <p class="page-sub">"It is yours in every workspace you belong to."</p>
                </div>
            </header>
            <div class="cards">
                <NameCard/>
                <EmailCard/>
                <PasswordCard/>
                <SecondStepCard/>
                <SessionsCard/>
                <DeleteAccount/>
            </div>
        </div>
    }
}

#[component]
fn NameCard() -> impl IntoView {
    let session = use_session();
    let notices = use_context::<Notices>();
    let form = Form::new("account");
    let name = session.me.with_untracked(|me| me.as_ref().map(|me| me.name.clone()).unwrap_or_default());
    let submit = move || {
        if !form.complete(&[("name", "Enter your name.")]) {
            return;
        }
        let body = AccountUpdate { name: form.value("name").trim().to_owned() };
        form.send(api::account::update(body), move |me| {
            session.me.set(Some(me));
            announce(notices, "Your name is saved.");
        });
    };
    view! {
        <section class="card">
            <div class="card-head"><h2>"Name"</h2></div>
            <FormBody form submit class="form line-form">
                <TextField
                    form name="name" label="Your name".to_owned() autocomplete="name" value=name
                    hint=Signal::stored("Colleagues see it, visitors do not.".to_owned())
                />
                <SubmitButton form label="Save".to_owned() busy="Saving…" class="button"/>
            </FormBody>
        </section>
    }
}
