//! One address: fetched politely, read, cut into passages, indexed. Whatever goes wrong becomes an outcome with
//! a reason a person understands.

use std::rc::Rc;

use ingest::address::{self, guard};
use ingest::likeness::Likeness;
use ingest::page::{NeedsScript, Page};
use ingest::robots::{AGENT, Robots};
use ingest::sitemap::{self, Sitemap};
use platform::outgoing::{self, Trouble};
use platform::{clock, log};
use protocol::internal::{CrawlTarget, IndexedDocument, Outcome, Passage, Task, TaskKind, Visited};
use protocol::objects::ObjectName;
use store::Tenant;
use url::Url;
use worker::{Env, Method, Response};

use crate::indexing::{self, Indexed};

use super::access::{self, Access};
use super::render::{self, Made, Note};
use super::{Deadlines, knowledge_of, local_hosts, missing, revisit, verdict};

/// Largest body, after decompression.
pub const MAX_BODY: usize = 10 << 20;
const MAX_ROBOTS: usize = 512 << 10;
const MAX_SITEMAP: usize = 50 << 20;
/// Links of one page, and addresses of one sitemap, that are considered.
pub const MAX_LINKS: usize = 2_000;
const MAX_ROBOTS_TRIES: u32 = 3;
/// Before a site that refuses one page after the other is asked once more.
const REST_MS: u64 = 2_000;
const MAX_CRAWL_DELAY_S: f64 = 30.0;
/// A site that wants longer pauses is not asked for more than it has to be.
const SHORT_DELAY_MS: u64 = 1_000;
pub const ACCEPT: &str = "text/html,application/xhtml+xml;q=0.9,text/plain;q=0.5";

/// What came of a task.
pub struct Found {
    pub outcome: Outcome,
    pub links: Vec<String>,
    pub sitemaps: Vec<String>,
    /// Whether the site still shows what it showed before.
    pub still_open: Option<bool>,
    pub note: Note,
    /// Beside the links of a sitemap: when each has changed last.
    pub modified: Vec<f64>,
    /// What the next run can tell a change by.
    pub seen: Option<Visited>,
}

impl From<Outcome> for Found {
    fn from(outcome: Outcome) -> Self {
        Self {
            outcome,
            links: Vec::new(),
            sitemaps: Vec::new(),
            still_open: None,
            note: Note::default(),
            modified: Vec::new(),
            seen: None,
        }
    }
}

/// What is known of the site when a page is fetched.
#[derive(Clone, Default)]
pub struct Site {
    pub robots: Option<Rc<Robots>>,
    /// What it shows at an address that does not exist.
    pub missing: Option<Rc<Likeness>>,
    /// What it lets us in by.
    pub access: Option<Rc<Access>>,
}

pub async fn fetch(
    env: &Env,
    tenant: &Tenant,
    crawl: &ObjectName,
    target: &CrawlTarget,
    site: &Site,
    task: &Task,
) -> Found {
    let Ok(url) = Url::parse(&task.url) else {
        return Outcome::Skipped { reason: "This is not an address.".into(), http_status: None }.into();
    };
    if let Err(refused) = guard::check(&url, &local_hosts(env)) {
        return Outcome::Skipped { reason: refused.to_string(), http_status: None }.into();
    }
    let deadlines = Deadlines::of(env);
    match task.kind {
        TaskKind::Robots => robots_file(target, site, deadlines, &url, task).await,
        TaskKind::Sitemap => sitemap_file(target, site, deadlines, &url).await,
        TaskKind::Page => {
            if site.robots.as_ref().is_some_and(|robots| !robots.allows(AGENT, url.as_str())) {
                return Outcome::Skipped {
                    reason: "The site's robots.txt does not allow it.".into(),
                    http_status: None,
                }
                .into();
            }
            let mut found = page(env, tenant, crawl, target, site, task, &url).await;
            if let (Outcome::Failed { http_status: Some(403), .. }, Some(check)) =
                (&found.outcome, &task.check)
            {
                found.still_open = is_open(target, site, deadlines, check).await;
            }
            found
        }
    }
}

