//! Passages in a better order: Workers AI's `bge-reranker-base`, which reads question and passage together.
//!
//! Input `{ query, contexts: [{ text }] }`, output `{ response: [{ id, score }] }` with `id` the place in `contexts`.

use domain::retrieve::Scores;
use futures::future::{Either, FutureExt, LocalBoxFuture, select};
use protocol::internal::Hit;
use protocol::{Code, Problem};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;
use worker::Env;

use crate::models::{AiBinding, js_message, to_js};
use crate::{Failure, clock};

const MODEL: &str = "@cf/baai/bge-reranker-base";
/// A visitor waits for this; later the order of before is good enough.
const DEADLINE_MS: u64 = 400;
/// The model reads 512 tokens of question and passage.
const MAX_CHARS: usize = 1_800;

#[derive(Serialize)]
struct Input<'a> {
    query: &'a str,
    contexts: Vec<Context>,
}

#[derive(Serialize)]
struct Context {
    text: String,
}

#[derive(Deserialize)]
struct Output {
    response: Vec<Scored>,
}

#[derive(Deserialize)]
struct Scored {
    id: usize,
    score: f64,
}

/// How well each passage answers the question, in the order of the passages; tried once.
pub fn scores<'a>(
    env: &'a Env,
    question: &str,
    passages: &[Hit],
) -> LocalBoxFuture<'a, Result<Scores, Problem>> {
    let contexts: Vec<Context> = passages.iter().map(context).collect();
    let (question, count) = (question.to_owned(), contexts.len());
    async move {
        let input = Input { query: &question, contexts };
        let asked = ask(env, &input);
        let output = match select(Box::pin(asked), Box::pin(clock::sleep(DEADLINE_MS))).await {
            Either::Left((output, _)) => output.map_err(|failure| failure.to_problem())?,
            Either::Right(_) => return Err(unavailable("it did not answer in time")),
        };
        let mut scores = vec![None; count];
        for Scored { id, score } in output.response {
            if let Some(place) = scores.get_mut(id).filter(|_| score.is_finite()) {
                *place = Some(score);
            }
        }
        scores.into_iter().collect::<Option<Scores>>().ok_or_else(|| unavailable("it left passages out"))
    }
    .boxed_local()
}

async fn ask(env: &Env, input: &Input<'_>) -> Result<Output, Failure> {
    let thrown = |error: JsValue| Failure::from(unavailable(&js_message(&error)));
    let ai: AiBinding = env.get_binding("AI")?;
    let promise = ai.run(MODEL, &to_js(input)?, &JsValue::UNDEFINED).map_err(thrown)?;
    let output = wasm_bindgen_futures::JsFuture::from(promise).await.map_err(thrown)?;
    let json = js_sys::JSON::stringify(&output).map_err(thrown)?;
    Ok(protocol::json::read(&String::from(json))?)
}

/// A passage as the model reads it: what it is about, then what it says.
fn context(hit: &Hit) -> Context {
    let text = format!("{}\n{}", hit.title, hit.text);
    Context { text: text.chars().take(MAX_CHARS).collect() }
}

fn unavailable(reason: &str) -> Problem {
    Problem::new(Code::Unavailable, format!("reranking failed: {reason}"))
}
