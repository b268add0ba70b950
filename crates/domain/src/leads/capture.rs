//! Name, address and number in what a visitor wrote. Proposed and confirmed before they are kept, so a wrong find
//! costs a question; still, digits that are a date, a price or an order are nobody's number. Never given anything
//! but the visitor's own words.

use crate::language::{Language, is_function_word};
use crate::text::{ascii_digit, fold};

/// What a text holds of its writer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub name: Option<String>,
    /// Lower case.
    pub email: Option<String>,
    /// As it was written, digits in ASCII.
    pub phone: Option<String>,
}

/// The longest name that is taken.
const NAME_CHARS: usize = 60;
/// E.164 has at most fifteen digits.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// What people say before their name: en, es, fr, de, pt, ar, he; folded.
const NAMED: &[&str] = &[
    "my name is ",
    "my name's ",
    "me llamo ",
    "mi nombre es ",
    "je m'appelle ",
    "mon nom est ",
    "ich heisse ",
    "mein name ist ",
    "me chamo ",
    "meu nome e ",
    "اسمي ",
    "انا اسمي ",
    "שמי ",
    "קוראימ לי ",
    "השמ שלי הוא ",
];
/// The same in scripts without spaces, and what may follow the name.
const NAMED_JOINED: &[&str] =
    &["私の名前は", "わたしの名前は", "名前は", "我的名字是", "我的名字叫", "我叫", "我姓"];
const AFTER_JOINED: &[&str] = &["と申します", "といいます", "と言います", "です", "だ"];
/// What ends a name.
const JOINS: &[&str] = &[
    "and", "from", "at", "my", "y", "de", "et", "und", "von", "e", "from", "with", "i", "ich", "je", "mi",
    "meine", "وانا", "من", "ואני", "מ",
];
/// Said near a number that is a telephone's, folded.
const CALLED: &[&str] = &[
    "phone",
    "call",
    "tel",
    "mobile",
    "cell",
    "whatsapp",
    "reach me",
    "text me",
    "telefono",
    "llam",
    "movil",
    "celular",
    "telephone",
    "appel",
    "portable",
    "joindre",
    "telefon",
    "handy",
    "anruf",
    "erreich",
    "rufen",
    "telefone",
    "ligue",
    "ligar",
    "telemovel",
    "電話",
    "携帯",
    "هاتف",
    "اتصل",
    "جوال",
    "موبايل",
    "电话",
    "手机",
    "טלפונ",
    "נייד",
    "להתקשר",
];

/// Finds what a visitor's text says of how to reach them.
#[must_use]
pub fn find(text: &str) -> Found {
    Found { name: name(text), email: email(text), phone: phone(text) }
}

fn email(text: &str) -> Option<String> {
    let between = |c: char| c.is_whitespace() || "<>()[]{},;:\"'|\\、，。；：（）「」".contains(c);
    text.split(between).find_map(|word| {
        let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let (local, host) = word.split_once('@')?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "._%+-!#$&'*/=?^`{|}~".contains(c);
        let labels: Vec<&str> = host.split('.').collect();
        let label = |part: &&str| {
            !part.is_empty()
                && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
                && !part.starts_with('-')
                && !part.ends_with('-')
        };
        let top = labels.last()?;
        let fits = (1..=64).contains(&local.len())
            && local.chars().all(plain)
            && labels.len() > 1
            && labels.iter().all(label)
            && top.len() > 1
            && top.chars().all(|c| c.is_ascii_alphabetic())
            && word.len() <= 254;
        fits.then(|| word.to_ascii_lowercase())
    })
}

/// One run of digits with what numbers are written with between them.
struct Run {
    text: String,
    digits: usize,
    /// What stands right before and after it.
    before: Option<char>,
    after: Option<char>,
    /// What was said before it.
    said: String,
}

fn phone(text: &str) -> Option<String> {
    runs(text).into_iter().find(is_phone).map(|run| run.text)
}

fn runs(text: &str) -> Vec<Run> {
    let letters: Vec<char> = text.chars().map(ascii_digit).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&c) = letters.get(at) {
        if !(c.is_ascii_digit() || matches!(c, '+' | '(')) {
            at += 1;
            continue;
        }
        let end = (at..letters.len()).find(|place| !letters.get(*place).is_some_and(|c| in_number(*c)));
        let end = end.unwrap_or(letters.len());
        let run: String = letters.get(at..end).unwrap_or_default().iter().collect();
        let trimmed = run.trim_end_matches(|c: char| !c.is_ascii_digit());
        let kept = trimmed.chars().count();
        found.push(Run {
            digits: trimmed.chars().filter(char::is_ascii_digit).count(),
            text: trimmed.to_owned(),
            before: at.checked_sub(1).and_then(|before| letters.get(before)).copied(),
            after: letters.get(at + kept).copied(),
            said: letters.get(..at).unwrap_or_default().iter().collect(),
        });
        at = end.max(at + 1);
    }
    found
}

