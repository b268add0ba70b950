//! Leads that programs bring with an API key: checked as the form is, merged by the person as it is, told as it is.

use platform::relational::Relational;
use platform::{Failure, clock, queue, random};
use protocol::api::{Lead, LeadConsent, LeadEntry, LeadEntryKind, LeadUpdate, NewLead};
use protocol::internal::{Bell, TranscriptReply};
use protocol::lead::LeadSource;
use protocol::{AgentId, Code, ContactId, LeadId, MessageId, Problem};
use store::leads::Captured;
use store::{Actor, contacts, leads};
use worker::Env;

use super::given::{self, Accepted};
use super::{Merged, Place, digest, earlier, is_deliberate, place, reasons, said};
use crate::audit;
use crate::events::Happened;
use domain::leads::total;

/// The longest words of consent, in characters.
const MAX_CONSENT: usize = 2_000;
/// Another request may bring the same person at the same moment; then there is their lead to change.
const TRIES: u32 = 3;

/// Adds a lead, or changes the one that the agent has of this person.
///
/// # Errors
/// `invalid` with each field, or when the database does not answer.
pub async fn create(env: &Env, actor: &Actor, new: NewLead) -> Result<LeadId, Failure> {
    let NewLead { agent_id, name, email, phone, answers, status, page_url, consent } = new;
    let update = LeadUpdate { name, email, phone, answers, status, page_url, consent };
    let tenant = &actor.tenant;
    let place = place(env, tenant, &agent_id).await?.ok_or_else(|| {
        Problem::field("agent_id", "There is no agent with this id that was ever published.")
    })?;
    for _ in 0..TRIES {
        let accepted = accepted(&place, &update)?;
        let person = &accepted.person;
        if person.email.is_empty() && person.phone.is_empty() {
            return Err(Problem::field("email", "Give the person's e-mail address or phone number.").into());
        }
        let who = if person.email.is_empty() { &person.phone } else { &person.email };
        // Two requests about somebody new name the same person.
        let fresh = ContactId::from_bits(digest(&format!("{} {who}", tenant.workspace())));
        let contact = super::contact(env, tenant, None, person, fresh, clock::now_ms()).await?;
        let rows = Relational::of(env)?.rows(&leads::of_contact(tenant, &contact.id)).await?;
        let theirs = rows.iter().map(leads::read).collect::<Result<Vec<_>, _>>()?;
        let before = theirs.into_iter().find(|lead| lead.agent_id == agent_id);
        if let Some(id) = write(env, actor, &place, &agent_id, before, accepted, &update).await? {
            return Ok(id);
        }
    }
    let words = "Other requests bring this person at the same time. Try again in a second.";
    Err(Problem { retry_after: Some(1), ..Problem::new(Code::Conflict, words) }.into())
}

/// Changes a lead.
///
/// # Errors
/// `invalid` with each field, or when the database does not answer.
pub async fn update(env: &Env, actor: &Actor, lead: Lead, update: LeadUpdate) -> Result<(), Failure> {
    let agent = lead.agent_id.clone();
    let gone =
        || Problem::new(Code::Conflict, "The agent of this lead is gone, so nothing of it can be changed.");
    let place = place(env, &actor.tenant, &agent).await?.ok_or_else(gone)?;
    let accepted = accepted(&place, &update)?;
    write(env, actor, &place, &agent, Some(lead), accepted, &update).await?.ok_or_else(gone)?;
    Ok(())
}

fn accepted(place: &Place, update: &LeadUpdate) -> Result<Accepted, Problem> {
    if update.consent.as_ref().is_some_and(|words| words.chars().count() > MAX_CONSENT) {
        let words = format!("Quote at most {MAX_CONSENT} characters of what the person agreed to.");
        return Err(Problem::field("consent", words));
    }
    given::told(&place.agent, given::home(&place.phone, &place.agent), update)
}

