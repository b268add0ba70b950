//! Vectorize, through its real binding (the crate has none yet): one namespace per agent, the passage kept as
//! metadata, so that one round trip answers. And the leg of a turn that finds passages by meaning, wherever their
//! vectors are.
//!
//! Limits that shape this: ids and namespaces of 64 bytes, metadata of 10 KiB and 64 bytes of it indexed, upserts of
//! 1,000 vectors, deletions of 100, top 50 with metadata.

use std::cell::RefCell;
use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::answer::Nearest;
use futures::future::{FutureExt, LocalBoxFuture, join};
use protocol::internal::{self, Hit, Meaning, NearestReply, Passage, Place, SearchReply, Space};
use protocol::{AgentId, DocumentId, Problem};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use worker::{Env, EnvBinding};

use crate::models::{js_message, to_js};
use crate::replicas::Replicas;
use crate::{Failure, clock, embedding};

/// Candidates asked for; fusion needs a few more than are shown, and some may be dead.
const TOP_K: u32 = 20;
/// Of 10 KiB, with a margin for how it is counted.
const MAX_METADATA_BYTES: usize = 9_500;
const MAX_TITLE_BYTES: usize = 500;
const UPSERT: usize = 200;
/// Ids that are deleted with one request.
pub const DELETED_AT_ONCE: usize = 100;
/// Bytes of a metadata property that are indexed.
const INDEXED_BYTES: usize = 64;
/// Agents whose space is remembered in an isolate.
const REMEMBERED: usize = 1_000;

thread_local! {
    /// What served each agent when somebody last asked: what the next question is embedded with, so that nobody has
    /// to be asked first. `None`: words alone.
    static SERVING: RefCell<HashMap<AgentId, Option<Known>>> = RefCell::default();
}

/// See [`learn`].
#[derive(Clone)]
struct Known {
    space: Space,
    curated: bool,
}

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
    filter: Filter<'a>,
}

#[derive(Serialize)]
struct Filter<'a> {
    model: &'a str,
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
    document_id: DocumentId,
    /// Nothing without one counts.
    #[serde(default)]
    revision: String,
    #[serde(default)]
    model: String,
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
    env.get_binding::<VectorizeBinding>("VECTORS").is_ok()
}

/// The space that this installation is configured for.
#[must_use]
pub fn wanted(env: &Env) -> Option<Space> {
    let place = if bound(env) { Place::Index } else { Place::Here };
    Some(Space { model: embedding::configured(env)?, place })
}

/// The index for vectors of these dimensions: `VECTORS`, unless there is one for them alone. An index has one number
/// of dimensions for all its life, so beside a model of others both are bound until it took over.
fn index(env: &Env, dimensions: usize) -> Result<VectorizeBinding, Failure> {
    Ok(env.get_binding(&format!("VECTORS_{dimensions}")).or_else(|_| env.get_binding("VECTORS"))?)
}

/// What a search said about meaning, for the next question in this isolate.
pub fn learn(agent: &AgentId, reply: &SearchReply) {
    SERVING.with_borrow_mut(|serving| {
        if serving.len() >= REMEMBERED && !serving.contains_key(agent) {
            serving.clear();
        }
        let known = |meaning: &Meaning| Known { space: meaning.space.clone(), curated: meaning.curated };
        serving.insert(agent.clone(), reply.meaning.as_ref().map(known));
    });
}

fn known(agent: &AgentId) -> Option<Option<Known>> {
    SERVING.with_borrow(|serving| serving.get(agent).cloned())
}

/// What a question is about, besides its words.
pub struct Asked<'a> {
    pub knowledge: Replicas<'a>,
    pub question: String,
    pub page_url: Option<&'a str>,
    pub language: &'static str,
}

/// The passages nearest to a question, with the time of each half; `None` where meaning takes no part.
#[must_use]
pub fn nearest<'a>(asked: Asked<'a>) -> Option<LocalBoxFuture<'a, Result<Nearest, Problem>>> {
    let Replicas { env, agent, .. } = asked.knowledge;
    let space = match known(&agent.agent_id) {
        Some(known) => known.filter(|_| embedding::configured(env).is_some())?.space,
        None => wanted(env)?,
    };
    let mut message = internal::Nearest {
        workspace_id: agent.workspace_id.clone(),
        agent_id: agent.agent_id.clone(),
        model: space.model.clone(),
        vector: String::new(),
        limit: if space.place == Place::Here { TOP_K } else { 0 },
        question: asked.question.clone(),
        page_url: asked.page_url.map(str::to_owned),
        language: Some(asked.language.to_owned()),
    };
    let found = async move {
        let begun = clock::ticks_ms();
        let vector = embedding::question(env, &space.model, &asked.question).await?;
        let embed_ms = clock::ticks_ms() - begun;
        let bytes: Vec<u8> = vector.iter().flat_map(|x| x.to_le_bytes()).collect();
        message.vector = STANDARD.encode(bytes);
        // By now the words' search has usually said whether there is anything to compare with in the object.
        let nothing = space.place == Place::Index
            && known(&agent.agent_id).flatten().is_some_and(|known| !known.curated);
        let here = async {
            if nothing {
                return Ok(NearestReply { hits: Vec::new(), curated: None });
            }
            asked.knowledge.ask(&message).await
        };
        let there = async {
            match space.place {
                Place::Index => query(env, &agent.agent_id, &space.model, &vector).await,
                Place::Here => Ok(Vec::new()),
            }
        };
        let (here, there) = join(here, there).await;
        let NearestReply { hits, curated } = here?;
        let mut found: Vec<(Hit, Option<String>)> = hits.into_iter().map(|hit| (hit, None)).collect();
        found.extend(there?.into_iter().map(|(hit, revision)| (hit, Some(revision))));
        Ok(Nearest { hits: found, curated, embed_ms, search_ms: clock::ticks_ms() - begun - embed_ms, space })
    };
    Some(found.map(|result: Result<Nearest, Failure>| result.map_err(|why| why.to_problem())).boxed_local())
}

