use std::cell::RefCell;

use protocol::api::CuratedContent;
use protocol::internal::{
    Curated, Documents, Hit, IndexedDocument, Keep, KeptAnswer, Passage, PutCurated, PutReply, PutTags,
    Remember, Retire, Search, Tagged,
};
use protocol::{AgentId, CuratedId, DocumentId, RunId, SourceId, WorkspaceId};
use rusqlite::types::Value as Stored;

use super::*;
use crate::{Row, Statement, Value};

pub(super) struct Memory {
    connection: rusqlite::Connection,
    runs: RefCell<usize>,
    /// Statements that were compiled anew to be run once more.
    compiled_again: RefCell<Vec<String>>,
}

impl Engine for Memory {
    fn run(&self, statement: &Statement) -> Result<Vec<Row>, Error> {
        assert!(statement.binds.len() <= 100 && statement.sql.len() < 100_000);
        *self.runs.borrow_mut() += 1;
        let fail = |error: rusqlite::Error| Error::Engine(error.to_string());
        let binds = statement.binds.iter().map(|value| match value {
            Value::Null => Stored::Null,
            Value::Integer(number) => Stored::Integer(*number),
            Value::Real(number) => Stored::Real(*number),
            Value::Text(text) => Stored::Text(text.clone()),
            Value::Blob(bytes) => Stored::Blob(bytes.clone()),
        });
        let mut prepared = self.connection.prepare_cached(&statement.sql).map_err(fail)?;
        let columns = prepared.column_count();
        let rows = prepared.query_map(rusqlite::params_from_iter(binds), |row| {
            let values = (0..columns).map(|column| {
                Ok(match row.get::<_, Stored>(column)? {
                    Stored::Integer(number) => Value::Integer(number),
                    Stored::Real(number) => Value::Real(number),
                    Stored::Text(text) => Value::Text(text),
                    Stored::Blob(bytes) => Value::Blob(bytes),
                    Stored::Null => Value::Null,
                })
            });
            values.collect::<rusqlite::Result<_>>().map(Row)
        });
        let found = rows.map_err(fail)?.collect::<rusqlite::Result<_>>().map_err(fail);
        if prepared.reset_status(rusqlite::StatementStatus::RePrepare) > 0 {
            self.compiled_again.borrow_mut().push(statement.sql.clone());
        }
        found
    }
}

pub(super) fn index() -> Memory {
    let memory = Memory {
        connection: rusqlite::Connection::open_in_memory().unwrap(),
        runs: RefCell::default(),
        compiled_again: RefCell::default(),
    };
    migrate(&memory).unwrap();
    migrate(&memory).unwrap();
    memory
}

pub(super) fn document(number: u128, run: u128, text: &str) -> IndexedDocument {
    let url = format!("https://inn.test/{number}");
    IndexedDocument {
        workspace_id: WorkspaceId::from_bits(1),
        agent_id: AgentId::from_bits(1),
        source_id: SourceId::from_bits(1),
        run_id: RunId::from_bits(run),
        document_id: DocumentId::from_bits(number),
        url: url.clone(),
        title: format!("Page {number}"),
        description: String::new(),
        language: Some("en".into()),
        content_hash: text.to_owned(),
        passages: text
            .split('|')
            .zip(0..)
            .map(|(part, ord)| Passage {
                ord,
                heading_path: vec!["Inn".into()],
                url: url.clone(),
                text: part.into(),
            })
            .collect(),
    }
}

fn find(memory: &Memory, question: &str) -> Vec<Hit> {
    ask(memory, question, 0.0).hits
}

fn searching(question: &str) -> Search {
    Search {
        answer_key: String::new(),
        workspace_id: WorkspaceId::from_bits(1),
        agent_id: AgentId::from_bits(1),
        question: question.into(),
        context: String::new(),
        limit: 6,
        page_url: None,
        language: None,
        tags: Vec::new(),
    }
}

pub(super) fn ask(memory: &Memory, question: &str, now_ms: f64) -> protocol::internal::SearchReply {
    search(memory, &searching(question), now_ms).unwrap()
}

