//! Response templates and their use.

use protocol::api::{CuratedContent, Template, TemplateWrite};
use protocol::{AgentId, CuratedId, MessageId, TemplateId, TurnId};
use store::curated::{self, Words};
use store::{Engine, Statement, templates};

use super::common::Memory;
use super::{A, B, Built, Ids, both, name, tenant};

/// The template of a workspace.
pub fn template(n: u64) -> TemplateId {
    TemplateId::ordered(n, [33; 10])
}

fn message(n: u64) -> MessageId {
    MessageId::ordered(n, [34; 10])
}

/// The template of a workspace as it is read.
pub fn read_as(n: u64) -> Template {
    Template {
        id: template(n),
        name: name(n).into(),
        text: format!("{} text", name(n)),
        agent_id: None,
        used: 0,
        used_by_agents: 0,
        answers: Vec::new(),
        last_used_at: None,
        created_at: 4.0,
        edited_at: 4.0,
    }
}

/// The curated answer of a workspace that says its template's words.
fn answer(n: u64) -> CuratedId {
    CuratedId::ordered(n, [36; 10])
}

fn turn(n: u64) -> TurnId {
    TurnId::ordered(n, [37; 10])
}

fn content(n: u64) -> CuratedContent {
    CuratedContent {
        pattern: format!(
            "{} question
or so",
            name(n)
        ),
        keywords: String::new(),
        answer: String::new(),
        pages: String::new(),
        languages: Vec::new(),
        enabled: true,
    }
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
        ("templates::update", templates::update(t, &own, &here, false, 6.0).to_vec()),
        ("templates::delete", templates::delete(t, &own).to_vec()),
        ("templates::said", vec![templates::said(t, &own, &ids.agent, &turn(ids.picks[3]), 4.0)]),
        ("templates::used", vec![templates::used(t, &own, &message(ids.picks[3]), 4.0)]),
    ]
}

