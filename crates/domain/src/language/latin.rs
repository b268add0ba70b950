//! Which of the five languages in Latin letters a text is in: what its letter sequences, the words that hold
//! sentences together and those that conversations begin with say against each.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::{order, text};

use super::{Language, MAX_SAMPLE_CHARS, function_words, table};

/// N-grams overlap: a letter is in about as many as there are lengths, and counts once.
const OVERLAP: f64 = 3.0;
/// What an everyday word or a greeting says against the languages that do not have it.
const COMMON_WORD: f64 = 2.0;
const GREETING: f64 = 4.0;
/// A guess without a prior is this much likelier than the next, in natural logarithms.
const SURE: f64 = 0.5;

/// Words that messages consist of and sentences do not, in the order of [`Language::LATIN`].
const GREETINGS: [&str; 5] = [
    "hello hi hey thanks thank please sorry yes yeah yep nope bye help good morning evening pls thx",
    "hola buenas buenos gracias adios perdon disculpe disculpa vale ayuda saludos favor tardes noches",
    "bonjour bonsoir salut merci oui non svp stp pardon aide coucou revoir",
    "hallo guten moin servus gruss danke bitte nein tschuss hilfe morgen abend ja nee",
    "ola oi obrigado obrigada bom boa sim nao tchau ajuda desculpe noite tarde",
];

/// Which of the five have a word in a list, a bit each in the order of [`Language::LATIN`].
#[derive(Clone, Copy, Default)]
struct Listed {
    greets: u8,
    /// Holds sentences together.
    holds: u8,
    /// So common that it says little.
    light: u8,
}

/// All listed words: one look for each word of a text.
static LISTED: LazyLock<HashMap<&'static str, Listed>> = LazyLock::new(|| {
    let mut all: HashMap<&str, Listed> = HashMap::new();
    for (at, (language, greetings)) in Language::LATIN.into_iter().zip(GREETINGS).enumerate() {
        for word in greetings.split(' ') {
            all.entry(word).or_default().greets |= 1 << at;
        }
        for word in function_words::of(language) {
            all.entry(word).or_default().holds |= 1 << at;
        }
        for word in function_words::light(language) {
            all.entry(word).or_default().light |= 1 << at;
        }
    }
    all
});

/// What a text says against each of the five, and how far it is a text at all.
struct Evidence {
    /// Natural logarithms of how much less likely the text is than in the language that suits each part best.
    against: [f64; 5],
    words: usize,
    /// Words that only a speaker writes, not a label.
    spoken: usize,
    capitalised: usize,
}

impl Evidence {
    fn of(text: &str) -> Self {
        let sample: String = text.chars().take(MAX_SAMPLE_CHARS).collect();
        let mut evidence = Self { against: [0.0; 5], words: 0, spoken: 0, capitalised: 0 };
        // Addresses, product codes and what else is the same in every language say nothing.
        let tokens = sample.split_whitespace().filter(|token| !token.contains('@') && !token.contains("://"));
        for token in tokens.flat_map(|token| token.split(|c: char| !c.is_alphanumeric())) {
            if !token.is_empty() && token.chars().all(is_latin) {
                evidence.word(token);
            }
        }
        evidence
    }

    fn word(&mut self, word: &str) {
        let lower = word.to_lowercase();
        let folded = text::fold(&lower);
        let Listed { greets, holds, light } = LISTED.get(folded.as_str()).copied().unwrap_or_default();
        if greets != 0 {
            self.listed(greets | holds, GREETING);
        } else {
            self.listed(holds | light, COMMON_WORD);
            self.letters(&lower);
        }
        self.spoken += usize::from(greets | holds != 0);
        self.words += 1;
        self.capitalised += usize::from(word.chars().next().is_some_and(char::is_uppercase));
    }

    /// A word of lists speaks against the languages whose lists do not have it, unless no list has it.
    fn listed(&mut self, has: u8, weight: f64) {
        if has != 0 {
            for (at, against) in self.against.iter_mut().enumerate() {
                *against += if has & (1 << at) != 0 { 0.0 } else { weight };
            }
        }
    }

    fn letters(&mut self, word: &str) {
        let letters: Vec<char> = word.chars().collect();
        for ngram in (table::SHORTEST..=table::LONGEST).flat_map(|length| letters.windows(length)) {
            for (against, level) in self.against.iter_mut().zip(table::levels(ngram)) {
                *against += f64::from(level) * table::STEP / OVERLAP;
            }
        }
    }

    /// A message rather than a name or a label.
    fn is_spoken(&self) -> bool {
        self.spoken > 0 || self.words > 2 && self.capitalised < self.words
    }

    /// How much likelier another language has to be than the expected one. A lone word may be anybody's, names
    /// are the same in every language, and whole sentences are what they look like.
    fn resistance(&self) -> f64 {
        match self.words {
            _ if self.is_spoken() => 2.5,
            0 | 1 => 8.0,
            2 if self.capitalised < 2 => 5.0,
            _ => 20.0,
        }
    }
}

/// A letter of the Latin script.
fn is_latin(c: char) -> bool {
    c.is_alphabetic() && c < '\u{0250}'
}

/// The likeliest of the five; the prior where it is not much likelier than that, or than the next.
pub(super) fn guess(text: &str, prior: Option<Language>) -> Option<Language> {
    let evidence = Evidence::of(text);
    let mut ranked: Vec<(f64, Language)> = evidence.against.into_iter().zip(Language::LATIN).collect();
    order::by(&mut ranked, |a, b| a.0.total_cmp(&b.0));
    let (&(least, first), &(next, _)) = (ranked.first()?, ranked.get(1)?);
    let sure = match prior.map(|prior| ranked.iter().find(|(_, language)| *language == prior)) {
        None => next - least >= SURE,
        Some(Some((against, _))) => against - least > evidence.resistance(),
        // Names and product words in Latin letters are common in the other scripts' languages.
        Some(None) => next - least >= SURE && evidence.is_spoken(),
    };
    if sure { Some(first) } else { prior }
}
