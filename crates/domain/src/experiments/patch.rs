//! What a variant changes: applied to what a visitor sees, to a draft when the winner is kept, and checked like one.

use protocol::Problem;
use protocol::agent::{AgentDraft, AgentSnapshot, Model, Persona};
use protocol::experiments::{CtaPatch, ExperimentKind, Patch, RulePatch};
use protocol::rules::{CtaKind, EdgeCta, EdgeRule, RuleAction};

use crate::{cta, draft, rules};

/// The part of an agent that a draft and a published one share.
struct Own<'a> {
    persona: &'a mut Persona,
    welcome: &'a mut String,
    quick_prompts: &'a mut Vec<String>,
    instructions: &'a mut String,
    models: &'a mut Vec<Model>,
    simple_model: &'a mut Option<Model>,
}

fn put<T: Clone>(place: &mut T, value: Option<&T>) {
    if let Some(value) = value {
        place.clone_from(value);
    }
}

fn change(patch: &Patch, own: Own<'_>) {
    put(own.persona, patch.persona.as_ref());
    put(own.welcome, patch.welcome.as_ref());
    put(own.quick_prompts, patch.quick_prompts.as_ref());
    put(own.instructions, patch.instructions.as_ref());
    put(own.models, patch.models.as_ref());
    // A variant's figures are those of its own models, whatever is asked.
    if patch.models.is_some() {
        *own.simple_model = None;
    }
}

/// Makes an agent what a visitor of this variant sees.
pub(super) fn apply(patch: &Patch, agent: &mut AgentSnapshot) {
    change(
        patch,
        Own {
            persona: &mut agent.persona,
            welcome: &mut agent.welcome,
            quick_prompts: &mut agent.quick_prompts,
            instructions: &mut agent.instructions,
            models: &mut agent.models,
            simple_model: &mut agent.simple_model,
        },
    );
    ctas_patched(&mut agent.ctas, &patch.ctas);
    agent.ctas.retain(|cta| cta.content.enabled);
    rules_patched(&mut agent.rules, &patch.rules);
    agent.rules.retain(|rule| rule.content.enabled);
}

/// A draft as a variant has it.
#[must_use]
pub fn patched(mut draft: AgentDraft, patch: &Patch) -> AgentDraft {
    change(
        patch,
        Own {
            persona: &mut draft.persona,
            welcome: &mut draft.welcome,
            quick_prompts: &mut draft.quick_prompts,
            instructions: &mut draft.instructions,
            models: &mut draft.models,
            simple_model: &mut draft.simple_model,
        },
    );
    draft
}

/// Calls to action as a variant has them.
pub fn ctas_patched(ctas: &mut [EdgeCta], patches: &[CtaPatch]) {
    for patch in patches {
        if let Some(cta) = ctas.iter_mut().find(|cta| cta.id == patch.id) {
            put(&mut cta.content.label, patch.label.as_ref());
            put(&mut cta.content.kind, patch.kind.as_ref());
            put(&mut cta.content.target, patch.target.as_ref());
            if cta.content.kind == CtaKind::CaptureEmail {
                cta.content.target.clear();
            }
            cta.content.enabled &= !patch.off;
        }
    }
}

/// Rules as a variant has them.
pub fn rules_patched(rules: &mut [EdgeRule], patches: &[RulePatch]) {
    for patch in patches {
        if let Some(rule) = rules.iter_mut().find(|rule| rule.id == patch.id) {
            put(&mut rule.content.when, patch.when.as_ref());
            put(&mut rule.content.action, patch.action.as_ref());
            rule.content.enabled &= !patch.off;
        }
    }
}

/// A patch that can be stored: of its kind alone, of what a draft may hold, over rules and calls to action that there
/// are. `at` is where the patch stands, for the problem's field.
///
/// # Errors
/// When something has to be mended; the problem names the field and says what to do.
pub fn accept(
    at: &str,
    kind: ExperimentKind,
    patch: &Patch,
    edge: (&[EdgeRule], &[EdgeCta]),
) -> Result<(), Problem> {
    let field = |name: &str| format!("{at}.{name}");
    let Patch { persona, welcome, quick_prompts, instructions, models, ctas, rules } = patch;
    let given = [
        (ExperimentKind::Persona, "persona", persona.is_some()),
        (ExperimentKind::Persona, "welcome", welcome.is_some()),
        (ExperimentKind::Persona, "quick_prompts", quick_prompts.is_some()),
        (ExperimentKind::Prompt, "instructions", instructions.is_some()),
        (ExperimentKind::Model, "models", models.is_some()),
        (ExperimentKind::Cta, "ctas", !ctas.is_empty()),
        (ExperimentKind::Trigger, "rules", !rules.is_empty()),
    ];
    if let Some((_, name, _)) = given.iter().find(|(of, _, given)| *given && *of != kind) {
        let message = "An experiment changes one kind of thing, so that its figures say what made the difference. Leave this out.";
        return Err(Problem::field(&field(name), message));
    }
    if models.as_ref().is_some_and(Vec::is_empty) {
        let message = "Name the models of this variant; `extractive` is the site's own sentences.";
        return Err(Problem::field(&field("models"), message));
    }
    draft::check(&patched(AgentDraft::default(), patch)).map_err(|problem| {
        let name = problem.field.clone().unwrap_or_default();
        Problem { field: Some(field(&name)), ..problem }
    })?;
    for (place, patch) in ctas.iter().enumerate() {
        accept_cta(&field(&format!("ctas[{place}]")), patch, edge.1)?;
    }
    for (place, patch) in rules.iter().enumerate() {
        accept_rule(&field(&format!("rules[{place}]")), patch, edge)?;
    }
    Ok(())
}

fn accept_cta(at: &str, patch: &CtaPatch, ctas: &[EdgeCta]) -> Result<(), Problem> {
    let Some(cta) = ctas.iter().find(|cta| cta.id == patch.id) else {
        return Err(Problem::field(
            at,
            "There is no such call to action that is switched on. Choose another one.",
        ));
    };
    if let Some(label) = &patch.label {
        cta::accept_label(&format!("{at}.label"), label)?;
    }
    let kind = patch.kind.unwrap_or(cta.content.kind);
    let target = patch.target.as_ref().unwrap_or(&cta.content.target);
    cta::accept_target(&format!("{at}.target"), kind, target).map(|_| ())
}

fn accept_rule(at: &str, patch: &RulePatch, (rules, ctas): (&[EdgeRule], &[EdgeCta])) -> Result<(), Problem> {
    let inside = |problem: Problem| {
        let name = problem.field.clone().unwrap_or_default();
        Problem { field: Some(format!("{at}.{name}")), ..problem }
    };
    if !rules.iter().any(|rule| rule.id == patch.id) {
        return Err(Problem::field(at, "There is no such rule that is switched on. Choose another one."));
    }
    if let Some(when) = &patch.when {
        rules::accept_when(when.clone()).map_err(inside)?;
    }
    if let Some(action) = &patch.action {
        let action = rules::accept_action(action.clone()).map_err(inside)?;
        if let RuleAction::ShowCta { cta_id } = action
            && !ctas.iter().any(|cta| cta.id == cta_id)
        {
            let message = "There is no such call to action that is switched on. Choose another one.";
            return Err(Problem::field(&format!("{at}.action"), message));
        }
    }
    Ok(())
}
