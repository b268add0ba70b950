//! The catalogue: tools that the operator defines, and a workspace enables with an address of its own.

use super::secret::{self, Authentication, Choice};
use super::{TOOLS, effect};
use crate::api::tools as api;
use crate::components::allowed::Allowed;
use crate::components::dialog::Dialog;
use crate::components::form::{Form, FormBody, SubmitButton, TextField};
use crate::components::notice::{Notices, announce};
use crate::components::state::{Badge, Loaded};
use crate::load::load;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use protocol::api::{CatalogueEntry, CatalogueOffer, EnableTool, ToolAuth};
use protocol::permission::Permission;

#[component]
pub(super) fn Catalogue() -> impl IntoView {
    let offers = load(|| Some(api::catalogue()));
    let none = Memo::new(move |_| offers.part(Vec::is_empty).unwrap_or_default());
    view! {
        <section class="card flush tool-catalogue" aria-labelledby="tool-catalogue">
            <div class="card-head">
                <div>
                    <h2 id="tool-catalogue">"From the catalogue"</h2>
                    <p class="quiet">"Defined by the operator of this installation; you choose the address that answers."</p>
                </div>
            </div>
            <Loaded
                has=Signal::derive(move || offers.value.with(Option::is_some))
                problem=offers.problem
                retry=move || offers.refresh()
                lines=3
            >
                <Show
                    when=move || !none.get()
                    fallback=|| view! { <p class="nothing">"The operator of this installation offers no tool. Add your own."</p> }
                >
                    <ul class="rows">
                        <For
                            each=move || offers.value.get().unwrap_or_default()
                            key=|offer| (offer.entry.name.clone(), offer.entry.edited_at.to_string(), offer.tool_id.clone())
                            let:offer
                        >
                            <Offer offer/>
                        </For>
                    </ul>
                </Show>
            </Loaded>
        </section>
    }
}

#[component]
fn Offer(offer: CatalogueOffer) -> impl IntoView {
    let CatalogueOffer { entry, tool_id } = offer;
    let content = entry.content.clone();
    let facts = if content.needs_approval { "Always asks a member" } else { effect(content.effect) };
    view! {
        <li class="item tool-row">
            <div class="item-text">
                <span class="item-name">
                    <strong class="break" dir="auto">{content.title.clone()}</strong>
                    <code class="prefix" dir="ltr">{entry.name.clone()}</code>
                </span>
                <span class="item-facts"><span>{facts}</span></span>
                <p class="break tool-explanation" dir="auto">{content.explanation.clone()}</p>
                <Example content=content.example/>
            </div>
            {match tool_id {
                Some(tool) => view! {
                    <span class="row-acts">
                        <Badge state=Signal::stored(("Enabled", "good"))/>
                        <a class="button" href=format!("{TOOLS}/{tool}") aria-label=format!("Open {}", content.title)>"Open"</a>
                    </span>
                }
                .into_any(),
                None => view! { <Allowed permission=Permission::AgentsWrite><Enable entry=entry.clone()/></Allowed> }.into_any(),
            }}
        </li>
    }
}

/// What the webhook may answer.
#[component]
fn Example(content: serde_json::Value) -> impl IntoView {
    let text = serde_json::to_string_pretty(&content).unwrap_or_default();
    view! {
        <details class="desk-more">
            <summary>"An answer of its webhook"</summary>
            <pre class="code" dir="ltr" tabindex="0">{text}</pre>
        </details>
    }
}

#[component]
fn Enable(entry: CatalogueEntry) -> impl IntoView {
    let open = RwSignal::new(false);
    let title = entry.content.title.clone();
    let (heading, label) = (format!("Enable {title}"), format!("Enable {title}"));
    let entry = StoredValue::new(entry);
    view! {
        <button class="button" type="button" aria-label=label on:click=move |_| open.set(true)>"Enable"</button>
        <Dialog open title=heading>
            <EnableForm open entry=entry.get_value()/>
        </Dialog>
    }
}

#[component]
fn EnableForm(open: RwSignal<bool>, entry: CatalogueEntry) -> impl IntoView {
    let (notices, navigate) = (use_context::<Notices>(), use_navigate());
    let form = Form::new("enable");
    let choice = RwSignal::new(Choice::Keep);
    let asks = RwSignal::new(entry.content.needs_approval);
    let (name, title) = (entry.name, entry.content.title);
    let submit = move || {
        if !form.complete(&[("url", "Enter the address that answers the calls.")]) {
            return;
        }
        let auth = match secret::typed(form, choice.get_untracked()) {
            Ok(auth) => auth,
            Err(problem) => return form.fail(problem),
        };
        let body = EnableTool {
            entry: name.clone(),
            url: form.value("url").trim().to_owned(),
            headers: Vec::new(),
            auth,
            needs_approval: Some(asks.get_untracked()),
        };
        let (navigate, title) = (navigate.clone(), title.clone());
        form.send(api::enable(body), move |tool| {
            announce(notices, format!("{title} is enabled. Switch it on for an agent."));
            navigate(&format!("{TOOLS}/{}", tool.id), NavigateOptions::default());
        });
    };
    view! {
        <FormBody form submit>
            <TextField form name="url" label="Address".to_owned() kind="url" autofocus=true ltr=true
                placeholder="https://n8n.example.com/webhook/orders"
                hint="Each call goes there, and what it answers is told to the model.".to_owned()/>
            <Authentication form choice auth=Signal::stored(ToolAuth::default()) locked=false/>
            <label class="tick">
                <input type="checkbox" prop:checked=move || asks.get() on:change=move |event| asks.set(event_target_checked(&event))/>
                <span>"Always ask a member first"<span class="quiet">"Whatever the agent may do by itself."</span></span>
            </label>
            <div class="form-acts">
                <button class="button" type="button" on:click=move |_| open.set(false)>"Cancel"</button>
                <SubmitButton form label="Enable".to_owned() busy="Enabling…"/>
            </div>
        </FormBody>
    }
}
