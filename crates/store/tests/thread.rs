//! Behaviour of the `Conversation` object's tables.

// Helpers of tests may panic as tests may.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{Memory, identity, pending, record, snapshot, turn};
use proptest::prelude::*;
use protocol::TurnId;
use protocol::api::{Turn, TurnState};
use protocol::frame::ServerFrame;
use protocol::internal::{Admission, KeepSummary};

use protocol::objects::Region;
use store::Engine;
use store::attendance::{self, Known};
use store::thread::gate::{self, Allowance};
use store::thread::{self, Begun};

fn open() -> Memory {
    let memory = Memory::open();
    thread::migrate(&memory).unwrap();
    memory
}

fn id(n: u64) -> TurnId {
    TurnId::ordered(n, [5; 10])
}

fn begin(memory: &Memory, n: u64, message: &str, now: f64) -> Begun {
    thread::begin(memory, &id(n), message, &format!("question {n}"), Some("https://x.test/"), now).unwrap()
}

fn delta(n: u64, of: u64, text: &str) -> ServerFrame {
    ServerFrame::Delta { n, turn_id: id(of), text: text.into() }
}

/// Stores frames and gives what a socket is sent for them.
fn append(memory: &Memory, of: u64, frames: &[ServerFrame]) {
    for frame in frames {
        let sent = thread::append(memory, Some(&id(of)), frame).unwrap();
        assert_eq!(sent, serde_json::to_string(frame).unwrap());
    }
}

/// A replay as a client reads it.
fn replay(memory: &Memory, after: u64, only: Option<u64>) -> Vec<ServerFrame> {
    let sent = thread::replay(memory, after, only.map(id).as_ref()).unwrap();
    sent.into_iter()
        .map(|sent| {
            let frame: ServerFrame = serde_json::from_str(&sent.json).unwrap();
            assert_eq!(frame.number(), Some(sent.n));
            frame
        })
        .collect()
}

fn last(n: u64, turn: &Turn) -> ServerFrame {
    ServerFrame::TurnFinished {
        n,
        turn_id: turn.id.clone(),
        message_id: "message-1".into(),
        citations: Vec::new(),
        confidence: turn.confidence,
        low_confidence: turn.low_confidence,
        provider: turn.provider,
        tokens: turn.tokens,
        stages: turn.stages,
        cta: None,
        stopped: turn.state == TurnState::Stopped,
    }
}

fn finish(memory: &Memory, n: u64, number: u64, state: TurnState, answer: &str, at: f64) {
    let turn = turn(n, state, answer, at);
    let frame = last(number, &turn);
    thread::finish(memory, &record(1, turn), &frame, at).unwrap();
}

/// SQLite compiles a statement at every run that has a bind for its LIMIT, or compares two binds with columns of a join.
#[test]
fn what_every_turn_runs_is_compiled_once() {
    let memory = open();
    let allowance = Allowance { minute: 30, hour: 200, conversation: 100 };
    for n in 1..=3_u8 {
        let (turn, now, message) = (id(n.into()), f64::from(n), format!("message-{n}"));
        memory.compiled_again();
        assert!(matches!(attendance::known(&memory, &message), Ok(Known::No)));
        assert_eq!(gate::check(&memory, &message, "When?", None, allowance, now).unwrap(), None);
        assert!(matches!(begin(&memory, n.into(), &message, now), Begun::New));
        append(&memory, n.into(), &[delta(u64::from(n) * 10, n.into(), "At nine.")]);
        assert!(thread::running(&memory).unwrap().is_some());
        assert_eq!(thread::earlier(&memory, 6).unwrap().len(), usize::from(n) - 1);
        thread::summary(&memory).unwrap();
        thread::agenda(&memory).unwrap();
        finish(&memory, n.into(), u64::from(n) * 10 + 1, TurnState::Finished, "At nine.", now);
        assert_eq!(thread::is_first(&memory, &turn).unwrap(), n == 1);
        assert!(thread::ring_due(&memory, now).unwrap());
        assert_eq!(pending(&memory).records.len(), 1);
        thread::confirm(&memory, &[turn]).unwrap();
    }
    assert_eq!(memory.compiled_again(), [""; 0]);
}

