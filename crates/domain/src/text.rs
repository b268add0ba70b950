//! Text at the level of characters: folding, scripts, sentences. Knows no language beyond what scripts and
//! punctuation show; words are made in [`crate::words`].

mod join;
mod plain;
pub mod sentences;

pub use join::joined;

/// What kind of writing a character belongs to, as far as cutting words needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// Han, Kana and Hangul: words are not separated.
    Cjk,
    Arabic,
    Hebrew,
    /// Every other letter: Latin, Cyrillic, Greek, ….
    Other,
    /// No letter.
    None,
}

/// The script of a character.
#[must_use]
pub fn script(c: char) -> Script {
    match c {
        '\u{0590}'..='\u{05FF}' | '\u{FB1D}'..='\u{FB4F}' => Script::Hebrew,
        '\u{0600}'..='\u{06FF}'
        | '\u{0750}'..='\u{077F}'
        | '\u{FB50}'..='\u{FDFF}'
        | '\u{FE70}'..='\u{FEFE}'
            if c.is_alphabetic() =>
        {
            Script::Arabic
        }
        '々' | '〇' | 'ー' => Script::Cjk,
        _ if is_kana(c) || is_han(c) || matches!(c, '\u{1100}'..='\u{11FF}' | '\u{AC00}'..='\u{D7AF}') => {
            Script::Cjk
        }
        _ if c.is_alphabetic() => Script::Other,
        _ => Script::None,
    }
}

/// Hiragana or Katakana.
#[must_use]
pub fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{3096}' | '\u{309D}'..='\u{309F}' | '\u{30A1}'..='\u{30FA}' | '\u{30FC}'..='\u{30FF}'
        | '\u{31F0}'..='\u{31FF}' | '\u{FF66}'..='\u{FF9D}')
}

/// Han ideographs, with extensions.
#[must_use]
pub fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3134F}')
}

/// Digits of other scripts as those of ASCII.
pub(crate) fn ascii_digit(c: char) -> char {
    let zero = match c {
        '\u{0660}'..='\u{0669}' => 0x0660,
        '\u{06F0}'..='\u{06F9}' => 0x06F0,
        '\u{FF10}'..='\u{FF19}' => 0xFF10,
        '\u{FF0B}' => return '+',
        _ => return c,
    };
    char::from_digit(u32::from(c) - zero, 10).unwrap_or(c)
}

/// The form in which words are compared: NFKC for the scripts of our nine languages, lower case, without diacritics, vowel points or stretching;
/// letter variants that are typed interchangeably become one. Kana keep their voicing marks.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        let voiced = folded.chars().next_back().and_then(|last| plain::voiced(last, c));
        if let Some(voiced) = voiced {
            folded.pop();
            folded.push(voiced);
        } else if !plain::is_mark(c) {
            fold_char(plain::plain(c), &mut folded);
        }
    }
    folded
}

fn fold_char(c: char, folded: &mut String) {
    match c {
        'ß' | 'ẞ' => folded.push_str("ss"),
        'æ' | 'Æ' => folded.push_str("ae"),
        'œ' | 'Œ' => folded.push_str("oe"),
        'ø' | 'Ø' => folded.push('o'),
        'ł' | 'Ł' => folded.push('l'),
        'đ' | 'Đ' => folded.push('d'),
        'ı' => folded.push('i'),
        'ﬁ' => folded.push_str("fi"),
        'ﬂ' => folded.push_str("fl"),
        'ﬀ' => folded.push_str("ff"),
        '’' | '‘' | 'ʼ' => folded.push('\''),
        '\u{0640}'
        | '\u{00AD}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2066}'..='\u{2069}' => {}
        'آ' | 'أ' | 'إ' | 'ٱ' => folded.push('ا'),
        '\u{FEF5}'..='\u{FEFC}' => folded.push_str("لا"),
        'ى' | 'ئ' => folded.push('ي'),
        'ؤ' => folded.push('و'),
        'ة' => folded.push('ه'),
        'ך' => folded.push('כ'),
        'ם' => folded.push('מ'),
        'ן' => folded.push('נ'),
        'ף' => folded.push('פ'),
        'ץ' => folded.push('צ'),
        _ => folded.extend(c.to_lowercase()),
    }
}

/// The form under which two askers ask the same: folded, without punctuation, single spaces.
#[must_use]
pub fn normalised_question(question: &str) -> String {
    let folded = fold(question);
    let mut normalised = String::with_capacity(folded.len());
    for part in
        folded.split(|c: char| !(c.is_alphanumeric() || matches!(c, '+' | '#' | '$' | '€' | '£' | '%')))
    {
        if !part.is_empty() {
            if !normalised.is_empty() {
                normalised.push(' ');
            }
            normalised.push_str(part);
        }
    }
    normalised
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_interchangeably_folds_to_one_form() {
        assert_eq!(fold("Größe ＡＢ Œuvre ÉTÉ"), "grosse ab oeuvre ete");
        assert_eq!(fold("e\u{301}te\u{301}"), "ete");
        assert_eq!(fold("أَهْلاً"), "اهلا");
        assert_eq!(fold("שָׁלוֹם"), "שלומ");
        assert_eq!(fold("١٢٣"), "123");
        assert_eq!(fold("ﻣﻔﺘﺎﺡ"), "مفتاح");
        assert_eq!(fold("Đặng ﬁn Łódź Çağ ２"), "dang fin lodz cag 2");
    }

    #[test]
    fn voiced_kana_stay_apart_from_unvoiced() {
        assert_ne!(fold("が"), fold("か"));
        assert_eq!(fold("ｶﾞﾗｽ"), "ガラス");
        assert_eq!(fold("か\u{3099}"), "が");
    }

    #[test]
    fn punctuation_and_case_make_no_other_question() {
        assert_eq!(normalised_question("  When do you OPEN?! "), normalised_question("when do you open"));
        assert_ne!(normalised_question("C++"), normalised_question("C"));
    }
}
