//! Erasing a person. What is found is noted and closed to latecomers first, the rows go last and all at once, so that
//! an erasure that was cut off finds everything again.

use protocol::api::{Erasure, ErasureState};
use protocol::objects::Jurisdiction;
use protocol::{AgentId, ContactId, ConversationId, ErasureId, MailId, WorkspaceId};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::{self, Tenant};

/// Asks for an erasure; for a person whose erasure was asked for already it changes nothing.
#[must_use]
pub fn request(tenant: &Tenant, id: &ErasureId, contact: &ContactId, by: &str, now: f64) -> Statement {
    sql("INSERT INTO erasures (id, workspace_id, contact_id, by_name, requested_at, due_at) \
         SELECT ?2, ?1, c.id, ?4, ?5, ?5 FROM contacts c WHERE c.workspace_id = ?1 AND c.id = ?3 ON CONFLICT DO NOTHING")
    .bind(tenant.key())
    .bind(id.as_str())
    .bind(contact.as_str())
    .bind(by)
    .bind(now)
}

const SELECT: &str =
    "SELECT e.id, e.by_name, e.requested_at, e.done_at, e.counts FROM erasures e WHERE e.workspace_id = ?1";

/// Receipts, newest first.
#[must_use]
pub fn list(tenant: &Tenant, limit: u32) -> Statement {
    sql(format!("{SELECT} ORDER BY e.requested_at DESC, e.id DESC LIMIT ?2")).bind(tenant.key()).bind(limit)
}

/// The running erasure of a person.
#[must_use]
pub fn of_contact(tenant: &Tenant, contact: &ContactId) -> Statement {
    sql(format!("{SELECT} AND e.contact_id = ?2")).bind(tenant.key()).bind(contact.as_str())
}

/// Decodes a row of [`list`] or [`of_contact`].
///
/// # Errors
/// When the row is not of those statements.
pub fn read(row: &Row) -> Result<Erasure, Error> {
    let done_at = row.real_or_null(3)?;
    Ok(Erasure {
        id: row.text(0)?.parse()?,
        state: if done_at.is_some() { ErasureState::Done } else { ErasureState::Running },
        by: row.text(1)?.to_owned(),
        requested_at: row.real(2)?,
        done_at,
        counts: row.json(4)?,
    })
}

/// An erasure to carry out.
pub struct Due {
    pub id: ErasureId,
    pub contact: ContactId,
    pub workspace_id: WorkspaceId,
    pub jurisdiction: Jurisdiction,
}

/// Takes what is due, whoever's it is: until the lease ends nobody else does. See [`read_due`].
#[must_use]
pub fn due(now: f64, lease_until: f64, limit: u32) -> Statement {
    sql("UPDATE erasures SET due_at = ?2 WHERE id IN (SELECT id FROM erasures WHERE due_at <= ?1 ORDER BY due_at, id LIMIT ?3) \
         RETURNING id, contact_id, workspace_id, (SELECT w.jurisdiction FROM workspaces w WHERE w.id = erasures.workspace_id)")
    .bind(now)
    .bind(lease_until)
    .bind(limit)
}

/// Decodes a row of [`due`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_due(row: &Row) -> Result<Due, Error> {
    Ok(Due {
        id: row.text(0)?.parse()?,
        contact: row.text(1)?.parse()?,
        workspace_id: row.text(2)?.parse()?,
        jurisdiction: tenant::named(row, 3)?,
    })
}

/// The conversations of a person with the agents they were held with: those of their leads, and others from the same
/// browser that are nobody else's lead.
#[must_use]
pub fn conversations(tenant: &Tenant, contact: &ContactId) -> Statement {
    let theirs = "(SELECT l.conversation_id FROM leads l WHERE l.workspace_id = ?1 AND l.contact_id = ?2)";
    sql(format!(
        "SELECT c.id, c.agent_id FROM conversations c WHERE c.workspace_id = ?1 AND (c.id IN {theirs} \
         OR (c.visitor_id IN (SELECT v.visitor_id FROM conversations v WHERE v.workspace_id = ?1 AND v.id IN {theirs}) \
         AND NOT EXISTS (SELECT 1 FROM leads o WHERE o.workspace_id = ?1 AND o.conversation_id = c.id))) ORDER BY c.id"
    ))
        .bind(tenant.key())
        .bind(contact.as_str())
}

