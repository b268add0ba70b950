//! What a ZIP archive is, by the names of its entries: office documents are ZIP archives.

/// Entries looked at; office documents name what they are among the first hundred.
const MAX_ENTRIES: usize = 5_000;

/// What is in a ZIP archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Archive {
    Docx,
    /// Its end is missing, or the main part of a document.
    Damaged,
    Other(&'static str),
}

/// Beginnings of entry names, and what has such entries.
const BY_ENTRY: [(&str, &str); 13] = [
    ("xl/", "a spreadsheet (.xlsx)"),
    ("ppt/", "a presentation (.pptx)"),
    ("visio/", "a drawing (.vsdx)"),
    ("Index/Document.iwa", "an iWork document (.pages, .numbers or .key)"),
    ("Index/Presentation.iwa", "an iWork document (.pages, .numbers or .key)"),
    ("Index/Slide", "an iWork document (.pages, .numbers or .key)"),
    ("Index/CalculationEngine.iwa", "an iWork document (.pages, .numbers or .key)"),
    ("META-INF/container.xml", "an e-book (.epub)"),
    ("AndroidManifest.xml", "an Android app (.apk)"),
    ("META-INF/MANIFEST.MF", "a Java program (.jar)"),
    ("FixedDocSeq.fdseq", "an XPS document (.xps)"),
    ("FixedDocumentSequence.fdseq", "an XPS document (.xps)"),
    ("Payload/", "an iPhone app (.ipa)"),
];

/// Ends of the media type that OpenDocument files and e-books begin with.
const BY_MEDIA_TYPE: [(&[u8], &str); 6] = [
    (b"opendocument.text", "an OpenDocument text (.odt)"),
    (b"opendocument.spreadsheet", "an OpenDocument spreadsheet (.ods)"),
    (b"opendocument.presentation", "an OpenDocument presentation (.odp)"),
    (b"opendocument.graphics", "an OpenDocument drawing (.odg)"),
    (b"epub+zip", "an e-book (.epub)"),
    (b"opendocument", "an OpenDocument file"),
];

/// Reads the names of the entries; `content` begins like a ZIP archive.
pub(super) fn read(content: &[u8]) -> Archive {
    let directory = directory(content);
    let whole = directory.is_some();
    let names = directory.unwrap_or_else(|| local(content));
    if names.iter().any(|name| is_main_part(name)) {
        return Archive::Docx;
    }
    // `mimetype` is the first entry, never compressed, so that it stands at a fixed place.
    if names.iter().any(|name| *name == b"mimetype") {
        let start = content.get(..200).unwrap_or(content);
        if let Some((_, what)) = BY_MEDIA_TYPE.iter().find(|(media, _)| find(start, media).is_some()) {
            return Archive::Other(what);
        }
    }
    let by_entry = BY_ENTRY
        .iter()
        .find(|(beginning, _)| names.iter().any(|name| name.starts_with(beginning.as_bytes())))
        .map(|(_, what)| *what);
    match by_entry {
        Some(what) => Archive::Other(what),
        None if !whole || names.iter().any(|name| name.starts_with(b"word/")) => Archive::Damaged,
        None => Archive::Other("a ZIP archive"),
    }
}

/// `word/document.xml`; some programs number it.
fn is_main_part(name: &[u8]) -> bool {
    let Some(rest) = name.strip_prefix(b"word/document") else { return false };
    rest.strip_suffix(b".xml").is_some_and(|number| number.iter().all(u8::is_ascii_digit))
}

/// Names from the central directory, which stands at the end.
fn directory(content: &[u8]) -> Option<Vec<&[u8]>> {
    // The end record is 22 bytes and a comment of at most 65,535.
    let tail = content.get(content.len().saturating_sub(65_557)..)?;
    let end = tail.windows(4).rposition(|bytes| bytes == b"PK\x05\x06")?;
    let mut at = usize::try_from(u32_at(tail, end + 16)?).ok()?;
    let mut names = Vec::new();
    while names.len() < MAX_ENTRIES && content.get(at..)?.starts_with(b"PK\x01\x02") {
        let name = usize::from(u16_at(content, at + 28)?);
        let extra = usize::from(u16_at(content, at + 30)?);
        let comment = usize::from(u16_at(content, at + 32)?);
        names.push(content.get(at + 46..at + 46 + name)?);
        at += 46 + name + extra + comment;
    }
    (!names.is_empty()).then_some(names)
}

/// Names from the headers before each entry: the end of the file is missing.
fn local(content: &[u8]) -> Vec<&[u8]> {
    let mut names = Vec::new();
    let mut at = 0;
    while names.len() < MAX_ENTRIES
        && let Some(found) = content.get(at..).and_then(|rest| find(rest, b"PK\x03\x04"))
    {
        at += found;
        let length = u16_at(content, at + 26).map_or(0, usize::from);
        names.extend(content.get(at + 30..at + 30 + length));
        at += 4;
    }
    names
}

pub(super) fn find(content: &[u8], part: &[u8]) -> Option<usize> {
    memchr::memmem::find(content, part)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A ZIP archive of empty entries, with or without its directory.
    pub(in super::super) fn zip(names: &[&str], whole: bool) -> Vec<u8> {
        let (mut out, mut directory) = (Vec::new(), Vec::new());
        for name in names {
            let length = u16::try_from(name.len()).unwrap().to_le_bytes();
            directory.extend_from_slice(b"PK\x01\x02");
            directory.extend_from_slice(&[0; 24]);
            directory.extend_from_slice(&length);
            directory.extend_from_slice(&[0; 16]);
            directory.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b"PK\x03\x04");
            out.extend_from_slice(&[0; 22]);
            out.extend_from_slice(&length);
            out.extend_from_slice(&[0; 2]);
            out.extend_from_slice(name.as_bytes());
        }
        let start = u32::try_from(out.len()).unwrap().to_le_bytes();
        if whole {
            out.extend_from_slice(&directory);
            out.extend_from_slice(b"PK\x05\x06");
            out.extend_from_slice(&[0; 12]);
            out.extend_from_slice(&start);
            out.extend_from_slice(&[0; 2]);
        }
        out
    }

    #[test]
    fn office_documents_are_told_apart_whole_or_cut_off() {
        for whole in [true, false] {
            let read = |names: &[&str]| read(&zip(names, whole));
            assert_eq!(read(&["[Content_Types].xml", "word/document.xml"]), Archive::Docx);
            assert_eq!(read(&["word/document2.xml"]), Archive::Docx);
            assert_eq!(read(&["xl/workbook.xml"]), Archive::Other("a spreadsheet (.xlsx)"));
        }
        assert_eq!(read(&zip(&["holiday.jpg"], true)), Archive::Other("a ZIP archive"));
        assert_eq!(read(&zip(&["word/styles.xml"], true)), Archive::Damaged);
        assert_eq!(read(&zip(&["[Content_Types].xml"], false)), Archive::Damaged);
        assert_eq!(read(b"PK\x03\x04"), Archive::Damaged);
        let mut odt = zip(&["mimetype"], true);
        odt.splice(38..38, *b"application/vnd.oasis.opendocument.text");
        assert_eq!(read(&odt), Archive::Other("an OpenDocument text (.odt)"));
    }
}
