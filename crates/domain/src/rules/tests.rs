use proptest::prelude::*;
use protocol::agent::OpenSpan;
use protocol::rules::{
    CtaContent, CtaHistory, CtaKind, EdgeCta, EdgeRule, RuleAction, RuleContent, RuleSchedule, RuleWhen,
    WidgetAction,
};
use protocol::{CtaId, RuleId};

use super::*;

pub(crate) fn cta(n: u64, label: &str) -> EdgeCta {
    let content = CtaContent {
        name: label.into(),
        label: label.into(),
        kind: CtaKind::Demo,
        target: "https://x.test/demo".into(),
        page: Vec::new(),
        words: Vec::new(),
        history: CtaHistory::default(),
        after_answers: true,
        repeat: false,
        enabled: true,
    };
    EdgeCta { id: CtaId::ordered(n, [0; 10]), content }
}

pub(crate) fn rule(n: u64) -> EdgeRule {
    let content = RuleContent {
        name: "Greets".into(),
        when: RuleWhen::Idle { seconds: 20 },
        page: vec!["/pricing*".into()],
        action: RuleAction::OpenWithMessage { message: "Questions?".into() },
        schedule: RuleSchedule::default(),
        enabled: true,
    };
    EdgeRule { id: RuleId::ordered(n, [0; 10]), content }
}

fn wrong(change: impl Fn(&mut RuleContent)) -> Option<String> {
    let mut content = rule(1).content;
    change(&mut content);
    accept(content).err().and_then(|problem| problem.field)
}

#[test]
fn what_cannot_fire_or_be_read_is_refused_by_its_field() {
    assert_eq!(wrong(|_| {}), None);
    assert_eq!(wrong(|c| c.name = "  ".into()).as_deref(), Some("name"));
    assert_eq!(wrong(|c| c.when = RuleWhen::Idle { seconds: 0 }).as_deref(), Some("when"));
    assert_eq!(wrong(|c| c.when = RuleWhen::Scroll { percent: 101 }).as_deref(), Some("when"));
    assert_eq!(wrong(|c| c.when = RuleWhen::Returning { visits: 1 }).as_deref(), Some("when"));
    let utm = |source: &str| RuleWhen::Utm { source: Some(source.into()), medium: None, campaign: None };
    assert_eq!(wrong(|c| c.when = utm(" ")).as_deref(), Some("when"));
    assert_eq!(wrong(|c| c.when = utm("ads")), None);
    assert_eq!(wrong(|c| (c.when, c.page) = (RuleWhen::Page, Vec::new())).as_deref(), Some("page"));
    assert_eq!(wrong(|c| c.page = vec!["https://x.test/".into()]).as_deref(), Some("page"));
    assert_eq!(
        wrong(|c| c.action = RuleAction::OpenWithMessage { message: " ".into() }).as_deref(),
        Some("action.message")
    );
    assert_eq!(
        wrong(|c| c.action = RuleAction::QuickPrompts { prompts: vec![" ".into()] }).as_deref(),
        Some("action.prompts")
    );
    for day in ["2026-13-01", "2026-02-29", "26-1-1", "2026-11-31", "x"] {
        assert_eq!(wrong(|c| c.schedule.from = Some(day.into())).as_deref(), Some("schedule.from"), "{day}");
    }
    assert_eq!(wrong(|c| c.schedule.from = Some("2028-02-29".into())), None);
    let back = |c: &mut RuleContent| {
        (c.schedule.from, c.schedule.to) = (Some("2026-11-28".into()), Some("2026-11-27".into()));
    };
    assert_eq!(wrong(back).as_deref(), Some("schedule.to"));
    let hours = |span| move |c: &mut RuleContent| c.schedule.hours = vec![span];
    assert_eq!(wrong(hours(OpenSpan { weekday: 1, from: 600, to: 540 })).as_deref(), Some("schedule.hours"));
    assert_eq!(wrong(hours(OpenSpan { weekday: 8, from: 0, to: 1 })).as_deref(), Some("schedule.hours"));
}

#[test]
fn a_rule_is_told_while_it_is_due_and_its_call_to_action_is_there() {
    let at = |date: &str, weekday, minute| Some(Wall { date: date.into(), weekday, minute });
    let mut timed = rule(1);
    timed.content.schedule = RuleSchedule {
        from: Some("2026-11-27".into()),
        to: Some("2026-11-30".into()),
        hours: vec![OpenSpan { weekday: 5, from: 540, to: 1_020 }],
    };
    let mut shows = rule(2);
    shows.content.action = RuleAction::ShowCta { cta_id: cta(1, "").id };
    let rules = [timed, shows];
    let told = |wall: Option<Wall>, ctas: &[EdgeCta]| -> Vec<RuleId> {
        super::told(&rules, ctas, || wall).into_iter().map(|rule| rule.id).collect()
    };
    let (one, two) = (rules[0].id.clone(), rules[1].id.clone());
    assert_eq!(told(at("2026-11-27", 5, 540), &[cta(1, "Demo")]), [one.clone(), two.clone()]);
    for wall in [at("2026-11-27", 5, 1_020), at("2026-11-28", 6, 600), at("2026-12-04", 5, 600), None] {
        assert_eq!(told(wall, &[cta(1, "Demo")]), std::slice::from_ref(&two));
    }
    assert_eq!(told(at("2026-11-27", 5, 540), &[]), [one]);
    let shown = super::told(&rules[1..], &[cta(1, "Demo")], || None);
    assert!(matches!(&shown[0].action, WidgetAction::ShowCta { cta } if cta.label == "Demo"));
}

proptest! {
    #[test]
    fn what_is_accepted_is_accepted_again_as_it_is(
        name in ".{0,90}", seconds in 0_u32..5_000, page in proptest::collection::vec("[/*a-zé ?#]{0,12}", 0..4),
        message in ".{0,40}", from in proptest::option::of("20[0-9]{2}-[01][0-9]-[0-3][0-9]"),
    ) {
        let mut content = rule(1).content;
        (content.name, content.when, content.page) = (name, RuleWhen::Time { seconds }, page);
        content.action = RuleAction::OpenWithMessage { message };
        content.schedule.from = from;
        if let Ok(accepted) = accept(content) {
            prop_assert_eq!(accept(accepted.clone()), Ok(accepted));
        }
    }
}
