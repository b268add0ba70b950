//! The addresses a page links to.

use std::collections::HashSet;

use dom_query::Document;
use url::Url;

use crate::address;

/// Most links that are read of one page.
const MAX_LINKS: usize = 5_000;

/// What a page links to.
#[derive(Default)]
pub(super) struct Links {
    pub(super) pages: Vec<Url>,
    /// Places inside an app that runs in the browser.
    pub(super) routes: Vec<Url>,
}

/// Links of the whole page, its navigation included: that is how a site's pages are found.
pub(super) fn read(document: &Document, base: &Url) -> Links {
    let mut seen = HashSet::new();
    let mut links = Links::default();
    for node in document.root().descendants_it().filter(|node| node.has_name("a") || node.has_name("area")) {
        let Some(href) = node.attr("href") else { continue };
        let refused = node.attr("rel").is_some_and(|rel| {
            rel.split_ascii_whitespace()
                .any(|word| matches!(word.to_ascii_lowercase().as_str(), "nofollow" | "ugc" | "sponsored"))
        });
        if refused || node.has_attr("download") {
            continue;
        }
        if seen.len() == MAX_LINKS {
            break;
        }
        if let Some(route) = address::route(base, &href)
            && seen.insert(route.clone())
        {
            links.routes.push(route);
        }
        let Some(url) = address::normalize(base, &href) else { continue };
        if address::looks_like_page(&url) && seen.insert(url.clone()) {
            links.pages.push(url);
        }
    }
    links
}
