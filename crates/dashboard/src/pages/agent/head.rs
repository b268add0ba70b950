//! The top of the editor: what visitors have, whether the draft is saved, undo, publish.

use super::Publication;
use super::editor::{Editor, Save, use_editor};
use super::fields::dom_id;
use super::publish::{PublishDialog, UnpublishDialog};
use crate::components::icon::{Glyph, Icon};
use crate::pages::embed::INSTALL;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

#[component]
pub(super) fn Head() -> impl IntoView {
    let editor = use_editor();
    let publishing = RwSignal::new(false);
    let unpublishing = RwSignal::new(false);
    let name = move || editor.agent.with(|agent| agent.name.clone());
    let live = Memo::new(move |_| editor.agent.with(|agent| agent.published_version.is_some()));
    view! {
        <header class="page-head">
            <div>
                <h1 class="break" dir="auto">{name}</h1>
                <p class="page-sub">
                    <Publication agent=Signal::derive(move || Some(editor.agent.get()))/>
                    <a class="link" href="/app/agent/versions">"Versions"</a>
                    <a class="link" href=INSTALL>"Embed code"</a>
                </p>
            </div>
            {(!editor.locked).then(|| view! {
                <div class="page-acts">
                    <Show when=move || live.get()>
                        <button class="button" type="button" on:click=move |_| unpublishing.set(true)>"Unpublish"</button>
                    </Show>
                    <button class="button primary" type="button" on:click=move |_| publishing.set(true)>"Publish…"</button>
                </div>
                <PublishDialog open=publishing/>
                <UnpublishDialog open=unpublishing/>
            })}
        </header>
    }
}

/// Stays in view: whether everything is saved, and the way back and forth.
#[component]
pub(super) fn Saving() -> impl IntoView {
    let editor = use_editor();
    if editor.locked {
        return view! {
            <p class="locked" role="note">"You see this agent as it is. To change it, ask an admin for the role Editor."</p>
        }
        .into_any();
    }
    shortcuts(editor);
    let can = Memo::new(move |_| editor.history.with(|history| history.can()));
    let failed = move || matches!(editor.state.get(), Save::Failed(_) | Save::Offline);
    view! {
        <div class="saving">
            <p class="saving-state" data-state=move || tone(&editor.state.get()) role="status">{move || words(&editor.state.get())}</p>
            <Show when=failed>
                <button class="text-button" type="button" on:click=move |_| editor.save()>"Try again"</button>
            </Show>
            <Wrong/>
            <div class="saving-acts">
                <button class="button" type="button" aria-disabled=move || (!can.get().0).to_string() on:click=move |_| editor.undo()>
                    <Icon glyph=Glyph::Undo/>"Undo"
                </button>
                <button class="button" type="button" aria-disabled=move || (!can.get().1).to_string() on:click=move |_| editor.redo()>
                    <Icon glyph=Glyph::Redo/>"Redo"
                </button>
            </div>
        </div>
    }
    .into_any()
}

fn words(state: &Save) -> String {
    match state {
        Save::Saved => "Saved".to_owned(),
        Save::Unsaved => "Unsaved changes".to_owned(),
        Save::Saving => "Saving…".to_owned(),
        Save::Offline => {
            "Not saved: the server cannot be reached. It is tried again every few seconds; keep this page open."
                .to_owned()
        }
        Save::Conflict => "Not saved: somebody else changed this agent.".to_owned(),
        Save::Failed(problem) => format!("Not saved. {}", problem.message),
    }
}

fn tone(state: &Save) -> &'static str {
    match state {
        Save::Saved => "saved",
        Save::Unsaved | Save::Saving => "saving",
        Save::Offline | Save::Conflict | Save::Failed(_) => "failed",
    }
}

/// How many fields are held back, with a way to the first.
#[component]
fn Wrong() -> impl IntoView {
    let editor = use_editor();
    let wrong = Memo::new(move |_| {
        editor.problems.with(|problems| {
            let first = problems.first()?;
            Some((problems.len(), first.field.clone().unwrap_or_default(), first.message.clone()))
        })
    });
    move || {
        wrong.get().map(|(count, field, message)| {
            let text = if count == 1 {
                "1 field is not valid and not saved".to_owned()
            } else {
                format!("{count} fields are not valid and not saved")
            };
            view! {
                <p class="saving-wrong">
                    <button class="text-button" type="button" title=message on:click=move |_| show(&field)>
                        <Icon glyph=Glyph::Alert/>{text}
                    </button>
                </p>
            }
        })
    }
}

fn show(field: &str) {
    let id = dom_id(field);
    let found = document().get_element_by_id(&id).and_then(|element| element.dyn_into::<HtmlElement>().ok());
    if let Some(element) = found {
        element.scroll_into_view();
        let _ = element.focus();
    }
}

/// Ctrl+Z and its like, except where a text field has its own.
fn shortcuts(editor: Editor) {
    let handle = window_event_listener(leptos::ev::keydown, move |event| {
        let own = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
            .is_some_and(|element| element.matches("input[type=text], textarea, dialog *").unwrap_or(false));
        if own || event.alt_key() || !(event.ctrl_key() || event.meta_key()) {
            return;
        }
        match (event.key().to_ascii_lowercase().as_str(), event.shift_key()) {
            ("z", false) => editor.undo(),
            ("z", true) | ("y", false) => editor.redo(),
            _ => return,
        }
        event.prevent_default();
    });
    on_cleanup(move || handle.remove());
}
