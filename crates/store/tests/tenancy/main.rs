//! Tenancy is a proof. Every builder that takes a tenant is listed here (a builder that is not makes this fail),
//! every statement it builds is parsed and has to carry the tenant's key at every table of tenants, and every
//! builder is run as one workspace over the data of two: nothing of the other is returned or changed.

// Helpers of tests may panic as tests may.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../common/mod.rs"]
mod common;

mod account;
mod agents_area;
mod alerts;
mod approvals;
mod backup;
mod catalogue;
mod gaps;
mod idempotency;
mod incoming;
mod integrations;
mod knowledge;
mod leads;
mod parse;
mod proposals;
mod retention;
mod rules;
mod summaries;
mod team;
mod templates;
mod tools;
mod usage;
mod webhooks;

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use common::{Memory, handed, identity, record, said, snapshot, turn};
use protocol::api::{ConversationState, Feedback, Progress, SourceState, TurnState};
use protocol::handover::{Handover, Speaker, Standing};
use protocol::internal::{ConversationIdentity, FeedbackRecord, IndexedDocument};
use protocol::{AgentId, ConversationId, DocumentId, RunId, SessionId, SourceId, TurnId, UserId};
use store::conversations::Filter;
use store::{Engine, Error, Row, Statement, Tenant, agents, conversations, members, sources, sql};

/// Statements that take no tenant, and why they may not: they find out who the tenant is, or have none.
fn without_tenant() -> Vec<(&'static str, &'static str)> {
    [
        MEMBERS,
        account::WITHOUT_TENANT,
        agents_area::WITHOUT_TENANT,
        backup::WITHOUT_TENANT,
        alerts::WITHOUT_TENANT,
        catalogue::WITHOUT_TENANT,
        incoming::WITHOUT_TENANT,
        knowledge::WITHOUT_TENANT,
        integrations::WITHOUT_TENANT,
        leads::WITHOUT_TENANT,
        retention::WITHOUT_TENANT,
        rules::WITHOUT_TENANT,
        summaries::WITHOUT_TENANT,
        team::WITHOUT_TENANT,
        tools::WITHOUT_TENANT,
        approvals::WITHOUT_TENANT,
        usage::WITHOUT_TENANT,
        webhooks::WITHOUT_TENANT,
    ]
    .concat()
}

/// Conversations of one agent.
fn of_agent(agent: &AgentId, standing: Option<Standing>) -> Filter {
    Filter { agent: Some(agent.clone()), standing, ..Filter::default() }
}

const MEMBERS: &[(&str, &str)] = &[
    ("members::by_email", "signing in: the tenant follows from the user"),
    ("members::by_session", "signing in: the tenant follows from the session"),
    ("members::open_session", "signing in: the workspace was read by by_email a moment before"),
    ("members::close_session", "signing out: the session's secret is the right to end it"),
    ("conversations::silent", "housekeeping of what nobody ended, whoever's it is"),
    ("idempotency::sweep", "housekeeping by age, whoever's they are"),
    ("members::sweep", "housekeeping of sessions and attempts by age, whoever's they are"),
    ("members::workspaces_of", "signed in: which tenants a user belongs to"),
    ("members::workspace_to_open", "signing in: which tenant to open"),
    ("members::note_session", "signed in: the session's own row"),
    ("members::hit", "limits: the subject is a digest, of whomever"),
    ("members::first_agent", "setting up an installation: the operator names the user"),
    ("members::create_user", "setting up an installation: users belong to no workspace"),
    ("members::create_workspace", "setting up an installation: the tenant comes to be here"),
    ("members::create_owner", "setting up an installation: the tenant came to be just now"),
];

/// What a statement can name.
#[derive(Clone)]
struct Ids {
    agent: AgentId,
    conversation: ConversationId,
    source: SourceId,
    run: RunId,
    document: DocumentId,
    turn: TurnId,
    url: String,
    version: u32,
    /// Whose each of the ids above is, in their order: for ids of other kinds.
    picks: [u64; 6],
}

impl Ids {
    fn of(n: u64) -> Self {
        let ConversationIdentity { agent_id, conversation_id, .. } = identity(n);
        Self {
            agent: agent_id,
            conversation: conversation_id,
            source: SourceId::ordered(n, [6; 10]),
            run: RunId::ordered(n, [7; 10]),
            document: DocumentId::ordered(n, [8; 10]),
            turn: TurnId::ordered(n, [5; 10]),
            url: format!("https://{}.test/", name(n)),
            version: 1,
            picks: [n; 6],
        }
    }

    /// Every way of naming things of A, of B and new ones.
    fn mixtures() -> Vec<Self> {
        let of = [Self::of(A), Self::of(B), Self::of(NEW)];
        let mut all = Vec::new();
        for place in 0..3_usize.pow(6) {
            let pick = |digit: u32| &of[place / 3_usize.pow(digit) % 3];
            all.push(Self {
                agent: pick(0).agent.clone(),
                conversation: pick(1).conversation.clone(),
                source: pick(2).source.clone(),
                run: pick(3).run.clone(),
                document: pick(4).document.clone(),
                turn: pick(5).turn.clone(),
                url: pick(2).url.clone(),
                // A version that its agent does not have yet, too: its number must not be taken by another.
                version: if place % 2 == 0 { 1 } else { 2 },
                picks: std::array::from_fn(|digit| pick(u32::try_from(digit).unwrap()).picks[0]),
            });
        }
        all
    }

