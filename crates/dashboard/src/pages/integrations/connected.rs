//! One connected service: how it does, and what can be done with it.

use super::forms::{EmailForm, SlackForm};
use super::live::LiveForm;
use super::mapping::MappingForm;
use crate::api;
use crate::clock::Ago;
use crate::components::allowed::Allowed;
use crate::components::dialog::Dialog;
use crate::components::form::{Form, FormBody, FormProblem, SubmitButton};
use crate::components::notice::{Notices, announce};
use crate::components::state::Badge;
use crate::load::Load;
use crate::pages::tools::TOOLS;
use leptos::prelude::*;
use protocol::api::{DisabledReason, Integration, IntegrationKind as Kind, IntegrationUpdate, Integrations};
use protocol::permission::Permission;

/// How a service does, in a word and its colour.
fn health(one: &Integration) -> (&'static str, &'static str) {
    match (one.enabled, one.disabled_reason) {
        (false, Some(DisabledReason::Gone)) => ("Switched off: it wants nothing more", "bad"),
        (false, Some(DisabledReason::Failing)) => ("Switched off: it failed for 5 days", "bad"),
        (false, _) => ("Switched off", "wait"),
        (true, _) if !one.last_error.is_empty() => ("Failing", "bad"),
        (true, _) => ("Connected", "good"),
    }
}

/// An integration as it is, to be changed in one thing.
pub(super) fn as_it_is(one: &Integration) -> IntegrationUpdate {
    let Integration { settings, events, agents, enabled, .. } = one.clone();
    IntegrationUpdate { settings, events, agents, enabled, secret: None }
}

#[component]
pub(super) fn Connected(one: Integration, all: Load<Integrations>) -> impl IntoView {
    let notices = use_context::<Notices>();
    let form = Form::new("integration-act");
    let now = RwSignal::new(one.clone());
    let (editing, leaving) = (RwSignal::new(false), RwSignal::new(false));
    let (kind, name) = (one.kind, one.name.clone());
    let has_deliveries = one.endpoint_id.clone();
    let verify = move |_| {
        form.send(api::integrations::verify(now.with_untracked(|one| one.id.clone())), move |one| {
            if one.last_error.is_empty() {
                announce(notices, format!("{} answers.", one.kind.title()));
            }
            now.set(one);
        });
    };
    let switch = move |_| {
        let (id, mut body) = now.with_untracked(|one| (one.id.clone(), as_it_is(one)));
        body.enabled = !body.enabled;
        form.send(api::integrations::update(id, body), move |one| now.set(one));
    };
    let saved = move |one: Integration| {
        editing.set(false);
        announce(notices, format!("{} is saved.", one.kind.title()));
        now.set(one);
    };
    let label = format!("{} {name}", kind.title());
    view! {
        <li class="item integration-row">
            <div class="item-text">
                <span class="item-name">
                    <strong class="break" dir="auto">{move || now.with(|one| one.name.clone())}</strong>
                    <Badge state=Signal::derive(move || now.with(health))/>
                </span>
                <span class="item-facts">
                    <span>{move || now.with(|one| one.last_ok_at).map(|at| view! { "last success " <Ago at=Signal::stored(at)/> })}</span>
                    <span>{move || now.with(|one| (one.status.pending > 0).then(|| format!("{} waiting", one.status.pending)))}</span>
                    <span>{move || now.with(|one| (one.status.failed > 0).then(|| format!("{} failed", one.status.failed)))}</span>
                </span>
                {move || now.with(|one| one.last_error.clone()).some_text().map(|error| view! {
                    <p class="integration-error" dir="auto">{error}</p>
                })}
                <FormProblem problem=form.general()/>
                <div class="row-acts" role="group" aria-label=label>
                    <Allowed permission=Permission::IntegrationsWrite>
                        <button class="button" type="button" on:click=verify>
                            {move || if form.busy.get() { "Testing…" } else { "Test" }}
                        </button>
                        <button class="button" type="button" on:click=move |_| editing.set(true)>"Edit"</button>
                    </Allowed>
                    {kind.is_live().then(|| view! { <a class="button" href=TOOLS>"Tools"</a> })}
                    {(kind == Kind::Database).then(|| view! {
                        <Allowed permission=Permission::AgentsWrite>
                            <a class="button" href=format!("{TOOLS}/new?database={}", now.with_untracked(|one| one.id.clone()))>"Add a statement"</a>
                        </Allowed>
                    })}
                    {has_deliveries.map(|endpoint| view! {
                        <a class="button" href=format!("/app/settings/webhooks/{endpoint}")>"Deliveries"</a>
                    })}
                    <Allowed permission=Permission::IntegrationsWrite>
                        // Tools have switches of their own.
                        {(!kind.is_live()).then(|| view! {
                            <button class="button" type="button" on:click=switch>
                                {move || if now.with(|one| one.enabled) { "Switch off" } else { "Switch on" }}
                            </button>
                        })}
                        <button class="button danger-quiet" type="button" on:click=move |_| leaving.set(true)>"Disconnect"</button>
                    </Allowed>
                </div>
            </div>
            <Dialog open=editing title=format!("Edit {}", kind.title())>
                {move || {
                    let one = now.get_untracked();
                    match kind {
                        Kind::Slack => view! { <SlackForm open=editing one=Some(one) saved/> }.into_any(),
                        Kind::Email => view! { <EmailForm open=editing one=Some(one) saved/> }.into_any(),
                        Kind::Hubspot => view! { <MappingForm open=editing one saved/> }.into_any(),
                        Kind::Shopify | Kind::Woocommerce | Kind::Database => {
                            view! { <LiveForm open=editing kind one=Some(one) saved/> }.into_any()
                        }
                    }
                }}
            </Dialog>
            <Dialog open=leaving title=format!("Disconnect {}?", kind.title())>
                <Leave open=leaving one=now all/>
            </Dialog>
        </li>
    }
}