/// Decodes a row of [`conversations`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_conversation(row: &Row) -> Result<(ConversationId, AgentId), Error> {
    Ok((row.text(0)?.parse()?, row.text(1)?.parse()?))
}

/// What a person is named by elsewhere, beside themselves and their conversations: ids of their leads, visits and turns.
///
/// # Errors
/// When the ids cannot be written as JSON.
pub fn named(
    tenant: &Tenant,
    contact: &ContactId,
    conversations: &[ConversationId],
) -> Result<[Statement; 3], Error> {
    let ids = serde_json::to_string(conversations)?;
    let of = "IN (SELECT j.value FROM json_each(?2) j)";
    let theirs = |text: String| sql(text).bind(tenant.key()).bind(ids.as_str());
    Ok([
        sql("SELECT l.id FROM leads l WHERE l.workspace_id = ?1 AND l.contact_id = ?2")
            .bind(tenant.key())
            .bind(contact.as_str()),
        theirs(format!("SELECT c.visitor_id FROM conversations c WHERE c.workspace_id = ?1 AND c.id {of}")),
        theirs(format!("SELECT t.id FROM turns t WHERE t.workspace_id = ?1 AND t.conversation_id {of}")),
    ])
}

/// What a person is called and reached by in their leads, which may differ: see [`read_called`].
#[must_use]
pub fn called(tenant: &Tenant, contact: &ContactId) -> Statement {
    sql("SELECT l.name, l.email, l.phone FROM leads l WHERE l.workspace_id = ?1 AND l.contact_id = ?2")
        .bind(tenant.key())
        .bind(contact.as_str())
}

/// Decodes a row of [`called`]: name, address, number.
///
/// # Errors
/// When the row is not of that statement.
pub fn read_called(row: &Row) -> Result<[String; 3], Error> {
    Ok([row.text(0)?.to_owned(), row.text(1)?.to_owned(), row.text(2)?.to_owned()])
}

/// Closes conversations to what comes late, and notes what will be erased of them, the first time.
///
/// # Errors
/// When the ids cannot be written as JSON.
pub fn close(
    tenant: &Tenant,
    id: &ErasureId,
    contact: &ContactId,
    conversations: &[ConversationId],
    mails: u32,
    now: f64,
) -> Result<[Statement; 2], Error> {
    let ids = serde_json::to_string(conversations)?;
    let of = "IN (SELECT j.value FROM json_each(?4) j)";
    Ok([
        sql("INSERT INTO erased_conversations (conversation_id, workspace_id, at) SELECT j.value, ?1, ?3 FROM json_each(?2) j \
             WHERE 1 ON CONFLICT (conversation_id) DO UPDATE SET at = excluded.at WHERE erased_conversations.workspace_id = ?1")
            .bind(tenant.key())
            .bind(ids.as_str())
            .bind(now),
        sql(format!(
            "UPDATE erasures SET counts = json_object( \
             'leads', (SELECT count(*) FROM leads l WHERE l.workspace_id = ?1 AND l.contact_id = ?3), \
             'conversations', (SELECT count(*) FROM conversations c WHERE c.workspace_id = ?1 AND c.id {of}), \
             'turns', (SELECT count(*) FROM turns t WHERE t.workspace_id = ?1 AND t.conversation_id {of}), \
             'events', (SELECT count(*) FROM events v WHERE v.workspace_id = ?1 AND (v.subject {of} OR v.data ->> '$.conversation_id' {of} \
               OR v.subject IN (SELECT l.id FROM leads l WHERE l.workspace_id = ?1 AND l.contact_id = ?3) \
               OR v.subject IN (SELECT t.id FROM turns t WHERE t.workspace_id = ?1 AND t.conversation_id {of}))), \
             'tool_calls', (SELECT count(*) FROM tool_runs r WHERE r.workspace_id = ?1 AND r.conversation_id {of}), \
             'mails', CAST(?5 AS INTEGER)) WHERE workspace_id = ?1 AND id = ?2 AND counts = '{{}}'"
        ))
        .bind(tenant.key())
        .bind(id.as_str())
        .bind(contact.as_str())
        .bind(ids.as_str())
        .bind(mails),
    ])
}

