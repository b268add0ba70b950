//! What one variant changes, as fields of its kind.

use super::fields::{Check, Choice, Sheet, Text, given, lines};
use leptos::prelude::*;
use protocol::VariantId;
use protocol::agent::{AgentDraft, Model};
use protocol::api::{CtaRule, ExperimentVariant, ModelOption, Rule, VariantWrite};
use protocol::experiments::{CtaPatch, ExperimentKind, Patch, RulePatch};
use protocol::rules::{RuleAction, RuleWhen};

/// What there is to be changed.
#[derive(Clone, PartialEq)]
pub(super) struct Subject {
    pub(super) draft: AgentDraft,
    pub(super) rules: Vec<Rule>,
    pub(super) ctas: Vec<CtaRule>,
    pub(super) models: Vec<ModelOption>,
}

/// One variant as it is typed.
#[derive(Clone, Copy)]
pub(super) struct Typed {
    pub(super) key: usize,
    id: StoredValue<Option<VariantId>>,
    name: RwSignal<String>,
    weight: RwSignal<String>,
    /// It leaves the agent as it is.
    same: RwSignal<bool>,
    /// Welcome, tone and questions; instructions; a button's text and target; a rule's message.
    text: RwSignal<String>,
    tone: RwSignal<String>,
    prompts: RwSignal<String>,
    target: RwSignal<String>,
    /// The rule, call to action or model that is chosen.
    chosen: RwSignal<String>,
    leaving: RwSignal<bool>,
    off: RwSignal<bool>,
}

impl Typed {
    pub(super) fn new(key: usize, name: &str, same: bool) -> Self {
        let empty = || RwSignal::new(String::new());
        Self {
            key,
            id: StoredValue::new(None),
            name: RwSignal::new(name.to_owned()),
            weight: RwSignal::new("1".to_owned()),
            same: RwSignal::new(same),
            text: empty(),
            tone: empty(),
            prompts: empty(),
            target: empty(),
            chosen: empty(),
            leaving: RwSignal::new(false),
            off: RwSignal::new(false),
        }
    }

    pub(super) fn of(key: usize, variant: &ExperimentVariant) -> Self {
        let patch = &variant.patch;
        let typed = Self::new(key, &variant.name, *patch == Patch::default());
        typed.id.set_value(Some(variant.id.clone()));
        typed.weight.set(variant.weight.to_string());
        typed.text.set(patch.welcome.clone().or(patch.instructions.clone()).unwrap_or_default());
        typed.tone.set(patch.persona.as_ref().map(|persona| persona.tone.clone()).unwrap_or_default());
        typed.prompts.set(patch.quick_prompts.as_ref().map(|all| all.join("\n")).unwrap_or_default());
        if let Some(model) = patch.models.as_ref().and_then(|models| models.first()) {
            typed.chosen.set(model_key(model));
        }
        if let Some(cta) = patch.ctas.first() {
            typed.chosen.set(cta.id.to_string());
            typed.text.set(cta.label.clone().unwrap_or_default());
            typed.target.set(cta.target.clone().unwrap_or_default());
            typed.off.set(cta.off);
        }
        if let Some(rule) = patch.rules.first() {
            typed.chosen.set(rule.id.to_string());
            typed.leaving.set(rule.when == Some(RuleWhen::ExitIntent));
            typed.off.set(rule.off);
            if let Some(RuleAction::OpenWithMessage { message }) = &rule.action {
                typed.text.set(message.clone());
            }
        }
        typed
    }

    pub(super) fn write(self, kind: ExperimentKind, subject: &Subject) -> VariantWrite {
        VariantWrite {
            id: self.id.get_value(),
            name: self.name.get_untracked(),
            weight: super::fields::number(self.weight),
            patch: if self.same.get_untracked() { Patch::default() } else { self.patch(kind, subject) },
        }
    }

    fn patch(self, kind: ExperimentKind, subject: &Subject) -> Patch {
        let (text, chosen) = (given(self.text), self.chosen.get_untracked());
        match kind {
            ExperimentKind::Persona => {
                let persona = given(self.tone).map(|tone| {
                    let mut persona = subject.draft.persona.clone();
                    persona.tone = tone;
                    persona
                });
                let prompts = lines(self.prompts);
                let quick_prompts = (!prompts.is_empty()).then_some(prompts);
                Patch { persona, welcome: text, quick_prompts, ..Patch::default() }
            }
            ExperimentKind::Prompt => Patch { instructions: text, ..Patch::default() },
            ExperimentKind::Model => {
                let all = &subject.models;
                let option =
                    all.iter().find(|option| model_key(&option.model) == chosen).or_else(|| all.first());
                Patch { models: option.map(|option| vec![option.model.clone()]), ..Patch::default() }
            }
            ExperimentKind::Cta => {
                let all = &subject.ctas;
                let cta = all.iter().find(|cta| cta.id.as_str() == chosen).or_else(|| all.first());
                let patch = |cta: &CtaRule| CtaPatch {
                    id: cta.id.clone(),
                    label: text,
                    kind: None,
                    target: given(self.target),
                    off: self.off.get_untracked(),
                };
                Patch { ctas: cta.map(patch).into_iter().collect(), ..Patch::default() }
            }
            ExperimentKind::Trigger => {
                let all = &subject.rules;
                let rule = all.iter().find(|rule| rule.id.as_str() == chosen).or_else(|| all.first());
                let patch = |rule: &Rule| RulePatch {
                    id: rule.id.clone(),
                    when: self.leaving.get_untracked().then_some(RuleWhen::ExitIntent),
                    action: text.map(|message| RuleAction::OpenWithMessage { message }),
                    off: self.off.get_untracked(),
                };
                Patch { rules: rule.map(patch).into_iter().collect(), ..Patch::default() }
            }
        }
    }
}

