//! Signing in and out.

use platform::relational::Relational;
use platform::{Failure, http};
use protocol::api::{Done, LoginRequest, Me, Workspace};
use protocol::{Code, Problem};
use store::{Member, members};
use worker::{Env, Request, Response};

use crate::auth;

pub async fn login(mut request: Request, env: &Env) -> Result<Response, Failure> {
    let body: LoginRequest = http::body(&mut request).await?;
    let email = body.email.trim().to_lowercase();
    if !email.contains('@') || email.len() > 254 {
        return Err(Problem::field("email", "Please give the e-mail address you signed up with.").into());
    }
    if body.password.is_empty() || body.password.len() > 1_024 {
        return Err(Problem::field("password", "Please give your password.").into());
    }
    auth::limit_sign_in(&request, env, &email).await?;
    let database = Relational::of(env)?;
    let row = database.first(&members::by_email(&email)).await?;
    let hash = row.as_ref().map(|row| row.text(1)).transpose()?;
    let matches = auth::verify_password(&body.password, hash)?;
    let Some(row) = row.filter(|_| matches) else {
        return Err(Problem::new(Code::BadCredentials, "The e-mail address or the password is wrong.").into());
    };
    let (user, workspace) = (row.text(0)?.parse()?, row.text(2)?.parse()?);
    let cookie = auth::open_session(env, &user, &workspace).await?;
    let member = auth::member_of_cookie(env, &cookie).await?;
    with_cookie(me(&member)?, &cookie)
}

pub async fn logout(request: &Request, env: &Env) -> Result<Response, Failure> {
    let cookie = auth::close_session(request, env).await?;
    with_cookie(http::data(Done {})?, &cookie)
}

pub fn me(member: &Member) -> Result<Response, Failure> {
    http::data(Me {
        user_id: member.user_id.clone(),
        name: member.name.clone(),
        email: member.email.clone(),
        workspace: Workspace {
            id: member.tenant.workspace().clone(),
            name: member.workspace_name.clone(),
            role: member.role,
        },
    })
}

fn with_cookie(mut response: Response, cookie: &str) -> Result<Response, Failure> {
    response.headers_mut().set("Set-Cookie", cookie)?;
    Ok(response)
}
