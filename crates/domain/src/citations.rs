//! The citation guard: lets an answer's text through as it streams, but only citations that exist.
//!
//! `[n]` passes when passage n was retrieved in this turn; any other number in brackets is dropped. Text that
//! could still become a citation is held back until it is decided, a few characters at most, so what is shown
//! is final. Nesting makes no citation either: in `[9[7]]` the inner number goes, and the last bracket with it,
//! because what is left of it would read `[9]`.

use protocol::answer::Citation;
use protocol::internal::Hit;

use crate::order;

const SNIPPET_CHARS: usize = 240;
/// `[`, three digits: nothing longer can become a citation.
const MAX_HELD: usize = 4;

/// Filters one answer.
pub struct CitationGuard {
    sources: usize,
    held: String,
    /// What the shown text ends with, while a bracket would make a citation of it: digits behind a `[`.
    open: Option<String>,
    /// Citation numbers that were let through, in order of appearance, each once.
    cited: Vec<u32>,
}

impl CitationGuard {
    #[must_use]
    pub fn new(sources: usize) -> Self {
        Self { sources, held: String::new(), open: None, cited: Vec::new() }
    }

    /// Takes the next piece of the model's text and returns what may be shown.
    pub fn push(&mut self, piece: &str) -> String {
        let mut shown = String::with_capacity(piece.len() + self.held.len());
        for c in piece.chars() {
            match c {
                '[' => {
                    self.release(&mut shown);
                    self.held.push('[');
                }
                ']' if self.held.len() > 1 => {
                    let held = std::mem::take(&mut self.held);
                    if let Some(number) = held.get(1..).and_then(|digits| self.cite(digits)) {
                        shown.push_str(&format!("[{number}]"));
                        self.open = None;
                    }
                }
                c if !self.held.is_empty() && c.is_ascii_digit() && self.held.len() < MAX_HELD => {
                    self.held.push(c)
                }
                c => {
                    self.release(&mut shown);
                    self.pass(c, &mut shown);
                }
            }
        }
        shown
    }

    /// The source's number, noted as cited, when there is such a source.
    fn cite(&mut self, digits: &str) -> Option<u32> {
        let number = digits.parse::<u32>().ok().filter(|n| *n >= 1 && (*n as usize) <= self.sources)?;
        if !self.cited.contains(&number) {
            self.cited.push(number);
        }
        Some(number)
    }

    /// Shows what was held back and can become no citation any more.
    fn release(&mut self, shown: &mut String) {
        for c in std::mem::take(&mut self.held).chars() {
            self.pass(c, shown);
        }
    }

    /// Shows one character, unless it would complete a citation that does not exist.
    fn pass(&mut self, c: char, shown: &mut String) {
        let open = self.open.take();
        match (c, open) {
            ('[', _) => self.open = Some(String::new()),
            (']', Some(digits)) if !digits.is_empty() && self.cite(&digits).is_none() => {
                // The text shown still ends with `[n`: the next bracket would complete it just as well.
                self.open = Some(digits);
                return;
            }
            (digit, Some(digits)) if digit.is_ascii_digit() && digits.len() < MAX_HELD - 1 => {
                self.open = Some(digits + digit.encode_utf8(&mut [0; 4]));
            }
            _ => {}
        }
        shown.push(c);
    }

    /// What was still held back when the text ended.
    pub fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }

    /// The sources that were cited, by number.
    #[must_use]
    pub fn citations(&self, hits: &[Hit]) -> Vec<Citation> {
        let mut numbers = self.cited.clone();
        order::by(&mut numbers, u32::cmp);
        let resolve =
            |number: u32| hits.get((number as usize).checked_sub(1)?).map(|hit| citation(number, hit));
        numbers.into_iter().filter_map(resolve).collect()
    }
}

fn citation(number: u32, hit: &Hit) -> Citation {
    let mut snippet: String = hit.text.split_whitespace().collect::<Vec<_>>().join(" ");
    if snippet.chars().count() > SNIPPET_CHARS {
        snippet = snippet.chars().take(SNIPPET_CHARS).collect();
        snippet.push('…');
    }
    Citation {
        number,
        url: hit.url.clone(),
        title: hit.title.clone(),
        heading_path: hit.heading_path.clone(),
        snippet,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(text: &str, sources: usize, size: usize) -> (String, Vec<u32>) {
        let mut guard = CitationGuard::new(sources);
        let characters: Vec<char> = text.chars().collect();
        let mut shown: String =
            characters.chunks(size).map(|piece| guard.push(&piece.iter().collect::<String>())).collect();
        shown.push_str(&guard.finish());
        (shown, guard.cited)
    }

    #[test]
    fn citations_that_do_not_exist_are_dropped_however_the_text_is_cut() {
        for size in 1..12 {
            let (shown, cited) =
                through("Open [1] daily[7], see [0][2] and [note] or [12345] [x[2] end [", 2, size);
            assert_eq!(
                shown, "Open [1] daily, see [2] and [note] or [12345] [x[2] end [",
                "pieces of {size}"
            );
            assert_eq!(cited, [1, 2]);
        }
    }

    #[test]
    fn a_bracket_that_was_dropped_does_not_let_the_next_one_through() {
        for (text, left) in [("[3[3]][3]]", "[3"), ("[9]]", "]"), ("[9[9]]]]", "[9")] {
            assert_eq!(through(text, 0, 1), (left.to_owned(), vec![]), "{text}");
        }
    }

    #[test]
    fn text_without_brackets_passes_at_once() {
        let mut guard = CitationGuard::new(1);
        assert_eq!(guard.push("plain"), "plain");
        assert_eq!(guard.push("a ["), "a ");
    }
}
