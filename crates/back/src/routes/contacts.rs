//! The people behind leads: found, merged, exported, erased.

use platform::relational::Relational;
use platform::{Failure, clock, http, objects, queue, random};
use protocol::api::{
    Contact, ContactDetail, ConversationSummary, Erasure, Lead, LeadEntry, MergeContact, Receipt,
    ReceiptCount, ReceiptKind, ReceiptPlace,
};
use protocol::handover::Message;
use protocol::internal::{Bell, Transcript};
use protocol::permission::Permission;
use protocol::routes::RouteId as R;
use protocol::{Code, ContactId, ConversationId, ErasureId, Problem, ReceiptId};
use serde::{Deserialize, Serialize};
use store::{Actor, contacts, conversations, erasures, events, leads, receipts};
use worker::{Env, Request, Response};

use super::{found, unhandled};
use crate::leads::add;
use crate::{audit, auth};

const PAGE: u32 = 50;
/// Receipts that are listed.
const RECEIPTS: u32 = 50;
const MOST_CHARS: usize = 200;

pub async fn handle(
    id: R,
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    contact: &str,
) -> Result<Response, Failure> {
    match id {
        R::Contacts => return list(request, env, actor).await,
        R::Erasures => return http::page(erased(env, actor).await?, None),
        R::Receipts => return http::page(all_receipts(env, actor).await?, None),
        _ => {}
    }
    let contact = one(env, actor, &contact.parse()?).await?;
    match id {
        R::Contact => http::data(detail(env, actor, contact).await?),
        R::MergeContact => merge(request, env, actor, contact).await,
        R::ExportPerson => export(env, actor, contact).await,
        R::ErasePerson => erase(env, actor, &contact).await,
        _ => Err(unhandled()),
    }
}