/// Whether the site still shows a page that it showed before, after a moment's rest.
async fn is_open(target: &CrawlTarget, site: &Site, deadlines: Deadlines, check: &str) -> Option<bool> {
    clock::sleep(REST_MS).await;
    let url = Url::parse(check).ok()?;
    match get(target, site.access.as_deref(), deadlines, &url, ACCEPT, None).await {
        Answered::Body(_) | Answered::Over(Outcome::Redirected { .. }) => Some(true),
        Answered::Over(Outcome::Failed { http_status: Some(401 | 403), .. })
        | Answered::Over(Outcome::Retry { http_status: Some(429 | 503), .. }) => Some(false),
        Answered::Over(_) => None,
    }
}

/// What answered, or what became of the request.
pub enum Answered {
    Body(Response),
    Over(Outcome),
}

/// Who we say we are.
pub fn user_agent() -> String {
    format!("{AGENT}/1.0 (+https://frontdesk.invalid/bot)")
}

/// One request, for what has changed since the last visit; redirects are outcomes, so that every hop is checked and shown.
pub async fn get(
    target: &CrawlTarget,
    access: Option<&Access>,
    deadlines: Deadlines,
    url: &Url,
    accept: &str,
    known: Option<&Visited>,
) -> Answered {
    let key = access.and_then(|access| access.header_for(url));
    let agent = user_agent();
    let mut headers = vec![("User-Agent", agent.as_str()), ("Accept", accept)];
    let since = revisit::headers(known);
    headers.extend(key);
    headers.extend(&since);
    let sent = match outgoing::request(Method::Get, url.as_str(), &headers, None) {
        Ok(request) => outgoing::send(request, deadlines.head_ms).await,
        Err(trouble) => Err(trouble),
    };
    let response = match sent {
        Ok(response) => response,
        Err(trouble) => return Answered::Over(retry(&trouble)),
    };
    let status = response.status_code();
    let header = |name: &str| response.headers().get(name).ok().flatten();
    match status {
        200 => Answered::Body(response),
        304 if !since.is_empty() => Answered::Over(Outcome::Unchanged { http_status: Some(304) }),
        301 | 302 | 303 | 307 | 308 => Answered::Over(redirect(target, url, status, header("Location"))),
        408 | 425 | 429 | 500..=599 => Answered::Over(Outcome::Retry {
            reason: format!("The site answers {status}."),
            http_status: Some(status),
            after_ms: header("Retry-After").and_then(|value| retry_after(&value)),
        }),
        401 | 403 => Answered::Over(Outcome::Failed {
            reason: access::refusal(status, key.is_some()),
            http_status: Some(status),
        }),
        404 | 410 => Answered::Over(Outcome::Failed {
            reason: format!("There is no page at this address ({status})."),
            http_status: Some(status),
        }),
        _ => Answered::Over(Outcome::Failed {
            reason: format!("The site answers {status}."),
            http_status: Some(status),
        }),
    }
}

pub fn redirect(target: &CrawlTarget, from: &Url, status: u16, location: Option<String>) -> Outcome {
    let to = location.and_then(|location| address::normalize(from, &location));
    let start = Url::parse(&target.url).ok();
    match to {
        Some(to) if to == *from => {
            Outcome::Failed { reason: "This page redirects to itself.".into(), http_status: Some(status) }
        }
        Some(to) if start.is_some_and(|start| address::same_site(&start, &to)) => {
            Outcome::Redirected { to: to.into(), http_status: status }
        }
        Some(to) => Outcome::Skipped {
            reason: format!("It leads to another site ({}).", to.host_str().unwrap_or_default()),
            http_status: Some(status),
        },
        None => Outcome::Failed { reason: "It redirects to nowhere.".into(), http_status: Some(status) },
    }
}

