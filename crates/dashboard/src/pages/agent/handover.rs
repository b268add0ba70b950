//! When the agent hands over to a person, and what is said when nobody comes.

use super::choices::{Pick, Slider, Tick};
use super::editor::use_editor;
use super::fields::{Section, TextField};
use super::leads::{options as lines, tidy};
use super::ordered::{Lens, Ordered};
use crate::components::icon::{Glyph, Icon};
use domain::draft::{MAX_MESSAGE, MAX_RULES, WAIT_S};
use leptos::prelude::*;
use protocol::agent::AgentDraft;
use protocol::handover::{HandoverRule, Urgency};
use std::sync::Arc;

const RULES: Lens<HandoverRule> =
    Lens { path: "handover.rules", of: |d| &d.handover.rules, of_mut: |d| &mut d.handover.rules };

const URGENCIES: [(Urgency, &str, &str); 3] = [
    (Urgency::Normal, "normal", "Normal"),
    (Urgency::Urgent, "urgent", "Urgent"),
    (Urgency::Emergency, "emergency", "Emergency"),
];

/// A rule to begin with.
struct Template {
    name: &'static str,
    words: &'static [&'static str],
    urgency: Urgency,
    connect: bool,
    alert: bool,
    high_value: bool,
}

const TEMPLATES: [Template; 6] = [
    Template {
        name: "Emergency",
        words: &["emergency", "flood", "gas leak", "no heat", "fire", "burst pipe", "electrical shock"],
        urgency: Urgency::Emergency,
        connect: true,
        alert: true,
        high_value: false,
    },
    Template {
        name: "Pain",
        words: &["severe pain", "toothache", "bleeding", "swollen", "knocked out"],
        urgency: Urgency::Urgent,
        connect: true,
        alert: true,
        high_value: false,
    },
    Template {
        name: "Prices",
        words: &["quote", "estimate", "exact price", "discount"],
        urgency: Urgency::Normal,
        connect: false,
        alert: false,
        high_value: false,
    },
    Template {
        name: "Refund or complaint",
        words: &["refund", "money back", "damaged", "never arrived", "complaint"],
        urgency: Urgency::Normal,
        connect: false,
        alert: false,
        high_value: false,
    },
    Template {
        name: "Short notice",
        words: &["cancel today", "cancel tomorrow", "running late"],
        urgency: Urgency::Urgent,
        connect: false,
        alert: true,
        high_value: false,
    },
    Template {
        name: "Large order",
        words: &["wholesale", "bulk order", "enterprise", "cash buyer", "pre-approved"],
        urgency: Urgency::Normal,
        connect: false,
        alert: true,
        high_value: true,
    },
];

impl Template {
    fn rule(&self) -> HandoverRule {
        HandoverRule {
            words: self.words.iter().map(|word| (*word).to_owned()).collect(),
            urgency: self.urgency,
            connect: self.connect,
            alert: self.alert,
            high_value: self.high_value,
        }
    }
}

#[component]
pub(super) fn HandoverPart() -> impl IntoView {
    let on = use_editor().read(|d| d.handover.enabled);
    view! {
        <Section id="handover" title="Handing over">
            <Tick
                path="handover.enabled" label="Hand over to a person"
                text="When visitors ask for one, lose patience or are not helped twice in a row. They wait in Conversations."
                get=|d| d.handover.enabled
                set=|d, on| d.handover.enabled = on
            />
            <Show when=move || on.get()>
                <Slider
                    path="handover.wait_s" label="Longest wait for a person"
                    min=*WAIT_S.start() max=1_800.0 step=10.0
                    get=|d| f64::from(d.handover.wait_s)
                    set=|d, n| d.handover.wait_s = n as u32
                    say=wait
                    hint="After it, visitors are asked for their address or number, and you get a mail."
                />
                <TextField
                    path="handover.contact_message" label="What is asked when nobody came" rows=2 max=MAX_MESSAGE
                    placeholder="Leave your number and what it is about. We call back within the hour."
                    get=|d| d.handover.contact_message.clone()
                    set=|d, text| d.handover.contact_message = text
                    hint="Empty: the product’s own words in the visitor’s language."
                />
                <Ordered
                    lens=RULES label="Words that call a person" item="Rule" max=MAX_RULES
                    blank=|_| Some(HandoverRule::default())
                    row=Arc::new(|place| view! { <Rule place/> }.into_any())
                />
                <Templates/>
            </Show>
        </Section>
    }
}

