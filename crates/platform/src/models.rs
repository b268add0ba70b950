//! Chat models of three families as one stream of events: how a request looks is in [`domain::requests`], how its
//! stream reads in [`domain::tokens`].
//!
//! Nothing is tried twice once a stream has begun. A model that is slow is cut off: the head of its response has
//! to come within half of the installation's patience (`MODEL_PATIENCE_MS`, 10 s), its first token and every
//! next one within all of it, the whole answer within 60 s. A model that fails again and again is left alone for
//! a while ([`domain::breaker`]), as far as this isolate knows.

mod anthropic;
mod learning;
mod openai;
mod stream;
mod workers_ai;

use std::cell::RefCell;

use domain::answer::{ModelError, TokenStream};
use domain::breaker::Breakers;
use domain::prompt::{Message, ToolSpec};
use domain::tokens::Family;
use futures::future::{Either, select};
use protocol::agent::Model;
use serde::Serialize;
use serde_json::Value;
use wasm_bindgen::prelude::*;
use worker::web_sys::{self, ReadableStream};
use worker::{Env, EnvBinding, Method, ResponseBody};

use crate::outgoing::{self, Trouble};
use crate::{clock, config};

pub use anthropic::configured as has_anthropic;

/// Milliseconds that a model may be silent, where the installation says nothing else.
const PATIENCE_MS: u64 = 10_000;
/// Bytes of a provider's error that are read for its message.
const ERROR_BYTES: usize = 4_096;

thread_local! {
    static BREAKERS: RefCell<Breakers> = RefCell::default();
}

#[wasm_bindgen]
extern "C" {
    /// Workers AI with its options argument, which the crate does not bind.
    #[wasm_bindgen(extends = js_sys::Object)]
    pub type AiBinding;
    #[wasm_bindgen(method, structural, catch)]
    pub fn run(
        this: &AiBinding,
        model: &str,
        input: &JsValue,
        options: &JsValue,
    ) -> Result<js_sys::Promise, JsValue>;
}

impl EnvBinding for AiBinding {
    const TYPE_NAME: &'static str = "Ai";
    fn get(value: JsValue) -> worker::Result<Self> {
        Ok(value.unchecked_into())
    }
}

/// Opens a model's stream; it may call the tools.
///
/// # Errors
/// When the provider is not configured, refuses, does not answer in time, or is left alone.
pub async fn open(
    env: &Env,
    model: &Model,
    messages: &[Message],
    tools: &[ToolSpec],
    temperature: f64,
) -> Result<TokenStream, ModelError> {
    let begun = clock::ticks_ms();
    let patience = config::optional(env, "MODEL_PATIENCE_MS").and_then(|ms| ms.parse().ok());
    let patience = patience.unwrap_or(PATIENCE_MS);
    let watched = Watched(format!("{:?} {}", model.provider(), model.name().unwrap_or_default()));
    watched.admit(begun)?;
    let opened = match model {
        Model::Extractive => Err(ModelError::Refused("extractive answers come from no model".into())),
        Model::OpenaiCompatible { model } => {
            openai::open(env, model, messages, tools, temperature, patience / 2).await
        }
        Model::Anthropic { model } => {
            anthropic::open(env, model, messages, tools, temperature, patience / 2).await
        }
        Model::WorkersAi { model } => {
            workers_ai::open(env, model, messages, tools, temperature, patience / 2).await
        }
    };
    match opened {
        Ok(Opened { bytes, family, by_prompt }) => {
            let events = stream::events(&bytes, family, begun, patience, watched);
            Ok(if by_prompt && !tools.is_empty() { stream::with_calls(events) } else { events })
        }
        Err(error) => {
            watched.failed(&error);
            Err(error)
        }
    }
}

/// A response that has begun.
struct Opened {
    bytes: ReadableStream,
    family: Family,
    /// The tools stand in its prompt, and its calls in its text.
    by_prompt: bool,
}

/// A model under the breaker's eyes.
struct Watched(String);

impl Watched {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn admit(&self, now_ms: f64) -> Result<(), ModelError> {
        let admitted = BREAKERS.with_borrow_mut(|breakers| breakers.admit(&self.0, now_ms));
        admitted.map_err(|wait_ms| ModelError::Skipped((wait_ms / 1_000.0).ceil() as u64))
    }

    fn succeeded(&self) {
        BREAKERS.with_borrow_mut(|breakers| breakers.succeeded(&self.0));
    }

    /// A refusal is about this request, and says nothing about the next visitor's.
    fn failed(&self, error: &ModelError) {
        if !matches!(error, ModelError::Refused(_) | ModelError::Skipped(_)) {
            BREAKERS.with_borrow_mut(|breakers| breakers.failed(&self.0, clock::ticks_ms()));
        }
    }
}

/// What a provider said instead of an answer.
struct Refusal {
    status: u16,
    message: String,
}

impl From<Refusal> for ModelError {
    fn from(Refusal { status, message }: Refusal) -> Self {
        match status {
            429 => Self::RateLimited,
            408 | 504 => Self::TimedOut,
            // The key, the account or the model's name: wrong for everybody.
            401 | 402 | 404 => Self::Unavailable(format!("{status} {message}")),
            400..=499 => Self::Refused(format!("{status} {message}")),
            _ => Self::Unavailable(format!("{status} {message}")),
        }
    }
}

/// Posts a request and waits for the head of its response.
async fn post(
    url: &str,
    headers: &[(&str, &str)],
    body: &Value,
    head_ms: u64,
) -> Result<Result<ReadableStream, Refusal>, ModelError> {
    let trouble = |trouble| match trouble {
        Trouble::TimedOut(_) => ModelError::TimedOut,
        other => ModelError::Unavailable(other.to_string()),
    };
    let plain = [("Content-Type", "application/json"), ("Accept", "text/event-stream")];
    let headers: Vec<_> = plain.iter().chain(headers).copied().collect();
    let body = body.to_string();
    let request = outgoing::request(Method::Post, url, &headers, Some(&body)).map_err(trouble)?;
    let mut response = outgoing::send(request, head_ms).await.map_err(trouble)?;
    match response.status_code() {
        200 => match response.body() {
            ResponseBody::Stream(stream) => Ok(Ok(stream.clone())),
            _ => Err(ModelError::Broken("the model answered nothing".into())),
        },
        status => {
            let said = outgoing::read(&mut response, ERROR_BYTES, 1_000).await.unwrap_or_default();
            Ok(Err(Refusal { status, message: provider_message(&said) }))
        }
    }
}

/// `error.message` of the usual error body, or the body's own `message` or `error`, cut short.
fn provider_message(body: &[u8]) -> String {
    let value: Value = protocol::json::read_bytes(body).unwrap_or_default();
    let places = ["/error/message", "/message", "/error"];
    let message = places.iter().find_map(|place| value.pointer(place)?.as_str());
    message.unwrap_or_default().chars().take(200).collect()
}

/// A value as a plain JavaScript object: by way of JSON, because the default serialiser makes Maps.
pub(crate) fn to_js<T: Serialize>(value: &T) -> Result<JsValue, serde_json::Error> {
    let json = serde_json::to_string(value)?;
    Ok(js_sys::JSON::parse(&json).unwrap_or(JsValue::NULL))
}

/// What a thrown JavaScript value says.
pub(crate) fn js_message(error: &JsValue) -> String {
    error
        .dyn_ref::<js_sys::Error>()
        .map_or_else(|| format!("{error:?}"), |error| String::from(error.message()))
}
