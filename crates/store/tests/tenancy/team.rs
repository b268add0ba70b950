//! The workspace, members, invitations, API keys, the audit log; forgetting.

use protocol::agent::{Model, WorkspaceModels};
use protocol::api::{BusinessProfile, Role};
use protocol::permission::Permission;
use protocol::{ApiKeyId, AuditId, InvitationId, UserId};
use store::api_keys::{self, NewKey};
use store::audit::{self, Filter};
use store::invitations::{self, NewInvitation};
use store::{Row, Statement, Value, agents, members, purge, sources, sql, team, versions};

use super::{Built, Ids, name, tenant};

/// Statements of this area that take no tenant, and why they may not.
pub const WITHOUT_TENANT: &[(&str, &str)] = &[
    ("api_keys::by_secret", "signing in with a key: the tenant follows from it"),
    ("invitations::by_token", "a mailed link: the tenant follows from its token"),
    ("purge::closed_workspaces", "a schedule: which tenants were closed"),
    ("purge::deleted_agents", "a schedule: whose agents were deleted, whoever's they are"),
];

/// A member of their workspace, and somebody who belongs to none.
fn editor(n: u64) -> UserId {
    UserId::ordered(n, [8; 10])
}
fn guest(n: u64) -> UserId {
    UserId::ordered(n, [7; 10])
}
fn owner(n: u64) -> UserId {
    UserId::ordered(n, [9; 10])
}

fn settings(n: u64) -> Row {
    let (id, named) = (tenant(n).workspace().to_string(), format!("{} workspace", name(n)));
    Row(vec![
        Value::Text(id),
        Value::Text(named),
        Value::Text("free".into()),
        Value::Text("{}".into()),
        Value::Real(1.0),
        Value::Integer(30),
        Value::Text("{}".into()),
    ])
}

fn model(name: &str) -> Model {
    Model::Anthropic { model: name.into() }
}

fn models(name: &str) -> WorkspaceModels {
    WorkspaceModels { order: vec![model(name)], simple: Some(model("cheap")) }
}

pub fn builders(ids: &Ids, of: u64) -> Vec<Built> {
    let t = &tenant(of);
    let [first, second, third, ..] = ids.picks;
    let (invitation, key) = (InvitationId::ordered(first, [1; 10]), ApiKeyId::ordered(first, [2; 10]));
    let other_key = ApiKeyId::ordered(third, [2; 10]);
    let email = format!("{}@guests.test", name(second));
    let new_invitation = NewInvitation {
        id: &invitation,
        email: &email,
        role: Role::Viewer,
        token_digest: &format!("{} invitation", name(of)),
        invited_by: name(of),
        now: 5.0,
        expires_at: 50.0,
    };
    let new_key = NewKey {
        id: &key,
        name: name(of),
        prefix: "fd_live_0000",
        secret_digest: &format!("{} key {first}", name(of)),
        scopes: &[Permission::AgentsRead],
        rate_limit: 60,
        created_by: name(of),
        now: 5.0,
        expires_at: None,
    };
    let digest = format!("{} invitation", name(second));
    let after = AuditId::ordered(third, [9; 10]);
    let by = owner(first);
    let filter = Filter {
        actor: Some(by.as_str()),
        action: Some("x"),
        subject: Some("s"),
        from: Some(1.0),
        to: Some(9.0),
    };
    let listed =
        vec![audit::list(t, &Filter::default(), None, 9), audit::list(t, &filter, Some((7.0, &after)), 9)];
    vec![
        ("team::settings", vec![team::settings(t)]),
        (
            "team::update",
            vec![
                team::update(t, &settings(first), "new", &BusinessProfile::default(), 7, &models("m"))
                    .unwrap(),
            ],
        ),
        ("team::models", vec![team::models(t)]),
        ("team::republish", vec![team::republish(t, 5.0)]),
        ("team::due_agents", vec![team::due_agents(t)]),
        ("team::close", team::close(t, 5.0).to_vec()),
        ("team::owners", vec![team::owners(t)]),
        ("team::members", vec![team::members(t)]),
        ("team::member", vec![team::member(t, &editor(first))]),
        ("team::change_role", team::change_role(t, &editor(first), Role::Editor, Role::Viewer).to_vec()),
        ("team::remove", team::remove(t, &editor(first), Role::Editor).to_vec()),
        ("team::transfer", team::transfer(t, &owner(first), &editor(second)).to_vec()),
        ("invitations::list", vec![invitations::list(t)]),
        ("invitations::one", vec![invitations::one(t, &invitation)]),
        ("invitations::invite", invitations::invite(t, &new_invitation).to_vec()),
        ("invitations::renew", invitations::renew(t, &invitation, "new", 99.0).to_vec()),
        ("invitations::revoke", invitations::revoke(t, &invitation).to_vec()),
        ("invitations::accept", invitations::accept(t, &digest, &guest(first), 6.0).to_vec()),
        ("api_keys::list", vec![api_keys::list(t)]),
        ("api_keys::one", vec![api_keys::one(t, &key)]),
        ("api_keys::create", api_keys::create(t, &new_key, 50).unwrap().to_vec()),
        ("api_keys::rotate", api_keys::rotate(t, &other_key, 9.0, &new_key).unwrap().to_vec()),
        ("api_keys::revoke", api_keys::revoke(t, &key, 7.0).to_vec()),
        ("api_keys::note_use", vec![api_keys::note_use(t, &key, 7.0)]),
        ("audit::list", listed),
        ("purge::agents", vec![purge::agents(t)]),
        (
            "purge::conversations",
            vec![
                purge::conversations(t, &ids.agent, None, 9),
                purge::conversations(t, &ids.agent, Some(&ids.conversation), 9),
            ],
        ),
        ("purge::agent", purge::agent(t, &ids.agent).to_vec()),
        ("purge::workspace", purge::workspace(t).to_vec()),
    ]
}

