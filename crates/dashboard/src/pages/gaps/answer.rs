//! The dialog that answers a gap: a curated answer for the ways it was asked.

use super::Desk;
use crate::api::gaps as api;
use crate::components::dialog::Dialog;
use crate::components::form::{FieldProblem, FormProblem, focus, is_wrong, mend};
use crate::pages::knowledge::markdown_field::MarkdownField;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::Problem;
use protocol::api::{CuratedContent, Gap};

const MAX_ANSWER: usize = 4_000;

#[component]
pub(super) fn AnswerDialog(desk: Desk) -> impl IntoView {
    view! {
        <Dialog open=desk.open title="Answer this gap".to_owned()>
            {move || desk.answering.get_untracked().map(|gap| view! { <AnswerForm desk gap/> })}
        </Dialog>
    }
}

/// The ways it was asked, each once, the first first.
fn ways(gap: &Gap) -> String {
    let mut ways: Vec<&str> = Vec::new();
    for way in [gap.question.as_str()].into_iter().chain(gap.examples.iter().map(|one| one.question.as_str()))
    {
        let way = way.trim();
        if !way.is_empty() && !way.contains('\n') && !ways.iter().any(|known| known.eq_ignore_ascii_case(way))
        {
            ways.push(way);
        }
    }
    ways.join("\n")
}

#[component]
fn AnswerForm(desk: Desk, gap: Gap) -> impl IntoView {
    let pattern = RwSignal::new(ways(&gap));
    let answer = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let asked = gap.question.clone();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let tidy = |text: String| {
            text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
        };
        let content = CuratedContent {
            pattern: tidy(pattern.get_untracked()),
            keywords: String::new(),
            answer: answer.get_untracked().trim().to_owned(),
            pages: String::new(),
            languages: Vec::new(),
            enabled: true,
        };
        let missing = if content.pattern.is_empty() {
            Some(("pattern", "Write at least one way to ask for it."))
        } else if content.answer.is_empty() {
            Some(("answer", "Write the answer."))
        } else {
            None
        };
        if let Some((field, words)) = missing {
            focus(field);
            problem.set(Some(Problem::field(field, words)));
            return;
        }
        busy.set(true);
        let id = gap.id.clone();
        spawn_local(async move {
            match api::answer(id, content).await {
                Ok(gap) => {
                    desk.open.try_set(false);
                    desk.changed(Some(("Answered. The agent knows it in a moment.".to_owned(), gap.id)));
                }
                Err(why) => {
                    busy.try_set(false);
                    problem.try_set(Some(why));
                }
            }
        });
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <p class="said" dir="auto">{asked}</p>
            <FormProblem problem fields=&["pattern", "answer"]/>
            <MarkdownField id="answer" label="Answer" value=answer max=MAX_ANSWER rows=6 problem/>
            <div class="field">
                <label for="pattern">"Ways to ask for it"</label>
                <p class="field-hint" id="pattern-hint">"One a line. Matched word for word, and by meaning as the first source of the agent’s answer."</p>
                <textarea
                    id="pattern" rows="4" dir="auto" aria-describedby="pattern-hint pattern-problem"
                    aria-invalid=move || is_wrong(problem, "pattern") prop:value=move || pattern.get()
                    on:input=move |event| { pattern.set(event_target_value(&event)); mend(problem, "pattern") }
                ></textarea>
                <FieldProblem problem field="pattern"/>
            </div>
            <div class="form-acts">
                <button class="button" type="button" on:click=move |_| desk.open.set(false)>"Cancel"</button>
                <button class="button primary" type="submit" aria-disabled=move || busy.get().to_string()>
                    <span class="spinner" class:on=move || busy.get()></span>
                    {move || if busy.get() { "Saving…" } else { "Save the answer" }}
                </button>
            </div>
        </form>
    }
}