fn wait(seconds: f64) -> String {
    let (minutes, seconds) = ((seconds / 60.0).floor(), seconds % 60.0);
    match (minutes > 0.0, seconds > 0.0) {
        (false, _) => format!("{seconds} seconds"),
        (true, false) => format!("{minutes} min"),
        (true, true) => format!("{minutes} min {seconds} s"),
    }
}

/// Rules to begin with; each is added once.
#[component]
fn Templates() -> impl IntoView {
    let editor = use_editor();
    let buttons = TEMPLATES.iter().map(|template| {
        let there = editor.read(move |d| {
            d.handover.rules.len() >= MAX_RULES || d.handover.rules.contains(&template.rule())
        });
        let add = move |_| {
            if !there.get_untracked() {
                editor.edit("handover.rules template", |d| d.handover.rules.push(template.rule()));
            }
        };
        view! {
            <button class="chip" type="button" aria-disabled=move || there.get().to_string() on:click=add>
                <Icon glyph=Glyph::Plus/>
                {template.name}
            </button>
        }
    });
    (!editor.locked).then(|| {
        view! {
            <div class="chips" role="group" aria-label="Rules to begin with">
                <span class="quiet">"Begin with"</span>
                {buttons.collect_view()}
            </div>
        }
    })
}

fn of<T: Default>(draft: &AgentDraft, place: usize, read: impl Fn(&HandoverRule) -> T) -> T {
    draft.handover.rules.get(place).map(read).unwrap_or_default()
}

fn change(draft: &mut AgentDraft, place: usize, write: impl FnOnce(&mut HandoverRule)) {
    if let Some(rule) = draft.handover.rules.get_mut(place) {
        write(rule);
    }
}

#[component]
fn Rule(place: usize) -> impl IntoView {
    let at = move |part: &str| format!("handover.rules[{place}].{part}");
    let urgencies = URGENCIES
        .iter()
        .map(|(_, value, name)| ((*value).to_owned(), (*name).to_owned()))
        .collect::<Vec<_>>();
    view! {
        <div class="lead">
            <TextField
                path=at("words") label="Words and phrases, one a line" rows=4 finish=tidy placeholder="burst pipe"
                get=move |d| of(d, place, |rule| rule.words.join("\n"))
                set=move |d, text| change(d, place, |rule| rule.words = lines(&text))
            />
            <div class="rule-what">
                <Pick
                    path=at("urgency") label="Urgency" options=Signal::stored(urgencies)
                    get=move |d| {
                        let own = of(d, place, |rule| rule.urgency);
                        URGENCIES.iter().find(|(urgency, ..)| *urgency == own).map_or("", |(_, value, _)| value).to_owned()
                    }
                    set=move |d, value| change(d, place, |rule| {
                        if let Some((urgency, ..)) = URGENCIES.iter().find(|(_, known, _)| *known == value) {
                            rule.urgency = *urgency;
                        }
                    })
                />
                <Tick
                    path=at("connect") label="A person answers at once" text="Otherwise one is offered after the answer."
                    get=move |d| of(d, place, |rule| rule.connect)
                    set=move |d, on| change(d, place, |rule| rule.connect = on)
                />
                <Tick
                    path=at("alert") label="Tell the owners by mail"
                    get=move |d| of(d, place, |rule| rule.alert)
                    set=move |d, on| change(d, place, |rule| rule.alert = on)
                />
                <Tick
                    path=at("high_value") label="It promises much"
                    get=move |d| of(d, place, |rule| rule.high_value)
                    set=move |d, on| change(d, place, |rule| rule.high_value = on)
                />
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_a_rule_that_may_be_saved() {
        let mut draft = AgentDraft::default();
        draft.handover.rules = TEMPLATES.iter().map(Template::rule).collect();
        assert_eq!(domain::draft::check(&draft), Ok(()));
    }

    #[test]
    fn a_wait_is_said_in_minutes_and_seconds() {
        assert_eq!([wait(30.0), wait(180.0), wait(200.0)], ["30 seconds", "3 min", "3 min 20 s"]);
    }
}
