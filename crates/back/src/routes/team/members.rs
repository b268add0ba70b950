//! Members: who there is, what they may, who owns the workspace.

use domain::permissions;
use platform::Failure;
use platform::http;
use platform::relational::Relational;
use protocol::api::{MemberUpdate, Role, TeamMember, TransferOwnership};
use protocol::events::EventKind;
use protocol::{Code, Problem, UserId};
use serde_json::json;
use store::{Actor, team};
use worker::{Env, Request, Response};

use super::{Member, conflict, member, role_name};
use crate::audit::{change, entry};
use crate::auth;
use crate::events::Happened;
use crate::lounge;
use crate::routes::{done, found};

pub async fn list(env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let rows = Relational::of(env)?.rows(&team::members(&actor.tenant)).await?;
    http::page(rows.iter().map(team::read_member).collect::<Result<Vec<_>, _>>()?, None)
}

pub async fn update(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    user: &str,
) -> Result<Response, Failure> {
    let (by, other) = (member(actor)?, one(env, actor, user).await?);
    let MemberUpdate { role } = http::body(request).await?;
    if &other.user_id == by.user_id {
        let message = "Nobody changes their own role. Ask another owner or admin.";
        return Err(Problem::new(Code::Forbidden, message).into());
    }
    may_touch(&by, other.role)?;
    may_touch(&by, role)?;
    if role == other.role {
        return http::data(other);
    }
    let mut statements = team::change_role(&actor.tenant, &other.user_id, other.role, role).to_vec();
    let changed = change("role", Some(role_name(other.role)), Some(role_name(role)));
    statements.push(entry(actor, "member.role_changed", other.user_id.as_str(), &other.name, &[changed])?);
    if !Relational::of(env)?.attempt(&statements).await? {
        return Err(refused(other.role));
    }
    lounge::expel(env, actor, &other.user_id).await;
    http::data(TeamMember { role, ..other })
}

pub async fn remove(env: &Env, actor: &Actor, user: &str) -> Result<Response, Failure> {
    let (by, other) = (member(actor)?, one(env, actor, user).await?);
    if &other.user_id == by.user_id {
        return Err(conflict("Nobody removes themselves. Leave the workspace from your account instead."));
    }
    may_touch(&by, other.role)?;
    let mut statements = team::remove(&actor.tenant, &other.user_id, other.role).to_vec();
    let changes =
        [change("role", Some(role_name(other.role)), None), change("email", Some(&other.email), None)];
    statements.push(entry(actor, "member.removed", other.user_id.as_str(), &other.name, &changes)?);
    let left = Happened {
        kind: EventKind::MemberLeft,
        agent: None,
        subject: other.user_id.as_str(),
        once: &other.joined_at.to_string(),
        data: json!({ "role": other.role }),
    };
    statements.push(left.statement(&actor.tenant)?);
    if !Relational::of(env)?.attempt(&statements).await? {
        return Err(refused(other.role));
    }
    lounge::expel(env, actor, &other.user_id).await;
    done()
}

pub async fn transfer(request: &mut Request, env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let body: TransferOwnership = http::body(request).await?;
    let by = member(actor)?;
    let other = one(env, actor, body.user_id.as_str()).await?;
    if &other.user_id == by.user_id {
        return Err(conflict("You own this workspace already. Choose another member."));
    }
    let account = auth::account(request, env).await?;
    auth::confirm_password(env, &account, "password", &body.password).await?;
    let mut statements = team::transfer(&actor.tenant, by.user_id, &other.user_id).to_vec();
    let changes = [
        change(&other.name, Some(role_name(other.role)), Some("owner")),
        change(actor.name(), Some("owner"), Some("admin")),
    ];
    let workspace = actor.tenant.workspace();
    statements.push(entry(
        actor,
        "workspace.transferred",
        workspace.as_str(),
        &actor.workspace_name,
        &changes,
    )?);
    if Relational::of(env)?.attempt(&statements).await? { done() } else { Err(refused(other.role)) }
}

async fn one(env: &Env, actor: &Actor, user: &str) -> Result<TeamMember, Failure> {
    let user: UserId = user.parse()?;
    let row = found(Relational::of(env)?.first(&team::member(&actor.tenant, &user)).await?)?;
    Ok(team::read_member(&row)?)
}

/// Whether a member may give or take a role.
pub fn may_touch(by: &Member<'_>, role: Role) -> Result<(), Failure> {
    if permissions::may_assign(by.role, role) {
        return Ok(());
    }
    let message = "Only an owner makes owners or changes them. Ask an owner of the workspace.";
    Err(Problem::new(Code::Forbidden, message).into())
}

/// The database refused: what was read before is not so any more, or nobody would be left as owner.
fn refused(role: Role) -> Failure {
    conflict(if role == Role::Owner {
        "The last owner stays. Make another member an owner first."
    } else {
        "Somebody changed this member meanwhile. Reload the list and try again."
    })
}
