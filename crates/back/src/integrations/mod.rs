//! Outside services: what they know us by, what they are sent, and how a call went. What is on its way to them is a
//! delivery as any other (`deliveries`); here it is shaped for whom it is for.

pub mod hubspot;
pub mod routing;
pub mod slack;

use domain::delivery::{Verdict, verdict};
use domain::tools::without;
use percent_encoding::percent_decode_str;
use platform::outgoing::{self, Trouble, retry_after};
use platform::relational::Relational;
use platform::{Failure, clock, config, seal};
use protocol::api::{
    Integration, IntegrationKind as Kind, IntegrationSecret, Lead, LeadAnswer, WebhookPayload,
};
use protocol::events::EventKind;
use protocol::{Code, IntegrationId, LeadId, Problem, WorkspaceId};
use serde::{Deserialize, Serialize};
use store::deliveries::Begun;
use store::integrations::Stored;
use store::{Tenant, leads};
use worker::{Env, Method, Response};

use crate::live;

/// Milliseconds that a service has for its answer.
const TIMEOUT_MS: u64 = 15_000;
/// Bytes of an answer that are read.
const MAX_BODY: usize = 1 << 20;
/// Bytes of an answer that are kept with an attempt.
const KEPT_BYTES: usize = 2_048;

/// What a service knows us by, as it is sealed.
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Secret {
    Hubspot(hubspot::Tokens),
    Given(IntegrationSecret),
}

impl Secret {
    /// What must not be in anything that is kept.
    pub fn hidden(&self) -> Vec<String> {
        match self {
            Self::Hubspot(tokens) => vec![tokens.access_token.clone(), tokens.refresh_token.clone()],
            Self::Given(IntegrationSecret::Slack { webhook_url }) => {
                let token = webhook_url.rsplit('/').next().unwrap_or_default();
                vec![webhook_url.clone(), token.to_owned()]
            }
            Self::Given(IntegrationSecret::Shopify { access_token, .. }) => vec![access_token.clone()],
            Self::Given(IntegrationSecret::Woocommerce { consumer_key, consumer_secret, .. }) => {
                vec![consumer_key.clone(), consumer_secret.clone()]
            }
            Self::Given(IntegrationSecret::Database { connection }) => {
                let password = connection.rsplit_once('@').and_then(|(head, _)| head.rsplit_once(':'));
                let written = password.map(|(_, password)| password.to_owned()).unwrap_or_default();
                let meant = percent_decode_str(&written).decode_utf8_lossy().into_owned();
                vec![connection.clone(), written, meant]
            }
        }
    }

    /// Seals it with the workspace's own key, for one integration.
    ///
    /// # Errors
    /// When the installation has no sealing key.
    pub fn sealed(&self, env: &Env, tenant: &Tenant, id: &IntegrationId) -> Result<String, Failure> {
        seal::seal(env, &purpose(tenant.workspace()), id.as_str(), &serde_json::to_string(self)?)
    }
}

/// What secrets of a workspace are sealed for: its name makes the key its own.
pub fn purpose(workspace: &WorkspaceId) -> String {
    format!("integration {workspace}")
}

/// An integration with its secret opened.
pub struct Connected {
    pub integration: Integration,
    pub secret: Option<Secret>,
    pub sealed: Option<String>,
}

impl Connected {
    /// Opens what is stored.
    ///
    /// # Errors
    /// When the secret cannot be opened.
    pub fn open(env: &Env, tenant: &Tenant, stored: Stored) -> Result<Self, Failure> {
        let Stored { integration, sealed, .. } = stored;
        let open = |sealed: &String| -> Result<Secret, Failure> {
            let text = seal::open(env, &purpose(tenant.workspace()), integration.id.as_str(), sealed)?;
            // serde's own words would quote the secret.
            serde_json::from_str(&text).map_err(|_| Failure::Internal("a secret has another form".into()))
        };
        let secret = sealed.as_ref().map(open).transpose()?;
        Ok(Self { integration, secret, sealed })
    }

    /// What must not be in anything that is kept.
    pub fn hidden(&self) -> Vec<String> {
        self.secret.as_ref().map(Secret::hidden).unwrap_or_default()
    }
}

