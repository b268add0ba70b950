//! A list of the draft whose entries are added, removed and put in order: by buttons, or by dragging the handle.

use super::editor::{Sheet, use_sheet};
use super::fields::{Foot, dom_id};
use crate::components::form::once_drawn;
use crate::components::icon::{Glyph, Icon};
use leptos::prelude::*;
use protocol::agent::AgentDraft;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, PointerEvent};

/// What a row shows for an entry's place.
pub(super) type RowView = Arc<dyn Fn(usize) -> AnyView + Send + Sync>;

/// How a list is found in a draft, and what a new entry is.
pub(super) struct Lens<T> {
    pub(super) path: &'static str,
    pub(super) of: fn(&AgentDraft) -> &Vec<T>,
    pub(super) of_mut: fn(&mut AgentDraft) -> &mut Vec<T>,
}

impl<T> Clone for Lens<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Lens<T> {}

impl<T: 'static> Lens<T> {
    /// Moves an entry to another place.
    fn shift(self, sheet: Sheet, from: usize, to: usize) {
        sheet.edit(&format!("{} order", self.path), |draft| {
            let list = (self.of_mut)(draft);
            if from < list.len() && to < list.len() {
                let entry = list.remove(from);
                list.insert(to, entry);
            }
        });
    }

    fn remove(self, sheet: Sheet, at: usize) {
        sheet.edit(&format!("{} remove {at}", self.path), |draft| {
            let list = (self.of_mut)(draft);
            if at < list.len() {
                list.remove(at);
            }
        });
    }
}

