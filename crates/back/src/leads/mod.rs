//! Leads captured: from the form, from what visitors wrote and confirmed, from what they left when nobody was there.
//! A conversation has one lead; what comes twice is taken once, by the id of what brought it. Programs bring leads, too.

pub mod follow;
pub mod given;
pub mod program;

use platform::relational::Relational;
use platform::{Failure, clock, log, objects, queue, random};
use protocol::agent::AgentSnapshot;
use protocol::api::{Contact, Lead, LeadConsent, LeadEntry, LeadEntryKind, LeadVariant};
use protocol::events::EventKind;
use protocol::frame::valid_message_id;
use protocol::internal::{Bell, Capture, CaptureLead, ConversationIdentity, Transcript, TranscriptReply};
use protocol::lead::{LeadReceipt, LeadSource};
use protocol::objects::Jurisdiction;
use protocol::{Code, ContactId, ConversationId, LeadId, Problem};
use sha2::{Digest, Sha256};
use store::leads::Captured;
use store::widget_events::{self, Conversion};
use store::{Tenant, contacts, conversations, experiments, leads, team, versions};
use worker::Env;

use crate::auth;
use crate::events::Happened;
use domain::experiments::assigned;
use domain::leads::{Signals, score, total};
use given::{Accepted, Person};

/// Forms a visitor's address may send in an hour, and one conversation in a minute.
const FORMS_HOURLY: u32 = 60;
const FORMS_A_MINUTE: u32 = 10;
const MAX_PAGE_URL: usize = 500;
/// Conversations told in one run of the schedule.
const A_RUN: u32 = 50;
/// A capture tells its conversation itself; the schedule comes later.
const TELL_AFTER_MS: f64 = 20_000.0;

/// Something that brings a lead.
pub struct Bringing<'a> {
    pub identity: &'a ConversationIdentity,
    /// By what it is known when it comes again.
    pub once: &'a str,
    pub accepted: Accepted,
    pub source: LeadSource,
    pub consent: Option<LeadConsent>,
    pub page_url: Option<&'a str>,
}

/// The agent as visitors meet it, and where its workspace is.
pub struct Place {
    pub agent: AgentSnapshot,
    /// Visitors meet it now; else it is the version they met last.
    pub live: bool,
    pub jurisdiction: Jurisdiction,
    /// The number of the business itself.
    pub phone: String,
}

/// Where a lead comes to be; nothing where the agent was never published, or is gone.
///
/// # Errors
/// When the database does not answer.
pub async fn place(env: &Env, tenant: &Tenant, agent: &protocol::AgentId) -> Result<Option<Place>, Failure> {
    let database = Relational::of(env)?;
    let Some(row) = database.first(&versions::edge(tenant, agent)).await? else { return Ok(None) };
    let state = versions::read_edge(&row)?;
    let live = state.live.is_some();
    let agent = match state.live {
        Some(agent) => agent,
        None => match database.first(&versions::list(tenant, agent, None, 1)).await? {
            Some(row) => versions::read_snapshot(&row)?,
            None => return Ok(None),
        },
    };
    let settings = database.first(&team::settings(tenant)).await?;
    let phone = settings.map(|row| team::read_settings(&row)).transpose()?.map(|of| of.profile.phone);
    Ok(Some(Place { agent, live, jurisdiction: state.jurisdiction, phone: phone.unwrap_or_default() }))
}

/// A visitor sent the form.
///
/// # Errors
/// `invalid` with each field, `too_many_requests`, or when the database does not answer.
pub async fn by_form(env: &Env, message: &CaptureLead) -> Result<LeadReceipt, Failure> {
    let CaptureLead { identity, address, form } = message;
    let tenant = Tenant::of_job(&identity.workspace_id);
    if !valid_message_id(&form.id) {
        let words = "A form's id has 8 to 64 characters of A-Z, a-z, 0-9, - and _.";
        return Err(Problem::field("id", words).into());
    }
    auth::limit(env, &format!("leads {}", identity.conversation_id), FORMS_A_MINUTE).await?;
    if !address.is_empty() {
        auth::limit_hourly(env, &format!("leads {address}"), FORMS_HOURLY).await?;
    }
    let place = place(env, &tenant, &identity.agent_id)
        .await?
        .filter(|place| place.live)
        .ok_or_else(|| Problem::new(Code::AgentUnpublished, "This assistant is not available any more."))?;
    let home = given::home(&place.phone, &place.agent);
    let accepted = given::form(&place.agent, home, &form.fields, form.consent)?;
    let now = clock::now_ms();
    let text = place.agent.lead_consent.trim().to_owned();
    let page = page(form.page_url.as_deref());
    // A form that was corrected and sent again says something else under the same id.
    let once = format!("{} {}", form.id, serde_json::to_string(&form.fields)?);
    let bringing = Bringing {
        identity,
        once: &once,
        accepted,
        source: LeadSource::Form,
        consent: (form.consent && !text.is_empty()).then_some(LeadConsent { text, at: now }),
        page_url: page.as_deref(),
    };
    Ok(LeadReceipt { lead_id: capture(env, &tenant, &place, bringing).await? })
}

