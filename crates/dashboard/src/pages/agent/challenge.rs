//! Challenges for visitors: both keys of a Turnstile widget. They are no part of the draft: what is set counts at once, and
//! the secret is never shown again.

use super::editor::use_editor;
use super::fields::Section;
use crate::api::agents as api;
use crate::components::dialog::Dialog;
use crate::components::form::{Form, FormBody, FormProblem, PasswordField, SubmitButton, TextField};
use crate::components::notice::{Notices, announce};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::Problem;
use protocol::api::TurnstileKeys;

#[component]
pub(super) fn ChallengePart(site_key: Option<String>) -> impl IntoView {
    let editor = use_editor();
    let site_key = RwSignal::new(site_key);
    let (setting, removing) = (RwSignal::new(false), RwSignal::new(false));
    let set = Memo::new(move |_| site_key.with(Option::is_some));
    view! {
        <Section
            id="challenge" title="Only people"
            text="Cloudflare Turnstile checks visitors before their first question, mostly without asking them anything. It keeps programs from using up your answers."
        >
            <p>
                {move || match site_key.get() {
                    Some(key) => view! { "Visitors are checked with the site key " <code dir="ltr">{key}</code> "." }.into_any(),
                    None => "Visitors are not checked.".into_any(),
                }}
            </p>
            <Show when=move || !editor.locked>
                <div class="form-acts">
                    <button class="button" type="button" on:click=move |_| setting.set(true)>
                        {move || if set.get() { "Change the keys" } else { "Set up Turnstile" }}
                    </button>
                    <Show when=move || set.get()>
                        <button class="button danger-quiet" type="button" on:click=move |_| removing.set(true)>"Stop checking"</button>
                    </Show>
                </div>
            </Show>
        </Section>
        <Dialog open=setting title="Turnstile".to_owned()><Keys open=setting site_key/></Dialog>
        <Dialog open=removing title="Stop checking visitors?".to_owned()><Removal open=removing site_key/></Dialog>
    }
}

#[component]
fn Keys(open: RwSignal<bool>, site_key: RwSignal<Option<String>>) -> impl IntoView {
    let editor = use_editor();
    let notices = use_context::<Notices>();
    let form = Form::new("turnstile");
    let submit = move || {
        if !form.complete(&[("site_key", "Enter the site key."), ("secret", "Enter the secret key.")]) {
            return;
        }
        let keys = TurnstileKeys { site_key: form.value("site_key"), secret: form.value("secret") };
        form.send(api::set_turnstile(editor.id(), keys), move |detail| {
            announce(notices, "Visitors are checked from now on.".to_owned());
            site_key.try_set(detail.turnstile_site_key);
            open.set(false);
        });
    };
    view! {
        <FormBody form submit>
            <p class="quiet">
                "Create a widget under Turnstile in Cloudflare's dashboard, name your websites there, and copy both keys. Your privacy notice has to tell of Turnstile."
            </p>
            <TextField form name="site_key" label="Site key".to_owned() value=site_key.get_untracked().unwrap_or_default() ltr=true/>
            <PasswordField form name="secret" label="Secret key" autocomplete="off" hint="Stored sealed, sent to Cloudflare alone, never shown again."/>
            <div class="form-acts">
                <button class="button" type="button" on:click=move |_| open.set(false)>"Cancel"</button>
                <SubmitButton form label="Save".to_owned() busy="Asking Cloudflare…"/>
            </div>
        </FormBody>
    }
}

#[component]
fn Removal(open: RwSignal<bool>, site_key: RwSignal<Option<String>>) -> impl IntoView {
    let editor = use_editor();
    let notices = use_context::<Notices>();
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let remove = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            match api::remove_turnstile(editor.id()).await {
                Ok(detail) => {
                    site_key.try_set(detail.turnstile_site_key);
                    announce(notices, "Visitors are not checked any more.".to_owned());
                    open.try_set(false);
                }
                Err(why) => {
                    problem.try_set(Some(why));
                }
            }
            busy.try_set(false);
        });
    };
    view! {
        <div class="form">
            <p>"Visitors ask without a check at once, and both keys are forgotten."</p>
            <FormProblem problem/>
            <div class="form-acts">
                <button class="button" type="button" autofocus on:click=move |_| open.set(false)>"Keep checking"</button>
                <button class="button danger" type="button" aria-disabled=move || busy.get().to_string() on:click=remove>
                    <span class="spinner" class:on=move || busy.get()></span>
                    {move || if busy.get() { "Stopping…" } else { "Stop checking" }}
                </button>
            </div>
        </div>
    }
}
