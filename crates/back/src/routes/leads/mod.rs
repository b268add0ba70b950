//! Leads: listed, exported, changed, answered.

mod change;
mod list;

use domain::leads::follow_up;
use platform::relational::Relational;
use platform::{Failure, clock, http, objects, random};
use protocol::api::{
    FollowUp, Lead, LeadChange, LeadDetail, LeadEntry, LeadEntryKind, LeadMail, LeadUpdate, NewLead,
    NewLeadNote,
};
use protocol::frame::valid_message_id;
use protocol::internal::Transcript;
use protocol::lead::LeadStatus;
use protocol::routes::RouteId as R;
use protocol::{Code, LeadId, MessageId, Problem};
use store::{Actor, Tenant, contacts, leads};
use worker::{Env, Request, Response};

use super::{found, unhandled};
use crate::leads::program;
use crate::mail::{self, letters};
use crate::{audit, auth};

/// The longest subject of a mail, and the longest text.
const SUBJECT: usize = 200;
const TEXT: usize = 10_000;
/// Mails to one lead in an hour.
const MAILS_HOURLY: u32 = 5;

pub async fn handle(
    id: R,
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    lead: &str,
) -> Result<Response, Failure> {
    match id {
        R::Leads => return list::list(request, env, actor).await,
        R::ExportLeads => return list::export(request, env, actor).await,
        R::CreateLead => {
            let new: NewLead = http::body(request).await?;
            let status = new.status;
            let id = program::create(env, actor, new).await?;
            return http::data(with_status(env, actor, &id, status).await?);
        }
        R::ChangeLeads => return change::change(request, env, actor).await,
        R::FollowUp => return http::data(template(env, &actor.tenant).await?),
        R::SetFollowUp => return set_template(request, env, actor).await,
        _ => {}
    }
    let row = Relational::of(env)?.first(&leads::one(&actor.tenant, &lead.parse::<LeadId>()?)).await?;
    let lead = leads::read(&found(row)?)?;
    match id {
        R::Lead => http::data(detail(env, actor, lead).await?),
        R::UpdateLead => {
            let update: LeadUpdate = http::body(request).await?;
            let (id, status) = (lead.id.clone(), update.status);
            program::update(env, actor, lead, update).await?;
            http::data(with_status(env, actor, &id, status).await?)
        }
        R::NoteLead => note(request, env, actor, &lead).await,
        R::MailLead => write(request, env, actor, &lead).await,
        _ => Err(unhandled()),
    }
}

/// A lead as it is now, with the status that was asked for.
async fn with_status(
    env: &Env,
    actor: &Actor,
    id: &LeadId,
    status: Option<LeadStatus>,
) -> Result<Lead, Failure> {
    let (database, one) = (Relational::of(env)?, leads::one(&actor.tenant, id));
    let lead = leads::read(&found(database.first(&one).await?)?)?;
    if status.is_none_or(|status| status == lead.status) {
        return Ok(lead);
    }
    let change = LeadChange { id: id.clone(), status, owner: None };
    database.batch(&change::written(actor, &lead, &change, None)?).await?;
    Ok(leads::read(&found(database.first(&one).await?)?)?)
}

async fn detail(env: &Env, actor: &Actor, lead: Lead) -> Result<LeadDetail, Failure> {
    let (database, tenant) = (Relational::of(env)?, &actor.tenant);
    let history = database.rows(&leads::history(tenant, &lead.id)).await?;
    let history = history.iter().map(leads::read_entry).collect::<Result<Vec<_>, _>>()?;
    let archive = protocol::objects::archive(tenant.workspace(), actor.jurisdiction);
    let mut pages: Vec<String> = Vec::new();
    if let Some(conversation) = &lead.conversation_id {
        let message = Transcript { conversation_id: conversation.clone() };
        let said = objects::call(env, "ARCHIVE", &archive, &message).await?;
        pages.extend(said.turns.into_iter().filter_map(|turn| turn.page_url));
    }
    pages.extend(lead.page_url.clone());
    pages.dedup();
    let mut duplicates = Vec::new();
    if let Some(row) = database.first(&contacts::one(tenant, &lead.contact_id)).await? {
        let rows = database.rows(&contacts::duplicates(tenant, &contacts::read(&row)?)).await?;
        duplicates = rows.iter().map(contacts::read).collect::<Result<_, _>>()?;
    }
    Ok(LeadDetail { lead, history, pages, duplicates })
}