/// A page's address as it is stored.
fn page(url: Option<&str>) -> Option<String> {
    let url = url.filter(|url| url.starts_with("http://") || url.starts_with("https://"))?;
    Some(url.chars().take(MAX_PAGE_URL).collect())
}

/// Writes a conversation's lead, its person and the event in one batch, then tells the conversation.
///
/// # Errors
/// When the database does not answer, or the agent is gone.
pub async fn capture(
    env: &Env,
    tenant: &Tenant,
    place: &Place,
    bringing: Bringing<'_>,
) -> Result<LeadId, Failure> {
    let Bringing { identity, once, accepted, source, consent, page_url } = bringing;
    let (database, conversation) = (Relational::of(env)?, &identity.conversation_id);
    let id = LeadId::from_bits(digest(&format!("lead of {conversation}")));
    let entry_id = format!("{:032x}", digest(&format!("{conversation} {once}")));
    if database.first(&leads::entry(tenant, &entry_id)).await?.is_some() {
        return Ok(id);
    }
    let before = database.first(&leads::of_conversation(tenant, conversation)).await?;
    let before = before.map(|row| leads::read(&row)).transpose()?;
    let now = clock::now_ms();
    let merged = Merged::of(before.as_ref(), accepted);
    let said = said(env, tenant, place.jurisdiction, conversation).await?;
    let earlier = earlier(env, tenant, conversation).await?;
    // What counted for the lead once goes on counting: the page it came from, and that it came by the form.
    let page_url = before.as_ref().and_then(|lead| lead.page_url.as_deref()).or(page_url);
    let deliberate = is_deliberate(source) || before.as_ref().is_some_and(|lead| is_deliberate(lead.source));
    let variants = variants(env, tenant, identity, before.as_ref()).await?;
    let reasons = reasons(&place.agent, &merged.person, &said, page_url, earlier, deliberate);
    let contact =
        contact(env, tenant, before.as_ref(), &merged.person, random::id(ContactId::ordered), now).await?;
    let lead = Captured {
        id: &id,
        agent: &identity.agent_id,
        conversation: Some(conversation),
        contact: &contact.id,
        name: &merged.person.name,
        email: &merged.person.email,
        phone: &merged.person.phone,
        answers: &merged.answers,
        score: total(&reasons),
        reasons: &reasons,
        page_url,
        source,
        consent: consent.as_ref(),
        variants: &variants,
        now,
    };
    let kind = if before.is_some() { LeadEntryKind::Updated } else { LeadEntryKind::Captured };
    let entry = LeadEntry { id: entry_id, kind, by: String::new(), text: String::new(), at: now };
    let mut statements = vec![conversations::open(tenant, identity, page_url, now)];
    statements.extend(contacts::put(tenant, &contact)?);
    statements.push(leads::capture(tenant, &lead)?);
    statements.push(leads::note(tenant, &id, &entry));
    if let Some(former) = before.as_ref().filter(|lead| lead.contact_id != contact.id) {
        statements.push(contacts::delete_empty(tenant, &former.contact_id));
    }
    let converted = (Conversion::Lead, id.as_str());
    statements.push(widget_events::converted(
        tenant,
        &identity.agent_id,
        &identity.visitor_id,
        converted,
        now,
    ));
    if let Some((kind, once)) = merged.news(before.as_ref(), &entry.id) {
        let data = serde_json::json!({ "source": source, "score": lead.score });
        let agent = Some(&identity.agent_id);
        let happened = Happened { kind, agent, subject: id.as_str(), once, data };
        statements.push(happened.statement(tenant)?);
    }
    database.batch(&statements).await?;
    // Whoever is told of leads is told at once, and the visitor does not wait for it.
    let bell = Bell::Events { workspace_id: tenant.workspace().clone() };
    queue::ring(env, "JOBS", &bell).await;
    if let Err(failure) = tell(env, tenant, place.jurisdiction, identity, &id).await {
        log::error("lead_not_told", Some(id.as_str()), &failure.to_string());
    }
    Ok(id)
}

