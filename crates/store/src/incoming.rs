//! Events of other services: their endpoints, each event once, every attempt at it. What is due is claimed, and only
//! the claim may end the attempt, in the transaction of the event's effect: so it takes effect exactly once.

use protocol::api::{Incoming, IncomingEffect, IncomingWrite, JobState};
use protocol::objects::Jurisdiction;
use protocol::{AgentId, IncomingEventId, IncomingId, WorkspaceId};

use crate::endpoints::StoredSecret;
use crate::sql::{Error, Row, Statement, Value, sql};
use crate::team::only_if;
use crate::tenant::{Tenant, name, named};

/// What is said of an attempt of which nothing more was heard.
const CUT_OFF: &str = "It was cut off on our side, and is made again.";

/// An endpoint with what only the product knows of it.
pub struct Stored {
    pub incoming: Incoming,
    /// The newest first.
    pub secrets: Vec<StoredSecret>,
    pub workspace: WorkspaceId,
    pub channel: String,
}

const SELECT: &str = "SELECT n.id, n.name, n.agent_id, n.enabled, n.created_at, n.edited_at, n.secrets, n.workspace_id, n.channel, \
    (SELECT max(v.received_at) FROM incoming_events v WHERE v.workspace_id = ?1 AND v.endpoint_id = n.id), \
    (SELECT count(*) FROM incoming_events v WHERE v.workspace_id = ?1 AND v.endpoint_id = n.id AND (v.due_at IS NOT NULL)), \
    (SELECT count(*) FROM incoming_events v WHERE v.workspace_id = ?1 AND v.endpoint_id = n.id AND v.state = 'succeeded'), \
    (SELECT count(*) FROM incoming_events v WHERE v.workspace_id = ?1 AND v.endpoint_id = n.id AND v.state = 'dead') \
    FROM incoming_endpoints n WHERE n.workspace_id = ?1";

/// All endpoints, oldest first.
#[must_use]
pub fn list(tenant: &Tenant) -> Statement {
    sql(format!("{SELECT} ORDER BY n.created_at, n.id")).bind(tenant.key())
}

/// One endpoint.
#[must_use]
pub fn one(tenant: &Tenant, id: &IncomingId) -> Statement {
    sql(format!("{SELECT} AND n.id = ?2")).bind(tenant.key()).bind(id.as_str())
}

/// The endpoint that somebody posts to, whoever's it is; without figures.
#[must_use]
pub fn at(id: &IncomingId) -> Statement {
    sql("SELECT n.id, n.name, n.agent_id, n.enabled, n.created_at, n.edited_at, n.secrets, n.workspace_id, n.channel, NULL, 0, 0, 0 \
         FROM incoming_endpoints n JOIN workspaces w ON w.id = n.workspace_id WHERE n.id = ?1 AND w.deleted_at IS NULL")
        .bind(id.as_str())
}

/// Decodes a row of [`list`], [`one`] or [`at`].
///
/// # Errors
/// When the row is not of those statements.
pub fn read(row: &Row) -> Result<Stored, Error> {
    let secrets: Vec<StoredSecret> = row.json(6)?;
    let incoming = Incoming {
        id: row.text(0)?.parse()?,
        name: row.text(1)?.to_owned(),
        agent_id: row.text_or_null(2)?.map(str::parse).transpose()?,
        url: String::new(),
        enabled: row.integer::<u8>(3)? == 1,
        created_at: row.real(4)?,
        edited_at: row.real(5)?,
        old_secret_until: secrets.iter().filter_map(|secret| secret.until).reduce(f64::max),
        last_event_at: row.real_or_null(9)?,
        waiting: row.integer(10)?,
        succeeded: row.integer(11)?,
        dead: row.integer(12)?,
    };
    Ok(Stored { incoming, secrets, workspace: row.text(7)?.parse()?, channel: row.text(8)?.to_owned() })
}

