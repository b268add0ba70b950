//! What a file is: its content decides, its name says what its owner takes it for.

use super::sniff::{Found, sniff};
use super::{FileKind, MAX_BYTES, Refusal};
use crate::delimited;

/// Tells the kind of a whole file, or why it cannot be read.
///
/// Documents are what their bytes say. Texts all look alike: what a text is, its name says. A name that
/// promises one kind of content and brings another is refused, because its owner will want to know.
pub fn detect(name: &str, content: &[u8]) -> Result<FileKind, Refusal> {
    if u64::try_from(content.len()).unwrap_or(u64::MAX) > MAX_BYTES {
        return Err(Refusal::TooLarge { what: format!("it has more than {} MB", MAX_BYTES / 1_000_000) });
    }
    if content.trim_ascii().is_empty() {
        return Err(Refusal::Empty);
    }
    let named = named(name);
    let found = match sniff(content) {
        Found::Encrypted => return Err(Refusal::Encrypted),
        Found::Damaged => return Err(Refusal::Corrupt("parts of it are missing".to_owned())),
        Found::Document(kind) => match named {
            None => return Ok(kind),
            Some(named) if named == kind => return Ok(kind),
            Some(_) => label(kind),
        },
        Found::Text => match named {
            Some(FileKind::Pdf | FileKind::Docx) => "plain text",
            Some(named) => return Ok(named),
            None => return unnamed(name, content),
        },
        Found::Html => match named {
            // A first cell may hold HTML.
            Some(FileKind::Csv) if is_table(content) => return Ok(FileKind::Csv),
            Some(FileKind::Pdf | FileKind::Docx | FileKind::Csv) => "a web page (HTML)",
            Some(named) => return Ok(named),
            None => return Ok(FileKind::Html),
        },
        Found::Markup(what) => match named {
            Some(named @ (FileKind::Text | FileKind::Markdown)) => return Ok(named),
            _ => what,
        },
        Found::Other(what) => what,
    };
    Err(match named {
        Some(named) => Refusal::Mislabelled { named: short(named).to_owned(), found: found.to_owned() },
        None => Refusal::Unsupported(found.to_owned()),
    })
}

/// What the name's ending promises; `None` for endings of other kinds, which content is left to refuse.
fn named(name: &str) -> Option<FileKind> {
    Some(match extension(name).as_str() {
        "pdf" => FileKind::Pdf,
        "docx" => FileKind::Docx,
        "txt" | "text" | "log" => FileKind::Text,
        "md" | "markdown" | "mdown" | "mkd" => FileKind::Markdown,
        "csv" | "tsv" | "tab" => FileKind::Csv,
        "html" | "htm" | "xhtml" => FileKind::Html,
        _ => return None,
    })
}

fn extension(name: &str) -> String {
    name.trim().rsplit_once('.').map_or(String::new(), |(_, ending)| ending.to_ascii_lowercase())
}

/// A text whose name says nothing, or that it is of no kind read here.
fn unnamed(name: &str, content: &[u8]) -> Result<FileKind, Refusal> {
    let what = match extension(name).as_str() {
        "xml" | "xsd" | "xsl" | "rss" | "atom" => "XML data",
        "svg" => "a drawing (SVG)",
        "json" | "jsonl" | "ndjson" | "geojson" => "JSON data",
        "mht" | "mhtml" | "eml" => "an e-mail or web archive",
        "js" | "mjs" | "ts" | "css" | "scss" | "php" | "py" | "sql" | "sh" | "bat" => "program code",
        _ if is_table(content) => return Ok(FileKind::Csv),
        _ => return Ok(FileKind::Text),
    };
    Err(Refusal::Unsupported(what.to_owned()))
}

/// Whether every line divides into the same number of cells. Prose has commas, but not so.
fn is_table(content: &[u8]) -> bool {
    let start = crate::page::decode(content.get(..65_536).unwrap_or(content), None);
    delimited::sniff(&start).is_some_and(|(delimiter, fit)| {
        let enough = if delimiter == b',' { 3 } else { 2 };
        fit.even >= 95 && fit.records >= 3 && fit.columns >= enough
    })
}

fn label(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Pdf => "a PDF document",
        FileKind::Docx => "a Word document (.docx)",
        FileKind::Text | FileKind::Markdown => "plain text",
        FileKind::Csv => "a table (CSV)",
        FileKind::Html => "a web page (HTML)",
    }
}

fn short(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Pdf => "PDF",
        FileKind::Docx => "DOCX",
        FileKind::Text => "TXT",
        FileKind::Markdown => "Markdown",
        FileKind::Csv => "CSV",
        FileKind::Html => "HTML",
    }
}

#[cfg(test)]
mod tests;
