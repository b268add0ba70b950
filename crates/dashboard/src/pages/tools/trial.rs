//! A try: arguments from the schema, one call, and what came of it.

use super::history::Outcome;
use super::outcome;
use super::schema::{Argument, Kind, arguments, value};
use crate::api::tools as api;
use crate::components::form::{FormProblem, is_wrong};
use crate::components::icon::{Glyph, Icon};
use crate::components::state::Badge;
use crate::load::Load;
use crate::text;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::Problem;
use protocol::api::{Tool, ToolRun};
use wasm_bindgen::JsCast;

fn field_id(name: &str) -> String {
    format!("try-{name}")
}

/// What an argument's field holds now.
fn typed(name: &str) -> String {
    let Some(element) = document().get_element_by_id(&field_id(name)) else { return String::new() };
    if let Some(input) = element.dyn_ref::<web_sys::HtmlInputElement>() {
        return if input.type_() == "checkbox" { input.checked().to_string() } else { input.value() };
    }
    if let Some(select) = element.dyn_ref::<web_sys::HtmlSelectElement>() {
        return select.value();
    }
    element.dyn_ref::<web_sys::HtmlTextAreaElement>().map(|area| area.value()).unwrap_or_default()
}

#[component]
pub(super) fn Trial(tool: Load<Tool>) -> impl IntoView {
    // The fields stay as they are while the schema does.
    let schema = Memo::new(move |_| tool.part(|tool| tool.content.schema.clone()).unwrap_or_default());
    let fields = Memo::new(move |_| schema.with(arguments));
    let (busy, problem) = (RwSignal::new(false), RwSignal::new(None::<Problem>));
    let done = RwSignal::new(None::<ToolRun>);
    let run = move || {
        let Some(id) = untrack(|| tool.part(|tool| tool.id.clone())).filter(|_| !busy.get_untracked()) else {
            return;
        };
        let mut sent = serde_json::Map::new();
        for Argument { name, kind, .. } in fields.get_untracked() {
            match value(&kind, &typed(&name)) {
                Ok(Some(value)) => drop(sent.insert(name, value)),
                Ok(None) => {}
                Err(reason) => {
                    crate::components::form::focus(&field_id(&name));
                    problem.set(Some(Problem::field(&name, reason)));
                    return;
                }
            }
        }
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            let reply = api::attempt(id, sent.into()).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match reply {
                Ok(run) => done.set(Some(run)),
                Err(why) => problem.set(Some(Problem { field: None, ..why })),
            }
            tool.refresh();
        });
    };
    let general = Signal::derive(move || problem.get().filter(|problem| problem.field.is_none()));
    view! {
        <section class="card" aria-labelledby="tool-try">
            <div class="card-head">
                <div>
                    <h2 id="tool-try">"Try it"</h2>
                    <p class="quiet">"This makes a real call of the saved definition, and nobody is asked first."</p>
                </div>
            </div>
            <form class="form" novalidate on:submit=move |event: web_sys::SubmitEvent| {
                event.prevent_default();
                run();
            }>
                <FormProblem problem=general/>
                {move || fields.get().into_iter().map(|argument| view! { <Field argument problem/> }).collect_view()}
                <div class="form-acts">
                    <button class="button" type="submit" aria-disabled=move || busy.get().to_string()>
                        {move || if busy.get() {
                            view! { <span class="spinner on"></span> "Calling…" }.into_any()
                        } else {
                            view! { <Icon glyph=Glyph::Play/> "Call it" }.into_any()
                        }}
                    </button>
                </div>
            </form>
            <div role="status" class="tool-result">
                {move || done.get().map(|run| {
                    let state = run.state;
                    view! {
                        <p class="item-facts">
                            <Badge state=Signal::derive(move || outcome(state))/>
                            <span>{text::duration(run.duration_ms)}</span>
                            {run.http_status.map(|status| view! { <span>{format!("HTTP {status}")}</span> })}
                        </p>
                        <Outcome run/>
                    }
                })}
            </div>
        </section>
    }
}

#[component]
fn Field(argument: Argument, problem: RwSignal<Option<Problem>>) -> impl IntoView {
    let Argument { name, kind, required, description } = argument;
    let id = field_id(&name);
    let (foot, own) = (format!("{id}-foot"), StoredValue::new(name.clone()));
    let wrong = move || own.with_value(|name| is_wrong(problem, name));
    let said = move || {
        let here = |problem: &Problem| own.with_value(|name| problem.field.as_ref() == Some(name));
        problem.get().filter(here).map(|problem| problem.message)
    };
    let control = match kind {
        Kind::Choice(options) => view! {
            <select id=id.clone() class="select" aria-describedby=foot.clone()>
                {(!required).then(|| view! { <option value=""></option> })}
                {options.into_iter().map(|option| view! { <option value=option.clone()>{option.clone()}</option> }).collect_view()}
            </select>
        }
        .into_any(),
        Kind::Flag => view! { <input id=id.clone() type="checkbox" aria-describedby=foot.clone()/> }.into_any(),
        Kind::Json => view! {
            <textarea id=id.clone() rows="2" dir="ltr" aria-describedby=foot.clone() aria-invalid=wrong></textarea>
        }
        .into_any(),
        Kind::Text | Kind::Number => view! {
            <input
                id=id.clone() type="text" autocomplete="off" dir="auto" aria-describedby=foot.clone() aria-invalid=wrong
                inputmode=(kind == Kind::Number).then_some("decimal")
            />
        }
        .into_any(),
    };
    view! {
        <div class="field">
            <label for=id dir="ltr">{name} {(!required).then_some(" (optional)")}</label>
            {control}
            <p class="field-hint" class:wrong=move || said().is_some() id=foot dir="auto">
                {move || said().unwrap_or_else(|| description.clone())}
            </p>
        </div>
    }
}