    fn texts(&self) -> [String; 7] {
        [
            self.agent.to_string(),
            self.conversation.to_string(),
            self.source.to_string(),
            self.run.to_string(),
            self.document.to_string(),
            self.turn.to_string(),
            self.url.clone(),
        ]
    }
}

const A: u64 = 1;
const B: u64 = 2;
const NEW: u64 = 3;

fn name(n: u64) -> &'static str {
    match n {
        A => "alpha",
        B => "bravo",
        _ => "new",
    }
}

fn tenant(n: u64) -> Tenant {
    Tenant::of_job(&identity(n).workspace_id)
}

fn document(ids: &Ids, of: u64) -> IndexedDocument {
    let identity = identity(of);
    IndexedDocument {
        workspace_id: identity.workspace_id,
        agent_id: ids.agent.clone(),
        source_id: ids.source.clone(),
        run_id: ids.run.clone(),
        document_id: ids.document.clone(),
        url: format!("{}page", ids.url),
        title: format!("{} title", name(of)),
        description: String::new(),
        language: Some("en".into()),
        content_hash: name(of).into(),
        passages: Vec::new(),
    }
}

/// What the visitor thinks of a turn.
fn opinion(ids: &Ids, good: bool, at: f64) -> FeedbackRecord {
    FeedbackRecord { turn_id: ids.turn.clone(), feedback: Feedback { good, reason: String::new(), at } }
}

/// What one function of this crate builds: its name and its statements.
type Built = (&'static str, Vec<Statement>);

/// Every builder that takes a tenant, with the statements it builds over these ids on behalf of `of`.
fn builders(ids: &Ids, of: u64) -> Vec<Built> {
    let mut all = base(ids, of);
    for area in [
        account::builders,
        agents_area::builders,
        alerts::builders,
        catalogue::builders,
        gaps::builders,
        incoming::builders,
        idempotency::builders,
        knowledge::builders,
        leads::builders,
        proposals::builders,
        retention::builders,
        rules::builders,
        summaries::builders,
        team::builders,
        templates::builders,
        tools::builders,
        approvals::builders,
        usage::builders,
        webhooks::builders,
        integrations::builders,
    ] {
        all.extend(area(ids, of));
    }
    all
}

fn base(ids: &Ids, of: u64) -> Vec<Built> {
    let t = &tenant(of);
    let published = {
        let mut snapshot = snapshot(of, name(of));
        snapshot.agent_id = ids.agent.clone();
        snapshot.version = ids.version;
        agents::create_published(t, &snapshot, 77.0).unwrap()
    };
    let stored = {
        let mut record = record(of, turn(9, TurnState::Finished, "the answer", 5.0));
        record.turn.id = ids.turn.clone();
        record.identity.agent_id = ids.agent.clone();
        record.identity.conversation_id = ids.conversation.clone();
        conversations::store_turn(t, &record)
    };
    let spoken = {
        let mut spoken = said(of, 9, Speaker::Visitor, "a person, please", 5.0);
        spoken.identity.agent_id = ids.agent.clone();
        spoken.identity.conversation_id = ids.conversation.clone();
        spoken
    };
    let handover = {
        let mut record = handed(of, 9, Standing::Waiting, 5.0);
        record.identity = spoken.identity.clone();
        record
    };
    let after = Some((1e12, &ids.conversation));
    let progress = Progress { found: 3, ..Progress::default() };
    let noted = sources::note_run(t, &ids.source, &ids.run, SourceState::Indexed, None, &progress, Some(9.0));
    let counted = sources::note_progress(t, &ids.source, &ids.run, &Progress { found: 5, ..progress });
    let kept = sources::keep_documents(t, &ids.source, &ids.run, std::slice::from_ref(&ids.document));
    vec![
        ("agents::list", vec![agents::list(t)]),
        ("agents::one", vec![agents::one(t, &ids.agent)]),
        ("agents::create_published", published.to_vec()),
        ("agents::overview", vec![agents::overview(t, &ids.agent)]),
        ("agents::first_token_times", vec![agents::first_token_times(t, &ids.agent)]),
        (
            "conversations::list",
            vec![
                conversations::list(t, &Filter::default(), None, 50),
                conversations::list(t, &of_agent(&ids.agent, Some(Standing::Bot)), after, 50),
                conversations::list(t, &Filter { good: Some(true), ..of_agent(&ids.agent, None) }, after, 50),
            ],
        ),
        ("conversations::waiting", vec![conversations::waiting(t, 50)]),
        ("conversations::one", vec![conversations::one(t, &ids.conversation)]),
        (
            "conversations::some",
            vec![conversations::some(t, std::slice::from_ref(&ids.conversation)).unwrap()],
        ),
        ("conversations::kept", vec![conversations::kept(t, &[&ids.agent]).unwrap()]),
        ("conversations::open", vec![conversations::open(t, &spoken.identity, Some("https://x.test/"), 5.0)]),
        ("conversations::store_turn", stored.to_vec()),
        ("conversations::store_message", vec![conversations::store_message(t, &spoken)]),
        ("conversations::store_handover", conversations::store_handover(t, &handover)),
        (
            "conversations::note_handover",
            conversations::note_handover(t, &ids.conversation, &handover.handover, 6.0),
        ),
        (
            "conversations::leave",
            // Only who waits can be left.
            [
                conversations::store_handover(t, &handover),
                vec![conversations::leave(t, &ids.conversation, &handover.handover, 1e12).unwrap()],
            ]
            .concat(),
        ),
        (
            "conversations::note_feedback",
            vec![conversations::note_feedback(t, &ids.conversation, &opinion(ids, true, 6.0))],
        ),
        ("sources::list", vec![sources::list(t, &ids.agent)]),
        ("sources::one", vec![sources::one(t, &ids.source)]),
        ("sources::by_url", vec![sources::by_url(t, &ids.agent, &ids.url)]),
        ("sources::create", vec![sources::create(t, &ids.agent, &knowledge::website(ids), 7.0)]),
        ("sources::begin_run", vec![sources::begin_run(t, &ids.source, &ids.run)]),
        ("sources::note_run", vec![noted.unwrap()]),
        ("sources::note_progress", vec![counted.unwrap()]),
        ("sources::keep_documents", vec![kept.unwrap()]),
        ("sources::delete", sources::delete(t, &ids.source).to_vec()),
        ("sources::put_document", vec![sources::put_document(t, &document(ids, of), 4, 8.0)]),
        (
            "sources::forget_documents",
            vec![
                sources::forget_documents(t, &ids.source, None),
                sources::forget_documents(t, &ids.source, Some(&ids.run)),
            ],
        ),
    ]
}

/// All migrations in their order.
fn migrations() -> Vec<std::path::PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations-d1");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    assert!(!files.is_empty(), "there are no migrations");
    files
}

