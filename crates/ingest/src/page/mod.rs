//! What a page says: its main content as blocks, and what it says about itself.

mod block;
mod charset;
mod content;
mod dom;
mod filter;
mod head;
mod inline;
mod limit;
mod links;
mod noise;
mod questions;
mod script;
mod shadow;
mod survey;
mod table;
mod tidy;
mod walk;

use dom_query::Document;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::faq::Pair;

pub(crate) use block::row;
pub use block::{Block, text};
pub(crate) use charset::decode;
pub(crate) use content::{fragment, plain};
pub use script::NeedsScript;

/// Most bytes of a page that are read.
pub const MAX_BYTES: usize = 5_000_000;

/// A page as read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The page's name, without the site's where the two can be told apart; empty if it has none.
    pub title: String,
    pub description: Option<String>,
    /// A BCP 47 tag.
    pub language: Option<String>,
    pub canonical: Option<Url>,
    pub noindex: bool,
    pub nofollow: bool,
    /// Addresses the page links to, normalised, each once, in order.
    pub links: Vec<Url>,
    /// Places inside an app that runs in the browser (`#/about`), where the page is one; else they lead nowhere.
    pub routes: Vec<Url>,
    /// The same page in other languages, itself often among them.
    pub alternates: Vec<Alternate>,
    pub refresh: Option<Refresh>,
    /// The main content.
    pub blocks: Vec<Block>,
    /// What it asks and answers itself.
    pub questions: Vec<Pair>,
    /// What says that the page shows its content only after running scripts.
    pub needs_script: Option<NeedsScript>,
}

/// Where a page sends its visitors by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refresh {
    pub to: Url,
    /// So soon that nobody reads the page before.
    pub at_once: bool,
}

/// A page in a language (`hreflang`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alternate {
    /// A BCP 47 tag; none for the page that is shown to everybody else (`x-default`).
    pub language: Option<String>,
    pub url: Url,
}

impl Page {
    /// The main content as Markdown-like plain text.
    pub fn text(&self) -> String {
        block::text(&self.blocks)
    }
}

/// Whether [`extract`] reads the page to its end, and not only the beginning of one made to be expensive.
pub(crate) fn is_read_whole(html: &str) -> bool {
    html.len() <= MAX_BYTES && limit::readable(html).len() == html.len()
}

/// Reads a page from the bytes of an answer. Never fails: what cannot be read is left out.
pub fn extract(body: &[u8], content_type: Option<&str>, url: &Url) -> Page {
    let body = body.get(..MAX_BYTES).unwrap_or(body);
    let text = charset::decode(body, content_type);
    if content_type.is_some_and(|value| value.trim_start().to_ascii_lowercase().starts_with("text/plain")) {
        return Page { blocks: content::plain(&text), ..Page::default() };
    }
    let text = shadow::flatten(limit::readable(&text));
    let document = Document::from(&*text);
    let head = head::read(&document, url);
    let base = head.base.as_ref().unwrap_or(url);
    let blocks = content::read(&document, &text, url);
    let links = if head.nofollow { links::Links::default() } else { links::read(&document, base) };
    Page {
        links: links.pages,
        routes: links.routes,
        needs_script: script::needed(&document, &blocks),
        questions: questions::read(&document, &blocks),
        title: head.title,
        description: head.description,
        language: head.language,
        canonical: head.canonical,
        noindex: head.noindex,
        nofollow: head.nofollow,
        refresh: head.refresh,
        alternates: head.alternates,
        blocks,
    }
}

#[cfg(test)]
mod odd_tests;
#[cfg(test)]
mod tests;
