//! Whether a message leaves a way to reach its writer.

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

/// Seven to fifteen digits (E.164 has at most fifteen) with nothing between them but what telephone numbers are
/// written with; a year, a price or a date has fewer.
fn has_number(text: &str) -> bool {
    let mut digits = 0;
    let mut run = Vec::new();
    for c in text.chars().chain(['x']) {
        if c.is_numeric() {
            digits += 1;
        } else if !matches!(c, ' ' | '-' | '+' | '(' | ')' | '/' | '\u{a0}' | '\u{2011}') {
            run.push(digits);
            digits = 0;
        }
    }
    run.into_iter().any(|digits| (7..=15).contains(&digits))
}
