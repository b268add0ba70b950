//! How long what was said is kept. After a workspace's days its words go, from the archive and from here; the
//! headers stay, with what can be counted of them. After [`HEADERS_DAYS`] the headers go as well, and the counts of
//! each day stay for good.
//!
//! Days are whole ones (UTC): what is due is due at midnight and gone for that day, whenever the schedule comes.

use protocol::objects::Jurisdiction;
use protocol::{AuditId, ConversationId, WorkspaceId};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::{Tenant, named};

/// Days that headers of conversations are kept: a year and the month to compare it with.
pub const HEADERS_DAYS: u32 = 395;
/// Milliseconds of a day.
pub const DAY_MS: f64 = 86_400_000.0;

/// A workspace that has something to remove.
pub struct Due {
    pub workspace_id: WorkspaceId,
    pub jurisdiction: Jurisdiction,
    pub days: u32,
}

/// The first moment of which everything is kept, where that many days are: a midnight.
#[must_use]
pub fn kept_from(now: f64, days: u32) -> f64 {
    ((now / DAY_MS).floor() - f64::from(days)) * DAY_MS
}

/// Workspaces with words or headers that are kept no longer, whoever's they are: see [`read_due`].
#[must_use]
pub fn due(now: f64, limit: u32) -> Statement {
    sql("SELECT w.id, w.jurisdiction, w.retention_days FROM workspaces w WHERE w.deleted_at IS NULL AND \
         (EXISTS (SELECT 1 FROM conversations c WHERE c.workspace_id = w.id AND (c.words_removed_at IS NULL) \
          AND c.last_at < ?1 - w.retention_days * ?2) \
         OR EXISTS (SELECT 1 FROM conversations c WHERE c.workspace_id = w.id AND c.words_removed_at IS NOT NULL \
          AND c.last_at < ?3)) ORDER BY w.id LIMIT ?4")
    .bind(kept_from(now, 0))
    .bind(DAY_MS)
    .bind(kept_from(now, HEADERS_DAYS))
    .bind(limit)
}

/// Decodes a row of [`due`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_due(row: &Row) -> Result<Due, Error> {
    Ok(Due { workspace_id: row.text(0)?.parse()?, jurisdiction: named(row, 1)?, days: row.integer(2)? })
}

/// Conversations that still have words and whose last turn ended before a moment, the oldest first.
#[must_use]
pub fn to_empty(tenant: &Tenant, before: f64, limit: u32) -> Statement {
    sql("SELECT c.id FROM conversations c WHERE c.workspace_id = ?1 AND (c.words_removed_at IS NULL) AND c.last_at < ?2 \
         ORDER BY c.last_at, c.id LIMIT ?3")
    .bind(tenant.key())
    .bind(before)
    .bind(limit)
}

/// Conversations without words whose last turn ended before a moment, the oldest first.
#[must_use]
pub fn to_fold(tenant: &Tenant, before: f64, limit: u32) -> Statement {
    sql("SELECT c.id FROM conversations c WHERE c.workspace_id = ?1 AND (c.words_removed_at IS NOT NULL) AND c.last_at < ?2 \
         ORDER BY c.last_at, c.id LIMIT ?3")
    .bind(tenant.key())
    .bind(before)
    .bind(limit)
}

/// Decodes a row of [`to_empty`] or [`to_fold`].
///
/// # Errors
/// When the row is not of those statements.
pub fn read_conversation(row: &Row) -> Result<ConversationId, Error> {
    Ok(row.text(0)?.parse()?)
}

/// How many conversations lose their words where those of before a moment do.
#[must_use]
pub fn count(tenant: &Tenant, before: f64) -> Statement {
    sql("SELECT count(*) FROM conversations c WHERE c.workspace_id = ?1 AND (c.words_removed_at IS NULL) AND c.last_at < ?2")
        .bind(tenant.key())
        .bind(before)
}

