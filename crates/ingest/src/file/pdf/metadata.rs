//! What a PDF says of itself: title and language.

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use hayro_syntax::Pdf;
use hayro_syntax::object::{Dict, Object, Stream};

use super::filter::unpack;

/// Most bytes of XMP metadata.
const XMP: usize = 1 << 20;

/// A text string (section 7.9.2.2): UTF-16 or UTF-8 by its mark, else PDFDocEncoding, which is Windows-1252 but
/// for a few typographic signs.
pub fn decode(bytes: &[u8]) -> String {
    let encoding = match bytes {
        [0xFE, 0xFF, ..] => UTF_16BE,
        [0xFF, 0xFE, ..] => UTF_16LE,
        [0xEF, 0xBB, 0xBF, ..] => UTF_8,
        _ => WINDOWS_1252,
    };
    encoding.decode_with_bom_removal(bytes).0.into_owned()
}

pub fn title(pdf: &Pdf) -> String {
    let info = pdf.metadata().title.as_deref().map(|title| tidy(&decode(title))).unwrap_or_default();
    if !info.is_empty() {
        return info;
    }
    let xmp = catalog(pdf).and_then(|catalog| catalog.get::<Stream<'_>>(b"Metadata"));
    let xmp = xmp.and_then(|stream| unpack(&stream, XMP).ok().flatten());
    xmp.and_then(|xmp| xmp_title(&String::from_utf8_lossy(&xmp))).unwrap_or_default()
}

/// `<dc:title><rdf:Alt><rdf:li xml:lang="x-default">…`
fn xmp_title(xmp: &str) -> Option<String> {
    let (_, rest) = xmp.split_once("<dc:title>")?;
    let (inside, _) = rest.split_once("</dc:title>")?;
    let (_, item) = inside.split_once("<rdf:li")?;
    let (_, text) = item.split_once('>')?;
    let (text, _) = text.split_once("</rdf:li>")?;
    let text = quick_xml::escape::unescape(text).ok()?;
    Some(tidy(&text)).filter(|title| !title.is_empty())
}

pub fn language(pdf: &Pdf) -> Option<String> {
    let language = catalog(pdf)?.get::<Object<'_>>(b"Lang").and_then(Object::into_string)?;
    tag(&decode(language.as_bytes()))
}

/// A language tag that looks like one.
pub fn tag(language: &str) -> Option<String> {
    let language = language.trim().replace('_', "-");
    let primary = language.split('-').next()?;
    let good = (2..=3).contains(&primary.len())
        && primary.bytes().all(|byte| byte.is_ascii_alphabetic())
        && language.len() <= 35
        && language.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    good.then_some(language)
}

/// Whether the root of the page tree, where there is one, says how many pages there are. If not, nobody can tell
/// that those that were found are all.
pub fn counts_pages(pdf: &Pdf) -> bool {
    let root = catalog(pdf).and_then(|catalog| catalog.get::<Dict<'_>>(b"Pages"));
    root.is_none_or(|root| {
        root.get::<Object<'_>>(b"Count").is_none_or(|count| matches!(count, Object::Number(_)))
    })
}

fn catalog(pdf: &Pdf) -> Option<Dict<'_>> {
    pdf.xref().get::<Dict<'_>>(pdf.xref().root_id())
}

fn tidy(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_strings_are_read_by_their_mark() {
        assert_eq!(decode(b"\xFE\xFF\x00\xC4\x20\xAC"), "Ä€");
        assert_eq!(decode(b"\xEF\xBB\xBF\xC3\x84"), "Ä");
        assert_eq!(decode(b"\xC4hnlich"), "Ähnlich");
    }

    #[test]
    fn a_title_is_found_in_xmp() {
        let xmp = "<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">A &amp; B</rdf:li></rdf:Alt></dc:title>";
        assert_eq!(xmp_title(xmp).as_deref(), Some("A & B"));
        assert_eq!(xmp_title("<dc:title>"), None);
    }

    #[test]
    fn only_what_looks_like_a_language_is_one() {
        assert_eq!(tag("de_CH").as_deref(), Some("de-CH"));
        assert_eq!(tag("x-unknown"), None);
        assert_eq!(tag("German"), None);
    }
}