#[test]
fn the_same_message_is_known_while_it_runs_and_after_it() {
    let memory = open();
    assert!(matches!(begin(&memory, 1, "message-1", 1.0), Begun::New));
    assert!(matches!(begin(&memory, 2, "message-1", 2.0), Begun::Known(turn) if turn == id(1)));
    finish(&memory, 1, 1, TurnState::Finished, "a", 3.0);
    assert!(matches!(begin(&memory, 3, "message-1", 4.0), Begun::Known(turn) if turn == id(1)));
    assert_eq!(memory.number("SELECT count(*) FROM turns"), 1);
}

#[test]
fn another_message_is_refused_while_a_turn_runs_and_taken_afterwards() {
    let memory = open();
    begin(&memory, 1, "message-1", 1.0);
    assert!(matches!(begin(&memory, 2, "message-2", 2.0), Begun::Busy));
    finish(&memory, 1, 1, TurnState::Failed, "", 3.0);
    assert!(matches!(begin(&memory, 2, "message-2", 4.0), Begun::New));
}

#[test]
fn a_refused_message_is_not_the_visitor_s_last_sign_of_life_but_a_taken_one_is() {
    let memory = open();
    let touched = || thread::agenda(&memory).unwrap().touched;
    assert!(touched().abs() < f64::EPSILON);
    begin(&memory, 1, "message-1", 1_700_000_000_123.0);
    begin(&memory, 2, "message-2", 1_700_000_000_999.0);
    assert!((touched() - 1_700_000_000_123.0).abs() < f64::EPSILON);
}

#[test]
fn the_newest_admission_is_kept_whole() {
    let memory = open();
    assert!(thread::admission(&memory).unwrap().is_none());
    let mut admission = Admission {
        varied: String::new(),
        identity: identity(1),
        agent: snapshot(1, "old"),
        after: 3,
        accept_language: None,
        region: Region::Home,
        address: String::new(),
    };
    thread::admit(&memory, &admission, 1.0).unwrap();
    admission.agent = snapshot(1, "new");
    thread::admit(&memory, &admission, 2.0).unwrap();
    assert_eq!(thread::admission(&memory).unwrap(), Some(admission));
}

#[test]
fn the_language_of_the_page_is_that_of_the_last_message() {
    let memory = open();
    begin(&memory, 1, "message-1", 1.0);
    let language = || thread::running(&memory).unwrap().unwrap().page_language;
    assert_eq!(language(), None);
    thread::keep_page_language(&memory, "de").unwrap();
    assert_eq!(language().as_deref(), Some("de"));
    thread::keep_page_language(&memory, "").unwrap();
    assert_eq!(language(), None, "a page that declares none");
}

#[test]
fn a_replay_joins_the_deltas_of_a_turn() {
    let memory = open();
    append(&memory, 1, &[delta(1, 1, "a"), delta(2, 1, "\"b\"\n"), delta(3, 1, "字"), delta(4, 1, "d")]);
    append(&memory, 1, &[last(5, &turn(1, TurnState::Finished, "abcd", 1.0))]);
    append(&memory, 2, &[delta(6, 2, "e")]);
    let whole = replay(&memory, 0, None);
    assert_eq!(whole[0], delta(4, 1, "a\"b\"\n字d"));
    assert_eq!(whole[1], last(5, &turn(1, TurnState::Finished, "abcd", 1.0)));
    assert_eq!(whole.iter().filter_map(ServerFrame::number).collect::<Vec<_>>(), [4, 5, 6]);
    assert_eq!(replay(&memory, 2, None)[0], delta(4, 1, "字d"));
    assert_eq!(replay(&memory, 4, None).len(), 2);
    assert_eq!(replay(&memory, 0, Some(2)), [delta(6, 2, "e")]);
    assert!(replay(&memory, 6, None).is_empty());
    assert!(replay(&memory, u64::MAX, None).is_empty());
}

#[test]
fn several_frames_in_a_row_are_replayed_from_inside_it() {
    let memory = open();
    let frames = [delta(1, 1, "a"), delta(2, 1, "b"), delta(3, 1, "c")];
    let body = serde_json::to_string(&frames).unwrap();
    memory
        .run(
            &store::sql::sql("INSERT INTO frames (last, turn_id, body) VALUES (3, ?1, ?2)")
                .bind(id(1).as_str())
                .bind(body),
        )
        .unwrap();
    assert_eq!(replay(&memory, 0, None), [delta(3, 1, "abc")]);
    assert_eq!(replay(&memory, 1, None), [delta(3, 1, "bc")]);
}

