//! Leaving the editor with changes that are not on the server: they are saved first, else it is asked.

use super::editor::use_editor;
use crate::components::dialog::Dialog;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;

#[component]
pub(super) fn Unsaved() -> impl IntoView {
    let editor = use_editor();
    let asked = RwSignal::new(false);
    let target = RwSignal::new(String::new());
    let navigate = use_navigate();
    let go = StoredValue::new_local(move || navigate(&target.get_untracked(), NavigateOptions::default()));
    warn_before_unload();
    before_links(move |href| {
        target.set(href);
        spawn_local(async move {
            if editor.settle().await && !editor.dirty() {
                go.with_value(|go| go());
            } else {
                asked.set(true);
            }
        });
    });
    let problems = move || editor.problems.with(Vec::len);
    view! {
        <Dialog open=asked title="Leave without saving?".to_owned()>
            <div class="form">
                <p>{move || if problems() > 0 {
                    "Some fields are not valid, so what you typed there is not saved. Everything else is."
                } else {
                    "Your last changes could not be saved yet. If you leave now, they may be lost."
                }}</p>
                <div class="form-acts">
                    <button class="button primary" type="button" autofocus on:click=move |_| asked.set(false)>"Stay"</button>
                    <button class="button danger-quiet" type="button" on:click=move |_| {
                        asked.set(false);
                        go.with_value(|go| go());
                    }>"Leave"</button>
                </div>
            </div>
        </Dialog>
    }
}

/// The browser asks by itself before the page goes.
fn warn_before_unload() {
    let editor = use_editor();
    let handle = window_event_listener(leptos::ev::beforeunload, move |event| {
        if editor.dirty() {
            event.prevent_default();
        }
    });
    on_cleanup(move || handle.remove());
}

/// Catches clicks on links of this application before the router does, while something is unsaved.
fn before_links(caught: impl Fn(String) + 'static) {
    let editor = use_editor();
    let listener = Closure::<dyn Fn(web_sys::MouseEvent)>::new(move |event: web_sys::MouseEvent| {
        let plain = event.button() == 0
            && !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key());
        let link = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
            .and_then(|element| element.closest("a[href]").ok().flatten())
            .and_then(|link| link.dyn_into::<web_sys::HtmlAnchorElement>().ok());
        let Some(link) = link.filter(|link| plain && link.target().is_empty() && link.rel() != "external")
        else {
            return;
        };
        let own = window().location().origin().is_ok_and(|origin| origin == link.origin());
        if own && editor.dirty() {
            event.prevent_default();
            caught(format!("{}{}{}", link.pathname(), link.search(), link.hash()));
        }
    });
    let function = listener.as_ref().unchecked_ref::<js_sys::Function>().clone();
    let _ = window().add_event_listener_with_callback_and_bool("click", &function, true);
    let kept = StoredValue::new_local((listener, function));
    on_cleanup(move || {
        kept.with_value(|(_, function)| {
            let _ = window().remove_event_listener_with_callback_and_bool("click", function, true);
        });
    });
}
