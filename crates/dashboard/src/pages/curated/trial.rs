//! "Try it": which curated answer a question gets, and why.

use crate::api::knowledge as api;
use crate::components::form::{FormProblem, focus};
use crate::components::icon::{Glyph, Icon};
use crate::components::state::Badge;
use crate::pages::knowledge::markdown::Markdown;
use crate::session::use_session;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::Problem;
use protocol::api::{CuratedTrial, CuratedTrialReply};
use protocol::internal::{CuratedHit, CuratedMatch};

#[component]
pub(super) fn Trial() -> impl IntoView {
    let session = use_session();
    let question = RwSignal::new(String::new());
    let page = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let reply = RwSignal::new(None::<CuratedTrialReply>);
    Effect::new(move |before: Option<()>| {
        session.agent.track();
        if before.is_some() {
            reply.set(None);
        }
    });
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(agent) = session.agent.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        let asked = question.get_untracked().trim().to_owned();
        if asked.is_empty() {
            problem.set(Some(Problem::field("question", "Write a question as a visitor would ask it.")));
            focus("try-question");
            return;
        }
        busy.set(true);
        problem.set(None);
        let page = page.get_untracked().trim().to_owned();
        let trial = CuratedTrial { question: asked, page_url: (!page.is_empty()).then_some(page) };
        spawn_local(async move {
            match api::try_curated(agent, trial).await {
                Ok(found) => {
                    reply.try_set(Some(found));
                }
                Err(why) => {
                    reply.try_set(None);
                    problem.try_set(Some(why));
                }
            }
            busy.try_set(false);
        });
    };
    view! {
        <section class="card trial" aria-labelledby="try-title">
            <h2 id="try-title">"Try it"</h2>
            <form class="trial-form" novalidate on:submit=submit>
                <div class="field">
                    <label for="try-question">"Question"</label>
                    <input id="try-question" type="text" autocomplete="off" dir="auto" placeholder="As a visitor would ask it"
                        prop:value=move || question.get() on:input=move |event| question.set(event_target_value(&event))/>
                </div>
                <div class="field">
                    <label for="try-page">"Asked on page (optional)"</label>
                    <input id="try-page" type="url" inputmode="url" autocomplete="off" spellcheck="false" dir="ltr" placeholder="https://example.com/prices"
                        prop:value=move || page.get() on:input=move |event| page.set(event_target_value(&event))/>
                </div>
                <button class="button primary" type="submit" aria-disabled=move || busy.get().to_string()>
                    <span class="spinner" class:on=move || busy.get()></span>
                    "Try"
                </button>
            </form>
            <FormProblem problem/>
            <div class="trial-reply" role="status">
                {move || reply.get().map(|reply| view! { <Outcome reply/> })}
            </div>
        </section>
    }
}

/// Why an answer applies, and what the visitor gets then.
fn why(hit: &CuratedHit) -> ((&'static str, &'static str), String) {
    match hit.by {
        CuratedMatch::Exact => (
            ("Exact", "good"),
            "The question is one of its phrasings; visitors get it word for word.".to_owned(),
        ),
        CuratedMatch::Keyword => (
            ("Keywords", "good"),
            "The question has all words of a line of keywords; visitors get it word for word.".to_owned(),
        ),
        CuratedMatch::Closeness => (
            ("Closeness", "busy"),
            format!(
                "The question means nearly the same (closeness {:.2}); the answer is the agent's first source.",
                hit.score
            ),
        ),
    }
}

#[component]
fn Outcome(reply: CuratedTrialReply) -> impl IntoView {
    let language = reply.language.map(|language| format!(" Taken for language “{language}”."));
    match reply.hit {
        Some(hit) => {
            let (badge, words) = why(&hit);
            view! {
                <div class="trial-hit">
                    <p class="trial-why">
                        <Badge state=Signal::derive(move || badge)/>
                        <strong dir="auto">{format!("“{}”", hit.pattern)}</strong>
                    </p>
                    <p class="quiet">{words}{language}</p>
                    <div class="markdown-preview"><Markdown text=Signal::stored(hit.answer)/></div>
                </div>
            }
            .into_any()
        }
        None => view! {
            <p class="trial-none"><Icon glyph=Glyph::Chat/><span>"None applies: the agent answers this itself." {language}</span></p>
        }
        .into_any(),
    }
}
