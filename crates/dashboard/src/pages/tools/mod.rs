//! Tools: what agents may call besides answering, and calls that wait for a member.

pub(crate) mod approvals;
mod catalogue;
mod delete;
mod form;
mod history;
pub(crate) mod list;
mod live;
pub(crate) mod page;
mod schema;
mod secret;
mod trial;

use crate::text;
use protocol::api::{Tool, ToolEffect, ToolMethod, ToolRunState, ToolStats};

/// Where the tools are.
pub(crate) const TOOLS: &str = "/app/tools";

/// What members call a tool.
pub(crate) fn title_of(tool: &Tool) -> String {
    let content = &tool.content;
    if content.title.is_empty() { content.name.clone() } else { content.title.clone() }
}

/// Where a tool leads, as far as a list says it.
fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // Whoever is named before an @ is no part of the host.
    host.rsplit('@').next().unwrap_or_default().to_owned()
}

fn method(method: ToolMethod) -> &'static str {
    match method {
        ToolMethod::Get => "GET",
        ToolMethod::Post => "POST",
        ToolMethod::Put => "PUT",
        ToolMethod::Patch => "PATCH",
        ToolMethod::Delete => "DELETE",
    }
}

fn effect(effect: ToolEffect) -> &'static str {
    match effect {
        ToolEffect::Reads => "Looks up",
        ToolEffect::Writes => "Changes something",
    }
}

/// "90% of 40 calls", or that there was none.
fn rate(stats: ToolStats) -> String {
    if stats.calls == 0 {
        return "no calls".to_owned();
    }
    let share = text::percent(f64::from(stats.succeeded), f64::from(stats.calls));
    format!("{share} of {}", text::count(u64::from(stats.calls), "call", "calls"))
}

fn outcome(state: ToolRunState) -> (&'static str, &'static str) {
    match state {
        ToolRunState::Running => ("Running", "busy"),
        ToolRunState::Succeeded => ("Succeeded", "good"),
        ToolRunState::Failed => ("Failed", "bad"),
        ToolRunState::Refused => ("Not called", "warn"),
    }
}

/// JSON with line breaks, or the text as it is.
fn pretty(text: &str) -> String {
    serde_json::from_str::<serde_json::Value>(text)
        .ok()
        .filter(|value| value.is_object() || value.is_array())
        .and_then(|value| serde_json::to_string_pretty(&value).ok())
        .unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_says_the_host_alone() {
        assert_eq!(host("https://hooks.example.com:8443/webhook/a?key=1"), "hooks.example.com:8443");
        assert_eq!(host("https://user:secret@example.com"), "example.com");
    }

    #[test]
    fn a_rate_says_of_how_many() {
        assert_eq!(rate(ToolStats { calls: 0, succeeded: 0 }), "no calls");
        assert_eq!(rate(ToolStats { calls: 40, succeeded: 36 }), "90% of 40 calls");
    }
}
