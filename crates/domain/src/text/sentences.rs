//! Cuts text into sentences for nine languages. A line break always ends a sentence, because headings, list
//! items and table rows carry no full stop.

use std::ops::Range;

/// Shortened words after which a full stop does not end a sentence, folded.
#[rustfmt::skip]
const ABBREVIATIONS: &[&str] = &[
    "mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "sra", "dra", "srta", "vs", "etc", "inc", "ltd", "co", "corp", "no", "nos",
    "nr", "tel", "fig", "vol", "pp", "approx", "ca", "bzw", "usw", "str", "ggf", "evtl", "inkl", "exkl", "zzgl", "max", "min",
    "mind", "abs", "art", "av", "avda", "pl", "ud", "uds", "num", "pag", "ej", "aprox", "mme", "mlle", "bd", "env", "cf",
    "dept", "gen", "col", "lt", "sgt", "capt", "rev", "hon", "mt", "ft", "jan", "feb", "mar", "apr", "jun", "jul", "aug",
    "sep", "sept", "oct", "okt", "nov", "dec", "dez", "mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat",
    "sun", "e.g", "i.e", "z.b", "d.h", "u.a", "p.ej", "a.m", "p.m", "u.s", "u.k",
];

/// Starts of month names after which a preceding "3." is a date.
const MONTHS: &[&str] = &[
    "januar",
    "februar",
    "märz",
    "april",
    "mai",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "dezember",
];

/// Byte ranges of the sentences, without surrounding white space; together they hold every visible character.
#[must_use]
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut begin = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let mut end = at + c.len_utf8();
        let ends = match c {
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => true,
            '。' | '！' | '？' | '!' | '?' | '؟' | '۔' | '…' | '.' => {
                while let Some((next, follower)) = characters.peek().copied() {
                    if !is_closer(follower) {
                        break;
                    }
                    end = next + follower.len_utf8();
                    characters.next();
                }
                {
                    let quoted = end > at + c.len_utf8();
                    is_boundary(c, quoted, text.get(begin..at).unwrap_or(""), text.get(end..).unwrap_or(""))
                }
            }
            _ => false,
        };
        if ends {
            push(text, begin..end, &mut found);
            begin = end;
        }
    }
    push(text, begin..text.len(), &mut found);
    found
}

fn push(text: &str, range: Range<usize>, found: &mut Vec<Range<usize>>) {
    let Some(slice) = text.get(range.clone()) else { return };
    let start = range.start + (slice.len() - slice.trim_start().len());
    let trimmed = slice.trim();
    if trimmed.chars().any(char::is_alphanumeric) {
        found.push(start..start + trimmed.len());
    } else if let Some(last) = found.last_mut().filter(|last| !trimmed.is_empty() && last.end == range.start)
    {
        last.end = start + trimmed.len();
    }
}

fn is_closer(c: char) -> bool {
    matches!(
        c,
        '"' | '\''
            | ')'
            | ']'
            | '”'
            | '’'
            | '»'
            | '」'
            | '』'
            | '）'
            | '】'
            | '!'
            | '?'
            | '！'
            | '？'
            | '。'
            | '.'
            | '؟'
    )
}

/// Whether the mark `c`, after `before` and ahead of `after`, ends a sentence; `quoted` when a quote or
/// bracket closes behind it.
fn is_boundary(c: char, quoted: bool, before: &str, after: &str) -> bool {
    if matches!(c, '。' | '！' | '？' | '؟' | '۔') {
        return true;
    }
    let Some(next) = after.chars().next() else { return true };
    let wide = |c: char| matches!(crate::text::script(c), crate::text::Script::Cjk);
    if !next.is_whitespace() {
        return wide(next) && c != '.';
    }
    let Some(first) = after
        .chars()
        .find(|c| !c.is_whitespace() && !matches!(c, '"' | '(' | '[' | '“' | '«' | '¿' | '¡' | '\'' | '‘'))
    else {
        return true;
    };
    if first.is_lowercase() {
        return false;
    }
    if c != '.' || quoted {
        return true;
    }
    let word =
        before.rsplit(|c: char| c.is_whitespace() || matches!(c, '(' | '"' | '“' | '/')).next().unwrap_or("");
    let lower = word.to_lowercase();
    let initial = word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
    let ordinal = word.len() <= 2
        && word.bytes().all(|b| b.is_ascii_digit())
        && !word.is_empty()
        && MONTHS.iter().any(|month| after.trim_start().to_lowercase().starts_with(month));
    let abbreviated = ABBREVIATIONS.contains(&lower.as_str())
        && !(ends_day_or_month(&lower) && first.is_uppercase() && before.len() > 60);
    !(initial || ordinal || abbreviated)
}

/// Words that are as often a whole word or the end of a sentence as an abbreviation.
fn ends_day_or_month(word: &str) -> bool {
    matches!(
        word,
        "no" | "sun" | "sat" | "mon" | "mar" | "mind" | "min" | "max" | "art" | "col" | "a.m" | "p.m"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        sentences(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn full_stops_of_abbreviations_and_decimals_end_nothing() {
        assert_eq!(
            cut("Dr. Lee charges £3.50 per kg. Ask J. Smith."),
            ["Dr. Lee charges £3.50 per kg.", "Ask J. Smith."]
        );
        assert_eq!(
            cut("Wir öffnen am 3. November. Das kostet z. B. 4,50 €."),
            ["Wir öffnen am 3. November.", "Das kostet z. B. 4,50 €."]
        );
    }

    #[test]
    fn every_script_ends_its_sentences() {
        assert_eq!(cut("我们九点开门。你好吗？好！"), ["我们九点开门。", "你好吗？", "好！"]);
        assert_eq!(cut("متى تفتحون؟ نفتح في التاسعة."), ["متى تفتحون؟", "نفتح في التاسعة."]);
        assert_eq!(cut("¿Abren hoy? Sí. ¡Claro!"), ["¿Abren hoy?", "Sí.", "¡Claro!"]);
        assert_eq!(cut("מתי פותחים? בתשע."), ["מתי פותחים?", "בתשע."]);
    }

    #[test]
    fn lines_are_units_and_quotes_stay_with_their_sentence() {
        assert_eq!(
            cut("Prices\n- Tyre: £4\nHe said \"no.\" Then left."),
            ["Prices", "- Tyre: £4", "He said \"no.\"", "Then left."]
        );
    }
}
