//! Vectorize, through its real binding (the crate has none yet): one namespace per agent, the passage kept as
//! metadata, so that one round trip answers.
//!
//! Limits that shape this: ids and namespaces of 64 bytes, metadata of 10 KiB, upserts of 1,000 vectors, top 50
//! with metadata.

use domain::answer::Nearest;
use futures::future::{FutureExt, LocalBoxFuture};
use protocol::internal::{Hit, IndexedDocument};
use protocol::{AgentId, Problem};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use worker::{Env, EnvBinding};

use crate::models::{js_message, to_js};
use crate::{Failure, clock, embedding};

/// Candidates asked for; fusion needs a few more than are shown.
const TOP_K: u32 = 20;
const MAX_TEXT_BYTES: usize = 8_000;
const UPSERT: usize = 500;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(extends = js_sys::Object)]
    type VectorizeBinding;
    #[wasm_bindgen(method, structural, catch)]
    fn query(
        this: &VectorizeBinding,
        vector: &js_sys::Float32Array,
        options: &JsValue,
    ) -> Result<js_sys::Promise, JsValue>;
    #[wasm_bindgen(method, structural, catch)]
    fn upsert(this: &VectorizeBinding, vectors: &JsValue) -> Result<js_sys::Promise, JsValue>;
    #[wasm_bindgen(method, structural, catch, js_name = deleteByIds)]
    fn delete_by_ids(this: &VectorizeBinding, ids: &JsValue) -> Result<js_sys::Promise, JsValue>;
}

impl EnvBinding for VectorizeBinding {
    const TYPE_NAME: &'static str = "VectorizeIndexImpl";
    fn get(value: JsValue) -> worker::Result<Self> {
        Ok(value.unchecked_into())
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct QueryOptions<'a> {
    top_k: u32,
    namespace: &'a str,
    return_metadata: &'a str,
}

#[derive(Serialize)]
struct Vector<'a> {
    id: String,
    values: &'a [f32],
    namespace: &'a str,
    metadata: Metadata,
}

#[derive(Serialize, Deserialize)]
struct Metadata {
    document_id: protocol::DocumentId,
    ord: u32,
    url: String,
    title: String,
    heading_path: Vec<String>,
    text: String,
}

#[derive(Deserialize)]
struct Matches {
    matches: Vec<Match>,
}

#[derive(Deserialize)]
struct Match {
    score: f64,
    metadata: Option<Metadata>,
}

/// Whether an index is bound.
#[must_use]
pub fn bound(env: &Env) -> bool {
    index(env).is_ok()
}

fn index(env: &Env) -> Result<VectorizeBinding, Failure> {
    Ok(env.get_binding("VECTORS")?)
}

/// The nearest passages of an agent.
///
/// # Errors
/// When the index does not answer.
pub async fn query(env: &Env, agent: &AgentId, vector: &[f32]) -> Result<Vec<Hit>, Failure> {
    let options = to_js(&QueryOptions { top_k: TOP_K, namespace: agent.as_str(), return_metadata: "all" })?;
    let promise = index(env)?.query(&js_sys::Float32Array::from(vector), &options).map_err(refused)?;
    let output = wasm_bindgen_futures::JsFuture::from(promise).await.map_err(refused)?;
    let json = js_sys::JSON::stringify(&output).map_err(refused)?;
    let matches: Matches = serde_json::from_str(&String::from(json))?;
    let hit = |found: Match| {
        let m = found.metadata?;
        Some(Hit {
            document_id: m.document_id,
            ord: m.ord,
            url: m.url,
            title: m.title,
            heading_path: m.heading_path,
            text: m.text,
            score: found.score.clamp(0.0, 1.0),
            words: None,
            meaning: Some(found.score.clamp(0.0, 1.0)),
        })
    };
    Ok(matches.matches.into_iter().filter_map(hit).collect())
}

/// The passages nearest to a question in an agent's index, with the time of each half; `None` where the
/// installation has no embedding model or no index.
#[must_use]
pub fn nearest<'a>(
    env: &'a Env,
    agent: &'a AgentId,
    question: &str,
) -> Option<LocalBoxFuture<'a, Result<Nearest, Problem>>> {
    let model = embedding::configured(env).filter(|_| bound(env))?;
    let texts = [question.to_owned()];
    let found = async move {
        let begun = clock::ticks_ms();
        let embedded = embedding::embed(env, &model, &texts).await?;
        let embed_ms = clock::ticks_ms() - begun;
        let hits = query(env, agent, &embedded.into_iter().next().unwrap_or_default()).await?;
        Ok(Nearest { hits, embed_ms, search_ms: clock::ticks_ms() - begun - embed_ms })
    };
    Some(found.map(|result: Result<Nearest, Failure>| result.map_err(|why| why.to_problem())).boxed_local())
}

/// Adds or replaces the passages of a document; `vectors` are in the order of its passages.
///
/// # Errors
/// When the index does not take them.
pub async fn upsert(env: &Env, document: &IndexedDocument, vectors: &[Vec<f32>]) -> Result<(), Failure> {
    let index = index(env)?;
    let rows: Vec<Vector<'_>> = document
        .passages
        .iter()
        .zip(vectors)
        .map(|(passage, values)| Vector {
            id: id(&document.document_id, passage.ord),
            values,
            namespace: document.agent_id.as_str(),
            metadata: Metadata {
                document_id: document.document_id.clone(),
                ord: passage.ord,
                url: passage.url.clone(),
                title: document.title.clone(),
                heading_path: passage.heading_path.clone(),
                text: head(&passage.text, MAX_TEXT_BYTES).to_owned(),
            },
        })
        .collect();
    for batch in rows.chunks(UPSERT) {
        let promise = index.upsert(&to_js(&batch)?).map_err(refused)?;
        wasm_bindgen_futures::JsFuture::from(promise).await.map_err(refused)?;
    }
    Ok(())
}

fn id(document: &protocol::DocumentId, ord: u32) -> String {
    format!("{document}:{ord}")
}

fn head(text: &str, bytes: usize) -> &str {
    text.char_indices()
        .map(|(at, c)| at + c.len_utf8())
        .take_while(|end| *end <= bytes)
        .last()
        .and_then(|end| text.get(..end))
        .unwrap_or_default()
}

#[allow(clippy::needless_pass_by_value)]
fn refused(error: JsValue) -> Failure {
    Failure::Internal(format!("the vector index failed: {}", js_message(&error)))
}
