//! Behaviour of the `Archive` object's tables.

// Helpers of tests may panic as tests may.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{Memory, identity, record, said, turn};
use proptest::prelude::*;
use protocol::api::{Mark, Side, TurnState};
use protocol::handover::Speaker;
use protocol::internal::{MessageRecord, SearchTurns};
use store::sql::sql;
use store::{Engine, archive};

fn open() -> Memory {
    let memory = Memory::open();
    archive::migrate(&memory).unwrap();
    memory
}

#[test]
fn storing_a_turn_twice_stores_the_first_once() {
    let memory = open();
    let first = record(1, turn(1, TurnState::Finished, "first", 10.0));
    let again = record(1, turn(1, TurnState::Finished, "another", 10.0));
    archive::store(&memory, &[first.clone(), first.clone()], &[]).unwrap();
    archive::store(&memory, &[again], &[]).unwrap();
    assert_eq!(archive::transcript(&memory, &identity(1).conversation_id).unwrap(), [first.turn]);
}

#[test]
fn a_transcript_is_in_the_order_of_asking_whatever_the_order_of_arrival() {
    let memory = open();
    let turns = [turn(3, TurnState::Finished, "c", 30.0), turn(1, TurnState::Stopped, "a", 10.0)];
    archive::store(&memory, &turns.map(|turn| record(1, turn)), &[]).unwrap();
    // Two of the same millisecond are ordered by their ids, which grow.
    let same = [turn(5, TurnState::Finished, "e", 20.0), turn(4, TurnState::Failed, "d", 20.0)];
    archive::store(&memory, &same.map(|turn| record(1, turn)), &[]).unwrap();
    let answers: Vec<_> = archive::transcript(&memory, &identity(1).conversation_id)
        .unwrap()
        .into_iter()
        .map(|turn| turn.answer)
        .collect();
    assert_eq!(answers, ["a", "d", "e", "c"]);
}

#[test]
fn a_transcript_holds_its_own_conversation_alone() {
    let memory = open();
    let mut other = record(1, turn(2, TurnState::Finished, "other", 1.0));
    other.identity.conversation_id = identity(2).conversation_id;
    archive::store(&memory, &[record(1, turn(1, TurnState::Finished, "mine", 2.0)), other], &[]).unwrap();
    let mine = archive::transcript(&memory, &identity(1).conversation_id).unwrap();
    assert_eq!(mine.iter().map(|turn| turn.answer.as_str()).collect::<Vec<_>>(), ["mine"]);
    assert!(archive::transcript(&memory, &identity(3).conversation_id).unwrap().is_empty());
}

#[test]
fn migrating_again_keeps_what_is_there() {
    let memory = open();
    archive::store(&memory, &[record(1, turn(1, TurnState::Finished, "kept", 1.0))], &[]).unwrap();
    archive::migrate(&memory).unwrap();
    assert_eq!(archive::transcript(&memory, &identity(1).conversation_id).unwrap().len(), 1);
}

#[test]
fn erasing_forgets_the_named_conversations_alone_or_all() {
    let memory = open();
    let [one, two, three] = [1, 2, 3].map(|n| identity(n).conversation_id);
    for (n, id) in [(1, &one), (2, &two), (3, &three)] {
        let mut record = record(1, turn(n, TurnState::Finished, "words", 1.0));
        record.identity.conversation_id = id.clone();
        archive::store(&memory, &[record], &[]).unwrap();
    }
    let left = || [&one, &two, &three].map(|id| archive::transcript(&memory, id).unwrap().len());
    archive::erase(&memory, Some(&[]), None).unwrap();
    assert_eq!(left(), [1, 1, 1]);
    // Twice, and with one that never was.
    for _ in 0..2 {
        archive::erase(&memory, Some(&[two.clone(), identity(9).conversation_id]), None).unwrap();
        assert_eq!(left(), [1, 0, 1]);
    }
    archive::erase(&memory, None, None).unwrap();
    assert_eq!(left(), [0, 0, 0]);
}

