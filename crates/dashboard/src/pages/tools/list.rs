//! The workspace's tools with where they lead, how they do and whether they are switched on.

use super::catalogue::Catalogue;
use super::{TOOLS, effect, host, method, rate, title_of};
use crate::api::tools as api;
use crate::clock::Ago;
use crate::components::allowed::Allowed;
use crate::components::icon::{Glyph, Icon};
use crate::components::notice::{Notices, announce};
use crate::components::shell::title;
use crate::components::state::{Empty, Loaded};
use crate::load::{Load, load};
use crate::session::use_session;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::api::{Tool, ToolWrite};
use protocol::permission::Permission;

#[component]
pub(crate) fn ToolsPage() -> impl IntoView {
    title(|| "Tools".to_owned());
    let tools = load(|| Some(api::tools()));
    let none = Memo::new(move |_| tools.part(Vec::is_empty).unwrap_or_default());
    view! {
        <div class="page">
            <header class="page-head">
                <div>
                    <h1>"Tools"</h1>
                    <p class="page-sub">"What agents can do besides answering: calls of your other systems, such as n8n, Zapier or your shop."</p>
                </div>
                <Allowed permission=Permission::AgentsWrite>
                    <a class="button primary" href=format!("{TOOLS}/new")><Icon glyph=Glyph::Plus/>"Add tool"</a>
                </Allowed>
            </header>
            <Loaded
                has=Signal::derive(move || tools.value.with(Option::is_some))
                problem=tools.problem
                retry=move || tools.refresh()
                lines=4
                tall=true
            >
                <div class="card flush">
                    <Show when=move || !none.get() fallback=|| view! { <NoTool/> }>
                        <ul class="rows">
                            <For
                                each=move || tools.value.get().unwrap_or_default()
                                key=|tool| (tool.id.to_string(), tool.edited_at.to_string(), tool.content.enabled)
                                let:tool
                            >
                                <Row tool tools/>
                            </For>
                        </ul>
                    </Show>
                </div>
            </Loaded>
            <Catalogue/>
        </div>
    }
}

#[component]
fn NoTool() -> impl IntoView {
    view! {
        <Empty
            glyph=Glyph::Plug
            title="No tool yet"
            text="A tool lets an agent look up an order or book an appointment in another system. Add one or enable one below, then switch it on for an agent."
        >
            <Allowed permission=Permission::AgentsWrite>
                <a class="button primary" href=format!("{TOOLS}/new")><Icon glyph=Glyph::Plus/>"Add tool"</a>
            </Allowed>
        </Empty>
    }
}

#[component]
fn Row(tool: Tool, tools: Load<Vec<Tool>>) -> impl IntoView {
    let content = tool.content.clone();
    let name = title_of(&tool);
    view! {
        <li class="item tool-row">
            <div class="item-text">
                <span class="item-name">
                    <a class="break" href=format!("{TOOLS}/{}", tool.id)><strong>{name.clone()}</strong></a>
                    <code class="prefix" dir="ltr">{content.name.clone()}</code>
                </span>
                <span class="item-facts">
                    <span>{if content.needs_approval { "Always asks a member" } else { effect(content.effect) }}</span>
                    <span dir="ltr">{format!("{} {}", method(content.method), host(&content.url))}</span>
                    {tool.catalogue.is_some().then(|| view! { <span>"from the catalogue"</span> })}
                    <span>{match tool.last_at {
                        Some(at) => view! { "last call " <Ago at=Signal::stored(at)/> }.into_any(),
                        None => view! { "never called" }.into_any(),
                    }}</span>
                </span>
                <dl class="tool-rates">
                    <div><dt>"7 days"</dt><dd>{rate(tool.week)}</dd></div>
                    <div><dt>"30 days"</dt><dd>{rate(tool.recent)}</dd></div>
                </dl>
            </div>
            <Switch tool name tools/>
        </li>
    }
}

/// Whether agents may call it, at once for those that are published.
#[component]
fn Switch(tool: Tool, name: String, tools: Load<Vec<Tool>>) -> impl IntoView {
    let session = use_session();
    let notices = use_context::<Notices>();
    let on = RwSignal::new(tool.content.enabled);
    let busy = RwSignal::new(false);
    let locked = move || !session.may(Permission::AgentsWrite) || busy.get();
    let label = format!("{name}: agents may call it");
    let change = move |wanted: bool| {
        let (tool, name) = (tool.clone(), name.clone());
        on.set(wanted);
        busy.set(true);
        spawn_local(async move {
            let content = protocol::api::ToolContent { enabled: wanted, ..tool.content.clone() };
            let reply = api::update(tool.id.clone(), ToolWrite { content, auth: None }).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match reply {
                Ok(changed) => {
                    let word = if wanted { "on" } else { "off" };
                    announce(notices, format!("{name} is switched {word}."));
                    tools.value.update(|all| {
                        if let Some(known) = all.iter_mut().flatten().find(|known| known.id == changed.id) {
                            *known = changed;
                        }
                    });
                }
                Err(problem) => {
                    on.set(!wanted);
                    announce(notices, problem.message);
                }
            }
        });
    };
    view! {
        <button
            class="switch" type="button" role="switch" aria-label=label
            aria-checked=move || on.get().to_string() disabled=locked
            on:click=move |_| change(!on.get_untracked())
        ></button>
    }
}
