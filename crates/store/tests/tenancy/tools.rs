//! Tools and their calls.

use protocol::api::{ToolAuthKind, ToolContent, ToolEffect, ToolMethod, ToolRun, ToolRunState};
use protocol::{ToolId, ToolRunId};
use store::tools::{self, NewRun, OfTurn, StoredAuth};
use store::{Engine, Statement};

use super::{A, Built, Ids, both, name, tenant};

/// Statements of this area that take no tenant, and why they may not.
pub const WITHOUT_TENANT: &[(&str, &str)] =
    &[("tools::forget_runs", "housekeeping of calls by age, whoever's they are")];

/// The tool of a workspace.
pub fn tool(n: u64) -> ToolId {
    ToolId::ordered(n, [30; 10])
}

fn run(n: u64) -> ToolRunId {
    ToolRunId::ordered(n, [31; 10])
}

fn content(called: &str) -> ToolContent {
    ToolContent {
        name: called.into(),
        title: String::new(),
        description: format!("{called} does it"),
        schema: serde_json::json!({ "type": "object" }),
        method: ToolMethod::Post,
        url: "https://hooks.test/".into(),
        headers: Vec::new(),
        idempotent: false,
        timeout_ms: 1_000,
        max_result_bytes: 1_000,
        enabled: true,
        effect: ToolEffect::Writes,
        needs_approval: false,
        cache_seconds: 0,
        live: None,
    }
}

fn auth(of: u64) -> StoredAuth {
    StoredAuth {
        kind: ToolAuthKind::Bearer,
        name: format!("{} user", name(of)),
        sealed: "c2VhbGVk".into(),
        set_at: 3.0,
    }
}

fn ended(id: &ToolRunId, tool: &ToolId, of: u64) -> ToolRun {
    ToolRun {
        id: id.clone(),
        tool_id: tool.clone(),
        tool_name: name(of).into(),
        state: ToolRunState::Succeeded,
        arguments: "{}".into(),
        result: format!("{} result", name(of)),
        http_status: Some(200),
        attempts: 2,
        duration_ms: 8.5,
        at: 4.0,
        agent_id: None,
        conversation_id: None,
        turn_id: None,
        tried_by: String::new(),
        notice: None,
    }
}

pub fn builders(ids: &Ids, of: u64) -> Vec<Built> {
    let t = &tenant(of);
    let (own, call) = (tool(ids.picks[2]), run(ids.picks[3]));
    let turn = OfTurn { agent: &ids.agent, conversation: Some(&ids.conversation), turn: &ids.turn };
    let begin = |id: &ToolRunId, of_turn| {
        let run = NewRun {
            id,
            tool: &own,
            name: name(of),
            of: of_turn,
            key: "key",
            tried_by: name(of),
            arguments: "{}",
            now: 4.0,
        };
        tools::begin_run(t, &run)
    };
    let called = format!("{}_{}", name(of), ids.picks[2]);
    let (content, auth) = (content(&called), auth(of));
    let listed = [own.clone(), tool(ids.picks[4])];
    vec![
        ("tools::list", vec![tools::list(t, 0.0)]),
        ("tools::one", vec![tools::one(t, &own, 0.0)]),
        ("tools::named_by", vec![tools::named_by(t, &listed).unwrap()]),
        ("tools::create", tools::create(t, &own, &content, Some(&auth), 9, 4.0).unwrap().to_vec()),
        (
            "tools::enable",
            tools::enable(
                t,
                &super::catalogue::linked(ids.picks[2]),
                &ToolContent { name: "order_status".into(), ..content.clone() },
                Some(&auth),
                9,
                4.0,
            )
            .unwrap()
            .to_vec(),
        ),
        ("tools::update", vec![tools::update(t, &own, &content, None, 6.0).unwrap()]),
        ("tools::delete", vec![tools::delete(t, &own)]),
        ("tools::begin_run", vec![begin(&ToolRunId::ordered(9, [1; 10]), Some(turn)), begin(&call, None)]),
        ("tools::run_of_turn", vec![tools::run_of_turn(t, &ids.turn, "key")]),
        (
            "tools::runs",
            vec![
                tools::runs(t, &own, None, None, 9),
                tools::runs(t, &own, Some(ToolRunState::Succeeded), Some((1e9, &run(ids.picks[4]))), 9),
            ],
        ),
        ("tools::settle_run", vec![tools::settle_run(t, &ended(&call, &own, of))]),
    ]
}

