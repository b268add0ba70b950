//! What is kept how long: words, headers, counts.

use protocol::api::TurnState;
use protocol::{AuditId, ConversationId};
use store::retention::{self, DAY_MS, HEADERS_DAYS, kept_from};
use store::{Engine, Statement, Tenant, agents, conversations, sql};

use super::common::{Memory, identity, record, turn};
use super::{A, B, Built, Ids, tenant};

/// Statements of this area that take no tenant, and why they may not.
pub const WITHOUT_TENANT: &[(&str, &str)] =
    &[("retention::due", "a schedule: which tenants have something to remove")];

pub fn builders(ids: &Ids, of: u64) -> Vec<Built> {
    let t = &tenant(of);
    let entry = AuditId::ordered(ids.picks[3], [6; 10]);
    let own = std::slice::from_ref(&ids.conversation);
    let wordless = [wordless(ids.picks[1])];
    vec![
        ("retention::to_empty", vec![retention::to_empty(t, 1e12, 9)]),
        ("retention::to_fold", vec![retention::to_fold(t, 1e12, 9)]),
        ("retention::count", vec![retention::count(t, 1e12)]),
        ("retention::emptied", retention::emptied(t, own, 1e12, &entry, 9.0).unwrap().to_vec()),
        ("retention::folded", retention::folded(t, &wordless, 1e12, &entry, 9.0).unwrap().to_vec()),
    ]
}

/// A conversation whose words were removed.
fn wordless(n: u64) -> ConversationId {
    ConversationId::ordered(n, [33; 10])
}

/// Rows of this area for one workspace.
pub fn fill(n: u64) -> Vec<Statement> {
    vec![
        sql::sql(
            "INSERT INTO daily_counts (workspace_id, agent_id, day, begun) VALUES (?1, ?2, 1, 1)",
        )
        .bind(tenant(n).workspace().as_str())
        .bind(Ids::of(n).agent.as_str()),
        sql::sql(
            "INSERT INTO conversations (id, workspace_id, agent_id, visitor_id, state, first_question, started_at, last_at, words_removed_at) \
             VALUES (?1, ?2, ?3, ?4, 'active', '', 1, 1, 1)",
        )
        .bind(wordless(n).as_str())
        .bind(tenant(n).workspace().as_str())
        .bind(Ids::of(n).agent.as_str())
        .bind(identity(n).visitor_id.as_str()),
    ]
}

const NOW: f64 = 20_000.5 * DAY_MS;

/// A conversation `n` of workspace A that was `days` ago.
fn said(memory: &Memory, n: u64, days: f64, low: bool) {
    let mut record = record(A, turn(100 + n, TurnState::Finished, "the answer", NOW - days * DAY_MS));
    record.identity.conversation_id = identity(100 + n).conversation_id;
    record.turn.low_confidence = low;
    record.turn.tokens.input = 10;
    run(memory, &conversations::store_turn(&tenant(A), &record));
}

fn run(memory: &Memory, statements: &[Statement]) {
    for statement in statements {
        memory.run(statement).unwrap();
    }
}

/// What the job does with one batch of words, and of headers.
fn sweep(memory: &Memory, t: &Tenant, days: u32) -> [usize; 2] {
    let entry = |n| AuditId::ordered(u64::from(std::process::id()), [n; 10]);
    let ids = |statement| {
        memory.run(&statement).unwrap().iter().map(|row| retention::read_conversation(row).unwrap()).collect()
    };
    let from = kept_from(NOW, days);
    let words: Vec<_> = ids(retention::to_empty(t, from, 50));
    run(memory, &retention::emptied(t, &words, from, &entry(1), NOW).unwrap());
    let from = kept_from(NOW, HEADERS_DAYS);
    let headers: Vec<_> = ids(retention::to_fold(t, from, 50));
    run(memory, &retention::folded(t, &headers, from, &entry(2), NOW).unwrap());
    [words.len(), headers.len()]
}

