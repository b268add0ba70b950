//! What is known comes to be known, and is forgotten, here alone: the `Knowledge` object (which looks after vectors
//! itself), R2, the relations, in this order. Every step may happen again.

use std::collections::HashSet;

use ingest::faq::Pair;
use platform::relational::Relational;
use platform::{Failure, clock, embedding, objects};
use protocol::DocumentId;
use protocol::internal::{IndexedDocument, KnowledgeStats, Put, PutReply, Retire};
use protocol::objects::ObjectName;
use sha2::{Digest, Sha256};
use store::{Tenant, sources};
use worker::Env;

use crate::proposals;

/// Keys that R2 deletes at once.
const DELETED_AT_ONCE: usize = 1_000;

/// What became of a document.
pub enum Indexed {
    /// It can be found.
    Passages(u32),
    /// Its content is indexed already, under this address.
    Duplicate(String),
}

/// The same address of the same source is the same document in every run.
pub fn document_id(source: &protocol::SourceId, address: &str) -> DocumentId {
    let digest = Sha256::digest(format!("{source} {address}"));
    let bits = digest.iter().take(16).fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte));
    DocumentId::from_bits(bits)
}

/// Makes a document findable, and proposes the questions that it answers itself.
pub async fn index(
    env: &Env,
    tenant: &Tenant,
    knowledge: &ObjectName,
    document: IndexedDocument,
    questions: &[Pair],
) -> Result<Indexed, Failure> {
    let put = Put { document };
    let passages = match objects::call(env, "KNOWLEDGE", knowledge, &put).await? {
        PutReply::Duplicate { url } => return Ok(Indexed::Duplicate(url)),
        PutReply::Indexed { passages } => passages,
    };
    let document = put.document;
    let prefix = protocol::objects::source_passages_prefix(
        &document.workspace_id,
        &document.agent_id,
        &document.source_id,
    );
    let key = format!("{prefix}{}.json", document.document_id);
    env.bucket("FILES")?.put(key, serde_json::to_string(&document)?).execute().await?;
    let mut statements = vec![sources::put_document(tenant, &document, passages, clock::now_ms())];
    statements.extend(proposals::noted(env, tenant, &document, questions).await?);
    Relational::of(env)?.batch(&statements).await?;
    Ok(Indexed::Passages(passages))
}

/// Waits for the vectors of what was put, not longer than told: whether all are there, or none will come soon. What is indexed is found by
/// its words all the while.
pub async fn embedded(env: &Env, knowledge: &ObjectName, patience_ms: f64) -> Result<bool, Failure> {
    if embedding::configured(env).is_none() {
        return Ok(true);
    }
    let begun = clock::ticks_ms();
    loop {
        let stats = objects::call(env, "KNOWLEDGE", knowledge, &KnowledgeStats {}).await?;
        if !stats.meaning.is_some_and(|meaning| meaning.pending) {
            return Ok(true);
        }
        if clock::ticks_ms() - begun > patience_ms {
            return Ok(false);
        }
        clock::sleep(200).await;
    }
}

/// Forgets all that a source taught but what is kept. R2 first, because a lost `Knowledge` object would bring
/// documents back from there, and all that lies there is looked at: a run that was cut off here, or content that
/// moved to another address, leaves nothing behind.
pub async fn forget(
    env: &Env,
    tenant: &Tenant,
    knowledge: &ObjectName,
    what: &Retire,
    kept: &HashSet<DocumentId>,
) -> Result<(), Failure> {
    let prefix =
        protocol::objects::source_passages_prefix(&what.workspace_id, &what.agent_id, &what.source_id);
    let stays = |key: &str| {
        let id = key.strip_prefix(prefix.as_str()).and_then(|name| name.strip_suffix(".json"));
        id.and_then(|id| id.parse().ok()).is_some_and(|id: DocumentId| kept.contains(&id))
    };
    delete_below(env, &prefix, stays).await?;
    objects::call(env, "KNOWLEDGE", knowledge, what).await?;
    Relational::of(env)?
        .batch(&[sources::forget_documents(tenant, &what.source_id, what.keep_run.as_ref())])
        .await
}

/// Forgets some documents of a source.
pub async fn forget_some(
    env: &Env,
    tenant: &Tenant,
    knowledge: &ObjectName,
    what: &Retire,
) -> Result<(), Failure> {
    if what.documents.is_empty() {
        return Ok(());
    }
    let prefix =
        protocol::objects::source_passages_prefix(&what.workspace_id, &what.agent_id, &what.source_id);
    let keys: Vec<String> =
        what.documents.iter().map(|document| format!("{prefix}{document}.json")).collect();
    for keys in keys.chunks(DELETED_AT_ONCE) {
        env.bucket("FILES")?.delete_multiple(keys.to_vec()).await?;
    }
    objects::call(env, "KNOWLEDGE", knowledge, what).await?;
    Relational::of(env)?.batch(&[sources::forget_some(tenant, &what.source_id, &what.documents)?]).await
}

/// Deletes every object of R2 below a prefix but those that stay.
pub async fn delete_below(env: &Env, prefix: &str, stays: impl Fn(&str) -> bool) -> Result<(), Failure> {
    let bucket = env.bucket("FILES")?;
    let mut cursor = None::<String>;
    loop {
        let mut list = bucket.list().prefix(prefix);
        if let Some(cursor) = cursor {
            list = list.cursor(cursor);
        }
        let page = list.execute().await?;
        let gone: Vec<String> =
            page.objects().iter().map(worker::Object::key).filter(|key| !stays(key)).collect();
        if !gone.is_empty() {
            bucket.delete_multiple(gone).await?;
        }
        cursor = page.cursor();
        if !page.truncated() || cursor.is_none() {
            return Ok(());
        }
    }
}
