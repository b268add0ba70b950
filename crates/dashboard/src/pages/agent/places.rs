//! The websites that may show the agent.

use super::editor::use_editor;
use super::fields::{Section, TextField};
use super::ordered::{Lens, Ordered};
use super::rules::as_origin;
use crate::components::icon::{Glyph, Icon};
use domain::draft::MAX_ORIGINS;
use leptos::prelude::*;
use std::sync::Arc;

const ORIGINS: Lens<String> =
    Lens { path: "allowed_origins", of: |d| &d.allowed_origins, of_mut: |d| &mut d.allowed_origins };

#[component]
pub(super) fn PlacesPart() -> impl IntoView {
    let editor = use_editor();
    let note = editor.read(|d| {
        let mut origins = d.allowed_origins.iter().filter(|origin| !origin.trim().is_empty()).peekable();
        if origins.peek().is_none() {
            Some("No website is listed, so the agent appears nowhere.")
        } else if origins.any(|origin| origin == "*") {
            Some("* lets every website show this agent and use up its answers.")
        } else {
            None
        }
    });
    view! {
        <Section id="places" title="Where it may appear" text="A website that is not listed cannot show this agent.">
            {move || note.get().map(|note| view! { <p class="caution"><Icon glyph=Glyph::Alert/>{note}</p> })}
            <Ordered
                lens=ORIGINS label="Websites" item="Website" max=MAX_ORIGINS blank=|_| Some(String::new())
                row=Arc::new(|i| view! {
                    <TextField
                        path=format!("allowed_origins[{i}]") label=format!("Website {}", i + 1) bare=true code=true
                        placeholder="https://example.com" finish=as_origin
                        get=move |d| d.allowed_origins.get(i).cloned().unwrap_or_default()
                        set=move |d, text| if let Some(entry) = d.allowed_origins.get_mut(i) { *entry = text; }
                    />
                }.into_any())
            />
        </Section>
    }
}
