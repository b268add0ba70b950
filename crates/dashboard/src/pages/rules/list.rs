//! The list: dragged, or moved by buttons; switched on and off in place.

use super::item::{ConfirmDelete, Item, Order, replace};
use crate::components::form::focus_soon;
use crate::components::icon::{Glyph, Icon};
use crate::components::notice::{Notices, announce};
use crate::components::state::Badge;
use crate::load::Load;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::api::CtaRule;

/// What is dragged, and over which row.
#[derive(Clone, Copy)]
struct Drag {
    what: RwSignal<Option<String>>,
    over: RwSignal<Option<String>>,
}

#[component]
pub(super) fn ItemList<T: Item>(
    items: Load<Vec<T>>,
    ctas: Load<Vec<CtaRule>>,
    label: &'static str,
    may: Memo<bool>,
    edit: Callback<T>,
) -> impl IntoView {
    let order = Order::new(items);
    let drag = Drag { what: RwSignal::new(None), over: RwSignal::new(None) };
    let ids = move || items.part(|all| all.iter().map(Item::id).collect::<Vec<_>>()).unwrap_or_default();
    view! {
        <ol class="card flush curated-list" aria-label=label>
            <For each=ids key=Clone::clone let:id>
                <ItemRow id items ctas order may drag edit/>
            </For>
        </ol>
    }
}

#[component]
fn ItemRow<T: Item>(
    id: String,
    items: Load<Vec<T>>,
    ctas: Load<Vec<CtaRule>>,
    order: Order<T>,
    may: Memo<bool>,
    drag: Drag,
    edit: Callback<T>,
) -> impl IntoView {
    let notices = use_context::<Notices>();
    let deleting = RwSignal::new(false);
    let id = StoredValue::new(id);
    let item = Memo::new(move |_| {
        items.part(|all| all.iter().find(|item| id.with_value(|id| item.id() == *id)).cloned()).flatten()
    });
    let read =
        move |part: &dyn Fn(&T) -> String| item.with(|item| item.as_ref().map(part).unwrap_or_default());
    let title = Signal::derive(move || read(&T::name));
    let sentence =
        move || ctas.value.with(|all| read(&|item| item.sentence(all.as_deref().unwrap_or_default())));
    let enabled = Memo::new(move |_| item.with(|item| item.as_ref().is_some_and(T::enabled)));
    let place = Memo::new(move |_| id.with_value(|id| order.place(id)).unwrap_or_default());
    let last = move || items.part(|all| all.len() == place.get() + 1).unwrap_or(true);
    let shift = move |down: bool| {
        let to = if down { Some(place.get_untracked() + 1) } else { place.get_untracked().checked_sub(1) };
        let Some(to) = to else { return };
        id.with_value(|id| order.put(id, to));
        let button = format!("{}-{}", if down { "down" } else { "up" }, id.get_value());
        focus_soon(button);
    };
    let switch = move |_| {
        let Some(item) = item.get_untracked() else { return };
        spawn_local(async move {
            match item.switched().await {
                Ok(now) => {
                    let what = if now.enabled() { "is switched on" } else { "is switched off" };
                    announce(notices, format!("“{}” {what}.", now.name()));
                    replace(items, now);
                }
                Err(problem) => {
                    announce(notices, problem.message);
                    items.refresh();
                }
            }
        });
    };
    let is = move |signal: RwSignal<Option<String>>| {
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
                <span class="curated-answer" dir="auto">{sentence}</span>
                <span class="curated-facts">{move || read(&T::facts)}</span>
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
                    <button class="icon-button" type="button" id=move || format!("up-{}", id.get_value())
                        aria-label=move || format!("Move “{}” up", title.get()) aria-disabled=move || (place.get() == 0).to_string()
                        on:click=move |_| shift(false)><Icon glyph=Glyph::ArrowUp/></button>
                    <button class="icon-button" type="button" id=move || format!("down-{}", id.get_value())
                        aria-label=move || format!("Move “{}” down", title.get()) aria-disabled=move || last().to_string()
                        on:click=move |_| shift(true)><Icon glyph=Glyph::ArrowDown/></button>
                    <button class="icon-button" type="button" aria-label=move || format!("Edit “{}”", title.get())
                        on:click=move |_| { if let Some(item) = item.get_untracked() { edit.run(item) } }><Icon glyph=Glyph::Pencil/></button>
                    <button class="icon-button" type="button" aria-label=move || format!("Delete “{}”", title.get())
                        on:click=move |_| deleting.set(true)><Icon glyph=Glyph::Trash/></button>
                </div>
                <ConfirmDelete open=deleting item items/>
            </Show>
        </li>
    }
}
