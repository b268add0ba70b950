//! Home and a replica, with what travels between them delayed, repeated and cut off.

use std::collections::HashMap;

use protocol::internal::{IndexedDocument, Place, PutTags, Retire, Space, StoredVectors, Tagged};
use protocol::replica::Follow;
use protocol::{AgentId, DocumentId, Region, SourceId, WorkspaceId};

use super::incoming::{self, Copied};
use super::meaning::{self, belongs_to, lacking, live, settle, stored};
use super::nearest::{lines_lacking, put_lines};
use super::outgoing::{self, Replica};
use super::tests::{Memory, curated, document, index};
use super::*;
use crate::Value;

const WEUR: Region = Region::Weur;

fn home() -> Memory {
    let memory = index();
    belongs_to(&memory, &WorkspaceId::from_bits(1), &AgentId::from_bits(1)).unwrap();
    memory
}

fn replica() -> Memory {
    let memory = index();
    incoming::become_replica(&memory, &WorkspaceId::from_bits(1), &AgentId::from_bits(1), WEUR).unwrap();
    memory
}

fn copied(memory: &Memory) -> Copied {
    incoming::copied(memory).unwrap().unwrap()
}

/// Everything that a question may meet.
fn known(memory: &Memory) -> Vec<Vec<Value>> {
    [
        "SELECT 'd', d.id, d.source, d.url, d.title, d.language, d.stems, d.hash, d.passages, p.key % 65536, p.url, p.path, p.text, p.head, p.body
         FROM document AS d JOIN passage AS p ON p.key / 65536 = d.key ORDER BY 2, 10",
        "SELECT 'f', stems, documents, passages FROM tally WHERE documents <> 0 ORDER BY 2",
        "SELECT 'w', term, doc, cnt FROM term ORDER BY 2",
        "SELECT 'c', at, id, answer, prepared FROM curated ORDER BY 2",
        "SELECT 't', subject, tag FROM tag ORDER BY 2, 3",
        "SELECT 'l', line, model, dimensions, bytes FROM curated_vector ORDER BY 2, 3",
        "SELECT 's', model, place FROM meaning",
        "SELECT 'v', d.id, v.first % 65536, v.model, v.dimensions, v.bytes FROM vector AS v
         JOIN document AS d ON d.key = v.first / 65536 ORDER BY 2, 3, 4",
        "SELECT 'x', count(*) FROM vector",
        "SELECT 'r', revision, model FROM embedded WHERE state = 2 AND place = 'index' ORDER BY 2",
    ]
    .iter()
    .flat_map(|query| memory.run(&sql(*query)).unwrap())
    .map(|row| row.0)
    .collect()
}

/// What R2 holds, which may lag behind home or be ahead of a replica.
#[derive(Default)]
struct Files {
    documents: HashMap<DocumentId, IndexedDocument>,
    vectors: HashMap<(DocumentId, String), StoredVectors>,
}

/// Builds up to the moment before the replica answers.
fn begin(home: &Memory, replica: &Memory, files: &Files, epoch: &str) {
    incoming::begin(replica, epoch, 1_000.0).unwrap();
    let reply = outgoing::join(home, WEUR, epoch).unwrap();
    let mut lacking = incoming::joined(replica, &copied(replica), reply).unwrap();
    files.documents.values().for_each(|document| lacking.document(replica, document).unwrap());
    files.vectors.values().for_each(|stored| lacking.revision(replica, stored).unwrap());
    lacking.ask(replica).unwrap();
}

fn finish(home: &Memory, replica: &Memory, epoch: &str) -> bool {
    loop {
        let asked = incoming::wanted(replica).unwrap();
        if asked.is_empty() {
            return incoming::finish(replica, epoch).unwrap();
        }
        let names: Vec<&str> = asked.iter().map(|(_, name)| name.as_str()).collect();
        let parts = outgoing::parts(home, &names).unwrap();
        // On its way it takes the form that it has between objects.
        let parts = serde_json::from_str::<Vec<_>>(&serde_json::to_string(&parts).unwrap()).unwrap();
        incoming::got(replica, &asked, &parts).unwrap();
    }
}

fn next(home: &Memory) -> Option<(Replica, Follow)> {
    let replica = outgoing::replicas(home).unwrap().pop()?;
    let (upto, parts) = outgoing::changes(home, replica.seq).unwrap()?;
    let word = Follow { epoch: replica.epoch.clone(), after: replica.seq, upto, parts };
    Some((replica, serde_json::from_str(&serde_json::to_string(&word).unwrap()).unwrap()))
}

