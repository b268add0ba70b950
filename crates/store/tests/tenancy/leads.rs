//! Leads, contacts and erasures.

use protocol::api::{
    Contact, FollowUp, LeadAnswer, LeadConsent, LeadEntry, LeadEntryKind, OwnerChange, Receipt, ReceiptKind,
    ScoreKind, ScoreReason,
};
use protocol::lead::{LeadSource, LeadStatus};
use protocol::{ContactId, ErasureId, LeadId, MailId, PersonExportId, ReceiptId, UserId};
use store::contacts;
use store::erasures;
use store::exports;
use store::leads::{self, Captured, Filter, OwnedBy, Sort};
use store::receipts;
use store::{Engine, Statement};

use super::{A, Built, Ids, Memory, both, migrations, name, tenant};

/// Statements of this area that take no tenant, and why they may not.
pub const WITHOUT_TENANT: &[(&str, &str)] = &[
    ("leads::to_tell", "housekeeping: conversations to be told, whoever's they are; the row says whose"),
    ("erasures::due", "housekeeping: erasures to carry out, whoever's they are; the row says whose"),
    ("erasures::forget_closed", "housekeeping by age, whoever's it is"),
    ("exports::due", "housekeeping: files to make, whoever's they are; the row says whose"),
    ("exports::staying", "housekeeping: files that stay, whoever's they are"),
    ("exports::forget", "housekeeping by age, whoever's it is"),
];

fn lead(n: u64) -> LeadId {
    LeadId::ordered(n, [41; 10])
}

fn person(n: u64) -> ContactId {
    ContactId::ordered(n, [42; 10])
}

/// Somebody without a lead.
fn lonely(n: u64) -> ContactId {
    ContactId::ordered(n, [44; 10])
}

/// Somebody of whom nothing was asked for.
fn calm(n: u64) -> ContactId {
    ContactId::ordered(n, [48; 10])
}

fn erasure(n: u64) -> ErasureId {
    ErasureId::ordered(n, [43; 10])
}

fn export(n: u64) -> PersonExportId {
    PersonExportId::ordered(n, [46; 10])
}

fn receipt(n: u64) -> ReceiptId {
    ReceiptId::ordered(n, [45; 10])
}

fn exported(of: u64) -> Receipt {
    Receipt {
        id: String::new(),
        kind: ReceiptKind::Export,
        by: name(of).to_owned(),
        subject: String::new(),
        counts: Vec::new(),
        requested_at: 5.0,
        done_at: Some(5.0),
    }
}

fn contact(id: ContactId, of: u64) -> Contact {
    Contact {
        id,
        name: format!("{} person", name(of)),
        email: format!("{}@person.test", name(of)),
        phone: "+493012345".into(),
        also: vec![format!("{}@old.test", name(of))],
        leads: 0,
        created_at: 3.0,
        updated_at: 3.0,
    }
}

fn captured(ids: &Ids, lead: &LeadId, contact: &ContactId, of: u64) -> Statement {
    let answers = [LeadAnswer { key: "city".into(), label: "City".into(), value: name(of).into() }];
    let reasons = [ScoreReason { kind: ScoreKind::Email, points: 20, detail: String::new() }];
    let consent = LeadConsent { text: "You may write to me.".into(), at: 3.0 };
    let email = format!("{}@person.test", name(of));
    let lead = Captured {
        id: lead,
        agent: &ids.agent,
        conversation: Some(&ids.conversation),
        contact,
        name: name(of),
        email: &email,
        phone: "",
        answers: &answers,
        score: 20,
        reasons: &reasons,
        page_url: None,
        source: LeadSource::Form,
        consent: Some(&consent),
        variants: &[],
        now: 4.0,
    };
    leads::capture(&tenant(of), &lead).unwrap()
}

/// As a program writes one.
fn brought(ids: &Ids, lead: &LeadId, contact: &ContactId, of: u64) -> Statement {
    let lead = Captured {
        id: lead,
        agent: &ids.agent,
        conversation: None,
        contact,
        name: name(of),
        email: "",
        phone: "+493012345",
        answers: &[],
        score: 10,
        reasons: &[],
        page_url: None,
        source: LeadSource::Api,
        consent: None,
        variants: &[],
        now: 5.0,
    };
    leads::capture(&tenant(of), &lead).unwrap()
}

