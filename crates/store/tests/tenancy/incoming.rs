//! Events of other services.

use protocol::api::{IncomingEffect, IncomingWrite, JobState};
use protocol::{ContactId, IncomingEventId, IncomingId};
use store::endpoints::StoredSecret;
use store::incoming::{self, Claimed, Event};
use store::operations::{self, Filter};
use store::{Engine, Statement, contacts, erasures};

use super::{A, B, Built, Ids, both, name, tenant};

/// Statements of this area that take no tenant, and why they may not.
pub const WITHOUT_TENANT: &[(&str, &str)] = &[
    ("incoming::at", "somebody posts: whose endpoint it is follows from its id, the signature says who may"),
    ("incoming::workspaces_due", "a schedule: which tenants have events that are due"),
    ("operations::ping", "it asks for nothing"),
    ("incoming::forget", "housekeeping by age, whoever's it was"),
];

fn endpoint(n: u64) -> IncomingId {
    IncomingId::ordered(n, [50; 10])
}

fn event(n: u64) -> IncomingEventId {
    IncomingEventId::ordered(n, [51; 10])
}

fn secret(of: u64) -> StoredSecret {
    StoredSecret { sealed: format!("{} sealed", name(of)), set_at: 3.0, until: None }
}

fn write(of: u64) -> IncomingWrite {
    IncomingWrite { name: format!("{} desk", name(of)), agent_id: None, enabled: true }
}

fn told(of: u64) -> IncomingEffect {
    let email = format!("{}@told.test", name(of));
    IncomingEffect::PutContact { name: String::new(), email, phone: String::new() }
}

fn as_stored<'a>(
    id: &'a IncomingEventId,
    endpoint: &'a IncomingId,
    effect: &'a IncomingEffect,
    at: f64,
) -> Event<'a> {
    let (sender_id, kind, order) = ("their-1", "contact.upsert", "0123");
    Event { id, endpoint, sender_id, kind, effect, order, happened_at: at, now: 5.0 }
}

fn turn(ids: &Ids) -> Claimed {
    Claimed {
        id: event(ids.picks[3]),
        agent: None,
        payload: "{}".into(),
        order: "0123".into(),
        happened_at: 3.0,
        received_at: 5.0,
        number: 1,
        made: 0,
        endpoint_name: String::new(),
        jurisdiction: protocol::objects::Jurisdiction::Anywhere,
    }
}

pub fn builders(ids: &Ids, of: u64) -> Vec<Built> {
    let t = &tenant(of);
    let own = endpoint(ids.picks[2]);
    let (before, after) = ([secret(ids.picks[2])], [secret(of), secret(ids.picks[2])]);
    let effect = told(of);
    let fresh = IncomingEventId::ordered(ids.picks[4] + 40, [52; 10]);
    let take = incoming::take(t, &as_stored(&fresh, &own, &effect, 4.0)).unwrap();
    let (turn, contact) = (turn(ids), ContactId::ordered(ids.picks[5], [42; 10]));
    let words = ["bravo@told.test".to_owned(), "alpha@told.test".to_owned()];
    vec![
        ("incoming::list", vec![incoming::list(t)]),
        ("incoming::one", vec![incoming::one(t, &own)]),
        (
            "incoming::create",
            incoming::create(t, &own, "generic", &write(of), &secret(of), 9, 4.0).unwrap().to_vec(),
        ),
        ("incoming::update", vec![incoming::update(t, &own, &write(of), 6.0)]),
        ("incoming::set_secrets", vec![incoming::set_secrets(t, &own, &before, &after, 6.0).unwrap()]),
        ("incoming::delete", incoming::delete(t, &own).to_vec()),
        ("incoming::take", vec![take]),
        ("incoming::known", vec![incoming::known(t, &event(ids.picks[3]))]),
        ("incoming::claim", incoming::claim(t, "mine", 1e12, 2e12, 9).to_vec()),
        ("incoming::claimed", vec![incoming::claimed(t, "held")]),
        ("incoming::newer", vec![incoming::newer(t, "9999", 3.0)]),
        (
            "incoming::only_in_turn",
            // It allows or refuses what comes after it.
            [
                incoming::only_in_turn(t, &turn, "held"),
                incoming::end(t, &turn, "held", JobState::Succeeded, "yes", None, 8.0),
            ]
            .concat(),
        ),
        ("incoming::end", incoming::end(t, &turn, "held", JobState::Dead, "no", None, 8.0).to_vec()),
        ("incoming::refresh", vec![incoming::refresh(t, &ids.source, 6.0)]),
        ("incoming::scrub", vec![incoming::scrub(t, &words).unwrap()]),
        ("operations::list", {
            let all = vec![JobState::Queued, JobState::Processing, JobState::Succeeded, JobState::Dead];
            let filter = Filter { states: all, ..Filter::default() };
            let listed = operations::list(t, &filter, 9).unwrap().into_iter();
            listed.map(|(_, statement)| statement).collect()
        }),
        (
            "operations::counts",
            operations::counts(t, 0.0).into_iter().map(|(_, statement)| statement).collect(),
        ),
        ("operations::retry_incoming", vec![operations::retry_incoming(t, &event(ids.picks[3] + 80), 9.0)]),
        ("contacts::keep", vec![contacts::keep(t, &contact)]),
        (
            "erasures::named",
            erasures::named(t, &contact, std::slice::from_ref(&ids.conversation)).unwrap().to_vec(),
        ),
    ]
}

