//! A gap: what was asked, how often, in which ways, and what can be done about it.

use super::Desk;
use crate::clock::Ago;
use crate::components::icon::{Glyph, Icon};
use crate::text;
use leptos::prelude::*;
use protocol::api::{Gap, GapExample, GapStatus};

#[component]
pub(super) fn GapRow(#[prop(into)] gap: Signal<Gap>, desk: Desk, may: Memo<bool>) -> impl IntoView {
    let status = Memo::new(move |_| gap.with(|gap| gap.status));
    let id = move || gap.with(|gap| gap.id.clone());
    let question = move || gap.with(|gap| gap.question.clone());
    let examples = Memo::new(move |_| gap.with(|gap| gap.examples.clone()));
    let again = Memo::new(move |_| gap.with(|gap| gap.status == GapStatus::Open && gap.curated_id.is_some()));
    let acts = move || {
        match status.get() {
        GapStatus::Open => view! {
            <button class="button primary small" type="button" aria-label=move || format!("Answer: {}", question()) on:click=move |_| desk.answer(gap.get_untracked())>
                "Answer"
            </button>
            <button class="button small" type="button" aria-label=move || format!("Ignore: {}", question()) on:click=move |_| desk.settle(id(), GapStatus::Ignored)>
                "Ignore"
            </button>
        }
        .into_any(),
        GapStatus::Answered => view! {
            <a class="button small" href="/app/curated">"See the answer"</a>
            <button class="button small" type="button" aria-label=move || format!("Take the answer back: {}", question()) on:click=move |_| desk.settle(id(), GapStatus::Open)>
                <Icon glyph=Glyph::Undo/>
                "Take back"
            </button>
        }
        .into_any(),
        GapStatus::Ignored => view! {
            <button class="button small" type="button" aria-label=move || format!("Open again: {}", question()) on:click=move |_| desk.settle(id(), GapStatus::Open)>
                "Open again"
            </button>
        }
        .into_any(),
    }
    };
    view! {
        <li class="gap-row">
            <div class="gap-main">
                <p class="row-text" dir="auto">{question}</p>
                <p class="row-facts">
                    <strong>{move || text::count(gap.with(|gap| gap.occurrences), "time", "times")}</strong>
                    <span>"last " <Ago at=Signal::derive(move || gap.with(|gap| gap.last_at))/></span>
                    {move || again.get().then(|| view! { <span class="badge" data-tone="warn">"Asked again since it was answered"</span> })}
                </p>
                <Show when=move || !examples.with(Vec::is_empty)>
                    <details class="gap-ways">
                        <summary>"How it was asked"</summary>
                        <ul>
                            {move || examples.get().into_iter().map(|example| view! { <Way example/> }).collect_view()}
                        </ul>
                    </details>
                </Show>
            </div>
            <Show when=move || may.get()><div class="row-acts">{acts}</div></Show>
        </li>
    }
}

#[component]
fn Way(example: GapExample) -> impl IntoView {
    let href = format!("/app/conversations/{}#{}", example.conversation_id, example.turn_id);
    view! {
        <li>
            <a class="link" href=href dir="auto">{example.question}</a>
            <span class="quiet"><Ago at=Signal::stored(example.at)/></span>
        </li>
    }
}
