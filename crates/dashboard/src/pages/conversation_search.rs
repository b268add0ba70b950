//! Looking for what was said: a field over the list of conversations, and the turns and messages found in the list's place.

use super::sources::LoadMore;
use crate::api;
use crate::clock::Ago;
use crate::components::icon::{Glyph, Icon};
use crate::components::state::{Empty, Loaded};
use crate::load::{Paged, Row, paged};
use crate::session::use_session;
use leptos::html;
use leptos::prelude::*;
use protocol::api::{Excerpt, Side, TranscriptHit};
use std::time::Duration;

/// Nothing is looked for while somebody still types.
const PAUSE: Duration = Duration::from_millis(250);

/// What is typed and what is looked for.
#[derive(Clone, Copy)]
pub(crate) struct Search {
    typed: RwSignal<String>,
    asked: RwSignal<String>,
    ticket: StoredValue<u32>,
}

impl Search {
    pub(crate) fn new() -> Self {
        Self {
            typed: RwSignal::new(String::new()),
            asked: RwSignal::new(String::new()),
            ticket: StoredValue::new(0),
        }
    }

    /// Something is looked for.
    pub(crate) fn on(self) -> bool {
        self.asked.with(|asked| !asked.is_empty())
    }

    fn typed(self, words: String) {
        let ticket = self.ticket.get_value().wrapping_add(1);
        self.ticket.set_value(ticket);
        let emptied = words.trim().is_empty();
        self.typed.set(words);
        if emptied {
            return self.now();
        }
        set_timeout(
            move || {
                if self.ticket.try_get_value() == Some(ticket) {
                    self.now();
                }
            },
            PAUSE,
        );
    }

    fn now(self) {
        let words = self.typed.get_untracked();
        let words = if words.trim().is_empty() { String::new() } else { words };
        if self.asked.with_untracked(|asked| *asked != words) {
            self.asked.set(words);
        }
    }

    fn clear(self) {
        self.typed.set(String::new());
        self.now();
    }
}

/// The field. Enter does not wait, Escape takes back to the list.
#[component]
pub(crate) fn SearchField(search: Search) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let clear = move || {
        search.clear();
        if let Some(field) = field.get_untracked() {
            let _ = field.focus();
        }
    };
    view! {
        <form
            class="search" role="search" aria-label="Conversations"
            on:submit=move |event: web_sys::SubmitEvent| {
                event.prevent_default();
                search.now();
            }
        >
            <Icon glyph=Glyph::Search/>
            <input
                node_ref=field
                type="search" aria-label="Search what was said" placeholder="Search what was said"
                autocomplete="off" maxlength="200" dir="auto"
                prop:value=move || search.typed.get()
                on:input=move |event| search.typed(event_target_value(&event))
                on:keydown=move |event: web_sys::KeyboardEvent| {
                    if event.key() == "Escape" {
                        event.prevent_default();
                        search.clear();
                    }
                }
            />
            <Show when=move || search.typed.with(|typed| !typed.is_empty())>
                <button class="icon-button" type="button" aria-label="Clear the search" title="Clear" on:click=move |_| clear()>
                    <Icon glyph=Glyph::Close/>
                </button>
            </Show>
        </form>
    }
}

/// The turns and messages found.
#[component]
pub(crate) fn Results(search: Search, picked: Memo<String>) -> impl IntoView {
    let session = use_session();
    let list = paged(
        |hit: &TranscriptHit| place(hit),
        move |cursor| {
            let words = search.asked.get();
            session
                .agent
                .get()
                .filter(|_| !words.is_empty())
                .map(|agent| api::search_conversations(agent, words, cursor))
        },
    );
    let none = Memo::new(move |_| list.rows.with(|rows| rows.as_ref().is_some_and(Vec::is_empty)));
    let said =
        move || match (list.rows.with(|rows| rows.as_ref().map(Vec::len)), list.cursor.with(Option::is_some))
        {
            (None, _) => String::new(),
            (Some(1), false) => "1 place found".to_owned(),
            (Some(found), false) => format!("{found} places found"),
            (Some(found), true) => format!("{found} places found, and there are more"),
        };
    view! {
        <p class="visually-hidden" role="status">{said}</p>
        <Loaded
            has=Signal::derive(move || list.rows.with(Option::is_some))
            problem=list.problem
            retry=move || list.refresh()
            lines=7
            tall=true
        >
            <Show
                when=move || !none.get() || list.cursor.with(Option::is_some)
                fallback=|| view! {
                    <Empty
                        glyph=Glyph::Search
                        title="Nothing was said with these words"
                        text="All words have to be in one question with its answer, or in one message of a visitor or a member. Try fewer of them, or another form."
                    />
                }
            >
                <Hits list picked/>
                <LoadMore cursor=list.cursor busy=list.busy more=move || list.more()/>
            </Show>
        </Loaded>
    }
}

