//! Markdown to blocks: texts written in the dashboard, and `.md` files.

mod front;
mod reader;

use pulldown_cmark::{Options, Parser};

use crate::page::Block;

/// A Markdown file, and what its front matter says about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Document {
    /// From the front matter, or else the first heading of level 1; empty if there is neither.
    pub(crate) title: String,
    pub(crate) language: Option<String>,
    pub(crate) blocks: Vec<Block>,
}

/// The blocks of a Markdown text: CommonMark with tables, footnotes, task lists and front matter (which is not
/// content). Never fails: every text is Markdown.
#[must_use]
pub fn blocks(text: &str) -> Vec<Block> {
    read(text).blocks
}

pub(crate) fn read(text: &str) -> Document {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS;
    let text = text.trim_start_matches('\u{feff}');
    let (front, blocks) = reader::read(Parser::new_ext(text, options));
    let named = front::value(&front, &["title"]).or_else(|| first_heading(&blocks));
    Document {
        title: named.unwrap_or_default(),
        language: front::value(&front, &["lang", "language", "locale"]),
        blocks,
    }
}

fn first_heading(blocks: &[Block]) -> Option<String> {
    blocks.iter().find_map(|block| match block {
        Block::Heading { level: 1, text, .. } => Some(text.clone()),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
