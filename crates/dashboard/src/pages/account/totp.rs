//! Two-step verification: set up with an authenticator, new recovery codes, switched off.

use super::recovery_codes::RecoveryCodeList;
use super::sign_in::at_code;
use crate::api;
use crate::components::copy::CopyButton;
use crate::components::dialog::Dialog;
use crate::components::form::{Form, FormBody, PasswordField, SubmitButton, TextField};
use crate::components::notice::{Notices, announce};
use crate::components::state::Badge;
use crate::session::use_session;
use leptos::prelude::*;
use protocol::api::{CodeRequest, PasswordRequest, TotpSetup};

/// What the dialog is for.
#[derive(Clone, Copy, PartialEq)]
enum Task {
    SetUp,
    Renew,
    Disable,
}

/// How far the dialog is.
#[derive(Clone, PartialEq)]
enum Step {
    Password,
    Scan(TotpSetup),
    Codes(Vec<String>),
}

#[component]
pub(crate) fn SecondStepCard() -> impl IntoView {
    let session = use_session();
    let on = Memo::new(move |_| session.me.with(|me| me.as_ref().is_some_and(|me| me.totp_enabled)));
    let able = Memo::new(move |_| session.me.with(|me| me.as_ref().is_some_and(|me| me.has_password)));
    let open = RwSignal::new(false);
    let task = RwSignal::new(Task::SetUp);
    let step = RwSignal::new(Step::Password);
    // Codes may not be lost to a stray Esc: what they open is already locked.
    let locked = Signal::derive(move || step.with(|step| matches!(step, Step::Codes(_))));
    let begin = move |wanted: Task| {
        step.set(Step::Password);
        task.set(wanted);
        open.set(true);
    };
    let state = Signal::derive(move || if on.get() { ("On", "good") } else { ("Off", "wait") });
    let heading = Signal::derive(move || {
        match task.get() {
            Task::SetUp => "Set up two-step verification",
            Task::Renew => "New recovery codes",
            Task::Disable => "Switch two-step verification off?",
        }
        .to_owned()
    });
    view! {
        <section class="card fact">
            <div class="fact-text">
                <h2>"Two-step verification"</h2>
                <p class="fact-line">
                    <Badge state/>
                    <span>"A code from your phone besides the password, so that a stolen password is not enough."</span>
                </p>
            </div>
            <div class="row-acts">
                <Show
                    when=move || on.get()
                    fallback=move || view! {
                        <button class="button" type="button" disabled=move || !able.get() on:click=move |_| begin(Task::SetUp)>"Set up"</button>
                    }
                >
                    <button class="button" type="button" on:click=move |_| begin(Task::Renew)>"New recovery codes"</button>
                    <button class="button danger-quiet" type="button" on:click=move |_| begin(Task::Disable)>"Switch off"</button>
                </Show>
            </div>
            <Dialog open title=heading locked><Steps open task=task.get_untracked() step/></Dialog>
        </section>
    }
}

#[component]
fn Steps(open: RwSignal<bool>, task: Task, step: RwSignal<Step>) -> impl IntoView {
    let session = use_session();
    let notices = use_context::<Notices>();
    let saved = Callback::new(move |()| {
        open.set(false);
        announce(notices, "Your recovery codes are in force.");
    });
    let enabled = move |on: bool| {
        session.me.update(|me| {
            if let Some(me) = me {
                me.totp_enabled = on;
            }
        });
    };
    move || match step.get() {
        Step::Password => view! { <PasswordStep open task step enabled/> }.into_any(),
        Step::Scan(setup) => view! { <ScanStep setup step enabled/> }.into_any(),
        Step::Codes(codes) => view! { <RecoveryCodeList codes saved/> }.into_any(),
    }
}

#[component]
fn PasswordStep<F>(open: RwSignal<bool>, task: Task, step: RwSignal<Step>, enabled: F) -> impl IntoView
where
    F: Fn(bool) + Copy + Send + Sync + 'static,
{
    let notices = use_context::<Notices>();
    let form = Form::new("second-step");
    let submit = move || {
        if !form.complete(&[("password", "Enter your password.")]) {
            return;
        }
        let body = PasswordRequest { password: form.value("password") };
        match task {
            Task::SetUp => {
                form.send(api::account::begin_totp(body), move |setup| step.set(Step::Scan(setup)))
            }
            Task::Renew => {
                form.send(api::account::renew_recovery_codes(body), move |new| {
                    step.set(Step::Codes(new.codes))
                });
            }
            Task::Disable => form.send(api::account::disable_totp(body), move |_| {
                enabled(false);
                open.set(false);
                announce(notices, "Two-step verification is off.");
            }),
        }
    };
    let (text, act, class) = match task {
        Task::SetUp => ("Enter your password to begin.", "Go on", "button primary"),
        Task::Renew => ("The old recovery codes stop working at once.", "Make new codes", "button primary"),
        Task::Disable => (
            "Your password alone will be enough to sign in. Recovery codes stop working.",
            "Switch off",
            "button danger",
        ),
    };
    view! {
        <FormBody form submit>
            <p class="quiet">{text}</p>
            <PasswordField form label="Your password" autofocus=true/>
            <div class="form-acts">
                <button class="button" type="button" on:click=move |_| open.set(false)>"Cancel"</button>
                <SubmitButton form label=act.to_owned() busy="Checking…" class=class/>
            </div>
        </FormBody>
    }
}

#[component]
fn ScanStep<F>(setup: TotpSetup, step: RwSignal<Step>, enabled: F) -> impl IntoView
where
    F: Fn(bool) + Copy + Send + Sync + 'static,
{
    let form = Form::new("confirm-totp");
    let submit = move || {
        if !form.complete(&[("code", "Enter the six digits that your authenticator shows.")]) {
            return;
        }
        let body = CodeRequest { code: form.value("code").trim().to_owned() };
        let job = async move { api::account::confirm_totp(body).await.map_err(at_code) };
        form.send(job, move |new| {
            step.set(Step::Codes(new.codes));
            enabled(true);
        });
    };
    // As a picture the SVG can run nothing.
    let picture = format!(
        "data:image/svg+xml;charset=utf-8,{}",
        String::from(js_sys::encode_uri_component(&setup.qr_svg))
    );
    let grouped = setup
        .secret
        .chars()
        .enumerate()
        .flat_map(|(i, c)| (i > 0 && i.is_multiple_of(4)).then_some(' ').into_iter().chain([c]))
        .collect::<String>();
    view! {
        <FormBody form submit>
            <p>"Scan this with an authenticator app, then enter the code it shows."</p>
            <img class="qr" src=picture width="184" height="184" alt="QR code for the authenticator app; the key below says the same"/>
            <details class="secret">
                <summary>"Type the key instead"</summary>
                <p class="secret-line"><code dir="ltr">{grouped}</code> <CopyButton text=Signal::stored(setup.secret)/></p>
            </details>
            <TextField form name="code" label="Code".to_owned() kind="code" autocomplete="one-time-code" ltr=true autofocus=true/>
            <div class="form-acts">
                <SubmitButton form label="Confirm".to_owned() busy="Checking…"/>
            </div>
        </FormBody>
    }
}
