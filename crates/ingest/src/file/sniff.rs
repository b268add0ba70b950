//! What bytes are, whatever they are called.

use super::FileKind;
use super::archive::{self, Archive, find};

/// How far into a file a PDF may begin (ISO 32000-1, implementation note 13).
const PDF_HEAD: usize = 1_024;

/// What a file is by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// [`FileKind::Pdf`] or [`FileKind::Docx`].
    Document(FileKind),
    /// An office document under a password.
    Encrypted,
    /// An archive, perhaps a document, of which parts are missing.
    Damaged,
    Html,
    /// Text in a format of its own that is not for reading.
    Markup(&'static str),
    Text,
    Other(&'static str),
}

/// First bytes, and what begins with them.
const BY_BEGINNING: [(&[u8], &str); 37] = [
    (b"\x89PNG\r\n\x1a\n", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF87a", "a picture (GIF)"),
    (b"GIF89a", "a picture (GIF)"),
    (b"II*\0", "a picture (TIFF)"),
    (b"MM\0*", "a picture (TIFF)"),
    (b"BM", "a picture (BMP)"),
    (b"8BPS", "a picture (Photoshop)"),
    (b"\0\0\x01\0", "an icon (ICO)"),
    (b"\0\0\0\x0cJXL ", "a picture (JPEG XL)"),
    (b"ID3", "a sound recording (MP3)"),
    (b"\xff\xfb", "a sound recording (MP3)"),
    (b"\xff\xf3", "a sound recording (MP3)"),
    (b"\xff\xf1", "a sound recording (AAC)"),
    (b"OggS", "a recording (Ogg)"),
    (b"fLaC", "a sound recording (FLAC)"),
    (b"\x1aE\xdf\xa3", "a video (Matroska or WebM)"),
    (b"FLV\x01", "a video (Flash)"),
    (b"\0\0\x01\xba", "a video (MPEG)"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a video (Windows Media)"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
    (b"\xcf\xfa\xed\xfe", "a Mac program"),
    (b"\xca\xfe\xba\xbe", "a Mac or Java program"),
    (b"\0asm", "a WebAssembly program"),
    (b"\x1f\x8b", "a compressed archive (gzip)"),
    (b"BZh", "a compressed archive (bzip2)"),
    (b"\xfd7zXZ\0", "a compressed archive (xz)"),
    (b"\x28\xb5\x2f\xfd", "a compressed archive (zstd)"),
    (b"7z\xbc\xaf\x27\x1c", "an archive (7-Zip)"),
    (b"Rar!\x1a\x07", "an archive (RAR)"),
    (b"MSCF", "an archive (CAB)"),
    (b"SQLite format 3\0", "a database (SQLite)"),
    (b"wOFF", "a font"),
    (b"wOF2", "a font"),
    (b"OTTO", "a font"),
    (b"\0\x01\0\0\0", "a font"),
];

pub(super) fn sniff(content: &[u8]) -> Found {
    let text = is_text(content);
    if is_pdf(content, text) {
        return Found::Document(FileKind::Pdf);
    }
    if text { textual(content) } else { binary(content) }
}

/// A PDF may have something before it, and a text may speak of PDFs.
fn is_pdf(content: &[u8], text: bool) -> bool {
    let start = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content).trim_ascii_start();
    let head = content.get(..PDF_HEAD).unwrap_or(content);
    start.starts_with(b"%PDF-")
        || find(head, b"%PDF-").is_some() && (!text || find(content, b"\nstartxref").is_some())
}

fn binary(content: &[u8]) -> Found {
    if content.starts_with(b"PK\x03\x04") || content.starts_with(b"PK\x05\x06") {
        return match archive::read(content) {
            Archive::Docx => Found::Document(FileKind::Docx),
            Archive::Damaged => Found::Damaged,
            Archive::Other(what) => Found::Other(what),
        };
    }
    if content.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return compound(content);
    }
    if let Some((_, what)) = BY_BEGINNING.iter().find(|(beginning, _)| content.starts_with(beginning)) {
        return Found::Other(what);
    }
    Found::Other(match (content.get(..4), content.get(4..8), content.get(8..12)) {
        (Some(b"RIFF"), _, Some(b"WEBP")) => "a picture (WebP)",
        (Some(b"RIFF"), _, Some(b"WAVE")) => "a sound recording (WAV)",
        (Some(b"RIFF"), _, Some(b"AVI ")) => "a video (AVI)",
        (_, Some(b"ftyp"), Some(b"heic" | b"heix" | b"mif1" | b"msf1")) => "a picture (HEIC)",
        (_, Some(b"ftyp"), Some(b"avif" | b"avis")) => "a picture (AVIF)",
        (_, Some(b"ftyp"), Some(b"M4A " | b"M4B ")) => "a sound recording (M4A)",
        (_, Some(b"ftyp"), _) => "a video (MP4)",
        _ if content.get(257..262) == Some(b"ustar") => "an archive (tar)",
        _ if content.starts_with(b"{\\rtf") => "a rich text document (.rtf)",
        _ if content.starts_with(b"%!PS") => "a PostScript document",
        _ => "a file of unknown binary data",
    })
}

/// Compound files (OLE): the names of their streams are in UTF-16.
fn compound(content: &[u8]) -> Found {
    let has = |name: &str| {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        find(content, &name).is_some()
    };
    if has("EncryptedPackage") {
        return Found::Encrypted;
    }
    Found::Other(if has("WordDocument") {
        "an old Word document (.doc)"
    } else if has("Workbook") {
        "an old spreadsheet (.xls)"
    } else if has("PowerPoint Document") {
        "an old presentation (.ppt)"
    } else if has("__substg1.0_") {
        "an Outlook message (.msg)"
    } else {
        "an old Office file"
    })
}

/// Whether bytes are text: in UTF-16 with its mark, in UTF-8, or in a legacy encoding of 8 bits, which is told
/// from binary data by what it lacks.
fn is_text(content: &[u8]) -> bool {
    if let Some((encoding, length)) = encoding_rs::Encoding::for_bom(content)
        && encoding != encoding_rs::UTF_8
    {
        let start = content.get(length..content.len().min(8_192)).unwrap_or_default();
        let even = start.get(..start.len() & !1).unwrap_or_default();
        let (text, _) = encoding.decode_without_bom_handling(even);
        // A pair of surrogates that the end of the sample cuts apart is not broken text.
        return !text.contains('\0') && text.matches('\u{fffd}').count() <= 1;
    }
    if find(content, b"\0").is_some() {
        return false;
    }
    let controls =
        content.iter().filter(|byte| matches!(byte, 0x01..=0x08 | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f)).count();
    if std::str::from_utf8(content).is_ok() {
        return controls * 50 <= content.len();
    }
    // Letters stand in rows; bytes that no encoding in use gives a letter do not occur.
    let unused = content.iter().filter(|byte| matches!(byte, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d)).count();
    controls * 500 <= content.len() && (unused * 50 <= content.len() || multibyte(content))
}

/// East Asian encodings use every byte; what they say of themselves, or that they decode, tells.
fn multibyte(content: &[u8]) -> bool {
    let sample = content.get(..65_536).unwrap_or(content);
    [encoding_rs::SHIFT_JIS, encoding_rs::GBK, encoding_rs::BIG5, encoding_rs::EUC_KR].iter().any(
        |encoding| {
            let (text, _) = encoding.decode_without_bom_handling(sample);
            text.matches('\u{fffd}').count() * 200 <= text.chars().count()
        },
    )
}

fn textual(content: &[u8]) -> Found {
    let decoded = crate::page::decode(content.get(..16_384).unwrap_or(content), None);
    let mut start = decoded.trim_start();
    if start.starts_with("{\\rtf") {
        return Found::Markup("a rich text document (.rtf)");
    }
    if start.starts_with("%!PS") {
        return Found::Markup("a PostScript document");
    }
    let declared = start.starts_with("<?xml");
    // What stands before the first element: the declaration, comments, the doctype.
    loop {
        let after = if let Some(comment) = start.strip_prefix("<!--") {
            comment.split_once("-->").map(|(_, after)| after)
        } else if start.starts_with("<?") {
            start.split_once("?>").map(|(_, after)| after)
        } else if begins(start, "<!doctype") {
            if begins(start, "<!doctype html") {
                return Found::Html;
            }
            start.split_once('>').map(|(_, after)| after)
        } else {
            None
        };
        let Some(after) = after else { break };
        start = after.trim_start();
    }
    if begins(start, "<svg") || declared && start.starts_with("<svg:") {
        return Found::Markup("a drawing (SVG)");
    }
    let html =
        ["<html", "<head", "<body", "<title", "<meta", "<div", "<p>", "<p ", "<h1", "<table", "<section"];
    if html.iter().any(|tag| begins(start, tag)) {
        return Found::Html;
    }
    if declared { Found::Markup("XML data") } else { Found::Text }
}

/// Whether `text` begins with `beginning` in any case.
fn begins(text: &str, beginning: &str) -> bool {
    text.get(..beginning.len()).is_some_and(|start| start.eq_ignore_ascii_case(beginning))
}
