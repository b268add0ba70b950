//! Behaviour of the `Archive` object's tables.

// Helpers of tests may panic as tests may.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{Memory, identity, record, said, turn};
use protocol::api::{Side, TurnState};
use protocol::handover::Speaker;
use protocol::internal::SearchTurns;
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
    archive::store(&memory, &[first.clone(), first.clone()]).unwrap();
    archive::store(&memory, &[again]).unwrap();
    assert_eq!(archive::transcript(&memory, &identity(1).conversation_id).unwrap(), [first.turn]);
}

#[test]
fn a_transcript_is_in_the_order_of_asking_whatever_the_order_of_arrival() {
    let memory = open();
    let turns = [turn(3, TurnState::Finished, "c", 30.0), turn(1, TurnState::Stopped, "a", 10.0)];
    archive::store(&memory, &turns.map(|turn| record(1, turn))).unwrap();
    // Two of the same millisecond are ordered by their ids, which grow.
    let same = [turn(5, TurnState::Finished, "e", 20.0), turn(4, TurnState::Failed, "d", 20.0)];
    archive::store(&memory, &same.map(|turn| record(1, turn))).unwrap();
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
    archive::store(&memory, &[record(1, turn(1, TurnState::Finished, "mine", 2.0)), other]).unwrap();
    let mine = archive::transcript(&memory, &identity(1).conversation_id).unwrap();
    assert_eq!(mine.iter().map(|turn| turn.answer.as_str()).collect::<Vec<_>>(), ["mine"]);
    assert!(archive::transcript(&memory, &identity(3).conversation_id).unwrap().is_empty());
}

#[test]
fn migrating_again_keeps_what_is_there() {
    let memory = open();
    archive::store(&memory, &[record(1, turn(1, TurnState::Finished, "kept", 1.0))]).unwrap();
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
        archive::store(&memory, &[record]).unwrap();
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
    archive::store_messages(&memory, &spoken).unwrap();
    archive::store_messages(&memory, &spoken).unwrap();
    archive::store_messages(&memory, &[said(2, 3, Speaker::Note, "other", 15.0)]).unwrap();
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
    archive::search(memory, search).unwrap().found.iter().map(|hit| numbered(&hit.turn_id)).collect()
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
    archive::store(&memory, &records).unwrap();
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
    archive::store(&memory, &[asked(1, 1, "a tandem", ""), asked(2, 2, "a tandem", "")]).unwrap();
    archive::erase(&memory, Some(&[identity(1).conversation_id]), None).unwrap();
    assert_eq!(found(&memory, &query("tandem")), [2]);
    assert_eq!(memory.number("SELECT count(*) FROM said WHERE said MATCH 'tandem'"), 1);
    archive::erase(&memory, None, None).unwrap();
    assert_eq!(memory.number("SELECT count(*) FROM said WHERE said MATCH 'tandem'"), 0);
    // What comes afterwards under the same numbers is found as itself.
    archive::store(&memory, &[asked(3, 3, "a bicycle", "")]).unwrap();
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
    archive::store(&memory, &[asked(1, 6, "tandem 6", "Yes.")]).unwrap();
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

#[test]
fn erasing_before_a_time_keeps_what_was_said_since() {
    let memory = open();
    archive::store(&memory, &[asked(1, 10, "a tandem", ""), asked(1, 20, "a tandem", "")]).unwrap();
    archive::erase(&memory, Some(&[identity(1).conversation_id]), Some(20.0)).unwrap();
    assert_eq!(found(&memory, &query("tandem")), [20]);
    assert_eq!(archive::transcript(&memory, &identity(1).conversation_id).unwrap().len(), 1);
}

#[test]
fn an_archive_is_restored_from_its_rows_and_searched_as_before() {
    let (from, to) = (open(), open());
    let turns: Vec<_> =
        (1..=3).map(|n| record(1, turn(n, TurnState::Finished, "the harbour is open", n as f64))).collect();
    archive::store(&from, &turns).unwrap();
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
    assert_eq!(archive::search(&to, &search).unwrap().found.len(), 3);
}
