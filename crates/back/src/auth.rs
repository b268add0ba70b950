//! Who is asking: sessions by cookie, the operator by token, passwords by Argon2id.
//!
//! Parameters: OWASP Password Storage Cheat Sheet, Argon2id with m = 19 MiB, t = 2, p = 1.

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use platform::relational::Relational;
use platform::{Failure, clock, config, random};
use protocol::{Code, Problem, UserId, WorkspaceId};
use sha2::{Digest, Sha256};
use store::{Member, members};
use worker::{Env, Request};

/// The session's cookie: this host alone, over TLS (or localhost), not for scripts.
pub const COOKIE: &str = "__Host-frontdesk";
/// A session ends after this long.
pub const SESSION_MS: f64 = 14.0 * 24.0 * 60.0 * 60.0 * 1_000.0;
/// Sign-ins count against the limit for a minute.
const WINDOW_MS: f64 = 60_000.0;
/// Sign-ins a minute from one address, and for one account.
const SIGN_INS: u32 = 10;

/// Refuses what another site makes a member's browser send.
///
/// # Errors
/// When the browser says that the request comes from elsewhere.
pub fn same_origin(request: &Request) -> Result<(), Failure> {
    let writes = !matches!(request.method(), worker::Method::Get | worker::Method::Head);
    let site = request.headers().get("Sec-Fetch-Site")?;
    let foreign_site = site.is_some_and(|site| !matches!(site.as_str(), "same-origin" | "none"));
    let here = request.url()?.origin().ascii_serialization();
    let foreign_origin = request.headers().get("Origin")?.is_some_and(|origin| origin != here);
    if writes && (foreign_site || foreign_origin) {
        return Err(Problem::new(Code::Forbidden, "This request comes from another site.").into());
    }
    Ok(())
}

/// The member behind the request's cookie.
///
/// # Errors
/// `sign_in_required` without one.
pub async fn member(request: &Request, env: &Env) -> Result<Member, Failure> {
    let header = request.headers().get("Cookie")?.unwrap_or_default();
    member_of_cookie(env, &header).await
}

/// The member behind a `Cookie` header, or a cookie just set.
///
/// # Errors
/// `sign_in_required` without a session.
pub async fn member_of_cookie(env: &Env, header: &str) -> Result<Member, Failure> {
    let required = || Problem::new(Code::SignInRequired, "Please sign in.");
    let secret = secret(header).ok_or_else(required)?;
    let row = Relational::of(env)?.first(&members::by_session(&digest(&secret), clock::now_ms())).await?;
    Ok(Member::read(&row.ok_or_else(required)?)?)
}

/// The installation's operator.
///
/// # Errors
/// `not_found` for anyone else: the route is nobody's business.
pub fn operator(request: &Request, env: &Env) -> Result<(), Failure> {
    let expected = config::secret(env, "BOOTSTRAP_TOKEN").map_err(|_| Problem::not_found())?;
    let given = request.headers().get("Authorization")?.unwrap_or_default();
    let given = given.strip_prefix("Bearer ").unwrap_or_default();
    // Digests are compared, so that time tells nothing about the token.
    if Sha256::digest(given) == Sha256::digest(&expected) { Ok(()) } else { Err(Problem::not_found().into()) }
}

/// Opens a session and returns its cookie.
///
/// # Errors
/// When the database refuses.
pub async fn open_session(env: &Env, user: &UserId, workspace: &WorkspaceId) -> Result<String, Failure> {
    let secret: String = random::bytes::<32>().iter().map(|byte| format!("{byte:02x}")).collect();
    let now = clock::now_ms();
    Relational::of(env)?
        .batch(&[members::open_session(&digest(&secret), user, workspace, now, now + SESSION_MS)])
        .await?;
    Ok(format!("{COOKIE}={secret}; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age={}", SESSION_MS / 1_000.0))
}

/// Ends the request's session and returns the cookie that forgets it.
///
/// # Errors
/// When the database refuses.
pub async fn close_session(request: &Request, env: &Env) -> Result<String, Failure> {
    if let Some(secret) = secret(&request.headers().get("Cookie")?.unwrap_or_default()) {
        Relational::of(env)?.batch(&[members::close_session(&digest(&secret))]).await?;
    }
    Ok(format!("{COOKIE}=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0"))
}

fn secret(header: &str) -> Option<String> {
    header.split(';').find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('=').map(str::to_owned))
}

fn digest(secret: &str) -> String {
    Sha256::digest(secret).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Counts a sign-in for an address and an account, and refuses beyond ten a minute.
///
/// # Errors
/// `too_many_requests` beyond the limit.
pub async fn limit_sign_in(request: &Request, env: &Env, email: &str) -> Result<(), Failure> {
    let database = Relational::of(env)?;
    let address = request.headers().get("X-Client-Address")?.unwrap_or_else(|| "unknown".into());
    let now = clock::now_ms();
    for subject in [digest(&format!("address {address}")), digest(&format!("account {email}"))] {
        let row = database.first(&members::attempts(&subject, now - WINDOW_MS)).await?;
        let tried: u32 = row.map_or(Ok(0), |row| row.integer(0))?;
        if tried >= SIGN_INS {
            return Err(Problem::new(
                Code::TooManyRequests,
                "Too many sign-ins. Please wait a minute and try again.",
            )
            .into());
        }
        database.batch(&[members::note_attempt(&subject, now)]).await?;
    }
    Ok(())
}

/// Forgets ended sessions and old attempts.
///
/// # Errors
/// When the database refuses.
pub async fn sweep(env: &Env) -> Result<(), Failure> {
    let now = clock::now_ms();
    Relational::of(env)?.batch(&members::sweep(now, now - WINDOW_MS)).await
}

fn argon() -> Result<Argon2<'static>, Failure> {
    let params = Params::new(19 * 1_024, 2, 1, None).map_err(|error| Failure::Internal(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// The hash of a password, in PHC form.
///
/// # Errors
/// When the password cannot be hashed.
pub fn hash_password(password: &str) -> Result<String, Failure> {
    let fail = |error: argon2::password_hash::Error| Failure::Internal(error.to_string());
    let salt = SaltString::encode_b64(&random::bytes::<16>()).map_err(fail)?;
    Ok(argon()?.hash_password(password.as_bytes(), &salt).map_err(fail)?.to_string())
}

/// Whether a password is the one. Without a hash the same work is done, so that time does not tell which
/// addresses exist.
///
/// # Errors
/// When the hash is malformed.
pub fn verify_password(password: &str, hash: Option<&str>) -> Result<bool, Failure> {
    let Some(hash) = hash else {
        hash_password(password)?;
        return Ok(false);
    };
    let hash = PasswordHash::new(hash).map_err(|error| Failure::Internal(error.to_string()))?;
    Ok(argon()?.verify_password(password.as_bytes(), &hash).is_ok())
}
