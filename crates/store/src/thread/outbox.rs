//! What a conversation has to tell the back Worker. Records are told as they lie in the outbox: they were written once,
//! and nothing of them is taken apart before they are stored.

use crate::sql::{Engine, Error, sql};

use super::{feedback, gate};

/// The oldest of all that is to be told: the text of a [`protocol::internal::PendingReply`].
///
/// # Errors
/// When the database refuses or holds something else.
pub fn pending(engine: &dyn Engine) -> Result<String, Error> {
    // A record of what was said and done outside of turns lies under the name of its kind.
    let mut rows = engine.run(&sql(
        "SELECT record.key || 's', record.value \
         FROM (SELECT turn_id, body FROM outbox WHERE turn_id GLOB 'msg_*' ORDER BY turn_id LIMIT 100) AS waiting, \
              json_each(waiting.body) AS record \
         ORDER BY waiting.turn_id",
    ))?;
    rows.extend(engine.run(&sql(
        "SELECT 'records', body FROM outbox WHERE turn_id GLOB 'trn_*' ORDER BY turn_id LIMIT 100",
    ))?);
    let mut text = String::from("{");
    for list in ["records", "messages", "handovers", "leads"] {
        text += &format!("\"{list}\":[");
        let mut between = "";
        for row in rows.iter().filter(|row| row.text(0).is_ok_and(|name| name == list)) {
            text += between;
            text += row.text(1)?;
            between = ",";
        }
        text += "],";
    }
    let refusals = serde_json::to_string(&gate::refusals(engine)?)?;
    let feedback = serde_json::to_string(&feedback::pending(engine)?)?;
    text += &format!("\"refusals\":{refusals},\"feedback\":{feedback}}}");
    Ok(text)
}
