//! Embeddings: Workers AI or an OpenAI-compatible endpoint, chosen by `EMBEDDING_MODEL`.
//!
//! `EMBEDDING_MODEL` is `workers_ai:<model>` or `openai:<model>`; empty means that words alone are searched.
//! Workers AI answers `{ shape, data: [[…]] }`; OpenAI `{ data: [{ index, embedding }] }`.

use std::cell::RefCell;
use std::collections::HashMap;

use domain::order;
use futures::future::{Either, select};
use protocol::{Code, Problem};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;
use worker::{Env, Method};

use crate::models::{AiBinding, js_message, to_js};
use crate::{Failure, clock, config, outgoing};

/// Texts in one request.
pub const BATCH: usize = 100;
/// An answer to one question has to come within this, one to a batch within that.
const QUESTION_MS: u64 = 5_000;
const BATCH_MS: u64 = 30_000;
const TRIES: u32 = 3;
/// Longer pauses than this are not waited for here.
const PATIENCE_MS: u64 = 10_000;
const MAX_REPLY_BYTES: usize = 16 << 20;

thread_local! {
    /// Dimensions of every model's first answer; later ones have to have them, too.
    static SEEN: RefCell<HashMap<String, usize>> = RefCell::default();
}

/// Why there are no vectors.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It does not take these texts; others it may.
    #[error("the embedding model refused: {0}")]
    Refused(String),
    /// It takes nothing as it is configured.
    #[error("the embedding model cannot be asked: {0}; check EMBEDDING_MODEL and its key")]
    Misconfigured(String),
    #[error("the embedding model is not available: {reason}")]
    Unavailable {
        reason: String,
        /// When it wants to be asked again.
        after_ms: Option<u64>,
    },
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Problem::new(Code::Unavailable, trouble.to_string()).into()
    }
}

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

/// The vector of a question; tried once, for a visitor who waits.
///
/// # Errors
/// When the model does not answer in time or not with a vector.
pub async fn question(env: &Env, model: &str, text: &str) -> Result<Vec<f32>, Trouble> {
    let mut vectors = embed(env, model, &[text.to_owned()], QUESTION_MS).await?;
    vectors.pop().ok_or_else(|| unavailable("no vector came back"))
}

/// One vector per text, in order, for at most [`BATCH`] texts: tried three times with growing pauses, longer where
/// the endpoint says so. What would be refused again is not tried again.
///
/// # Errors
/// When it was refused or failed three times.
pub async fn batch(env: &Env, model: &str, texts: &[String]) -> Result<Vec<Vec<f32>>, Trouble> {
    let mut tries = 1;
    loop {
        let (reason, after_ms) = match embed(env, model, texts, BATCH_MS).await {
            Err(Trouble::Unavailable { reason, after_ms }) => (reason, after_ms),
            settled => return settled,
        };
        let pause = after_ms.unwrap_or(500 * u64::from(tries * tries));
        if tries >= TRIES || pause > PATIENCE_MS {
            return Err(Trouble::Unavailable { reason, after_ms });
        }
        clock::sleep(pause).await;
        tries += 1;
    }
}

async fn embed(env: &Env, model: &str, texts: &[String], deadline_ms: u64) -> Result<Vec<Vec<f32>>, Trouble> {
    let vectors = match model.split_once(':') {
        Some(("workers_ai", name)) => workers_ai(env, name, texts, deadline_ms).await?,
        Some(("openai", name)) => openai(env, name, texts, deadline_ms).await?,
        _ => {
            return Err(Trouble::Misconfigured("it must be workers_ai:<model> or openai:<model>".into()));
        }
    };
    check(model, texts.len(), &vectors)?;
    Ok(vectors)
}

/// As many vectors as texts, of the model's dimensions, of numbers.
fn check(model: &str, texts: usize, vectors: &[Vec<f32>]) -> Result<(), Trouble> {
    if vectors.len() != texts {
        return Err(unavailable("another number of vectors than of texts came back"));
    }
    let Some(first) = vectors.first().map(Vec::len) else { return Ok(()) };
    let dimensions = SEEN.with_borrow(|seen| seen.get(model).copied()).unwrap_or(first);
    if first == 0 || vectors.iter().any(|vector| vector.len() != dimensions) {
        return Err(unavailable(&format!("vectors of other than {dimensions} dimensions came back")));
    }
    let whole = |vector: &Vec<f32>| {
        vector.iter().all(|x| x.is_finite()) && vector.iter().any(|x| x.abs() > f32::EPSILON)
    };
    if !vectors.iter().all(whole) {
        return Err(unavailable("a vector came back that is empty or no vector of numbers"));
    }
    SEEN.with_borrow_mut(|seen| seen.insert(model.to_owned(), dimensions));
    Ok(())
}

