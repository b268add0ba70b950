//! Endpoints at which other services tell us what happened: written, switched, their secrets replaced.

use domain::incoming::{Channel, Generic};
use domain::{diff, signature};
use platform::relational::Relational;
use platform::{Failure, clock, http, random, seal};
use protocol::api::{Incoming, IncomingWrite, IssuedIncoming, RotateSecret};
use protocol::routes::RouteId as R;
use protocol::{Code, IncomingId, Problem};
use store::endpoints::StoredSecret;
use store::incoming::{self, Stored};
use store::{Actor, agents};
use worker::{Env, Request, Response};

use super::{done, found, unhandled};
use crate::incoming::SEAL;
use crate::{audit, auth, mail};

/// Endpoints of a workspace.
const MOST: u32 = 50;

pub async fn handle(
    id: R,
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    incoming: &str,
) -> Result<Response, Failure> {
    match id {
        R::IncomingEndpoints => {
            let rows = Relational::of(env)?.rows(&incoming::list(&actor.tenant)).await?;
            let stored = rows.iter().map(incoming::read).collect::<Result<Vec<_>, _>>()?;
            let shown = stored.into_iter().map(|one| shown(request, env, one));
            return http::page(shown.collect::<Result<Vec<_>, _>>()?, None);
        }
        R::CreateIncoming => return create(request, env, actor).await,
        _ => {}
    }
    let stored = one(env, actor, &incoming.parse()?).await?;
    match id {
        R::UpdateIncoming => update(request, env, actor, stored).await,
        R::DeleteIncoming => {
            let Incoming { id, name, .. } = &stored.incoming;
            let mut statements = incoming::delete(&actor.tenant, id).to_vec();
            statements.push(audit::entry_if_changed(actor, "incoming.deleted", id.as_str(), name, &[])?);
            Relational::of(env)?.batch(&statements).await?;
            done()
        }
        R::RotateIncoming => rotate(request, env, actor, stored).await,
        _ => Err(unhandled()),
    }
}

async fn one(env: &Env, actor: &Actor, id: &IncomingId) -> Result<Stored, Failure> {
    Ok(incoming::read(&found(Relational::of(env)?.first(&incoming::one(&actor.tenant, id)).await?)?)?)
}

/// An endpoint with its address.
fn shown(request: &Request, env: &Env, stored: Stored) -> Result<Incoming, Failure> {
    let url = format!("{}/v1/hooks/incoming/{}", mail::base(request, env)?, stored.incoming.id);
    Ok(Incoming { url, ..stored.incoming })
}

async fn accepted(request: &mut Request) -> Result<IncomingWrite, Failure> {
    let write: IncomingWrite = http::body(request).await?;
    Ok(IncomingWrite { name: auth::name("name", &write.name)?, ..write })
}

/// A secret as it is shown, and as it is stored.
fn new_secret(env: &Env, id: &IncomingId) -> Result<(String, StoredSecret), Failure> {
    let secret = signature::secret(random::bytes());
    let sealed = seal::seal(env, SEAL, id.as_str(), &secret)?;
    Ok((secret, StoredSecret { sealed, set_at: clock::now_ms(), until: None }))
}

async fn create(request: &mut Request, env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let write = accepted(request).await?;
    if let Some(agent) = &write.agent_id {
        found(Relational::of(env)?.first(&agents::one(&actor.tenant, agent)).await?)?;
    }
    let id = random::id(IncomingId::ordered);
    let (secret, sealed) = new_secret(env, &id)?;
    let now = clock::now_ms();
    let mut statements =
        incoming::create(&actor.tenant, &id, Generic.name(), &write, &sealed, MOST, now)?.to_vec();
    let changes = diff::changes(&serde_json::json!({}), &serde_json::to_value(&write)?);
    statements.push(audit::entry(actor, "incoming.created", id.as_str(), &write.name, &changes)?);
    if !Relational::of(env)?.attempt(&statements).await? {
        let message = format!("There are {MOST} incoming endpoints already. Delete one that is not needed.");
        return Err(Problem::new(Code::Conflict, message).into());
    }
    let incoming = shown(request, env, one(env, actor, &id).await?)?;
    http::data(IssuedIncoming { incoming, secret })
}

async fn update(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    before: Stored,
) -> Result<Response, Failure> {
    let Incoming { id, name, agent_id, enabled, .. } = before.incoming.clone();
    let had = IncomingWrite { name, agent_id: agent_id.clone(), enabled };
    let write = IncomingWrite { agent_id, ..accepted(request).await? };
    let changes = diff::changes(&serde_json::to_value(&had)?, &serde_json::to_value(&write)?);
    if changes.is_empty() {
        return http::data(shown(request, env, before)?);
    }
    let statements = [
        incoming::update(&actor.tenant, &id, &write, clock::now_ms()),
        audit::entry_if_changed(actor, "incoming.changed", id.as_str(), &write.name, &changes)?,
    ];
    Relational::of(env)?.batch(&statements).await?;
    http::data(shown(request, env, one(env, actor, &id).await?)?)
}

async fn rotate(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    before: Stored,
) -> Result<Response, Failure> {
    let RotateSecret { overlap_hours } = http::body(request).await?;
    let (id, now) = (before.incoming.id.clone(), clock::now_ms());
    let (secret, sealed) = new_secret(env, &id)?;
    let secrets = super::webhooks::rotated(&before.secrets, sealed, overlap_hours, now)?;
    let change = audit::change("secret", Some("(not shown)"), Some("(not shown)"));
    let name = &before.incoming.name;
    let statements = [
        incoming::set_secrets(&actor.tenant, &id, &before.secrets, &secrets, now)?,
        audit::entry_if_changed(actor, "incoming.rotated", id.as_str(), name, &[change])?,
    ];
    if Relational::of(env)?.change(&statements).await?.first() != Some(&1) {
        let message = "Somebody else replaced the secret just now. Load the page again.";
        return Err(Problem::new(Code::Conflict, message).into());
    }
    let incoming = shown(request, env, one(env, actor, &id).await?)?;
    http::data(IssuedIncoming { incoming, secret })
}
