//! Drafts, versions, publication, and notes of the playground.

use protocol::agent::AgentSnapshot;
use protocol::api::{PlaygroundFeedback, Rating};
use store::audit::{Entry, note, note_if_changed};
use store::versions::{self, NewVersion};
use store::{Actor, Statement, Who, agents, events, sql};

use super::{Built, Ids, name, tenant};
use crate::common::snapshot;
use protocol::{AuditId, EventId, UserId};

/// Statements of this area that take no tenant, and why they may not.
pub const WITHOUT_TENANT: &[(&str, &str)] =
    &[("versions::edges_due", "a schedule: whose publications are due, whoever's they are")];

fn draft(ids: &Ids, of: u64) -> AgentSnapshot {
    AgentSnapshot { agent_id: ids.agent.clone(), version: ids.version, ..snapshot(of, name(of)) }
}

/// A member of one workspace.
pub fn actor(of: u64) -> Actor {
    Actor {
        tenant: tenant(of),
        who: Who::Member {
            user_id: UserId::ordered(of, [9; 10]),
            name: name(of).into(),
            email: format!("{}@x.test", name(of)),
            role: protocol::api::Role::Owner,
        },
        workspace_name: name(of).into(),
        jurisdiction: protocol::objects::Jurisdiction::Anywhere,
        address: "192.0.2.1".into(),
    }
}

pub fn builders(ids: &Ids, of: u64) -> Vec<Built> {
    let t = &tenant(of);
    let draft = draft(ids, of);
    let version =
        NewVersion { snapshot: &draft, revision: 1, note: "", by: name(of), restored: None, now: 6.0 };
    let feedback = PlaygroundFeedback {
        run_id: ids.turn.clone(),
        rating: Rating::Good,
        reason: String::new(),
        question: "q".into(),
        answer: "a".into(),
        version: None,
    };
    let id = AuditId::ordered(ids.picks[5], [3; 10]);
    let entry = Entry { id: &id, action: "x", subject: "s", subject_name: name(of), changes: &[], at: 5.0 };
    let happened = EventId::from_bits(u128::from(ids.picks[4]));
    let event = events::Event {
        id: &happened,
        kind: protocol::events::EventKind::AgentCreated,
        agent: Some(&ids.agent),
        subject: name(of),
        data: "{}",
        at: 5.0,
    };
    vec![
        ("agents::create", vec![agents::create(t, &draft, name(of), name(of), 5.0).unwrap()]),
        ("agents::save_draft", vec![agents::save_draft(t, &draft, 1, name(of), 5.0).unwrap()]),
        ("agents::rename", vec![agents::rename(t, &ids.agent, name(of))]),
        ("agents::archive", vec![agents::archive(t, &ids.agent, Some(5.0))]),
        ("agents::set_turnstile", vec![agents::set_turnstile(t, &ids.agent, Some((name(of), "sealed")))]),
        ("agents::turnstile_secret", vec![agents::turnstile_secret(t, &ids.agent)]),
        ("agents::delete", vec![agents::delete(t, &ids.agent, 5.0)]),
        ("agents::note_playground", vec![agents::note_playground(t, &ids.agent, name(of), &feedback, 5.0)]),
        ("versions::list", vec![versions::list(t, &ids.agent, None, 9)]),
        ("versions::one", vec![versions::one(t, &ids.agent, 1)]),
        ("versions::newest", vec![versions::newest(t, &ids.agent)]),
        ("versions::publish", versions::publish(t, &version).unwrap().to_vec()),
        ("versions::unpublish", vec![versions::unpublish(t, &ids.agent, 5.0)]),
        ("versions::edge", vec![versions::edge(t, &ids.agent)]),
        ("versions::edge_told", vec![versions::edge_told(t, &ids.agent, 0)]),
        ("events::note", vec![events::note(t, &event)]),
        ("events::note_if_changed", vec![events::note_if_changed(t, &event)]),
        ("audit::note", vec![note(&actor(of), &entry).unwrap()]),
        ("audit::note_if_changed", vec![note_if_changed(&actor(of), &entry).unwrap()]),
    ]
}

/// Rows of this area for one workspace.
pub fn fill(n: u64) -> Vec<Statement> {
    let (ids, wanted) = (Ids::of(n), ["agents::note_playground", "audit::note", "events::note"]);
    let all = builders(&ids, n).into_iter();
    let mut made: Vec<_> = all.filter(|(name, _)| wanted.contains(name)).flat_map(|(_, made)| made).collect();
    made.push(
        sql::sql("UPDATE agents SET edge_due_at = 1 WHERE workspace_id = ?1")
            .bind(tenant(n).workspace().as_str()),
    );
    made
}
