//! The nine languages Frontdesk speaks, and a cheap guess which one a text is in.

mod function_words;
mod ideographs;
mod latin;
pub mod table;
mod visitor;

pub use visitor::{Visitor, spoken};

use crate::text::{self, Script};

/// A language that visitors are answered in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    #[default]
    En,
    Es,
    Fr,
    De,
    Pt,
    Ja,
    Ar,
    Zh,
    He,
}

impl Language {
    pub const ALL: [Self; 9] =
        [Self::En, Self::Es, Self::Fr, Self::De, Self::Pt, Self::Ja, Self::Ar, Self::Zh, Self::He];
    /// Those written in Latin letters, which function words have to tell apart.
    pub const LATIN: [Self; 5] = [Self::En, Self::Es, Self::Fr, Self::De, Self::Pt];

    /// The BCP 47 code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
            Self::Fr => "fr",
            Self::De => "de",
            Self::Pt => "pt",
            Self::Ja => "ja",
            Self::Ar => "ar",
            Self::Zh => "zh",
            Self::He => "he",
        }
    }

    /// The language of a BCP 47 tag; region and script are ignored, `iw` is Hebrew's former code.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or("").to_ascii_lowercase();
        let primary = if primary == "iw" { "he" } else { primary.as_str() };
        Self::ALL.into_iter().find(|language| language.code() == primary)
    }

    /// Written from right to left.
    #[must_use]
    pub fn is_right_to_left(self) -> bool {
        matches!(self, Self::Ar | Self::He)
    }

    /// Written in Latin letters.
    #[must_use]
    pub fn is_latin(self) -> bool {
        Self::LATIN.contains(&self)
    }
}

/// Whether a folded word only holds sentences together in that language.
#[must_use]
pub fn is_function_word(word: &str, language: Language) -> bool {
    function_words::of(language).contains(word)
}

/// Whether a folded word is so common in the language that it says little about what is looked for.
#[must_use]
pub fn is_light_word(word: &str, language: Language) -> bool {
    function_words::light(language).contains(word)
}

/// Characters of a text that are looked at; a language shows long before.
const MAX_SAMPLE_CHARS: usize = 1_000;

/// The language of a text, `None` when unsure. `prior` is what is known without the text (see [`Visitor`]); it
/// decides where the text does not.
#[must_use]
pub fn guess(text: &str, prior: Option<Language>) -> Option<Language> {
    let (mut kana, mut han, mut arabic, mut hebrew, mut latin) = (0_u32, 0_u32, 0_u32, 0_u32, 0_u32);
    for c in text.chars().take(MAX_SAMPLE_CHARS) {
        match text::script(c) {
            Script::Cjk if text::is_kana(c) => kana += 1,
            Script::Cjk if text::is_han(c) => han += 1,
            Script::Arabic => arabic += 1,
            Script::Hebrew => hebrew += 1,
            Script::Other => latin += 1,
            Script::Cjk | Script::None => {}
        }
    }
    // One ideograph says about as much as two letters; brand names in Latin letters are common everywhere.
    let weight = [(kana + han) * 4, arabic * 2, hebrew * 2, latin];
    let most = weight.iter().copied().max().unwrap_or(0);
    if most == 0 {
        return prior;
    }
    if weight.first() == Some(&most) {
        return Some(ideographs::guess(text, kana, han, prior));
    }
    if weight.get(1) == Some(&most) {
        return Some(Language::Ar);
    }
    if weight.get(2) == Some(&most) {
        return Some(Language::He);
    }
    latin::guess(text, prior)
}
