//! What REST hooks are sent: one flat object of an event. It is read when it is sent, so that nothing a person wrote is
//! kept with deliveries, and what was erased meanwhile is sent to nobody.

use platform::relational::Relational;
use platform::{Failure, clock};
use protocol::api::{
    ConversationSummary, DeliveryDetail, HookPayload, LEAD_FIELDS, Lead, LeadAnswer, LeadConsent, TRIGGERS,
    WEBHOOK_VERSION, WebhookPayload,
};
use protocol::events::EventKind;
use protocol::handover::Handover;
use protocol::lead::{LeadSource, LeadStatus};
use protocol::{AgentId, ContactId, ConversationId, EventId, LeadId, VisitorId};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use store::{Actor, Tenant, conversations, leads};
use worker::Env;

use crate::auth;
use crate::integrations::{field, page};

const GONE: &str = "What this was about is not here any more, so what was sent cannot be shown.";
const NOT_YOURS: &str =
    "What was sent holds what was said or left by a visitor, which you may not read here.";
const NOT_SENT: &str = "Nothing was sent yet. This is what would be sent now.";
const CHANGED: &str = "What this is about has changed since it was last sent, and what was sent is not kept. This is what would be sent now.";

/// The payload of an event; nothing where what it is about is not there any more.
///
/// # Errors
/// When the database does not answer.
pub async fn payload(
    env: &Env,
    tenant: &Tenant,
    event: &WebhookPayload,
) -> Result<Option<HookPayload>, Failure> {
    let database = Relational::of(env)?;
    let fields = if is_about_lead(event.kind) {
        let row = database.first(&leads::one(tenant, &event.subject.parse()?)).await?;
        row.map(|row| leads::read(&row)).transpose()?.map(|lead| of_lead(env, &lead))
    } else {
        let row = database.first(&conversations::one(tenant, &event.subject.parse()?)).await?;
        let summary = row.map(|row| conversations::read(&row)).transpose()?;
        summary.map(|summary| of_conversation(env, &summary, &event.data))
    };
    Ok(fields.map(|fields| whole(event, fields)))
}

/// The body of a hook, of an event as it is stored; nothing where what it is about is not there any more.
///
/// # Errors
/// When the event cannot be read, or the database does not answer.
pub async fn body(env: &Env, tenant: &Tenant, event: &str) -> Result<Option<String>, Failure> {
    let payload = payload(env, tenant, &serde_json::from_str(event)?).await?;
    Ok(payload.map(|payload| serde_json::to_string(&payload)).transpose()?)
}

/// What a body is known by afterwards.
pub fn digest(body: &str) -> String {
    auth::hex(&Sha256::digest(body))
}

/// What a delivery to a hook is shown with: its body as it is read now, and why that is not what was sent, where it is
/// not. Nobody sees there what they may not read.
///
/// # Errors
/// When the database does not answer.
pub async fn show(env: &Env, actor: &Actor, detail: &mut DeliveryDetail) -> Result<(), Failure> {
    let event = std::mem::take(&mut detail.payload);
    let allowed = TRIGGERS.iter().find(|(kind, _)| kind.as_str() == detail.delivery.event);
    let (payload, note) = if event.is_empty() {
        (String::new(), GONE)
    } else if !allowed.is_some_and(|(_, permission)| actor.may(*permission)) {
        (String::new(), NOT_YOURS)
    } else {
        match body(env, &actor.tenant, &event).await? {
            None => (String::new(), GONE),
            Some(body) => {
                let sent = detail.attempts.iter().find(|attempt| !attempt.sha256.is_empty());
                let note = match sent {
                    None => NOT_SENT,
                    Some(sent) if sent.sha256 == digest(&body) => "",
                    Some(_) => CHANGED,
                };
                (body, note)
            }
        }
    };
    (detail.payload, detail.note) = (payload, note.to_owned());
    Ok(())
}

fn is_about_lead(kind: EventKind) -> bool {
    matches!(kind, EventKind::LeadCaptured | EventKind::LeadUpdated)
}

fn whole(event: &WebhookPayload, fields: Map<String, Value>) -> HookPayload {
    HookPayload {
        id: event.id.to_string(),
        event: event.kind.as_str().to_owned(),
        happened_at: event.timestamp.clone(),
        workspace_id: event.workspace_id.to_string(),
        agent_id: event.agent_id.as_ref().map(ToString::to_string).unwrap_or_default(),
        fields,
    }
}