#[test]
fn messages_are_stored_once_in_their_order_and_erased_with_their_conversation() {
    let memory = open();
    let spoken = [said(1, 2, Speaker::Member, "b", 20.0), said(1, 1, Speaker::Visitor, "a", 10.0)];
    archive::store(&memory, &[], &spoken).unwrap();
    archive::store(&memory, &[], &spoken).unwrap();
    archive::store(&memory, &[], &[said(2, 3, Speaker::Note, "other", 15.0)]).unwrap();
    let texts = |of: u64| -> Vec<String> {
        let found = archive::messages(&memory, &identity(of).conversation_id).unwrap();
        found.into_iter().map(|message| message.text).collect()
    };
    assert_eq!(texts(1), ["a", "b"]);
    archive::erase(&memory, Some(&[identity(1).conversation_id]), None).unwrap();
    assert_eq!((texts(1).len(), texts(2)), (0, vec!["other".to_owned()]));
    archive::erase(&memory, None, None).unwrap();
    assert!(texts(2).is_empty());
}

/// A turn of conversation `of`, said to agent `of`.
fn asked(of: u64, id: u64, question: &str, answer: &str) -> protocol::internal::TurnRecord {
    let mut record = record(of, turn(id, TurnState::Finished, answer, f64::from(u32::try_from(id).unwrap())));
    record.turn.question = question.into();
    record
}

fn query(words: &str) -> SearchTurns {
    SearchTurns { query: words.into(), agent_id: None, below: None, limit: 10 }
}

/// The ids of the turns found, as the numbers they were made of.
fn found(memory: &Memory, search: &SearchTurns) -> Vec<u64> {
    let numbered =
        |id: &protocol::TurnId| (1..200).find(|n| turn(*n, TurnState::Finished, "", 1.0).id == *id).unwrap();
    let found = archive::search(memory, search).unwrap().found;
    found.iter().map(|hit| numbered(hit.turn_id.as_ref().unwrap())).collect()
}

/// What was found, whole, in pages of so many: turns by their ids as they are, messages by theirs.
fn all(memory: &Memory, words: &str, limit: u32) -> Vec<String> {
    let (mut search, mut found) = (SearchTurns { limit, ..query(words) }, Vec::new());
    loop {
        let page = archive::search(memory, &search).unwrap();
        assert!(page.found.len() <= limit as usize);
        assert!(page.below.is_none() || page.found.len() >= limit as usize, "only the last page is short");
        found.extend(page.found.into_iter().map(|hit| match (hit.turn_id, hit.message_id) {
            (Some(turn), None) => turn.to_string(),
            (None, Some(message)) => message.to_string(),
            other => panic!("a turn or a message: {other:?}"),
        }));
        search.below = page.below;
        if search.below.is_none() {
            return found;
        }
    }
}

#[test]
fn what_was_said_is_found_in_any_form_in_every_script_newest_first() {
    let memory = open();
    archive::store(
        &memory,
        &[
            asked(1, 1, "Do you deliver on Sundays?", "Our deliveries rest on Sundays."),
            asked(1, 2, "Haben Sie am Sonntag geöffnet?", "Ja, wir haben sonntags geöffnet."),
            asked(2, 3, "营业时间是什么", "本店营业时间为九点到六点。"),
            asked(2, 4, "متى تفتحون المتجر؟", "نفتح المتجر من التاسعة."),
            asked(3, 5, "Is the café open?", "The café is open on Sunday."),
        ],
        &[],
    )
    .unwrap();
    assert_eq!(found(&memory, &query("delivery")), [1]);
    assert_eq!(found(&memory, &query("sunday")), [5, 1]);
    assert_eq!(found(&memory, &query("GEOFFNET ")), [2]);
    assert_eq!(found(&memory, &query("cafe")), [5]);
    assert_eq!(found(&memory, &query("营业时间")), [3]);
    assert_eq!(found(&memory, &query("المتجر")), [4]);
    assert_eq!(found(&memory, &query("cafe delivery")), [0; 0]);
    assert_eq!(found(&memory, &query("\" OR ( * -")), [0; 0]);
    let reply = archive::search(&memory, &query("cafe")).unwrap();
    let excerpt = &reply.found[0].excerpt;
    let marked: Vec<String> = excerpt
        .marks
        .iter()
        .map(|mark| {
            excerpt.text.chars().skip(mark.from as usize).take((mark.to - mark.from) as usize).collect()
        })
        .collect();
    assert_eq!((excerpt.speaker, marked), (Side::Visitor, vec!["café".to_owned()]));
}