/// Rows of this area for one workspace.
pub fn fill(n: u64) -> Vec<Statement> {
    let mut made = Vec::new();
    for (user, at) in [(editor(n), "editors"), (guest(n), "others")] {
        made.push(members::create_user(&user, &format!("{}@{at}.test", name(n)), name(n), "hash", None, 1.0));
    }
    made.push(
        sql::sql(
            "INSERT INTO members (workspace_id, user_id, role, created_at) VALUES (?1, ?2, 'editor', 2)",
        )
        .bind(tenant(n).workspace().as_str())
        .bind(editor(n).as_str()),
    );
    let wanted = ["invitations::invite", "api_keys::create"];
    let all = builders(&Ids::of(n), n).into_iter();
    made.extend(all.filter(|(name, _)| wanted.contains(name)).flat_map(|(_, made)| made));
    made
}

#[test]
fn forgetting_a_workspace_leaves_no_row_of_it_and_every_row_of_the_other() {
    let memory = super::both();
    let (t, ids) = (tenant(super::A), Ids::of(super::A));
    let theirs = super::dump(&memory, super::B);
    let without_people = |rows: Vec<(String, Vec<Row>)>| {
        rows.into_iter().filter(|(table, _)| table != "users").collect::<Vec<_>>()
    };
    // Twice: what was cut off is gone on with.
    for _ in 0..2 {
        let listed = store::Engine::run(&memory, &sources::list(&t, &ids.agent)).unwrap();
        let mut steps = Vec::new();
        for row in &listed {
            steps.extend(sources::delete(&t, &sources::read(row).unwrap().0.id));
        }
        steps.extend(purge::agent(&t, &ids.agent));
        steps.extend(purge::workspace(&t));
        for statement in steps {
            store::Engine::run(&memory, &statement).unwrap();
        }
    }
    for table in super::tenant_tables(&memory) {
        let left = format!("SELECT count(*) FROM {table} WHERE workspace_id = '{}'", t.workspace());
        assert_eq!(memory.number(&left), 0, "{table} keeps rows: extend `purge`");
    }
    assert_eq!(memory.number(&format!("SELECT count(*) FROM workspaces WHERE id = '{}'", t.workspace())), 0);
    assert_eq!(without_people(super::dump(&memory, super::B)), without_people(theirs));
}

#[test]
fn a_workspaces_models_are_those_of_its_agents_that_name_none() {
    let memory = super::both();
    let run = |statement: &Statement| store::Engine::run(&memory, statement).unwrap();
    let [mine, theirs] = [super::A, super::B].map(|of| (tenant(of), Ids::of(of).agent));
    let live = |(tenant, agent): &(store::Tenant, protocol::AgentId)| {
        versions::read_edge(&run(&versions::edge(tenant, agent))[0]).unwrap().live.unwrap()
    };
    for (of, (tenant, agent)) in [(super::A, &mine), (super::B, &theirs)] {
        let empty = protocol::agent::AgentSnapshot {
            agent_id: agent.clone(),
            version: 90,
            ..crate::common::snapshot(of, name(of))
        };
        let [version, points] = versions::publish(
            tenant,
            &versions::NewVersion {
                snapshot: &empty,
                revision: agents::read_detail(&run(&agents::one(tenant, agent))[0]).unwrap().revision,
                note: "",
                by: name(of),
                restored: None,
                now: 6.0,
            },
        )
        .unwrap();
        run(&version);
        run(&points);
        assert_eq!(live(&(tenant.clone(), agent.clone())).models, []);
    }
    let before = run(&team::settings(&mine.0));
    let named = before[0].text(1).unwrap().to_owned();
    let change = |to: &WorkspaceModels| {
        team::update(&mine.0, &before[0], &named, &BusinessProfile::default(), 30, to).unwrap()
    };
    run(&change(&models("one")));
    assert_eq!((live(&mine).models, live(&mine).simple_model), (vec![model("one")], Some(model("cheap"))));
    assert_eq!((live(&theirs).models, live(&theirs).simple_model), (vec![], None));
    assert_eq!(team::read_models(&run(&team::models(&mine.0))[0]).unwrap(), models("one"));
    // Over what somebody else changed meanwhile nothing is written.
    assert!(store::Engine::run(&memory, &change(&models("two"))).is_err());
    assert_eq!(live(&mine).models, [model("one")]);
    // An agent's own list goes before, with its own model for simple questions or none.
    let own =
        protocol::agent::AgentSnapshot { models: vec![Model::Extractive], ..crate::common::snapshot(1, "o") };
    let own = own.or_models(models("one"));
    assert_eq!((own.models, own.simple_model), (vec![Model::Extractive], None));
}
