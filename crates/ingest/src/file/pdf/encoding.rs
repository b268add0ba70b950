//! The encodings of simple fonts (ISO 32000-1, annex D) and the widths of the standard fonts.

use encoding_rs::{MACINTOSH, WINDOWS_1252};

/// What a font's code means before its own differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Standard,
    WinAnsi,
    MacRoman,
    MacExpert,
    Symbol,
    Dingbats,
}

impl Encoding {
    pub fn named(name: &[u8]) -> Option<Self> {
        match name {
            b"StandardEncoding" => Some(Self::Standard),
            b"WinAnsiEncoding" => Some(Self::WinAnsi),
            b"MacRomanEncoding" => Some(Self::MacRoman),
            b"MacExpertEncoding" => Some(Self::MacExpert),
            _ => None,
        }
    }

    /// The character of a code.
    pub fn char(self, code: u8) -> Option<char> {
        let table = match self {
            Self::Standard => STANDARD,
            Self::Symbol => SYMBOL,
            Self::MacExpert => EXPERT,
            Self::WinAnsi => return single(WINDOWS_1252, code),
            Self::MacRoman => return single(MACINTOSH, code),
            Self::Dingbats => {
                return match code {
                    0x20 => Some(' '),
                    0x21..=0x7E => char::from_u32(0x2700 + u32::from(code) - 0x20),
                    0xA1..=0xFE => char::from_u32(0x2761 + u32::from(code) - 0xA1),
                    _ => None,
                };
            }
        };
        let at = usize::from(code.checked_sub(32)?);
        table.chars().nth(at).filter(|c| *c != '\0')
    }
}

fn single(encoding: &'static encoding_rs::Encoding, code: u8) -> Option<char> {
    if code < 32 {
        return None;
    }
    encoding.decode_without_bom_handling(&[code]).0.chars().next().filter(|c| !c.is_control())
}

/// Widths of the printable ASCII characters in Helvetica and Times, in thousandths of the size.
pub fn standard_width(font: &str, c: char) -> f32 {
    if font.contains("Courier") {
        return 600.0;
    }
    let table = if font.contains("Times") { TIMES } else { HELVETICA };
    let plain = u32::from(c).checked_sub(32).and_then(|at| table.get(usize::try_from(at).ok()?));
    plain.map_or(556.0, |width| f32::from(*width))
}

#[rustfmt::skip]
const HELVETICA: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 222, 333, 333, 389, 584, 278, 333, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
    222, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

#[rustfmt::skip]
const TIMES: [u16; 95] = [
    250, 333, 408, 500, 500, 833, 778, 333, 333, 333, 500, 564, 250, 333, 250, 278,
    500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 278, 278, 564, 564, 564, 444,
    921, 722, 667, 667, 722, 611, 556, 722, 722, 333, 389, 722, 611, 889, 722, 722,
    556, 722, 667, 556, 611, 722, 722, 944, 722, 722, 611, 333, 278, 333, 469, 500,
    333, 444, 500, 444, 500, 444, 333, 500, 500, 278, 278, 500, 278, 778, 500, 500,
    500, 500, 333, 389, 278, 500, 500, 722, 500, 500, 444, 480, 200, 480, 541,
];

/// Codes 32 to 255; NUL where there is none.
const STANDARD: &str = "\
    \u{20}!\"#$%&’()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_‘abcdefghijklmnopqrstuvwxyz\
    {|}~\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0¡¢£⁄¥ƒ§¤'“«‹›ﬁﬂ\0–†‡·\0¶•‚\
    „”»…‰\0¿\0`´ˆ˜¯˘˙¨\0˚¸\0˝˛ˇ—\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0Æ\0ª\0\0\0\0ŁØŒº\0\0\0\0\0æ\0\0\0ı\0\0\
    łøœß";

const SYMBOL: &str = "\
    \u{20}!∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧ∆ΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_\0αβχδεφγηιϕκλµνοπθρστυϖωξψζ{\
    |}∼\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…\
    \0\0↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇\0\0\0∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈\0\0\0∑\0\0\0\0\0\0\0\0\0\0\0〉∫⌠\0⌡";

/// Small capitals and old-style figures as the plain ones.
const EXPERT: &str = "\
    \u{20}!˝¢$$&´⁽⁾‥․,-.⁄0123456789:;\0\0\0?\0\0\0\0Ð\0\0¼½¾⅛⅜⅝⅞⅓⅔\0\0\0\0\0\0ﬀﬁﬂﬃﬄ₍\0₎ˆ-`ABCDEFGHIJKL\
    MNOPQRSTUVWXYZ₡\0\0˜\0\0a¢\0\0\0\0ÁÀÂÄÃÅÇÉÈÊËÍÌÎÏÑÓÒÔÖÕÚÙÛÜ\0⁸₄₃₆₈₇Š\0¢₂\0¨\0ˇo₅\0,.Ý\0$\0\0Þ\0₉₀Ž\
    ÆØ¿₁Ł\0\0\0\0\0\0¸\0\0\0\0\0Œ‒-\0\0\0\0¡\0Ÿ\0¹²³⁴⁵⁶⁷⁹⁰\0ert\0\0isd\0\0\0\0\0l˛˘¯bⁿm,.˙˚";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_mean_what_the_annex_says() {
        let cases = [
            (Encoding::Standard, 0o47, Some('’')),
            (Encoding::Standard, 0xFB, Some('ß')),
            (Encoding::Standard, 0x80, None),
            (Encoding::WinAnsi, 0x80, Some('€')),
            (Encoding::WinAnsi, 0xE4, Some('ä')),
            (Encoding::MacRoman, 0x8A, Some('ä')),
            (Encoding::Symbol, 0x61, Some('α')),
            (Encoding::Symbol, 0xE5, Some('∑')),
            (Encoding::MacExpert, 0x61, Some('A')),
            (Encoding::Dingbats, 0x33, Some('✓')),
        ];
        for (encoding, code, wanted) in cases {
            assert_eq!(encoding.char(code), wanted, "{encoding:?} {code:#x}");
        }
    }

    #[test]
    fn widths_are_those_of_the_standard_fonts() {
        assert_eq!(standard_width("Helvetica", ' '), 278.0);
        assert_eq!(standard_width("Times-Roman", '~'), 541.0);
        assert_eq!(standard_width("Courier", 'i'), 600.0);
    }
}
