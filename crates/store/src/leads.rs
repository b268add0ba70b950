//! Leads: one a conversation, or brought by a program, with what happened to it. What is given is merged by code; what
//! is written here is written whole.

use protocol::api::{
    FollowUp, Lead, LeadAnswer, LeadEntry, LeadEntryKind, LeadOwner, LeadVariant, OwnerChange, ScoreReason,
};
use protocol::lead::{LeadSource, LeadStatus};
use protocol::objects::Jurisdiction;
use protocol::{AgentId, ContactId, ConversationId, LeadId, WorkspaceId};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::{Tenant, name, named};

const SELECT: &str = "SELECT l.id, l.agent_id, \
    (SELECT a.name FROM agents a WHERE a.workspace_id = ?1 AND a.id = l.agent_id), l.conversation_id, l.contact_id, \
    l.name, l.email, l.phone, l.answers, l.status, l.owner_id, \
    (SELECT u.name FROM members m JOIN users u ON u.id = m.user_id WHERE m.workspace_id = ?1 AND m.user_id = l.owner_id), \
    l.score, l.reasons, l.page_url, l.source, l.consent, l.created_at, l.updated_at, l.revision, l.variants \
    FROM leads l WHERE l.workspace_id = ?1";

/// Whose leads are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnedBy<'a> {
    Nobody,
    Member(&'a str),
}

/// What leads are ordered by, highest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    Created,
    Updated,
    Score,
}

impl Sort {
    fn column(self) -> &'static str {
        match self {
            Self::Created => "l.created_at",
            Self::Updated => "l.updated_at",
            Self::Score => "l.score",
        }
    }

    /// A lead's place in this order.
    #[must_use]
    pub fn place(self, lead: &Lead) -> f64 {
        match self {
            Self::Created => lead.created_at,
            Self::Updated => lead.updated_at,
            Self::Score => f64::from(lead.score),
        }
    }
}

/// Which leads are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter<'a> {
    pub status: Option<LeadStatus>,
    pub agent: Option<&'a AgentId>,
    pub owner: Option<OwnedBy<'a>>,
    /// Captured from this time on, and before that one.
    pub from: Option<f64>,
    pub to: Option<f64>,
    /// At least.
    pub score: Option<u32>,
    /// In lower case, in anything the person gave.
    pub words: Option<&'a str>,
    /// The whole of it.
    pub email: Option<&'a str>,
    pub phone: Option<&'a str>,
    pub sort: Sort,
}

/// Leads in order, from the place after `(value, id)`.
#[must_use]
pub fn list(tenant: &Tenant, filter: &Filter<'_>, after: Option<(f64, &LeadId)>, limit: u32) -> Statement {
    let column = filter.sort.column();
    let (owned, owner) = match filter.owner {
        None => (0_u32, None),
        Some(OwnedBy::Nobody) => (1, None),
        Some(OwnedBy::Member(id)) => (2, Some(id)),
    };
    let (at, id) = after.map_or((f64::MAX, ""), |(at, id)| (at, id.as_str()));
    sql(format!(
        "{SELECT} AND (?2 IS NULL OR l.status = ?2) AND (?3 IS NULL OR l.agent_id = ?3) \
         AND (?4 = 0 OR (?4 = 1 AND l.owner_id IS NULL) OR l.owner_id = ?5) AND l.created_at >= ?6 AND l.created_at < ?7 \
         AND l.score >= ?8 AND (?9 IS NULL OR instr(lower(printf('%s %s %s %s', l.name, l.email, l.phone, l.answers)), ?9) > 0) \
         AND ({column} < ?10 OR ({column} = ?10 AND l.id < ?11)) \
         AND (?13 IS NULL OR l.email = ?13) AND (?14 IS NULL OR l.phone = ?14) ORDER BY {column} DESC, l.id DESC LIMIT ?12"
    ))
    .bind(tenant.key())
    .bind(filter.status.map(|status| name(&status)))
    .bind(filter.agent.map(AgentId::as_str))
    .bind(owned)
    .bind(owner)
    .bind(filter.from.unwrap_or(0.0))
    .bind(filter.to.unwrap_or(f64::MAX))
    .bind(filter.score.unwrap_or(0))
    .bind(filter.words)
    .bind(at)
    .bind(id)
    .bind(limit)
    .bind(filter.email)
    .bind(filter.phone)
}

/// One lead.
#[must_use]
pub fn one(tenant: &Tenant, lead: &LeadId) -> Statement {
    sql(format!("{SELECT} AND l.id = ?2")).bind(tenant.key()).bind(lead.as_str())
}

