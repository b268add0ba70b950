//! Curated answers that the content proposes.

use protocol::api::CuratedContent;
use protocol::{CuratedId, DocumentId, ProposalId};
use store::curated::Words;
use store::proposals::{self, MOST_WAITING};
use store::{Engine, Statement, curated, sql};

use super::{A, B, Built, Ids, both, name, tenant};

/// A proposal of a workspace that waits, and one that was dismissed.
fn waiting(n: u64) -> ProposalId {
    ProposalId::ordered(n, [70; 10])
}

fn gone(n: u64) -> ProposalId {
    ProposalId::ordered(n, [71; 10])
}

fn content(of: u64) -> CuratedContent {
    CuratedContent {
        pattern: name(of).into(),
        keywords: String::new(),
        answer: "a".into(),
        pages: String::new(),
        languages: Vec::new(),
        enabled: true,
    }
}

pub fn builders(ids: &Ids, of: u64) -> Vec<Built> {
    let t = &tenant(of);
    let (one, dismissed) = (waiting(ids.picks[4]), gone(ids.picks[4]));
    let curated = CuratedId::ordered(ids.picks[2], [7; 10]);
    let new = CuratedId::ordered(ids.picks[2], [72; 10]);
    vec![
        (
            "proposals::list",
            vec![
                proposals::list(t, &ids.agent, None, 9),
                proposals::list(t, &ids.agent, Some((4.0, &dismissed)), 9),
            ],
        ),
        ("proposals::one", vec![proposals::one(t, &one)]),
        (
            "proposals::found",
            vec![
                proposals::found(t, &one, &ids.document, name(of), "other words", 5.0),
                proposals::found(t, &ProposalId::ordered(9, [73; 10]), &ids.document, name(of), "words", 5.0),
            ],
        ),
        (
            "proposals::only",
            vec![proposals::only(t, &ids.document, std::slice::from_ref(&dismissed)).unwrap()],
        ),
        ("proposals::answered", vec![proposals::answered(t, &curated, std::slice::from_ref(&one)).unwrap()]),
        ("proposals::dismiss", vec![proposals::dismiss(t, &one, 6.0)]),
        ("proposals::dismissed", vec![proposals::dismissed(t, &dismissed)]),
        ("proposals::restore", vec![proposals::restore(t, &dismissed)]),
        (
            "curated::create",
            vec![curated::create(t, &new, &ids.agent, Words::own(&content(of)), Some(&one), 9, 5.0).unwrap()],
        ),
    ]
}

/// Rows of this area for one workspace: both proposals stand in its document.
pub fn fill(n: u64) -> Vec<Statement> {
    let (t, ids) = (&tenant(n), Ids::of(n));
    vec![
        proposals::found(t, &waiting(n), &ids.document, name(n), "words", 4.0),
        proposals::found(t, &gone(n), &ids.document, name(n), "words", 4.0),
        proposals::dismiss(t, &gone(n), 5.0),
    ]
}

/// Another document of the agent of A.
fn another(n: u64) -> (DocumentId, Statement) {
    let (ids, id) = (Ids::of(A), DocumentId::ordered(n, [74; 10]));
    let made = sql::sql(
        "INSERT INTO documents (id, workspace_id, agent_id, source_id, run_id, url, title, content_hash, passages, fetched_at) \
         VALUES (?2, ?1, ?3, ?4, ?5, ?6, 't', 'h', 1, 1)",
    )
    .bind(tenant(A).workspace().as_str())
    .bind(id.as_str())
    .bind(ids.agent.as_str())
    .bind(ids.source.as_str())
    .bind(ids.run.as_str())
    .bind(format!("https://alpha.test/{n}"));
    (id, made)
}

