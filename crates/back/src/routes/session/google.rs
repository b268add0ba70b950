//! Sign in with Google. What goes wrong is told on the sign-in page, which the browser is sent back to.

use platform::relational::Relational;
use platform::{Failure, clock, config, log, random};
use protocol::{Code, Problem, UserId};
use store::links::{self, Purpose};
use store::members::Person;
use store::{accounts, members};
use url::Url;
use worker::{Env, Headers, Request, Response};

use super::register::{self, Registration};
use super::{Admission, with_cookie};
use crate::oidc::{Attempt, Client, Identity};
use crate::{auth, mail};

/// Binds a sign-in to the browser that began it.
const COOKIE: &str = "__Host-frontdesk-google";
const COOKIE_S: u32 = 600;
/// Sign-ins a minute from one address.
const SIGN_INS: u32 = 10;

pub fn is_offered(env: &Env) -> bool {
    config::optional(env, "GOOGLE_CLIENT_ID").is_some() && config::secret(env, "GOOGLE_CLIENT_SECRET").is_ok()
}

fn redirect(to: &str) -> Result<Response, Failure> {
    let headers = Headers::new();
    headers.set("Location", to)?;
    Ok(Response::empty()?.with_status(303).with_headers(headers))
}

fn cookie(secret: &str, seconds: u32) -> String {
    format!("{COOKIE}={secret}; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age={seconds}")
}

fn redirect_uri(request: &Request, env: &Env) -> Result<String, Failure> {
    Ok(format!("{}/v1/auth/google/callback", mail::base(request, env)?))
}

/// Back to the sign-in page, with words.
fn back(request: &Request, env: &Env, failure: &Failure) -> Result<Response, Failure> {
    let problem = match failure {
        Failure::Problem(problem) => problem.message.clone(),
        Failure::Internal(reason) => {
            log::error("google_sign_in_failed", None, reason);
            "Signing in with Google did not work. Please try again, or sign in with your password.".into()
        }
    };
    let query =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("problem", &problem).finish();
    redirect(&format!("{}/app/sign-in?{query}", mail::base(request, env)?))
}

pub async fn start(request: &Request, env: &Env) -> Result<Response, Failure> {
    if !is_offered(env) {
        return Err(Problem::not_found().into());
    }
    let (secret, redirect_uri) = (auth::token(), redirect_uri(request, env)?);
    let attempt = Attempt { secret: &secret, redirect_uri: &redirect_uri };
    let begun = async {
        auth::limit(env, &format!("google address {}", auth::address(request)), SIGN_INS).await?;
        Client::discover(env).await?.authorization_url(&attempt)
    };
    match begun.await {
        Ok(url) => with_cookie(redirect(url.as_str())?, &cookie(&secret, COOKIE_S)),
        Err(failure) => back(request, env, &failure),
    }
}

pub async fn callback(request: &Request, env: &Env) -> Result<Response, Failure> {
    if !is_offered(env) {
        return Err(Problem::not_found().into());
    }
    let base = mail::base(request, env)?;
    let response = match identified(request, env).await {
        Ok(person) => match super::admit(request, env, &person).await? {
            Admission::Session(session) => with_cookie(redirect(&format!("{base}/app/"))?, &session)?,
            // Behind the #, where no server and no log sees it.
            Admission::Challenge(challenge, expires_at) => {
                redirect(&format!("{base}/app/sign-in#challenge={challenge}&expires_at={expires_at}"))?
            }
        },
        Err(failure) => back(request, env, &failure)?,
    };
    with_cookie(response, &cookie("", 0))
}

async fn identified(request: &Request, env: &Env) -> Result<Person, Failure> {
    let lost = || {
        let message = "This sign-in was begun in another browser or too long ago. Please try again.";
        Problem::new(Code::LinkInvalid, message)
    };
    auth::limit(env, &format!("google callback address {}", auth::address(request)), SIGN_INS).await?;
    let cookies = request.headers().get("Cookie")?.unwrap_or_default();
    let secret = cookies
        .split(';')
        .find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
        .filter(|secret| secret.len() == 64)
        .ok_or_else(lost)?;
    let redirect_uri = redirect_uri(request, env)?;
    let attempt = Attempt { secret, redirect_uri: &redirect_uri };
    let url = request.url()?;
    if parameter(&url, "state").is_none_or(|state| state != attempt.state()) {
        return Err(lost().into());
    }
    if parameter(&url, "error").is_some() {
        let message = "Google did not sign you in. Please try again, or sign in with your password.";
        return Err(Problem::new(Code::Forbidden, message).into());
    }
    let code = parameter(&url, "code").ok_or_else(lost)?;
    let identity = Client::discover(env).await?.identify(&attempt, &code).await?;
    person(env, &identity).await
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The user of an identity: known by it, or by its confirmed address, or new.
async fn person(env: &Env, identity: &Identity) -> Result<Person, Failure> {
    let (database, now) = (Relational::of(env)?, clock::now_ms());
    if let Some(row) = database.first(&members::by_identity(&identity.issuer, &identity.subject)).await? {
        return Ok(Person::read(&row)?);
    }
    let email = auth::email(&identity.email).ok().filter(|_| identity.email_verified).ok_or_else(|| {
        let message =
            "Google has not confirmed your e-mail address. Confirm it there, or register with a password.";
        Problem::new(Code::Forbidden, message)
    })?;
    let given = identity.name.as_deref().unwrap_or_default();
    let name =
        auth::name("name", given).unwrap_or_else(|_| email.split('@').next().unwrap_or("You").to_owned());
    let (mut statements, user) = match database.first(&members::by_email(&email)).await? {
        Some(row) => {
            let known = Person::read(&row)?;
            let statements = if known.verified {
                Vec::new()
            } else {
                // Whoever registered has not shown that the address is theirs: what they set is void.
                vec![accounts::claim(&known.id, &name, "", now), links::void(&known.id, Purpose::VerifyEmail)]
            };
            (statements, known.id)
        }
        None => {
            let user = random::id(UserId::ordered);
            let workspace = register::workspace_of(&name);
            let registration = Registration { name, password_hash: String::new() };
            (register::newcomer(&user, &email, &registration, &workspace, Some(now)), user)
        }
    };
    statements.push(accounts::create_identity(&identity.issuer, &identity.subject, &user, now));
    database.batch(&statements).await?;
    Ok(Person::read(&super::super::found(database.first(&members::by_id(&user)).await?)?)?)
}
