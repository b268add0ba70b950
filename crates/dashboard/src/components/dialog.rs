//! A modal dialog on the browser's own `<dialog>`: it traps focus, closes on Esc and gives focus back.

use super::form::once_drawn;
use super::icon::{Glyph, Icon};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

#[component]
pub(crate) fn Dialog(
    open: RwSignal<bool>,
    #[prop(into)] title: Signal<String>,
    /// While it is so, only a button of the content closes the dialog: what it shows is shown once.
    #[prop(optional, into)]
    locked: Signal<bool>,
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let here = move || node.try_get_untracked().flatten();
        if open.get() {
            // The content is put in place by another effect of the same turn, and has the first focus.
            once_drawn(move || {
                if let Some(dialog) =
                    here().filter(|dialog| open.try_get_untracked() == Some(true) && !dialog.open())
                {
                    let _ = dialog.show_modal();
                }
            });
        } else if let Some(dialog) = here().filter(|dialog| dialog.open()) {
            // At once: the focus is back before anything else is typed.
            dialog.close();
        }
    });
    // A click outside lands on the dialog itself, because its content fills it.
    let outside = move |event: web_sys::MouseEvent| {
        let hit = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlDialogElement>().ok());
        if hit.is_some() && !locked.get_untracked() {
            open.set(false);
        }
    };
    let cancel = move |event: web_sys::Event| {
        if locked.get_untracked() {
            event.prevent_default();
        }
    };
    view! {
        <dialog class="dialog" node_ref=node aria-labelledby="dialog-title" on:close=move |_| open.set(false) on:cancel=cancel on:mousedown=outside>
            <Show when=move || open.get()>
                <div class="dialog-body">
                    <header class="dialog-head">
                        <h2 id="dialog-title">{move || title.get()}</h2>
                        <Show when=move || !locked.get()>
                            <button class="icon-button" type="button" aria-label="Close" on:click=move |_| open.set(false)>
                                <Icon glyph=Glyph::Close/>
                            </button>
                        </Show>
                    </header>
                    {children()}
                </div>
            </Show>
        </dialog>
    }
}
