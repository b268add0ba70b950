//! Signing in and out: registration, password, second factor, mailed links, Google.

mod google;
mod links;
mod outbox;
mod register;
mod second_factor;

pub use links::{CHANGE_MS, Link, MAILS_AN_HOUR, password_changed};

use platform::mail::Provider;
use platform::relational::Relational;
use platform::{Failure, clock, http, mail as port};
use protocol::api::{AuthOptions, Done, LoginRequest, Me, SignIn};
use protocol::routes::RouteId;
use protocol::{Code, Problem, UserId};
use store::links::Purpose;
use store::members::Person;
use store::{Account, Actor, accounts, members, tenant};
use worker::{Env, Request, Response};

use crate::mail::letters;
use crate::{auth, mail, password};

/// Sign-ins a minute from one address, and for one account.
const SIGN_INS: u32 = 10;
/// Milliseconds to give the second factor in.
const CHALLENGE_MS: f64 = 10.0 * 60_000.0;

pub async fn handle(id: RouteId, mut request: Request, env: &Env) -> Result<Response, Failure> {
    match id {
        RouteId::AuthOptions => http::data(AuthOptions {
            google: google::is_offered(env),
            outbox: matches!(port::provider(env), Ok(Provider::Outbox)),
        }),
        RouteId::Register => register::handle(&mut request, env).await,
        RouteId::Login => login(&mut request, env).await,
        RouteId::LoginSecondFactor => second_factor::handle(&mut request, env).await,
        RouteId::GoogleStart => google::start(&request, env).await,
        RouteId::GoogleCallback => google::callback(&request, env).await,
        RouteId::VerifyEmail => links::verify_email(&mut request, env).await,
        RouteId::ConfirmEmailChange => links::change_email(&mut request, env).await,
        RouteId::ForgotPassword => links::forgot_password(&mut request, env).await,
        RouteId::ResetPassword => links::reset_password(&mut request, env).await,
        RouteId::Outbox => outbox::page(env).await,
        RouteId::InvitationPreview => super::team::preview_invitation(request, env).await,
        RouteId::AcceptInvitation => super::team::accept_invitation(request, env).await,
        _ => Err(super::unhandled()),
    }
}

async fn login(request: &mut Request, env: &Env) -> Result<Response, Failure> {
    let body: LoginRequest = http::body(request).await?;
    let email = auth::email(&body.email)?;
    if body.password.is_empty() || body.password.len() > password::MAX_BYTES {
        return Err(Problem::field("password", "Please give your password.").into());
    }
    auth::limit(env, &format!("sign-in address {}", auth::address(request)), SIGN_INS).await?;
    auth::limit(env, &format!("sign-in account {email}"), SIGN_INS).await?;
    let row = Relational::of(env)?.first(&members::by_email(&email)).await?;
    let person = row.as_ref().map(Person::read).transpose()?;
    let hash = person.as_ref().map(|person| person.password_hash.as_str());
    let matches = auth::verify_password(&body.password, hash)?;
    let Some(person) = person.filter(|_| matches) else {
        return Err(Problem::new(Code::BadCredentials, "The e-mail address or the password is wrong.").into());
    };
    if !person.verified {
        send_verification(request, env, &person.id, &person.email, &person.name).await?;
        let message =
            "Please confirm your e-mail address first: we have sent you a new mail. Its link signs you in.";
        return Err(Problem::new(Code::Forbidden, message).into());
    }
    sign_in(request, env, &person).await
}

/// Mails the link that confirms an address, and makes earlier ones void.
pub async fn send_verification(
    request: &Request,
    env: &Env,
    user: &UserId,
    email: &str,
    name: &str,
) -> Result<(), Failure> {
    auth::limit_hourly(env, &format!("verification {email}"), links::MAILS_AN_HOUR).await?;
    let link = Link::new(Purpose::VerifyEmail, user, String::new(), links::VERIFY_MS);
    let letter = letters::verify_email(email, name, &mail::link(request, env, "verify-email", &link.token)?);
    let statements = [link.statement, mail::queue(env, None, Purpose::VerifyEmail.as_str(), &letter)?];
    Relational::of(env)?.batch(&statements).await?;
    mail::ring(env).await;
    Ok(())
}