/// What a service answered.
pub struct Answered {
    pub status: u16,
    pub text: String,
    /// Milliseconds it asks to wait.
    pub wish: Option<u64>,
    /// Pages of a list, where it says so (`X-WP-TotalPages`).
    pub pages: Option<u32>,
}

/// What came of sending something on.
pub struct Sent {
    pub verdict: Verdict,
    pub status: Option<u16>,
    /// For people.
    pub outcome: String,
    pub answer: String,
    pub wish: Option<u64>,
}

impl Sent {
    /// Something that was done, or will never be, without a call.
    pub fn without_call(verdict: Verdict, outcome: impl Into<String>) -> Self {
        Self { verdict, status: None, outcome: outcome.into(), answer: String::new(), wish: None }
    }

    /// What an answer means, in the service's own words where it has some.
    pub fn of(answered: Answered, said: Option<String>) -> Self {
        let Answered { status, text, wish, .. } = answered;
        let verdict = verdict(status);
        let outcome = said.unwrap_or_else(|| match verdict {
            Verdict::Delivered => format!("Accepted with {status}."),
            _ => format!("Refused with {status}."),
        });
        let end = text.floor_char_boundary(KEPT_BYTES);
        let answer = text.get(..end).unwrap_or_default().to_owned();
        Self { verdict, status: Some(status), outcome, answer, wish }
    }
}

/// One call. What went wrong before an answer came is told in words.
///
/// # Errors
/// When no whole answer came; the address is never part of the words.
pub async fn call(
    method: Method,
    url: &str,
    headers: &[(&str, &str)],
    body: Option<&str>,
) -> Result<Answered, String> {
    let request = outgoing::request(method, url, headers, body)
        .map_err(|_| "The request cannot be made: check what was entered.".to_owned())?;
    let words = |trouble: Trouble| match trouble {
        Trouble::TimedOut(ms) => format!("No answer came within {} seconds.", ms / 1_000),
        Trouble::TooLarge(_) => "The answer is too large.".to_owned(),
        Trouble::Failed(_) => "The service cannot be reached.".to_owned(),
    };
    let mut response = outgoing::send(request, TIMEOUT_MS).await.map_err(words)?;
    let header = |response: &Response, name| response.headers().get(name).ok().flatten();
    let wish = header(&response, "Retry-After").and_then(|value| retry_after(&value));
    let pages = header(&response, "X-WP-TotalPages").and_then(|value| value.parse().ok());
    let bytes = outgoing::read(&mut response, MAX_BODY, TIMEOUT_MS).await.map_err(words)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(Answered { status: response.status_code(), text, wish, pages })
}

/// What is to be told.
pub enum News {
    Lead(Box<Lead>),
    Escalated(WebhookPayload),
    HandedOff(WebhookPayload),
    /// A member tries the connection.
    Test,
}

/// Reads what a delivery is about. A person's words are read when they are sent and kept with no delivery, so what was
/// erased meanwhile is sent to nobody.
async fn news(env: &Env, tenant: &Tenant, begun: &Begun) -> Result<Option<News>, Failure> {
    let payload: WebhookPayload = serde_json::from_str(&begun.payload)?;
    Ok(match payload.kind {
        EventKind::LeadCaptured | EventKind::LeadUpdated => {
            let lead: LeadId = payload.subject.parse()?;
            let row = Relational::of(env)?.first(&leads::one(tenant, &lead)).await?;
            row.map(|row| leads::read(&row)).transpose()?.map(|lead| News::Lead(Box::new(lead)))
        }
        EventKind::ConversationEscalated => Some(News::Escalated(payload)),
        EventKind::ConversationHandedOff => Some(News::HandedOff(payload)),
        EventKind::WebhookTest => Some(News::Test),
        _ => None,
    })
}

