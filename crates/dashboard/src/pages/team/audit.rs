//! The audit log: who changed what, filtered by an address that can be passed on.

use super::audit_entry::Entry;
use super::receipts::Receipts;
use super::tabs::SettingsFrame;
use crate::api;
use crate::api::team::AuditFilter;
use crate::components::allowed::Allowed;
use crate::components::icon::{Glyph, Icon};
use crate::components::shell::title;
use crate::components::state::{Empty, Loaded};
use crate::load::{load, paged};
use crate::pages::sources::LoadMore;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use protocol::api::AuditEntry;
use protocol::permission::Permission;

const PATH: &str = "/app/settings/audit";
/// What entries are about: the first part of an action.
const THINGS: [(&str, &str); 13] = [
    ("lead", "Leads"),
    ("contact.", "People"),
    ("agent.", "Agents"),
    ("source.", "Sources"),
    ("file.", "Files"),
    ("curated_", "Curated answers"),
    ("member.", "Members"),
    ("invitation.", "Invitations"),
    ("api_key.", "API keys"),
    ("webhook.", "Webhooks"),
    ("integration.", "Integrations"),
    ("incoming.", "Incoming events"),
    ("workspace.", "Workspace"),
];
const FILTERS: [&str; 4] = ["actor", "action", "from", "to"];

#[component]
pub(crate) fn AuditPage() -> impl IntoView {
    title(|| "Audit log".to_owned());
    view! {
        <SettingsFrame here=PATH>
            <Allowed
                permission=Permission::AuditRead
                fallback=|| view! {
                    <Empty glyph=Glyph::Clock title="Not for your role" text="Owners and admins read the audit log of this workspace."/>
                }
            >
                <Audit/>
                <Receipts/>
            </Allowed>
        </SettingsFrame>
    }
}

/// Midnight of a day (`YYYY-MM-DD`) in this browser's time zone, some days later.
fn midnight(day: &str, later: u32) -> Option<f64> {
    let mut parts = day.split('-').map(|part| part.parse::<u32>().ok());
    let (year, month, date) = (parts.next()??, parts.next()??, parts.next()??);
    let at = js_sys::Date::new_with_year_month_day(year, month.checked_sub(1)? as i32, (date + later) as i32);
    let at = at.get_time();
    at.is_finite().then_some(at)
}

#[component]
fn Audit() -> impl IntoView {
    let query = use_query_map();
    let navigate = use_navigate();
    let asked =
        move |name: &'static str| query.with(|query| query.get(name)).filter(|value| !value.is_empty());
    let filter = Memo::new(move |_| AuditFilter {
        actor: asked("actor"),
        action: asked("action"),
        from: asked("from").and_then(|day| midnight(&day, 0)),
        // Up to the end of the day that was picked.
        to: asked("to").and_then(|day| midnight(&day, 1)),
    });
    let list = paged(
        |entry: &AuditEntry| entry.id.to_string(),
        move |cursor| Some(api::team::audit_log(filter.get(), cursor)),
    );
    let set = Callback::new(move |(name, value): (&'static str, String)| {
        let pairs = FILTERS
            .into_iter()
            .filter_map(|known| {
                let value =
                    if known == name { value.clone() } else { untrack(|| asked(known)).unwrap_or_default() };
                let value = String::from(js_sys::encode_uri_component(&value));
                (!value.is_empty()).then(|| format!("{known}={value}"))
            })
            .collect::<Vec<_>>();
        let address = if pairs.is_empty() { PATH.to_owned() } else { format!("{PATH}?{}", pairs.join("&")) };
        navigate(&address, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
    });
    let none = Memo::new(move |_| list.rows.with(|rows| rows.as_ref().is_some_and(Vec::is_empty)));
    let filtered = Memo::new(move |_| filter.with(|filter| *filter != AuditFilter::default()));
    view! {
        <section class="card flush">
            <div class="card-head">
                <h2>"Audit log"</h2>
                <a class="button" href=move || api::team::audit_export(filter.get()) rel="external" download="">
                    <Icon glyph=Glyph::Download/>
                    "Export CSV"
                </a>
            </div>
            <Filters asked=Signal::derive(move || FILTERS.map(|name| asked(name).unwrap_or_default())) set/>
            <Loaded
                has=Signal::derive(move || list.rows.with(Option::is_some))
                problem=list.problem
                retry=move || list.refresh()
                lines=5
                tall=true
            >
                <Show
                    when=move || !none.get()
                    fallback=move || view! {
                        <p class="nothing">
                            {move || if filtered.get() { "No change fits this filter." } else { "Nothing was changed yet." }}
                        </p>
                    }
                >
                    <ol class="rows">
                        <For each=move || list.rows.get().unwrap_or_default() key=|row| row.key.clone() let:row>
                            <Entry entry=row.value.get_untracked()/>
                        </For>
                    </ol>
                    <LoadMore cursor=list.cursor busy=list.busy more=move || list.more()/>
                </Show>
            </Loaded>
        </section>
    }
}

#[component]
fn Filters(asked: Signal<[String; 4]>, set: Callback<(&'static str, String)>) -> impl IntoView {
    let members = load(|| Some(api::team::members(None)));
    let keys = load(|| Some(api::team::keys(None)));
    let actor = Memo::new(move |_| asked.with(|[actor, ..]| actor.clone()));
    let people = move || {
        let members = members.value.get().map(|(list, _)| list).unwrap_or_default();
        let keys = keys.value.get().map(|(list, _)| list).unwrap_or_default();
        let mut all: Vec<(String, String)> =
            members.into_iter().map(|member| (member.user_id.to_string(), member.name)).collect();
        all.extend(keys.into_iter().map(|key| (key.id.to_string(), format!("Key: {}", key.name))));
        let chosen = actor.get();
        // Somebody who left can still be asked for by address.
        if !chosen.is_empty() && all.iter().all(|(id, _)| *id != chosen) {
            all.push((chosen.clone(), chosen.clone()));
        }
        all.into_iter()
            .map(|(id, name)| {
                let selected = id == chosen;
                view! { <option value=id selected=selected>{name}</option> }
            })
            .collect_view()
    };
    let day = move |name: &'static str, label: &'static str, at: usize| {
        view! {
            <div class="field">
                <label for=format!("audit-{name}")>{label}</label>
                <input
                    id=format!("audit-{name}") type="date"
                    prop:value=move || asked.with(|asked| asked.get(at).cloned().unwrap_or_default())
                    on:change=move |event| set.run((name, event_target_value(&event)))
                />
            </div>
        }
    };
    let thing = Memo::new(move |_| asked.with(|[_, action, ..]| action.clone()));
    view! {
        <form class="filters" role="search" aria-label="Filter" on:submit=|event: web_sys::SubmitEvent| event.prevent_default()>
            <div class="field">
                <label for="audit-actor">"Who"</label>
                <select id="audit-actor" class="select" on:change=move |event| set.run(("actor", event_target_value(&event)))>
                    <option value="" selected=move || actor.with(String::is_empty)>"Everybody"</option>
                    {people}
                </select>
            </div>
            <div class="field">
                <label for="audit-action">"What"</label>
                <select id="audit-action" class="select" on:change=move |event| set.run(("action", event_target_value(&event)))>
                    <option value="" selected=move || thing.with(String::is_empty)>"Everything"</option>
                    {THINGS
                        .into_iter()
                        .map(|(key, label)| view! { <option value=key selected=move || thing.get() == key>{label}</option> })
                        .collect_view()}
                </select>
            </div>
            {day("from", "From", 2)}
            {day("to", "To", 3)}
        </form>
    }
}