/// Some leads.
///
/// # Errors
/// When the ids cannot be written as JSON.
pub fn some(tenant: &Tenant, leads: &[LeadId]) -> Result<Statement, Error> {
    Ok(sql(format!("{SELECT} AND l.id IN (SELECT j.value FROM json_each(?2) j)"))
        .bind(tenant.key())
        .bind(serde_json::to_string(leads)?))
}

/// The lead of a conversation.
#[must_use]
pub fn of_conversation(tenant: &Tenant, conversation: &ConversationId) -> Statement {
    sql(format!("{SELECT} AND l.conversation_id = ?2")).bind(tenant.key()).bind(conversation.as_str())
}

/// Those of some conversations that have a lead.
///
/// # Errors
/// When the ids cannot be written as JSON.
pub fn among(tenant: &Tenant, conversations: &[&ConversationId]) -> Result<Statement, Error> {
    Ok(sql("SELECT l.conversation_id FROM leads l WHERE l.workspace_id = ?1 \
            AND l.conversation_id IN (SELECT j.value FROM json_each(?2) j)")
    .bind(tenant.key())
    .bind(serde_json::to_string(conversations)?))
}

/// A person's leads, newest first.
#[must_use]
pub fn of_contact(tenant: &Tenant, contact: &ContactId) -> Statement {
    sql(format!("{SELECT} AND l.contact_id = ?2 ORDER BY l.created_at DESC, l.id DESC LIMIT 200"))
        .bind(tenant.key())
        .bind(contact.as_str())
}

/// Decodes a row of a statement that gives leads.
///
/// # Errors
/// When the row is not of those statements.
pub fn read(row: &Row) -> Result<Lead, Error> {
    let owner = match (row.text_or_null(10)?, row.text_or_null(11)?) {
        (Some(id), Some(name)) => Some(LeadOwner { user_id: id.parse()?, name: name.to_owned() }),
        _ => None,
    };
    Ok(Lead {
        id: row.text(0)?.parse()?,
        agent_id: row.text(1)?.parse()?,
        agent_name: row.text_or_null(2)?.unwrap_or_default().to_owned(),
        conversation_id: row.text_or_null(3)?.map(str::parse).transpose()?,
        contact_id: row.text(4)?.parse()?,
        name: row.text(5)?.to_owned(),
        email: row.text(6)?.to_owned(),
        phone: row.text(7)?.to_owned(),
        answers: row.json(8)?,
        status: named(row, 9)?,
        owner,
        score: row.integer(12)?,
        reasons: row.json(13)?,
        page_url: row.text_or_null(14)?.map(str::to_owned),
        source: named(row, 15)?,
        consent: row.text_or_null(16)?.map(|_| row.json(16)).transpose()?,
        created_at: row.real(17)?,
        updated_at: row.real(18)?,
        revision: row.integer(19)?,
        variants: row.json(20)?,
    })
}

/// A lead as a visitor's words or a program make it.
pub struct Captured<'a> {
    pub id: &'a LeadId,
    pub agent: &'a AgentId,
    /// None of a lead that a program wrote.
    pub conversation: Option<&'a ConversationId>,
    pub contact: &'a ContactId,
    pub name: &'a str,
    pub email: &'a str,
    pub phone: &'a str,
    pub answers: &'a [LeadAnswer],
    pub score: u32,
    pub reasons: &'a [ScoreReason],
    pub page_url: Option<&'a str>,
    pub source: LeadSource,
    pub consent: Option<&'a protocol::api::LeadConsent>,
    pub variants: &'a [LeadVariant],
    pub now: f64,
}

