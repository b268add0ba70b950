//! A question with its answer as it streams, and what was done for it beside.

use super::cite::{Cited, Popover};
use super::details::Details;
use super::feedback::Feedback;
use super::run::{Phase, Run};
use crate::components::icon::{Glyph, Icon};
use crate::components::state::Badge;
use crate::pages::knowledge::markdown::{Markdown, Marks};
use crate::pages::rules::CtaCard;
use crate::pages::turn::{provider_label, spent};
use crate::text;
use leptos::prelude::*;

#[component]
pub(super) fn RunView(run: ArcRwSignal<Run>) -> impl IntoView {
    let write = run.clone();
    let run: Signal<Run> = run.into();
    let key = run.with_untracked(|run| run.key.clone());
    let phase = Memo::new(move |_| run.with(|run| run.phase));
    let answer = Memo::new(move |_| run.with(|run| run.answer.clone()));
    let known = Memo::new(move |_| {
        run.with(|run| {
            run.end.as_ref().map(|end| end.citations.iter().map(|it| it.number).collect::<Vec<_>>())
        })
    });
    let cited = Cited::new(key.clone(), run);
    let marks: Marks = Callback::new(move |number: u32| {
        match known.get() {
        // The sources come with the end of the answer.
        None => Some(view! { <sup class="cite-soon">{number}</sup> }.into_any()),
        Some(known) if known.contains(&number) => Some(
            view! {
                <button class="cite" type="button" aria-label=format!("Source {number}") aria-haspopup="dialog"
                    on:click=move |event| cited.show(number, &event)>{number}</button>
            }
            .into_any(),
        ),
        Some(_) => None,
    }
    });
    let open = RwSignal::new(true);
    let version = run
        .with_untracked(|run| run.version.map_or("Draft".to_owned(), |version| format!("Version {version}")));
    let question = run.with_untracked(|run| run.question.clone());
    let details = format!("details-{key}");
    let panel = details.clone();
    view! {
        <li class="play-run">
            <div class="play-said">
                <div class="question">
                    <p class="said" dir="auto">{question}</p>
                    <span class="said-by">{version}</span>
                </div>
                <div class="answer" class:failed=move || phase.get() == Phase::Failed aria-busy=move || matches!(phase.get(), Phase::Asking | Phase::Writing).to_string()>
                    <Show when=move || phase.get() == Phase::Asking>
                        <p class="play-wait"><span class="spinner on"></span>{move || waiting(&run.get())}</p>
                    </Show>
                    <Show when=move || answer.with(|answer| !answer.is_empty())>
                        <Markdown text=Signal::derive(move || answer.get()) marks/>
                    </Show>
                    {move || run.with(|run| run.problem.clone()).map(|problem| view! {
                        <p class="form-problem" role="alert"><Icon glyph=Glyph::Alert/>{problem.message}</p>
                    })}
                    <Show when=move || phase.get() == Phase::Stopped><p class="turn-note">"You stopped the answer here."</p></Show>
                    <Invited run/>
                    <Facts run/>
                    <div class="play-acts">
                        <Feedback run write/>
                        <button class="button details-button" type="button" aria-expanded=move || open.get().to_string() aria-controls=details
                            on:click=move |_| open.update(|open| *open = !*open)>
                            {move || if open.get() { "Hide details" } else { "Show details" }}
                        </button>
                    </div>
                    <Popover cited/>
                </div>
            </div>
            <div class="play-details" id=panel>
                <Show when=move || open.get()><Details run/></Show>
            </div>
            <p class="visually-hidden" role="status">{move || match phase.get() {
                Phase::Finished => "The answer is complete.",
                Phase::Stopped => "The answer was stopped.",
                _ => "",
            }}</p>
        </li>
    }
}

/// What is being done before the first word.
fn waiting(run: &Run) -> &'static str {
    match (&run.found, run.prompts.is_empty()) {
        (None, _) => "Searching the knowledge…",
        (Some(_), true) => "Preparing the prompt…",
        (Some(_), false) => "Waiting for the model…",
    }
}

/// What the visitor would be invited to under the answer.
#[component]
fn Invited(run: Signal<Run>) -> impl IntoView {
    let invited =
        Memo::new(move |_| run.with(|run| run.end.as_ref().map(|end| (end.cta.clone(), end.form.clone()))));
    move || {
        let (cta, form) = invited.get()?;
        let cta = cta?;
        Some(view! { <CtaCard cta form/> })
    }
}

#[component]
fn Facts(run: Signal<Run>) -> impl IntoView {
    let end = Memo::new(move |_| run.with(|run| run.end.clone()));
    let simple = Memo::new(move |_| run.with(|run| run.simple.clone()));
    move || {
        end.get().map(|end| {
            let badge = if end.low_confidence { ("Low confidence", "warn") } else { ("Confident", "good") };
            let spent = spent(end.tokens, end.cost_micros);
            let wrote = end.model.unwrap_or_else(|| provider_label(end.provider).into());
            let checks = end.checks;
            view! {
                <div class="facts">
                    <Badge state=Signal::derive(move || badge)/>
                    <span>{text::percent(end.confidence, 1.0)}</span>
                    {checks.cut.is_some().then(|| view! { <Badge state=Signal::derive(|| ("Ended by the guard", "warn"))/> })}
                    {(checks.claims > 0).then(|| view! { <span>{format!("{} of {} statements supported", checks.supported, checks.claims)}</span> })}
                    <span title=provider_label(end.provider)>{wrote}</span>
                    {simple.get().map(|why| view! { <span title=why>"Simple question"</span> })}
                    {spent.map(|spent| view! { <span>{spent}</span> })}
                    <span>{format!("first word after {}", text::duration(end.stages.first_token))}</span>
                </div>
            }
        })
    }
}
