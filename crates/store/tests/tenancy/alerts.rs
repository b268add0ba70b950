//! Alerts and the sums that they look at: of the installation, so no builder takes a tenant.

use domain::alerts::Sums;
use protocol::api::{Turn, TurnState};
use protocol::{Code, Problem};
use store::sql::sql;
use store::{Engine, Statement, alerts, conversations, sums};

use super::{A, Built, Ids, both, record, tenant, turn};

/// Statements of this area that take no tenant, and why they may not.
pub const WITHOUT_TENANT: &[(&str, &str)] = &[
    ("alerts::list", "rules of the installation"),
    ("alerts::note", "rules of the installation"),
    ("alerts::fire", "rules of the installation"),
    ("alerts::drill", "rules of the installation"),
    ("alerts::resolve", "rules of the installation"),
    ("alerts::firings", "rules of the installation"),
    ("alerts::due", "rules of the installation"),
    ("alerts::told", "rules of the installation"),
    ("alerts::again", "rules of the installation"),
    ("alerts::waiting", "a number over all tenants, for the operator"),
    ("alerts::dead", "a number over all tenants, for the operator"),
    ("alerts::operator", "whose workspace is the operator's"),
    ("alerts::forget", "housekeeping by age"),
    ("sums::add", "sums over all tenants: no row of theirs"),
    ("sums::since", "sums over all tenants: no row of theirs"),
    ("sums::totals", "sums over all tenants: no row of theirs"),
    ("sums::forget", "housekeeping by age"),
];

pub fn builders(_: &Ids, _: u64) -> Vec<Built> {
    Vec::new()
}

/// Rows of nobody in particular.
pub fn fill(_: u64) -> Vec<Statement> {
    let columns = (0..10).map(|n| format!("first_{n}")).collect::<Vec<_>>().join(", ");
    let sum = sql(format!(
        "INSERT INTO turn_sums (slot, provider, since, turns, errors, hits, misses, calls, call_errors, first_ms, {columns}) \
         VALUES (1, 'anthropic', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) ON CONFLICT DO NOTHING"
    ));
    vec![sum, alerts::drill("backlog", "backlog drill 1", None, None, 1.0)]
}

/// Stores a turn as a job does, and what all came to since a slot.
fn stored(turns: &[Turn]) -> (Sums, Vec<Sums>) {
    let memory = both();
    for (turn, times) in turns.iter().zip([1, 3, 2].into_iter().cycle()) {
        for _ in 0..times {
            for statement in conversations::store_turn(&tenant(A), &record(A, turn.clone())) {
                memory.run(&statement).unwrap();
            }
            if let Some(statement) = sums::add(turn, 60_000.0, 61_000.0) {
                memory.run(&statement).unwrap();
            }
        }
    }
    let recent = sums::read(&memory.run(&sums::since(0.0)).unwrap()[0]).unwrap();
    let totals = memory.run(&sums::totals()).unwrap();
    (recent, totals.iter().map(|row| sums::read_total(row).unwrap().sums).collect())
}

fn failed(id: u64, code: Code) -> Turn {
    let mut turn = turn(id, TurnState::Failed, "", 5.0);
    turn.failure = Some(Problem::new(code, "It failed."));
    turn
}

#[test]
fn a_turn_is_summed_up_once_however_often_it_is_stored() {
    let mut slow = turn(101, TurnState::Finished, "an answer", 5.0);
    (slow.stages.first_token, slow.model_errors, slow.cached) = (2_000.0, 2, true);
    let mut by_model = turn(102, TurnState::Finished, "an answer", 5.0);
    (by_model.model, by_model.tokens.output) = (Some("m".into()), 7);
    let all = [slow, by_model, failed(103, Code::ModelFailed), failed(104, Code::TooManyRequests)];
    let (recent, totals) = stored(&all);
    assert_eq!((recent.turns, recent.errors), (3, 1), "what a limit refused is no turn and no error");
    assert_eq!((recent.hits, recent.misses), (1, 1));
    assert_eq!((recent.calls, recent.call_errors), (3, 2));
    assert_eq!((recent.first.iter().sum::<u64>(), recent.first[6], recent.first[0]), (2, 1, 1));
    assert_eq!(totals, [recent], "one provider wrote all");
}