async fn one(env: &Env, actor: &Actor, contact: &ContactId) -> Result<Contact, Failure> {
    let row = Relational::of(env)?.first(&contacts::one(&actor.tenant, contact)).await?;
    Ok(contacts::read(&found(row)?)?)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Query {
    cursor: Option<String>,
    q: Option<String>,
}

async fn list(request: &Request, env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let query: Query =
        request.query().map_err(|_| Problem::field("q", "A parameter is given more than once."))?;
    let words = query.q.map(|words| words.trim().to_lowercase()).filter(|words| !words.is_empty());
    if words.as_ref().is_some_and(|words| words.chars().count() > MOST_CHARS) {
        return Err(Problem::field("q", format!("Look for at most {MOST_CHARS} characters.")).into());
    }
    let after = query.cursor.as_deref().map(place).transpose()?;
    let after = after.as_ref().map(|(at, id)| (*at, id));
    let statement = contacts::list(&actor.tenant, words.as_deref(), after, PAGE + 1);
    let rows = Relational::of(env)?.rows(&statement).await?;
    let mut people = rows.iter().map(contacts::read).collect::<Result<Vec<_>, _>>()?;
    let more = people.len() > PAGE as usize;
    people.truncate(PAGE as usize);
    let next = people.last().filter(|_| more).map(|last| format!("{}.{}", last.updated_at, last.id));
    http::page(people, next)
}

fn place(cursor: &str) -> Result<(f64, ContactId), Problem> {
    let refused = || Problem::field("cursor", "This is no cursor of ours. Begin without one.");
    let (at, id) = cursor.rsplit_once('.').ok_or_else(refused)?;
    let at: f64 = at.parse().ok().filter(|at: &f64| at.is_finite()).ok_or_else(refused)?;
    Ok((at, id.parse().map_err(|_| refused())?))
}

/// A person's conversations: what an erasure would erase is what is shown and exported.
async fn held(env: &Env, actor: &Actor, contact: &ContactId) -> Result<Vec<ConversationSummary>, Failure> {
    let (database, tenant) = (Relational::of(env)?, &actor.tenant);
    let rows = database.rows(&erasures::conversations(tenant, contact)).await?;
    let ids = rows.iter().map(|row| Ok(erasures::read_conversation(row)?.0));
    let ids = ids.collect::<Result<Vec<ConversationId>, Failure>>()?;
    let rows = database.rows(&conversations::some(tenant, &ids)?).await?;
    let mut found = rows.iter().map(conversations::read).collect::<Result<Vec<_>, _>>()?;
    found.sort_by(|a, b| b.last_at.total_cmp(&a.last_at));
    Ok(found)
}

async fn their_leads(env: &Env, actor: &Actor, contact: &ContactId) -> Result<Vec<Lead>, Failure> {
    let rows = Relational::of(env)?.rows(&leads::of_contact(&actor.tenant, contact)).await?;
    Ok(rows.iter().map(leads::read).collect::<Result<_, _>>()?)
}

async fn detail(env: &Env, actor: &Actor, contact: Contact) -> Result<ContactDetail, Failure> {
    let rows = Relational::of(env)?.rows(&contacts::duplicates(&actor.tenant, &contact)).await?;
    Ok(ContactDetail {
        leads: their_leads(env, actor, &contact.id).await?,
        conversations: if actor.may(Permission::ConversationsRead) {
            held(env, actor, &contact.id).await?
        } else {
            Vec::new()
        },
        duplicates: rows.iter().map(contacts::read).collect::<Result<_, _>>()?,
        contact,
    })
}

async fn merge(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    mut contact: Contact,
) -> Result<Response, Failure> {
    let MergeContact { other } = http::body(request).await?;
    if other == contact.id {
        return Err(Problem::field("other", "Choose another person to merge with.").into());
    }
    let (database, tenant, now) = (Relational::of(env)?, &actor.tenant, clock::now_ms());
    let other = one(env, actor, &other).await?;
    for one in [&contact, &other] {
        if database.first(&erasures::of_contact(tenant, &one.id)).await?.is_some() {
            let words = "One of them is being erased. Reload the page in a moment.";
            return Err(Problem::new(Code::Conflict, words).into());
        }
    }
    if contact.name.is_empty() {
        contact.name.clone_from(&other.name);
    }
    add(&mut contact, &other.email, &other.phone);
    for value in &other.also {
        let known = contact.email == *value || contact.phone == *value || contact.also.contains(value);
        if !known {
            contact.also.push(value.clone());
        }
    }
    contact.updated_at = now;
    let mut statements = vec![
        contacts::move_leads(tenant, &other.id, &contact.id, now),
        contacts::delete_empty(tenant, &other.id),
    ];
    // The other one is gone by now, so that its address is free.
    statements.extend(contacts::put(tenant, &contact)?);
    statements.push(audit::entry(actor, "contact.merged", contact.id.as_str(), "", &[])?);
    database.batch(&statements).await?;
    http::data(one(env, actor, &contact.id).await?)
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

async fn export(env: &Env, actor: &Actor, contact: Contact) -> Result<Response, Failure> {
    // The export holds transcripts, and what members noted of the person: that is held of them, too.
    if !actor.may(Permission::ConversationsRead) {
        let words = "This needs the scope conversations:read, too. Make a key that has it.";
        return Err(Problem::new(Code::ScopeMissing, words).into());
    }
    let (database, tenant) = (Relational::of(env)?, &actor.tenant);
    let archive = protocol::objects::archive(tenant.workspace(), actor.jurisdiction);
    let mut all = Held { leads: Vec::new(), conversations: Vec::new(), events: Vec::new(), contact };
    let mut subjects = Vec::new();
    for lead in their_leads(env, actor, &all.contact.id).await? {
        let rows = database.rows(&leads::history(tenant, &lead.id)).await?;
        let history = rows.iter().map(leads::read_entry).collect::<Result<_, _>>()?;
        subjects.push(lead.id.to_string());
        all.leads.push(LeadHeld { lead, history });
    }
    for summary in held(env, actor, &all.contact.id).await? {
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
    let audit = audit::entry(actor, "contact.exported", all.contact.id.as_str(), "", &[])?;
    let id = random::id(ReceiptId::ordered);
    database.batch(&[audit, receipts::put(tenant, &id, &of_export(actor, &id, &all))?]).await?;
    let mut response = Response::from_json(&all)?;
    response.headers_mut().set("Content-Disposition", "attachment; filename=\"person.json\"")?;
    Ok(response)
}

/// The person is erased by a job; asking twice is asking once.
async fn erase(env: &Env, actor: &Actor, contact: &Contact) -> Result<Response, Failure> {
    let (database, tenant) = (Relational::of(env)?, &actor.tenant);
    let id = random::id(ErasureId::ordered);
    let statements = [
        erasures::request(tenant, &id, &contact.id, actor.name(), clock::now_ms()),
        audit::entry_if_changed(actor, "contact.erased", id.as_str(), "", &[])?,
    ];
    database.batch(&statements).await?;
    let row = database.first(&erasures::of_contact(tenant, &contact.id)).await?;
    let receipt = erasures::read(&found(row)?)?;
    queue::ring(env, "JOBS", &Bell::Erasure {}).await;
    http::data(receipt)
}

async fn erased(env: &Env, actor: &Actor) -> Result<Vec<Erasure>, Failure> {
    let rows = Relational::of(env)?.rows(&erasures::list(&actor.tenant, RECEIPTS)).await?;
    Ok(rows.iter().map(erasures::read).collect::<Result<_, _>>()?)
}

/// Receipts of all kinds, newest first.
async fn all_receipts(env: &Env, actor: &Actor) -> Result<Vec<Receipt>, Failure> {
    let rows = Relational::of(env)?.rows(&receipts::list(&actor.tenant, RECEIPTS)).await?;
    let mut all = rows.iter().map(receipts::read).collect::<Result<Vec<_>, _>>()?;
    all.extend(erased(env, actor).await?.into_iter().map(of_erasure));
    all.sort_by(|a, b| b.requested_at.total_cmp(&a.requested_at).then_with(|| b.id.cmp(&a.id)));
    all.truncate(RECEIPTS as usize);
    Ok(all)
}

fn of_erasure(Erasure { id, by, requested_at, done_at, counts, .. }: Erasure) -> Receipt {
    let turns = counts.turns;
    let counts = [
        ("leads", counts.leads),
        ("conversations", counts.conversations),
        ("events", counts.events),
        ("tool_calls", counts.tool_calls),
        ("mails", counts.mails),
    ];
    let counts = counts.map(|(what, many)| counted(what, ReceiptPlace::Database, many));
    let archived = counted("turns", ReceiptPlace::Archive, turns);
    Receipt {
        id: id.to_string(),
        kind: ReceiptKind::Erasure,
        by,
        subject: String::new(),
        counts: counts.into_iter().chain([archived]).collect(),
        requested_at,
        done_at,
    }
}

fn counted(what: &str, place: ReceiptPlace, count: u32) -> ReceiptCount {
    ReceiptCount { what: what.to_owned(), place, count }
}

/// What an export holds, in numbers. Whom it was about is told by a digest of an id that only this workspace has.
fn of_export(actor: &Actor, id: &ReceiptId, held: &Held) -> Receipt {
    let many = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let sum = |of: fn(&ConversationHeld) -> usize| many(held.conversations.iter().map(of).sum());
    let now = clock::now_ms();
    let digest = auth::digest(&format!("receipt {} {}", actor.tenant.workspace(), held.contact.id));
    Receipt {
        id: id.to_string(),
        kind: ReceiptKind::Export,
        by: actor.name().to_owned(),
        subject: digest.chars().take(16).collect(),
        counts: vec![
            counted("leads", ReceiptPlace::Database, many(held.leads.len())),
            counted("conversations", ReceiptPlace::Database, many(held.conversations.len())),
            counted("turns", ReceiptPlace::Archive, sum(|one| one.turns.len())),
            counted("messages", ReceiptPlace::Archive, sum(|one| one.messages.len())),
            counted("events", ReceiptPlace::Database, many(held.events.len())),
        ],
        requested_at: now,
        done_at: Some(now),
    }
}
