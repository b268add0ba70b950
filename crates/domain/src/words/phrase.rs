//! What a person types into a search field over texts: each of its words has to be there in one of its forms, the
//! last one perhaps unfinished. Synonyms do not count: who looks for a word wants to see it marked.

use std::ops::Range;

use super::lex::chains;
use super::{Class, Token, terms, tokens};
use crate::language::{Language, guess, is_function_word};
use crate::order;
use crate::text::fold;

/// Words beyond these are not looked for.
const MOST_WORDS: usize = 12;
/// The beginning of a word is looked for from this length on.
const LEAST_BEGUN: usize = 3;

/// Words to look for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Phrase(Vec<Wanted>);

/// One word to look for: any of its terms stands for it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Wanted {
    terms: Vec<String>,
    /// Beginnings of terms that stand for it as well.
    begun: Vec<String>,
}

impl Wanted {
    fn admits(&self, term: &str) -> bool {
        self.terms.iter().any(|own| own == term) || self.begun.iter().any(|begun| term.starts_with(begun))
    }
}

impl Phrase {
    /// Reads what was typed. Words that only hold it together are left out, where others remain.
    #[must_use]
    pub fn read(typed: &str) -> Self {
        let asked_in = guess(typed, None);
        let mut tokens = tokens(typed);
        tokens.truncate(MOST_WORDS);
        let unfinished = typed.chars().next_back().is_some_and(char::is_alphanumeric);
        let mut words: Vec<(Wanted, bool)> = tokens
            .iter()
            .enumerate()
            .map(|(at, token)| {
                let folded = fold(token.text);
                let light = match asked_in {
                    Some(language) => is_function_word(&folded, language),
                    None => Language::LATIN.iter().any(|language| is_function_word(&folded, *language)),
                };
                (wanted(token, &folded, unfinished && at + 1 == tokens.len()), light)
            })
            .collect();
        // Parts written as one ("e-mail") are met by the whole, too.
        for (first, whole) in chains(&tokens) {
            let length = glued(&tokens, first);
            for (word, _) in words.iter_mut().skip(first).take(length) {
                word.terms.push(whole.clone());
            }
        }
        words.retain(|(word, _)| !word.terms.is_empty());
        if words.iter().any(|(_, light)| !light) {
            words.retain(|(_, light)| !light);
        }
        Self(words.into_iter().map(|(word, _)| word).collect())
    }

    /// Nothing that could be looked for was typed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The search in the language of SQLite's FTS5, over texts in the stored form ([`super::index`]).
    #[must_use]
    pub fn expression(&self) -> String {
        let word = |wanted: &Wanted| {
            let whole = wanted.terms.iter().map(|term| format!("\"{term}\""));
            let begun = wanted.begun.iter().map(|begun| format!("\"{begun}\"*"));
            format!("({})", whole.chain(begun).collect::<Vec<_>>().join(" OR "))
        };
        self.0.iter().map(word).collect::<Vec<_>>().join(" AND ")
    }

    /// Where a text in that language has the words, as byte ranges in order that do not touch.
    #[must_use]
    pub fn marks(&self, text: &str, language: Language) -> Vec<Range<usize>> {
        let tokens = tokens(text);
        let mut found: Vec<Range<usize>> = Vec::new();
        for token in &tokens {
            let held = terms(token, language);
            let (Some(first), Some(range)) = (held.first(), range(token)) else { continue };
            // Of a character of a script without spaces, the pair alone tells; the last one stands for itself.
            let met = match token.class {
                Class::Cjk => self.0.iter().any(|wanted| wanted.admits(first)),
                _ => held.iter().any(|term| self.0.iter().any(|wanted| wanted.admits(term))),
            };
            if met {
                found.push(range);
            } else if token.pair.is_some()
                && held.get(1).is_some_and(|single| self.0.iter().any(|wanted| wanted.admits(single)))
            {
                found.push(token.at..token.at + token.text.len());
            }
        }
        for (first, whole) in chains(&tokens) {
            let parts = tokens.iter().skip(first).take(glued(&tokens, first));
            if self.0.iter().any(|wanted| wanted.admits(&whole)) {
                found.extend(parts.filter_map(range));
            }
        }
        joined(found)
    }
}

