//! One line that says what has just been done, to eyes and to screen readers.

use leptos::prelude::*;
use std::time::Duration;

#[derive(Clone, Copy)]
pub(crate) struct Notices {
    text: RwSignal<Option<String>>,
    shown: StoredValue<u32>,
}

pub(crate) fn provide() {
    provide_context(Notices { text: RwSignal::new(None), shown: StoredValue::new(0) });
}

/// Shows a line for six seconds.
pub(crate) fn announce(notices: Option<Notices>, text: impl Into<String>) {
    let Some(notices) = notices else { return };
    let ticket = notices.shown.with_value(|shown| shown.wrapping_add(1));
    notices.shown.set_value(ticket);
    notices.text.set(Some(text.into()));
    set_timeout(
        move || {
            if notices.shown.get_value() == ticket {
                notices.text.set(None);
            }
        },
        Duration::from_secs(6),
    );
}

#[component]
pub(crate) fn NoticeBar() -> impl IntoView {
    let notices = use_context::<Notices>();
    view! {
        <div class="notices" role="status">
            {move || notices.and_then(|n| n.text.get()).map(|text| view! { <p class="notice">{text}</p> })}
        </div>
    }
}
