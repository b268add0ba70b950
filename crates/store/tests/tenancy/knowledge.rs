//! Files, texts, feeds, curated answers.

use protocol::api::{CuratedContent, File, FileState, Progress, Schedule, SourceKind, SourceState};
use protocol::{CuratedId, FileId, SourceId};
use store::curated::Words;
use store::readings::{self, Settled};
use store::sources::NewSource;
use store::syncs::{self, Settings};
use store::{Statement, access, curated, files, sources, sql, tags};

use super::{Built, Ids, name, templates, tenant};

/// Statements of this area that take no tenant, and why they may not.
pub const WITHOUT_TENANT: &[(&str, &str)] = &[
    ("files::broken_uploads", "a schedule: whose uploads broke off, whoever's they are"),
    ("files::due", "a schedule: whose files are due, whoever's they are"),
    ("readings::due", "a schedule: whose sources are due, whoever's they are"),
    ("syncs::due", "a schedule: whose sources are due, whoever's they are"),
    ("syncs::by_hook", "a secret address: the tenant follows from its digest"),
    ("tags::due", "a schedule: whose tags are due, whoever's they are"),
    ("curated::due", "a schedule: whose curated answers are due, whoever's they are"),
];

/// A website as a new source.
pub fn website(ids: &Ids) -> NewSource<'_> {
    NewSource {
        id: &ids.source,
        kind: SourceKind::Website,
        url: &ids.url,
        title: "",
        content: None,
        run: &ids.run,
        due_at: None,
    }
}

fn new<'a>(ids: &'a Ids, id: &'a SourceId, kind: SourceKind, content: &'a str) -> NewSource<'a> {
    NewSource { id, kind, url: "", title: "t", content: Some(content), run: &ids.run, due_at: Some(1.0) }
}

/// A collection of files, and a text.
fn others(n: u64) -> (SourceId, SourceId) {
    (SourceId::ordered(n, [60; 10]), SourceId::ordered(n, [61; 10]))
}

/// A file of each state.
fn file(n: u64, state: &str) -> FileId {
    FileId::ordered(n, [state.bytes().next().unwrap(); 10])
}

fn password(of: u64) -> access::StoredAccess {
    let kind = protocol::api::AccessKind::Basic;
    access::StoredAccess { kind, name: name(of).into(), sealed: "c2VhbGVk".into(), set_at: 3.0 }
}

fn settled(of: u64) -> Settled {
    Settled {
        state: SourceState::Indexed,
        reason: Some(name(of).into()),
        progress: Some(Progress::default()),
        title: Some(name(of).into()),
        synced_at: Some(3.0),
        due_at: None,
        retry: false,
    }
}

fn as_settled(id: &FileId, source: &SourceId, of: u64) -> File {
    File {
        id: id.clone(),
        source_id: source.clone(),
        name: name(of).into(),
        kind: Some("pdf".into()),
        bytes: 7,
        state: FileState::Indexed,
        reason: None,
        pages: Some(2),
        passages: 3,
        document_id: None,
        created_at: 1.0,
    }
}