/// Writes the lead with its person, its history, the event and the audit line in one batch. Nothing where the agent came
/// to have a lead of this person meanwhile.
async fn write(
    env: &Env,
    actor: &Actor,
    place: &Place,
    agent: &AgentId,
    before: Option<Lead>,
    accepted: Accepted,
    update: &LeadUpdate,
) -> Result<Option<LeadId>, Failure> {
    let (database, tenant, now) = (Relational::of(env)?, &actor.tenant, clock::now_ms());
    let id = before.as_ref().map_or_else(|| random::id(LeadId::ordered), |lead| lead.id.clone());
    let known = before.as_ref();
    let (page_url, merged) = (super::page(update.page_url.as_deref()), Merged::of(known, accepted));
    let consent = update.consent.as_deref().map(str::trim).filter(|words| !words.is_empty());
    let agreed = |lead: &Lead| lead.consent.as_ref().map(|consent| consent.text.clone());
    let entry_id = random::id(MessageId::ordered).to_string();
    let news = merged.news(known, &entry_id);
    let noted = known.is_some_and(|lead| {
        (consent.is_none() || agreed(lead).as_deref() == consent)
            && (page_url.is_none() || lead.page_url.is_some())
    });
    // The same again is nothing new, so that programs that tell each other come to an end.
    if news.is_none() && noted {
        return Ok(Some(id));
    }
    let page_url = known.and_then(|lead| lead.page_url.clone()).or(page_url);
    let conversation = known.and_then(|lead| lead.conversation_id.as_ref());
    let (said, earlier) = match conversation {
        Some(one) => (said(env, tenant, place.jurisdiction, one).await?, earlier(env, tenant, one).await?),
        None => (TranscriptReply { turns: Vec::new(), messages: Vec::new() }, 0),
    };
    let source = known.map_or(LeadSource::Api, |lead| lead.source);
    let (person, deliberate) = (&merged.person, is_deliberate(source));
    let reasons = reasons(&place.agent, person, &said, page_url.as_deref(), earlier, deliberate);
    let who = if person.email.is_empty() { &person.phone } else { &person.email };
    let fresh = ContactId::from_bits(digest(&format!("{} {who}", tenant.workspace())));
    let contact = super::contact(env, tenant, known, person, fresh, now).await?;
    let consent = consent.map(|text| LeadConsent { text: text.to_owned(), at: now });
    let lead = Captured {
        id: &id,
        agent,
        conversation,
        contact: &contact.id,
        name: &person.name,
        email: &person.email,
        phone: &person.phone,
        answers: &merged.answers,
        score: total(&reasons),
        reasons: &reasons,
        page_url: page_url.as_deref(),
        source,
        consent: consent.as_ref(),
        variants: known.map(|lead| lead.variants.as_slice()).unwrap_or_default(),
        now,
    };
    let mut statements = contacts::put(tenant, &contact)?.to_vec();
    let written = statements.len();
    statements.push(leads::capture(tenant, &lead)?);
    let kind = if known.is_some() { LeadEntryKind::Updated } else { LeadEntryKind::Captured };
    let by = actor.name().to_owned();
    let entry = LeadEntry { id: entry_id.clone(), kind, by, text: String::new(), at: now };
    statements.push(leads::note_if_changed(tenant, &id, &entry));
    let action = if known.is_some() { "lead.changed" } else { "lead.created" };
    statements.push(audit::entry_if_changed(actor, action, id.as_str(), "", &[])?);
    if let Some((kind, once)) = news {
        let data = serde_json::json!({ "source": source, "score": lead.score });
        let happened = Happened { kind, agent: Some(agent), subject: id.as_str(), once, data };
        statements.push(happened.statement_if_changed(tenant)?);
    }
    if let Some(former) = known.filter(|lead| lead.contact_id != contact.id) {
        statements.push(contacts::delete_empty(tenant, &former.contact_id));
    }
    if database.change(&statements).await?.get(written) != Some(&1) {
        return Ok(None);
    }
    let bell = Bell::Events { workspace_id: tenant.workspace().clone() };
    queue::ring(env, "JOBS", &bell).await;
    Ok(Some(id))
}
