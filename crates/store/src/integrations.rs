//! Connections to outside services as members set them up. Secrets are sealed before they come here.

use protocol::api::{DisabledReason, EndpointStatus, Integration, IntegrationSettings};
use protocol::objects::Jurisdiction;
use protocol::{AgentId, EndpointId, IntegrationId, LeadId, UserId};
use serde::Deserialize;

use crate::sql::{Error, Row, Statement, sql};
use crate::team::only_if;
use crate::tenant::{Tenant, name, named};

/// An integration with what only the product knows of it.
pub struct Stored {
    pub integration: Integration,
    pub sealed: Option<String>,
    pub jurisdiction: Jurisdiction,
}

const SELECT: &str = "SELECT i.id, i.kind, i.name, i.settings, i.secret, i.last_ok_at, i.last_error, i.created_at, i.edited_at, \
    w.jurisdiction, (SELECT json_object('id', p.id, 'events', json(p.event_filter), 'agents', json(p.agent_filter), \
    'enabled', p.enabled, 'reason', p.disabled_reason) FROM webhook_endpoints p \
    WHERE p.workspace_id = ?1 AND p.integration_id = i.id) \
    FROM integrations i JOIN workspaces w ON w.id = ?1 WHERE i.workspace_id = ?1";

/// The receiver of an integration, as far as it is shown with it.
#[derive(Deserialize)]
struct Receiver {
    id: EndpointId,
    events: Vec<String>,
    agents: Vec<AgentId>,
    enabled: u8,
    reason: Option<DisabledReason>,
}

/// All integrations, oldest first.
#[must_use]
pub fn list(tenant: &Tenant) -> Statement {
    sql(format!("{SELECT} ORDER BY i.created_at, i.id")).bind(tenant.key())
}

/// One integration.
#[must_use]
pub fn one(tenant: &Tenant, id: &IntegrationId) -> Statement {
    sql(format!("{SELECT} AND i.id = ?2")).bind(tenant.key()).bind(id.as_str())
}

/// Decodes a row of [`list`] or [`one`].
///
/// # Errors
/// When the row is not of those statements.
pub fn read(row: &Row) -> Result<Stored, Error> {
    let receiver: Option<Receiver> = row.text_or_null(10)?.map(|_| row.json(10)).transpose()?;
    let enabled = receiver.as_ref().is_none_or(|receiver| receiver.enabled == 1);
    let disabled_reason = receiver.as_ref().and_then(|receiver| receiver.reason);
    let (endpoint_id, events, agents) =
        receiver.map(|Receiver { id, events, agents, .. }| (Some(id), events, agents)).unwrap_or_default();
    let integration = Integration {
        id: row.text(0)?.parse()?,
        kind: named(row, 1)?,
        name: row.text(2)?.to_owned(),
        settings: row.json(3)?,
        endpoint_id,
        events,
        agents,
        enabled,
        disabled_reason,
        last_ok_at: row.real_or_null(5)?,
        last_error: row.text(6)?.to_owned(),
        created_at: row.real(7)?,
        edited_at: row.real(8)?,
        status: EndpointStatus::default(),
    };
    let sealed = row.text_or_null(4)?.map(str::to_owned);
    Ok(Stored { integration, sealed, jurisdiction: named(row, 9)? })
}

/// A new integration that has just answered, and its receiver where events are sent to it. The batch is refused where
/// there are `most` already.
///
/// # Errors
/// When something of it cannot be written as JSON.
pub fn create(
    tenant: &Tenant,
    new: &Integration,
    sealed: Option<&str>,
    most: u32,
) -> Result<Vec<Statement>, Error> {
    let mut statements = vec![
        only_if(tenant, "(SELECT count(*) FROM integrations i WHERE i.workspace_id = ?1) < ?2", [most.into()]),
        sql("INSERT INTO integrations (id, workspace_id, kind, name, settings, secret, last_ok_at, created_at, edited_at) \
             VALUES (?2, ?1, ?3, ?4, ?5, ?6, ?7, ?7, ?7)")
        .bind(tenant.key())
        .bind(new.id.as_str())
        .bind(name(&new.kind))
        .bind(new.name.as_str())
        .bind(serde_json::to_string(&new.settings)?)
        .bind(sealed)
        .bind(new.created_at),
    ];
    if let Some(endpoint) = &new.endpoint_id {
        statements.push(
            sql("INSERT INTO webhook_endpoints (id, workspace_id, url, description, event_filter, agent_filter, secrets, \
                 enabled, created_at, edited_at, integration_id) VALUES (?2, ?1, ?3, ?4, ?5, ?6, '[]', 1, ?7, ?7, ?8)")
            .bind(tenant.key())
            .bind(endpoint.as_str())
            .bind(new.kind.title())
            .bind(new.name.as_str())
            .bind(serde_json::to_string(&new.events)?)
            .bind(serde_json::to_string(&new.agents)?)
            .bind(new.created_at)
            .bind(new.id.as_str()),
        );
    }
    Ok(statements)
}

