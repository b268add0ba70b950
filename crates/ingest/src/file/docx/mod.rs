//! DOCX (ECMA-376 part 1, WordprocessingML): what a reader sees, as blocks.
//!
//! Insertions are kept, deletions and field codes left out; notes follow the paragraph that refers to them, text
//! boxes the one they are anchored in. Of headers and footers what reaches somebody is kept (an address of mail
//! or web, a number to call), at the end and once: running titles only repeat what the document says.

mod body;
mod styles;
#[cfg(test)]
mod tests;
mod xml;
mod zip;

use self::body::{Body, Notes, TEXT};
use self::styles::{Numbering, Styles};
use self::xml::{Tag, Visit};
use self::zip::Zip;
use super::pdf::metadata::tag;
use super::{FileText, Part, Refusal};
use crate::page::Block;

/// Most bytes all parts that are read unpack to.
const UNPACKED: u64 = 160 << 20;
/// Office files before 2007, and encrypted ones of any age, are OLE containers (MS-CFB, section 2.2).
const OLE: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

pub fn read(bytes: &[u8]) -> Result<FileText, Refusal> {
    if bytes.starts_with(&OLE) {
        return Err(ole(bytes));
    }
    let corrupt = |what: &str| Refusal::Corrupt(what.to_owned());
    let zip = Zip::open(bytes, UNPACKED).map_err(|_| corrupt("the end of it is missing or broken"))?;
    if zip.encrypted {
        return Err(Refusal::Encrypted);
    }
    let main = main_part(&zip)?;
    let related = relations(&zip, &main);
    let mut styles = Styles::default();
    let mut numbering = Numbering::default();
    for path in of_kind(&related, "styles") {
        visit(&zip, path, &mut styles);
    }
    for path in of_kind(&related, "numbering") {
        visit(&zip, path, &mut numbering);
    }
    let none = [Notes::new(), Notes::new()];
    let notes = ["footnotes", "endnotes"].map(|kind| {
        let mut body = Body::new(&styles, &mut numbering, &none);
        for path in of_kind(&related, kind) {
            visit(&zip, path, &mut body);
        }
        body.read_notes
    });
    let mut contacts: Vec<Block> = Vec::new();
    for path in of_kind(&related, "header").chain(of_kind(&related, "footer")) {
        let mut body = Body::new(&styles, &mut numbering, &none);
        visit(&zip, path, &mut body);
        for block in body.blocks {
            // First, even and odd pages mostly say the same.
            if is_contact(&block) && !contacts.contains(&block) && contacts.len() < 100 {
                contacts.push(block);
            }
        }
    }
    let mut body = Body::new(&styles, &mut numbering, &notes);
    let whole = visit(&zip, &main, &mut body);
    if zip.over_limit() {
        return Err(Refusal::TooLarge { what: "it unpacks to more than 160 MB".into() });
    }
    if body.bytes > TEXT {
        return Err(Refusal::TooLarge { what: "more than 12 MB of text".into() });
    }
    if !whole {
        // Half a document without a word about the rest would teach half the truth.
        return Err(corrupt("its text breaks off in the middle"));
    }
    if body.blocks.is_empty() {
        return Err(Refusal::Empty);
    }
    let mut core = Core::default();
    visit(&zip, "docProps/core.xml", &mut core);
    let most = body.languages.iter().max_by_key(|(_, bytes)| **bytes);
    let marked = most.filter(|(_, bytes)| **bytes * 2 > body.bytes).map(|(language, _)| language.clone());
    let language = marked.or(core.language).or_else(|| styles.language.clone());
    let title = Some(core.title.trim().to_owned()).filter(|title| !title.is_empty()).or(body.title);
    let blocks = body.blocks.into_iter().chain(contacts).collect();
    Ok(FileText {
        title: title.unwrap_or_default(),
        language: language.and_then(|language| tag(&language)),
        parts: vec![Part { blocks, ..Part::default() }],
    })
}

