//! Sign in, with a second step where the account has one, then back to the address that asked for it.

use super::door::{Door, take_fragment, use_enter, use_next};
use crate::api;
use crate::components::form::{Form, FormBody, PasswordField, SubmitButton, TextField};
use crate::components::icon::{Glyph, Icon};
use crate::components::shell::title;
use crate::load::load;
use crate::session::use_session;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use protocol::api::{LoginRequest, SecondFactorRequest};
use protocol::{Code, Problem};

#[component]
pub(crate) fn SignInPage() -> impl IntoView {
    title(|| "Sign in".to_owned());
    let session = use_session();
    // Somebody who comes back from Google has passed the first step there.
    if let Some(challenge) = take_fragment("challenge") {
        session.challenge.set(Some(challenge));
    }
    on_cleanup(move || session.challenge.set(None));
    // Why the second step had to begin again.
    let again = RwSignal::new(None::<Problem>);
    move || match session.challenge.get() {
        None => view! { <PasswordStep again/> }.into_any(),
        Some(challenge) => view! { <CodeStep challenge again/> }.into_any(),
    }
}

#[component]
fn PasswordStep(again: RwSignal<Option<Problem>>) -> impl IntoView {
    let enter = use_enter();
    let query = use_query_map();
    let form = Form::new("");
    form.problem.set(again.get_untracked().or_else(|| {
        let words = query.with_untracked(|query| query.get("problem")).filter(|words| !words.is_empty())?;
        Some(Problem::new(Code::BadCredentials, words))
    }));
    let submit = move || {
        let required =
            [("email", "Enter the e-mail address you sign in with."), ("password", "Enter your password.")];
        if !form.complete(&required) {
            return;
        }
        let body =
            LoginRequest { email: form.value("email").trim().to_owned(), password: form.value("password") };
        let job = async move {
            let reply = api::account::login(body).await;
            if reply.as_ref().is_err_and(|problem| problem.code == Code::BadCredentials) {
                form.focus("password");
            }
            reply
        };
        form.send(job, enter.clone());
    };
    let asked = move || query.with(|query| query.get("next").is_some_and(|next| next.len() > 5));
    let (register, forgot) = (use_next("/app/register"), use_next("/app/forgot-password"));
    view! {
        <Door heading="Sign in to Frontdesk".to_owned()>
            <p class="door-text">
                {move || {
                    if asked() { "Sign in to go on where you were." } else { "Your website's receptionist is at work." }
                }}
            </p>
            <GoogleButton/>
            <FormBody form submit>
                <TextField form name="email" label="E-mail".to_owned() kind="email" autocomplete="username" autofocus=true/>
                <PasswordField form/>
                <SubmitButton form label="Sign in".to_owned() busy="Signing in…" class="button primary wide"/>
            </FormBody>
            <p class="door-links">
                <a class="link" href=forgot>"Forgot your password?"</a>
                <a class="link" href=register>"Create an account"</a>
            </p>
        </Door>
    }
}

/// The second step: six digits of the authenticator, or a recovery code.
#[component]
fn CodeStep(challenge: String, again: RwSignal<Option<Problem>>) -> impl IntoView {
    let session = use_session();
    let enter = use_enter();
    let form = Form::new("factor");
    let recovery = RwSignal::new(false);
    let submit = move || {
        let missing = if recovery.get_untracked() {
            "Enter one of your recovery codes."
        } else {
            "Enter the six digits that your authenticator shows."
        };
        if !form.complete(&[("code", missing)]) {
            return;
        }
        let body =
            SecondFactorRequest { challenge: challenge.clone(), code: form.value("code").trim().to_owned() };
        let job = async move {
            let reply = api::account::second_factor(body).await;
            if let Err(problem) = &reply
                && problem.code == Code::LinkInvalid
            {
                again.set(Some(problem.clone()));
                session.challenge.set(None);
            }
            reply.map_err(at_code)
        };
        form.send(job, enter.clone());
    };
    let text = move || {
        if recovery.get() {
            "Each of your recovery codes works once."
        } else {
            "Open your authenticator app and enter the code it shows for Frontdesk."
        }
    };
    let swap = move |_| {
        recovery.update(|recovery| *recovery = !*recovery);
        form.problem.set(None);
    };
    let field = move || {
        if recovery.get() {
            view! { <TextField form name="code" label="Recovery code".to_owned() ltr=true autofocus=true/> }
        } else {
            view! {
                <TextField
                    form name="code" label="Code".to_owned() kind="code" autocomplete="one-time-code" ltr=true
                    autofocus=true
                />
            }
        }
    };
    view! {
        <Door heading="Two-step verification".to_owned() glyph=Glyph::Shield>
            <p class="door-text">{text}</p>
            <FormBody form submit>
                {field}
                <SubmitButton form label="Sign in".to_owned() busy="Checking…" class="button primary wide"/>
            </FormBody>
            <p class="door-links">
                <button class="link" type="button" on:click=swap>
                    {move || if recovery.get() { "Use the authenticator" } else { "Use a recovery code" }}
                </button>
                <button class="link" type="button" on:click=move |_| {
                    again.set(None);
                    session.challenge.set(None);
                }>"Start over"</button>
            </p>
        </Door>
    }
}

/// What is wrong with a code stands at the one field there is.
pub(crate) fn at_code(problem: Problem) -> Problem {
    match problem.code {
        Code::BadCredentials | Code::Invalid if problem.field.is_none() => {
            Problem { field: Some("code".to_owned()), ..problem }
        }
        _ => problem,
    }
}

/// Where this installation knows Google: the way there, which comes back to the same place.
#[component]
pub(crate) fn GoogleButton() -> impl IntoView {
    let options = load(|| Some(api::account::options()));
    let google = Memo::new(move |_| options.part(|options| options.google).unwrap_or(false));
    let start = use_next("/v1/auth/google");
    view! {
        <Show when=move || google.get()>
            <a class="button wide" href=start rel="external">
                <Icon glyph=Glyph::External/>
                "Continue with Google"
            </a>
            <p class="door-or"><span>"or"</span></p>
        </Show>
    }
}
