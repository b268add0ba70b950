//! Words as the index knows them: a text becomes a line of terms per sentence, a question becomes groups of
//! terms that mean the same. Both sides go through the same code, so that a match is an equality of strings.
//!
//! Stored form: tokens separated by one space, the alternatives of one token by `/`, sentences by a line break.
//! SQLite's `ascii` tokenizer takes every character outside ASCII as part of a word, so terms survive it as they
//! are; `.` and `:` have to be named as token characters (`TOKENIZER`).

mod concepts;
pub(crate) mod lex;
pub mod near;
pub mod stem;

pub use lex::{Class, Token, tokens};

use crate::followup::Asked;
use crate::language::{Language, is_function_word, is_light_word};
use crate::text::{Script, fold, script, sentences::sentences};

/// The tokenizer of the full-text table that keeps our terms whole.
pub const TOKENIZER: &str = "ascii tokenchars '.:'";

/// What a word of an earlier question is worth.
const CONTEXT: f64 = 0.5;
/// Tokens that what was asked before is taken to stand away from the question.
const BESIDE: usize = 100;

/// One thing a question asks for: any of its terms stands for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The word as it was written, folded; empty for what is no word.
    pub word: String,
    /// Terms of the word itself, in each language of the site.
    pub terms: Vec<String>,
    /// The idea behind the word, shared by its synonyms in every language.
    pub concept: Option<&'static str>,
    pub kind: Kind,
    /// Place in the question, in tokens.
    pub at: usize,
    /// What finding it is worth: less than one for what was only asked before.
    pub worth: f64,
    /// Terms of the index that stand for it less well: parts of a compound, what a slip was meant to be.
    pub near: Vec<(String, f64)>,
}

