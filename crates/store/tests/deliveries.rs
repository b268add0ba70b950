//! Behaviour of the `Endpoint` object's tables.

// Helpers of tests may panic as tests may.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{Memory, identity};
use protocol::api::{DeliveryAttempt, DeliveryState};
use protocol::internal::{ListDeliveries, NewDelivery};
use protocol::{EndpointId, EventId};
use store::deliveries::{self as d, Begun, Ended, Then};

fn open() -> Memory {
    let memory = Memory::open();
    d::migrate(&memory).unwrap();
    d::migrate(&memory).unwrap();
    memory
}

fn id(n: u128) -> EventId {
    EventId::from_bits(n)
}

fn take(memory: &Memory, ns: &[u128], now: f64) {
    let new = |n: &u128| NewDelivery {
        id: id(*n),
        event: if n.is_multiple_of(2) { "source.failed" } else { "source.indexed" }.into(),
        payload: format!("{{\"n\":{n}}}"),
        at: 10.0 * *n as f64,
    };
    let endpoint = EndpointId::ordered(1, [1; 10]);
    let all: Vec<_> = ns.iter().map(new).collect();
    d::take(memory, (&identity(1).workspace_id, &endpoint), &all, now).unwrap();
}

fn begin(memory: &Memory, now: f64) -> Begun {
    d::begin(memory, now, now + 60.0).unwrap().unwrap()
}

fn refused() -> Ended {
    Ended { status: Some(503), outcome: "503".into(), duration_ms: 5.0, ..Ended::default() }
}

fn accepted() -> Ended {
    Ended { succeeded: true, status: Some(204), outcome: "204".into(), duration_ms: 5.0, ..Ended::default() }
}

fn state(memory: &Memory, n: u128) -> DeliveryState {
    d::detail(memory, &id(n)).unwrap().unwrap().delivery.state
}

fn attempts(memory: &Memory, n: u128) -> Vec<DeliveryAttempt> {
    d::detail(memory, &id(n)).unwrap().unwrap().attempts
}

#[test]
fn an_event_that_comes_twice_is_one_delivery() {
    let memory = open();
    take(&memory, &[1, 2], 5.0);
    take(&memory, &[2, 3], 6.0);
    assert_eq!(d::status(&memory).unwrap().pending, 3);
    let first = begin(&memory, 10.0);
    assert_eq!(
        (first.id.clone(), first.number, first.made, first.payload.as_str()),
        (id(1), 1, 0, "{\"n\":1}")
    );
    d::end(&memory, &first, &accepted(), Then::Done, 11.0).unwrap();
    take(&memory, &[1], 12.0);
    assert_eq!(state(&memory, 1), DeliveryState::Succeeded, "known after it arrived, too");
    assert_eq!(d::identity(&memory).unwrap().unwrap().0, identity(1).workspace_id);
}

#[test]
fn no_delivery_is_attempted_twice_at_once_and_a_lease_that_ran_out_leaves_its_trace() {
    let memory = open();
    take(&memory, &[1], 5.0);
    let first = begin(&memory, 10.0);
    assert!(d::begin(&memory, 69.0, 99.0).unwrap().is_none(), "it is being attempted");
    assert!(d::replay(&memory, &id(1), 20.0).unwrap());
    assert!(d::begin(&memory, 21.0, 99.0).unwrap().is_none(), "a replay waits for it");
    let again = begin(&memory, 70.0);
    assert_eq!((again.number, again.made), (2, 0), "another number, the same step of the schedule");
    let kept = attempts(&memory, 1);
    assert_eq!(kept.len(), 2);
    assert!(kept[1].outcome.contains("cut off") && kept[1].duration_ms.is_none());
    d::end(&memory, &again, &accepted(), Then::Done, 71.0).unwrap();
    assert_eq!((first.number, state(&memory, 1)), (1, DeliveryState::Succeeded));
}

#[test]
fn what_was_cut_off_with_the_memory_is_due_at_once() {
    let memory = open();
    take(&memory, &[1, 2], 5.0);
    begin(&memory, 10.0);
    d::recover(&memory, 12.0).unwrap();
    assert_eq!(d::next_due(&memory).unwrap(), Some(5.0), "the other one was due before");
    let both = [begin(&memory, 12.0), begin(&memory, 12.0)];
    assert_eq!(both.iter().map(|begun| begun.number).collect::<Vec<_>>(), [1, 2]);
    assert!(d::begin(&memory, 12.0, 99.0).unwrap().is_none());
}

