//! What was done for an answer: passages, prompt, timing, notes; a tab for each.

use super::Choices;
use super::found::FoundList;
use super::run::{Phase, Prompt, Run};
use crate::components::copy::CopyButton;
use crate::components::form::focus;
use crate::pages::turn::Timings;
use crate::text;
use leptos::prelude::*;
use protocol::answer::Cut;

const TABS: [&str; 5] = ["Passages", "Prompt", "Checks", "Timing", "Notes"];

#[component]
pub(super) fn Details(run: Signal<Run>) -> impl IntoView {
    let key = StoredValue::new(run.with_untracked(|run| run.key.clone()));
    let at = RwSignal::new(0_usize);
    let notes = Memo::new(move |_| run.with(|run| run.notes.len()));
    let tab_id = move |tab: usize| key.with_value(|key| format!("tab-{key}-{tab}"));
    let panel_id = move || key.with_value(|key| format!("panel-{key}"));
    let turn = move |event: web_sys::KeyboardEvent| {
        let rtl = document().document_element().and_then(|root| root.get_attribute("dir")).as_deref()
            == Some("rtl");
        let step = match (event.key().as_str(), rtl) {
            ("ArrowRight", false) | ("ArrowLeft", true) => 1,
            ("ArrowLeft", false) | ("ArrowRight", true) => TABS.len() - 1,
            _ => return,
        };
        event.prevent_default();
        let next = (at.get_untracked() + step) % TABS.len();
        at.set(next);
        focus(&tab_id(next));
    };
    let tabs = TABS
        .into_iter()
        .enumerate()
        .map(|(tab, name)| {
            view! {
                <button type="button" role="tab" class="segment" id=tab_id(tab) aria-controls=panel_id()
                    aria-selected=move || (at.get() == tab).to_string()
                    tabindex=move || if at.get() == tab { "0" } else { "-1" }
                    on:click=move |_| at.set(tab)>
                    {name}
                    {move || (tab == 4 && notes.get() > 0).then(|| view! { <span class="segment-count">{notes.get()}</span> })}
                </button>
            }
        })
        .collect_view();
    view! {
        <div class="segments" role="tablist" aria-label="Details of this answer" on:keydown=turn>{tabs}</div>
        <div class="play-panel" role="tabpanel" tabindex="0" id=panel_id() aria-labelledby=move || tab_id(at.get())>
            {move || match at.get() {
                0 => view! { <Passages run/> }.into_any(),
                1 => view! { <Prompts run/> }.into_any(),
                2 => view! { <Checked run/> }.into_any(),
                3 => view! { <Timing run/> }.into_any(),
                _ => view! { <Notes run/> }.into_any(),
            }}
        </div>
    }
}

#[component]
fn Nothing(run: Signal<Run>, ended: &'static str, meanwhile: &'static str) -> impl IntoView {
    let running = Memo::new(move |_| run.with(Run::running));
    view! { <p class="quiet">{move || if running.get() { meanwhile } else { ended }}</p> }
}

#[component]
fn Passages(run: Signal<Run>) -> impl IntoView {
    let found = Memo::new(move |_| run.with(|run| run.found.clone()));
    move || match found.get() {
        Some(found) => view! { <FoundList found/> }.into_any(),
        None => view! { <Nothing run ended="Nothing was searched for." meanwhile="Searching…"/> }.into_any(),
    }
}

#[component]
fn Prompts(run: Signal<Run>) -> impl IntoView {
    let prompts = Memo::new(move |_| run.with(|run| run.prompts.clone()));
    move || {
        let prompts = prompts.get();
        if prompts.is_empty() {
            return view! {
                <Nothing run ended="No model was asked: the answer was quoted or curated, or it failed before." meanwhile="No prompt yet."/>
            }
            .into_any();
        }
        prompts.into_iter().map(|prompt| view! { <PromptView prompt/> }).collect_view().into_any()
    }
}

