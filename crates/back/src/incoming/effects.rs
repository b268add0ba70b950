//! What events of other services do. What is done outside of the relations is known there by the event's id, or is the
//! same when it is done again; everything else is statements for the transaction of the event's end.

use platform::relational::Relational;
use platform::{Failure, clock, objects};
use protocol::api::{IncomingEffect, LeadEntry, LeadEntryKind, SourceState};
use protocol::handover::{Message, Speaker};
use protocol::internal::{ConversationIdentity, LoungeHome, MessageRecord, Store};
use protocol::{AgentId, ContactId, ConversationId, LeadId, MessageId, Problem, SourceId};
use store::incoming::Claimed;
use store::{Statement, Tenant, contacts, conversations, incoming, leads, sources};

use super::bits;
use crate::leads::given::{self, Person};
use crate::routes::found;
use crate::{auth, crawl, erasure, lounge};
use worker::Env;

/// Addresses of one event.
const MAX_URLS: usize = 100;

/// The type of an effect, as senders name it.
pub fn kind(effect: &IncomingEffect) -> &'static str {
    match effect {
        IncomingEffect::RefreshSource { .. } => "source.refresh",
        IncomingEffect::PutContact { .. } => "contact.upsert",
        IncomingEffect::SetLeadStatus { .. } => "lead.status",
        IncomingEffect::NoteLead { .. } => "lead.note",
        IncomingEffect::NoteConversation { .. } => "conversation.note",
    }
}

/// An effect as it is stored, if its values are in order.
///
/// # Errors
/// `invalid`, with the field.
pub fn accept(effect: IncomingEffect) -> Result<IncomingEffect, Problem> {
    let text = |given: String| domain::question::accept(&given);
    Ok(match effect {
        IncomingEffect::RefreshSource { urls, .. } if urls.len() > MAX_URLS => {
            let message = format!("These are more than {MAX_URLS} addresses. Send several events.");
            return Err(Problem::field("data.urls", message));
        }
        IncomingEffect::PutContact { name, email, phone } => person(&name, &email, &phone)?,
        IncomingEffect::NoteLead { lead_id, text: given } => {
            IncomingEffect::NoteLead { lead_id, text: text(given)? }
        }
        IncomingEffect::NoteConversation { conversation_id, text: given } => {
            IncomingEffect::NoteConversation { conversation_id, text: text(given)? }
        }
        other => other,
    })
}

fn person(name: &str, email: &str, phone: &str) -> Result<IncomingEffect, Problem> {
    if email.trim().is_empty() && phone.trim().is_empty() {
        return Err(Problem::field("data.email", "Give the person's e-mail address or phone number."));
    }
    let optional = |given: &str, read: &dyn Fn(&str) -> Option<String>, field: &str, message: &str| {
        if given.trim().is_empty() {
            return Ok(String::new());
        }
        read(given).ok_or_else(|| Problem::field(field, message))
    };
    let whole = "Give the number with its country's code, as in +34600000000.";
    Ok(IncomingEffect::PutContact {
        name: if name.trim().is_empty() { String::new() } else { auth::name("data.name", name)? },
        email: optional(email, &given::email, "data.email", "This is not an e-mail address.")?,
        phone: optional(phone, &|given| given::phone(given, None), "data.phone", whole)?,
    })
}

/// What an event does, and what is said of it.
///
/// # Errors
/// A problem where it cannot be done, now or ever; else what failed.
pub async fn of(
    env: &Env,
    tenant: &Tenant,
    event: &Claimed,
) -> Result<(&'static str, Vec<Statement>), Failure> {
    let now = clock::now_ms();
    Ok(match serde_json::from_str(&event.payload)? {
        IncomingEffect::RefreshSource { source_id, urls } => {
            refresh(env, tenant, event, &source_id, &urls).await?
        }
        IncomingEffect::PutContact { name, email, phone } => {
            let who = if email.is_empty() { &phone } else { &email };
            // Two events about somebody new name the same person.
            let fresh = ContactId::from_bits(bits(&format!("{} {who}", tenant.workspace())));
            let person = Person { name, email, phone };
            let contact = crate::leads::contact(env, tenant, None, &person, fresh, now).await?;
            let mut statements = contacts::put(tenant, &contact)?.to_vec();
            statements.push(contacts::keep(tenant, &contact.id));
            ("The person is written.", statements)
        }
        IncomingEffect::SetLeadStatus { lead_id, status } => {
            lead(env, tenant, event, &lead_id).await?;
            let text = serde_json::to_value(status)?.as_str().unwrap_or_default().to_owned();
            let entry = entry(event, LeadEntryKind::Status, text);
            let changed = leads::change(tenant, &lead_id, Some(status), None, now);
            ("The lead has this status.", vec![changed, leads::note(tenant, &lead_id, &entry)])
        }
        IncomingEffect::NoteLead { lead_id, text } => {
            lead(env, tenant, event, &lead_id).await?;
            let entry = entry(event, LeadEntryKind::Note, text);
            ("The lead has this note.", vec![leads::note(tenant, &lead_id, &entry)])
        }
        IncomingEffect::NoteConversation { conversation_id, text } => {
            note(env, tenant, event, &conversation_id, text).await?;
            ("The conversation has this note.", Vec::new())
        }
    })
}