/// Sends a delivery on, shaped for its service. What failed on our side is tried again.
pub async fn send(env: &Env, tenant: &Tenant, connected: &Connected, begun: &Begun) -> Sent {
    let sent = match news(env, tenant, begun).await {
        Ok(Some(news)) => match connected.integration.kind {
            Kind::Slack => slack::send(env, connected, &news).await,
            Kind::Hubspot => hubspot::send(env, tenant, connected, &news).await,
            Kind::Email => routing::send(env, tenant, connected, &news, begun.id.as_str()).await,
            // They hear of nothing: they have no receiver.
            Kind::Shopify | Kind::Woocommerce | Kind::Database => {
                Ok(Sent::without_call(Verdict::Refused, "This service is asked, and told of nothing."))
            }
        },
        Ok(None) => Ok(Sent::without_call(
            Verdict::Refused,
            "What this was about is not here any more, so nothing was sent.",
        )),
        Err(failure) => Err(failure),
    };
    let mut sent = sent.unwrap_or_else(|failure| {
        platform::log::error(
            "integration_failed",
            Some(connected.integration.id.as_str()),
            &failure.to_string(),
        );
        Sent::without_call(Verdict::Again, "Something failed on our side. It is tried again.")
    });
    let hidden = connected.hidden();
    sent.answer = without(&sent.answer, &hidden);
    sent.outcome = without(&sent.outcome, &hidden);
    sent
}

/// Calls a service once, to see that it takes us; what it calls the account.
///
/// # Errors
/// `invalid` with what the service said, or what is wrong with what was entered.
pub async fn verify(env: &Env, tenant: &Tenant, connected: &Connected) -> Result<String, Failure> {
    match connected.integration.kind {
        Kind::Slack => slack::verify(env, connected).await,
        Kind::Hubspot => hubspot::verify(env, tenant, connected).await,
        Kind::Email => routing::verify(env, tenant, connected).await,
        Kind::Shopify | Kind::Woocommerce | Kind::Database => live::verify(env, tenant, connected).await,
    }
}

/// Why a service did not take us.
pub fn refused(field: &str, words: impl Into<String>) -> Failure {
    Problem { field: Some(field.to_owned()), ..Problem::new(Code::Invalid, words) }.into()
}

/// A page of the dashboard; nothing where the installation does not know its own address.
pub fn page(env: &Env, path: &str) -> Option<String> {
    let base = config::optional(env, "PUBLIC_URL")?;
    Some(format!("{}/app/{path}", base.trim_end_matches('/')))
}

/// One field of a lead by its name, as `protocol::api::LEAD_FIELDS` has them; empty where it has none.
pub fn field(env: &Env, lead: &Lead, name: &str) -> String {
    let names = || lead.name.trim().rsplit_once(' ').unwrap_or((lead.name.trim(), ""));
    let unit = |value: serde_json::Result<serde_json::Value>| {
        value.ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
    };
    match name {
        "name" => lead.name.clone(),
        "first_name" => names().0.to_owned(),
        "last_name" => names().1.to_owned(),
        "email" => lead.email.clone(),
        "phone" => lead.phone.clone(),
        "page_url" => lead.page_url.clone().unwrap_or_default(),
        "score" => lead.score.to_string(),
        "status" => unit(serde_json::to_value(lead.status)),
        "source" => unit(serde_json::to_value(lead.source)),
        "agent" => lead.agent_name.clone(),
        "owner" => lead.owner.as_ref().map(|owner| owner.name.clone()).unwrap_or_default(),
        "lead_url" => page(env, &format!("leads/{}", lead.id)).unwrap_or_default(),
        "conversation_url" => {
            let conversation = lead.conversation_id.as_ref();
            conversation.and_then(|id| page(env, &format!("conversations/{id}"))).unwrap_or_default()
        }
        _ => {
            let key = name.strip_prefix("answer:").unwrap_or_default();
            let found = lead.answers.iter().find(|answer: &&LeadAnswer| answer.key == key);
            found.map(|answer| answer.value.clone()).unwrap_or_default()
        }
    }
}

/// Notes how calls of an integration went.
///
/// # Errors
/// When the database refuses.
pub async fn note(env: &Env, tenant: &Tenant, id: &IntegrationId, error: &str) -> Result<(), Failure> {
    Relational::of(env)?.batch(&[store::integrations::note(tenant, id, error, clock::now_ms())]).await
}
