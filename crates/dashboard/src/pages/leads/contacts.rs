//! People who left leads.

use super::duplicates::called;
use super::erase::Receipts;
use crate::api::leads as api;
use crate::clock::Ago;
use crate::components::icon::{Glyph, Icon};
use crate::components::shell::title;
use crate::components::state::{Empty, Loaded};
use crate::load::{Row, paged};
use crate::pages::sources::LoadMore;
use crate::text::count;
use leptos::prelude::*;
use protocol::api::Contact;

#[component]
pub(crate) fn ContactsPage() -> impl IntoView {
    title(|| "People".to_owned());
    let words = RwSignal::new(String::new());
    let list = paged(
        |contact: &Contact| contact.id.to_string(),
        move |cursor| Some(api::contacts(Some(words.get()).filter(|words| !words.trim().is_empty()), cursor)),
    );
    let none = Memo::new(move |_| list.rows.with(|rows| rows.as_ref().is_some_and(Vec::is_empty)));
    view! {
        <div class="page">
            <a class="back" href="/app/leads"><Icon glyph=Glyph::Back/>"Leads"</a>
            <header class="page-head"><h1>"People"</h1></header>
            <div class="cards">
                <section class="card flush" aria-label="People">
                    <div class="lead-search people-search" role="search">
                        <div class="search">
                            <Icon glyph=Glyph::Search/>
                            <input type="search" aria-label="Search people" placeholder="Name, address, number" on:change=move |event| words.set(event_target_value(&event))/>
                        </div>
                    </div>
                    <Loaded
                        has=Signal::derive(move || list.rows.with(Option::is_some))
                        problem=list.problem
                        retry=move || list.refresh()
                        lines=5
                        tall=true
                    >
                        <Show
                            when=move || !none.get()
                            fallback=move || if words.with(|words| words.trim().is_empty()) {
                                view! { <Empty glyph=Glyph::People title="Nobody yet" text="Whoever leaves a lead is here, once, however often they come."/> }.into_any()
                            } else {
                                view! { <p class="nothing">"Nobody fits these words."</p> }.into_any()
                            }
                        >
                            <ul class="rows">
                                <For each=move || list.rows.get().unwrap_or_default() key=|row| row.key.clone() let:row>
                                    <Person row/>
                                </For>
                            </ul>
                            <LoadMore cursor=list.cursor busy=list.busy more=move || list.more()/>
                        </Show>
                    </Loaded>
                </section>
                <Receipts/>
            </div>
        </div>
    }
}

#[component]
fn Person(row: Row<Contact>) -> impl IntoView {
    let contact: Signal<Contact> = Signal::from(row.value);
    view! {
        <li>
            <a class="row" href=move || contact.with(|contact| format!("/app/contacts/{}", contact.id))>
                <span class="row-text" dir="auto">{move || contact.with(called)}</span>
                <span class="row-facts">
                    <span>{move || contact.with(|contact| contact.email.clone())}</span>
                    <span>{move || contact.with(|contact| contact.phone.clone())}</span>
                    <span>{move || count(u64::from(contact.with(|contact| contact.leads)), "lead", "leads")}</span>
                    <Ago at=Signal::derive(move || contact.with(|contact| contact.updated_at))/>
                </span>
            </a>
        </li>
    }
}
