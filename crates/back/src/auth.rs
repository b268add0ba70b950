//! Who is asking: sessions by cookie, API keys, the operator by token; passwords by Argon2id; limits.
//!
//! Parameters: OWASP Password Storage Cheat Sheet, Argon2id with m = 19 MiB, t = 2, p = 1.

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use platform::relational::Relational;
use platform::{Failure, clock, config, random};
use protocol::permission::Permission;
use protocol::{Code, Problem, SessionId, UserId, WorkspaceId};
use sha2::{Digest, Sha256};
use store::members::{NewSession, Person};
use store::{Account, Actor, Row, Who, accounts, api_keys, members};
use worker::{Env, Request};

use crate::password;

/// The session's cookie: this host alone, over TLS (or localhost), not for scripts.
pub const COOKIE: &str = "__Host-frontdesk";
/// How an API key begins.
pub const KEY_PREFIX: &str = "fd_";
/// A session ends after this long.
pub const SESSION_MS: f64 = 14.0 * 24.0 * 60.0 * 60.0 * 1_000.0;
/// The last use of a session or a key is noted this often.
const NOTED_MS: f64 = 60_000.0;
const MINUTE_MS: f64 = 60_000.0;
const HOUR_MS: f64 = 60.0 * MINUTE_MS;
/// Longest e-mail address (RFC 5321 section 4.5.3.1.3, without its brackets).
const MAX_EMAIL_BYTES: usize = 254;
const MAX_NAME_CHARS: usize = 100;

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

/// The network address a request came from.
pub fn address(request: &Request) -> String {
    request.headers().get("X-Client-Address").ok().flatten().unwrap_or_else(|| "unknown".into())
}

fn sign_in_required() -> Failure {
    Problem::new(Code::SignInRequired, "Please sign in.").into()
}

/// The person behind the request's cookie.
///
/// # Errors
/// `sign_in_required` without a session.
pub async fn account(request: &Request, env: &Env) -> Result<Account, Failure> {
    Ok(Account::read(&session(request, env).await?)?)
}

/// Who acts in the workspace, if they may do this: an API key, or the member behind the cookie.
///
/// # Errors
/// `sign_in_required`, `forbidden`, `scope_missing`, `too_many_requests`.
pub async fn actor(request: &Request, env: &Env, permission: Permission) -> Result<Actor, Failure> {
    let actor = known(request, env).await?;
    allowed(&actor, permission)?;
    Ok(actor)
}

/// Who acts in the workspace, whatever they may do.
///
/// # Errors
/// `sign_in_required`, `forbidden` for somebody without a workspace, `too_many_requests`.
pub async fn known(request: &Request, env: &Env) -> Result<Actor, Failure> {
    let authorization = request.headers().get("Authorization")?.unwrap_or_default();
    if let Some(secret) = authorization.strip_prefix("Bearer ").filter(|s| s.starts_with(KEY_PREFIX)) {
        return key_holder(request, env, secret).await;
    }
    let row = session(request, env).await?;
    Actor::read(&row, address(request))?.ok_or_else(|| {
        Problem::new(Code::Forbidden, "You belong to no workspace. Create one, or ask for an invitation.")
            .into()
    })
}

/// Refuses what an actor may not.
///
/// # Errors
/// `forbidden`, or `scope_missing` for a key.
pub fn allowed(actor: &Actor, permission: Permission) -> Result<(), Problem> {
    if actor.may(permission) {
        return Ok(());
    }
    if matches!(actor.who, Who::Key { .. }) {
        let message = format!("This key lacks the scope {}. Make a key that has it.", permission.as_str());
        return Err(Problem::new(Code::ScopeMissing, message));
    }
    let message = format!(
        "Your role does not allow this ({}). Ask an owner or admin of the workspace.",
        permission.describe().to_lowercase()
    );
    Err(Problem::new(Code::Forbidden, message))
}

