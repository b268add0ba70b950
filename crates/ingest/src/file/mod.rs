//! Files a member uploads: what they are, by their content, and what they say.
//!
//! Reading never fails silently: a file that gives no text says why in words a person can act on.

pub mod docx;
pub mod pdf;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::chunk::{self, Passage};
use crate::page::Block;

/// Most bytes of an uploaded file.
pub const MAX_BYTES: u64 = 50_000_000;

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
