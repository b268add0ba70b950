//! Rules of the widget: what a member may write, and which of them a visitor's page is told of.

use protocol::Problem;
use protocol::agent::OpenSpan;
use protocol::rules::{
    EdgeCta, EdgeRule, RuleAction, RuleContent, RuleSchedule, RuleWhen, WidgetAction, WidgetRule,
};

use crate::draft::{MAX_MESSAGE, MAX_PROMPT, MAX_PROMPTS};
use crate::hours::Wall;
use crate::paths;

/// Rules of one agent.
pub const MOST: u32 = 50;
/// Characters of the name members give a rule.
pub const MAX_NAME: usize = 80;
/// Page patterns of a rule or call to action.
pub const MAX_PAGES: usize = 20;
/// Spans of a rule's hours.
const MAX_SPANS: usize = 28;
/// Seconds that a rule waits at most.
const MAX_SECONDS: u32 = 3_600;
/// Characters of a parameter of the visit's address.
const MAX_UTM: usize = 100;

/// A rule as a member writes it, tidied. That the call to action exists is the caller's to know.
///
/// # Errors
/// When something has to be mended; the problem names the field and says what to do.
pub fn accept(content: RuleContent) -> Result<RuleContent, Problem> {
    let RuleContent { name, when, page, action, schedule, enabled } = content;
    let name = named("name", &name)?;
    let page = pages("page", &page)?;
    if when == RuleWhen::Page && page.is_empty() {
        return Err(Problem::field("page", "Say which pages: one pattern a line, as in /pricing*."));
    }
    Ok(RuleContent {
        name,
        when: accept_when(when)?,
        page,
        action: accept_action(action)?,
        schedule: accept_schedule(schedule)?,
        enabled,
    })
}

/// What makes a rule fire, tidied.
///
/// # Errors
/// As [`accept`].
pub fn accept_when(when: RuleWhen) -> Result<RuleWhen, Problem> {
    let (fine, message) = match &when {
        RuleWhen::Idle { seconds } | RuleWhen::Time { seconds } => {
            ((1..=MAX_SECONDS).contains(seconds), "Wait for 1 to 3,600 seconds.")
        }
        RuleWhen::Scroll { percent } => {
            ((1..=100).contains(percent), "Choose 1 to 100 per cent of the page.")
        }
        RuleWhen::Returning { visits } => {
            ((2..=100).contains(visits), "Somebody returns from the second visit on: choose 2 to 100.")
        }
        RuleWhen::Utm { source, medium, campaign } => {
            let given = || [source, medium, campaign].into_iter().flatten().map(|value| value.trim());
            let fits = given().all(|value| value.chars().count() <= MAX_UTM);
            (
                fits && given().any(|value| !value.is_empty()),
                "Give at least one of source, medium and campaign, of 100 characters at most.",
            )
        }
        RuleWhen::ExitIntent | RuleWhen::Page => (true, ""),
    };
    if !fine {
        return Err(Problem::field("when", message));
    }
    let tidy =
        |value: Option<String>| value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
    Ok(match when {
        RuleWhen::Utm { source, medium, campaign } => {
            RuleWhen::Utm { source: tidy(source), medium: tidy(medium), campaign: tidy(campaign) }
        }
        other => other,
    })
}

/// What a rule does, tidied.
///
/// # Errors
/// As [`accept`].
pub fn accept_action(action: RuleAction) -> Result<RuleAction, Problem> {
    match action {
        RuleAction::OpenWithMessage { message } => {
            let message = message.trim().to_owned();
            if message.is_empty() || message.chars().count() > MAX_MESSAGE {
                return Err(Problem::field(
                    "action.message",
                    format!("Write what the visitor is greeted with, in {MAX_MESSAGE} characters at most."),
                ));
            }
            Ok(RuleAction::OpenWithMessage { message })
        }
        RuleAction::QuickPrompts { prompts } => {
            let prompts: Vec<String> = prompts
                .iter()
                .map(|prompt| prompt.trim().to_owned())
                .filter(|prompt| !prompt.is_empty())
                .collect();
            let short = prompts.iter().all(|prompt| prompt.chars().count() <= MAX_PROMPT);
            if prompts.is_empty() || prompts.len() > MAX_PROMPTS || !short {
                return Err(Problem::field(
                    "action.prompts",
                    format!(
                        "Write 1 to {MAX_PROMPTS} questions of {MAX_PROMPT} characters at most, one a line."
                    ),
                ));
            }
            Ok(RuleAction::QuickPrompts { prompts })
        }
        RuleAction::ShowCta { cta_id } => Ok(RuleAction::ShowCta { cta_id }),
    }
}

