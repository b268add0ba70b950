//! Events of other services. What arrives is verified and stored, and only then answered with 2xx; from there on it is
//! a job: a row with `due_at`, claimed, attempted, ended in the transaction of its effect. The queue only rings. What a
//! new kind of sender brings is a channel of [`domain::incoming`]; all that is here is the same for it.

mod effects;

use domain::delivery::pause;
use domain::incoming::{Arrived, channel};
use domain::signature::Invalid;
use futures::StreamExt;
use platform::relational::Relational;
use platform::{Failure, clock, config, log, queue, random, seal};
use protocol::api::{IncomingReceipt, JobState};
use protocol::internal::Bell;
use protocol::{Code, IncomingEventId, IncomingId, Problem};
use sha2::{Digest, Sha256};
use store::Tenant;
use store::endpoints::StoredSecret;
use store::incoming::{self, Claimed, Event};
use worker::{Env, Request};

use crate::auth;

/// What secrets are sealed for.
pub const SEAL: &str = "incoming";
/// The largest event, in bytes.
const MAX_BYTES: usize = 64 * 1024;
/// Events of one endpoint a minute.
const A_MINUTE: u32 = 6_000;
/// Events claimed at once.
const AT_ONCE: u32 = 20;
/// A claim that ended nothing is another's after this long.
const LEASE_MS: f64 = 60_000.0;
/// In a drill, too, a claim is given this long.
const MIN_LEASE_MS: f64 = 5_000.0;
/// A run begins nothing new after this long; the schedule goes on.
const RUN_MS: f64 = 25_000.0;
/// Workspaces looked at in one run of the schedule.
const A_RUN: u32 = 200;

/// Takes what another service posts: 2xx once it is stored, and for what was stored before.
///
/// # Errors
/// 404 without such an endpoint, 401 where the signature does not fit or is late, 413, 400, 409 while it is off, 429.
pub async fn take(request: &mut Request, env: &Env, id: &str) -> Result<IncomingReceipt, Failure> {
    let id: IncomingId = id.parse()?;
    let database = Relational::of(env)?;
    let row = database.first(&incoming::at(&id)).await?.ok_or_else(Problem::not_found)?;
    let stored = incoming::read(&row)?;
    let channel = channel(&stored.channel)
        .ok_or_else(|| Failure::Internal(format!("there is no channel {}", stored.channel)))?;
    let body = read(request).await?;
    let headers = request.headers();
    let header = |name: &str| headers.get(name).ok().flatten().unwrap_or_default();
    let secrets = secrets(env, &id, &stored.secrets)?;
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    let arrived = Arrived { header: &header, body: &body, now_s: clock::now() / 1_000 };
    let signed_id = channel.verify(&arrived, &secrets).map_err(|why| forged(&why))?;
    if !stored.incoming.enabled {
        let message = "This endpoint is switched off. Switch it on in the dashboard, then send again.";
        return Err(Problem::new(Code::Conflict, message).into());
    }
    auth::limit(env, &format!("incoming {id}"), A_MINUTE).await?;
    let told = channel.read(signed_id, &body)?;
    let effect = effects::accept(told.effect)?;
    let now = clock::now_ms();
    let event = IncomingEventId::from_bits(bits(&format!("{id} {}", told.key)));
    let order = if told.order.is_empty() {
        String::new()
    } else {
        format!("{:032x}", bits(&format!("{id} {} {}", effects::kind(&effect), told.order)))
    };
    let tenant = Tenant::of_job(&stored.workspace);
    let statement = incoming::take(
        &tenant,
        &Event {
            id: &event,
            endpoint: &id,
            sender_id: &told.key,
            kind: effects::kind(&effect),
            effect: &effect,
            order: &order,
            happened_at: happened(told.timestamp.as_deref(), now)?,
            now,
        },
    )?;
    let duplicate = database.change(&[statement]).await?.first() == Some(&0);
    if !duplicate {
        ring(env, &tenant).await;
    } else if database.first(&incoming::known(&tenant, &event)).await?.is_none() {
        // The endpoint was deleted or switched off in this moment, so nothing was stored.
        return Err(Problem::not_found().into());
    }
    Ok(IncomingReceipt { id: event, duplicate })
}

/// Works on what is due of a workspace, soon.
pub async fn ring(env: &Env, tenant: &Tenant) {
    queue::ring(env, "JOBS", &Bell::Incoming { workspace_id: tenant.workspace().clone() }).await;
}

/// The body, as far as it may go; what is over is not read.
async fn read(request: &mut Request) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    let Ok(mut stream) = request.stream() else { return Ok(body) };
    while let Some(chunk) = stream.next().await {
        body.extend_from_slice(&chunk?);
        if body.len() > MAX_BYTES {
            let message = format!("An event is larger than {MAX_BYTES} bytes. Send what changed alone.");
            return Err(Problem::new(Code::TooLarge, message).into());
        }
    }
    Ok(body)
}

fn forged(why: &Invalid) -> Failure {
    Problem::new(Code::TokenInvalid, format!("This event is not believed: {why}.")).into()
}

