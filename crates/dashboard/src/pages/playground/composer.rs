//! Where the question is written; it goes to every column that is shown.

use super::column::Column;
use crate::components::icon::{Glyph, Icon};
use crate::session::use_session;
use leptos::html;
use leptos::prelude::*;
use protocol::frame::MAX_MESSAGE_CHARS;

#[component]
pub(super) fn Composer(columns: [Column; 2], both: RwSignal<bool>) -> impl IntoView {
    let session = use_session();
    let area = NodeRef::<html::Textarea>::new();
    let question = RwSignal::new(String::new());
    let page = RwSignal::new(String::new());
    let busy = Memo::new(move |_| columns.iter().any(|column| column.running.get()));
    let problem = RwSignal::new(None::<String>);
    let send = move || {
        let asked = question.get_untracked().trim().to_owned();
        let Some(agent) = session.agent.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        if asked.is_empty() {
            problem.set(Some("Write a question first.".to_owned()));
        } else if asked.chars().count() > MAX_MESSAGE_CHARS {
            problem.set(Some(format!(
                "Visitors may write {MAX_MESSAGE_CHARS} characters. Shorten the question."
            )));
        } else {
            problem.set(None);
            let page = page.get_untracked().trim().to_owned();
            let page = (!page.is_empty()).then_some(page);
            for column in columns.iter().take(if both.get_untracked() { 2 } else { 1 }) {
                column.ask(agent.clone(), asked.clone(), page.clone());
            }
            question.set(String::new());
        }
        if let Some(area) = area.get_untracked() {
            let _ = area.focus();
        }
    };
    view! {
        <form class="composer" novalidate on:submit=move |event| { event.prevent_default(); send() }>
            <div role="alert">{move || problem.get().map(|why| view! { <p class="field-problem">{why}</p> })}</div>
            <div class="composer-box">
                <label class="visually-hidden" for="play-question">"Question"</label>
                <textarea
                    id="play-question" rows="2" dir="auto" placeholder="Ask a question…" node_ref=area
                    prop:value=move || question.get()
                    on:input=move |event| question.set(event_target_value(&event))
                    on:keydown=move |event| {
                        // While a word is being composed, Enter belongs to the input method.
                        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
                            event.prevent_default();
                            send();
                        }
                    }
                ></textarea>
                <Show when=move || busy.get() fallback=move || view! {
                    <button class="button primary" type="submit"><Icon glyph=Glyph::Send/>"Ask"</button>
                }>
                    <button class="button" type="button" on:click=move |_| columns.into_iter().for_each(Column::stop)>
                        <Icon glyph=Glyph::Stop/>"Stop"
                    </button>
                </Show>
            </div>
            <details class="composer-page">
                <summary>{move || if page.with(String::is_empty) { "Asked on no particular page".to_owned() } else { format!("Asked on {}", page.get()) }}</summary>
                <label for="play-page">"Page the visitor is on"</label>
                <input id="play-page" class="input" type="url" inputmode="url" autocomplete="off" spellcheck="false" dir="ltr" placeholder="https://example.com/prices"
                    prop:value=move || page.get() on:input=move |event| page.set(event_target_value(&event))/>
            </details>
            <p class="visually-hidden" role="status">
                {move || if busy.get() { "The agent is answering." } else { "" }}
            </p>
        </form>
    }
}