fn accept_schedule(schedule: RuleSchedule) -> Result<RuleSchedule, Problem> {
    for (field, day) in [("schedule.from", &schedule.from), ("schedule.to", &schedule.to)] {
        if day.as_deref().is_some_and(|day| !is_day(day)) {
            return Err(Problem::field(field, "Give a day as in 2026-11-27, or none."));
        }
    }
    if let (Some(from), Some(to)) = (&schedule.from, &schedule.to)
        && from > to
    {
        return Err(Problem::field("schedule.to", "The last day is before the first. Exchange them."));
    }
    let span = |span: &OpenSpan| (1..=7).contains(&span.weekday) && span.from < span.to && span.to <= 1_440;
    if schedule.hours.len() > MAX_SPANS || !schedule.hours.iter().all(span) {
        return Err(Problem::field(
            "schedule.hours",
            "Hours begin before they end, on the days of one week.",
        ));
    }
    Ok(schedule)
}

/// `2026-11-27`, and a day that the calendar has.
fn is_day(day: &str) -> bool {
    let parts: Vec<&str> = day.split('-').collect();
    let [year, month, date] = parts.as_slice() else { return false };
    let number = |text: &str, digits: usize| {
        (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse::<u32>().ok())
            .flatten()
    };
    let (Some(year), Some(month), Some(date)) = (number(year, 4), number(month, 2), number(date, 2)) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=last).contains(&date)
}

/// A name that is there and fits.
///
/// # Errors
/// For that field.
pub fn named(field: &str, name: &str) -> Result<String, Problem> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME {
        return Err(Problem::field(field, format!("Give it a name of 1 to {MAX_NAME} characters.")));
    }
    Ok(name.to_owned())
}

/// Patterns of pages, tidied.
///
/// # Errors
/// For that field.
pub fn pages(field: &str, patterns: &[String]) -> Result<Vec<String>, Problem> {
    let accepted = paths::accept(field, patterns)?;
    if accepted.len() > MAX_PAGES {
        let message = format!("These are more than {MAX_PAGES} patterns. Use * to say several at once.");
        return Err(Problem::field(field, message));
    }
    Ok(accepted)
}

/// Whether a schedule holds now.
#[must_use]
pub fn is_due(schedule: &RuleSchedule, now: &Wall) -> bool {
    // Days in this form are in the order of the calendar.
    schedule.from.as_deref().is_none_or(|from| from <= now.date.as_str())
        && schedule.to.as_deref().is_none_or(|to| now.date.as_str() <= to)
        && (schedule.hours.is_empty()
            || schedule
                .hours
                .iter()
                .any(|span| span.weekday == now.weekday && (span.from..span.to).contains(&now.minute)))
}

/// Whether a page is one of the patterns; without patterns every page is.
#[must_use]
pub fn on_page(patterns: &[String], url: &str) -> bool {
    paths::left_out(patterns, &[], url).is_none()
}

/// The rules a visitor's page is told of, in their order: due, and without those whose call to action is gone. The
/// clock is looked at only where a rule has a schedule.
#[must_use]
pub fn told(rules: &[EdgeRule], ctas: &[EdgeCta], wall: impl FnOnce() -> Option<Wall>) -> Vec<WidgetRule> {
    let timed = rules.iter().any(|rule| rule.content.schedule != RuleSchedule::default());
    let now = if timed { wall() } else { None };
    rules
        .iter()
        .filter(|rule| {
            let schedule = &rule.content.schedule;
            *schedule == RuleSchedule::default() || now.as_ref().is_some_and(|now| is_due(schedule, now))
        })
        .filter_map(|rule| widget_rule(rule, ctas))
        .collect()
}

/// Patterns as a visitor's page compares them, which does not know that `/pricing/*` is `/pricing`, too.
#[must_use]
pub fn spelled_out(pages: Vec<String>) -> Vec<String> {
    let bare = |page: &String| page.strip_suffix("/*").filter(|page| !page.is_empty()).map(str::to_owned);
    let more: Vec<String> = pages.iter().filter_map(bare).collect();
    pages.into_iter().chain(more).collect()
}

fn widget_rule(rule: &EdgeRule, ctas: &[EdgeCta]) -> Option<WidgetRule> {
    let RuleContent { when, page, action, .. } = &rule.content;
    let action = match action {
        RuleAction::OpenWithMessage { message } => WidgetAction::OpenWithMessage { message: message.clone() },
        RuleAction::QuickPrompts { prompts } => WidgetAction::QuickPrompts { prompts: prompts.clone() },
        RuleAction::ShowCta { cta_id } => {
            WidgetAction::ShowCta { cta: ctas.iter().find(|cta| cta.id == *cta_id)?.card() }
        }
    };
    Some(WidgetRule { id: rule.id.clone(), when: when.clone(), page: page.clone(), action })
}

#[cfg(test)]
pub(crate) mod tests;