/// The relations as migrations make them.
fn relations() -> Memory {
    let memory = Memory::open();
    for file in migrations() {
        memory.0.execute_batch(&std::fs::read_to_string(file).unwrap()).unwrap();
    }
    memory.0.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    memory
}

fn tables(memory: &Memory) -> Vec<String> {
    let rows = memory.ask(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    );
    rows.iter().map(|row| row.text(0).unwrap().to_owned()).collect()
}

/// The tables of tenants: those with a `workspace_id`, other than people: theirs is the one they looked at last.
fn tenant_tables(memory: &Memory) -> BTreeSet<String> {
    let has = |table: &String| {
        memory
            .number(&format!("SELECT count(*) FROM pragma_table_info('{table}') WHERE name = 'workspace_id'"))
            > 0
    };
    tables(memory).into_iter().filter(|table| table != "users").filter(has).collect()
}

/// Rows of every table for one workspace.
fn fill(memory: &Memory, n: u64) {
    let (ids, workspace, user) = (Ids::of(n), identity(n).workspace_id, UserId::ordered(n, [9; 10]));
    let email = format!("{}@x.test", name(n));
    let mut statements = vec![
        members::create_user(&user, &email, name(n), "hash", None, 1.0),
        members::create_workspace(&workspace, &format!("{} workspace", name(n)), "free", 1.0),
        members::create_owner(&workspace, &user, 1.0),
        members::open_session(&members::NewSession {
            id: &SessionId::ordered(n, [4; 10]),
            secret_digest: &format!("{} digest", name(n)),
            user: &user,
            workspace: Some(&workspace),
            address: "192.0.2.1",
            user_agent: "",
            now: 1.0,
            expires_at: 1e13,
        }),
    ];
    let writes = [
        "agents::create_published",
        "sources::create",
        "sources::begin_run",
        "sources::put_document",
        "conversations::store_turn",
    ];
    for wanted in writes {
        statements.extend(
            builders(&ids, n).into_iter().filter(|(name, _)| *name == wanted).flat_map(|(_, made)| made),
        );
    }
    // Its visitor waits for a person.
    let mut waits = handed(n, 8, Standing::Waiting, 4.0);
    waits.identity.agent_id = ids.agent.clone();
    waits.identity.conversation_id = ids.conversation.clone();
    statements.extend(conversations::store_handover(&tenant(n), &waits));
    for area in [
        account::fill,
        agents_area::fill,
        backup::fill,
        gaps::fill,
        incoming::fill,
        idempotency::fill,
        knowledge::fill,
        proposals::fill,
        leads::fill,
        retention::fill,
        rules::fill,
        summaries::fill,
        team::fill,
        templates::fill,
        tools::fill,
        approvals::fill,
        usage::fill,
        alerts::fill,
        webhooks::fill,
        integrations::fill,
    ] {
        statements.extend(area(n));
    }
    for statement in statements {
        memory.run(&statement).unwrap();
    }
    // What the statements above leave out: a second agent's worth of details is not needed, only a version.
    memory.ask(&format!("UPDATE sources SET progress = '{{\"found\":1}}', state = 'pending' WHERE workspace_id = '{workspace}'"));
    memory.ask(&format!(
        "UPDATE turns SET asked_at = {n}, first_token_ms = {n}00 WHERE workspace_id = '{workspace}'"
    ));
    memory.ask(&format!("UPDATE conversations SET last_at = {n} WHERE workspace_id = '{workspace}'"));
}