/// Notes something about a lead; the same id is noted once.
async fn note(request: &mut Request, env: &Env, actor: &Actor, lead: &Lead) -> Result<Response, Failure> {
    let body: NewLeadNote = http::body(request).await?;
    let text = domain::question::accept(&body.text)?;
    let (database, tenant) = (Relational::of(env)?, &actor.tenant);
    let id = match body.id {
        Some(id) if valid_message_id(&id) => format!("{} note {id}", lead.id),
        Some(_) => {
            let words = "A note's id has 8 to 64 characters of A-Z, a-z, 0-9, - and _.";
            return Err(Problem::field("id", words).into());
        }
        None => random::id(MessageId::ordered).to_string(),
    };
    if let Some(row) = database.first(&leads::entry(tenant, &id)).await? {
        return http::data(leads::read_entry(&row)?);
    }
    let entry =
        LeadEntry { id, kind: LeadEntryKind::Note, by: actor.name().to_owned(), text, at: clock::now_ms() };
    let audit = audit::entry(actor, "lead.noted", lead.id.as_str(), "", &[])?;
    database.batch(&[leads::note(tenant, &lead.id, &entry), audit]).await?;
    http::data(entry)
}

/// Mails a lead; the same id is mailed once.
async fn write(request: &mut Request, env: &Env, actor: &Actor, lead: &Lead) -> Result<Response, Failure> {
    let body: LeadMail = http::body(request).await?;
    if !valid_message_id(&body.id) {
        let words = "A mail's id has 8 to 64 characters of A-Z, a-z, 0-9, - and _.";
        return Err(Problem::field("id", words).into());
    }
    if lead.email.is_empty() {
        let words = "This person left no e-mail address. Call them, or write in the conversation.";
        return Err(Problem::new(Code::Conflict, words).into());
    }
    let (subject, text) = checked(&FollowUp { subject: body.subject, text: body.text })?;
    let (database, tenant) = (Relational::of(env)?, &actor.tenant);
    let once = format!("{} {}", lead.id, body.id);
    if let Some(row) = database.first(&leads::entry(tenant, &once)).await? {
        return http::data(leads::read_entry(&row)?);
    }
    auth::limit_hourly(env, &format!("lead mail {}", lead.id), MAILS_HOURLY).await?;
    let letter = letters::follow_up(&lead.email, &subject, &text);
    let entry = LeadEntry {
        id: once.clone(),
        kind: LeadEntryKind::Mail,
        by: actor.name().to_owned(),
        text: subject,
        at: clock::now_ms(),
    };
    let statements = [
        mail::queue_once(env, tenant.workspace(), "follow_up", &once, &letter)?,
        leads::note(tenant, &lead.id, &entry),
        audit::entry(actor, "lead.mailed", lead.id.as_str(), "", &[])?,
    ];
    database.batch(&statements).await?;
    mail::ring(env).await;
    http::data(entry)
}

fn checked(mail: &FollowUp) -> Result<(String, String), Problem> {
    let subject = mail.subject.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = mail.text.trim().to_owned();
    if subject.is_empty() || subject.chars().count() > SUBJECT {
        return Err(Problem::field("subject", format!("Write a subject of at most {SUBJECT} characters.")));
    }
    if text.is_empty() || text.chars().count() > TEXT {
        return Err(Problem::field("text", format!("Write a text of at most {TEXT} characters.")));
    }
    Ok((subject, text))
}

async fn template(env: &Env, tenant: &Tenant) -> Result<FollowUp, Failure> {
    let row = Relational::of(env)?.first(&leads::follow_up(tenant)).await?;
    Ok(row.map(|row| leads::read_follow_up(&row)).transpose()?.unwrap_or_else(follow_up))
}

async fn set_template(request: &mut Request, env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let (subject, text) = checked(&http::body::<FollowUp>(request).await?)?;
    let template = FollowUp { subject, text };
    let workspace = actor.tenant.workspace();
    let audit =
        audit::entry(actor, "lead.follow_up_changed", workspace.as_str(), &actor.workspace_name, &[])?;
    Relational::of(env)?.batch(&[leads::set_follow_up(&actor.tenant, &template), audit]).await?;
    http::data(template)
}