/// Writes a lead, which its conversation is then to be told of, if it has one. Somebody who came to be the same
/// person meanwhile is: the contact that has the address has the lead. What another capture wrote meanwhile stays,
/// unless this one says something else in its place.
///
/// # Errors
/// When something of it cannot be written as JSON.
pub fn capture(tenant: &Tenant, lead: &Captured<'_>) -> Result<Statement, Error> {
    // What makes two captures one: the conversation; without one the lead, and somebody has one such lead of an agent.
    let (same, alone) = match lead.conversation {
        Some(_) => ("workspace_id, conversation_id", ""),
        None => (
            "id",
            "AND (EXISTS (SELECT 1 FROM leads k WHERE k.workspace_id = ?1 AND k.id = ?2) OR NOT EXISTS \
             (SELECT 1 FROM leads o WHERE o.workspace_id = ?1 AND o.agent_id = ?3 AND o.contact_id = ?5))",
        ),
    };
    Ok(sql(format!("INSERT INTO leads (id, workspace_id, agent_id, conversation_id, contact_id, name, email, phone, answers, score, reasons, \
            page_url, source, consent, created_at, updated_at, tell_due_at, variants) \
            SELECT ?2, ?1, a.id, ?4, \
            coalesce((SELECT c.id FROM contacts c WHERE c.workspace_id = ?1 AND c.email = ?7 AND c.email <> ''), ?5), \
            ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?15, iif(?4 IS NULL, NULL, ?15), ?16 FROM agents a \
            WHERE a.workspace_id = ?1 AND a.id = ?3 AND a.deleted_at IS NULL {alone} \
            ON CONFLICT ({same}) DO UPDATE SET contact_id = excluded.contact_id, \
            name = coalesce(nullif(excluded.name, ''), leads.name), email = coalesce(nullif(excluded.email, ''), leads.email), \
            phone = coalesce(nullif(excluded.phone, ''), leads.phone), \
            answers = (SELECT json_group_array(json(a.value)) FROM json_each(json_array(json(leads.answers), json(excluded.answers))) s \
            JOIN json_each(s.value) a WHERE s.key = 1 OR NOT EXISTS \
            (SELECT 1 FROM json_each(excluded.answers) n WHERE n.value ->> '$.key' = a.value ->> '$.key')), \
            variants = iif(excluded.variants = '[]', leads.variants, excluded.variants), score = excluded.score, \
            reasons = excluded.reasons, page_url = coalesce(leads.page_url, excluded.page_url), \
            consent = coalesce(excluded.consent, leads.consent), updated_at = excluded.updated_at, \
            revision = leads.revision + 1, tell_due_at = excluded.tell_due_at WHERE leads.workspace_id = ?1"))
        .bind(tenant.key())
        .bind(lead.id.as_str())
        .bind(lead.agent.as_str())
        .bind(lead.conversation.map(ConversationId::as_str))
        .bind(lead.contact.as_str())
        .bind(lead.name)
        .bind(lead.email)
        .bind(lead.phone)
        .bind(serde_json::to_string(lead.answers)?)
        .bind(lead.score)
        .bind(serde_json::to_string(lead.reasons)?)
        .bind(lead.page_url)
        .bind(name(&lead.source))
        .bind(lead.consent.map(serde_json::to_string).transpose()?)
        .bind(lead.now)
        .bind(serde_json::to_string(lead.variants)?))
}

/// How many other conversations there were from the same browser.
#[must_use]
pub fn earlier(tenant: &Tenant, conversation: &ConversationId) -> Statement {
    sql("SELECT count(*) FROM conversations c WHERE c.workspace_id = ?1 AND c.id <> ?2 AND c.visitor_id = \
         (SELECT v.visitor_id FROM conversations v WHERE v.workspace_id = ?1 AND v.id = ?2)")
    .bind(tenant.key())
    .bind(conversation.as_str())
}

/// What a lead is worth now.
///
/// # Errors
/// When the reasons cannot be written as JSON.
pub fn rescore(
    tenant: &Tenant,
    lead: &LeadId,
    score: u32,
    reasons: &[ScoreReason],
) -> Result<Statement, Error> {
    Ok(sql("UPDATE leads SET score = ?3, reasons = ?4 WHERE workspace_id = ?1 AND id = ?2")
        .bind(tenant.key())
        .bind(lead.as_str())
        .bind(score)
        .bind(serde_json::to_string(reasons)?))
}

/// Changes status or owner; who is no member owns nothing.
#[must_use]
pub fn change(
    tenant: &Tenant,
    lead: &LeadId,
    status: Option<LeadStatus>,
    owner: Option<&OwnerChange>,
    now: f64,
) -> Statement {
    let user = match owner {
        Some(OwnerChange::Member(user)) => Some(user.as_str()),
        Some(OwnerChange::Nobody) | None => None,
    };
    sql("UPDATE leads SET status = coalesce(?3, status), owner_id = CASE WHEN ?4 THEN ?5 ELSE owner_id END, \
         updated_at = ?6, revision = revision + 1 WHERE workspace_id = ?1 AND id = ?2 \
         AND (?5 IS NULL OR EXISTS (SELECT 1 FROM members m WHERE m.workspace_id = ?1 AND m.user_id = ?5))")
    .bind(tenant.key())
    .bind(lead.as_str())
    .bind(status.map(|status| name(&status)))
    .bind(owner.is_some())
    .bind(user)
    .bind(now)
}

/// The lead's conversation was told.
#[must_use]
pub fn told(tenant: &Tenant, lead: &LeadId) -> Statement {
    sql("UPDATE leads SET tell_due_at = NULL WHERE workspace_id = ?1 AND id = ?2")
        .bind(tenant.key())
        .bind(lead.as_str())
}

