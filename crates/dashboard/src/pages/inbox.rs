//! The head of the inbox: what is listed, who else is there, whether the list is live, and the sound.

use crate::clock;
use crate::components::icon::{Glyph, Icon};
use crate::live::{Link, Live};
use crate::session::use_session;
use crate::text;
use crate::tone;
use leptos::prelude::*;
use protocol::AgentId;
use protocol::handover::Standing;

/// What the list can be narrowed to, most pressing first.
const STANDINGS: [Standing; 5] =
    [Standing::Waiting, Standing::Human, Standing::Bot, Standing::Resolved, Standing::Abandoned];
/// How far back the list goes, in days; 0 is since midnight.
const DAYS: [(u32, &str); 3] = [(0, "Today"), (7, "Last 7 days"), (30, "Last 30 days")];

/// … or to what visitors think of the answers.
const THUMBS: [(&str, &str); 2] = [("good", "With a good answer"), ("bad", "With a bad answer")];

/// What is listed.
#[derive(Clone, Copy)]
pub(crate) struct Filters {
    pub(crate) standing: RwSignal<Option<Standing>>,
    /// Conversations of all agents; otherwise of the one that is picked.
    pub(crate) all_agents: RwSignal<bool>,
    /// Those with an answer that the visitor called good, or bad.
    pub(crate) thumb: RwSignal<Option<&'static str>>,
    days: RwSignal<Option<u32>>,
}

impl Filters {
    pub(crate) fn new() -> Self {
        Self {
            standing: RwSignal::new(None),
            all_agents: RwSignal::new(false),
            thumb: RwSignal::new(None),
            days: RwSignal::new(None),
        }
    }

    /// Something was said since this time.
    pub(crate) fn from(self) -> Option<f64> {
        self.days.get().map(clock::days_ago)
    }

    /// Whether something may be there that is not listed.
    pub(crate) fn narrow(self) -> bool {
        self.standing.get().is_some() || self.thumb.get().is_some() || self.days.get().is_some()
    }
}

#[component]
pub(crate) fn FilterBar(filters: Filters) -> impl IntoView {
    let session = use_session();
    let several = Memo::new(move |_| session.live_agents().len() > 1);
    let pick_agent = move |value: String| match value.parse::<AgentId>() {
        Ok(agent) => {
            session.pick(agent);
            filters.all_agents.set(false);
        }
        Err(_) => filters.all_agents.set(true),
    };
    let agents = move || {
        let option = |agent: protocol::api::Agent| {
            let id = agent.id.clone();
            let chosen = move || !filters.all_agents.get() && session.agent.get().as_ref() == Some(&id);
            view! { <option value=agent.id.to_string() selected=chosen>{agent.name}</option> }
        };
        session.live_agents().into_iter().map(option).collect_view()
    };
    view! {
        <div class="filters" role="group" aria-label="Which conversations are listed">
            <select
                class="select" aria-label="Which conversations"
                on:change=move |event| {
                    let key = event_target_value(&event);
                    filters.standing.set(STANDINGS.iter().copied().find(|one| text::standing_key(*one) == key));
                    filters.thumb.set(THUMBS.iter().map(|(thumb, _)| *thumb).find(|thumb| *thumb == key));
                }
            >
                <option value="">"Any state"</option>
                {STANDINGS.iter().map(|one| view! {
                    <option value=text::standing_key(*one)>{text::standing(*one).0}</option>
                }).collect_view()}
                {THUMBS.iter().map(|(thumb, name)| view! { <option value=*thumb>{*name}</option> }).collect_view()}
            </select>
            <select
                class="select" aria-label="From when"
                on:change=move |event| filters.days.set(event_target_value(&event).parse().ok())
            >
                <option value="">"Any time"</option>
                {DAYS.iter().map(|(days, name)| view! { <option value=days.to_string()>{*name}</option> }).collect_view()}
            </select>
            <Show when=move || several.get()>
                <select class="select" aria-label="Of which agent" on:change=move |event| pick_agent(event_target_value(&event))>
                    {agents}
                    <option value="all" selected=move || filters.all_agents.get()>"All agents"</option>
                </select>
            </Show>
        </div>
    }
}

/// Whether the list is live, who else is there, and the switch of the sound.
#[component]
pub(crate) fn Presence() -> impl IntoView {
    let live = use_context::<Live>();
    let session = use_session();
    let sound = RwSignal::new(tone::wanted());
    let link = move || live.map_or(Link::Away, |live| live.link.get());
    let said = move || match link() {
        Link::Connecting => "Connecting…",
        Link::Open => "Live",
        Link::Away => "Not live, reconnecting. The list is refreshed every few seconds.",
    };
    let colleagues = Memo::new(move |_| {
        let me = session.me.with(|me| me.as_ref().map(|me| me.user_id.to_string()));
        let members = live.map(|live| live.members.get()).unwrap_or_default();
        members.into_iter().filter(|member| Some(&member.id) != me.as_ref()).collect::<Vec<_>>()
    });
    let toggle = move |_| {
        sound.update(|on| *on = !*on);
        tone::want(sound.get_untracked());
    };
    view! {
        <div class="presence">
            <span class="link-state" class:open=move || link() == Link::Open role="status">{said}</span>
            <ul class="people" aria-label="Colleagues who are here">
                {move || colleagues.get().into_iter().map(|member| {
                    let (title, letters) = (format!("{} is here", member.name), initials(&member.name));
                    view! {
                        <li title=title>
                            <span aria-hidden="true">{letters}</span>
                            <span class="visually-hidden">{member.name}</span>
                        </li>
                    }
                }).collect_view()}
            </ul>
            <button
                class="icon-button" class:muted=move || !sound.get() type="button" on:click=toggle
                aria-pressed=move || sound.get().to_string() aria-label="Sound for new and waiting conversations"
                title=move || if sound.get() { "Sound is on" } else { "Sound is off" }
            >
                <Icon glyph=Glyph::Bell/>
            </button>
        </div>
    }
}

/// Up to two letters that stand for a name.
fn initials(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let (first, last) = (words.first(), words.iter().skip(1).last());
    first
        .into_iter()
        .chain(last)
        .filter_map(|word| word.chars().next())
        .flat_map(char::to_uppercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_two_letters_at_most() {
        assert_eq!(initials("Ada Maria Lovelace"), "AL");
        assert_eq!(initials("owner"), "O");
        assert_eq!(initials(" "), "");
    }
}
