//! The agent: list, editor with live preview, versions.

mod appearance;
mod behaviour;
mod challenge;
mod changes;
mod choices;
mod color;
mod conflict;
mod delete;
pub(crate) mod edit;
pub(crate) mod editor;
mod fields;
mod handover;
mod head;
mod history;
mod leads;
pub(crate) mod list;
mod messages;
pub(crate) mod models;
pub(crate) mod new;
mod ordered;
mod persona;
mod places;
mod preview;
mod publish;
mod row;
mod rules;
mod tools;
mod unsaved;
pub(crate) mod versions;

use crate::session::Session;
use leptos::prelude::*;
use protocol::api::Agent;

/// Puts what the server says about an agent into the list that the switcher shows.
pub(super) fn put_agent(session: Session, agent: &Agent) {
    session.agents.try_update(|agents| {
        let agents = agents.get_or_insert_default();
        match agents.iter_mut().find(|known| known.id == agent.id) {
            Some(known) => *known = agent.clone(),
            None => agents.push(agent.clone()),
        }
    });
}

/// The languages an agent can have, by name.
pub(super) fn language_name(tag: &str) -> &str {
    match tag {
        "en" => "English",
        "es" => "Spanish",
        "fr" => "French",
        "de" => "German",
        "pt" => "Portuguese",
        "ja" => "Japanese",
        "ar" => "Arabic",
        "zh" => "Chinese",
        "he" => "Hebrew",
        other => other,
    }
}

/// What visitors get of an agent, in a word, and the tone of its badge.
pub(crate) fn publication(agent: &Agent) -> (String, &'static str) {
    match (agent.archived_at, agent.published_version) {
        (Some(_), _) => ("Archived".to_owned(), "wait"),
        (None, None) => ("Not published".to_owned(), "wait"),
        (None, Some(version)) => (format!("Version {version} is live"), "good"),
    }
}

/// Whether visitors get the agent and how; and whether the draft is ahead of it.
#[component]
pub(crate) fn Publication(#[prop(into)] agent: Signal<Option<Agent>>) -> impl IntoView {
    let live = Memo::new(move |_| agent.with(|agent| agent.as_ref().map(publication)));
    let ahead = Memo::new(move |_| {
        agent.with(|agent| {
            agent
                .as_ref()
                .is_some_and(|a| a.changed && a.published_version.is_some() && a.archived_at.is_none())
        })
    });
    view! {
        {move || live.get().map(|(text, tone)| view! { <span class="badge" data-tone=tone>{text}</span> })}
        {move || ahead.get().then(|| view! { <span class="badge" data-tone="warn">"Changed since"</span> })}
    }
}