#[test]
fn a_slot_is_looked_at_as_long_as_it_began_late_enough() {
    let memory = both();
    for (id, slot) in [(101, 60_000.0), (102, 120_000.0)] {
        let turn = turn(id, TurnState::Finished, "an answer", 5.0);
        for statement in conversations::store_turn(&tenant(A), &record(A, turn.clone())) {
            memory.run(&statement).unwrap();
        }
        memory.run(&sums::add(&turn, slot, slot).unwrap()).unwrap();
    }
    let turns = |since| sums::read(&memory.run(&sums::since(since)).unwrap()[0]).unwrap().turns;
    assert_eq!([turns(0.0), turns(60_000.0), turns(120_000.0)], [2, 1, 0]);
    memory.run(&sums::forget(120_000.0)).unwrap();
    assert_eq!(turns(0.0), 1);
    assert_eq!(memory.run(&sums::totals()).unwrap().len(), 1, "what is summed up over all stays");
}

#[test]
fn a_rule_fires_is_told_resolved_and_forgotten() {
    let memory = both();
    let rules = memory.run(&alerts::list()).unwrap();
    let rules: Vec<_> = rules.iter().map(|row| alerts::read(row).unwrap()).collect();
    let ids: Vec<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids, ["first_token", "errors", "backlog", "model_errors", "dead_letters"]);
    let run = |statements: &[Statement]| {
        for statement in statements {
            memory.run(statement).unwrap();
        }
    };
    run(&[alerts::note("errors", Some(3.0), Some(7.0), 9.0)]);
    for _ in 0..2 {
        run(&alerts::fire("errors", "errors 7", Some(3.0), Some(9.0), 9.0));
    }
    run(&[alerts::drill("errors", "errors drill 10", Some(3.0), None, 10.0)]);
    let now = || alerts::read(&memory.run(&alerts::list()).unwrap()[1]).unwrap();
    assert_eq!((now().standing.since, now().standing.firing, now().value), (Some(7.0), true, Some(3.0)));
    let firings = || -> Vec<_> {
        let rows = memory.run(&alerts::firings(5)).unwrap();
        rows.iter()
            .map(|row| alerts::read_firing(row).unwrap())
            .filter(|(id, _)| id == "errors")
            .map(|(_, one)| (one.drill, one.resolved_at))
            .collect()
    };
    assert_eq!(firings(), [(true, Some(10.0)), (false, None)]);
    assert_eq!(memory.run(&alerts::due(9.0, 20.0)).unwrap().len(), 1);
    assert!(memory.run(&alerts::due(9.0, 20.0)).unwrap().is_empty(), "somebody else has it");
    run(&[alerts::again("errors 7", 30.0)]);
    let due = alerts::read_due(&memory.run(&alerts::due(30.0, 40.0)).unwrap()[0]).unwrap();
    assert_eq!((due.id.as_str(), due.drill, due.tries, due.above), ("errors 7", false, 2, 1.0));
    run(&[alerts::told("errors 7")]);
    run(&alerts::resolve("errors", 50.0));
    assert_eq!((firings(), now().standing.firing), (vec![(true, Some(10.0)), (false, Some(50.0))], false));
    run(&[alerts::forget(40.0)]);
    assert_eq!(firings(), [(false, Some(50.0))]);
}

#[test]
fn what_waits_and_what_was_given_up_is_counted_over_all() {
    let memory = both();
    let kinds = |now| alerts::read_waiting(&memory.run(&alerts::waiting(now)).unwrap()[0]).unwrap();
    assert_eq!(kinds(1e15).len(), 10);
    let waiting = |now| -> u64 { kinds(now).iter().map(|(_, jobs)| jobs).sum() };
    assert!(waiting(1e15) > 0 && waiting(-1.0) == 0);
    let dead = |since| memory.run(&alerts::dead(since)).unwrap()[0].integer::<u64>(0).unwrap();
    let before = dead(0.0);
    memory.run(&sql("UPDATE incoming_events SET state = 'dead', received_at = 900")).unwrap();
    assert!(dead(0.0) > before);
    assert_eq!(dead(900.0), dead(1e15), "those that came before are not counted");
}
