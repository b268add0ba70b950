//! The workspace: settings, members, invitations, API keys, audit log.

mod audit;
mod invitations;
mod keys;
mod members;
mod settings;

pub use invitations::{accept_invitation, preview_invitation};

use platform::Failure;
use protocol::api::Role;
use protocol::routes::RouteId as R;
use protocol::{Code, Problem, UserId};
use store::{Actor, Who};
use worker::{Env, Request, Response};

/// Characters of a name.
const MAX_NAME: usize = 80;

pub async fn handle(
    id: R,
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    parameter: &str,
) -> Result<Response, Failure> {
    match id {
        R::WorkspaceSettings => settings::show(env, actor).await,
        R::RetentionPreview => settings::retention(request, env, actor).await,
        R::UpdateWorkspace => settings::update(request, env, actor).await,
        R::DeleteWorkspace => settings::delete(request, env, actor).await,
        R::TransferOwnership => members::transfer(request, env, actor).await,
        R::Members => members::list(env, actor).await,
        R::UpdateMember => members::update(request, env, actor, parameter).await,
        R::RemoveMember => members::remove(env, actor, parameter).await,
        R::Invitations => invitations::list(env, actor).await,
        R::Invite => invitations::invite(request, env, actor).await,
        R::ResendInvitation => invitations::resend(request, env, actor, parameter).await,
        R::RevokeInvitation => invitations::revoke(env, actor, parameter).await,
        R::ApiKeys => keys::list(env, actor).await,
        R::CreateApiKey => keys::create(request, env, actor).await,
        R::RotateApiKey => keys::rotate(request, env, actor, parameter).await,
        R::RevokeApiKey => keys::revoke(env, actor, parameter).await,
        R::AuditLog => audit::list(request, env, actor).await,
        R::AuditExport => audit::export(request, env, actor),
        _ => Err(super::unhandled()),
    }
}

/// A member who acts. API keys are no members; no scope of theirs leads here.
struct Member<'a> {
    user_id: &'a UserId,
    role: Role,
}

fn member(actor: &Actor) -> Result<Member<'_>, Failure> {
    match &actor.who {
        Who::Member { user_id, role, .. } => Ok(Member { user_id, role: *role }),
        Who::Key { .. } => {
            Err(Problem::new(Code::Forbidden, "An API key cannot do this. Sign in as a member.").into())
        }
    }
}

/// A name of 1 to 80 characters, without space around it.
fn name(typed: &str) -> Result<&str, Problem> {
    let name = typed.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(Problem::field("name", format!("Give it a name of 1 to {MAX_NAME} characters.")));
    }
    Ok(name)
}

fn conflict(message: &str) -> Failure {
    Problem::new(Code::Conflict, message).into()
}

/// The name of a role, as it is stored and shown in the log.
fn role_name(role: Role) -> &'static str {
    match role {
        Role::Owner => "owner",
        Role::Admin => "admin",
        Role::Editor => "editor",
        Role::Viewer => "viewer",
    }
}