/// SQLite compiles a statement at every run that compares two binds with columns of a join.
#[test]
fn a_search_compiles_nothing_anew() {
    let memory = index();
    put(&memory, &document(1, 1, "The sauna opens at nine.|Towels are free.")).unwrap();
    for question in ["When does the sauna open?", "Are towels free?", "When does the saunna open?"] {
        memory.compiled_again.take();
        assert!(!find(&memory, question).is_empty());
    }
    assert_eq!(memory.compiled_again.take(), [""; 0]);
}

#[test]
fn a_replaced_document_is_found_by_its_new_words_alone() {
    let memory = index();
    put(&memory, &document(1, 1, "The sauna opens at nine.")).unwrap();
    put(&memory, &document(1, 2, "The pool opens at ten.|Towels are free.")).unwrap();
    assert!(find(&memory, "sauna").is_empty());
    assert_eq!(find(&memory, "pool")[0].text, "The pool opens at ten.");
    let stats = stats(&memory).unwrap();
    assert_eq!((stats.documents, stats.passages, stats.generation), (1, 2, 2));
}

#[test]
fn putting_the_same_again_only_notes_the_run() {
    let memory = index();
    put(&memory, &document(1, 1, "The sauna opens at nine.")).unwrap();
    assert_eq!(
        put(&memory, &document(1, 2, "The sauna opens at nine.")).unwrap(),
        PutReply::Indexed { passages: 1 }
    );
    assert_eq!(stats(&memory).unwrap().generation, 1);
    let source_id = SourceId::from_bits(1);
    let retired = retire(
        &memory,
        &Retire {
            workspace_id: WorkspaceId::from_bits(1),
            agent_id: AgentId::from_bits(1),
            source_id,
            keep_run: Some(RunId::from_bits(2)),
            documents: Vec::new(),
        },
    );
    assert!(retired.unwrap().documents.is_empty());
}

#[test]
fn after_a_run_the_index_is_one_piece() {
    let memory = index();
    for page in 1..=9 {
        put(&memory, &document(page, 1, &format!("The sauna opens at {page}."))).unwrap();
    }
    let pieces = || {
        let counted = memory.run(&sql("SELECT count(DISTINCT segid) FROM words_idx")).unwrap();
        counted[0].integer::<u32>(0).unwrap()
    };
    assert!(pieces() > 1);
    let over = Retire {
        workspace_id: WorkspaceId::from_bits(1),
        agent_id: AgentId::from_bits(1),
        source_id: SourceId::from_bits(1),
        keep_run: Some(RunId::from_bits(1)),
        documents: Vec::new(),
    };
    retire(&memory, &over).unwrap();
    assert_eq!(pieces(), 1);
    assert!(!find(&memory, "sauna").is_empty());
}

#[test]
fn the_same_content_is_indexed_once() {
    let memory = index();
    put(&memory, &document(1, 1, "The sauna opens at nine.")).unwrap();
    let reply = put(&memory, &document(2, 1, "The sauna opens at nine.")).unwrap();
    assert_eq!(reply, PutReply::Duplicate { url: "https://inn.test/1".into() });
    assert_eq!(find(&memory, "sauna").len(), 1);
}

#[test]
fn content_moves_to_another_address_with_the_next_run() {
    let memory = index();
    put(&memory, &document(1, 1, "The sauna opens at nine.")).unwrap();
    put(&memory, &document(2, 2, "The sauna opens at nine.")).unwrap();
    let hits = find(&memory, "sauna");
    assert_eq!((hits.len(), hits[0].url.as_str()), (1, "https://inn.test/2"));
}

#[test]
fn what_a_run_did_not_see_again_is_forgotten() {
    let memory = index();
    put(&memory, &document(1, 1, "The sauna opens at nine.")).unwrap();
    put(&memory, &document(2, 2, "The pool opens at ten.")).unwrap();
    let mut order = Retire {
        workspace_id: WorkspaceId::from_bits(1),
        agent_id: AgentId::from_bits(1),
        source_id: SourceId::from_bits(1),
        keep_run: Some(RunId::from_bits(2)),
        documents: Vec::new(),
    };
    assert_eq!(retire(&memory, &order).unwrap().documents, [DocumentId::from_bits(1)]);
    assert!(find(&memory, "sauna").is_empty() && !find(&memory, "pool").is_empty());
    order.keep_run = None;
    assert_eq!(retire(&memory, &order).unwrap().documents.len(), 1);
    assert!(is_empty(&memory).unwrap());
    assert_eq!(stats(&memory).unwrap().passages, 0);
}

