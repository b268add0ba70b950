//! One change: who, what, when, from where, and each field before and after.

use crate::clock::{Ago, Moment};
use leptos::prelude::*;
use protocol::api::{Actor, AuditEntry, Change};

/// "agent.published" as people say it: "agent published".
fn words(action: &str) -> String {
    action.replace(['.', '_'], " ")
}

#[component]
pub(crate) fn Entry(entry: AuditEntry) -> impl IntoView {
    let actor = match entry.actor {
        Actor::Member { name, .. } => name,
        Actor::ApiKey { name, .. } => format!("Key “{name}”"),
        Actor::System => "Frontdesk".to_owned(),
    };
    view! {
        <li class="entry">
            <p class="entry-line">
                <strong class="break">{actor}</strong> " " {words(&entry.action)}
                {(!entry.subject_name.is_empty()).then(|| view! { ": " <span class="break">{entry.subject_name.clone()}</span> })}
            </p>
            <p class="item-facts">
                <Moment at=entry.at/>
                <Ago at=Signal::stored(entry.at)/>
                {(!entry.address.is_empty()).then(|| view! { <span dir="ltr">{entry.address.clone()}</span> })}
            </p>
            {(!entry.changes.is_empty()).then(|| view! {
                <dl class="changes">{entry.changes.into_iter().map(|change| view! { <ChangeLine change/> }).collect_view()}</dl>
            })}
        </li>
    }
}

#[component]
fn ChangeLine(change: Change) -> impl IntoView {
    let shown = |value: String| if value.is_empty() { "(empty)".to_owned() } else { value };
    view! {
        <div class="change">
            <dt>{words(&change.field)}</dt>
            <dd>
                {change.before.map(|before| view! { <del dir="auto"><span class="visually-hidden">"before: "</span>{shown(before)}</del> })}
                {change.after.map(|after| view! { <ins dir="auto"><span class="visually-hidden">"after: "</span>{shown(after)}</ins> })}
            </dd>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn an_action_is_told_in_words() {
        assert_eq!(words("api_key.rotated"), "api key rotated");
    }
}
