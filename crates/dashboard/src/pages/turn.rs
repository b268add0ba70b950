//! A question with its answer: sources as footnotes, confidence, provider, timings, or why it failed.

use crate::clock::Hour;
use crate::components::icon::{Glyph, Icon};
use crate::components::state::Badge;
use crate::text::{self, Piece};
use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use protocol::answer::{Citation, Provider, Stages, Tokens};
use protocol::api::{Feedback, Turn, TurnState};

#[component]
pub(crate) fn TurnView(turn: Turn) -> impl IntoView {
    let failed = turn.state == TurnState::Failed;
    let answer = (!turn.answer.is_empty()).then(|| view! { <Answer turn=turn.clone()/> });
    let failure = failed.then(|| {
        let why = turn.failure.clone().map_or_else(|| "The answer did not arrive.".to_owned(), |p| p.message);
        view! { <p class="form-problem"><Icon glyph=Glyph::Alert/>{why}</p> }
    });
    let stopped = (turn.state == TurnState::Stopped)
        .then(|| view! { <p class="turn-note">"The visitor stopped the answer here."</p> });
    let id = turn.id.to_string();
    let (row, sought) = sought(&id);
    view! {
        <li class="turn" class:sought=move || sought.get() id=id node_ref=row>
            <div class="question">
                <p class="said" dir="auto">{turn.question.clone()}</p>
                <span class="said-by">"Visitor · " <Hour at=turn.asked_at/></span>
            </div>
            <div class="answer" class:failed=failed>
                {answer}
                {failure}
                {stopped}
                {turn.feedback.clone().map(|feedback| view! { <Opinion feedback/> })}
                <Facts turn=turn.clone()/>
            </div>
        </li>
    }
}

/// The row of what was said under an id, and whether the address names it: then it is scrolled to.
pub(crate) fn sought(id: &str) -> (NodeRef<html::Li>, Memo<bool>) {
    let (row, hash) = (NodeRef::<html::Li>::new(), use_location().hash);
    let own = format!("#{id}");
    let sought = Memo::new(move |_| hash.with(|hash| *hash == own));
    // What was said comes after the address has changed, so the browser has not gone there.
    Effect::new(move |_| {
        if let Some(row) = row.get().filter(|_| sought.get()) {
            row.scroll_into_view();
        }
    });
    (row, sought)
}

/// What the visitor thinks of the answer.
#[component]
fn Opinion(feedback: Feedback) -> impl IntoView {
    let (glyph, said) = if feedback.good {
        (Glyph::ThumbUp, "The visitor calls this answer good")
    } else {
        (Glyph::ThumbDown, "The visitor calls this answer bad")
    };
    let reason = (!feedback.reason.is_empty())
        .then(|| view! { <span dir="auto">{format!("“{}”", feedback.reason)}</span> });
    view! {
        <p class="turn-note opinion" class:bad=!feedback.good>
            <Icon glyph/>
            <span>{said}{if reason.is_some() { ": " } else { "." }}{reason}</span>
        </p>
    }
}

#[component]
fn Answer(turn: Turn) -> impl IntoView {
    let known: Vec<u32> = turn.citations.iter().map(|citation| citation.number).collect();
    let id = turn.id.to_string();
    let parts = text::pieces(&turn.answer, &known)
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.into_any(),
            Piece::Mark(number) => view! { <Mark turn=id.clone() number/> }.into_any(),
        })
        .collect_view();
    let notes = turn
        .citations
        .iter()
        .map(|citation| view! { <Footnote turn=id.clone() citation=citation.clone()/> })
        .collect_view();
    let cited = !turn.citations.is_empty();
    view! {
        <p class="said" dir="auto">{parts}</p>
        {cited.then(|| view! { <ol class="notes" aria-label="Sources">{notes}</ol> })}
    }
}

/// The number in the text; it leads to its footnote.
#[component]
fn Mark(turn: String, number: u32) -> impl IntoView {
    let target = format!("{turn}-{number}");
    let go = {
        let target = target.clone();
        move |event: web_sys::MouseEvent| {
            event.prevent_default();
            if let Some(note) = document().get_element_by_id(&target) {
                focus(&note);
            }
        }
    };
    view! {
        <a class="cite" href=format!("#{target}") rel="external" aria-label=format!("Source {number}") on:click=go>{number}</a>
    }
}

fn focus(element: &web_sys::Element) {
    use wasm_bindgen::JsCast;
    if let Some(element) = element.dyn_ref::<web_sys::HtmlElement>() {
        let _ = element.focus();
    }
}

