//! Feeds: what a site publishes or sells, entry by entry. RSS 0.9 to 2.0 and RDF, Atom, JSON Feed, and product
//! feeds in the form of Google Merchant Center.

mod json;
mod product;
mod xml;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;

use crate::address;
use crate::page::{self, Block};

/// Largest feed, in bytes.
pub const MAX_BYTES: usize = 20_000_000;

/// Most entries that are taken of one feed: the first ones, which by custom are the newest.
pub const MAX_ENTRIES: usize = 500;

/// Most bytes of one entry's content; the rest is left out.
const MAX_CONTENT: usize = 500_000;

/// A feed as read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feed {
    /// Empty if it has none.
    pub title: String,
    pub description: Option<String>,
    /// A BCP 47 tag.
    pub language: Option<String>,
    /// In the order of the feed, at most [`MAX_ENTRIES`].
    pub entries: Vec<Entry>,
}

/// A piece of news, or a product.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What the feed calls it, or else its address, or else a hash of what it says: never empty.
    pub id: String,
    /// The page it leads to, normalised.
    pub url: Option<Url>,
    /// Empty if it has none.
    pub title: String,
    pub blocks: Vec<Block>,
    /// The date as written: RFC 3339 in Atom and JSON, RFC 2822 in RSS.
    pub published: Option<String>,
}

/// Why a file is no feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FeedError {
    #[error("The feed is larger than {MAX_BYTES} bytes. Publish one with fewer entries.")]
    TooLarge,
    #[error("This is not a feed. Enter the address of an RSS, Atom or JSON feed.")]
    NotAFeed,
}

/// Reads a feed from the bytes of an answer. What can be read of a broken one is used.
pub fn parse(bytes: &[u8], base: &Url) -> Result<Feed, FeedError> {
    if bytes.len() > MAX_BYTES {
        return Err(FeedError::TooLarge);
    }
    let text = decode(bytes);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let feed = if text.starts_with('{') { json::read(text, base) } else { xml::read(text, base) };
    feed.ok_or(FeedError::NotAFeed)
}

/// Decodes by byte order mark, then by the XML declaration, then as what the bytes look like.
fn decode(bytes: &[u8]) -> String {
    let start = String::from_utf8_lossy(bytes.get(..200).unwrap_or(bytes));
    let declared = start.trim_start().strip_prefix("<?xml").and_then(|rest| {
        let (declaration, _) = rest.split_once("?>")?;
        let (_, value) = declaration.split_once("encoding")?;
        let value = value.trim_start().strip_prefix('=')?.trim_start();
        value.split(['"', '\'']).nth(1)
    });
    let known = declared.and_then(|label| encoding_rs::Encoding::for_label(label.trim().as_bytes()));
    match known {
        // A declaration that could be read as ASCII is not in UTF-16.
        Some(encoding) if !encoding.name().starts_with("UTF-16") => encoding.decode(bytes).0.into_owned(),
        _ => page::decode(bytes, None),
    }
}

/// An entry before it is made sense of. Texts are as the feed has them.
#[derive(Debug, Default)]
struct Draft {
    id: String,
    /// The id is not an address, even if it looks like one (`isPermaLink="false"`).
    opaque: bool,
    link: String,
    title: String,
    summary: Content,
    content: Content,
    published: Option<String>,
    updated: Option<String>,
    facts: Vec<(String, String)>,
}

/// A text, and whether it is HTML.
#[derive(Debug, Default)]
struct Content {
    text: String,
    html: bool,
}

impl Content {
    fn blocks(&self) -> Vec<Block> {
        let end = self.text.floor_char_boundary(MAX_CONTENT);
        let text = self.text.get(..end).unwrap_or_default();
        // Without markup, line breaks are all the structure there is.
        if self.html && text.contains(['<', '&']) { page::fragment(text) } else { page::plain(text) }
    }
}

impl Draft {
    fn entry(self, base: &Url) -> Option<Entry> {
        let title = line(&self.title);
        let mut blocks = product::blocks(&self.facts);
        let content = self.content.blocks();
        blocks.extend(if content.is_empty() { self.summary.blocks() } else { content });
        let is_address = !self.opaque && (self.id.starts_with("http://") || self.id.starts_with("https://"));
        let url = [self.link.as_str(), if is_address { &self.id } else { "" }]
            .into_iter()
            .filter(|link| !link.trim().is_empty())
            .find_map(|link| address::normalize(base, link));
        if title.is_empty() && blocks.is_empty() && url.is_none() {
            return None;
        }
        let id = match (self.id.trim(), &url) {
            ("", Some(url)) => url.to_string(),
            ("", None) => {
                format!("{:032x}", crate::content_hash(&format!("{title}\n{}", page::text(&blocks))))
            }
            (id, _) => id.to_owned(),
        };
        Some(Entry { id, url, title, blocks, published: self.published.or(self.updated) })
    }
}

/// A text in one line. Feeds put markup into titles, though only some forms allow it.
fn line(text: &str) -> String {
    let end = text.floor_char_boundary(MAX_CONTENT);
    let text = text.get(..end).unwrap_or_default();
    let stripped;
    let text = if text.contains('<') || text.contains('&') && text.contains(';') {
        stripped = page::text(&page::fragment(&format!("<p>{text}</p>")));
        &stripped
    } else {
        text
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn present(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests;
