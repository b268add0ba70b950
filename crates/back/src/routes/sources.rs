//! Sources: added, watched, read again, deleted.

use platform::relational::Relational;
use platform::{Failure, clock, embedding, http, objects, random};
use protocol::agent::AgentSnapshot;
use protocol::api::{CrawlStarted, Done, NewSource, Page, PageState, Source, SourceKind, SourceState};
use protocol::internal::{CrawlStatus, Documents, KnowledgeStats, RetryFailed};
use protocol::{AgentId, Code, Problem, RunId, SourceId};
use serde::Deserialize;
use store::{Actor, agents, files, readings, sources};
use worker::{Env, Request, Response};

use super::found;
use super::knowledge::texts;
use crate::{audit, crawl, reading};

const DOCUMENTS: u32 = 20;

pub async fn list(env: &Env, actor: &Actor, agent: &str) -> Result<Response, Failure> {
    let agent: AgentId = agent.parse()?;
    let database = Relational::of(env)?;
    found(database.first(&agents::one(&actor.tenant, &agent)).await?)?;
    let mut listed = Vec::new();
    for row in database.rows(&sources::list(&actor.tenant, &agent)).await? {
        let (mut source, _) = sources::read(&row)?;
        watch(env, actor, &mut source).await?;
        listed.push(source);
    }
    http::page(listed, None)
}

pub async fn create(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    agent: &str,
) -> Result<Response, Failure> {
    let agent: AgentId = agent.parse()?;
    let database = Relational::of(env)?;
    found(database.first(&agents::one(&actor.tenant, &agent)).await?)?;
    let body: NewSource = http::body_within(request, texts::MAX_BODY).await?;
    let made = match body.kind {
        None | Some(SourceKind::Website | SourceKind::Sitemap) => {
            let (url, found) = address(env, &body.url)?;
            let kind = body.kind.unwrap_or(found);
            Made { kind, url, title: String::new(), content: None, read: kind == SourceKind::Video }
        }
        Some(SourceKind::Feed) => {
            let (url, _) = address(env, &body.url)?;
            let title = texts::title(&body.title, "")?;
            Made { kind: SourceKind::Feed, url, title, content: None, read: true }
        }
        Some(SourceKind::Video) => {
            let (url, kind) = address(env, &body.url)?;
            if kind != SourceKind::Video {
                let message = "This is no video on YouTube. Open the video there and copy its address.";
                return Err(Problem {
                    field: Some("url".into()),
                    ..Problem::new(Code::AddressRefused, message)
                }
                .into());
            }
            let title = texts::title(&body.title, "")?;
            Made { kind, url, title, content: None, read: true }
        }
        Some(SourceKind::Text) => {
            let title = texts::title(&body.title, "Text")?;
            let content = Some(texts::text(&body.text)?);
            Made { kind: SourceKind::Text, url: String::new(), title, content, read: true }
        }
        Some(SourceKind::Faq) => {
            let title = texts::title(&body.title, "Questions and answers")?;
            let pairs = if body.csv.trim().is_empty() { body.pairs } else { texts::imported(&body.csv)? };
            let content = Some(texts::pairs(&pairs)?);
            Made { kind: SourceKind::Faq, url: String::new(), title, content, read: true }
        }
        Some(SourceKind::Files) => {
            let title = texts::title(&body.title, "Files")?;
            Made { kind: SourceKind::Files, url: String::new(), title, content: None, read: false }
        }
    };
    let (id, run, now) = (random::id(SourceId::ordered), random::id(RunId::ordered), clock::now_ms());
    let new = sources::NewSource {
        id: &id,
        kind: made.kind,
        url: &made.url,
        title: &made.title,
        content: made.content.as_deref(),
        run: &run,
        due_at: made.read.then_some(now),
    };
    let name = if made.url.is_empty() { &made.title } else { &made.url };
    let noted = audit::entry_if_changed(actor, "source.created", id.as_str(), name, &[])?;
    database.batch(&[sources::create(&actor.tenant, &agent, &new, now), noted]).await?;
    let row = database.first(&sources::one(&actor.tenant, &id)).await?;
    let (source, _) = sources::read(&row.ok_or_else(known_already)?)?;
    match made.kind {
        SourceKind::Website | SourceKind::Sitemap => {
            start(env, actor, &source).await?;
        }
        SourceKind::Files => {}
        SourceKind::Text | SourceKind::Faq | SourceKind::Feed | SourceKind::Video => {
            reading::ring(env, &actor.tenant, &id).await;
        }
    }
    show(env, actor, &source.id).await
}

/// A source that was asked for, checked.
struct Made {
    kind: SourceKind,
    url: String,
    title: String,
    content: Option<String>,
    /// It has to be read at once.
    read: bool,
}

fn known_already() -> Failure {
    let problem =
        Problem::new(Code::Conflict, "This address is a source already. Read it again from its page.");
    Problem { field: Some("url".into()), ..problem }.into()
}

