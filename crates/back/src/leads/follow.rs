//! What follows for leads from what was said: proposed, offered, captured, scored anew. Each conversation's object
//! asks its visitor each thing once, so following twice does no harm.

use domain::leads::{find, intent, total};
use platform::relational::Relational;
use platform::{Failure, objects};
use protocol::ConversationId;
use protocol::agent::AgentSnapshot;
use protocol::api::LeadConsent;
use protocol::handover::{Alert, Speaker};
use protocol::internal::{Capture, HandoverRecord, LeadRecord, MessageRecord, TurnRecord};
use protocol::lead::{LeadFormReason, LeadSource, LeadValues};
use protocol::objects::ObjectName;
use store::{Tenant, leads};
use worker::Env;

use super::given::{self, Person};
use super::{Bringing, Place, capture, earlier, is_deliberate, reasons, said};

/// What came out of a conversation's outbox.
pub struct Said<'a> {
    pub turns: &'a [TurnRecord],
    pub messages: &'a [MessageRecord],
    pub handovers: &'a [HandoverRecord],
    pub leads: &'a [LeadRecord],
    /// There is a lead of this conversation already.
    pub known: bool,
}

/// Does what follows.
///
/// # Errors
/// When a database or an object does not answer; it may be done again.
pub async fn follow(
    env: &Env,
    tenant: &Tenant,
    place: &Place,
    conversation: &ConversationId,
    object: &ObjectName,
    new: &Said<'_>,
) -> Result<(), Failure> {
    let mut known = new.known;
    for record in new.leads {
        let bringing = Bringing {
            identity: &record.identity,
            once: record.id.as_str(),
            accepted: given::confirmed(&place.agent, &record.fields),
            source: LeadSource::Conversation,
            consent: Some(LeadConsent { text: String::new(), at: record.at }),
            page_url: None,
        };
        capture(env, tenant, place, bringing).await?;
        known = true;
    }
    let left: Vec<_> = new.handovers.iter().filter(|one| one.alert == Some(Alert::ContactLeft)).collect();
    for record in &left {
        let values = given::proposed(&place.agent, &person(place, [record.said.as_str()].into_iter()));
        if values.is_empty() {
            continue;
        }
        let bringing = Bringing {
            identity: &record.identity,
            once: record.id.as_str(),
            accepted: given::confirmed(&place.agent, &values),
            source: LeadSource::Handover,
            consent: Some(LeadConsent { text: String::new(), at: record.at }),
            page_url: None,
        };
        capture(env, tenant, place, bringing).await?;
        known = true;
    }
    // What was agreed to is kept, also of an agent that was taken offline meanwhile; but it asks nothing more.
    if !place.live {
        return Ok(());
    }
    let questions = new.turns.iter().map(|record| record.turn.question.as_str());
    let visitors = new.messages.iter().filter(|record| record.message.from == Speaker::Visitor);
    let texts: Vec<&str> = questions.chain(visitors.map(|record| record.message.text.as_str())).collect();
    if known && !texts.is_empty() {
        rescore(env, tenant, place, conversation).await?;
    }
    let nobody = new.handovers.iter().any(|one| one.alert == Some(Alert::NobodyThere));
    let answered = |text: &&str| left.iter().all(|record| record.said != **text);
    let open: Vec<&str> = texts.into_iter().filter(answered).collect();
    for step in steps(env, tenant, place, conversation, &open, nobody).await? {
        objects::call(env, "CONVERSATION", object, &step).await?;
    }
    Ok(())
}

/// What the visitor is asked: for the form, and whether what they wrote may be kept.
async fn steps(
    env: &Env,
    tenant: &Tenant,
    place: &Place,
    conversation: &ConversationId,
    texts: &[&str],
    nobody: bool,
) -> Result<Vec<Capture>, Failure> {
    let mut steps = Vec::new();
    // Who writes how to be reached is not asked for it in the same breath.
    let asks = |text: &&str| intent(text).is_some() && !reachable(&person(place, [*text].into_iter()));
    let wanted = nobody.then_some(LeadFormReason::NobodyThere);
    let wanted = wanted.or_else(|| texts.iter().any(asks).then_some(LeadFormReason::Intent));
    if let Some(reason) = wanted.filter(|_| !place.agent.lead_fields.is_empty()) {
        steps.push(Capture::Offer { reason });
    }
    let mut found = person(place, texts.iter().copied());
    if !reachable(&found) || !takes_leads(&place.agent) {
        return Ok(steps);
    }
    if found.name.is_empty() {
        let whole = said(env, tenant, place.jurisdiction, conversation).await?;
        let earlier = whole.turns.iter().rev().find_map(|turn| find(&turn.question).name);
        found.name = earlier.unwrap_or_default();
    }
    let fields = unknown(env, tenant, conversation, given::proposed(&place.agent, &found)).await?;
    if !fields.is_empty() {
        steps.push(Capture::Propose { fields });
    }
    Ok(steps)
}

fn reachable(person: &Person) -> bool {
    !(person.email.is_empty() && person.phone.is_empty())
}

/// Whether an agent is there to ask for a way to reach its visitors.
fn takes_leads(agent: &AgentSnapshot) -> bool {
    !agent.lead_fields.is_empty()
        || agent.guardrails.allowed_actions.iter().any(|action| action == "capture_email")
}

/// Those of the values that the lead does not have.
async fn unknown(
    env: &Env,
    tenant: &Tenant,
    conversation: &ConversationId,
    mut values: LeadValues,
) -> Result<LeadValues, Failure> {
    if let Some(row) = Relational::of(env)?.first(&leads::of_conversation(tenant, conversation)).await? {
        let lead = leads::read(&row)?;
        values.retain(|_, value| ![&lead.name, &lead.email, &lead.phone].contains(&&*value));
        // A name alone is no reason to ask again.
        if !values.values().any(|value| value.contains('@') || value.starts_with('+')) {
            values.clear();
        }
    }
    Ok(values)
}

/// What texts say of their writer, as far as it is fit to be kept; the newest word counts.
fn person<'t>(place: &Place, texts: impl Iterator<Item = &'t str>) -> Person {
    let home = given::home(&place.phone, &place.agent);
    let mut person = Person::default();
    for found in texts.map(find) {
        person.name = found.name.unwrap_or(person.name);
        person.email = found.email.and_then(|email| given::email(&email)).unwrap_or(person.email);
        person.phone = found.phone.and_then(|phone| given::phone(&phone, home)).unwrap_or(person.phone);
    }
    person
}

/// More was said: what the lead is worth now.
async fn rescore(
    env: &Env,
    tenant: &Tenant,
    place: &Place,
    conversation: &ConversationId,
) -> Result<(), Failure> {
    let database = Relational::of(env)?;
    let Some(row) = database.first(&leads::of_conversation(tenant, conversation)).await? else {
        return Ok(());
    };
    let lead = leads::read(&row)?;
    let whole = said(env, tenant, place.jurisdiction, conversation).await?;
    let earlier = earlier(env, tenant, conversation).await?;
    let person = Person { name: lead.name, email: lead.email, phone: lead.phone };
    let deliberate = is_deliberate(lead.source);
    let reasons = reasons(&place.agent, &person, &whole, lead.page_url.as_deref(), earlier, deliberate);
    if reasons == lead.reasons {
        return Ok(());
    }
    database.batch(&[leads::rescore(tenant, &lead.id, total(&reasons), &reasons)?]).await
}