impl Group {
    fn new(terms: Vec<String>, concept: Option<&'static str>, kind: Kind, at: usize) -> Self {
        Self { word: String::new(), terms, concept, kind, at, worth: 1.0, near: Vec::new() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Word,
    /// A name: capitalised within a question that is not.
    Name,
    Number,
    /// Letters and digits together, like `AB-1200`.
    Code,
    /// Two neighbouring characters of a script without spaces.
    Pair,
    /// One character of such a script.
    Character,
    /// Only holds the question together.
    Function,
    /// Common in every text of its language.
    Light,
    /// Not said in words but asked for, like the price by "how much".
    Implied,
}

/// The stored form of a text whose Latin words are in `language`.
#[must_use]
pub fn index(text: &str, language: Language) -> String {
    let mut stored = String::with_capacity(text.len() + text.len() / 4);
    for range in sentences(text) {
        if !stored.is_empty() {
            stored.push('\n');
        }
        let tokens = tokens(text.get(range).unwrap_or(""));
        let mut joined = lex::chains(&tokens).into_iter().peekable();
        for (at, token) in tokens.iter().enumerate() {
            if at > 0 {
                stored.push(' ');
            }
            let mut alternatives = terms(token, language);
            if let Some(concept) = concepts::of_token(token, &alternatives, language) {
                alternatives.push(concept.to_owned());
            }
            if let Some((_, whole)) = joined.next_if(|(first, _)| *first == at) {
                alternatives.extend(concepts::of_word(&whole, language).map(str::to_owned));
                alternatives.push(whole);
            }
            for (nth, term) in alternatives.iter().enumerate() {
                if nth > 0 {
                    stored.push('/');
                }
                stored.push_str(term);
            }
        }
    }
    stored
}

/// The terms of one token, the most telling first.
fn terms(token: &Token<'_>, language: Language) -> Vec<String> {
    let folded = fold(token.text);
    match token.class {
        Class::Number => vec![lex::number(&folded)],
        Class::Mixed => {
            let mut all = lex::runs(&folded);
            if all.first() != Some(&folded) {
                all.insert(0, folded);
            }
            all
        }
        Class::Cjk => {
            let single: String = folded.chars().take(token.text.chars().count().min(1)).collect();
            match token.pair {
                Some(pair) => vec![fold(pair), single],
                None => vec![single],
            }
        }
        Class::Word => match folded.chars().next().map(script) {
            Some(Script::Arabic) => stem::arabic(&folded),
            Some(Script::Hebrew) => stem::hebrew(&folded),
            _ => vec![stem::latin(&folded, language)],
        },
    }
}

/// What a question asks for. `languages` are those of the site's Latin text: a word gets its stem in each.
#[must_use]
pub fn question(text: &str, languages: &[Language]) -> Vec<Group> {
    let asked_in = crate::language::guess(text, None);
    let candidates: Vec<Language> = match asked_in {
        Some(language) => vec![language],
        None => languages.to_vec(),
    };
    let tokens = tokens(text);
    let shouted = !text.chars().any(char::is_lowercase);
    let mut groups: Vec<Group> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let capital = !shouted && token.text.chars().next().is_some_and(char::is_uppercase);
        let named = capital && (at > 0 && asked_in != Some(Language::De) || is_acronym(token.text));
        let folded = fold(token.text);
        let function = !named && candidates.iter().any(|language| is_function_word(&folded, *language));
        let light = !named && candidates.iter().any(|language| is_light_word(&folded, *language));
        let mut group = Group::new(Vec::new(), None, kind(token, named, function, light), at);
        if token.class == Class::Word {
            group.word.clone_from(&folded);
        }
        for language in stemmings(asked_in, languages) {
            let all = terms(token, language);
            group.concept = group.concept.or_else(|| concepts::of_token(token, &all, language));
            for term in all {
                // A code asks for the whole of itself, not for its parts.
                let wanted = token.class == Class::Word || group.terms.is_empty();
                if wanted && !group.terms.contains(&term) {
                    group.terms.push(term);
                }
            }
        }
        if token.class == Class::Cjk {
            push_characters(token, at, group.concept, &mut groups);
        } else {
            groups.push(group);
        }
    }
    for (first, whole) in lex::chains(&tokens) {
        join_chain(first, whole, &tokens, &mut groups);
    }
    for (at, concept) in concepts::implied(text, asked_in) {
        if !groups.iter().any(|group| group.concept == Some(concept)) {
            groups.push(Group::new(Vec::new(), Some(concept), Kind::Implied, at));
        }
    }
    groups
}

/// What a question with its context asks for: what was asked before counts less, and only what the question does
/// not say itself.
#[must_use]
pub fn asked(asked: &Asked, languages: &[Language]) -> Vec<Group> {
    let mut groups = question(&asked.question, languages);
    if asked.context.is_empty() {
        return groups;
    }
    for mut group in question(&asked.context, languages) {
        let known = groups.iter().any(|own| {
            own.concept.is_some() && own.concept == group.concept
                || group.terms.iter().any(|term| own.terms.contains(term))
        });
        if !known {
            group.worth = CONTEXT;
            group.at += tokens(&asked.question).len() + BESIDE;
            groups.push(group);
        }
    }
    groups
}

/// The words of a question that a text has, in any of their forms; words that only hold it together are left out.
#[must_use]
pub fn matched(asked: &str, text: &str, language: Language) -> Vec<String> {
    let stored = index(text, language);
    let terms: std::collections::HashSet<&str> = stored.split_whitespace().collect();
    let tokens = tokens(asked);
    let mut found: Vec<String> = Vec::new();
    for group in question(asked, &[language]) {
        let held = group.terms.iter().any(|term| terms.contains(term.as_str()));
        if held && !matches!(group.kind, Kind::Function | Kind::Implied) {
            let word = tokens.get(group.at).map(|token| token.text.to_owned()).unwrap_or_default();
            if !word.is_empty() && !found.contains(&word) {
                found.push(word);
            }
        }
    }
    found
}

/// The languages whose stems a question's Latin words may have in the index.
fn stemmings(asked_in: Option<Language>, languages: &[Language]) -> Vec<Language> {
    let mut all: Vec<Language> = languages.iter().copied().filter(|language| language.is_latin()).collect();
    if let Some(asked) = asked_in.filter(|asked| all.is_empty() && asked.is_latin()) {
        all.push(asked);
    }
    if all.is_empty() {
        all.push(Language::En);
    }
    all
}

fn kind(token: &Token<'_>, named: bool, function: bool, light: bool) -> Kind {
    match token.class {
        Class::Number => Kind::Number,
        Class::Mixed => Kind::Code,
        Class::Cjk => Kind::Pair,
        Class::Word if function => Kind::Function,
        Class::Word if named => Kind::Name,
        Class::Word if light => Kind::Light,
        Class::Word => Kind::Word,
    }
}

fn is_acronym(text: &str) -> bool {
    text.chars().count() > 1 && text.chars().all(char::is_uppercase)
}

/// A character of a script without spaces asks with its right neighbour, and for ideographs alone as well.
fn push_characters(token: &Token<'_>, at: usize, concept: Option<&'static str>, groups: &mut Vec<Group>) {
    let ideograph = token.text.chars().next().is_some_and(crate::text::is_han);
    if let Some(pair) = token.pair {
        let folded = fold(pair);
        let kind = if concepts::holds_together(&folded) { Kind::Function } else { Kind::Pair };
        groups.push(Group::new(vec![folded], concept, kind, at));
    }
    let single = fold(token.text);
    if ideograph && !concepts::holds_together(&single) {
        groups.push(Group::new(vec![single], None, Kind::Character, at));
    }
}

/// Parts written as one ("AB-1200", "e-mail") are also asked for as one.
fn join_chain(first: usize, whole: String, tokens: &[Token<'_>], groups: &mut Vec<Group>) {
    let code = whole.bytes().any(|b| b.is_ascii_digit());
    let length = 1 + tokens.iter().skip(first + 1).take_while(|token| token.glued).count();
    if code {
        groups.push(Group::new(vec![whole], None, Kind::Code, first));
    } else if let Some(group) =
        groups.iter_mut().rev().find(|group| group.at < first + length && group.at >= first)
    {
        group.concept =
            group.concept.or_else(|| Language::LATIN.iter().find_map(|l| concepts::of_word(&whole, *l)));
        group.terms.push(whole);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(question_text: &str, text: &str, language: Language) -> usize {
        let stored = index(text, language);
        let terms: Vec<&str> = stored.split(['\n', ' ', '/']).collect();
        question(question_text, &[language])
            .iter()
            .filter(|group| {
                group.kind != Kind::Function
                    && (group.terms.iter().any(|term| terms.contains(&term.as_str()))
                        || group.concept.is_some_and(|concept| terms.contains(&concept)))
            })
            .count()
    }

    #[test]
    fn codes_match_with_and_without_their_hyphen() {
        assert!(matches("AB-1200", "Part AB1200 fits.", Language::En) > 0);
        assert!(matches("ab1200", "Part AB-1200 fits.", Language::En) > 0);
        assert!(index("AB-1200", Language::En).contains("ab1200"));
    }

    #[test]
    fn numbers_match_across_thousands_separators() {
        assert_eq!(index("1,200", Language::En), index("1.200", Language::De));
        assert_ne!(index("3.5", Language::En), index("35", Language::En));
        assert_eq!(index("3,5", Language::De), index("3.5", Language::De));
    }

    #[test]
    fn prices_versions_and_part_numbers_match_exactly() {
        assert_eq!(index("£1,200.50", Language::En), index("1.200,50 €", Language::De));
        assert_eq!(index("£12.00", Language::En), index("£12", Language::En));
        assert_ne!(index("8:00", Language::En), index("8", Language::En));
        let held = |text| matches("Do you have AB-1204/x?", text, Language::En);
        assert!(held("The AB1204X is in stock.") > held("Another part is in stock."));
        assert!(held("The AB-1204/x is in stock.") > held("The AB-1205/x is in stock."));
        assert_ne!(index("2.3.1", Language::En), index("2.3.2", Language::En));
    }

    #[test]
    fn what_was_asked_before_is_worth_less_and_not_asked_twice() {
        let asked = Asked {
            question: "And the tandem on Sundays?".into(),
            context: "How long is the tandem?".into(),
        };
        let groups = super::asked(&asked, &[Language::En]);
        let tandems = groups.iter().filter(|group| group.terms.iter().any(|term| term == "tandem")).count();
        assert_eq!(tandems, 1);
        assert!(groups.iter().any(|group| group.worth < 1.0));
    }

    #[test]
    fn scripts_without_spaces_match_by_pairs() {
        assert!(matches("营业时间是什么", "本店营业时间为九点到六点。", Language::En) >= 3);
        assert!(matches("駐車場はありますか", "駐車場は店の裏です。", Language::En) >= 2);
    }

    #[test]
    fn sentences_become_lines() {
        assert_eq!(index("Open daily. Closed Monday.", Language::En).lines().count(), 2);
    }

    #[test]
    fn synonyms_share_their_concept() {
        assert!(matches("What is the cost?", "Prices start low.", Language::En) > 0);
        assert!(
            matches("Was kostet das?", "Precio por día", Language::Es) > 0
                || matches("Wie viel kostet das?", "It is £5.", Language::En) > 0
        );
    }
}