#[test]
fn a_kept_result_serves_half_an_hour_of_its_generation() {
    let memory = index();
    put(&memory, &document(1, 1, "The sauna opens at nine.")).unwrap();
    let first = ask(&memory, "When does the sauna open?", 0.0);
    assert!(!first.cached);
    let keep = Remember {
        known: false,
        answer_key: String::new(),
        answer: None,
        tags: Vec::new(),
        question: "When does the sauna open?".into(),
        generation: first.generation,
        hits: first.hits,
    };
    remember(&memory, &keep, 0.0).unwrap();
    assert!(ask(&memory, "when does the SAUNA open", 1_799_999.0).cached);
    assert!(!ask(&memory, "when does the sauna open", 1_800_000.0).cached);
    put(&memory, &document(2, 1, "The pool opens at ten.")).unwrap();
    assert!(!ask(&memory, "when does the sauna open", 1.0).cached);
    remember(&memory, &keep, 1.0).unwrap();
    assert!(
        !ask(&memory, "when does the sauna open", 2.0).cached,
        "a result of an older generation is not kept"
    );
}

#[test]
fn a_kept_answer_serves_five_minutes_of_its_generation_under_its_key_alone() {
    let memory = index();
    put(&memory, &document(1, 1, "The sauna opens at nine.")).unwrap();
    let answer = KeptAnswer {
        text: "At nine [1].".into(),
        citations: Vec::new(),
        confidence: 0.9,
        checks: protocol::answer::Checks::default(),
        provider: protocol::answer::Provider::WorkersAi,
        model: Some("m".into()),
    };
    let keep = Remember {
        known: true,
        answer_key: "1 en".into(),
        answer: Some(answer.clone()),
        question: "When does the sauna open?".into(),
        generation: ask(&memory, "sauna", 0.0).generation,
        hits: Vec::new(),
        tags: Vec::new(),
    };
    remember(&memory, &keep, 0.0).unwrap();
    let under = |key: &str, now: f64| {
        let search = Search { answer_key: key.into(), ..searching("When does the sauna open?") };
        super::search(&memory, &search, now).unwrap()
    };
    assert_eq!(under("1 en", 299_999.0).answer, Some(answer));
    assert!(!under("1 en", 1.0).hits.is_empty(), "the passages were known, so none were kept");
    for (key, now) in [("1 en", 300_000.0), ("2 en", 1.0), ("", 1.0)] {
        assert_eq!(under(key, now).answer, None, "{key} at {now}");
    }
    put(&memory, &document(2, 1, "The pool opens at ten.")).unwrap();
    assert_eq!(under("1 en", 1.0).answer, None, "something was learned");
    remember(&memory, &keep, 1.0).unwrap();
    assert_eq!(under("1 en", 2.0).answer, None, "what was answered from less is not kept");
}

#[test]
fn kept_results_are_bounded() {
    let memory = index();
    for number in 0..300_u32 {
        let keep = Remember {
            known: false,
            answer_key: String::new(),
            answer: None,
            question: format!("question {number}"),
            generation: 0,
            hits: Vec::new(),
            tags: Vec::new(),
        };
        remember(&memory, &keep, f64::from(number)).unwrap();
    }
    let rows = memory.run(&crate::sql::sql("SELECT count(*) FROM asked")).unwrap();
    assert_eq!(rows[0].integer::<u32>(0).unwrap(), 256);
    assert!(ask(&memory, "question 299", 300.0).cached && !ask(&memory, "question 1", 300.0).cached);
}

#[test]
fn near_duplicates_do_not_fill_the_places() {
    let memory = index();
    for number in 1..=8 {
        let text = format!(
            "The sauna of the inn opens at nine every day of the week except Monday, bring a towel {number}."
        );
        put(&memory, &document(number, 1, &text)).unwrap();
    }
    put(&memory, &document(9, 1, "Sauna prices are on the board.")).unwrap();
    let hits = find(&memory, "sauna");
    assert_eq!(hits.len(), 2, "{hits:?}");
}

