//! Questions that go on from what was asked before ("and on Sundays?", "how much is it?") are completed by it.
//!
//! Told by their form alone: they begin with a conjunction, point with a pronoun, or leave out what they are about.
//! A question that names its own subject stands by itself, however short.

mod markers;

use crate::language::{self, Language};
use crate::text::fold;
use crate::words::{self, Class, Kind};
use markers::Markers;

/// Earlier questions that may complete one: a chain of follow-ups goes back this far.
const BACK: usize = 3;
/// Characters of an earlier question that go along.
const MOST_CHARS: usize = 300;
/// Words with something to look for: more, and a question says by itself what it is about.
const POINTING: usize = 2;

/// A question with what completes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub question: String,
    /// What was asked before; empty where the question stands by itself.
    pub context: String,
}

impl Asked {
    /// A question that nothing was asked before.
    #[must_use]
    pub fn alone(question: &str) -> Self {
        Self { question: question.to_owned(), context: String::new() }
    }

    /// The question, completed by `earlier` ones (oldest first) if it goes on from them.
    #[must_use]
    pub fn after<'e>(question: &str, earlier: impl DoubleEndedIterator<Item = &'e str>) -> Self {
        let mut context: Vec<String> = Vec::new();
        let earlier: Vec<&str> = earlier.rev().take(BACK).collect();
        // A few words hardly show their language; it is likely that of the question before.
        let spoken = earlier.first().and_then(|before| language::guess(before, None));
        let mut open = goes_on(question, spoken);
        for asked in earlier {
            if !open {
                break;
            }
            open = goes_on(asked, spoken);
            context.insert(0, asked.chars().take(MOST_CHARS).collect());
        }
        Self { question: question.to_owned(), context: context.join("\n") }
    }

    /// All of it as one text, for a model of meaning and as the key of what was found.
    #[must_use]
    pub fn whole(&self) -> String {
        if self.context.is_empty() {
            self.question.clone()
        } else {
            format!("{}\n{}", self.context, self.question)
        }
    }
}

/// Whether a question leaves what it is about to what was said before, likely in the language `spoken`.
pub(crate) fn goes_on(question: &str, spoken: Option<Language>) -> bool {
    let folded = fold(question);
    let words: Vec<String> = words::tokens(&folded).iter().map(|token| token.text.to_owned()).collect();
    let wide = words::tokens(question).iter().any(|token| token.class == Class::Cjk);
    if words.is_empty() || folded.chars().count() > 80 {
        return false;
    }
    if wide {
        return wide_goes_on(&folded);
    }
    let languages: Vec<Language> = match language::guess(question, spoken) {
        Some(language) => vec![language],
        // Too short to tell: any of them may be meant.
        None => Language::LATIN.to_vec(),
    };
    languages.into_iter().any(|language| spaced_goes_on(&words, language, &content(question, language)))
}

/// The words of a question that say what it is about.
fn content(question: &str, language: Language) -> Vec<String> {
    let markers = markers::of(language);
    let tokens = words::tokens(question);
    words::question(question, &[language])
        .into_iter()
        .filter(|group| matches!(group.kind, Kind::Word | Kind::Name | Kind::Number | Kind::Code))
        .filter_map(|group| tokens.get(group.at).map(|token| fold(token.text)))
        .filter(|word| !markers.asks(word) && !markers.points(word) && !markers.attached(word))
        .collect()
}

fn spaced_goes_on(words: &[String], language: Language, content: &[String]) -> bool {
    let markers = markers::of(language);
    let line = format!(" {} ", words.join(" "));
    let leads = markers.leads.iter().any(|lead| line.starts_with(&format!(" {lead} ")))
        || words.first().is_some_and(|first| markers.attached(first));
    if leads && words.len() <= 9 && content.len() <= POINTING {
        return true;
    }
    if markers.empty.iter().any(|phrase| line.contains(&format!(" {phrase} "))) {
        return false;
    }
    if content.is_empty() {
        // Nothing but "why?", "how much is it?", "how long does that take?"; greetings ask for nothing.
        return !markers.alone.iter().any(|phrase| line.contains(&format!(" {phrase} ")))
            && words.iter().any(|word| markers.asks(word) || markers.points(word));
    }
    let named = |at: usize| words.iter().take(at).any(|before| content.contains(before));
    let points = words.iter().enumerate().any(|(at, word)| {
        // "La terrasse est-elle couverte ?": the pronoun only turns the sentence.
        markers.pronouns.contains(&word.as_str()) && !(language == Language::Fr && named(at))
            || markers.demonstratives.contains(&word.as_str())
                && words.get(at + 1).is_none_or(|next| !content.contains(next))
    });
    if points && content.len() <= POINTING {
        return true;
    }
    // "On Sundays?", "for children?": an addition without its sentence.
    words.len() <= 4
        && content.len() <= POINTING
        && words.first().is_some_and(|first| markers.adds.contains(&first.as_str()))
}

/// Chinese and Japanese, where words are not separated.
fn wide_goes_on(folded: &str) -> bool {
    let bare: String = folded.chars().filter(|c| c.is_alphanumeric() || *c == 'ー').collect();
    let length = bare.chars().count();
    let begins = markers::WIDE_LEADS.iter().any(|lead| bare.starts_with(lead));
    let ends = markers::WIDE_ENDS.iter().any(|end| bare.ends_with(end));
    let points = markers::WIDE_PRONOUNS.iter().any(|pronoun| bare.contains(pronoun));
    let nothing = markers::WIDE_BARE.contains(&bare.as_str());
    nothing || begins && length <= 14 || ends && length <= 8 || points && length <= 16
}

impl Markers {
    /// A word that joins on by its first letter, as Arabic and Hebrew write "and".
    fn attached(&self, word: &str) -> bool {
        self.attached.iter().any(|(begins, least)| word.starts_with(begins) && word.chars().count() >= *least)
    }

    fn points(&self, word: &str) -> bool {
        self.pronouns.contains(&word) || self.demonstratives.contains(&word)
    }

    fn asks(&self, word: &str) -> bool {
        self.asking.contains(&word) || self.bare.contains(&word)
    }
}

#[cfg(test)]
mod tests;
