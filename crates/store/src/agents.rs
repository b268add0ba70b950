//! Agents: drafts, and how they are doing. Their published versions are in [`crate::versions`].

use protocol::AgentId;
use protocol::agent::{AgentDraft, AgentSnapshot};
use protocol::api::{Agent, AgentDetail, Overview};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::Tenant;

const SELECT: &str = "SELECT a.id, a.draft, a.published_version, a.created_at, a.name, a.revision, a.edited_at, \
    a.edited_by, a.archived_at, (SELECT v.snapshot FROM agent_versions v WHERE v.workspace_id = ?1 \
    AND v.agent_id = a.id AND v.version = a.published_version), a.turnstile_site_key FROM agents a WHERE a.workspace_id = ?1 AND a.deleted_at IS NULL";

/// All agents of the tenant, oldest first.
#[must_use]
pub fn list(tenant: &Tenant) -> Statement {
    sql(format!("{SELECT} ORDER BY a.created_at, a.id")).bind(tenant.key())
}

/// One agent.
#[must_use]
pub fn one(tenant: &Tenant, agent: &AgentId) -> Statement {
    sql(format!("{SELECT} AND a.id = ?2")).bind(tenant.key()).bind(agent.as_str())
}

/// Decodes a row of [`list`] or [`one`].
///
/// # Errors
/// When the row is not of those statements.
pub fn read(row: &Row) -> Result<Agent, Error> {
    Ok(read_detail(row)?.agent)
}

/// Decodes a row of [`one`] with the draft.
///
/// # Errors
/// When the row is not of that statement.
pub fn read_detail(row: &Row) -> Result<AgentDetail, Error> {
    let draft: AgentDraft = row.json(1)?;
    let live: Option<AgentDraft> = row.text_or_null(9)?.map(|_| row.json(9)).transpose()?;
    let agent = Agent {
        id: row.text(0)?.parse()?,
        name: row.text(4)?.to_owned(),
        language: draft.language.clone(),
        allowed_origins: draft.allowed_origins.clone(),
        published_version: row.real_or_null(2)?.map(|_| row.integer(2)).transpose()?,
        changed: live.as_ref() != Some(&draft),
        archived_at: row.real_or_null(8)?,
        created_at: row.real(3)?,
    };
    let edited_at = row.real(6)?;
    Ok(AgentDetail {
        edited_at: if edited_at > 0.0 { edited_at } else { agent.created_at },
        agent,
        draft,
        revision: row.integer(5)?,
        edited_by: row.text(7)?.to_owned(),
        turnstile_site_key: row.text_or_null(10)?.map(str::to_owned),
    })
}

/// The draft as [`one`] selects it, with where the agent lives.
///
/// # Errors
/// When the row is not of that statement.
pub fn read_draft(row: &Row) -> Result<AgentSnapshot, Error> {
    row.json(1)
}

/// A new agent with this draft, not published. `by` is who made it.
///
/// # Errors
/// When the draft cannot be written as JSON.
pub fn create(
    tenant: &Tenant,
    draft: &AgentSnapshot,
    name: &str,
    by: &str,
    now: f64,
) -> Result<Statement, Error> {
    Ok(sql("INSERT INTO agents (id, workspace_id, name, draft, created_at, edited_at, edited_by) \
         VALUES (?2, ?1, ?3, ?4, ?5, ?5, ?6)")
    .bind(tenant.key())
    .bind(draft.agent_id.as_str())
    .bind(name)
    .bind(serde_json::to_string(draft)?)
    .bind(now)
    .bind(by))
}

/// A new agent with its first published version.
///
/// # Errors
/// When the snapshot cannot be written as JSON.
pub fn create_published(
    tenant: &Tenant,
    snapshot: &AgentSnapshot,
    now: f64,
) -> Result<[Statement; 2], Error> {
    let json = serde_json::to_string(snapshot)?;
    Ok([
        sql("INSERT INTO agents (id, workspace_id, name, draft, published_version, created_at) VALUES (?2, ?1, ?3, ?4, ?5, ?6)")
            .bind(tenant.key())
            .bind(snapshot.agent_id.as_str())
            .bind(snapshot.persona.name.as_str())
            .bind(json.as_str())
            .bind(snapshot.version)
            .bind(now),
        // Only under an agent of the tenant: the number of another's version is not taken either.
        sql("INSERT INTO agent_versions (workspace_id, agent_id, version, snapshot, created_at) \
             SELECT ?1, a.id, ?3, ?4, ?5 FROM agents a WHERE a.workspace_id = ?1 AND a.id = ?2")
            .bind(tenant.key())
            .bind(snapshot.agent_id.as_str())
            .bind(snapshot.version)
            .bind(json)
            .bind(now),
    ])
}

/// Saves a draft over the revision it was made from; any other revision is left alone (no row changes).
///
/// # Errors
/// When the draft cannot be written as JSON.
pub fn save_draft(
    tenant: &Tenant,
    draft: &AgentSnapshot,
    revision: u32,
    by: &str,
    now: f64,
) -> Result<Statement, Error> {
    Ok(sql("UPDATE agents SET draft = ?4, revision = revision + 1, edited_at = ?5, edited_by = ?6 \
         WHERE workspace_id = ?1 AND id = ?2 AND revision = ?3 AND deleted_at IS NULL")
    .bind(tenant.key())
    .bind(draft.agent_id.as_str())
    .bind(revision)
    .bind(serde_json::to_string(draft)?)
    .bind(now)
    .bind(by))
}

