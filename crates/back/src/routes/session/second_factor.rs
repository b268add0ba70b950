//! The second step of signing in: a code of the authenticator, or a recovery code.

use platform::relational::Relational;
use platform::{Failure, clock, http, seal};
use protocol::api::SecondFactorRequest;
use protocol::{Code, Problem, UserId};
use store::links::{self, Purpose};
use store::members::Person;
use store::{accounts, members};
use worker::{Env, Request, Response};

use crate::{auth, totp};

/// Codes that may be tried against one challenge.
const TRIES: u32 = 5;
/// Codes a minute from one address, and for one account.
const CODES: u32 = 10;

fn void() -> Failure {
    let message = "This sign-in has expired or had too many tries. Please begin again with your password.";
    Problem::new(Code::LinkInvalid, message).into()
}

pub async fn handle(request: &mut Request, env: &Env) -> Result<Response, Failure> {
    let body: SecondFactorRequest = http::body(request).await?;
    auth::limit(env, &format!("code address {}", auth::address(request)), CODES).await?;
    let (database, now) = (Relational::of(env)?, clock::now_ms());
    let challenge = auth::digest(&body.challenge);
    let tried = database.first(&links::attempt(&challenge, Purpose::SecondFactor, now, TRIES)).await?;
    let user: UserId = tried.ok_or_else(void)?.text(0)?.parse()?;
    auth::limit(env, &format!("code account {user}"), CODES).await?;
    let person = Person::read(&database.first(&members::by_id(&user)).await?.ok_or_else(void)?)?;
    if !use_code(env, &person, &body.code).await? {
        let message =
            "This code is wrong or was used already. Please wait for the next one, or take a recovery code.";
        return Err(Problem::field("code", message).into());
    }
    // Of two right answers at once one opens a session.
    database.first(&links::take(&challenge, Purpose::SecondFactor, now)).await?.ok_or_else(void)?;
    super::signed_in(env, &super::open(request, env, &user).await?).await
}

/// Uses a code up, of the authenticator or for recovery: whether it was good. It is good once, whoever asks how
/// often at the same time.
pub async fn use_code(env: &Env, person: &Person, code: &str) -> Result<bool, Failure> {
    let database = Relational::of(env)?;
    let Some(sealed) = person.totp_secret.as_ref().filter(|_| person.totp_enabled) else { return Ok(false) };
    let secret = seal::open(env, "totp", person.id.as_str(), sealed)?;
    let used = match totp::step(&secret, code)? {
        Some(step) => accounts::use_totp_step(&person.id, step),
        None => {
            let digest = totp::recovery_digest(&person.id, code);
            accounts::use_recovery_code(&person.id, &digest, clock::now_ms())
        }
    };
    Ok(database.first(&used).await?.is_some())
}
