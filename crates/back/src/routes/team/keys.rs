//! API keys. A key is shown once; its digest finds it.

use domain::permissions;
use platform::relational::Relational;
use platform::{Failure, clock, http, random};
use protocol::api::{ApiKey, ApiKeyState, Change, IssuedApiKey, NewApiKey, RotateApiKey};
use protocol::permission::Permission;
use protocol::{ApiKeyId, Code, Problem};
use store::Actor;
use store::api_keys::{self, NewKey};
use store::endpoints;
use worker::{Env, Request, Response};

use super::{conflict, name};
use crate::audit::{change, entry};
use crate::auth;
use crate::routes::{done, found};

const SECRET_PREFIX: &str = "fd_live_";
/// More than 256 bits in base 62.
const SECRET_CHARS: usize = 43;
const SHOWN: usize = 12;
const BASE_62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Keys in force in one workspace.
const MAX_KEYS: u32 = 50;
const RATE_LIMIT: u32 = 60;
const MAX_RATE_LIMIT: u32 = 600;
const MAX_OVERLAP_HOURS: u32 = 168;
const HOUR_MS: f64 = 3_600_000.0;

pub async fn list(env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let (rows, now) = (Relational::of(env)?.rows(&api_keys::list(&actor.tenant)).await?, clock::now_ms());
    http::page(rows.iter().map(|row| api_keys::read(row, now)).collect::<Result<Vec<_>, _>>()?, None)
}

pub async fn create(request: &mut Request, env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let body: NewApiKey = http::body(request).await?;
    let now = clock::now_ms();
    let key_name = name(&body.name)?;
    let scopes = granted(actor, &body.scopes)?;
    if body.expires_at.is_some_and(|at| !at.is_finite() || at <= now) {
        return Err(
            Problem::field("expires_at", "The key would have expired already. Choose a later time.").into()
        );
    }
    let rate_limit = body.rate_limit.unwrap_or(RATE_LIMIT);
    if !(1..=MAX_RATE_LIMIT).contains(&rate_limit) {
        let message = format!("A key may make 1 to {MAX_RATE_LIMIT} requests a minute.");
        return Err(Problem::field("rate_limit", message).into());
    }
    let (id, secret) = (random::id(ApiKeyId::ordered), secret());
    let new = NewKey {
        id: &id,
        name: key_name,
        prefix: shown(&secret),
        secret_digest: &auth::digest(&secret),
        scopes: &scopes,
        rate_limit,
        created_by: actor.name(),
        now,
        expires_at: body.expires_at,
    };
    let mut statements = api_keys::create(&actor.tenant, &new, MAX_KEYS)?.to_vec();
    statements.push(entry(actor, "api_key.created", id.as_str(), key_name, &described(&new))?);
    if !Relational::of(env)?.attempt(&statements).await? {
        let message = format!("There are {MAX_KEYS} keys in force. Revoke one that is not used any more.");
        return Err(conflict(&message));
    }
    issue(env, actor, &id, secret).await
}

pub async fn rotate(request: &mut Request, env: &Env, actor: &Actor, key: &str) -> Result<Response, Failure> {
    let old = one(env, actor, key).await?;
    let RotateApiKey { overlap_hours } = http::body(request).await?;
    if overlap_hours > MAX_OVERLAP_HOURS {
        let message = format!("The old key can stay for up to {MAX_OVERLAP_HOURS} hours beside the new one.");
        return Err(Problem::field("overlap_hours", message).into());
    }
    if old.state != ApiKeyState::Active {
        return Err(not_in_force());
    }
    let (now, scopes) = (clock::now_ms(), granted(actor, &old.scopes)?);
    let good_until = now + f64::from(overlap_hours) * HOUR_MS;
    let (id, secret) = (random::id(ApiKeyId::ordered), secret());
    let new = NewKey {
        id: &id,
        name: &old.name,
        prefix: shown(&secret),
        secret_digest: &auth::digest(&secret),
        scopes: &scopes,
        rate_limit: old.rate_limit,
        created_by: actor.name(),
        now,
        // As long as the old one was made for.
        expires_at: old.expires_at.map(|at| now + at - old.created_at),
    };
    let mut statements = api_keys::rotate(&actor.tenant, &old.id, good_until, &new)?.to_vec();
    let until = time(good_until.min(old.expires_at.unwrap_or(f64::MAX)));
    let changes = [
        change("prefix", Some(&old.prefix), Some(new.prefix)),
        change("old_key_good_until", old.expires_at.map(time).as_deref(), Some(&until)),
    ];
    statements.push(endpoints::hand_over(&actor.tenant, &old.id, &id));
    statements.push(entry(actor, "api_key.rotated", old.id.as_str(), &old.name, &changes)?);
    if !Relational::of(env)?.attempt(&statements).await? {
        return Err(not_in_force());
    }
    issue(env, actor, &id, secret).await
}

