//! Usage: the journal, its sums, refusals, limits and warnings.

use protocol::api::{Limit, Meter, TurnState, UsageLimits};
use protocol::internal::{Refusals, TurnRecord};
use store::sql::sql;
use store::{Engine, Statement, conversations, usage};

use super::{A, B, Built, Ids, both, identity, record, tenant, turn};

/// Statements of this area that take no tenant, and why they may not.
pub const WITHOUT_TENANT: &[(&str, &str)] = &[
    ("usage::due", "a schedule: which ledgers have to be told, whoever's they are"),
    ("usage::refused_at_door", "somebody has no conversation yet: the agent says whose refusal it is"),
    ("usage::forget", "housekeeping by age, whoever's rows they are"),
];

const MONTH: &str = "1970-01";

fn ended(ids: &Ids, of: u64, state: TurnState, answer: &str) -> TurnRecord {
    let mut record = record(of, turn(9, state, answer, 5.0));
    record.turn.id = ids.turn.clone();
    record.identity.agent_id = ids.agent.clone();
    record.identity.conversation_id = ids.conversation.clone();
    record.turn.cost_micros = Some(40);
    record
}

fn counted(ids: &Ids, of: u64) -> [Statement; 2] {
    usage::journal(&tenant(of), &ended(ids, of, TurnState::Finished, "the answer"))
}

/// A failed turn stored, and its cost after it: the cost is of what was just stored.
fn spent(ids: &Ids, of: u64) -> Vec<Statement> {
    let new = Ids { turn: protocol::TurnId::ordered(79, [7; 10]), ..ids.clone() };
    let failed = ended(&new, of, TurnState::Failed, "");
    let stored = conversations::store_turn(&tenant(of), &failed);
    stored.into_iter().chain([usage::spent(&tenant(of), &failed)]).collect()
}

pub fn builders(ids: &Ids, of: u64) -> Vec<Built> {
    let t = &tenant(of);
    let refusals = Refusals { day: "1970-01-01".into(), limit: Limit::VisitorMinute, times: of };
    let own = UsageLimits { messages: Some(of), ..UsageLimits::default() };
    vec![
        ("usage::journal", counted(ids, of).to_vec()),
        ("usage::journaled", vec![usage::journaled(t, std::slice::from_ref(&ids.turn)).unwrap()]),
        ("usage::spent", spent(ids, of)),
        ("usage::refused", vec![usage::refused(t, &ids.agent, &ids.conversation, &refusals)]),
        ("usage::state", vec![usage::state(t, MONTH)]),
        ("usage::spend", usage::spend(t, "2031-01", 7.0).to_vec()),
        ("usage::live", vec![usage::live(t)]),
        ("usage::visitors", vec![usage::visitors(t, 7.0)]),
        ("usage::set_limits", vec![usage::set_limits(t, &own, 7.0).unwrap()]),
        ("usage::told", vec![usage::told(t, 7.0)]),
        ("usage::agents", vec![usage::agents(t, MONTH)]),
        ("usage::refusals", vec![usage::refusals(t, "1970-01-01")]),
        ("usage::warned", vec![usage::warned(t, MONTH)]),
        ("usage::warn", vec![usage::warn(t, MONTH, Meter::Messages, 80, 7.0)]),
    ]
}

pub fn fill(n: u64) -> Vec<Statement> {
    let wanted = ["usage::journal", "usage::refused"];
    let all = builders(&Ids::of(n), n).into_iter();
    let warned = usage::warn(&tenant(n), MONTH, Meter::Messages, 100, 7.0);
    let due =
        sql("UPDATE workspaces SET ledger_due_at = 7 WHERE id = ?1").bind(tenant(n).workspace().as_str());
    all.filter(|(name, _)| wanted.contains(name)).flat_map(|(_, made)| made).chain([due, warned]).collect()
}

#[test]
fn a_turn_counts_once_and_its_conversation_with_the_first() {
    let memory = both();
    let other = Ids { turn: protocol::TurnId::ordered(77, [5; 10]), ..Ids::of(A) };
    for _ in 0..3 {
        for statement in counted(&other, A) {
            memory.run(&statement).unwrap();
        }
    }
    // The same turn under another tenant's name is not theirs to count.
    for statement in counted(&other, B) {
        memory.run(&statement).unwrap();
    }
    for (n, messages) in [(A, 2), (B, 1)] {
        let state = usage::read_state(&memory.run(&usage::state(&tenant(n), MONTH)).unwrap()[0]).unwrap();
        assert_eq!((state.conversations, state.messages), (1, messages));
        assert_eq!((state.plan.as_str(), state.limits().conversations), ("Free", Some(100)));
    }
    let settled = memory.run(&usage::journaled(&tenant(A), &[other.turn, Ids::of(B).turn]).unwrap()).unwrap();
    let settled: Vec<_> = settled.iter().map(|row| usage::read_settled(row).unwrap()).collect();
    assert_eq!((settled.len(), settled[0].place, settled[0].conversations), (1, 3, 0));
    let agents = memory.run(&usage::agents(&tenant(A), MONTH)).unwrap();
    let agent = usage::read_agent(&agents[0]).unwrap();
    assert_eq!((agent.agent_id, agent.messages, agent.cost_micros), (identity(A).agent_id, 2, 80));
}