/// Whether the person asked to be reached.
fn is_deliberate(source: LeadSource) -> bool {
    matches!(source, LeadSource::Form | LeadSource::Handover)
}

/// What the visitor sees of experiments: those of now, and those that had ended before the lead gave more.
async fn variants(
    env: &Env,
    tenant: &Tenant,
    of: &ConversationIdentity,
    before: Option<&Lead>,
) -> Result<Vec<LeadVariant>, Failure> {
    let mut all = before.map(|lead| lead.variants.clone()).unwrap_or_default();
    for row in Relational::of(env)?.rows(&experiments::running(tenant, &of.agent_id)).await? {
        let (experiment, content) = experiments::read_named(&row)?;
        let Some(seen) = assigned(&experiment, &of.visitor_id) else { continue };
        let variant = content.variants.into_iter().find(|variant| variant.id == seen.id);
        let Some(variant) = variant.map(|variant| variant.name) else { continue };
        let variant_id = seen.id.clone();
        all.retain(|known| known.experiment_id != experiment.id);
        let (experiment_id, experiment) = (experiment.id, content.name);
        all.push(LeadVariant { experiment_id, experiment, variant_id, variant });
    }
    Ok(all)
}

/// Tells a conversation that it has a lead.
async fn tell(
    env: &Env,
    tenant: &Tenant,
    jurisdiction: Jurisdiction,
    identity: &ConversationIdentity,
    lead: &LeadId,
) -> Result<(), Failure> {
    let (agent, conversation) = (&identity.agent_id, &identity.conversation_id);
    let object = protocol::objects::conversation(tenant.workspace(), agent, conversation, jurisdiction);
    objects::call(env, "CONVERSATION", &object, &Capture::Captured { lead_id: lead.clone() }).await?;
    Relational::of(env)?.batch(&[leads::told(tenant, lead)]).await
}

/// Tells the conversations that could not be told.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(env: &Env) -> Result<(), Failure> {
    for row in Relational::of(env)?.rows(&leads::to_tell(clock::now_ms() - TELL_AFTER_MS, A_RUN)).await? {
        let due = leads::read_to_tell(&row)?;
        let (tenant, agent) = (Tenant::of_job(&due.workspace_id), &due.agent_id);
        let object =
            protocol::objects::conversation(&due.workspace_id, agent, &due.conversation_id, due.jurisdiction);
        let told = Capture::Captured { lead_id: due.lead_id.clone() };
        match objects::call(env, "CONVERSATION", &object, &told).await {
            Ok(_) => Relational::of(env)?.batch(&[leads::told(&tenant, &due.lead_id)]).await?,
            Err(failure) => log::error("lead_not_told", Some(due.lead_id.as_str()), &failure.to_string()),
        }
    }
    Ok(())
}

fn digest(of: &str) -> u128 {
    Sha256::digest(of).iter().take(16).fold(0, |bits, byte| (bits << 8) | u128::from(*byte))
}

/// A lead with what came now: newer answers stand for older ones.
struct Merged {
    person: Person,
    answers: Vec<protocol::api::LeadAnswer>,
}

impl Merged {
    fn of(before: Option<&Lead>, now: Accepted) -> Self {
        let Some(before) = before else { return Self { person: now.person, answers: now.answers } };
        let newer = |new: String, old: &str| if new.is_empty() { old.to_owned() } else { new };
        let mut answers = before.answers.clone();
        for answer in now.answers {
            match answers.iter_mut().find(|old| old.key == answer.key) {
                Some(old) => *old = answer,
                None => answers.push(answer),
            }
        }
        let person = Person {
            name: newer(now.person.name, &before.name),
            email: newer(now.person.email, &before.email),
            phone: newer(now.person.phone, &before.phone),
        };
        Self { person, answers }
    }

