//! One document as it was indexed.

use platform::relational::Relational;
use platform::{Failure, http};
use protocol::api::{Document, DocumentDetail};
use protocol::internal::IndexedDocument;
use protocol::{AgentId, DocumentId, SourceId};
use store::{Actor, knowledge, sources};
use worker::{Env, Response};

use crate::reading::FILE_SCHEME;
use crate::routes::found;

pub async fn one(env: &Env, actor: &Actor, document: &str) -> Result<Response, Failure> {
    let id: DocumentId = document.parse()?;
    let row = found(Relational::of(env)?.first(&sources::document(&actor.tenant, &id)).await?)?;
    let (source, agent): (SourceId, AgentId) = (row.text(0)?.parse()?, row.text(1)?.parse()?);
    let prefix = protocol::objects::source_passages_prefix(actor.tenant.workspace(), &agent, &source);
    let stored = env.bucket("FILES")?.get(format!("{prefix}{id}.json")).execute().await?;
    let body = found(stored.as_ref().and_then(worker::Object::body))?;
    let document: IndexedDocument = serde_json::from_str(&body.text().await?)?;
    let file = document.url.strip_prefix(FILE_SCHEME).and_then(|path| path.split('/').next());
    http::data(DocumentDetail {
        file_id: file.and_then(|id| id.parse().ok()),
        document: Document {
            id,
            text: knowledge::joined(document.passages.iter().map(|passage| passage.text.as_str())),
            passages: u32::try_from(document.passages.len()).unwrap_or(u32::MAX),
            url: document.url,
            title: document.title,
            language: document.language,
        },
        passages: document.passages,
    })
}
