//! The people behind leads: found, merged, exported, erased.

use platform::relational::Relational;
use platform::{Failure, clock, http, queue, random};
use protocol::api::{
    Contact, ContactDetail, Erasure, MergeContact, PersonExport, PersonExportState, Receipt, ReceiptCount,
    ReceiptKind, ReceiptPlace,
};
use protocol::internal::Bell;
use protocol::permission::Permission;
use protocol::routes::RouteId as R;
use protocol::{Code, ContactId, ErasureId, PersonExportId, Problem, ReceiptId};
use serde::Deserialize;
use store::exports as stored;
use store::{Actor, contacts, erasures, receipts};
use worker::{Env, Request, Response, ResponseBuilder};

use super::{found, unhandled};
use crate::leads::add;
use crate::{audit, exports};

const PAGE: u32 = 50;
/// Receipts, and files of a person, that are listed.
const RECEIPTS: u32 = 50;
const MOST_CHARS: usize = 200;

pub async fn handle(
    id: R,
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    contact: &str,
    export: &str,
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
        R::ExportPerson => ask_for_export(env, actor, &contact).await,
        R::PersonExports => http::page(all_exports(env, actor, &contact).await?, None),
        R::PersonExportFile => download(env, actor, &contact, export).await,
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

async fn detail(env: &Env, actor: &Actor, contact: Contact) -> Result<ContactDetail, Failure> {
    let rows = Relational::of(env)?.rows(&contacts::duplicates(&actor.tenant, &contact)).await?;
    Ok(ContactDetail {
        leads: exports::leads_of(env, &actor.tenant, &contact.id).await?,
        conversations: if actor.may(Permission::ConversationsRead) {
            exports::conversations_of(env, &actor.tenant, &contact.id).await?
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
    // What was written of either of them is not of the person that they are now.
    for one in [&contact, &other] {
        exports::call_off(env, tenant, &one.id).await?;
    }
    database.batch(&statements).await?;
    http::data(one(env, actor, &contact.id).await?)
}

/// A file holds transcripts, and what members noted of the person: that is held of them, too.
fn may_read_all(actor: &Actor) -> Result<(), Failure> {
    if actor.may(Permission::ConversationsRead) {
        return Ok(());
    }
    let words = "This needs the scope conversations:read, too. Make a key that has it.";
    Err(Problem::new(Code::ScopeMissing, words).into())
}

/// A file is made by a job; asking while one is being made is asking once.
async fn ask_for_export(env: &Env, actor: &Actor, contact: &Contact) -> Result<Response, Failure> {
    may_read_all(actor)?;
    let (database, tenant, now) = (Relational::of(env)?, &actor.tenant, clock::now_ms());
    if database.first(&erasures::of_contact(tenant, &contact.id)).await?.is_some() {
        return Err(Problem::new(Code::Conflict, "This person is being erased.").into());
    }
    let id = random::id(PersonExportId::ordered);
    let statements = [
        stored::request(tenant, &id, &contact.id, actor.name(), now),
        audit::entry_if_changed(actor, "contact.export_requested", contact.id.as_str(), "", &[])?,
    ];
    database.batch(&statements).await?;
    let row = database.first(&stored::list(tenant, &contact.id, 1)).await?;
    let asked = stored::read(&found(row)?, now)?;
    queue::ring(env, "JOBS", &Bell::People {}).await;
    http::data(asked)
}

async fn all_exports(env: &Env, actor: &Actor, contact: &Contact) -> Result<Vec<PersonExport>, Failure> {
    let rows = Relational::of(env)?.rows(&stored::list(&actor.tenant, &contact.id, RECEIPTS)).await?;
    let now = clock::now_ms();
    Ok(rows.iter().map(|row| stored::read(row, now)).collect::<Result<_, _>>()?)
}

/// The file, whole. Who had it is on record before the first byte.
async fn download(env: &Env, actor: &Actor, contact: &Contact, export: &str) -> Result<Response, Failure> {
    may_read_all(actor)?;
    let (database, tenant, now) = (Relational::of(env)?, &actor.tenant, clock::now_ms());
    let row = database.first(&stored::one(tenant, &contact.id, &export.parse()?)).await?;
    let export = stored::read(&found(row)?, now)?;
    let not_there = match export.state {
        PersonExportState::Ready => None,
        PersonExportState::Queued | PersonExportState::Running => {
            Some((Code::Conflict, "The file is still being made. Try again in a moment."))
        }
        PersonExportState::Failed => Some((Code::NotFound, "The file could not be made. Ask for it again.")),
        PersonExportState::Expired => {
            Some((Code::NotFound, "The file was removed a day after it was made. Ask for it again."))
        }
    };
    if let Some((code, words)) = not_there {
        return Err(Problem::new(code, words).into());
    }
    let key = protocol::objects::export_key(tenant.workspace(), &export.id);
    let file = found(env.bucket("FILES")?.get(key).execute().await?)?;
    let id = random::id(ReceiptId::ordered);
    let receipt = Receipt {
        id: id.to_string(),
        kind: ReceiptKind::Download,
        by: actor.name().to_owned(),
        subject: exports::subject(tenant.workspace(), &contact.id),
        counts: vec![counted("files", ReceiptPlace::Files, 1)],
        requested_at: now,
        done_at: Some(now),
    };
    let noted = [
        audit::entry(actor, "contact.exported", contact.id.as_str(), "", &[])?,
        receipts::put(tenant, &id, &receipt)?,
    ];
    database.batch(&noted).await?;
    let response = ResponseBuilder::new()
        .with_header("Content-Type", "application/json")?
        .with_header("Content-Disposition", "attachment; filename=\"person.json\"")?
        .with_header("Content-Length", &file.size().to_string())?
        .with_header("X-Content-Type-Options", "nosniff")?
        .with_header("Cache-Control", "private, no-store")?;
    Ok(response.body(found(file.body())?.response_body()?))
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
    queue::ring(env, "JOBS", &Bell::People {}).await;
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
