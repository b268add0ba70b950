//! Gaps and the turns that asked for them.

use protocol::api::{CuratedContent, GapStatus};
use protocol::{CuratedId, GapId, TurnId};
use store::gaps::{self, NewGap, Occurrence};
use store::{Engine, Statement, curated};

use super::{A, Built, Ids, both, name, tenant};

/// The gap of a workspace.
fn gap(n: u64) -> GapId {
    GapId::ordered(n, [40; 10])
}

fn new<'a>(id: &'a GapId, ids: &'a Ids, of: u64, terms: &'a [String], seen: u64) -> NewGap<'a> {
    NewGap { id, agent: &ids.agent, question: name(of), terms, vector: Some(("m", "AAAA")), seen, at: 4.0 }
}

pub fn builders(ids: &Ids, of: u64) -> Vec<Built> {
    let t = &tenant(of);
    let own = gap(ids.picks[2]);
    let curated = CuratedId::ordered(ids.picks[4], [7; 10]);
    let terms = [name(of).to_owned()];
    let asked = Occurrence {
        gap: &own,
        turn: &ids.turn,
        conversation: &ids.conversation,
        question: name(of),
        at: 5.0,
    };
    vec![
        (
            "gaps::list",
            vec![
                gaps::list(t, &ids.agent, None, None, 9),
                gaps::list(t, &ids.agent, Some(GapStatus::Open), Some((1, &own)), 9),
            ],
        ),
        ("gaps::one", vec![gaps::one(t, &own)]),
        ("gaps::counts", vec![gaps::counts(t, &ids.agent)]),
        ("gaps::known", vec![gaps::known(t, &ids.agent)]),
        ("gaps::vectors", vec![gaps::vectors(t, &ids.agent, "m")]),
        ("gaps::seen", vec![gaps::seen(t, &ids.agent, &[&ids.turn]).unwrap()]),
        (
            "gaps::create",
            vec![
                gaps::create(t, &new(&own, ids, of, &terms, 1)),
                gaps::create(t, &new(&GapId::ordered(ids.picks[4], [41; 10]), ids, of, &terms, 1)),
            ],
        ),
        ("gaps::occur", gaps::occur(t, &asked).to_vec()),
        ("gaps::settle", vec![gaps::settle(t, &own, GapStatus::Ignored, 9.0)]),
        ("gaps::answer", vec![gaps::answer(t, &own, &curated, 9.0)]),
    ]
}

/// Rows of this area for one workspace: a gap with a turn that asked for it.
pub fn fill(n: u64) -> Vec<Statement> {
    let (t, ids, own) = (&tenant(n), Ids::of(n), gap(n));
    let asked = Occurrence {
        gap: &own,
        turn: &TurnId::ordered(n, [42; 10]),
        conversation: &ids.conversation,
        question: name(n),
        at: 4.0,
    };
    let mut made = vec![gaps::create(t, &new(&own, &ids, n, &[name(n).to_owned()], 0))];
    made.extend(gaps::occur(t, &asked));
    made
}

#[test]
fn a_turn_counts_once_and_only_the_newest_words_stay() {
    let memory = both();
    let (t, ids, own) = (tenant(A), Ids::of(A), gap(A));
    let read = || gaps::read(&memory.run(&gaps::one(&t, &own)).unwrap()[0]).unwrap();
    for n in 1..=9_u32 {
        for _ in 0..2 {
            let asked = Occurrence {
                gap: &own,
                turn: &TurnId::ordered(u64::from(n), [43; 10]),
                conversation: &ids.conversation,
                question: &format!("way {n}"),
                at: 10.0 + f64::from(n),
            };
            for statement in gaps::occur(&t, &asked) {
                memory.run(&statement).unwrap();
            }
        }
    }
    let gap = read();
    assert_eq!((gap.occurrences, gap.first_at, gap.last_at), (10, 4.0, 19.0));
    let ways: Vec<_> = gap.examples.iter().map(|example| example.question.as_str()).collect();
    assert_eq!(ways, ["way 9", "way 8", "way 7", "way 6", "way 5"]);
}

#[test]
fn of_two_who_found_nothing_only_one_makes_a_gap() {
    let memory = both();
    let (t, ids) = (tenant(A), Ids::of(A));
    let make = |random: u8, seen: u64| {
        let id = GapId::ordered(60, [random; 10]);
        memory.run(&gaps::create(&t, &new(&id, &ids, A, &["x".to_owned()], seen))).unwrap();
        gaps::read_seen(&memory.run(&gaps::seen(&t, &ids.agent, &[&ids.turn]).unwrap()).unwrap()[0])
            .unwrap()
            .0
    };
    assert_eq!(make(1, 1), 2);
    assert_eq!(make(2, 1), 2, "another became known meanwhile");
    assert_eq!(make(3, 2), 3);
}

#[test]
fn an_answered_gap_that_is_asked_for_again_is_open_again() {
    let memory = both();
    let (t, ids, own) = (tenant(A), Ids::of(A), gap(A));
    let status = || gaps::read(&memory.run(&gaps::one(&t, &own)).unwrap()[0]).unwrap().status;
    let id = CuratedId::ordered(70, [20; 10]);
    memory.run(&gaps::answer(&t, &own, &id, 50.0)).unwrap();
    assert_eq!(status(), GapStatus::Open, "there is no such answer");
    let content = CuratedContent {
        pattern: "q".into(),
        keywords: String::new(),
        answer: "a".into(),
        pages: String::new(),
        languages: Vec::new(),
        enabled: true,
    };
    memory
        .run(&curated::create(&t, &id, &ids.agent, curated::Words::own(&content), None, 9, 50.0).unwrap())
        .unwrap();
    memory.run(&gaps::answer(&t, &own, &id, 50.0)).unwrap();
    let ask = |n: u64, at: f64| {
        let turn = TurnId::ordered(n, [44; 10]);
        let asked = Occurrence { gap: &own, turn: &turn, conversation: &ids.conversation, question: "q", at };
        for statement in gaps::occur(&t, &asked) {
            memory.run(&statement).unwrap();
        }
        status()
    };
    assert_eq!(ask(1, 49.0), GapStatus::Answered, "it was asked before the answer");
    assert_eq!(ask(2, 51.0), GapStatus::Open);
    memory.run(&gaps::settle(&t, &own, GapStatus::Ignored, 60.0)).unwrap();
    assert_eq!(ask(3, 61.0), GapStatus::Ignored);
}
