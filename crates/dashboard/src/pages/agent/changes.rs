//! What differs between two contents of an agent, for people: fields by name, words inserted and deleted.

use crate::load::load;
use crate::pages::tools::title_of;
use leptos::prelude::*;
use protocol::agent::AgentDraft;
use protocol::api::{Change, Tool};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Same,
    Gone,
    New,
}

/// The longest texts compared word by word; longer ones are shown as a whole.
const MOST_WORDS: usize = 600;

/// A text cut after each run of white space.
fn words(text: &str) -> Vec<&str> {
    text.split_inclusive(char::is_whitespace).collect()
}

/// Both texts as one run of kept, deleted and inserted words (longest common subsequence).
fn compare(before: &str, after: &str) -> Vec<(Kind, String)> {
    let (a, b) = (words(before), words(after));
    if a.len() > MOST_WORDS || b.len() > MOST_WORDS {
        return vec![(Kind::Gone, before.to_owned()), (Kind::New, after.to_owned())];
    }
    // common[i][j]: length of the longest common subsequence of a[i..] and b[j..].
    let mut common = vec![vec![0_u16; b.len() + 1]; a.len() + 1];
    let at = |common: &[Vec<u16>], i: usize, j: usize| {
        common.get(i).and_then(|row| row.get(j)).copied().unwrap_or(0)
    };
    for (i, left) in a.iter().enumerate().rev() {
        for (j, right) in b.iter().enumerate().rev() {
            let best = if same_word(left, right) {
                at(&common, i + 1, j + 1) + 1
            } else {
                at(&common, i + 1, j).max(at(&common, i, j + 1))
            };
            if let Some(cell) = common.get_mut(i).and_then(|row| row.get_mut(j)) {
                *cell = best;
            }
        }
    }
    let mut out: Vec<(Kind, String)> = Vec::new();
    let mut push = |kind, word: &str| match out.last_mut() {
        Some((last, text)) if *last == kind => text.push_str(word),
        _ => out.push((kind, word.to_owned())),
    };
    let (mut i, mut j) = (0, 0);
    loop {
        match (a.get(i), b.get(j)) {
            (Some(left), Some(right)) if same_word(left, right) => {
                push(Kind::Same, right);
                (i, j) = (i + 1, j + 1);
            }
            (Some(left), right) if right.is_none() || at(&common, i + 1, j) >= at(&common, i, j + 1) => {
                push(Kind::Gone, left);
                i += 1;
            }
            (_, Some(right)) => {
                push(Kind::New, right);
                j += 1;
            }
            _ => return out,
        }
    }
}

/// The last word of a text has no space after it and is still the same word.
fn same_word(a: &str, b: &str) -> bool {
    a.trim_end() == b.trim_end()
}

/// The name of a field on the form, with the number of an entry as people count.
pub(crate) fn label(field: &str) -> String {
    let bare = field.split('[').next().unwrap_or(field);
    let known = match bare {
        "persona.name" => "Name",
        "persona.tone" => "Tone",
        "persona.avatar_url" => "Picture",
        "language" => "Language",
        "theme.accent" => "Accent colour",
        "theme.message" => "Colour of the visitor’s messages",
        "theme.radius" => "Corners",
        "theme.font" => "Font",
        "theme.layout" => "Closed widget",
        "theme.position" => "Position",
        "theme.scheme" => "Light or dark",
        "welcome" => "Welcome",
        "quick_prompts" => "Quick prompts",
        "fallback_message" => "When the site does not answer",
        "after_hours_message" => "Outside business hours",
        "allowed_origins" => "Websites",
        "guardrails.avoid" => "Topics to avoid",
        "guardrails.max_chars" => "Longest answer",
        "guardrails.max_messages" => "Longest conversation",
        "guardrails.allowed_actions" => "Allowed actions",
        "instructions" => "Own instructions",
        "models" => "Models",
        "simple_model" | "simple_model.model" => "Model for simple questions",
        "simple_model.provider" => "Provider of the model for simple questions",
        "confidence_threshold" => "Confidence needed",
        "temperature" => "Freedom of words",
        "lead_fields" => "Lead form",
        "lead_consent" => "Consent of the lead form",
        "handover.enabled" => "Hands over to a person",
        "handover.wait_s" => "Longest wait for a person",
        "handover.contact_message" => "When nobody came",
        "handover.rules" => "Words that call a person",
        "rerank" => "Order by a second model",
        "tag_filter" => "Answers only from these tags",
        "tools" => "Tool",
        "autonomy" => "May do by itself",
        "approval_minutes" => "Minutes a call waits for a member",
        _ => "",
    };
    if known.is_empty() {
        let mut words = field.replace(['.', '_'], " ");
        if let Some(first) = words.get_mut(0..1) {
            first.make_ascii_uppercase();
        }
        return words;
    }
    match field.split_once('[').and_then(|(_, rest)| rest.split_once(']')) {
        Some((number, part)) => {
            let part = part.trim_start_matches('.').replace(['.', '_'], " ");
            format!("{known} {number}{}{part}", if part.is_empty() { "" } else { ", " })
        }
        None => known.to_owned(),
    }
}

