//! Whose words a curated answer says: its own, or those of a template as the agent fills them in.

use crate::api::templates as api;
use crate::components::form::{FieldProblem, is_wrong, mend};
use crate::components::state::Loaded;
use crate::load::{Load, load};
use crate::pages::knowledge::markdown::Markdown;
use crate::session::use_session;
use domain::templates::fill_for_agents;
use leptos::prelude::*;
use protocol::api::Template;
use protocol::{Problem, TemplateId};

/// What was chosen.
#[derive(Clone, Copy)]
pub(super) struct Choice {
    /// The words of a template.
    pub(super) lent: RwSignal<bool>,
    pub(super) template: RwSignal<Option<TemplateId>>,
}

impl Choice {
    pub(super) fn new(template: Option<TemplateId>) -> Self {
        Self { lent: RwSignal::new(template.is_some()), template: RwSignal::new(template) }
    }
}

#[component]
pub(super) fn WordsChoice(choice: Choice) -> impl IntoView {
    let radio = move |this: bool, text: &'static str| {
        view! {
            <label>
                <input type="radio" name="words" prop:checked=move || choice.lent.get() == this
                    on:change=move |_| choice.lent.set(this)/>
                <span>{text}</span>
            </label>
        }
    };
    view! {
        <fieldset class="radio-set">
            <legend>"It says"</legend>
            <div class="radio-row">{radio(false, "Own words")} {radio(true, "Words of a template")}</div>
        </fieldset>
    }
}

#[component]
pub(super) fn TemplateField(choice: Choice, problem: RwSignal<Option<Problem>>) -> impl IntoView {
    let templates = load(|| Some(api::list()));
    let none = Memo::new(move |_| templates.part(Vec::is_empty).unwrap_or(false));
    view! {
        <Loaded
            has=Signal::derive(move || templates.value.with(Option::is_some))
            problem=templates.problem
            retry=move || templates.refresh()
            lines=2
        >
            <Show when=move || !none.get() fallback=move || view! {
                <div class="field">
                    <p class="quiet">
                        "There is no template yet. "
                        <a href="/app/templates">"Write the first"</a>
                        ", then choose it here."
                    </p>
                    <FieldProblem problem field="template_id"/>
                </div>
            }>
                <Pick choice templates problem/>
            </Show>
        </Loaded>
    }
}

#[component]
fn Pick(choice: Choice, templates: Load<Vec<Template>>, problem: RwSignal<Option<Problem>>) -> impl IntoView {
    let session = use_session();
    let names = Memo::new(move |_| {
        let workspace = session.me.with(|me| {
            let workspace = me.as_ref().and_then(|me| me.workspace.as_ref());
            workspace.map(|workspace| workspace.name.clone()).unwrap_or_default()
        });
        (session.current().map(|agent| agent.name).unwrap_or_default(), workspace)
    });
    let words = move |template: &Template| {
        names.with(|(agent, workspace)| fill_for_agents(&template.text, agent, workspace))
    };
    let chosen = Memo::new(move |_| {
        let id = choice.template.get()?;
        templates.part(|all| all.iter().find(|template| template.id == id).cloned()).flatten()
    });
    let options = move || {
        let agent = session.agent.get();
        let fits = |template: &&Template| template.agent_id.is_none() || template.agent_id == agent;
        let option = |template: &Template| {
            let id = template.id.clone();
            let selected = choice.template.with_untracked(|chosen| chosen.as_ref() == Some(&id));
            let unsayable = words(template).is_err();
            let name = if unsayable {
                format!("{} (for members only)", template.name)
            } else {
                template.name.clone()
            };
            view! { <option value=id.to_string() selected=selected disabled=unsayable && !selected>{name}</option> }
        };
        templates.part(|all| all.iter().filter(fits).map(option).collect_view())
    };
    view! {
        <div class="field">
            <label for="template_id">"Template"</label>
            <p class="field-hint" id="template_id-hint">
                "Its words are changed under " <a href="/app/templates">"Templates"</a> ", here and in all other answers at once."
            </p>
            <select class="select" id="template_id" aria-describedby="template_id-hint template_id-problem"
                aria-invalid=move || is_wrong(problem, "template_id")
                on:change=move |event| {
                    choice.template.set(event_target_value(&event).parse().ok());
                    mend(problem, "template_id");
                }
            >
                <option value="" selected=choice.template.with_untracked(Option::is_none)>"Choose a template"</option>
                {options}
            </select>
            <FieldProblem problem field="template_id"/>
        </div>
        {move || chosen.get().map(|template| {
            let said = match words(&template) {
                Ok(words) => view! { <Markdown text=Signal::stored(words)/> }.into_any(),
                Err(why) => view! { <p class="preview-problem">{why}</p> }.into_any(),
            };
            view! {
                <section class="template-preview" aria-label="Preview" aria-live="polite">
                    <h3>"What visitors read"</h3>
                    {said}
                </section>
            }
        })}
    }
}
