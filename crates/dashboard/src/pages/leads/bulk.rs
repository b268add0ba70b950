//! Many leads at once.

use super::act::Changes;
use super::words::{STATUSES, status, status_key, status_of};
use crate::api;
use crate::load::load;
use crate::text::count;
use leptos::prelude::*;
use protocol::LeadId;
use protocol::api::{LeadChange, OwnerChange};

/// What was picked; the select asks again at once, so that the same can be picked once more.
fn picked(event: &web_sys::Event) -> String {
    let value = event_target_value(event);
    event_target::<web_sys::HtmlSelectElement>(event).set_value("");
    value
}

/// Status and owner for all that are marked.
#[component]
pub(super) fn Bulk(marked: RwSignal<Vec<LeadId>>, changes: Changes) -> impl IntoView {
    let members = load(|| Some(api::team::members(None)));
    let many = move || count(marked.with(Vec::len) as u64, "lead", "leads");
    let make = move |said: String, change: &dyn Fn(LeadId) -> LeadChange| {
        let sent = marked.get_untracked();
        let all = sent.iter().cloned().map(change).collect();
        // What is refused stays marked, and so does what was marked meanwhile.
        changes.make_then(all, said, move || marked.update(|marked| marked.retain(|id| !sent.contains(id))));
    };
    let to_status = move |key: String| {
        if let Some(new) = status_of(&key) {
            let said = format!("{} set to {}.", untrack(many), status(new).0);
            make(said, &|id| LeadChange { id, status: Some(new), owner: None });
        }
    };
    let to_owner = move |key: String| {
        let owner = match key.as_str() {
            "" => return,
            "none" => OwnerChange::Nobody,
            id => match id.parse() {
                Ok(user) => OwnerChange::Member(user),
                Err(_) => return,
            },
        };
        let said = format!("{} given to another owner.", untrack(many));
        make(said, &|id| LeadChange { id, status: None, owner: Some(owner.clone()) });
    };
    view! {
        <div class="lead-bulk" role="group" aria-label="Change the marked leads">
            <strong>{many} " marked"</strong>
            <select class="select" aria-label="Set status" prop:value="" on:change=move |event| to_status(picked(&event))>
                <option value="">"Set status…"</option>
                {STATUSES.into_iter().map(|one| view! { <option value=status_key(one)>{status(one).0}</option> }).collect_view()}
            </select>
            <select class="select" aria-label="Set owner" prop:value="" on:change=move |event| to_owner(picked(&event))>
                <option value="">"Set owner…"</option>
                <option value="none">"Nobody"</option>
                {move || members.value.get().map(|(list, _)| list).unwrap_or_default().into_iter().map(|member| view! {
                    <option value=member.user_id.to_string()>{member.name}</option>
                }).collect_view()}
            </select>
            <button class="button small" type="button" on:click=move |_| marked.set(Vec::new())>"Clear"</button>
        </div>
    }
}
