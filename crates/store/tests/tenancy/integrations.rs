//! Connections to outside services, and whose turn a lead is.

use protocol::api::{EndpointStatus, Integration, IntegrationKind, IntegrationSettings};
use protocol::{EndpointId, IntegrationId, LeadId, UserId};
use store::integrations;
use store::{Engine, Statement, leads};

use super::{A, B, Built, Ids, both, name, tenant};

/// Statements of this area that take no tenant, and why they may not.
pub const WITHOUT_TENANT: &[(&str, &str)] = &[
    ("sealed::page", "the operator replaces the installation's key: sealed values, whoever's they are"),
    (
        "sealed::replace",
        "the operator replaces the installation's key: the row was read by page a moment before",
    ),
];

fn integration(n: u64) -> IntegrationId {
    IntegrationId::ordered(n, [50; 10])
}

fn lead(n: u64) -> LeadId {
    LeadId::ordered(n, [41; 10])
}

fn user(n: u64) -> UserId {
    UserId::ordered(n, [9; 10])
}

fn new(id: IntegrationId, endpoint: u64, of: u64) -> Integration {
    Integration {
        id,
        kind: IntegrationKind::Slack,
        name: format!("{} channel", name(of)),
        settings: IntegrationSettings::default(),
        endpoint_id: Some(EndpointId::ordered(endpoint, [51; 10])),
        events: vec!["lead.captured".into()],
        agents: Vec::new(),
        enabled: true,
        disabled_reason: None,
        last_ok_at: Some(3.0),
        last_error: String::new(),
        created_at: 3.0,
        edited_at: 3.0,
        status: EndpointStatus::default(),
    }
}

pub fn builders(ids: &Ids, of: u64) -> Vec<Built> {
    let (t, own) = (&tenant(of), integration(ids.picks[2]));
    let made = new(own.clone(), ids.picks[3], of);
    let settings = (name(of), &IntegrationSettings::default());
    let before = format!("{} sealed", name(ids.picks[2]));
    let members = [user(ids.picks[5])];
    vec![
        ("integrations::list", vec![integrations::list(t)]),
        ("integrations::one", vec![integrations::one(t, &own)]),
        ("integrations::create", integrations::create(t, &made, Some(name(of)), 9).unwrap()),
        (
            "integrations::update",
            vec![
                integrations::update(t, &own, settings, None, 6.0).unwrap(),
                integrations::update(t, &own, settings, Some(name(of)), 6.0).unwrap(),
            ],
        ),
        ("integrations::renew", vec![integrations::renew(t, &own, &before, name(of))]),
        ("integrations::note", vec![integrations::note(t, &own, "It broke.", 6.0)]),
        (
            "integrations::take_turn",
            vec![integrations::take_turn(t, &own, &lead(ids.picks[4]), &members, 6.0).unwrap()],
        ),
        ("integrations::turn", vec![integrations::turn(t, &own, &lead(ids.picks[4]))]),
        ("integrations::delete", integrations::delete(t, &own).to_vec()),
    ]
}

/// Rows of this area for one workspace: an integration with its receiver, and a lead's turn.
pub fn fill(n: u64) -> Vec<Statement> {
    let (t, id) = (&tenant(n), integration(n));
    let sealed = format!("{} sealed", name(n));
    let mut made = integrations::create(t, &new(id.clone(), n, n), Some(&sealed), 9).unwrap();
    made.push(integrations::take_turn(t, &id, &lead(n), &[user(n)], 4.0).unwrap());
    made
}

#[test]
fn turns_go_round_among_those_who_are_there() {
    let memory = both();
    let (t, id) = (tenant(A), integration(A));
    let workspace = t.workspace();
    for n in 60..63 {
        memory.ask(&format!(
            "INSERT INTO users (id, email, name, password_hash, created_at) VALUES ('{}', '{n}@x.test', '{n}', '', 1)",
            user(n)
        ));
        memory.ask(&format!(
            "INSERT INTO members (workspace_id, user_id, role, created_at) VALUES ('{workspace}', '{}', 'editor', 1)",
            user(n)
        ));
    }
    let next = |lead_number: u64, members: &[UserId]| {
        let of = lead(lead_number);
        memory.ask(&format!(
            "INSERT OR IGNORE INTO leads (id, workspace_id, agent_id, conversation_id, contact_id, source, created_at, updated_at) \
             SELECT '{of}', workspace_id, agent_id, 'cnv_{lead_number}', contact_id, 'form', 1, 1 FROM leads WHERE id = '{}'",
            lead(A)
        ));
        memory.run(&integrations::take_turn(&t, &id, &of, members, 7.0).unwrap()).unwrap();
        let rows = memory.run(&integrations::turn(&t, &id, &of)).unwrap();
        rows.first().map(|row| integrations::read_turn(row).unwrap().name)
    };
    let all = [user(60), user(61), user(62), user(B)];
    let given: Vec<_> = (100..105).map(|n| next(n, &all).unwrap()).collect();
    assert_eq!(given, ["60", "61", "62", "60", "61"], "one after the other, and no stranger");
    assert_eq!(next(100, &all).as_deref(), Some("60"), "asked again it is the same turn");
    assert_eq!(next(105, &all[..2]).as_deref(), Some("60"), "who is away is passed over");
    assert_eq!(next(106, &all).as_deref(), Some("62"), "and is next when back");
    memory.ask(&format!("UPDATE leads SET owner_id = '{}' WHERE id = '{}'", user(60), lead(107)));
    assert_eq!(next(108, &[user(B)]), None, "nobody of ours is in the list");
}

#[test]
fn a_lead_with_an_owner_is_nobodys_turn() {
    let memory = both();
    let (t, id) = (tenant(A), integration(A));
    memory.ask("DELETE FROM lead_turns");
    let owner = protocol::api::OwnerChange::Member(user(A));
    memory.run(&leads::change(&t, &lead(A), None, Some(&owner), 5.0)).unwrap();
    memory.run(&integrations::take_turn(&t, &id, &lead(A), &[user(A)], 7.0).unwrap()).unwrap();
    assert!(memory.run(&integrations::turn(&t, &id, &lead(A))).unwrap().is_empty());
}

#[test]
fn a_renewed_token_does_not_undo_a_new_connection() {
    let memory = both();
    let (t, id) = (tenant(A), integration(A));
    let sealed = || integrations::read(&memory.run(&integrations::one(&t, &id)).unwrap()[0]).unwrap().sealed;
    memory.run(&integrations::renew(&t, &id, "another", "renewed")).unwrap();
    assert_eq!(sealed().as_deref(), Some("alpha sealed"));
    memory.run(&integrations::renew(&t, &id, "alpha sealed", "renewed")).unwrap();
    assert_eq!(sealed().as_deref(), Some("renewed"));
    memory.run(&integrations::note(&t, &id, "It broke.", 8.0)).unwrap();
    let stored =
        integrations::read(&memory.run(&integrations::one(&t, &id)).unwrap()[0]).unwrap().integration;
    assert_eq!((stored.last_error.as_str(), stored.last_ok_at), ("It broke.", Some(3.0)));
}
