//! Pages of items become parts of blocks: which text is a heading shows against the text of the whole file.

use std::collections::BTreeMap;

use super::flow::{Item, Paragraph};
use crate::file::Part;
use crate::page::Block;

/// Larger than the body by this factor, text is a heading.
const HEADING: f64 = 1.12;
/// Levels by size; bold text of the body's size comes below.
const LEVELS: usize = 4;

/// Parts of pages, numbered from 1 as they come.
pub fn parts(pages: Vec<(u32, Vec<Item>)>) -> Vec<Part> {
    let scale = Scale::of(pages.iter().flat_map(|(_, items)| items));
    pages
        .into_iter()
        .map(|(page, items)| Part { page: Some(page), blocks: blocks(items, &scale), rows: false })
        .filter(|part| !part.blocks.is_empty())
        .collect()
}

/// The sizes of a file's text.
struct Scale {
    body: f64,
    bold: bool,
    /// Sizes of headings in half points, the largest first.
    headings: Vec<i64>,
}

impl Scale {
    fn of<'i>(items: impl Iterator<Item = &'i Item> + Clone) -> Self {
        let paragraphs = || {
            items.clone().filter_map(|item| match item {
                Item::Text(paragraph) => Some(paragraph),
                Item::Table { .. } => None,
            })
        };
        let mut weights: BTreeMap<(i64, bool), usize> = BTreeMap::new();
        for paragraph in paragraphs() {
            *weights.entry((half_points(paragraph.size), paragraph.bold)).or_default() +=
                paragraph.text.len();
        }
        let most = weights.iter().max_by_key(|(_, weight)| **weight).map(|(key, _)| *key);
        let (body, bold) = most.unwrap_or((20, false));
        #[allow(clippy::cast_precision_loss, reason = "half points of a font size")]
        let body = body as f64 / 2.0;
        let mut headings: Vec<i64> = paragraphs()
            .filter(|paragraph| paragraph.size > body * HEADING && is_short(paragraph))
            .map(|paragraph| half_points(paragraph.size))
            .collect();
        headings.sort_unstable_by(|a, b| b.cmp(a));
        headings.dedup();
        Self { body, bold, headings }
    }

    /// The level of a heading.
    fn level(&self, paragraph: &Paragraph) -> Option<u8> {
        if !is_short(paragraph) || !paragraph.text.chars().any(char::is_alphabetic) {
            return None;
        }
        let levels = self.headings.len().min(LEVELS);
        let level = if paragraph.size > self.body * HEADING {
            self.headings.iter().position(|size| *size <= half_points(paragraph.size))?.min(LEVELS - 1) + 1
        } else if paragraph.bold
            && !self.bold
            && paragraph.size > self.body * 0.9
            && paragraph.lines <= 2
            && paragraph.text.chars().count() <= 100
            && !paragraph.text.ends_with(['.', ',', ';'])
        {
            levels + 1
        } else {
            return None;
        };
        u8::try_from(level.min(6)).ok()
    }
}

fn is_short(paragraph: &Paragraph) -> bool {
    paragraph.lines <= 4 && paragraph.text.chars().count() <= 200
}

fn half_points(size: f64) -> i64 {
    #[allow(clippy::cast_possible_truncation, reason = "a font size")]
    let half_points = (size * 2.0).round() as i64;
    half_points
}

fn blocks(items: Vec<Item>, scale: &Scale) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    // Where the items of the running list begin, the outermost first.
    let mut indents: Vec<f64> = Vec::new();
    for item in items {
        let paragraph = match item {
            Item::Table { header, rows } => {
                indents.clear();
                blocks.push(Block::Table { header, rows });
                continue;
            }
            Item::Text(paragraph) => paragraph,
        };
        let text = paragraph.text.replace('\u{AD}', "");
        if text.trim().is_empty() {
            continue;
        }
        if let Some(level) = scale.level(&paragraph) {
            indents.clear();
            blocks.push(Block::Heading { level, id: None, text });
        } else if let Some((number, rest)) = marker(&text) {
            while indents.last().is_some_and(|last| *last > paragraph.indent + 0.5) {
                indents.pop();
            }
            if indents.last().is_none_or(|last| *last < paragraph.indent - 0.5) {
                indents.push(paragraph.indent);
            }
            let depth = u8::try_from(indents.len().saturating_sub(1)).unwrap_or(u8::MAX).min(5);
            blocks.push(Block::ListItem { depth, number, text: rest.to_owned() });
        } else {
            indents.clear();
            blocks.push(Block::Paragraph { text });
        }
    }
    blocks
}

/// A bullet or number at the beginning of a line, and what follows it.
pub fn marker(text: &str) -> Option<(Option<u32>, &str)> {
    let (first, rest) = text.split_once(' ')?;
    let rest = rest.trim_start();
    if rest.is_empty() {
        return None;
    }
    if matches!(
        first,
        "•" | "◦"
            | "▪"
            | "▫"
            | "●"
            | "○"
            | "■"
            | "□"
            | "‣"
            | "⁃"
            | "∙"
            | "·"
            | "➢"
            | "➤"
            | "✓"
            | "✔"
            | "–"
            | "-"
            | "*"
            | "\u{2212}"
    ) {
        return Some((None, rest));
    }
    let digits = first.strip_suffix(['.', ')'])?;
    let number: u32 = digits.strip_prefix('(').unwrap_or(digits).parse().ok()?;
    // "2024. " ends a sentence.
    (digits.len() <= 3 && number > 0).then_some((Some(number), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str, size: f64, bold: bool) -> Item {
        Item::Text(Paragraph { text: text.into(), size, bold, lines: 1, indent: 0.0 })
    }

    #[test]
    fn headings_show_by_size_and_weight() {
        let body = "Body text that is longer than all else on this page, so that its size is the usual one.";
        let page = vec![
            text("Title", 24.0, true),
            text("Section", 14.0, false),
            text("Opening hours", 10.0, true),
            text(body, 10.0, false),
            text("1. First", 10.0, false),
            text("• Second", 10.0, false),
        ];
        let parts = parts(vec![(1, page)]);
        let wanted = format!("# Title\n\n## Section\n\n### Opening hours\n\n{body}\n\n1. First\n- Second");
        assert_eq!(crate::page::text(&parts[0].blocks), wanted);
    }

    #[test]
    fn years_and_words_mark_no_items() {
        for line in ["2024. It", "A. B", "- ", "1.5 bar", "no"] {
            assert_eq!(marker(line), None, "{line}");
        }
    }
}
