//! Live data: what a connected shop or database says now, asked for by a tool. Nothing of it is stored but the call's own
//! row; an answer is kept in memory for a minute.

mod cache;
mod database;
mod postgres;
mod shop;
mod shopify;
mod woocommerce;

use domain::tools::{cut, without};
use platform::relational::Relational;
use platform::{Failure, clock, log};
use protocol::api::{
    Integration, IntegrationKind as Kind, IntegrationSecret, LiveCall, LiveOperation, ToolContent,
    ToolEffect, ToolMethod,
};
use protocol::{Code, IntegrationId, Problem};
use serde_json::Value;
use store::{Tenant, integrations};
use worker::{Env, Method};

pub use cache::{Kept, keep, kept, key};

use crate::integrations::{Answered, Connected, Secret, call, note, refused};
use crate::tools::Outcome;

/// An answer of a shop is kept that long.
const KEPT_MS: f64 = 60_000.0;
/// All calls for one answer, with the waiting between them.
const TOTAL_MS: f64 = 20_000.0;
/// Calls for one answer where a service asks to wait.
const ATTEMPTS: u32 = 3;
/// The longest wish of a service that is waited for.
const MAX_WAIT_MS: u64 = 5_000;
/// Tries a minute at one order of one shop: postcodes are short.
const TRIES: u32 = 8;

/// Why a service gave no answer, for models and for the members who read the history.
pub struct Trouble {
    pub status: Option<u16>,
    pub words: String,
}

impl Trouble {
    fn new(status: u16, words: impl Into<String>) -> Self {
        Self { status: Some(status), words: words.into() }
    }
}

impl From<String> for Trouble {
    fn from(words: String) -> Self {
        Self { status: None, words }
    }
}

/// Calls of one answer: how many, and by when.
pub struct Line {
    attempts: u32,
    deadline: f64,
}

impl Line {
    fn new() -> Self {
        Self { attempts: 0, deadline: clock::ticks_ms() + TOTAL_MS }
    }

    /// A call, made again where `wait` says for how long the service wants to be left alone.
    async fn call(
        &mut self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
        wait: impl Fn(&Answered) -> Option<u64>,
    ) -> Result<Answered, Trouble> {
        for attempt in 1.. {
            self.attempts += 1;
            let answered = call(method.clone(), url, headers, body).await?;
            let Some(ms) = wait(&answered) else { return Ok(answered) };
            #[allow(clippy::cast_precision_loss)]
            let fits = ms <= MAX_WAIT_MS && clock::ticks_ms() + (ms as f64) < self.deadline;
            if attempt >= ATTEMPTS || !fits {
                break;
            }
            clock::sleep(ms.max(1)).await;
        }
        Err(Trouble::new(429, "The shop is answering too many questions just now. Try again in a minute."))
    }
}

/// What is entered for a live service, as it is stored.
///
/// # Errors
/// `invalid` at the field `secret` with what to enter instead.
pub fn accepted(env: &Env, tenant: &Tenant, secret: IntegrationSecret) -> Result<IntegrationSecret, Failure> {
    match secret {
        IntegrationSecret::Shopify { shop, access_token } => shopify::accepted(&shop, &access_token),
        IntegrationSecret::Woocommerce { url, consumer_key, consumer_secret } => {
            woocommerce::accepted(env, &url, &consumer_key, &consumer_secret)
        }
        IntegrationSecret::Database { connection } => database::accepted(env, tenant, &connection),
        IntegrationSecret::Slack { .. } => Err(refused("secret", "This is the secret of another service.")),
    }
}

/// A light call that shows that a service lets us read what its tools need; the name of the shop or database.
///
/// # Errors
/// `invalid` with what the service said.
pub async fn verify(env: &Env, tenant: &Tenant, connected: &Connected) -> Result<String, Failure> {
    let mut line = Line::new();
    let verified = match given(connected)? {
        IntegrationSecret::Shopify { shop, access_token } => {
            shopify::verify(env, &mut line, shop, access_token).await
        }
        IntegrationSecret::Woocommerce { url, consumer_key, consumer_secret } => {
            woocommerce::verify(env, &mut line, url, (consumer_key, consumer_secret)).await
        }
        IntegrationSecret::Database { connection } => database::verify(env, tenant, connection).await,
        IntegrationSecret::Slack { .. } => Err("This is the secret of another service.".to_owned().into()),
    };
    verified.map_err(|trouble| refused("secret", trouble.words))
}

