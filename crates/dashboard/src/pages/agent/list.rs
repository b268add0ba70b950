//! The workspace's agents: those at work, and those in the archive.

use super::row::AgentRow;
use crate::api;
use crate::components::icon::{Glyph, Icon};
use crate::components::shell::title;
use crate::components::state::{Empty, Loaded};
use crate::load::load;
use crate::session::{Session, use_session};
use leptos::prelude::*;
use protocol::AgentId;
use protocol::permission::Permission;

#[component]
pub(crate) fn AgentsPage() -> impl IntoView {
    title(|| "Agents".to_owned());
    let session = use_session();
    let list = load(move || Some(api::agents()));
    // The switcher shows the same agents.
    Effect::new(move |_| {
        if let Some(agents) = list.value.get() {
            session.agents.set(Some(agents));
        }
    });
    let may = Memo::new(move |_| session.may(Permission::AgentsWrite));
    let working = Memo::new(move |_| ids(session, false));
    let archived = Memo::new(move |_| ids(session, true));
    view! {
        <div class="page">
            <header class="page-head">
                <div>
                    <h1>"Agents"</h1>
                    <p class="page-sub">"Each agent is a receptionist with its own knowledge, look and websites."</p>
                </div>
                <Show when=move || may.get()><NewButton/></Show>
            </header>
            <Loaded
                has=Signal::derive(move || list.value.with(Option::is_some))
                problem=list.problem
                retry=move || list.refresh()
                lines=3
                tall=true
            >
                <Show when=move || !working.with(Vec::is_empty) fallback=move || view! {
                    <div class="card">
                        <Empty
                            glyph=Glyph::Bell
                            title=if archived.with(Vec::is_empty) { "No agent yet" } else { "No agent at work" }
                            text="An agent answers your visitors from your website and files. Create one; it takes a minute."
                        >
                            <Show when=move || may.get()><NewButton/></Show>
                        </Empty>
                    </div>
                }>
                    <Rows ids=working may/>
                </Show>
                <Show when=move || !archived.with(Vec::is_empty)>
                    <section class="archive" aria-labelledby="archive-title">
                        <h2 id="archive-title">"Archived"</h2>
                        <p class="quiet">"Archived agents are offline and keep all they know."</p>
                        <Rows ids=archived may/>
                    </section>
                </Show>
            </Loaded>
        </div>
    }
}

fn ids(session: Session, archived: bool) -> Vec<AgentId> {
    session.agents.with(|agents| {
        let all = agents.iter().flatten();
        all.filter(|agent| agent.archived_at.is_some() == archived).map(|agent| agent.id.clone()).collect()
    })
}

#[component]
fn NewButton() -> impl IntoView {
    view! { <a class="button primary" href="/app/agents/new"><Icon glyph=Glyph::Plus/>"New agent"</a> }
}

#[component]
fn Rows(ids: Memo<Vec<AgentId>>, may: Memo<bool>) -> impl IntoView {
    view! {
        <ul class="card agents">
            <For each=move || ids.get() key=|id| id.clone() let:id>
                <AgentRow id may/>
            </For>
        </ul>
    }
}
