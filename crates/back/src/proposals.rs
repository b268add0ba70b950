//! Curated answers that the content proposes: what a document asks and answers itself becomes rows in the transaction
//! of the document's own. Reading it again names them the same, so nothing is proposed twice.

use std::collections::HashSet;

use domain::text::normalised_question;
use ingest::faq::Pair;
use platform::relational::Relational;
use platform::{Failure, clock};
use protocol::internal::IndexedDocument;
use protocol::{AgentId, ProposalId};
use sha2::{Digest, Sha256};
use store::{Statement, Tenant, curated, proposals};
use worker::Env;

/// Between two questions of one document, so that they are listed as the document has them.
const APART_MS: f64 = 0.001;

/// The proposal of a question; none where nothing is asked.
fn id(agent: &AgentId, question: &str) -> Option<ProposalId> {
    let question = normalised_question(question);
    if question.is_empty() {
        return None;
    }
    let digest = Sha256::digest(format!("{agent} {question}"));
    let bits = digest.iter().take(16).fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte));
    Some(ProposalId::from_bits(bits))
}

/// The proposals that a curated answer with these phrasings settles.
pub fn settled(agent: &AgentId, pattern: &str) -> Vec<ProposalId> {
    pattern.lines().filter_map(|line| id(agent, line)).collect()
}

/// Notes what a document asks and answers, behind the statement that stores its header.
pub async fn noted(
    env: &Env,
    tenant: &Tenant,
    document: &IndexedDocument,
    questions: &[Pair],
) -> Result<Vec<Statement>, Failure> {
    let agent = &document.agent_id;
    let mut known = HashSet::new();
    if !questions.is_empty() {
        for row in Relational::of(env)?.rows(&curated::list(tenant, agent)).await? {
            known.extend(settled(agent, &curated::read(&row)?.0.content.pattern));
        }
    }
    let (mut ids, mut found, mut at) = (Vec::new(), Vec::new(), clock::now_ms());
    for Pair { question, answer } in questions {
        let Some(id) = id(agent, question).filter(|id| known.insert(id.clone())) else { continue };
        found.push(proposals::found(tenant, &id, &document.document_id, question, answer, at));
        ids.push(id);
        at += APART_MS;
    }
    let mut statements = vec![proposals::only(tenant, &document.document_id, &ids)?];
    statements.extend(found);
    Ok(statements)
}