fn given(connected: &Connected) -> Result<&IntegrationSecret, Failure> {
    match &connected.secret {
        Some(Secret::Given(secret)) => Ok(secret),
        _ => Err(Failure::Internal("a live service without its secret".into())),
    }
}

/// What a shop can be asked, as tools that are made when it is connected.
pub fn tools(kind: Kind, id: &IntegrationId, name: &str) -> Vec<ToolContent> {
    let tool = |operation, called: &str, title: &str, description: &str| ToolContent {
        name: called.into(),
        title: format!("{title} ({name})").chars().take(80).collect(),
        description: description.into(),
        schema: Value::Null,
        method: ToolMethod::Get,
        url: String::new(),
        headers: Vec::new(),
        idempotent: true,
        timeout_ms: 20_000,
        max_result_bytes: 8_000,
        enabled: true,
        effect: ToolEffect::Reads,
        needs_approval: false,
        cache_seconds: 60,
        live: Some(LiveCall {
            integration_id: id.clone(),
            operation,
            statement: String::new(),
            parameters: Vec::new(),
            max_rows: 8,
        }),
    };
    if kind == Kind::Database {
        return Vec::new();
    }
    vec![
        tool(
            LiveOperation::OrderLookup,
            "order_lookup",
            "Order lookup",
            "Looks up one order of the shop: payment, shipment with tracking, returns and refunds. Use it when a visitor asks \
             about their order. It needs the order number and the e-mail address or postcode of the order: ask for both.",
        ),
        tool(
            LiveOperation::ProductSearch,
            "product_search",
            "Product search",
            "Finds products of the shop by words of their name, with price, stock and address. Use it when a visitor asks \
             what there is, what it costs or whether it is in stock.",
        ),
    ]
}

/// Completes a tool that a connected service answers: what follows from the service is never a member's to write.
///
/// # Errors
/// Where there is no such service, it cannot be asked this, or a database does not understand a statement that is new.
pub async fn complete(
    env: &Env,
    tenant: &Tenant,
    content: &mut ToolContent,
    is_new: bool,
) -> Result<(), Failure> {
    let Some(live) = content.live.clone() else { return Ok(()) };
    let wrong = |field: &str, words: String| Problem::field(&format!("content.live.{field}"), words);
    let Some(connected) = connected(env, tenant, &live.integration_id).await? else {
        let message = "There is no such integration. Connect it first, then choose it here.";
        return Err(wrong("integration_id", message.into()).into());
    };
    let kind = connected.integration.kind;
    if !kind.is_live() || (kind == Kind::Database) != (live.operation == LiveOperation::Query) {
        let message = format!("{} cannot be asked this.", kind.title());
        return Err(wrong("operation", message).into());
    }
    if let IntegrationSecret::Database { connection } = given(&connected)?
        && is_new
    {
        let tried = database::try_out(env, tenant, connection, &live).await;
        tried.map_err(|trouble| wrong("statement", without(&trouble.words, &connected.hidden())))?;
    }
    settle(content, &connected.integration);
    Ok(())
}

/// What of a tool follows from the service that answers it. The address is for people, without what lets us in.
pub fn settle(content: &mut ToolContent, by: &Integration) {
    content.schema = content.live.as_ref().map(domain::live::schema).unwrap_or_default();
    (content.method, content.effect, content.idempotent) = (ToolMethod::Get, ToolEffect::Reads, true);
    let scheme = if by.kind == Kind::Database { "postgres" } else { "https" };
    content.url = format!("{scheme}://{}", by.name);
    content.headers = Vec::new();
}

async fn connected(env: &Env, tenant: &Tenant, id: &IntegrationId) -> Result<Option<Connected>, Failure> {
    let row = Relational::of(env)?.first(&integrations::one(tenant, id)).await?;
    let Some(row) = row else { return Ok(None) };
    Connected::open(env, tenant, integrations::read(&row)?).map(Some)
}

