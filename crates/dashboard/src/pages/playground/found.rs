//! The passages that retrieval found, best first, with why each was used or left out.

use super::Opened;
use super::run::Found;
use crate::components::icon::{Glyph, Icon};
use crate::components::state::Badge;
use crate::pages::knowledge::kinds;
use crate::text;
use leptos::prelude::*;
use protocol::api::FoundPassage;
use protocol::internal::{CuratedHit, CuratedMatch};

#[component]
pub(super) fn FoundList(found: Found) -> impl IntoView {
    let used = found.hits.iter().filter(|hit| hit.number.is_some()).count();
    let summary = format!(
        "{} found, {used} used. Passages carry an answer from a score of {:.2}.",
        text::count(found.hits.len() as u64, "passage", "passages"),
        found.threshold
    );
    let threshold = found.threshold;
    let rows = found
        .hits
        .into_iter()
        .enumerate()
        .map(|(at, hit)| view! { <FoundRow rank=at + 1 found=hit threshold/> })
        .collect_view();
    view! {
        {found.curated.map(|hit| view! { <Curated hit/> })}
        <p class="quiet">{summary}</p>
        <ol class="found-list">{rows}</ol>
    }
}

#[component]
fn Curated(hit: CuratedHit) -> impl IntoView {
    let how = match hit.by {
        CuratedMatch::Exact => "matched word for word".to_owned(),
        CuratedMatch::Keyword => "matched by keywords".to_owned(),
        CuratedMatch::Closeness => format!("close in meaning ({:.2}), the first source", hit.score),
    };
    view! {
        <p class="found-curated">
            <Icon glyph=Glyph::Star/>
            <span>"Curated answer " <strong dir="auto">{format!("“{}”", hit.pattern)}</strong> ": " {how} ". " <a class="link" href="/app/curated">"See all"</a></span>
        </p>
    }
}

/// A score with two digits, or a dash where it was not measured.
fn score(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.2}"))
}

#[component]
fn FoundRow(rank: usize, found: FoundPassage, threshold: f64) -> impl IntoView {
    let opened = expect_context::<Opened>();
    let FoundPassage { hit, number, matched, why } = found;
    let title = if hit.title.is_empty() { text::short_url(&hit.url) } else { hit.title.clone() };
    let place = kinds::place(&hit.url);
    let path = hit.heading_path.join(" › ");
    let share = (hit.score * 100.0).clamp(0.0, 100.0);
    let mark = (threshold * 100.0).clamp(0.0, 100.0);
    let matched = (!matched.is_empty()).then(|| {
        let words = matched.into_iter().map(|word| view! { <li dir="auto">{word}</li> }).collect_view();
        view! { <ul class="found-words" aria-label="Matched words">{words}</ul> }
    });
    let heading = title.clone();
    view! {
        <li class="found" class:used=number.is_some()>
            <div class="found-head">
                <span class="found-rank">{format!("#{rank}")}</span>
                <strong class="found-title" dir="auto">{title}</strong>
                {match number {
                    Some(number) => view! { <span class="found-used">{format!("Source {number}")}</span> }.into_any(),
                    None => view! { <Badge state=Signal::derive(|| ("Left out", "wait"))/> }.into_any(),
                }}
            </div>
            <p class="found-place">{place}{(!path.is_empty()).then(|| format!(" · {path}"))}</p>
            <div class="found-score">
                <span class="meter" aria-hidden="true">
                    <span class="meter-fill" style:inline-size=format!("{share:.1}%")></span>
                    <span class="meter-mark" style:inset-inline-start=format!("{mark:.1}%")></span>
                </span>
                <span>"score " <strong>{format!("{:.2}", hit.score)}</strong></span>
                <span>{format!("words {}", score(hit.words))}</span>
                <span>{format!("meaning {}", score(hit.meaning))}</span>
            </div>
            <p class="found-why">{why}</p>
            {matched}
            <details class="found-text">
                <summary>"Text of the passage"</summary>
                <p dir="auto">{hit.text}</p>
            </details>
            <button class="link link-button" type="button" on:click=move |_| opened.show(hit.document_id.clone(), hit.ord, heading.clone())>
                "Open in its page" <span class="visually-hidden">{format!(": {rank}")}</span>
            </button>
        </li>
    }
}