/// Gives an agent another name.
#[must_use]
pub fn rename(tenant: &Tenant, agent: &AgentId, name: &str) -> Statement {
    sql("UPDATE agents SET name = ?3 WHERE workspace_id = ?1 AND id = ?2 AND deleted_at IS NULL")
        .bind(tenant.key())
        .bind(agent.as_str())
        .bind(name)
}

/// Has visitors solve challenges: a site key of Turnstile and its secret, sealed; or has them not.
#[must_use]
pub fn set_turnstile(tenant: &Tenant, agent: &AgentId, keys: Option<(&str, &str)>) -> Statement {
    let (site_key, secret) = keys.unzip();
    sql("UPDATE agents SET turnstile_site_key = ?3, turnstile_secret = ?4 WHERE workspace_id = ?1 AND id = ?2 AND deleted_at IS NULL")
        .bind(tenant.key())
        .bind(agent.as_str())
        .bind(site_key)
        .bind(secret.unwrap_or_default())
}

/// The sealed secret of an agent's challenges: text, empty where there are none.
#[must_use]
pub fn turnstile_secret(tenant: &Tenant, agent: &AgentId) -> Statement {
    sql("SELECT a.turnstile_secret FROM agents a WHERE a.workspace_id = ?1 AND a.id = ?2 AND a.deleted_at IS NULL")
        .bind(tenant.key())
        .bind(agent.as_str())
}

/// Archives an agent, or brings it back.
#[must_use]
pub fn archive(tenant: &Tenant, agent: &AgentId, at: Option<f64>) -> Statement {
    sql("UPDATE agents SET archived_at = ?3 WHERE workspace_id = ?1 AND id = ?2 AND deleted_at IS NULL")
        .bind(tenant.key())
        .bind(agent.as_str())
        .bind(at)
}

/// Takes an agent away from members; what it knew is forgotten afterwards.
#[must_use]
pub fn delete(tenant: &Tenant, agent: &AgentId, now: f64) -> Statement {
    sql("UPDATE agents SET deleted_at = ?3 WHERE workspace_id = ?1 AND id = ?2 AND deleted_at IS NULL")
        .bind(tenant.key())
        .bind(agent.as_str())
        .bind(now)
}

/// Notes how good an answer of the playground was; once for each run.
#[must_use]
pub fn note_playground(
    tenant: &Tenant,
    agent: &AgentId,
    user: &str,
    feedback: &protocol::api::PlaygroundFeedback,
    now: f64,
) -> Statement {
    sql("INSERT INTO playground_feedback (id, workspace_id, agent_id, user_id, rating, reason, question, answer, version, at) \
         SELECT ?3, ?1, a.id, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM agents a WHERE a.workspace_id = ?1 AND a.id = ?2 \
         ON CONFLICT (id) DO UPDATE SET rating = excluded.rating, reason = excluded.reason, at = excluded.at \
         WHERE playground_feedback.workspace_id = ?1")
    .bind(tenant.key())
    .bind(agent.as_str())
    .bind(feedback.run_id.as_str())
    .bind(user)
    .bind(crate::tenant::name(&feedback.rating))
    .bind(feedback.reason.as_str())
    .bind(feedback.question.as_str())
    .bind(feedback.answer.as_str())
    .bind(feedback.version)
    .bind(now)
}

/// Counts for [`read_overview`], with those of conversations whose headers are gone.
#[must_use]
pub fn overview(tenant: &Tenant, agent: &AgentId) -> Statement {
    let gone = |column: &str| {
        format!(
            "(SELECT coalesce(sum(k.{column}), 0) FROM daily_counts k WHERE k.workspace_id = ?1 AND k.agent_id = ?2)"
        )
    };
    sql(format!("SELECT (SELECT count(*) FROM conversations c WHERE c.workspace_id = ?1 AND c.agent_id = ?2) + {}, \
         count(*) + {}, coalesce(sum(t.low_confidence = 0 AND t.state <> 'failed'), 0) + {}, \
         coalesce(sum(t.low_confidence), 0) + {}, coalesce(sum(t.state = 'failed'), 0) + {}, \
         (SELECT count(*) FROM documents d WHERE d.workspace_id = ?1 AND d.agent_id = ?2), \
         (SELECT coalesce(sum(d.passages), 0) FROM documents d WHERE d.workspace_id = ?1 AND d.agent_id = ?2) \
         FROM turns t WHERE t.workspace_id = ?1 AND t.agent_id = ?2",
        gone("begun"), gone("asked"), gone("answered"), gone("low_confidence"), gone("failed")))
    .bind(tenant.key())
    .bind(agent.as_str())
}

/// First-token times of the newest 200 turns that showed one, sorted.
#[must_use]
pub fn first_token_times(tenant: &Tenant, agent: &AgentId) -> Statement {
    sql("SELECT first_token_ms FROM (SELECT t.first_token_ms FROM turns t WHERE t.workspace_id = ?1 AND t.agent_id = ?2 \
         AND t.first_token_ms > 0 ORDER BY t.asked_at DESC LIMIT 200) ORDER BY first_token_ms")
    .bind(tenant.key())
    .bind(agent.as_str())
}

/// Decodes the row of [`overview`]; the rest is filled in by the caller.
///
/// # Errors
/// When the row is not of that statement.
pub fn read_overview(row: &Row) -> Result<Overview, Error> {
    Ok(Overview {
        conversations: row.integer(0)?,
        turns: row.integer(1)?,
        answered: row.integer(2)?,
        low_confidence: row.integer(3)?,
        failed: row.integer(4)?,
        documents: row.integer(5)?,
        passages: row.integer(6)?,
        first_token_p50_ms: None,
        recent: Vec::new(),
    })
}
