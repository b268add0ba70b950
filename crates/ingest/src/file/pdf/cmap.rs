//! From the codes of a composite font to text: predefined CMaps, embedded ones, ToUnicode.

use encoding_rs::{BIG5, EUC_JP, EUC_KR, GB18030, SHIFT_JIS};
use hayro_cmap::{BfString, CMap};

/// How the bytes of a shown string split into codes, and what of a code is known from the CMap alone.
#[derive(Debug)]
pub enum Codes {
    /// Two bytes, which are the CID.
    Identity,
    /// UTF-16, as the `Uni…` CMaps of Adobe's collections take it.
    Utf16,
    /// A national encoding. Its CIDs are not looked up: the text is known, the widths are the usual ones.
    National(&'static encoding_rs::Encoding),
    Embedded(Box<CMap>),
}

/// One code of a shown string.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    pub code: u32,
    pub length: usize,
    /// `None` where only the text is known.
    pub cid: Option<u32>,
    pub text: Option<String>,
}

impl Codes {
    /// A predefined CMap (ISO 32000-1, table 118).
    pub fn predefined(name: &[u8]) -> Option<Self> {
        let name = std::str::from_utf8(name).ok()?;
        if name.starts_with("Identity") {
            return Some(Self::Identity);
        }
        if name.starts_with("Uni") {
            return Some(Self::Utf16);
        }
        let encoding = if name.contains("RKSJ") {
            SHIFT_JIS
        } else if name.starts_with("GB") {
            GB18030
        } else if name.contains("B5") {
            BIG5
        } else if name.starts_with("KSC") {
            EUC_KR
        } else if name.starts_with("EUC-") {
            EUC_JP
        } else {
            return None;
        };
        Some(Self::National(encoding))
    }

    pub fn embedded(data: &[u8]) -> Option<Self> {
        // What it builds on cannot be found by name; two-byte identity is what nearly all build on.
        CMap::parse(data, |_| None).map(|map| Self::Embedded(Box::new(map)))
    }

    /// The code at the beginning of the bytes; `None` at their end.
    pub fn next(&self, bytes: &[u8]) -> Option<Code> {
        let first = *bytes.first()?;
        match self {
            Self::Identity => {
                let (code, length) = two(bytes);
                Some(Code { code, length, cid: Some(code), text: None })
            }
            Self::Utf16 => {
                let (unit, length) = two(bytes);
                if (0xD800..0xDC00).contains(&unit)
                    && let Some((low, more)) = bytes.get(2..).filter(|rest| rest.len() > 1).map(two)
                {
                    let units = [unit, low].map(|unit| u16::try_from(unit).unwrap_or_default());
                    let text = String::from_utf16(&units).ok();
                    return Some(Code { code: unit << 16 | low, length: length + more, cid: None, text });
                }
                let text = char::from_u32(unit).map(String::from);
                Some(Code { code: unit, length, cid: None, text })
            }
            Self::National(encoding) => {
                let single = first < 0x80 || (*encoding == SHIFT_JIS && (0xA1..=0xDF).contains(&first));
                let four = *encoding == GB18030 && bytes.get(1).is_some_and(u8::is_ascii_digit);
                let three = *encoding == EUC_JP && first == 0x8F;
                let length = if single {
                    1
                } else if four {
                    4
                } else if three {
                    3
                } else {
                    2
                }
                .min(bytes.len());
                let code = bytes.get(..length)?;
                let text = encoding.decode_without_bom_handling(code).0.into_owned();
                let code = code.iter().fold(0, |code, byte| code << 8 | u32::from(*byte));
                Some(Code { code, length, cid: None, text: Some(text) })
            }
            Self::Embedded(map) => {
                let mut code = 0;
                for (length, byte) in (1u8..=4).zip(bytes) {
                    code = code << 8 | u32::from(*byte);
                    if let Some(cid) = map.lookup_cid_code(code, length) {
                        return Some(Code { code, length: usize::from(length), cid: Some(cid), text: None });
                    }
                }
                let (code, length) = two(bytes);
                Some(Code { code, length, cid: Some(code), text: None })
            }
        }
    }
}

fn two(bytes: &[u8]) -> (u32, usize) {
    match bytes {
        [high, low, ..] => (u32::from(u16::from_be_bytes([*high, *low])), 2),
        [only] => (u32::from(*only), 1),
        [] => (0, 0),
    }
}

/// A font's own map from codes to text.
#[derive(Debug)]
pub struct ToUnicode(CMap);

impl ToUnicode {
    pub fn parse(data: &[u8]) -> Option<Self> {
        CMap::parse(data, |_| None).map(Self)
    }

    /// The text of a code, if the map gives any.
    pub fn text(&self, code: u32) -> Option<String> {
        let text = match self.0.lookup_bf_string(code)? {
            BfString::Char(c) => String::from(c),
            BfString::String(text) => text,
        };
        (!text.is_empty() && !text.chars().all(|c| c == '\0' || c == '\u{FFFD}')).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(codes: &Codes, mut bytes: &[u8]) -> Vec<Option<String>> {
        let mut out = Vec::new();
        while let Some(code) = codes.next(bytes) {
            bytes = &bytes[code.length..];
            out.push(code.text);
        }
        out
    }

    #[test]
    fn predefined_maps_of_east_asia_give_text() {
        let cases: [(&str, &[u8], &[&str]); 6] = [
            ("UniGB-UCS2-H", &[0x4F, 0x60, 0x59, 0x7D], &["你", "好"]),
            ("UniJIS-UTF16-H", &[0xD8, 0x42, 0xDF, 0xB7, 0x30, 0x42], &["𠮷", "あ"]),
            ("90ms-RKSJ-H", &[0x41, 0x82, 0xA0, 0xB1], &["A", "あ", "ｱ"]),
            ("GBK-EUC-H", &[0xC4, 0xE3, 0x2E], &["你", "."]),
            ("ETen-B5-H", &[0xA7, 0x41], &["你"]),
            ("KSCms-UHC-H", &[0xB0, 0xA1], &["가"]),
        ];
        for (name, bytes, wanted) in cases {
            let codes = Codes::predefined(name.as_bytes()).unwrap();
            let found: Vec<String> = texts(&codes, bytes).into_iter().flatten().collect();
            assert_eq!(found, wanted, "{name}");
        }
        assert!(Codes::predefined(b"Custom").is_none());
    }

    #[test]
    fn to_unicode_maps_characters_ranges_and_ligatures() {
        let map = ToUnicode::parse(
            b"1 begincodespacerange <00> <FF> endcodespacerange\n2 beginbfchar <01> <00660069> <02> <D83DDE00> \
              endbfchar\n2 beginbfrange <41> <43> <0061> <50> <51> [<0078> <0079>] endbfrange",
        )
        .unwrap();
        let cases = [(1, Some("fi")), (2, Some("😀")), (0x42, Some("b")), (0x51, Some("y")), (0x60, None)];
        for (code, wanted) in cases {
            assert_eq!(map.text(code).as_deref(), wanted, "{code:#x}");
        }
    }
}
