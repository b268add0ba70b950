//! The dialog that writes a rule.

use super::Editing;
use super::fields::{Acts, Check, Choice, Sheet, Text, given, lines, named, number};
use super::item::replace;
use super::words;
use crate::api::rules as api;
use crate::components::form::FormProblem;
use crate::load::Load;
use crate::pages::team::hours::DAYS;
use crate::session::use_session;
use leptos::prelude::*;
use protocol::Problem;
use protocol::agent::OpenSpan;
use protocol::api::{CtaRule, Rule};
use protocol::rules::{RuleAction, RuleContent, RuleSchedule, RuleWhen};

const WHEN: &[(&str, &str)] = &[
    ("exit_intent", "They are about to leave"),
    ("idle", "They have been idle for …"),
    ("scroll", "They have seen … of the page"),
    ("time", "They have been on the page for …"),
    ("returning", "They come again"),
    ("utm", "They come from a campaign"),
    ("page", "They open certain pages"),
];
const ACTION: &[(&str, &str)] = &[
    ("open_with_message", "Open with a message"),
    ("show_cta", "Show a call to action"),
    ("quick_prompts", "Offer questions"),
];
/// Fields that show their own problem.
const FIELDS: &[&str] = &[
    "name",
    "when",
    "page",
    "action.message",
    "action.prompts",
    "action.cta_id",
    "schedule.from",
    "schedule.to",
    "schedule.hours",
];

/// What is typed.
#[derive(Clone, Copy)]
struct Typed {
    name: RwSignal<String>,
    when: RwSignal<String>,
    amount: RwSignal<String>,
    utm: [RwSignal<String>; 3],
    page: RwSignal<String>,
    action: RwSignal<String>,
    message: RwSignal<String>,
    prompts: RwSignal<String>,
    cta: RwSignal<String>,
    from: RwSignal<String>,
    to: RwSignal<String>,
    hourly: RwSignal<bool>,
    days: [RwSignal<bool>; 7],
    opens: RwSignal<String>,
    closes: RwSignal<String>,
    /// Hours that differ from day to day: they stay as they are until other ones are chosen.
    kept: StoredValue<Vec<OpenSpan>>,
}

impl Typed {
    fn of(content: Option<&RuleContent>) -> Self {
        let text = |value: Option<String>| RwSignal::new(value.unwrap_or_default());
        let when = content.map(|content| &content.when);
        let (key, amount) = match when {
            None => ("exit_intent", None),
            Some(RuleWhen::ExitIntent) => ("exit_intent", None),
            Some(RuleWhen::Idle { seconds }) => ("idle", Some(*seconds)),
            Some(RuleWhen::Scroll { percent }) => ("scroll", Some(*percent)),
            Some(RuleWhen::Time { seconds }) => ("time", Some(*seconds)),
            Some(RuleWhen::Returning { visits }) => ("returning", Some(*visits)),
            Some(RuleWhen::Utm { .. }) => ("utm", None),
            Some(RuleWhen::Page) => ("page", None),
        };
        let utm = match when {
            Some(RuleWhen::Utm { source, medium, campaign }) => {
                [source.clone(), medium.clone(), campaign.clone()]
            }
            _ => [None, None, None],
        };
        let action = content.map(|content| &content.action);
        let (act, message, prompts, cta) = match action {
            None => ("open_with_message", None, None, None),
            Some(RuleAction::OpenWithMessage { message }) => {
                ("open_with_message", Some(message.clone()), None, None)
            }
            Some(RuleAction::QuickPrompts { prompts }) => {
                ("quick_prompts", None, Some(prompts.join("\n")), None)
            }
            Some(RuleAction::ShowCta { cta_id }) => ("show_cta", None, None, Some(cta_id.to_string())),
        };
        let schedule = content.map(|content| content.schedule.clone()).unwrap_or_default();
        let span = words::span(&schedule.hours);
        let (days, opens, closes) = span.unwrap_or_else(|| (vec![1, 2, 3, 4, 5], 540, 1_020));
        Self {
            name: text(content.map(|content| content.name.clone())),
            when: RwSignal::new(key.to_owned()),
            amount: RwSignal::new(amount.unwrap_or(20).to_string()),
            utm: utm.map(text),
            page: text(content.map(|content| content.page.join("\n"))),
            action: RwSignal::new(act.to_owned()),
            message: text(message),
            prompts: text(prompts),
            cta: text(cta),
            from: text(schedule.from),
            to: text(schedule.to),
            hourly: RwSignal::new(!schedule.hours.is_empty()),
            days: [1, 2, 3, 4, 5, 6, 7].map(|day| RwSignal::new(days.contains(&day))),
            opens: RwSignal::new(words::clock(opens)),
            closes: RwSignal::new(words::clock(closes)),
            kept: StoredValue::new(if words::span(&schedule.hours).is_none() {
                schedule.hours
            } else {
                Vec::new()
            }),
        }
    }

