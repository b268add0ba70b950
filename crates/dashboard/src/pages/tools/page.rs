//! One tool: its definition, a try, its calls.

use super::form::ToolForm;
use super::history::History;
use super::trial::Trial;
use super::{TOOLS, rate, title_of};
use crate::api::tools as api;
use crate::clock::Ago;
use crate::components::allowed::Allowed;
use crate::components::icon::{Glyph, Icon};
use crate::components::shell::title;
use crate::components::state::{Empty, Loaded};
use crate::load::{Load, load};
use crate::pages::not_found::NotFound;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use protocol::api::Tool;
use protocol::permission::Permission;
use protocol::{Code, IntegrationId, ToolId};

#[component]
pub(crate) fn NewToolPage() -> impl IntoView {
    title(|| "Add a tool".to_owned());
    let database =
        use_query_map().with_untracked(|query| query.get("database")).and_then(|id| id.parse().ok());
    let database = StoredValue::<Option<IntegrationId>>::new(database);
    view! {
        <div class="page">
            <a class="back" href=TOOLS><Icon glyph=Glyph::Back/>"Tools"</a>
            <header class="page-head"><h1>"Add a tool"</h1></header>
            <Allowed
                permission=Permission::AgentsWrite
                fallback=|| view! {
                    <Empty glyph=Glyph::Plug title="Not for your role" text="Editors, admins and owners add tools."/>
                }
            >
                <ToolForm tool=None database=database.get_value()/>
            </Allowed>
        </div>
    }
}

#[component]
pub(crate) fn ToolPage() -> impl IntoView {
    let params = use_params_map();
    let id =
        Memo::new(move |_| params.with(|params| params.get("tool")).and_then(|id| id.parse::<ToolId>().ok()));
    let tool = load(move || id.get().map(api::tool));
    title(move || tool.part(title_of).unwrap_or_else(|| "Tool".to_owned()));
    let missing = move || {
        id.get().is_none() || tool.problem.with(|p| p.as_ref().is_some_and(|p| p.code == Code::NotFound))
    };
    view! {
        <Show when=move || !missing() fallback=NotFound>
            <div class="page">
                <a class="back" href=TOOLS><Icon glyph=Glyph::Back/>"Tools"</a>
                <Loaded
                    has=Signal::derive(move || tool.value.with(Option::is_some))
                    problem=tool.problem
                    retry=move || tool.refresh()
                    lines=6
                    tall=true
                >
                    <Head tool/>
                    <div class="columns tool-columns">
                        // What was loaded for one tool is never shown for the next: the load empties in between.
                        {move || tool.value.get_untracked().map(|now| view! { <ToolForm tool=Some((now, tool))/> })}
                        <div class="cards">
                            <Allowed permission=Permission::AgentsWrite><Trial tool/></Allowed>
                            <History tool/>
                        </div>
                    </div>
                </Loaded>
            </div>
        </Show>
    }
}

#[component]
fn Head(tool: Load<Tool>) -> impl IntoView {
    let name = move || tool.part(title_of).unwrap_or_default();
    let rates =
        move || tool.part(|tool| format!("7 days: {}. 30 days: {}.", rate(tool.week), rate(tool.recent)));
    view! {
        <header class="page-head">
            <div>
                <h1 dir="auto">{name}</h1>
                <p class="page-sub">
                    <span>{rates}</span>
                    {move || tool.part(|tool| tool.last_at).flatten().map(|at| view! { <span>"Last call " <Ago at=Signal::stored(at)/></span> })}
                </p>
            </div>
        </header>
    }
}