/// The words of these conversations are gone from the archive: they go here, too, and the audit log says so.
/// Somebody who came back meanwhile keeps what they said since.
///
/// # Errors
/// When the ids cannot be written as JSON.
pub fn emptied(
    tenant: &Tenant,
    ids: &[ConversationId],
    before: f64,
    entry: &AuditId,
    now: f64,
) -> Result<[Statement; 3], Error> {
    Ok([
        sql("UPDATE gap_turns SET question = '' WHERE workspace_id = ?1 AND at < ?3 \
             AND conversation_id IN (SELECT j.value FROM json_each(?2) j)")
        .bind(tenant.key())
        .bind(serde_json::to_string(ids)?)
        .bind(before),
        sql("UPDATE conversations SET words_removed_at = ?4, first_question = '' WHERE workspace_id = ?1 \
             AND id IN (SELECT j.value FROM json_each(?2) j) AND last_at < ?3 AND (words_removed_at IS NULL)")
        .bind(tenant.key())
        .bind(serde_json::to_string(ids)?)
        .bind(before)
        .bind(now),
        removed(tenant, entry, "retention.words_removed", now),
    ])
}

/// Adds conversations to the counts of their days, then removes their headers: all or nothing, so that nothing
/// counts twice.
///
/// # Errors
/// When the ids cannot be written as JSON.
pub fn folded(
    tenant: &Tenant,
    ids: &[ConversationId],
    before: f64,
    entry: &AuditId,
    now: f64,
) -> Result<[Statement; 5], Error> {
    let ids = serde_json::to_string(ids)?;
    let own = "c.workspace_id = ?1 AND c.id IN (SELECT j.value FROM json_each(?2) j) AND c.last_at < ?3 \
        AND (c.words_removed_at IS NOT NULL)";
    let of = |text: String| sql(text).bind(tenant.key()).bind(ids.as_str()).bind(before);
    Ok([
        of(format!(
            "INSERT INTO daily_counts (workspace_id, agent_id, day, begun) \
             SELECT ?1, c.agent_id, CAST(c.started_at / 86400000 AS INTEGER), count(*) \
             FROM conversations c WHERE {own} GROUP BY 2, 3 \
             ON CONFLICT (workspace_id, agent_id, day) DO UPDATE SET begun = begun + excluded.begun WHERE daily_counts.workspace_id = ?1"
        )),
        of(format!(
            "INSERT INTO daily_counts (workspace_id, agent_id, day, asked, answered, low_confidence, failed, tokens_in, tokens_out) \
             SELECT ?1, t.agent_id, CAST(t.asked_at / 86400000 AS INTEGER), count(*), \
             sum(t.low_confidence = 0 AND t.state <> 'failed'), sum(t.low_confidence), sum(t.state = 'failed'), \
             sum(t.tokens_in), sum(t.tokens_out) FROM turns t WHERE t.workspace_id = ?1 \
             AND t.conversation_id IN (SELECT c.id FROM conversations c WHERE {own}) GROUP BY 2, 3 \
             ON CONFLICT (workspace_id, agent_id, day) DO UPDATE SET asked = asked + excluded.asked, \
             answered = answered + excluded.answered, low_confidence = low_confidence + excluded.low_confidence, \
             failed = failed + excluded.failed, tokens_in = tokens_in + excluded.tokens_in, \
             tokens_out = tokens_out + excluded.tokens_out WHERE daily_counts.workspace_id = ?1"
        )),
        of(format!(
            "DELETE FROM turns WHERE workspace_id = ?1 AND conversation_id IN (SELECT c.id FROM conversations c WHERE {own})"
        )),
        of("DELETE FROM conversations WHERE workspace_id = ?1 AND id IN (SELECT j.value FROM json_each(?2) j) \
            AND last_at < ?3 AND (words_removed_at IS NOT NULL)"
            .to_owned()),
        removed(tenant, entry, "retention.headers_removed", now),
    ])
}

/// The audit log's line about what the statement before it removed, if anything.
fn removed(tenant: &Tenant, entry: &AuditId, action: &str, now: f64) -> Statement {
    sql("INSERT INTO audit_log (id, workspace_id, at, actor, actor_id, address, action, subject, subject_name, changes) \
         SELECT ?2, ?1, ?3, '{\"kind\":\"system\"}', '', '', ?4, ?1, '', \
         printf('[{\"field\":\"conversations\",\"before\":\"%d\"}]', changes()) WHERE changes() > 0")
        .bind(tenant.key())
        .bind(entry.as_str())
        .bind(now)
        .bind(action)
}