fn retry(trouble: &Trouble) -> Outcome {
    let reason = match trouble {
        Trouble::TimedOut(_) => "The site did not answer in time.".to_owned(),
        Trouble::TooLarge(limit) => {
            return Outcome::Failed {
                reason: format!("The page is larger than {} MB.", limit >> 20),
                http_status: Some(200),
            };
        }
        Trouble::Failed(_) => "The site could not be reached.".to_owned(),
    };
    Outcome::Retry { reason, http_status: None, after_ms: None }
}

/// Seconds, or a date (RFC 9110, section 10.2.3).
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn retry_after(value: &str) -> Option<u64> {
    if let Ok(seconds) = value.trim().parse::<u64>() {
        return Some(seconds.saturating_mul(1_000));
    }
    let at = js_sys::Date::parse(value);
    at.is_finite().then(|| (at - clock::now_ms()).max(0.0) as u64)
}

/// RFC 9309, section 2.3.1: absent means allowed, unreachable means forbidden.
async fn robots_file(
    target: &CrawlTarget,
    site: &Site,
    deadlines: Deadlines,
    url: &Url,
    task: &Task,
) -> Found {
    let (attempt, known) = (task.attempt, task.known.as_ref());
    let mut response = match get(target, site.access.as_deref(), deadlines, url, "text/plain", known).await {
        Answered::Body(response) => response,
        Answered::Over(Outcome::Failed { http_status: Some(400..=499), .. } | Outcome::Skipped { .. }) => {
            return with_missing(target, site, with_sitemaps(target, url, String::new())).await;
        }
        Answered::Over(Outcome::Retry { reason, http_status, .. }) if attempt >= MAX_ROBOTS_TRIES => {
            let said = http_status.map_or_else(|| reason.clone(), |status| format!("it answers {status}"));
            return Outcome::RobotsUnreachable {
                reason: format!(
                    "The site's robots.txt cannot be read ({said}), so nothing was fetched. Try again later."
                ),
            }
            .into();
        }
        Answered::Over(outcome) => return outcome.into(),
    };
    match outgoing::read(&mut response, MAX_ROBOTS, deadlines.body_ms).await {
        Ok(body) => {
            with_missing(
                target,
                site,
                with_sitemaps(target, url, String::from_utf8_lossy(&body).into_owned()),
            )
            .await
        }
        // Longer than anyone has to read: what is not read does not bind (section 2.5).
        Err(Trouble::TooLarge(_)) => with_sitemaps(target, url, String::new()),
        Err(trouble) if attempt >= MAX_ROBOTS_TRIES => Outcome::RobotsUnreachable {
            reason: format!("The site's robots.txt cannot be read ({trouble})."),
        }
        .into(),
        Err(trouble) => retry(&trouble).into(),
    }
}

