//! Behaviour of the `Ledger` object's tables: what turns hold, what counts, and the limits.

// Helpers of tests may panic as tests may.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::collections::BTreeMap;

use common::{Memory, identity};
use proptest::prelude::*;
use protocol::TurnId;
use protocol::api::Limit;
use protocol::internal::{Limits, Reserve, ReserveReply, Restore, SetLive, Settled};
use protocol::objects::Jurisdiction;
use store::ledger;

/// 21 November 2026, at noon.
const NOON: f64 = 1_795_262_400_000.0;
const HOLD: f64 = 180_000.0;
const MONTH: &str = "2026-11";

fn open() -> Memory {
    let memory = Memory::open();
    ledger::migrate(&memory).unwrap();
    memory
}

fn told(limits: Limits) -> Memory {
    let memory = open();
    ledger::restore(&memory, &journal(limits, 0, 0, 0), NOON).unwrap();
    memory
}

fn journal(limits: Limits, place: u64, conversations: u64, messages: u64) -> Restore {
    let (month, live, visitors) = (MONTH.into(), Vec::new(), String::new());
    Restore { limits, month, place, conversations, messages, live, visitors }
}

fn id(n: u64) -> TurnId {
    TurnId::ordered(n, [5; 10])
}

fn turn(n: u64, opens: bool) -> Reserve {
    let identity = identity(1);
    Reserve {
        turn_id: id(n),
        agent_id: identity.agent_id,
        workspace_id: identity.workspace_id,
        jurisdiction: Jurisdiction::Anywhere,
        opens,
        address: String::new(),
        visitor: String::new(),
        asked: String::new(),
        asked_at: NOON,
    }
}

fn ask(memory: &Memory, message: &Reserve, now: f64) -> Option<Limit> {
    ask_within(memory, message, (99, 999), now)
}

fn ask_within(memory: &Memory, message: &Reserve, allowance: (u64, u64), now: f64) -> Option<Limit> {
    match ledger::reserve(memory, message, allowance, now, HOLD).unwrap() {
        ReserveReply::Reserved { .. } => None,
        ReserveReply::Refused { limit, until } => {
            assert!(until > now, "it is said until when");
            Some(limit)
        }
        ReserveReply::NotLive {} => panic!("the agent is live"),
    }
}

fn used(n: u64, place: u64, conversations: u64) -> Settled {
    Settled { turn_id: id(n), asked_at: NOON, place, conversations, messages: u64::from(place > 0) }
}

fn settle(memory: &Memory, turn: &Settled, now: f64) {
    ledger::settle(memory, turn, now).unwrap();
}

const TEN: Limits = Limits {
    conversations: Some(10),
    messages: None,
    workspace_minute: None,
    agent_minute: None,
    address_minute: None,
};

#[test]
fn of_two_hundred_conversations_ten_begin_where_ten_are_left() {
    let memory = told(TEN);
    let begun = (0..200).filter(|n| ask(&memory, &turn(*n, true), NOON).is_none()).count();
    assert_eq!(begun, 10);
    assert_eq!(ask(&memory, &turn(500, true), NOON), Some(Limit::PlanConversations));
    assert_eq!(ask(&memory, &turn(501, false), NOON), None, "a conversation that began goes on");
}

#[test]
fn a_turn_asked_for_again_holds_once() {
    let memory = told(Limits { conversations: Some(2), ..TEN });
    for _ in 0..5 {
        assert_eq!(ask(&memory, &turn(1, true), NOON), None);
    }
    assert_eq!(ask(&memory, &turn(2, true), NOON), None);
    assert_eq!(ask(&memory, &turn(3, true), NOON), Some(Limit::PlanConversations));
}

#[test]
fn a_hold_that_ended_gives_its_unit_back_and_a_late_settlement_counts_once() {
    let memory = told(Limits { messages: Some(1), ..Limits::default() });
    assert_eq!(ask(&memory, &turn(1, true), NOON), None);
    assert_eq!(ask(&memory, &turn(2, true), NOON + HOLD - 1.0), Some(Limit::PlanMessages));
    assert_eq!(ask(&memory, &turn(2, true), NOON + HOLD), None, "the crashed turn's unit is free");
    settle(&memory, &used(2, 0, 0), NOON + HOLD);
    settle(&memory, &used(1, 1, 1), NOON + HOLD);
    settle(&memory, &used(1, 1, 1), NOON + HOLD);
    assert_eq!(memory.number("SELECT messages FROM used"), 1);
    assert_eq!(ask(&memory, &turn(3, true), NOON + HOLD), Some(Limit::PlanMessages));
}

