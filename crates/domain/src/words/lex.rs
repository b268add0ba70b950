//! Cuts text into tokens: words, numbers, mixtures of both, and single characters of scripts without spaces.

use crate::text::{Script, script};

/// What a token is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Word,
    Number,
    /// Letters and digits.
    Mixed,
    /// One character of a script without spaces.
    Cjk,
}

/// A piece of text that is looked up as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token<'t> {
    pub text: &'t str,
    /// Byte offset in the text.
    pub at: usize,
    pub class: Class,
    /// Joined to the token before by a hyphen, slash, dot or underscore.
    pub glued: bool,
    /// With its right neighbour, for [`Class::Cjk`].
    pub pair: Option<&'t str>,
}

/// The tokens of a text, in order.
#[must_use]
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found: Vec<Token<'_>> = Vec::with_capacity(text.len() / 5);
    let mut characters = text.char_indices().peekable();
    let mut end_of_last = usize::MAX;
    while let Some((at, c)) = characters.next() {
        if matches!(script(c), Script::Cjk) {
            let end = at + c.len_utf8();
            let neighbour = characters.peek().filter(|(_, next)| matches!(script(*next), Script::Cjk));
            let pair = neighbour.and_then(|(next, follower)| text.get(at..next + follower.len_utf8()));
            found.push(Token {
                text: text.get(at..end).unwrap_or(""),
                at,
                class: Class::Cjk,
                glued: false,
                pair,
            });
            end_of_last = usize::MAX;
            continue;
        }
        if !c.is_alphanumeric() {
            continue;
        }
        let mut end = at + c.len_utf8();
        let (mut letters, mut digits) = (!c.is_numeric(), c.is_numeric());
        while let Some((next, follower)) = characters.peek().copied() {
            let within = if follower.is_alphanumeric() {
                !matches!(script(follower), Script::Cjk)
            } else {
                is_joiner(follower)
                    || (digits && !letters && separates_digits(follower, text.get(end..).unwrap_or("")))
            };
            if !within {
                break;
            }
            letters |= follower.is_alphabetic();
            digits |= follower.is_numeric();
            end = next + follower.len_utf8();
            characters.next();
        }
        let glue =
            at.checked_sub(1).filter(|before| *before == end_of_last).and_then(|before| text.get(before..at));
        let glued = matches!(glue, Some("-" | "/" | "_" | "."));
        let class = match (letters, digits) {
            (true, true) => Class::Mixed,
            (false, _) => Class::Number,
            _ => Class::Word,
        };
        found.push(Token { text: text.get(at..end).unwrap_or(""), at, class, glued, pair: None });
        end_of_last = end;
    }
    found
}

/// Marks within a word: combining accents, vowel points, stretching, soft hyphens.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}' | '\u{0591}'..='\u{05C7}' | '\u{0610}'..='\u{061A}' | '\u{0640}'
        | '\u{064B}'..='\u{065F}' | '\u{0670}' | '\u{00AD}' | '\u{200C}' | '\u{200D}' | '״' | '׳')
}

/// A point, comma, colon or apostrophe with a digit behind it.
fn separates_digits(c: char, rest: &str) -> bool {
    matches!(c, '.' | ',' | ':' | '\'' | '’' | '٫' | '٬') && rest.chars().nth(1).is_some_and(char::is_numeric)
}

/// A folded number in one spelling: no thousands separators, a point before decimals, none that are only zeros.
pub(super) fn number(folded: &str) -> String {
    let parts: Vec<&str> = folded.split(|c: char| !c.is_numeric()).collect();
    let begins = parts.first().is_some_and(|first| (1..=3).contains(&first.len()) && !first.starts_with('0'));
    let in_threes = |middle: &[&str]| !middle.is_empty() && middle.iter().all(|part| part.len() == 3);
    if begins && !folded.contains(':') {
        match parts.as_slice() {
            [_, rest @ ..] if in_threes(rest) => return parts.concat(),
            // "1,200.50": what separates thousands is not what separates decimals.
            [_, rest @ .., decimals] if in_threes(rest) && decimals.len() <= 2 => {
                let whole: String = parts.iter().take(parts.len() - 1).copied().collect();
                return if decimals.bytes().all(|b| b == b'0') {
                    whole
                } else {
                    format!("{whole}.{decimals}")
                };
            }
            [whole, "00"] => return (*whole).to_owned(),
            _ => {}
        }
    }
    folded.chars().map(|c| if c.is_numeric() || c == ':' { c } else { '.' }).collect()
}

/// Runs of letters and of digits in a mixture: `ab1200` → `ab`, `1200`.
pub(super) fn runs(folded: &str) -> Vec<String> {
    let mut runs: Vec<String> = Vec::new();
    let mut last = None;
    for c in folded.chars().filter(|c| c.is_alphanumeric()) {
        let digit = c.is_numeric();
        match runs.last_mut().filter(|_| last == Some(digit)) {
            Some(run) => run.push(c),
            None => runs.push(c.to_string()),
        }
        last = Some(digit);
    }
    runs
}

/// Chains of glued tokens written as one word, with the place of their first token; longer than 24 letters is
/// an address or a path, not a word.
pub(super) fn chains(tokens: &[Token<'_>]) -> Vec<(usize, String)> {
    let mut chains: Vec<(usize, String)> = Vec::new();
    let mut first = 0;
    while first < tokens.len() {
        let length = 1 + tokens.iter().skip(first + 1).take_while(|token| token.glued).count();
        if length > 1 {
            let whole: String =
                tokens.iter().skip(first).take(length).map(|token| crate::text::fold(token.text)).collect();
            if whole.len() <= 24 {
                chains.push((first, whole.chars().filter(|c| c.is_alphanumeric()).collect()));
            }
        }
        first += length;
    }
    chains
}
