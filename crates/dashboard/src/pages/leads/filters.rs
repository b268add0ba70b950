//! What the inbox is narrowed to, kept in the address, so that it can be passed on.

use super::words::{STATUSES, status, status_key};
use crate::api;
use crate::api::leads::LeadFilter;
use crate::components::icon::{Glyph, Icon};
use crate::load::load;
use crate::session::use_session;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};

const FILTERS: [&str; 8] = ["q", "status", "agent", "owner", "score", "from", "to", "sort"];

/// What is asked for, and how to ask for something else.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    pub(super) filter: Memo<LeadFilter>,
    values: Memo<[String; 8]>,
    set: Callback<(&'static str, String)>,
}

/// Midnight of a day (`YYYY-MM-DD`) in this browser's time zone, some days later.
fn midnight(day: &str, later: u32) -> Option<f64> {
    let mut parts = day.split('-').map(|part| part.parse::<u32>().ok());
    let (year, month, date) = (parts.next()??, parts.next()??, parts.next()??);
    let at = js_sys::Date::new_with_year_month_day(year, month.checked_sub(1)? as i32, (date + later) as i32);
    let at = at.get_time();
    at.is_finite().then_some(at)
}

/// Reads the address.
pub(super) fn asked() -> Asked {
    let query = use_query_map();
    let navigate = use_navigate();
    let path = use_location().pathname;
    let values =
        Memo::new(move |_| query.with(|query| FILTERS.map(|name| query.get(name).unwrap_or_default())));
    let value = move |name: &str| {
        let place = FILTERS.iter().position(|known| *known == name)?;
        values.with(|values| values.get(place).cloned()).filter(|value| !value.is_empty())
    };
    let filter = Memo::new(move |_| LeadFilter {
        status: value("status"),
        agent: value("agent"),
        owner: value("owner"),
        from: value("from").and_then(|day| midnight(&day, 0)),
        // Up to the end of the day that was picked.
        to: value("to").and_then(|day| midnight(&day, 1)),
        score: value("score"),
        words: value("q"),
        sort: value("sort"),
    });
    let set = Callback::new(move |(name, new): (&'static str, String)| {
        let pairs = FILTERS
            .into_iter()
            .filter_map(|known| {
                let kept =
                    if known == name { new.clone() } else { untrack(|| value(known)).unwrap_or_default() };
                let kept = String::from(js_sys::encode_uri_component(&kept));
                (!kept.is_empty()).then(|| format!("{known}={kept}"))
            })
            .collect::<Vec<_>>();
        let path = path.get_untracked();
        let address = if pairs.is_empty() { path } else { format!("{path}?{}", pairs.join("&")) };
        navigate(&address, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
    });
    Asked { filter, values, set }
}

impl Asked {
    pub(super) fn narrowed(self) -> bool {
        self.filter.with(|filter| LeadFilter { sort: None, ..filter.clone() } != LeadFilter::default())
    }

    fn value(self, place: usize) -> String {
        self.values.with(|values| values.get(place).cloned().unwrap_or_default())
    }
}

#[component]
pub(super) fn Filters(asked: Asked) -> impl IntoView {
    let session = use_session();
    let members = load(|| Some(api::team::members(None)));
    let set = asked.set;
    let choice = move |place: usize,
                       name: &'static str,
                       label: &'static str,
                       options: Signal<Vec<(String, String)>>| {
        view! {
            <div class="field">
                <label for=format!("leads-{name}")>{label}</label>
                <select id=format!("leads-{name}") class="select" on:change=move |event| set.run((name, event_target_value(&event)))>
                    {move || {
                        let chosen = asked.value(place);
                        options.get().into_iter().map(|(key, label)| {
                            let selected = key == chosen;
                            view! { <option value=key selected=selected>{label}</option> }
                        }).collect_view()
                    }}
                </select>
            </div>
        }
    };
    let pairs = |list: &[(&str, &str)]| -> Vec<(String, String)> {
        list.iter().map(|(key, label)| ((*key).to_owned(), (*label).to_owned())).collect()
    };
    let statuses = Signal::derive(move || {
        let known = STATUSES.into_iter().map(|one| (status_key(one).to_owned(), status(one).0.to_owned()));
        [(String::new(), "Any status".to_owned())].into_iter().chain(known).collect::<Vec<_>>()
    });
    let agents = Signal::derive(move || {
        let known = session.live_agents().into_iter().map(|agent| (agent.id.to_string(), agent.name));
        [(String::new(), "All agents".to_owned())].into_iter().chain(known).collect::<Vec<_>>()
    });
    let owners = Signal::derive(move || {
        let known = members.value.get().map(|(list, _)| list).unwrap_or_default();
        let known = known.into_iter().map(|member| (member.user_id.to_string(), member.name));
        let first = [(String::new(), "Any owner".to_owned()), ("none".to_owned(), "Nobody".to_owned())];
        first.into_iter().chain(known).collect::<Vec<_>>()
    });
    let scores = Signal::stored(pairs(&[
        ("", "Any score"),
        ("25", "25 and more"),
        ("50", "50 and more"),
        ("75", "75 and more"),
    ]));
    let sorts = Signal::stored(pairs(&[
        ("", "Newest first"),
        ("updated", "Changed last"),
        ("score", "Highest score"),
    ]));
    let day = move |place: usize, name: &'static str, label: &'static str| {
        view! {
            <div class="field">
                <label for=format!("leads-{name}")>{label}</label>
                <input
                    id=format!("leads-{name}") type="date" prop:value=move || asked.value(place)
                    on:change=move |event| set.run((name, event_target_value(&event)))
                />
            </div>
        }
    };
    view! {
        <form role="search" aria-label="Filter" class="lead-search" on:submit=|event: web_sys::SubmitEvent| event.prevent_default()>
            <div class="search">
                <Icon glyph=Glyph::Search/>
                <input
                    type="search" aria-label="Search leads" placeholder="Name, address, number"
                    prop:value=move || asked.value(0) on:change=move |event| set.run(("q", event_target_value(&event)))
                />
            </div>
            <details class="lead-filters" open=asked.narrowed()>
                <summary>{move || if asked.narrowed() { "Filters (some are set)" } else { "Filters" }}</summary>
                <div class="lead-filter-fields">
                    {choice(1, "status", "Status", statuses)}
                    {choice(2, "agent", "Agent", agents)}
                    {choice(3, "owner", "Owner", owners)}
                    {choice(4, "score", "Score", scores)}
                    {day(5, "from", "From")}
                    {day(6, "to", "To")}
                    {choice(7, "sort", "Order", sorts)}
                </div>
            </details>
        </form>
    }
}
