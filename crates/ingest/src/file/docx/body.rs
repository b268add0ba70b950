//! The text of a document part: paragraphs, lists, tables, notes, text boxes.

use std::collections::HashMap;

use super::styles::{Numbering, Role, Styles, outline};
use super::xml::{Tag, Visit};
use crate::page::Block;

/// Most bytes of text of a document.
pub const TEXT: usize = 12 << 20;
/// Most cells a spanning cell stands for.
const SPAN: usize = 64;

/// Footnotes or endnotes by their id.
pub type Notes = HashMap<String, String>;

#[derive(Debug, Default)]
struct Paragraph {
    text: String,
    style: Option<String>,
    outline: Option<i64>,
    /// The list and level it names itself.
    list: Option<String>,
    level: Option<i64>,
    /// Text boxes and notes anchored in it follow it.
    after: Vec<Block>,
}

#[derive(Debug, Default)]
struct Table {
    rows: Vec<Vec<String>>,
    row: Vec<String>,
    cell: Vec<Block>,
    headed: bool,
    /// Paragraphs open around the table: a table in a text box has some.
    around: usize,
}

/// Reads `document.xml`, headers, footers and notes.
pub struct Body<'s> {
    styles: &'s Styles,
    numbering: &'s mut Numbering,
    notes: &'s [Notes; 2],
    pub blocks: Vec<Block>,
    paragraphs: Vec<Paragraph>,
    tables: Vec<Table>,
    /// Depth inside an element that is left out.
    skipped: usize,
    in_text: bool,
    in_properties: bool,
    /// For each alternative around: whether one was taken.
    alternatives: Vec<bool>,
    /// Bytes of text by the language they are marked with.
    pub languages: HashMap<String, usize>,
    language: Option<String>,
    pub bytes: usize,
    pub title: Option<String>,
    /// The note that is read, of a part of notes.
    pub note: Option<String>,
    pub read_notes: Notes,
}

impl<'s> Body<'s> {
    pub fn new(styles: &'s Styles, numbering: &'s mut Numbering, notes: &'s [Notes; 2]) -> Self {
        Self {
            styles,
            numbering,
            notes,
            blocks: Vec::new(),
            paragraphs: Vec::new(),
            tables: Vec::new(),
            skipped: 0,
            in_text: false,
            in_properties: false,
            alternatives: Vec::new(),
            languages: HashMap::new(),
            language: None,
            bytes: 0,
            title: None,
            note: None,
            read_notes: Notes::new(),
        }
    }

    fn push(&mut self, text: &str) {
        if self.bytes > TEXT {
            return;
        }
        if let Some(paragraph) = self.paragraphs.last_mut() {
            self.bytes += text.len();
            paragraph.text.push_str(text);
        }
    }

    /// Puts a block where it belongs: a cell, the paragraph its text box is anchored in, or the document.
    fn place(&mut self, block: Block) {
        let open = self.paragraphs.len();
        if let Some(table) = self.tables.last_mut()
            && table.around >= open
        {
            table.cell.push(block);
        } else if let Some(around) = self.paragraphs.last_mut() {
            around.after.push(block);
        } else {
            self.blocks.push(block);
        }
    }

    fn end_paragraph(&mut self) {
        let Some(mut paragraph) = self.paragraphs.pop() else { return };
        let text = tidy(&paragraph.text);
        let after = std::mem::take(&mut paragraph.after);
        if !text.is_empty() {
            let block = self.block(&paragraph, text);
            self.place(block);
        }
        for block in after {
            self.place(block);
        }
    }

    fn block(&mut self, paragraph: &Paragraph, text: String) -> Block {
        let style = paragraph.style.as_deref();
        let role = paragraph.outline.map_or_else(|| self.styles.role(style), outline);
        let list = match (&paragraph.list, self.styles.list(style)) {
            // Zero takes a paragraph out of its style's list.
            (Some(list), _) if list == "0" => None,
            (Some(list), of_style) => {
                let level = paragraph.level.or(of_style.map(|(_, level)| level));
                Some((list.clone(), level.unwrap_or(0)))
            }
            (None, Some((list, level))) if list != "0" => Some((list, paragraph.level.unwrap_or(level))),
            (None, _) => None,
        };
        let label = list.and_then(|(list, level)| self.numbering.next(&list, level));
        match (role, label) {
            (Role::Title, _) => {
                self.title.get_or_insert_with(|| text.clone());
                Block::Heading { level: 1, id: None, text }
            }
            (Role::Heading(level), Some(label)) if !label.text.is_empty() => {
                Block::Heading { level, id: None, text: format!("{} {text}", label.text) }
            }
            (Role::Heading(level), _) => Block::Heading { level, id: None, text },
            (_, Some(label)) => Block::ListItem { depth: label.depth, number: label.number, text },
            (Role::Quote, None) => Block::Quote { text },
            (Role::Body, None) => Block::Paragraph { text },
        }
    }

    fn end_cell(&mut self) {
        let Some(table) = self.tables.last_mut() else { return };
        // What stands alone in a cell needs no marks of its own.
        let texts: Vec<String> = table.cell.drain(..).map(|block| plain(&block)).collect();
        table.row.push(texts.join("\n"));
    }

    fn end_table(&mut self) {
        let Some(mut table) = self.tables.pop() else { return };
        table.rows.retain(|row| row.iter().any(|cell| !cell.is_empty()));
        let columns = table.rows.iter().map(Vec::len).max().unwrap_or(0);
        if columns <= 1 {
            // A frame around text, not a table.
            for text in table.rows.into_iter().flatten().filter(|text| !text.is_empty()) {
                for text in text.lines() {
                    self.place(Block::Paragraph { text: text.to_owned() });
                }
            }
            return;
        }
        let mut rows = table.rows.into_iter();
        let header =
            if table.headed && rows.len() > 1 { rows.next().unwrap_or_default() } else { Vec::new() };
        self.place(Block::Table { header, rows: rows.collect() });
    }

