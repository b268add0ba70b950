//! From a subtree to blocks, in reading order, without the site's furniture.

use dom_query::NodeRef;

use super::block::Block;
use super::inline::Inline;
use super::survey::Survey;
use super::{dom, noise, table};

/// Nesting below which an element is read as flat text: real pages stay far above, and the stack is small.
const MAX_DEPTH: usize = 200;

/// Longest text of a `<summary>` or a term that is taken for a heading.
const MAX_TITLE: usize = 300;

/// Elements that flow in a line of text.
const INLINE: [&str; 37] = [
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font",
    "i", "ins", "kbd", "label", "mark", "nobr", "output", "q", "rp", "rt", "ruby", "s", "samp", "small",
    "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var",
];

/// A block, and how much of it is links.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) block: Block,
    /// Share of its letters that are inside links, 0 to 1.
    pub(super) linked: f64,
    /// Stands around the text of an article: a caption, a byline.
    pub(super) marginal: bool,
}

struct Item {
    depth: u8,
    number: Option<u32>,
}

/// Reads `root`.
pub(super) fn walk(root: &NodeRef, survey: &Survey) -> Vec<Piece> {
    let mut walker = Walker {
        survey,
        pieces: Vec::new(),
        inline: Inline::default(),
        lists: Vec::new(),
        item: None,
        term: None,
        quotes: 0,
        margins: 0,
        anchor: None,
        level: 0,
    };
    walker.children(root, 0);
    walker.flush();
    walker.pieces
}

struct Walker<'a> {
    survey: &'a Survey,
    pieces: Vec<Piece>,
    inline: Inline,
    /// Open lists, outermost first: the next number of an ordered one.
    lists: Vec<Option<u32>>,
    /// The item whose first text is still to come.
    item: Option<Item>,
    term: Option<String>,
    quotes: usize,
    margins: usize,
    /// An id seen before the next text: a heading that follows is reached by it.
    anchor: Option<String>,
    level: u8,
}

