//! Everything held of a person, as a file in R2 that is there for a day. The row says whether there is one; a run that was
//! cut off is begun again and writes the same file over. One whose row is gone or over is removed, wherever it was cut off.

use platform::relational::Relational;
use platform::{Failure, clock, log, objects, random};
use protocol::api::{
    Contact, ConversationSummary, Lead, LeadEntry, Receipt, ReceiptCount, ReceiptKind, ReceiptPlace,
};
use protocol::handover::Message;
use protocol::internal::Transcript;
use protocol::objects::{EXPORTS_PREFIX, export_key, exports_prefix};
use protocol::{ContactId, ConversationId, PersonExportId, ReceiptId, WorkspaceId};
use serde::Serialize;
use store::exports::{self, Due};
use store::{Tenant, contacts, conversations, erasures, events, leads, receipts};
use worker::Env;

use crate::{auth, indexing, reports};

/// How long a file is kept.
const KEPT_MS: f64 = 24.0 * 60.0 * 60_000.0;
/// How long it is known that there was one.
const KNOWN_MS: f64 = 30.0 * 24.0 * 60.0 * 60_000.0;
/// Files made in one run.
const A_RUN: u32 = 5;
/// Longer than one takes.
const LEASE_MS: f64 = 60_000.0;
/// How often one is begun before it is given up.
const TRIES: u32 = 5;

/// Makes what was asked for.
///
/// # Errors
/// When the database does not answer; what was not made is due again.
pub async fn due(env: &Env) -> Result<(), Failure> {
    let (database, now) = (Relational::of(env)?, clock::now_ms());
    for row in database.rows(&exports::due(now, now + LEASE_MS, A_RUN)).await? {
        let due = exports::read_due(&row)?;
        match make(env, &due).await {
            Ok(()) => log::info("exported", due.id.as_str(), ""),
            Err(failure) => {
                log::error("export_failed", Some(due.id.as_str()), &failure.to_string());
                if due.tries >= TRIES {
                    let tenant = Tenant::of_job(&due.workspace_id);
                    database.batch(&[exports::give_up(&tenant, &due.id, clock::now_ms())]).await?;
                    reports::failed(env, "export_failed", &failure).await;
                }
            }
        }
    }
    Ok(())
}

async fn make(env: &Env, due: &Due) -> Result<(), Failure> {
    let (database, tenant) = (Relational::of(env)?, Tenant::of_job(&due.workspace_id));
    let key = export_key(&due.workspace_id, &due.id);
    // The person may be gone since; then this row is, too.
    let Some(row) = database.first(&contacts::one(&tenant, &due.contact)).await? else { return Ok(()) };
    let held = held(env, &tenant, due, contacts::read(&row)?).await?;
    env.bucket("FILES")?.put(&key, serde_json::to_string(&held)?).execute().await?;
    let (now, id) = (clock::now_ms(), random::id(ReceiptId::ordered));
    let receipt = of_export(due, &id, &held, now);
    let made = [
        exports::made(&tenant, &due.id, now, now + KEPT_MS),
        receipts::put_if_changed(&tenant, &id, &receipt)?,
    ];
    database.batch(&made).await?;
    // Called off meanwhile: the file is gone before anybody could have had it.
    if database.rows(&exports::staying(std::slice::from_ref(&due.id), now)?).await?.is_empty() {
        env.bucket("FILES")?.delete(key).await?;
    }
    Ok(())
}

/// Removes files whose time is over, and those that no row knows.
///
/// # Errors
/// When R2 or the database does not answer.
pub async fn sweep(env: &Env) -> Result<(), Failure> {
    let (database, bucket, mut cursor) = (Relational::of(env)?, env.bucket("FILES")?, None::<String>);
    loop {
        let mut list = bucket.list().prefix(EXPORTS_PREFIX);
        if let Some(cursor) = cursor {
            list = list.cursor(cursor);
        }
        let page = list.execute().await?;
        let keys: Vec<String> = page.objects().iter().map(worker::Object::key).collect();
        let ids: Vec<PersonExportId> = keys.iter().filter_map(|key| id_of(key)).collect();
        // Asked for behind the list: a file that is on it was known before it was written.
        let staying = database.rows(&exports::staying(&ids, clock::now_ms())?).await?;
        let staying = staying.iter().map(exports::read_id).collect::<Result<Vec<_>, _>>()?;
        let over = keys.into_iter().filter(|key| id_of(key).is_none_or(|id| !staying.contains(&id)));
        let over: Vec<String> = over.collect();
        if !over.is_empty() {
            bucket.delete_multiple(over).await?;
        }
        cursor = page.cursor();
        if !page.truncated() || cursor.is_none() {
            return database.batch(&[exports::forget(clock::now_ms() - KNOWN_MS)]).await;
        }
    }
}

fn id_of(key: &str) -> Option<PersonExportId> {
    key.rsplit('/').next()?.strip_suffix(".json")?.parse().ok()
}

/// Removes what there is of a person who is erased or no more, ready or being made.
///
/// # Errors
/// When R2 or the database does not answer.
pub async fn call_off(env: &Env, tenant: &Tenant, contact: &ContactId) -> Result<(), Failure> {
    let database = Relational::of(env)?;
    database.batch(&[exports::call_off(tenant, contact, clock::now_ms())]).await?;
    for row in database.rows(&exports::of_contact(tenant, contact)).await? {
        let key = export_key(tenant.workspace(), &exports::read_id(&row)?);
        env.bucket("FILES")?.delete(key).await?;
    }
    Ok(())
}

