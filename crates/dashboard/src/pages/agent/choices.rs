//! Fields with a fixed set of values: lists, radio groups, switches, sliders.

use super::editor::use_sheet;
use super::fields::{Foot, dom_id};
use leptos::prelude::*;
use protocol::agent::AgentDraft;

/// One of a few values, as a row of segments.
#[component]
pub(super) fn Segments<T, G, S>(
    path: &'static str,
    label: &'static str,
    options: Vec<(T, &'static str)>,
    get: G,
    set: S,
) -> impl IntoView
where
    T: Copy + PartialEq + Send + Sync + 'static,
    G: Fn(&AgentDraft) -> T + Send + Sync + 'static,
    S: Fn(&mut AgentDraft, T) + Copy + Send + Sync + 'static,
{
    let sheet = use_sheet();
    let value = sheet.read(get);
    let radios = options
        .into_iter()
        .map(|(option, text)| {
            view! {
                <label>
                    <input
                        type="radio" name=path disabled=sheet.locked prop:checked=move || value.get() == option
                        on:change=move |_| sheet.edit(path, |draft| set(draft, option))
                    />
                    <span>{text}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="radio-set">
            <legend>{label}</legend>
            <div class="radio-row">{radios}</div>
        </fieldset>
    }
}

/// One of several values, as a list that opens.
#[component]
pub(super) fn Pick<G, S>(
    #[prop(into)] path: String,
    label: &'static str,
    /// Values with their names.
    #[prop(into)]
    options: Signal<Vec<(String, String)>>,
    get: G,
    set: S,
    #[prop(optional)] hint: &'static str,
    #[prop(optional)] bare: bool,
) -> impl IntoView
where
    G: Fn(&AgentDraft) -> String + Send + Sync + 'static,
    S: Fn(&mut AgentDraft, String) + Send + Sync + 'static,
{
    let sheet = use_sheet();
    let id = dom_id(&path);
    let value = sheet.read(get);
    let set = StoredValue::new(set);
    let name = StoredValue::new(path.clone());
    let change = move |text: String| {
        name.with_value(|path| sheet.edit(path, |draft| set.with_value(|set| set(draft, text))));
    };
    let list = move || {
        options
            .get()
            .into_iter()
            .map(|(option, text)| {
                let own = option.clone();
                view! { <option value=option selected=move || value.with(|value| *value == own)>{text}</option> }
            })
            .collect_view()
    };
    view! {
        <div class="field">
            <label for=id.clone() class:visually-hidden=bare>{label}</label>
            <select
                id=id.clone() disabled=sheet.locked aria-describedby=format!("{id}-foot")
                on:change=move |event| change(event_target_value(&event))
            >{list}</select>
            <Foot path hint/>
        </div>
    }
}

/// A switch with a text beside it.
#[component]
pub(super) fn Tick<G, S>(
    #[prop(into)] path: String,
    #[prop(into)] label: String,
    #[prop(optional)] text: &'static str,
    get: G,
    set: S,
) -> impl IntoView
where
    G: Fn(&AgentDraft) -> bool + Send + Sync + 'static,
    S: Fn(&mut AgentDraft, bool) + Send + Sync + 'static,
{
    let sheet = use_sheet();
    let value = sheet.read(get);
    view! {
        <label class="tick">
            <input
                type="checkbox" disabled=sheet.locked prop:checked=value
                on:change=move |event| sheet.edit(&path, |draft| set(draft, event_target_checked(&event)))
            />
            <span>
                {label}
                {(!text.is_empty()).then(|| view! { <span class="quiet">{text}</span> })}
            </span>
        </label>
    }
}

/// A number within bounds, as a slider that says its value in words.
#[component]
pub(super) fn Slider<G, S>(
    path: &'static str,
    label: &'static str,
    #[prop(into)] min: f64,
    #[prop(into)] max: f64,
    #[prop(into)] step: f64,
    get: G,
    set: S,
    say: fn(f64) -> String,
    #[prop(optional)] hint: &'static str,
) -> impl IntoView
where
    G: Fn(&AgentDraft) -> f64 + Send + Sync + 'static,
    S: Fn(&mut AgentDraft, f64) + Copy + Send + Sync + 'static,
{
    let sheet = use_sheet();
    let value = sheet.read(get);
    let id = dom_id(path);
    view! {
        <div class="field">
            <div class="slider-head">
                <label for=id.clone()>{label}</label>
                <output for=id.clone()>{move || say(value.get())}</output>
            </div>
            <input
                id=id.clone() class="slider" type="range" min=min max=max step=step disabled=sheet.locked
                prop:value=move || value.get().to_string() aria-valuetext=move || say(value.get())
                aria-describedby=format!("{id}-foot")
                on:input=move |event| {
                    if let Ok(number) = event_target_value(&event).parse::<f64>() {
                        sheet.edit(path, |draft| set(draft, number));
                    }
                }
            />
            <Foot path hint/>
        </div>
    }
}