fn of_lead(env: &Env, lead: &Lead) -> Map<String, Value> {
    let consent = lead.consent.as_ref();
    let mut fields: Map<String, Value> =
        LEAD_FIELDS.iter().map(|name| ((*name).to_owned(), field(env, lead, name).into())).collect();
    let more = [
        ("lead_id", json!(lead.id)),
        ("contact_id", json!(lead.contact_id)),
        (
            "conversation_id",
            json!(lead.conversation_id.as_ref().map(ConversationId::as_str).unwrap_or_default()),
        ),
        ("score", json!(lead.score)),
        ("consent", json!(consent.map(|consent| consent.text.as_str()).unwrap_or_default())),
        ("consented_at", json!(consent.map(|consent| clock::iso(consent.at)).unwrap_or_default())),
        ("created_at", json!(clock::iso(lead.created_at))),
        ("updated_at", json!(clock::iso(lead.updated_at))),
    ];
    fields.extend(more.into_iter().map(|(name, value)| (name.to_owned(), value)));
    let answers = lead.answers.iter().map(|one| (format!("answer_{}", one.key), json!(one.value)));
    fields.extend(answers);
    fields
}

fn of_conversation(env: &Env, of: &ConversationSummary, data: &Map<String, Value>) -> Map<String, Value> {
    let said = |name: &str| json!(data.get(name).and_then(Value::as_str).unwrap_or_default());
    let fields = [
        ("conversation_id", json!(of.id)),
        ("visitor_id", json!(of.visitor_id)),
        ("first_question", json!(of.first_question)),
        ("page_url", json!(of.page_url.as_deref().unwrap_or_default())),
        ("turns", json!(of.turns)),
        ("started_at", json!(clock::iso(of.started_at))),
        ("reason", said("reason")),
        ("urgency", said("urgency")),
        ("abandoned", json!(data.get("abandoned").and_then(Value::as_bool).unwrap_or_default())),
        ("conversation_url", json!(page(env, &format!("conversations/{}", of.id)).unwrap_or_default())),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What a hook would be sent, told of somebody who does not exist: for whoever sets one up before anything happened.
pub fn example(env: &Env, tenant: &Tenant, kind: EventKind, agent: AgentId) -> HookPayload {
    let (at, conversation) = (clock::now_ms(), ConversationId::from_bits(1));
    let event = WebhookPayload {
        id: EventId::from_bits(1),
        kind,
        version: WEBHOOK_VERSION,
        timestamp: clock::iso(at),
        workspace_id: tenant.workspace().clone(),
        agent_id: Some(agent.clone()),
        subject: String::new(),
        data: Map::new(),
    };
    let page_url = Some("https://example.com/prices".to_owned());
    let fields = if is_about_lead(kind) {
        let email = "ada@example.com".to_owned();
        let answer =
            |key: &str, value: &str| LeadAnswer { key: key.into(), label: key.into(), value: value.into() };
        of_lead(
            env,
            &Lead {
                id: LeadId::from_bits(1),
                agent_id: agent,
                agent_name: "Reception".into(),
                conversation_id: Some(conversation),
                contact_id: ContactId::from_bits(1),
                name: "Ada Example".into(),
                phone: "+12025550123".into(),
                answers: vec![answer("name", "Ada Example"), answer("email", &email)],
                email,
                status: LeadStatus::New,
                owner: None,
                score: 45,
                reasons: Vec::new(),
                page_url,
                source: LeadSource::Form,
                consent: Some(LeadConsent { text: "You may write to me.".into(), at }),
                variants: Vec::new(),
                created_at: at,
                updated_at: at,
                revision: 1,
            },
        )
    } else {
        let summary = ConversationSummary {
            id: conversation,
            agent_id: agent,
            visitor_id: VisitorId::from_bits(1),
            state: protocol::api::ConversationState::Active,
            first_question: "Do you have time on Saturday?".into(),
            page_url,
            turns: 2,
            low_confidence: 0,
            good: 0,
            bad: 0,
            started_at: at,
            last_at: at,
            handover: Handover::default(),
        };
        let data = json!({ "reason": "asked", "urgency": "normal" });
        of_conversation(env, &summary, data.as_object().unwrap_or(&Map::new()))
    };
    whole(&event, fields)
}
