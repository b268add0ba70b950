//! Curated answers that the content proposes. A proposal is a question of an agent; each document that holds it is a
//! place of it, with the words of that document. The first place is what members see, and when it goes the next one
//! takes over. A dismissed question has no say in how many wait, and gets no new places.

use protocol::api::CuratedProposal;
use protocol::{AgentId, CuratedId, DocumentId, ProposalId};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::Tenant;

/// Proposals of an agent that wait at once.
pub const MOST_WAITING: u32 = 200;
/// Places of a proposal that are kept: what stands on every page is one question.
const MOST_PLACES: u32 = 4;

const WAITING: &str = "SELECT p.id, p.agent_id, p.question, p.answer, d.url, d.title, p.found_at FROM curated_proposals p \
    JOIN documents d ON d.workspace_id = ?1 AND d.id = p.document_id WHERE p.workspace_id = ?1 \
    AND p.document_id = (SELECT f.document_id FROM curated_proposals f WHERE f.workspace_id = ?1 AND f.id = p.id \
    ORDER BY f.found_at, f.document_id LIMIT 1) \
    AND (NOT EXISTS (SELECT 1 FROM curated_dismissals x WHERE x.workspace_id = ?1 AND x.id = p.id))";

/// What waits for an agent's members, in the order it was found, from the place after `(found_at, id)`.
#[must_use]
pub fn list(tenant: &Tenant, agent: &AgentId, after: Option<(f64, &ProposalId)>, limit: u32) -> Statement {
    let (at, id) = after.map_or((-1.0, ""), |(at, id)| (at, id.as_str()));
    sql(format!(
        "{WAITING} AND p.agent_id = ?2 AND (p.found_at > ?3 OR (p.found_at = ?3 AND p.id > ?4)) ORDER BY p.found_at, p.id LIMIT ?5"
    ))
    .bind(tenant.key())
    .bind(agent.as_str())
    .bind(at)
    .bind(id)
    .bind(limit)
}

/// One that waits.
#[must_use]
pub fn one(tenant: &Tenant, id: &ProposalId) -> Statement {
    sql(format!("{WAITING} AND p.id = ?2")).bind(tenant.key()).bind(id.as_str())
}

/// Decodes a row of [`list`] or [`one`].
///
/// # Errors
/// When the row is not of those statements.
pub fn read(row: &Row) -> Result<CuratedProposal, Error> {
    Ok(CuratedProposal {
        id: row.text(0)?.parse()?,
        agent_id: row.text(1)?.parse()?,
        question: row.text(2)?.to_owned(),
        answer: row.text(3)?.to_owned(),
        url: row.text(4)?.to_owned(),
        title: row.text(5)?.to_owned(),
        found_at: row.real(6)?,
    })
}

/// The document holds this question with this answer. Of a place that is known the words are replaced; a new one is
/// taken while the question is not dismissed and there is room.
#[must_use]
pub fn found(
    tenant: &Tenant,
    id: &ProposalId,
    document: &DocumentId,
    question: &str,
    answer: &str,
    now: f64,
) -> Statement {
    sql("INSERT INTO curated_proposals (id, workspace_id, agent_id, document_id, question, answer, found_at) \
         SELECT ?2, ?1, d.agent_id, d.id, ?4, ?5, ?6 FROM documents d WHERE d.workspace_id = ?1 AND d.id = ?3 AND (\
         EXISTS (SELECT 1 FROM curated_proposals o WHERE o.workspace_id = ?1 AND o.id = ?2 AND o.document_id = ?3) \
         OR (NOT EXISTS (SELECT 1 FROM curated_dismissals x WHERE x.workspace_id = ?1 AND x.id = ?2) \
         AND ?7 > (SELECT count(*) FROM curated_proposals o WHERE o.workspace_id = ?1 AND o.id = ?2) \
         AND (EXISTS (SELECT 1 FROM curated_proposals o WHERE o.workspace_id = ?1 AND o.id = ?2) \
         OR ?8 > (SELECT count(DISTINCT o.id) FROM curated_proposals o WHERE o.workspace_id = ?1 AND o.agent_id = d.agent_id \
         AND (NOT EXISTS (SELECT 1 FROM curated_dismissals x WHERE x.workspace_id = ?1 AND x.id = o.id)))))) \
         ON CONFLICT (id, document_id) DO UPDATE SET question = excluded.question, answer = excluded.answer \
         WHERE curated_proposals.workspace_id = ?1")
    .bind(tenant.key())
    .bind(id.as_str())
    .bind(document.as_str())
    .bind(question)
    .bind(answer)
    .bind(now)
    .bind(MOST_PLACES)
    .bind(MOST_WAITING)
}

/// The document holds these questions and no others any more.
///
/// # Errors
/// When the ids cannot be written as JSON.
pub fn only(tenant: &Tenant, document: &DocumentId, ids: &[ProposalId]) -> Result<Statement, Error> {
    Ok(sql("DELETE FROM curated_proposals WHERE workspace_id = ?1 AND document_id = ?2 \
         AND (id NOT IN (SELECT j.value FROM json_each(?3) j))")
    .bind(tenant.key())
    .bind(document.as_str())
    .bind(serde_json::to_string(ids)?))
}

/// A curated answer that is there has these questions now: they are proposed no more.
///
/// # Errors
/// When the ids cannot be written as JSON.
pub fn answered(tenant: &Tenant, curated: &CuratedId, ids: &[ProposalId]) -> Result<Statement, Error> {
    Ok(sql("DELETE FROM curated_proposals WHERE workspace_id = ?1 AND id IN (SELECT j.value FROM json_each(?3) j) \
         AND agent_id IN (SELECT c.agent_id FROM curated_answers c WHERE c.workspace_id = ?1 AND c.id = ?2)")
    .bind(tenant.key())
    .bind(curated.as_str())
    .bind(serde_json::to_string(ids)?))
}

/// A member wants to see this one no more.
#[must_use]
pub fn dismiss(tenant: &Tenant, id: &ProposalId, now: f64) -> Statement {
    sql("INSERT INTO curated_dismissals (id, workspace_id, agent_id, question, dismissed_at) \
         SELECT p.id, ?1, p.agent_id, p.question, ?3 FROM curated_proposals p WHERE p.workspace_id = ?1 AND p.id = ?2 \
         ORDER BY p.found_at, p.document_id LIMIT 1 ON CONFLICT DO NOTHING")
    .bind(tenant.key())
    .bind(id.as_str())
    .bind(now)
}

/// The question of one that was dismissed.
#[must_use]
pub fn dismissed(tenant: &Tenant, id: &ProposalId) -> Statement {
    sql("SELECT x.question FROM curated_dismissals x WHERE x.workspace_id = ?1 AND x.id = ?2")
        .bind(tenant.key())
        .bind(id.as_str())
}

/// Takes a dismissal back: what pages still hold waits again.
#[must_use]
pub fn restore(tenant: &Tenant, id: &ProposalId) -> Statement {
    sql("DELETE FROM curated_dismissals WHERE workspace_id = ?1 AND id = ?2")
        .bind(tenant.key())
        .bind(id.as_str())
}