#[test]
fn a_search_goes_on_where_it_ended_and_keeps_to_an_agent() {
    let memory = open();
    let records: Vec<_> = (1..=25).map(|id| asked(1 + id % 2, id, &format!("tandem {id}"), "Yes.")).collect();
    archive::store(&memory, &records, &[]).unwrap();
    let (mut search, mut all) = (SearchTurns { limit: 10, ..query("tandem") }, Vec::new());
    loop {
        all.extend(found(&memory, &search));
        search.below = archive::search(&memory, &search).unwrap().below;
        if search.below.is_none() {
            break;
        }
    }
    assert_eq!(all, (1..=25).rev().collect::<Vec<_>>());
    let mine = SearchTurns { agent_id: Some(identity(2).agent_id), limit: 50, ..query("tandem") };
    assert_eq!(found(&memory, &mine), (1..=25).rev().filter(|id| id % 2 == 1).collect::<Vec<_>>());
}

#[test]
fn what_is_erased_is_found_no_more() {
    let memory = open();
    archive::store(&memory, &[asked(1, 1, "a tandem", ""), asked(2, 2, "a tandem", "")], &[]).unwrap();
    archive::erase(&memory, Some(&[identity(1).conversation_id]), None).unwrap();
    assert_eq!(found(&memory, &query("tandem")), [2]);
    assert_eq!(memory.number("SELECT count(*) FROM said WHERE said MATCH 'tandem'"), 1);
    archive::erase(&memory, None, None).unwrap();
    assert_eq!(memory.number("SELECT count(*) FROM said WHERE said MATCH 'tandem'"), 0);
    // What comes afterwards under the same numbers is found as itself.
    archive::store(&memory, &[asked(3, 3, "a bicycle", "")], &[]).unwrap();
    assert_eq!((found(&memory, &query("tandem")), found(&memory, &query("bicycle"))), (vec![], vec![3]));
}

#[test]
fn an_archive_of_before_the_search_is_indexed_step_by_step() {
    let memory = Memory::open();
    memory.ask("CREATE TABLE turns (id TEXT PRIMARY KEY, conversation_id TEXT NOT NULL, asked_at REAL NOT NULL, body TEXT NOT NULL)");
    memory.ask("CREATE INDEX turns_by_conversation ON turns (conversation_id, asked_at, id)");
    for id in 1..=5 {
        let record = asked(1, id, &format!("tandem {id}"), "Yes.");
        memory
            .run(
                &store::sql::sql(
                    "INSERT INTO turns (id, conversation_id, asked_at, body) VALUES (?1, ?2, ?3, ?4)",
                )
                .bind(record.turn.id.as_str())
                .bind(record.identity.conversation_id.as_str())
                .bind(record.turn.asked_at)
                .bind(serde_json::to_string(&record.turn).unwrap()),
            )
            .unwrap();
    }
    archive::migrate(&memory).unwrap();
    // One that comes meanwhile is in at once, and not added a second time.
    archive::store(&memory, &[asked(1, 6, "tandem 6", "Yes.")], &[]).unwrap();
    assert_eq!(found(&memory, &query("tandem")), [6]);
    assert!(archive::catch_up(&memory, 2).unwrap());
    archive::migrate(&memory).unwrap();
    assert_eq!(found(&memory, &query("tandem")), [6, 5, 4]);
    assert!(archive::catch_up(&memory, 2).unwrap());
    assert!(!archive::catch_up(&memory, 2).unwrap());
    assert!(!archive::catch_up(&memory, 2).unwrap());
    // Whose they are is not known here; the caller asks by the conversation.
    let other = SearchTurns { agent_id: Some(identity(9).agent_id), ..query("tandem") };
    assert_eq!(found(&memory, &query("tandem")), [6, 5, 4, 3, 2, 1]);
    assert_eq!(found(&memory, &other), [5, 4, 3, 2, 1]);
    assert_eq!(archive::transcript(&memory, &identity(1).conversation_id).unwrap().len(), 6);
}