fn entry(id: &str, of: u64) -> LeadEntry {
    LeadEntry {
        id: id.into(),
        kind: LeadEntryKind::Note,
        by: name(of).into(),
        text: format!("{} note", name(of)),
        at: 5.0,
    }
}

pub fn builders(ids: &Ids, of: u64) -> Vec<Built> {
    let t = &tenant(of);
    let (own, who, era) = (lead(ids.picks[2]), person(ids.picks[3]), erasure(ids.picks[4]));
    let user = UserId::ordered(ids.picks[5], [9; 10]);
    let filter = Filter {
        status: Some(LeadStatus::New),
        agent: Some(&ids.agent),
        owner: Some(OwnedBy::Member(user.as_str())),
        from: Some(0.0),
        to: Some(9.0),
        score: Some(1),
        words: Some("person"),
        email: Some("a@person.test"),
        phone: Some("+493012345"),
        sort: Sort::Score,
    };
    let owner = OwnerChange::Member(user.clone());
    let line = entry(&format!("{} {}", name(of), ids.picks[4]), of);
    let spoken = std::slice::from_ref(&ids.conversation);
    let found = Contact { updated_at: 6.0, ..contact(who.clone(), of) };
    let mailed = [MailId::ordered(ids.picks[4], [1; 10])];
    let follow_up = FollowUp { subject: name(of).into(), text: name(of).into() };
    vec![
        (
            "leads::list",
            vec![leads::list(t, &Filter::default(), None, 9), leads::list(t, &filter, Some((1e9, &own)), 9)],
        ),
        ("leads::one", vec![leads::one(t, &own)]),
        ("leads::some", vec![leads::some(t, std::slice::from_ref(&own)).unwrap()]),
        ("leads::of_conversation", vec![leads::of_conversation(t, &ids.conversation)]),
        ("leads::among", vec![leads::among(t, &[&ids.conversation]).unwrap()]),
        ("leads::of_contact", vec![leads::of_contact(t, &who)]),
        (
            "leads::capture",
            vec![
                captured(ids, &own, &who, of),
                brought(ids, &own, &who, of),
                brought(ids, &lead(ids.picks[2] + 100), &lonely(ids.picks[3]), of),
            ],
        ),
        ("leads::earlier", vec![leads::earlier(t, &ids.conversation)]),
        ("leads::rescore", vec![leads::rescore(t, &own, 30, &[]).unwrap()]),
        (
            "leads::change",
            vec![
                leads::change(t, &own, Some(LeadStatus::Won), None, 6.0),
                leads::change(t, &own, None, Some(&owner), 6.0),
                leads::change(t, &own, None, Some(&OwnerChange::Nobody), 6.0),
            ],
        ),
        ("leads::told", vec![leads::told(t, &own)]),
        ("leads::note", vec![leads::note(t, &own, &line)]),
        ("leads::note_if_changed", vec![leads::note_if_changed(t, &own, &line)]),
        ("leads::history", vec![leads::history(t, &own)]),
        ("leads::entry", vec![leads::entry(t, &format!("{} entry", name(ids.picks[2])))]),
        ("leads::follow_up", vec![leads::follow_up(t)]),
        ("leads::set_follow_up", vec![leads::set_follow_up(t, &follow_up)]),
        (
            "contacts::list",
            vec![contacts::list(t, None, None, 9), contacts::list(t, Some("person"), Some((1e9, &who)), 9)],
        ),
        (
            "events::about",
            vec![store::events::about(t, &[name(A).to_owned(), name(super::B).to_owned()]).unwrap()],
        ),
        ("contacts::one", vec![contacts::one(t, &who)]),
        (
            "contacts::who",
            vec![contacts::who(t, &format!("{}@person.test", name(ids.picks[3])), "+493012345")],
        ),
        ("contacts::duplicates", vec![contacts::duplicates(t, &found)]),
        ("contacts::put", contacts::put(t, &found).unwrap().to_vec()),
        ("contacts::move_leads", vec![contacts::move_leads(t, &who, &person(ids.picks[5]), 6.0)]),
        (
            "contacts::delete_empty",
            vec![contacts::delete_empty(t, &who), contacts::delete_empty(t, &lonely(ids.picks[3]))],
        ),
        ("receipts::list", vec![receipts::list(t, 9)]),
        ("receipts::put", vec![receipts::put(t, &receipt(ids.picks[4]), &exported(of)).unwrap()]),
        (
            "erasures::request",
            vec![
                erasures::request(t, &era, &who, name(of), 6.0),
                erasures::request(t, &era, &lonely(ids.picks[3]), name(of), 6.0),
            ],
        ),
        (
            "receipts::put_if_changed",
            vec![receipts::put_if_changed(t, &receipt(ids.picks[4]), &exported(of)).unwrap()],
        ),
        (
            "exports::request",
            vec![
                // One of a person who is being erased, and of one who is not.
                exports::request(t, &export(ids.picks[4] + 100), &who, name(of), 6.0),
                exports::request(t, &export(ids.picks[4] + 100), &calm(ids.picks[3]), name(of), 6.0),
            ],
        ),
        ("exports::list", vec![exports::list(t, &lonely(ids.picks[3]), 9)]),
        ("exports::one", vec![exports::one(t, &lonely(ids.picks[3]), &export(ids.picks[4]))]),
        ("exports::of_contact", vec![exports::of_contact(t, &lonely(ids.picks[3]))]),
        ("exports::made", vec![exports::made(t, &export(ids.picks[4]), 6.0, 9.0)]),
        ("exports::give_up", vec![exports::give_up(t, &export(ids.picks[4]), 6.0)]),
        ("exports::call_off", vec![exports::call_off(t, &lonely(ids.picks[3]), 6.0)]),
        ("erasures::list", vec![erasures::list(t, 9)]),
        ("erasures::of_contact", vec![erasures::of_contact(t, &who)]),
        ("erasures::called", vec![erasures::called(t, &who)]),
        ("erasures::conversations", vec![erasures::conversations(t, &who)]),
        ("erasures::close", erasures::close(t, &era, &who, spoken, 1, 6.0).unwrap().to_vec()),
        ("erasures::erase", erasures::erase(t, &era, &who, spoken, &mailed, 7.0).unwrap()),
        ("erasures::mails", vec![erasures::mails(t)]),
        ("erasures::late", erasures::late(t, &ids.conversation).to_vec()),
        ("erasures::closed", vec![erasures::closed(t, &[&ids.conversation]).unwrap()]),
    ]
}

