//! Files dropped anywhere on a screen, and the button for those who do not drag.

use super::uploads;
use crate::components::icon::{Glyph, Icon};
use leptos::prelude::*;
use leptos::{ev, html};

/// Takes files that are dropped anywhere while the component lives; says where they go meanwhile.
#[component]
pub(crate) fn DropAnywhere(
    text: &'static str,
    on_files: impl Fn(Vec<web_sys::File>) + Copy + 'static,
) -> impl IntoView {
    let over = RwSignal::new(false);
    let listeners = [
        window_event_listener_untyped("dragover", move |event| {
            if has_files(&event) {
                // Without this the browser opens the file instead.
                event.prevent_default();
                if !over.get_untracked() {
                    over.set(true);
                }
            }
        }),
        window_event_listener_untyped("dragleave", move |event| {
            use wasm_bindgen::JsCast;
            // Leaving the window, not one element for another.
            let event = event.dyn_ref::<web_sys::DragEvent>();
            if event.is_some_and(|event| event.related_target().is_none()) {
                over.set(false);
            }
        }),
    ];
    let dropped = window_event_listener(ev::drop, move |event| {
        over.set(false);
        let files = event.data_transfer().and_then(|data| data.files()).map(|files| all(&files));
        if let Some(files) = files.filter(|files| !files.is_empty()) {
            event.prevent_default();
            on_files(files);
        }
    });
    on_cleanup(move || {
        for listener in listeners {
            listener.remove();
        }
        dropped.remove();
    });
    view! {
        <Show when=move || over.get()>
            <div class="drop-cover" aria-hidden="true">
                <div class="drop-card"><Icon glyph=Glyph::Upload/><strong>{text}</strong></div>
            </div>
        </Show>
    }
}

fn has_files(event: &web_sys::Event) -> bool {
    use wasm_bindgen::JsCast;
    event
        .dyn_ref::<web_sys::DragEvent>()
        .and_then(web_sys::DragEvent::data_transfer)
        .is_some_and(|data| data.types().iter().any(|kind| kind == "Files"))
}

fn all(files: &web_sys::FileList) -> Vec<web_sys::File> {
    (0..files.length()).filter_map(|at| files.get(at)).collect()
}

/// The place that says that files can be dropped, with the button that opens the browser's dialog.
#[component]
pub(crate) fn FilePicker(on_files: impl Fn(Vec<web_sys::File>) + Copy + 'static) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    view! {
        <div class="file-drop">
            <span class="file-drop-mark" aria-hidden="true"><Icon glyph=Glyph::Upload/></span>
            <p>
                <strong>"Drop files anywhere on this page"</strong>
                <span class="quiet">"PDF, DOCX, TXT, MD, CSV or HTML; 50 MB a file, 10 files a source"</span>
            </p>
            <button class="button primary" type="button" on:click=move |_| {
                if let Some(input) = input.get_untracked() {
                    input.click();
                }
            }>"Choose files"</button>
            <input
                type="file" multiple accept=uploads::ACCEPT hidden tabindex="-1" aria-label="Files" node_ref=input
                on:change=move |_| {
                    let Some(input) = input.get_untracked() else { return };
                    let files = input.files().map(|files| all(&files)).unwrap_or_default();
                    // The same file can be chosen again after it was refused.
                    input.set_value("");
                    on_files(files);
                }
            />
        </div>
    }
}
