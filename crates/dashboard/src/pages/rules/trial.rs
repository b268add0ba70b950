//! "Try it": which rules a page has, and which call to action would follow a question there.

use super::{CtaCard, words};
use crate::api::rules as api;
use crate::components::form::{FormProblem, focus};
use crate::components::icon::{Glyph, Icon};
use crate::load::Load;
use crate::session::use_session;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::api::{CtaRule, Rule, RuleTrial, RuleTrialReply};
use protocol::rules::{Cta, CtaContent};
use protocol::{Problem, RuleId};

#[component]
pub(super) fn Trial(rules: Load<Vec<Rule>>, ctas: Load<Vec<CtaRule>>) -> impl IntoView {
    let session = use_session();
    let page = RwSignal::new(String::new());
    let question = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let reply = RwSignal::new(None::<RuleTrialReply>);
    // What was tried is old once something was changed.
    Effect::new(move |before: Option<()>| {
        session.agent.track();
        rules.value.track();
        if before.is_some() {
            reply.set(None);
        }
    });
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(agent) = session.agent.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        busy.set(true);
        problem.set(None);
        let question = question.get_untracked().trim().to_owned();
        let trial = RuleTrial { page_url: page.get_untracked().trim().to_owned(), question, asked: 1 };
        spawn_local(async move {
            match api::try_rules(agent, trial).await {
                Ok(found) => drop(reply.try_set(Some(found))),
                Err(why) => {
                    reply.try_set(None);
                    focus("try-page");
                    problem.try_set(Some(why));
                }
            }
            busy.try_set(false);
        });
    };
    let sentences = move |ids: &[RuleId]| -> Vec<String> {
        let (all, ctas) = (rules.value.get().unwrap_or_default(), ctas.value.get().unwrap_or_default());
        let of = |id: &RuleId| {
            all.iter().find(|rule| rule.id == *id).map(|rule| words::rule(&rule.content, &ctas))
        };
        ids.iter().filter_map(of).collect()
    };
    let outcome = move |found: RuleTrialReply| {
        let (now, later) = (sentences(&found.rules), sentences(&found.later));
        let cta = found.cta.and_then(|id| {
            ctas.part(|all| all.iter().find(|cta| cta.id == id).map(|cta| cta.content.clone()))
                .flatten()
                .map(|CtaContent { label, kind, target, .. }| Cta { id, label, kind, target })
        });
        let form = found.form;
        let none = now.is_empty();
        view! {
            <div class="trial-hit">
                {none.then(|| view! { <p class="trial-none"><Icon glyph=Glyph::Bell/>"No rule fires on this page now."</p> })}
                {(!none).then(|| view! {
                    <ol class="plain-list">{now.into_iter().map(|line| view! { <li dir="auto">{line}</li> }).collect_view()}</ol>
                })}
                {(!later.is_empty()).then(|| view! {
                    <p class="quiet">"At other times:"</p>
                    <ul class="plain-list quiet">{later.into_iter().map(|line| view! { <li dir="auto">{line}</li> }).collect_view()}</ul>
                })}
                {match cta {
                    Some(cta) => view! { <p class="quiet">"After the answer:"</p> <CtaCard cta form/> }.into_any(),
                    None => view! { <p class="quiet">"No call to action follows the answer."</p> }.into_any(),
                }}
            </div>
        }
    };
    view! {
        <section class="card trial" aria-labelledby="try-title">
            <h2 id="try-title">"Try it on a page"</h2>
            <form class="trial-form" novalidate on:submit=submit>
                <div class="field">
                    <label for="try-page">"Address of the page"</label>
                    <input id="try-page" type="url" inputmode="url" autocomplete="off" spellcheck="false" dir="ltr" placeholder="https://example.com/pricing"
                        prop:value=move || page.get() on:input=move |event| page.set(event_target_value(&event))/>
                </div>
                <div class="field">
                    <label for="try-question">"Question (optional)"</label>
                    <input id="try-question" type="text" autocomplete="off" dir="auto" placeholder="As a visitor would ask it"
                        prop:value=move || question.get() on:input=move |event| question.set(event_target_value(&event))/>
                </div>
                <button class="button" type="submit" aria-disabled=move || busy.get().to_string()>
                    <span class="spinner" class:on=move || busy.get()></span>
                    "Try"
                </button>
            </form>
            <FormProblem problem/>
            <div class="trial-reply" role="status">{move || reply.get().map(outcome)}</div>
        </section>
    }
}
