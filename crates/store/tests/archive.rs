//! Behaviour of the `Archive` object's tables.

// Helpers of tests may panic as tests may.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{Memory, identity, record, said, turn};
use protocol::api::TurnState;
use protocol::handover::Speaker;
use store::archive;

fn open() -> Memory {
    let memory = Memory::open();
    archive::migrate(&memory).unwrap();
    memory
}

#[test]
fn storing_a_turn_twice_stores_the_first_once() {
    let memory = open();
    let first = record(1, turn(1, TurnState::Finished, "first", 10.0));
    let again = record(1, turn(1, TurnState::Finished, "another", 10.0));
    archive::store(&memory, &[first.clone(), first.clone()]).unwrap();
    archive::store(&memory, &[again]).unwrap();
    assert_eq!(archive::transcript(&memory, &identity(1).conversation_id).unwrap(), [first.turn]);
}

#[test]
fn a_transcript_is_in_the_order_of_asking_whatever_the_order_of_arrival() {
    let memory = open();
    let turns = [turn(3, TurnState::Finished, "c", 30.0), turn(1, TurnState::Stopped, "a", 10.0)];
    archive::store(&memory, &turns.map(|turn| record(1, turn))).unwrap();
    // Two of the same millisecond are ordered by their ids, which grow.
    let same = [turn(5, TurnState::Finished, "e", 20.0), turn(4, TurnState::Failed, "d", 20.0)];
    archive::store(&memory, &same.map(|turn| record(1, turn))).unwrap();
    let answers: Vec<_> = archive::transcript(&memory, &identity(1).conversation_id)
        .unwrap()
        .into_iter()
        .map(|turn| turn.answer)
        .collect();
    assert_eq!(answers, ["a", "d", "e", "c"]);
}

#[test]
fn a_transcript_holds_its_own_conversation_alone() {
    let memory = open();
    let mut other = record(1, turn(2, TurnState::Finished, "other", 1.0));
    other.identity.conversation_id = identity(2).conversation_id;
    archive::store(&memory, &[record(1, turn(1, TurnState::Finished, "mine", 2.0)), other]).unwrap();
    let mine = archive::transcript(&memory, &identity(1).conversation_id).unwrap();
    assert_eq!(mine.iter().map(|turn| turn.answer.as_str()).collect::<Vec<_>>(), ["mine"]);
    assert!(archive::transcript(&memory, &identity(3).conversation_id).unwrap().is_empty());
}

#[test]
fn migrating_again_keeps_what_is_there() {
    let memory = open();
    archive::store(&memory, &[record(1, turn(1, TurnState::Finished, "kept", 1.0))]).unwrap();
    archive::migrate(&memory).unwrap();
    assert_eq!(archive::transcript(&memory, &identity(1).conversation_id).unwrap().len(), 1);
}

#[test]
fn erasing_forgets_the_named_conversations_alone_or_all() {
    let memory = open();
    let [one, two, three] = [1, 2, 3].map(|n| identity(n).conversation_id);
    for (n, id) in [(1, &one), (2, &two), (3, &three)] {
        let mut record = record(1, turn(n, TurnState::Finished, "words", 1.0));
        record.identity.conversation_id = id.clone();
        archive::store(&memory, &[record]).unwrap();
    }
    let left = || [&one, &two, &three].map(|id| archive::transcript(&memory, id).unwrap().len());
    archive::erase(&memory, Some(&[])).unwrap();
    assert_eq!(left(), [1, 1, 1]);
    // Twice, and with one that never was.
    for _ in 0..2 {
        archive::erase(&memory, Some(&[two.clone(), identity(9).conversation_id])).unwrap();
        assert_eq!(left(), [1, 0, 1]);
    }
    archive::erase(&memory, None).unwrap();
    assert_eq!(left(), [0, 0, 0]);
}

#[test]
fn messages_are_stored_once_in_their_order_and_erased_with_their_conversation() {
    let memory = open();
    let spoken = [said(1, 2, Speaker::Member, "b", 20.0), said(1, 1, Speaker::Visitor, "a", 10.0)];
    archive::store_messages(&memory, &spoken).unwrap();
    archive::store_messages(&memory, &spoken).unwrap();
    archive::store_messages(&memory, &[said(2, 3, Speaker::Note, "other", 15.0)]).unwrap();
    let texts = |of: u64| -> Vec<String> {
        let found = archive::messages(&memory, &identity(of).conversation_id).unwrap();
        found.into_iter().map(|message| message.text).collect()
    };
    assert_eq!(texts(1), ["a", "b"]);
    archive::erase(&memory, Some(&[identity(1).conversation_id])).unwrap();
    assert_eq!((texts(1).len(), texts(2)), (0, vec!["other".to_owned()]));
    archive::erase(&memory, None).unwrap();
    assert!(texts(2).is_empty());
}