/// A line of a lead's history, by the event's id.
fn entry(event: &Claimed, kind: LeadEntryKind, text: String) -> LeadEntry {
    let id = event.id.to_string();
    LeadEntry { id, kind, by: event.endpoint_name.clone(), text, at: event.received_at }
}

/// What is another agent's than the endpoint's is nothing to its events.
fn own(event: &Claimed, agent: &AgentId) -> Result<(), Problem> {
    if event.agent.as_ref().is_none_or(|own| own == agent) { Ok(()) } else { Err(Problem::not_found()) }
}

async fn lead(env: &Env, tenant: &Tenant, event: &Claimed, id: &LeadId) -> Result<(), Failure> {
    let row = Relational::of(env)?.first(&leads::one(tenant, id)).await?;
    let gone = || Problem::new(protocol::Code::NotFound, "There is no such lead.");
    let lead = leads::read(&row.ok_or_else(gone)?)?;
    Ok(own(event, &lead.agent_id)?)
}

async fn refresh(
    env: &Env,
    tenant: &Tenant,
    event: &Claimed,
    id: &SourceId,
    urls: &[String],
) -> Result<(&'static str, Vec<Statement>), Failure> {
    let row = Relational::of(env)?.first(&sources::one(tenant, id)).await?;
    let gone = || Problem::new(protocol::Code::NotFound, "There is no such source.");
    let (source, _) = sources::read(&row.ok_or_else(gone)?)?;
    own(event, &source.agent_id)?;
    if urls.is_empty() {
        let words = match source.state {
            SourceState::Indexed | SourceState::Failed => "The source is read again.",
            SourceState::Pending | SourceState::Crawling => {
                "The source is read again when this reading is over."
            }
        };
        return Ok((words, vec![incoming::refresh(tenant, id, clock::now_ms())]));
    }
    // Pages that wait already are not queued twice.
    crawl::begin::refresh(env, tenant, &source, event.jurisdiction, urls).await?;
    Ok(("The pages are read again.", Vec::new()))
}

async fn note(
    env: &Env,
    tenant: &Tenant,
    event: &Claimed,
    id: &ConversationId,
    text: String,
) -> Result<(), Failure> {
    let summary =
        conversations::read(&found(Relational::of(env)?.first(&conversations::one(tenant, id)).await?)?)?;
    own(event, &summary.agent_id)?;
    if !erasure::closed(env, tenant, &[id]).await?.is_empty() {
        return Err(Problem::not_found().into());
    }
    let message = Message {
        id: MessageId::from_bits(bits(event.id.as_str())),
        from: Speaker::Note,
        name: Some(event.endpoint_name.clone()),
        text,
        at: event.received_at,
    };
    let identity = ConversationIdentity {
        workspace_id: tenant.workspace().clone(),
        agent_id: summary.agent_id,
        conversation_id: summary.id.clone(),
        visitor_id: summary.visitor_id,
    };
    let archive = protocol::objects::archive(tenant.workspace(), event.jurisdiction);
    let messages = vec![MessageRecord { identity, message }];
    let store = Store { records: Vec::new(), messages, conversation_id: None, feedback: Vec::new() };
    objects::call(env, "ARCHIVE", &archive, &store).await?;
    let home = LoungeHome { workspace_id: tenant.workspace().clone(), jurisdiction: event.jurisdiction };
    lounge::recorded(env, home, vec![summary.id.clone()]).await;
    Ok(())
}
