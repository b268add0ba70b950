//! The pieces that are never cut apart: sentences, list items, rows, lines of code.

use std::rc::Rc;

use super::count_tokens;
use crate::page::{Block, row};

/// Most tokens of a unit; a longer sentence is cut between words, a longer word between letters.
const MAX_UNIT: u32 = 200;

/// A piece of text that stays whole.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    pub(super) text: String,
    pub(super) tokens: u32,
    /// What stands between the unit before and this one.
    pub(super) lead: &'static str,
    /// The header of the table this row is from.
    pub(super) header: Option<Rc<Header>>,
}

/// A table's header row, repeated in every window that begins inside the table.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) text: String,
    pub(super) tokens: u32,
}

impl Unit {
    /// A line of its own.
    pub(super) fn line(text: String) -> Unit {
        Unit { tokens: count_tokens(&text), text, lead: "\n\n", header: None }
    }

    fn led_by(mut self, lead: &'static str) -> Unit {
        self.lead = lead;
        self
    }
}

/// The units of a block.
pub(super) fn of(block: &Block) -> Vec<Unit> {
    match block {
        Block::Table { header, rows } => table(header, rows),
        Block::Code { text, .. } => {
            let lines = text.lines().flat_map(|line| bounded(line, "\n"));
            first_led_by("\n\n", lines.collect())
        }
        Block::ListItem { .. } => first_led_by("\n", sentences(&block.text())),
        block => first_led_by("\n\n", sentences(&block.text())),
    }
}

/// The units of a text whose lines stay lines.
pub(super) fn of_line(line: &str) -> Vec<Unit> {
    first_led_by("\n", sentences(line))
}

fn first_led_by(lead: &'static str, mut units: Vec<Unit>) -> Vec<Unit> {
    if let Some(first) = units.first_mut() {
        first.lead = lead;
    }
    units
}

fn table(header: &[String], rows: &[Vec<String>]) -> Vec<Unit> {
    let mut units = Vec::new();
    let mut repeated = None;
    if !header.is_empty() {
        let text = row(header);
        let tokens = count_tokens(&text);
        units.extend(bounded(&text, "\n"));
        // A header as long as a window would leave no room for its rows.
        repeated = (tokens <= MAX_UNIT / 2).then(|| Rc::new(Header { text, tokens }));
    }
    for cells in rows {
        for mut unit in bounded(&row(cells), "\n") {
            unit.header = repeated.clone();
            units.push(unit);
        }
    }
    first_led_by("\n\n", units)
}

/// Sentences, with what stood between them.
fn sentences(text: &str) -> Vec<Unit> {
    let mut units = Vec::new();
    let mut lead = "";
    for line in text.split_inclusive('\n') {
        let mut rest = line;
        while !rest.is_empty() {
            let (sentence, after) = rest.split_at_checked(sentence_end(rest)).unwrap_or((rest, ""));
            let kept = if units.is_empty() { sentence.trim_end() } else { sentence.trim() };
            if !kept.trim().is_empty() {
                units.extend(bounded(kept, lead));
            }
            lead = if sentence.ends_with('\n') {
                "\n"
            } else if sentence.ends_with(char::is_whitespace) {
                " "
            } else {
                ""
            };
            rest = after;
        }
    }
    units
}

/// Where the first sentence of `text` ends, white space after it included.
fn sentence_end(text: &str) -> usize {
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let next = letters.peek().map(|(_, next)| *next);
        match letter {
            '\u{3002}' | '\u{ff01}' | '\u{ff1f}' if next.is_none_or(|next| !is_closing(next)) => {
                return at + letter.len_utf8();
            }
            '.' | '!' | '?' | '\u{61f}' | '\u{6d4}' | '\u{964}' => {
                let after =
                    text.get(at + letter.len_utf8()..).unwrap_or_default().trim_start_matches(is_closing);
                let begins = after.trim_start();
                // `e.g. this` goes on; `3.5` has no space.
                let ends = after.len() > begins.len() && !begins.starts_with(char::is_lowercase);
                if ends {
                    return text.len() - begins.len();
                }
            }
            _ => {}
        }
    }
    text.len()
}

fn is_closing(letter: char) -> bool {
    matches!(
        letter,
        '"' | '\'' | ')' | ']' | '\u{201d}' | '\u{2019}' | '\u{300d}' | '\u{300f}' | '\u{bb}' | '\u{ff09}'
    )
}

/// The text as one unit, or as several of at most [`MAX_UNIT`] tokens.
fn bounded(text: &str, lead: &'static str) -> Vec<Unit> {
    let tokens = count_tokens(text);
    if tokens <= MAX_UNIT {
        return vec![Unit { text: text.to_owned(), tokens, lead, header: None }];
    }
    let mut units = Vec::new();
    let mut piece = String::new();
    let mut size = 0;
    for word in text.split_inclusive(char::is_whitespace).flat_map(slices) {
        let tokens = count_tokens(word);
        if size + tokens > MAX_UNIT && !piece.is_empty() {
            units.push(std::mem::take(&mut piece));
            size = 0;
        }
        piece.push_str(word);
        size += tokens;
    }
    units.push(piece);
    let mut lead = lead;
    units
        .into_iter()
        .map(|piece| {
            let next = if piece.ends_with(char::is_whitespace) { " " } else { "" };
            Unit::line(piece.trim_end().to_owned()).led_by(std::mem::replace(&mut lead, next))
        })
        .collect()
}

/// A word in slices of at most 100 letters: some languages have no spaces, and some pages hold encoded files.
fn slices(word: &str) -> Vec<&str> {
    let mut slices = Vec::new();
    let mut rest = word;
    while let Some((end, _)) = rest.char_indices().nth(100) {
        let Some((slice, after)) = rest.split_at_checked(end) else { break };
        slices.push(slice);
        rest = after;
    }
    slices.push(rest);
    slices
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<String> {
        sentences(text).into_iter().map(|unit| unit.text).collect()
    }

    #[test]
    fn sentences_end_where_readers_end_them() {
        assert_eq!(
            cut("It costs 3.50, e.g. today. \"Really?\" Yes!"),
            ["It costs 3.50, e.g. today.", "\"Really?\"", "Yes!"]
        );
        assert_eq!(
            cut("\u{4f60}\u{597d}\u{3002}\u{518d}\u{89c1}\u{3002}"),
            ["\u{4f60}\u{597d}\u{3002}", "\u{518d}\u{89c1}\u{3002}"]
        );
        assert_eq!(cut("12 Quay\nWexcombe"), ["12 Quay", "Wexcombe"]);
    }

    #[test]
    fn an_endless_word_is_cut_between_letters() {
        let units = bounded(&"\u{e9}".repeat(5_000), " ");
        assert!(units.iter().all(|unit| unit.tokens <= MAX_UNIT));
        assert_eq!(units.iter().map(|unit| unit.text.chars().count()).sum::<usize>(), 5_000);
    }
}
