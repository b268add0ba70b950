//! Porter's stemmer (M. F. Porter, "An algorithm for suffix stripping", Program 14(3), 1980), with his later
//! change of `logi` and `bli`.

#[rustfmt::skip]
const STEP_2: &[(&str, &str)] = &[
    ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"), ("bli", "ble"), ("alli", "al"),
    ("entli", "ent"), ("eli", "e"), ("ousli", "ous"), ("ization", "ize"), ("ation", "ate"), ("ator", "ate"), ("alism", "al"),
    ("iveness", "ive"), ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"), ("iviti", "ive"), ("biliti", "ble"),
    ("logi", "log"),
];
const STEP_3: &[(&str, &str)] = &[
    ("icate", "ic"),
    ("ative", ""),
    ("alize", "al"),
    ("iciti", "ic"),
    ("ical", "ic"),
    ("ful", ""),
    ("ness", ""),
];
#[rustfmt::skip]
const STEP_4: &[&str] = &[
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism", "ate", "iti", "ous",
    "ive", "ize",
];

pub(super) fn stem(word: &str) -> String {
    if word.len() <= 2 || !word.bytes().all(|b| b.is_ascii_lowercase()) {
        return word.to_owned();
    }
    let word = plural(word);
    let word = past(&word);
    let word = match word.strip_suffix('y') {
        Some(rest) if has_vowel(rest) => format!("{rest}i"),
        _ => word,
    };
    let word = replace(word, STEP_2);
    let word = replace(word, STEP_3);
    tidy(&residue(&word))
}

fn plural(word: &str) -> String {
    if let Some(rest) = word.strip_suffix("sses") {
        format!("{rest}ss")
    } else if let Some(rest) = word.strip_suffix("ies") {
        format!("{rest}i")
    } else if word.ends_with("ss") {
        word.to_owned()
    } else {
        word.strip_suffix('s').unwrap_or(word).to_owned()
    }
}

fn past(word: &str) -> String {
    if let Some(rest) = word.strip_suffix("eed") {
        return if measure(rest) > 0 { format!("{rest}ee") } else { word.to_owned() };
    }
    let Some(rest) =
        word.strip_suffix("ed").or_else(|| word.strip_suffix("ing")).filter(|rest| has_vowel(rest))
    else {
        return word.to_owned();
    };
    if rest.ends_with("at") || rest.ends_with("bl") || rest.ends_with("iz") {
        return format!("{rest}e");
    }
    if ends_double_consonant(rest) && !rest.ends_with(['l', 's', 'z']) {
        return rest.get(..rest.len() - 1).unwrap_or(rest).to_owned();
    }
    if measure(rest) == 1 && ends_cvc(rest) { format!("{rest}e") } else { rest.to_owned() }
}

fn replace(word: String, rules: &[(&str, &str)]) -> String {
    let longest =
        rules.iter().filter(|(suffix, _)| word.ends_with(suffix)).max_by_key(|(suffix, _)| suffix.len());
    match longest.and_then(|(suffix, with)| word.strip_suffix(suffix).map(|rest| (rest, with))) {
        Some((rest, with)) if measure(rest) > 0 => format!("{rest}{with}"),
        _ => word,
    }
}

fn residue(word: &str) -> String {
    let longest = STEP_4.iter().filter(|suffix| word.ends_with(**suffix)).max_by_key(|suffix| suffix.len());
    match longest.and_then(|suffix| word.strip_suffix(suffix).map(|rest| (rest, *suffix))) {
        Some((rest, suffix)) if measure(rest) > 1 && (suffix != "ion" || rest.ends_with(['s', 't'])) => {
            rest.to_owned()
        }
        _ => word.to_owned(),
    }
}

fn tidy(word: &str) -> String {
    let mut word = word.to_owned();
    if let Some(rest) = word.strip_suffix('e')
        && (measure(rest) > 1 || (measure(rest) == 1 && !ends_cvc(rest)))
    {
        word = rest.to_owned();
    }
    if word.ends_with("ll") && measure(&word) > 1 {
        word.pop();
    }
    word
}

/// Whether each letter is a consonant; `y` is one at the start and after a vowel.
fn consonants(word: &str) -> impl Iterator<Item = bool> {
    let mut previous = false;
    word.bytes().enumerate().map(move |(at, b)| {
        let consonant = match b {
            b'a' | b'e' | b'i' | b'o' | b'u' => false,
            b'y' => at == 0 || !previous,
            _ => true,
        };
        previous = consonant;
        consonant
    })
}

/// Porter's m: how often a vowel is followed by a consonant.
fn measure(word: &str) -> usize {
    let mut previous = true;
    consonants(word)
        .filter(|consonant| {
            let step = *consonant && !previous;
            previous = *consonant;
            step
        })
        .count()
}

fn has_vowel(word: &str) -> bool {
    consonants(word).any(|consonant| !consonant)
}

fn ends_double_consonant(word: &str) -> bool {
    let mut end = word.bytes().rev();
    let (last, before) = (end.next(), end.next());
    last.is_some() && last == before && consonants(word).last() == Some(true)
}

/// Porter's *o: consonant, vowel, consonant other than w, x, y at the end.
fn ends_cvc(word: &str) -> bool {
    let kinds: Vec<bool> = consonants(word).collect();
    matches!(kinds.as_slice(), [.., true, false, true]) && !word.ends_with(['w', 'x', 'y'])
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn the_examples_of_the_paper_come_out() {
        for (word, expected) in [
            ("caresses", "caress"),
            ("ponies", "poni"),
            ("cats", "cat"),
            ("agreed", "agre"),
            ("plastered", "plaster"),
            ("motoring", "motor"),
            ("sing", "sing"),
            ("hopping", "hop"),
            ("falling", "fall"),
            ("filing", "file"),
            ("happy", "happi"),
            ("sky", "sky"),
            ("relational", "relat"),
            ("conditional", "condit"),
            ("triplicate", "triplic"),
            ("hopefulness", "hope"),
            ("revival", "reviv"),
            ("adoption", "adopt"),
            ("probate", "probat"),
            ("rate", "rate"),
            ("controll", "control"),
        ] {
            assert_eq!(stem(word), expected, "{word}");
        }
    }
}