/// Tells all there is to tell.
fn ship(home: &Memory, replica: &Memory) {
    while let Some((to, word)) = next(home) {
        if incoming::follow(replica, &word).unwrap() {
            outgoing::confirmed(home, &to, word.upto).unwrap();
        } else {
            outgoing::left(home, &to).unwrap();
        }
    }
}

fn retire_one(memory: &Memory, number: u128) {
    let what = Retire {
        workspace_id: WorkspaceId::from_bits(1),
        agent_id: AgentId::from_bits(1),
        source_id: SourceId::from_bits(1),
        keep_run: None,
        documents: vec![DocumentId::from_bits(number)],
    };
    retire(memory, &what).unwrap();
}

fn vector(text: &str) -> Vec<f32> {
    let mut vector = vec![0.25_f32; 26];
    text.bytes().filter(u8::is_ascii_lowercase).for_each(|b| vector[usize::from(b - b'a')] += 1.0);
    vector
}

/// Chance that is the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// Something happens at home; the spaces change from time to time.
fn change(home: &Memory, files: &mut Files, chance: &mut Chance, step: u64, place: Place) {
    let spaces = ["one", "two"].map(|model| Space { model: model.into(), place });
    let wanted = &spaces[usize::from(step > 30)];
    let (number, lag) = (u128::from(chance.below(6)), chance.below(3) == 0);
    match chance.below(9) {
        0..3 => {
            let text = format!("text {}|more of it {number}|end", chance.below(40));
            let document = document(number, 1, &text);
            let reply = put(home, &document).unwrap();
            if matches!(reply, protocol::internal::PutReply::Indexed { .. }) && !lag {
                files.documents.insert(document.document_id.clone(), document);
            }
        }
        3 => {
            if !lag {
                files.documents.remove(&DocumentId::from_bits(number));
            }
            retire_one(home, number);
        }
        4 => {
            let line = format!("question {}", chance.below(5));
            put_curated(home, &curated(step, &[&line, "another one"])).unwrap();
        }
        5 => {
            let tagged = (0..chance.below(4))
                .map(|n| Tagged { subject: format!("s{n}"), tags: vec![format!("t{step}")] })
                .collect();
            let set = PutTags {
                workspace_id: WorkspaceId::from_bits(1),
                agent_id: AgentId::from_bits(1),
                revision: step,
                tagged,
            };
            put_tags(home, &set).unwrap();
        }
        6..8 => {
            let fresh = || format!("{step:016x}");
            for work in lacking(home, wanted, 1, &fresh).unwrap().iter().take(1) {
                let vectors: Vec<_> = work.passages.iter().map(|passage| vector(&passage.text)).collect();
                if !lag {
                    let key = (work.document.clone(), wanted.model.clone());
                    files.vectors.insert(key, stored(wanted, work, &vectors));
                }
                // Now and then the vectors never arrive.
                if chance.below(4) > 0 {
                    live(home, wanted, work, &vectors).unwrap();
                }
            }
            settle(home, wanted).unwrap();
        }
        _ => {
            let lines = lines_lacking(home, &wanted.model, &[&wanted.model]).unwrap();
            let vectors: Vec<_> = lines.iter().map(|line| vector(line)).collect();
            put_lines(home, &wanted.model, &lines, &vectors).unwrap();
            let now = f64::from(u32::try_from(step).unwrap()) * 40_000_000.0;
            let dead = meaning::dead(home, 1_000, now).unwrap();
            meaning::removed(home, &dead, now).unwrap();
        }
    }
}

#[test]
fn whatever_happens_in_whatever_order_a_replica_that_answers_knows_what_home_knew() {
    let (mut compared, mut built) = (0, 0);
    for seed in 0..24 {
        let mut chance = Chance(seed);
        let place = if seed % 2 == 0 { Place::Here } else { Place::Index };
        let (home, replica, mut files) = (home(), replica(), Files::default());
        let mut epoch = 0_u32;
        for step in 1..80 {
            change(&home, &mut files, &mut chance, step, place);
            match chance.below(12) {
                0 if !copied(&replica).ready => {
                    epoch += 1;
                    begin(&home, &replica, &files, &epoch.to_string());
                }
                1..4 if !copied(&replica).ready && epoch > 0 => {
                    // What changes while it is built is only noted.
                    ship(&home, &replica);
                    built += u32::from(finish(&home, &replica, &epoch.to_string()));
                }
                // Told, and the confirmation is lost.
                4 => {
                    if let Some((_, word)) = next(&home) {
                        incoming::follow(&replica, &word).unwrap();
                    }
                }
                // Stopped in the middle of everything.
                5 if chance.below(6) == 0 => incoming::stop(&replica).unwrap(),
                6..10 => {
                    ship(&home, &replica);
                    if copied(&replica).ready {
                        assert_eq!(known(&replica), known(&home), "seed {seed}, step {step}");
                        compared += 1;
                    }
                }
                _ => {}
            }
        }
    }
    assert!(compared > 150 && built > 40, "{compared} comparisons, {built} replicas");
}

