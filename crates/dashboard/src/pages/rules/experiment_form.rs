//! The dialog that writes an experiment.

use super::Editing;
use super::fields::{Acts, Choice, Sheet, Text, named};
use super::variant_fields::{Subject, Typed, VariantFields};
use crate::api::rules as api;
use crate::components::form::FormProblem;
use crate::components::icon::{Glyph, Icon};
use crate::load::Load;
use crate::session::use_session;
use leptos::prelude::*;
use protocol::api::{Experiment, ExperimentWrite, Goal};
use protocol::experiments::ExperimentKind;

pub(super) const KINDS: &[(&str, ExperimentKind, &str)] = &[
    ("persona", ExperimentKind::Persona, "Persona and welcome"),
    ("cta", ExperimentKind::Cta, "Call to action"),
    ("trigger", ExperimentKind::Trigger, "Rule"),
    ("prompt", ExperimentKind::Prompt, "Instructions"),
    ("model", ExperimentKind::Model, "Model"),
];
const GOALS: &[(&str, &str)] = &[
    ("any", "Follow a call to action, or become a lead"),
    ("cta_click", "Follow a call to action"),
    ("lead", "Become a lead"),
];

#[component]
pub(super) fn ExperimentForm(
    editing: Editing<Experiment>,
    experiments: Load<Vec<Experiment>>,
    subject: Signal<Option<Subject>>,
) -> impl IntoView {
    let session = use_session();
    let old = editing.item.get_untracked();
    let name = RwSignal::new(old.as_ref().map(|old| old.name.clone()).unwrap_or_default());
    let known = old.as_ref().map_or(ExperimentKind::Persona, |old| old.kind);
    let key = KINDS.iter().find(|(_, kind, _)| *kind == known).map_or("persona", |(key, ..)| key);
    let kind = RwSignal::new(key.to_owned());
    let goal = RwSignal::new(match old.as_ref().map(|old| old.goal) {
        Some(Goal::CtaClick) => "cta_click".to_owned(),
        Some(Goal::Lead) => "lead".to_owned(),
        _ => "any".to_owned(),
    });
    let chosen = Signal::derive(move || {
        let key = kind.get();
        KINDS.iter().find(|(known, ..)| *known == key).map_or(ExperimentKind::Persona, |(_, kind, _)| *kind)
    });
    let variants = RwSignal::new(match &old {
        Some(old) => old.variants.iter().enumerate().map(|(at, variant)| Typed::of(at, variant)).collect(),
        None => vec![Typed::new(0, "As it is", true), Typed::new(1, "Variant B", false)],
    });
    let sheet = Sheet::new();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let (Some(agent), Some(subject)) = (session.agent.get_untracked(), subject.get_untracked()) else {
            return;
        };
        let kind = chosen.get_untracked();
        let write = ExperimentWrite {
            name: name.get_untracked(),
            kind,
            goal: match goal.get_untracked().as_str() {
                "cta_click" => Goal::CtaClick,
                "lead" => Goal::Lead,
                _ => Goal::Any,
            },
            variants: variants
                .with_untracked(|all| all.iter().map(|typed| typed.write(kind, &subject)).collect()),
        };
        let then = move |_| {
            editing.open.set(false);
            experiments.refresh();
        };
        match old.clone() {
            Some(old) => sheet.save(Box::pin(api::update_experiment(old.id, old.revision, write)), then),
            None => sheet.save(Box::pin(api::create_experiment(agent, write)), then),
        }
    };
    // Places are counted anew, so that what is refused is found at its field.
    let remove = Callback::new(move |key: usize| {
        variants.update(|all| {
            all.retain(|typed| typed.key != key);
            for (at, typed) in all.iter_mut().enumerate() {
                typed.key = at;
            }
        });
    });
    let kinds: Vec<(String, String)> =
        KINDS.iter().map(|(key, _, name)| ((*key).to_owned(), (*name).to_owned())).collect();
    view! {
        <form class="form" novalidate on:submit=submit>
            <FormProblem problem=sheet.problem fields=&["name"]/>
            <Text sheet field="name" label="Name" value=name sample="Warmer welcome"/>
            <Choice sheet field="kind" label="What the variants differ in" value=kind options=kinds/>
            <Choice sheet field="goal" label="What visitors should do" value=goal options=named(GOALS)/>
            {move || {
                let all = variants.get();
                let removable = all.len() > 2;
                all.into_iter().map(|typed| view! {
                    <VariantFields sheet typed kind=chosen subject remove=removable.then_some(remove)/>
                }).collect_view()
            }}
            <Show when=move || variants.with(|all| all.len() < domain::experiments::MAX_VARIANTS)>
                <button class="button" type="button" on:click=move |_| variants.update(|all| {
                    all.push(Typed::new(all.len(), &format!("Variant {}", all.len() + 1), false));
                })>
                    <Icon glyph=Glyph::Plus/>"Add a variant"
                </button>
            </Show>
            <p class="field-hint">"Each visitor sees one variant, always the same. With weights 1 and 1 each is seen by half of them."</p>
            <Acts sheet open=editing.open/>
        </form>
    }
}
