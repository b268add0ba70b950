//! Whether a message leaves a way to reach its writer.

use crate::text::ascii_digit;

/// An e-mail address or a telephone number is in the text.
#[must_use]
pub fn leaves_contact(text: &str) -> bool {
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '<' | '>' | '(' | ')')).any(is_mail)
        || has_number(text)
}

fn is_mail(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    word.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.split('.').count() > 1 && host.split('.').all(|part| !part.is_empty())
    })
}

/// Seven to fifteen digits (E.164 has at most fifteen) that are written as telephone numbers are. A day, a span of
/// years, opening times and the number of an order have as many.
fn has_number(text: &str) -> bool {
    let digits: String = text.chars().map(ascii_digit).collect();
    let between = |c: char| {
        !(c.is_ascii_digit() || matches!(c, ' ' | '-' | '+' | '(' | ')' | '/' | '\u{a0}' | '\u{2011}'))
    };
    let alone = !digits.contains(between);
    let mut before = ' ';
    digits.split_inclusive(between).any(|run| {
        // "HL-100 2345" and "#100-2345" are no telephones.
        let named = (before.is_ascii_alphabetic() || before == '#') && !run.starts_with(' ');
        before = run.chars().next_back().unwrap_or(' ');
        is_number(run.trim_end_matches(between), named, alone)
    })
}

fn is_number(run: &str, named: bool, alone: bool) -> bool {
    let groups: Vec<&str> =
        run.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
    let count: usize = groups.iter().map(|group| group.len()).sum();
    let first = groups.first().map_or(0, |group| group.len());
    let year = |group: &&str| group.len() == 4 && (group.starts_with("19") || group.starts_with("20"));
    let pairs = groups.iter().all(|group| group.len() < 3);
    if !(7..=15).contains(&count)
        || run.matches('/').count() > 1
        || groups.iter().any(year) && groups.iter().all(|group| group.len() < 3 || year(group))
    {
        return false;
    }
    let run = run.trim_start_matches(|c: char| !c.is_ascii_digit() && c != '+');
    if run.starts_with('+') {
        return true;
    }
    if run.starts_with('0') {
        // In pairs alone only France writes: five of them.
        return !pairs || count == 10;
    }
    match groups.len() {
        // Sent as the whole message, nine digits of Spain, ten of America or eleven of China are one.
        1 => alone && (9..=11).contains(&count),
        // Groups of three behind one or two digits are a large number.
        2..=5 => {
            let thousands = first < 3 && groups.iter().skip(1).all(|group| group.len() == 3);
            let grouped = groups.iter().any(|group| matches!(group.len(), 3 | 4));
            let short = groups.iter().all(|group| group.len() < 6);
            grouped && short && !thousands && !named && !groups.first().is_some_and(year)
        }
        _ => false,
    }
}