/// Changes what members choose and, where it is given, what the service knows us by.
///
/// # Errors
/// When something of it cannot be written as JSON.
pub fn update(
    tenant: &Tenant,
    id: &IntegrationId,
    (account, settings): (&str, &IntegrationSettings),
    sealed: Option<&str>,
    now: f64,
) -> Result<Statement, Error> {
    Ok(sql(
        "UPDATE integrations SET name = ?3, settings = ?4, secret = coalesce(?5, secret), edited_at = ?6 \
         WHERE workspace_id = ?1 AND id = ?2",
    )
    .bind(tenant.key())
    .bind(id.as_str())
    .bind(account)
    .bind(serde_json::to_string(settings)?)
    .bind(sealed)
    .bind(now))
}

/// Replaces a secret where it is still the one of `before`: a token that was renewed does not undo a new connection.
#[must_use]
pub fn renew(tenant: &Tenant, id: &IntegrationId, before: &str, sealed: &str) -> Statement {
    sql("UPDATE integrations SET secret = ?4 WHERE workspace_id = ?1 AND id = ?2 AND secret = ?3")
        .bind(tenant.key())
        .bind(id.as_str())
        .bind(before)
        .bind(sealed)
}

/// Notes how a call went: `error` is empty where the service answered.
#[must_use]
pub fn note(tenant: &Tenant, id: &IntegrationId, error: &str, now: f64) -> Statement {
    sql(
        "UPDATE integrations SET last_error = ?3, last_ok_at = CASE WHEN ?3 = '' THEN ?4 ELSE last_ok_at END \
         WHERE workspace_id = ?1 AND id = ?2",
    )
    .bind(tenant.key())
    .bind(id.as_str())
    .bind(error)
    .bind(now)
}

/// Forgets an integration with its receiver, its turns and its tools; the integration itself last.
#[must_use]
pub fn delete(tenant: &Tenant, id: &IntegrationId) -> [Statement; 4] {
    [
        "DELETE FROM tools WHERE workspace_id = ?1 AND json_extract(content, '$.live.integration_id') = ?2",
        "DELETE FROM webhook_endpoints WHERE workspace_id = ?1 AND integration_id = ?2",
        "DELETE FROM lead_turns WHERE workspace_id = ?1 AND integration_id = ?2",
        "DELETE FROM integrations WHERE workspace_id = ?1 AND id = ?2",
    ]
    .map(|text| sql(text).bind(tenant.key()).bind(id.as_str()))
}

/// Gives a lead without an owner to the member of these whose last turn is longest ago; those who are no members any
/// more are passed over. A lead has one turn, however often it is asked for.
///
/// # Errors
/// When the ids cannot be written as JSON.
pub fn take_turn(
    tenant: &Tenant,
    id: &IntegrationId,
    lead: &LeadId,
    members: &[UserId],
    now: f64,
) -> Result<Statement, Error> {
    Ok(sql("INSERT INTO lead_turns (workspace_id, integration_id, lead_id, user_id, at) \
         SELECT ?1, ?2, ?3, m.user_id, ?5 FROM json_each(?4) j JOIN members m ON m.workspace_id = ?1 AND m.user_id = j.value \
         WHERE EXISTS (SELECT 1 FROM leads l WHERE l.workspace_id = ?1 AND l.id = ?3 AND l.owner_id IS NULL) \
         ORDER BY (SELECT coalesce(max(t.place), 0) FROM lead_turns t WHERE t.workspace_id = ?1 AND t.integration_id = ?2 \
         AND t.user_id = m.user_id), j.key LIMIT 1 ON CONFLICT DO NOTHING")
    .bind(tenant.key())
    .bind(id.as_str())
    .bind(lead.as_str())
    .bind(serde_json::to_string(members)?)
    .bind(now))
}

/// Whose turn a lead was: see [`read_turn`].
#[must_use]
pub fn turn(tenant: &Tenant, id: &IntegrationId, lead: &LeadId) -> Statement {
    sql("SELECT u.id, u.name, u.email FROM lead_turns t JOIN members m ON m.workspace_id = ?1 AND m.user_id = t.user_id \
         JOIN users u ON u.id = m.user_id WHERE t.workspace_id = ?1 AND t.integration_id = ?2 AND t.lead_id = ?3")
    .bind(tenant.key())
    .bind(id.as_str())
    .bind(lead.as_str())
}

/// A member, to be told of a lead.
pub struct Turn {
    pub user_id: UserId,
    pub name: String,
    pub email: String,
}

/// Decodes a row of [`turn`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_turn(row: &Row) -> Result<Turn, Error> {
    Ok(Turn { user_id: row.text(0)?.parse()?, name: row.text(1)?.to_owned(), email: row.text(2)?.to_owned() })
}
