//! Signing in and out: registration, password, second factor, mailed links.

use platform::relational::Relational;
use platform::{Failure, clock, http};
use protocol::api::{AuthOptions, Done, LoginRequest, Me, SignIn};
use protocol::routes::RouteId;
use protocol::{Code, Problem};
use store::{Account, Actor, members, tenant};
use worker::{Env, Request, Response};

use crate::auth;

/// Sign-ins a minute from one address, and for one account.
const SIGN_INS: u32 = 10;

pub async fn handle(id: RouteId, mut request: Request, env: &Env) -> Result<Response, Failure> {
    match id {
        RouteId::AuthOptions => http::data(AuthOptions { google: false, outbox: false }),
        RouteId::Login => login(&mut request, env).await,
        RouteId::InvitationPreview => super::team::preview_invitation(request, env).await,
        RouteId::AcceptInvitation => super::team::accept_invitation(request, env).await,
        _ => Err(super::unhandled()),
    }
}

async fn login(request: &mut Request, env: &Env) -> Result<Response, Failure> {
    let body: LoginRequest = http::body(request).await?;
    let email = body.email.trim().to_lowercase();
    if !email.contains('@') || email.len() > 254 {
        return Err(Problem::field("email", "Please give the e-mail address you signed up with.").into());
    }
    if body.password.is_empty() || body.password.len() > 1_024 {
        return Err(Problem::field("password", "Please give your password.").into());
    }
    auth::limit(env, &format!("sign-in address {}", auth::address(request)), SIGN_INS).await?;
    auth::limit(env, &format!("sign-in account {email}"), SIGN_INS).await?;
    let database = Relational::of(env)?;
    let row = database.first(&members::by_email(&email)).await?;
    let hash = row.as_ref().map(|row| row.text(1)).transpose()?;
    let matches = auth::verify_password(&body.password, hash)?;
    let Some(row) = row.filter(|_| matches) else {
        return Err(Problem::new(Code::BadCredentials, "The e-mail address or the password is wrong.").into());
    };
    let user = row.text(0)?.parse()?;
    let workspace = database.first(&members::workspace_to_open(&user)).await?;
    let workspace = super::found(workspace)?.text(0)?.parse()?;
    let cookie = auth::open_session(request, env, &user, &workspace).await?;
    let me = me_of_cookie(env, &cookie).await?;
    with_cookie(http::data(SignIn::SignedIn { me })?, &cookie)
}

pub async fn logout(env: &Env, account: &Account) -> Result<Response, Failure> {
    Relational::of(env)?.batch(&[members::close_session(&account.session_digest)]).await?;
    with_cookie(http::data(Done {})?, &auth::no_cookie())
}

async fn me_of_cookie(env: &Env, cookie: &str) -> Result<Me, Failure> {
    let secret = cookie.split([';', '=']).nth(1).unwrap_or_default();
    let row =
        Relational::of(env)?.first(&members::by_session(&auth::digest(secret), clock::now_ms())).await?;
    let row = super::found(row)?;
    describe(env, &Account::read(&row)?, Actor::read(&row, String::new())?.as_ref()).await
}

/// The person of a session, with the workspace it looks at.
pub async fn me(env: &Env, account: &Account) -> Result<Me, Failure> {
    let row =
        Relational::of(env)?.first(&members::by_session(&account.session_digest, clock::now_ms())).await?;
    describe(env, account, Actor::read(&super::found(row)?, String::new())?.as_ref()).await
}

async fn describe(env: &Env, account: &Account, actor: Option<&Actor>) -> Result<Me, Failure> {
    let rows = Relational::of(env)?.rows(&members::workspaces_of(&account.user_id)).await?;
    let workspaces = rows.iter().map(tenant::read_workspace).collect::<Result<Vec<_>, _>>()?;
    let current = actor.map(|actor| actor.tenant.workspace());
    Ok(Me {
        user_id: account.user_id.clone(),
        name: account.name.clone(),
        email: account.email.clone(),
        email_verified: account.email_verified,
        totp_enabled: account.totp_enabled,
        has_password: account.has_password,
        workspace: workspaces.iter().find(|workspace| Some(&workspace.id) == current).cloned(),
        workspaces,
    })
}

fn with_cookie(mut response: Response, cookie: &str) -> Result<Response, Failure> {
    response.headers_mut().append("Set-Cookie", cookie)?;
    Ok(response)
}
