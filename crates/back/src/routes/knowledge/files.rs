//! Uploaded files: streamed in and out, never run.

use ingest::file::MAX_BYTES;
use platform::relational::Relational;
use platform::{Failure, clock, http, log, random};
use protocol::api::{Done, File, FileState};
use protocol::{Code, FileId, Problem, SourceId};
use serde::Deserialize;
use store::files::{self, Stored};
use store::{Actor, readings, sources};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use worker::{Env, Headers, Request, Response, ResponseBuilder};

use crate::reading::{self, file as reader, sweep};
use crate::routes::found;
use crate::{audit, indexing};

const MAX_NAME: usize = 200;

#[wasm_bindgen]
extern "C" {
    /// A stream that tells how long it is, as R2 wants to know, and breaks when that is not true.
    #[wasm_bindgen(js_name = FixedLengthStream)]
    type FixedLengthStream;
    #[wasm_bindgen(constructor, catch, js_class = "FixedLengthStream")]
    fn new(length: f64) -> Result<FixedLengthStream, JsValue>;
    #[wasm_bindgen(method, getter)]
    fn readable(this: &FixedLengthStream) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn writable(this: &FixedLengthStream) -> JsValue;
    /// The part of a body's stream that moves it on.
    type Body;
    #[wasm_bindgen(method, structural, catch, js_name = pipeTo)]
    fn pipe_to(this: &Body, writable: &JsValue) -> Result<js_sys::Promise, JsValue>;
}

pub async fn list(env: &Env, actor: &Actor, source: &str) -> Result<Response, Failure> {
    let (database, id) = (Relational::of(env)?, source.parse()?);
    found(database.first(&sources::one(&actor.tenant, &id)).await?)?;
    let rows = database.rows(&files::list(&actor.tenant, &id)).await?;
    let listed = rows.iter().map(|row| files::read(row).map(|stored| stored.file));
    http::page(listed.collect::<Result<Vec<File>, _>>()?, None)
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    name: String,
}

/// The row comes first, so that nothing arrives that nobody knows of; then the bytes; then it waits to be read.
pub async fn upload(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    source: &str,
) -> Result<Response, Failure> {
    let (tenant, database) = (&actor.tenant, Relational::of(env)?);
    let id: SourceId = source.parse()?;
    found(database.first(&sources::one(tenant, &id)).await?)?;
    let bytes = declared(request)?;
    let others = database.rows(&files::list(tenant, &id)).await?;
    let others =
        others.iter().map(|row| Ok(files::read(row)?.file.name)).collect::<Result<Vec<_>, Failure>>()?;
    let query: Named = request.query().map_err(|_| no_name())?;
    let name = distinct(&tidy(&query.name)?, &others);
    let file = random::id(FileId::ordered);
    let now = clock::now_ms();
    let begin = files::begin_upload(tenant, &file, &id, &name, bytes, now);
    database.batch(&[begin, readings::note_files(tenant, &id, now)]).await?;
    if database.first(&files::one(tenant, &file)).await?.is_none() {
        let message = format!(
            "There is no room: a collection holds {} files, and only collections of files take any.",
            files::MOST
        );
        return Err(Problem::new(Code::Conflict, message).into());
    }
    let key = reader::key(tenant.workspace(), &id, &file);
    if let Err(failure) = store(request, env, &key, bytes).await {
        log::info("upload_broken", file.as_str(), &failure.to_string());
        sweep::discard(env, tenant, &id, &file).await?;
        let message =
            format!("The file did not arrive whole: {bytes} bytes were announced. Upload it again.");
        return Err(Problem::new(Code::Invalid, message).into());
    }
    let now = clock::now_ms();
    let arrived = [
        files::uploaded(tenant, &file, now),
        audit::entry_if_changed(actor, "file.uploaded", file.as_str(), &name, &[])?,
        readings::note_files(tenant, &id, now),
    ];
    database.batch(&arrived).await?;
    let Some(row) = database.first(&files::one(tenant, &file)).await? else {
        // Its source was deleted meanwhile.
        sweep::discard(env, tenant, &id, &file).await?;
        return Err(Problem::not_found().into());
    };
    let arrived = files::read(&row)?.file;
    if arrived.state == FileState::Failed {
        // It is being deleted, and whoever does it may have looked for its bytes already.
        env.bucket("FILES")?.delete(key).await?;
        return Err(Problem::not_found().into());
    }
    reading::ring(env, tenant, &id).await;
    http::data(arrived)
}

/// Bytes from the request to R2, without holding them.
pub async fn store(request: &Request, env: &Env, key: &str, bytes: u64) -> Result<(), Failure> {
    let failed = |error: JsValue| Failure::from(worker::Error::from(error));
    let body = request.inner().body().ok_or_else(|| Failure::Internal("there is no body".into()))?;
    #[allow(clippy::cast_precision_loss)]
    let fixed = FixedLengthStream::new(bytes as f64).map_err(failed)?;
    let piped = body.unchecked_into::<Body>().pipe_to(&fixed.writable()).map_err(failed)?;
    let readable: web_sys::ReadableStream = fixed.readable().unchecked_into();
    let put = async { Ok(env.bucket("FILES")?.put(key, readable).execute().await.map(|_| ())?) };
    let piped = async { wasm_bindgen_futures::JsFuture::from(piped).await.map(|_| ()).map_err(failed) };
    futures::future::try_join(put, piped).await.map(|_| ())
}

