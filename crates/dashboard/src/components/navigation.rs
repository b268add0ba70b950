//! The sections of the dashboard and the links to them.

use super::icon::{Glyph, Icon};
use super::popover;
use crate::api;
use crate::load::{every, load};
use crate::session::HOME;
use leptos::prelude::*;

pub(crate) const AGENTS: &str = "/app/agents";
pub(crate) const ACCOUNT: &str = "/app/account";
pub(crate) const SETTINGS: &str = "/app/settings";
const APPROVALS: &str = "/app/approvals";
/// How often it is asked what waits for a member, in milliseconds.
const WAITING_MS: u64 = 20_000;

/// What a section is about, which decides where its link stands and what it needs.
#[derive(Clone, Copy, PartialEq)]
enum About {
    /// The agent that is picked.
    Agent,
    /// The workspace.
    Workspace,
}

struct Section {
    href: &'static str,
    label: &'static str,
    glyph: Glyph,
    about: About,
    /// Has a place in the bar of a phone; the others are behind "More".
    first: bool,
}

const fn section(
    href: &'static str,
    label: &'static str,
    glyph: Glyph,
    about: About,
    first: bool,
) -> Section {
    Section { href, label, glyph, about, first }
}

const SECTIONS: [Section; 15] = [
    section(HOME, "Overview", Glyph::Grid, About::Agent, true),
    section("/app/agent", "Agent", Glyph::Pencil, About::Agent, false),
    section("/app/sources", "Knowledge", Glyph::Book, About::Agent, true),
    section("/app/curated", "Curated answers", Glyph::Star, About::Agent, false),
    section("/app/gaps", "Gaps", Glyph::Question, About::Agent, false),
    section("/app/rules", "Rules", Glyph::Bolt, About::Agent, false),
    section("/app/playground", "Playground", Glyph::Play, About::Agent, false),
    section("/app/conversations", "Conversations", Glyph::Chat, About::Agent, true),
    section("/app/tools", "Tools", Glyph::Plug, About::Workspace, false),
    section(APPROVALS, "Approvals", Glyph::Check, About::Workspace, false),
    section("/app/templates", "Templates", Glyph::Document, About::Workspace, false),
    section("/app/leads", "Leads", Glyph::Mail, About::Workspace, false),
    section("/app/contacts", "People", Glyph::User, About::Workspace, false),
    section("/app/team", "Team", Glyph::People, About::Workspace, false),
    section(SETTINGS, "Settings", Glyph::Gear, About::Workspace, false),
];

/// The section that a path belongs to; empty for none.
pub(crate) fn section_of(path: &str) -> &'static str {
    let within =
        |href: &str| path.strip_prefix(href).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    SECTIONS
        .iter()
        .skip(1)
        .map(|section| section.href)
        .chain([AGENTS, ACCOUNT])
        .find(|href| within(href))
        .unwrap_or(if path == HOME || path == "/app" { HOME } else { "" })
}

/// Whether a section has nothing to show without an agent.
pub(crate) fn needs_agent(section: &str) -> bool {
    SECTIONS.iter().any(|known| known.href == section && known.about == About::Agent)
}

#[component]
pub(crate) fn Navigation(section: Memo<&'static str>) -> impl IntoView {
    let waiting = load(|| Some(api::tools::waiting(None)));
    every(WAITING_MS, move || waiting.refresh());
    let count = Memo::new(move |_| waiting.part(Vec::len).unwrap_or_default());
    let links = move |about: About| {
        SECTIONS
            .iter()
            .filter(|known| known.about == about)
            .map(|known| view! { <SectionLink known section count class=if known.first { "" } else { "wide-only" }/> })
            .collect_view()
    };
    let hidden = SECTIONS.iter().filter(|known| !known.first);
    // On a phone "More" stands for whatever is open behind it.
    let behind = move || {
        let section = section.get();
        SECTIONS.iter().any(|known| known.href == section && !known.first) || section == AGENTS
    };
    view! {
        <nav class="nav" aria-label="Main">
            {links(About::Agent)}
            <span class="nav-gap"></span>
            {links(About::Workspace)}
            <button class="nav-more" class:open=behind type="button" popovertarget="nav-more">
                <Icon glyph=Glyph::More/>
                <span>"More"</span>
            </button>
        </nav>
        <div class="menu nav-menu" id="nav-more" popover="auto" on:click=move |_| popover::hide("nav-more")>
            {hidden.map(|known| view! { <SectionLink known section count class="menu-item"/> }).collect_view()}
            <a class="menu-item" href=AGENTS aria-current=move || (section.get() == AGENTS).then_some("page")>
                <Icon glyph=Glyph::Bell/>
                <span>"All agents"</span>
            </a>
        </div>
    }
}

#[component]
fn SectionLink(
    known: &'static Section,
    section: Memo<&'static str>,
    /// Calls that wait for a member.
    count: Memo<usize>,
    class: &'static str,
) -> impl IntoView {
    view! {
        <a href=known.href class=class aria-current=move || (section.get() == known.href).then_some("page")>
            <Icon glyph=known.glyph/>
            <span>{known.label}</span>
            {(known.href == APPROVALS).then(|| view! { <Count count/> })}
        </a>
    }
}

/// How many wait, where any do.
#[component]
fn Count(count: Memo<usize>) -> impl IntoView {
    view! {
        <Show when=move || { count.get() > 0 }>
            <span class="nav-count">{move || count.get()}<span class="visually-hidden">" waiting"</span></span>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_belongs_to_one_section() {
        assert_eq!(section_of("/app/sources/src_1"), "/app/sources");
        assert_eq!(section_of("/app/agent/versions"), "/app/agent");
        assert_eq!(section_of("/app/agents/new"), AGENTS);
        assert_eq!(section_of("/app/"), HOME);
        assert_eq!(section_of("/app/nowhere"), "");
    }

    #[test]
    fn team_and_settings_need_no_agent() {
        assert!(needs_agent(HOME) && needs_agent("/app/agent"));
        assert!(!needs_agent(AGENTS) && !needs_agent(SETTINGS) && !needs_agent(""));
    }
}
