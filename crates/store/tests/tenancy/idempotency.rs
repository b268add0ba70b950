//! Requests under an idempotency key.

use store::idempotency::{self, Keyed};
use store::{Engine, Statement};

use super::{A, Built, Ids, both, name, tenant};

pub fn builders(ids: &Ids, of: u64) -> Vec<Built> {
    let t = &tenant(of);
    let holder = name(ids.picks[0]);
    let keyed = Keyed { holder, key: "a key" };
    let new = Keyed { key: "another key", ..keyed };
    vec![
        ("idempotency::take", vec![idempotency::take(t, &new, "asked", 5.0)]),
        ("idempotency::known", vec![idempotency::known(t, &keyed)]),
        ("idempotency::answered", vec![idempotency::answered(t, &keyed, 200, Some("sealed"))]),
        ("idempotency::release", vec![idempotency::release(t, &keyed)]),
        ("idempotency::forget_answers", vec![idempotency::forget_answers(t)]),
    ]
}

/// Rows of this area for one workspace: a request that runs, and one that was answered.
pub fn fill(n: u64) -> Vec<Statement> {
    let t = &tenant(n);
    let running = Keyed { holder: name(n), key: "a key" };
    let done = Keyed { key: "a key of before", ..running };
    vec![
        idempotency::take(t, &running, "asked", 4.0),
        idempotency::take(t, &done, "asked", 3.0),
        idempotency::answered(t, &done, 201, Some("sealed")),
    ]
}

#[test]
fn a_key_is_taken_once_and_is_free_again_only_where_nothing_was_answered() {
    let memory = both();
    let t = tenant(A);
    let keyed = Keyed { holder: name(A), key: "new" };
    let known = || {
        memory
            .run(&idempotency::known(&t, &keyed))
            .unwrap()
            .first()
            .map(|row| idempotency::read(row).unwrap())
    };
    for asked in ["one", "two"] {
        memory.run(&idempotency::take(&t, &keyed, asked, 7.0)).unwrap();
    }
    assert!(known().is_some_and(|known| known.asked == "one" && known.status.is_none()));
    memory.run(&idempotency::release(&t, &keyed)).unwrap();
    assert!(known().is_none());
    memory.run(&idempotency::take(&t, &keyed, "three", 8.0)).unwrap();
    memory.run(&idempotency::answered(&t, &keyed, 201, Some("sealed"))).unwrap();
    memory.run(&idempotency::release(&t, &keyed)).unwrap();
    assert!(known().is_some_and(|known| known.status == Some(201) && known.answer.is_some()));
    memory.run(&idempotency::forget_answers(&t)).unwrap();
    assert!(known().is_some_and(|known| known.status == Some(201) && known.answer.is_none()));
    memory.run(&idempotency::sweep(9.0)).unwrap();
    assert_eq!(memory.number("SELECT count(*) FROM idempotent_requests"), 0);
}
