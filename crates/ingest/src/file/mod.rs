//! Files a member uploads: what they are, by their content, and what they say.
//!
//! Reading never fails silently: a file that gives no text says why in words a person can act on.

mod archive;
mod detect;
pub mod docx;
pub mod pdf;
mod sheet;
mod sniff;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::chunk::{self, Passage};
use crate::markdown;
use crate::page::{self, Block};

pub use detect::detect;

/// Most bytes of an uploaded file.
pub const MAX_BYTES: u64 = 50_000_000;

/// Most letters of text of one file, spaces included; a long novel has about half as many.
pub const MAX_CHARS: usize = 12_000_000;

/// Most rows of a CSV file, the header not counted.
pub const MAX_ROWS: usize = 20_000;

/// What a file is, by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    Pdf,
    Docx,
    Text,
    Markdown,
    Csv,
    Html,
}

/// Why a file teaches nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("This file is protected by a password. Save it without one, then upload it again.")]
    Encrypted,
    #[error(
        "The pages are pictures without text (a scan). Run text recognition (OCR) on it, then upload it again."
    )]
    Scanned,
    #[error("This file is damaged: {0}. Open it in the program that made it, save it anew and upload that.")]
    Corrupt(String),
    #[error("The name says {named}, but the content is {found}. Rename the file or export it as {named}.")]
    Mislabelled { named: String, found: String },
    #[error("This kind of file ({0}) cannot be read. PDF, DOCX, TXT, Markdown, CSV and HTML can.")]
    Unsupported(String),
    #[error("There is no text in this file.")]
    Empty,
    #[error("This file needs more memory than there is to be read ({what}). Split it into smaller files.")]
    TooLarge { what: String },
}

/// A file as read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileText {
    /// What the file calls itself; empty if it does not say.
    pub title: String,
    /// A BCP 47 tag, where the file says so.
    pub language: Option<String>,
    /// One for each page of a PDF; one in all otherwise.
    pub parts: Vec<Part>,
}

/// A page of a PDF, or all of another file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// Counts from 1; only PDFs have pages.
    pub page: Option<u32>,
    pub blocks: Vec<Block>,
    /// Every row of its tables is found and cited alone: a list of things, not a text with a table in it.
    pub rows: bool,
}

/// Reads a file that [`detect`] has told the kind of.
pub fn read(kind: FileKind, name: &str, bytes: &[u8]) -> Result<FileText, Refusal> {
    let file = match kind {
        FileKind::Pdf => pdf::read(bytes)?,
        FileKind::Docx => docx::read(bytes)?,
        FileKind::Text => whole(String::new(), None, page::plain(&decoded(bytes)?)),
        FileKind::Markdown => {
            let document = markdown::read(&decoded(bytes)?);
            whole(document.title, document.language, document.blocks)
        }
        FileKind::Csv => sheet::read(&decoded(bytes)?)?,
        FileKind::Html => html(name, bytes)?,
    };
    let blocks = || file.parts.iter().flat_map(|part| &part.blocks);
    if !blocks().flat_map(Block::words).any(|word| word.contains(char::is_alphanumeric)) {
        return Err(Refusal::Empty);
    }
    if blocks().map(letters).sum::<usize>() > MAX_CHARS {
        return Err(too_much_text());
    }
    Ok(file)
}

/// The letters of a block with a space after each word.
fn letters(block: &Block) -> usize {
    block.words().map(|word| word.chars().count() + 1).sum()
}

fn whole(title: String, language: Option<String>, blocks: Vec<Block>) -> FileText {
    FileText { title, language, parts: vec![Part { blocks, ..Part::default() }] }
}

fn too_much_text() -> Refusal {
    Refusal::TooLarge { what: format!("it has more than {} million letters", MAX_CHARS / 1_000_000) }
}

/// The text of a file that is text. One of too many bytes is refused before it is in memory twice.
fn decoded(bytes: &[u8]) -> Result<String, Refusal> {
    // No encoding needs more than four bytes for a letter.
    if bytes.len() > MAX_CHARS.saturating_mul(4) {
        return Err(too_much_text());
    }
    let text = page::decode(bytes, None);
    if text.chars().count() > MAX_CHARS { Err(too_much_text()) } else { Ok(text) }
}

fn html(name: &str, bytes: &[u8]) -> Result<FileText, Refusal> {
    if bytes.len() > page::MAX_BYTES {
        return Err(Refusal::TooLarge {
            what: format!("it has more than {} MB of HTML", page::MAX_BYTES / 1_000_000),
        });
    }
    let text = page::decode(bytes, None);
    // Of a page on the web the beginning will do; a file is read whole or not at all.
    if !page::is_read_whole(&text) {
        return Err(Refusal::TooLarge { what: "it has too many HTML elements".to_owned() });
    }
    // A saved page has no address of its own; this one belongs to nobody (RFC 6761).
    let Ok(mut address) = Url::parse("https://file.invalid/") else { return Err(Refusal::Empty) };
    address.set_path(name);
    let page = page::extract(text.as_bytes(), Some("text/html; charset=utf-8"), &address);
    let blocks = if page.blocks.is_empty() { page::fragment(&text) } else { page.blocks };
    Ok(whole(page.title, page.language, blocks))
}

impl FileText {
    /// The content as plain text.
    #[must_use]
    pub fn text(&self) -> String {
        let parts: Vec<String> = self.parts.iter().map(|part| crate::page::text(&part.blocks)).collect();
        parts.join("\n\n")
    }

    /// The passages of the file, in order; those of a PDF lead to their page (`#page=3`, RFC 8118 section 3).
    #[must_use]
    pub fn passages(&self, title: &str, address: &Url) -> Vec<Passage> {
        let mut passages: Vec<Passage> = Vec::new();
        for part in &self.parts {
            let mut address = address.clone();
            if let Some(page) = part.page {
                address.set_fragment(Some(&format!("page={page}")));
            }
            if part.rows {
                sheet::passages(title, &address, &part.blocks, &mut passages);
                continue;
            }
            for mut passage in chunk::chunk(title, &address, &part.blocks) {
                passage.ord = u32::try_from(passages.len()).unwrap_or(u32::MAX);
                if part.page.is_some() {
                    passage.fragment = address.fragment().map(str::to_owned);
                }
                passages.push(passage);
            }
        }
        passages
    }
}

#[cfg(test)]
mod tests;
