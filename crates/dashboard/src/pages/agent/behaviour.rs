//! How the agent answers: own instructions, guardrails, how sure it has to be.

use super::choices::{Slider, Tick};
use super::editor::use_editor;
use super::fields::{Section, TextField};
use super::messages::text_rows;
use super::ordered::{Lens, Ordered};
use crate::text::number;
use domain::draft::{ANSWER_CHARS, CONVERSATION_MESSAGES, MAX_TOPIC, MAX_TOPICS, TEMPERATURE};
use domain::prompt::estimate_tokens;
use domain::tags;
use leptos::prelude::*;
use protocol::agent::{ACTIONS, MAX_INSTRUCTIONS};

const TOPICS: Lens<String> =
    Lens { path: "guardrails.avoid", of: |d| &d.guardrails.avoid, of_mut: |d| &mut d.guardrails.avoid };

/// Of sources and documents; none: everything.
const TAGS: Lens<String> = Lens { path: "tag_filter", of: |d| &d.tag_filter, of_mut: |d| &mut d.tag_filter };

#[component]
pub(super) fn BehaviourPart() -> impl IntoView {
    view! {
        <Section id="behaviour" title="Behaviour">
            <TextField
                path="instructions" label="Own instructions" rows=6 max=MAX_INSTRUCTIONS
                get=|d| d.instructions.clone() set=|d, text| d.instructions = text
                measure=instructions_size
                hint="Added to what every agent is told. Facts belong into sources."
            />
            <Ordered
                lens=TOPICS label="Topics to avoid" item="Topic" max=MAX_TOPICS
                blank=|_| Some(String::new())
                row=text_rows(TOPICS, "Topic", MAX_TOPIC, "Medical diagnoses")
            />
            <Slider
                path="guardrails.max_chars" label="Longest answer" min=*ANSWER_CHARS.start() max=*ANSWER_CHARS.end() step=50.0
                get=|d| f64::from(d.guardrails.max_chars)
                set=|d, n| d.guardrails.max_chars = n as u32
                say=|n| format!("{} characters", number(n as u64))
                hint="A short paragraph is about 400."
            />
            <Slider
                path="guardrails.max_messages" label="Longest conversation"
                min=*CONVERSATION_MESSAGES.start() max=*CONVERSATION_MESSAGES.end() step=5.0
                get=|d| f64::from(d.guardrails.max_messages)
                set=|d, n| d.guardrails.max_messages = n as u32
                say=|n| format!("{} messages", number(n as u64))
                hint="Who has asked so much is told to use your contact details."
            />
            <Actions/>
            <Slider
                path="temperature" label="Freedom of words" min=*TEMPERATURE.start() max=*TEMPERATURE.end() step=0.1
                get=|d| d.temperature
                set=|d, n| d.temperature = (n * 10.0).round() / 10.0
                say=|n| format!("{n:.1}")
                hint="Low: the same question gets nearly the same words. Models that take less are given their most."
            />
            <Confidence/>
            <Ordered
                lens=TAGS label="Answers only from these tags" item="Tag" max=tags::MOST
                blank=|_| Some(String::new())
                row=text_rows(TAGS, "Tag", tags::MOST_CHARS, "public")
            />
        </Section>
    }
}

fn instructions_size(text: &str) -> String {
    let tokens = estimate_tokens(text) as u64;
    let length = text.chars().count() as u64;
    format!("{} / {} · about {} tokens", number(length), number(MAX_INSTRUCTIONS as u64), number(tokens))
}

fn action_name(action: &str) -> (&'static str, &'static str) {
    match action {
        "capture_email" => {
            ("Ask for contact details", "May show the lead form to a visitor who wants to be contacted.")
        }
        "recommend_product" => ("Recommend products", "May suggest what the sources describe."),
        "route_to_human" => ("Hand over to a person", "May pass the conversation to a colleague."),
        "book_meeting" => ("Offer a meeting", "May propose a meeting with a colleague."),
        "link_to_url" => ("Link to pages", "May send a visitor to a page of the sources."),
        _ => ("", ""),
    }
}

#[component]
fn Actions() -> impl IntoView {
    let ticks = ACTIONS.iter().map(|action| {
        let (label, text) = action_name(action);
        view! {
            <Tick
                path=format!("guardrails.allowed_actions {action}") label text
                get=move |d| d.guardrails.allowed_actions.iter().any(|own| own == action)
                set=move |d, on| {
                    let allowed = &mut d.guardrails.allowed_actions;
                    allowed.retain(|own| own != action);
                    if on {
                        allowed.push((*action).to_owned());
                        // In the table's order, whatever the order of the clicks.
                        allowed.sort_by_key(|own| ACTIONS.iter().position(|known| known == own));
                    }
                }
            />
        }
    });
    view! {
        <fieldset class="ticks">
            <legend>"Allowed actions"</legend>
            {ticks.collect_view()}
        </fieldset>
    }
}

/// How well a passage has to match before it counts as an answer.
#[component]
fn Confidence() -> impl IntoView {
    let own = use_editor().read(|d| d.confidence_threshold.is_some());
    view! {
        <fieldset class="ticks">
            <legend>"Confidence needed"</legend>
            <Tick
                path="confidence_threshold own" label="Set it for this agent"
                text="Otherwise the product’s own value, tuned on many sites."
                get=|d| d.confidence_threshold.is_some()
                set=|d, on| d.confidence_threshold = on.then_some(0.5)
            />
            <Show when=move || own.get()>
                <Slider
                    path="confidence_threshold" label="At least" min=0.0 max=1.0 step=0.01
                    get=|d| d.confidence_threshold.unwrap_or_default()
                    set=|d, n| d.confidence_threshold = Some((n * 100.0).round() / 100.0)
                    say=|n| format!("{:.0} %", n * 100.0)
                    hint="Higher: fewer answers, and surer ones."
                />
            </Show>
            <Tick
                path="rerank" label="Let a second model put the passages into order"
                text="It reads question and passage together (Workers AI). Answers are surer and begin up to 0.4 s later."
                get=|d| d.rerank
                set=|d, on| d.rerank = on
            />
        </fieldset>
    }
}
