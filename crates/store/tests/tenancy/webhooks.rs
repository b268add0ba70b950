//! Receivers of events, and what is due to them.

use protocol::api::{DisabledReason, EndpointWrite};
use protocol::events::EventKind;
use protocol::{AgentId, ApiKeyId, AuditId, EndpointId, EventId};
use store::endpoints::{self, NewHook, StoredSecret};
use store::events::{self, Event};
use store::{Engine, Statement};

use super::{A, Built, Ids, both, name, tenant};

/// Statements of this area that take no tenant, and why they may not.
pub const WITHOUT_TENANT: &[(&str, &str)] =
    &[("events::workspaces_due", "a schedule: which tenants have events that are due")];

fn endpoint(n: u64) -> EndpointId {
    EndpointId::ordered(n, [40; 10])
}

fn write(of: u64) -> EndpointWrite {
    EndpointWrite {
        url: format!("https://{}.test/hook", name(of)),
        description: format!("{} hook", name(of)),
        events: vec!["source.indexed".into()],
        agents: Vec::new(),
        enabled: true,
    }
}

fn subscribed(n: u64) -> EndpointId {
    EndpointId::ordered(n, [42; 10])
}

/// What the subscription was made with.
fn key(n: u64) -> ApiKeyId {
    ApiKeyId::ordered(n, [43; 10])
}

static KEYS: std::sync::LazyLock<[ApiKeyId; 3]> = std::sync::LazyLock::new(|| [key(0), key(1), key(2)]);

fn hook<'a>(id: &'a EndpointId, of: u64, secret: &'a StoredSecret) -> NewHook<'a> {
    NewHook {
        id,
        url: "https://hooks.test/one",
        event: EventKind::LeadCaptured,
        agent: None,
        made_by: name(of),
        key: KEYS.get(usize::try_from(of).unwrap()),
        secret,
        now: 4.0,
    }
}

fn secret(of: u64) -> StoredSecret {
    StoredSecret { sealed: format!("{} sealed", name(of)), set_at: 3.0, until: None }
}

fn event(id: &EventId, kind: EventKind) -> Event<'_> {
    Event { id, kind, agent: None, subject: "s", data: "{}", at: 5.0 }
}

pub fn builders(ids: &Ids, of: u64) -> Vec<Built> {
    let t = &tenant(of);
    let (own, entry) = (endpoint(ids.picks[2]), AuditId::ordered(ids.picks[3], [41; 10]));
    let happened = EventId::from_bits(u128::from(ids.picks[4]) + 500);
    let (before, after) = ([secret(ids.picks[2])], [secret(of), secret(ids.picks[2])]);
    vec![
        ("endpoints::list", vec![endpoints::list(t)]),
        ("endpoints::one", vec![endpoints::one(t, &own)]),
        ("endpoints::create", endpoints::create(t, &own, &write(of), &secret(of), 9, 4.0).unwrap().to_vec()),
        ("endpoints::update", vec![endpoints::update(t, &own, &write(of), 6.0).unwrap()]),
        ("endpoints::set_secrets", vec![endpoints::set_secrets(t, &own, &before, &after, 6.0).unwrap()]),
        ("endpoints::give_up", endpoints::give_up(t, &own, DisabledReason::Gone, &entry, 4.0, 6.0).to_vec()),
        ("endpoints::delete", vec![endpoints::delete(t, &own)]),
        ("endpoints::subscribe", {
            // Another one than what is there.
            let (id, secret) = (endpoint(ids.picks[2] + 300), secret(of));
            let other = NewHook { url: "https://hooks.test/two", ..hook(&id, of, &secret) };
            endpoints::subscribe(t, &other, 9).unwrap().to_vec()
        }),
        ("endpoints::hand_over", vec![endpoints::hand_over(t, &key(ids.picks[2]), &key(ids.picks[3]))]),
        ("endpoints::end_of_key", vec![endpoints::end_of_key(t, &key(ids.picks[2]))]),
        (
            "endpoints::end_hook",
            endpoints::end_hook(t, &subscribed(ids.picks[2]), "gone", &entry, 6.0).to_vec(),
        ),
        (
            "events::newest",
            vec![
                events::newest(t, EventKind::SourceIndexed, None, 9),
                events::newest(t, EventKind::SourceIndexed, Some(&ids.agent), 9),
            ],
        ),
        ("events::due", vec![events::due(t, 1e12, 9)]),
        (
            "events::settle",
            vec![
                events::settle(t, &[&happened], None).unwrap(),
                events::settle(t, &[&happened], Some(9.0)).unwrap(),
            ],
        ),
    ]
}

