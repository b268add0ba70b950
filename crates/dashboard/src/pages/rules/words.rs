//! Rules and calls to action as sentences.

use crate::text;
use protocol::agent::OpenSpan;
use protocol::api::CtaRule;
use protocol::rules::{CtaContent, CtaKind, RuleAction, RuleContent, RuleSchedule, RuleWhen};

/// A rule as a sentence.
pub(super) fn rule(content: &RuleContent, ctas: &[CtaRule]) -> String {
    let pages = match content.page.as_slice() {
        [] => String::new(),
        patterns => format!(" on pages matching {}", listed(patterns)),
    };
    let when = match &content.when {
        RuleWhen::ExitIntent => format!("When a visitor is about to leave{pages}"),
        RuleWhen::Idle { seconds } => format!("When a visitor has been idle for {seconds} s{pages}"),
        RuleWhen::Scroll { percent } => format!("When a visitor has seen {percent} % of the page{pages}"),
        RuleWhen::Time { seconds } => format!("When a visitor has spent {seconds} s{pages}"),
        RuleWhen::Returning { visits } => format!("When a visitor comes for the {}{pages}", times(*visits)),
        RuleWhen::Utm { source, medium, campaign } => {
            let parts = [("source", source), ("medium", medium), ("campaign", campaign)];
            let parts: Vec<String> = parts
                .iter()
                .filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?)))
                .collect();
            format!("When a visitor comes from {}{pages}", parts.join(", "))
        }
        RuleWhen::Page => format!("When a visitor opens pages matching {}", listed(&content.page)),
    };
    format!("{when}, {}.", action(&content.action, ctas))
}

fn times(n: u32) -> String {
    match n {
        2 => "second time or more".to_owned(),
        3 => "third time or more".to_owned(),
        n => format!("{n}th time or more"),
    }
}

fn listed(patterns: &[String]) -> String {
    match patterns {
        [one] => one.clone(),
        [one, two] => format!("{one} or {two}"),
        [one, rest @ ..] => format!("{one} or {} others", rest.len()),
        [] => String::new(),
    }
}

fn action(action: &RuleAction, ctas: &[CtaRule]) -> String {
    match action {
        RuleAction::OpenWithMessage { message } => format!("open with “{message}”"),
        RuleAction::QuickPrompts { prompts } => {
            format!("offer {}", text::count(prompts.len() as u64, "question", "questions"))
        }
        RuleAction::ShowCta { cta_id } => match ctas.iter().find(|cta| cta.id == *cta_id) {
            Some(cta) => format!("show “{}”", cta.content.label),
            None => "show a call to action".to_owned(),
        },
    }
}

/// When a rule is in force; empty: always.
pub(super) fn schedule(schedule: &RuleSchedule) -> String {
    let mut parts = Vec::new();
    match (&schedule.from, &schedule.to) {
        (Some(from), Some(to)) => parts.push(format!("{from} to {to}")),
        (Some(from), None) => parts.push(format!("from {from}")),
        (None, Some(to)) => parts.push(format!("until {to}")),
        (None, None) => {}
    }
    if !schedule.hours.is_empty() {
        parts.push(match span(&schedule.hours) {
            Some((days, from, to)) => format!("{} {}–{}", day_names(&days), clock(from), clock(to)),
            None => "at set hours".to_owned(),
        });
    }
    parts.join(" · ")
}

/// The weekdays and the one span that they all have; `None` where days differ.
pub(super) fn span(hours: &[OpenSpan]) -> Option<(Vec<u8>, u16, u16)> {
    let first = hours.first()?;
    let same = hours.iter().all(|span| (span.from, span.to) == (first.from, first.to));
    let mut days: Vec<u8> = hours.iter().map(|span| span.weekday).collect();
    days.sort_unstable();
    let once = days.windows(2).all(|pair| pair.first() != pair.last());
    (same && once).then_some((days, first.from, first.to))
}