#[test]
fn a_turn_that_goes_on_holds_for_longer() {
    let memory = told(Limits { messages: Some(1), ..Limits::default() });
    assert_eq!(ask(&memory, &turn(1, true), NOON), None);
    assert_eq!(ask(&memory, &turn(1, true), NOON + HOLD - 1.0), None);
    assert_eq!(ask(&memory, &turn(2, true), NOON + HOLD + 1.0), Some(Limit::PlanMessages));
}

#[test]
fn the_next_month_begins_at_nothing() {
    let memory = told(Limits { messages: Some(1), ..Limits::default() });
    assert_eq!(ask(&memory, &turn(1, true), NOON), None);
    settle(&memory, &used(1, 1, 1), NOON);
    let december = NOON + 11.0 * 86_400_000.0;
    let next = Reserve { asked_at: december, ..turn(2, false) };
    assert_eq!(ask(&memory, &next, december), None);
}

#[test]
fn limits_of_a_minute_name_themselves_and_pass_with_it() {
    let address = |n| Reserve { address: "here".into(), asked: format!("question {n}"), ..turn(n, true) };
    for (limits, limit) in [
        (Limits { workspace_minute: Some(3), ..Limits::default() }, Limit::WorkspaceMinute),
        (Limits { agent_minute: Some(3), ..Limits::default() }, Limit::AgentMinute),
        (Limits { address_minute: Some(3), ..Limits::default() }, Limit::AddressMinute),
    ] {
        let memory = told(limits);
        let replies: Vec<_> = (0..5).map(|n| ask(&memory, &address(n), NOON)).collect();
        assert_eq!(replies, [None, None, None, Some(limit), Some(limit)]);
        assert_eq!(ask(&memory, &address(9), NOON + 60_000.0), None);
        assert_eq!(memory.number("SELECT count(DISTINCT minute) FROM hits"), 1, "what is over is forgotten");
    }
}

#[test]
fn another_agent_and_another_address_have_minutes_of_their_own() {
    let limits = Limits {
        agent_minute: Some(1),
        address_minute: Some(1),
        workspace_minute: None,
        ..Limits::default()
    };
    let memory = told(limits);
    let at = |n: u64, address: &str| Reserve { address: address.into(), ..turn(n, true) };
    assert_eq!(ask(&memory, &at(1, "a"), NOON), None);
    assert_eq!(ask(&memory, &at(2, "b"), NOON), Some(Limit::AgentMinute));
    let other = Reserve { agent_id: identity(2).agent_id, ..at(3, "a") };
    assert_eq!(ask(&memory, &other, NOON), Some(Limit::AddressMinute));
    assert_eq!(ask(&memory, &Reserve { address: "c".into(), ..other }, NOON), None);
}

/// A turn of a visitor in whichever conversation: each begins one.
fn by(visitor: &str, n: u64) -> Reserve {
    Reserve { visitor: visitor.into(), ..turn(n, true) }
}

#[test]
fn conversations_of_one_visitor_share_an_allowance_and_visitors_do_not() {
    let memory = told(Limits::default());
    let ask = |message: &Reserve, now: f64| ask_within(&memory, message, (3, 5), now);
    let replies: Vec<_> = (0..5).map(|n| ask(&by("a", n), NOON)).collect();
    let minute = Some(Limit::VisitorMinute);
    assert_eq!(replies, [None, None, None, minute, minute]);
    assert_eq!(ask(&by("a", 2), NOON), None, "a turn asked for again counts once");
    assert_eq!(ask(&by("b", 10), NOON), None, "another visitor");
    assert_eq!(ask(&turn(11, true), NOON), None, "nobody knows who asks");
    // The minute passes, the hour does not, and then it does.
    let replies: Vec<_> = (20..23).map(|n| ask(&by("a", n), NOON + 60_000.0)).collect();
    assert_eq!(replies, [None, None, Some(Limit::VisitorHour)]);
    assert_eq!(ask(&by("a", 30), NOON + 3_599_999.0), Some(Limit::VisitorHour));
    assert_eq!(ask(&by("b", 31), NOON + 3_599_999.0), None);
    assert_eq!(ask(&by("a", 32), NOON + 3_600_000.0), None);
    assert_eq!(
        memory.number("SELECT count(*) FROM hits WHERE subject IN ('a', 'b')"),
        1,
        "what is over is forgotten"
    );
}