fn in_number(c: char) -> bool {
    c.is_ascii_digit()
        || matches!(c, ' ' | '-' | '.' | '+' | '(' | ')' | '/' | '\u{a0}' | '\u{2011}' | '\u{2013}')
}

fn is_phone(run: &Run) -> bool {
    let stuck = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "@#$€£¥%:_=".contains(c));
    if !DIGITS.contains(&run.digits) || stuck(run.before) || stuck(run.after.filter(|c| *c != ':')) {
        return false;
    }
    if is_date(&run.text) || run.text.matches('.').count() > 4 || run.text.matches('+').count() > 1 {
        return false;
    }
    let groups: Vec<usize> =
        run.text.split(|c: char| !c.is_ascii_digit()).map(str::len).filter(|length| *length > 0).collect();
    let dialled = run.text.starts_with(['+', '0', '(']) && groups.iter().all(|length| *length < 14);
    // What is said shortly before: a number is introduced.
    let tail: String = run.said.chars().rev().take(40).collect::<Vec<_>>().into_iter().rev().collect();
    let tail = fold(&tail);
    dialled || groups == [3, 3, 4] || groups == [1, 3, 3, 4] || CALLED.iter().any(|word| tail.contains(word))
}

/// A day, in the orders people write.
fn is_date(text: &str) -> bool {
    let first: String = text.split(' ').next().unwrap_or_default().to_owned();
    let parts: Vec<Option<u32>> = first.split(['-', '.', '/']).map(|part| part.parse().ok()).collect();
    let [Some(a), Some(b), Some(c)] = parts.as_slice() else { return false };
    let day = |n: u32| (1..=31).contains(&n);
    let year = |n: u32| (1900..=2100).contains(&n) || n < 100;
    (year(*a) && day(*b) && day(*c)) || (day(*a) && day(*b) && year(*c))
}

fn name(text: &str) -> Option<String> {
    joined_name(text).or_else(|| spaced_name(text))
}

fn joined_name(text: &str) -> Option<String> {
    let rest = NAMED_JOINED.iter().find_map(|phrase| text.split_once(phrase).map(|(_, rest)| rest))?;
    let end = rest.find(|c: char| !c.is_alphanumeric() && !"・·ー々 ".contains(c)).unwrap_or(rest.len());
    let rest = rest.get(..end).unwrap_or_default();
    let cut = AFTER_JOINED.iter().filter_map(|after| rest.find(after)).min().unwrap_or(rest.len());
    let name = rest.get(..cut).unwrap_or_default().trim();
    (1..=12).contains(&name.chars().count()).then(|| name.to_owned())
}

fn spaced_name(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let said: Vec<String> = words.iter().map(|word| fold(word)).collect();
    let begins = (0..words.len()).find_map(|at| {
        NAMED.iter().find_map(|phrase| {
            let parts: Vec<&str> = phrase.split_whitespace().collect();
            let there = said.get(at..at + parts.len())?;
            let same = there.iter().zip(&parts).enumerate().all(|(place, (word, part))| {
                word == part
                    || (place == 0 && word.trim_start_matches(|c: char| !c.is_alphanumeric()) == *part)
            });
            same.then_some(at + parts.len())
        })
    })?;
    let mut taken: Vec<&str> = Vec::new();
    let mut sentence_over = true;
    for word in words.get(begins..).unwrap_or_default() {
        let bare = word.trim_matches(|c: char| !c.is_alphabetic());
        if bare.is_empty() || JOINS.contains(&fold(bare).as_str()) {
            break;
        }
        if taken.len() == 3 {
            sentence_over = false;
            break;
        }
        let fine = bare.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’'));
        if !fine {
            return None;
        }
        taken.push(bare);
        if word.ends_with(['.', ',', '!', ';', '?', '،', ':', ')']) {
            break;
        }
    }
    let capital = |word: &&&str| word.chars().next().is_some_and(char::is_uppercase);
    let led: Vec<&str> = taken.iter().take_while(capital).copied().collect();
    let chosen = if led.is_empty() { taken } else { led };
    // Without a capital only what ends the sentence is a name, and nothing that is a word of every sentence.
    let plain = !chosen.iter().any(|word| capital(&word));
    let common = |word: &&str| {
        let word = fold(word);
        Language::ALL.iter().any(|language| is_function_word(&word, *language))
    };
    if chosen.is_empty() || (plain && (!sentence_over || chosen.iter().any(common))) {
        return None;
    }
    let name = chosen.join(" ");
    (name.chars().count() <= NAME_CHARS).then_some(name)
}
