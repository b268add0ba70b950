//! Receivers of events as members define them. Secrets are sealed before they come here.

use protocol::api::{DisabledReason, Endpoint, EndpointStatus, EndpointWrite};
use protocol::events::EventKind;
use protocol::objects::Jurisdiction;
use protocol::{AgentId, ApiKeyId, AuditId, EndpointId};
use serde::{Deserialize, Serialize};

use crate::sql::{Error, Row, Statement, sql};
use crate::team::only_if;
use crate::tenant::{Tenant, name, named};

/// One secret of a receiver.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredSecret {
    pub sealed: String,
    pub set_at: f64,
    /// Until when it signs; absent for the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<f64>,
}

/// A receiver with what only the product knows of it.
pub struct Stored {
    pub endpoint: Endpoint,
    /// The newest first.
    pub secrets: Vec<StoredSecret>,
    pub jurisdiction: Jurisdiction,
    /// Of a hook that was subscribed to with a key: until when that key is in force.
    pub key_until: Option<f64>,
}

impl Stored {
    /// Where its object is.
    #[must_use]
    pub fn place(&self) -> (&EndpointId, Jurisdiction) {
        (&self.endpoint.id, self.jurisdiction)
    }

    /// Whether the key that a hook was subscribed to with is in force; other receivers need none.
    #[must_use]
    pub fn has_key(&self, at: f64) -> bool {
        self.key_until.is_none_or(|until| at < until)
    }

    /// Whether the receiver wants an event.
    #[must_use]
    pub fn wants(&self, kind: EventKind, agent: Option<&AgentId>, at: f64) -> bool {
        let Endpoint { events, agents, created_at, .. } = &self.endpoint;
        at >= *created_at
            && self.has_key(at)
            && (events.is_empty() || events.iter().any(|event| event == kind.as_str()))
            && (agents.is_empty() || agent.is_some_and(|agent| agents.contains(agent)))
    }
}

const SELECT: &str = "SELECT p.id, p.url, p.description, p.event_filter, p.agent_filter, p.secrets, p.enabled, p.disabled_reason, \
    p.created_at, p.edited_at, w.jurisdiction, p.integration_id, p.kind, p.made_by, iif(p.api_key_id IS NULL, NULL, coalesce((SELECT iif(k.revoked_at IS NULL, coalesce(k.expires_at, 1e15), 0) \
    FROM api_keys k WHERE k.workspace_id = ?1 AND k.id = p.api_key_id), 0)) FROM webhook_endpoints p JOIN workspaces w ON w.id = ?1 \
    WHERE p.workspace_id = ?1";

/// All receivers, oldest first.
#[must_use]
pub fn list(tenant: &Tenant) -> Statement {
    sql(format!("{SELECT} ORDER BY p.created_at, p.id")).bind(tenant.key())
}

/// One receiver.
#[must_use]
pub fn one(tenant: &Tenant, id: &EndpointId) -> Statement {
    sql(format!("{SELECT} AND p.id = ?2")).bind(tenant.key()).bind(id.as_str())
}

/// Decodes a row of [`list`] or [`one`].
///
/// # Errors
/// When the row is not of those statements.
pub fn read(row: &Row) -> Result<Stored, Error> {
    let secrets: Vec<StoredSecret> = row.json(5)?;
    let endpoint = Endpoint {
        id: row.text(0)?.parse()?,
        url: row.text(1)?.to_owned(),
        description: row.text(2)?.to_owned(),
        events: row.json(3)?,
        agents: row.json(4)?,
        enabled: row.integer::<u8>(6)? == 1,
        disabled_reason: row.text_or_null(7)?.map(|_| named::<DisabledReason>(row, 7)).transpose()?,
        created_at: row.real(8)?,
        edited_at: row.real(9)?,
        old_secret_until: secrets.iter().filter_map(|secret| secret.until).reduce(f64::max),
        integration_id: row.text_or_null(11)?.map(str::parse).transpose()?,
        kind: named(row, 12)?,
        made_by: row.text(13)?.to_owned(),
        status: EndpointStatus::default(),
    };
    Ok(Stored { endpoint, secrets, jurisdiction: named(row, 10)?, key_until: row.real_or_null(14)? })
}