#[test]
fn a_document_of_many_passages_takes_few_statements() {
    let memory = index();
    let text = vec!["The sauna opens at nine"; 500].join("|");
    let before = *memory.runs.borrow();
    put(&memory, &document(1, 1, &text)).unwrap();
    assert!(*memory.runs.borrow() - before < 12);
    assert_eq!(stats(&memory).unwrap().passages, 500);
}

#[test]
fn documents_are_listed_in_pages_without_the_overlap_of_passages() {
    let memory = index();
    put(&memory, &document(1, 1, "First part. Shared sentence in both.|Shared sentence in both. Last part."))
        .unwrap();
    put(&memory, &document(2, 1, "Another page.")).unwrap();
    let asked = Documents { source_id: SourceId::from_bits(1), after: None, limit: 1 };
    let page = documents(&memory, &asked).unwrap();
    assert_eq!(page.documents[0].text, "First part. Shared sentence in both. Last part.");
    assert_eq!(page.next, Some(DocumentId::from_bits(1)));
    let rest = documents(&memory, &Documents { after: page.next, ..asked }).unwrap();
    assert_eq!((rest.documents.len(), rest.next), (1, None));
}

#[test]
fn quotes_and_operators_of_a_question_are_only_words() {
    let memory = index();
    put(&memory, &document(1, 1, "The sauna opens at nine.")).unwrap();
    for question in ["\"sauna\" AND (", "sauna* NOT opens", "'; DROP TABLE passage; --", "", "?!", "a OR"] {
        find(&memory, question);
    }
    assert_eq!(find(&memory, "sauna NEAR").len(), 1);
}

#[test]
fn every_script_finds_its_passage() {
    let memory = index();
    let pages = [
        "营业时间为上午九点到下午六点。",
        "駐車場は店の裏にあります。",
        "يفتح المتجر في الساعة التاسعة صباحا.",
        "החנות נפתחת בשעה תשע.",
    ];
    for (number, text) in (1..).zip(pages) {
        put(&memory, &document(number, 1, text)).unwrap();
    }
    for (question, text) in ["你们的营业时间？", "駐車場はありますか", "متى يفتح المتجر؟", "מתי נפתחת החנות?"]
        .into_iter()
        .zip(pages)
    {
        assert_eq!(find(&memory, question)[0].text, text);
    }
}

pub(super) fn curated(revision: u64, patterns: &[&str]) -> PutCurated {
    let answer = |(number, pattern): (u128, &&str)| Curated {
        id: CuratedId::from_bits(number),
        content: CuratedContent {
            pattern: (*pattern).to_owned(),
            keywords: String::new(),
            answer: format!("About {pattern}."),
            pages: String::new(),
            languages: Vec::new(),
            enabled: true,
        },
    };
    PutCurated {
        workspace_id: WorkspaceId::from_bits(1),
        agent_id: AgentId::from_bits(1),
        revision,
        answers: (1..).zip(patterns).map(answer).collect(),
    }
}

#[test]
fn curated_answers_replace_the_earlier_and_an_older_set_changes_nothing() {
    let memory = index();
    assert_eq!(curated_revision(&memory).unwrap(), None, "nobody looked yet");
    put_curated(&memory, &curated(0, &[])).unwrap();
    assert_eq!(curated_revision(&memory).unwrap(), Some(0));
    put_curated(&memory, &curated(2, &["Sauna", "Pool"])).unwrap();
    put_curated(&memory, &curated(1, &["Sauna hours"])).unwrap();
    let hit = |question: &str| ask(&memory, question, 0.0).curated;
    assert_eq!(hit("pool?").unwrap().answer, "About Pool.");
    assert_eq!(hit("pool?").unwrap().id, CuratedId::from_bits(2));
    assert!(hit("sauna hours").is_none());
    put_curated(&memory, &curated(3, &[])).unwrap();
    assert!(hit("pool?").is_none());
    let many: Vec<String> = (0..500).map(|n| format!("Question number {n}")).collect();
    put_curated(&memory, &curated(4, &many.iter().map(String::as_str).collect::<Vec<_>>())).unwrap();
    assert_eq!(hit("question number 499").unwrap().answer, "About Question number 499.");
}