/// Rows of this area for one workspace: a receiver, and an event that is due to it.
pub fn fill(n: u64) -> Vec<Statement> {
    let t = &tenant(n);
    let mut made = endpoints::create(t, &endpoint(n), &write(n), &secret(n), 9, 4.0).unwrap().to_vec();
    made.extend(endpoints::subscribe(t, &hook(&subscribed(n), n, &secret(n)), 9).unwrap());
    made.push(events::note(t, &event(&EventId::from_bits(u128::from(n) + 500), EventKind::SourceIndexed)));
    made
}

#[test]
fn an_event_is_due_where_somebody_may_want_it_until_it_is_settled() {
    let (memory, t) = (both(), tenant(A));
    let due = || -> Vec<String> {
        let rows = memory.run(&events::due(&t, 1e12, 99)).unwrap();
        rows.iter().map(|row| events::read_due(row).unwrap().kind).collect()
    };
    assert_eq!(due(), ["source.indexed"]);
    let internal = EventId::from_bits(900);
    memory.run(&events::note(&t, &event(&internal, EventKind::MemberJoined))).unwrap();
    assert_eq!(due(), ["source.indexed"], "nobody is told who joined");
    let known = EventId::from_bits(u128::from(A) + 500);
    memory.run(&events::settle(&t, &[&known], Some(7.0)).unwrap()).unwrap();
    assert!(memory.run(&events::due(&t, 6.0, 9)).unwrap().is_empty());
    assert_eq!(due().len(), 1);
    memory.run(&events::settle(&t, &[&known], None).unwrap()).unwrap();
    memory.run(&events::note(&t, &event(&known, EventKind::SourceIndexed))).unwrap();
    assert!(due().is_empty(), "told again, it stays settled");
    memory.run(&endpoints::delete(&t, &endpoint(A))).unwrap();
    memory.ask(&format!("DELETE FROM webhook_endpoints WHERE workspace_id = '{}'", t.workspace()));
    let late = EventId::from_bits(901);
    memory.run(&events::note(&t, &event(&late, EventKind::SourceIndexed))).unwrap();
    assert!(due().is_empty(), "without receivers nothing is due");
}

#[test]
fn a_receiver_wants_what_its_filters_name_from_its_beginning_on() {
    let memory = both();
    let rows = memory.run(&endpoints::one(&tenant(A), &endpoint(A))).unwrap();
    let mut stored = endpoints::read(&rows[0]).unwrap();
    let (one, other) = (AgentId::ordered(1, [1; 10]), AgentId::ordered(2, [1; 10]));
    assert!(stored.wants(EventKind::SourceIndexed, None, 4.0));
    assert!(!stored.wants(EventKind::SourceIndexed, None, 3.9), "it was not there yet");
    assert!(!stored.wants(EventKind::SourceFailed, None, 4.0));
    stored.endpoint.events.clear();
    stored.endpoint.agents = vec![one.clone()];
    assert!(stored.wants(EventKind::SourceFailed, Some(&one), 4.0));
    assert!(!stored.wants(EventKind::SourceFailed, Some(&other), 4.0));
    assert!(!stored.wants(EventKind::UsageThreshold, None, 4.0), "an event of no agent is of none of these");
}