#[component]
fn Footnote(turn: String, citation: Citation) -> impl IntoView {
    let name =
        if citation.title.is_empty() { text::short_url(&citation.url) } else { citation.title.clone() };
    let path = citation.heading_path.join(" › ");
    let link = if text::is_web(&citation.url) {
        view! {
            <a class="link" href=citation.url.clone() target="_blank" rel="noopener noreferrer" title=citation.url.clone()>
                {name} <Icon glyph=Glyph::External/>
            </a>
        }
        .into_any()
    } else {
        name.into_any()
    };
    view! {
        <li class="note" id=format!("{turn}-{}", citation.number) tabindex="-1">
            <span class="note-number" aria-hidden="true">{citation.number}</span>
            <div class="note-text" dir="auto">
                {link}
                {(!path.is_empty()).then(|| view! { <span class="note-path">{path}</span> })}
                <span class="note-snippet">{citation.snippet}</span>
            </div>
        </li>
    }
}

pub(crate) fn provider_label(provider: Provider) -> &'static str {
    match provider {
        Provider::Extractive => "Quoted from the site",
        Provider::OpenaiCompatible => "OpenAI-compatible model",
        Provider::Anthropic => "Anthropic",
        Provider::WorkersAi => "Workers AI",
        Provider::Curated => "Curated answer",
    }
}

#[component]
fn Facts(turn: Turn) -> impl IntoView {
    let wrote = turn.model.clone().unwrap_or_else(|| provider_label(turn.provider).into());
    let spent = spent(turn.tokens, turn.cost_micros);
    let total = if turn.stages.total > 0.0 { turn.stages.total } else { turn.finished_at - turn.asked_at };
    let answered = turn.state != TurnState::Failed;
    view! {
        <div class="facts">
            {turn.low_confidence.then(|| view! { <Badge state=Signal::derive(|| ("Low confidence", "warn"))/> })}
            {answered.then(|| view! { <span>{format!("Confidence {}", text::percent(turn.confidence, 1.0))}</span> })}
            {answered.then(|| view! { <span title=provider_label(turn.provider)>{wrote}</span> })}
            {spent.map(|spent| view! { <span>{spent}</span> })}
            <details class="timings">
                <summary>{text::duration(total)} <span class="visually-hidden">", timings of each stage"</span></summary>
                <Timings stages=turn.stages/>
            </details>
        </div>
    }
}

/// Tokens and what they cost; nothing where no model wrote.
pub(crate) fn spent(tokens: Tokens, cost_micros: Option<u64>) -> Option<String> {
    if tokens.input + tokens.output == 0 {
        return None;
    }
    let (input, output) = (text::number(u64::from(tokens.input)), text::number(u64::from(tokens.output)));
    let about = if tokens.estimated { "about " } else { "" };
    let cost = cost_micros.map_or_else(String::new, |micros| format!(" · {about}{}", text::dollars(micros)));
    Some(format!("{about}{input} + {output} tokens{cost}"))
}

/// A stage as it is drawn: its name, its time, and how deep it lies inside another.
fn stages(s: &Stages) -> Vec<(&'static str, f64, bool)> {
    [
        ("Admission", s.admit, false),
        ("Retrieval", s.retrieve, false),
        ("Embedding", s.embed, true),
        ("Index search", s.index_search, true),
        ("Prompt", s.assemble_prompt, false),
        ("Model, first byte", s.model_first_byte, false),
        ("Model, stream", s.model_stream, false),
        ("Tools", s.tools, false),
        ("First token", s.first_token, false),
        ("Total", s.total, false),
    ]
    .into_iter()
    .filter(|(name, ms, _)| *ms > 0.0 || *name == "Total")
    .collect()
}

#[component]
pub(crate) fn Timings(stages: Stages) -> impl IntoView {
    let total = stages.total.max(0.001);
    let rows = self::stages(&stages)
        .into_iter()
        .map(|(name, ms, inner)| {
            let share = (ms / total * 100.0).clamp(0.5, 100.0);
            view! {
                <tr class:inner=inner>
                    <th scope="row">{name}</th>
                    <td class="timing-bar" aria-hidden="true"><span style:inline-size=format!("{share:.1}%")></span></td>
                    <td class="end">{text::duration(ms)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="timing">
            <caption class="visually-hidden">"Time of each stage"</caption>
            <tbody>{rows}</tbody>
        </table>
    }
}