/// A new endpoint. The batch is refused where there are `most` already.
///
/// # Errors
/// When the secret cannot be written as JSON.
pub fn create(
    tenant: &Tenant,
    id: &IncomingId,
    channel: &str,
    write: &IncomingWrite,
    secret: &StoredSecret,
    most: u32,
    now: f64,
) -> Result<[Statement; 2], Error> {
    let room = "(SELECT count(*) FROM incoming_endpoints n WHERE n.workspace_id = ?1) < ?2";
    Ok([
        only_if(tenant, room, [most.into()]),
        sql("INSERT INTO incoming_endpoints (id, workspace_id, agent_id, channel, name, secrets, enabled, created_at, edited_at) \
             VALUES (?2, ?1, ?3, ?4, ?5, ?6, ?7, ?8, ?8)")
        .bind(tenant.key())
        .bind(id.as_str())
        .bind(write.agent_id.as_ref().map(AgentId::as_str))
        .bind(channel)
        .bind(write.name.as_str())
        .bind(serde_json::to_string(std::slice::from_ref(secret))?)
        .bind(write.enabled)
        .bind(now),
    ])
}

/// Changes an endpoint's name, switches it off or on.
#[must_use]
pub fn update(tenant: &Tenant, id: &IncomingId, write: &IncomingWrite, now: f64) -> Statement {
    sql("UPDATE incoming_endpoints SET name = ?3, enabled = ?4, edited_at = ?5 WHERE workspace_id = ?1 AND id = ?2")
        .bind(tenant.key())
        .bind(id.as_str())
        .bind(write.name.as_str())
        .bind(write.enabled)
        .bind(now)
}

/// Replaces an endpoint's secrets where they are still those of `before`; changes no row elsewhere.
///
/// # Errors
/// When the secrets cannot be written as JSON.
pub fn set_secrets(
    tenant: &Tenant,
    id: &IncomingId,
    before: &[StoredSecret],
    secrets: &[StoredSecret],
    now: f64,
) -> Result<Statement, Error> {
    Ok(sql("UPDATE incoming_endpoints SET secrets = ?4, edited_at = ?5 WHERE workspace_id = ?1 AND id = ?2 AND secrets = ?3")
        .bind(tenant.key())
        .bind(id.as_str())
        .bind(serde_json::to_string(before)?)
        .bind(serde_json::to_string(secrets)?)
        .bind(now))
}

/// Deletes an endpoint with what it took; itself last.
#[must_use]
pub fn delete(tenant: &Tenant, id: &IncomingId) -> [Statement; 3] {
    [
        "DELETE FROM incoming_attempts WHERE workspace_id = ?1 AND event_id IN \
         (SELECT v.id FROM incoming_events v WHERE v.workspace_id = ?1 AND v.endpoint_id = ?2)",
        "DELETE FROM incoming_events WHERE workspace_id = ?1 AND endpoint_id = ?2",
        "DELETE FROM incoming_endpoints WHERE workspace_id = ?1 AND id = ?2",
    ]
    .map(|text| sql(text).bind(tenant.key()).bind(id.as_str()))
}

/// An event as it is stored.
pub struct Event<'a> {
    pub id: &'a IncomingEventId,
    pub endpoint: &'a IncomingId,
    pub sender_id: &'a str,
    pub kind: &'a str,
    pub effect: &'a IncomingEffect,
    pub order: &'a str,
    pub happened_at: f64,
    pub now: f64,
}

/// Takes an event in, due at once; changes no row where it is known already, or its endpoint is gone or off.
///
/// # Errors
/// When the effect cannot be written as JSON.
pub fn take(tenant: &Tenant, event: &Event<'_>) -> Result<Statement, Error> {
    Ok(sql("INSERT INTO incoming_events (id, workspace_id, endpoint_id, agent_id, sender_id, kind, payload, order_key, happened_at, \
         received_at, state, due_at) SELECT ?2, ?1, n.id, n.agent_id, ?4, ?5, ?6, ?7, ?8, ?9, 'queued', ?9 FROM incoming_endpoints n \
         WHERE n.workspace_id = ?1 AND n.id = ?3 AND n.enabled = 1 ON CONFLICT DO NOTHING")
    .bind(tenant.key())
    .bind(event.id.as_str())
    .bind(event.endpoint.as_str())
    .bind(event.sender_id)
    .bind(event.kind)
    .bind(serde_json::to_string(event.effect)?)
    .bind(event.order)
    .bind(event.happened_at)
    .bind(event.now))
}

/// Whether an event is stored.
#[must_use]
pub fn known(tenant: &Tenant, id: &IncomingEventId) -> Statement {
    sql("SELECT v.state FROM incoming_events v WHERE v.workspace_id = ?1 AND v.id = ?2")
        .bind(tenant.key())
        .bind(id.as_str())
}

