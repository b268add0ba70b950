//! The workspaces one belongs to.

use platform::relational::Relational;
use platform::{Failure, clock, http, random};
use protocol::api::{NewWorkspace, Role, Workspace};
use protocol::{Code, Problem, WorkspaceId};
use store::{Account, Tenant, accounts, members, tenant};
use worker::{Env, Request, Response};

use super::{as_actor, person};
use crate::routes::{done, found, session};
use crate::{audit, auth};

/// Workspaces somebody may make an hour.
const NEW_AN_HOUR: u32 = 20;

pub async fn list(env: &Env, account: &Account) -> Result<Response, Failure> {
    let rows = Relational::of(env)?.rows(&members::workspaces_of(&account.user_id)).await?;
    http::page(rows.iter().map(tenant::read_workspace).collect::<Result<Vec<_>, _>>()?, None)
}

/// Creates a workspace and looks at it.
pub async fn create(request: &mut Request, env: &Env, account: &Account) -> Result<Response, Failure> {
    let body: NewWorkspace = http::body(request).await?;
    let name = auth::name("name", &body.name)?;
    auth::limit_hourly(env, &format!("workspaces {}", account.user_id), NEW_AN_HOUR).await?;
    let (id, now) = (random::id(WorkspaceId::ordered), clock::now_ms());
    let person = person(env, account).await?;
    let actor = as_actor(&person, auth::address(request), Tenant::of_job(&id), &name, Role::Owner);
    let statements = [
        members::create_workspace(&id, &name, now),
        members::create_owner(&id, &account.user_id, now),
        audit::entry(&actor, "workspace.created", id.as_str(), &name, &[])?,
        accounts::select_workspace(&account.user_id, &account.session_digest, &id),
        accounts::remember_workspace(&account.user_id, &id),
    ];
    Relational::of(env)?.batch(&statements).await?;
    http::data(Workspace { id, name, role: Role::Owner })
}

pub async fn select(env: &Env, account: &Account, workspace: &str) -> Result<Response, Failure> {
    let (workspace, database): (WorkspaceId, _) = (workspace.parse()?, Relational::of(env)?);
    let selected = accounts::select_workspace(&account.user_id, &account.session_digest, &workspace);
    found(database.first(&selected).await?)?;
    database.batch(&[accounts::remember_workspace(&account.user_id, &workspace)]).await?;
    http::data(session::me(env, account).await?)
}

pub async fn leave(
    request: &Request,
    env: &Env,
    account: &Account,
    workspace: &str,
) -> Result<Response, Failure> {
    let (id, database): (WorkspaceId, _) = (workspace.parse()?, Relational::of(env)?);
    let rows = database.rows(&members::workspaces_of(&account.user_id)).await?;
    let mine = rows.iter().map(tenant::read_workspace).collect::<Result<Vec<_>, _>>()?;
    let left = found(mine.into_iter().find(|workspace| workspace.id == id))?;
    if database.first(&accounts::leave(&account.user_id, &id)).await?.is_none() {
        let message = "You are the only owner of this workspace. Make another member the owner first, or delete the workspace.";
        return Err(Problem::new(Code::Conflict, message).into());
    }
    let person = person(env, account).await?;
    let actor = as_actor(&person, auth::address(request), Tenant::of_job(&id), &left.name, left.role);
    let entry = audit::entry(&actor, "member.left", person.id.as_str(), &person.name, &[])?;
    database.batch(&[entry]).await?;
    done()
}