pub async fn revoke(env: &Env, actor: &Actor, key: &str) -> Result<Response, Failure> {
    let key = one(env, actor, key).await?;
    let mut statements = api_keys::revoke(&actor.tenant, &key.id, clock::now_ms()).to_vec();
    let changes = [change("prefix", Some(&key.prefix), None)];
    // Their objects find them gone, and forget everything then.
    statements.push(endpoints::end_of_key(&actor.tenant, &key.id));
    statements.push(entry(actor, "api_key.revoked", key.id.as_str(), &key.name, &changes)?);
    if Relational::of(env)?.attempt(&statements).await? {
        done()
    } else {
        Err(conflict("This key has been revoked already."))
    }
}

async fn one(env: &Env, actor: &Actor, key: &str) -> Result<ApiKey, Failure> {
    let id: ApiKeyId = key.parse()?;
    let row = found(Relational::of(env)?.first(&api_keys::one(&actor.tenant, &id)).await?)?;
    Ok(api_keys::read(&row, clock::now_ms())?)
}

async fn issue(env: &Env, actor: &Actor, id: &ApiKeyId, secret: String) -> Result<Response, Failure> {
    http::data(IssuedApiKey { key: one(env, actor, id.as_str()).await?, secret })
}

fn not_in_force() -> Failure {
    conflict("This key is not in force any more, or was replaced already. Make a new one instead.")
}

/// The scopes in their order, each once: those that keys may have and the member has.
fn granted(actor: &Actor, wanted: &[Permission]) -> Result<Vec<Permission>, Failure> {
    let mut scopes = wanted.to_vec();
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() {
        return Err(Problem::field("scopes", "Choose at least one thing that the key may do.").into());
    }
    if let Some(never) = scopes.iter().find(|scope| !permissions::grantable(**scope)) {
        let message = format!("No key may have the scope {}. A member has to do that.", never.as_str());
        return Err(Problem::field("scopes", message).into());
    }
    if let Some(lacked) = scopes.iter().find(|scope| !actor.may(**scope)) {
        let message = format!("You cannot give the scope {}, because your role lacks it.", lacked.as_str());
        return Err(Problem::new(Code::Forbidden, message).into());
    }
    Ok(scopes)
}

/// Bytes beyond the last whole multiple of 62 are thrown away: every character is as likely as any other.
fn secret() -> String {
    let mut secret = SECRET_PREFIX.to_owned();
    while secret.len() < SECRET_PREFIX.len() + SECRET_CHARS {
        let fits = random::bytes::<64>().into_iter().filter(|byte| *byte < 62 * 4);
        let characters = fits.filter_map(|byte| BASE_62.get(usize::from(byte % 62)).copied().map(char::from));
        secret.extend(characters.take(SECRET_PREFIX.len() + SECRET_CHARS - secret.len()));
    }
    secret
}

fn shown(secret: &str) -> &str {
    secret.get(..SHOWN).unwrap_or_default()
}

fn time(at: f64) -> String {
    String::from(js_sys::Date::new(&at.into()).to_iso_string())
}

fn described(key: &NewKey<'_>) -> Vec<Change> {
    let scopes = key.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", ");
    let mut changes = vec![
        change("prefix", None, Some(key.prefix)),
        change("scopes", None, Some(&scopes)),
        change("rate_limit", None, Some(&key.rate_limit.to_string())),
    ];
    changes.extend(key.expires_at.map(|at| change("expires_at", None, Some(&time(at)))));
    changes
}