#[test]
fn a_kept_result_comes_with_the_curated_answer_of_now() {
    let memory = index();
    put(&memory, &document(1, 1, "The pool opens at ten.")).unwrap();
    let before = ask(&memory, "pool", 0.0);
    let remembered = Remember {
        known: false,
        answer_key: String::new(),
        answer: None,
        question: "pool".into(),
        generation: before.generation,
        hits: before.hits.clone(),
        tags: Vec::new(),
    };
    remember(&memory, &remembered, 0.0).unwrap();
    assert!(ask(&memory, "pool", 1.0).cached);
    put_curated(&memory, &curated(1, &["Pool"])).unwrap();
    let after = ask(&memory, "pool", 2.0);
    assert!(
        after.generation > before.generation && !after.cached,
        "what was found before is not given again"
    );
    assert_eq!(after.curated.as_ref().map(|hit| hit.answer.as_str()), Some("About Pool."));
    remember(&memory, &Remember { generation: after.generation, ..remembered }, 3.0).unwrap();
    let kept = ask(&memory, "pool", 4.0);
    assert!(kept.cached && kept.curated.is_some() && kept.hits.len() == 1);
}

#[test]
fn some_documents_of_a_source_are_forgotten_and_others_stay() {
    let memory = index();
    for number in 1..=3 {
        put(&memory, &document(number, 1, &format!("Word{number} is here."))).unwrap();
    }
    let some = Retire {
        workspace_id: WorkspaceId::from_bits(1),
        agent_id: AgentId::from_bits(1),
        source_id: SourceId::from_bits(1),
        keep_run: None,
        documents: vec![DocumentId::from_bits(2), DocumentId::from_bits(9)],
    };
    assert_eq!(retire(&memory, &some).unwrap().documents, [DocumentId::from_bits(2)]);
    assert_eq!(retire(&memory, &Retire { source_id: SourceId::from_bits(2), ..some }).unwrap().documents, []);
    assert_eq!(stats(&memory).unwrap().documents, 2);
    assert!(find(&memory, "word2").is_empty() && !find(&memory, "word3").is_empty());
}

#[test]
fn what_a_run_has_seen_stays_and_what_is_not_known_is_named() {
    let memory = index();
    for number in 1..=3 {
        put(&memory, &document(number, 1, &format!("Word{number} is here."))).unwrap();
    }
    let generation = stats(&memory).unwrap().generation;
    let seen = Keep {
        workspace_id: WorkspaceId::from_bits(1),
        agent_id: AgentId::from_bits(1),
        source_id: SourceId::from_bits(1),
        run_id: RunId::from_bits(2),
        documents: vec![DocumentId::from_bits(1), DocumentId::from_bits(9)],
    };
    assert_eq!(keep(&memory, &seen).unwrap().missing, [DocumentId::from_bits(9)]);
    assert_eq!(stats(&memory).unwrap().generation, generation, "what was found before still holds");
    let elsewhere = Keep { source_id: SourceId::from_bits(2), ..seen.clone() };
    assert_eq!(keep(&memory, &elsewhere).unwrap().missing.len(), 2, "another source's is not its own");
    let gone = Retire {
        workspace_id: seen.workspace_id,
        agent_id: seen.agent_id,
        source_id: seen.source_id,
        keep_run: Some(seen.run_id),
        documents: Vec::new(),
    };
    assert_eq!(retire(&memory, &gone).unwrap().documents.len(), 2);
    assert!(!find(&memory, "word1").is_empty() && find(&memory, "word2").is_empty());
}

