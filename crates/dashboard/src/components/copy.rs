//! Copies a text to the clipboard and says so.

use super::icon::{Glyph, Icon};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;
use wasm_bindgen_futures::JsFuture;

#[derive(Clone, Copy, PartialEq)]
enum Copied {
    Not,
    Done,
    /// The browser refuses, as it does on a page without HTTPS.
    Refused,
}

#[component]
pub(crate) fn CopyButton(#[prop(into)] text: Signal<String>) -> impl IntoView {
    let copied = RwSignal::new(Copied::Not);
    let copy = move |_| {
        let text = text.get_untracked();
        spawn_local(async move {
            let outcome = if window().is_secure_context() {
                match JsFuture::from(window().navigator().clipboard().write_text(&text)).await {
                    Ok(_) => Copied::Done,
                    Err(_) => Copied::Refused,
                }
            } else {
                Copied::Refused
            };
            copied.try_set(outcome);
            set_timeout(
                move || {
                    copied.try_set(Copied::Not);
                },
                Duration::from_secs(3),
            );
        });
    };
    view! {
        <button class="button copy" type="button" on:click=copy>
            {move || {
                let glyph = if copied.get() == Copied::Done { Glyph::Check } else { Glyph::Copy };
                view! { <Icon glyph/> }
            }}
            {move || label(copied.get())}
        </button>
        <span class="visually-hidden" role="status">
            {move || (copied.get() != Copied::Not).then(|| label(copied.get()))}
        </span>
    }
}

fn label(copied: Copied) -> &'static str {
    match copied {
        Copied::Not => "Copy",
        Copied::Done => "Copied",
        Copied::Refused => "Copy by hand",
    }
}
