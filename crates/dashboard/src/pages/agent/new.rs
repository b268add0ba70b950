//! A new agent: a name and a language, then the editor.

use super::{language_name, put_agent};
use crate::api;
use crate::components::form::FormProblem;
use crate::components::icon::{Glyph, Icon};
use crate::components::shell::title;
use crate::components::state::Empty;
use crate::session::use_session;
use domain::draft::MAX_NAME;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use protocol::Problem;
use protocol::agent::LANGUAGES;
use protocol::api::NewAgent;
use protocol::permission::Permission;

#[component]
pub(crate) fn NewAgentPage() -> impl IntoView {
    title(|| "New agent".to_owned());
    let session = use_session();
    let may = Memo::new(move |_| session.may(Permission::AgentsWrite));
    view! {
        <div class="page narrow">
            <a class="back" href="/app/agents"><Icon glyph=Glyph::Back/>"Agents"</a>
            <header class="page-head"><div><h1>"New agent"</h1></div></header>
            <Show when=move || may.get() fallback=|| view! {
                <div class="card">
                    <Empty glyph=Glyph::Bell title="Your role may not create agents" text="Ask an admin of this workspace for the role Editor."/>
                </div>
            }>
                <NewForm/>
            </Show>
        </div>
    }
}

#[component]
fn NewForm() -> impl IntoView {
    let session = use_session();
    let navigate = use_navigate();
    let (name, language) = (NodeRef::<html::Input>::new(), NodeRef::<html::Select>::new());
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let of_name =
        Memo::new(move |_| problem.get().filter(|p| p.field.as_deref() == Some("name")).map(|p| p.message));
    let rest = RwSignal::new(None::<Problem>);
    Effect::new(move |_| rest.set(problem.get().filter(|p| p.field.as_deref() != Some("name"))));
    let focus = move || {
        if let Some(name) = name.try_get_untracked().flatten() {
            let _ = name.focus();
        }
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let typed = name.get_untracked().map(|name| name.value().trim().to_owned()).unwrap_or_default();
        if typed.is_empty() || typed.chars().count() > MAX_NAME {
            problem.set(Some(Problem::field("name", "Give it a name of at most 80 characters.")));
            focus();
            return;
        }
        busy.set(true);
        problem.set(None);
        let body =
            NewAgent { name: typed, language: language.get_untracked().map(|language| language.value()) };
        let navigate = navigate.clone();
        spawn_local(async move {
            match api::agents::create(body).await {
                Ok(detail) => {
                    put_agent(session, &detail.agent);
                    session.pick(detail.agent.id);
                    navigate("/app/agent", NavigateOptions::default());
                }
                Err(why) => {
                    busy.try_set(false);
                    problem.try_set(Some(why));
                    focus();
                }
            }
        });
    };
    view! {
        <form class="form card" novalidate on:submit=submit>
            <div class="field">
                <label for="name">"Name"</label>
                <input
                    id="name" name="name" type="text" autocomplete="off" dir="auto" autofocus node_ref=name
                    placeholder="Front desk" aria-describedby="name-problem"
                    aria-invalid=move || of_name.with(Option::is_some).to_string()
                />
                <p class="field-problem" id="name-problem" role="alert">{move || of_name.get()}</p>
            </div>
            <div class="field">
                <label for="language">"Language"</label>
                <select id="language" node_ref=language>
                    {LANGUAGES.iter().map(|tag| view! { <option value=*tag>{language_name(tag)}</option> }).collect_view()}
                </select>
                <p class="quiet">"It answers in the visitor’s language where it can; this one otherwise."</p>
            </div>
            <FormProblem problem=rest/>
            <div class="form-acts">
                <a class="button" href="/app/agents">"Cancel"</a>
                <button class="button primary" type="submit" aria-disabled=move || busy.get().to_string()>
                    <span class="spinner" class:on=move || busy.get()></span>
                    {move || if busy.get() { "Creating…" } else { "Create agent" }}
                </button>
            </div>
        </form>
    }
}