#[test]
fn what_many_pages_hold_is_one_proposal_that_outlives_its_first_page() {
    let memory = both();
    let (t, ids) = (tenant(A), Ids::of(A));
    let shown = || {
        let rows = memory.run(&proposals::list(&t, &ids.agent, None, 9)).unwrap();
        let all: Vec<_> = rows.iter().map(|row| proposals::read(row).unwrap()).collect();
        all.into_iter().map(|one| (one.id, one.url, one.answer)).collect::<Vec<_>>()
    };
    let id = ProposalId::ordered(5, [75; 10]);
    memory.run(&proposals::only(&t, &ids.document, &[]).unwrap()).unwrap();
    assert_eq!(shown(), []);
    let documents: Vec<DocumentId> = (1..=9)
        .map(|n| {
            let (document, made) = another(n);
            memory.run(&made).unwrap();
            for answer in ["old", "new"] {
                let at = 10.0 + f64::from(u32::try_from(n).unwrap());
                memory.run(&proposals::found(&t, &id, &document, "q", &format!("{answer} {n}"), at)).unwrap();
            }
            document
        })
        .collect();
    assert_eq!(shown(), [(id.clone(), "https://alpha.test/1".into(), "new 1".into())]);
    assert_eq!(memory.number("SELECT count(*) FROM curated_proposals WHERE question = 'q'"), 4);
    memory.run(&store::sources::forget_some(&t, &ids.source, &documents[..1]).unwrap()).unwrap();
    assert_eq!(shown(), [(id.clone(), "https://alpha.test/2".into(), "new 2".into())]);
    memory.run(&proposals::only(&t, &documents[1], &[]).unwrap()).unwrap();
    assert_eq!(shown(), [(id.clone(), "https://alpha.test/3".into(), "new 3".into())]);
    memory.run(&store::sources::forget_documents(&t, &ids.source, None)).unwrap();
    assert_eq!(shown(), []);
    assert_eq!(memory.number("SELECT count(*) FROM curated_proposals WHERE question = 'q'"), 0);
}

#[test]
fn what_was_dismissed_waits_again_only_when_it_is_taken_back() {
    let memory = both();
    let (t, ids) = (tenant(A), Ids::of(A));
    let waits = |id: &ProposalId| !memory.run(&proposals::one(&t, id)).unwrap().is_empty();
    let found = |id: &ProposalId, document: &DocumentId| {
        memory.run(&proposals::found(&t, id, document, "q", "newer words", 9.0)).unwrap();
    };
    let (other, made) = another(1);
    memory.run(&made).unwrap();
    found(&gone(A), &ids.document);
    found(&gone(A), &other);
    assert!(!waits(&gone(A)));
    assert_eq!(
        memory.number("SELECT count(*) FROM curated_proposals WHERE answer = 'newer words'"),
        1,
        "it takes no new place"
    );
    memory.run(&proposals::restore(&t, &gone(A))).unwrap();
    assert!(waits(&gone(A)));
    memory.run(&proposals::dismiss(&t, &gone(A), 9.0)).unwrap();
    memory.run(&proposals::only(&t, &ids.document, &[]).unwrap()).unwrap();
    found(&gone(A), &ids.document);
    assert!(!waits(&gone(A)), "it went from its page and came back");
}

#[test]
fn no_more_wait_than_a_member_can_look_through() {
    let memory = both();
    let (t, ids) = (tenant(A), Ids::of(A));
    let found = |n: u64| {
        let id = ProposalId::ordered(n, [76; 10]);
        memory.run(&proposals::found(&t, &id, &ids.document, "many", "words", 9.0)).unwrap();
        id
    };
    for n in 0..u64::from(MOST_WAITING) + 20 {
        found(n);
    }
    let count = || memory.number("SELECT count(*) FROM curated_proposals WHERE question = 'many'");
    assert_eq!(count(), i64::from(MOST_WAITING) - 1, "one waited before");
    memory.run(&proposals::dismiss(&t, &found(3), 9.0)).unwrap();
    found(900);
    found(901);
    assert_eq!(count(), i64::from(MOST_WAITING), "one that is dismissed makes room for one");
}

#[test]
fn a_proposal_becomes_one_answer_with_its_address_and_waits_no_more() {
    let memory = both();
    let (t, ids) = (tenant(A), Ids::of(A));
    let approve = |n: u64, id: &ProposalId, most: u32| {
        let new = CuratedId::ordered(n, [77; 10]);
        let create =
            curated::create(&t, &new, &ids.agent, Words::own(&content(A)), Some(id), most, 9.0).unwrap();
        memory.run(&create).unwrap();
        memory.run(&proposals::answered(&t, &new, std::slice::from_ref(id)).unwrap()).unwrap();
        let rows = memory.run(&curated::one(&t, &new)).unwrap();
        rows.first().map(|row| curated::read(row).unwrap().0)
    };
    assert!(approve(1, &waiting(A), 1).is_none(), "the list is full");
    assert!(!memory.run(&proposals::one(&t, &waiting(A))).unwrap().is_empty(), "so it still waits");
    let made = approve(2, &waiting(A), 9).unwrap();
    assert_eq!((made.source_url.as_deref(), made.priority), (Some("https://alpha.test/page"), 2));
    assert!(memory.run(&proposals::one(&t, &waiting(A))).unwrap().is_empty());
    assert!(approve(3, &waiting(A), 9).is_none(), "there is nothing to approve twice");
    assert!(approve(4, &waiting(B), 9).is_none());
}
