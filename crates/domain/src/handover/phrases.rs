//! Phrases of visitors, found in a normalised line: folded words between single spaces, characters of scripts
//! without spaces side by side.

use super::table::{FRUSTRATED, NEGATED, PERSON};
use crate::text::{Script, fold, script};
use crate::words::lex::{Class, tokens};

/// Words between two parts of a phrase, at most.
const GAP_WORDS: usize = 3;
/// Characters between them in scripts without spaces.
const GAP_CHARACTERS: usize = 8;
/// What may follow a phrase that has to end a sentence.
const POLITE: &[&str] = &["please", "pls", "now", "instead", "thanks", "thank", "here", "bitte", "jetzt"];
/// Whose person it is: not one of ours.
const FOREIGN: &[&str] = &[
    "my", "his", "her", "their", "mi", "su", "mon", "ma", "son", "mein", "meinem", "meiner", "meu", "minha",
];

/// A text as phrases are looked for in it, with a space at both ends.
pub(crate) fn line(text: &str) -> String {
    let mut line = String::from(" ");
    for token in tokens(text) {
        if token.class == Class::Cjk {
            if line.ends_with(' ') && line.trim_end().chars().next_back().is_some_and(is_cjk) {
                line.pop();
            }
        } else if !line.ends_with(' ') {
            line.push(' ');
        }
        line.push_str(&fold(token.text));
        line.push(' ');
    }
    line
}

/// Whether a line holds the words of a rule, one after another.
pub(crate) fn says(at: &str, words: &str) -> bool {
    let words = line(words);
    !words.trim().is_empty() && holds(at, words.trim())
}

/// The same of words that are written as a line is.
pub(crate) fn holds(at: &str, words: &str) -> bool {
    !places(at, words, 0).is_empty()
}

pub(super) fn asks_for_a_person(line: &str) -> bool {
    PERSON.lines().any(|pattern| fits(line, pattern))
}

/// Words of anger, or three words shouted.
pub(super) fn is_frustrated(text: &str, line: &str) -> bool {
    let shouted = |word: &&str| {
        word.chars().count() > 2 && word.chars().all(|c| c.is_uppercase() || !c.is_alphabetic())
    };
    let words = || text.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic));
    let loud = words().filter(shouted).count();
    (loud >= 3 && loud * 2 > words().count()) || FRUSTRATED.lines().any(|pattern| fits(line, pattern))
}

/// `= a|b`: the whole line; `a|b > c|d`: one of each, in order, close together; otherwise any of them.
fn fits(line: &str, pattern: &str) -> bool {
    if let Some(whole) = pattern.strip_prefix("= ") {
        let said = line.trim();
        return whole.split('|').any(|phrase| said == phrase);
    }
    let mut parts = pattern.split(" > ");
    let first = parts.next().unwrap_or_default();
    let begins = alternatives(line, first, 0).into_iter().filter(|(begin, _)| !is_negated(line, *begin));
    let rest: Vec<&str> = parts.collect();
    begins.map(|(_, end)| end).any(|end| follow(line, &rest, end))
}

fn follow(line: &str, rest: &[&str], from: usize) -> bool {
    let Some((next, later)) = rest.split_first() else { return true };
    alternatives(line, next, from)
        .into_iter()
        .any(|(begin, end)| is_close(line.get(from..begin).unwrap_or_default()) && follow(line, later, end))
}

fn is_close(between: &str) -> bool {
    let mut words = between.split(' ').filter(|word| !word.is_empty());
    if between.chars().any(is_cjk) {
        return between.chars().count() <= GAP_CHARACTERS;
    }
    words.clone().count() <= GAP_WORDS && !words.any(|word| FOREIGN.contains(&word))
}

fn alternatives(line: &str, phrases: &str, from: usize) -> Vec<(usize, usize)> {
    phrases.split('|').flat_map(|phrase| places(line, phrase, from)).collect()
}

/// Where a phrase is, as whole words; behind `^` only at the beginning, before `$` only where a sentence ends.
fn places(line: &str, phrase: &str, from: usize) -> Vec<(usize, usize)> {
    let (start, phrase) = phrase.strip_prefix('^').map_or((false, phrase), |phrase| (true, phrase));
    let (end, phrase) = phrase.strip_suffix('$').map_or((false, phrase), |phrase| (true, phrase));
    let joined = phrase.chars().next().is_some_and(is_cjk);
    line.match_indices(phrase)
        .map(|(at, found)| (at, at + found.len()))
        .filter(|(at, to)| {
            let before = line.get(..*at).unwrap_or_default();
            let after = line.get(*to..).unwrap_or_default();
            *at >= from
                && (joined || (before.ends_with(' ') && after.starts_with(' ')))
                && (!start || before.trim().is_empty())
                && (!end || after.split_whitespace().next().is_none_or(|word| POLITE.contains(&word)))
        })
        .collect()
}

/// Something right before says that it is not wanted.
fn is_negated(line: &str, at: usize) -> bool {
    let before = line.get(..at).unwrap_or_default().trim_end();
    let shorter = before.rsplit_once(' ').map_or(before, |(rest, _)| rest);
    NEGATED.split('|').any(|no| {
        [before, shorter].iter().any(|text| {
            text.strip_suffix(no).is_some_and(|rest| {
                rest.is_empty() || rest.ends_with(' ') || no.chars().next().is_some_and(is_cjk)
            })
        })
    })
}

fn is_cjk(c: char) -> bool {
    matches!(script(c), Script::Cjk)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_written_as_lines_are() {
        for pattern in PERSON.lines().chain(FRUSTRATED.lines()).chain([NEGATED]) {
            let pattern = pattern.strip_prefix("= ").unwrap_or(pattern);
            for phrase in pattern.split(" > ").flat_map(|part| part.split('|')) {
                let bare = phrase.trim_start_matches('^').trim_end_matches('$');
                assert_eq!(line(bare).trim(), bare, "{pattern}");
            }
        }
    }
}