    fn note_reference(&mut self, kind: usize, tag: &Tag<'_>) {
        let note = tag.get("id").and_then(|id| self.notes.get(kind)?.get(&id).cloned());
        if let (Some(text), Some(paragraph)) = (note, self.paragraphs.last_mut())
            && self.bytes <= TEXT
        {
            self.bytes += text.len();
            paragraph.after.push(Block::Paragraph { text });
        }
    }
}

impl Visit for Body<'_> {
    fn start(&mut self, name: &str, tag: &Tag<'_>) {
        if self.skipped > 0 {
            self.skipped += 1;
            return;
        }
        match name {
            // Deleted and moved text, field codes, and what only other programs show.
            "del" | "moveFrom" | "instrText" | "delText" | "delInstrText" | "binData" => {
                // `<w:del/>` in properties marks the paragraph's end as deleted.
                self.skipped = 1;
            }
            "AlternateContent" => self.alternatives.push(false),
            "Choice" | "Fallback" => match self.alternatives.last_mut() {
                Some(taken) if *taken => self.skipped = 1,
                Some(taken) => *taken = true,
                None => {}
            },
            "p" => self.paragraphs.push(Paragraph::default()),
            "pPr" => self.in_properties = true,
            "t" => self.in_text = true,
            "tab" | "ptab" if !self.in_properties => self.push("\t"),
            "br" | "cr" => self.push("\n"),
            "noBreakHyphen" => self.push("-"),
            "sym" => {
                let code = tag.get("char").and_then(|hex| u32::from_str_radix(&hex, 16).ok());
                match code.and_then(char::from_u32) {
                    // Symbol fonts live in the private area; most used of them are bullets and ticks.
                    Some('\u{E000}'..='\u{F8FF}') | None => self.push("•"),
                    Some(c) => self.push(c.encode_utf8(&mut [0; 4])),
                }
            }
            "footnoteReference" => self.note_reference(0, tag),
            "endnoteReference" => self.note_reference(1, tag),
            "footnote" | "endnote" => {
                // Those with a type are the lines that part notes from text.
                self.note = tag.get("id").filter(|_| tag.get("type").is_none_or(|kind| kind == "normal"));
                self.blocks.clear();
            }
            "tbl" => self.tables.push(Table { around: self.paragraphs.len(), ..Table::default() }),
            "tblHeader" if tag.is_on() => {
                if let Some(table) = self.tables.last_mut() {
                    table.headed |= table.rows.is_empty();
                }
            }
            "tblLook" => {
                if let Some(table) = self.tables.last_mut() {
                    // Bit 5 of the older form: the first row is formatted apart.
                    let bits = tag.get("val").and_then(|hex| i64::from_str_radix(&hex, 16).ok()).unwrap_or(0);
                    table.headed |= tag.get("firstRow").is_some_and(|it| it == "1") || bits & 0x20 != 0;
                }
            }
            "gridSpan" => {
                let span = tag.number("val").and_then(|span| usize::try_from(span).ok()).unwrap_or(1);
                if let Some(table) = self.tables.last_mut() {
                    table.row.extend(std::iter::repeat_n(String::new(), span.clamp(1, SPAN) - 1));
                }
            }
            "lang" => self.language = tag.get("val"),
            "r" => self.language = None,
            _ => {
                if self.in_properties
                    && let Some(paragraph) = self.paragraphs.last_mut()
                {
                    match name {
                        "pStyle" => paragraph.style = tag.get("val"),
                        "outlineLvl" => paragraph.outline = tag.number("val"),
                        "numId" => paragraph.list = tag.get("val"),
                        "ilvl" => paragraph.level = tag.number("val"),
                        _ => {}
                    }
                }
            }
        }
    }

    fn end(&mut self, name: &str) {
        if self.skipped > 0 {
            self.skipped -= 1;
            return;
        }
        match name {
            "p" => self.end_paragraph(),
            "pPr" => self.in_properties = false,
            "t" => self.in_text = false,
            "AlternateContent" => {
                self.alternatives.pop();
            }
            "tc" => self.end_cell(),
            "tr" => {
                if let Some(table) = self.tables.last_mut() {
                    let row = std::mem::take(&mut table.row);
                    table.rows.push(row);
                }
            }
            "tbl" => self.end_table(),
            "footnote" | "endnote" => {
                let text: Vec<String> = self.blocks.drain(..).map(|block| plain(&block)).collect();
                if let Some(id) = self.note.take() {
                    self.read_notes.insert(id, text.join("\n"));
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.in_text && self.skipped == 0 {
            if let Some(language) = &self.language {
                let few = self.languages.len() < 100;
                if let Some(bytes) = self.languages.get_mut(language) {
                    *bytes += text.len();
                } else if few {
                    self.languages.insert(language.clone(), text.len());
                }
            }
            self.push(text);
        }
    }
}

/// The words of a block, cells between bars.
fn plain(block: &Block) -> String {
    match block {
        Block::Heading { text, .. }
        | Block::Paragraph { text }
        | Block::ListItem { text, .. }
        | Block::Code { text, .. }
        | Block::Quote { text } => text.clone(),
        Block::Table { .. } => block.text(),
    }
}

/// Single spaces; line breaks stay where the author put them.
fn tidy(text: &str) -> String {
    let lines = text.split('\n').map(|line| {
        let line = line.replace(['\u{AD}', '\u{200B}', '\u{FEFF}'], "");
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    });
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}