/// What somebody gets who has proven who they are, before their second factor.
pub enum Admission {
    /// The cookie of a new session.
    Session(String),
    /// The account has a second factor: a challenge, and its end.
    Challenge(String, f64),
}

/// Opens a session, or asks for the second factor where the account has one.
pub async fn admit(request: &Request, env: &Env, person: &Person) -> Result<Admission, Failure> {
    if person.totp_enabled {
        let challenge = Link::new(Purpose::SecondFactor, &person.id, String::new(), CHALLENGE_MS);
        let expires_at = clock::now_ms() + CHALLENGE_MS;
        Relational::of(env)?.batch(&[challenge.statement]).await?;
        return Ok(Admission::Challenge(challenge.token, expires_at));
    }
    Ok(Admission::Session(open(request, env, &person.id).await?))
}

/// Opens a session that looks at the workspace its user looked at last, and returns its cookie.
pub async fn open(request: &Request, env: &Env, user: &UserId) -> Result<String, Failure> {
    let row = Relational::of(env)?.first(&members::workspace_to_open(user)).await?;
    let workspace = row.map(|row| row.text(0)?.parse().map_err(store::Error::from)).transpose()?;
    auth::open_session(request, env, user, workspace.as_ref()).await
}

/// Signs somebody in who has proven who they are.
pub async fn sign_in(request: &Request, env: &Env, person: &Person) -> Result<Response, Failure> {
    match admit(request, env, person).await? {
        Admission::Session(cookie) => signed_in(env, &cookie).await,
        Admission::Challenge(challenge, expires_at) => {
            http::data(SignIn::SecondFactor { challenge, expires_at })
        }
    }
}

/// The answer that opens the session of a cookie.
pub async fn signed_in(env: &Env, cookie: &str) -> Result<Response, Failure> {
    let secret = cookie.split([';', '=']).nth(1).unwrap_or_default();
    let row =
        Relational::of(env)?.first(&members::by_session(&auth::digest(secret), clock::now_ms())).await?;
    let row = super::found(row)?;
    let me = describe(env, &Account::read(&row)?, Actor::read(&row, String::new())?.as_ref()).await?;
    with_cookie(http::data(SignIn::SignedIn { me })?, cookie)
}

pub async fn logout(env: &Env, account: &Account) -> Result<Response, Failure> {
    Relational::of(env)?.batch(&[members::close_session(&account.session_digest)]).await?;
    with_cookie(http::data(Done {})?, &auth::no_cookie())
}

/// The person of a session, with the workspace it looks at.
pub async fn me(env: &Env, account: &Account) -> Result<Me, Failure> {
    let row =
        Relational::of(env)?.first(&members::by_session(&account.session_digest, clock::now_ms())).await?;
    let row = super::found(row)?;
    describe(env, &Account::read(&row)?, Actor::read(&row, String::new())?.as_ref()).await
}

async fn describe(env: &Env, account: &Account, actor: Option<&Actor>) -> Result<Me, Failure> {
    let database = Relational::of(env)?;
    let rows = database.rows(&members::workspaces_of(&account.user_id)).await?;
    let workspaces = rows.iter().map(tenant::read_workspace).collect::<Result<Vec<_>, _>>()?;
    let recovery_codes_left = if account.totp_enabled {
        let row = database.first(&accounts::recovery_codes_left(&account.user_id)).await?;
        row.map_or(Ok(0), |row| row.integer(0))?
    } else {
        0
    };
    let current = actor.map(|actor| actor.tenant.workspace());
    Ok(Me {
        user_id: account.user_id.clone(),
        name: account.name.clone(),
        email: account.email.clone(),
        email_verified: account.email_verified,
        totp_enabled: account.totp_enabled,
        recovery_codes_left,
        has_password: account.has_password,
        workspace: workspaces.iter().find(|workspace| Some(&workspace.id) == current).cloned(),
        workspaces,
    })
}

/// A response that sets a cookie.
pub fn with_cookie(mut response: Response, cookie: &str) -> Result<Response, Failure> {
    response.headers_mut().append("Set-Cookie", cookie)?;
    Ok(response)
}
