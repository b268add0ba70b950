//! Tags of what is known here: a document has its own and those of its source.

use protocol::DocumentId;
use protocol::internal::PutTags;

use crate::{Engine, Error, sql::sql};

/// Tags are handed over in portions well below what a row may hold.
const PORTION: usize = 500;

/// Replaces the tags; a set older than the one there changes nothing.
///
/// # Errors
/// When the database refuses a statement.
pub fn put_tags(engine: &dyn Engine, set: &PutTags) -> Result<(), Error> {
    if tags_revision(engine)?.is_some_and(|known| known >= set.revision) {
        return Ok(());
    }
    engine.run(&sql("DELETE FROM tag"))?;
    for portion in set.tagged.chunks(PORTION) {
        let insert = sql("INSERT OR IGNORE INTO tag (subject, tag) SELECT t.value ->> '$.subject', j.value \
             FROM json_each(?1) t, json_each(t.value, '$.tags') j");
        engine.run(&insert.bind(serde_json::to_string(portion)?))?;
    }
    engine.run(&sql("INSERT OR REPLACE INTO tag_state (one, revision) VALUES (1, ?1)").bind(set.revision))?;
    super::outgoing::note(engine, "t")?;
    super::advance(engine)
}

/// The revision of the tags here; none where they were never put, as in an index that was lost.
///
/// # Errors
/// When the database refuses the statement.
pub fn tags_revision(engine: &dyn Engine) -> Result<Option<u64>, Error> {
    let rows = engine.run(&sql("SELECT revision FROM tag_state WHERE one = 1"))?;
    rows.first().map(|row| row.integer(0)).transpose()
}

/// Documents with one of the tags in a bind, which is a JSON list: a query for one of their columns.
pub(super) fn tagged(column: &str, bind: &str) -> String {
    format!(
        "SELECT t.{column} FROM document AS t WHERE EXISTS (SELECT 1 FROM tag \
         WHERE tag.subject IN (t.id, t.source) AND tag.tag IN (SELECT value FROM json_each({bind})))"
    )
}

/// The documents that a filter admits; none where there is no filter.
pub(super) fn admitted(engine: &dyn Engine, tags: &[String]) -> Result<Option<Vec<DocumentId>>, Error> {
    if tags.is_empty() {
        return Ok(None);
    }
    let rows = engine.run(&sql(tagged("id", "?1")).bind(serde_json::to_string(tags)?))?;
    rows.iter().map(|row| Ok(row.text(0)?.parse()?)).collect::<Result<_, Error>>().map(Some)
}