/// A text that says something.
trait SomeText {
    fn some_text(self) -> Option<String>;
}

impl SomeText for String {
    fn some_text(self) -> Option<String> {
        Some(self).filter(|text| !text.is_empty())
    }
}

#[component]
fn Leave(open: RwSignal<bool>, one: RwSignal<Integration>, all: Load<Integrations>) -> impl IntoView {
    let notices = use_context::<Notices>();
    let form = Form::new("integration-leave");
    let kind = one.with_untracked(|one| one.kind);
    let words = match kind {
        Kind::Slack => {
            "Nothing more is sent to this channel, and its webhook is forgotten here. Remove it in Slack, too, if nobody else uses it."
        }
        Kind::Hubspot => {
            "Our access is taken back at HubSpot and forgotten here. Contacts that were made stay there."
        }
        Kind::Email => "Leads are mailed to nobody and given to nobody any more.",
        Kind::Shopify | Kind::Woocommerce | Kind::Database => {
            "What lets us in is forgotten here, and the tools it answers are deleted: agents cannot ask it any more."
        }
    };
    let also = match kind.is_live() {
        true => {
            "Calls that were made stay in the history of your workspace until they are old. This cannot be undone."
        }
        false => "What was delivered to it, and what waits, is forgotten. This cannot be undone.",
    };
    let submit = move || {
        form.send(api::integrations::disconnect(one.with_untracked(|one| one.id.clone())), move |_| {
            open.set(false);
            announce(notices, format!("{} is disconnected.", kind.title()));
            all.refresh();
        });
    };
    view! {
        <FormBody form submit>
            <p>{words}</p>
            <p>{also}</p>
            <div class="form-acts">
                <button class="button" type="button" autofocus on:click=move |_| open.set(false)>"Keep it"</button>
                <SubmitButton form label="Disconnect".to_owned() busy="Disconnecting…" class="button danger"/>
            </div>
        </FormBody>
    }
}
