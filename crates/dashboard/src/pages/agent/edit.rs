//! The editor: the form, and beside it the widget as visitors would see it.

use super::appearance::AppearancePart;
use super::behaviour::BehaviourPart;
use super::challenge::ChallengePart;
use super::conflict::Conflict;
use super::editor;
use super::handover::HandoverPart;
use super::head::{Head, Saving};
use super::leads::LeadsPart;
use super::messages::MessagesPart;
use super::models::ModelsPart;
use super::persona::PersonaPart;
use super::places::PlacesPart;
use super::preview::Preview;
use super::tools::ToolsPart;
use super::unsaved::Unsaved;
use crate::api;
use crate::components::notice::{Notices, announce};
use crate::components::shell::title;
use crate::components::state::Loaded;
use crate::load::{Load, load};
use crate::session::use_session;
use leptos::prelude::*;
use protocol::api::{AgentDetail, ModelOption, Tool, WorkspaceSettings};
use protocol::permission::Permission;
use wasm_bindgen::JsCast;

const PARTS: [(&str, &str); 10] = [
    ("persona", "Persona"),
    ("appearance", "Appearance"),
    ("messages", "Messages"),
    ("behaviour", "Behaviour"),
    ("handover", "Handing over"),
    ("models", "Models"),
    ("tools", "Tools"),
    ("leads", "Lead form"),
    ("places", "Websites"),
    ("challenge", "Only people"),
];

#[component]
pub(crate) fn EditPage() -> impl IntoView {
    let session = use_session();
    title(move || session.current().map_or_else(|| "Agent".to_owned(), |agent| agent.name));
    let detail = load(move || session.agent.get().map(api::agents::agent));
    let models = load(move || Some(api::agents::models()));
    let tools = load(move || Some(api::tools::tools()));
    let settings = load(move || Some(api::team::settings()));
    view! {
        <div class="page editor">
            <Loaded
                has=Signal::derive(move || detail.value.with(Option::is_some))
                problem=detail.problem
                retry=move || detail.refresh()
                lines=8
                tall=true
            >
                // What was loaded for one agent is never shown for the next: the load empties in between.
                {move || detail.value.get_untracked().map(|detail| view! { <Form detail models settings tools/> })}
            </Loaded>
        </div>
    }
}

#[component]
fn Form(
    detail: AgentDetail,
    models: Load<Vec<ModelOption>>,
    settings: Load<WorkspaceSettings>,
    tools: Load<Vec<Tool>>,
) -> impl IntoView {
    let session = use_session();
    let notices = use_context::<Notices>();
    let locked = !untrack(|| session.may(Permission::AgentsWrite));
    let lost = move |name: String| {
        announce(
            notices,
            format!("Your last changes to {name} could not be saved. Open it again to repeat them."),
        );
    };
    let site_key = detail.turnstile_site_key.clone();
    let editor = editor::open(detail, session, locked, lost);
    provide_context(editor);
    provide_context(editor.sheet());
    let previewing = RwSignal::new(false);
    view! {
        <Head/>
        <Saving/>
        <Conflict/>
        <Unsaved/>
        <div class="view-tabs" role="group" aria-label="Form or preview">
            <button type="button" aria-pressed=move || (!previewing.get()).to_string() on:click=move |_| previewing.set(false)>"Form"</button>
            <button type="button" aria-pressed=move || previewing.get().to_string() on:click=move |_| previewing.set(true)>"Preview"</button>
        </div>
        <div class="editor-columns" class:previewing=move || previewing.get()>
            <div class="editor-form">
                <Jump/>
                <PersonaPart/>
                <AppearancePart/>
                <MessagesPart/>
                <BehaviourPart/>
                <HandoverPart/>
                <ModelsPart models settings/>
                <ToolsPart tools/>
                <LeadsPart/>
                <PlacesPart/>
                <ChallengePart site_key/>
            </div>
            <Preview/>
        </div>
    }
}

/// The way to a part of the form.
#[component]
fn Jump() -> impl IntoView {
    let go = |part: &str| {
        let heading = document().get_element_by_id(&format!("{part}-title"));
        if let Some(heading) = heading.and_then(|heading| heading.dyn_into::<web_sys::HtmlElement>().ok()) {
            heading.scroll_into_view();
            let _ = heading.focus();
        }
    };
    view! {
        <nav class="chips" aria-label="Parts of the form">
            {PARTS.into_iter().map(|(part, name)| view! {
                <button class="chip" type="button" on:click=move |_| go(part)>{name}</button>
            }).collect_view()}
        </nav>
    }
}
