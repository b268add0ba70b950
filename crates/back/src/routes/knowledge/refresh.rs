//! Single pages: read again by a member or by a secret address, and what the last runs made of them.

use platform::relational::Relational;
use platform::{Failure, http, objects, random};
use protocol::api::{HookRequest, RefreshAccepted, RefreshHook, RefreshRequest};
use protocol::internal::PageHistory;
use protocol::{Code, Problem};
use serde::Deserialize;
use store::{Actor, Tenant, sources, syncs};
use worker::{Env, Request, Response};

use crate::routes::sources::named;
use crate::routes::{done, found};
use crate::{audit, auth, crawl, mail};

/// Addresses of one call.
const AT_ONCE: usize = 100;
/// Calls of one secret address a minute; and guesses from one place.
const CALLS: u32 = 60;
const GUESSES: u32 = 120;
/// Secrets of addresses begin so.
const PREFIX: &str = "hook_";
const SECRET_BYTES: usize = 32;

pub async fn page(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    source: &str,
) -> Result<Response, Failure> {
    let row = found(Relational::of(env)?.first(&sources::one(&actor.tenant, &source.parse()?)).await?)?;
    let (source, _) = sources::read(&row)?;
    let body: RefreshRequest = http::body(request).await?;
    let urls = [body.url];
    let accepted = crawl::begin::refresh(env, &actor.tenant, &source, actor.jurisdiction, &urls).await?;
    accept(accepted)
}

/// What was accepted; a problem where nothing was.
fn accept(accepted: RefreshAccepted) -> Result<Response, Failure> {
    if let (true, Some(first)) = (accepted.queued.is_empty(), accepted.refused.first()) {
        let problem = Problem::new(Code::AddressRefused, first.reason.clone());
        return Err(Problem { field: Some("url".into()), ..problem }.into());
    }
    Ok(http::data(accepted)?.with_status(202))
}

/// Gives a source a new secret address; an earlier one is good for nothing any more.
pub async fn create_hook(
    request: &Request,
    env: &Env,
    actor: &Actor,
    source: &str,
) -> Result<Response, Failure> {
    let (database, tenant) = (Relational::of(env)?, &actor.tenant);
    let row = found(database.first(&sources::one(tenant, &source.parse()?)).await?)?;
    let (source, _) = sources::read(&row)?;
    if !crawl::begin::crawled(source.kind) {
        let message = "Only pages of websites and sitemaps are refreshed one by one.";
        return Err(Problem::new(Code::Conflict, message).into());
    }
    let token = format!("{PREFIX}{}", auth::hex(&random::bytes::<SECRET_BYTES>()));
    let action = if source.hook { "source.hook_rotated" } else { "source.hook_created" };
    let statements = [
        syncs::set_hook(tenant, &source.id, Some(&auth::digest(&token))),
        audit::entry(actor, action, source.id.as_str(), named(&source), &[])?,
    ];
    database.batch(&statements).await?;
    http::data(RefreshHook { url: format!("{}/v1/hooks/refresh/{token}", mail::base(request, env)?) })
}

pub async fn delete_hook(env: &Env, actor: &Actor, source: &str) -> Result<Response, Failure> {
    let (database, tenant) = (Relational::of(env)?, &actor.tenant);
    let row = found(database.first(&sources::one(tenant, &source.parse()?)).await?)?;
    let (source, _) = sources::read(&row)?;
    if source.hook {
        let noted = audit::entry(actor, "source.hook_deleted", source.id.as_str(), named(&source), &[])?;
        database.batch(&[syncs::set_hook(tenant, &source.id, None), noted]).await?;
    }
    done()
}

/// By the secret address: whoever knows it may say which pages of that source's site have changed.
pub async fn by_hook(request: &mut Request, env: &Env) -> Result<Response, Failure> {
    auth::limit(env, &format!("hook address {}", auth::address(request)), GUESSES).await?;
    let path = request.path();
    let token = path.rsplit('/').next().unwrap_or_default();
    let database = Relational::of(env)?;
    let row = found(database.first(&syncs::by_hook(&auth::digest(token))).await?)?;
    let (workspace, id) = syncs::read_due(&row)?;
    auth::limit(env, &format!("hook {id}"), CALLS).await?;
    let body: HookRequest = http::body(request).await?;
    let urls: Vec<String> = body.url.into_iter().chain(body.urls).collect();
    if urls.is_empty() {
        return Err(
            Problem::field("url", "Name the page that has changed, as `url`, or several as `urls`.").into()
        );
    }
    if urls.len() > AT_ONCE {
        let message = format!("These are more than {AT_ONCE} addresses. Send them in several calls.");
        return Err(Problem::field("urls", message).into());
    }
    let tenant = Tenant::of_job(&workspace);
    let (source, _) = sources::read(&found(database.first(&sources::one(&tenant, &id)).await?)?)?;
    let row = database.first(&sources::jurisdiction(&tenant)).await?;
    let jurisdiction = row.as_ref().map(sources::read_jurisdiction).transpose()?.unwrap_or_default();
    accept(crawl::begin::refresh(env, &tenant, &source, jurisdiction, &urls).await?)
}

#[derive(Deserialize)]
struct HistoryQuery {
    #[serde(default)]
    url: String,
}

pub async fn history(request: &Request, env: &Env, actor: &Actor, source: &str) -> Result<Response, Failure> {
    let row = found(Relational::of(env)?.first(&sources::one(&actor.tenant, &source.parse()?)).await?)?;
    let (source, _) = sources::read(&row)?;
    let query: HistoryQuery =
        request.query().map_err(|_| Problem::field("url", "Give the address of a page as `url`."))?;
    if query.url.is_empty() {
        return Err(Problem::field("url", "Give the address of a page as `url`.").into());
    }
    if !crawl::begin::crawled(source.kind) {
        return http::page(Vec::<protocol::api::PageEvent>::new(), None);
    }
    let object = protocol::objects::crawl(actor.tenant.workspace(), &source.id, actor.jurisdiction);
    let reply = objects::call(env, "CRAWL", &object, &PageHistory { url: query.url }).await?;
    http::page(reply.events, None)
}