#[test]
fn a_filter_admits_what_has_one_of_its_tags_or_whose_source_has() {
    let memory = index();
    for number in 1..=3 {
        put(&memory, &document(number, 1, &format!("The harbour has word{number}."))).unwrap();
    }
    let of = |revision: u64, tagged: &[(String, &str)]| PutTags {
        workspace_id: WorkspaceId::from_bits(1),
        agent_id: AgentId::from_bits(1),
        revision,
        tagged: tagged
            .iter()
            .map(|(subject, tag)| Tagged { subject: subject.clone(), tags: vec![(*tag).to_owned()] })
            .collect(),
    };
    let (one, source) = (DocumentId::from_bits(1).to_string(), SourceId::from_bits(1).to_string());
    let ask = |tags: &[&str]| {
        let asked = Search {
            answer_key: String::new(),
            workspace_id: WorkspaceId::from_bits(1),
            agent_id: AgentId::from_bits(1),
            question: "harbour".into(),
            context: String::new(),
            limit: 6,
            page_url: None,
            language: None,
            tags: tags.iter().map(ToString::to_string).collect(),
        };
        let reply = search(&memory, &asked, 0.0).unwrap();
        assert_eq!(reply.admitted.is_some(), !tags.is_empty());
        (reply.hits.len(), reply.admitted.map(|admitted| admitted.len()))
    };
    put_tags(&memory, &of(2, &[(one.clone(), "quay")])).unwrap();
    assert_eq!((ask(&[]).0, ask(&["quay", "x"]), ask(&["x"])), (3, (1, Some(1)), (0, Some(0))));
    put_tags(&memory, &of(1, &[(one.clone(), "x")])).unwrap();
    assert_eq!(ask(&["x"]).0, 0, "an older set changes nothing");
    put_tags(&memory, &of(3, &[(source, "all"), (one, "quay")])).unwrap();
    assert_eq!((ask(&["all"]).0, ask(&["quay"]).0), (3, 1));
    put(&memory, &document(4, 1, "The harbour has word4.")).unwrap();
    assert_eq!(ask(&["all"]).0, 4, "what comes later has its source's tags");
}

#[test]
fn a_result_is_kept_for_its_own_filter_alone() {
    let memory = index();
    put(&memory, &document(1, 1, "The harbour is open.")).unwrap();
    let found = ask(&memory, "harbour", 0.0);
    let kept = Remember {
        known: false,
        answer_key: String::new(),
        answer: None,
        question: "harbour".into(),
        tags: vec!["quay".into()],
        generation: found.generation,
        hits: found.hits,
    };
    remember(&memory, &kept, 1.0).unwrap();
    assert!(!ask(&memory, "harbour", 2.0).cached);
    remember(&memory, &Remember { tags: Vec::new(), ..kept }, 3.0).unwrap();
    assert!(ask(&memory, "harbour", 4.0).cached);
}

#[test]
fn a_slip_still_finds_and_another_word_does_not() {
    let memory = index();
    put(&memory, &document(1, 1, "We repair bicycles and tandems.|Delivery costs five pounds.")).unwrap();
    for question in ["bycicles", "bicylces", "delivrey", "dellivery"] {
        assert!(!find(&memory, question).is_empty(), "{question}");
    }
    assert!(find(&memory, "wedding").is_empty());
}

#[test]
fn a_compound_finds_the_text_that_says_it_in_two_words() {
    let memory = index();
    let text = "Die Miete für ein Fahrrad ist am Abend zu zahlen und wird nach Stunden berechnet.";
    let german = IndexedDocument { language: Some("de".into()), ..document(1, 1, text) };
    put(&memory, &german).unwrap();
    assert!(!find(&memory, "Wie hoch ist die Fahrradmiete?").is_empty());
}

#[test]
fn a_question_that_goes_on_is_found_with_what_was_asked_before() {
    let memory = index();
    put(&memory, &document(1, 1, "The sauna costs nine pounds.")).unwrap();
    put(&memory, &document(2, 1, "The boat costs twelve pounds.")).unwrap();
    let mut asked = Search {
        answer_key: String::new(),
        workspace_id: WorkspaceId::from_bits(1),
        agent_id: AgentId::from_bits(1),
        question: "How much is it?".into(),
        context: "Is there a sauna?".into(),
        limit: 6,
        page_url: None,
        language: None,
        tags: Vec::new(),
    };
    assert!(search(&memory, &asked, 0.0).unwrap().hits[0].text.contains("sauna"));
    asked.context = "Is there a boat?".into();
    assert!(search(&memory, &asked, 0.0).unwrap().hits[0].text.contains("boat"));
}

#[test]
fn an_index_of_another_form_is_dropped_and_may_be_built_again() {
    let memory = index();
    put(&memory, &document(1, 1, "The sauna opens at nine.")).unwrap();
    migrate(&memory).unwrap();
    assert!(!is_empty(&memory).unwrap());
    memory.run(&sql("UPDATE form SET version = version - 1")).unwrap();
    migrate(&memory).unwrap();
    assert!(is_empty(&memory).unwrap());
    put(&memory, &document(1, 1, "The sauna opens at nine.")).unwrap();
    assert_eq!(find(&memory, "sauna").len(), 1);
}
