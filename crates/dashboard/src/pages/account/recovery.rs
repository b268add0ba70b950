//! A forgotten password: ask for a link, then set a new one with it.

use super::door::{Door, OutboxHint, take_fragment, use_next};
use super::mailed_links::DeadLink;
use super::register::PASSWORD_HINT;
use crate::api;
use crate::components::form::{Form, FormBody, PasswordField, SubmitButton, TextField, focus_soon};
use crate::components::icon::Glyph;
use crate::components::shell::title;
use leptos::prelude::*;
use protocol::api::{EmailRequest, ResetPasswordRequest};
use protocol::{Code, Problem};

#[component]
pub(crate) fn ForgotPasswordPage() -> impl IntoView {
    title(|| "Forgot your password?".to_owned());
    let form = Form::new("forgot");
    let sent = RwSignal::new(None::<String>);
    let submit = move || {
        if !form.complete(&[("email", "Enter the e-mail address you sign in with.")]) {
            return;
        }
        let email = form.value("email").trim().to_owned();
        form.send(api::account::forgot_password(EmailRequest { email: email.clone() }), move |_| {
            sent.set(Some(email));
            focus_soon("door-heading");
        });
    };
    let sign_in = use_next("/app/sign-in");
    let heading = Signal::derive(move || {
        if sent.with(Option::is_some) { "Check your mail" } else { "Forgot your password?" }.to_owned()
    });
    view! {
        <Door heading glyph=Glyph::Key>
            {move || match sent.get() {
                None => view! {
                    <p class="door-text">"Enter your address and we mail you a link that sets a new one."</p>
                    <FormBody form submit>
                        <TextField form name="email" label="E-mail".to_owned() kind="email" autocomplete="username" autofocus=true/>
                        <SubmitButton form label="Mail me a link".to_owned() busy="Sending…" class="button primary wide"/>
                    </FormBody>
                }.into_any(),
                Some(email) => view! {
                    <p class="door-text">
                        "If " <strong class="break">{email}</strong>
                        " has an account, a link that sets a new password is on its way."
                    </p>
                    <OutboxHint/>
                    <button class="button wide" type="button" on:click=move |_| sent.set(None)>"Send it again"</button>
                }.into_any(),
            }}
            <p class="door-links"><a class="link" href=sign_in>"Back to sign-in"</a></p>
        </Door>
    }
}

#[component]
pub(crate) fn ResetPasswordPage() -> impl IntoView {
    title(|| "Set a new password".to_owned());
    let form = Form::new("reset");
    let token = take_fragment("token");
    let dead = RwSignal::new(token.is_none().then(|| {
        Problem::new(
            Code::LinkInvalid,
            "This link is not complete. Open it from the mail again, or ask for a new one.",
        )
    }));
    let token = StoredValue::new(token.unwrap_or_default());
    let done = RwSignal::new(false);
    let submit = move || {
        if !form.complete(&[("password", "Choose a password.")]) {
            return;
        }
        let body = ResetPasswordRequest { token: token.get_value(), password: form.value("password") };
        let job = async move {
            let reply = api::account::reset_password(body).await;
            if let Err(problem) = &reply
                && problem.code == Code::LinkInvalid
            {
                dead.set(Some(problem.clone()));
            }
            reply
        };
        form.send(job, move |_| {
            done.set(true);
            focus_soon("door-heading");
        });
    };
    move || {
        if let Some(problem) = dead.get() {
            return view! { <DeadLink problem href="/app/forgot-password" act="Ask for a new link"/> }
                .into_any();
        }
        if done.get() {
            return view! {
                <Door heading="Your password is set".to_owned() glyph=Glyph::Check>
                    <p class="door-text">"You were signed out everywhere. Sign in with the new password."</p>
                    <a class="button primary wide" href="/app/sign-in">"Sign in"</a>
                </Door>
            }
            .into_any();
        }
        view! {
            <Door heading="Set a new password".to_owned() glyph=Glyph::Key>
                <p class="door-text">"You will be signed out everywhere else."</p>
                <FormBody form submit>
                    <PasswordField form label="New password" autocomplete="new-password" hint=PASSWORD_HINT autofocus=true/>
                    <SubmitButton form label="Set password".to_owned() busy="Saving…" class="button primary wide"/>
                </FormBody>
            </Door>
        }
        .into_any()
    }
}