/// Conversations, turns, answered, low confidence and failed, as the overview counts them.
fn overview(memory: &Memory) -> Vec<i64> {
    let rows = memory.run(&agents::overview(&tenant(A), &identity(A).agent_id)).unwrap();
    (0..5).map(|column| rows[0].integer(column).unwrap()).collect()
}

fn due(memory: &Memory) -> Vec<String> {
    let rows = memory.run(&retention::due(NOW, 9)).unwrap();
    rows.iter().map(|row| retention::read_due(row).unwrap().workspace_id.to_string()).collect()
}

#[test]
fn words_go_after_their_days_and_headers_after_theirs_and_the_counts_stay() {
    let memory = super::both();
    memory.ask("DELETE FROM turns");
    memory.ask("DELETE FROM conversations");
    memory.ask("DELETE FROM daily_counts");
    memory.ask("DELETE FROM audit_log");
    for (n, days) in [(1, 0.1), (2, 29.9), (3, 31.6), (4, 200.0), (5, 500.0), (6, 500.0)] {
        said(&memory, n, days, n == 5);
    }
    let counted = overview(&memory);
    assert_eq!(counted, [6, 6, 5, 1, 0]);
    assert_eq!(due(&memory), [tenant(A).workspace().to_string()]);
    assert_eq!(
        memory.run(&retention::count(&tenant(A), kept_from(NOW, 30))).unwrap()[0].integer::<u32>(0).unwrap(),
        4
    );
    assert_eq!(sweep(&memory, &tenant(A), 30), [4, 2]);
    assert_eq!(due(&memory), [""; 0]);
    assert_eq!(sweep(&memory, &tenant(A), 30), [0, 0], "doing it again removes nothing");
    assert_eq!(overview(&memory), counted, "what was counted stays");
    assert_eq!(memory.number("SELECT count(*) FROM conversations WHERE first_question = ''"), 2);
    assert_eq!(memory.number("SELECT count(*) FROM conversations"), 4);
    assert_eq!(memory.number("SELECT count(*) FROM turns"), 4);
    assert_eq!(
        memory.number(
            "SELECT begun * 10000 + asked * 1000 + low_confidence * 100 + tokens_in FROM daily_counts"
        ),
        22_120
    );
    let lines = memory.ask("SELECT action, changes ->> '$[0].before' FROM audit_log ORDER BY action");
    let lines: Vec<_> = lines.iter().map(|row| (row.text(0).unwrap(), row.text(1).unwrap())).collect();
    assert_eq!(lines, [("retention.headers_removed", "2"), ("retention.words_removed", "4")]);
}

#[test]
fn who_comes_back_after_the_words_went_begins_with_what_they_say_then() {
    let memory = super::both();
    said(&memory, 1, 40.0, false);
    assert_eq!(sweep(&memory, &tenant(A), 30)[0], 2, "with the conversation of before");
    let mut record = record(A, turn(900, TurnState::Finished, "the answer", NOW));
    record.identity.conversation_id = identity(101).conversation_id;
    record.turn.question = "and today?".into();
    run(&memory, &conversations::store_turn(&tenant(A), &record));
    let row = memory.run(&conversations::one(&tenant(A), &record.identity.conversation_id)).unwrap();
    let summary = conversations::read(&row[0]).unwrap();
    assert_eq!((summary.first_question.as_str(), summary.turns), ("and today?", 2));
    assert_eq!(sweep(&memory, &tenant(A), 30)[0], 0);
}

#[test]
fn a_longer_retention_of_one_workspace_is_its_own() {
    let memory = super::both();
    memory.ask(&format!("UPDATE workspaces SET retention_days = 365 WHERE id = '{}'", tenant(B).workspace()));
    memory.ask(&format!("UPDATE conversations SET last_at = {}", NOW - 100.0 * DAY_MS));
    assert_eq!(due(&memory), [tenant(A).workspace().to_string()]);
    assert_eq!(kept_from(NOW, 30) % DAY_MS, 0.0);
}
