//! Which models answer, in order, and which one simple questions; the site's own sentences stand behind the last. An
//! agent's, or the workspace's for agents that have none of their own.

use super::choices::Pick;
use super::editor::use_sheet;
use super::fields::Section;
use super::ordered::{Lens, Ordered, RowView};
use crate::components::navigation::SETTINGS;
use crate::components::state::{Failure, Skeleton};
use crate::load::Load;
use domain::draft::MAX_MODELS;
use leptos::prelude::*;
use protocol::agent::{AgentDraft, Model, WorkspaceModels};
use protocol::api::{ModelOption, WorkspaceSettings};
use std::sync::Arc;

const MODELS: Lens<Model> = Lens { path: "models", of: |d| &d.models, of_mut: |d| &mut d.models };

#[component]
pub(super) fn ModelsPart(models: Load<Vec<ModelOption>>, settings: Load<WorkspaceSettings>) -> impl IntoView {
    view! {
        <Section id="models" title="Models" text="Tried in this order: where one fails or is slow, the next answers.">
            <ModelList models/>
            <OfWorkspace models settings/>
        </Section>
    }
}

/// The list with the model for simple questions, of the draft on the screen.
#[component]
pub(crate) fn ModelList(models: Load<Vec<ModelOption>>) -> impl IntoView {
    let has = Memo::new(move |_| models.value.with(Option::is_some));
    move || {
        if has.get() {
            view! { <Order models/><Simple models/> }.into_any()
        } else if let Some(problem) = models.problem.get() {
            view! { <Failure problem retry=move || models.refresh()/> }.into_any()
        } else {
            view! { <Skeleton lines=2/> }.into_any()
        }
    }
}

/// Which models answer while the agent has none of its own.
#[component]
fn OfWorkspace(models: Load<Vec<ModelOption>>, settings: Load<WorkspaceSettings>) -> impl IntoView {
    let empty = use_sheet().read(|d| d.models.is_empty());
    let said = move || {
        let options = models.value.get().unwrap_or_default();
        settings.part(|of| in_words(&of.models, &options))
    };
    view! {
        <Show when=move || empty.get()>
            <p class="quiet card-text">
                "The list is empty, so the workspace’s models answer. "
                {said}
                " "
                <a class="link" href=SETTINGS>"Models of the workspace"</a>
            </p>
        </Show>
    }
}

fn in_words(models: &WorkspaceModels, options: &[ModelOption]) -> String {
    if models.order.is_empty() {
        return "It has none either: the site’s own sentences answer.".into();
    }
    let names: Vec<String> = models.order.iter().map(|model| label(model, options)).collect();
    let simple = models.simple.as_ref().map(|model| format!(" Simple questions: {}.", label(model, options)));
    format!("These are, in order: {}.{}", names.join(", "), simple.unwrap_or_default())
}

fn label(model: &Model, options: &[ModelOption]) -> String {
    options
        .iter()
        .find(|option| option.model == *model)
        .map_or_else(|| format!("{} (not available here)", name(model)), |option| option.label.clone())
}

/// A model as the value of a list's entry.
fn key(model: &Model) -> String {
    serde_json::to_string(model).unwrap_or_default()
}

/// What the installation offers.
fn offered(models: Load<Vec<ModelOption>>) -> Vec<ModelOption> {
    untrack(|| models.value.get()).unwrap_or_default()
}

#[component]
fn Order(models: Load<Vec<ModelOption>>) -> impl IntoView {
    let options = offered(models);
    let free: Vec<Model> = options
        .iter()
        .map(|option| option.model.clone())
        .filter(|model| *model != Model::Extractive)
        .collect();
    let none = free.is_empty();
    let blank = move |draft: &AgentDraft| free.iter().find(|model| !draft.models.contains(*model)).cloned();
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
    let sheet = use_sheet();
    Arc::new(move |i| {
        let options = options.clone();
        let here = sheet.read(move |d| d.models.get(i).cloned());
        // A model is offered once; what the agent has stays, also when the installation lost it. The site's own
        // sentences stand last anyway: they are offered in place of all models.
        let offered = Signal::derive(move || {
            let (own, taken) = (here.get(), sheet.draft.with(|d| d.models.clone()));
            let alone = taken.len() == 1;
            let mut list: Vec<(String, String)> = options
                .iter()
                .filter(|option| {
                    own.as_ref() == Some(&option.model)
                        || !taken.contains(&option.model) && (alone || option.model != Model::Extractive)
                })
                .map(|option| (key(&option.model), option.label.clone()))
                .collect();
            if let Some(own) = own.filter(|own| !options.iter().any(|option| option.model == *own)) {
                list.insert(0, (key(&own), label(&own, &options)));
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

/// The model that is asked first where a question is simple; beside a list that begins with a model.
#[component]
fn Simple(models: Load<Vec<ModelOption>>) -> impl IntoView {
    let sheet = use_sheet();
    let options = StoredValue::new(offered(models));
    let shown = sheet.read(|d| d.models.first().is_some_and(|first| *first != Model::Extractive));
    let own = sheet.read(|d| d.simple_model.clone());
    let choices = Signal::derive(move || {
        let mut list = vec![(String::new(), "None: the list answers everything".to_owned())];
        options.with_value(|options| {
            let named = options.iter().filter(|option| option.model != Model::Extractive);
            list.extend(named.map(|option| (key(&option.model), option.label.clone())));
            if let Some(own) = own.get().filter(|own| !options.iter().any(|option| option.model == *own)) {
                list.push((key(&own), label(&own, options)));
            }
        });
        list
    });
    view! {
        <Show when=move || shown.get()>
            <Pick
                path="simple_model" label="For simple questions" options=choices
                get=|d| d.simple_model.as_ref().map(key).unwrap_or_default()
                set=|d, text| d.simple_model = serde_json::from_str(&text).ok()
                hint="A cheaper model that is asked first for one short question about a fact which one passage clearly says, while the agent has no tools. All else goes to the list, and so does what this model fails. The playground shows which was chosen and why."
            />
        </Show>
    }
}

fn name(model: &Model) -> &str {
    model.name().unwrap_or("The site’s own sentences")
}