    fn content(self, enabled: bool, ctas: &[CtaRule]) -> Result<RuleContent, Problem> {
        let amount = number(self.amount);
        let [source, medium, campaign] = self.utm.map(given);
        let when = match self.when.get_untracked().as_str() {
            "idle" => RuleWhen::Idle { seconds: amount },
            "scroll" => RuleWhen::Scroll { percent: amount },
            "time" => RuleWhen::Time { seconds: amount },
            "returning" => RuleWhen::Returning { visits: amount },
            "utm" => RuleWhen::Utm { source, medium, campaign },
            "page" => RuleWhen::Page,
            _ => RuleWhen::ExitIntent,
        };
        let action = match self.action.get_untracked().as_str() {
            "show_cta" => {
                let wanted = self.cta.get_untracked();
                let chosen = ctas.iter().find(|cta| cta.id.as_str() == wanted).or_else(|| ctas.first());
                let message = "There is no call to action yet. Add one on the tab “Calls to action”.";
                let cta = chosen.ok_or_else(|| Problem::field("action.cta_id", message))?;
                RuleAction::ShowCta { cta_id: cta.id.clone() }
            }
            "quick_prompts" => RuleAction::QuickPrompts { prompts: lines(self.prompts) },
            _ => RuleAction::OpenWithMessage { message: self.message.get_untracked() },
        };
        let schedule = RuleSchedule { from: given(self.from), to: given(self.to), hours: self.hours()? };
        let name = self.name.get_untracked();
        domain::rules::accept(RuleContent { name, when, page: lines(self.page), action, schedule, enabled })
    }

    fn hours(self) -> Result<Vec<OpenSpan>, Problem> {
        if !self.hourly.get_untracked() {
            return Ok(Vec::new());
        }
        let kept = self.kept.get_value();
        if !kept.is_empty() {
            return Ok(kept);
        }
        let wrong = |message: &str| Problem::field("schedule.hours", message);
        let time = |text: RwSignal<String>| {
            words::minutes(&text.get_untracked())
                .ok_or_else(|| wrong("Enter both times, as in 09:00 and 17:30."))
        };
        let (from, to) = (time(self.opens)?, time(self.closes)?);
        let to = if to == 0 { 1_440 } else { to };
        let chosen = (1..).zip(self.days).filter(|(_, day)| day.get_untracked());
        let hours: Vec<OpenSpan> = chosen.map(|(weekday, _)| OpenSpan { weekday, from, to }).collect();
        if hours.is_empty() {
            return Err(wrong("Choose at least one day."));
        }
        Ok(hours)
    }
}