fn both() -> Memory {
    let memory = relations();
    fill(&memory, A);
    fill(&memory, B);
    memory
}

/// Every row of a workspace, and every row that belongs to none.
fn dump(memory: &Memory, n: u64) -> Vec<(String, Vec<Row>)> {
    let tenants = tenant_tables(memory);
    let workspace = identity(n).workspace_id;
    let one = |table: String| {
        let rows = if tenants.contains(&table) {
            memory.ask(&format!("SELECT * FROM {table} WHERE workspace_id = '{workspace}' ORDER BY rowid"))
        } else if table == "workspaces" {
            memory.ask(&format!("SELECT * FROM workspaces WHERE id = '{workspace}'"))
        } else {
            memory.ask(&format!("SELECT * FROM {table} ORDER BY rowid"))
        };
        (table, rows)
    };
    tables(memory).into_iter().map(one).collect()
}

/// Runs all statements, each for itself; what a constraint refuses has simply not happened.
fn run(memory: &Memory, statements: &[Statement]) -> Vec<Vec<Row>> {
    let one = |statement: &Statement| match memory.run(statement) {
        Ok(rows) => rows,
        Err(Error::Engine(reason)) if reason.contains("constraint failed") => Vec::new(),
        Err(error) => panic!("{error} in {}", statement.sql),
    };
    statements.iter().map(one).collect()
}