/// Rows of this area for one workspace: a person with a lead, what happened to it, and an erasure.
pub fn fill(n: u64) -> Vec<Statement> {
    let (t, ids) = (&tenant(n), Ids::of(n));
    let mut made = contacts::put(t, &contact(person(n), n)).unwrap().to_vec();
    let nobody = Contact { email: String::new(), phone: String::new(), ..contact(lonely(n), n) };
    made.extend(contacts::put(t, &nobody).unwrap());
    made.extend(contacts::put(t, &Contact { id: calm(n), ..nobody.clone() }).unwrap());
    let (mail, workspace) = (MailId::ordered(n, [45; 10]), Some(t.workspace()));
    made.push(store::mails::queue(&mail, workspace, name(n), "follow_up", "sealed", 1.0));
    made.push(captured(&ids, &lead(n), &person(n), n));
    made.push(leads::note(t, &lead(n), &entry(&format!("{} entry", name(n)), n)));
    made.push(leads::set_follow_up(t, &FollowUp { subject: name(n).into(), text: String::new() }));
    made.push(receipts::put(t, &receipt(n), &exported(n)).unwrap());
    made.push(exports::request(t, &export(n), &lonely(n), name(n), 6.0));
    made.push(erasures::request(t, &erasure(n), &person(n), name(n), 6.0));
    made.extend(erasures::close(t, &erasure(n), &person(n), &[], 0, 6.0).unwrap());
    made.push(
        store::sql::sql(
            "INSERT INTO erased_conversations (conversation_id, workspace_id, at) VALUES (?2, ?1, 1.0)",
        )
        .bind(t.workspace().as_str())
        .bind(ids.conversation.as_str()),
    );
    made
}

#[test]
fn a_conversation_has_one_lead_and_the_address_says_whose() {
    let memory = both();
    let (t, ids) = (tenant(A), Ids::of(A));
    // Somebody else came to have this address first: the lead is theirs.
    memory.run(&captured(&ids, &lead(A), &person(77), A)).unwrap();
    let rows = memory.run(&leads::of_conversation(&t, &ids.conversation)).unwrap();
    let read = leads::read(&rows[0]).unwrap();
    assert_eq!((rows.len(), read.revision, read.contact_id), (1, 2, person(A)));
    assert_eq!(read.agent_name, format!("{} agent", name(A)));
}

