//! A person across conversations; their data as a file, and their erasure.

use super::duplicates::{Duplicates, called};
use super::erase::Confirmation;
use super::export::Exports;
use super::words::status;
use crate::api::leads as api;
use crate::clock::Ago;
use crate::components::allowed::Allowed;
use crate::components::dialog::Dialog;
use crate::components::icon::{Glyph, Icon};
use crate::components::shell::title;
use crate::components::state::{Badge, Loaded};
use crate::load::{Load, load};
use crate::pages::conversations::ConversationLink;
use crate::pages::not_found::NotFound;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use protocol::api::ContactDetail;
use protocol::permission::Permission;
use protocol::{Code, ContactId};

#[component]
pub(crate) fn ContactPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| {
        params.with(|params| params.get("contact")).and_then(|id| id.parse::<ContactId>().ok())
    });
    let contact = load(move || id.get().map(api::contact));
    title(move || contact.part(|detail| called(&detail.contact)).unwrap_or_else(|| "Person".to_owned()));
    let missing = move || {
        id.get().is_none() || contact.problem.with(|p| p.as_ref().is_some_and(|p| p.code == Code::NotFound))
    };
    let erasing = RwSignal::new(false);
    view! {
        <Show when=move || !missing() fallback=NotFound>
            <div class="page">
                <a class="back" href="/app/contacts"><Icon glyph=Glyph::Back/>"People"</a>
                <Loaded
                    has=Signal::derive(move || contact.value.with(Option::is_some))
                    problem=contact.problem
                    retry=move || contact.refresh()
                    lines=5
                    tall=true
                >
                    <header class="page-head">
                        <h1 dir="auto">{move || contact.part(|detail| called(&detail.contact))}</h1>
                        <div class="lead-links">
                            <Allowed permission=Permission::LeadsErase>
                                <button class="button" type="button" on:click=move |_| erasing.set(true)>
                                    <Icon glyph=Glyph::Trash/>
                                    "Erase…"
                                </button>
                            </Allowed>
                        </div>
                    </header>
                    <div class="cards">
                        <Reach contact/>
                        <Duplicates
                            of=Signal::derive(move || contact.part(|detail| detail.contact.id.clone()))
                            others=Signal::derive(move || contact.part(|detail| detail.duplicates.clone()).unwrap_or_default())
                            then=Callback::new(move |()| contact.refresh())
                        />
                        <Leads contact/>
                        <Conversations contact/>
                        <Allowed permission=Permission::ConversationsRead>
                            <Exports contact=Signal::derive(move || contact.part(|detail| detail.contact.id.clone()))/>
                        </Allowed>
                    </div>
                </Loaded>
            </div>
            <Dialog open=erasing title=Signal::derive(move || format!("Erase {}?", contact.part(|detail| called(&detail.contact)).unwrap_or_default()))>
                <Confirmation open=erasing contact=Signal::derive(move || contact.part(|detail| detail.contact.id.clone()))/>
            </Dialog>
        </Show>
    }
}

#[component]
fn Reach(contact: Load<ContactDetail>) -> impl IntoView {
    let facts = move || {
        let Some(contact) = contact.part(|detail| detail.contact.clone()) else { return Vec::new() };
        let first = [("Name", contact.name), ("E-mail", contact.email), ("Phone", contact.phone)];
        first
            .into_iter()
            .chain([("Also", contact.also.join(", "))])
            .filter(|(_, value)| !value.is_empty())
            .map(|(label, value)| view! { <div class="lead-fact"><dt>{label}</dt><dd dir="auto">{value}</dd></div> })
            .collect()
    };
    view! {
        <section class="card" aria-labelledby="person-reach">
            <div class="card-head"><h2 id="person-reach">"How to reach them"</h2></div>
            <dl class="lead-facts">{facts}</dl>
        </section>
    }
}

#[component]
fn Leads(contact: Load<ContactDetail>) -> impl IntoView {
    view! {
        <section class="card flush" aria-labelledby="person-leads">
            <div class="card-head"><h2 id="person-leads">"Leads"</h2></div>
            <ul class="rows">
                {move || contact.part(|detail| detail.leads.clone()).unwrap_or_default().into_iter().map(|lead| view! {
                    <li>
                        <a class="row" href=format!("/app/leads/{}", lead.id)>
                            <span class="row-text">{lead.agent_name.clone()}</span>
                            <span class="row-facts">
                                <span class="lead-score" title="Score">{lead.score}</span>
                                <Badge state=Signal::stored(status(lead.status))/>
                                <Ago at=Signal::stored(lead.created_at)/>
                            </span>
                        </a>
                    </li>
                }).collect_view()}
            </ul>
        </section>
    }
}

#[component]
fn Conversations(contact: Load<ContactDetail>) -> impl IntoView {
    view! {
        <section class="card flush" aria-labelledby="person-conversations">
            <div class="card-head"><h2 id="person-conversations">"Conversations"</h2></div>
            <ul class="rows">
                {move || contact.part(|detail| detail.conversations.clone()).unwrap_or_default().into_iter().map(|summary| view! {
                    <li><ConversationLink summary=Signal::stored(summary)/></li>
                }).collect_view()}
            </ul>
        </section>
    }
}
