//! What a member sees of the index.

use domain::text::joined;
use protocol::api::Document;
use protocol::internal::{Documents, DocumentsReply, KnowledgeStatsReply};

use super::PLACES;
use crate::{Engine, Error, sql::sql};

const MOST_DOCUMENTS: u32 = 100;

/// A source's documents in the order of their ids, with their text as it was indexed.
///
/// # Errors
/// When the database refuses a statement or holds something unreadable.
pub fn documents(engine: &dyn Engine, asked: &Documents) -> Result<DocumentsReply, Error> {
    let limit = asked.limit.clamp(1, MOST_DOCUMENTS);
    let page = sql("SELECT key, id, url, title, language, passages FROM document
                    WHERE source = ?1 AND id > ?2 ORDER BY id LIMIT ?3")
    .bind(asked.source_id.as_str())
    .bind(asked.after.as_ref().map_or("", protocol::DocumentId::as_str))
    .bind(limit + 1);
    let mut documents = Vec::new();
    for row in engine.run(&page)? {
        documents.push(Document {
            id: row.text(1)?.parse()?,
            url: row.text(2)?.to_owned(),
            title: row.text(3)?.to_owned(),
            language: row.text_or_null(4)?.map(str::to_owned),
            text: text(engine, row.integer(0)?)?,
            passages: row.integer(5)?,
        });
    }
    let more = documents.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if more {
        documents.pop();
    }
    let next = if more { documents.last().map(|document| document.id.clone()) } else { None };
    Ok(DocumentsReply { documents, next })
}

/// How much the index holds.
///
/// # Errors
/// When the database refuses the statement.
pub fn stats(engine: &dyn Engine) -> Result<KnowledgeStatsReply, Error> {
    let sums =
        engine.run(&sql("SELECT coalesce(sum(documents), 0), coalesce(sum(passages), 0) FROM tally"))?;
    let (documents, passages) = match sums.first() {
        Some(row) => (row.integer(0)?, row.integer(1)?),
        None => (0, 0),
    };
    Ok(KnowledgeStatsReply { documents, passages, generation: super::generation(engine)?, meaning: None })
}

/// A document's passages in order, without the overlap of neighbours.
fn text(engine: &dyn Engine, key: i64) -> Result<String, Error> {
    let rows = sql("SELECT text FROM passage WHERE key BETWEEN ?1 AND ?2 ORDER BY key");
    let rows = engine.run(&rows.bind(key * PLACES).bind(key * PLACES + PLACES - 1))?;
    let texts = rows.iter().map(|row| row.text(0)).collect::<Result<Vec<_>, _>>()?;
    Ok(joined(texts))
}