fn sources_of_this_crate() -> Vec<(String, String)> {
    fn walk(folder: &Path, module: &str, found: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            let name = if module.is_empty() { stem } else { format!("{module}::{stem}") };
            if path.is_dir() {
                walk(&path, &name, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !name.ends_with("tests")
            {
                found.push((name, std::fs::read_to_string(path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut found);
    found
}

/// Functions that others can call, with what stands between their name and their body.
fn functions() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (module, text) in sources_of_this_crate() {
        for piece in text.split("pub fn ").skip(1) {
            let (head, _) = piece.split_once('{').unwrap_or((piece, ""));
            let end = head.find(['(', '<']).unwrap_or(head.len());
            found.push((format!("{module}::{}", &head[..end]), head[end..].to_owned()));
        }
    }
    found
}

/// An actor carries its tenant.
fn names_tenant(takes: &str) -> bool {
    takes.contains("Tenant") || takes.contains("Actor")
}

#[test]
fn every_builder_that_takes_a_tenant_is_known_here() {
    let written: BTreeSet<String> = functions()
        .into_iter()
        .filter(|(_, head)| head.split("->").next().is_some_and(names_tenant))
        .map(|(name, _)| name)
        .collect();
    let known: BTreeSet<String> =
        builders(&Ids::of(A), A).into_iter().map(|(name, _)| name.to_owned()).collect();
    let unknown: Vec<_> = written.difference(&known).collect();
    assert!(unknown.is_empty(), "add {unknown:?} to `builders` in tests/tenancy, so that they are proven");
    let gone: Vec<_> = known.difference(&written).collect();
    assert!(gone.is_empty(), "{gone:?} are no builders of this crate any more");
}

#[test]
fn statements_without_a_tenant_are_the_listed_ones_alone() {
    let makers = ["sql::sql", "sql::bind"];
    let without: BTreeSet<String> = functions()
        .into_iter()
        .filter(|(name, head)| {
            let (takes, gives) = head.split_once("->").unwrap_or((head, ""));
            (gives.contains("Statement") || (name.starts_with("sql::") && gives.contains("Self")))
                && !names_tenant(takes)
                && !makers.contains(&name.as_str())
        })
        .map(|(name, _)| name)
        .collect();
    let listed: BTreeSet<String> = without_tenant().iter().map(|(name, _)| (*name).to_owned()).collect();
    let unlisted: Vec<_> = without.difference(&listed).collect();
    assert!(unlisted.is_empty(), "{unlisted:?} build statements and take no tenant; give them one");
    assert!(listed.is_subset(&without), "an exception in the list does not exist any more");
}

#[test]
fn statements_are_made_in_this_crate_alone() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut checked = 0;
    for name in ["back", "front", "platform"] {
        let mut folders = vec![crates.join(name).join("src")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                checked += 1;
                for made in ["sql::sql", "Statement {", "use store::sql;"] {
                    let found = text.match_indices(made).any(|(at, _)| !text[..at].ends_with("-> "));
                    assert!(!found, "{} makes a statement: `{made}`. Build it in store.", path.display());
                }
            }
        }
    }
    assert!(checked > 20, "the other crates were not found");
}

#[test]
fn every_statement_carries_the_tenant_at_every_table_of_tenants() {
    let tables = tenant_tables(&relations());
    assert!(tables.len() >= 7, "only {tables:?} have a workspace_id");
    let key = identity(A).workspace_id;
    for (name, statements) in builders(&Ids::of(A), A) {
        for statement in statements {
            if let Err(reason) = parse::judge(&statement, &tables, key.as_str()) {
                panic!("{name}: {reason}.\n{}", statement.sql);
            }
        }
    }
}

#[test]
fn the_judge_refuses_what_proves_nothing() {
    let tables: BTreeSet<String> = ["agents", "turns"].map(str::to_owned).into();
    let judge = |text: &str| parse::judge(&sql::sql(text).bind("ws_a").bind("agt_1"), &tables, "ws_a");
    for good in [
        "SELECT id FROM agents WHERE workspace_id = ?1",
        "SELECT a.id FROM agents a JOIN turns t ON t.workspace_id = ?1 AND t.agent_id = a.id WHERE ?1 = a.workspace_id",
        "SELECT id FROM users WHERE email = ?2",
        "SELECT x FROM (SELECT t.x FROM turns AS t WHERE t.workspace_id = ?1 AND (t.y OR t.z)) ORDER BY x",
        "DELETE FROM agents WHERE id = ?2 AND workspace_id = ?1",
        "DELETE FROM agents WHERE workspace_id = ?1 AND id IN (SELECT j.value FROM json_each(?2) j)",
        "INSERT INTO agents (id, workspace_id) VALUES (?2, ?1) ON CONFLICT (id) DO UPDATE SET id = excluded.id WHERE agents.workspace_id = ?1",
        "UPDATE agents SET name = CASE WHEN 1 THEN 'a' ELSE 'b' END WHERE workspace_id = ?1 RETURNING id",
    ] {
        assert_eq!(judge(good), Ok(()), "{good}");
    }
    for bad in [
        "SELECT id FROM agents",
        "SELECT id FROM agents WHERE workspace_id = ?2",
        "SELECT id FROM agents WHERE workspace_id = ?9",
        "SELECT id FROM agents WHERE workspace_id = 'ws_a'",
        "SELECT id FROM agents WHERE workspace_id <> ?1",
        "SELECT id FROM agents WHERE workspace_id >= ?1",
        "SELECT id FROM agents WHERE workspace_id = ?1 OR id = ?2",
        "SELECT id FROM agents WHERE NOT workspace_id = ?1",
        "SELECT id FROM agents WHERE CASE WHEN 1 AND workspace_id = ?1 AND 1 THEN 0 ELSE 1 END",
        "SELECT id FROM agents WHERE id BETWEEN 1 AND workspace_id = ?1",
        "SELECT a.id FROM agents a, turns t WHERE a.workspace_id = ?1",
        "SELECT a.id FROM agents a JOIN turns t ON t.workspace_id = a.workspace_id WHERE a.workspace_id = ?1",
        "SELECT a.id FROM agents a LEFT JOIN turns t ON t.workspace_id = ?1 AND a.workspace_id = ?1",
        "SELECT (SELECT count(*) FROM turns t) FROM agents a WHERE a.workspace_id = ?1",
        "SELECT (SELECT count(*) FROM turns t WHERE a.workspace_id = ?1) FROM agents a WHERE a.workspace_id = ?1",
        "SELECT id FROM agents WHERE workspace_id = ?1 UNION SELECT id FROM turns",
        "WITH x AS (SELECT id FROM turns) SELECT id FROM x",
        "SELECT id FROM agents -- WHERE workspace_id = ?1",
        "SELECT id FROM \"agents\"",
        "DELETE FROM agents WHERE id = ?2",
        "DELETE FROM agents WHERE id IN (SELECT j.value FROM json_each(?1) j)",
        "DELETE FROM agents",
        "UPDATE agents SET workspace_id = ?2 WHERE workspace_id = ?1",
        "UPDATE agents SET name = ?2",
        "UPDATE agents SET name = (SELECT max(id) FROM turns) WHERE workspace_id = ?1",
        "INSERT INTO agents (id, workspace_id) VALUES (?1, ?2)",
        "INSERT INTO agents (id) VALUES (?1)",
        "INSERT INTO agents VALUES (?1)",
        "INSERT OR REPLACE INTO agents (id, workspace_id) VALUES (?2, ?1)",
        "REPLACE INTO agents (id, workspace_id) VALUES (?2, ?1)",
        "INSERT INTO agents (id, workspace_id) SELECT t.id, ?1 FROM turns t",
        "INSERT INTO agents (id, workspace_id) SELECT t.id, t.workspace_id FROM turns t WHERE t.workspace_id = ?1",
        "INSERT INTO agents (id, workspace_id) VALUES (?2, ?1) ON CONFLICT (id) DO UPDATE SET id = excluded.id",
        "INSERT INTO agents (id, workspace_id) VALUES (?2, ?1) ON CONFLICT (id) DO UPDATE SET id = excluded.id WHERE excluded.workspace_id = ?1",
        "INSERT INTO agents (id, workspace_id) VALUES (?2, ?1) ON CONFLICT (id) DO UPDATE SET workspace_id = ?1 WHERE agents.workspace_id = ?1",
        "DROP TABLE agents",
    ] {
        assert!(judge(bad).is_err(), "this was taken for safe: {bad}");
    }
}

#[test]
fn the_data_of_the_other_workspace_fills_every_table() {
    let memory = both();
    for (table, rows) in dump(&memory, B) {
        assert!(!rows.is_empty(), "{table} has no row of B: extend `fill` in tests/tenancy");
    }
}

#[test]
fn as_a_nothing_of_b_is_returned_or_changed() {
    let (memory, alone) = (both(), relations());
    fill(&alone, A);
    let untouched = dump(&memory, B);
    let mine = dump(&memory, A);
    let theirs = Ids::of(B);
    let marks: Vec<String> =
        theirs.texts().into_iter().chain([identity(B).workspace_id.to_string(), "bravo".into()]).collect();
    let mut effective: HashSet<&'static str> = HashSet::new();
    let mut seen: HashSet<String> = HashSet::new();
    for ids in Ids::mixtures() {
        for (name, statements) in builders(&ids, A) {
            if !seen.insert(format!("{statements:?}")) {
                continue;
            }
            for memory in [&memory, &alone] {
                memory.0.execute_batch("BEGIN").unwrap();
            }
            let results = run(&memory, &statements);
            for mark in &marks {
                assert!(!format!("{results:?}").contains(mark.as_str()), "{name} returned {mark} of B");
            }
            // Counts, too: what A sees is the same as if B were not there.
            assert_eq!(results, run(&alone, &statements), "{name} lets A notice B");
            let changes = statements.iter().any(|statement| !statement.sql.starts_with("SELECT"));
            if changes {
                assert_eq!(dump(&memory, B), untouched, "{name} changed B: {statements:?}");
                assert_no_row_of_a_hangs_on_b(&memory, name, &theirs);
            }
            if results.iter().any(|rows| !rows.is_empty()) || (changes && dump(&memory, A) != mine) {
                effective.insert(name);
            }
            for memory in [&memory, &alone] {
                memory.0.execute_batch("ROLLBACK").unwrap();
            }
        }
    }
    assert!(seen.len() > 100, "only {} statements were tried", seen.len());
    for (name, _) in builders(&Ids::of(A), A) {
        assert!(effective.contains(name), "{name} never did anything for A, so this proves nothing about it");
    }
}

fn assert_no_row_of_a_hangs_on_b(memory: &Memory, name: &str, theirs: &Ids) {
    let workspace = identity(A).workspace_id;
    for (table, column, id) in [
        ("agent_versions", "agent_id", theirs.agent.as_str()),
        ("sources", "agent_id", theirs.agent.as_str()),
        ("documents", "agent_id", theirs.agent.as_str()),
        ("documents", "source_id", theirs.source.as_str()),
        ("playground_feedback", "agent_id", theirs.agent.as_str()),
        ("conversations", "agent_id", theirs.agent.as_str()),
        ("files", "source_id", theirs.source.as_str()),
        ("files", "agent_id", theirs.agent.as_str()),
        ("curated_answers", "agent_id", theirs.agent.as_str()),
        ("curated_answers", "template_id", templates::template(B).as_str()),
        ("curated_proposals", "agent_id", theirs.agent.as_str()),
        ("curated_proposals", "document_id", theirs.document.as_str()),
        ("curated_dismissals", "agent_id", theirs.agent.as_str()),
        ("tool_runs", "agent_id", theirs.agent.as_str()),
        ("templates", "agent_id", theirs.agent.as_str()),
        ("template_uses", "template_id", templates::template(B).as_str()),
        ("template_uses", "agent_id", theirs.agent.as_str()),
        ("tool_runs", "tool_id", tools::tool(B).as_str()),
        ("approvals", "agent_id", theirs.agent.as_str()),
        ("approvals", "tool_id", tools::tool(B).as_str()),
        ("rules", "agent_id", theirs.agent.as_str()),
        ("ctas", "agent_id", theirs.agent.as_str()),
        ("experiments", "agent_id", theirs.agent.as_str()),
        ("widget_events", "agent_id", theirs.agent.as_str()),
        ("exposures", "experiment_id", rules::experiment(B).as_str()),
        ("conversions", "agent_id", theirs.agent.as_str()),
        ("turns", "agent_id", theirs.agent.as_str()),
        ("turns", "conversation_id", theirs.conversation.as_str()),
    ] {
        let count = memory.number(&format!(
            "SELECT count(*) FROM {table} WHERE workspace_id = '{workspace}' AND {column} = '{id}'"
        ));
        assert_eq!(count, 0, "{name} made a row of {table} that hangs on {column} of B");
    }
}

#[test]
fn a_session_opens_its_own_workspace_until_it_ends() {
    let memory = both();
    for n in [A, B] {
        let digest = format!("{} digest", name(n));
        let rows = memory.run(&members::by_session(&digest, 2.0)).unwrap();
        assert_eq!(rows.len(), 1);
        let actor = store::Actor::read(&rows[0], String::new()).unwrap().unwrap();
        assert_eq!(actor.tenant, tenant(n));
        assert_eq!(actor.workspace_name, format!("{} workspace", name(n)));
        let rows = memory.run(&members::workspace_to_open(&UserId::ordered(n, [9; 10]))).unwrap();
        assert_eq!(rows[0].text(0).unwrap(), identity(n).workspace_id.as_str());
        assert!(memory.run(&members::by_session(&digest, 1e13)).unwrap().is_empty(), "it has ended");
    }
    memory.run(&members::close_session("alpha digest")).unwrap();
    assert!(memory.run(&members::by_session("alpha digest", 2.0)).unwrap().is_empty());
    assert_eq!(memory.run(&members::by_session("bravo digest", 2.0)).unwrap().len(), 1);
}

#[test]
fn a_session_opens_no_workspace_without_the_membership() {
    let memory = both();
    memory.ask(&format!("DELETE FROM members WHERE workspace_id = '{}'", identity(A).workspace_id));
    let rows = memory.run(&members::by_session("alpha digest", 2.0)).unwrap();
    assert!(store::Account::read(&rows[0]).is_ok(), "the account is still theirs");
    assert!(store::Actor::read(&rows[0], String::new()).unwrap().is_none());
    assert!(memory.run(&members::workspace_to_open(&UserId::ordered(A, [9; 10]))).unwrap().is_empty());
}

#[test]
fn a_turn_that_arrives_twice_or_late_leaves_one_row_and_a_header_that_spans_all() {
    let memory = both();
    let ids = Ids::of(A);
    let store = |n: u64, question: &str, asked: f64| {
        let mut record = record(A, turn(n, TurnState::Finished, "a", asked));
        record.turn.question = question.into();
        record.identity.conversation_id = ConversationId::ordered(50, [0; 10]);
        for statement in conversations::store_turn(&tenant(A), &record) {
            memory.run(&statement).unwrap();
        }
        let rows = memory.run(&conversations::one(&tenant(A), &record.identity.conversation_id)).unwrap();
        conversations::read(&rows[0]).unwrap()
    };
    store(52, "second", 200.0);
    let summary = store(52, "second", 200.0);
    assert_eq!((summary.turns, summary.first_question.as_str()), (1, "second"));
    let summary = store(51, &"first ".repeat(100), 100.0);
    assert_eq!(summary.turns, 2);
    assert!(summary.first_question.starts_with("first ") && summary.first_question.chars().count() == 160);
    assert_eq!((summary.started_at, summary.last_at), (100.0, 201.0));
    assert_eq!(summary.agent_id, ids.agent);
}

#[test]
fn who_a_conversation_is_with_is_what_the_newest_record_says_whatever_the_order() {
    let memory = both();
    let run = |statements: Vec<Statement>| statements.iter().for_each(|s| drop(memory.run(s).unwrap()));
    // A visitor who asks for a person at once has a header before any turn.
    let mut record = handed(A, 1, Standing::Waiting, 300.0);
    record.identity.conversation_id = ConversationId::ordered(60, [0; 10]);
    let mut asked = said(A, 2, Speaker::Visitor, "A person, please", 299.0);
    asked.identity = record.identity.clone();
    run(conversations::store_handover(&tenant(A), &record));
    run(vec![conversations::store_message(&tenant(A), &asked)]);
    let read = || {
        let rows = memory.run(&conversations::one(&tenant(A), &record.identity.conversation_id)).unwrap();
        conversations::read(&rows[0]).unwrap()
    };
    let summary = read();
    assert_eq!((summary.first_question.as_str(), summary.turns), ("A person, please", 0));
    assert_eq!((summary.state, summary.handover.standing), (ConversationState::Escalated, Standing::Waiting));
    assert_eq!((summary.started_at, summary.last_at), (299.0, 300.0));
    let mut newer = record.clone();
    (newer.handover.standing, newer.at) = (Standing::Resolved, 400.0);
    run(conversations::store_handover(&tenant(A), &newer));
    run(conversations::store_handover(&tenant(A), &record));
    assert_eq!((read().state, read().last_at), (ConversationState::Resolved, 400.0));
    let listed = |standing| {
        let list =
            conversations::list(&tenant(A), &of_agent(&record.identity.agent_id, Some(standing)), None, 50);
        let rows = memory.run(&list).unwrap();
        let found = rows.iter().map(|row| conversations::read(row).unwrap());
        found.filter(|summary| summary.id == record.identity.conversation_id).count()
    };
    assert_eq!((listed(Standing::Resolved), listed(Standing::Waiting)), (1, 0));
}

#[test]
fn what_nobody_ended_is_left_once_and_never_while_somebody_speaks() {
    let memory = both();
    let mut record = handed(A, 3, Standing::Human, 300.0);
    record.identity = identity(A);
    for statement in conversations::store_handover(&tenant(A), &record) {
        memory.run(&statement).unwrap();
    }
    let silent = |before| {
        let rows = memory.run(&conversations::silent(before, 9)).unwrap();
        let all = rows.iter().map(|row| conversations::read_silent(row).unwrap());
        all.filter(|one| one.conversation_id == record.identity.conversation_id).collect::<Vec<_>>()
    };
    assert!(silent(300.0).is_empty());
    let found = silent(301.0);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].conversation_id, record.identity.conversation_id);
    let left =
        Handover { standing: Standing::Abandoned, since: 500.0, member: None, ..found[0].handover.clone() };
    let leave = |before| {
        let statement = conversations::leave(&tenant(A), &found[0].conversation_id, &left, before).unwrap();
        memory.run(&statement).unwrap();
        let rows = memory.run(&conversations::one(&tenant(A), &found[0].conversation_id)).unwrap();
        conversations::read(&rows[0]).unwrap().state
    };
    assert_eq!(leave(300.0), ConversationState::Escalated, "somebody spoke meanwhile");
    assert_eq!(leave(301.0), ConversationState::Abandoned);
    assert!(silent(1e12).is_empty());
    // What its object told before is older.
    for statement in conversations::store_handover(&tenant(A), &record) {
        memory.run(&statement).unwrap();
    }
    assert!(silent(1e12).is_empty());
}

#[test]
fn the_newest_word_on_an_answer_counts_and_is_found() {
    let memory = both();
    let ids = Ids::of(A);
    let say = |good, at| {
        let noted = conversations::note_feedback(&tenant(A), &ids.conversation, &opinion(&ids, good, at));
        memory.run(&noted).unwrap();
    };
    let listed = |good| {
        let filter = Filter { good: Some(good), ..of_agent(&ids.agent, None) };
        memory.run(&conversations::list(&tenant(A), &filter, None, 50)).unwrap().len()
    };
    assert_eq!((listed(true), listed(false)), (0, 0));
    say(true, 5.0);
    assert_eq!((listed(true), listed(false)), (1, 0));
    say(false, 7.0);
    say(true, 6.0);
    assert_eq!((listed(true), listed(false)), (0, 1), "what came late was said before");
    let rows = memory.run(&conversations::one(&tenant(A), &ids.conversation)).unwrap();
    let summary = conversations::read(&rows[0]).unwrap();
    assert_eq!((summary.good, summary.bad), (0, 1));
}

#[test]
fn an_older_run_cannot_say_how_the_newer_one_stands() {
    let memory = both();
    let (ids, new) = (Ids::of(A), RunId::ordered(9, [0; 10]));
    memory.run(&sources::begin_run(&tenant(A), &ids.source, &new)).unwrap();
    let note = |run: &RunId, state, synced| {
        let statement =
            sources::note_run(&tenant(A), &ids.source, run, state, Some("why"), &Progress::default(), synced);
        memory.run(&statement.unwrap()).unwrap();
        let rows = memory.run(&sources::one(&tenant(A), &ids.source)).unwrap();
        sources::read(&rows[0]).unwrap()
    };
    assert_eq!(note(&ids.run, SourceState::Failed, Some(5.0)).0.state, SourceState::Crawling);
    let (source, run) = note(&new, SourceState::Indexed, Some(6.0));
    assert_eq!(
        (source.state, source.last_synced_at, run),
        (SourceState::Indexed, Some(6.0), Some(new.clone()))
    );
    // A failed run keeps when the source was read last.
    assert_eq!(note(&new, SourceState::Failed, None).0.last_synced_at, Some(6.0));
}

#[test]
fn conversations_are_listed_in_pieces_without_gap_or_repetition() {
    let memory = both();
    for n in 10..30_u64 {
        let mut record = record(A, turn(n, TurnState::Finished, "a", 1_000.0));
        // Several of the same millisecond.
        #[allow(clippy::cast_precision_loss)]
        let at = 1_000.0 + (n / 4) as f64;
        record.turn.finished_at = at;
        record.identity.conversation_id = ConversationId::ordered(n, [3; 10]);
        for statement in conversations::store_turn(&tenant(A), &record) {
            memory.run(&statement).unwrap();
        }
    }
    let (mut seen, mut after) = (Vec::new(), None::<(f64, ConversationId)>);
    loop {
        let place = after.as_ref().map(|(at, id)| (*at, id));
        let rows = memory
            .run(&conversations::list(&tenant(A), &of_agent(&Ids::of(A).agent, None), place, 3))
            .unwrap();
        let page: Vec<_> = rows.iter().map(|row| conversations::read(row).unwrap()).collect();
        let Some(last) = page.last() else { break };
        after = Some((last.last_at, last.id.clone()));
        seen.extend(page.into_iter().map(|summary| summary.id));
    }
    let unique: HashSet<_> = seen.iter().cloned().collect();
    // With the two that both workspaces begin with.
    assert_eq!((seen.len(), unique.len()), (22, 22));
}
