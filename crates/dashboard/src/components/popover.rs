//! Closes a popover when something in it was chosen.

use leptos::prelude::document;
use wasm_bindgen::JsCast;

/// Closes the popover with this id, if it is open.
pub(crate) fn hide(id: &str) {
    let element = document().get_element_by_id(id).and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(element) = element {
        let _ = element.hide_popover();
    }
}
