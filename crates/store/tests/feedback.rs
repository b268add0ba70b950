//! What visitors think of answers, in the conversation and in the archive.

// Helpers of tests may panic as tests may.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{Memory, identity, record, turn};
use protocol::TurnId;
use protocol::api::TurnState;
use protocol::frame::ServerFrame;
use store::thread::feedback::{Given, give, pending, told};
use store::{archive, thread};

fn conversation(state: TurnState) -> (Memory, TurnId) {
    let memory = Memory::open();
    thread::migrate(&memory).unwrap();
    let record = record(1, turn(1, state, "an answer", 1.0));
    let id = record.turn.id.clone();
    thread::begin(&memory, &id, "message-1", "question 1", None, 1.0).unwrap();
    let frame = ServerFrame::Delta { n: 1, turn_id: id.clone(), text: "an answer".into() };
    thread::finish(&memory, &record, &frame, 2.0).unwrap();
    (memory, id)
}

#[test]
fn the_last_word_is_told_until_it_is_confirmed() {
    let (memory, id) = conversation(TurnState::Finished);
    assert_eq!(give(&memory, &id, true, "", 10.0).unwrap(), Given::Kept);
    let first = pending(&memory).unwrap();
    // Said meanwhile, in the same millisecond: the confirmation is of what was said before.
    assert_eq!(give(&memory, &id, false, "wrong price", 10.0).unwrap(), Given::Kept);
    told(&memory, &first).unwrap();
    let second = pending(&memory).unwrap();
    assert_eq!(second.len(), 1);
    assert_eq!((second[0].feedback.good, second[0].feedback.reason.as_str()), (false, "wrong price"));
    assert!(second[0].feedback.at > first[0].feedback.at);
    assert!(thread::ring_due(&memory, 20.0).unwrap());
    told(&memory, &second).unwrap();
    assert!(pending(&memory).unwrap().is_empty());
    thread::confirm(&memory, &[id]).unwrap();
    assert_eq!(thread::agenda(&memory).unwrap().due, None);
}

#[test]
fn the_same_word_again_changes_nothing_and_rings_for_nobody() {
    let (memory, id) = conversation(TurnState::Finished);
    assert_eq!(give(&memory, &id, false, "wrong price", 10.0).unwrap(), Given::Kept);
    let first = pending(&memory).unwrap();
    told(&memory, &first).unwrap();
    thread::confirm(&memory, std::slice::from_ref(&id)).unwrap();
    assert_eq!(give(&memory, &id, false, "wrong price", 20.0).unwrap(), Given::Same);
    assert!(pending(&memory).unwrap().is_empty());
    assert_eq!(thread::agenda(&memory).unwrap().due, None);
    assert_eq!(
        give(&memory, &id, false, "", 30.0).unwrap(),
        Given::Kept,
        "a reason taken back is another word"
    );
}

#[test]
fn only_answers_of_this_conversation_are_judged() {
    let (memory, _) = conversation(TurnState::Finished);
    assert_eq!(give(&memory, &TurnId::ordered(2, [5; 10]), true, "", 10.0).unwrap(), Given::NoAnswer);
    let (failed, id) = conversation(TurnState::Failed);
    assert_eq!(give(&failed, &id, true, "", 10.0).unwrap(), Given::NoAnswer, "there is no answer to judge");
    assert!(pending(&memory).unwrap().is_empty() && pending(&failed).unwrap().is_empty());
}

#[test]
fn the_archive_shows_a_turn_with_the_newest_word_and_forgets_both() {
    let (memory, archived) = (conversation(TurnState::Finished), Memory::open());
    archive::migrate(&archived).unwrap();
    let stored = record(1, turn(1, TurnState::Finished, "an answer", 1.0));
    let of = identity(1).conversation_id;
    give(&memory.0, &memory.1, false, "wrong price", 10.0).unwrap();
    let newer = pending(&memory.0).unwrap();
    let mut older = newer.clone();
    (older[0].feedback.good, older[0].feedback.at) = (true, 5.0);
    // The words may come before what they are about.
    for records in [&newer, &older] {
        archive::store_feedback(&archived, &of, records).unwrap();
    }
    archive::store(&archived, &[stored], &[]).unwrap();
    let shown = archive::transcript(&archived, &of).unwrap();
    assert_eq!(shown[0].feedback, Some(newer[0].feedback.clone()));
    archive::erase(&archived, Some(&[of]), None).unwrap();
    assert_eq!(archived.number("SELECT count(*) FROM feedback"), 0);
}