impl Walker<'_> {
    fn children(&mut self, node: &NodeRef, depth: usize) {
        for child in node.children_it(false) {
            self.node(&child, depth);
        }
    }

    fn node(&mut self, node: &NodeRef, depth: usize) {
        if node.is_text() {
            self.inline.push(&node.text());
            return;
        }
        if !node.is_element() {
            return;
        }
        if depth > MAX_DEPTH {
            self.inline.push(&node.text());
            return;
        }
        let name = dom::name(node);
        if noise::is_noise(node, &name, self.survey) {
            return;
        }
        match name.as_str() {
            "br" => self.inline.line_break(),
            "hr" => self.flush(),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.heading(node, level_of(&name)),
            "summary" => self.heading(node, self.level.saturating_add(1).clamp(2, 6)),
            "ul" | "ol" | "dir" => self.list(node, &name, depth),
            "li" => self.list_item(node, depth),
            "dl" => self.block(node, depth),
            "dt" => self.definition_term(node),
            "dd" => self.definition(node, depth),
            "table" => self.table(node, depth),
            "pre" | "listing" | "xmp" => self.code(node),
            "blockquote" => {
                self.flush();
                self.quotes += 1;
                self.block(node, depth);
                self.quotes -= 1;
            }
            "a" => self.link(node, depth),
            _ if node.attr("role").is_some_and(|role| &*role == "heading") => {
                let level =
                    dom::attribute(node, "aria-level").and_then(|level| level.parse().ok()).unwrap_or(2);
                self.heading(node, u8::clamp(level, 1, 6));
            }
            name if INLINE.contains(&name) => self.children(node, depth + 1),
            _ => {
                self.flush();
                if matches!(name.as_str(), "section" | "article" | "div" | "details") {
                    self.anchor = dom::attribute(node, "id").or(self.anchor.take());
                }
                let marginal = noise::is_marginal(node, &name, self.survey);
                self.margins += usize::from(marginal);
                self.block(node, depth);
                self.margins -= usize::from(marginal);
            }
        }
    }

    fn block(&mut self, node: &NodeRef, depth: usize) {
        self.flush();
        self.children(node, depth + 1);
        self.flush();
    }

    /// Ends the line of text being read and makes it a block.
    fn flush(&mut self) {
        let (text, linked) = self.inline.take();
        if text.is_empty() {
            return;
        }
        let text = match self.term.take() {
            Some(term) => definition_text(&term, &text),
            None => text,
        };
        let block = match self.item.take() {
            Some(Item { depth, number }) => Block::ListItem { depth, number, text },
            None if self.quotes > 0 => Block::Quote { text },
            None => Block::Paragraph { text },
        };
        self.emit(block, linked);
    }

    fn emit(&mut self, block: Block, linked: f64) {
        self.anchor = None;
        self.pieces.push(Piece { block, linked, marginal: self.margins > 0 });
    }

    fn heading(&mut self, node: &NodeRef, level: u8) {
        self.flush();
        let mut inline = Inline::default();
        inline.element(node, self.survey);
        let (text, linked) = inline.take();
        let text = text.replace('\n', " ");
        if text.is_empty() {
            return;
        }
        if text.len() > MAX_TITLE {
            self.emit(Block::Paragraph { text }, linked);
            return;
        }
        let own = dom::attribute(node, "id");
        let inner = || {
            node.descendants_it()
                .find_map(|child| dom::attribute(&child, "id").or_else(|| dom::attribute(&child, "name")))
        };
        let id = own.or_else(inner).or_else(|| self.anchor.take());
        self.level = level;
        self.item = None;
        self.emit(Block::Heading { level, id, text }, linked);
    }

    fn list(&mut self, node: &NodeRef, name: &str, depth: usize) {
        self.flush();
        let start = dom::attribute(node, "start").and_then(|start| start.parse().ok()).unwrap_or(1);
        self.lists.push((name == "ol").then_some(start));
        self.block(node, depth);
        self.lists.pop();
        self.item = None;
    }

    fn list_item(&mut self, node: &NodeRef, depth: usize) {
        self.flush();
        let nesting = u8::try_from(self.lists.len().saturating_sub(1)).unwrap_or(u8::MAX);
        let number = self.lists.last_mut().and_then(|next| {
            let number = *next;
            *next = next.map(|n| n.saturating_add(1));
            number
        });
        self.item = Some(Item { depth: nesting, number });
        self.block(node, depth);
        self.item = None;
    }

    fn definition_term(&mut self, node: &NodeRef) {
        self.flush();
        let mut inline = Inline::default();
        inline.element(node, self.survey);
        let (term, _) = inline.take();
        if term.is_empty() {
            return;
        }
        // Two terms above one definition share it.
        self.term = Some(match self.term.take() {
            Some(other) => format!("{other}, {term}"),
            None => term,
        });
    }

    fn definition(&mut self, node: &NodeRef, depth: usize) {
        self.flush();
        let nesting = u8::try_from(self.lists.len()).unwrap_or(u8::MAX);
        self.item = Some(Item { depth: nesting, number: None });
        self.block(node, depth);
        self.item = None;
        // A definition without text of its own (a table, code) leaves its term standing alone.
        self.strand_term();
    }

    fn strand_term(&mut self) {
        if let Some(text) = self.term.take() {
            self.emit(Block::Paragraph { text }, 0.0);
        }
    }

    fn table(&mut self, node: &NodeRef, depth: usize) {
        self.flush();
        self.strand_term();
        match table::read(node, self.survey) {
            Some(table) => {
                self.item = None;
                if let Some(caption) = table.caption {
                    self.emit(Block::Paragraph { text: caption }, 0.0);
                }
                self.emit(Block::Table { header: table.header, rows: table.rows }, table.linked);
            }
            // A table that only lays out the page.
            None => self.block(node, depth),
        }
    }

    fn code(&mut self, node: &NodeRef) {
        self.flush();
        self.strand_term();
        let mut text = String::new();
        raw_text(node, &mut text, 0);
        let text = text.trim_matches(['\n', '\r']).trim_end().to_owned();
        if !text.is_empty() {
            self.item = None;
            self.emit(Block::Code { language: language(node), text }, 0.0);
        }
    }

    /// A link around blocks (a card) is a container; one in a line is counted as linked text.
    fn link(&mut self, node: &NodeRef, depth: usize) {
        if Inline::is_permalink(node) {
            return;
        }
        if let Some(id) = dom::attribute(node, "id").or_else(|| dom::attribute(node, "name"))
            && self.inline.is_empty()
        {
            self.anchor = Some(id);
        }
        self.inline.enter_link();
        self.children(node, depth + 1);
        self.inline.leave_link();
    }
}

fn level_of(name: &str) -> u8 {
    name.as_bytes().get(1).map_or(6, |digit| digit.saturating_sub(b'0')).clamp(1, 6)
}

/// `Monday: 9 to 5`, `Do you deliver? Yes.`
fn definition_text(term: &str, text: &str) -> String {
    let ended = term.ends_with(['?', ':', '.', '!', '\u{ff1f}', '\u{ff1a}']);
    format!("{term}{} {text}", if ended { "" } else { ":" })
}

/// Text of code with its line breaks, without line numbers and copy buttons.
fn raw_text(node: &NodeRef, text: &mut String, depth: usize) {
    for child in node.children_it(false) {
        if child.is_text() {
            text.push_str(&child.text());
        } else if child.has_name("br") {
            text.push('\n');
        } else if child.is_element() && !child.has_name("button") && !table::is_line_number(&child) {
            if depth > MAX_DEPTH {
                text.push_str(&child.text());
            } else {
                raw_text(&child, text, depth + 1);
            }
            // Highlighters wrap every line in a block of its own.
            if matches!(dom::name(&child).as_str(), "div" | "p" | "li" | "tr") && !text.ends_with('\n') {
                text.push('\n');
            }
        }
    }
}

/// `language-rust`, `lang-rust`, `highlight-source-rust` on the block, its code or its parents.
fn language(node: &NodeRef) -> Option<String> {
    let inner = node.children_it(false).find(|child| child.has_name("code"));
    let around = node.ancestors_it(Some(3));
    inner.into_iter().chain([*node]).chain(around).find_map(|node| {
        let class = node.attr("class")?;
        class.split_ascii_whitespace().find_map(|class| {
            ["language-", "lang-", "highlight-source-", "brush:"]
                .iter()
                .find_map(|prefix| class.strip_prefix(prefix))
                .map(str::to_ascii_lowercase)
                .filter(|language| !language.is_empty() && language.len() < 20)
        })
    })
}