#[test]
fn one_of_two_who_replace_a_secret_at_once_does_and_a_receiver_is_given_up_once() {
    let (memory, t, own) = (both(), tenant(A), endpoint(A));
    let secrets = || endpoints::read(&memory.run(&endpoints::one(&t, &own)).unwrap()[0]).unwrap().secrets;
    let before = secrets();
    let set = |new: &str| {
        let replaced = StoredSecret { until: Some(9.0), ..before[0].clone() };
        let after = [StoredSecret { sealed: new.into(), set_at: 5.0, until: None }, replaced];
        memory.run(&endpoints::set_secrets(&t, &own, &before, &after, 5.0).unwrap()).unwrap();
    };
    set("first");
    set("second");
    assert_eq!(secrets()[0].sealed, "first");
    let read = || endpoints::read(&memory.run(&endpoints::one(&t, &own)).unwrap()[0]).unwrap().endpoint;
    let edited_at = read().edited_at;
    let give_up = |entry, edited_at| {
        let entry = AuditId::ordered(entry, [9; 10]);
        for statement in endpoints::give_up(&t, &own, DisabledReason::Failing, &entry, edited_at, 9.0) {
            memory.run(&statement).unwrap();
        }
    };
    give_up(69, edited_at - 1.0);
    assert!(read().enabled, "what a member changed meanwhile has not failed yet");
    give_up(70, edited_at);
    give_up(71, edited_at);
    let read = read();
    assert_eq!((read.enabled, read.disabled_reason), (false, Some(DisabledReason::Failing)));
    assert_eq!(read.old_secret_until, Some(9.0));
    assert_eq!(memory.number("SELECT count(*) FROM audit_log WHERE action = 'webhook.disabled'"), 1);
    assert_eq!(
        memory.ask("SELECT changes FROM audit_log WHERE action = 'webhook.disabled'")[0].text(0).unwrap(),
        r#"[{"field":"reason","after":"failing"}]"#
    );
}

#[test]
fn a_program_subscribes_once_and_only_while_its_key_is_in_force() {
    let (memory, t) = (both(), tenant(A));
    let count = || memory.number("SELECT count(*) FROM webhook_endpoints WHERE kind = 'hook'");
    let before = count();
    let (again, secret) = (endpoint(400), secret(A));
    for statement in endpoints::subscribe(&t, &hook(&again, A, &secret), 9).unwrap() {
        memory.run(&statement).unwrap();
    }
    assert_eq!(count(), before, "the same again is the same");
    let full = NewHook { url: "https://hooks.test/three", ..hook(&again, A, &secret) };
    assert!(memory.run(&endpoints::subscribe(&t, &full, 1).unwrap()[0]).is_err(), "there is no room");
    let read = || endpoints::read(&memory.run(&endpoints::one(&t, &subscribed(A))).unwrap()[0]).unwrap();
    assert!(!read().has_key(5.0), "its key is none of this workspace");
    let keys = |id: u64, columns: &str| {
        memory.ask(&format!(
            "INSERT INTO api_keys (id, workspace_id, name, prefix, secret_digest, scopes, rate_limit, created_by, created_at, revoked_at, expires_at) \
             VALUES ('{}', '{}', 'k', 'p', 'digest {id}', '[]', 1, 'x', 1.0, {columns}) RETURNING id",
            key(id),
            t.workspace()
        ));
    };
    keys(A, "NULL, 7.0");
    assert!(read().has_key(6.9) && !read().has_key(7.0));
    assert!(
        read().wants(EventKind::LeadCaptured, None, 6.0) && !read().wants(EventKind::LeadCaptured, None, 8.0)
    );
    keys(50, "NULL, NULL");
    memory.run(&endpoints::hand_over(&t, &key(A), &key(50))).unwrap();
    assert!(read().has_key(1e12), "the key that replaced it goes on");
    memory.ask(&format!("UPDATE api_keys SET revoked_at = 2.0 WHERE id = '{}' RETURNING id", key(50)));
    assert!(!read().has_key(1.0));
    for statement in endpoints::end_hook(&t, &endpoint(A), "gone", &AuditId::ordered(90, [9; 10]), 9.0) {
        memory.run(&statement).unwrap();
    }
    assert_eq!(memory.run(&endpoints::one(&t, &endpoint(A))).unwrap().len(), 1, "a webhook is no hook");
    for statement in endpoints::end_hook(&t, &subscribed(A), "gone", &AuditId::ordered(91, [9; 10]), 9.0) {
        memory.run(&statement).unwrap();
    }
    assert!(memory.run(&endpoints::one(&t, &subscribed(A))).unwrap().is_empty());
    assert_eq!(memory.number("SELECT count(*) FROM audit_log WHERE action = 'hook.ended'"), 1);
}