#[test]
fn an_hour_of_visitors_is_told_of_their_own_workspace_whatever_the_conversation() {
    let memory = both();
    let visitors = |n: u64, hour: u32| -> serde_json::Value {
        let now = f64::from(hour) * 3_600_000.0 + 5.0;
        let told: serde_json::Value =
            memory.run(&usage::visitors(&tenant(n), now)).unwrap()[0].json(0).unwrap();
        assert_eq!(told["last"], hour * 60 + 59);
        told["times"].clone()
    };
    let before: u64 = visitors(A, 0).as_object().unwrap().values().map(|times| times.as_u64().unwrap()).sum();
    // Two conversations of one visitor, and a turn of the hour after.
    let visitor = identity(91).visitor_id;
    for (n, asked_at) in [(91, 7.0), (92, 7.0), (92, 3_600_000.0)] {
        let ids = Ids {
            turn: protocol::TurnId::ordered(900 + n + asked_at as u64, [5; 10]),
            conversation: identity(n).conversation_id,
            ..Ids::of(A)
        };
        let mut record = ended(&ids, A, TurnState::Finished, "the answer");
        record.identity.visitor_id = visitor.clone();
        record.turn.asked_at = asked_at;
        for statement in usage::journal(&tenant(A), &record)
            .into_iter()
            .chain(store::conversations::store_turn(&tenant(A), &record))
        {
            memory.run(&statement).unwrap();
        }
    }
    let all = visitors(A, 0);
    assert_eq!(all[visitor.as_str()], 3);
    assert_eq!(
        all.as_object().unwrap().values().map(|times| times.as_u64().unwrap()).sum::<u64>(),
        before + 3
    );
    assert_eq!(visitors(A, 1), serde_json::json!({ visitor.as_str(): 1 }));
    assert_eq!(visitors(B, 0).get(visitor.as_str()), None, "another workspace's visitor");
    assert_eq!(visitors(A, 2), serde_json::json!({}));
    // The ledger of theirs reads it as it is: one who may ask three times an hour was answered as often.
    let ledger = super::Memory::open();
    store::ledger::migrate(&ledger).unwrap();
    let told = memory.run(&usage::visitors(&tenant(A), 5.0)).unwrap()[0].text(0).unwrap().to_owned();
    let restore = protocol::internal::Restore {
        limits: protocol::internal::Limits::default(),
        month: MONTH.into(),
        place: 9,
        conversations: 9,
        messages: 9,
        live: Vec::new(),
        visitors: told,
    };
    store::ledger::restore(&ledger, &restore, 6.0).unwrap();
    for (asks, refused) in [(&visitor, true), (&identity(99).visitor_id, false)] {
        let of = identity(A);
        let reserve = protocol::internal::Reserve {
            turn_id: protocol::TurnId::ordered(999, [5; 10]),
            agent_id: of.agent_id,
            workspace_id: of.workspace_id,
            jurisdiction: protocol::objects::Jurisdiction::Anywhere,
            opens: true,
            address: String::new(),
            visitor: asks.to_string(),
            asked: String::new(),
            asked_at: 7.0,
        };
        let reply = store::ledger::reserve(&ledger, &reserve, (99, 3), 7.0, 9.0).unwrap();
        let until = 3_600_000.0;
        let expected = protocol::internal::ReserveReply::Refused { limit: Limit::VisitorHour, until };
        assert_eq!(reply == expected, refused, "{reply:?}");
    }
    // Whose a turn was is gone with its header.
    memory.ask(&format!("DELETE FROM conversations WHERE id = '{}'", identity(92).conversation_id));
    assert_eq!(visitors(A, 0)[visitor.as_str()], 1);
}

