//! Response templates and their use.

use protocol::api::TemplateWrite;
use protocol::{AgentId, MessageId, TemplateId};
use store::{Engine, Statement, templates};

use super::{A, Built, Ids, both, name, tenant};

/// The template of a workspace.
pub fn template(n: u64) -> TemplateId {
    TemplateId::ordered(n, [33; 10])
}

fn message(n: u64) -> MessageId {
    MessageId::ordered(n, [34; 10])
}

fn written(called: &str, agent: Option<&AgentId>) -> TemplateWrite {
    TemplateWrite { name: called.into(), text: format!("{called} text"), agent_id: agent.cloned() }
}

pub fn builders(ids: &Ids, of: u64) -> Vec<Built> {
    let t = &tenant(of);
    let own = template(ids.picks[2]);
    let called = format!("{} {}", name(of), ids.picks[2]);
    let (new, here) = (TemplateId::ordered(9, [35; 10]), written(&called, Some(&ids.agent)));
    vec![
        ("templates::list", vec![templates::list(t)]),
        ("templates::one", vec![templates::one(t, &own)]),
        ("templates::create", templates::create(t, &new, &here, 9, 4.0).to_vec()),
        ("templates::update", vec![templates::update(t, &own, &here, 6.0)]),
        ("templates::delete", templates::delete(t, &own).to_vec()),
        ("templates::used", vec![templates::used(t, &own, &message(ids.picks[3]), 4.0)]),
    ]
}

/// Rows of this area for one workspace: a template of its agent, used once.
pub fn fill(n: u64) -> Vec<Statement> {
    let (t, ids) = (&tenant(n), Ids::of(n));
    let here = written(name(n), Some(&ids.agent));
    let mut made = templates::create(t, &template(n), &here, 9, 4.0).to_vec();
    made.push(templates::used(t, &template(n), &message(n), 5.0));
    made
}

#[test]
fn a_message_counts_once_however_often_it_is_sent() {
    let memory = both();
    let (t, own) = (tenant(A), template(A));
    let used = || {
        let rows = memory.run(&templates::one(&t, &own)).unwrap();
        let template = templates::read(&rows[0]).unwrap();
        (template.used, template.last_used_at)
    };
    assert_eq!(used(), (1, Some(5.0)));
    for _ in 0..3 {
        memory.run(&templates::used(&t, &own, &message(70), 9.0)).unwrap();
    }
    assert_eq!(used(), (2, Some(9.0)));
    memory.run(&templates::used(&t, &TemplateId::ordered(71, [1; 10]), &message(71), 9.0)).unwrap();
    assert_eq!(memory.number("SELECT count(*) FROM template_uses WHERE message_id LIKE 'msg_%'"), 3);
}

#[test]
fn a_name_is_taken_whatever_its_case() {
    let memory = both();
    let again = written(&name(A).to_uppercase(), None);
    let [only, insert] = templates::create(&tenant(A), &TemplateId::ordered(80, [1; 10]), &again, 9, 4.0);
    memory.run(&only).unwrap();
    assert!(memory.run(&insert).is_err());
    let [only, _] = templates::create(&tenant(A), &TemplateId::ordered(81, [1; 10]), &again, 1, 4.0);
    assert!(memory.run(&only).is_err(), "there are enough");
}
