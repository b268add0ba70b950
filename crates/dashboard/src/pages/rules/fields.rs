//! Fields of the dialogs: a signal each, with what is wrong with it.

use crate::components::form::{FieldProblem, focus, is_wrong, mend};
use crate::components::notice::{Notices, announce};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::Problem;

use super::item::Job;

/// What all fields of a form share.
#[derive(Clone, Copy)]
pub(super) struct Sheet {
    pub(super) busy: RwSignal<bool>,
    pub(super) problem: RwSignal<Option<Problem>>,
    notices: Option<Notices>,
}

impl Sheet {
    pub(super) fn new() -> Self {
        Self { busy: RwSignal::new(false), problem: RwSignal::new(None), notices: use_context::<Notices>() }
    }

    /// Saves once, however often it is asked; what is wrong is shown at its field.
    pub(super) fn save<T: 'static>(self, job: Job<T>, then: impl FnOnce(T) + 'static) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.problem.set(None);
        spawn_local(async move {
            let reply = job.await;
            if self.busy.try_set(false).is_some() {
                return;
            }
            match reply {
                Ok(now) => {
                    announce(self.notices, "Saved. Visitors have it from now on.");
                    then(now);
                }
                Err(why) => self.refuse(why),
            }
        });
    }

    pub(super) fn refuse(self, why: Problem) {
        if let Some(field) = &why.field {
            focus(&dom_id(field));
        }
        self.problem.set(Some(why));
    }
}

/// The id of a field's element.
fn dom_id(field: &str) -> String {
    format!("r-{}", field.replace(['.', '['], "-").replace(']', ""))
}

/// A field of one line, or of several where `rows` says so.
#[component]
pub(super) fn Text(
    sheet: Sheet,
    field: &'static str,
    label: &'static str,
    value: RwSignal<String>,
    #[prop(optional)] hint: &'static str,
    #[prop(optional)] sample: &'static str,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional)] rows: u32,
) -> impl IntoView {
    let id = dom_id(field);
    let described = format!("{id}-hint {id}-problem");
    let problem = sheet.problem;
    let input = move |event| {
        value.set(event_target_value(&event));
        mend(problem, field);
    };
    let control = if rows > 0 {
        view! {
            <textarea id=id.clone() rows=rows dir="auto" placeholder=sample aria-describedby=described
                aria-invalid=move || is_wrong(problem, field) prop:value=move || value.get() on:input=input></textarea>
        }
        .into_any()
    } else {
        let mode = (kind == "number").then_some("numeric");
        let ltr = matches!(kind, "url" | "number" | "date" | "time").then_some("ltr");
        view! {
            <input id=id.clone() type=kind autocomplete="off" dir=ltr.unwrap_or("auto") inputmode=mode placeholder=sample
                aria-describedby=described aria-invalid=move || is_wrong(problem, field)
                prop:value=move || value.get() on:input=input/>
        }
        .into_any()
    };
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            {(!hint.is_empty()).then(|| view! { <p class="field-hint" id=format!("{id}-hint")>{hint}</p> })}
            {control}
            <FieldProblem problem field=field id=format!("{id}-problem")/>
        </div>
    }
}

/// One of a few.
#[component]
pub(super) fn Choice(
    sheet: Sheet,
    field: &'static str,
    label: &'static str,
    value: RwSignal<String>,
    /// Values with their names.
    #[prop(into)]
    options: Signal<Vec<(String, String)>>,
) -> impl IntoView {
    let id = dom_id(field);
    let problem = sheet.problem;
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <select id=id.clone() aria-describedby=format!("{id}-problem") aria-invalid=move || is_wrong(problem, field)
                on:change=move |event| { value.set(event_target_value(&event)); mend(problem, field) }>
                {move || options.get().into_iter().map(|(key, name)| {
                    let known = key.clone();
                    view! { <option value=key selected=move || value.with(|value| *value == known)>{name}</option> }
                }).collect_view()}
            </select>
            <FieldProblem problem field=field id=format!("{id}-problem")/>
        </div>
    }
}

/// Values with their names, as [`Choice`] takes them.
pub(super) fn named(options: &[(&str, &str)]) -> Vec<(String, String)> {
    options.iter().map(|(key, name)| ((*key).to_owned(), (*name).to_owned())).collect()
}

/// Yes or no.
#[component]
pub(super) fn Check(#[prop(into)] label: String, value: RwSignal<bool>) -> impl IntoView {
    view! {
        <label class="check">
            <input type="checkbox" prop:checked=move || value.get() on:change=move |event| value.set(event_target_checked(&event))/>
            {label}
        </label>
    }
}

/// The buttons of a form.
#[component]
pub(super) fn Acts(sheet: Sheet, open: RwSignal<bool>) -> impl IntoView {
    view! {
        <div class="form-acts">
            <button class="button" type="button" on:click=move |_| open.set(false)>"Cancel"</button>
            <button class="button primary" type="submit" aria-disabled=move || sheet.busy.get().to_string()>
                <span class="spinner" class:on=move || sheet.busy.get()></span>
                {move || if sheet.busy.get() { "Saving…" } else { "Save" }}
            </button>
        </div>
    }
}

/// The lines of a text, without empty ones.
pub(super) fn lines(text: RwSignal<String>) -> Vec<String> {
    text.with_untracked(|text| {
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    })
}

/// A number, 0 where there is none.
pub(super) fn number(text: RwSignal<String>) -> u32 {
    text.with_untracked(|text| text.trim().parse().unwrap_or(0))
}

/// A text, none where it is empty.
pub(super) fn given(text: RwSignal<String>) -> Option<String> {
    let text = text.get_untracked().trim().to_owned();
    (!text.is_empty()).then_some(text)
}