/// Rows of this area for one workspace: an endpoint, an event of it that is being worked on.
pub fn fill(n: u64) -> Vec<Statement> {
    let t = &tenant(n);
    let own = endpoint(n);
    let effect = told(n);
    let mut made = incoming::create(t, &own, "generic", &write(n), &secret(n), 9, 4.0).unwrap().to_vec();
    made.push(incoming::take(t, &as_stored(&event(n), &own, &effect, 4.0)).unwrap());
    // Another one has ended.
    let ended = event(n + 60);
    made.push(incoming::take(t, &Event { order: "9999", ..as_stored(&ended, &own, &effect, 4.0) }).unwrap());
    made.extend(incoming::claim(t, "held", 6.0, 9.0, 9));
    // And one was given up.
    let dead = event(n + 80);
    made.push(incoming::take(t, &Event { order: "8888", ..as_stored(&dead, &own, &effect, 4.0) }).unwrap());
    made.extend(incoming::claim(t, "lost", 6.0, 9.0, 9));
    let given_up = Claimed { id: dead, ..turn(&Ids::of(n)) };
    made.extend(incoming::end(t, &given_up, "lost", JobState::Dead, "no", None, 6.6));
    let turn = Claimed { id: ended, ..turn(&Ids::of(n)) };
    made.extend(incoming::end(t, &turn, "held", JobState::Succeeded, "done", None, 6.5));
    made
}

#[test]
fn an_event_is_taken_once_claimed_by_one_and_ended_by_who_holds_it() {
    let (memory, t, own) = (both(), tenant(A), endpoint(A));
    let (id, effect) = (IncomingEventId::ordered(90, [1; 10]), told(A));
    for _ in 0..3 {
        memory.run(&incoming::take(&t, &as_stored(&id, &own, &effect, 4.5)).unwrap()).unwrap();
    }
    assert_eq!(memory.number("SELECT count(*) FROM incoming_events"), 7, "three each, and this one");
    let claim = |name: &str, now: f64, until: f64| {
        for statement in incoming::claim(&t, name, now, until, 9) {
            memory.run(&statement).unwrap();
        }
        let rows = memory.run(&incoming::claimed(&t, name)).unwrap();
        rows.iter().map(|row| incoming::read_claimed(row).unwrap()).collect::<Vec<_>>()
    };
    let first = claim("first", 7.0, 20.0);
    assert_eq!(first.iter().map(|one| &one.id).collect::<Vec<_>>(), [&id], "the other is held until 9");
    assert!(claim("second", 8.0, 20.0).is_empty());
    let [event] = &first[..] else { panic!("one event") };
    for statement in incoming::end(&t, event, "stranger", JobState::Succeeded, "done", None, 9.0) {
        memory.run(&statement).unwrap();
    }
    assert_eq!(memory.number("SELECT count(*) FROM incoming_events WHERE state = 'succeeded'"), 2);
    assert!(memory.run(&incoming::only_in_turn(&t, event, "stranger")[0]).is_err(), "not in turn");
    // The lease ends: it is another's, and the attempt of before stays on record as cut off.
    let again = claim("third", 21.0, 40.0);
    assert_eq!(again.len(), 2);
    assert_eq!(memory.number("SELECT count(*) FROM incoming_attempts WHERE ended_at = 21.0"), 2);
    let event = again.iter().find(|one| one.id == id).unwrap();
    assert_eq!(event.number, 2);
    for statement in incoming::only_in_turn(&t, event, "third") {
        memory.run(&statement).unwrap();
    }
    for statement in incoming::end(&t, event, "third", JobState::Succeeded, "done", None, 22.0) {
        memory.run(&statement).unwrap();
    }
    let older = again.iter().find(|one| one.id != id).unwrap();
    assert_eq!(memory.run(&incoming::newer(&t, &older.order, older.happened_at)).unwrap().len(), 1);
    assert!(memory.run(&incoming::only_in_turn(&t, older, "third")[1]).is_err(), "something newer counts");
    memory.run(&incoming::scrub(&t, &["ALPHA@told.test".into()]).unwrap()).unwrap();
    assert_eq!(
        memory.number("SELECT count(*) FROM incoming_events WHERE payload = '' AND due_at IS NULL"),
        4
    );
    assert_eq!(memory.number("SELECT count(*) FROM incoming_events WHERE payload <> ''"), 3, "bravo's stay");
    let rows = memory.run(&incoming::list(&tenant(B))).unwrap();
    let theirs = incoming::read(&rows[0]).unwrap().incoming;
    assert_eq!((theirs.waiting, theirs.succeeded, theirs.dead), (1, 1, 1));
}
