//! The nine languages Frontdesk speaks, and a cheap guess which one a text is in.

mod function_words;

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

/// The language of a text, `None` when unsure. `prior` is what the page or the conversation says; it decides
/// where the text does not.
#[must_use]
pub fn guess(text: &str, prior: Option<Language>) -> Option<Language> {
    let (mut kana, mut han, mut arabic, mut hebrew, mut latin) = (0_u32, 0_u32, 0_u32, 0_u32, 0_u32);
    let sample: String = text.chars().take(2_000).collect();
    for c in sample.chars() {
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
        let japanese = kana * 12 > kana + han || (kana == 0 && prior == Some(Language::Ja));
        return Some(if japanese { Language::Ja } else { Language::Zh });
    }
    if weight.get(1) == Some(&most) {
        return Some(Language::Ar);
    }
    if weight.get(2) == Some(&most) {
        return Some(Language::He);
    }
    guess_latin(&sample, prior)
}

/// A vote of function words, letters only one language has, and frequent endings.
fn guess_latin(text: &str, prior: Option<Language>) -> Option<Language> {
    let lower = text.to_lowercase();
    let mut votes =
        Language::LATIN.map(|language| (language, if prior == Some(language) { 0.6 } else { 0.0 }));
    let mut words = 0.0_f64;
    for word in lower.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()) {
        words += 1.0;
        let folded = text::fold(word);
        let speakers = Language::LATIN.map(|language| is_function_word(&folded, language));
        let shared = f64::from(u8::try_from(speakers.iter().filter(|speaks| **speaks).count()).unwrap_or(0));
        for ((language, vote), speaks) in votes.iter_mut().zip(speakers) {
            if speaks {
                *vote += 1.0 / shared;
            }
            *vote += marks(word, *language);
        }
    }
    votes.sort_by(|a, b| b.1.total_cmp(&a.1));
    match votes {
        [(first, most), (_, second), ..]
            if most >= 0.6 && most - second >= 0.3 && most / (words + 1.0) >= 0.07 =>
        {
            Some(first)
        }
        _ => prior,
    }
}

/// Evidence of a single word's spelling.
fn marks(word: &str, language: Language) -> f64 {
    let any = |letters: &[char]| if word.contains(letters) { 0.6 } else { 0.0 };
    let ends = |endings: &[&str]| {
        if word.chars().count() > 4 && endings.iter().any(|ending| word.ends_with(ending)) {
            0.3
        } else {
            0.0
        }
    };
    match language {
        Language::De => any(&['ä', 'ö', 'ü', 'ß']) + ends(&["ung", "ungen", "keit", "lich", "chen", "isch"]),
        Language::Es => any(&['ñ', '¿']) + ends(&["ción", "ciones", "dad", "mente", "ía"]),
        Language::Pt => any(&['ã', 'õ']) + ends(&["ção", "ções", "dade", "mente", "agem"]),
        Language::Fr => {
            any(&['è', 'ê', 'û', 'î', 'œ', 'ë']) + ends(&["tion", "ment", "eux", "ées", "aire", "eau"])
        }
        _ => ends(&["tion", "ing", "ness", "ght", "ould", "ity"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_decide_where_they_can() {
        assert_eq!(guess("営業時間を教えてください", None), Some(Language::Ja));
        assert_eq!(guess("你们几点开门", None), Some(Language::Zh));
        assert_eq!(guess("متى تفتحون", Some(Language::En)), Some(Language::Ar));
        assert_eq!(guess("מתי אתם פותחים את iPhone", None), Some(Language::He));
    }

    #[test]
    fn function_words_tell_latin_languages_apart() {
        assert_eq!(guess("When do you open on Sunday?", None), Some(Language::En));
        assert_eq!(guess("¿Cuánto cuesta alquilar una bicicleta?", None), Some(Language::Es));
        assert_eq!(guess("Wann habt ihr geöffnet?", None), Some(Language::De));
        assert_eq!(guess("Quels sont vos horaires d'ouverture ?", None), Some(Language::Fr));
        assert_eq!(guess("Quanto custa o aluguel de uma bicicleta?", None), Some(Language::Pt));
    }

    #[test]
    fn a_name_alone_leaves_the_prior() {
        assert_eq!(guess("Bosch", None), None);
        assert_eq!(guess("Bosch", Some(Language::De)), Some(Language::De));
        assert_eq!(guess("12345", None), None);
    }

    #[test]
    fn tags_with_region_name_their_language() {
        assert_eq!(Language::from_tag("pt-BR"), Some(Language::Pt));
        assert_eq!(Language::from_tag("iw"), Some(Language::He));
        assert_eq!(Language::from_tag("nl"), None);
    }
}
