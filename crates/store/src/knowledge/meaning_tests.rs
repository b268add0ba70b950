use protocol::internal::{Place, Retire, Space};
use protocol::{AgentId, DocumentId, RunId, SourceId, WorkspaceId};

use super::meaning::*;
use super::nearest::{close, lines_lacking, nearest, put_lines};
use super::quantised::Question;
use super::tests::{Memory, ask, curated, document, index};
use super::{meaning::stats, put, put_curated, remember, retire};

const HOUR: f64 = 3_600_000.0;

fn space(model: &str, place: Place) -> Space {
    Space { model: model.into(), place }
}

fn owned() -> Memory {
    let memory = index();
    belongs_to(&memory, &WorkspaceId::from_bits(1), &AgentId::from_bits(1)).unwrap();
    memory
}

/// Revisions as they come from randomness.
fn fresh() -> impl Fn() -> String {
    let next = std::cell::Cell::new(0_u64);
    move || {
        next.set(next.get() + 1);
        format!("{:016x}", next.get().wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }
}

/// A vector per passage, told apart by its first words.
fn vectors(work: &Work) -> Vec<Vec<f32>> {
    let vector = |text: &str| {
        let mut vector = vec![0.0_f32; 26];
        text.bytes().filter(u8::is_ascii_lowercase).for_each(|b| vector[usize::from(b - b'a')] += 1.0);
        vector
    };
    work.passages.iter().map(|passage| vector(&passage.text)).collect()
}

/// Embeds all that lacks vectors.
fn embed(memory: &Memory, space: &Space, fresh: &dyn Fn() -> String) -> Vec<Work> {
    let mut done = Vec::new();
    loop {
        let works = lacking(memory, space, 100, fresh).unwrap();
        if works.is_empty() {
            break;
        }
        for work in works {
            assert!(live(memory, space, &work, &vectors(&work)).unwrap());
            done.push(work);
        }
    }
    settle(memory, space).unwrap();
    done
}

fn dead_ones(memory: &Memory, now: f64) -> Vec<String> {
    dead(memory, 10_000, now).unwrap().into_iter().map(|gone| gone.revision).collect()
}

fn all() -> Retire {
    Retire {
        workspace_id: WorkspaceId::from_bits(1),
        agent_id: AgentId::from_bits(1),
        source_id: SourceId::from_bits(1),
        keep_run: None,
        documents: Vec::new(),
    }
}

#[test]
fn a_replaced_document_and_a_forgotten_one_are_listed_as_dead_at_once() {
    let (memory, fresh, at) = (owned(), fresh(), space("m", Place::Index));
    for (number, text) in [(1, "first text|more"), (2, "second text")] {
        put(&memory, &document(number, 1, text)).unwrap();
    }
    let works = embed(&memory, &at, &fresh);
    let of = |number: u128| {
        works.iter().find(|work| work.document == DocumentId::from_bits(number)).unwrap().revision.clone()
    };
    let listed = || meaning(&memory, Some(&at)).unwrap().unwrap().dead;
    assert_eq!(listed(), "");

    put(&memory, &document(1, 2, "first text|more")).unwrap();
    assert_eq!(listed(), "", "what was seen again unchanged stays");
    assert!(!is_lacking(&memory, &at).unwrap(), "and is not embedded again");

    put(&memory, &document(1, 2, "changed text")).unwrap();
    assert_eq!(listed(), of(1)[..8]);
    retire(&memory, &Retire { keep_run: Some(RunId::from_bits(2)), ..all() }).unwrap();
    assert_eq!(listed().len(), 16);
    assert!(listed().contains(&of(2)[..8]));

    let again = embed(&memory, &at, &fresh);
    assert_eq!(again.len(), 1);
    assert!(!listed().contains(&again[0].revision[..8]));
    put(&memory, &document(1, 3, "first text|more")).unwrap();
    let back = embed(&memory, &at, &fresh);
    assert_ne!(back[0].revision, of(1), "content that comes back gets a revision of its own");
}

#[test]
fn the_dead_leave_the_index_twice_and_the_list_after_a_day() {
    let (memory, fresh, at) = (owned(), fresh(), space("m", Place::Index));
    put(&memory, &document(1, 1, "a|b|c")).unwrap();
    embed(&memory, &at, &fresh);
    retire(&memory, &all()).unwrap();
    let listed = || meaning(&memory, Some(&at)).unwrap().unwrap().dead.len();
    let mut told = Vec::new();
    for minute in 0..(26 * 60) {
        let now = f64::from(minute) * 60_000.0;
        let gone = dead(&memory, 10_000, now).unwrap();
        if !gone.is_empty() {
            assert_eq!((gone.len(), gone[0].places, gone[0].dimensions, gone[0].survived), (1, 3, 26, false));
            told.push(now / HOUR);
            removed(&memory, &gone, now).unwrap();
        }
        assert_eq!(listed() == 0, now >= 24.0 * HOUR, "at {minute}");
    }
    assert_eq!(told, [0.0, 1.0, 24.0]);
    assert_eq!(next_removal(&memory).unwrap(), None);
}

#[test]
fn vectors_that_come_late_to_a_dead_revision_bring_nothing_back() {
    let (memory, fresh, at) = (owned(), fresh(), space("m", Place::Here));
    put(&memory, &document(1, 1, "quiet rooms")).unwrap();
    settle(&memory, &at).unwrap();
    let work = lacking(&memory, &at, 100, &fresh).unwrap().remove(0);
    let again = lacking(&memory, &at, 100, &fresh).unwrap().remove(0);
    assert_eq!((again.revision.as_str(), again.known), (work.revision.as_str(), true), "cut off, it goes on");
    retire(&memory, &all()).unwrap();
    assert!(!live(&memory, &at, &work, &vectors(&work)).unwrap());
    let question = Question::new(&vectors(&work)[0]);
    assert!(nearest(&memory, "m", &question, 5).unwrap().is_empty());
}

#[test]
fn the_nearest_are_found_exactly_and_only_among_what_is_there() {
    let (memory, fresh, at) = (owned(), fresh(), space("m", Place::Here));
    let many =
        (0..230).map(|n| format!("{}zz", "abcdefghij".repeat(n % 7 + 1))).collect::<Vec<_>>().join("|");
    put(&memory, &document(1, 1, &many)).unwrap();
    put(&memory, &document(2, 1, "xylophone|quay|vortex")).unwrap();
    put(&memory, &document(3, 1, "vortices")).unwrap();
    embed(&memory, &at, &fresh);
    let ask = |text: &str| {
        let asked = Work { passages: document(9, 1, text).passages, ..lacking_none() };
        nearest(&memory, "m", &Question::new(&vectors(&asked)[0]), 3).unwrap()
    };
    let texts = |text: &str| ask(text).into_iter().map(|hit| hit.text).collect::<Vec<_>>();
    assert_eq!(texts("vortex")[..2], ["vortex", "vortices"]);
    let best = &ask("quay")[0];
    assert_eq!((best.text.as_str(), best.ord, best.words), ("quay", 1, None));
    assert!(best.meaning.unwrap() > 0.99);
    put(&memory, &document(2, 2, "xylophone|quay")).unwrap();
    assert!(!texts("vortex").contains(&"vortex".to_owned()), "gone with its revision");
    assert!(meaning(&memory, Some(&at)).unwrap().is_some());
    assert!(meaning(&memory, None).unwrap().is_none());
}

fn lacking_none() -> Work {
    Work {
        document: DocumentId::from_bits(9),
        revision: String::new(),
        known: false,
        url: String::new(),
        title: String::new(),
        content_hash: String::new(),
        passages: Vec::new(),
    }
}

#[test]
fn more_passages_than_are_compared_here_are_found_by_words_and_say_so() {
    let (memory, fresh, at) = (owned(), fresh(), space("m", Place::Here));
    put(&memory, &document(1, 1, "a|b")).unwrap();
    embed(&memory, &at, &fresh);
    assert!(stats(&memory, &at).unwrap().serving);
    for number in 2..14 {
        let text = (0..450).map(|n| format!("passage {number} {n}")).collect::<Vec<_>>().join("|");
        put(&memory, &document(number, 1, &text)).unwrap();
    }
    assert!(is_too_large(&memory).unwrap());
    assert!(meaning(&memory, Some(&at)).unwrap().is_none());
    let told = stats(&memory, &at).unwrap();
    assert!(!told.serving && told.note.unwrap().contains("Bind Vectorize"));
    assert!(stats(&memory, &space("m", Place::Index)).unwrap().note.is_none());
}

#[test]
fn a_changed_model_serves_when_everything_is_embedded_and_the_old_one_dies() {
    let (memory, fresh) = (owned(), fresh());
    let (old, new) = (space("old", Place::Here), space("new", Place::Here));
    for number in 1..=3 {
        put(&memory, &document(number, 1, &format!("text {number}"))).unwrap();
    }
    embed(&memory, &old, &fresh);
    assert_eq!(serving(&memory).unwrap(), Some(old.clone()));
    let first = lacking(&memory, &new, 1, &fresh).unwrap();
    assert_eq!(first.len(), 1, "a step is bounded");
    live(&memory, &new, &first[0], &vectors(&first[0])).unwrap();
    assert!(!settle(&memory, &new).unwrap());
    assert_eq!(meaning(&memory, Some(&new)).unwrap().unwrap().space, old);
    put(&memory, &document(4, 1, "text 4")).unwrap();
    assert!(is_lacking(&memory, &old).unwrap() && is_lacking(&memory, &new).unwrap(), "both get what is new");
    let question = Question::new(&vectors(&first[0])[0]);
    assert_eq!(nearest(&memory, "old", &question, 9).unwrap().len(), 3);
    embed(&memory, &new, &fresh);
    assert_eq!(serving(&memory).unwrap(), Some(new.clone()));
    assert_eq!(nearest(&memory, "old", &question, 9).unwrap().len(), 0);
    assert_eq!(nearest(&memory, "new", &question, 9).unwrap().len(), 4);
    let gone = dead(&memory, 10_000, 0.0).unwrap();
    assert!(gone.len() == 3 && gone.iter().all(|gone| gone.space == old && !gone.survived));
    assert_eq!(stats(&memory, &new).unwrap().passages, 4);
}

#[test]
fn the_same_model_in_another_place_keeps_what_r2_has() {
    let (memory, fresh) = (owned(), fresh());
    let (here, there) = (space("m", Place::Here), space("m", Place::Index));
    put(&memory, &document(1, 1, "text")).unwrap();
    embed(&memory, &here, &fresh);
    embed(&memory, &there, &fresh);
    let gone = dead(&memory, 10_000, 0.0).unwrap();
    assert!(gone.len() == 1 && gone[0].space == here && gone[0].survived);
    removed(&memory, &gone, 0.0).unwrap();
    assert!(dead_ones(&memory, 100.0 * HOUR).is_empty(), "no index has to be told");
}

#[test]
fn what_a_model_refuses_is_tried_alone_and_given_up() {
    let (memory, fresh, at) = (owned(), fresh(), space("m", Place::Here));
    put(&memory, &document(1, 1, "poison")).unwrap();
    put(&memory, &document(2, 1, "good")).unwrap();
    let mut sizes = Vec::new();
    for _ in 0..20 {
        let works = lacking(&memory, &at, 100, &fresh).unwrap();
        if works.is_empty() {
            break;
        }
        sizes.push(works.len());
        if works.iter().any(|work| work.passages[0].text == "poison") {
            refused(&memory, &works).unwrap();
        } else {
            for work in &works {
                live(&memory, &at, work, &vectors(work)).unwrap();
            }
        }
    }
    assert_eq!(sizes[..2], [2, 2]);
    assert!(sizes[2..].iter().all(|size| *size == 1), "{sizes:?}");
    let told = stats(&memory, &at).unwrap();
    assert!(told.note.unwrap().contains("refuses 1 documents"));
    settle(&memory, &at).unwrap();
    assert!(stats(&memory, &at).unwrap().serving, "it does not hold up the others");
    put(&memory, &document(1, 2, "edited")).unwrap();
    assert_eq!(embed(&memory, &at, &fresh).len(), 1, "other content is tried anew");
}

#[test]
fn a_lost_index_takes_its_vectors_from_r2_and_knows_what_is_dead() {
    let (memory, fresh, at) = (owned(), fresh(), space("m", Place::Index));
    put(&memory, &document(1, 1, "kept|too")).unwrap();
    put(&memory, &document(2, 1, "gone")).unwrap();
    let works = embed(&memory, &at, &fresh);
    let kept: Vec<_> = works.iter().map(|work| stored(&at, work, &vectors(work))).collect();

    let lost = owned();
    put(&lost, &document(1, 5, "kept|too")).unwrap();
    for stored in kept.iter().chain(&kept) {
        restore(&lost, stored).unwrap();
    }
    let back = lacking(&lost, &at, 100, &fresh).unwrap();
    assert_eq!(back.len(), 1);
    assert!(back[0].known);
    let own = kept.iter().find(|stored| stored.document_id == back[0].document).unwrap();
    assert_eq!(back[0].revision, own.revision);
    assert_eq!(unpacked(own, &back[0]).unwrap().len(), 2);
    assert_eq!(dead_ones(&lost, 0.0), [works[1].revision.clone()]);

    let changed = owned();
    put(&changed, &document(1, 6, "changed")).unwrap();
    restore(&changed, own).unwrap();
    assert_eq!(dead_ones(&changed, 0.0), std::slice::from_ref(&own.revision));
    let anew = lacking(&changed, &at, 100, &fresh).unwrap();
    assert!(!anew[0].known && unpacked(own, &anew[0]).is_none());
}

#[test]
fn a_result_found_before_a_deletion_is_never_given_after_it() {
    let (memory, fresh, at) = (owned(), fresh(), space("m", Place::Here));
    put(&memory, &document(1, 1, "The harbour opens at nine.")).unwrap();
    embed(&memory, &at, &fresh);
    let before = ask(&memory, "When does the harbour open?", 0.0);
    retire(&memory, &all()).unwrap();
    let late = protocol::internal::Remember {
        known: false,
        answer_key: String::new(),
        answer: None,
        question: "When does the harbour open?".into(),
        tags: Vec::new(),
        generation: before.generation,
        hits: before.hits,
    };
    remember(&memory, &late, 1.0).unwrap();
    let after = ask(&memory, "When does the harbour open?", 2.0);
    assert!(!after.cached && after.hits.is_empty());
}

#[test]
fn a_curated_answer_is_close_by_meaning_and_the_next_asker_gets_it_from_memory() {
    let memory = owned();
    let set = curated(1, &["Is there parking?"]);
    put_curated(&memory, &set).unwrap();
    assert_eq!(lines_lacking(&memory, "m", &["m"]).unwrap(), ["Is there parking?"]);
    put_lines(&memory, "m", &["Is there parking?".into()], &[vec![1.0, 0.2, 0.0]]).unwrap();
    assert!(lines_lacking(&memory, "m", &["m"]).unwrap().is_empty());
    let asked = domain::curated::Asked {
        question: "Where may I leave my car?",
        page_url: None,
        language: Some("en"),
    };
    let far = Question::new(&[0.0, 1.0, 0.0]);
    assert!(close(&memory, "m", &far, &asked).unwrap().is_none());
    assert!(ask(&memory, asked.question, 0.0).curated.is_none());
    let near = Question::new(&[1.0, 0.3, 0.0]);
    assert!(close(&memory, "other", &near, &asked).unwrap().is_none());
    let found = close(&memory, "m", &near, &asked).unwrap().unwrap();
    assert_eq!(
        (found.by, found.answer.as_str()),
        (protocol::internal::CuratedMatch::Closeness, "About Is there parking?.")
    );
    assert!(found.score > 0.98);
    assert_eq!(ask(&memory, "where may I leave my CAR", 0.0).curated.unwrap().id, found.id);
    put(&memory, &document(1, 1, "News.")).unwrap();
    assert!(ask(&memory, asked.question, 0.0).curated.is_none(), "compared anew in every generation");
    let gone = curated(2, &[]);
    put_curated(&memory, &gone).unwrap();
    assert!(lines_lacking(&memory, "m", &["m"]).unwrap().is_empty());
    assert!(close(&memory, "m", &near, &asked).unwrap().is_none());
}