async fn key_holder(request: &Request, env: &Env, secret: &str) -> Result<Actor, Failure> {
    let row = Relational::of(env)?.first(&api_keys::by_secret(&digest(secret), clock::now_ms())).await?;
    let row = row.ok_or_else(|| {
        Problem::new(Code::SignInRequired, "This API key is not known, or has expired or been revoked.")
    })?;
    limit(env, &format!("key {}", row.text(3)?), row.integer(6)?).await?;
    let (actor, now) = (Actor::read_key(&row, address(request))?, clock::now_ms());
    if row.real_or_null(7)?.is_none_or(|used| now - used > NOTED_MS) {
        let noted = api_keys::note_use(&actor.tenant, &row.text(3)?.parse()?, now);
        Relational::of(env)?.batch(&[noted]).await?;
    }
    Ok(actor)
}

async fn session(request: &Request, env: &Env) -> Result<Row, Failure> {
    let cookie = request.headers().get("Cookie")?.unwrap_or_default();
    let digest = digest(&secret(&cookie).ok_or_else(sign_in_required)?);
    let (database, now) = (Relational::of(env)?, clock::now_ms());
    let row = database.first(&members::by_session(&digest, now)).await?.ok_or_else(sign_in_required)?;
    if now - Account::read(&row)?.session_used_at > NOTED_MS {
        database.batch(&[members::note_session(&digest, &address(request), now)]).await?;
    }
    Ok(row)
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

/// Opens a session and returns its cookie. Who belongs to no workspace gets one without.
///
/// # Errors
/// When the database refuses.
pub async fn open_session<'w>(
    request: &Request,
    env: &Env,
    user: &UserId,
    workspace: impl Into<Option<&'w WorkspaceId>>,
) -> Result<String, Failure> {
    let (secret, now) = (token(), clock::now_ms());
    let workspace = workspace.into();
    let user_agent: String =
        request.headers().get("User-Agent")?.unwrap_or_default().chars().take(300).collect();
    let mut statements = vec![members::open_session(&NewSession {
        id: &random::id(SessionId::ordered),
        secret_digest: &digest(&secret),
        user,
        workspace,
        address: &address(request),
        user_agent: &user_agent,
        now,
        expires_at: now + SESSION_MS,
    })];
    statements.extend(workspace.map(|workspace| accounts::remember_workspace(user, workspace)));
    Relational::of(env)?.batch(&statements).await?;
    Ok(format!("{COOKIE}={secret}; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age={}", SESSION_MS / 1_000.0))
}

/// The cookie that forgets the session.
pub fn no_cookie() -> String {
    format!("{COOKIE}=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0")
}

/// An unguessable token of 256 bits.
pub fn token() -> String {
    hex(&random::bytes::<32>())
}

fn secret(header: &str) -> Option<String> {
    header.split(';').find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('=').map(str::to_owned))
}

