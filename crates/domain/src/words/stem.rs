//! Light stemmers over folded words: inflections of a word become one term. English is Porter's algorithm
//! (M. F. Porter, "An algorithm for suffix stripping", 1980); Spanish, French, German and Portuguese strip
//! suffixes from tables in the manner of J. Savoy's light stemmers (2006); Arabic follows light10 (L. Larkey,
//! 2002). They work on folded letters because visitors leave out accents.

mod porter;

use crate::language::Language;

/// Suffixes with their replacement, tried in order; the first that leaves enough of the word is cut.
type Rules = &'static [(&'static str, &'static str)];

#[rustfmt::skip]
const ES: &[(usize, Rules)] = &[
    (3, &[
        ("amientos", ""), ("imientos", ""), ("amiento", ""), ("imiento", ""), ("aciones", ""), ("uciones", ""), ("adores", ""),
        ("adoras", ""), ("acion", ""), ("ucion", ""), ("adora", ""), ("ador", ""), ("idades", ""), ("idad", ""), ("amente", ""),
        ("mente", ""), ("ancias", ""), ("ancia", ""), ("ibles", ""), ("ables", ""), ("ible", ""), ("able", ""), ("ismos", ""),
        ("ismo", ""), ("istas", ""), ("ista", ""), ("ariamos", ""), ("eriamos", ""), ("iriamos", ""), ("aremos", ""),
        ("eremos", ""), ("iremos", ""), ("abamos", ""), ("asteis", ""), ("isteis", ""), ("ieron", ""), ("arian", ""),
        ("erian", ""), ("irian", ""), ("iendo", ""), ("yendo", ""), ("aran", ""), ("eran", ""), ("iran", ""), ("aron", ""),
        ("aban", ""), ("ando", ""), ("ados", ""), ("adas", ""), ("idos", ""), ("idas", ""), ("aria", ""), ("eria", ""),
        ("iria", ""), ("amos", ""), ("emos", ""), ("imos", ""), ("ado", ""), ("ada", ""), ("ido", ""), ("ida", ""), ("aba", ""),
         ("ian", ""), ("ces", "z"), ("an", ""), ("en", ""), ("ar", ""), ("er", ""), ("ir", ""), ("io", ""),
        ("ia", ""),
    ]),
    (3, &[("os", ""), ("as", ""), ("es", ""), ("s", ""), ("o", ""), ("a", ""), ("e", ""), ("i", "")]),
];

#[rustfmt::skip]
const PT: &[(usize, Rules)] = &[
    (3, &[
        ("amentos", ""), ("imentos", ""), ("amento", ""), ("imento", ""), ("acoes", ""), ("icoes", ""), ("acao", ""), ("icao", ""),
        ("adores", ""), ("adoras", ""), ("adora", ""), ("ador", ""), ("idades", ""), ("idade", ""), ("amente", ""), ("mente", ""),
        ("ancias", ""), ("ancia", ""), ("aveis", ""), ("iveis", ""), ("avel", ""), ("ivel", ""), ("ismos", ""), ("ismo", ""),
        ("istas", ""), ("ista", ""), ("ariamos", ""), ("aremos", ""), ("eremos", ""), ("iremos", ""), ("avamos", ""),
        ("ariam", ""), ("avam", ""), ("aram", ""), ("eram", ""), ("iram", ""), ("ando", ""), ("endo", ""), ("indo", ""),
        ("ados", ""), ("adas", ""), ("idos", ""), ("idas", ""), ("aria", ""), ("eria", ""), ("iria", ""), ("amos", ""),
        ("emos", ""), ("imos", ""), ("ado", ""), ("ada", ""), ("ido", ""), ("ida", ""), ("ava", ""), ("oes", "ao"), ("aes", "ao"),
        ("ais", "al"), ("eis", "el"), ("ois", "ol"), ("ns", "m"), ("ar", ""), ("er", ""), ("ir", ""), ("am", ""), ("em", ""),
        ("ou", ""), ("ei", ""), ("io", ""), ("ia", ""),
    ]),
    (3, &[("os", ""), ("as", ""), ("es", ""), ("s", ""), ("o", ""), ("a", ""), ("e", ""), ("i", "")]),
];

#[rustfmt::skip]
const FR: &[(usize, Rules)] = &[
    (3, &[
        ("issements", ""), ("issement", ""), ("atrices", ""), ("atrice", ""), ("ateurs", ""), ("ateur", ""), ("ations", ""),
        ("ation", ""), ("ements", ""), ("ement", ""), ("euses", ""), ("euse", ""), ("eurs", ""), ("eur", ""), ("ivement", ""),
        ("ives", ""), ("ive", ""), ("ifs", ""), ("if", ""), ("ables", ""), ("able", ""), ("iques", ""), ("ique", ""),
        ("ismes", ""), ("isme", ""), ("istes", ""), ("iste", ""), ("ances", ""), ("ance", ""), ("ences", ""), ("ence", ""),
        ("eraient", ""), ("erions", ""), ("eriez", ""), ("erait", ""), ("erais", ""), ("erons", ""), ("eront", ""), ("erez", ""),
        ("erai", ""), ("eras", ""), ("issons", ""), ("issez", ""), ("issent", ""), ("issant", ""), ("issait", ""), ("aient", ""),
        ("antes", ""), ("ante", ""), ("ants", ""), ("ions", ""), ("ait", ""), ("ais", ""), ("ant", ""), ("eaux", "eau"),
        ("aux", "al"), ("ees", ""), ("ee", ""), ("ez", ""), ("ons", ""), ("ent", ""), ("ages", ""), ("age", ""), ("er", ""),
        ("ir", ""), ("it", ""),
    ]),
    (3, &[("es", ""), ("s", ""), ("x", ""), ("e", ""), ("i", "")]),
];

