//! A text area for Markdown with a preview and a count of characters.

use super::markdown::Markdown;
use crate::components::form::{FieldProblem, is_wrong, mend};
use crate::text;
use leptos::prelude::*;
use protocol::Problem;

#[component]
pub(crate) fn MarkdownField(
    id: &'static str,
    label: &'static str,
    value: RwSignal<String>,
    /// Most characters.
    max: usize,
    rows: u32,
    problem: RwSignal<Option<Problem>>,
    #[prop(optional)] read_only: bool,
) -> impl IntoView {
    // Those who cannot write look at what it becomes.
    let preview = RwSignal::new(read_only);
    let length = Memo::new(move |_| value.with(|value| value.chars().count()));
    let tab = move |name: &'static str, this: bool| {
        view! {
            <button
                type="button" class="segment" aria-pressed=move || (preview.get() == this).to_string()
                on:click=move |_| preview.set(this)
            >{name}</button>
        }
    };
    view! {
        <div class="field markdown-field">
            <div class="field-line">
                <label for=id>{label}</label>
                <div class="segments" role="group" aria-label=format!("View of: {label}")>
                    {tab("Write", false)}
                    {tab("Preview", true)}
                </div>
            </div>
            <textarea
                id=id rows=rows.to_string() dir="auto" readonly=read_only hidden=move || preview.get()
                aria-describedby=format!("{id}-count {id}-problem")
                aria-invalid=move || is_wrong(problem, id)
                prop:value=move || value.get()
                on:input=move |event| { value.set(event_target_value(&event)); mend(problem, id) }
            ></textarea>
            <Show when=move || preview.get()>
                <div class="markdown-preview" tabindex="0" role="region" aria-label=format!("Preview of: {label}")>
                    <Show
                        when=move || value.with(|value| !value.trim().is_empty())
                        fallback=|| view! { <p class="quiet">"Nothing is written yet."</p> }
                    >
                        <Markdown text=Signal::derive(move || value.get())/>
                    </Show>
                </div>
            </Show>
            <div class="field-line">
                <FieldProblem problem field=id/>
                <span class="field-count" id=format!("{id}-count") class:over=move || { length.get() > max }>
                    {move || format!("{} of {} characters", text::number(length.get() as u64), text::number(max as u64))}
                </span>
            </div>
        </div>
    }
}