/// What differs between two drafts of this screen.
pub(crate) fn between(before: &AgentDraft, after: &AgentDraft) -> Vec<Change> {
    match (serde_json::to_value(before), serde_json::to_value(after)) {
        (Ok(before), Ok(after)) => domain::diff::changes(&before, &after),
        _ => Vec::new(),
    }
}

/// Changes as text that can be pasted somewhere.
pub(crate) fn as_text(changes: &[Change]) -> String {
    let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "(empty)".to_owned());
    changes
        .iter()
        .map(|change| {
            format!("{}\n- {}\n+ {}\n", label(&change.field), side(&change.before), side(&change.after))
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// Changes as rows of a field, what it was and what it is.
#[component]
pub(crate) fn Changes(changes: Vec<Change>) -> impl IntoView {
    if changes.is_empty() {
        return view! { <p class="nothing">"Nothing differs."</p> }.into_any();
    }
    // A draft names tools by their ids.
    let tools = changes
        .iter()
        .any(|change| change.field.starts_with("tools["))
        .then(|| load(|| Some(crate::api::tools::tools())));
    let rows = move || {
        let known = tools.and_then(|tools| tools.value.get()).unwrap_or_default();
        let name = |change: &Change| with_names(change.clone(), &known);
        changes.iter().map(name).map(|change| view! { <Row change/> }).collect_view()
    };
    view! { <div class="diff" tabindex="0" role="group" aria-label="Changes"><dl>{rows}</dl></div> }
        .into_any()
}

/// A change of the list of tools by what members call them; one that is gone keeps its id.
fn with_names(change: Change, tools: &[Tool]) -> Change {
    if !change.field.starts_with("tools[") {
        return change;
    }
    let name = |id: String| tools.iter().find(|tool| tool.id.as_str() == id).map_or(id, title_of);
    Change { before: change.before.map(name), after: change.after.map(name), ..change }
}

#[component]
fn Row(change: Change) -> impl IntoView {
    let name = label(&change.field);
    let body = match (change.before, change.after) {
        (Some(before), Some(after)) if before.contains(' ') && after.contains(' ') => {
            let parts = compare(&before, &after).into_iter().map(|(kind, text)| part(kind, text));
            view! { <dd dir="auto">{parts.collect_view()}</dd> }.into_any()
        }
        (before, after) => {
            let arrow = before.is_some() && after.is_some();
            view! {
                <dd dir="auto">
                    {before.map(|text| part(Kind::Gone, text))}
                    {arrow.then(|| view! { <span class="diff-arrow" aria-hidden="true">" → "</span> })}
                    {after.map(|text| part(Kind::New, text))}
                </dd>
            }
            .into_any()
        }
    };
    view! { <div class="diff-row"><dt>{name}</dt>{body}</div> }
}

/// A run of words; marks say in words what colour and line say to eyes.
fn part(kind: Kind, text: String) -> AnyView {
    match kind {
        Kind::Same => view! { <span>{text}</span> }.into_any(),
        Kind::Gone => view! {
            <del><span class="visually-hidden">"deleted: "</span>{text}<span class="visually-hidden">" end of deletion "</span></del>
        }
        .into_any(),
        Kind::New => view! {
            <ins><span class="visually-hidden">"inserted: "</span>{text}<span class="visually-hidden">" end of insertion "</span></ins>
        }
        .into_any(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_marked_as_kept_deleted_and_inserted() {
        assert_eq!(
            compare("We are open on weekdays", "We are closed on weekdays now"),
            vec![
                (Kind::Same, "We are ".to_owned()),
                (Kind::Gone, "open ".to_owned()),
                (Kind::New, "closed ".to_owned()),
                (Kind::Same, "on weekdays ".to_owned()),
                (Kind::New, "now".to_owned()),
            ]
        );
    }

    #[test]
    fn drafts_differ_by_field_and_say_it_in_words() {
        let before = AgentDraft::default();
        let mut after = before.clone();
        after.theme.accent = "#000000".into();
        after.quick_prompts = vec!["A".into(), "B".into()];
        let changes = between(&before, &after);
        let fields: Vec<_> = changes.iter().map(|change| label(&change.field)).collect();
        assert_eq!(fields, ["Quick prompts 1", "Quick prompts 2", "Accent colour"]);
        assert!(as_text(&changes).contains("Accent colour\n- #1f5eff\n+ #000000"));
    }

    #[test]
    fn fields_have_the_names_of_the_form() {
        assert_eq!(label("lead_fields[2].label"), "Lead form 2, label");
        assert_eq!(label("theme.accent"), "Accent colour");
        assert_eq!(label("some_new.thing"), "Some new thing");
    }
}
