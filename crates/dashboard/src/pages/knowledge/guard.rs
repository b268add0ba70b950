//! Asks before unsaved changes are lost: when the tab closes, and when a link leads elsewhere.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

const QUESTION: &str = "Your changes are not saved. Leave without saving them?";

/// Guards the component it is called in while `dirty` holds.
pub(crate) fn guard(dirty: Signal<bool>) {
    let closing = window_event_listener(ev::beforeunload, move |event| {
        if dirty.try_get_untracked() == Some(true) {
            event.prevent_default();
        }
    });
    on_cleanup(move || closing.remove());

    // On the document, because the router listens on the window, which hears of a click later.
    let listen = Closure::<dyn Fn(web_sys::MouseEvent)>::new(move |event: web_sys::MouseEvent| {
        let link = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
            .and_then(|target| target.closest("a[href^='/app']").ok().flatten());
        let stays = link.is_none_or(|link| link.has_attribute("target"));
        if stays || event.default_prevented() || dirty.try_get_untracked() != Some(true) {
            return;
        }
        if !window().confirm_with_message(QUESTION).unwrap_or(true) {
            event.prevent_default();
            event.stop_propagation();
        }
    });
    let _ = document().add_event_listener_with_callback("click", listen.as_ref().unchecked_ref());
    let listen = StoredValue::new_local(listen);
    on_cleanup(move || {
        listen.try_with_value(|listen| {
            let _ = document().remove_event_listener_with_callback("click", listen.as_ref().unchecked_ref());
        });
    });
}