pub async fn one(env: &Env, actor: &Actor, source: &str) -> Result<Response, Failure> {
    show(env, actor, &source.parse()?).await
}

pub async fn reindex(env: &Env, actor: &Actor, source: &str) -> Result<Response, Failure> {
    let (source, _) = with_agent(env, actor, source).await?;
    let (tenant, now) = (&actor.tenant, clock::now_ms());
    let noted = audit::entry(actor, "source.read_again", source.id.as_str(), named(&source), &[])?;
    let run_id = match source.kind {
        SourceKind::Website | SourceKind::Sitemap => {
            Relational::of(env)?.batch(&[noted]).await?;
            start(env, actor, &source).await?
        }
        SourceKind::Files => {
            let row = found(Relational::of(env)?.first(&sources::one(tenant, &source.id)).await?)?;
            let (_, run) = sources::read(&row)?;
            let again = files::all_again(tenant, &source.id, false, now);
            Relational::of(env)?
                .batch(&[again, readings::note_files(tenant, &source.id, now), noted])
                .await?;
            reading::ring(env, tenant, &source.id).await;
            found(run)?
        }
        SourceKind::Text | SourceKind::Faq | SourceKind::Feed | SourceKind::Video => {
            let run = random::id(RunId::ordered);
            Relational::of(env)?.batch(&[readings::read_again(tenant, &source.id, &run, now), noted]).await?;
            reading::ring(env, tenant, &source.id).await;
            run
        }
    };
    http::data(CrawlStarted { run_id })
}

/// Reads the pages again that failed, in the run that they failed in.
pub async fn retry(env: &Env, actor: &Actor, source: &str) -> Result<Response, Failure> {
    let (tenant, database) = (&actor.tenant, Relational::of(env)?);
    let row = found(database.first(&sources::one(tenant, &source.parse()?)).await?)?;
    let (source, run) = sources::read(&row)?;
    let nothing =
        || Problem::new(Code::Conflict, "No page failed in the last crawl, so there is none to read again.");
    let Some(run) = run.filter(|_| crawl::begin::crawled(source.kind)) else { return Err(nothing().into()) };
    let object = crawl_object(actor, &source.id);
    let status = CrawlStatus { pages: false, after: None, state: None };
    let status = objects::call(env, "CRAWL", &object, &status).await?;
    if status.run_id.is_some() && !status.finished {
        let going = "The source is being crawled. Pages can be read again when the crawl is over.";
        return Err(Problem::new(Code::Conflict, going).into());
    }
    if status.run_id.as_ref() != Some(&run) || (status.progress.failed == 0 && status.reason.is_none()) {
        return Err(nothing().into());
    }
    let noted = audit::entry(actor, "source.retried", source.id.as_str(), named(&source), &[])?;
    // The row comes first: a retry that was noted and not begun is begun by asking again.
    database.batch(&[sources::begin_run(tenant, &source.id, &run), noted]).await?;
    let reply = objects::call(env, "CRAWL", &object, &RetryFailed { run_id: run.clone() }).await?;
    if reply.queued == 0 {
        // Somebody else has asked for the same at this moment, or what failed cannot be asked for.
        let (reason, progress) = (source.reason.as_deref(), &source.progress);
        let back = sources::note_run(tenant, &source.id, &run, source.state, reason, progress, None)?;
        database.batch(&[back]).await?;
        return Err(nothing().into());
    }
    http::data(CrawlStarted { run_id: run })
}

/// What a source taught goes first, then what it was read from, then the source itself: cut off anywhere, it can
/// be deleted again.
pub async fn delete(env: &Env, actor: &Actor, source: &str) -> Result<Response, Failure> {
    let (source, draft) = with_agent(env, actor, source).await?;
    let tenant = &actor.tenant;
    reading::forget(env, tenant, &source, &crawl::knowledge_object(tenant, &draft)).await?;
    let mut statements = sources::delete(tenant, &source.id).to_vec();
    statements.push(audit::entry(actor, "source.deleted", source.id.as_str(), named(&source), &[])?);
    Relational::of(env)?.batch(&statements).await?;
    http::data(Done {})
}

/// What a source is called.
pub fn named(source: &Source) -> &str {
    if source.url.is_empty() { &source.title } else { &source.url }
}

#[derive(Deserialize)]
struct PagesQuery {
    #[serde(default)]
    cursor: Option<String>,
    #[serde(default)]
    state: Option<PageState>,
}

impl PagesQuery {
    fn of(request: &Request) -> Result<Self, Problem> {
        request.query().map_err(|_| {
            Problem::field(
                "state",
                "Known states are queued, fetching, indexed, unchanged, duplicate, redirected, skipped and failed.",
            )
        })
    }
}