/// Removes all files of a workspace.
///
/// # Errors
/// When R2 does not answer.
pub async fn forget(env: &Env, workspace: &WorkspaceId) -> Result<(), Failure> {
    indexing::delete_below(env, &exports_prefix(workspace), |_| false).await
}

/// A person's conversations: what an erasure would erase is what is shown and exported.
///
/// # Errors
/// When the database does not answer.
pub async fn conversations_of(
    env: &Env,
    tenant: &Tenant,
    contact: &ContactId,
) -> Result<Vec<ConversationSummary>, Failure> {
    let database = Relational::of(env)?;
    let rows = database.rows(&erasures::conversations(tenant, contact)).await?;
    let ids = rows.iter().map(|row| Ok(erasures::read_conversation(row)?.0));
    let ids = ids.collect::<Result<Vec<ConversationId>, Failure>>()?;
    let rows = database.rows(&conversations::some(tenant, &ids)?).await?;
    let mut found = rows.iter().map(conversations::read).collect::<Result<Vec<_>, _>>()?;
    found.sort_by(|a, b| b.last_at.total_cmp(&a.last_at));
    Ok(found)
}

/// A person's leads.
///
/// # Errors
/// When the database does not answer.
pub async fn leads_of(env: &Env, tenant: &Tenant, contact: &ContactId) -> Result<Vec<Lead>, Failure> {
    let rows = Relational::of(env)?.rows(&leads::of_contact(tenant, contact)).await?;
    Ok(rows.iter().map(leads::read).collect::<Result<_, _>>()?)
}

/// Everything held of a person.
#[derive(Serialize)]
struct Held {
    contact: Contact,
    leads: Vec<LeadHeld>,
    conversations: Vec<ConversationHeld>,
    events: Vec<EventHeld>,
}

#[derive(Serialize)]
struct LeadHeld {
    #[serde(flatten)]
    lead: Lead,
    history: Vec<LeadEntry>,
}

#[derive(Serialize)]
struct ConversationHeld {
    #[serde(flatten)]
    summary: ConversationSummary,
    turns: Vec<protocol::api::Turn>,
    messages: Vec<Message>,
}

#[derive(Serialize)]
struct EventHeld {
    kind: String,
    subject: String,
    at: f64,
}

async fn held(env: &Env, tenant: &Tenant, due: &Due, contact: Contact) -> Result<Held, Failure> {
    let database = Relational::of(env)?;
    let archive = protocol::objects::archive(tenant.workspace(), due.jurisdiction);
    let mut all = Held { leads: Vec::new(), conversations: Vec::new(), events: Vec::new(), contact };
    let mut subjects = Vec::new();
    for lead in leads_of(env, tenant, &due.contact).await? {
        let rows = database.rows(&leads::history(tenant, &lead.id)).await?;
        let history = rows.iter().map(leads::read_entry).collect::<Result<_, _>>()?;
        subjects.push(lead.id.to_string());
        all.leads.push(LeadHeld { lead, history });
    }
    for summary in conversations_of(env, tenant, &due.contact).await? {
        let message = Transcript { conversation_id: summary.id.clone() };
        let said = objects::call(env, "ARCHIVE", &archive, &message).await?;
        subjects.push(summary.id.to_string());
        subjects.extend(said.turns.iter().map(|turn| turn.id.to_string()));
        all.conversations.push(ConversationHeld { summary, turns: said.turns, messages: said.messages });
    }
    for row in database.rows(&events::about(tenant, &subjects)?).await? {
        let (kind, subject, at) = (row.text(0)?.to_owned(), row.text(1)?.to_owned(), row.real(2)?);
        all.events.push(EventHeld { kind, subject, at });
    }
    Ok(all)
}

/// What a file holds, in numbers.
fn of_export(due: &Due, id: &ReceiptId, held: &Held, now: f64) -> Receipt {
    let many = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let sum = |of: fn(&ConversationHeld) -> usize| many(held.conversations.iter().map(of).sum());
    let counted = |what: &str, place, count| ReceiptCount { what: what.to_owned(), place, count };
    Receipt {
        id: id.to_string(),
        kind: ReceiptKind::Export,
        by: due.by.clone(),
        subject: subject(&due.workspace_id, &due.contact),
        counts: vec![
            counted("leads", ReceiptPlace::Database, many(held.leads.len())),
            counted("conversations", ReceiptPlace::Database, many(held.conversations.len())),
            counted("turns", ReceiptPlace::Archive, sum(|one| one.turns.len())),
            counted("messages", ReceiptPlace::Archive, sum(|one| one.messages.len())),
            counted("events", ReceiptPlace::Database, many(held.events.len())),
        ],
        requested_at: due.requested_at,
        done_at: Some(now),
    }
}

/// Whom a receipt is about: a digest of an id that only this workspace has.
pub fn subject(workspace: &WorkspaceId, contact: &ContactId) -> String {
    auth::digest(&format!("receipt {workspace} {contact}")).chars().take(16).collect()
}
