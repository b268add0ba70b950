//! What embedded font programs know of their glyphs, for fonts whose dictionary does not say.

use std::collections::HashMap;

use ttf_parser::{GlyphId, RawFace, Tag, cff, cmap, post};

use super::encoding::Encoding;
use super::glyph;

/// Text by code, of a simple font.
pub type Builtin = HashMap<u8, String>;

/// The encoding a Type 1 program carries in its clear part (Adobe Type 1 Font Format, section 2.2).
pub fn type1(program: &[u8]) -> Builtin {
    let clear = program.windows(5).position(|five| five == b"eexec").unwrap_or(program.len().min(100_000));
    let clear = String::from_utf8_lossy(program.get(..clear).unwrap_or_default());
    let Some((_, encoding)) = clear.split_once("/Encoding") else { return Builtin::new() };
    if encoding.trim_start().starts_with("StandardEncoding") {
        return (32..=255)
            .filter_map(|code| Some((code, Encoding::Standard.char(code)?.to_string())))
            .collect();
    }
    let mut words = encoding.split_ascii_whitespace().take(4_000);
    let mut builtin = Builtin::new();
    while let Some(word) = words.next() {
        match word {
            // `dup 65 /A put`
            "dup" => {
                let (Some(code), Some(name)) = (words.next(), words.next()) else { break };
                // Some write `8#101`.
                let code = match code.split_once('#') {
                    Some((radix, digits)) => {
                        let radix = radix.parse().ok().filter(|radix| (2..=36).contains(radix));
                        radix.and_then(|radix| u8::from_str_radix(digits, radix).ok())
                    }
                    None => code.parse().ok(),
                };
                if let (Some(code), Some(text)) = (code, name.strip_prefix('/').and_then(glyph::text)) {
                    builtin.insert(code, text);
                }
            }
            "def" | "readonly" => break,
            _ => {}
        }
    }
    builtin
}

/// The encoding of a compact (CFF) program, bare or inside OpenType.
pub fn compact(program: &[u8]) -> Builtin {
    let Some(table) = compact_table(program) else { return Builtin::new() };
    (0..=255u8)
        .filter_map(|code| {
            let name = table.glyph_index(code).and_then(|glyph| table.glyph_name(glyph))?;
            Some((code, glyph::text(name)?))
        })
        .collect()
}

fn compact_table(program: &[u8]) -> Option<cff::Table<'_>> {
    let bare = RawFace::parse(program, 0).ok().and_then(|face| face.table(Tag::from_bytes(b"CFF ")));
    cff::Table::parse(bare.unwrap_or(program))
}

/// The encoding of a symbolic TrueType program: code to glyph by its (3,0) or (1,0) table, glyph to text by
/// names or by its Unicode table.
pub fn true_type(program: &[u8]) -> Builtin {
    let Ok(face) = RawFace::parse(program, 0) else { return Builtin::new() };
    let Some(table) = face.table(Tag::from_bytes(b"cmap")).and_then(cmap::Table::parse) else {
        return Builtin::new();
    };
    let texts = glyph_texts(&face, &table);
    let symbol = |code: u32| {
        table.subtables.into_iter().filter(|sub| !sub.is_unicode()).find_map(|sub| {
            sub.glyph_index(code).or_else(|| sub.glyph_index(0xF000 + code)).filter(|glyph| glyph.0 != 0)
        })
    };
    (0..=255u8).filter_map(|code| Some((code, texts.get(&symbol(u32::from(code))?.0)?.clone()))).collect()
}

/// Text by glyph, of a composite font whose CIDs are its glyphs.
pub fn glyphs(program: &[u8]) -> HashMap<u16, String> {
    if let Ok(face) = RawFace::parse(program, 0)
        && let Some(table) = face.table(Tag::from_bytes(b"cmap")).and_then(cmap::Table::parse)
    {
        return glyph_texts(&face, &table);
    }
    let Some(table) = compact_table(program) else { return HashMap::new() };
    (0..table.number_of_glyphs())
        .filter_map(|glyph| Some((glyph, glyph::text(table.glyph_name(GlyphId(glyph))?)?)))
        .collect()
}

fn glyph_texts(face: &RawFace<'_>, table: &cmap::Table<'_>) -> HashMap<u16, String> {
    let mut texts = HashMap::new();
    for sub in table.subtables.into_iter().filter(cmap::Subtable::is_unicode) {
        // Asked character by character: a damaged table that is walked may name billions.
        let characters = ('!'..='\u{D7FF}').chain('\u{F900}'..='\u{FFFD}').chain('\u{1D400}'..='\u{1D7FF}');
        for c in characters.chain('\u{20000}'..='\u{2A6DF}') {
            if let Some(glyph) = sub.glyph_index(u32::from(c)) {
                texts.entry(glyph.0).or_insert_with(|| c.to_string());
            }
        }
    }
    if let Some(names) = face.table(Tag::from_bytes(b"post")).and_then(post::Table::parse) {
        for (glyph, name) in (0..u16::MAX).zip(names.names()) {
            if let Some(text) = glyph::text(name) {
                texts.entry(glyph).or_insert(text);
            }
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type1_program_tells_its_encoding() {
        let program = b"%!PS-AdobeFont-1.0\n/Encoding 256 array 0 1 255 {1 index exch /.notdef put} for\n\
            dup 27 /ff put\ndup 8#101 /Aacute put\nreadonly def currentfile eexec";
        let builtin = type1(program);
        assert_eq!(builtin.get(&27).map(String::as_str), Some("ff"));
        assert_eq!(builtin.get(&0o101).map(String::as_str), Some("Á"));
        assert_eq!(type1(b"/Encoding StandardEncoding def").get(&65).map(String::as_str), Some("A"));
    }

    #[test]
    fn bytes_that_are_no_program_tell_nothing() {
        for program in [&b""[..], b"\0\x01\0\0\xFF\xFF", &[0xFF; 400]] {
            assert!(type1(program).is_empty());
            assert!(compact(program).is_empty());
            assert!(true_type(program).is_empty());
            assert!(glyphs(program).is_empty());
        }
    }
}