/// When it happened: nothing comes from the future, or it would be the newest for ever.
fn happened(timestamp: Option<&str>, now: f64) -> Result<f64, Problem> {
    let Some(written) = timestamp else { return Ok(now) };
    let at = js_sys::Date::parse(written);
    if at.is_finite() {
        return Ok(at.min(now));
    }
    Err(Problem::field("timestamp", "Write the time as in 2026-11-21T09:30:00.000Z."))
}

/// The secrets that are good now, the newest first.
pub fn secrets(env: &Env, id: &IncomingId, stored: &[StoredSecret]) -> Result<Vec<String>, Failure> {
    let now = clock::now_ms();
    let good = stored.iter().filter(|secret| secret.until.is_none_or(|until| until > now));
    good.map(|secret| seal::open(env, SEAL, id.as_str(), &secret.sealed)).collect()
}

/// The head of a digest, for ids that follow from what they are of.
pub fn bits(of: &str) -> u128 {
    Sha256::digest(of).iter().take(16).fold(0, |bits, byte| (bits << 8) | u128::from(*byte))
}

/// Works on what is due anywhere.
///
/// # Errors
/// When the database does not say whose events are due.
pub async fn sweep(env: &Env) -> Result<(), Failure> {
    let begun = clock::now_ms();
    for row in Relational::of(env)?.rows(&incoming::workspaces_due(begun, A_RUN)).await? {
        if clock::now_ms() - begun > RUN_MS {
            break;
        }
        work(env, &Tenant::of_job(&incoming::read_workspace(&row)?)).await?;
    }
    Ok(())
}

/// Works on what is due of a workspace.
///
/// # Errors
/// When the database does not answer; what was claimed is due again when its lease ends.
pub async fn work(env: &Env, tenant: &Tenant) -> Result<(), Failure> {
    let (database, begun) = (Relational::of(env)?, clock::now_ms());
    while clock::now_ms() - begun < RUN_MS {
        let (claim, now) = (random::key(), clock::now_ms());
        let lease = now + (LEASE_MS / scale(env)).max(MIN_LEASE_MS);
        let claimed = database.change(&incoming::claim(tenant, &claim, now, lease, AT_ONCE)).await?;
        if claimed.first() == Some(&0) {
            return Ok(());
        }
        for row in database.rows(&incoming::claimed(tenant, &claim)).await? {
            attempt(env, tenant, &incoming::read_claimed(&row)?, &claim).await?;
        }
    }
    Ok(())
}

/// Makes one attempt and ends it.
async fn attempt(env: &Env, tenant: &Tenant, event: &Claimed, claim: &str) -> Result<(), Failure> {
    let database = Relational::of(env)?;
    let end = |state, outcome: &str, again| {
        incoming::end(tenant, event, claim, state, outcome, again, clock::now_ms())
    };
    let failure = match apply(env, tenant, event, claim).await {
        Ok(None) => return Ok(()),
        Ok(Some(outcome)) => return database.batch(&end(JobState::Succeeded, outcome, None)).await,
        Err(failure) => failure,
    };
    let (outcome, again) = match &failure {
        // What cannot be done is not better later.
        Failure::Problem(problem) => (problem.message.clone(), None),
        Failure::Internal(reason) => {
            log::error("incoming_failed", Some(event.id.as_str()), reason);
            let chance = f64::from(u32::from_le_bytes(random::bytes())) / f64::from(u32::MAX);
            let wait = pause(event.made.saturating_add(1), chance, None, scale(env));
            let words = if wait.is_some() {
                "Something failed on our side; it is tried again."
            } else {
                "Something failed on our side, each time. Look at the health page, then try again."
            };
            (words.to_owned(), wait.map(|wait| clock::now_ms() + wait))
        }
    };
    let state = if again.is_some() { JobState::Failed } else { JobState::Dead };
    database.batch(&end(state, &outcome, again)).await
}

/// Has an event take effect, with its end in one transaction. `None`: that was done; a text: there is nothing to do,
/// because of this.
async fn apply(
    env: &Env,
    tenant: &Tenant,
    event: &Claimed,
    claim: &str,
) -> Result<Option<&'static str>, Failure> {
    let database = Relational::of(env)?;
    if event.payload.is_empty() {
        return Ok(Some("The person was erased."));
    }
    if database.first(&incoming::newer(tenant, &event.order, event.happened_at)).await?.is_some() {
        return Ok(Some("Something newer about the same came before it, so nothing is changed."));
    }
    let (outcome, effect) = effects::of(env, tenant, event).await?;
    let mut statements = incoming::only_in_turn(tenant, event, claim).to_vec();
    statements.extend(effect);
    let now = clock::now_ms();
    statements.extend(incoming::end(tenant, event, claim, JobState::Succeeded, outcome, None, now));
    if database.attempt(&statements).await? {
        return Ok(None);
    }
    Err(Failure::Internal("another attempt, or something newer, came between".into()))
}

/// How many times faster than in life time goes in a drill.
fn scale(env: &Env) -> f64 {
    let scale = config::optional(env, "DELIVERY_TIME_SCALE").filter(|_| config::is_local(env));
    scale.and_then(|scale| scale.parse().ok()).unwrap_or(1.0)
}
