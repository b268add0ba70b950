//! What mailed links do: confirm an address, change it, set a new password.

use platform::relational::Relational;
use platform::{Failure, clock, http, random};
use protocol::api::{EmailRequest, ResetPasswordRequest, TokenRequest};
use protocol::{Code, Problem, UserId};
use store::links::{self, NewLink, Purpose};
use store::members::Person;
use store::{Row, Statement, accounts, members};
use worker::{Env, Request, Response};

use super::register::Registration;
use crate::mail::letters;
use crate::routes::account::audited;
use crate::routes::done;
use crate::{auth, mail, password};

/// How long links are good, in milliseconds.
pub const VERIFY_MS: f64 = 24.0 * 60.0 * 60_000.0;
pub const CHANGE_MS: f64 = 2.0 * 60.0 * 60_000.0;
const RESET_MS: f64 = 30.0 * 60_000.0;
/// Mails of one kind to one address.
pub const MAILS_AN_HOUR: u32 = 10;
/// Tries with tokens a minute from one address: they are unguessable, and this keeps it cheap to say so.
const TRIES: u32 = 30;

/// A link to mail, or a challenge to answer: its token, and the row by which it is known again.
pub struct Link {
    pub token: String,
    pub statement: Statement,
}

impl Link {
    pub fn new(purpose: Purpose, user: &UserId, payload: String, lifetime_ms: f64) -> Self {
        let (token, now) = (auth::token(), clock::now_ms());
        let statement = links::issue(&NewLink {
            token_digest: &auth::digest(&token),
            purpose,
            user,
            payload: &payload,
            now,
            expires_at: now + lifetime_ms,
        });
        Self { token, statement }
    }
}

pub fn void() -> Failure {
    let message =
        "This link is used up, has expired, or was replaced by a newer one. Please ask for a new one.";
    Problem::new(Code::LinkInvalid, message).into()
}

async fn limited(request: &Request, env: &Env) -> Result<(), Failure> {
    auth::limit(env, &format!("link address {}", auth::address(request)), TRIES).await
}

/// The user of a link's row.
async fn person(database: &Relational, row: &Row) -> Result<Person, Failure> {
    let user: UserId = row.text(0)?.parse()?;
    Ok(Person::read(&database.first(&members::by_id(&user)).await?.ok_or_else(void)?)?)
}

/// Confirms an address and signs in.
pub async fn verify_email(request: &mut Request, env: &Env) -> Result<Response, Failure> {
    let body: TokenRequest = http::body(request).await?;
    limited(request, env).await?;
    let (database, now) = (Relational::of(env)?, clock::now_ms());
    let digest = auth::digest(&body.token);
    let row = database.first(&links::take(&digest, Purpose::VerifyEmail, now)).await?.ok_or_else(void)?;
    let before = person(&database, &row).await?;
    let mut statements = match row.text(1)? {
        "" => Vec::new(),
        payload => {
            let Registration { name, password_hash } = serde_json::from_str(payload)?;
            vec![accounts::claim(&before.id, &name, &password_hash, now)]
        }
    };
    statements.extend([accounts::verify(&before.id, now), links::void(&before.id, Purpose::VerifyEmail)]);
    database.batch(&statements).await?;
    super::sign_in(request, env, &before).await
}

