//! Which field of a lead becomes which property of a HubSpot contact.

use super::connected::as_it_is;
use super::filters::{Filters, Hears};
use crate::api;
use crate::components::form::{Form, FormBody, SubmitButton};
use crate::components::icon::{Glyph, Icon};
use crate::components::state::Loaded;
use crate::load::load;
use leptos::prelude::*;
use protocol::api::{
    FieldMap, Integration, IntegrationKind as Kind, IntegrationSettings, IntegrationUpdate, LEAD_FIELDS,
    RemoteChoice,
};

/// One line of the mapping; the number keeps its place on the screen.
type Line = (usize, RwSignal<FieldMap>);

/// What the key of a field of the form follows.
const ANSWER: &str = "answer:";

/// A field of a lead, in words.
fn words(field: &str) -> String {
    if field == ANSWER {
        return "An answer of the form".into();
    }
    let text = field.replace('_', " ").replace(" url", " address");
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[component]
pub(super) fn MappingForm(
    open: RwSignal<bool>,
    one: Integration,
    saved: impl Fn(Integration) + Copy + 'static,
) -> impl IntoView {
    let form = Form::new("mapping");
    let hears = Hears::of(Kind::Hubspot, Some(&one));
    let id = one.id.clone();
    let fields = load(move || Some(api::integrations::fields(id.clone())));
    let lines: RwSignal<Vec<Line>> =
        RwSignal::new(one.settings.mapping.iter().cloned().map(RwSignal::new).enumerate().collect());
    let next = StoredValue::new(one.settings.mapping.len());
    let owner = RwSignal::new(one.settings.owner.clone());
    let known = StoredValue::new(one);
    let add = move |_| {
        let place = next.get_value();
        next.set_value(place + 1);
        let line = FieldMap { from: "name".into(), to: String::new() };
        lines.update(|lines| lines.push((place, RwSignal::new(line))));
    };
    let submit = move || {
        let mapping =
            lines.with_untracked(|lines| lines.iter().map(|(_, line)| line.get_untracked()).collect());
        let settings =
            IntegrationSettings { mapping, owner: owner.get_untracked(), ..IntegrationSettings::default() };
        let one = known.get_value();
        let (events, agents) = (hears.events.get_untracked(), hears.agents.get_untracked());
        let body = IntegrationUpdate { settings, events, agents, ..as_it_is(&one) };
        form.send(api::integrations::update(one.id, body), saved);
    };
    let properties = Memo::new(move |_| {
        let read = |fields: &protocol::api::RemoteFields| fields.properties.clone();
        fields.part(read).unwrap_or_default().into_iter().filter(|one| one.id != "email").collect::<Vec<_>>()
    });
    let owners = Memo::new(move |_| fields.part(|fields| fields.owners.clone()).unwrap_or_default());
    view! {
        <FormBody form submit>
            <p class="quiet">"The e-mail address is always sent: HubSpot finds contacts by it. What a lead lacks is left as it is there."</p>
            <Loaded
                has=Signal::derive(move || fields.value.with(Option::is_some))
                problem=fields.problem
                retry=move || fields.refresh()
                lines=4
            >
                <fieldset class="scopes">
                    <legend>"Fields"</legend>
                    <div class="mapping">
                        <For each=move || lines.get() key=|(place, _)| *place let:line>
                            <Pair line lines properties/>
                        </For>
                    </div>
                    <button class="button" type="button" on:click=add><Icon glyph=Glyph::Plus/>"Add field"</button>
                </fieldset>
                <div class="field">
                    <label for="mapping-owner">"Owner in HubSpot"</label>
                    <select id="mapping-owner" class="select" on:change=move |event| owner.set(event_target_value(&event))>
                        <option value="" selected=move || owner.with(String::is_empty)>"Nobody"</option>
                        {move || owners.get().into_iter().map(|RemoteChoice { id, label }| {
                            let chosen = owner.with_untracked(|owner| *owner == id);
                            view! { <option value=id selected=chosen>{label}</option> }
                        }).collect_view()}
                    </select>
                </div>
            </Loaded>
            <Filters kind=Kind::Hubspot hears/>
            <div class="form-acts">
                <button class="button" type="button" on:click=move |_| open.set(false)>"Cancel"</button>
                <SubmitButton form label="Save".to_owned() busy="Saving…"/>
            </div>
        </FormBody>
    }
}

#[component]
fn Pair(line: Line, lines: RwSignal<Vec<Line>>, properties: Memo<Vec<RemoteChoice>>) -> impl IntoView {
    let (place, value) = line;
    let (from, to) = value.with_untracked(|line| (line.from.clone(), line.to.clone()));
    let key = from.strip_prefix(ANSWER).map(str::to_owned);
    let chosen = if key.is_some() { ANSWER.to_owned() } else { from };
    let is_answer = Memo::new(move |_| value.with(|line| line.from.starts_with(ANSWER)));
    let sources = LEAD_FIELDS.into_iter().filter(|field| *field != "email").chain([ANSWER]);
    view! {
        <div class="mapping-line">
            <select
                class="select" aria-label="Field of the lead"
                on:change=move |event| value.update(|line| line.from = event_target_value(&event))
            >
                {sources.map(|field| view! {
                    <option value=field selected=chosen == field>{words(field)}</option>
                }).collect_view()}
            </select>
            <Show when=move || is_answer.get()>
                <input
                    class="input" dir="ltr" aria-label="Key of the form's field" placeholder="key" prop:value=key.clone().unwrap_or_default()
                    on:input=move |event| value.update(|line| line.from = format!("{ANSWER}{}", event_target_value(&event).trim()))
                />
            </Show>
            <span aria-hidden="true">"→"</span>
            <select
                class="select" aria-label="Property of the contact"
                on:change=move |event| value.update(|line| line.to = event_target_value(&event))
            >
                <option value="" selected=to.is_empty()>"Choose a property"</option>
                {properties.get_untracked().into_iter().map(|RemoteChoice { id, label }| {
                    let chosen = id == to;
                    view! { <option value=id selected=chosen>{label}</option> }
                }).collect_view()}
            </select>
            <button
                class="icon-button" type="button" aria-label="Remove this field"
                on:click=move |_| lines.update(|lines| lines.retain(|(known, _)| *known != place))
            >
                <Icon glyph=Glyph::Close/>
            </button>
        </div>
    }
}