/// Asks a connected service what a tool asks.
///
/// # Errors
/// When a part of us does not answer.
pub async fn ask(
    env: &Env,
    tenant: &Tenant,
    tool: &ToolContent,
    live: &LiveCall,
    arguments: &Value,
) -> Result<Outcome, Failure> {
    let Some(connected) = connected(env, tenant, &live.integration_id).await? else {
        let text = "The shop or database is not connected any more.".to_owned();
        return Ok(Outcome { succeeded: false, status: None, attempts: 0, text });
    };
    let mut line = Line::new();
    let told = told(env, tenant, &mut line, &connected, (tool, live, arguments)).await?;
    let error = told.as_ref().err().map(|trouble| trouble.words.clone()).unwrap_or_default();
    // What nobody was asked for says nothing about how the service does.
    if line.attempts > 0 {
        let error = without(&error, &connected.hidden());
        if let Err(failure) = note(env, tenant, &live.integration_id, &error).await {
            log::error("integration_not_noted", Some(live.integration_id.as_str()), &failure.to_string());
        }
    }
    let most = usize::try_from(tool.max_result_bytes).unwrap_or(usize::MAX);
    let shown = |text: &str| cut(&without(text, &connected.hidden()), most);
    Ok(match told {
        Ok(text) => {
            let status = (line.attempts > 0).then_some(200);
            Outcome { succeeded: true, status, attempts: line.attempts, text: shown(&text) }
        }
        Err(Trouble { status, words }) => {
            Outcome { succeeded: false, status, attempts: line.attempts, text: shown(&words) }
        }
    })
}

async fn told(
    env: &Env,
    tenant: &Tenant,
    line: &mut Line,
    connected: &Connected,
    (tool, live, arguments): (&ToolContent, &LiveCall, &Value),
) -> Result<Result<String, Trouble>, Failure> {
    let argument = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default();
    let until = clock::now_ms() + KEPT_MS.min(f64::from(tool.cache_seconds) * 1_000.0);
    // The sealed secret is another one after every new connection, so nothing outlives its connection.
    let sealed = connected.sealed.as_deref().unwrap_or_default();
    let place = |asked: &str| key(tenant, &[live.integration_id.as_str(), sealed, asked]);
    Ok(match live.operation {
        LiveOperation::OrderLookup => {
            let number = domain::live::order_number(argument("order_number"));
            let Some(proof) = domain::live::proof(argument("email_or_postcode")) else {
                let words = "Ask the visitor for the e-mail address or postcode of the order.";
                return Ok(Err(words.to_owned().into()));
            };
            let subject = format!("order {} {number}", live.integration_id);
            match crate::auth::limit(env, &subject, TRIES).await {
                Err(Failure::Problem(Problem { code: Code::TooManyRequests, .. })) => {
                    let words = "This order was asked for too often. Ask the visitor to wait a minute.";
                    return Ok(Err(words.to_owned().into()));
                }
                limited => limited?,
            }
            let place = place(&format!("order {number}"));
            let order = match kept(&place) {
                Some(order) => Ok(Some(order)),
                None => shop::order(env, line, given(connected)?, &number).await,
            };
            match order {
                Ok(Some(order)) => {
                    keep(place, &order, until);
                    // Whoever cannot show that it is theirs is told what is said of an order that is not there.
                    let theirs = order.proofs.contains(&proof);
                    Ok(if theirs { order.text } else { shop::NO_ORDER.to_owned() })
                }
                Ok(None) => Ok(shop::NO_ORDER.to_owned()),
                Err(trouble) => Err(trouble),
            }
        }
        LiveOperation::ProductSearch => {
            let words = shop::words(argument("query"));
            let place = place(&format!("products {} {words}", live.max_rows));
            if let Some(found) = kept(&place) {
                return Ok(Ok(found.text));
            }
            let found = shop::products(env, line, given(connected)?, &words, live.max_rows).await;
            found.inspect(|text| keep(place, &Kept::of(text), until))
        }
        LiveOperation::Query => {
            let asked =
                format!("{} {} {}", live.statement, live.max_rows, domain::tools::canonical(arguments));
            let place = place(&asked);
            if let Some(found) = kept(&place) {
                return Ok(Ok(found.text));
            }
            let IntegrationSecret::Database { connection } = given(connected)? else {
                return Ok(Err("This is no database.".to_owned().into()));
            };
            line.attempts = 1;
            let values = domain::live::values(&live.parameters, arguments);
            let found =
                database::query(env, tenant, connection, live, &values, f64::from(tool.timeout_ms)).await;
            found.inspect(|text| keep(place, &Kept::of(text), until))
        }
    })
}