/// Rows of this area for one workspace: a tool, its call in a turn, and a trial.
pub fn fill(n: u64) -> Vec<Statement> {
    let (t, ids) = (&tenant(n), Ids::of(n));
    let begin = |id: ToolRunId, of| {
        let run = NewRun {
            id: &id,
            tool: &tool(n),
            name: name(n),
            of,
            key: "key",
            tried_by: name(n),
            arguments: "{}",
            now: 4.0,
        };
        tools::begin_run(t, &run)
    };
    let turn = OfTurn { agent: &ids.agent, conversation: Some(&ids.conversation), turn: &ids.turn };
    let mut made = tools::create(t, &tool(n), &content(name(n)), Some(&auth(n)), 9, 4.0).unwrap().to_vec();
    made.extend([begin(run(n), Some(turn)), begin(ToolRunId::ordered(n, [32; 10]), None)]);
    made
}

#[test]
fn a_call_of_a_turn_is_noted_once_and_a_trial_each_time() {
    let memory = both();
    let (t, ids, own) = (tenant(A), Ids::of(A), tool(A));
    let count = || memory.run(&tools::runs(&t, &own, None, None, 99)).unwrap().len();
    let before = count();
    let begin = |random: u8, key: &str, of| {
        let id = ToolRunId::ordered(70, [random; 10]);
        let run = NewRun { id: &id, tool: &own, name: "x", of, key, tried_by: "", arguments: "{}", now: 9.0 };
        memory.run(&tools::begin_run(&t, &run)).unwrap();
    };
    let turn = OfTurn { agent: &ids.agent, conversation: None, turn: &ids.turn };
    begin(1, "key", Some(turn));
    assert_eq!(count(), before, "it was noted already");
    begin(2, "another", Some(turn));
    begin(3, "key", None);
    begin(4, "key", None);
    assert_eq!(count(), before + 3);
}

#[test]
fn a_settled_call_counts_and_reads_as_it_was_settled() {
    let memory = both();
    let (t, ids, own) = (tenant(A), Ids::of(A), tool(A));
    let stats = || {
        let rows = memory.run(&tools::one(&t, &own, 0.0)).unwrap();
        let tool = tools::read(&rows[0]).unwrap().0;
        (tool.recent.calls, tool.recent.succeeded, tool.week.calls, tool.last_at)
    };
    assert_eq!(stats(), (0, 0, 0, Some(4.0)), "none has ended");
    memory.run(&tools::settle_run(&t, &ended(&run(A), &own, A))).unwrap();
    assert_eq!(stats(), (1, 1, 1, Some(4.0)));
    let later = |days: f64| {
        let rows = memory.run(&tools::one(&t, &own, days * 86_400_000.0)).unwrap();
        let tool = tools::read(&rows[0]).unwrap().0;
        (tool.recent.calls, tool.week.calls)
    };
    assert_eq!((later(8.0), later(31.0)), ((1, 0), (0, 0)));
    let of = |state| memory.run(&tools::runs(&t, &own, Some(state), None, 9)).unwrap().len();
    assert_eq!((of(ToolRunState::Succeeded), of(ToolRunState::Failed)), (1, 0));
    let rows = memory.run(&tools::run_of_turn(&t, &ids.turn, "key")).unwrap();
    let read = tools::read_run(&rows[0]).unwrap();
    assert_eq!((read.state, read.attempts, read.http_status), (ToolRunState::Succeeded, 2, Some(200)));
    assert_eq!(read.turn_id, Some(ids.turn));
    memory.run(&tools::forget_runs(5.0)).unwrap();
    assert!(memory.run(&tools::runs(&t, &own, None, None, 9)).unwrap().is_empty());
}
