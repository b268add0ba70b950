//! A page's content as blocks, and the plain text they make.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

/// A piece of a page that keeps the structure its author gave it. Texts have single spaces; line breaks are
/// kept where the author wrote them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Block {
    /// `level` is 1 to 6; `id` is the fragment that leads there.
    Heading {
        level: u8,
        id: Option<String>,
        text: String,
    },
    Paragraph {
        text: String,
    },
    /// `depth` is 0 for an item of an outer list; `number` is set in ordered lists.
    ListItem {
        depth: u8,
        number: Option<u32>,
        text: String,
    },
    /// `header` is empty when the table names no columns.
    Table {
        header: Vec<String>,
        rows: Vec<Vec<String>>,
    },
    Code {
        language: Option<String>,
        text: String,
    },
    Quote {
        text: String,
    },
}

impl Block {
    /// The block in Markdown-like plain text.
    pub fn text(&self) -> String {
        match self {
            Block::Heading { level, text, .. } => format!("{} {text}", "#".repeat(usize::from(*level))),
            Block::Paragraph { text } => text.clone(),
            Block::ListItem { depth, number, text } => {
                let indent = "  ".repeat(usize::from(*depth));
                match number {
                    Some(number) => format!("{indent}{number}. {text}"),
                    None => format!("{indent}- {text}"),
                }
            }
            Block::Table { header, rows } => {
                let header = (!header.is_empty()).then(|| row(header));
                header.into_iter().chain(rows.iter().map(|cells| row(cells))).collect::<Vec<_>>().join("\n")
            }
            Block::Code { text, .. } => text.clone(),
            Block::Quote { text } => {
                text.lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n")
            }
        }
    }

    /// The words of the block without any marks of structure.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        let texts: Vec<&str> = match self {
            Block::Heading { text, .. }
            | Block::Paragraph { text }
            | Block::ListItem { text, .. }
            | Block::Code { text, .. }
            | Block::Quote { text } => vec![text],
            Block::Table { header, rows } => {
                header.iter().chain(rows.iter().flatten()).map(String::as_str).collect()
            }
        };
        texts.into_iter().flat_map(str::split_whitespace)
    }
}

/// A row of a table: its cells between bars.
pub(crate) fn row(cells: &[String]) -> String {
    let mut line = String::new();
    for (at, cell) in cells.iter().enumerate() {
        let _ = write!(line, "{}{}", if at == 0 { "" } else { " | " }, cell.replace('\n', " "));
    }
    line
}

/// Plain text of many blocks: an empty line between them, none inside a list.
pub fn text(blocks: &[Block]) -> String {
    let mut out = String::new();
    let mut previous: Option<&Block> = None;
    for block in blocks {
        let in_list = matches!((previous, block), (Some(Block::ListItem { .. }), Block::ListItem { .. }));
        if previous.is_some() {
            out.push_str(if in_list { "\n" } else { "\n\n" });
        }
        out.push_str(&block.text());
        previous = Some(block);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structure_shows_in_the_text() {
        let item = |depth, number, text: &str| Block::ListItem { depth, number, text: text.into() };
        let blocks = [
            Block::Heading { level: 2, id: None, text: "Prices".into() },
            Block::Table {
                header: vec!["Job".into(), "Price".into()],
                rows: vec![vec!["Tube".into(), "£9".into()]],
            },
            item(0, None, "one"),
            item(1, Some(2), "two"),
            Block::Quote { text: "a\nb".into() },
        ];
        assert_eq!(text(&blocks), "## Prices\n\nJob | Price\nTube | £9\n\n- one\n  2. two\n\n> a\n> b");
    }
}
