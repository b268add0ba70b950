//! One address: fetched politely, read, cut into passages, indexed. Whatever goes wrong becomes an outcome with
//! a reason a person understands.

use ingest::address::{self, guard};
use ingest::page::Page;
use ingest::robots::{AGENT, Robots};
use ingest::sitemap::{self, Sitemap};
use platform::outgoing::{self, Trouble};
use platform::{Failure, clock, log};
use protocol::internal::{CrawlTarget, IndexedDocument, Outcome, Passage, Task, TaskKind, Visited};
use store::Tenant;
use url::Url;
use worker::{Env, Method, Response};

use crate::indexing::{self, Indexed};

use super::{Deadlines, knowledge_of, local_hosts, revisit};

/// Largest body, after decompression.
const MAX_BODY: usize = 10 << 20;
const MAX_ROBOTS: usize = 512 << 10;
const MAX_SITEMAP: usize = 50 << 20;
/// Links of one page, and addresses of one sitemap, that are considered.
const MAX_LINKS: usize = 2_000;
const MAX_ROBOTS_TRIES: u32 = 3;
const MAX_CRAWL_DELAY_S: f64 = 30.0;
const ACCEPT: &str = "text/html,application/xhtml+xml;q=0.9,text/plain;q=0.5";

/// What came of a task.
pub struct Found {
    pub outcome: Outcome,
    pub links: Vec<String>,
    pub sitemaps: Vec<String>,
    /// Beside the links of a sitemap: when each has changed last.
    pub modified: Vec<f64>,
    /// What the next run can tell a change by.
    pub seen: Option<Visited>,
}

impl From<Outcome> for Found {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, links: Vec::new(), sitemaps: Vec::new(), modified: Vec::new(), seen: None }
    }
}

pub async fn fetch(
    env: &Env,
    tenant: &Tenant,
    target: &CrawlTarget,
    robots: Option<&Robots>,
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
        TaskKind::Robots => robots_file(target, deadlines, &url, task).await,
        TaskKind::Sitemap => sitemap_file(target, deadlines, &url).await,
        TaskKind::Page => {
            if robots.is_some_and(|robots| !robots.allows(AGENT, url.as_str())) {
                return Outcome::Skipped {
                    reason: "The site's robots.txt does not allow it.".into(),
                    http_status: None,
                }
                .into();
            }
            page(env, tenant, target, deadlines, &url, task.known.as_ref()).await
        }
    }
}

/// What answered, or what became of the request.
enum Answered {
    Body(Response),
    Over(Outcome),
}

