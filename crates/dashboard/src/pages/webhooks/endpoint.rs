//! One receiver: how it is doing, what can be done with it, and its deliveries.

use super::deliveries::Deliveries;
use super::form::EndpointForm;
use super::secret::Secret;
use super::{health, hears, made_by};
use crate::api;
use crate::clock::Ago;
use crate::components::allowed::Allowed;
use crate::components::dialog::Dialog;
use crate::components::form::{FieldProblem, Form, FormBody, FormProblem, SubmitButton};
use crate::components::icon::{Glyph, Icon};
use crate::components::notice::{Notices, announce};
use crate::components::shell::title;
use crate::components::state::{Badge, Empty, Loaded};
use crate::load::{Load, load};
use crate::pages::team::tabs::SettingsFrame;
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_params_map};
use protocol::EndpointId;
use protocol::api::{Endpoint, EndpointKind, EndpointWrite, IssuedEndpoint, RotateSecret};
use protocol::permission::Permission;

const LIST: &str = "/app/settings/webhooks";
const OVERLAPS: [(&str, u32); 4] = [
    ("stops signing at once", 0),
    ("goes on signing for 1 hour", 1),
    ("goes on signing for 24 hours", 24),
    ("goes on signing for 7 days", 168),
];

#[component]
pub(crate) fn WebhookPage() -> impl IntoView {
    title(|| "Webhook".to_owned());
    view! {
        <SettingsFrame here=LIST>
            <Allowed
                permission=Permission::WebhooksRead
                fallback=|| view! {
                    <Empty glyph=Glyph::Send title="Not for your role" text="Owners and admins manage the webhooks of this workspace."/>
                }
            >
                <Webhook/>
            </Allowed>
        </SettingsFrame>
    }
}

#[component]
fn Webhook() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| {
        params.with(|params| params.get("endpoint")).and_then(|id| id.parse::<EndpointId>().ok())
    });
    let endpoint = load(move || id.get().map(api::webhooks::endpoint));
    // Counts tests and replays, after which the deliveries are others.
    let sent = RwSignal::new(0_u32);
    view! {
        <p><a class="back" href=LIST><Icon glyph=Glyph::Back/>"All webhooks"</a></p>
        <Loaded
            has=Signal::derive(move || endpoint.value.with(Option::is_some))
            problem=endpoint.problem
            retry=move || endpoint.refresh()
            lines=4
        >
            <div class="cards">
                <Head endpoint sent/>
                {move || id.get().map(|id| view! { <Deliveries id endpoint sent/> })}
            </div>
        </Loaded>
    }
}

#[component]
fn Head(endpoint: Load<Endpoint>, sent: RwSignal<u32>) -> impl IntoView {
    let notices = use_context::<Notices>();
    let form = Form::new("webhook-act");
    let (editing, rotating, deleting) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(false));
    let issued = RwSignal::new(None::<IssuedEndpoint>);
    let locked = Signal::derive(move || issued.with(Option::is_some));
    let heading = Signal::derive(move || {
        if locked.get() { "The new secret" } else { "Replace the secret?" }.to_owned()
    });
    let of = move |read: fn(&Endpoint) -> String| endpoint.part(read).unwrap_or_default();
    let enabled = Memo::new(move |_| endpoint.part(|one| one.enabled).unwrap_or_default());
    let status = Memo::new(move |_| endpoint.part(|one| one.status).unwrap_or_default());
    let old_until = Memo::new(move |_| endpoint.part(|one| one.old_secret_until).flatten());
    // An integration is changed on its own screen.
    let own = Memo::new(move |_| endpoint.part(|one| one.integration_id.is_none()).unwrap_or_default());
    // What a program subscribed to is changed there; here it is only ended.
    let hook = Memo::new(move |_| endpoint.part(|one| one.kind == EndpointKind::Hook).unwrap_or_default());
    let test = move |_| {
        let Some(id) = endpoint.part(|one| one.id.clone()) else { return };
        form.send(api::webhooks::test(id), move |_| {
            announce(notices, "A test event is on its way.");
            sent.update(|sent| *sent += 1);
        });
    };
    let switch = move |_| {
        let Some(one) = endpoint.value.get_untracked() else { return };
        let Endpoint { id, url, description, events, agents, enabled, .. } = one;
        let body = EndpointWrite { url, description, events, agents, enabled: !enabled };
        form.send(api::webhooks::update(id, body), move |one| endpoint.value.set(Some(one)));
    };
    view! {
        <section class="card">
            <div class="card-head">
                <h2 class="break" dir="ltr">{move || of(|one| one.url.clone())}</h2>
                <Badge state=Signal::derive(move || endpoint.part(health).unwrap_or(("", "wait")))/>
            </div>
            <FormProblem problem=form.general()/>
            <p class="quiet" dir="auto">{move || of(|one| one.description.clone())}</p>
            <Show when=move || hook.get()>
                <p class="quiet">"A program, such as Zapier, subscribed to this and ends it when it is not needed any more. Its fields are read when they are sent; below is the event itself."</p>
            </Show>
            <p class="row-facts">
                <span>{move || format!("hears {}", of(hears))}</span>
                {move || hook.get().then(|| view! { <span>{of(made_by)}</span> })}
                {move || status.get().last_success_at.map(|at| view! { <span>"last success " <Ago at=Signal::stored(at)/></span> })}
                {move || status.get().failing_since.map(|at| view! { <span>"failing since " <Ago at=Signal::stored(at)/></span> })}
                {move || old_until.get().map(|at| view! { <span>"the old secret ends " <Ago at=Signal::stored(at)/></span> })}
            </p>
            <div class="row-acts">
                <Show when=move || enabled.get() && !hook.get()>
                    <button class="button primary" type="button" on:click=test>"Send a test"</button>
                </Show>
                <Show
                    when=move || own.get()
                    fallback=|| view! { <a class="button" href="/app/settings/integrations">"Change the integration"</a> }
                >
                <Show when=move || !hook.get()>
                <button class="button" type="button" on:click=move |_| editing.set(true)>"Edit"</button>
                <button class="button" type="button" on:click=move |_| rotating.set(true)>"Replace secret"</button>
                <button class="button" type="button" on:click=switch>
                    {move || if enabled.get() { "Switch off" } else { "Switch on" }}
                </button>
                </Show>
                <button class="button danger-quiet" type="button" on:click=move |_| deleting.set(true)>"Delete"</button>
                </Show>
            </div>
            <Dialog open=editing title="Edit the webhook".to_owned()>
                <EndpointForm open=editing endpoint=endpoint.value.get_untracked() created=|_| () changed=move |one| {
                    endpoint.value.set(Some(one));
                    editing.set(false);
                    announce(notices, "The webhook is saved.");
                }/>
            </Dialog>
            <Dialog open=rotating title=heading locked>
                {move || match issued.get() {
                    None => view! { <Rotate open=rotating endpoint issued/> }.into_any(),
                    Some(made) => view! {
                        <Secret secret=made.secret.clone() done=move || {
                            rotating.set(false);
                            issued.set(None);
                        }/>
                    }.into_any(),
                }}
            </Dialog>
            <Dialog open=deleting title="Delete this webhook?".to_owned()>
                <Delete open=deleting endpoint/>
            </Dialog>
        </section>
    }
}