fn model_key(model: &Model) -> String {
    format!("{:?} {}", model.provider(), model.name().unwrap_or_default())
}

/// The fields of one variant.
#[component]
pub(super) fn VariantFields(
    sheet: Sheet,
    typed: Typed,
    kind: Signal<ExperimentKind>,
    subject: Signal<Option<Subject>>,
    remove: Option<Callback<usize>>,
) -> impl IntoView {
    let key = typed.key;
    let options = Signal::derive(move || {
        let Some(subject) = subject.get() else { return Vec::new() };
        match kind.get() {
            ExperimentKind::Cta => {
                subject.ctas.into_iter().map(|cta| (cta.id.to_string(), cta.content.name)).collect()
            }
            ExperimentKind::Trigger => {
                subject.rules.into_iter().map(|rule| (rule.id.to_string(), rule.content.name)).collect()
            }
            _ => subject.models.into_iter().map(|option| (model_key(&option.model), option.label)).collect(),
        }
    });
    let changed = move || {
        match kind.get() {
            ExperimentKind::Persona => view! {
                <Text sheet field=field(key, 2) label="Welcome" value=typed.text rows=2 hint="Empty ones stay as they are."/>
                <Text sheet field=field(key, 3) label="Tone" value=typed.tone/>
                <Text sheet field=field(key, 4) label="Quick prompts" value=typed.prompts rows=2 hint="One a line."/>
            }
            .into_any(),
            ExperimentKind::Prompt => view! {
                <Text sheet field=field(key, 2) label="Instructions" value=typed.text rows=5 hint="Instead of those of the agent."/>
            }
            .into_any(),
            ExperimentKind::Model => view! {
                <Choice sheet field=field(key, 5) label="Model" value=typed.chosen options/>
            }
            .into_any(),
            ExperimentKind::Cta => view! {
                <Choice sheet field=field(key, 5) label="Call to action" value=typed.chosen options/>
                <Text sheet field=field(key, 2) label="On the button" value=typed.text hint="Empty ones stay as they are."/>
                <Text sheet field=field(key, 6) label="Where it leads" value=typed.target kind="url"/>
                <Check label="Do not show it" value=typed.off/>
            }
            .into_any(),
            ExperimentKind::Trigger => view! {
                <Choice sheet field=field(key, 5) label="Rule" value=typed.chosen options/>
                <Text sheet field=field(key, 2) label="Open with this message" value=typed.text rows=2 hint="Empty: the rule does what it does."/>
                <Check label="Wait until they are about to leave" value=typed.leaving/>
                <Check label="Do not let it fire" value=typed.off/>
            }
            .into_any(),
        }
    };
    view! {
        <fieldset class="field variant">
            <legend>{format!("Variant {}", key + 1)}</legend>
            <div class="field-pair">
                <Text sheet field=field(key, 0) label="Name" value=typed.name/>
                <Text sheet field=field(key, 1) label="Weight" value=typed.weight kind="number"/>
            </div>
            <Check label="Leave the agent as it is" value=typed.same/>
            <Show when=move || !typed.same.get()>{changed}</Show>
            {remove.map(|remove| view! {
                <button class="button" type="button" on:click=move |_| remove.run(key)>{format!("Remove variant {}", key + 1)}</button>
            })}
        </fieldset>
    }
}

/// Names of fields have to live as long as the page: one for each place of each variant.
fn field(variant: usize, place: usize) -> &'static str {
    const FIELDS: [[&str; 7]; 6] = {
        macro_rules! of {
            ($n:literal) => {
                [
                    concat!("variants[", $n, "].name"),
                    concat!("variants[", $n, "].weight"),
                    concat!("variants[", $n, "].text"),
                    concat!("variants[", $n, "].tone"),
                    concat!("variants[", $n, "].prompts"),
                    concat!("variants[", $n, "].chosen"),
                    concat!("variants[", $n, "].target"),
                ]
            };
        }
        [of!("0"), of!("1"), of!("2"), of!("3"), of!("4"), of!("5")]
    };
    FIELDS.get(variant).and_then(|of| of.get(place)).copied().unwrap_or("variant")
}