/// Removes the rows of a person and ends the erasure, all or nothing. What can be counted of the days stays counted.
///
/// # Errors
/// When the ids cannot be written as JSON.
pub fn erase(
    tenant: &Tenant,
    id: &ErasureId,
    contact: &ContactId,
    conversations: &[ConversationId],
    mails: &[MailId],
    now: f64,
) -> Result<Vec<Statement>, Error> {
    let ids = serde_json::to_string(conversations)?;
    let of = "IN (SELECT j.value FROM json_each(?2) j)";
    let visitors =
        format!("IN (SELECT v.visitor_id FROM conversations v WHERE v.workspace_id = ?1 AND v.id {of})");
    let leads = "(SELECT l.id FROM leads l WHERE l.workspace_id = ?1 AND l.contact_id = ?3)";
    let said = |text: String| sql(text).bind(tenant.key()).bind(ids.as_str());
    let theirs = |text: String| said(text).bind(contact.as_str());
    Ok(vec![
        said(format!(
            "INSERT INTO daily_counts (workspace_id, agent_id, day, begun) \
             SELECT ?1, c.agent_id, CAST(c.started_at / 86400000 AS INTEGER), count(*) FROM conversations c \
             WHERE c.workspace_id = ?1 AND c.id {of} GROUP BY 2, 3 \
             ON CONFLICT (workspace_id, agent_id, day) DO UPDATE SET begun = begun + excluded.begun WHERE daily_counts.workspace_id = ?1"
        )),
        said(format!(
            "INSERT INTO daily_counts (workspace_id, agent_id, day, asked, answered, low_confidence, failed, tokens_in, tokens_out) \
             SELECT ?1, t.agent_id, CAST(t.asked_at / 86400000 AS INTEGER), count(*), \
             sum(t.low_confidence = 0 AND t.state <> 'failed'), sum(t.low_confidence), sum(t.state = 'failed'), \
             sum(t.tokens_in), sum(t.tokens_out) FROM turns t WHERE t.workspace_id = ?1 AND t.conversation_id {of} GROUP BY 2, 3 \
             ON CONFLICT (workspace_id, agent_id, day) DO UPDATE SET asked = asked + excluded.asked, \
             answered = answered + excluded.answered, low_confidence = low_confidence + excluded.low_confidence, \
             failed = failed + excluded.failed, tokens_in = tokens_in + excluded.tokens_in, \
             tokens_out = tokens_out + excluded.tokens_out WHERE daily_counts.workspace_id = ?1"
        )),
        theirs(format!(
            "DELETE FROM events WHERE workspace_id = ?1 AND (subject {of} OR data ->> '$.conversation_id' {of} OR subject IN {leads} \
             OR subject IN (SELECT t.id FROM turns t WHERE t.workspace_id = ?1 AND t.conversation_id {of}))"
        )),
        // The log keeps that something was done, not to whom.
        theirs(format!(
            "UPDATE audit_log SET subject_name = '', changes = '[]' WHERE workspace_id = ?1 \
             AND (subject {of} OR subject = ?3 OR subject IN {leads})"
        )),
        // A gap that goes by their words goes with them; asked for again, it is there again.
        said(format!(
            "UPDATE gaps SET question = '' WHERE workspace_id = ?1 AND id IN (SELECT g.gap_id FROM gap_turns g \
             WHERE g.workspace_id = ?1 AND g.conversation_id {of} AND (g.question = gaps.question OR g.at <= gaps.first_at))"
        )),
        said(format!(
            "DELETE FROM gap_turns WHERE workspace_id = ?1 AND (conversation_id {of} \
             OR gap_id IN (SELECT g.id FROM gaps g WHERE g.workspace_id = ?1 AND g.question = ''))"
        )),
        sql("DELETE FROM gaps WHERE workspace_id = ?1 AND question = ''").bind(tenant.key()),
        said(format!("DELETE FROM approvals WHERE workspace_id = ?1 AND conversation_id {of}")),
        said(format!("DELETE FROM exposures WHERE workspace_id = ?1 AND visitor_id {visitors}")),
        said(format!("DELETE FROM conversions WHERE workspace_id = ?1 AND visitor_id {visitors}")),
        said(format!("DELETE FROM widget_events WHERE workspace_id = ?1 AND visitor_id {visitors}")),
        said(format!("DELETE FROM tool_runs WHERE workspace_id = ?1 AND conversation_id {of}")),
        said(format!("DELETE FROM turns WHERE workspace_id = ?1 AND conversation_id {of}")),
        said(format!("DELETE FROM conversations WHERE workspace_id = ?1 AND id {of}")),
        theirs(format!("DELETE FROM lead_entries WHERE workspace_id = ?1 AND lead_id IN {leads} AND (?2 <> '')")),
        theirs("DELETE FROM leads WHERE workspace_id = ?1 AND contact_id = ?3 AND (?2 <> '')".to_owned()),
        theirs("DELETE FROM contacts WHERE workspace_id = ?1 AND id = ?3 AND (?2 <> '')".to_owned()),
        sql("DELETE FROM mails WHERE workspace_id = ?1 AND id IN (SELECT j.value FROM json_each(?2) j)")
            .bind(tenant.key())
            .bind(serde_json::to_string(mails)?),
        sql("UPDATE erasures SET contact_id = NULL, due_at = NULL, done_at = ?3 WHERE workspace_id = ?1 AND id = ?2")
            .bind(tenant.key())
            .bind(id.as_str())
            .bind(now),
    ])
}

