//! What a service hears: events of its kind, and agents.

use crate::session::use_session;
use leptos::prelude::*;
use protocol::AgentId;
use protocol::api::{Integration, IntegrationKind as Kind};

/// What is chosen.
#[derive(Clone, Copy)]
pub(super) struct Hears {
    pub(super) events: RwSignal<Vec<String>>,
    pub(super) agents: RwSignal<Vec<AgentId>>,
}

impl Hears {
    /// As an integration has it; for a new one everything.
    pub(super) fn of(kind: Kind, one: Option<&Integration>) -> Self {
        let all = || kind.events().iter().map(|event| event.as_str().to_owned()).collect();
        Self {
            events: RwSignal::new(one.map_or_else(all, |one| one.events.clone())),
            agents: RwSignal::new(one.map(|one| one.agents.clone()).unwrap_or_default()),
        }
    }
}

#[component]
pub(super) fn Filters(kind: Kind, hears: Hears) -> impl IntoView {
    let session = use_session();
    let Hears { events, agents } = hears;
    let several = kind.events().len() > 1;
    let event = move |name: &'static str, words: &'static str| {
        view! {
            <label class="check scope">
                <input
                    type="checkbox" name="event" value=name
                    prop:checked=move || events.with(|events| events.iter().any(|known| known == name))
                    on:change=move |change| events.update(|events| {
                        events.retain(|known| known != name);
                        if event_target_checked(&change) {
                            events.push(name.to_owned());
                        }
                    })
                />
                <span>{words}</span>
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
                    on:change=move |change| agents.update(|agents| {
                        agents.retain(|known| *known != id);
                        if event_target_checked(&change) {
                            agents.push(id.clone());
                        }
                    })
                />
                <span dir="auto">{name}</span>
            </label>
        }
    };
    view! {
        {several.then(|| view! {
            <fieldset class="scopes">
                <legend>"What is told"</legend>
                <div class="scope-group">
                    {kind.events().iter().map(|kind| event(kind.as_str(), kind.describe())).collect_view()}
                </div>
            </fieldset>
        })}
        <fieldset class="scopes">
            <legend>"Agents"</legend>
            <p class="field-hint">"None picked: those of all agents."</p>
            <div class="scope-group">
                {session.live_agents().into_iter().map(|known| agent(known.id, known.name)).collect_view()}
            </div>
        </fieldset>
    }
}
