//! The answers in their order, each with what can be done with it.

use super::Editing;
use super::confirm::ConfirmDelete;
use super::order::{Order, name};
use super::proposed::FromPage;
use crate::api::knowledge as api;
use crate::components::form::focus_soon;
use crate::components::icon::{Glyph, Icon};
use crate::components::notice::{Notices, announce};
use crate::components::state::Badge;
use crate::load::Load;
use crate::pages::knowledge::markdown::plain;
use crate::text;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::CuratedId;
use protocol::api::{CuratedAnswer, CuratedContent, CuratedWrite};

/// What is dragged, and over which answer.
#[derive(Clone, Copy)]
struct Drag {
    what: RwSignal<Option<CuratedId>>,
    over: RwSignal<Option<CuratedId>>,
}

#[component]
pub(super) fn AnswerList(
    answers: Load<Vec<CuratedAnswer>>,
    order: Order,
    editing: Editing,
    may: Memo<bool>,
) -> impl IntoView {
    let drag = Drag { what: RwSignal::new(None), over: RwSignal::new(None) };
    let ids =
        move || answers.part(|all| all.iter().map(|a| a.id.clone()).collect::<Vec<_>>()).unwrap_or_default();
    view! {
        <div class="undo-line" role="status">
            {move || order.undo.get().map(|(said, _)| view! {
                <p class="undo">
                    <span dir="auto">{said}</span>
                    <button class="button" type="button" on:click=move |_| order.take_back()>"Undo"</button>
                </p>
            })}
        </div>
        <ol class="card flush curated-list" aria-label="Curated answers, first tried first">
            <For each=ids key=|id| id.to_string() let:id>
                <AnswerRow id answers order editing may drag/>
            </For>
        </ol>
    }
}