/// How secrets of 256 bits are stored.
pub fn digest(secret: &str) -> String {
    hex(&Sha256::digest(secret))
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Counts a hit of a subject and refuses beyond so many a minute.
///
/// # Errors
/// `too_many_requests` beyond the limit, with the time until the minute is over.
pub async fn limit(env: &Env, subject: &str, a_minute: u32) -> Result<(), Failure> {
    count(env, subject, a_minute, MINUTE_MS).await
}

/// Counts a hit of a subject and refuses beyond so many an hour: for what fills somebody's mailbox.
///
/// # Errors
/// `too_many_requests` beyond the limit, with the time until the hour is over.
pub async fn limit_hourly(env: &Env, subject: &str, an_hour: u32) -> Result<(), Failure> {
    count(env, &format!("hourly {subject}"), an_hour, HOUR_MS).await
}

async fn count(env: &Env, subject: &str, allowed: u32, window_ms: f64) -> Result<(), Failure> {
    let now = clock::now_ms();
    let window = (now / window_ms).floor() * window_ms;
    let row = Relational::of(env)?.first(&members::hit(&digest(subject), window)).await?;
    let hits: u32 = row.map_or(Ok(1), |row| row.integer(0))?;
    if hits <= allowed {
        return Ok(());
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let seconds = ((window + window_ms - now) / 1_000.0).ceil().max(1.0) as u32;
    let wait = if seconds > 120 {
        format!("{} minutes", seconds.div_ceil(60))
    } else {
        format!("{seconds} seconds")
    };
    let message = format!("Too many requests. Please wait {wait} and try again.");
    Err(Problem { retry_after: Some(seconds), ..Problem::new(Code::TooManyRequests, message) }.into())
}

/// Forgets what has ended.
///
/// # Errors
/// When the database refuses.
pub async fn sweep(env: &Env) -> Result<(), Failure> {
    let now = clock::now_ms();
    Relational::of(env)?.batch(&members::sweep(now, now - 2.0 * HOUR_MS)).await
}

/// An e-mail address in the one form it is stored in. Only what every mail server takes is an address here, so none
/// can smuggle a header or a second recipient.
///
/// # Errors
/// `invalid` for the field `email`.
pub fn email(given: &str) -> Result<String, Problem> {
    let email = given.trim().to_lowercase();
    let plain = |c: char| c.is_ascii_graphic() && !"<>()[],;:\\\"@".contains(c);
    let fits = email.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty()
            && local.chars().all(plain)
            && !host.is_empty()
            && host.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-')
            && !host.starts_with(['.', '-'])
            && !host.ends_with(['.', '-'])
    });
    if fits && email.len() <= MAX_EMAIL_BYTES {
        return Ok(email);
    }
    Err(Problem::field("email", "This is not an e-mail address. Please check it for a typing mistake."))
}

/// A name as it is shown: one line without control characters.
///
/// # Errors
/// `invalid` for the field.
pub fn name(field: &str, given: &str) -> Result<String, Problem> {
    let name = given.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Err(Problem::field(field, "Please give a name."));
    }
    if name.chars().count() > MAX_NAME_CHARS || name.chars().any(char::is_control) {
        return Err(Problem::field(
            field,
            format!("Please give a name of at most {MAX_NAME_CHARS} characters."),
        ));
    }
    Ok(name)
}

/// The person behind the account, if the password is theirs. Guesses are limited as those of signing in are.
///
/// # Errors
/// `invalid` for the field; for someone who has no password, the way to one.
pub async fn confirm_password(
    env: &Env,
    account: &Account,
    field: &str,
    password: &str,
) -> Result<Person, Failure> {
    limit(env, &format!("password {}", account.user_id), 10).await?;
    let row = Relational::of(env)?.first(&members::by_id(&account.user_id)).await?;
    let person = Person::read(&row.ok_or_else(sign_in_required)?)?;
    if person.password_hash.is_empty() {
        let message = "Your account has no password yet. Set one first: sign out, choose \u{201c}Forgot \
                       password\u{201d} and follow the link we mail you.";
        return Err(Problem::field(field, message).into());
    }
    if password.len() > password::MAX_BYTES || !verify_password(password, Some(&person.password_hash))? {
        return Err(Problem::field(field, "This is not your password. Please try again.").into());
    }
    Ok(person)
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

/// Whether a password is the one. Without a hash (no such user, or one who signs in elsewhere) the same work is
/// done, so that time does not tell which addresses exist.
///
/// # Errors
/// When the hash is malformed.
pub fn verify_password(password: &str, hash: Option<&str>) -> Result<bool, Failure> {
    let Some(hash) = hash.filter(|hash| !hash.is_empty()) else {
        hash_password(password)?;
        return Ok(false);
    };
    let hash = PasswordHash::new(hash).map_err(|error| Failure::Internal(error.to_string()))?;
    Ok(argon()?.verify_password(password.as_bytes(), &hash).is_ok())
}
