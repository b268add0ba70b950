//! From the parser's events to blocks.

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use crate::page::{self, Block};

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    /// The line of text being read.
    line: String,
    /// Open lists, outermost first: the next number of an ordered one.
    lists: Vec<Option<u32>>,
    /// The item whose first text is still to come.
    item: Option<(u8, Option<u32>)>,
    quotes: usize,
    heading: Option<(u8, Option<String>)>,
    code: Option<Option<String>>,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    cells: Vec<String>,
    html: String,
    front: String,
    in_front: bool,
}

/// The front matter as written, and the blocks.
pub(super) fn read(parser: Parser) -> (String, Vec<Block>) {
    let mut reader = Reader::default();
    for event in parser {
        reader.event(event);
    }
    reader.flush();
    (reader.front, reader.blocks)
}

impl Reader {
    fn event(&mut self, event: Event) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.in_front => self.front.push_str(&text),
            Event::Text(text) | Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.line.push_str(&text);
            }
            Event::Html(html) => self.html.push_str(&html),
            Event::InlineHtml(tag) => {
                if tag.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("<br")) {
                    self.line.push('\n');
                }
            }
            // A line that the author ended may be a row of opening hours.
            Event::SoftBreak | Event::HardBreak => self.line.push('\n'),
            Event::Rule => self.flush(),
            Event::TaskListMarker(done) => self.line.push_str(if done { "[x] " } else { "[ ] " }),
            Event::FootnoteReference(_) => {}
        }
    }

    fn start(&mut self, tag: Tag) {
        match tag {
            Tag::Paragraph | Tag::FootnoteDefinition(_) => self.flush(),
            Tag::Heading { level, id, .. } => {
                self.flush();
                self.heading = Some((level as u8, id.map(String::from)));
            }
            Tag::BlockQuote(_) => {
                self.flush();
                self.quotes += 1;
            }
            Tag::CodeBlock(kind) => {
                self.flush();
                let language = match kind {
                    CodeBlockKind::Fenced(info) => info.split_whitespace().next().map(str::to_owned),
                    CodeBlockKind::Indented => None,
                };
                self.code = Some(language);
            }
            Tag::List(first) => {
                self.flush();
                self.lists.push(first.map(|first| u32::try_from(first).unwrap_or(u32::MAX)));
            }
            Tag::Item => {
                self.flush();
                let depth = u8::try_from(self.lists.len().saturating_sub(1)).unwrap_or(u8::MAX);
                let number = self.lists.last_mut().and_then(|next| {
                    let number = *next;
                    *next = next.map(|next| next.saturating_add(1));
                    number
                });
                self.item = Some((depth, number));
            }
            Tag::Table(_) => {
                self.flush();
                self.item = None;
            }
            Tag::MetadataBlock(_) => self.in_front = true,
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::FootnoteDefinition => self.flush(),
            TagEnd::BlockQuote(_) => {
                self.flush();
                self.quotes = self.quotes.saturating_sub(1);
            }
            TagEnd::CodeBlock => {
                let text = std::mem::take(&mut self.line).trim_matches('\n').trim_end().to_owned();
                let language = self.code.take().flatten();
                if !text.is_empty() {
                    self.item = None;
                    self.blocks.push(Block::Code { language, text });
                }
            }
            TagEnd::List(_) => {
                self.flush();
                self.lists.pop();
                self.item = None;
            }
            TagEnd::Item => {
                self.flush();
                self.item = None;
            }
            TagEnd::TableCell => {
                let cell = squeezed(&std::mem::take(&mut self.line));
                self.cells.push(cell);
            }
            TagEnd::TableHead => self.header = self.row(),
            TagEnd::TableRow => {
                let row = self.row();
                self.rows.extend((!row.is_empty()).then_some(row));
            }
            TagEnd::Table => {
                let (header, rows) = (std::mem::take(&mut self.header), std::mem::take(&mut self.rows));
                if !header.is_empty() || !rows.is_empty() {
                    self.blocks.push(Block::Table { header, rows });
                }
            }
            TagEnd::HtmlBlock => self.html(),
            TagEnd::MetadataBlock(_) => self.in_front = false,
            _ => {}
        }
    }

    /// The cells read; none if all are empty.
    fn row(&mut self) -> Vec<String> {
        let cells = std::mem::take(&mut self.cells);
        if cells.iter().all(String::is_empty) { Vec::new() } else { cells }
    }

    /// Raw HTML is stripped to what it says. Most of it is a lone tag around Markdown and says nothing.
    fn html(&mut self) {
        let html = std::mem::take(&mut self.html);
        self.flush();
        let bare = html.trim_start().starts_with('<')
            && html.matches('<').count() == 1
            && html.trim_end().ends_with('>');
        if !bare {
            self.blocks.extend(page::fragment(&html));
        }
    }

    /// Ends the line of text being read and makes it a block.
    fn flush(&mut self) {
        let text = squeezed(&std::mem::take(&mut self.line));
        let heading = self.heading.take();
        if text.is_empty() {
            return;
        }
        self.blocks.push(match (heading, self.item.take()) {
            (Some((level, id)), _) => Block::Heading { level, id, text: text.replace('\n', " ") },
            (None, Some((depth, number))) => Block::ListItem { depth, number, text },
            (None, None) if self.quotes > 0 => Block::Quote { text },
            (None, None) => Block::Paragraph { text },
        });
    }
}

/// Single spaces, no empty lines.
fn squeezed(text: &str) -> String {
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}
