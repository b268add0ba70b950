//! Rules, calls to action, experiments, and what visitors made of them.

use protocol::api::{ExperimentStatus, Goal};
use protocol::experiments::{ExperimentKind, Patch};
use protocol::internal::ConversationIdentity;
use protocol::rules::{CtaContent, CtaHistory, CtaKind, RuleAction, RuleContent, RuleSchedule, RuleWhen};
use protocol::widget::{WidgetEvent, WidgetEventKind};
use protocol::{CtaId, ExperimentId, RuleId, VariantId, VisitorId};
use store::experiments::{self, Content, Stored};
use store::rules::{self, Table};
use store::widget_events::{self, Conversion};
use store::{Engine, Statement, versions};

use super::{A, Built, Ids, both, identity, name, tenant};

/// Statements of this area that take no tenant, and why they may not.
pub const WITHOUT_TENANT: &[(&str, &str)] =
    &[("widget_events::forget", "housekeeping of events by age, whoever's they are")];

fn rule(n: u64) -> RuleId {
    RuleId::ordered(n, [40; 10])
}

fn cta(n: u64) -> CtaId {
    CtaId::ordered(n, [41; 10])
}

/// The experiment of a workspace.
pub fn experiment(n: u64) -> ExperimentId {
    ExperimentId::ordered(n, [42; 10])
}

fn variant(n: u64) -> VariantId {
    VariantId::ordered(n, [43; 10])
}

fn visitor(n: u64) -> VisitorId {
    VisitorId::ordered(n, [44; 10])
}

fn rule_content(called: &str, shows: &CtaId) -> RuleContent {
    RuleContent {
        name: called.into(),
        when: RuleWhen::ExitIntent,
        page: Vec::new(),
        action: RuleAction::ShowCta { cta_id: shows.clone() },
        schedule: RuleSchedule::default(),
        enabled: true,
    }
}

fn cta_content(called: &str) -> CtaContent {
    CtaContent {
        name: called.into(),
        label: called.into(),
        kind: CtaKind::Buy,
        target: "https://x.test/".into(),
        page: Vec::new(),
        words: Vec::new(),
        history: CtaHistory::default(),
        after_answers: true,
        repeat: false,
        enabled: true,
    }
}

fn content(called: &str, n: u64) -> Content {
    let stored = |at| Stored { id: variant(at), name: called.into(), weight: 1, patch: Patch::default() };
    Content { name: called.into(), goal: Goal::Any, variants: vec![stored(n), stored(n + 100)] }
}

fn event(id: &str, kind: WidgetEventKind, subject: &str) -> WidgetEvent {
    WidgetEvent {
        id: id.into(),
        kind,
        subject: subject.into(),
        page_url: "https://x.test/".into(),
        at_ms: 5.0,
    }
}

