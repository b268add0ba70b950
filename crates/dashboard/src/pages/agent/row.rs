//! An agent in the list, with what can be done to it.

use super::delete::DeleteAgent;
use super::{Publication, language_name, put_agent};
use crate::api;
use crate::components::dialog::Dialog;
use crate::components::form::FormProblem;
use crate::components::icon::{Glyph, Icon};
use crate::components::notice::{Notices, announce};
use crate::components::popover;
use crate::session::use_session;
use crate::text;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::api::{Agent, AgentUpdate};
use protocol::{AgentId, Problem};

#[component]
pub(super) fn AgentRow(id: AgentId, may: Memo<bool>) -> impl IntoView {
    let session = use_session();
    let own = id.clone();
    let agent = Memo::new(move |_| {
        session.agents.with(|agents| agents.iter().flatten().find(|agent| agent.id == own).cloned())
    });
    let name = move || agent.with(|agent| agent.as_ref().map(|a| a.name.clone()).unwrap_or_default());
    let facts = move || {
        agent.with(|agent| {
            let Some(agent) = agent else { return String::new() };
            let sites = match agent.allowed_origins.as_slice() {
                [] => "no website".to_owned(),
                [only] if only == "*" => "every website".to_owned(),
                [only] => text::short_url(only),
                many => text::count(many.len() as u64, "website", "websites"),
            };
            format!("{} · {sites}", language_name(&agent.language))
        })
    };
    let pick = move |_| session.pick(id.clone());
    view! {
        <li class="agent-row">
            <div class="agent-name">
                <a class="stretched" href="/app/agent" dir="auto" on:click=pick>{name}</a>
                <span class="quiet">{facts}</span>
            </div>
            <div class="agent-state"><Publication agent=agent/></div>
            <Show when=move || may.get()><Acts agent/></Show>
        </li>
    }
}

/// The menu of a row. The browser places it at its button, closes it on Esc and on a click elsewhere.
#[component]
fn Acts(agent: Memo<Option<Agent>>) -> impl IntoView {
    let session = use_session();
    let notices = use_context::<Notices>();
    let (renaming, deleting) = (RwSignal::new(false), RwSignal::new(false));
    let busy = RwSignal::new(false);
    let id = agent.with_untracked(|agent| agent.as_ref().map(|a| a.id.to_string()).unwrap_or_default());
    let menu = format!("menu-{id}");
    let own = StoredValue::new(menu.clone());
    let close = move || own.with_value(|menu| popover::hide(menu));
    let archived = Memo::new(move |_| agent.with(|a| a.as_ref().is_some_and(|a| a.archived_at.is_some())));
    let name = move || agent.with(|agent| agent.as_ref().map(|a| a.name.clone()).unwrap_or_default());
    let archive = move |_| {
        close();
        let Some(agent) = agent.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        busy.set(true);
        let put_away = agent.archived_at.is_none();
        spawn_local(async move {
            let body = AgentUpdate { archived: Some(put_away), ..AgentUpdate::default() };
            match api::agents::update(agent.id, body).await {
                Ok(detail) => {
                    put_agent(session, &detail.agent);
                    let done =
                        if put_away { "is archived and offline" } else { "is back; publish it to go online" };
                    announce(notices, format!("{} {done}.", detail.agent.name));
                }
                Err(problem) => announce(notices, problem.message),
            }
            busy.try_set(false);
        });
    };
    let duplicate = move |_| {
        close();
        let Some(agent) = agent.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        busy.set(true);
        spawn_local(async move {
            match api::agents::duplicate(agent.id).await {
                Ok(detail) => {
                    put_agent(session, &detail.agent);
                    announce(
                        notices,
                        format!("{} is a copy of the draft. Sources are not copied.", detail.agent.name),
                    );
                }
                Err(problem) => announce(notices, problem.message),
            }
            busy.try_set(false);
        });
    };
    view! {
        <button class="icon-button bordered acts-button" type="button" popovertarget=menu.clone() aria-label=move || format!("Actions for {}", name())>
            <Icon glyph=Glyph::More/>
        </button>
        <div class="menu acts-menu" id=menu popover="auto">
            <button class="menu-item" type="button" on:click=move |_| { close(); renaming.set(true); }>"Rename"</button>
            <button class="menu-item" type="button" on:click=duplicate>"Duplicate"</button>
            <button class="menu-item" type="button" on:click=archive>{move || if archived.get() { "Restore" } else { "Archive" }}</button>
            <button class="menu-item bad" type="button" on:click=move |_| { close(); deleting.set(true); }>"Delete…"</button>
        </div>
        <Dialog open=renaming title="Rename the agent".to_owned()><Rename open=renaming agent/></Dialog>
        <Dialog open=deleting title=Signal::derive(move || format!("Delete {}?", name()))><DeleteAgent open=deleting agent/></Dialog>
    }
}

#[component]
fn Rename(open: RwSignal<bool>, agent: Memo<Option<Agent>>) -> impl IntoView {
    let session = use_session();
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let input = NodeRef::<html::Input>::new();
    let name = agent.with_untracked(|agent| agent.as_ref().map(|a| a.name.clone()).unwrap_or_default());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = input.get_untracked().map(|input| input.value().trim().to_owned()).unwrap_or_default();
        let Some(agent) = agent.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            match api::agents::update(agent.id, AgentUpdate { name: Some(typed), ..AgentUpdate::default() })
                .await
            {
                Ok(detail) => {
                    put_agent(session, &detail.agent);
                    open.try_set(false);
                }
                Err(why) => {
                    busy.try_set(false);
                    problem.try_set(Some(why));
                }
            }
        });
    };
    view! {
        <form class="form" on:submit=submit>
            <div class="field">
                <label for="rename">"Name"</label>
                <input
                    id="rename" type="text" autocomplete="off" dir="auto" maxlength="80" required autofocus node_ref=input value=name
                    aria-invalid=move || problem.with(Option::is_some).to_string()
                />
                <p class="quiet">"For you and your colleagues. Visitors see the persona’s name."</p>
            </div>
            <FormProblem problem/>
            <div class="form-acts">
                <button class="button" type="button" on:click=move |_| open.set(false)>"Cancel"</button>
                <button class="button primary" type="submit" aria-disabled=move || busy.get().to_string()>
                    <span class="spinner" class:on=move || busy.get()></span>"Rename"
                </button>
            </div>
        </form>
    }
}
