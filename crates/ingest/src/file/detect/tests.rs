use proptest::prelude::*;

use super::super::archive::tests::zip;
use super::*;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

fn mislabelled(named: &str, found: &str) -> Result<FileKind, Refusal> {
    Err(Refusal::Mislabelled { named: named.into(), found: found.into() })
}

fn unsupported(what: &str) -> Result<FileKind, Refusal> {
    Err(Refusal::Unsupported(what.into()))
}

fn utf16(text: &str) -> Vec<u8> {
    [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

#[test]
fn documents_are_what_their_bytes_say() {
    assert_eq!(detect("a.pdf", b"%PDF-1.7\n..."), Ok(FileKind::Pdf));
    assert_eq!(detect("noname", b"\xef\xbb\xbf \n%PDF-1.7"), Ok(FileKind::Pdf));
    assert_eq!(detect("a.PDF", b"\0\x01junk\n%PDF-1.4\n"), Ok(FileKind::Pdf));
    assert_eq!(detect("a.docx", &zip(&["word/document.xml"], true)), Ok(FileKind::Docx));
    assert_eq!(detect("a.docm", &zip(&["word/document.xml"], true)), Ok(FileKind::Docx));
    assert_eq!(detect("a.txt", b"How a file begins: %PDF-1.7 and so on."), Ok(FileKind::Text));
}

#[test]
fn a_name_that_promises_something_else_is_refused() {
    assert_eq!(detect("a.pdf", PNG), mislabelled("PDF", "a picture (PNG)"));
    assert_eq!(detect("a.txt", b"%PDF-1.7\n"), mislabelled("TXT", "a PDF document"));
    assert_eq!(detect("a.pdf", b"<!DOCTYPE html><p>404"), mislabelled("PDF", "a web page (HTML)"));
    assert_eq!(
        detect("a.csv", &zip(&["xl/workbook.xml"], true)),
        mislabelled("CSV", "a spreadsheet (.xlsx)")
    );
    assert_eq!(detect("a.csv", b"<html><table>"), mislabelled("CSV", "a web page (HTML)"));
    assert_eq!(detect("a.docx", b"{\\rtf1 hello}"), mislabelled("DOCX", "a rich text document (.rtf)"));
}

#[test]
fn other_kinds_are_named_in_words() {
    assert_eq!(detect("a.png", PNG), unsupported("a picture (PNG)"));
    assert_eq!(detect("a.xlsx", &zip(&["xl/workbook.xml"], true)), unsupported("a spreadsheet (.xlsx)"));
    assert_eq!(detect("a.zip", &zip(&["x"], true)), unsupported("a ZIP archive"));
    assert_eq!(detect("a.mp4", b"\0\0\0\x18ftypisom\0\0\0\0"), unsupported("a video (MP4)"));
    assert_eq!(detect("a.exe", b"MZ\x90\0\x03\0"), unsupported("a Windows program"));
    assert_eq!(detect("a.svg", b"<?xml version='1.0'?><!-- x --><svg/>"), unsupported("a drawing (SVG)"));
    assert_eq!(detect("a.xml", b"<?xml version='1.0'?><data/>"), unsupported("XML data"));
    assert_eq!(detect("a.xml", b"<data/>"), unsupported("XML data"));
    assert_eq!(detect("a", &[0x93, 0, 1, 2, 0xfe]), unsupported("a file of unknown binary data"));
}

#[test]
fn old_office_files_and_passwords() {
    let ole = |stream: &str| {
        let mut file = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0\0".to_vec();
        file.extend(stream.encode_utf16().flat_map(u16::to_le_bytes));
        file
    };
    assert_eq!(detect("a.docx", &ole("EncryptedPackage")), Err(Refusal::Encrypted));
    assert_eq!(detect("a.doc", &ole("WordDocument")), unsupported("an old Word document (.doc)"));
    assert_eq!(detect("a.docx", &ole("WordDocument")), mislabelled("DOCX", "an old Word document (.doc)"));
}

#[test]
fn a_document_cut_off_is_damaged() {
    let whole = zip(&["[Content_Types].xml", "_rels/.rels", "word/document.xml"], true);
    assert!(matches!(detect("a.docx", &whole[..60]), Err(Refusal::Corrupt(_))));
    assert_eq!(detect("a.docx", &whole[..whole.len() - 30]), Ok(FileKind::Docx));
}

#[test]
fn what_a_text_is_its_name_says() {
    assert_eq!(detect("a.txt", b"<!doctype html><html>"), Ok(FileKind::Text));
    assert_eq!(detect("README.md", b"# Hello"), Ok(FileKind::Markdown));
    assert_eq!(detect("a.tsv", b"a\tb"), Ok(FileKind::Csv));
    assert_eq!(detect("a.htm", b"just words"), Ok(FileKind::Html));
    assert_eq!(
        detect("a.xhtml", b"<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC '-'><html/>"),
        Ok(FileKind::Html)
    );
    assert_eq!(detect("v1.2 notes", b"BMW prices. MZ is a club."), Ok(FileKind::Text));
    assert_eq!(detect("noname", b"\n<HTML><body>hi"), Ok(FileKind::Html));
    assert_eq!(detect("noname", b"a;b\n1;2\n3;4\n"), Ok(FileKind::Csv));
    assert_eq!(detect("noname", b"Well, yes, so.\nNo.\nBut, then, why?\n"), Ok(FileKind::Text));
}

#[test]
fn texts_come_in_many_encodings() {
    assert_eq!(detect("a.txt", &utf16("Preise: \u{20ac}")), Ok(FileKind::Text));
    assert_eq!(detect("a", b"na\xefve caf\xe9 \x93quoted\x94"), Ok(FileKind::Text));
    let (russian, _, _) =
        encoding_rs::WINDOWS_1251.encode("\u{446}\u{435}\u{43d}\u{430} \u{434}\u{43e}\u{43c}\u{430}");
    assert_eq!(detect("a.txt", &russian), Ok(FileKind::Text));
    let (japanese, _, _) =
        encoding_rs::SHIFT_JIS.encode("\u{65e5}\u{672c}\u{8a9e}\u{3001}\u{55b6}\u{696d}\u{6642}\u{9593}");
    assert_eq!(detect("a.txt", &japanese), Ok(FileKind::Text));
}

#[test]
fn nothing_is_nothing() {
    assert_eq!(detect("a.txt", b""), Err(Refusal::Empty));
    assert_eq!(detect("a.pdf", b" \r\n"), Err(Refusal::Empty));
}

#[test]
fn random_bytes_are_no_text() {
    let mut state = 1_u32;
    let junk: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .filter(|byte| *byte != 0)
    .take(4_000)
    .collect();
    assert_eq!(detect("a", &junk), unsupported("a file of unknown binary data"));
    assert_eq!(detect("a.txt", &junk), mislabelled("TXT", "a file of unknown binary data"));
}

proptest! {
    #[test]
    fn nothing_panics(
        name in "[a-z.\u{e9} ]{0,12}",
        start in prop::sample::select(vec![&b""[..], b"PK\x03\x04", b"PK\x05\x06", b"\xff\xfe", b"%PDF-", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<?xml"]),
        rest in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let _ = detect(&name, &[start, &rest].concat());
    }
}
