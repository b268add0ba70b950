//! Backup and restore, for the operator. Every request is a page, a file or a step, so nothing needs more than a
//! Worker has, and each of them may be made again: what is there already stays.

use platform::relational::Relational;
use platform::{Failure, clock, http, seal};
use protocol::api::{
    BackupFile, BackupPlan, BackupReference, BackupTable, Done, RestoreRequest, RestoreState,
};
use protocol::objects::EXPORTS_PREFIX;
use protocol::routes::RouteId as R;
use protocol::{Code, Problem};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use store::backup::{self, RELATIONS};
use store::sealed;
use worker::{Env, Request, Response, ResponseBuilder};

use super::knowledge::files;
use super::{done, found, unhandled};
use crate::backup::{self as rows, Page};
use crate::{auth, edge, ledger};

/// Where R2 keeps what is of the installation that was backed up alone: which regions have a replica, and files of what is
/// held of people, which are kept for a day and go when the person does.
const NOT_KEPT: [&str; 2] = ["replicas/", EXPORTS_PREFIX];
/// Objects that are listed, or woken, at once.
const AT_ONCE: u32 = 50;

pub async fn handle(id: R, request: &mut Request, env: &Env) -> Result<Response, Failure> {
    match id {
        R::BackupPlan => http::data(plan(env).await?),
        R::BackupRows => read(request, env).await,
        R::BackupParts => {
            let Query { after, .. } = query(request)?;
            http::data(parts(env, &after).await?)
        }
        R::BackupFiles => list(request, env).await,
        R::BackupFile => download(request, env).await,
        R::BeginRestore => begin(request, env).await,
        R::RestoreRows => write(request, env).await,
        R::RestoreFile => upload(request, env).await,
        R::FinishRestore => finish(request, env).await,
        _ => Err(unhandled()),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Query {
    part: String,
    after: String,
    key: String,
    backup: String,
    sha256: String,
    page: u32,
}

fn query(request: &Request) -> Result<Query, Problem> {
    request
        .query()
        .map_err(|_| Problem::field("page", "A parameter is given more than once, or is no number."))
}

async fn migrations(env: &Env) -> Result<Vec<String>, Failure> {
    let rows = Relational::of(env)?.rows(&backup::migrations()).await?;
    rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
}

async fn plan(env: &Env) -> Result<BackupPlan, Failure> {
    let references = Relational::of(env)?.rows(&backup::references()).await?;
    let reference = |row: &store::Row| {
        Ok(BackupReference {
            table: row.text(0)?.to_owned(),
            column: row.text(1)?.to_owned(),
            to_table: row.text(2)?.to_owned(),
            to_column: row.text(3)?.to_owned(),
        })
    };
    let sealed = |name: &str| {
        let columns = sealed::places().into_iter().filter(|(table, _)| *table == name);
        columns.map(|(_, column)| column.to_owned()).collect()
    };
    let table = |&name: &&str| BackupTable { name: name.to_owned(), sealed: sealed(name) };
    Ok(BackupPlan {
        migrations: migrations(env).await?,
        tables: RELATIONS.iter().map(table).collect(),
        references: references.iter().map(reference).collect::<Result<_, Failure>>()?,
        keys: seal::ids(env)?,
    })
}

async fn read(request: &Request, env: &Env) -> Result<Response, Failure> {
    let Query { part, after, .. } = query(request)?;
    let text = serde_json::to_string(&rows::read_part(env, &part, after).await?)?;
    let checksum = auth::hex(&Sha256::digest(&text));
    let response = ResponseBuilder::new()
        .with_header("Content-Type", "application/json")?
        .with_header("X-Checksum-Sha256", &checksum)?;
    Ok(response.fixed(text.into_bytes()))
}

async fn parts(env: &Env, after: &str) -> Result<Vec<String>, Failure> {
    let rows = Relational::of(env)?.rows(&backup::objects(after, AT_ONCE)).await?;
    rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
}

async fn list(request: &Request, env: &Env) -> Result<Response, Failure> {
    let Query { after, .. } = query(request)?;
    let bucket = env.bucket("FILES")?;
    let mut list = bucket.list();
    if !after.is_empty() {
        list = list.cursor(after);
    }
    let listed = list.execute().await?;
    let file =
        |object: &worker::Object| BackupFile { key: object.key(), bytes: object.size(), etag: object.etag() };
    let mut files: Vec<BackupFile> = listed.objects().iter().map(file).collect();
    files.retain(|file| !NOT_KEPT.iter().any(|prefix| file.key.starts_with(prefix)));
    http::page(files, listed.cursor().filter(|_| listed.truncated()))
}

async fn download(request: &Request, env: &Env) -> Result<Response, Failure> {
    let Query { key, .. } = query(request)?;
    let stored = found(env.bucket("FILES")?.get(key).execute().await?)?;
    let response = ResponseBuilder::new()
        .with_header("Content-Type", "application/octet-stream")?
        .with_header("Content-Length", &stored.size().to_string())?;
    Ok(response.body(found(stored.body())?.response_body()?))
}

/// Begins where nothing is yet; asked again for the same backup, it says how far that is.
async fn begin(request: &mut Request, env: &Env) -> Result<Response, Failure> {
    let asked: RestoreRequest = http::body(request).await?;
    let here = migrations(env).await?;
    if here != asked.migrations {
        let newest = |of: &[String]| of.last().cloned().unwrap_or_else(|| "none".to_owned());
        let words = format!(
            "The backup is of another release: its newest migration is {}, the newest here is {}. Deploy the release it is of, \
             restore it, then update.",
            newest(&asked.migrations),
            newest(&here)
        );
        return Err(Problem::new(Code::Conflict, words).into());
    }
    let ring = seal::ids(env)?;
    let missing: Vec<&str> =
        asked.keys.iter().map(String::as_str).filter(|key| !ring.iter().any(|one| one == key)).collect();
    if !missing.is_empty() {
        let words = format!(
            "The backup holds values that were sealed with keys this installation does not have ({}). Set SEALING_KEY, or add the \
             old key to SEALING_KEYS_OLD, then try again.",
            missing.join(", ")
        );
        return Err(Problem::new(Code::Conflict, words).into());
    }
    let database = Relational::of(env)?;
    let known = database.first(&backup::restored(&asked.backup)).await?;
    if known.is_none() && !env.bucket("FILES")?.list().limit(1).execute().await?.objects().is_empty() {
        return Err(not_empty("Its storage holds files."));
    }
    database.batch(&backup::begin(&asked.backup, clock::now_ms())).await?;
    let Some(row) = database.first(&backup::restored(&asked.backup)).await? else {
        let other = match rows::is_restoring(env).await? {
            true => "Another backup is being restored to it.",
            false => "It has members or workspaces.",
        };
        return Err(not_empty(other));
    };
    if row.real_or_null(1)?.is_some() {
        return Err(not_empty("This backup was restored to it already."));
    }
    http::data(RestoreState { pages: row.integer(0)?, next: None, untold: 0 })
}

fn not_empty(why: &str) -> Failure {
    let words = format!(
        "This installation is not empty. {why} Restore to a new one: its own database, storage, namespaces and Workers, where nobody \
         has signed up yet."
    );
    Problem::new(Code::Conflict, words).into()
}

/// Nothing is written but to a restore that was begun and has not ended.
async fn under_way(env: &Env, backup: &str) -> Result<(), Failure> {
    let row = Relational::of(env)?.first(&backup::restored(backup)).await?;
    match row.map(|row| row.real_or_null(1)).transpose()? {
        Some(None) => Ok(()),
        _ => Err(Problem::new(Code::Conflict, "This backup is not being restored here. Begin first.").into()),
    }
}

async fn write(request: &mut Request, env: &Env) -> Result<Response, Failure> {
    let Query { part, backup, sha256, page: number, .. } = query(request)?;
    under_way(env, &backup).await?;
    let bytes = request.bytes().await?;
    if auth::hex(&Sha256::digest(&bytes)) != sha256 {
        return Err(Problem::field("sha256", "The page did not arrive as it was sent. Send it again.").into());
    }
    let page: Page = serde_json::from_slice(&bytes)
        .map_err(|_| Problem::new(Code::Malformed, "This is no page of a backup."))?;
    rows::write_part(env, &part, page, store::backup::came(&backup, number)).await?;
    done()
}

async fn upload(request: &Request, env: &Env) -> Result<Response, Failure> {
    let Query { key, backup, .. } = query(request)?;
    under_way(env, &backup).await?;
    let length = request.headers().get("Content-Length")?.and_then(|length| length.parse().ok());
    let length = length.ok_or_else(|| Problem::field("key", "Say how long the file is (Content-Length)."))?;
    files::store(request, env, &key, length).await?;
    http::data(Done {})
}

/// Wakes some of the objects; behind the last of them, ends the restore and tells edges and ledgers.
async fn finish(request: &mut Request, env: &Env) -> Result<Response, Failure> {
    let asked: RestoreRequest = http::body(request).await?;
    let database = Relational::of(env)?;
    let names = parts(env, &asked.after).await?;
    if !names.is_empty() {
        under_way(env, &asked.backup).await?;
        for name in &names {
            rows::wake(env, name).await?;
        }
        return http::data(RestoreState { pages: 0, next: names.last().cloned(), untold: 0 });
    }
    database.batch(&backup::end(&asked.backup, clock::now_ms())).await?;
    edge::sweep(env).await?;
    ledger::sweep(env).await?;
    let untold = database.first(&backup::untold()).await?.map(|row| row.integer(0)).transpose()?;
    http::data(RestoreState { pages: 0, next: None, untold: untold.unwrap_or_default() })
}