/// The nearest passages in an agent's namespace, each with the revision it is of.
async fn query(
    env: &Env,
    agent: &AgentId,
    model: &str,
    vector: &[f32],
) -> Result<Vec<(Hit, String)>, Failure> {
    let options = to_js(&QueryOptions {
        top_k: TOP_K,
        namespace: agent.as_str(),
        return_metadata: "all",
        filter: Filter { model: head(model, INDEXED_BYTES) },
    })?;
    let promise =
        index(env, vector.len())?.query(&js_sys::Float32Array::from(vector), &options).map_err(refused)?;
    let output = wasm_bindgen_futures::JsFuture::from(promise).await.map_err(refused)?;
    let json = js_sys::JSON::stringify(&output).map_err(refused)?;
    let matches: Matches = protocol::json::read(&String::from(json))?;
    let hit = |found: Match| {
        let m = found.metadata?;
        let score = found.score.clamp(0.0, 1.0);
        let hit = Hit {
            document_id: m.document_id,
            ord: m.ord,
            url: m.url,
            title: m.title,
            heading_path: m.heading_path,
            text: m.text,
            score,
            words: None,
            meaning: Some(score),
        };
        Some((hit, m.revision))
    };
    Ok(matches.matches.into_iter().filter_map(hit).collect())
}

/// One passage on its way into the index.
pub struct Placed<'a> {
    pub document: &'a DocumentId,
    pub revision: &'a str,
    pub title: &'a str,
    pub passage: &'a Passage,
    pub vector: &'a [f32],
}

/// Adds passages; adding one again replaces it. All are of one model.
///
/// # Errors
/// When the index does not take them.
pub async fn upsert(env: &Env, agent: &AgentId, model: &str, passages: &[Placed<'_>]) -> Result<(), Failure> {
    let Some(dimensions) = passages.first().map(|placed| placed.vector.len()) else { return Ok(()) };
    let index = index(env, dimensions)?;
    for batch in passages.chunks(UPSERT) {
        let rows: Vec<Vector<'_>> = batch.iter().map(|placed| row(agent, model, placed)).collect();
        let promise = index.upsert(&to_js(&rows)?).map_err(refused)?;
        wasm_bindgen_futures::JsFuture::from(promise).await.map_err(refused)?;
    }
    Ok(())
}

fn row<'a>(agent: &'a AgentId, model: &str, placed: &Placed<'a>) -> Vector<'a> {
    let passage = placed.passage;
    Vector {
        id: id(placed.document, placed.revision, passage.ord),
        values: placed.vector,
        namespace: agent.as_str(),
        metadata: fitting(Metadata {
            document_id: placed.document.clone(),
            revision: placed.revision.to_owned(),
            model: head(model, INDEXED_BYTES).to_owned(),
            ord: passage.ord,
            url: passage.url.clone(),
            title: head(placed.title, MAX_TITLE_BYTES).to_owned(),
            heading_path: passage.heading_path.clone(),
            text: passage.text.clone(),
        }),
    }
}

/// Metadata within the limit, which counts JSON: what is too long loses headings, then the end of its text.
fn fitting(mut metadata: Metadata) -> Metadata {
    let size = |metadata: &Metadata| serde_json::to_string(metadata).map_or(0, |json| json.len());
    if size(&metadata) > MAX_METADATA_BYTES {
        metadata.heading_path.truncate(1);
        metadata
            .heading_path
            .iter_mut()
            .for_each(|heading| *heading = head(heading, MAX_TITLE_BYTES).to_owned());
    }
    while size(&metadata) > MAX_METADATA_BYTES && !metadata.text.is_empty() {
        metadata.text = head(&metadata.text, metadata.text.len() * 3 / 4).to_owned();
    }
    metadata
}

/// Deletes vectors; deleting what is not there changes nothing. Where no index is bound (any more) there is nothing
/// to delete.
///
/// # Errors
/// When the index does not take the request.
pub async fn delete(env: &Env, dimensions: usize, ids: &[String]) -> Result<(), Failure> {
    if !bound(env) {
        return Ok(());
    }
    let index = index(env, dimensions)?;
    for batch in ids.chunks(DELETED_AT_ONCE) {
        let promise = index.delete_by_ids(&to_js(&batch)?).map_err(refused)?;
        wasm_bindgen_futures::JsFuture::from(promise).await.map_err(refused)?;
    }
    Ok(())
}

/// The id of a passage's vector.
#[must_use]
pub fn id(document: &DocumentId, revision: &str, ord: u32) -> String {
    format!("{document}:{revision}:{ord}")
}

fn head(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    text.get(..end).unwrap_or_default()
}

#[allow(clippy::needless_pass_by_value)]
fn refused(error: JsValue) -> Failure {
    Failure::Internal(format!("the vector index failed: {}", js_message(&error)))
}