#[rustfmt::skip]
const DE: &[(usize, Rules)] = &[
    (3, &[("ern", ""), ("em", ""), ("er", ""), ("en", ""), ("es", ""), ("e", ""), ("s", ""), ("n", "")]),
    (4, &[("est", ""), ("en", ""), ("er", ""), ("st", ""), ("et", ""), ("t", "")]),
    (4, &[("igkeit", ""), ("lichkeit", ""), ("heit", ""), ("keit", ""), ("lich", ""), ("isch", ""), ("ung", ""), ("ig", "")]),
];

/// The stem of a folded word of Latin letters.
#[must_use]
pub fn latin(word: &str, language: Language) -> String {
    match language {
        Language::Es => strip(word, ES),
        Language::Pt => strip(word, PT),
        Language::Fr => strip(word, FR),
        Language::De => strip(participle(word), DE),
        _ => porter::stem(word),
    }
}

/// A German participle without its "ge" ("gekennzeichnet", "gefunden"), by its ending; CISTEM (L. Weissweiler, A. Fraser,
/// "Developing a Stemmer for German Based on a Comparative Analysis", 2017) cuts it from every word.
fn participle(word: &str) -> &str {
    let ends = ["t", "te", "ten", "ter", "tes", "tem", "en", "ene", "ener", "enes", "enen"];
    match word.strip_prefix("ge") {
        Some(rest) if rest.len() >= 5 && ends.iter().any(|end| rest.ends_with(end)) => rest,
        _ => word,
    }
}

fn strip(word: &str, steps: &[(usize, Rules)]) -> String {
    let mut stem = word.to_owned();
    for (least, rules) in steps {
        for (suffix, replacement) in *rules {
            if let Some(rest) = stem.strip_suffix(suffix)
                && rest.len() >= *least
            {
                stem = format!("{rest}{replacement}");
                break;
            }
        }
    }
    stem
}

/// The stems of a folded Arabic word: light10's, and that without one more letter that may be a preposition or
/// mark a verb's person or a derived noun.
#[must_use]
pub fn arabic(word: &str) -> Vec<String> {
    let stem = light10(word);
    let shorter = stem
        .strip_prefix(['ب', 'ل', 'ك', 'ف', 'س', 'ي', 'ت', 'ن', 'ا', 'م'])
        .filter(|rest| rest.chars().count() >= 3)
        .map(str::to_owned);
    std::iter::once(stem).chain(shorter).collect()
}

/// Without article, conjunction and common endings.
fn light10(word: &str) -> String {
    let mut stem = word;
    if let Some(rest) = stem.strip_prefix('و')
        && rest.chars().count() >= 3
    {
        stem = rest;
    }
    for prefix in ["وال", "بال", "كال", "فال", "لل", "ال"] {
        if let Some(rest) = stem.strip_prefix(prefix)
            && rest.chars().count() >= 2
        {
            stem = rest;
            break;
        }
    }
    for suffix in ["ها", "ان", "ات", "ون", "ين", "يه", "هم", "ه", "ي", "ا"] {
        if let Some(rest) = stem.strip_suffix(suffix)
            && rest.chars().count() >= 3
        {
            stem = rest;
        }
    }
    stem.to_owned()
}

/// The stems of a folded Hebrew word: as it stands, and without the letters that may be a prefixed word
/// (and, the, in, to, from, that), because only the dictionary tells them from the root.
#[must_use]
pub fn hebrew(word: &str) -> Vec<String> {
    let mut stems = vec![hebrew_ending(word)];
    let mut rest = word;
    for _ in 0..2 {
        let Some(shorter) = rest.strip_prefix(['ו', 'ה', 'ב', 'ל', 'מ', 'ש', 'כ']) else { break };
        if shorter.chars().count() < 3 {
            break;
        }
        rest = shorter;
        let stem = hebrew_ending(rest);
        if !stems.contains(&stem) {
            stems.push(stem);
        }
    }
    stems
}

fn hebrew_ending(word: &str) -> String {
    for suffix in ["יות", "ימ", "ות", "ית", "ה", "ת", "י"] {
        if let Some(rest) = word.strip_suffix(suffix)
            && rest.chars().count() >= 3
        {
            return rest.to_owned();
        }
    }
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inflections_meet_in_one_stem() {
        let same = |language, words: &[&str]| {
            let stems: Vec<_> = words.iter().map(|word| latin(word, language)).collect();
            assert!(stems.windows(2).all(|pair| pair[0] == pair[1]), "{words:?} {stems:?}");
        };
        same(Language::En, &["repair", "repairs", "repaired", "repairing"]);
        same(Language::En, &["relational", "relate", "relates", "related"]);
        same(Language::Es, &["reparar", "reparacion", "reparaciones", "reparamos", "repara"]);
        same(Language::Pt, &["reparar", "reparacao", "reparacoes", "repara"]);
        same(Language::Fr, &["reparer", "reparation", "reparations", "reparons", "repare"]);
        same(Language::De, &["offnung", "offnungen", "offnen", "offnet"]);
        assert_eq!(arabic("والمفتاح"), arabic("مفتاح"));
    }

    #[test]
    fn a_hebrew_prefix_may_be_part_of_the_root() {
        assert!(hebrew("בחנות").contains(&hebrew("חנות")[0]));
        assert!(hebrew("מחיר").contains(&"מחיר".to_owned()));
    }
}
