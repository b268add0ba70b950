//! Which models answer, in order; the site's own sentences stand behind the last.

use super::choices::Pick;
use super::editor::use_editor;
use super::fields::Section;
use super::ordered::{Lens, Ordered, RowView};
use crate::components::state::{Failure, Skeleton};
use crate::load::Load;
use domain::draft::MAX_MODELS;
use leptos::prelude::*;
use protocol::agent::{AgentDraft, Model};
use protocol::api::ModelOption;
use std::sync::Arc;

const MODELS: Lens<Model> = Lens { path: "models", of: |d| &d.models, of_mut: |d| &mut d.models };

#[component]
pub(super) fn ModelsPart(models: Load<Vec<ModelOption>>) -> impl IntoView {
    let has = Memo::new(move |_| models.value.with(Option::is_some));
    view! {
        <Section id="models" title="Models" text="Tried in this order: where one fails or is slow, the next answers.">
            {move || {
                if has.get() {
                    view! { <Order models/> }.into_any()
                } else if let Some(problem) = models.problem.get() {
                    view! { <Failure problem retry=move || models.refresh()/> }.into_any()
                } else {
                    view! { <Skeleton lines=2/> }.into_any()
                }
            }}
        </Section>
    }
}

/// A model as the value of a list's entry.
fn key(model: &Model) -> String {
    serde_json::to_string(model).unwrap_or_default()
}

#[component]
fn Order(models: Load<Vec<ModelOption>>) -> impl IntoView {
    let options: Vec<ModelOption> = untrack(|| {
        models.part(|all| all.iter().filter(|option| option.model != Model::Extractive).cloned().collect())
    })
    .unwrap_or_default();
    let none = options.is_empty();
    let free = options.clone();
    let blank = move |draft: &AgentDraft| {
        free.iter().map(|option| &option.model).find(|model| !draft.models.contains(model)).cloned()
    };
    view! {
        <Ordered
            lens=MODELS label="Order" item="Model" max=MAX_MODELS blank row=rows(options)
            hint=if none { "This installation has no model; its operator can configure one." } else { "" }
            last=ViewFn::from(|| view! {
                <li class="ordered-fixed">
                    <span>"The site’s own sentences"</span>
                    <span class="quiet">"Always last: quoted, never made up, needs no model"</span>
                </li>
            })
        />
    }
}

fn rows(options: Vec<ModelOption>) -> RowView {
    let editor = use_editor();
    Arc::new(move |i| {
        let options = options.clone();
        let here = editor.read(move |d| d.models.get(i).cloned());
        // A model is offered once; what the agent has stays, also when the installation lost it.
        let offered = Signal::derive(move || {
            let (own, taken) = (here.get(), editor.draft.with(|d| d.models.clone()));
            let mut list: Vec<(String, String)> = options
                .iter()
                .filter(|option| own.as_ref() == Some(&option.model) || !taken.contains(&option.model))
                .map(|option| (key(&option.model), option.label.clone()))
                .collect();
            if let Some(own) = own.filter(|own| !options.iter().any(|option| option.model == *own)) {
                list.insert(0, (key(&own), format!("{} (not available here)", name(&own))));
            }
            list
        });
        view! {
            <Pick
                path=format!("models[{i}]") label="Model" bare=true options=offered
                get=move |d| d.models.get(i).map(key).unwrap_or_default()
                set=move |d, text| {
                    if let (Some(entry), Ok(model)) = (d.models.get_mut(i), serde_json::from_str(&text)) {
                        *entry = model;
                    }
                }
            />
        }
        .into_any()
    })
}

fn name(model: &Model) -> &str {
    model.name().unwrap_or("The site’s own sentences")
}
