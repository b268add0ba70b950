//! A line of text being read: white space folded, letters inside links counted.

use dom_query::NodeRef;

use super::survey::Survey;
use super::{dom, noise};

/// Texts of links that only lead to the heading they stand in.
const PERMALINKS: [&str; 8] =
    ["\u{b6}", "#", "\u{a7}", "\u{1f517}", "\u{221e}", "[edit]", "edit", "\u{200b}"];

const MAX_DEPTH: usize = 200;

#[derive(Debug, Default)]
pub(super) struct Inline {
    text: String,
    letters: usize,
    linked: usize,
    links: usize,
    space: bool,
}

impl Inline {
    pub(super) fn push(&mut self, text: &str) {
        for letter in text.chars() {
            // Soft hyphens and zero-width spaces say where a line may break.
            if matches!(letter, '\u{ad}' | '\u{200b}' | '\u{feff}' | '\u{2060}') {
                continue;
            }
            if letter.is_whitespace() {
                self.space = true;
                continue;
            }
            if self.space && !self.text.is_empty() && !self.text.ends_with('\n') {
                self.text.push(' ');
            }
            self.space = false;
            self.text.push(letter);
            self.letters += 1;
            self.linked += usize::from(self.links > 0);
        }
    }

    pub(super) fn line_break(&mut self) {
        self.space = false;
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    pub(super) fn enter_link(&mut self) {
        self.links += 1;
    }

    pub(super) fn leave_link(&mut self) {
        self.links = self.links.saturating_sub(1);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The text so far and its share of links; what follows begins a new line.
    pub(super) fn take(&mut self) -> (String, f64) {
        let share = if self.letters == 0 { 0.0 } else { self.linked as f64 / self.letters as f64 };
        let text = std::mem::take(&mut self.text).trim_end().to_owned();
        (self.letters, self.linked, self.space) = (0, 0, false);
        (text, share)
    }

    /// The whole of an element in one line, its blocks divided by spaces.
    pub(super) fn element(&mut self, node: &NodeRef, survey: &Survey) {
        self.within(node, survey, 0);
    }

    fn within(&mut self, node: &NodeRef, survey: &Survey, depth: usize) {
        for child in node.children_it(false) {
            if child.is_text() || depth > MAX_DEPTH {
                self.push(&child.text());
                continue;
            }
            let name = dom::name(&child);
            match name.as_str() {
                "" => {}
                "br" => self.line_break(),
                "a" if Self::is_permalink(&child) => {}
                _ if noise::is_noise(&child, &name, survey) => {}
                "a" => {
                    self.enter_link();
                    self.within(&child, survey, depth + 1);
                    self.leave_link();
                }
                "p" | "div" | "li" | "ul" | "ol" | "dl" | "dt" | "dd" | "td" | "th" | "tr" | "section"
                | "pre" => {
                    self.space = true;
                    self.within(&child, survey, depth + 1);
                    self.space = true;
                }
                _ => self.within(&child, survey, depth + 1),
            }
        }
    }

    /// Whether a link is the sign beside a heading that leads to it.
    pub(super) fn is_permalink(node: &NodeRef) -> bool {
        let text = node.text();
        let text = text.trim();
        let named =
            || dom::tokens(node).iter().any(|t| matches!(t.as_str(), "headerlink" | "permalink" | "hash"));
        let inside =
            node.attr("href").is_some_and(|href| href.starts_with('#') || href.contains("action=edit"));
        (text.is_empty() || PERMALINKS.contains(&text)) && (inside || named())
            || inside && named() && text.chars().count() < 3
    }
}