#[test]
fn two_captures_at_once_lose_nothing_of_each_other() {
    let memory = both();
    let (t, ids) = (tenant(A), Ids::of(A));
    // As one writes it that began before there was a lead.
    let answers = [LeadAnswer { key: "size".into(), label: "Size".into(), value: "XL".into() }];
    let late = Captured {
        id: &lead(A),
        agent: &ids.agent,
        conversation: Some(&ids.conversation),
        contact: &person(A),
        name: "",
        email: "",
        phone: "+493012345",
        answers: &answers,
        score: 10,
        reasons: &[],
        page_url: None,
        source: LeadSource::Conversation,
        consent: None,
        variants: &[],
        now: 5.0,
    };
    memory.run(&leads::capture(&t, &late).unwrap()).unwrap();
    let kept = leads::read(&memory.run(&leads::one(&t, &lead(A))).unwrap()[0]).unwrap();
    assert_eq!((kept.name.as_str(), kept.phone.as_str()), (name(A), "+493012345"));
    assert_eq!(kept.email, format!("{}@person.test", name(A)));
    let keys: Vec<&str> = kept.answers.iter().map(|answer| answer.key.as_str()).collect();
    assert_eq!(keys, ["city", "size"]);
    assert!(kept.consent.is_some() && kept.source == LeadSource::Form);
}

#[test]
fn a_program_brings_a_person_once_and_finds_them_by_the_whole_address() {
    let memory = both();
    let (t, ids) = (tenant(A), Ids::of(A));
    let count = || memory.number("SELECT count(*) FROM leads WHERE source = 'api'");
    let read = |id: &LeadId| leads::read(&memory.run(&leads::one(&t, id)).unwrap()[0]).unwrap();
    memory.run(&brought(&ids, &lead(200), &person(A), A)).unwrap();
    assert_eq!(count(), 0, "the agent has a lead of this person");
    for id in [201, 202] {
        memory.run(&brought(&ids, &lead(id), &lonely(A), A)).unwrap();
    }
    assert_eq!(count(), 1, "of two who bring somebody at once one does");
    let own = read(&lead(201));
    assert_eq!((own.conversation_id, own.revision, own.source), (None, 1, LeadSource::Api));
    memory.run(&brought(&ids, &lead(201), &lonely(A), A)).unwrap();
    assert_eq!((read(&lead(201)).revision, count()), (2, 1), "written again it is the same");
    memory.run(&leads::told(&t, &lead(A))).unwrap();
    let untold = memory.run(&leads::to_tell(1e12, 99)).unwrap();
    assert!(untold.iter().all(|row| leads::read_to_tell(row).unwrap().workspace_id != *t.workspace()));
    let found = |email, phone| {
        let filter = Filter { email, phone, ..Filter::default() };
        let rows = memory.run(&leads::list(&t, &filter, None, 9)).unwrap();
        rows.iter().map(|row| leads::read(row).unwrap().id).collect::<Vec<_>>()
    };
    let whole = format!("{}@person.test", name(A));
    assert_eq!(found(Some(whole.as_str()), None), [lead(A)]);
    assert_eq!(found(Some(&whole[1..]), None), []);
    assert_eq!(found(None, Some("+493012345")), [lead(201)]);
}

