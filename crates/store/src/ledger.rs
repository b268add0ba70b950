//! The `Ledger` object's tables: which version of each agent is live.
//! One object holds one workspace, so there is no tenant to bind.

use protocol::internal::{Permit, PermitReply, SetLive};

use crate::sql::{Engine, Error, sql};

/// Creates what is missing.
///
/// # Errors
/// When the database refuses.
pub fn migrate(engine: &dyn Engine) -> Result<(), Error> {
    engine.run(&sql(
        "CREATE TABLE IF NOT EXISTS live (agent_id TEXT PRIMARY KEY, version INTEGER, change INTEGER NOT NULL)",
    ))?;
    Ok(())
}

/// Notes which version is live; one that was overtaken by a later change is ignored.
///
/// # Errors
/// When the database refuses.
pub fn set_live(engine: &dyn Engine, message: &SetLive) -> Result<(), Error> {
    engine.run(
        &sql("INSERT INTO live (agent_id, version, change) VALUES (?1, ?2, ?3) \
              ON CONFLICT (agent_id) DO UPDATE SET version = excluded.version, change = excluded.change \
              WHERE excluded.change >= live.change")
        .bind(message.agent_id.as_str())
        .bind(message.version)
        .bind(message.change),
    )?;
    Ok(())
}

/// Whether a turn may start. An agent that nothing was ever said about may: its snapshot at the edge is older
/// than this object.
///
/// # Errors
/// When the database refuses.
pub fn permit(engine: &dyn Engine, message: &Permit) -> Result<PermitReply, Error> {
    let rows =
        engine.run(&sql("SELECT version FROM live WHERE agent_id = ?1").bind(message.agent_id.as_str()))?;
    let Some(row) = rows.first() else { return Ok(PermitReply { live: true, version: None }) };
    let version = row.real_or_null(0)?.map(|_| row.integer(0)).transpose()?;
    Ok(PermitReply { live: version.is_some(), version })
}
