//! One's own account: name, password, address, second factor, sessions, workspaces.

mod delete;
mod second_factor;
mod sessions;
mod workspaces;

use platform::relational::Relational;
use platform::{Failure, http};
use protocol::api::{AccountUpdate, Change, ChangeEmail, ChangePassword, Role};
use protocol::objects::Jurisdiction;
use protocol::routes::RouteId;
use protocol::{Code, Problem};
use store::links::{self, Purpose};
use store::members::Person;
use store::{Account, Actor, Statement, Tenant, Who, accounts, members, tenant};
use worker::{Env, Request, Response};

use super::session::{self, Link};
use crate::mail::letters;
use crate::{audit, auth, mail, password};

pub async fn handle(
    id: RouteId,
    request: &mut Request,
    env: &Env,
    account: &Account,
    parameter: &str,
) -> Result<Response, Failure> {
    match id {
        RouteId::ResendVerification => resend_verification(request, env, account).await,
        RouteId::UpdateAccount => update(request, env, account).await,
        RouteId::ChangePassword => change_password(request, env, account).await,
        RouteId::ChangeEmail => change_email(request, env, account).await,
        RouteId::BeginTotp => second_factor::begin(request, env, account).await,
        RouteId::ConfirmTotp => second_factor::confirm(request, env, account).await,
        RouteId::DisableTotp => second_factor::disable(request, env, account).await,
        RouteId::RenewRecoveryCodes => second_factor::renew(request, env, account).await,
        RouteId::Sessions => sessions::list(env, account).await,
        RouteId::RevokeSession => sessions::revoke(env, account, parameter).await,
        RouteId::RevokeOtherSessions => sessions::revoke_others(env, account).await,
        RouteId::DeleteAccount => delete::handle(request, env, account).await,
        RouteId::Workspaces => workspaces::list(env, account).await,
        RouteId::CreateWorkspace => workspaces::create(request, env, account).await,
        RouteId::SelectWorkspace => workspaces::select(env, account, parameter).await,
        RouteId::LeaveWorkspace => workspaces::leave(request, env, account, parameter).await,
        _ => Err(super::unhandled()),
    }
}

/// The account's owner as who acts in a workspace they were proven to belong to.
pub fn as_actor(person: &Person, address: String, tenant: Tenant, workspace: &str, role: Role) -> Actor {
    Actor {
        tenant,
        who: Who::Member {
            user_id: person.id.clone(),
            name: person.name.clone(),
            email: person.email.clone(),
            role,
        },
        workspace_name: workspace.to_owned(),
        jurisdiction: Jurisdiction::Anywhere,
        address,
    }
}

/// A change of somebody's account, for the audit log of every workspace they belong to.
pub async fn audited(
    request: &Request,
    env: &Env,
    person: &Person,
    action: &str,
    changes: &[Change],
) -> Result<Vec<Statement>, Failure> {
    let rows = Relational::of(env)?.rows(&members::workspaces_of(&person.id)).await?;
    let entry = |row| {
        let workspace = tenant::read_workspace(row)?;
        let tenant = Tenant::of_job(&workspace.id);
        let actor = as_actor(person, auth::address(request), tenant, &workspace.name, workspace.role);
        audit::entry(&actor, action, person.id.as_str(), &person.name, changes)
    };
    rows.iter().map(entry).collect()
}

/// The account's own row.
async fn person(env: &Env, account: &Account) -> Result<Person, Failure> {
    let row = Relational::of(env)?.first(&members::by_id(&account.user_id)).await?;
    Ok(Person::read(&super::found(row)?)?)
}

/// A new session in place of this one, after what the account may do has changed.
async fn rotated(
    request: &Request,
    env: &Env,
    account: &Account,
    response: Response,
) -> Result<Response, Failure> {
    Relational::of(env)?.batch(&[members::close_session(&account.session_digest)]).await?;
    session::with_cookie(response, &session::open(request, env, &account.user_id).await?)
}

async fn resend_verification(request: &Request, env: &Env, account: &Account) -> Result<Response, Failure> {
    if account.email_verified {
        return Err(Problem::new(Code::Conflict, "Your address is confirmed already.").into());
    }
    session::send_verification(request, env, &account.user_id, &account.email, &account.name).await?;
    super::done()
}

async fn update(request: &mut Request, env: &Env, account: &Account) -> Result<Response, Failure> {
    let body: AccountUpdate = http::body(request).await?;
    let name = auth::name("name", &body.name)?;
    if name != account.name {
        let change = audit::change("name", Some(&account.name), Some(&name));
        let person = person(env, account).await?;
        let mut statements = audited(request, env, &person, "member.renamed", &[change]).await?;
        statements.push(accounts::rename(&account.user_id, &name));
        Relational::of(env)?.batch(&statements).await?;
    }
    http::data(session::me(env, account).await?)
}

async fn change_password(request: &mut Request, env: &Env, account: &Account) -> Result<Response, Failure> {
    let body: ChangePassword = http::body(request).await?;
    let person = auth::confirm_password(env, account, "current", &body.current).await?;
    password::check(&body.new, &[&person.email, &person.name])
        .map_err(|problem| Problem { field: Some("new".into()), ..problem })?;
    if body.new == body.current {
        return Err(Problem::field("new", "This is the password you have. Please take another one.").into());
    }
    let sign_in = format!("{}/app/sign-in", mail::base(request, env)?);
    let mut statements = audited(request, env, &person, "member.password_changed", &[]).await?;
    statements.push(accounts::set_password(&person.id, &auth::hash_password(&body.new)?));
    statements.extend(session::password_changed(env, &person.id, &person.email, &sign_in)?);
    Relational::of(env)?.batch(&statements).await?;
    mail::ring(env).await;
    session::with_cookie(super::done()?, &session::open(request, env, &person.id).await?)
}

/// Mails a confirmation to the new address and a notice to the old one. Whether the new one is taken is told in the
/// mail alone.
async fn change_email(request: &mut Request, env: &Env, account: &Account) -> Result<Response, Failure> {
    let body: ChangeEmail = http::body(request).await?;
    let email = auth::email(&body.email)?;
    let person = auth::confirm_password(env, account, "password", &body.password).await?;
    if email == person.email {
        return Err(Problem::field("email", "This is your address already.").into());
    }
    auth::limit_hourly(env, &format!("change e-mail {}", person.id), session::MAILS_AN_HOUR).await?;
    let database = Relational::of(env)?;
    let taken = database.first(&members::by_email(&email)).await?.is_some();
    let sign_in = format!("{}/app/sign-in", mail::base(request, env)?);
    let link = Link::new(Purpose::ChangeEmail, &person.id, email.clone(), session::CHANGE_MS);
    let letter = if taken {
        letters::email_taken(&email, &sign_in)
    } else {
        letters::change_email(&email, &mail::link(request, env, "change-email", &link.token)?)
    };
    let notice = letters::email_changing(&person.email, &email, &sign_in);
    let mut statements = vec![
        links::void(&person.id, Purpose::ChangeEmail),
        mail::queue(env, None, Purpose::ChangeEmail.as_str(), &letter)?,
        mail::queue(env, None, "email_changing", &notice)?,
    ];
    if !taken {
        statements.push(link.statement);
    }
    database.batch(&statements).await?;
    mail::ring(env).await;
    super::done()
}
