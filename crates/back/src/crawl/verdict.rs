//! What a page that was read says about itself and others: whether it may be indexed, where it leads, whether it is
//! really somewhere else.

use ingest::address;
use ingest::likeness::Likeness;
use ingest::page::Page;
use ingest::robots::AGENT;
use protocol::internal::{CrawlTarget, Outcome};
use url::Url;

use super::page::{MAX_LINKS, redirect};

/// `X-Robots-Tag`: the robots meta tag as a header; a rule may name the crawler it is for.
pub fn obey_header(page: &mut Page, header: &str) {
    let mut ours = true;
    for part in header.split(',').map(|part| part.trim().to_ascii_lowercase()) {
        let (named, rule) = match part.split_once(':') {
            // A rule with a date has colons of its own.
            Some((agent, rule)) if !agent.contains("unavailable_after") && !agent.contains(' ') => {
                (Some(agent.trim()), rule.trim())
            }
            _ => (None, part.as_str()),
        };
        if let Some(agent) = named {
            ours = agent.eq_ignore_ascii_case(AGENT);
        }
        page.noindex |= ours && matches!(rule, "noindex" | "none");
        page.nofollow |= ours && matches!(rule, "nofollow" | "none");
    }
}

/// Addresses the page leads to: its links, where it sends its visitors, itself in other languages; the routes of an
/// app only where there is one.
pub fn links(page: &Page, url: &Url) -> Vec<String> {
    if page.nofollow {
        return Vec::new();
    }
    let routes = if page.needs_script.is_some() { page.routes.as_slice() } else { &[] };
    page.links
        .iter()
        .chain(page.refresh.as_ref().map(|refresh| &refresh.to))
        .chain(page.alternates.iter().map(|other| &other.url))
        .chain(routes)
        .filter(|link| address::same_site(url, link) && address::looks_like_page(link))
        .take(MAX_LINKS)
        .map(|link| link.as_str().to_owned())
        .collect()
}

/// Where the page sends its visitors at once, or where it says that it really is. A whole site whose pages all name
/// the front page is a common mistake, so that is not believed; neither is what a route of an app says of the app.
pub fn elsewhere(target: &CrawlTarget, page: &Page, url: &Url) -> Option<Outcome> {
    if let Some(refresh) = page.refresh.as_ref().filter(|refresh| refresh.at_once) {
        return Some(redirect(target, url, 200, Some(refresh.to.as_str().to_owned())));
    }
    let canonical = page.canonical.as_ref()?;
    let elsewhere = canonical != url && address::same_site(url, canonical) && canonical.path() != "/";
    (elsewhere && !address::is_route(url))
        .then(|| Outcome::Redirected { to: canonical.as_str().to_owned(), http_status: 200 })
}

/// Why a page is not indexed although it is where it belongs.
pub fn unfit(
    target: &CrawlTarget,
    page: &Page,
    url: &Url,
    own: bool,
    missing: Option<&Likeness>,
) -> Option<&'static str> {
    if page.noindex {
        return Some("The page asks not to be indexed.");
    }
    if own && page.refresh.as_ref().is_some_and(|refresh| refresh.at_once) {
        return Some("The page sends its visitors to another one, which cannot be read.");
    }
    // A site may show its front page at every address; that page is one all the same.
    let front = url.path() == "/" || url.as_str() == target.url;
    let shown = missing.filter(|_| !front).zip(Likeness::of(page, url));
    shown
        .is_some_and(|(missing, page)| missing.is(&page))
        .then_some("The site shows its “not found” page at this address.")
}