#[component]
fn Rotate(
    open: RwSignal<bool>,
    endpoint: Load<Endpoint>,
    issued: RwSignal<Option<IssuedEndpoint>>,
) -> impl IntoView {
    let form = Form::new("webhook-rotate");
    let hours = RwSignal::new(24_u32);
    let submit = move || {
        let Some(id) = endpoint.part(|one| one.id.clone()) else { return };
        let body = RotateSecret { overlap_hours: hours.get_untracked() };
        form.send(api::webhooks::rotate(id, body), move |made| {
            endpoint.value.set(Some(made.endpoint.clone()));
            issued.set(Some(made));
        });
    };
    view! {
        <FormBody form submit>
            <p>"You get a new secret. While both sign, your server may verify with either, so nothing is lost while you change it."</p>
            <div class="field">
                <label for="webhook-rotate-overlap_hours">"The old secret"</label>
                <select id="webhook-rotate-overlap_hours" class="select" autofocus on:change=move |event| {
                    hours.set(event_target_value(&event).parse().unwrap_or(24));
                }>
                    {OVERLAPS
                        .into_iter()
                        .map(|(label, value)| view! {
                            <option value=value.to_string() selected=value == hours.get_untracked()>{label}</option>
                        })
                        .collect_view()}
                </select>
                <FieldProblem problem=form.problem field="overlap_hours" id="webhook-rotate-overlap_hours-problem"/>
            </div>
            <div class="form-acts">
                <button class="button" type="button" on:click=move |_| open.set(false)>"Cancel"</button>
                <SubmitButton form label="Replace secret".to_owned() busy="Replacing…"/>
            </div>
        </FormBody>
    }
}

#[component]
fn Delete(open: RwSignal<bool>, endpoint: Load<Endpoint>) -> impl IntoView {
    let notices = use_context::<Notices>();
    let navigate = use_navigate();
    let form = Form::new("webhook-delete");
    let submit = move || {
        let Some(id) = endpoint.part(|one| one.id.clone()) else { return };
        let navigate = navigate.clone();
        form.send(api::webhooks::delete(id), move |_| {
            announce(notices, "The webhook is deleted.");
            navigate(LIST, leptos_router::NavigateOptions::default());
        });
    };
    view! {
        <FormBody form submit>
            <p>"Nothing more is sent to it, and its deliveries are forgotten. This cannot be undone."</p>
            <div class="form-acts">
                <button class="button" type="button" autofocus on:click=move |_| open.set(false)>"Keep it"</button>
                <SubmitButton form label="Delete webhook".to_owned() busy="Deleting…" class="button danger"/>
            </div>
        </FormBody>
    }
}
