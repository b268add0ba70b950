//! Chat models: OpenAI-compatible endpoints and Workers AI, as one stream of events.
//!
//! OpenAI-compatible: `POST {OPENAI_BASE_URL}/chat/completions` with `stream: true`
//! (OpenAI API reference, "Create chat completion"; OpenRouter, Ollama and vLLM speak the same).
//! Workers AI: `env.AI.run(model, { messages, stream: true })`.
//!
//! A response's head has to come within 5 s and the whole answer within 60 s; nothing is tried twice.

mod openai;
mod workers_ai;

use std::collections::VecDeque;

use domain::answer::{ModelError, TokenStream};
use domain::prompt::{Message, ToolSpec};
use domain::tokens::{Event, Family, TokenParser};
use futures::future::{Either, FutureExt, LocalBoxFuture, select};
use futures::stream::{self, StreamExt};
use protocol::agent::Model;
use serde::Serialize;
use serde_json::Value;
use wasm_bindgen::prelude::*;
use worker::{ByteStream, Env, EnvBinding, Method, web_sys};

use crate::outgoing::{self, Trouble};
use crate::{clock, config};

const HEAD_MS: u64 = 5_000;
const TOTAL_MS: f64 = 60_000.0;
/// Bytes of a provider's error that are read for its message.
const ERROR_BYTES: usize = 4_096;
const MAX_OUTPUT_TOKENS: u32 = 500;

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

/// Opens a model's stream.
///
/// # Errors
/// When the provider is not configured, refuses, or does not answer in time.
pub async fn open(
    env: &Env,
    model: &Model,
    messages: &[Message],
    tools: &[ToolSpec],
) -> Result<TokenStream, ModelError> {
    match model {
        Model::Extractive => Err(ModelError::Refused("extractive answers come from no model".into())),
        Model::OpenaiCompatible { model } => open_endpoint(env, openai::body(model, messages, tools)).await,
        Model::WorkersAi { model } => open_workers_ai(env, model, &workers_ai::input(messages, tools)).await,
    }
}

async fn open_endpoint(env: &Env, body: Value) -> Result<TokenStream, ModelError> {
    let begun = clock::ticks_ms();
    let base = config::optional(env, "OPENAI_BASE_URL")
        .ok_or_else(|| ModelError::Unavailable("OPENAI_BASE_URL is not set".into()))?;
    let key = env.secret("OPENAI_API_KEY").map(|key| key.to_string()).unwrap_or_default();
    let body = body.to_string();
    let bearer = format!("Bearer {key}");
    let mut headers = vec![("Content-Type", "application/json"), ("Accept", "text/event-stream")];
    if !key.is_empty() {
        headers.push(("Authorization", bearer.as_str()));
    }
    let url = format!("{}/chat/completions", base.trim_end_matches('/'));
    let request = outgoing::request(Method::Post, &url, &headers, Some(&body)).map_err(trouble)?;
    let mut response = outgoing::send(request, HEAD_MS).await.map_err(trouble)?;
    match response.status_code() {
        200 => {}
        status => {
            let said = outgoing::read(&mut response, ERROR_BYTES, 1_000).await.unwrap_or_default();
            return Err(refusal(status, &provider_message(&said)));
        }
    }
    let bytes = response.stream().map_err(|error| ModelError::Broken(error.to_string()))?;
    Ok(events(bytes, Family::OpenAi, begun))
}

async fn open_workers_ai(env: &Env, model: &str, input: &Value) -> Result<TokenStream, ModelError> {
    let begun = clock::ticks_ms();
    let unavailable = |error: worker::Error| ModelError::Unavailable(error.to_string());
    let ai: AiBinding = env.get_binding("AI").map_err(unavailable)?;
    let input = to_js(input).map_err(|error| ModelError::Refused(error.to_string()))?;
    let promise = ai
        .run(model, &input, &JsValue::UNDEFINED)
        .map_err(|error| ModelError::Unavailable(js_message(&error)))?;
    let answer = Box::pin(wasm_bindgen_futures::JsFuture::from(promise));
    match select(answer, Box::pin(clock::sleep(HEAD_MS))).await {
        Either::Left((Ok(stream), _)) if stream.is_instance_of::<web_sys::ReadableStream>() => Ok(events(
            ByteStream::from(stream.unchecked_into::<web_sys::ReadableStream>()),
            Family::WorkersAi,
            begun,
        )),
        Either::Left((Ok(_), _)) => Err(ModelError::Broken("the model did not stream".into())),
        Either::Left((Err(error), _)) => Err(workers_ai_error(&js_message(&error))),
        Either::Right(_) => Err(ModelError::TimedOut),
    }
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

struct Reading {
    bytes: ByteStream,
    parser: TokenParser,
    ready: VecDeque<Event>,
    /// One timer for the whole stream: a timer per chunk costs more than the chunk.
    deadline: LocalBoxFuture<'static, ()>,
    over: bool,
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn events(bytes: ByteStream, family: Family, begun: f64) -> TokenStream {
    let left = (begun + TOTAL_MS - clock::ticks_ms()).max(0.0) as u64;
    let reading = Reading {
        bytes,
        parser: TokenParser::new(family),
        ready: VecDeque::new(),
        deadline: clock::sleep(left).boxed_local(),
        over: false,
    };
    stream::unfold(reading, |mut reading| async move {
        let event = next(&mut reading).await?;
        reading.over |= event.is_err();
        Some((event, reading))
    })
    .boxed_local()
}

async fn next(reading: &mut Reading) -> Option<Result<Event, ModelError>> {
    loop {
        if let Some(event) = reading.ready.pop_front() {
            return Some(Ok(event));
        }
        if reading.over {
            return None;
        }
        match select(reading.bytes.next(), &mut reading.deadline).await {
            Either::Left((Some(Ok(chunk)), _)) => reading.ready.extend(reading.parser.push(&chunk)),
            Either::Left((Some(Err(error)), _)) => return Some(Err(ModelError::Broken(error.to_string()))),
            Either::Left((None, _)) => {
                reading.over = true;
                reading.ready.extend(reading.parser.finish());
            }
            Either::Right(_) => return Some(Err(ModelError::TimedOut)),
        }
    }
}

fn trouble(trouble: Trouble) -> ModelError {
    match trouble {
        Trouble::TimedOut(_) => ModelError::TimedOut,
        other => ModelError::Unavailable(other.to_string()),
    }
}

fn refusal(status: u16, message: &str) -> ModelError {
    match status {
        429 => ModelError::RateLimited,
        408 | 504 => ModelError::TimedOut,
        400..=499 => ModelError::Refused(format!("{status} {message}")),
        _ => ModelError::Unavailable(format!("{status} {message}")),
    }
}

/// Workers AI throws errors whose message begins with a number; 3036 and 3040 are limits and capacity.
fn workers_ai_error(message: &str) -> ModelError {
    if message.starts_with("3036") || message.starts_with("3040") {
        ModelError::RateLimited
    } else {
        ModelError::Unavailable(message.to_owned())
    }
}

/// `error.message` of the usual error body, cut short.
fn provider_message(body: &[u8]) -> String {
    let value: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    value
        .pointer("/error/message")
        .and_then(|message| message.as_str())
        .unwrap_or_default()
        .chars()
        .take(200)
        .collect()
}