async fn workers_ai(
    env: &Env,
    model: &str,
    texts: &[String],
    deadline_ms: u64,
) -> Result<Vec<Vec<f32>>, Trouble> {
    let thrown = |error: &JsValue| workers_ai_trouble(&js_message(error));
    let ai: AiBinding = env.get_binding("AI").map_err(|error| unavailable(&error.to_string()))?;
    let input =
        to_js(&WorkersAiInput { text: texts }).map_err(|error| Trouble::Refused(error.to_string()))?;
    let promise = ai.run(model, &input, &JsValue::UNDEFINED).map_err(|error| thrown(&error))?;
    let answer = wasm_bindgen_futures::JsFuture::from(promise);
    let output = match select(answer, Box::pin(clock::sleep(deadline_ms))).await {
        Either::Left((output, _)) => output.map_err(|error| thrown(&error))?,
        Either::Right(_) => return Err(unavailable("it did not answer in time")),
    };
    let json = js_sys::JSON::stringify(&output).map_err(|error| thrown(&error))?;
    let output: WorkersAiOutput = protocol::json::read(&String::from(json)).map_err(unreadable)?;
    Ok(output.data)
}

/// Workers AI throws errors whose message begins with a number: 3003, 3006, 5004 and 5006 are about the request, the
/// other 5xxx about the model and the account.
fn workers_ai_trouble(message: &str) -> Trouble {
    match message.get(..4).and_then(|number| number.parse::<u32>().ok()) {
        Some(3003 | 3006 | 5004 | 5006) => Trouble::Refused(message.to_owned()),
        Some(5000..=5999) => Trouble::Misconfigured(message.to_owned()),
        _ => unavailable(message),
    }
}

async fn openai(
    env: &Env,
    model: &str,
    texts: &[String],
    deadline_ms: u64,
) -> Result<Vec<Vec<f32>>, Trouble> {
    let base =
        config::optional(env, "OPENAI_BASE_URL").ok_or_else(|| unavailable("OPENAI_BASE_URL is not set"))?;
    let key = env.secret("OPENAI_API_KEY").map(|key| key.to_string()).unwrap_or_default();
    let bearer = format!("Bearer {key}");
    let body = serde_json::to_string(&OpenAiInput { model, input: texts, encoding_format: "float" })
        .map_err(|error| Trouble::Refused(error.to_string()))?;
    let mut headers = vec![("Content-Type", "application/json")];
    if !key.is_empty() {
        headers.push(("Authorization", bearer.as_str()));
    }
    let url = format!("{}/embeddings", base.trim_end_matches('/'));
    let failed = |trouble: outgoing::Trouble| unavailable(&trouble.to_string());
    let request = outgoing::request(Method::Post, &url, &headers, Some(&body)).map_err(failed)?;
    let mut response = outgoing::send(request, deadline_ms).await.map_err(failed)?;
    match response.status_code() {
        200 => {}
        status @ (408 | 429 | 500..=599) => {
            let after_ms = response.headers().get("Retry-After").ok().flatten();
            let after_ms = after_ms.and_then(|wish| outgoing::retry_after(&wish));
            return Err(Trouble::Unavailable { reason: format!("the endpoint answered {status}"), after_ms });
        }
        status @ (400 | 413 | 422) => {
            return Err(Trouble::Refused(format!("the endpoint answered {status}")));
        }
        status => return Err(Trouble::Misconfigured(format!("the endpoint answered {status}"))),
    }
    let bytes = outgoing::read(&mut response, MAX_REPLY_BYTES, deadline_ms).await.map_err(failed)?;
    let mut data = protocol::json::read_bytes::<OpenAiOutput>(&bytes).map_err(unreadable)?.data;
    order::by(&mut data, |a, b| a.index.cmp(&b.index));
    Ok(data.into_iter().map(|item| item.embedding).collect())
}

/// `null` in place of a number, or something else altogether.
#[allow(clippy::needless_pass_by_value)]
fn unreadable(error: serde_json::Error) -> Trouble {
    unavailable(&format!("its answer holds no vectors ({error})"))
}

fn unavailable(reason: &str) -> Trouble {
    Trouble::Unavailable { reason: reason.to_owned(), after_ms: None }
}