/// Claims what is due for longest until the lease ends, each with the beginning of an attempt.
#[must_use]
pub fn claim(tenant: &Tenant, claim: &str, now: f64, lease_until: f64, limit: u32) -> [Statement; 3] {
    [
        sql("UPDATE incoming_events SET state = 'processing', claim = ?2, due_at = ?4, attempts = attempts + 1 \
             WHERE workspace_id = ?1 AND id IN (SELECT v.id FROM incoming_events v WHERE v.workspace_id = ?1 \
             AND (v.due_at IS NOT NULL) AND v.due_at <= ?3 ORDER BY v.due_at, v.happened_at, v.id LIMIT ?5)")
        .bind(tenant.key())
        .bind(claim)
        .bind(now)
        .bind(lease_until)
        .bind(limit),
        sql("UPDATE incoming_attempts SET ended_at = ?3, outcome = ?4 WHERE workspace_id = ?1 AND (ended_at IS NULL) \
             AND event_id IN (SELECT v.id FROM incoming_events v WHERE v.workspace_id = ?1 AND v.claim = ?2)")
        .bind(tenant.key())
        .bind(claim)
        .bind(now)
        .bind(CUT_OFF),
        sql("INSERT INTO incoming_attempts (workspace_id, event_id, number, at) SELECT ?1, v.id, v.attempts, ?3 \
             FROM incoming_events v WHERE v.workspace_id = ?1 AND v.claim = ?2 ON CONFLICT DO NOTHING")
        .bind(tenant.key())
        .bind(claim)
        .bind(now),
    ]
}

/// An event whose turn it is.
pub struct Claimed {
    pub id: IncomingEventId,
    pub agent: Option<AgentId>,
    /// Empty where the person it was about was erased.
    pub payload: String,
    pub order: String,
    pub happened_at: f64,
    pub received_at: f64,
    /// The attempt's number.
    pub number: u32,
    /// Failed attempts before it in this round.
    pub made: u32,
    pub endpoint_name: String,
    pub jurisdiction: Jurisdiction,
}

/// What was claimed, in the order it happened: see [`read_claimed`].
#[must_use]
pub fn claimed(tenant: &Tenant, claim: &str) -> Statement {
    sql("SELECT v.id, v.agent_id, v.payload, v.order_key, v.happened_at, v.received_at, v.attempts, v.made, \
         (SELECT n.name FROM incoming_endpoints n WHERE n.workspace_id = ?1 AND n.id = v.endpoint_id), w.jurisdiction \
         FROM incoming_events v JOIN workspaces w ON w.id = ?1 WHERE v.workspace_id = ?1 AND v.claim = ?2 ORDER BY v.happened_at, v.id")
    .bind(tenant.key())
    .bind(claim)
}

/// Decodes a row of [`claimed`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_claimed(row: &Row) -> Result<Claimed, Error> {
    Ok(Claimed {
        id: row.text(0)?.parse()?,
        agent: row.text_or_null(1)?.map(str::parse).transpose()?,
        payload: row.text(2)?.to_owned(),
        order: row.text(3)?.to_owned(),
        happened_at: row.real(4)?,
        received_at: row.real(5)?,
        number: row.integer(6)?,
        made: row.integer(7)?,
        endpoint_name: row.text_or_null(8)?.unwrap_or_default().to_owned(),
        jurisdiction: named(row, 9)?,
    })
}

const NEWER: &str = "SELECT 1 FROM incoming_events v WHERE v.workspace_id = ?1 AND v.order_key = ?2 AND v.order_key <> '' \
    AND v.happened_at > ?3 AND v.state = 'succeeded'";

/// Whether something newer about the same took effect already.
#[must_use]
pub fn newer(tenant: &Tenant, order: &str, happened_at: f64) -> Statement {
    sql(format!("{NEWER} LIMIT 1")).bind(tenant.key()).bind(order).bind(happened_at)
}