#[test]
fn an_answer_that_failed_counts_nothing_and_its_cost_once() {
    let memory = both();
    let other = Ids { turn: protocol::TurnId::ordered(78, [5; 10]), ..Ids::of(A) };
    let failed = ended(&other, A, TurnState::Failed, "");
    assert!(!usage::counts(&failed.turn));
    let stopped = |model: Option<&str>| {
        let mut record = ended(&other, A, TurnState::Stopped, "");
        record.turn.model = model.map(str::to_owned);
        usage::counts(&record.turn)
    };
    assert!(stopped(Some("m")) && !stopped(None), "a model that was asked is paid");
    let before = memory.run(&usage::agents(&tenant(A), MONTH)).unwrap();
    let before = usage::read_agent(&before[0]).unwrap();
    for _ in 0..3 {
        for statement in conversations::store_turn(&tenant(A), &failed) {
            memory.run(&statement).unwrap();
        }
        memory.run(&usage::spent(&tenant(A), &failed)).unwrap();
    }
    let after = memory.run(&usage::agents(&tenant(A), MONTH)).unwrap();
    let after = usage::read_agent(&after[0]).unwrap();
    assert_eq!((after.messages, after.cost_micros), (before.messages, before.cost_micros + 40));
}

#[test]
fn refusals_and_warnings_are_known_once() {
    let memory = both();
    let ids = Ids::of(A);
    let times = |times| Refusals { day: "1970-01-01".into(), limit: Limit::VisitorMinute, times };
    for n in [4, 9, 6] {
        memory.run(&usage::refused(&tenant(A), &ids.agent, &ids.conversation, &times(n))).unwrap();
    }
    let rows = memory.run(&usage::refusals(&tenant(A), "1969-12-31")).unwrap();
    let refused = usage::read_refused(&rows[0]).unwrap();
    assert_eq!((rows.len(), refused.limit, refused.times), (1, Limit::VisitorMinute, 9));
    for _ in 0..3 {
        memory.run(&usage::refused_at_door(&ids.agent, Limit::AddressMinute, 7.0)).unwrap();
    }
    let unknown = protocol::AgentId::ordered(77, [5; 10]);
    memory.run(&usage::refused_at_door(&unknown, Limit::AddressMinute, 7.0)).unwrap();
    let rows = memory.run(&usage::refusals(&tenant(A), "1969-12-31")).unwrap();
    let refused = usage::read_refused(&rows[1]).unwrap();
    assert_eq!((rows.len(), refused.limit, refused.times), (2, Limit::AddressMinute, 3));
    assert_eq!(
        memory.number("SELECT count(*) FROM usage_refusals"),
        3,
        "an agent that there is not has none"
    );
    let warn = usage::warn(&tenant(A), MONTH, Meter::Messages, 100, 8.0);
    assert!(memory.run(&warn).is_err(), "a constraint");
    let warned = memory.run(&usage::warned(&tenant(A), MONTH)).unwrap();
    assert_eq!(usage::read_warned(&warned[0]).unwrap(), (Meter::Messages, 100));
}

#[test]
fn ones_own_limits_hold_where_they_are_lower() {
    let memory = both();
    let set = |own: UsageLimits| {
        memory.run(&usage::set_limits(&tenant(A), &own, 7.0).unwrap()).unwrap();
        usage::read_state(&memory.run(&usage::state(&tenant(A), MONTH)).unwrap()[0]).unwrap()
    };
    let own = UsageLimits {
        conversations: Some(500),
        messages: Some(9),
        workspace_minute: Some(5),
        agent_minute: None,
    };
    let state = set(own);
    let limits = state.limits();
    assert_eq!(
        (limits.conversations, limits.messages, limits.workspace_minute),
        (Some(100), Some(9), Some(5))
    );
    assert_eq!((limits.agent_minute, limits.address_minute), (Some(120), Some(30)));
    assert_eq!(state.due_at, Some(7.0));
    memory.run(&usage::told(&tenant(A), 6.0)).unwrap();
    assert_eq!(memory.run(&usage::due(8.0)).unwrap().len(), 2, "what became due meanwhile is told, too");
    memory.run(&usage::told(&tenant(A), 7.0)).unwrap();
    let due = memory.run(&usage::due(8.0)).unwrap();
    assert_eq!((due.len(), usage::read_due(&due[0]).unwrap()), (1, identity(B).workspace_id));
}

#[test]
fn a_plan_that_is_gone_is_the_free_one() {
    let memory = both();
    memory.ask("UPDATE workspaces SET plan = 'vanished'");
    let state = usage::read_state(&memory.run(&usage::state(&tenant(A), MONTH)).unwrap()[0]).unwrap();
    assert_eq!(state.plan, "Free");
}