#[component]
fn PromptView(prompt: Prompt) -> impl IntoView {
    let choices = expect_context::<Choices>();
    let whole = prompt
        .messages
        .iter()
        .map(|message| format!("{}:\n{}", message.role, message.content))
        .collect::<Vec<_>>()
        .join("\n\n");
    let model = prompt.model.clone();
    let messages = prompt
        .messages
        .into_iter()
        .map(|message| {
            let label = format!("Message of {}", message.role);
            view! {
                <li class="prompt-message">
                    <span class="prompt-role">{message.role}</span>
                    <pre class="prompt-text" dir="auto" tabindex="0" role="region" aria-label=label>{message.content}</pre>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="prompt">
            <div class="prompt-head">
                <p><strong>{move || choices.label(&model)}</strong> <span class="quiet">{text::count(u64::from(prompt.tokens), "token", "tokens")}</span></p>
                <CopyButton text=Signal::stored(whole)/>
            </div>
            <ol>{messages}</ol>
        </section>
    }
}

/// What the sources say of the answer, and what the guard did.
#[component]
fn Checked(run: Signal<Run>) -> impl IntoView {
    let checks = Memo::new(move |_| run.with(|run| run.end.as_ref().map(|end| end.checks.clone())));
    move || {
        let Some(checks) = checks.get() else {
            return view! {
                <Nothing run ended="Only a complete answer is checked." meanwhile="The answer is checked when it is complete."/>
            }
            .into_any();
        };
        let said = match (checks.supported, checks.claims) {
            (_, 0) => "Nothing in this answer could be compared with the sources.".to_owned(),
            (supported, claims) if supported == claims => {
                format!(
                    "Supported by the sources: all of {}.",
                    text::count(u64::from(claims), "statement", "statements")
                )
            }
            (supported, claims) => format!(
                "Supported by the sources: {supported} of {}. Not supported:",
                text::count(u64::from(claims), "statement", "statements")
            ),
        };
        let cut = checks.cut.map(|cut| {
            let why = match cut {
                Cut::Prompt => "The guard ended the answer: the model began to tell its prompt.",
                Cut::Repetition => "The guard ended the answer: the model repeated itself.",
                Cut::Length => "The guard ended the answer: it was longer than an answer may be.",
            };
            view! { <li>{why}</li> }
        });
        let links = (checks.links_removed > 0).then(|| {
            let links = text::count(u64::from(checks.links_removed), "address", "addresses");
            view! { <li>{format!("Taken out: {links} that no source has.")}</li> }
        });
        let unsupported = checks
            .unsupported
            .into_iter()
            .map(|said| view! { <li dir="auto"><q>{said}</q></li> })
            .collect_view();
        view! { <ul class="play-notes">{cut}{links}<li>{said}</li>{unsupported}</ul> }.into_any()
    }
}

#[component]
fn Timing(run: Signal<Run>) -> impl IntoView {
    let stages = Memo::new(move |_| run.with(|run| run.end.as_ref().map(|end| end.stages)));
    move || {
        match stages.get() {
        Some(stages) => view! { <Timings stages/> }.into_any(),
        None => view! {
            <Nothing run ended="The times come with a complete answer." meanwhile="The times come with the end of the answer."/>
        }
        .into_any(),
    }
    }
}

#[component]
fn Notes(run: Signal<Run>) -> impl IntoView {
    let notes = Memo::new(move |_| run.with(|run| run.notes.clone()));
    let failed = Memo::new(move |_| {
        run.with(|run| (run.phase == Phase::Failed).then(|| run.problem.clone()).flatten())
    });
    move || {
        let (notes, failed) = (notes.get(), failed.get());
        if notes.is_empty() && failed.is_none() {
            return view! {
                <Nothing run ended="Nothing of note happened." meanwhile="Nothing of note yet."/>
            }
            .into_any();
        }
        let notes = notes.into_iter().map(|note| view! { <li>{note}</li> }).collect_view();
        let failed = failed.map(|problem| view! { <li>{problem.message}</li> });
        view! { <ul class="play-notes">{notes}{failed}</ul> }.into_any()
    }
}
