//! A crawl's progress: one bar with a segment for each state of its pages.

use crate::text;
use leptos::prelude::*;
use protocol::api::{Progress, SourceState};

#[component]
pub(crate) fn ProgressBar(
    #[prop(into)] progress: Signal<Progress>,
    #[prop(into)] state: Signal<SourceState>,
    #[prop(optional)] slim: bool,
) -> impl IntoView {
    let share = move || {
        let progress = progress.get();
        f64::from(text::settled(&progress)) / f64::from(progress.found.max(1)) * 100.0
    };
    // Before the first address is found there is nothing to divide by.
    let unknown = move || text::is_running(state.get()) && progress.get().found == 0;
    view! {
        <div
            class="bar"
            class:slim=slim
            class:unknown=unknown
            class:running=move || text::is_running(state.get())
            role="progressbar"
            aria-label="Pages settled"
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=move || (!unknown()).then(|| format!("{:.0}", share()))
            aria-valuetext=move || {
                let progress = progress.get();
                format!("{} of {} pages", text::settled(&progress), progress.found)
            }
        >
            {text::PAGE_STATES
                .into_iter()
                .map(|page| {
                    view! {
                        <span
                            class="bar-part"
                            data-state=text::page_state_key(page)
                            style:flex-grow=move || text::pages_in(&progress.get(), page).to_string()
                        ></span>
                    }
                })
                .collect_view()}
        </div>
    }
}