/// Mails of a workspace that may be to or about a person: id, recipient, sealed body.
#[must_use]
pub fn mails(tenant: &Tenant) -> Statement {
    sql("SELECT m.id, m.recipient, m.sealed FROM mails m WHERE m.workspace_id = ?1 \
         AND m.purpose IN ('visitor_alert', 'transcript', 'follow_up', 'lead_captured', 'lead_given') ORDER BY m.id")
    .bind(tenant.key())
}

/// Those of some conversations that were erased, and when.
///
/// # Errors
/// When the ids cannot be written as JSON.
pub fn closed(tenant: &Tenant, conversations: &[&ConversationId]) -> Result<Statement, Error> {
    Ok(sql("SELECT x.conversation_id, x.at FROM erased_conversations x WHERE x.workspace_id = ?1 \
            AND x.conversation_id IN (SELECT j.value FROM json_each(?2) j)")
    .bind(tenant.key())
    .bind(serde_json::to_string(conversations)?))
}

/// Decodes a row of [`closed`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_closed(row: &Row) -> Result<(ConversationId, f64), Error> {
    Ok((row.text(0)?.parse()?, row.real(1)?))
}

/// Forgets that conversations were erased before a time, whoever's they were: nothing of them can come any more.
#[must_use]
pub fn forget_closed(before: f64) -> Statement {
    sql("DELETE FROM erased_conversations WHERE at < ?1").bind(before)
}

/// Removes what of a conversation came in while it was erased.
#[must_use]
pub fn late(tenant: &Tenant, conversation: &ConversationId) -> [Statement; 11] {
    [
        "DELETE FROM events WHERE workspace_id = ?1 AND (data ->> '$.conversation_id' = ?2 OR subject = ?2 OR subject IN \
         (SELECT l.id FROM leads l WHERE l.workspace_id = ?1 AND l.conversation_id = ?2))",
        "DELETE FROM lead_entries WHERE workspace_id = ?1 AND lead_id IN \
         (SELECT l.id FROM leads l WHERE l.workspace_id = ?1 AND l.conversation_id = ?2)",
        "DELETE FROM leads WHERE workspace_id = ?1 AND conversation_id = ?2",
        "DELETE FROM contacts WHERE contacts.workspace_id = ?1 AND contacts.told = 0 AND (?2 <> '' AND NOT EXISTS \
         (SELECT 1 FROM leads l WHERE l.workspace_id = ?1 AND l.contact_id = contacts.id))",
        "UPDATE gaps SET question = '' WHERE workspace_id = ?1 AND id IN (SELECT g.gap_id FROM gap_turns g \
         WHERE g.workspace_id = ?1 AND g.conversation_id = ?2 AND (g.question = gaps.question OR g.at <= gaps.first_at))",
        "DELETE FROM gap_turns WHERE workspace_id = ?1 AND (conversation_id = ?2 \
         OR gap_id IN (SELECT g.id FROM gaps g WHERE g.workspace_id = ?1 AND g.question = ''))",
        "DELETE FROM gaps WHERE workspace_id = ?1 AND question = '' AND (?2 <> '')",
        "DELETE FROM approvals WHERE workspace_id = ?1 AND conversation_id = ?2",
        "DELETE FROM tool_runs WHERE workspace_id = ?1 AND conversation_id = ?2",
        "DELETE FROM turns WHERE workspace_id = ?1 AND conversation_id = ?2",
        "DELETE FROM conversations WHERE workspace_id = ?1 AND id = ?2",
    ]
    .map(|text| sql(text).bind(tenant.key()).bind(conversation.as_str()))
}