/// Whether a block says how to reach somebody.
fn is_contact(block: &Block) -> bool {
    block.words().any(|word| word.contains('@') || word.contains("www.") || word.contains("://"))
        || block.words().flat_map(str::chars).filter(char::is_ascii_digit).count() >= 7
}

/// An encrypted package has a stream of that name; names are UTF-16.
fn ole(bytes: &[u8]) -> Refusal {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    if bytes.windows(name.len()).any(|here| here == name.as_slice()) {
        Refusal::Encrypted
    } else {
        Refusal::Unsupported("an old Word document (.doc)".into())
    }
}

/// Reads a part if there is one; `false` if it is missing or breaks off.
fn visit(zip: &Zip<'_>, path: &str, visitor: &mut impl Visit) -> bool {
    zip.part(path).is_some_and(|part| xml::read(part, visitor))
}

/// Where the document itself is.
fn main_part(zip: &Zip<'_>) -> Result<String, Refusal> {
    let named =
        relations(zip, "").into_iter().find(|(kind, _)| kind == "officedocument").map(|(_, path)| path);
    let main = named.filter(|path| zip.has(path)).unwrap_or_else(|| "word/document.xml".to_owned());
    let other = |folder: &str| main.starts_with(folder) || zip.names().any(|name| name.starts_with(folder));
    if main.contains("word/") && zip.has(&main) {
        Ok(main)
    } else if other("xl/") {
        Err(Refusal::Unsupported("an Excel workbook".into()))
    } else if other("ppt/") {
        Err(Refusal::Unsupported("a PowerPoint presentation".into()))
    } else if zip.has("content.xml") && zip.has("mimetype") {
        Err(Refusal::Unsupported("an OpenDocument file".into()))
    } else if zip.has(&main) {
        Ok(main)
    } else if zip.has("[Content_Types].xml") {
        Err(Refusal::Corrupt("it holds no document".into()))
    } else {
        Err(Refusal::Unsupported("a ZIP archive".into()))
    }
}

/// What a part relates to: the last word of each relation's type in lower case, and the path.
fn relations(zip: &Zip<'_>, part: &str) -> Vec<(String, String)> {
    let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let mut relations = Relations { folder: prefix.clone(), found: Vec::new() };
    visit(zip, &format!("{prefix}_rels/{file}.rels"), &mut relations);
    relations.found
}

fn of_kind<'r>(related: &'r [(String, String)], kind: &'r str) -> impl Iterator<Item = &'r str> {
    related.iter().filter(move |(of, _)| of == kind).map(|(_, path)| path.as_str()).take(50)
}

struct Relations {
    folder: String,
    found: Vec<(String, String)>,
}

impl Visit for Relations {
    fn start(&mut self, name: &str, tag: &Tag<'_>) {
        if name != "Relationship"
            || tag.get("TargetMode").as_deref() == Some("External")
            || self.found.len() > 10_000
        {
            return;
        }
        let (Some(kind), Some(target)) = (tag.get("Type"), tag.get("Target")) else { return };
        let kind = kind.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        let path = match target.strip_prefix('/') {
            Some(absolute) => absolute.to_owned(),
            None => resolve(&self.folder, &target),
        };
        self.found.push((kind, path));
    }

    fn end(&mut self, _name: &str) {}
}

/// `word/` and `../custom/item.xml` are `custom/item.xml`.
fn resolve(folder: &str, target: &str) -> String {
    let mut path: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                path.pop();
            }
            part => path.push(part),
        }
    }
    path.join("/")
}

/// `docProps/core.xml`: Dublin Core.
#[derive(Default)]
struct Core {
    title: String,
    language: Option<String>,
    inside: String,
}

impl Visit for Core {
    fn start(&mut self, name: &str, _tag: &Tag<'_>) {
        name.clone_into(&mut self.inside);
    }

    fn end(&mut self, _name: &str) {
        self.inside.clear();
    }

    fn text(&mut self, text: &str) {
        match self.inside.as_str() {
            "title" if self.title.len() < 1_000 => self.title.push_str(text),
            "language" if text.len() < 100 => self.language = Some(text.to_owned()),
            _ => {}
        }
    }
}