pub fn builders(ids: &Ids, of: u64) -> Vec<Built> {
    let t = &tenant(of);
    let (own_rule, own_cta, own) = (rule(ids.picks[2]), cta(ids.picks[3]), experiment(ids.picks[4]));
    let (rule_content, cta_content) = (rule_content(name(of), &cta(of)), cta_content(name(of)));
    let in_table = |table| match table {
        Table::Rules => own_rule.as_str(),
        Table::Ctas => own_cta.as_str(),
    };
    let both = |make: &dyn Fn(Table) -> Statement| vec![make(Table::Rules), make(Table::Ctas)];
    let create = |table| match table {
        Table::Rules => rules::create(t, table, (in_table(table), &ids.agent), &rule_content, 9, 4.0),
        Table::Ctas => rules::create(t, table, (in_table(table), &ids.agent), &cta_content, 9, 4.0),
    };
    let update = |table| match table {
        Table::Rules => rules::update(t, table, in_table(table), &rule_content, 1, 6.0),
        Table::Ctas => rules::update(t, table, in_table(table), &cta_content, 1, 6.0),
    };
    let order = [rule(ids.picks[5]).to_string(), own_rule.to_string(), own_cta.to_string()];
    let content = content(name(of), of);
    let kind = ExperimentKind::Persona;
    let identity = ConversationIdentity {
        agent_id: ids.agent.clone(),
        conversation_id: ids.conversation.clone(),
        visitor_id: visitor(ids.picks[3]),
        ..identity(of)
    };
    let fired = event("event-0002", WidgetEventKind::RuleFired, own_rule.as_str());
    let seen_by = visitor(ids.picks[5]);
    let converted = |kind| widget_events::converted(t, &ids.agent, &seen_by, (kind, "another"), 6.0);
    vec![
        ("rules::list", both(&|table| rules::list(t, table, &ids.agent, 0.0))),
        ("rules::one", both(&|table| rules::one(t, table, in_table(table), 0.0))),
        ("rules::enabled", both(&|table| rules::enabled(t, table, &ids.agent))),
        ("rules::create", both(&|table| create(table).unwrap())),
        ("rules::update", both(&|table| update(table).unwrap())),
        ("rules::order", both(&|table| rules::order(t, table, &ids.agent, &order).unwrap())),
        ("rules::delete", both(&|table| rules::delete(t, table, in_table(table)))),
        ("experiments::list", vec![experiments::list(t, &ids.agent)]),
        ("experiments::one", vec![experiments::one(t, &own)]),
        ("experiments::figures", vec![experiments::figures(t, &ids.agent)]),
        (
            "experiments::create",
            vec![experiments::create(t, (&own, &ids.agent), kind, &content, 9, 4.0).unwrap()],
        ),
        ("experiments::update", {
            let draft = ExperimentId::ordered(ids.picks[4], [45; 10]);
            vec![experiments::update(t, &draft, kind, &content, 1, 6.0).unwrap()]
        }),
        (
            "experiments::go",
            vec![experiments::go(t, &own, ExperimentStatus::Running, ExperimentStatus::Stopped, 7.0)],
        ),
        (
            "experiments::applied",
            vec![
                experiments::go(t, &own, ExperimentStatus::Running, ExperimentStatus::Stopped, 7.0),
                experiments::applied(t, &own, &variant(of)),
            ],
        ),
        ("experiments::delete", {
            let draft = ExperimentId::ordered(ids.picks[4], [45; 10]);
            experiments::delete(t, &draft).to_vec()
        }),
        ("experiments::running", vec![experiments::running(t, &ids.agent)]),
        ("experiments::expose", vec![experiments::expose(t, &own, &variant(of), &seen_by, 6.0)]),
        ("widget_events::store", vec![widget_events::store(t, &identity, &[fired], "[]").unwrap()]),
        ("widget_events::converted", vec![converted(Conversion::Lead), converted(Conversion::CtaClick)]),
        ("widget_events::forget_visitor", widget_events::forget_visitor(t, &identity.visitor_id).to_vec()),
        ("versions::changed", vec![versions::changed(t, &ids.agent, 9.0)]),
    ]
}

/// Rows of this area for one workspace: a rule that shows a call to action, a running experiment and a draft, and a
/// visitor who saw, fired and followed.
pub fn fill(n: u64) -> Vec<Statement> {
    let (t, ids) = (&tenant(n), Ids::of(n));
    let (kind, content) = (ExperimentKind::Persona, content(name(n), n));
    let identity = ConversationIdentity { visitor_id: visitor(n), ..identity(n) };
    let events = [
        event("event-0001", WidgetEventKind::RuleFired, rule(n).as_str()),
        event("event-0003", WidgetEventKind::CtaClicked, cta(n).as_str()),
    ];
    let experiment = experiment(n);
    let draft = ExperimentId::ordered(n, [45; 10]);
    vec![
        rules::create(t, Table::Ctas, (cta(n).as_str(), &ids.agent), &cta_content(name(n)), 9, 4.0).unwrap(),
        rules::create(
            t,
            Table::Rules,
            (rule(n).as_str(), &ids.agent),
            &rule_content(name(n), &cta(n)),
            9,
            4.0,
        )
        .unwrap(),
        experiments::create(t, (&experiment, &ids.agent), kind, &content, 9, 4.0).unwrap(),
        experiments::create(t, (&draft, &ids.agent), kind, &content, 9, 4.0).unwrap(),
        experiments::go(t, &experiment, ExperimentStatus::Draft, ExperimentStatus::Running, 4.5),
        widget_events::store(t, &identity, &events, "[]").unwrap(),
        experiments::expose(t, &experiment, &variant(n), &visitor(n), 5.0),
        widget_events::converted(t, &ids.agent, &visitor(n), (Conversion::CtaClick, "it"), 5.0),
    ]
}

