//! Sources: added, watched, crawled again, deleted.

use platform::relational::Relational;
use platform::{Failure, clock, config, http, objects, random};
use protocol::agent::AgentSnapshot;
use protocol::api::{CrawlStarted, Done, NewSource, PageState, Source, SourceKind, SourceState};
use protocol::internal::{CancelCrawl, CrawlStatus, CrawlTarget, Documents, Retire, StartCrawl};
use protocol::{AgentId, Code, Problem, RunId, SourceId};
use serde::Deserialize;
use store::{Actor, agents, sources};
use worker::{Env, Request, Response};

use super::found;
use crate::crawl;

/// Pages of one crawl; the plan's limit where plans are sold.
const MAX_PAGES: u32 = 200;
/// Links away from the start.
const MAX_DEPTH: u32 = 3;
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
    let row = found(database.first(&agents::one(&actor.tenant, &agent)).await?)?;
    let draft = agents::read_draft(&row)?;
    let body: NewSource = http::body(request).await?;
    let (url, kind) = address(env, &body.url)?;
    let id = random::id(SourceId::ordered);
    let now = clock::now_ms();
    database.batch(&[sources::create(&actor.tenant, &id, &agent, kind, &url, now)]).await?;
    let (source, _) =
        sources::read(&found(database.first(&sources::by_url(&actor.tenant, &agent, &url)).await?)?)?;
    if source.id != id {
        let problem =
            Problem::new(Code::Conflict, "This address is a source already. Crawl it again from its page.");
        return Err(Problem { field: Some("url".into()), ..problem }.into());
    }
    start(env, actor, &source, &draft).await?;
    show(env, actor, &source.id).await
}

pub async fn one(env: &Env, actor: &Actor, source: &str) -> Result<Response, Failure> {
    show(env, actor, &source.parse()?).await
}

pub async fn reindex(env: &Env, actor: &Actor, source: &str) -> Result<Response, Failure> {
    let (source, draft) = with_agent(env, actor, source).await?;
    let run_id = start(env, actor, &source, &draft).await?;
    http::data(CrawlStarted { run_id })
}

/// What a source taught goes first, then its pages, then the source itself: cut off anywhere, it can be deleted
/// again.
pub async fn delete(env: &Env, actor: &Actor, source: &str) -> Result<Response, Failure> {
    let (source, draft) = with_agent(env, actor, source).await?;
    let tenant = &actor.tenant;
    let crawl = crawl_object(actor, &source.id);
    objects::call(env, "CRAWL", &crawl, &CancelCrawl {}).await?;
    let retire = Retire {
        workspace_id: tenant.workspace().clone(),
        agent_id: source.agent_id.clone(),
        source_id: source.id.clone(),
        keep_run: None,
    };
    crawl::finish::forget(env, tenant, &crawl::knowledge_object(tenant, &draft), &retire).await?;
    Relational::of(env)?.batch(&sources::delete(tenant, &source.id)).await?;
    http::data(Done {})
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
                "Known states are queued, fetching, indexed, duplicate, redirected, skipped and failed.",
            )
        })
    }
}

pub async fn pages(request: &Request, env: &Env, actor: &Actor, source: &str) -> Result<Response, Failure> {
    let row = found(Relational::of(env)?.first(&sources::one(&actor.tenant, &source.parse()?)).await?)?;
    let (source, _) = sources::read(&row)?;
    let query = PagesQuery::of(request)?;
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

async fn show(env: &Env, actor: &Actor, id: &SourceId) -> Result<Response, Failure> {
    let row = found(Relational::of(env)?.first(&sources::one(&actor.tenant, id)).await?)?;
    let (mut source, _) = sources::read(&row)?;
    watch(env, actor, &mut source).await?;
    http::data(source)
}

/// While a crawl runs, its object knows more than the relations.
async fn watch(env: &Env, actor: &Actor, source: &mut Source) -> Result<(), Failure> {
    if matches!(source.state, SourceState::Pending | SourceState::Crawling) {
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
    let refused = |message: String| Problem {
        field: Some("url".into()),
        ..Problem::new(Code::AddressRefused, message)
    };
    let url = ingest::address::parse_source(typed).map_err(|error| refused(error.to_string()))?;
    ingest::address::guard::check(&url, &crawl::local_hosts(env))
        .map_err(|error| refused(error.to_string()))?;
    let path = url.path().to_ascii_lowercase();
    let sitemap = [".xml", ".xml.gz"].iter().any(|ending| path.ends_with(ending));
    Ok((url.into(), if sitemap { SourceKind::Sitemap } else { SourceKind::Website }))
}

/// Begins a run. The row comes first: a run that was noted and not begun is begun by asking again.
async fn start(env: &Env, actor: &Actor, source: &Source, draft: &AgentSnapshot) -> Result<RunId, Failure> {
    let tenant = &actor.tenant;
    let run_id = random::id(RunId::ordered);
    Relational::of(env)?.batch(&[sources::begin_run(tenant, &source.id, &run_id)]).await?;
    let target = CrawlTarget {
        workspace_id: tenant.workspace().clone(),
        agent_id: source.agent_id.clone(),
        source_id: source.id.clone(),
        run_id: run_id.clone(),
        kind: source.kind,
        url: source.url.clone(),
        max_pages: config::optional(env, "MAX_PAGES")
            .and_then(|pages| pages.parse().ok())
            .unwrap_or(MAX_PAGES),
        max_depth: if source.kind == SourceKind::Sitemap { 0 } else { MAX_DEPTH },
        region: draft.region,
        jurisdiction: actor.jurisdiction,
    };
    objects::call(env, "CRAWL", &crawl_object(actor, &source.id), &StartCrawl { target }).await?;
    Ok(run_id)
}