/// An archive as it was when the index held turns alone, under the numbers of their rows.
fn of_turns_alone() -> Memory {
    let memory = Memory::open();
    for statement in [
        "CREATE TABLE turns (id TEXT PRIMARY KEY, conversation_id TEXT NOT NULL, asked_at REAL NOT NULL, body TEXT NOT NULL, agent_id TEXT)".to_owned(),
        "CREATE INDEX turns_by_conversation ON turns (conversation_id, asked_at, id)".to_owned(),
        "CREATE TABLE messages (id TEXT PRIMARY KEY, conversation_id TEXT NOT NULL, at REAL NOT NULL, body TEXT NOT NULL)".to_owned(),
        "CREATE INDEX messages_by_conversation ON messages (conversation_id, at, id)".to_owned(),
        "CREATE TABLE feedback (turn_id TEXT PRIMARY KEY, conversation_id TEXT NOT NULL, at REAL NOT NULL, body TEXT NOT NULL)".to_owned(),
        format!(
            "CREATE VIRTUAL TABLE said USING fts5(body, content='', contentless_delete=1, detail=none, tokenize=\"{}\")",
            domain::words::TOKENIZER
        ),
        "CREATE TABLE unsaid (below INTEGER NOT NULL)".to_owned(),
    ] {
        memory.ask(&statement);
    }
    memory
}

#[test]
fn an_archive_whose_index_held_turns_alone_is_numbered_anew_step_by_step() {
    let memory = of_turns_alone();
    let (mut turns, mut messages) = (Vec::new(), Vec::new());
    for n in (1..=9).step_by(2) {
        let record = asked(1, n, "a tandem", "");
        let stored = memory.run(
            &sql("INSERT INTO turns (id, conversation_id, asked_at, body, agent_id) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING rowid")
                .bind(record.turn.id.as_str())
                .bind(record.identity.conversation_id.as_str())
                .bind(record.turn.asked_at)
                .bind(serde_json::to_string(&record.turn).unwrap())
                .bind(record.identity.agent_id.as_str()),
        );
        let row: i64 = stored.unwrap()[0].integer(0).unwrap();
        memory.ask(&format!("INSERT INTO said (rowid, body) VALUES ({row}, 'tandem')"));
        turns.push(record.turn.id.to_string());
    }
    // Messages between them, whose rows have the same numbers; they came in another order than they were written in.
    for (n, from) in [(4, Speaker::Visitor), (2, Speaker::Member), (6, Speaker::Note), (8, Speaker::Visitor)]
    {
        let MessageRecord { identity, message } = said(1, n, from, "the tandem", f64::from(n as u32));
        memory
            .run(
                &sql("INSERT INTO messages (id, conversation_id, at, body) VALUES (?1, ?2, ?3, ?4)")
                    .bind(message.id.as_str())
                    .bind(identity.conversation_id.as_str())
                    .bind(message.at)
                    .bind(serde_json::to_string(&message).unwrap()),
            )
            .unwrap();
        messages.push(message.id.to_string());
    }
    archive::migrate(&memory).unwrap();
    assert_eq!(
        all(&memory, "tandem", 10),
        [""; 0],
        "what the old numbers stood for is not shown as something else"
    );
    // What comes meanwhile is in at once.
    archive::store(
        &memory,
        &[asked(1, 10, "tandem 10", "")],
        &[said(2, 11, Speaker::Visitor, "tandem", 11.0)],
    )
    .unwrap();
    assert_eq!(all(&memory, "tandem", 10).len(), 2);
    // Nobody needs a step twice, wherever it was cut off; erased meanwhile, nothing comes back.
    assert!(archive::catch_up(&memory, 3).unwrap());
    archive::migrate(&memory).unwrap();
    assert_eq!(all(&memory, "tandem", 10).len(), 5);
    archive::erase(&memory, Some(&[identity(2).conversation_id]), None).unwrap();
    while archive::catch_up(&memory, 3).unwrap() {}
    assert!(!archive::catch_up(&memory, 3).unwrap());
    let ten = asked(1, 10, "", "").turn.id.to_string();
    let order = [
        &ten,
        &turns[4],
        &messages[3],
        &turns[3],
        &turns[2],
        &messages[0],
        &turns[1],
        &messages[1],
        &turns[0],
    ];
    for limit in [1, 2, 4, 20] {
        assert_eq!(all(&memory, "tandem", limit), order.map(String::as_str));
    }
    let mine = SearchTurns { agent_id: Some(identity(1).agent_id), ..query("tandem") };
    assert_eq!(archive::search(&memory, &mine).unwrap().found.len(), 9);
    archive::erase(&memory, Some(&[identity(1).conversation_id]), None).unwrap();
    assert_eq!(memory.number("SELECT count(*) FROM said WHERE said MATCH 'tandem'"), 0);
    assert_eq!(memory.number("SELECT count(*) FROM spoken"), 0);
}

