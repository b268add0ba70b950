//! Documents that a run has seen as they are.

use std::collections::HashSet;

use protocol::DocumentId;
use protocol::internal::{Keep, KeepReply};

use crate::{Engine, Error, sql::sql};

/// Notes the run at documents of a source; those that are not known here are named.
///
/// # Errors
/// When the database refuses a statement.
pub fn keep(engine: &dyn Engine, keep: &Keep) -> Result<KeepReply, Error> {
    let ids = serde_json::to_string(&keep.documents)?;
    let known = sql("SELECT id FROM document WHERE source = ?1 AND id IN (SELECT value FROM json_each(?2))");
    let known = engine.run(&known.bind(keep.source_id.as_str()).bind(ids.as_str()))?;
    let known =
        known.iter().map(|row| Ok(row.text(0)?.parse()?)).collect::<Result<HashSet<DocumentId>, Error>>()?;
    let seen = sql("UPDATE document SET run = ?1 WHERE source = ?2 AND run <> ?1 \
         AND id IN (SELECT value FROM json_each(?3))");
    engine.run(&seen.bind(keep.run_id.as_str()).bind(keep.source_id.as_str()).bind(ids))?;
    let missing = keep.documents.iter().filter(|id| !known.contains(id)).cloned().collect();
    Ok(KeepReply { missing })
}
