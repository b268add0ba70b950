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
mod survey;
mod table;
mod tidy;
mod walk;

use dom_query::Document;
use serde::{Deserialize, Serialize};
use url::Url;

pub(crate) use block::row;
pub use block::{Block, text};
pub(crate) use charset::decode;
pub(crate) use content::{fragment, plain};

/// Most bytes of a page that are read.
pub const MAX_BYTES: usize = 5_000_000;

/// Words below which a page that runs scripts has nothing to read.
const FEW_WORDS: usize = 20;

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
    /// Where the page sends its visitors by itself.
    pub refresh: Option<Url>,
    /// The main content.
    pub blocks: Vec<Block>,
    /// The page shows its content only after running scripts.
    pub needs_script: bool,
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
    let text = limit::readable(&text);
    let document = Document::from(text);
    let head = head::read(&document, url);
    let base = head.base.as_ref().unwrap_or(url);
    let blocks = content::read(&document, text, url);
    Page {
        links: if head.nofollow { Vec::new() } else { links::read(&document, base) },
        needs_script: needs_script(&document, &blocks),
        title: head.title,
        description: head.description,
        language: head.language,
        canonical: head.canonical,
        noindex: head.noindex,
        nofollow: head.nofollow,
        refresh: head.refresh,
        blocks,
    }
}

fn needs_script(document: &Document, blocks: &[Block]) -> bool {
    if blocks.iter().flat_map(Block::words).take(FEW_WORDS).count() == FEW_WORDS {
        return false;
    }
    let root = document.root();
    let scripts = root.descendants_it().any(|node| node.has_name("script"));
    let mount = root.descendants_it().any(|node| {
        let id = node.attr("id").unwrap_or_default();
        matches!(&*id, "root" | "app" | "__next" | "__nuxt" | "___gatsby" | "svelte" | "q-app" | "app-root")
            || node.has_name("app-root")
    });
    let asks = root
        .descendants_it()
        .any(|node| node.has_name("noscript") && node.text().to_ascii_lowercase().contains("javascript"));
    scripts && (mount || asks)
}

#[cfg(test)]
mod tests;