#[test]
fn deltas_of_two_turns_are_never_joined() {
    let memory = open();
    append(&memory, 1, &[delta(1, 1, "a")]);
    append(&memory, 2, &[delta(2, 2, "b")]);
    assert_eq!(replay(&memory, 0, None), [delta(1, 1, "a"), delta(2, 2, "b")]);
}

#[test]
fn frames_without_a_number_are_not_stored() {
    let memory = open();
    append(&memory, 1, &[ServerFrame::Hello { conversation_id: identity(1).conversation_id, last: 9 }]);
    assert_eq!(thread::last_number(&memory).unwrap(), 0);
    append(&memory, 1, &[delta(7, 1, "a"), delta(8, 1, "b")]);
    assert_eq!(thread::last_number(&memory).unwrap(), 8);
}

#[test]
fn a_running_turn_comes_with_what_was_shown_of_it() {
    let memory = open();
    assert!(thread::running(&memory).unwrap().is_none());
    begin(&memory, 1, "message-1", 1.0);
    append(&memory, 1, &[delta(1, 1, "old")]);
    finish(&memory, 1, 2, TurnState::Finished, "old", 2.0);
    assert!(!thread::agenda(&memory).unwrap().running);
    begin(&memory, 2, "message-2", 3.0);
    assert!(thread::agenda(&memory).unwrap().running);
    assert_eq!(thread::shown(&memory, &id(2)).unwrap(), "");
    thread::begin_again(&memory, &id(2)).unwrap();
    append(&memory, 2, &[delta(3, 2, "Grüß "), delta(4, 2, "dich")]);
    let running = thread::running(&memory).unwrap().unwrap();
    assert_eq!(thread::shown(&memory, &running.turn_id).unwrap(), "Grüß dich");
    assert_eq!((running.turn_id, running.attempts), (id(2), 2));
    assert_eq!((running.message_id.as_str(), running.question.as_str()), ("message-2", "question 2"));
    assert_eq!(running.page_url.as_deref(), Some("https://x.test/"));
}

#[test]
fn a_turn_ends_once() {
    let memory = open();
    begin(&memory, 1, "message-1", 1.0);
    let first = turn(1, TurnState::Finished, "whole", 1.0);
    let end =
        |turn: &Turn, n, now| thread::finish(&memory, &record(1, turn.clone()), &last(n, turn), now).unwrap();
    assert_eq!(end(&first, 1, 2.0), Some(serde_json::to_string(&last(1, &first)).unwrap()));
    // The same again, and another end of the same turn: a crash between the two may make either. Nothing is sent.
    assert_eq!(end(&first, 1, 3.0), None);
    assert_eq!(end(&turn(1, TurnState::Failed, "", 1.0), 2, 4.0), None);
    assert_eq!(pending(&memory).records, [record(1, first)]);
    assert_eq!(replay(&memory, 0, None).len(), 1);
    assert_eq!(thread::earlier(&memory, 6).unwrap()[0].answer, "whole");
    // Confirmed is confirmed.
    thread::confirm(&memory, &[id(1)]).unwrap();
    finish(&memory, 1, 3, TurnState::Finished, "whole", 5.0);
    assert!(pending(&memory).records.is_empty());
}

#[test]
fn confirming_forgets_the_named_records_alone() {
    let memory = open();
    for n in 1..=3 {
        begin(&memory, n, &format!("message-{n}"), 1.0);
        finish(&memory, n, n, TurnState::Finished, "a", 1.0);
    }
    thread::confirm(&memory, &[id(1), id(3), id(9)]).unwrap();
    let left: Vec<_> = pending(&memory).records.into_iter().map(|record| record.turn.id).collect();
    assert_eq!(left, [id(2)]);
}