/// A new receiver. The batch is refused where there are `most` already.
///
/// # Errors
/// When a list cannot be written as JSON.
pub fn create(
    tenant: &Tenant,
    id: &EndpointId,
    write: &EndpointWrite,
    secret: &StoredSecret,
    most: u32,
    now: f64,
) -> Result<[Statement; 2], Error> {
    Ok([
        only_if(
            tenant,
            "(SELECT count(*) FROM webhook_endpoints p WHERE p.workspace_id = ?1 AND p.kind = 'webhook') < ?2",
            [most.into()],
        ),
        sql("INSERT INTO webhook_endpoints (id, workspace_id, url, description, event_filter, agent_filter, secrets, enabled, \
             disabled_reason, created_at, edited_at) VALUES (?2, ?1, ?3, ?4, ?5, ?6, ?7, ?8, \
             CASE WHEN ?8 = 0 THEN 'member' END, ?9, ?9)")
        .bind(tenant.key())
        .bind(id.as_str())
        .bind(write.url.as_str())
        .bind(write.description.as_str())
        .bind(serde_json::to_string(&write.events)?)
        .bind(serde_json::to_string(&write.agents)?)
        .bind(serde_json::to_string(std::slice::from_ref(secret))?)
        .bind(write.enabled)
        .bind(now),
    ])
}

/// A subscription of a program.
pub struct NewHook<'a> {
    pub id: &'a EndpointId,
    pub url: &'a str,
    pub event: EventKind,
    pub agent: Option<&'a AgentId>,
    pub made_by: &'a str,
    /// What it was subscribed to with; none where a member did.
    pub key: Option<&'a ApiKeyId>,
    pub secret: &'a StoredSecret,
    pub now: f64,
}

/// A new subscription; one that is there already stays as it is. The batch is refused where there are `most` already.
///
/// # Errors
/// When a list cannot be written as JSON.
pub fn subscribe(tenant: &Tenant, hook: &NewHook<'_>, most: u32) -> Result<[Statement; 2], Error> {
    let agents: Vec<&AgentId> = hook.agent.into_iter().collect();
    Ok([
        only_if(
            tenant,
            "(SELECT count(*) FROM webhook_endpoints p WHERE p.workspace_id = ?1 AND p.kind = 'hook') < ?2",
            [most.into()],
        ),
        sql("INSERT INTO webhook_endpoints (id, workspace_id, url, description, event_filter, agent_filter, secrets, enabled, \
             created_at, edited_at, kind, made_by, api_key_id) VALUES (?2, ?1, ?3, '', ?4, ?5, ?6, 1, ?7, ?7, 'hook', ?8, ?9) \
             ON CONFLICT DO NOTHING")
        .bind(tenant.key())
        .bind(hook.id.as_str())
        .bind(hook.url)
        .bind(serde_json::to_string(&[hook.event.as_str()])?)
        .bind(serde_json::to_string(&agents)?)
        .bind(serde_json::to_string(std::slice::from_ref(hook.secret))?)
        .bind(hook.now)
        .bind(hook.made_by)
        .bind(hook.key.map(ApiKeyId::as_str)),
    ])
}

/// The subscriptions made with a key are those of the key that replaces it.
#[must_use]
pub fn hand_over(tenant: &Tenant, from: &ApiKeyId, to: &ApiKeyId) -> Statement {
    sql("UPDATE webhook_endpoints SET api_key_id = ?3 WHERE workspace_id = ?1 AND api_key_id = ?2")
        .bind(tenant.key())
        .bind(from.as_str())
        .bind(to.as_str())
}

/// Ends the subscriptions made with a key.
#[must_use]
pub fn end_of_key(tenant: &Tenant, key: &ApiKeyId) -> Statement {
    sql("DELETE FROM webhook_endpoints WHERE workspace_id = ?1 AND api_key_id = ?2")
        .bind(tenant.key())
        .bind(key.as_str())
}