#[test]
fn a_replica_that_missed_something_answers_nobody_until_it_is_built_anew() {
    let (home, replica, files) = (home(), replica(), Files::default());
    put(&home, &document(1, 1, "breakfast is at eight")).unwrap();
    begin(&home, &replica, &files, "first");
    assert!(!copied(&replica).ready);
    assert!(finish(&home, &replica, "first") && copied(&replica).ready);
    assert_eq!(known(&replica), known(&home));

    retire_one(&home, 1);
    let (to, word) = next(&home).unwrap();
    outgoing::confirmed(&home, &to, word.upto).unwrap();
    put(&home, &document(2, 1, "dinner is at six")).unwrap();
    let (to, word) = next(&home).unwrap();
    assert!(!incoming::follow(&replica, &word).unwrap(), "it was never told of the first change");
    assert!(!copied(&replica).ready);
    outgoing::left(&home, &to).unwrap();
    assert!(outgoing::replicas(&home).unwrap().is_empty());

    begin(&home, &replica, &files, "second");
    assert!(!incoming::follow(&replica, &word).unwrap(), "an earlier life is not this one");
    assert!(finish(&home, &replica, "second"), "and a late word to it does not end this one");
    assert_eq!(known(&replica), known(&home));
}

#[test]
fn a_home_that_was_lost_is_not_believed() {
    let (first, replica, files) = (home(), replica(), Files::default());
    put(&first, &document(1, 1, "breakfast is at eight")).unwrap();
    begin(&first, &replica, &files, "life");
    assert!(finish(&first, &replica, "life"));

    let second = home();
    outgoing::suspect(&second, &[WEUR]).unwrap();
    let suspect = outgoing::replicas(&second).unwrap().remove(0);
    assert!(suspect.epoch.is_empty());
    let word = Follow { epoch: String::new(), after: 0, upto: 0, parts: Vec::new() };
    assert!(!incoming::follow(&replica, &word).unwrap());
    assert!(!copied(&replica).ready);
    outgoing::left(&second, &suspect).unwrap();
    assert!(outgoing::replicas(&second).unwrap().is_empty());
}

#[test]
fn nothing_is_noted_without_a_replica_and_nothing_is_kept_that_all_have() {
    let home = home();
    let noted = || home.run(&sql("SELECT part FROM outgoing")).unwrap().len();
    put(&home, &document(1, 1, "breakfast")).unwrap();
    assert_eq!(noted(), 0);
    outgoing::join(&home, WEUR, "a").unwrap();
    outgoing::join(&home, Region::Apac, "b").unwrap();
    put(&home, &document(2, 1, "dinner")).unwrap();
    put(&home, &document(2, 1, "supper")).unwrap();
    assert_eq!(noted(), 1, "what changed twice travels once");
    let last = outgoing::last(&home).unwrap();
    let all = outgoing::replicas(&home).unwrap();
    outgoing::confirmed(&home, &all[0], last).unwrap();
    assert_eq!(noted(), 1);
    outgoing::confirmed(&home, &all[1], last).unwrap();
    assert_eq!(noted(), 0);
    put(&home, &document(3, 1, "lunch")).unwrap();
    assert!(outgoing::last(&home).unwrap() > last, "numbers are never given again");
}

#[test]
fn a_replica_of_another_form_of_words_stops() {
    let (home, replica, files) = (home(), replica(), Files::default());
    put(&home, &document(1, 1, "breakfast is at eight")).unwrap();
    begin(&home, &replica, &files, "life");
    assert!(finish(&home, &replica, "life"));
    replica.run(&sql("UPDATE form SET version = 0")).unwrap();
    migrate(&replica).unwrap();
    assert!(!copied(&replica).ready);
}

#[test]
fn a_result_of_another_object_is_not_remembered() {
    let (home, replica, files) = (home(), replica(), Files::default());
    put(&home, &document(1, 1, "breakfast is at eight")).unwrap();
    begin(&home, &replica, &files, "life");
    assert!(finish(&home, &replica, "life"));
    let at = |memory: &Memory| super::tests::ask(memory, "breakfast", 0.0).generation;
    assert!(at(&replica) > at(&home) + 500, "no number of one is ever a number of the other");
}