/// Rows of this area for one workspace: a template of its agent, used once by a member and once by the agent, in its
/// curated answer.
pub fn fill(n: u64) -> Vec<Statement> {
    let (t, ids) = (&tenant(n), Ids::of(n));
    let here = written(name(n), Some(&ids.agent));
    let mut made = templates::create(t, &template(n), &here, 9, 4.0).to_vec();
    made.push(templates::used(t, &template(n), &message(n), 5.0));
    let (content, template) = (content(n), read_as(n));
    let words = Words { content: &content, template: Some(&template) };
    made.push(curated::create(t, &answer(n), &ids.agent, words, None, 9, 5.0).unwrap());
    made.push(templates::said(t, &template.id, &ids.agent, &turn(n), 3.0));
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

fn read(memory: &Memory) -> Template {
    let rows = memory.run(&templates::one(&tenant(A), &template(A))).unwrap();
    templates::read(&rows[0]).unwrap()
}

#[test]
fn a_turn_counts_once_and_beside_what_members_sent() {
    let memory = both();
    let (t, own, agent) = (tenant(A), template(A), Ids::of(A).agent);
    for _ in 0..3 {
        memory.run(&templates::said(&t, &own, &agent, &turn(70), 9.0)).unwrap();
    }
    let now = read(&memory);
    assert_eq!((now.used, now.used_by_agents, now.last_used_at), (1, 2, Some(9.0)));
    memory.run(&templates::said(&t, &template(B), &agent, &turn(71), 9.0)).unwrap();
    memory.run(&templates::said(&t, &own, &Ids::of(B).agent, &turn(71), 9.0)).unwrap();
    assert_eq!(memory.number("SELECT count(*) FROM template_uses WHERE agent_id IS NOT NULL"), 3);
}

#[test]
fn what_curated_answers_say_stays_and_stays_sayable() {
    let memory = both();
    let (t, own, agent) = (tenant(A), template(A), Ids::of(A).agent);
    let answers = read(&memory).answers;
    assert_eq!(answers.len(), 1);
    assert_eq!((&answers[0].id, &answers[0].agent_id), (&answer(A), &agent));
    assert_eq!(answers[0].question, "alpha question");
    let here = written(name(A), None);
    let refused = |written: &TemplateWrite, for_members| {
        let [only, _] = templates::update(&t, &own, written, for_members, 9.0);
        memory.run(&only).is_err()
    };
    assert!(!refused(&here, false) && !refused(&written(name(A), Some(&agent)), false));
    assert!(refused(&here, true), "no agent can say it");
    assert!(refused(&written(name(A), Some(&Ids::of(B).agent)), false), "it is another agent's");
    let [only, ..] = templates::delete(&t, &own);
    assert!(memory.run(&only).is_err(), "it is said");
    memory.run(&curated::delete(&t, &answer(A))).unwrap();
    memory.run(&only).unwrap();
    assert!(!refused(&here, true));
    assert!(read(&memory).answers.is_empty());
}

#[test]
fn words_are_those_of_the_template_with_the_names_of_now() {
    let memory = both();
    let (t, own, agent) = (tenant(A), template(A), Ids::of(A).agent);
    let text = "Hi {{visitor_name|there}}, {{agent_name}} of {{workspace_name}} here.";
    let words = || {
        let rows = memory.run(&curated::one(&t, &answer(A))).unwrap();
        curated::read(&rows[0]).unwrap().0.words
    };
    let due = || {
        let rows = memory.run(&curated::due_of(&t)).unwrap();
        let due = !rows.is_empty();
        memory.ask("UPDATE agents SET curated_due_at = NULL");
        due
    };
    let write = |text: &str| {
        let written = TemplateWrite { text: text.into(), ..written(name(A), None) };
        let [_, update] = templates::update(&t, &own, &written, false, 9.0);
        memory.run(&update).unwrap();
    };
    assert_eq!(words().as_deref(), Some("alpha text"));
    assert!(due() && !due());
    write(text);
    memory.run(&curated::template_changed(&t, &own, 9.0)).unwrap();
    assert!(due());
    assert_eq!(words().as_deref(), Some("Hi there, alpha agent of alpha workspace here."));
    memory.run(&store::agents::rename(&t, &agent, "Mia")).unwrap();
    memory.run(&curated::renamed(&t, Some(&agent), 9.0)).unwrap();
    assert!(due());
    assert_eq!(words().as_deref(), Some("Hi there, Mia of alpha workspace here."));
    memory.run(&curated::renamed(&t, None, 9.0)).unwrap();
    assert!(due());
    write("I am {{member_name}}");
    assert_eq!(words(), None, "nothing is better than words with a hole");
    memory.run(&curated::delete(&t, &answer(A))).unwrap();
    for statement in [curated::renamed(&t, None, 9.0), curated::template_changed(&t, &own, 9.0)] {
        memory.run(&statement).unwrap();
        assert!(!due(), "nobody says its words");
    }
}

#[test]
fn a_template_that_was_changed_meanwhile_is_not_chosen() {
    let memory = both();
    let (t, agent) = (tenant(A), Ids::of(A).agent);
    let (content, seen) = (content(A), Template { edited_at: 3.0, ..read_as(A) });
    let stale = Words { content: &content, template: Some(&seen) };
    memory.run(&curated::delete(&t, &answer(A))).unwrap();
    let there = || memory.number("SELECT count(*) FROM curated_answers WHERE id LIKE 'cur_%'");
    let before = there();
    memory.run(&curated::create(&t, &answer(A), &agent, stale, None, 9, 5.0).unwrap()).unwrap();
    assert_eq!(there(), before);
    memory
        .run(&curated::create(&t, &answer(A), &agent, Words::own(&content), None, 9, 5.0).unwrap())
        .unwrap();
    memory.run(&curated::update(&t, &answer(A), stale, 6.0).unwrap()).unwrap();
    let lent = || memory.number("SELECT count(template_id) FROM curated_answers WHERE workspace_id LIKE '%'");
    assert_eq!(lent(), 1, "only the other workspace’s");
    let fresh = Words { template: Some(&read_as(A)), ..stale };
    memory.run(&curated::update(&t, &answer(A), fresh, 6.0).unwrap()).unwrap();
    // Chosen before, it may have been changed since.
    memory.run(&curated::update(&t, &answer(A), stale, 7.0).unwrap()).unwrap();
    assert_eq!(lent(), 2);
    assert_eq!(memory.number("SELECT count(*) FROM curated_answers WHERE edited_at = 7.0"), 1);
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
