//! Setting up and switching off the second factor.

use platform::relational::Relational;
use platform::{Failure, clock, http, seal};
use protocol::api::{CodeRequest, PasswordRequest, RecoveryCodes};
use protocol::{Code, Problem, UserId};
use store::{Account, Statement, accounts};
use worker::{Env, Request, Response};

use super::{audited, person, rotated};
use crate::mail::letters;
use crate::{auth, mail, totp};

/// Codes that may be tried a minute.
const TRIES: u32 = 10;

fn already_on() -> Failure {
    let message = "Two-step sign-in is on already. To change the authenticator, switch it off first.";
    Problem::new(Code::Conflict, message).into()
}

/// Draws a secret; it is in force after a code was shown.
pub async fn begin(request: &mut Request, env: &Env, account: &Account) -> Result<Response, Failure> {
    let body: PasswordRequest = http::body(request).await?;
    let person = auth::confirm_password(env, account, "password", &body.password).await?;
    let setup = totp::set_up(&person.email)?;
    let sealed = seal::seal(env, "totp", person.id.as_str(), &setup.secret)?;
    let begun = Relational::of(env)?.first(&accounts::begin_totp(&person.id, &sealed)).await?;
    begun.ok_or_else(already_on)?;
    http::data(setup)
}

/// Switches it on with a code of the new authenticator, which is used up by that.
pub async fn confirm(request: &mut Request, env: &Env, account: &Account) -> Result<Response, Failure> {
    let body: CodeRequest = http::body(request).await?;
    auth::limit(env, &format!("totp {}", account.user_id), TRIES).await?;
    let person = person(env, account).await?;
    if person.totp_enabled {
        return Err(already_on());
    }
    let sealed = person.totp_secret.as_deref().ok_or_else(|| {
        Problem::new(Code::Conflict, "Begin to set up two-step sign-in first, then send a code.")
    })?;
    let secret = seal::open(env, "totp", person.id.as_str(), sealed)?;
    let step = totp::step(&secret, &body.code)?.ok_or_else(|| {
        let message =
            "This code is wrong. Please check that your phone's clock is right, and send the current one.";
        Problem::field("code", message)
    })?;
    let database = Relational::of(env)?;
    let enabled = accounts::enable_totp(&person.id, sealed, step, clock::now_ms());
    database.first(&enabled).await?.ok_or_else(already_on)?;
    let (codes, mut statements) = new_codes(&person.id);
    statements.extend(audited(request, env, &person, "member.second_factor_enabled", &[]).await?);
    let sign_in = format!("{}/app/sign-in", mail::base(request, env)?);
    statements.push(mail::queue(
        env,
        None,
        "second_factor",
        &letters::second_factor(&person.email, true, &sign_in),
    )?);
    database.batch(&statements).await?;
    mail::ring(env).await;
    rotated(request, env, account, http::data(RecoveryCodes { codes })?).await
}

pub async fn disable(request: &mut Request, env: &Env, account: &Account) -> Result<Response, Failure> {
    let body: PasswordRequest = http::body(request).await?;
    let person = auth::confirm_password(env, account, "password", &body.password).await?;
    if person.totp_enabled {
        let mut statements = audited(request, env, &person, "member.second_factor_disabled", &[]).await?;
        let sign_in = format!("{}/app/sign-in", mail::base(request, env)?);
        let letter = letters::second_factor(&person.email, false, &sign_in);
        statements.push(mail::queue(env, None, "second_factor", &letter)?);
        statements.extend(accounts::disable_totp(&person.id));
        Relational::of(env)?.batch(&statements).await?;
        mail::ring(env).await;
    }
    rotated(request, env, account, crate::routes::done()?).await
}

/// Ten new recovery codes; the earlier ones are void.
pub async fn renew(request: &mut Request, env: &Env, account: &Account) -> Result<Response, Failure> {
    let body: PasswordRequest = http::body(request).await?;
    let person = auth::confirm_password(env, account, "password", &body.password).await?;
    if !person.totp_enabled {
        let message = "Recovery codes stand in for an authenticator. Switch two-step sign-in on first.";
        return Err(Problem::new(Code::Conflict, message).into());
    }
    let (codes, mut statements) = new_codes(&person.id);
    statements.extend(audited(request, env, &person, "member.recovery_codes_renewed", &[]).await?);
    Relational::of(env)?.batch(&statements).await?;
    http::data(RecoveryCodes { codes })
}

fn new_codes(user: &UserId) -> (Vec<String>, Vec<Statement>) {
    let codes = totp::recovery_codes();
    let mut statements = vec![accounts::forget_recovery_codes(user)];
    let digests = codes.iter().map(|code| totp::recovery_digest(user, code));
    statements.extend(digests.map(|digest| accounts::add_recovery_code(user, &digest)));
    (codes, statements)
}