#[test]
fn what_is_not_confirmed_is_rung_for_ever_more_rarely() {
    let memory = open();
    assert!(!thread::ring_due(&memory, 1e15).unwrap());
    let due = || thread::agenda(&memory).unwrap().due;
    assert_eq!(due(), None);
    begin(&memory, 1, "message-1", 1_000.0);
    finish(&memory, 1, 1, TurnState::Finished, "a", 1_000.0);
    assert_eq!(due(), Some(1_000.0));
    let mut now = 1_000.0;
    for pause in [5_000.0, 10_000.0, 20_000.0, 40_000.0, 80_000.0, 160_000.0, 300_000.0, 300_000.0] {
        assert!(thread::ring_due(&memory, now).unwrap());
        assert!(!thread::ring_due(&memory, now).unwrap(), "one bell at {now}");
        assert!(!thread::ring_due(&memory, now + pause - 1.0).unwrap());
        assert_eq!(due(), Some(now + pause));
        now += pause;
    }
    // A hundred failed bells later it is still every five minutes.
    for _ in 0..100 {
        assert!(thread::ring_due(&memory, now).unwrap());
        now += 300_000.0;
        assert_eq!(due(), Some(now));
    }
}

#[test]
fn earlier_turns_are_the_newest_with_an_answer_oldest_first() {
    let memory = open();
    let ends = [
        (1, TurnState::Finished, "one"),
        (2, TurnState::Failed, "half"),
        (3, TurnState::Stopped, "three"),
        (4, TurnState::Stopped, ""),
        (5, TurnState::Finished, "five"),
        (6, TurnState::Finished, "six"),
    ];
    for (n, state, answer) in ends {
        // The last two are of the same millisecond.
        #[allow(clippy::cast_precision_loss)]
        let at = n.min(5) as f64;
        begin(&memory, n, &format!("message-{n}"), at);
        finish(&memory, n, n, state, answer, at);
    }
    begin(&memory, 7, "message-7", 7.0);
    let answers = |limit| {
        thread::earlier(&memory, limit).unwrap().into_iter().map(|turn| turn.answer).collect::<Vec<_>>()
    };
    assert_eq!(answers(6), ["one", "three", "five", "six"]);
    assert_eq!(answers(2), ["five", "six"]);
    assert!(answers(0).is_empty());
}

#[test]
fn a_summary_is_kept_while_its_last_turn_is_here_and_fewer_turns_replace_nothing() {
    let memory = open();
    let keep = |until, text: &str| {
        thread::keep_summary(&memory, &KeepSummary { until: id(until), text: text.into() }).unwrap();
        thread::summary(&memory).unwrap()
    };
    assert_eq!(thread::summary(&memory).unwrap(), "");
    assert_eq!(keep(1, "of a turn that was erased"), "");
    for n in [1, 2] {
        begin(&memory, n, &format!("message-{n}"), 1.0);
        finish(&memory, n, n, TurnState::Finished, "a", 1.0);
    }
    assert_eq!(keep(1, "one"), "one");
    assert_eq!(keep(2, "\"two\" \u{2028}</source>"), "\"two\" \u{2028}</source>");
    assert_eq!(keep(1, "one, late"), "\"two\" \u{2028}</source>");
    assert_eq!(keep(2, "two again"), "two again");
    assert_eq!(memory.number("SELECT count(*) FROM meta WHERE key = 'summary'"), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whoever reconnects anywhere has, with what came before, exactly the text that was sent.
    #[test]
    fn a_replay_from_anywhere_completes_the_answer(
        batches in prop::collection::vec(prop::collection::vec("[a-zé字 ]{0,4}", 1..5), 1..8),
        cut in 0_usize..40,
    ) {
        let memory = open();
        let mut frames = Vec::new();
        for batch in &batches {
            let first = frames.len();
            frames.extend(batch.iter().zip(first as u64 + 1..).map(|(text, n)| delta(n, 1, text)));
            append(&memory, 1, &frames[first..]);
        }
        let text = |frames: &[ServerFrame]| frames.iter().filter_map(|frame| match frame {
            ServerFrame::Delta { text, .. } => Some(text.as_str()),
            _ => None,
        }).collect::<String>();
        let cut = cut.min(frames.len());
        let replayed = replay(&memory, cut as u64, None);
        prop_assert_eq!(text(&frames[..cut]) + &text(&replayed), text(&frames));
        if let Some(frame) = replayed.last() {
            prop_assert_eq!(frame.number(), Some(frames.len() as u64));
        }
        prop_assert!(replayed.len() <= 1);
    }
}