/// Begins the transaction of an effect: refused where the claim is another's meanwhile, or something newer took effect.
#[must_use]
pub fn only_in_turn(tenant: &Tenant, event: &Claimed, claim: &str) -> [Statement; 2] {
    let held =
        "EXISTS (SELECT 1 FROM incoming_events v WHERE v.workspace_id = ?1 AND v.id = ?2 AND v.claim = ?3)";
    let binds: [Value; 2] = [event.id.as_str().into(), claim.into()];
    let order: [Value; 2] = [event.order.as_str().into(), event.happened_at.into()];
    [only_if(tenant, held, binds), only_if(tenant, &format!("NOT EXISTS ({NEWER})"), order)]
}

/// Ends an attempt whose claim still holds: done, due again, or given up.
#[must_use]
pub fn end(
    tenant: &Tenant,
    event: &Claimed,
    claim: &str,
    state: JobState,
    outcome: &str,
    again_at: Option<f64>,
    now: f64,
) -> [Statement; 2] {
    let succeeded = state == JobState::Succeeded;
    [
        sql("UPDATE incoming_attempts SET ended_at = ?4, succeeded = ?5, outcome = ?6 WHERE workspace_id = ?1 AND event_id = ?2 \
             AND number = ?7 AND EXISTS (SELECT 1 FROM incoming_events v WHERE v.workspace_id = ?1 AND v.id = ?2 AND v.claim = ?3)")
        .bind(tenant.key())
        .bind(event.id.as_str())
        .bind(claim)
        .bind(now)
        .bind(succeeded)
        .bind(outcome)
        .bind(event.number),
        sql("UPDATE incoming_events SET state = ?4, outcome = ?5, due_at = ?6, made = made + ?7, claim = NULL \
             WHERE workspace_id = ?1 AND id = ?2 AND claim = ?3")
        .bind(tenant.key())
        .bind(event.id.as_str())
        .bind(claim)
        .bind(name(&state))
        .bind(outcome)
        .bind(again_at)
        .bind(u32::from(!succeeded)),
    ]
}

/// Workspaces with events that are due, whoever's they are: see [`read_workspace`].
#[must_use]
pub fn workspaces_due(now: f64, limit: u32) -> Statement {
    sql("SELECT DISTINCT v.workspace_id FROM incoming_events v WHERE v.due_at IS NOT NULL AND v.due_at <= ?1 LIMIT ?2")
        .bind(now)
        .bind(limit)
}

/// Decodes a row of [`workspaces_due`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_workspace(row: &Row) -> Result<WorkspaceId, Error> {
    Ok(row.text(0)?.parse()?)
}

/// A source is to be read as a whole, now. One that is being read already is read again after that.
#[must_use]
pub fn refresh(tenant: &Tenant, source: &protocol::SourceId, now: f64) -> Statement {
    sql("UPDATE sources SET next_sync_at = CASE WHEN kind IN ('website', 'sitemap') THEN ?3 ELSE next_sync_at END, \
         due_at = CASE WHEN kind = 'feed' AND state IN ('indexed', 'failed') THEN ?3 ELSE due_at END \
         WHERE workspace_id = ?1 AND id = ?2")
    .bind(tenant.key())
    .bind(source.as_str())
    .bind(now)
}

/// Empties what holds one of these words, of people who are erased; what waits has no effect any more.
///
/// # Errors
/// When the words cannot be written as JSON.
pub fn scrub(tenant: &Tenant, words: &[String]) -> Result<Statement, Error> {
    Ok(sql("UPDATE incoming_events SET payload = '', sender_id = '', order_key = '', \
         outcome = CASE WHEN due_at IS NULL THEN outcome ELSE 'The person was erased.' END, \
         state = CASE WHEN due_at IS NULL THEN state ELSE 'dead' END, due_at = NULL, claim = NULL \
         WHERE workspace_id = ?1 AND EXISTS (SELECT 1 FROM json_each(?2) j \
         WHERE instr(lower(printf('%s %s', payload, sender_id)), lower(j.value)) > 0)")
    .bind(tenant.key())
    .bind(serde_json::to_string(words)?))
}

/// Forgets what ended and came before a time, whoever's it was.
#[must_use]
pub fn forget(before: f64) -> [Statement; 2] {
    [
        "DELETE FROM incoming_attempts WHERE event_id IN (SELECT v.id FROM incoming_events v WHERE v.due_at IS NULL AND v.received_at < ?1)",
        "DELETE FROM incoming_events WHERE due_at IS NULL AND received_at < ?1",
    ]
    .map(|text| sql(text).bind(before))
}