pub async fn pages(request: &Request, env: &Env, actor: &Actor, source: &str) -> Result<Response, Failure> {
    let row = found(Relational::of(env)?.first(&sources::one(&actor.tenant, &source.parse()?)).await?)?;
    let (source, _) = sources::read(&row)?;
    let query = PagesQuery::of(request)?;
    if !crawl::begin::crawled(source.kind) {
        return http::page(Vec::<Page>::new(), None);
    }
    let status = CrawlStatus { pages: true, after: query.cursor, state: query.state };
    let crawl = crawl_object(actor, &source.id);
    let reply = objects::call(env, "CRAWL", &crawl, &status).await?;
    http::page(reply.pages, reply.next)
}

pub async fn documents(
    request: &Request,
    env: &Env,
    actor: &Actor,
    source: &str,
) -> Result<Response, Failure> {
    let (source, draft) = with_agent(env, actor, source).await?;
    let query = PagesQuery::of(request)?;
    let after = query.cursor.map(|cursor| cursor.parse()).transpose();
    let after =
        after.map_err(|_| Problem::field("cursor", "This is no cursor of ours. Begin without one."))?;
    let object = crawl::knowledge_object(&actor.tenant, &draft);
    let message = Documents { source_id: source.id, after, limit: DOCUMENTS };
    let reply = objects::call(env, "KNOWLEDGE", &object, &message).await?;
    http::page(reply.documents, reply.next.map(String::from))
}

pub async fn show(env: &Env, actor: &Actor, id: &SourceId) -> Result<Response, Failure> {
    let row = found(Relational::of(env)?.first(&sources::one(&actor.tenant, id)).await?)?;
    let (mut source, _) = sources::read(&row)?;
    watch(env, actor, &mut source).await?;
    if embedding::configured(env).is_some() {
        let knowledge = reading::knowledge_of(env, &actor.tenant, &source.agent_id).await?;
        let stats = objects::call(env, "KNOWLEDGE", &knowledge, &KnowledgeStats {}).await?;
        source.note = stats.meaning.and_then(|meaning| meaning.note);
    }
    http::data(source)
}

/// While a crawl runs, its object knows more than the relations.
async fn watch(env: &Env, actor: &Actor, source: &mut Source) -> Result<(), Failure> {
    if crawl::begin::crawled(source.kind)
        && matches!(source.state, SourceState::Pending | SourceState::Crawling)
    {
        let crawl = crawl_object(actor, &source.id);
        let status = CrawlStatus { pages: false, after: None, state: None };
        source.progress = objects::call(env, "CRAWL", &crawl, &status).await?.progress;
    }
    Ok(())
}

async fn with_agent(env: &Env, actor: &Actor, source: &str) -> Result<(Source, AgentSnapshot), Failure> {
    let database = Relational::of(env)?;
    let row = found(database.first(&sources::one(&actor.tenant, &source.parse()?)).await?)?;
    let (source, _) = sources::read(&row)?;
    let agent = found(database.first(&agents::one(&actor.tenant, &source.agent_id)).await?)?;
    Ok((source, agents::read_draft(&agent)?))
}

fn crawl_object(actor: &Actor, source: &SourceId) -> protocol::objects::ObjectName {
    protocol::objects::crawl(actor.tenant.workspace(), source, actor.jurisdiction)
}

/// What a person typed, as the address of a source.
fn address(env: &Env, typed: &str) -> Result<(String, SourceKind), Failure> {
    let wrong = |code, message: String| Problem { field: Some("url".into()), ..Problem::new(code, message) };
    // Texts and lists need room in a request that an address does not.
    if typed.len() > http::MAX_BODY_BYTES {
        return Err(wrong(Code::TooLarge, "The address is too long. Check what was pasted.".into()).into());
    }
    let refused = |message| wrong(Code::AddressRefused, message);
    let url = ingest::address::parse_source(typed).map_err(|error| refused(error.to_string()))?;
    ingest::address::guard::check(&url, &crawl::local_hosts(env))
        .map_err(|error| refused(error.to_string()))?;
    if let Some(video) = ingest::video::id(&url).and_then(|id| ingest::video::address(&id)) {
        return Ok((video.into(), SourceKind::Video));
    }
    let path = url.path().to_ascii_lowercase();
    let sitemap = [".xml", ".xml.gz"].iter().any(|ending| path.ends_with(ending));
    Ok((url.into(), if sitemap { SourceKind::Sitemap } else { SourceKind::Website }))
}

/// Begins a run. The row comes first: a run that was noted and not begun is begun by asking again.
async fn start(env: &Env, actor: &Actor, source: &Source) -> Result<RunId, Failure> {
    let (tenant, run_id) = (&actor.tenant, random::id(RunId::ordered));
    Relational::of(env)?.batch(&[sources::begin_run(tenant, &source.id, &run_id)]).await?;
    crawl::begin::begin(env, tenant, source, run_id.clone(), actor.jurisdiction).await?;
    Ok(run_id)
}