/// A conversation that is to be told of its lead.
pub struct ToTell {
    pub workspace_id: WorkspaceId,
    pub jurisdiction: Jurisdiction,
    pub agent_id: AgentId,
    pub conversation_id: ConversationId,
    pub lead_id: LeadId,
}

/// Conversations that are still to be told, whoever's they are: see [`read_to_tell`].
#[must_use]
pub fn to_tell(before: f64, limit: u32) -> Statement {
    sql("SELECT w.id, w.jurisdiction, l.agent_id, l.conversation_id, l.id FROM leads l JOIN workspaces w ON w.id = l.workspace_id \
         WHERE l.tell_due_at <= ?1 AND l.conversation_id IS NOT NULL ORDER BY l.tell_due_at LIMIT ?2")
    .bind(before)
    .bind(limit)
}

/// Decodes a row of [`to_tell`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_to_tell(row: &Row) -> Result<ToTell, Error> {
    Ok(ToTell {
        workspace_id: row.text(0)?.parse()?,
        jurisdiction: named(row, 1)?,
        agent_id: row.text(2)?.parse()?,
        conversation_id: row.text(3)?.parse()?,
        lead_id: row.text(4)?.parse()?,
    })
}

/// Notes what happened to a lead; an entry that is known already stays as it is.
#[must_use]
pub fn note(tenant: &Tenant, lead: &LeadId, entry: &LeadEntry) -> Statement {
    insert_entry(tenant, lead, entry, "")
}

/// The same, if the statement before it in the transaction changed a row.
#[must_use]
pub fn note_if_changed(tenant: &Tenant, lead: &LeadId, entry: &LeadEntry) -> Statement {
    insert_entry(tenant, lead, entry, " AND changes() > 0")
}

fn insert_entry(tenant: &Tenant, lead: &LeadId, entry: &LeadEntry, condition: &str) -> Statement {
    sql(format!(
        "INSERT INTO lead_entries (id, workspace_id, lead_id, kind, by_name, text, at) \
         SELECT ?2, ?1, l.id, ?4, ?5, ?6, ?7 FROM leads l WHERE l.workspace_id = ?1 AND l.id = ?3{condition} ON CONFLICT DO NOTHING"
    ))
    .bind(tenant.key())
    .bind(entry.id.as_str())
    .bind(lead.as_str())
    .bind(name(&entry.kind))
    .bind(entry.by.as_str())
    .bind(entry.text.as_str())
    .bind(entry.at)
}

const ENTRY: &str =
    "SELECT e.id, e.kind, e.by_name, e.text, e.at FROM lead_entries e WHERE e.workspace_id = ?1";

/// What happened to a lead, newest first.
#[must_use]
pub fn history(tenant: &Tenant, lead: &LeadId) -> Statement {
    sql(format!("{ENTRY} AND e.lead_id = ?2 ORDER BY e.at DESC, e.id DESC LIMIT 500"))
        .bind(tenant.key())
        .bind(lead.as_str())
}

/// One entry, if it is there.
#[must_use]
pub fn entry(tenant: &Tenant, id: &str) -> Statement {
    sql(format!("{ENTRY} AND e.id = ?2")).bind(tenant.key()).bind(id)
}

/// Decodes a row of [`history`] or [`entry`].
///
/// # Errors
/// When the row is not of those statements.
pub fn read_entry(row: &Row) -> Result<LeadEntry, Error> {
    Ok(LeadEntry {
        id: row.text(0)?.to_owned(),
        kind: named::<LeadEntryKind>(row, 1)?,
        by: row.text(2)?.to_owned(),
        text: row.text(3)?.to_owned(),
        at: row.real(4)?,
    })
}

/// What follow-up mails begin from, if the workspace wrote something of its own.
#[must_use]
pub fn follow_up(tenant: &Tenant) -> Statement {
    sql("SELECT f.subject, f.text FROM follow_ups f WHERE f.workspace_id = ?1").bind(tenant.key())
}

/// Decodes the row of [`follow_up`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_follow_up(row: &Row) -> Result<FollowUp, Error> {
    Ok(FollowUp { subject: row.text(0)?.to_owned(), text: row.text(1)?.to_owned() })
}

/// Keeps what follow-up mails begin from.
#[must_use]
pub fn set_follow_up(tenant: &Tenant, follow_up: &FollowUp) -> Statement {
    sql("INSERT INTO follow_ups (workspace_id, subject, text) VALUES (?1, ?2, ?3) \
         ON CONFLICT (workspace_id) DO UPDATE SET subject = excluded.subject, text = excluded.text WHERE follow_ups.workspace_id = ?1")
    .bind(tenant.key())
    .bind(follow_up.subject.as_str())
    .bind(follow_up.text.as_str())
}