#[component]
fn Hits(list: Paged<TranscriptHit>, picked: Memo<String>) -> impl IntoView {
    view! {
        <ul class="rows" aria-label="Search results">
            <For each=move || list.rows.get().unwrap_or_default() key=|row| row.key.clone() let:row>
                <Hit row picked/>
            </For>
        </ul>
    }
}

/// The id of what was found, which its transcript shows it under.
fn place(hit: &TranscriptHit) -> String {
    let turn = hit.turn_id.as_ref().map(ToString::to_string);
    turn.or_else(|| hit.message_id.as_ref().map(ToString::to_string)).unwrap_or_default()
}

#[component]
fn Hit(row: Row<TranscriptHit>, picked: Memo<String>) -> impl IntoView {
    let hit = row.value.get_untracked();
    let conversation = hit.conversation.id.to_string();
    let href = format!("/app/conversations/{conversation}#{}", place(&hit));
    let by = match hit.excerpt.speaker {
        Side::Visitor => "Visitor",
        Side::Agent => "Answer",
        Side::Member => "Member",
    };
    view! {
        <li>
            <a
                class="row" data-noscroll="" href=href
                aria-current=move || picked.with(|picked| *picked == conversation).then_some("true")
            >
                <span class="row-text found" dir="auto"><Marked excerpt=hit.excerpt/></span>
                <span class="row-facts"><span>{by}</span><Ago at=Signal::derive(move || hit.asked_at)/></span>
            </a>
        </li>
    }
}

/// An excerpt with the words found in it marked.
#[component]
fn Marked(excerpt: Excerpt) -> impl IntoView {
    pieces(&excerpt)
        .into_iter()
        .map(|(text, marked)| if marked { view! { <mark>{text}</mark> }.into_any() } else { text.into_any() })
        .collect_view()
}

/// The text of an excerpt cut at its marks: each piece with whether it is marked.
fn pieces(excerpt: &Excerpt) -> Vec<(String, bool)> {
    let mut rest = excerpt.text.chars();
    let (mut at, mut all) = (0, Vec::new());
    let mut push = |text: String, marked| {
        if !text.is_empty() {
            all.push((text, marked));
        }
    };
    for mark in &excerpt.marks {
        let plain = mark.from.saturating_sub(at) as usize;
        push(rest.by_ref().take(plain).collect(), false);
        push(rest.by_ref().take(mark.to.saturating_sub(mark.from) as usize).collect(), true);
        at = mark.to;
    }
    push(rest.collect(), false);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::api::Mark;

    #[test]
    fn an_excerpt_is_cut_at_its_marks_by_characters() {
        let marks = vec![Mark { from: 4, to: 8 }, Mark { from: 9, to: 11 }];
        let excerpt = Excerpt { speaker: Side::Visitor, text: "Le café 日本.".into(), marks };
        // The ranges count characters, whatever bytes they have.
        let cut = pieces(&excerpt);
        let marked: Vec<&str> =
            cut.iter().filter(|(_, marked)| *marked).map(|(text, _)| text.as_str()).collect();
        assert_eq!(marked, ["afé ", "本."]);
        assert_eq!(cut.iter().map(|(text, _)| text.as_str()).collect::<String>(), excerpt.text);
    }
}
