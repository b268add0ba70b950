//! From a page's blocks to the passages that are searched and cited.
//!
//! Headings cut first: a section is a passage of its own, with the path of headings above it and the fragment
//! that leads there. Tiny neighbouring sections share a passage. A long section becomes windows of about
//! [`WINDOW`] tokens that overlap by about [`OVERLAP`] and are cut between sentences, items, rows and lines;
//! every window of a table begins with the table's header. Nothing is lost: each word of the blocks is in the
//! text or in the heading path of a passage, in order.
//!
//! Things listed one by one (the rows of a spreadsheet, questions with answers) are a passage each, however
//! short.

mod record;
mod section;
mod tokens;
mod unit;
mod window;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::page::Block;

pub(crate) use record::Record;
pub use tokens::count_tokens;

/// Tokens of a passage at most.
pub const WINDOW: u32 = 500;

/// Tokens that neighbouring windows of a long section share.
pub const OVERLAP: u32 = 50;

/// Sections below this many tokens share a passage with their neighbours.
pub const TINY: u32 = 40;

/// A piece of a page that is searched and cited as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// Place in the page, from 0.
    pub ord: u32,
    /// The page's title and the headings above, outermost first.
    pub heading_path: Vec<String>,
    /// What follows `#` in the address that leads to the passage.
    pub fragment: Option<String>,
    pub text: String,
    /// [`count_tokens`] of the text.
    pub tokens: u32,
}

impl Passage {
    /// The page's address with the fragment that leads to the passage.
    pub fn address(&self, page: &Url) -> Url {
        let mut address = page.clone();
        address.set_fragment(self.fragment.as_deref());
        address
    }
}

/// Cuts a page into passages.
pub fn chunk(page_title: &str, url: &Url, blocks: &[Block]) -> Vec<Passage> {
    let mut passages = Vec::new();
    for section in section::merge_tiny(section::split(page_title, blocks)) {
        let fragment = section.fragment.or_else(|| url.fragment().map(str::to_owned));
        for text in window::windows(section.units) {
            passages.push(Passage {
                ord: u32::try_from(passages.len()).unwrap_or(u32::MAX),
                heading_path: section.path.clone(),
                fragment: fragment.clone(),
                tokens: count_tokens(&text),
                text,
            });
        }
    }
    passages
}

#[cfg(test)]
mod tests;