#[test]
fn what_visitor_and_member_wrote_is_found_with_who_wrote_it_and_notes_are_not() {
    let memory = open();
    let words = [
        said(1, 1, Speaker::Visitor, "My parcel with the teapot is late.", 1.0),
        said(1, 2, Speaker::System, "A teapot of the product's own.", 2.0),
        said(1, 3, Speaker::Member, "I look for your teapots, they left Kraków yesterday.", 3.0),
        said(1, 4, Speaker::Note, "Always the teapots.", 4.0),
    ];
    archive::store(&memory, &[asked(2, 5, "Do you sell a teapot?", "Yes.")], &words).unwrap();
    let found = archive::search(&memory, &query("teapot")).unwrap().found;
    let shown: Vec<_> = found
        .iter()
        .map(|hit| {
            let cut = |mark: &Mark| -> String {
                hit.excerpt
                    .text
                    .chars()
                    .skip(mark.from as usize)
                    .take((mark.to - mark.from) as usize)
                    .collect()
            };
            (hit.excerpt.speaker, hit.asked_at, hit.excerpt.marks.iter().map(cut).collect::<String>())
        })
        .collect();
    assert_eq!(
        shown,
        [
            (Side::Visitor, 5.0, "teapot".to_owned()),
            (Side::Member, 3.0, "teapots".to_owned()),
            (Side::Visitor, 1.0, "teapot".to_owned()),
        ]
    );
    assert_eq!(found[1].conversation_id, identity(1).conversation_id);
    assert_eq!(all(&memory, "krakow", 5), [words[2].message.id.as_str()]);
    assert_eq!(all(&memory, "always", 5), [""; 0], "a note");
    assert_eq!(all(&memory, "product", 5), [""; 0], "the product's own words");
    assert_eq!(all(&memory, "parcel yesterday", 5), [""; 0], "all words, in one message");
    let other = SearchTurns { agent_id: Some(identity(2).agent_id), ..query("teapot") };
    assert_eq!(archive::search(&memory, &other).unwrap().found.len(), 1);
    // Told again, they are stored once; erased before a time, the rest stays.
    archive::store(&memory, &[], &words).unwrap();
    archive::erase(&memory, Some(&[identity(1).conversation_id]), Some(3.0)).unwrap();
    assert_eq!(all(&memory, "teapot", 5).len(), 2);
    assert_eq!(memory.number("SELECT count(*) FROM said WHERE said MATCH 'parcel'"), 0);
}