#[test]
fn leads_of_before_are_all_there_after_their_table_was_copied() {
    let memory = Memory::open();
    let files = migrations();
    let at = files.iter().position(|file| file.ends_with("0023_add_hooks.sql")).unwrap();
    let run = |files: &[std::path::PathBuf]| {
        for file in files {
            memory.0.execute_batch(&std::fs::read_to_string(file).unwrap()).unwrap();
        }
    };
    run(&files[..at]);
    memory.0.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    let columns = |unlike: &str| {
        let text =
            format!("SELECT name FROM pragma_table_info('leads') WHERE name <> '{unlike}' ORDER BY cid");
        memory.ask(&text).iter().map(|row| row.text(0).unwrap().to_owned()).collect::<Vec<_>>()
    };
    let indexes = || {
        let text = "SELECT name || ' ' || sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'leads' AND sql IS NOT NULL ORDER BY name";
        memory.ask(text).iter().map(|row| row.text(0).unwrap().to_owned()).collect::<Vec<_>>()
    };
    let named = columns("");
    let values: Vec<String> = named
        .iter()
        .map(|column| match column.as_str() {
            "workspace_id" => "'w'".to_owned(),
            "score" | "revision" => "7".to_owned(),
            "created_at" | "updated_at" | "tell_due_at" => "1795000000000.5".to_owned(),
            other => format!("'{other}' || n.n"),
        })
        .collect();
    memory
        .0
        .execute_batch(&format!(
            "INSERT INTO workspaces (id, name, jurisdiction, created_at) VALUES ('w', 'W', 'anywhere', 1.0); \
             INSERT INTO leads ({}) SELECT {} FROM (SELECT 1 AS n UNION SELECT 2 UNION SELECT 3) n",
            named.join(", "),
            values.join(", ")
        ))
        .unwrap();
    let rows = || {
        let text = format!("SELECT json_array({}) FROM leads ORDER BY id", named.join(", "));
        memory.ask(&text).iter().map(|row| row.text(0).unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (before, known) = (rows(), indexes());
    run(&files[at..]);
    assert_eq!(before.len(), 3);
    assert_eq!((rows(), indexes(), columns("")), (before, known, named.clone()));
    let twice = "INSERT INTO leads (id, workspace_id, agent_id, conversation_id, contact_id, source, created_at, updated_at) \
                 VALUES ('x', 'w', 'a', 'conversation_id1', 'c', 'form', 1, 1)";
    assert!(memory.0.execute_batch(twice).is_err(), "a conversation has one lead");
    for id in ["'y'", "'z'"] {
        memory.0.execute_batch(&twice.replace("'x'", id).replace("'conversation_id1'", "NULL")).unwrap();
    }
}

#[test]
fn who_is_no_member_owns_no_lead() {
    let memory = both();
    let t = tenant(A);
    let owner = |user| OwnerChange::Member(UserId::ordered(user, [9; 10]));
    let owned = || {
        let rows = memory.run(&leads::one(&t, &lead(A))).unwrap();
        leads::read(&rows[0]).unwrap().owner.map(|owner| owner.name)
    };
    memory.run(&leads::change(&t, &lead(A), None, Some(&owner(super::B)), 7.0)).unwrap();
    assert_eq!(owned(), None);
    memory.run(&leads::change(&t, &lead(A), None, Some(&owner(A)), 7.0)).unwrap();
    assert_eq!(owned().as_deref(), Some(name(A)));
    memory.run(&leads::change(&t, &lead(A), Some(LeadStatus::Won), None, 7.0)).unwrap();
    assert_eq!(owned().as_deref(), Some(name(A)), "a change of the status leaves the owner");
}

#[test]
fn an_erased_person_is_in_no_row_and_the_receipt_counts() {
    let memory = both();
    let (t, ids) = (tenant(A), Ids::of(A));
    let spoken = std::slice::from_ref(&ids.conversation);
    memory.0.execute("UPDATE erasures SET counts = '{}'", []).unwrap();
    let steps = |at| {
        let mut all = erasures::close(&t, &erasure(A), &person(A), spoken, 3, at).unwrap().to_vec();
        all.extend(erasures::erase(&t, &erasure(A), &person(A), spoken, &[], at).unwrap());
        all
    };
    for statement in steps(9.0).into_iter().chain(steps(10.0)) {
        memory.run(&statement).unwrap();
    }
    let rows = memory.run(&erasures::list(&t, 9)).unwrap();
    let receipt = erasures::read(&rows[0]).unwrap();
    assert_eq!((receipt.counts.leads, receipt.counts.conversations, receipt.counts.mails), (1, 1, 3));
    // Others of the workspace stay.
    for (table, others) in [("contacts", 2), ("leads", 0), ("lead_entries", 0)] {
        let left =
            memory.number(&format!("SELECT count(*) FROM {table} WHERE workspace_id = '{}'", t.workspace()));
        assert_eq!(left, others, "{table}");
    }
    assert!(memory.run(&leads::one(&tenant(super::B), &lead(super::B))).unwrap().len() == 1);
    let closed = memory.run(&erasures::closed(&t, &[&ids.conversation]).unwrap()).unwrap();
    assert_eq!(erasures::read_closed(&closed[0]).unwrap().0, ids.conversation);
}