/// Ends a subscription that its receiver wants no more, or whose key is not in force, and notes it in the audit log.
#[must_use]
pub fn end_hook(tenant: &Tenant, id: &EndpointId, reason: &str, entry: &AuditId, now: f64) -> [Statement; 2] {
    [
        sql("INSERT INTO audit_log (id, workspace_id, at, actor, actor_id, address, action, subject, subject_name, changes) \
             SELECT ?3, ?1, ?4, '{\"kind\":\"system\"}', '', '', 'hook.ended', p.id, p.url, \
             json_array(json_object('field', 'reason', 'after', ?5)) FROM webhook_endpoints p \
             WHERE p.workspace_id = ?1 AND p.id = ?2 AND p.kind = 'hook'")
        .bind(tenant.key())
        .bind(id.as_str())
        .bind(entry.as_str())
        .bind(now)
        .bind(reason),
        sql("DELETE FROM webhook_endpoints WHERE workspace_id = ?1 AND id = ?2 AND kind = 'hook'")
            .bind(tenant.key())
            .bind(id.as_str()),
    ]
}

/// Changes a receiver; one that was switched off by us keeps the reason until it is switched on.
///
/// # Errors
/// When a list cannot be written as JSON.
pub fn update(tenant: &Tenant, id: &EndpointId, write: &EndpointWrite, now: f64) -> Result<Statement, Error> {
    Ok(sql("UPDATE webhook_endpoints SET url = ?3, description = ?4, event_filter = ?5, agent_filter = ?6, enabled = ?7, \
         disabled_reason = CASE WHEN ?7 = 1 THEN NULL ELSE coalesce(disabled_reason, 'member') END, edited_at = ?8 \
         WHERE workspace_id = ?1 AND id = ?2")
    .bind(tenant.key())
    .bind(id.as_str())
    .bind(write.url.as_str())
    .bind(write.description.as_str())
    .bind(serde_json::to_string(&write.events)?)
    .bind(serde_json::to_string(&write.agents)?)
    .bind(write.enabled)
    .bind(now))
}

/// Replaces a receiver's secrets where they are still those of `before`, so that two who replace one at once do not
/// undo each other; changes no row elsewhere.
///
/// # Errors
/// When the secrets cannot be written as JSON.
pub fn set_secrets(
    tenant: &Tenant,
    id: &EndpointId,
    before: &[StoredSecret],
    secrets: &[StoredSecret],
    now: f64,
) -> Result<Statement, Error> {
    Ok(sql("UPDATE webhook_endpoints SET secrets = ?4, edited_at = ?5 WHERE workspace_id = ?1 AND id = ?2 AND secrets = ?3")
        .bind(tenant.key())
        .bind(id.as_str())
        .bind(serde_json::to_string(before)?)
        .bind(serde_json::to_string(secrets)?)
        .bind(now))
}

/// Switches a receiver off that does not want anything or never answers, and notes it in the audit log.
#[must_use]
pub fn give_up(
    tenant: &Tenant,
    id: &EndpointId,
    reason: DisabledReason,
    entry: &AuditId,
    edited_at: f64,
    now: f64,
) -> [Statement; 2] {
    [
        sql("UPDATE webhook_endpoints SET enabled = 0, disabled_reason = ?3, edited_at = ?4 \
             WHERE workspace_id = ?1 AND id = ?2 AND enabled = 1 AND edited_at = ?5")
        .bind(tenant.key())
        .bind(id.as_str())
        .bind(name(&reason))
        .bind(now)
        .bind(edited_at),
        sql("INSERT INTO audit_log (id, workspace_id, at, actor, actor_id, address, action, subject, subject_name, changes) \
             SELECT ?3, ?1, ?4, '{\"kind\":\"system\"}', '', '', 'webhook.disabled', p.id, p.url, \
             json_array(json_object('field', 'reason', 'after', ?5)) FROM webhook_endpoints p \
             WHERE p.workspace_id = ?1 AND p.id = ?2 AND changes() > 0")
        .bind(tenant.key())
        .bind(id.as_str())
        .bind(entry.as_str())
        .bind(now)
        .bind(name(&reason)),
    ]
}

/// Deletes a receiver.
#[must_use]
pub fn delete(tenant: &Tenant, id: &EndpointId) -> Statement {
    sql("DELETE FROM webhook_endpoints WHERE workspace_id = ?1 AND id = ?2")
        .bind(tenant.key())
        .bind(id.as_str())
}