/// The list with its buttons. Rows are kept by place, so focus is moved along with an entry.
#[component]
pub(super) fn Ordered<T: Clone + Send + Sync + 'static>(
    lens: Lens<T>,
    label: &'static str,
    /// One entry in a word or two, as in "prompt".
    item: &'static str,
    max: usize,
    blank: impl Fn(&AgentDraft) -> Option<T> + Send + Sync + 'static,
    row: RowView,
    #[prop(optional)] hint: &'static str,
    /// What stands after the last entry and never moves.
    #[prop(optional)]
    last: Option<ViewFn>,
) -> impl IntoView {
    let sheet = use_sheet();
    let id = dom_id(lens.path);
    let len = sheet.read(move |draft| (lens.of)(draft).len());
    let dragged = RwSignal::new(None::<usize>);
    let said = RwSignal::new(String::new());
    let blank = StoredValue::new(blank);
    let can_add = sheet
        .read(move |draft| (lens.of)(draft).len() < max && blank.with_value(|blank| blank(draft).is_some()));
    let list = StoredValue::new(id.clone());
    let go = move |row: usize, what: &'static str| list.with_value(|list| focus(list, row, what));
    let add = move |_| {
        let place = len.get_untracked();
        sheet.edit(&format!("{} add {place}", lens.path), |draft| {
            let entry = blank.with_value(|blank| blank(draft));
            if let Some(entry) = entry {
                (lens.of_mut)(draft).push(entry);
            }
        });
        go(place, "input, select, textarea");
    };
    let shift = move |from: usize, to: usize, button: &'static str| {
        lens.shift(sheet, from, to);
        said.set(format!("{item} is now {} of {}", to + 1, len.get_untracked()));
        go(to, button);
    };
    let remove = move |at: usize| {
        lens.remove(sheet, at);
        said.set(format!("{item} {} is removed", at + 1));
        go(at.min(len.get_untracked().saturating_sub(1)), ".remove");
    };
    let name = move |act: &str, i: usize| format!("{act} {item} {}", i + 1);
    let rows = move || {
        let row = row.clone();
        (0..len.get())
            .map(move |i| {
                let first = i == 0;
                let end = Signal::derive(move || i + 1 >= len.get());
                view! {
                    <li class="ordered-row" class:dragged=move || dragged.get() == Some(i)>
                        {(!sheet.locked).then(|| view! { <Handle lens place=i list=list.get_value() dragged/> })}
                        <div class="ordered-body">{row(i)}</div>
                        {(!sheet.locked).then(|| view! {
                            <div class="ordered-acts">
                                <button class="icon-button up" type="button" aria-label=name("Move up", i) aria-disabled=first.to_string()
                                    on:click=move |_| if !first { shift(i, i - 1, ".up") }><Icon glyph=Glyph::Up/></button>
                                <button class="icon-button down" type="button" aria-label=name("Move down", i) aria-disabled=move || end.get().to_string()
                                    on:click=move |_| if !end.get_untracked() { shift(i, i + 1, ".down") }><Icon glyph=Glyph::Down/></button>
                                <button class="icon-button remove" type="button" aria-label=name("Remove", i) on:click=move |_| remove(i)>
                                    <Icon glyph=Glyph::Close/>
                                </button>
                            </div>
                        })}
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <fieldset class="ordered" id=id.clone()>
            <legend>{label}</legend>
            <ol>{rows} {last.map(|last| last.run())}</ol>
            <div class="ordered-end">
                {(!sheet.locked).then(|| view! {
                    <button class="button add" type="button" aria-disabled=move || (!can_add.get()).to_string() on:click=move |event| {
                        if can_add.get_untracked() {
                            add(event);
                        }
                    }><Icon glyph=Glyph::Plus/>{format!("Add {}", item.to_lowercase())}</button>
                })}
                <Foot path=lens.path hint count=Signal::derive(move || format!("{} / {max}", len.get()))/>
            </div>
            <span class="visually-hidden" role="status">{move || said.get()}</span>
        </fieldset>
    }
}

/// Where an entry is taken to be dragged, by mouse, pen or finger. The buttons do the same for the keyboard.
#[component]
fn Handle<T: 'static>(
    lens: Lens<T>,
    place: usize,
    list: String,
    dragged: RwSignal<Option<usize>>,
) -> impl IntoView {
    let sheet = use_sheet();
    let down = move |event: PointerEvent| {
        if event.button() != 0 {
            return;
        }
        event.prevent_default();
        let handle = event.current_target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
        if handle.is_some_and(|handle| handle.set_pointer_capture(event.pointer_id()).is_ok()) {
            dragged.set(Some(place));
        }
    };
    let drag = move |event: PointerEvent| {
        let Some(from) = dragged.get_untracked() else { return };
        let over = row_at(&list, f64::from(event.client_y()));
        if let Some(to) = over.filter(|to| *to != from) {
            lens.shift(sheet, from, to);
            dragged.set(Some(to));
        }
    };
    view! {
        <span
            class="handle" aria-hidden="true" on:pointerdown=down on:pointermove=drag
            on:pointerup=move |_| dragged.set(None) on:pointercancel=move |_| dragged.set(None)
        ><Icon glyph=Glyph::Grip/></span>
    }
}

/// The rows of a list, by its id.
fn rows(list: &str) -> Vec<web_sys::Element> {
    let found = document().query_selector_all(&format!("#{list} > ol > .ordered-row")).ok();
    found
        .map(|found| (0..found.length()).filter_map(|i| found.item(i)?.dyn_into().ok()).collect())
        .unwrap_or_default()
}

/// The row at a height of the window; rows differ in height, so a middle has to be crossed.
fn row_at(list: &str, y: f64) -> Option<usize> {
    rows(list).iter().position(|row| {
        let area = row.get_bounding_client_rect();
        let room = area.height() / 4.0;
        y > area.top() + room && y < area.bottom() - room
    })
}

/// Moves focus to something in a row, or to the button that adds one, after the rows are in place.
fn focus(list: &str, row: usize, what: &str) {
    let (list, what) = (list.to_owned(), what.to_owned());
    once_drawn(move || {
        let inside = rows(&list).get(row).and_then(|row| row.query_selector(&what).ok().flatten());
        let target = inside.or_else(|| document().query_selector(&format!("#{list} .add")).ok().flatten());
        if let Some(target) = target.and_then(|target| target.dyn_into::<HtmlElement>().ok()) {
            let _ = target.focus();
        }
    });
}
