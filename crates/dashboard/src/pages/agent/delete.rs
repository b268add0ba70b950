//! Deleting an agent: what is lost, and its name typed as the confirmation.

use crate::api;
use crate::components::form::FormProblem;
use crate::components::notice::{Notices, announce};
use crate::session::{Session, use_session};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::api::Agent;
use protocol::{AgentId, Problem};

#[component]
pub(super) fn DeleteAgent(open: RwSignal<bool>, agent: Memo<Option<Agent>>) -> impl IntoView {
    let session = use_session();
    let notices = use_context::<Notices>();
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let typed = RwSignal::new(String::new());
    let input = NodeRef::<html::Input>::new();
    let name = agent.with_untracked(|agent| agent.as_ref().map(|a| a.name.clone()).unwrap_or_default());
    let wanted = name.clone();
    let sure = Memo::new(move |_| typed.with(|typed| typed.trim() == wanted.trim()));
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if !sure.get_untracked() {
            if let Some(input) = input.get_untracked() {
                let _ = input.focus();
            }
            return;
        }
        let Some(agent) = agent.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            match api::agents::delete(agent.id.clone()).await {
                Ok(_) => {
                    announce(notices, format!("{} is deleted.", agent.name));
                    open.try_set(false);
                    forget(session, &agent.id);
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
            <p>"Its sources, curated answers, versions and conversations are deleted with it, and it disappears from your websites."</p>
            <p class="quiet">"This cannot be undone. To only take it offline, archive it."</p>
            <div class="field">
                <label for="delete-name">"Type " <strong dir="auto">{name}</strong> " to confirm"</label>
                <input
                    id="delete-name" type="text" autocomplete="off" autocapitalize="none" spellcheck="false" dir="auto" autofocus
                    node_ref=input on:input=move |event| typed.set(event_target_value(&event))
                />
            </div>
            <FormProblem problem/>
            <div class="form-acts">
                <button class="button" type="button" on:click=move |_| open.set(false)>"Keep it"</button>
                <button class="button danger" type="submit" aria-disabled=move || (busy.get() || !sure.get()).to_string()>
                    <span class="spinner" class:on=move || busy.get()></span>
                    {move || if busy.get() { "Deleting…" } else { "Delete agent" }}
                </button>
            </div>
        </form>
    }
}

/// Takes an agent out of the session; where it was the current one, another becomes it.
fn forget(session: Session, id: &AgentId) {
    session.agents.update(|agents| {
        if let Some(agents) = agents {
            agents.retain(|agent| agent.id != *id);
        }
    });
    if session.agent.with_untracked(|agent| agent.as_ref() == Some(id)) {
        let next = session.agents.with_untracked(|agents| {
            let rest = agents.iter().flatten();
            rest.min_by_key(|agent| agent.archived_at.is_some()).map(|agent| agent.id.clone())
        });
        match next {
            Some(next) => session.pick(next),
            None => session.agent.set(None),
        }
    }
}
