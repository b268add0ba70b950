//! Which conversations have older turns to be summed up.

use protocol::TurnId;
use protocol::api::TurnState;
use protocol::objects::Jurisdiction;
use store::sql::sql;
use store::summaries::{self, Due, Spent};
use store::{Engine, Statement, conversations};

use super::common::{Memory, identity, record, turn};
use super::{A, B, Built, Ids, both, tenant};

/// Statements of this area that take no tenant, and why they may not.
pub const WITHOUT_TENANT: &[(&str, &str)] = &[
    ("summaries::any", "a schedule: whether something is due, whoever's it is"),
    ("summaries::take", "a schedule: what is due, whoever's it is"),
];

const SPENT: Spent = Spent { tokens_in: 100, tokens_out: 20, cost_micros: 7 };

pub fn builders(ids: &Ids, of: u64) -> Vec<Built> {
    let t = &tenant(of);
    let due = Due {
        conversation_id: ids.conversation.clone(),
        workspace_id: t.workspace().clone(),
        agent_id: ids.agent.clone(),
        until: String::new(),
        tries: 1,
        due_at: 7.0,
        jurisdiction: Jurisdiction::Anywhere,
    };
    vec![
        // What is taken already is marked no second time.
        ("summaries::grown", vec![summaries::settle(t, &due), summaries::grown(t, &ids.conversation, 9.0)]),
        ("summaries::count", vec![summaries::count(t, &due, SPENT, 9.0)]),
        ("summaries::made", vec![summaries::made(t, &due, &ids.turn)]),
        ("summaries::settle", vec![summaries::settle(t, &due)]),
    ]
}

/// Rows of this area for one workspace: its conversation was taken, and has a long turn.
pub fn fill(n: u64) -> Vec<Statement> {
    vec![
        sql("UPDATE conversations SET summary_due_at = 7 WHERE id = ?1")
            .bind(identity(n).conversation_id.as_str()),
        sql("UPDATE turns SET tokens_out = 2000 WHERE conversation_id = ?1")
            .bind(identity(n).conversation_id.as_str()),
    ]
}

/// Both workspaces, with nothing due and nothing counted.
fn quiet() -> Memory {
    let memory = both();
    for text in
        ["DELETE FROM turns", "DELETE FROM usage_days", "UPDATE conversations SET summary_due_at = NULL"]
    {
        memory.ask(text);
    }
    memory
}

/// Stores turn `n` of the conversation of A.
fn store(memory: &Memory, n: u64, tokens: u32) {
    #[allow(clippy::cast_precision_loss)]
    let mut record = record(A, turn(n, TurnState::Finished, "the answer", n as f64));
    record.turn.tokens.output = tokens;
    for statement in conversations::store_turn(&tenant(A), &record) {
        memory.run(&statement).unwrap();
    }
    memory.run(&summaries::grown(&tenant(A), &record.identity.conversation_id, 1_000.0)).unwrap();
}

fn take(memory: &Memory, now: f64) -> Vec<Due> {
    let rows = memory.run(&summaries::take(now, 9)).unwrap();
    rows.iter().map(|row| summaries::read_due(row).unwrap()).collect()
}

fn finish(memory: &Memory, due: &Due, until: u64) {
    let until = TurnId::ordered(until, [5; 10]);
    memory.run(&summaries::count(&tenant(A), due, SPENT, 2_000.0)).unwrap();
    memory.run(&summaries::made(&tenant(A), due, &until)).unwrap();
}

#[test]
fn a_summary_is_due_once_for_turns_beyond_those_that_are_summed_up() {
    let memory = quiet();
    for n in 1..=6 {
        store(&memory, n, 10);
    }
    assert!(take(&memory, 1e9).is_empty(), "prompts carry six");
    store(&memory, 7, 10);
    assert_eq!(memory.run(&summaries::any(1_000.0)).unwrap().len(), 1);
    let due = take(&memory, 1_000.0).pop().unwrap();
    assert_eq!((&due.conversation_id, due.until.as_str(), due.tries), (&identity(A).conversation_id, "", 1));
    assert_eq!((&due.workspace_id, &due.agent_id), (&identity(A).workspace_id, &identity(A).agent_id));
    assert!(take(&memory, 1_000.0).is_empty(), "taken once");
    finish(&memory, &due, 4);
    finish(&memory, &due, 4);
    let counted = "SELECT tokens_in * 100000 + tokens_out * 1000 + cost_micros * 100 + message_count + conversation_count \
                   FROM usage_days";
    assert_eq!(memory.number(counted), 10_020_700, "what it took counts once, and is no message");
    for n in 8..=10 {
        store(&memory, n, 10);
        assert!(take(&memory, 1e9).is_empty(), "{n}");
    }
    store(&memory, 11, 10);
    let due = take(&memory, 1_000.0).pop().unwrap();
    assert_eq!(due.until, TurnId::ordered(4, [5; 10]).as_str());
    // Long answers leave prompts sooner.
    finish(&memory, &due, 11);
    store(&memory, 12, 1_200);
    assert_eq!(take(&memory, 1_000.0).len(), 1);
}

#[test]
fn what_fails_is_due_again_ever_later_and_new_turns_do_not_hasten_it() {
    let memory = quiet();
    for n in 1..=7 {
        store(&memory, n, 10);
    }
    let (mut now, mut pause) = (1_000.0, 120_000.0);
    for tries in 1..=summaries::MAX_TRIES {
        let due = take(&memory, now).pop().unwrap();
        assert_eq!((due.tries, due.due_at), (tries, now + pause));
        store(&memory, 7 + u64::from(tries), 10);
        assert!(take(&memory, now + pause - 1.0).is_empty());
        (now, pause) = (now + pause, pause * 2.0);
    }
    let due = take(&memory, now).pop().unwrap();
    memory.run(&summaries::settle(&tenant(B), &due)).unwrap();
    assert_eq!(memory.run(&summaries::any(1e12)).unwrap().len(), 1, "not by another workspace");
    for n in [A, B, A] {
        memory.run(&summaries::count(&tenant(n), &due, SPENT, now)).unwrap();
        memory.run(&summaries::settle(&tenant(n), &due)).unwrap();
    }
    assert_eq!(memory.number("SELECT sum(cost_micros) FROM usage_days"), 7, "what failed was paid for, too");
    assert!(memory.run(&summaries::any(1e12)).unwrap().is_empty());
    store(&memory, 20, 10);
    assert_eq!(take(&memory, now)[0].tries, 1, "the next turn begins anew");
}
