//! Requests with an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): carried out once, answered the
//! same whenever they come again within a day.

use platform::relational::Relational;
use platform::{Failure, clock, log, seal};
use protocol::{Code, Problem};
use sha2::{Digest, Sha256};
use store::idempotency::{self, Keyed, Known};
use store::{Actor, Statement, Tenant, Who};
use worker::{Env, Headers, Request, RequestInit, Response};

/// The header's name.
const HEADER: &str = "Idempotency-Key";
const SEAL: &str = "idempotency";
const MAX_KEY: usize = 255;
/// How long a key is known.
const KEPT_MS: f64 = 24.0 * 3_600_000.0;
/// No request runs longer than that; what has no answer then was cut off.
const RUNS_MS: f64 = 120_000.0;
/// Larger answers are not kept: that a request was carried out is.
const MAX_ANSWER: usize = 256 * 1024;

/// Carries a request out, once where it has a key.
///
/// # Errors
/// Those of `run`; `invalid` for a key of the wrong form, `idempotency_key_reused` where it came with another request,
/// `conflict` while the first one runs, or where it was cut off.
pub async fn once(
    request: Request,
    env: &Env,
    actor: &Actor,
    run: impl AsyncFnOnce(Request) -> Result<Response, Failure>,
) -> Result<Response, Failure> {
    let Some(key) = request.headers().get(HEADER)? else { return run(request).await };
    if key.is_empty() || key.len() > MAX_KEY || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        let words = "An idempotency key has 1 to 255 visible ASCII characters, such as a UUID.";
        return Err(Problem::field(HEADER, words).into());
    }
    let (asked, request) = digest(request).await?;
    let holder = match &actor.who {
        Who::Member { user_id, .. } => user_id.as_str(),
        Who::Key { id, .. } => id.as_str(),
    };
    let (tenant, keyed) = (&actor.tenant, Keyed { holder, key: &key });
    let (database, now) = (Relational::of(env)?, clock::now_ms());
    if database.change(&[idempotency::take(tenant, &keyed, &asked, now)]).await?.first() != Some(&1) {
        let row = database.first(&idempotency::known(tenant, &keyed)).await?;
        // Gone within this moment: the first one changed nothing.
        let known = row.as_ref().map(idempotency::read).transpose()?.ok_or_else(running)?;
        return again(env, tenant, &keyed, &known, &asked);
    }
    let response = match run(request).await {
        Ok(response) => response,
        Err(failure) => {
            settle(&database, idempotency::release(tenant, &keyed)).await;
            return Err(failure);
        }
    };
    let (status, headers) = (response.status_code(), response.headers().clone());
    let kind = headers.get("Content-Type")?.unwrap_or_default();
    if !kind.starts_with("application/json") {
        settle(&database, idempotency::answered(tenant, &keyed, status, None)).await;
        return Ok(response);
    }
    let mut response = response;
    let text = response.text().await?;
    let sealed = if text.len() > MAX_ANSWER {
        None
    } else {
        Some(seal::seal(env, SEAL, &owner(tenant, &keyed), &text)?)
    };
    settle(&database, idempotency::answered(tenant, &keyed, status, sealed.as_deref())).await;
    Ok(Response::from_bytes(text.into_bytes())?.with_status(status).with_headers(headers))
}

/// Forgets the keys of before yesterday.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(env: &Env) -> Result<(), Failure> {
    Relational::of(env)?.batch(&[idempotency::sweep(clock::now_ms() - KEPT_MS)]).await
}

/// What the first request with the key was answered.
fn again(
    env: &Env,
    tenant: &Tenant,
    keyed: &Keyed<'_>,
    known: &Known,
    asked: &str,
) -> Result<Response, Failure> {
    if known.asked != asked {
        let words = "This idempotency key came with another request. Make a new key for each request.";
        return Err(Problem::new(Code::IdempotencyKeyReused, words).into());
    }
    let lost = |words: &str| Problem::new(Code::Conflict, words).into();
    match (known.status, &known.answer) {
        (None, _) if clock::now_ms() - known.begun_at < RUNS_MS => Err(running()),
        (None, _) => Err(lost(
            "The first request with this idempotency key was cut off, and may have been carried out. Look whether it was; \
             if not, send it again with a new key.",
        )),
        (Some(_), None) => Err(lost(
            "The first request with this idempotency key was carried out; its answer is not kept any more.",
        )),
        (Some(status), Some(sealed)) => {
            let text = seal::open(env, SEAL, &owner(tenant, keyed), sealed)?;
            let headers = Headers::new();
            headers.set("Content-Type", "application/json")?;
            headers.set("Idempotent-Replayed", "true")?;
            Ok(Response::from_bytes(text.into_bytes())?.with_status(status).with_headers(headers))
        }
    }
}

fn running() -> Failure {
    let words = "The first request with this idempotency key is still running. Ask again in a second.";
    Problem { retry_after: Some(1), ..Problem::new(Code::Conflict, words) }.into()
}

/// A row that is not settled answers `conflict`: nothing is carried out twice.
async fn settle(database: &Relational, statement: Statement) {
    if let Err(failure) = database.batch(&[statement]).await {
        log::error("idempotency_not_settled", None, &failure.to_string());
    }
}

fn owner(tenant: &Tenant, keyed: &Keyed<'_>) -> String {
    format!("{} {} {}", tenant.workspace(), keyed.holder, keyed.key)
}

/// What tells two requests apart, and the request for whoever carries it out. Of files only their length is looked at.
async fn digest(mut request: Request) -> Result<(String, Request), Failure> {
    let headers = request.headers().clone();
    let kind = headers.get("Content-Type")?.unwrap_or_default();
    let url = request.url()?;
    let mut hash = Sha256::new();
    for part in [
        url.path(),
        url.query().unwrap_or_default(),
        &kind,
        &headers.get("Content-Length")?.unwrap_or_default(),
    ] {
        hash.update(part);
        hash.update([0]);
    }
    if kind.starts_with("application/json") {
        let body = request.bytes().await?;
        hash.update(&body);
        let mut init = RequestInit::new();
        init.with_method(request.method()).with_headers(headers);
        init.with_body(Some(js_sys::Uint8Array::from(body.as_slice()).into()));
        request = Request::new_with_init(url.as_str(), &init)?;
    }
    Ok((format!("{:x}", hash.finalize()), request))
}
