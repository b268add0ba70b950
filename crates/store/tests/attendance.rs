//! Behaviour of the `Conversation` object's tables about people.

// Helpers of tests may panic as tests may.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{Memory, handed, pending, record, said, turn};
use protocol::api::TurnState;
use protocol::frame::ServerFrame;
use protocol::handover::{Speaker, Standing};
use protocol::internal::{HandoverRecord, LeadRecord, MessageRecord};
use protocol::{MessageId, TurnId};
use store::attendance::{self, Held, Known};
use store::capture::{self, Notes};
use store::thread;

fn open() -> Memory {
    let memory = Memory::open();
    thread::migrate(&memory).unwrap();
    memory
}

fn frame(n: u64, record: &MessageRecord) -> ServerFrame {
    let message = record.message.clone();
    ServerFrame::Message {
        n,
        id: message.id,
        from: message.from,
        name: message.name,
        text: message.text,
        at_ms: message.at,
        message_id: None,
    }
}

fn state(n: u64, record: &HandoverRecord) -> ServerFrame {
    let standing = record.handover.standing;
    ServerFrame::State {
        n,
        standing,
        name: None,
        offered: false,
        until_ms: None,
        position: None,
        rating: None,
    }
}

#[test]
fn a_message_is_known_by_its_id_and_a_turn_as_a_turn() {
    let memory = open();
    let spoken = said(1, 1, Speaker::Visitor, "hello", 5.0);
    assert_eq!(attendance::known(&memory, "message-1").unwrap(), Known::No);
    attendance::say(&memory, "message-1", &spoken, &frame(1, &spoken)).unwrap();
    assert_eq!(attendance::known(&memory, "message-1").unwrap(), Known::Message(spoken.message.clone()));
    thread::begin(&memory, &TurnId::ordered(1, [5; 10]), "message-2", "q", None, 6.0).unwrap();
    assert_eq!(attendance::known(&memory, "message-2").unwrap(), Known::Turn);
    // The database itself refuses a second one, whoever forgets to ask.
    assert!(attendance::say(&memory, "message-1", &spoken, &frame(2, &spoken)).is_err());
}

#[test]
fn frames_outside_of_turns_are_replayed_in_their_place() {
    let memory = open();
    let id = TurnId::ordered(1, [5; 10]);
    let delta = |n: u64| ServerFrame::Delta { n, turn_id: id.clone(), text: "x".into() };
    thread::append(&memory, Some(&id), &delta(1)).unwrap();
    let spoken = said(1, 1, Speaker::Member, "hello", 5.0);
    attendance::say(&memory, "message-1", &spoken, &frame(2, &spoken)).unwrap();
    thread::append(&memory, Some(&id), &delta(3)).unwrap();
    let moved = handed(1, 2, Standing::Human, 7.0);
    let held = Held { handover: moved.handover.clone(), at: 7.0, ..Held::default() };
    attendance::change(&memory, &held, &moved, &state(4, &moved)).unwrap();
    let numbers = |after| -> Vec<u64> {
        thread::replay(&memory, after, None).unwrap().iter().map(|sent| sent.n).collect()
    };
    assert_eq!((numbers(0), numbers(2), numbers(4)), (vec![1, 2, 3, 4], vec![3, 4], vec![]));
    assert_eq!(thread::last_number(&memory).unwrap(), 4);
    assert_eq!(thread::replay(&memory, 0, Some(&id)).unwrap().len(), 1);
    assert_eq!(attendance::held(&memory).unwrap(), held);
}

#[test]
fn records_of_people_and_of_turns_share_an_outbox_and_are_confirmed_apart() {
    let memory = open();
    let spoken = said(1, 1, Speaker::Visitor, "hello", 5.0);
    attendance::say(&memory, "message-1", &spoken, &frame(1, &spoken)).unwrap();
    let moved = handed(1, 2, Standing::Waiting, 6.0);
    attendance::change(&memory, &Held::default(), &moved, &state(2, &moved)).unwrap();
    let ended = turn(1, TurnState::Finished, "a", 7.0);
    thread::begin(&memory, &ended.id, "message-2", "q", None, 7.0).unwrap();
    let last = ServerFrame::Delta { n: 3, turn_id: ended.id.clone(), text: "a".into() };
    thread::finish(&memory, &record(1, ended.clone()), &last, 8.0).unwrap();
    let lead = LeadRecord {
        id: MessageId::ordered(3, [1; 10]),
        identity: record(1, ended.clone()).identity,
        fields: [("email".to_owned(), "a\"b\\é@x.test".to_owned())].into(),
        at: 9.5,
    };
    capture::answered(&memory, &Notes::default(), Some(&lead)).unwrap();
    let all = pending(&memory);
    assert_eq!((all.messages, all.handovers), (vec![spoken.clone()], vec![moved.clone()]));
    assert_eq!((all.records, all.leads), (vec![record(1, ended)], vec![lead]));
    assert!(all.refusals.is_empty() && all.feedback.is_empty());
    assert!((thread::agenda(&memory).unwrap().due.unwrap() - 5.0).abs() < f64::EPSILON);
    attendance::confirm(&memory, &[spoken.message.id]).unwrap();
    let left = pending(&memory);
    assert_eq!((left.messages.len(), left.handovers.len(), left.records.len()), (0, 1, 1));
}

#[test]
fn what_an_earlier_release_kept_is_read() {
    let memory = open();
    assert_eq!(attendance::held(&memory).unwrap(), Held::default());
    memory.ask("INSERT INTO meta VALUES ('handover', '{}')");
    assert_eq!(attendance::held(&memory).unwrap(), Held::default());
}

#[test]
fn what_people_said_belongs_behind_the_turn_before_it() {
    let memory = open();
    let mut n = 0;
    let mut say = |from, text: &str, at| {
        n += 1;
        let spoken = said(1, n, from, text, at);
        attendance::say(&memory, &format!("said-{n}"), &spoken, &frame(n, &spoken)).unwrap();
    };
    let answer = |id: u64, at: f64| {
        let ended = turn(id, TurnState::Finished, "a", at);
        thread::begin(&memory, &ended.id, &format!("message-{id}"), &format!("q{id}"), None, at).unwrap();
        let last = ServerFrame::Delta { n: 100 + id, turn_id: ended.id.clone(), text: "a".into() };
        thread::finish(&memory, &record(1, ended), &last, at).unwrap();
    };
    say(Speaker::Visitor, "A person, please", 1.0);
    say(Speaker::System, "Somebody comes", 2.0);
    answer(1, 3.0);
    say(Speaker::Visitor, "My tyre is flat", 4.0);
    say(Speaker::Member, "We repair it", 5.0);
    answer(2, 6.0);
    let read = |limit| -> Vec<(String, Vec<String>)> {
        let turns = thread::earlier(&memory, limit).unwrap().into_iter();
        turns
            .map(|turn| {
                let said = turn.meanwhile.into_iter();
                let said = said.map(|said| format!("{}: {}", said.member.is_some(), said.text));
                (turn.question, said.collect())
            })
            .collect()
    };
    let between = vec!["false: My tyre is flat".to_owned(), "true: We repair it".to_owned()];
    let before = vec!["false: A person, please".to_owned()];
    let (one, two) = (("q1".to_owned(), between), ("q2".to_owned(), Vec::new()));
    assert_eq!(read(6), [(String::new(), before), one.clone(), two.clone()]);
    // Beyond what is kept in mind, nothing is.
    assert_eq!(read(2), [one, two.clone()]);
    assert_eq!(read(1), [two]);
}
