//! Asks before unsaved changes are lost: when the tab closes, when a link leads elsewhere, and when the browser
//! goes back or forward.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, EventTarget};

const QUESTION: &str = "Your changes are not saved. Leave without saving them?";

/// Guards the component it is called in while `dirty` holds.
pub(crate) fn guard(dirty: Signal<bool>) {
    let is_dirty = move || dirty.try_get_untracked() == Some(true);
    let stays = move || is_dirty() && !window().confirm_with_message(QUESTION).unwrap_or(true);

    let closing = window_event_listener(ev::beforeunload, move |event| {
        if is_dirty() {
            event.prevent_default();
        }
    });
    on_cleanup(move || closing.remove());

    // On the document, because the router listens on the window, which hears of a click later.
    on(document().into(), "click", false, move |event| {
        let link = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
            .and_then(|target| target.closest("a[href^='/app']").ok().flatten());
        let leads_away = link.is_some_and(|link| !link.has_attribute("target"));
        if leads_away && !event.default_prevented() && stays() {
            event.prevent_default();
            event.stop_propagation();
        }
    });

    // The browser moves first and asks nobody. Captured, and so before the router, which still shows what is unsaved.
    let place = StoredValue::new(None);
    Effect::new(move |_| {
        if dirty.get() {
            place.set_value(position());
        }
    });
    let returning = StoredValue::new(false);
    on(window().into(), "popstate", true, move |event| {
        if returning.get_value() {
            returning.set_value(false);
            event.stop_immediate_propagation();
        } else if stays() {
            event.stop_immediate_propagation();
            let way = match (place.get_value(), position()) {
                (Some(shown), Some(now)) => shown - now,
                // A browser that does not tell: nearly everybody goes back.
                _ => 1,
            };
            returning.set_value(window().history().is_ok_and(|history| history.go_with_delta(way).is_ok()));
        }
    });
}

/// Where in the tab's history the browser is, if it tells.
fn position() -> Option<i32> {
    let navigation = js_sys::Reflect::get(&window(), &"navigation".into()).ok()?;
    let entry = js_sys::Reflect::get(&navigation, &"currentEntry".into()).ok()?;
    js_sys::Reflect::get(&entry, &"index".into()).ok()?.as_f64().map(|index| index as i32)
}

/// Listens until the component goes.
fn on(target: EventTarget, name: &'static str, capture: bool, act: impl Fn(Event) + 'static) {
    let listener = Closure::<dyn Fn(Event)>::new(act);
    let function = listener.as_ref().unchecked_ref::<js_sys::Function>().clone();
    let _ = target.add_event_listener_with_callback_and_bool(name, &function, capture);
    let kept = StoredValue::new_local((target, function, listener));
    on_cleanup(move || {
        kept.try_with_value(|(target, function, _)| {
            let _ = target.remove_event_listener_with_callback_and_bool(name, function, capture);
        });
    });
}