#[test]
fn a_failure_waits_and_after_the_last_it_is_given_up_until_it_is_replayed() {
    let memory = open();
    take(&memory, &[1], 5.0);
    d::end(&memory, &begin(&memory, 10.0), &refused(), Then::Again(100.0), 11.0).unwrap();
    assert_eq!(d::next_due(&memory).unwrap(), Some(100.0));
    let second = begin(&memory, 100.0);
    assert_eq!((second.number, second.made), (2, 1));
    d::end(&memory, &second, &refused(), Then::GivenUp, 101.0).unwrap();
    assert_eq!((state(&memory, 1), d::next_due(&memory).unwrap()), (DeliveryState::Failed, None));
    assert_eq!(d::replay_since(&memory, 11.0, 200.0).unwrap(), 0, "it happened before");
    assert_eq!(d::replay_since(&memory, 10.0, 200.0).unwrap(), 1);
    let third = begin(&memory, 200.0);
    assert_eq!((third.number, third.made), (3, 0), "numbers go on, the schedule begins anew");
    d::end(&memory, &third, &accepted(), Then::Done, 201.0).unwrap();
    assert_eq!(d::replay_since(&memory, 0.0, 300.0).unwrap(), 0, "what arrived is not sent again");
    assert!(d::replay(&memory, &id(1), 300.0).unwrap(), "unless it is asked for by itself");
    assert_eq!(begin(&memory, 300.0).number, 4);
    assert!(!d::replay(&memory, &id(9), 300.0).unwrap());
    assert_eq!(
        attempts(&memory, 1).iter().map(|one| one.succeeded).collect::<Vec<_>>(),
        [false, true, false, false]
    );
}

#[test]
fn a_receiver_that_is_off_is_sent_nothing_and_loses_nothing() {
    let memory = open();
    take(&memory, &[1, 2], 5.0);
    let running = begin(&memory, 10.0);
    d::set_failing(&memory, Some((1.0, 2.0))).unwrap();
    d::switch(&memory, false).unwrap();
    take(&memory, &[3], 11.0);
    assert!(d::begin(&memory, 1e9, 2e9).unwrap().is_none());
    d::end(&memory, &running, &refused(), Then::Again(50.0), 12.0).unwrap();
    assert_eq!(
        [1, 2, 3].map(|n| state(&memory, n)),
        [DeliveryState::Failed; 3],
        "a failure brings nothing back"
    );
    d::switch(&memory, true).unwrap();
    assert_eq!(d::failing(&memory).unwrap(), None, "it begins with a clean record");
    assert_eq!(d::replay_since(&memory, 0.0, 20.0).unwrap(), 3);
    assert_eq!(d::status(&memory).unwrap().pending, 3);
}

#[test]
fn what_arrives_while_it_is_switched_off_has_arrived() {
    let memory = open();
    take(&memory, &[1], 5.0);
    let running = begin(&memory, 10.0);
    d::switch(&memory, false).unwrap();
    d::end(&memory, &running, &accepted(), Then::Done, 12.0).unwrap();
    assert_eq!(state(&memory, 1), DeliveryState::Succeeded);
    let status = d::status(&memory).unwrap();
    assert_eq!((status.succeeded, status.last_success_at, status.last_failure_at), (1, Some(12.0), None));
}

#[test]
fn a_list_goes_page_by_page_and_by_state_and_event() {
    let memory = open();
    take(&memory, &(1..=65).collect::<Vec<_>>(), 5.0);
    d::end(&memory, &begin(&memory, 10.0), &accepted(), Then::Done, 11.0).unwrap();
    let page = |wanted: &ListDeliveries| d::list(&memory, wanted).unwrap();
    let mut wanted = ListDeliveries { state: None, event: None, below: None };
    let mut seen = Vec::new();
    loop {
        let reply = page(&wanted);
        seen.extend(reply.deliveries.into_iter().map(|one| one.id));
        wanted.below = reply.next;
        if wanted.below.is_none() {
            break;
        }
    }
    assert_eq!(seen, (1..=65).rev().map(id).collect::<Vec<_>>());
    let arrived = page(&ListDeliveries { state: Some(DeliveryState::Succeeded), event: None, below: None });
    assert_eq!(arrived.deliveries.iter().map(|one| one.id.clone()).collect::<Vec<_>>(), [id(1)]);
    let failed = page(&ListDeliveries { state: None, event: Some("source.failed".into()), below: Some(8) });
    assert_eq!(failed.deliveries.iter().map(|one| one.id.clone()).collect::<Vec<_>>(), [id(6), id(4), id(2)]);
}

#[test]
fn what_ended_long_ago_is_forgotten_with_its_attempts_and_what_waits_is_kept() {
    let memory = open();
    take(&memory, &[1, 2], 5.0);
    d::end(&memory, &begin(&memory, 10.0), &accepted(), Then::Done, 11.0).unwrap();
    begin(&memory, 10.0);
    d::prune(&memory, 6.0).unwrap();
    assert!(!d::is_empty(&memory).unwrap());
    assert!(d::detail(&memory, &id(1)).unwrap().is_none());
    assert_eq!(memory.number("SELECT count(*) FROM attempts"), 1);
    d::switch(&memory, false).unwrap();
    d::prune(&memory, 6.0).unwrap();
    assert!(d::is_empty(&memory).unwrap(), "nothing is left to look after");
}
