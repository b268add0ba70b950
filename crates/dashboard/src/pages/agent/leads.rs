//! The form that captures a lead.

use super::choices::{Pick, Tick};
use super::editor::{Editor, use_editor};
use super::fields::{Section, TextField};
use super::ordered::{Lens, Ordered};
use domain::draft::{MAX_LEAD_FIELDS, MAX_MESSAGE};
use leptos::prelude::*;
use protocol::agent::{AgentDraft, LeadField, LeadFieldKind};
use std::sync::Arc;

const FIELDS: Lens<LeadField> =
    Lens { path: "lead_fields", of: |d| &d.lead_fields, of_mut: |d| &mut d.lead_fields };

const KINDS: [(LeadFieldKind, &str, &str); 5] = [
    (LeadFieldKind::Text, "text", "Short text"),
    (LeadFieldKind::Email, "email", "E-mail address"),
    (LeadFieldKind::Phone, "phone", "Phone number"),
    (LeadFieldKind::LongText, "long_text", "Long text"),
    (LeadFieldKind::Choice, "choice", "Choice"),
];

#[component]
pub(super) fn LeadsPart() -> impl IntoView {
    view! {
        <Section id="leads" title="Lead form" text="What a visitor who wants to be contacted is asked for.">
            <Ordered
                lens=FIELDS label="Fields" item="Field" max=MAX_LEAD_FIELDS
                blank=|_| Some(LeadField { key: String::new(), label: String::new(), kind: LeadFieldKind::Text, required: false, options: Vec::new() })
                row=Arc::new(|i| view! { <Field place=i/> }.into_any())
            />
            <TextField
                path="lead_consent" label="Consent" rows=2 max=MAX_MESSAGE placeholder="You may contact me about my question"
                get=|d| d.lead_consent.clone() set=|d, text| d.lead_consent = text
                hint="A visitor has to agree to these words before the form is sent. Leave it empty to ask for none."
            />
        </Section>
    }
}

fn of<T: Default>(draft: &AgentDraft, place: usize, read: impl Fn(&LeadField) -> T) -> T {
    draft.lead_fields.get(place).map(read).unwrap_or_default()
}

fn change(draft: &mut AgentDraft, place: usize, write: impl FnOnce(&mut LeadField)) {
    if let Some(field) = draft.lead_fields.get_mut(place) {
        write(field);
    }
}

/// The key that a label suggests: it is kept in step until somebody writes another.
fn suggested(label: &str) -> String {
    let mut key = String::new();
    for c in label.trim().chars() {
        if c.is_ascii_alphanumeric() {
            key.push(c.to_ascii_lowercase());
        } else if !key.is_empty() && !key.ends_with('_') {
            key.push('_');
        }
    }
    key.truncate(40);
    key.trim_end_matches('_').to_owned()
}

fn relabel(field: &mut LeadField, label: String) {
    if field.key == suggested(&field.label) {
        field.key = suggested(&label);
    }
    field.label = label;
}

#[component]
fn Field(place: usize) -> impl IntoView {
    let editor: Editor = use_editor();
    let choice = editor.read(move |d| of(d, place, |f| f.kind == LeadFieldKind::Choice));
    let at = move |part: &str| format!("lead_fields[{place}].{part}");
    let kinds =
        KINDS.iter().map(|(_, value, name)| ((*value).to_owned(), (*name).to_owned())).collect::<Vec<_>>();
    view! {
        <div class="lead">
            <TextField
                path=at("label") label="Question" placeholder="Your e-mail address"
                get=move |d| of(d, place, |f| f.label.clone())
                set=move |d, text| change(d, place, |f| relabel(f, text))
            />
            <Pick
                path=at("kind") label="Kind" options=Signal::stored(kinds)
                get=move |d| of(d, place, |f| KINDS.iter().find(|(kind, ..)| *kind == f.kind).map_or("", |(_, value, _)| value).to_owned())
                set=move |d, value| change(d, place, |f| {
                    if let Some((kind, ..)) = KINDS.iter().find(|(_, known, _)| *known == value) {
                        f.kind = *kind;
                        if *kind != LeadFieldKind::Choice {
                            f.options.clear();
                        }
                    }
                })
            />
            <TextField
                path=at("key") label="Name in the data" code=true placeholder="email"
                get=move |d| of(d, place, |f| f.key.clone())
                set=move |d, text| change(d, place, |f| f.key = text)
            />
            <Tick
                path=at("required") label="Required"
                get=move |d| of(d, place, |f| f.required)
                set=move |d, on| change(d, place, |f| f.required = on)
            />
            <Show when=move || choice.get()>
                <div class="lead-options">
                    <TextField
                        path=at("options") label="Choices, one a line" rows=3 finish=tidy
                        get=move |d| of(d, place, |f| f.options.join("\n"))
                        set=move |d, text| change(d, place, |f| f.options = options(&text))
                    />
                </div>
            </Show>
        </div>
    }
}

/// The lines as they are typed: the last may be empty while the next is begun.
pub(super) fn options(text: &str) -> Vec<String> {
    if text.is_empty() { Vec::new() } else { text.split('\n').map(str::to_owned).collect() }
}

/// The lines without empty ones.
pub(super) fn tidy(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_follows_its_label_until_it_is_written_by_hand() {
        let mut field = LeadField {
            key: String::new(),
            label: String::new(),
            kind: LeadFieldKind::Text,
            required: false,
            options: vec![],
        };
        relabel(&mut field, "Your e-mail?".into());
        assert_eq!(field.key, "your_e_mail");
        field.key = "email".into();
        relabel(&mut field, "E-mail".into());
        assert_eq!(field.key, "email");
    }

    #[test]
    fn choices_are_lines() {
        assert_eq!(options("a\n"), ["a", ""]);
        assert_eq!(tidy(" a \n\nb\n"), "a\nb");
    }
}
