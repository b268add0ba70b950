//! What the agent says by itself.

use super::fields::{Section, TextField};
use super::ordered::{Lens, Ordered};
use domain::draft::{MAX_MESSAGE, MAX_PROMPT, MAX_PROMPTS};
use leptos::prelude::*;
use std::sync::Arc;

const PROMPTS: Lens<String> =
    Lens { path: "quick_prompts", of: |d| &d.quick_prompts, of_mut: |d| &mut d.quick_prompts };

#[component]
pub(super) fn MessagesPart() -> impl IntoView {
    view! {
        <Section id="messages" title="Messages">
            <TextField
                path="welcome" label="Welcome" rows=2 max=MAX_MESSAGE
                get=|d| d.welcome.clone() set=|d, text| d.welcome = text
                hint="The first thing a visitor reads."
            />
            <Ordered
                lens=PROMPTS label="Quick prompts" item="Prompt" max=MAX_PROMPTS
                blank=|_| Some(String::new())
                row=text_rows(PROMPTS, "Prompt", MAX_PROMPT, "What does a check-up cost?")
                hint="Questions a visitor can ask with one tap."
            />
            <TextField
                path="fallback_message" label="When the site does not answer" rows=2 max=MAX_MESSAGE
                get=|d| d.fallback_message.clone() set=|d, text| d.fallback_message = text
                hint="Empty: the product’s own words in the visitor’s language."
            />
            <TextField
                path="after_hours_message" label="Outside business hours" rows=2 max=MAX_MESSAGE
                get=|d| d.after_hours_message.clone() set=|d, text| d.after_hours_message = text
                hint="Shown instead of the welcome. Empty: the welcome."
            />
        </Section>
    }
}

/// Rows of a list of short texts.
pub(super) fn text_rows(
    lens: Lens<String>,
    item: &'static str,
    max: usize,
    placeholder: &'static str,
) -> super::ordered::RowView {
    Arc::new(move |i| {
        view! {
            <TextField
                path=format!("{}[{i}]", lens.path) label=format!("{item} {}", i + 1) bare=true max placeholder
                get=move |d| (lens.of)(d).get(i).cloned().unwrap_or_default()
                set=move |d, text| if let Some(entry) = (lens.of_mut)(d).get_mut(i) { *entry = text; }
            />
        }
        .into_any()
    })
}