/// Learns on the same occasion how the site says that there is no page.
async fn with_missing(target: &CrawlTarget, site: &Site, mut found: Found) -> Found {
    if let Outcome::Robots { body, crawl_delay_ms, missing } = &mut found.outcome
        && crawl_delay_ms.is_none_or(|delay| delay <= SHORT_DELAY_MS)
    {
        // One request more, with the site's pause around it.
        let pause = crawl_delay_ms.unwrap_or(0);
        clock::sleep(pause).await;
        let likeness = missing::of(target, site.access.as_deref(), &Robots::parse(body.as_bytes())).await;
        clock::sleep(pause).await;
        *missing = likeness.and_then(|likeness| serde_json::to_string(&likeness).ok());
    }
    found
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn with_sitemaps(target: &CrawlTarget, url: &Url, body: String) -> Found {
    let robots = Robots::parse(body.as_bytes());
    let mut sitemaps: Vec<String> = robots
        .sitemaps()
        .iter()
        .filter_map(|sitemap| address::normalize(url, sitemap))
        .filter(|sitemap| address::same_site(url, sitemap))
        .map(String::from)
        .collect();
    if sitemaps.is_empty() {
        sitemaps.extend(url.join("/sitemap.xml").map(String::from));
    }
    if target.kind == protocol::api::SourceKind::Sitemap {
        sitemaps.clear();
    }
    let crawl_delay_ms =
        robots.crawl_delay(AGENT).map(|seconds| (seconds.clamp(0.0, MAX_CRAWL_DELAY_S) * 1_000.0) as u64);
    Found { sitemaps, ..Outcome::Robots { body, crawl_delay_ms, missing: None }.into() }
}

async fn sitemap_file(target: &CrawlTarget, site: &Site, deadlines: Deadlines, url: &Url) -> Found {
    let mut response = match get(
        target,
        site.access.as_deref(),
        deadlines,
        url,
        "application/xml,text/xml,text/plain",
        None,
    )
    .await
    {
        Answered::Body(response) => response,
        Answered::Over(outcome) => return outcome.into(),
    };
    let body = match outgoing::read(&mut response, MAX_SITEMAP, deadlines.body_ms).await {
        Ok(body) => body,
        Err(trouble) => return retry(&trouble).into(),
    };
    let (entries, index) = match sitemap::parse(&body) {
        Ok(Sitemap::Index(entries)) => (entries, true),
        Ok(Sitemap::Pages(entries)) => (entries, false),
        Err(error) => return Outcome::Failed { reason: error.to_string(), http_status: Some(200) }.into(),
    };
    let (addresses, modified): (Vec<String>, Vec<f64>) = entries
        .iter()
        .filter_map(|entry| Some((address::normalize(url, &entry.location)?, entry)))
        .filter(|(found, _)| address::same_site(url, found) && (index || address::looks_like_page(found)))
        .take(MAX_LINKS)
        .map(|(found, entry)| (String::from(found), revisit::modified(entry.last_modified.as_deref())))
        .unzip();
    let entries = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
    let found = Found::from(Outcome::Sitemap { entries });
    if index {
        return Found { sitemaps: addresses, ..found };
    }
    Found { links: addresses, modified, ..found }
}

async fn page(
    env: &Env,
    tenant: &Tenant,
    crawl: &ObjectName,
    target: &CrawlTarget,
    site: &Site,
    task: &Task,
    url: &Url,
) -> Found {
    let read = if address::is_route(url) {
        None
    } else {
        Some(html(target, site, Deadlines::of(env), url, task.known.as_ref()).await)
    };
    let (read, validators) = match read {
        Some(Ok((page, seen))) => (Some(page), seen),
        Some(Err(outcome)) => return outcome.into(),
        None => (None, Visited::default()),
    };
    let why = match &read {
        Some(page) => page.needs_script.as_ref().map(ToString::to_string),
        None => Some("it is a place inside an app".to_owned()),
    };
    // Where the page leads is followed before anybody runs its scripts.
    let elsewhere = |page: &Page| verdict::elsewhere(target, page, url).filter(|_| !task.own);
    let leads = read.as_ref().is_some_and(|page| elsewhere(page).is_some() || page.noindex);
    let (made, note) = match why.filter(|_| !leads) {
        Some(why) if site.access.is_some() => (Made::Same, render::withheld(&why)),
        Some(why) => render::page(env, crawl, target, url, task.attempt, read.as_ref(), &why).await,
        None => (Made::Same, Note::default()),
    };
    let page = match made {
        Made::Page(page) => *page,
        Made::Same => {
            read.unwrap_or_else(|| Page { needs_script: Some(NeedsScript::Scripts), ..Page::default() })
        }
        Made::Over(outcome) => return Found { note, ..outcome.into() },
    };
    let links = verdict::links(&page, url);
    // A page made by scripts changes without its HTML.
    let validators = if note.rendered.is_some() { Visited::default() } else { validators };
    let seen = Visited { hash: revisit::hash(&page), ..validators };
    let outcome = match elsewhere(&page) {
        Some(outcome) => outcome,
        None => match verdict::unfit(target, &page, url, task.own, site.missing.as_deref()) {
            Some(reason) => Outcome::Skipped { reason: reason.into(), http_status: Some(200) },
            None if task.known.as_ref().is_some_and(|known| known.hash == seen.hash) => {
                Outcome::Unchanged { http_status: Some(200) }
            }
            None => index(env, tenant, target, url, &page).await,
        },
    };
    Found { links, note, seen: Some(seen), ..outcome.into() }
}

/// A page as its HTML says it, without its scripts.
async fn html(
    target: &CrawlTarget,
    site: &Site,
    deadlines: Deadlines,
    url: &Url,
    known: Option<&Visited>,
) -> Result<(Page, Visited), Outcome> {
    let mut response = match get(target, site.access.as_deref(), deadlines, url, ACCEPT, known).await {
        Answered::Body(response) => response,
        Answered::Over(outcome) => return Err(outcome),
    };
    let content_type = response.headers().get("Content-Type").ok().flatten();
    let kind = content_type
        .as_deref()
        .unwrap_or("text/html")
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    if !matches!(kind.as_str(), "text/html" | "application/xhtml+xml" | "") {
        let reason = format!("It is no web page ({kind}).");
        return Err(Outcome::Skipped { reason, http_status: Some(200) });
    }
    let body = outgoing::read(&mut response, MAX_BODY, deadlines.body_ms).await.map_err(|why| retry(&why))?;
    let mut page = ingest::page::extract(&body, content_type.as_deref(), url);
    let header = response.headers().get("X-Robots-Tag").ok().flatten();
    verdict::obey_header(&mut page, &header.unwrap_or_default());
    Ok((page, revisit::validators(&response)))
}

async fn index(env: &Env, tenant: &Tenant, target: &CrawlTarget, url: &Url, page: &Page) -> Outcome {
    let document = document(target, url, page);
    if document.passages.is_empty() {
        let reason = if page.needs_script.is_some() {
            "The page shows its text only with JavaScript."
        } else {
            "The page has no text."
        };
        return Outcome::Skipped { reason: reason.into(), http_status: Some(200) };
    }
    let (document_id, title, language) =
        (document.document_id.clone(), document.title.clone(), document.language.clone());
    match indexing::index(env, tenant, &knowledge_of(target), document, &page.questions).await {
        Ok(Indexed::Duplicate(of)) => Outcome::Duplicate { of, title, http_status: 200 },
        Ok(Indexed::Passages(passages)) => {
            Outcome::Indexed { document_id, title, language, passages, http_status: 200 }
        }
        Err(failure) => {
            log::error("page_not_indexed", Some(target.source_id.as_str()), &failure.to_string());
            Outcome::Retry {
                reason: "The page was read but could not be indexed.".into(),
                http_status: Some(200),
                after_ms: None,
            }
        }
    }
}

fn document(target: &CrawlTarget, url: &Url, page: &Page) -> IndexedDocument {
    let passages = ingest::chunk::chunk(&page.title, url, &page.blocks);
    let passages = passages
        .into_iter()
        .map(|passage| Passage {
            ord: passage.ord,
            url: passage.address(url).into(),
            heading_path: passage.heading_path,
            text: passage.text,
        })
        .collect();
    let title = if page.title.trim().is_empty() { url.path().to_owned() } else { page.title.clone() };
    IndexedDocument {
        workspace_id: target.workspace_id.clone(),
        agent_id: target.agent_id.clone(),
        source_id: target.source_id.clone(),
        run_id: target.run_id.clone(),
        document_id: indexing::document_id(&target.source_id, url.as_str()),
        url: url.as_str().to_owned(),
        title,
        description: page.description.clone().unwrap_or_default(),
        language: page.language.clone(),
        content_hash: format!("{:032x}", ingest::content_hash(&page.text())),
        passages,
    }
}