/// What happens to an archive, in any order.
#[derive(Clone, Debug)]
enum Step {
    Turn {
        of: u64,
    },
    Message {
        of: u64,
        from: Speaker,
    },
    /// The same once more, with nothing new.
    Again,
    Erase {
        of: u64,
    },
    EraseBefore {
        of: u64,
    },
    Anew,
    CatchUp {
        most: u32,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let of = || 1_u64..4;
    let from = prop_oneof![
        3 => Just(Speaker::Visitor), 3 => Just(Speaker::Member), 1 => Just(Speaker::System), 1 => Just(Speaker::Note)
    ];
    prop_oneof![
        5 => of().prop_map(|of| Step::Turn { of }),
        5 => (of(), from).prop_map(|(of, from)| Step::Message { of, from }),
        1 => Just(Step::Again),
        1 => of().prop_map(|of| Step::Erase { of }),
        1 => of().prop_map(|of| Step::EraseBefore { of }),
        1 => Just(Step::Anew),
        2 => (1_u32..5).prop_map(|most| Step::CatchUp { most }),
    ]
}

proptest! {
    /// Whatever happened, each turn and each message between people that is kept is found once, newest first, in pages
    /// of any size, and nothing else.
    #[test]
    fn whatever_happened_what_is_kept_is_found_once_newest_first(
        steps in prop::collection::vec(step(), 1..60), limit in 1_u32..7,
    ) {
        let memory = open();
        // What is kept: of which conversation, when, its id, and whether it is found.
        let mut kept: Vec<(u64, f64, String, bool)> = Vec::new();
        let (mut now, mut last) = (0_u32, None);
        for step in steps {
            now += 1;
            let at = f64::from(now);
            match step {
                Step::Turn { of } => {
                    let record = asked(of, u64::from(now), "a tandem", "");
                    archive::store(&memory, std::slice::from_ref(&record), &[]).unwrap();
                    kept.push((of, at, record.turn.id.to_string(), true));
                    last = Some((vec![record], vec![]));
                }
                Step::Message { of, from } => {
                    let record = said(of, u64::from(now), from, "a tandem", at);
                    archive::store(&memory, &[], std::slice::from_ref(&record)).unwrap();
                    let found = matches!(from, Speaker::Visitor | Speaker::Member);
                    kept.push((of, at, record.message.id.to_string(), found));
                    last = Some((vec![], vec![record]));
                }
                Step::Again => {
                    if let Some((turns, messages)) = &last {
                        archive::store(&memory, turns, messages).unwrap();
                    }
                }
                Step::Erase { of } => {
                    archive::erase(&memory, Some(&[identity(of).conversation_id]), None).unwrap();
                    kept.retain(|one| one.0 != of);
                    last = None;
                }
                Step::EraseBefore { of } => {
                    let before = at / 2.0;
                    archive::erase(&memory, Some(&[identity(of).conversation_id]), Some(before)).unwrap();
                    kept.retain(|one| one.0 != of || one.1 >= before);
                    last = None;
                }
                Step::Anew => archive::index_anew(&memory).unwrap(),
                Step::CatchUp { most } => {
                    archive::catch_up(&memory, most).unwrap();
                }
            }
        }
        while archive::catch_up(&memory, 3).unwrap() {}
        let mut wanted: Vec<String> = kept.into_iter().filter(|one| one.3).map(|one| one.2).collect();
        wanted.reverse();
        prop_assert_eq!(all(&memory, "tandem", limit), wanted);
    }
}

#[test]
fn what_comes_together_is_found_in_the_order_of_its_time() {
    let memory = open();
    let turns = [asked(1, 30, "a tandem", ""), asked(1, 10, "a tandem", "")];
    let messages = [
        said(1, 40, Speaker::Member, "a tandem", 40.0),
        said(1, 20, Speaker::Visitor, "a tandem", 20.0),
        said(1, 5, Speaker::Visitor, "a tandem", 5.0),
    ];
    archive::store(&memory, &turns, &messages).unwrap();
    let at = archive::search(&memory, &query("tandem")).unwrap().found.into_iter().map(|hit| hit.asked_at);
    assert_eq!(at.collect::<Vec<_>>(), [40.0, 30.0, 20.0, 10.0, 5.0]);
}

#[test]
fn erasing_before_a_time_keeps_what_was_said_since() {
    let memory = open();
    archive::store(&memory, &[asked(1, 10, "a tandem", ""), asked(1, 20, "a tandem", "")], &[]).unwrap();
    archive::erase(&memory, Some(&[identity(1).conversation_id]), Some(20.0)).unwrap();
    assert_eq!(found(&memory, &query("tandem")), [20]);
    assert_eq!(archive::transcript(&memory, &identity(1).conversation_id).unwrap().len(), 1);
}

#[test]
fn an_archive_is_restored_from_its_rows_and_searched_as_before() {
    let (from, to) = (open(), open());
    let turns: Vec<_> =
        (1..=3).map(|n| record(1, turn(n, TurnState::Finished, "the harbour is open", n as f64))).collect();
    let words =
        [said(1, 1, Speaker::Member, "at the harbour", 2.5), said(1, 2, Speaker::Note, "harbour", 2.6)];
    archive::store(&from, &turns, &words).unwrap();
    for _ in 0..2 {
        for table in store::backup::tables(&from).unwrap() {
            let columns: Vec<String> = from
                .run(&store::backup::columns(&table).unwrap())
                .unwrap()
                .iter()
                .map(|row| row.text(0).unwrap().to_owned())
                .collect();
            for row in from.run(&store::backup::page(&table, &columns, 0).unwrap()).unwrap() {
                let row = store::backup::as_json(&row).unwrap();
                to.run(&store::backup::put(&table, &columns, &row).unwrap()).unwrap();
            }
        }
        archive::index_anew(&to).unwrap();
        while archive::catch_up(&to, 2).unwrap() {}
    }
    assert_eq!(store::backup::tables(&to).unwrap(), ["feedback", "messages", "turns"]);
    assert_eq!(
        archive::transcript(&to, &identity(1).conversation_id).unwrap(),
        archive::transcript(&from, &identity(1).conversation_id).unwrap()
    );
    let search = SearchTurns { query: "harbour".into(), agent_id: None, below: None, limit: 9 };
    assert_eq!(archive::search(&to, &search).unwrap(), archive::search(&from, &search).unwrap());
    assert_eq!(archive::search(&to, &search).unwrap().found.len(), 4);
}