/// The announced length, within the limit.
fn declared(request: &Request) -> Result<u64, Failure> {
    let length =
        request.headers().get("Content-Length")?.and_then(|length| length.trim().parse::<u64>().ok());
    match length {
        None => Err(Problem::new(
            Code::Invalid,
            "The request does not say how long the file is (Content-Length).",
        )
        .into()),
        Some(0) => Err(Problem::new(Code::Invalid, "The file is empty. Choose another one.").into()),
        Some(bytes) if bytes > MAX_BYTES => {
            let message =
                format!("The file is larger than {} MB. Split it or save it smaller.", MAX_BYTES / 1_000_000);
            Err(Problem::new(Code::TooLarge, message).into())
        }
        Some(bytes) => Ok(bytes),
    }
}

fn no_name() -> Problem {
    Problem::field("name", "Say what the file is called, as in `?name=prices.pdf`.")
}

/// A name that is only a name: no folders, nothing invisible, not too long; its ending stays.
fn tidy(given: &str) -> Result<String, Problem> {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let name: String = last.chars().filter(|c| !hidden(*c)).collect();
    let name = name.trim().trim_start_matches('.').trim();
    if name.is_empty() {
        return Err(no_name());
    }
    let length = name.chars().count();
    if length <= MAX_NAME {
        return Ok(name.to_owned());
    }
    let (stem, ending) = split(name);
    let room = MAX_NAME.saturating_sub(ending.chars().count());
    Ok(stem.chars().take(room).chain(ending.chars()).take(MAX_NAME).collect())
}

/// Stem and ending, as in `prices` and `.pdf`.
fn split(name: &str) -> (&str, &str) {
    name.rfind('.').filter(|at| *at > 0 && name.len() - at <= 12).map_or((name, ""), |at| name.split_at(at))
}

/// The name, or `name (2).pdf` where there is one already.
fn distinct(name: &str, others: &[String]) -> String {
    let (stem, ending) = split(name);
    let numbered = (2..).map(|n| format!("{stem} ({n}){ending}"));
    std::iter::once(name.to_owned()).chain(numbered).find(|name| !others.contains(name)).unwrap_or_default()
}

async fn one(env: &Env, actor: &Actor, file: &str) -> Result<Stored, Failure> {
    let row = found(Relational::of(env)?.first(&files::one(&actor.tenant, &file.parse()?)).await?)?;
    Ok(files::read(&row)?)
}

pub async fn retry(env: &Env, actor: &Actor, file: &str) -> Result<Response, Failure> {
    let Stored { file, .. } = one(env, actor, file).await?;
    if !matches!(file.state, FileState::Indexed | FileState::Failed) {
        return Err(
            Problem::new(Code::Conflict, "This file is being read already. Wait for it to end.").into()
        );
    }
    let (tenant, now) = (&actor.tenant, clock::now_ms());
    let again = [
        files::again(tenant, &file.id, now),
        readings::note_files(tenant, &file.source_id, now),
        audit::entry(actor, "file.read_again", file.id.as_str(), &file.name, &[])?,
    ];
    Relational::of(env)?.batch(&again).await?;
    reading::ring(env, tenant, &file.source_id).await;
    http::data(one(env, actor, file.id.as_str()).await?.file)
}

/// What it taught goes first, then its bytes, then its row: cut off anywhere, it can be deleted again. Files that
/// were left out because this one said the same are read then.
pub async fn delete(env: &Env, actor: &Actor, file: &str) -> Result<Response, Failure> {
    let Stored { file, agent_id, .. } = one(env, actor, file).await?;
    let (tenant, database) = (&actor.tenant, Relational::of(env)?);
    database.batch(&[files::doom(tenant, &file.source_id, Some(&file.id))]).await?;
    let knowledge = reading::knowledge_of(env, tenant, &agent_id).await?;
    let documents = reader::documents_of(&file.source_id, &file.id);
    let what = protocol::internal::Retire {
        workspace_id: tenant.workspace().clone(),
        agent_id,
        source_id: file.source_id.clone(),
        keep_run: None,
        documents,
    };
    indexing::forget_some(env, tenant, &knowledge, &what).await?;
    env.bucket("FILES")?.delete(reader::key(tenant.workspace(), &file.source_id, &file.id)).await?;
    let now = clock::now_ms();
    let gone = [
        files::delete(tenant, &file.id),
        files::all_again(tenant, &file.source_id, true, now),
        readings::note_files(tenant, &file.source_id, now),
        audit::entry(actor, "file.deleted", file.id.as_str(), &file.name, &[])?,
    ];
    database.batch(&gone).await?;
    reading::ring(env, tenant, &file.source_id).await;
    http::data(Done {})
}

/// A file as an attachment: whatever it is, no browser runs it, least of all as ours.
pub async fn download(env: &Env, actor: &Actor, file: &str) -> Result<Response, Failure> {
    let Stored { file, .. } = one(env, actor, file).await?;
    let key = reader::key(actor.tenant.workspace(), &file.source_id, &file.id);
    let stored = found(env.bucket("FILES")?.get(key).execute().await?)?;
    let content_type = match file.kind.as_deref() {
        Some("pdf") => "application/pdf",
        Some("text" | "markdown" | "csv") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
    let headers = Headers::new();
    for (name, value) in [
        ("Content-Type", content_type),
        ("Content-Disposition", &disposition(&file.name)),
        ("Content-Length", &stored.size().to_string()),
        ("Content-Security-Policy", "sandbox; default-src 'none'"),
        ("X-Content-Type-Options", "nosniff"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cache-Control", "private, no-store"),
    ] {
        headers.set(name, value)?;
    }
    let body = found(stored.body())?.response_body()?;
    Ok(ResponseBuilder::new().with_headers(headers).body(body))
}

/// RFC 6266: an ASCII name for those who know no other, and the real one (RFC 8187, section 3.2).
fn disposition(name: &str) -> String {
    let ascii: String = name
        .chars()
        .map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') || c == ' ' { c } else { '_' })
        .collect();
    let mut extended = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            extended.push(char::from(byte));
        } else {
            extended.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{extended}")
}
