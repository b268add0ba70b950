//! The form of a receiver: where it is, and what it hears.

use crate::api;
use crate::components::form::{FieldProblem, Form, FormBody, SubmitButton, TextField};
use crate::session::use_session;
use leptos::prelude::*;
use protocol::AgentId;
use protocol::api::{Endpoint, EndpointWrite, IssuedEndpoint};
use protocol::events::EventKind;

/// A new receiver, or with `endpoint` the change of one.
#[component]
pub(crate) fn EndpointForm(
    open: RwSignal<bool>,
    endpoint: Option<Endpoint>,
    created: impl Fn(IssuedEndpoint) + Copy + 'static,
    changed: impl Fn(Endpoint) + Copy + 'static,
) -> impl IntoView {
    let form = Form::new("webhook");
    let session = use_session();
    let known = StoredValue::new(endpoint.clone());
    let all = RwSignal::new(endpoint.as_ref().is_none_or(|endpoint| endpoint.events.is_empty()));
    let events = RwSignal::new(endpoint.as_ref().map(|endpoint| endpoint.events.clone()).unwrap_or_default());
    let agents = RwSignal::new(endpoint.as_ref().map(|endpoint| endpoint.agents.clone()).unwrap_or_default());
    let submit = move || {
        if !form.complete(&[("url", "Enter the address of your server.")]) {
            return;
        }
        let events = if all.get_untracked() { Vec::new() } else { events.get_untracked() };
        if !all.get_untracked() && events.is_empty() {
            form.fail(protocol::Problem::field("events", "Choose at least one event, or all of them."));
            return;
        }
        let body = EndpointWrite {
            url: form.value("url").trim().to_owned(),
            description: form.value("description").trim().to_owned(),
            events,
            agents: agents.get_untracked(),
            enabled: known.with_value(|known| known.as_ref().is_none_or(|known| known.enabled)),
        };
        match known.with_value(|known| known.as_ref().map(|known| known.id.clone())) {
            Some(id) => form.send(api::webhooks::update(id, body), changed),
            None => form.send(api::webhooks::create(body), created),
        }
    };
    let event = move |kind: EventKind| {
        let name = kind.as_str();
        view! {
            <label class="check scope">
                <input
                    type="checkbox" name="event" value=name
                    prop:checked=move || events.with(|events| events.iter().any(|known| known == name))
                    on:change=move |event| events.update(|events| {
                        events.retain(|known| known != name);
                        if event_target_checked(&event) {
                            events.push(name.to_owned());
                        }
                    })
                />
                <span>{kind.describe()} " " <code>{name}</code></span>
            </label>
        }
    };
    let agent = move |id: AgentId, name: String| {
        let known = id.clone();
        view! {
            <label class="check scope">
                <input
                    type="checkbox" name="agent"
                    prop:checked=move || agents.with(|agents| agents.contains(&known))
                    on:change=move |event| agents.update(|agents| {
                        agents.retain(|known| *known != id);
                        if event_target_checked(&event) {
                            agents.push(id.clone());
                        }
                    })
                />
                <span dir="auto">{name}</span>
            </label>
        }
    };
    let label = if endpoint.is_some() { "Save" } else { "Add webhook" };
    view! {
        <FormBody form submit>
            <TextField
                form name="url" label="Address".to_owned() kind="url" autofocus=true ltr=true
                value=endpoint.as_ref().map(|endpoint| endpoint.url.clone()).unwrap_or_default()
                hint=Signal::stored("Where events are sent, such as https://example.com/hooks/frontdesk.".to_owned())
            />
            <TextField
                form name="description" label="What it is for".to_owned()
                value=endpoint.as_ref().map(|endpoint| endpoint.description.clone()).unwrap_or_default()
            />
            <fieldset class="scopes" id="webhook-events" tabindex="-1" aria-describedby="webhook-events-problem">
                <legend>"Events"</legend>
                <label class="check scope">
                    <input
                        type="checkbox" prop:checked=move || all.get()
                        on:change=move |event| all.set(event_target_checked(&event))
                    />
                    <span>"All events, and those that are added later"</span>
                </label>
                <Show when=move || !all.get()>
                    <div class="scope-group" role="group" aria-label="Kinds of events">
                        {EventKind::ALL.iter().copied().filter(|kind| kind.is_delivered()).map(event).collect_view()}
                    </div>
                </Show>
            </fieldset>
            <FieldProblem problem=form.problem field="events" id="webhook-events-problem"/>
            <fieldset class="scopes">
                <legend>"Agents"</legend>
                <p class="field-hint">"None picked: events of all agents, and those of none."</p>
                <div class="scope-group">
                    {session
                        .live_agents()
                        .into_iter()
                        .map(|known| agent(known.id, known.name))
                        .collect_view()}
                </div>
            </fieldset>
            <div class="form-acts">
                <button class="button" type="button" on:click=move |_| open.set(false)>"Cancel"</button>
                <SubmitButton form label=label.to_owned() busy="Saving…"/>
            </div>
        </FormBody>
    }
}