/// What stands for one token in any of the Latin languages: in which one a text was indexed is not known.
fn wanted(token: &Token<'_>, folded: &str, unfinished: bool) -> Wanted {
    let mut wanted = Wanted::default();
    for language in Language::LATIN {
        let all = terms(token, language);
        // Of a code the whole of itself, of a character with its neighbour the pair.
        let telling = if token.class == Class::Word { all.len() } else { 1 };
        for term in all.into_iter().take(telling) {
            if is_plain(&term) && !wanted.terms.contains(&term) {
                wanted.terms.push(term);
            }
        }
    }
    if unfinished && matches!(token.class, Class::Word | Class::Mixed) && is_plain(folded) {
        let long = |begun: &str| begun.chars().count() >= LEAST_BEGUN;
        let stems = wanted.terms.iter().filter(|term| **term != folded && long(term)).cloned();
        wanted.begun = stems.chain(Some(folded.to_owned()).filter(|folded| long(folded))).collect();
    }
    wanted
}

/// One token for the index's tokenizer.
fn is_plain(term: &str) -> bool {
    !term.is_empty()
        && term.chars().all(|c| c.is_ascii_alphanumeric() || !c.is_ascii() || matches!(c, '.' | ':'))
}

/// Tokens of the chain that begins there.
fn glued(tokens: &[Token<'_>], first: usize) -> usize {
    1 + tokens.iter().skip(first + 1).take_while(|token| token.glued).count()
}

/// What a token stands for in its text.
fn range(token: &Token<'_>) -> Option<Range<usize>> {
    let length = token.pair.unwrap_or(token.text).len();
    (length > 0).then(|| token.at..token.at + length)
}

/// Ranges in order, those that touch as one.
fn joined(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    order::by(&mut ranges, |a, b| a.start.cmp(&b.start));
    let mut all: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match all.last_mut().filter(|last| range.start <= last.end) {
            Some(last) => last.end = last.end.max(range.end),
            None => all.push(range),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(typed: &str, text: &str, language: Language) -> Vec<String> {
        Phrase::read(typed).marks(text, language).into_iter().map(|range| text[range].to_owned()).collect()
    }

    #[test]
    fn words_are_marked_in_any_of_their_forms() {
        assert_eq!(marked("delivery", "We deliver. Deliveries are free.", Language::En), ["Deliveries"]);
        assert_eq!(marked("bikes ", "A bike, two bikes", Language::En), ["bike", "bikes"]);
        assert_eq!(marked("geoffnet ", "Wir sind geöffnet.", Language::De), ["geöffnet"]);
        assert_eq!(marked("CAFE ", "Le café est ouvert", Language::Fr), ["café"]);
    }

    #[test]
    fn the_last_word_may_be_unfinished_while_it_is_typed() {
        assert_eq!(marked("tand", "The tandem.", Language::En), ["tandem"]);
        assert!(marked("tand ", "The tandem.", Language::En).is_empty());
        assert!(marked("ta", "The tandem.", Language::En).is_empty());
    }

    #[test]
    fn words_that_hold_together_are_left_out_where_others_remain() {
        assert_eq!(Phrase::read("how long is the tandem "), Phrase::read("long tandem "));
        assert!(!Phrase::read("the").is_empty());
    }

    #[test]
    fn scripts_without_spaces_are_marked_by_pairs() {
        assert_eq!(marked("营业时间", "本店营业时间为九点到六点。", Language::Zh), ["营业时间"]);
        assert!(marked("营业时间", "业务很好", Language::Zh).iter().all(|mark| mark != "业务"));
    }

    #[test]
    fn codes_are_met_with_and_without_their_hyphen() {
        assert_eq!(marked("ab1200", "Part AB-1200 fits", Language::En), ["AB", "1200"]);
        assert_eq!(marked("AB-1200", "Part AB1200 fits", Language::En), ["AB1200"]);
        assert_eq!(marked("e-mail", "By email or e-mail", Language::En), ["email", "e", "mail"]);
    }

    #[test]
    fn nothing_to_look_for_is_empty() {
        for typed in ["", "  ", "?!", "🙂"] {
            assert!(Phrase::read(typed).is_empty(), "{typed}");
        }
    }

    #[test]
    fn an_expression_holds_nothing_but_terms() {
        let all = "a\" OR b* NEAR(x) -c ^d {e} col:f 1'200 l'été 12:30 2.3.1 رمضان שלום";
        let expression = Phrase::read(all).expression();
        assert!(!expression.contains(['-', '^', '{', '\'']), "{expression}");
        assert_eq!(expression.matches('"').count() % 2, 0);
    }
}
