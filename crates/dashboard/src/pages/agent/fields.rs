//! Fields of the draft: each reads and changes one part, and shows what is wrong with it.

use super::editor::use_sheet;
use leptos::prelude::*;
use protocol::agent::AgentDraft;

/// The id of a field's element.
pub(super) fn dom_id(path: &str) -> String {
    format!("f-{}", path.replace(['.', '['], "-").replace(']', ""))
}

/// A part of the form under a heading.
#[component]
pub(super) fn Section(
    id: &'static str,
    title: &'static str,
    #[prop(optional)] text: &'static str,
    children: Children,
) -> impl IntoView {
    let heading = format!("{id}-title");
    let labelled = heading.clone();
    view! {
        <section class="card part" id=id aria-labelledby=labelled>
            <header class="part-head">
                <h2 id=heading tabindex="-1">{title}</h2>
                {(!text.is_empty()).then(|| view! { <p class="quiet">{text}</p> })}
            </header>
            {children()}
        </section>
    }
}

/// The line under a field: what is wrong, else a hint; and how much of the room is used.
#[component]
pub(super) fn Foot(
    #[prop(into)] path: String,
    #[prop(optional)] hint: &'static str,
    #[prop(optional, into)] count: Option<Signal<String>>,
) -> impl IntoView {
    let problem = use_sheet().problem(&path);
    view! {
        <div class="foot">
            <p class="foot-text" class:wrong=move || problem.get().is_some() id=format!("{}-foot", dom_id(&path)) aria-live="polite">
                {move || problem.get().unwrap_or_else(|| hint.to_owned())}
            </p>
            {count.map(|count| view! { <span class="foot-count">{count}</span> })}
        </div>
    }
}

/// A text of one line, or of several where `rows` says so.
#[component]
pub(super) fn TextField<G, S>(
    #[prop(into)] path: String,
    #[prop(into)] label: String,
    get: G,
    set: S,
    #[prop(optional)] hint: &'static str,
    #[prop(optional)] max: usize,
    #[prop(optional)] rows: u32,
    #[prop(optional)] placeholder: &'static str,
    /// Left to right whatever is typed, as addresses are.
    #[prop(optional)]
    code: bool,
    /// The label is for screen readers only.
    #[prop(optional)]
    bare: bool,
    /// What a finished entry becomes.
    #[prop(optional)]
    finish: Option<fn(&str) -> String>,
    /// What is said about the length instead of the count of characters.
    #[prop(optional)]
    measure: Option<fn(&str) -> String>,
) -> impl IntoView
where
    G: Fn(&AgentDraft) -> String + Send + Sync + 'static,
    S: Fn(&mut AgentDraft, String) + Send + Sync + 'static,
{
    let sheet = use_sheet();
    let id = dom_id(&path);
    let value = sheet.read(get);
    let set = StoredValue::new(set);
    let problem = sheet.problem(&path);
    let name = StoredValue::new(path.clone());
    let change = move |text: String| {
        name.with_value(|path| sheet.edit(path, |draft| set.with_value(|set| set(draft, text))));
    };
    let blur = move |text: String| {
        if let Some(finish) = finish {
            change(finish(&text));
        }
    };
    let count = (max > 0).then(|| {
        Signal::derive(move || {
            value.with(|text| match measure {
                Some(measure) => measure(text),
                None => format!("{} / {max}", text.chars().count()),
            })
        })
    });
    let invalid = move || problem.get().is_some().to_string();
    let foot = format!("{id}-foot");
    let direction = if code { "ltr" } else { "auto" };
    view! {
        <div class="field">
            <label for=id.clone() class:visually-hidden=bare>{label}</label>
            {if rows > 0 {
                view! {
                    <textarea
                        id=id rows=rows dir=direction placeholder=placeholder readonly=sheet.locked prop:value=value
                        aria-invalid=invalid aria-describedby=foot
                        on:input=move |event| change(event_target_value(&event))
                    ></textarea>
                }
                .into_any()
            } else {
                view! {
                    <input
                        id=id type="text" autocomplete="off" dir=direction placeholder=placeholder
                        spellcheck=if code { "false" } else { "true" } autocapitalize=if code { "none" } else { "sentences" }
                        readonly=sheet.locked prop:value=value aria-invalid=invalid aria-describedby=foot
                        on:input=move |event| change(event_target_value(&event))
                        on:change=move |event| blur(event_target_value(&event))
                    />
                }
                .into_any()
            }}
            {match count {
                Some(count) => view! { <Foot path hint count/> }.into_any(),
                None => view! { <Foot path hint/> }.into_any(),
            }}
        </div>
    }
}
