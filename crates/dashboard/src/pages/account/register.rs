//! A new account with its first workspace.

use super::door::{Door, use_enter, use_next};
use super::sign_in::GoogleButton;
use crate::api;
use crate::components::form::{Form, FormBody, PasswordField, SubmitButton, TextField};
use crate::components::shell::title;
use leptos::prelude::*;
use protocol::api::RegisterRequest;

/// What a password needs, said before it is refused.
pub(crate) const PASSWORD_HINT: &str = "At least 10 characters. A few words in a row are easy to remember.";

#[component]
pub(crate) fn RegisterPage() -> impl IntoView {
    title(|| "Create an account".to_owned());
    let enter = use_enter();
    let form = Form::new("register");
    let submit = move || {
        let required = [
            ("name", "Enter your name."),
            ("email", "Enter your e-mail address."),
            ("password", "Choose a password."),
        ];
        if !form.complete(&required) {
            return;
        }
        let body = RegisterRequest {
            name: form.value("name").trim().to_owned(),
            email: form.value("email").trim().to_owned(),
            password: form.value("password"),
            workspace: form.value("workspace").trim().to_owned(),
        };
        form.send(api::account::register(body), enter.clone());
    };
    let sign_in = use_next("/app/sign-in");
    view! {
        <Door heading="Create your account".to_owned()>
            <p class="door-text">"Minutes from now your website has a receptionist."</p>
            <GoogleButton/>
            <FormBody form submit>
                <TextField form name="name" label="Your name".to_owned() autocomplete="name" autofocus=true/>
                <TextField form name="email" label="E-mail".to_owned() kind="email" autocomplete="username"/>
                <PasswordField form autocomplete="new-password" hint=PASSWORD_HINT/>
                <TextField
                    form name="workspace" label="Your business".to_owned() autocomplete="organization"
                    hint=Signal::stored("Names your workspace; you can change it later.".to_owned())
                />
                <SubmitButton form label="Create account".to_owned() busy="Creating…" class="button primary wide"/>
            </FormBody>
            <p class="door-links">
                <span class="quiet">"Have an account already?"</span>
                <a class="link" href=sign_in>"Sign in"</a>
            </p>
        </Door>
    }
}
