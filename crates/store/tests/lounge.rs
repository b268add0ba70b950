//! The lounge's tables, on SQLite: who waits, in which order, and what of it was told.

// Helpers of tests may panic as tests may.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::Memory;
use protocol::internal::{LoungeHome, Waiter};
use protocol::objects::Jurisdiction;
use protocol::{AgentId, ConversationId, WorkspaceId};
use store::lounge;

fn waiter(n: u64, since: f64) -> Waiter {
    Waiter { conversation_id: conversation(n), agent_id: AgentId::ordered(1, [0; 10]), since }
}

fn conversation(n: u64) -> ConversationId {
    ConversationId::ordered(n, [0; 10])
}

fn ready() -> Memory {
    let memory = Memory::open();
    lounge::migrate(&memory).unwrap();
    memory
}

fn order(memory: &Memory) -> Vec<ConversationId> {
    lounge::waiting(memory).unwrap().into_iter().map(|waiter| waiter.conversation_id).collect()
}

/// Tells everybody who has to be told: who, and which place.
fn tell_all(memory: &Memory) -> Vec<(ConversationId, u32)> {
    let mut told = Vec::new();
    while let Some((waiter, place)) = lounge::untold(memory, 50).unwrap() {
        lounge::told(memory, &waiter.conversation_id, place).unwrap();
        told.push((waiter.conversation_id, place));
    }
    told
}

#[test]
fn who_waits_longest_comes_first_and_others_move_up() {
    let memory = ready();
    for (n, since) in [(3, 30.0), (1, 10.0), (2, 20.0)] {
        lounge::arrive(&memory, &waiter(n, since)).unwrap();
    }
    assert_eq!(order(&memory), [conversation(1), conversation(2), conversation(3)]);
    assert_eq!(tell_all(&memory).len(), 3);
    assert_eq!(tell_all(&memory), []);
    assert!(lounge::leave(&memory, &conversation(1)).unwrap());
    assert!(!lounge::leave(&memory, &conversation(1)).unwrap());
    assert_eq!(tell_all(&memory), [(conversation(2), 1), (conversation(3), 2)]);
    // Said again, it is nothing new.
    lounge::arrive(&memory, &waiter(3, 30.0)).unwrap();
    assert_eq!(tell_all(&memory), []);
}

#[test]
fn a_long_queue_is_told_in_front_alone() {
    let memory = ready();
    for n in 1..=4 {
        lounge::arrive(&memory, &waiter(n, 1.0)).unwrap();
    }
    let mut told = 0;
    while let Some((waiter, place)) = lounge::untold(&memory, 2).unwrap() {
        lounge::told(&memory, &waiter.conversation_id, place).unwrap();
        told += 1;
    }
    assert_eq!(told, 2);
}

#[test]
fn what_was_lost_is_what_the_relations_say_and_what_is_known_since() {
    let memory = ready();
    let home = LoungeHome { workspace_id: WorkspaceId::ordered(1, [0; 10]), jurisdiction: Jurisdiction::Eu };
    assert_eq!(lounge::home(&memory).unwrap(), None);
    lounge::settle_in(&memory, &home).unwrap();
    assert_eq!(lounge::home(&memory).unwrap(), Some((home.clone(), 0.0)));
    lounge::arrive(&memory, &waiter(9, 90.0)).unwrap();
    tell_all(&memory);
    lounge::restore(&memory, &[waiter(1, 10.0), waiter(2, 20.0)], 5.0).unwrap();
    assert_eq!(order(&memory), [conversation(1), conversation(2), conversation(9)]);
    assert_eq!(tell_all(&memory).len(), 3, "places are told again");
    lounge::settle_in(&memory, &home).unwrap();
    assert_eq!(lounge::home(&memory).unwrap(), Some((home, 5.0)));
}
