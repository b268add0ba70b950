//! From glyph names to text, by the Adobe Glyph List and its rules
//! (<https://github.com/adobe-type-tools/agl-specification>).

/// The Adobe Glyph List: one name and its text a line, in the order of bytes. BSD-3-Clause,
/// copyright 2002-2019 Adobe (<https://github.com/adobe-type-tools/agl-aglfn>).
const LIST: &str = include_str!("glyphs.txt");

/// What a glyph's name says, if it says anything.
pub fn text(name: &str) -> Option<String> {
    let stem = name.split('.').next().filter(|stem| !stem.is_empty())?;
    if let Some(text) = part(stem) {
        return Some(text);
    }
    if stem.contains('_') {
        let parts: Vec<String> = stem.split('_').take(16).filter_map(part).collect();
        return (!parts.is_empty()).then(|| parts.concat());
    }
    // Expert sets: small capitals, old-style figures and the like are their plain letters.
    ["small", "oldstyle", "superior", "inferior", "fitted"].iter().find_map(|suffix| {
        let base = stem.strip_suffix(suffix)?;
        listed(base).map(str::to_owned)
    })
}

fn part(name: &str) -> Option<String> {
    if let Some(text) = listed(name) {
        return Some(text.to_owned());
    }
    if let Some(digits) = name.strip_prefix("uni")
        && digits.len() >= 4
        && digits.len() % 4 == 0
    {
        let units: Option<Vec<u16>> = (0..digits.len() / 4)
            .map(|at| u16::from_str_radix(digits.get(at * 4..at * 4 + 4)?, 16).ok())
            .collect();
        return String::from_utf16(&units?).ok();
    }
    let digits = name.strip_prefix('u')?;
    if (4..=6).contains(&digits.len()) {
        return char::from_u32(u32::from_str_radix(digits, 16).ok()?).map(String::from);
    }
    None
}

fn listed(name: &str) -> Option<&'static str> {
    match name {
        "space" | "nbspace" | "nonbreakingspace" => return Some(" "),
        "sfthyphen" | "softhyphen" => return Some("\u{AD}"),
        "nbhyphen" => return Some("-"),
        // Names TeX and old PostScript use beside the list.
        "ff" => return Some("ff"),
        "ffi" => return Some("ffi"),
        "ffl" => return Some("ffl"),
        "dotlessj" => return Some("ȷ"),
        "tie" => return Some("⁀"),
        _ => {}
    }
    let (mut low, mut high) = (0, LIST.len());
    while low < high {
        let middle = LIST.get(low..high)?.len() / 2 + low;
        let begin =
            LIST.as_bytes().get(..middle)?.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let line = LIST.get(begin..)?.lines().next()?;
        let (key, text) = line.split_once(' ')?;
        match key.cmp(name) {
            std::cmp::Ordering::Equal => return Some(text),
            std::cmp::Ordering::Less => low = begin + line.len() + 1,
            std::cmp::Ordering::Greater => high = begin,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_text_by_the_rules_of_the_list() {
        let cases = [
            ("A", "A"),
            ("zukatakana", "ズ"),
            ("Adieresis", "Ä"),
            ("f_f_i", "ffi"),
            ("uni20AC", "€"),
            ("u1F600", "😀"),
            ("Asmall", "A"),
            ("oneoldstyle", "1"),
            ("a.sc", "a"),
            ("germandbls", "ß"),
        ];
        for (name, wanted) in cases {
            assert_eq!(text(name).as_deref(), Some(wanted), "{name}");
        }
        for name in [".notdef", "g42", "", "uu", "uni12", "_"] {
            assert_eq!(text(name), None, "{name}");
        }
    }

    #[test]
    fn every_listed_name_is_found() {
        for line in LIST.lines() {
            let (name, wanted) = line.split_once(' ').unwrap();
            assert!(listed(name).is_some(), "{name} {wanted}");
        }
    }
}