#[test]
fn a_lost_ledger_is_told_what_visitors_asked_in_this_hour() {
    let last = (NOON / 60_000.0) as u64 + 59;
    let told = |last: u64, times: &str| {
        let visitors = format!(r#"{{"last":{last},"times":{times}}}"#);
        Restore { visitors, ..journal(Limits::default(), 9, 9, 9) }
    };
    let memory = open();
    // One that was asked before it was told, and what an older release tells.
    assert_eq!(ask_within(&memory, &by("a", 1), (9, 5), NOON), None);
    ledger::restore(&memory, &journal(Limits::default(), 9, 9, 9), NOON).unwrap();
    for _ in 0..2 {
        ledger::restore(&memory, &told(last, r#"{"a":4,"b":5}"#), NOON).unwrap();
    }
    assert_eq!(ask_within(&memory, &by("a", 2), (9, 5), NOON), None);
    assert_eq!(ask_within(&memory, &by("a", 3), (9, 5), NOON), Some(Limit::VisitorHour));
    assert_eq!(ask_within(&memory, &by("b", 4), (9, 5), NOON), Some(Limit::VisitorHour));
    assert_eq!(ask_within(&memory, &by("c", 5), (9, 5), NOON), None);
    // What is told of an hour that is over, or of less than is known here, changes nothing.
    ledger::restore(&memory, &told(last - 60, r#"{"c":5}"#), NOON).unwrap();
    ledger::restore(&memory, &told(last, r#"{"a":1}"#), NOON).unwrap();
    assert_eq!(ask_within(&memory, &by("c", 6), (9, 5), NOON), None);
    assert_eq!(ask_within(&memory, &by("a", 7), (9, 5), NOON), Some(Limit::VisitorHour));
}

#[test]
fn a_page_that_asks_itself_is_stopped_and_people_who_ask_the_same_are_not() {
    let memory = told(Limits::default());
    let at =
        |n: u64, address: &str| Reserve { address: address.into(), asked: "same".into(), ..turn(n, true) };
    let looped = (0..30).filter(|n| ask(&memory, &at(*n, "one"), NOON).is_none()).count();
    assert_eq!(looped, 20);
    assert_eq!(ask(&memory, &at(50, "one"), NOON), Some(Limit::Repetition));
    let people = (100..200).filter(|n| ask(&memory, &at(*n, &n.to_string()), NOON).is_none()).count();
    assert_eq!(people, 100);
}

#[test]
fn an_agent_that_was_taken_offline_answers_nobody() {
    let memory = told(Limits::default());
    let live = |version, change| SetLive { agent_id: identity(1).agent_id, version, change };
    ledger::set_live(&memory, &live(Some(3), 2)).unwrap();
    assert_eq!(ask(&memory, &turn(1, true), NOON), None);
    ledger::set_live(&memory, &live(None, 3)).unwrap();
    ledger::set_live(&memory, &live(Some(3), 2)).unwrap();
    for n in [1, 2] {
        let reply = ledger::reserve(&memory, &turn(n, true), (99, 999), NOON, HOLD).unwrap();
        assert_eq!(reply, ReserveReply::NotLive {});
    }
}

#[test]
fn an_object_that_knows_nothing_answers_a_hundred_and_asks_once_in_ten_seconds() {
    let memory = open();
    let begun = (0..150).filter(|n| ask(&memory, &turn(*n, true), NOON).is_none()).count();
    assert_eq!(begun, 100);
    assert_eq!(ask(&memory, &turn(500, true), NOON), Some(Limit::Restoring));
    assert!(ledger::asks(&memory, "bell", NOON).unwrap());
    assert!(!ledger::asks(&memory, "bell", NOON + 9_999.0).unwrap());
    assert!(ledger::asks(&memory, "bell", NOON + 10_000.0).unwrap());
    assert_eq!(ledger::unanswered(&memory).unwrap().as_deref(), Some("bell"));
    ledger::restore(&memory, &journal(TEN, 40, 3, 40), NOON + 10_000.0).unwrap();
    assert_eq!(ledger::unanswered(&memory).unwrap(), None);
    assert!(!ledger::asks(&memory, "bell", NOON + 30_000.0).unwrap());
    assert!(
        ledger::asks(&memory, "bell", NOON + 2.0 * 3_600_000.0).unwrap(),
        "it may be others after an hour"
    );
    assert_eq!(ask(&memory, &turn(500, true), NOON), Some(Limit::PlanConversations), "what is held counts");
}

#[test]
fn what_was_told_late_does_not_undo_what_was_told_before() {
    let memory = open();
    ledger::restore(&memory, &journal(TEN, 40, 10, 40), NOON).unwrap();
    ledger::restore(&memory, &journal(TEN, 30, 2, 30), NOON).unwrap();
    assert_eq!(ask(&memory, &turn(1, true), NOON), Some(Limit::PlanConversations));
}

#[test]
fn what_is_long_over_is_forgotten_and_not_settled_again() {
    let memory = told(Limits { workspace_minute: Some(9), ..Limits::default() });
    assert_eq!(ask(&memory, &turn(1, true), NOON), None);
    settle(&memory, &used(1, 1, 1), NOON);
    let later = NOON + 3.0 * 86_400_000.0;
    assert_eq!(ask(&memory, &turn(2, true), later), None);
    assert_eq!(memory.number("SELECT count(*) FROM turn"), 1);
    settle(&memory, &used(1, 1, 1), later);
    assert_eq!(memory.number("SELECT messages FROM used"), 1);
}

/// What may happen, in any order.
#[derive(Clone, Debug)]
enum Step {
    Reserve(u64),
    /// The turn's record reaches the journal: it counts from now on.
    Journal(u64),
    /// … and the ledger hears of it, as often as it likes.
    Settle(u64),
    /// A turn that counts nothing ends.
    Release(u64),
    Wait(u32),
    /// The object loses everything.
    Lose,
    Restore,
}

fn step() -> impl Strategy<Value = Step> {
    let n = || 0_u64..12;
    prop_oneof![
        4 => n().prop_map(Step::Reserve),
        3 => n().prop_map(Step::Journal),
        3 => n().prop_map(Step::Settle),
        1 => n().prop_map(Step::Release),
        2 => (0_u32..120_000).prop_map(Step::Wait),
        1 => Just(Step::Lose),
        2 => Just(Step::Restore),
    ]
}

proptest! {
    /// Whatever the order, a ledger that was told and has heard of everything counts what the journal counts, and
    /// what is granted never goes beyond the limit as the ledger could know it.
    #[test]
    fn in_any_order_every_turn_counts_once(steps in prop::collection::vec(step(), 1..80)) {
        const LIMIT: u64 = 6;
        let limits = Limits { messages: Some(LIMIT), ..Limits::default() };
        let mut memory = told(limits);
        let (mut now, mut journaled, mut released) = (NOON, BTreeMap::<u64, u64>::new(), Vec::new());
        let mut known = true;
        let tell = |memory: &Memory, journaled: &BTreeMap<u64, u64>, now: f64| {
            let count = journaled.len() as u64;
            ledger::restore(memory, &journal(limits, count, count, count), now).unwrap();
        };
        for step in steps {
            match step {
                Step::Reserve(n) => {
                    let heard: u64 = memory.number("SELECT coalesce(sum(messages), 0) FROM used").try_into().unwrap();
                    let held: u64 = memory
                        .number(&format!("SELECT count(*) FROM turn WHERE held_until > {now}"))
                        .try_into().unwrap();
                    let mine = memory.number(&format!(
                        "SELECT count(*) FROM turn WHERE id = '{}' AND (held_until IS NULL OR held_until > {now})", id(n)
                    )) > 0;
                    let reply = ask(&memory, &turn(n, true), now);
                    if known {
                        prop_assert_eq!(reply.is_none(), mine || heard + held < LIMIT, "{:?}", reply);
                    }
                }
                Step::Journal(n) => {
                    if !released.contains(&n) {
                        let place = journaled.len() as u64 + 1;
                        journaled.entry(n).or_insert(place);
                    }
                }
                Step::Settle(n) => {
                    if let Some(place) = journaled.get(&n) {
                        settle(&memory, &used(n, *place, 1), now);
                    }
                }
                Step::Release(n) => {
                    if !journaled.contains_key(&n) {
                        released.push(n);
                        settle(&memory, &used(n, 0, 0), now);
                    }
                }
                Step::Wait(ms) => now += f64::from(ms),
                Step::Lose => {
                    memory = open();
                    known = false;
                }
                Step::Restore => {
                    tell(&memory, &journaled, now);
                    known = true;
                }
            }
        }
        tell(&memory, &journaled, now);
        for (n, place) in &journaled {
            settle(&memory, &used(*n, *place, 1), now);
        }
        prop_assert_eq!(memory.number("SELECT messages FROM used"), journaled.len() as i64);
        let left = memory.number(&format!("SELECT count(*) FROM turn WHERE held_until > {now}"));
        let begun = (100..140).filter(|n| ask(&memory, &turn(*n, true), now).is_none()).count() as i64;
        prop_assert_eq!(begun, (LIMIT as i64 - left - journaled.len() as i64).max(0));
    }
}