    /// What those who are told of leads hear, and what makes it one event: somebody new, or more of somebody who is known.
    fn news<'a>(&self, before: Option<&Lead>, entry: &'a str) -> Option<(EventKind, &'a str)> {
        let Some(lead) = before else { return Some((EventKind::LeadCaptured, "")) };
        let Person { name, email, phone } = &self.person;
        let same =
            (name, email, phone, &self.answers) == (&lead.name, &lead.email, &lead.phone, &lead.answers);
        (!same).then_some((EventKind::LeadUpdated, entry))
    }
}

/// Whose lead it is: whoever has the address; whoever has the number, unless both have different addresses; the lead's
/// person of before; somebody new, by the id `fresh`.
///
/// # Errors
/// When the database does not answer.
pub async fn contact(
    env: &Env,
    tenant: &Tenant,
    before: Option<&Lead>,
    person: &Person,
    fresh: ContactId,
    now: f64,
) -> Result<Contact, Failure> {
    let database = Relational::of(env)?;
    let rows = database.rows(&contacts::who(tenant, &person.email, &person.phone)).await?;
    let known = rows.iter().map(contacts::read).collect::<Result<Vec<_>, _>>()?;
    let has = |one: &Contact, value: &str| one.email == value || one.also.iter().any(|other| other == value);
    let by_email = known.iter().find(|one| !person.email.is_empty() && has(one, &person.email));
    let by_phone = known.iter().find(|one| person.email.is_empty() || one.email.is_empty());
    let mut found = by_email.or(by_phone).cloned();
    if found.is_none()
        && let Some(before) = before
    {
        let row = database.first(&contacts::one(tenant, &before.contact_id)).await?;
        found = row.map(|row| contacts::read(&row)).transpose()?;
    }
    let mut contact = found.unwrap_or_else(|| Contact {
        id: fresh,
        name: String::new(),
        email: String::new(),
        phone: String::new(),
        also: Vec::new(),
        leads: 0,
        created_at: now,
        updated_at: now,
    });
    if !person.name.is_empty() {
        contact.name.clone_from(&person.name);
    }
    add(&mut contact, &person.email, &person.phone);
    contact.updated_at = now;
    Ok(contact)
}

/// An address or number more: the first is the one that is shown.
pub fn add(contact: &mut Contact, email: &str, phone: &str) {
    for (place, value) in [(&mut contact.email, email), (&mut contact.phone, phone)] {
        if value.is_empty() || place == value {
            continue;
        }
        if place.is_empty() {
            value.clone_into(place);
        } else if !contact.also.iter().any(|other| other == value) {
            contact.also.push(value.to_owned());
        }
    }
}

/// What was said in a conversation, as far as the archive has it.
async fn said(
    env: &Env,
    tenant: &Tenant,
    jurisdiction: Jurisdiction,
    conversation: &ConversationId,
) -> Result<TranscriptReply, Failure> {
    let archive = protocol::objects::archive(tenant.workspace(), jurisdiction);
    let message = Transcript { conversation_id: conversation.clone() };
    objects::call(env, "ARCHIVE", &archive, &message).await
}

async fn earlier(env: &Env, tenant: &Tenant, conversation: &ConversationId) -> Result<u32, Failure> {
    let row = Relational::of(env)?.first(&leads::earlier(tenant, conversation)).await?;
    Ok(row.map_or(Ok(0), |row| row.integer(0))?)
}

fn reasons(
    agent: &AgentSnapshot,
    person: &Person,
    said: &TranscriptReply,
    page_url: Option<&str>,
    earlier: u32,
    deliberate: bool,
) -> Vec<protocol::api::ScoreReason> {
    let from_visitor =
        |message: &&protocol::handover::Message| message.from == protocol::handover::Speaker::Visitor;
    let asked = said.turns.iter().map(|turn| turn.question.as_str());
    let written = said.messages.iter().filter(from_visitor).map(|message| message.text.as_str());
    let pages = said.turns.iter().filter_map(|turn| turn.page_url.as_deref());
    score(&Signals {
        name: &person.name,
        email: &person.email,
        phone: &person.phone,
        said: asked.chain(written).collect(),
        pages: pages.chain(page_url).collect(),
        earlier,
        deliberate,
        valuable: Signals::valuable_words(agent),
    })
}
