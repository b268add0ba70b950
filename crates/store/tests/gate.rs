//! How much one visitor may ask.

// Helpers of tests may panic as tests may.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::Memory;
use protocol::TurnId;
use protocol::api::Limit;
use store::sql::sql;
use store::thread::gate::{self, Allowance};
use store::{Engine, thread};

const NOON: f64 = 1_795_262_400_000.0;
const MANY: Allowance = Allowance { minute: 99, hour: 999, conversation: 999 };
const PAGE: Option<&str> = Some("https://x.test/");

fn open() -> Memory {
    let memory = Memory::open();
    thread::migrate(&memory).unwrap();
    memory
}

fn asked(memory: &Memory, n: u64, question: &str, answer: &str, at: f64) {
    let id = TurnId::ordered(n, [5; 10]);
    thread::begin(memory, &id, &format!("message-{n}"), question, PAGE, at).unwrap();
    let ended = sql("UPDATE turns SET state = 'finished', answer = ?2 WHERE id = ?1").bind(id.as_str());
    memory.run(&ended.bind(answer)).unwrap();
}

fn check(memory: &Memory, question: &str, allowance: Allowance, now: f64) -> Option<Limit> {
    let refused = gate::check(memory, "message-new", question, PAGE, allowance, now).unwrap();
    refused.map(|(limit, until)| {
        assert!(until > now, "it is said until when");
        limit
    })
}

#[test]
fn a_visitor_asks_so_much_in_a_minute_an_hour_and_a_conversation() {
    let memory = open();
    for n in 0..3 {
        asked(&memory, n, &format!("question {n}"), "", NOON + f64::from(u32::try_from(n).unwrap()));
    }
    for (allowance, limit, later) in [
        (Allowance { minute: 3, ..MANY }, Limit::VisitorMinute, NOON + 60_002.0),
        (Allowance { hour: 3, ..MANY }, Limit::VisitorHour, NOON + 3_600_002.0),
    ] {
        assert_eq!(check(&memory, "more?", allowance, NOON + 10.0), Some(limit));
        assert_eq!(check(&memory, "more?", allowance, later), None, "it passes");
    }
    let full = Allowance { conversation: 3, ..MANY };
    assert_eq!(check(&memory, "more?", full, NOON + 1e9), Some(Limit::Conversation));
    assert_eq!(check(&memory, "more?", Allowance { conversation: 4, ..MANY }, NOON + 10.0), None);
}

#[test]
fn a_message_that_was_taken_is_not_refused_when_it_comes_again() {
    let memory = open();
    asked(&memory, 1, "a?", "", NOON);
    let none = Allowance { minute: 0, hour: 0, conversation: 0 };
    assert_eq!(gate::check(&memory, "message-1", "a?", PAGE, none, NOON).unwrap(), None);
    assert!(gate::check(&memory, "message-2", "a?", PAGE, none, NOON).unwrap().is_some());
}

#[test]
fn the_same_question_is_answered_four_times_a_minute() {
    let memory = open();
    for n in 0..4 {
        assert_eq!(check(&memory, "What's open?", MANY, NOON), None);
        asked(&memory, n, ["What's open?", "what s OPEN"][n as usize % 2], "", NOON);
    }
    assert_eq!(check(&memory, "What's open!", MANY, NOON), Some(Limit::Repetition));
    assert_eq!(check(&memory, "What's open!", MANY, NOON + 60_000.0), None, "after a minute");
    assert_eq!(check(&memory, "What's closed?", MANY, NOON), None, "another question");
    let elsewhere = gate::check(&memory, "message-new", "What's open?", None, MANY, NOON).unwrap();
    assert_eq!(elsewhere, None, "on another page");
}

#[test]
fn an_answer_is_no_question() {
    let memory = open();
    asked(&memory, 1, "When are you open?", "We are open from nine to five, on weekdays.", NOON);
    asked(&memory, 2, "Yes or no?", "Yes.", NOON);
    let echo = "we are open from nine to five on weekdays";
    assert_eq!(check(&memory, echo, MANY, NOON + 1e7), Some(Limit::Repetition));
    assert_eq!(check(&memory, "Yes", MANY, NOON), None, "a short one may be both");
}

#[test]
fn refusals_are_told_until_all_of_them_were() {
    let memory = open();
    assert_eq!(thread::agenda(&memory).unwrap().due, None);
    for _ in 0..3 {
        gate::note(&memory, Limit::VisitorMinute, NOON).unwrap();
    }
    gate::note(&memory, Limit::Repetition, NOON + 1.0).unwrap();
    assert_eq!(thread::agenda(&memory).unwrap().due, Some(NOON + 5_000.0));
    assert!(!thread::ring_due(&memory, NOON).unwrap());
    assert!(thread::ring_due(&memory, NOON + 5_001.0).unwrap());
    let first = gate::refusals(&memory).unwrap();
    let counted: Vec<_> = first.iter().map(|one| (one.day.as_str(), one.limit, one.times)).collect();
    assert_eq!(counted, [("2026-11-21", Limit::Repetition, 1), ("2026-11-21", Limit::VisitorMinute, 3)]);
    gate::note(&memory, Limit::Repetition, NOON).unwrap();
    gate::told(&memory, &first).unwrap();
    let rest = gate::refusals(&memory).unwrap();
    assert_eq!((rest.len(), rest[0].limit, rest[0].times), (1, Limit::Repetition, 2), "{rest:?}");
    assert!(thread::agenda(&memory).unwrap().due.is_some());
    gate::told(&memory, &rest).unwrap();
    assert!(gate::refusals(&memory).unwrap().is_empty());
    assert_eq!(thread::agenda(&memory).unwrap().due, None);
}
