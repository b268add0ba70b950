//! Embeddings: Workers AI or an OpenAI-compatible endpoint, chosen by `EMBEDDING_MODEL`.
//!
//! `EMBEDDING_MODEL` is `workers_ai:<model>` or `openai:<model>`; empty means that words alone are searched.
//! Workers AI answers `{ shape, data: [[…]] }`; OpenAI `{ data: [{ index, embedding }] }`.

use protocol::{Code, Problem};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;
use worker::{Env, Method};

use crate::models::{AiBinding, js_message, to_js};
use crate::{Failure, clock, config, outgoing};

/// Texts in one request.
pub const BATCH: usize = 100;
const QUERY_MS: u64 = 5_000;
const TRIES: u32 = 3;
const MAX_REPLY_BYTES: usize = 16 << 20;

#[derive(Serialize)]
struct WorkersAiInput<'a> {
    text: &'a [String],
}

#[derive(Serialize)]
struct OpenAiInput<'a> {
    model: &'a str,
    input: &'a [String],
    encoding_format: &'a str,
}

#[derive(Deserialize)]
struct WorkersAiOutput {
    data: Vec<Vec<f32>>,
}

#[derive(Deserialize)]
struct OpenAiOutput {
    data: Vec<OpenAiEmbedding>,
}

#[derive(Deserialize)]
struct OpenAiEmbedding {
    index: usize,
    embedding: Vec<f32>,
}

/// The configured model, if there is one.
#[must_use]
pub fn configured(env: &Env) -> Option<String> {
    config::optional(env, "EMBEDDING_MODEL")
}

/// One vector per text, in order; tried once, for a visitor who waits.
///
/// # Errors
/// When the model does not answer in time or not with as many vectors.
pub async fn embed(env: &Env, model: &str, texts: &[String]) -> Result<Vec<Vec<f32>>, Failure> {
    let vectors = match model.split_once(':') {
        Some(("workers_ai", model)) => workers_ai(env, model, texts).await?,
        Some(("openai", model)) => openai(env, model, texts).await?,
        _ => {
            return Err(Failure::Internal(
                "EMBEDDING_MODEL must be workers_ai:<model> or openai:<model>".into(),
            ));
        }
    };
    if vectors.len() == texts.len() {
        Ok(vectors)
    } else {
        Err(unavailable("another number of vectors than of texts came back"))
    }
}

/// Any number of texts in batches; each batch is tried three times with growing pauses.
///
/// # Errors
/// When a batch failed three times.
pub async fn embed_all(env: &Env, model: &str, texts: &[String]) -> Result<Vec<Vec<f32>>, Failure> {
    let mut vectors = Vec::with_capacity(texts.len());
    for batch in texts.chunks(BATCH) {
        let mut tries = 1;
        loop {
            match embed(env, model, batch).await {
                Ok(found) => {
                    vectors.extend(found);
                    break;
                }
                Err(_) if tries < TRIES => {
                    clock::sleep(500 * u64::from(tries * tries)).await;
                    tries += 1;
                }
                Err(failure) => return Err(failure),
            }
        }
    }
    Ok(vectors)
}

async fn workers_ai(env: &Env, model: &str, texts: &[String]) -> Result<Vec<Vec<f32>>, Failure> {
    let ai: AiBinding = env.get_binding("AI")?;
    let promise = ai
        .run(model, &to_js(&WorkersAiInput { text: texts })?, &JsValue::UNDEFINED)
        .map_err(|error| unavailable(&js_message(&error)))?;
    let output = wasm_bindgen_futures::JsFuture::from(promise)
        .await
        .map_err(|error| unavailable(&js_message(&error)))?;
    let json = js_sys::JSON::stringify(&output).map_err(|error| unavailable(&js_message(&error)))?;
    Ok(serde_json::from_str::<WorkersAiOutput>(&String::from(json))?.data)
}

async fn openai(env: &Env, model: &str, texts: &[String]) -> Result<Vec<Vec<f32>>, Failure> {
    let base =
        config::optional(env, "OPENAI_BASE_URL").ok_or_else(|| unavailable("OPENAI_BASE_URL is not set"))?;
    let bearer =
        format!("Bearer {}", env.secret("OPENAI_API_KEY").map(|key| key.to_string()).unwrap_or_default());
    let body = serde_json::to_string(&OpenAiInput { model, input: texts, encoding_format: "float" })?;
    let headers = [("Content-Type", "application/json"), ("Authorization", bearer.as_str())];
    let url = format!("{}/embeddings", base.trim_end_matches('/'));
    let failed = |trouble: outgoing::Trouble| unavailable(&trouble.to_string());
    let request = outgoing::request(Method::Post, &url, &headers, Some(&body)).map_err(failed)?;
    let mut response = outgoing::send(request, QUERY_MS).await.map_err(failed)?;
    if response.status_code() != 200 {
        return Err(unavailable(&format!("the embedding endpoint answered {}", response.status_code())));
    }
    let bytes = outgoing::read(&mut response, MAX_REPLY_BYTES, QUERY_MS).await.map_err(failed)?;
    let mut data = serde_json::from_slice::<OpenAiOutput>(&bytes)?.data;
    data.sort_by_key(|item| item.index);
    Ok(data.into_iter().map(|item| item.embedding).collect())
}

fn unavailable(reason: &str) -> Failure {
    Problem::new(Code::Unavailable, format!("embedding failed: {reason}")).into()
}