fn day_names(days: &[u8]) -> String {
    const NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    match days {
        [1, 2, 3, 4, 5] => "Mon–Fri".to_owned(),
        [1, 2, 3, 4, 5, 6, 7] => "every day".to_owned(),
        days => {
            let name = |day: &u8| NAMES.get(usize::from(*day).wrapping_sub(1)).copied();
            days.iter().filter_map(name).collect::<Vec<_>>().join(", ")
        }
    }
}

/// `HH:MM`.
pub(super) fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60)
}

/// Minutes after midnight of `HH:MM`.
pub(super) fn minutes(clock: &str) -> Option<u16> {
    let (hours, minutes) = clock.split_once(':')?;
    let (hours, minutes) = (hours.parse::<u16>().ok()?, minutes.parse::<u16>().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// A call to action as a sentence.
pub(super) fn cta(content: &CtaContent) -> String {
    if !content.after_answers {
        return format!("Show “{}” by rules alone.", content.label);
    }
    let mut when = vec!["After an answer".to_owned()];
    if !content.page.is_empty() {
        when.push(format!("on pages matching {}", listed(&content.page)));
    }
    if !content.words.is_empty() {
        let words: Vec<String> = content.words.iter().take(3).map(|word| format!("“{word}”")).collect();
        let more = if content.words.len() > 3 { " or others" } else { "" };
        when.push(format!("to a question with {}{more}", words.join(" or ")));
    }
    if content.history.asked > 1 {
        when.push(format!("from question {} on", content.history.asked));
    }
    if !content.history.seen.is_empty() {
        when.push(format!("once something was asked on {}", listed(&content.history.seen)));
    }
    format!("{}, show “{}”.", when.join(" "), content.label)
}

/// What a kind is called.
pub(super) fn kind(kind: CtaKind) -> &'static str {
    match kind {
        CtaKind::Buy => "Buy",
        CtaKind::Demo => "Book a demo",
        CtaKind::Signup => "Sign up",
        CtaKind::Book => "Book an appointment",
        CtaKind::Link => "Open a page",
        CtaKind::CaptureEmail => "Ask for an e-mail address",
    }
}

/// A share in whole per cent.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(super) fn percent(share: f64) -> String {
    format!("{} %", (share * 100.0).round() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content() -> RuleContent {
        RuleContent {
            name: "x".into(),
            when: RuleWhen::Idle { seconds: 20 },
            page: vec!["/pricing*".into()],
            action: RuleAction::OpenWithMessage { message: "Questions?".into() },
            schedule: RuleSchedule::default(),
            enabled: true,
        }
    }

    #[test]
    fn a_rule_reads_as_a_sentence() {
        assert_eq!(
            rule(&content(), &[]),
            "When a visitor has been idle for 20 s on pages matching /pricing*, open with “Questions?”."
        );
        let utm = RuleWhen::Utm { source: Some("ads".into()), medium: None, campaign: Some("spring".into()) };
        let prompts = RuleAction::QuickPrompts { prompts: vec!["a".into(), "b".into()] };
        let other = RuleContent { when: utm, page: Vec::new(), action: prompts, ..content() };
        assert_eq!(
            rule(&other, &[]),
            "When a visitor comes from source ads, campaign spring, offer 2 questions."
        );
    }

    #[test]
    fn hours_that_are_the_same_every_day_are_one_span() {
        let of = |weekday, from| OpenSpan { weekday, from, to: 1_020 };
        let week: Vec<OpenSpan> = (1..=5).map(|day| of(day, 540)).collect();
        let words =
            schedule(&RuleSchedule { from: Some("2026-11-27".into()), to: None, hours: week.clone() });
        assert_eq!(words, "from 2026-11-27 · Mon–Fri 09:00–17:00");
        assert_eq!(span(&[of(1, 540), of(2, 600)]), None);
        assert_eq!(span(&[of(1, 540), of(1, 540)]), None);
        assert_eq!(minutes("24:00"), None);
        assert_eq!(minutes(&clock(1_439)), Some(1_439));
    }
}
