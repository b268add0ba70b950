//! Calls that wait for a member.

use protocol::ApprovalId;
use protocol::api::{Approval, ApprovalState, ToolMethod};
use store::approvals::{self, Filter, NewApproval};
use store::{Engine, Statement};

use super::tools::tool;
use super::{A, B, Built, Ids, both, name, tenant};

/// Statements of this area that take no tenant, and why they may not.
pub const WITHOUT_TENANT: &[(&str, &str)] = &[
    ("approvals::take_due", "the schedule: what is due, whoever's it is; the tenant follows from the row"),
    ("approvals::forget", "housekeeping of what was decided by age, whoever's it is"),
];

fn approval(n: u64) -> ApprovalId {
    ApprovalId::ordered(n, [33; 10])
}

fn approved(n: u64) -> ApprovalId {
    ApprovalId::ordered(n, [34; 10])
}

fn declined(n: u64) -> ApprovalId {
    ApprovalId::ordered(n, [35; 10])
}

fn ask(of: u64, ids: &Ids, id: &ApprovalId, key: &str, most: u32) -> Statement {
    let new = NewApproval {
        id,
        agent: &ids.agent,
        conversation: &ids.conversation,
        turn: &ids.turn,
        tool: &tool(ids.picks[2]),
        tool_title: name(of),
        tool_edited_at: 4.0,
        key,
        arguments: "{}",
        method: ToolMethod::Post,
        url: "https://hooks.test/",
        body: "{}",
        language: "en",
        now: 5.0,
        expires_at: 100.0,
    };
    approvals::ask(&tenant(of), &new, most)
}

pub fn builders(ids: &Ids, of: u64) -> Vec<Built> {
    let (t, id) = (&tenant(of), &approval(ids.picks[3]));
    let narrow = Filter { state: Some(ApprovalState::Waiting), conversation: Some(&ids.conversation) };
    vec![
        ("approvals::ask", vec![ask(of, ids, &ApprovalId::ordered(9, [2; 10]), "other", 9)]),
        ("approvals::of_call", vec![approvals::of_call(t, &ids.conversation, &ids.turn, "key")]),
        ("approvals::one", vec![approvals::one(t, id)]),
        (
            "approvals::list",
            vec![
                approvals::list(t, Filter::default(), None, 9),
                approvals::list(t, narrow, Some((1e9, &approval(ids.picks[4]))), 9),
            ],
        ),
        ("approvals::approve", vec![approvals::approve(t, id, name(of), 6.0, 7.0)]),
        ("approvals::decline", vec![approvals::decline(t, id, name(of), "no", 6.0, 7.0)]),
        ("approvals::expire", vec![approvals::expire(t, id, 200.0)]),
        ("approvals::finish", vec![approvals::finish(t, &approved(ids.picks[3]), true, "{}")]),
        ("approvals::told", vec![approvals::told(t, &declined(ids.picks[3]))]),
    ]
}

/// Rows of this area for one workspace: a call that waits, one that is agreed to, one that is declined.
pub fn fill(n: u64) -> Vec<Statement> {
    let (t, ids) = (&tenant(n), Ids::of(n));
    vec![
        ask(n, &ids, &approval(n), "key", 9),
        ask(n, &ids, &approved(n), "approved", 9),
        approvals::approve(t, &approved(n), name(n), 6.0, 1_000.0),
        ask(n, &ids, &declined(n), "declined", 9),
        approvals::decline(t, &declined(n), name(n), "no", 6.0, 1_000.0),
    ]
}

fn now(memory: &impl Engine) -> Approval {
    approvals::read(&memory.run(&approvals::one(&tenant(A), &approval(A))).unwrap()[0]).unwrap().0
}

#[test]
fn a_call_is_asked_for_once_and_only_so_many_wait() {
    let memory = both();
    let ids = Ids::of(A);
    let count = || memory.run(&approvals::list(&tenant(A), Filter::default(), None, 99)).unwrap().len();
    let again = |random: u8, key: &str, most: u32| {
        memory.run(&ask(A, &ids, &ApprovalId::ordered(70, [random; 10]), key, most)).unwrap();
        count()
    };
    assert_eq!(again(1, "key", 9), 3, "it waits already");
    assert_eq!(again(2, "another", 9), 4);
    assert_eq!(again(3, "a third", 2), 4, "no more than two may wait");
    memory.run(&approvals::decline(&tenant(A), &approval(A), "Mia", "", 6.0, 6.0)).unwrap();
    assert_eq!(again(4, "key", 9), 4, "the same turn was answered already");
    let other = Ids { turn: Ids::of(B).turn, ..ids.clone() };
    memory.run(&ask(A, &other, &ApprovalId::ordered(70, [5; 10]), "key", 9)).unwrap();
    assert_eq!(count(), 5, "another turn may ask again once it was declined");
}

#[test]
fn it_is_decided_once_and_by_those_in_time() {
    let memory = both();
    let (t, id) = (tenant(A), approval(A));
    memory.run(&approvals::expire(&t, &id, 99.0)).unwrap();
    memory.run(&approvals::approve(&t, &id, "Mia", 100.0, 1.0)).unwrap();
    assert_eq!(now(&memory).state, ApprovalState::Waiting, "neither early nor late");
    memory.run(&approvals::approve(&t, &id, "Mia", 50.0, 60.0)).unwrap();
    memory.run(&approvals::decline(&t, &id, "Ben", "no", 51.0, 61.0)).unwrap();
    memory.run(&approvals::expire(&t, &id, 200.0)).unwrap();
    assert_eq!(
        (now(&memory).state, now(&memory).decided_by.as_str()),
        (ApprovalState::Approved, "Mia"),
        "the first has decided"
    );
    memory.run(&approvals::told(&t, &id)).unwrap();
    let due = |at| memory.run(&approvals::take_due(at, 500.0, 9)).unwrap().len();
    assert_eq!(
        (due(59.0), due(60.0), due(60.0)),
        (0, 1, 0),
        "the call is due until it was made, once per lease"
    );
    memory.run(&approvals::finish(&t, &id, false, "It broke.")).unwrap();
    memory.run(&approvals::finish(&t, &id, true, "Twice.")).unwrap();
    assert_eq!((now(&memory).succeeded, now(&memory).result.as_str()), (Some(false), "It broke."));
    memory.run(&approvals::forget(6.0)).unwrap();
    assert_eq!(now(&memory).state, ApprovalState::Finished, "the visitor does not know yet");
    memory.run(&approvals::told(&t, &id)).unwrap();
    memory.run(&approvals::forget(6.0)).unwrap();
    assert!(memory.run(&approvals::one(&t, &id)).unwrap().is_empty());
}

#[test]
fn a_call_is_not_agreed_to_once_its_tool_is_another_one() {
    let memory = both();
    memory.ask(&format!("UPDATE tools SET edited_at = 5 WHERE id = '{}'", tool(A)));
    memory.run(&approvals::approve(&tenant(A), &approval(A), "Mia", 50.0, 60.0)).unwrap();
    assert_eq!(now(&memory).state, ApprovalState::Waiting);
}