#[component]
pub(super) fn RuleForm(
    editing: Editing<Rule>,
    rules: Load<Vec<Rule>>,
    ctas: Load<Vec<CtaRule>>,
) -> impl IntoView {
    let session = use_session();
    let old = editing.item.get_untracked();
    let typed = Typed::of(old.as_ref().map(|rule| &rule.content));
    let sheet = Sheet::new();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(agent) = session.agent.get_untracked() else { return };
        let enabled = old.as_ref().is_none_or(|rule| rule.content.enabled);
        let known = ctas.value.get_untracked().unwrap_or_default();
        match (typed.content(enabled, &known), old.clone()) {
            (Err(why), _) => sheet.refuse(why),
            (Ok(content), Some(old)) => {
                sheet.save(Box::pin(api::update_rule(old.id, old.revision, content)), move |now| {
                    editing.open.set(false);
                    replace(rules, now);
                })
            }
            (Ok(content), None) => sheet.save(Box::pin(api::create_rule(agent, content)), move |now| {
                editing.open.set(false);
                replace(rules, now);
            }),
        }
    };
    let is = move |signal: RwSignal<String>, key: &'static str| move || signal.with(|value| value == key);
    let unit = move || match typed.when.get().as_str() {
        "idle" | "time" => Some("Seconds"),
        "scroll" => Some("Per cent of the page"),
        "returning" => Some("Visits, this one included"),
        _ => None,
    };
    let cta_names = Signal::derive(move || {
        let all = ctas.value.get().unwrap_or_default();
        all.into_iter().map(|cta| (cta.id.to_string(), cta.content.name)).collect::<Vec<_>>()
    });
    view! {
        <form class="form" novalidate on:submit=submit>
            <FormProblem problem=sheet.problem fields=FIELDS/>
            <Text sheet field="name" label="Name" value=typed.name hint="For you; visitors do not see it."/>
            <Choice sheet field="when" label="When a visitor …" value=typed.when options=named(WHEN)/>
            {move || unit().map(|label| view! { <Text sheet field="amount" label=label value=typed.amount kind="number"/> })}
            <Show when=is(typed.when, "utm")>
                <p class="field-hint">"Empty ones may be anything."</p>
                <Text sheet field="utm_source" label="utm_source" value=typed.utm[0]/>
                <Text sheet field="utm_medium" label="utm_medium" value=typed.utm[1]/>
                <Text sheet field="utm_campaign" label="utm_campaign" value=typed.utm[2]/>
            </Show>
            <Text sheet field="page" label="On these pages" value=typed.page rows=2 sample="/pricing*"
                hint="Paths, one a line, * for anything. Empty: on every page."/>
            <Choice sheet field="action" label="The widget should …" value=typed.action options=named(ACTION)/>
            <Show when=is(typed.action, "open_with_message")>
                <Text sheet field="action.message" label="Message" value=typed.message rows=2 sample="Questions about prices?"/>
            </Show>
            <Show when=is(typed.action, "quick_prompts")>
                <Text sheet field="action.prompts" label="Questions" value=typed.prompts rows=3 hint="One a line."/>
            </Show>
            <Show when=is(typed.action, "show_cta")>
                <Choice sheet field="action.cta_id" label="Call to action" value=typed.cta options=cta_names/>
            </Show>
            <div class="field-pair">
                <Text sheet field="schedule.from" label="From (optional)" value=typed.from kind="date"/>
                <Text sheet field="schedule.to" label="Until (optional)" value=typed.to kind="date"/>
            </div>
            <Check label="Only at certain hours, in the workspace's time zone" value=typed.hourly/>
            <Show when=move || typed.hourly.get()>
                {(!typed.kept.with_value(Vec::is_empty)).then(|| view! {
                    <p class="field-hint">"This rule's hours differ from day to day; they stay as they are. To choose others, switch this off, save, and switch it on again."</p>
                })}
                <Show when=move || typed.kept.with_value(Vec::is_empty)>
                    <fieldset class="field">
                        <legend>"Days"</legend>
                        <div class="checks">
                            {DAYS.iter().zip(typed.days).map(|(name, day)| view! { <Check label=*name value=day/> }).collect_view()}
                        </div>
                    </fieldset>
                    <div class="field-pair">
                        <Text sheet field="schedule.hours" label="From" value=typed.opens kind="time"/>
                        <Text sheet field="closes" label="To" value=typed.closes kind="time"/>
                    </div>
                </Show>
            </Show>
            <Acts sheet open=editing.open/>
        </form>
    }
}