pub fn builders(ids: &Ids, of: u64) -> Vec<Built> {
    let t = &tenant(of);
    let (collection, text) = others(ids.picks[2]);
    let file = |state: &str| file(ids.picks[5], state);
    let answer = CuratedId::ordered(ids.picks[4], [7; 10]);
    let content = CuratedContent {
        pattern: format!("{} question", name(of)),
        keywords: String::new(),
        answer: "a".into(),
        pages: String::new(),
        languages: Vec::new(),
        enabled: true,
    };
    let claim = || readings::claim(t, &text, &ids.run, 5.0, 9.0);
    let (new_answer, other_answer) =
        (CuratedId::ordered(ids.picks[4], [8; 10]), CuratedId::ordered(ids.picks[4], [9; 10]));
    let template = templates::read_as(ids.picks[2]);
    let lent = Words { content: &content, template: Some(&template) };
    let reading = file("reading");
    let settle = readings::settle(t, &text, &ids.run, 1, &settled(of)).unwrap();
    let documents = [ids.document.clone()];
    let list = [name(of).to_owned()];
    let settings = Settings {
        schedule: Some(Schedule::Weekly),
        next_at: Some(4.0),
        include: Some(&list),
        exclude: Some(&list),
        tags: Some(&list),
    };
    let configure = || syncs::configure(t, &ids.source, &settings).unwrap();
    let (run, progress) = (&ids.run, Progress::default());
    let rested = sources::note_run(t, &ids.source, run, SourceState::Indexed, None, &progress, None).unwrap();
    vec![
        ("access::set", vec![access::set(t, &ids.source, Some(&password(of))).unwrap()]),
        ("access::of", vec![access::of(t, &ids.source)]),
        ("syncs::configure", vec![configure()]),
        ("syncs::begin", vec![configure(), rested, syncs::begin(t, &ids.source, &ids.run, 99.0)]),
        ("syncs::begun", vec![configure(), syncs::begun(t, &ids.source, 99.0, Some(100.0))]),
        ("syncs::set_hook", vec![syncs::set_hook(t, &ids.source, Some(&format!("{} hook", name(of))))]),
        ("tags::tag_document", vec![tags::tag_document(t, &ids.document, &list).unwrap()]),
        ("tags::of_agent", tags::of_agent(t, &ids.agent).to_vec()),
        ("tags::changed", vec![tags::changed(t, &ids.agent, 5.0)]),
        ("tags::revision", vec![tags::revision(t, &ids.agent)]),
        ("tags::told", vec![tags::told(t, &ids.agent, 0)]),
        ("sources::content", vec![sources::content(t, &text)]),
        ("sources::rewrite", vec![sources::rewrite(t, &text, Some(name(of)), Some("new"))]),
        ("sources::jurisdiction", vec![sources::jurisdiction(t)]),
        ("sources::document", vec![sources::document(t, &ids.document)]),
        ("sources::forget_some", vec![sources::forget_some(t, &ids.source, &documents).unwrap()]),
        ("readings::read_again", vec![readings::read_again(t, &text, &ids.run, 6.0)]),
        ("readings::claim", vec![claim()]),
        ("readings::hold", vec![claim(), readings::hold(t, &text, &ids.run, 1, 12.0)]),
        ("readings::settle", vec![claim(), settle]),
        ("readings::give_up", vec![claim(), readings::give_up(t, &text, 1, "why", 99.0, None)]),
        ("readings::doom", vec![readings::doom(t, &text)]),
        ("readings::note_files", vec![readings::note_files(t, &collection, 5.0)]),
        ("files::list", vec![files::list(t, &collection)]),
        ("files::one", vec![files::one(t, &reading)]),
        ("files::begin_upload", vec![files::begin_upload(t, &file("new"), &collection, name(of), 5, 6.0)]),
        ("files::uploaded", vec![files::uploaded(t, &file("uploading"), 6.0)]),
        ("files::again", vec![files::again(t, &file("failed"), 6.0)]),
        (
            "files::all_again",
            vec![files::all_again(t, &collection, true, 6.0), files::all_again(t, &collection, false, 6.0)],
        ),
        ("files::give_up", vec![files::give_up(t, &collection, 1, "why", 99.0)]),
        ("files::claim", vec![files::claim(t, &collection, 5.0, 9.0)]),
        ("files::hold", vec![files::hold(t, &reading, 1, 12.0)]),
        ("files::settle", vec![files::settle(t, &as_settled(&reading, &collection, of), 1, None)]),
        ("files::doom", vec![files::doom(t, &collection, Some(&reading)), files::doom(t, &collection, None)]),
        ("files::delete", vec![files::delete(t, &reading)]),
        ("curated::list", vec![curated::list(t, &ids.agent)]),
        ("curated::one", vec![curated::one(t, &answer)]),
        (
            "curated::create",
            vec![
                curated::create(t, &new_answer, &ids.agent, Words::own(&content), None, 9, 5.0).unwrap(),
                curated::create(t, &other_answer, &ids.agent, lent, None, 9, 5.0).unwrap(),
            ],
        ),
        (
            "curated::update",
            vec![
                curated::update(t, &answer, Words::own(&content), 6.0).unwrap(),
                curated::update(t, &answer, lent, 6.0).unwrap(),
            ],
        ),
        (
            "curated::order",
            vec![curated::order(t, &ids.agent, &[CuratedId::ordered(9, [9; 10]), answer.clone()]).unwrap()],
        ),
        ("curated::delete", vec![curated::delete(t, &answer)]),
        ("curated::changed", vec![curated::changed(t, &ids.agent, 5.0)]),
        ("curated::template_changed", vec![curated::template_changed(t, &template.id, 5.0)]),
        (
            "curated::renamed",
            vec![curated::renamed(t, Some(&ids.agent), 5.0), curated::renamed(t, None, 5.0)],
        ),
        ("curated::due_of", vec![curated::due_of(t)]),
        ("curated::revision", vec![curated::revision(t, &ids.agent)]),
        ("curated::told", vec![curated::told(t, &ids.agent, 0)]),
    ]
}

/// Rows of this area for one workspace.
pub fn fill(n: u64) -> Vec<Statement> {
    let (t, ids) = (&tenant(n), Ids::of(n));
    let (collection, text) = others(n);
    let key = t.workspace().as_str();
    let mut made = vec![
        sources::create(t, &ids.agent, &new(&ids, &collection, SourceKind::Files, name(n)), 2.0),
        sources::create(t, &ids.agent, &new(&ids, &text, SourceKind::Text, name(n)), 2.0),
        sql::sql("INSERT INTO curated_answers (id, workspace_id, agent_id, content, priority, created_at, edited_at) \
                  VALUES (?2, ?1, ?3, ?4, 0, 1, 1)")
            .bind(key)
            .bind(CuratedId::ordered(n, [7; 10]).as_str())
            .bind(ids.agent.as_str())
            .bind(format!("{{\"pattern\":\"{} pattern\",\"answer\":\"x\"}}", name(n))),
        sql::sql("UPDATE agents SET curated_due_at = 1, tags_due_at = 1 WHERE workspace_id = ?1").bind(key),
        sql::sql("UPDATE documents SET tags = ?2 WHERE workspace_id = ?1").bind(key).bind(format!("[\"{} tag\"]", name(n))),
    ];
    for state in ["uploading", "queued", "reading", "indexed", "failed"] {
        made.push(files::begin_upload(
            t,
            &file(n, state),
            &collection,
            &format!("{} {state}", name(n)),
            5,
            1.0,
        ));
        made.push(
            sql::sql("UPDATE files SET state = ?3, attempts = 1, reason = 'why', due_at = CASE WHEN ?3 IN ('queued', 'reading') THEN 4 END \
                      WHERE workspace_id = ?1 AND id = ?2")
                .bind(key)
                .bind(file(n, state).as_str())
                .bind(state),
        );
    }
    made
}
