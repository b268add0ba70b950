//! The inbox: leads in a list, beside the one that is open where there is room. New ones appear by themselves.

use super::act::{Changes, UndoBar};
use super::bulk::Bulk;
use super::filters::{Filters, asked};
use super::words::{called, status};
use crate::api::leads as api;
use crate::clock::Ago;
use crate::components::icon::{Glyph, Icon};
use crate::components::shell::title;
use crate::components::state::{Badge, Empty, Loaded};
use crate::load::{Paged, Row, every, paged};
use crate::pages::sources::LoadMore;
use crate::session::use_session;
use leptos::prelude::*;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_location;
use protocol::LeadId;
use protocol::api::Lead;
use protocol::permission::Permission;

const LIST: &str = "/app/leads";
/// Looked for anew this often, and up to so many times less often while the server fails.
const PACE_MS: u64 = 4_000;
const SLOWEST: u32 = 16;

#[component]
pub(crate) fn LeadsPage() -> impl IntoView {
    let asked = asked();
    let list =
        paged(|lead: &Lead| lead.id.to_string(), move |cursor| Some(api::leads(asked.filter.get(), cursor)));
    refresh(list);
    let marked = RwSignal::new(Vec::<LeadId>::new());
    let changes = Changes::new(move || list.refresh());
    let path = use_location().pathname;
    let picked = Memo::new(move |_| {
        path.get().strip_prefix(LIST).map(|rest| rest.trim_matches('/').to_owned()).unwrap_or_default()
    });
    view! {
        <div class="split" class:picked=move || !picked.get().is_empty()>
            <section class="split-list" aria-labelledby="list-title">
                <header class="split-head">
                    <h1 id="list-title">"Leads"</h1>
                    <div class="lead-links">
                        <a class="link" href="/app/contacts">"People"</a>
                        <a class="button small" href=move || api::export(asked.filter.get()) rel="external" download="">
                            <Icon glyph=Glyph::Download/>
                            "Export CSV"
                        </a>
                    </div>
                    <Filters asked/>
                    <Show when=move || marked.with(|marked| !marked.is_empty())>
                        <Bulk marked changes/>
                    </Show>
                    <UndoBar changes/>
                </header>
                <div class="split-scroll">
                    <Loaded
                        has=Signal::derive(move || list.rows.with(Option::is_some))
                        problem=list.problem
                        retry=move || list.refresh()
                        lines=7
                        tall=true
                    >
                        <List list picked marked narrowed=Signal::derive(move || asked.narrowed())/>
                    </Loaded>
                </div>
            </section>
            <section class="split-main" aria-label="Lead"><Outlet/></section>
        </div>
    }
}

/// Looks for new leads; less and less often while that fails.
fn refresh(list: Paged<Lead>) {
    let (waited, wait) = (StoredValue::new(0_u32), StoredValue::new(1_u32));
    every(PACE_MS, move || {
        waited.update_value(|waited| *waited += 1);
        if waited.get_value() < wait.get_value() || list.busy.get_untracked() {
            return;
        }
        waited.set_value(0);
        let failing = list.problem.with_untracked(Option::is_some);
        wait.update_value(|wait| *wait = if failing { (*wait * 2).min(SLOWEST) } else { 1 });
        list.refresh();
    });
}

#[component]
fn List(
    list: Paged<Lead>,
    picked: Memo<String>,
    marked: RwSignal<Vec<LeadId>>,
    narrowed: Signal<bool>,
) -> impl IntoView {
    let none = Memo::new(move |_| list.rows.with(|rows| rows.as_ref().is_some_and(Vec::is_empty)));
    view! {
        <Show
            when=move || !none.get()
            fallback=move || if narrowed.get() {
                view! { <p class="nothing">"No lead fits these filters."</p> }.into_any()
            } else {
                view! {
                    <Empty
                        glyph=Glyph::Mail
                        title="No lead yet"
                        text="Give an agent a lead form; whoever leaves an address or a number appears here at once."
                    >
                        <a class="button primary" href="/app/agent#leads">"Set up the form"</a>
                    </Empty>
                }.into_any()
            }
        >
            <ul class="rows">
                <For each=move || list.rows.get().unwrap_or_default() key=|row| row.key.clone() let:row>
                    <ListRow row picked marked/>
                </For>
            </ul>
            <LoadMore cursor=list.cursor busy=list.busy more=move || list.more()/>
        </Show>
    }
}

#[component]
fn ListRow(row: Row<Lead>, picked: Memo<String>, marked: RwSignal<Vec<LeadId>>) -> impl IntoView {
    let session = use_session();
    let key = row.key.clone();
    let current = Signal::derive(move || picked.with(|picked| *picked == key));
    let lead: Signal<Lead> = Signal::from(row.value);
    let id = lead.with_untracked(|lead| lead.id.clone());
    let is_marked = {
        let id = id.clone();
        move || marked.with(|marked| marked.contains(&id))
    };
    let mark = move |on: bool| {
        let id = id.clone();
        marked.update(|marked| {
            marked.retain(|known| *known != id);
            if on {
                marked.push(id);
            }
        });
    };
    let query = use_location().search;
    let href = move || {
        let query = query.get();
        let query = if query.is_empty() { query } else { format!("?{}", query.trim_start_matches('?')) };
        lead.with(|lead| format!("{LIST}/{}{query}", lead.id))
    };
    view! {
        <li class="lead-row">
            {session.may(Permission::LeadsWrite).then(|| view! {
                <input
                    type="checkbox" aria-label=move || lead.with(|lead| format!("Mark {}", called(lead)))
                    prop:checked=is_marked.clone() on:change=move |event| mark(event_target_checked(&event))
                />
            })}
            <a class="row" data-noscroll="" href=href aria-current=move || current.get().then_some("true")>
                <span class="row-text" dir="auto">{move || lead.with(called)}</span>
                <span class="row-facts">
                    <span class="lead-score" title="Score">{move || lead.with(|lead| lead.score)}</span>
                    <Badge state=Signal::derive(move || status(lead.with(|lead| lead.status)))/>
                    <Ago at=Signal::derive(move || lead.with(|lead| lead.created_at))/>
                    {move || lead.with(|lead| lead.owner.as_ref().map(|owner| owner.name.clone())).map(|name| view! { <span>{name}</span> })}
                </span>
            </a>
        </li>
    }
}

/// The place of a lead while none is open.
#[component]
pub(crate) fn NothingPicked() -> impl IntoView {
    title(|| "Leads".to_owned());
    view! {
        <div class="unpicked">
            <Empty glyph=Glyph::Mail title="Pick a lead" text="What the person gave, where they were and what was done opens here."/>
        </div>
    }
}