#[test]
fn a_batch_of_events_sent_twice_happened_once() {
    let memory = both();
    let (t, ids) = (tenant(A), Ids::of(A));
    let stats = || {
        let rows = memory.run(&rules::list(&t, Table::Ctas, &ids.agent, 0.0)).unwrap();
        let cta = rules::read_cta(&rows[0]).unwrap();
        (cta.shown, cta.clicked)
    };
    assert_eq!(stats(), (0, 1));
    let subject = cta(A).to_string();
    let events = [
        event("event-0010", WidgetEventKind::CtaShown, &subject),
        event("event-0011", WidgetEventKind::CtaClicked, &subject),
    ];
    for _ in 0..2 {
        memory.run(&widget_events::store(&t, &identity(A), &events, "[]").unwrap()).unwrap();
    }
    assert_eq!(stats(), (1, 2));
    let rows = memory.run(&rules::list(&t, Table::Rules, &ids.agent, 0.0)).unwrap();
    let fired = rules::read_rule(&rows[0]).unwrap();
    assert_eq!((fired.fired, fired.visitors), (1, 1));
    for statement in widget_events::forget(6.0, 5.0) {
        memory.run(&statement).unwrap();
    }
    assert_eq!(stats(), (0, 0));
    let figures = memory.run(&experiments::figures(&t, &ids.agent)).unwrap();
    assert_eq!(experiments::read_figure(&figures[0]).unwrap(), (variant(A), 1, 1), "figures are kept longer");
}

#[test]
fn only_what_happened_after_the_exposure_and_of_the_goal_counts() {
    let memory = both();
    let (t, ids, own) = (tenant(A), Ids::of(A), experiment(A));
    let other = variant(A + 100);
    for (n, kind, at) in
        [(10, Conversion::Lead, 6.0), (11, Conversion::Lead, 4.0), (12, Conversion::CtaClick, 9.0)]
    {
        memory.run(&experiments::expose(&t, &own, &other, &visitor(n), 5.0)).unwrap();
        // Seen again, even as another variant: the first time counts.
        memory.run(&experiments::expose(&t, &own, &variant(A), &visitor(n), 5.5)).unwrap();
        memory.run(&widget_events::converted(&t, &ids.agent, &visitor(n), (kind, "x"), at)).unwrap();
        memory.run(&widget_events::converted(&t, &ids.agent, &visitor(n), (kind, "x"), at + 9.0)).unwrap();
    }
    let figure = || {
        let rows = memory.run(&experiments::figures(&t, &ids.agent)).unwrap();
        let figures: Vec<_> = rows.iter().map(|row| experiments::read_figure(row).unwrap()).collect();
        figures.into_iter().find(|(id, ..)| *id == other).unwrap()
    };
    assert_eq!(figure(), (other.clone(), 3, 2));
    let stop = experiments::go(&t, &own, ExperimentStatus::Running, ExperimentStatus::Stopped, 7.0);
    memory.run(&stop).unwrap();
    assert_eq!(figure(), (other.clone(), 3, 1), "what came after the end does not count");
    memory.ask(&format!(
        "UPDATE experiments SET content = json_set(content, '$.goal', 'cta_click') WHERE id = '{own}'"
    ));
    assert_eq!(figure(), (other.clone(), 3, 0));
    memory.run(&experiments::expose(&t, &own, &other, &visitor(20), 8.0)).unwrap();
    assert_eq!(figure().1, 3, "nobody is exposed to what has ended");
    assert_eq!(memory.number("SELECT count(*) FROM exposures"), 5);
}

#[test]
fn what_runs_is_not_changed_and_what_is_shown_not_deleted() {
    let memory = both();
    let (t, ids, own) = (tenant(A), Ids::of(A), experiment(A));
    let status = |id: &ExperimentId| {
        let rows = memory.run(&experiments::one(&t, id)).unwrap();
        rows.first().map(|row| experiments::read(row).unwrap().status)
    };
    let changed = content("changed", A);
    memory.run(&experiments::update(&t, &own, ExperimentKind::Persona, &changed, 2, 9.0).unwrap()).unwrap();
    for statement in experiments::delete(&t, &own) {
        memory.run(&statement).unwrap();
    }
    let rows = memory.run(&experiments::one(&t, &own)).unwrap();
    assert_eq!(experiments::read(&rows[0]).unwrap().name, "alpha");
    let draft = ExperimentId::ordered(A, [45; 10]);
    let go = experiments::go(&t, &draft, ExperimentStatus::Draft, ExperimentStatus::Running, 9.0);
    assert!(memory.run(&go).is_err(), "another of its kind runs");
    assert_eq!(status(&draft), Some(ExperimentStatus::Draft));
    let count = || memory.run(&rules::list(&t, Table::Ctas, &ids.agent, 0.0)).unwrap().len();
    memory.run(&rules::delete(&t, Table::Ctas, cta(A).as_str())).unwrap();
    assert_eq!(count(), 1, "a rule shows it");
    memory.run(&rules::delete(&t, Table::Rules, rule(A).as_str())).unwrap();
    memory.run(&rules::delete(&t, Table::Ctas, cta(A).as_str())).unwrap();
    assert_eq!(count(), 0);
}