#[component]
fn AnswerRow(
    id: CuratedId,
    answers: Load<Vec<CuratedAnswer>>,
    order: Order,
    editing: Editing,
    may: Memo<bool>,
    drag: Drag,
) -> impl IntoView {
    let notices = use_context::<Notices>();
    let deleting = RwSignal::new(false);
    let wanted = id.clone();
    let answer = Memo::new(move |_| {
        answers.part(|all| all.iter().find(|answer| answer.id == wanted).cloned()).flatten()
    });
    let content = move |read: fn(&CuratedContent) -> String| {
        answer.with(|answer| answer.as_ref().map(|answer| read(&answer.content)).unwrap_or_default())
    };
    let title = Signal::derive(move || content(|content| name(&content.pattern)));
    let source = Memo::new(move |_| answer.with(|a| a.as_ref().and_then(|a| a.source_url.clone())));
    let enabled = Memo::new(move |_| answer.with(|a| a.as_ref().is_some_and(|a| a.content.enabled)));
    let id = StoredValue::new(id);
    let place = Memo::new(move |_| id.with_value(|id| order.place(id)).unwrap_or_default());
    let last = move || answers.part(|all| all.len() == place.get() + 1).unwrap_or(true);
    let shift = move |down: bool| {
        let to = if down { Some(place.get_untracked() + 1) } else { place.get_untracked().checked_sub(1) };
        let Some(to) = to else { return };
        id.with_value(|id| order.put(id, to));
        let button = format!("{}-{}", if down { "down" } else { "up" }, id.with_value(ToString::to_string));
        focus_soon(button);
    };
    let switch = move |_| {
        let Some(old) = answer.get_untracked() else { return };
        let content = CuratedContent { enabled: !old.content.enabled, ..old.content };
        let written = CuratedWrite { content, template_id: old.template_id };
        spawn_local(async move {
            match api::update_curated(old.id, written).await {
                Ok(now) => {
                    let what = if now.content.enabled { "applies again" } else { "is switched off" };
                    announce(notices, format!("“{}” {what}.", name(&now.content.pattern)));
                    replace(answers, now);
                }
                Err(problem) => announce(notices, problem.message),
            }
        });
    };
    let is = move |signal: RwSignal<Option<CuratedId>>| {
        signal.with(|known| id.with_value(|id| known.as_ref() == Some(id)))
    };
    let start = move |event: web_sys::DragEvent| {
        drag.what.set(Some(id.get_value()));
        let row = event_target::<web_sys::Element>(&event).closest("li").ok().flatten();
        if let Some(data) = event.data_transfer() {
            let _ = data.set_data("text/plain", &title.get_untracked());
            data.set_effect_allowed("move");
            if let Some(row) = row {
                data.set_drag_image(&row, 16, 16);
            }
        }
    };
    let over = move |event: web_sys::DragEvent| {
        if drag.what.with_untracked(Option::is_some) {
            event.prevent_default();
            if !untrack(|| is(drag.over)) {
                drag.over.set(Some(id.get_value()));
            }
        }
    };
    let drop = move |event: web_sys::DragEvent| {
        event.prevent_default();
        drag.over.set(None);
        if let Some(what) = drag.what.get_untracked() {
            order.put(&what, place.get_untracked());
            drag.what.set(None);
        }
    };
    view! {
        <li
            class="curated-row" class:off=move || !enabled.get()
            class:dragged=move || is(drag.what) class:target=move || is(drag.over) && !is(drag.what)
            on:dragover=over on:drop=drop
        >
            <Show when=move || may.get()>
                <span class="drag-handle" draggable="true" aria-hidden="true" title="Drag to another place"
                    on:dragstart=start
                    on:dragend=move |_| { drag.what.set(None); drag.over.set(None) }
                ><Icon glyph=Glyph::Drag/></span>
            </Show>
            <span class="curated-place"><span class="visually-hidden">"Number "</span>{move || place.get() + 1}</span>
            <div class="curated-text">
                <strong dir="auto">{title}</strong>
                <span class="curated-answer" dir="auto">{move || answer.with(|answer| answer.as_ref().map(said).unwrap_or_default())}</span>
                <span class="curated-facts">{move || answer.with(|answer| answer.as_ref().map(facts).unwrap_or_default())}</span>
                {move || source.get().map(|url| view! {
                    <span class="curated-facts">"Proposed from " <FromPage url=url.clone() title=url/></span>
                })}
            </div>
            <div class="curated-state">
                <Show when=move || may.get() fallback=move || view! {
                    <Badge state=Signal::derive(move || if enabled.get() { ("On", "good") } else { ("Off", "wait") })/>
                }>
                    <button class="switch" type="button" role="switch" aria-checked=move || enabled.get().to_string()
                        aria-label=move || format!("Use “{}”", title.get()) on:click=switch></button>
                </Show>
            </div>
            <Show when=move || may.get()>
                <div class="curated-acts">
                    <button class="icon-button" type="button" id=move || format!("up-{}", id.with_value(ToString::to_string))
                        aria-label=move || format!("Move “{}” up", title.get()) aria-disabled=move || (place.get() == 0).to_string()
                        on:click=move |_| shift(false)><Icon glyph=Glyph::ArrowUp/></button>
                    <button class="icon-button" type="button" id=move || format!("down-{}", id.with_value(ToString::to_string))
                        aria-label=move || format!("Move “{}” down", title.get()) aria-disabled=move || last().to_string()
                        on:click=move |_| shift(true)><Icon glyph=Glyph::ArrowDown/></button>
                    <button class="icon-button" type="button" aria-label=move || format!("Edit “{}”", title.get())
                        on:click=move |_| editing.begin(answer.get_untracked())><Icon glyph=Glyph::Pencil/></button>
                    <button class="icon-button" type="button" aria-label=move || format!("Delete “{}”", title.get())
                        on:click=move |_| deleting.set(true)><Icon glyph=Glyph::Trash/></button>
                </div>
                <ConfirmDelete open=deleting title answer answers/>
            </Show>
        </li>
    }
}

/// Puts an answer that was changed in the place of what is shown.
pub(super) fn replace(answers: Load<Vec<CuratedAnswer>>, now: CuratedAnswer) {
    answers.value.try_update(|all| {
        let Some(all) = all else { return };
        match all.iter_mut().find(|answer| answer.id == now.id) {
            Some(answer) => *answer = now,
            None => all.push(now),
        }
    });
}

/// What it says, in one line.
fn said(answer: &CuratedAnswer) -> String {
    plain(answer.words.as_ref().unwrap_or(&answer.content.answer))
}

/// Whose words it says and when it applies, besides its first phrasing.
fn facts(answer: &CuratedAnswer) -> String {
    let content = &answer.content;
    let lines = |text: &str| text.lines().filter(|line| !line.trim().is_empty()).count() as u64;
    let mut facts = Vec::new();
    if answer.template_id.is_some() {
        facts.push("words of a template".to_owned());
    }
    if lines(&content.pattern) > 1 {
        facts.push(text::count(lines(&content.pattern), "phrasing", "phrasings"));
    }
    if lines(&content.keywords) > 0 {
        facts.push(text::count(lines(&content.keywords), "line of keywords", "lines of keywords"));
    }
    match lines(&content.pages) {
        0 => {}
        1 => facts.push(format!("on {}", content.pages.trim())),
        n => facts.push(format!("on {n} pages")),
    }
    if !content.languages.is_empty() {
        facts.push(format!("in {}", content.languages.join(", ")));
    }
    facts.join(" · ")
}
