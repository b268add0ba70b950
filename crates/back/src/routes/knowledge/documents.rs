//! One document as it was indexed.

use domain::text::joined;
use platform::relational::Relational;
use platform::{Failure, clock, http};
use protocol::api::{Document, DocumentDetail, Tags};
use protocol::internal::IndexedDocument;
use protocol::{AgentId, DocumentId, SourceId};
use store::{Actor, sources, tags};
use worker::{Env, Request, Response};

use crate::audit;
use crate::reading::FILE_SCHEME;
use crate::routes::found;

/// Gives a document tags of its own, beside those of its source.
pub async fn tag(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    document: &str,
) -> Result<Response, Failure> {
    let (tenant, database, id) = (&actor.tenant, Relational::of(env)?, document.parse()?);
    let row = found(database.first(&sources::document(tenant, &id)).await?)?;
    let (agent, before): (AgentId, Vec<String>) = (row.text(1)?.parse()?, row.json(3)?);
    let body: Tags = http::body(request).await?;
    let accepted = domain::tags::accept("tags", &body.tags)?;
    if accepted != before {
        let changes = [audit::change("tags", Some(&before.join(", ")), Some(&accepted.join(", ")))];
        let statements = [
            tags::tag_document(tenant, &id, &accepted)?,
            tags::changed(tenant, &agent, clock::now_ms()),
            audit::entry(actor, "document.tagged", id.as_str(), row.text(2)?, &changes)?,
        ];
        database.batch(&statements).await?;
        crate::tags::push(env, tenant, &agent).await?;
    }
    http::data(Tags { tags: accepted })
}

pub async fn one(env: &Env, actor: &Actor, document: &str) -> Result<Response, Failure> {
    let id: DocumentId = document.parse()?;
    let row = found(Relational::of(env)?.first(&sources::document(&actor.tenant, &id)).await?)?;
    let (source, agent): (SourceId, AgentId) = (row.text(0)?.parse()?, row.text(1)?.parse()?);
    let of = Relational::of(env)?.first(&sources::one(&actor.tenant, &source)).await?;
    let prefix = protocol::objects::source_passages_prefix(actor.tenant.workspace(), &agent, &source);
    let stored = env.bucket("FILES")?.get(format!("{prefix}{id}.json")).execute().await?;
    let body = found(stored.as_ref().and_then(worker::Object::body))?;
    let document: IndexedDocument = serde_json::from_str(&body.text().await?)?;
    let file = document.url.strip_prefix(FILE_SCHEME).and_then(|path| path.split('/').next());
    http::data(DocumentDetail {
        tags: row.json(3)?,
        source_tags: sources::read(&found(of)?)?.0.tags,
        file_id: file.and_then(|id| id.parse().ok()),
        document: Document {
            id,
            text: joined(document.passages.iter().map(|passage| passage.text.as_str())),
            passages: u32::try_from(document.passages.len()).unwrap_or(u32::MAX),
            url: document.url,
            title: document.title,
            language: document.language,
        },
        passages: document.passages,
    })
}