/// One request, for what has changed since the last visit; redirects are outcomes, so that every hop is checked and
/// shown.
async fn get(
    target: &CrawlTarget,
    deadlines: Deadlines,
    url: &Url,
    accept: &str,
    known: Option<&Visited>,
) -> Answered {
    let agent = format!("{AGENT}/1.0 (+https://frontdesk.invalid/bot)");
    let since = revisit::headers(known);
    let headers = [[("User-Agent", agent.as_str()), ("Accept", accept)].as_slice(), &since].concat();
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
            reason: format!("The site does not let us in ({status})."),
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

fn redirect(target: &CrawlTarget, from: &Url, status: u16, location: Option<String>) -> Outcome {
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
async fn robots_file(target: &CrawlTarget, deadlines: Deadlines, url: &Url, task: &Task) -> Found {
    let attempt = task.attempt;
    let mut response = match get(target, deadlines, url, "text/plain", task.known.as_ref()).await {
        Answered::Body(response) => response,
        Answered::Over(Outcome::Failed { http_status: Some(400..=499), .. } | Outcome::Skipped { .. }) => {
            return with_sitemaps(target, url, String::new());
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
        Ok(body) => with_sitemaps(target, url, String::from_utf8_lossy(&body).into_owned()),
        // Longer than anyone has to read: what is not read does not bind (section 2.5).
        Err(Trouble::TooLarge(_)) => with_sitemaps(target, url, String::new()),
        Err(trouble) if attempt >= MAX_ROBOTS_TRIES => Outcome::RobotsUnreachable {
            reason: format!("The site's robots.txt cannot be read ({trouble})."),
        }
        .into(),
        Err(trouble) => retry(&trouble).into(),
    }
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
    Found { sitemaps, ..Outcome::Robots { body, crawl_delay_ms }.into() }
}

async fn sitemap_file(target: &CrawlTarget, deadlines: Deadlines, url: &Url) -> Found {
    let mut response = match get(target, deadlines, url, "application/xml,text/xml,text/plain", None).await {
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
    target: &CrawlTarget,
    deadlines: Deadlines,
    url: &Url,
    known: Option<&Visited>,
) -> Found {
    let mut response = match get(target, deadlines, url, ACCEPT, known).await {
        Answered::Body(response) => response,
        Answered::Over(outcome) => return outcome.into(),
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
        return Outcome::Skipped { reason: format!("It is no web page ({kind})."), http_status: Some(200) }
            .into();
    }
    let body = match outgoing::read(&mut response, MAX_BODY, deadlines.body_ms).await {
        Ok(body) => body,
        Err(trouble) => return retry(&trouble).into(),
    };
    let mut page = ingest::page::extract(&body, content_type.as_deref(), url);
    drop(body);
    obey_header(&mut page, &response.headers().get("X-Robots-Tag").ok().flatten().unwrap_or_default());
    let links = links(&page, url);
    let seen = Visited { hash: revisit::hash(&page), ..revisit::validators(&response) };
    let outcome = match canonical(&page, url) {
        Some(to) => Outcome::Redirected { to, http_status: 200 },
        None if !page.noindex && known.is_some_and(|known| known.hash == seen.hash) => {
            Outcome::Unchanged { http_status: Some(200) }
        }
        None => index(env, tenant, target, url, &page).await.unwrap_or_else(|failure| {
            log::error("page_not_indexed", Some(target.source_id.as_str()), &failure.to_string());
            Outcome::Retry {
                reason: "The page was read but could not be indexed.".into(),
                http_status: Some(200),
                after_ms: None,
            }
        }),
    };
    Found { links, seen: Some(seen), ..outcome.into() }
}

/// `X-Robots-Tag`: the robots meta tag as a header; a rule may name the crawler it is for.
fn obey_header(page: &mut Page, header: &str) {
    let mut ours = true;
    for part in header.split(',').map(|part| part.trim().to_ascii_lowercase()) {
        let (named, rule) = match part.split_once(':') {
            Some((agent, rule)) if !agent.contains("unavailable_after") => (Some(agent.trim()), rule.trim()),
            _ => (None, part.as_str()),
        };
        if let Some(agent) = named {
            ours = agent.eq_ignore_ascii_case(AGENT);
        }
        page.noindex |= ours && matches!(rule, "noindex" | "none");
        page.nofollow |= ours && matches!(rule, "nofollow" | "none");
    }
}

fn links(page: &Page, url: &Url) -> Vec<String> {
    if page.nofollow {
        return Vec::new();
    }
    page.links
        .iter()
        .chain(page.refresh.as_ref())
        .filter(|link| address::same_site(url, link) && address::looks_like_page(link))
        .take(MAX_LINKS)
        .map(|link| link.as_str().to_owned())
        .collect()
}

/// Where this page says it really is. A whole site whose pages all name the front page is a common mistake, so
/// that is not believed.
fn canonical(page: &Page, url: &Url) -> Option<String> {
    let canonical = page.canonical.as_ref()?;
    let elsewhere = canonical != url && address::same_site(url, canonical) && canonical.path() != "/";
    elsewhere.then(|| canonical.as_str().to_owned())
}

async fn index(
    env: &Env,
    tenant: &Tenant,
    target: &CrawlTarget,
    url: &Url,
    page: &Page,
) -> Result<Outcome, Failure> {
    if page.noindex {
        return Ok(Outcome::Skipped {
            reason: "The page asks not to be indexed.".into(),
            http_status: Some(200),
        });
    }
    let document = document(target, url, page);
    if document.passages.is_empty() {
        let reason = if page.needs_script {
            "The page shows its text only with JavaScript."
        } else {
            "The page has no text."
        };
        return Ok(Outcome::Skipped { reason: reason.into(), http_status: Some(200) });
    }
    let (document_id, title, language) =
        (document.document_id.clone(), document.title.clone(), document.language.clone());
    match indexing::index(env, tenant, &knowledge_of(target), document).await? {
        Indexed::Duplicate(of) => Ok(Outcome::Duplicate { of, title, http_status: 200 }),
        Indexed::Passages(passages) => {
            Ok(Outcome::Indexed { document_id, title, language, passages, http_status: 200 })
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