/// Moves an account to its new address. Every session ends; a browser that was signed in to it gets a new one.
pub async fn change_email(request: &mut Request, env: &Env) -> Result<Response, Failure> {
    let body: TokenRequest = http::body(request).await?;
    limited(request, env).await?;
    let (database, now) = (Relational::of(env)?, clock::now_ms());
    let digest = auth::digest(&body.token);
    let row = database.first(&links::take(&digest, Purpose::ChangeEmail, now)).await?.ok_or_else(void)?;
    let (before, email) = (person(&database, &row).await?, row.text(1)?);
    if database.first(&accounts::set_email(&before.id, email, now)).await?.is_none() {
        let message = "This address has got an account of its own meanwhile. Nothing was changed.";
        return Err(Problem::new(Code::Conflict, message).into());
    }
    let here = auth::account(request, env).await.is_ok_and(|account| account.user_id == before.id);
    let change = crate::audit::change("email", Some(&before.email), Some(email));
    let mut statements = audited(request, env, &before, "member.email_changed", &[change]).await?;
    statements.extend([
        accounts::end_sessions(&before.id, ""),
        links::void(&before.id, Purpose::ResetPassword),
        mail::queue(env, None, "email_changed", &letters::email_changed(&before.email, email))?,
    ]);
    database.batch(&statements).await?;
    mail::ring(env).await;
    if here {
        return super::with_cookie(done()?, &super::open(request, env, &before.id).await?);
    }
    done()
}

/// Mails a link that sets a new password, where there is an account. The work is the same where there is none.
pub async fn forgot_password(request: &mut Request, env: &Env) -> Result<Response, Failure> {
    let body: EmailRequest = http::body(request).await?;
    let email = auth::email(&body.email)?;
    limited(request, env).await?;
    auth::limit_hourly(env, &format!("forgot {email}"), MAILS_AN_HOUR).await?;
    let database = Relational::of(env)?;
    let row = database.first(&members::by_email(&email)).await?;
    let person = row.as_ref().map(Person::read).transpose()?;
    let user = person.as_ref().map_or_else(|| random::id(UserId::ordered), |person| person.id.clone());
    let link = Link::new(Purpose::ResetPassword, &user, String::new(), RESET_MS);
    let letter = letters::reset_password(&email, &mail::link(request, env, "reset-password", &link.token)?);
    let queued = mail::queue(env, None, Purpose::ResetPassword.as_str(), &letter)?;
    let mut statements = vec![links::void(&user, Purpose::ResetPassword)];
    if person.is_some() {
        statements.extend([link.statement, queued]);
    }
    database.batch(&statements).await?;
    mail::ring(env).await;
    done()
}

/// Sets a new password. The mailbox proves the address, and every session ends.
pub async fn reset_password(request: &mut Request, env: &Env) -> Result<Response, Failure> {
    let body: ResetPasswordRequest = http::body(request).await?;
    limited(request, env).await?;
    let (database, now) = (Relational::of(env)?, clock::now_ms());
    let digest = auth::digest(&body.token);
    // The link is not spent on a password that is refused.
    let row = database.first(&links::look(&digest, Purpose::ResetPassword, now)).await?.ok_or_else(void)?;
    let before = person(&database, &row).await?;
    password::check(&body.password, &[&before.email, &before.name])?;
    let hash = auth::hash_password(&body.password)?;
    database.first(&links::take(&digest, Purpose::ResetPassword, now)).await?.ok_or_else(void)?;
    let sign_in = format!("{}/app/sign-in", mail::base(request, env)?);
    let mut statements = audited(request, env, &before, "member.password_reset", &[]).await?;
    statements.extend([accounts::set_password(&before.id, &hash), accounts::verify(&before.id, now)]);
    statements.extend(password_changed(env, &before.id, &before.email, &sign_in)?);
    database.batch(&statements).await?;
    mail::ring(env).await;
    super::with_cookie(done()?, &auth::no_cookie())
}

/// What goes with every change of a password: sessions end, links and challenges are void, the owner is told.
pub fn password_changed(
    env: &Env,
    user: &UserId,
    email: &str,
    sign_in: &str,
) -> Result<Vec<Statement>, Failure> {
    Ok(vec![
        accounts::end_sessions(user, ""),
        links::void(user, Purpose::ResetPassword),
        links::void(user, Purpose::ChangeEmail),
        links::void(user, Purpose::VerifyEmail),
        links::void(user, Purpose::SecondFactor),
        mail::queue(env, None, "password_changed", &letters::password_changed(email, sign_in))?,
    ])
}
