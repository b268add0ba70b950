//! PDF (ISO 32000): the text of every page in reading order, as blocks.
//!
//! The library `hayro-syntax` reads objects, broken cross-reference tables and encryption with the empty
//! password; what text is and where it belongs is ours: [`font`] knows what a code says, [`content`] where it is
//! shown, [`piece`] and [`line`] join glyphs to words and lines, [`layout`] orders columns, [`flow`] and
//! [`blocks`] find paragraphs, lists, tables and headings. Pictures are counted, never unpacked.

mod annotation;
mod blocks;
mod cmap;
mod content;
mod encoding;
mod filter;
mod flow;
mod font;
mod glyph;
mod layout;
mod line;
mod matrix;
pub(super) mod metadata;
mod piece;
mod preflight;
mod program;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};

use self::content::{Interpreter, Shown};
use self::flow::Item;
use super::{FileText, Refusal};

/// Most bytes the tables of a file (cross-reference and object streams) unpack to.
const TABLES: u64 = 40 << 20;
/// Most bytes of text of a file.
const TEXT: usize = 12 << 20;
const PAGES: usize = 10_000;
/// Fewer words than this on pages that are pictures are a scan's page numbers and stamps.
const SCAN_WORDS: usize = 20;
/// From this share of a page on, the picture is the page; what is smaller may be a logo over a short notice.
const SCAN_COVER: f64 = 0.3;

/// Reads a PDF. The bytes are copied; see [`read_owned`].
pub fn read(bytes: &[u8]) -> Result<FileText, Refusal> {
    read_owned(bytes.to_vec())
}

/// Reads a PDF without a second copy of it in memory.
pub fn read_owned(bytes: Vec<u8>) -> Result<FileText, Refusal> {
    if !preflight::tables_fit(&bytes, TABLES) {
        return Err(too_large("its tables are larger than 40 MB"));
    }
    let pdf = open(bytes)?;
    let pages = pdf.pages();
    if pages.is_empty() {
        return Err(Refusal::Corrupt("it has no pages that can be found".into()));
    }
    if !metadata::counts_pages(&pdf) {
        return Err(Refusal::Corrupt("how many pages it has cannot be told".into()));
    }
    if pages.len() > PAGES {
        return Err(too_large("more than 10,000 pages"));
    }
    let mut interpreter = Interpreter::new();
    let (mut out, mut words, mut size) = (Vec::new(), 0, 0);
    let mut picture: Option<f64> = None;
    for (number, page) in (1u32..).zip(pages.iter()) {
        let Ok(shown) = interpreter.page(page) else {
            return Err(too_large(&format!("page {number} holds too much")));
        };
        if let Some(cover) = shown.picture {
            picture = Some(picture.unwrap_or(0.0).max(cover));
        }
        let items = items(shown);
        size += items.iter().map(bytes_of).sum::<usize>();
        words += items.iter().map(words_of).sum::<usize>();
        if size > TEXT {
            return Err(too_large("more than 12 MB of text"));
        }
        out.push((number, items));
    }
    if picture.is_some_and(|cover| words == 0 || (words < SCAN_WORDS && cover >= SCAN_COVER)) {
        return Err(Refusal::Scanned);
    }
    if words == 0 {
        return Err(Refusal::Empty);
    }
    let (title, language) = (metadata::title(&pdf), metadata::language(&pdf));
    Ok(FileText { title, language, parts: blocks::parts(out) })
}

fn open(bytes: Vec<u8>) -> Result<Pdf, Refusal> {
    let bytes = Arc::new(bytes);
    let error = match Pdf::new(Arc::clone(&bytes)) {
        Ok(pdf) => return Ok(pdf),
        Err(error) => error,
    };
    // Where only attachments are encrypted, pages are read without the key.
    if has(&bytes, b"/StmF /Identity") || has(&bytes, b"/StmF/Identity") {
        let mut open = Arc::unwrap_or_clone(bytes);
        let entries: Vec<usize> = open
            .windows(ENCRYPT.len())
            .enumerate()
            .filter(|(_, here)| *here == ENCRYPT)
            .map(|(at, _)| at)
            .collect();
        for at in entries {
            if let Some(last) = open.get_mut(at + ENCRYPT.len() - 1) {
                *last = b'_';
            }
        }
        return Pdf::new(open).map_err(|_| Refusal::Encrypted);
    }
    Err(match error {
        LoadPdfError::Decryption(
            DecryptionError::PasswordProtected | DecryptionError::UnsupportedAlgorithm,
        ) => Refusal::Encrypted,
        // The library finds no pages either where what leads to them is encrypted.
        LoadPdfError::Invalid if has(&bytes, ENCRYPT) => Refusal::Encrypted,
        LoadPdfError::Decryption(_) => Refusal::Corrupt("its encryption is broken".into()),
        LoadPdfError::Invalid => Refusal::Corrupt("the list of its pages cannot be read".into()),
    })
}

/// The trailer's entry that says a file is encrypted.
const ENCRYPT: &[u8] = b"/Encrypt";

fn has(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|here| here == needle)
}

fn too_large(what: &str) -> Refusal {
    Refusal::TooLarge { what: what.to_owned() }
}

/// What a page shows, in reading order. Text in other directions follows the upright text.
fn items(shown: Shown) -> Vec<Item> {
    let mut directions: BTreeMap<i16, Vec<piece::Piece>> = BTreeMap::new();
    for piece in shown.pieces {
        directions.entry(piece.angle).or_default().push(piece);
    }
    let mut directions: Vec<_> = directions.into_values().collect();
    directions.sort_by_key(|pieces| std::cmp::Reverse(pieces.len()));
    let regions = directions.into_iter().flat_map(|pieces| layout::regions(line::segments(pieces)));
    regions.flat_map(flow::items).collect()
}

fn texts(item: &Item) -> impl Iterator<Item = &str> {
    let (text, cells): (Option<&str>, &[Vec<String>]) = match item {
        Item::Text(paragraph) => (Some(&paragraph.text), &[]),
        Item::Table { rows, .. } => (None, rows),
    };
    let header = match item {
        Item::Table { header, .. } => header.as_slice(),
        Item::Text(_) => &[],
    };
    text.into_iter()
        .chain(header.iter().map(String::as_str))
        .chain(cells.iter().flatten().map(String::as_str))
}

fn bytes_of(item: &Item) -> usize {
    texts(item).map(str::len).sum()
}

fn words_of(item: &Item) -> usize {
    texts(item).map(|text| text.split_whitespace().count()).sum()
}
