//! Removing what is kept no longer, a little with each of the schedule's longer runs. Each step may happen again:
//! what it removes is asked for anew, and the archive comes before the row that leads to it.

use platform::relational::Relational;
use platform::{Failure, clock, log, objects, random};
use protocol::api::{Receipt, ReceiptCount, ReceiptKind, ReceiptPlace};
use protocol::internal::Erase;
use protocol::{AuditId, ConversationId, ReceiptId};
use store::retention::{self, Due, HEADERS_DAYS, kept_from};
use store::widget_events::{self, KEPT_DAYS};
use store::{Row, Tenant, incoming, receipts};
use worker::Env;

/// Workspaces looked at in one run.
const A_RUN: u32 = 50;
/// Conversations removed at once.
const AT_ONCE: u32 = 200;
/// Events of other services are kept this long, and known when they come again.
const INCOMING_DAYS: u32 = 30;
/// A run begins nothing new after this long; the next one goes on.
const RUN_MS: f64 = 30_000.0;

/// Removes what is due. What fails is logged and tried again by the next run; the others go on.
///
/// # Errors
/// When the database does not say what is due.
pub async fn sweep(env: &Env) -> Result<(), Failure> {
    let begun = clock::now_ms();
    let events = widget_events::forget(kept_from(begun, KEPT_DAYS), kept_from(begun, HEADERS_DAYS));
    Relational::of(env)?.batch(&events).await?;
    Relational::of(env)?.batch(&incoming::forget(kept_from(begun, INCOMING_DAYS))).await?;
    for row in Relational::of(env)?.rows(&retention::due(begun, A_RUN)).await? {
        if clock::now_ms() - begun > RUN_MS {
            break;
        }
        let due = retention::read_due(&row)?;
        let id = due.workspace_id.as_str();
        match workspace(env, &due, begun).await {
            Ok((words, headers)) => {
                log::info(
                    "retention",
                    id,
                    &format!("words of {words}, headers of {headers} conversations removed"),
                );
            }
            Err(failure) => log::error("retention_failed", Some(id), &failure.to_string()),
        }
    }
    Ok(())
}

/// Removes what a workspace keeps no longer: of how many conversations the words, and of how many the headers.
async fn workspace(env: &Env, due: &Due, begun: f64) -> Result<(usize, usize), Failure> {
    let (database, tenant) = (Relational::of(env)?, Tenant::of_job(&due.workspace_id));
    let archive = protocol::objects::archive(&due.workspace_id, due.jurisdiction);
    let (mut words, mut headers) = (0, 0);
    let run = random::id(ReceiptId::ordered);
    let from = kept_from(begun, due.days);
    while clock::now_ms() - begun <= RUN_MS {
        let ids = ids(&database.rows(&retention::to_empty(&tenant, from, AT_ONCE)).await?)?;
        if ids.is_empty() {
            break;
        }
        let erase = Erase { conversations: Some(ids.clone()), before: Some(from), scrub: false };
        objects::call(env, "ARCHIVE", &archive, &erase).await?;
        let entry = random::id(AuditId::ordered);
        words += ids.len();
        let mut statements = retention::emptied(&tenant, &ids, from, &entry, clock::now_ms())?.to_vec();
        statements.push(receipts::put(&tenant, &run, &receipt(&run, begun, words, headers))?);
        database.batch(&statements).await?;
    }
    let from = kept_from(begun, HEADERS_DAYS);
    while clock::now_ms() - begun <= RUN_MS {
        let ids = ids(&database.rows(&retention::to_fold(&tenant, from, AT_ONCE)).await?)?;
        if ids.is_empty() {
            break;
        }
        let entry = random::id(AuditId::ordered);
        headers += ids.len();
        let mut statements = retention::folded(&tenant, &ids, from, &entry, clock::now_ms())?.to_vec();
        statements.push(receipts::put(&tenant, &run, &receipt(&run, begun, words, headers))?);
        database.batch(&statements).await?;
    }
    Ok((words, headers))
}

/// What a run has removed of a workspace so far.
fn receipt(run: &ReceiptId, begun: f64, words: usize, headers: usize) -> Receipt {
    let count = |place, count: usize| ReceiptCount {
        what: "conversations".into(),
        place,
        count: u32::try_from(count).unwrap_or(u32::MAX),
    };
    Receipt {
        id: run.to_string(),
        kind: ReceiptKind::Retention,
        by: String::new(),
        subject: String::new(),
        counts: vec![count(ReceiptPlace::Archive, words), count(ReceiptPlace::Database, headers)],
        requested_at: begun,
        done_at: Some(clock::now_ms()),
    }
}

fn ids(rows: &[Row]) -> Result<Vec<ConversationId>, Failure> {
    Ok(rows.iter().map(retention::read_conversation).collect::<Result<Vec<_>, _>>()?)
}
