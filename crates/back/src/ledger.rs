//! The workspace's `Ledger` told: what it may use, what it used, what is live; and which turns are settled. The
//! relations are the truth; the object is their image at the edge, and can be made again from them.

use platform::relational::Relational;
use platform::{Failure, clock, log, objects};
use protocol::TurnId;
use protocol::internal::{Restore, Settle, Settled, TurnRecord};
use protocol::objects::ObjectName;
use store::{Tenant, usage};
use worker::Env;

/// Tells a workspace's ledger everything. Told again, nothing changes but what is different.
///
/// # Errors
/// When it could not be told; where it was due, the sweep tries again, and a ledger that was lost asks again.
pub async fn tell(env: &Env, tenant: &Tenant) -> Result<(), Failure> {
    let (database, now) = (Relational::of(env)?, clock::now_ms());
    let month = domain::calendar::month(now);
    let Some(row) = database.first(&usage::state(tenant, &month)).await? else { return Ok(()) };
    let state = usage::read_state(&row)?;
    let live = database.rows(&usage::live(tenant)).await?;
    let visitors = database.first(&usage::visitors(tenant, now)).await?;
    let message = Restore {
        limits: state.limits(),
        month,
        place: state.place,
        conversations: state.conversations,
        messages: state.messages,
        live: live.iter().map(usage::read_live).collect::<Result<_, _>>()?,
        visitors: visitors.map(|row| row.text(0).map(str::to_owned)).transpose()?.unwrap_or_default(),
    };
    let ledger = protocol::objects::ledger(tenant.workspace(), state.jurisdiction);
    objects::call(env, "LEDGER", &ledger, &message).await?;
    if let Some(due_at) = state.due_at {
        database.batch(&[usage::told(tenant, due_at)]).await?;
    }
    Ok(())
}

/// Tells what is still due.
///
/// # Errors
/// When the database refuses.
pub async fn sweep(env: &Env) -> Result<(), Failure> {
    for row in Relational::of(env)?.rows(&usage::due(clock::now_ms())).await? {
        let workspace = usage::read_due(&row)?;
        if let Err(failure) = tell(env, &Tenant::of_job(&workspace)).await {
            log::error("ledger_not_told", Some(workspace.as_str()), &failure.to_string());
        }
    }
    Ok(())
}

/// Settles turns whose records were written: those in the journal at their places, the others count nothing.
///
/// # Errors
/// When the journal or the ledger does not answer; settling again is settling once.
pub async fn settle(
    env: &Env,
    tenant: &Tenant,
    ledger: &ObjectName,
    records: &[&TurnRecord],
) -> Result<(), Failure> {
    let ids: Vec<TurnId> = records.iter().map(|record| record.turn.id.clone()).collect();
    let rows = Relational::of(env)?.rows(&usage::journaled(tenant, &ids)?).await?;
    let mut turns = rows.iter().map(usage::read_settled).collect::<Result<Vec<_>, _>>()?;
    for record in records {
        if !turns.iter().any(|turn| turn.turn_id == record.turn.id) {
            let (turn_id, asked_at) = (record.turn.id.clone(), record.turn.asked_at);
            turns.push(Settled { turn_id, asked_at, place: 0, conversations: 0, messages: 0 });
        }
    }
    objects::call(env, "LEDGER", ledger, &Settle { turns }).await?;
    Ok(())
}
