//! Gaps: questions that could not be answered well, and which of them ask the same.
//!
//! Two questions are compared by what they ask for: ideas (which synonyms share, see [`crate::words`]), names, numbers
//! and the words that say something; politeness and what only holds a question together are left out. Where the
//! vectors of both are at hand, their closeness decides as well.

use protocol::answer::{Cut, Provider};
use protocol::api::{Turn, TurnState};

use crate::handover::leaves_contact;
use crate::language::Language;
use crate::text::normalised_question;
use crate::words::{self, Group, Kind};

/// Two questions whose vectors are at least this close ask the same.
pub const CLOSE: f32 = 0.86;
/// Characters of a question that are kept.
pub const MAX_CHARS: usize = 300;
/// Terms that are compared.
const MAX_TERMS: usize = 24;
/// Questions that share this much of what both say ask the same.
const SHARED: f64 = 0.6;
/// The same where one says all that the other says.
const SHARED_WITHIN: f64 = 0.4;

/// Words that say nothing about what is asked, beside those of [`crate::language`]: stems, as they are compared.
#[rustfmt::skip]
const FLUFF: &[&str] = &[
    "hi", "hello", "hey", "please", "thank", "thanks", "tell", "know", "wonder", "curious", "possibl", "possible", "able", "happen",
    "question", "ask", "anyone", "someone", "guy", "folk", "team", "company", "shop", "store", "sir", "madam", "there", "sure", "just",
    "hola", "gracia", "gracias", "favor", "bonjour", "merci", "plait", "hallo", "danke", "bitte", "ola", "obrigado", "obrigada",
];

/// Names of one thing, as folded words in a row, and what they are compared as.
#[rustfmt::skip]
const SAME: &[(&str, &str)] = &[
    ("united kingdom", "uk"), ("great britain", "uk"), ("britain", "uk"), ("gb", "uk"), ("u k", "uk"),
    ("united states of america", "usa"), ("united states", "usa"), ("america", "usa"), ("us of a", "usa"), ("u s", "usa"),
    ("european union", "eu"), ("emirates", "uae"), ("united arab emirates", "uae"),
];

/// Words that mean an idea only in a question of a visitor.
const MEANT: &[(&str, &str)] =
    &[("send", "§deliver"), ("post", "§deliver"), ("mail", "§deliver"), ("dispatch", "§deliver")];

/// What somebody says who asks nothing, folded.
#[rustfmt::skip]
const SMALL_TALK: &[&str] = &[
    "ok", "okay", "yes", "no", "good morning", "good evening", "good afternoon", "good day", "how are you", "how are you doing",
    "who are you", "what are you", "are you a bot", "are you a robot", "are you human", "are you real", "are you an ai", "what is your name",
    "bye", "goodbye", "see you", "cool", "great", "nice", "test", "testing", "lol",
    "buenos dias", "buenas tardes", "que tal", "como estas", "adios", "si", "vale", "quien eres", "eres un robot",
    "ca va", "bonsoir", "salut", "au revoir", "oui", "non", "qui es tu", "es tu un robot",
    "guten tag", "guten morgen", "guten abend", "moin", "servus", "wie geht s", "wie geht es dir", "wer bist du", "tschuss", "ja", "nein",
    "bom dia", "boa tarde", "boa noite", "tudo bem", "tchau", "sim", "nao", "quem e voce",
    "こんにちは", "こんばんは", "おはよう", "おはようございます", "ありがとう", "ありがとうございます", "はい", "いいえ", "さようなら",
    "你好", "您好", "谢谢", "再见", "早上好", "晚上好", "好的", "在吗", "你是谁",
    "مرحبا", "السلام عليكم", "اهلا", "شكرا", "صباح الخير", "مساء الخير", "كيف حالك", "نعم", "لا", "من انت",
    "שלום", "היי", "תודה", "תודה רבה", "בוקר טוב", "ערב טוב", "מה שלומכ", "מה נשמע", "כנ", "לא", "להתראות", "מי אתה",
];

/// What an answer says that does not know, folded.
#[rustfmt::skip]
const UNKNOWING: &[&str] = &[
    "don t know", "do not know", "not sure", "couldn t find", "could not find", "unable to find", "don t have information", "no information about",
    "no lo se", "no estoy seguro", "no encontre", "no he encontrado", "no tengo informacion",
    "je ne sais pas", "pas sur", "je n ai pas trouve", "pas d information",
    "ich weiss nicht", "weiss ich nicht", "nicht sicher", "nichts gefunden", "nicht finden", "keine information",
    "nao sei", "nao tenho certeza", "nao encontrei", "nao tenho informac",
    "わかりません", "分かりません", "見つかりません", "我不知道", "不确定", "没有找到", "找不到", "لا اعرف", "لست متاكد", "لم اجد", "לא יודע", "לא בטוח", "לא מצאתי",
];

/// Whether a turn is one that the agent should have answered better.
#[must_use]
pub fn is_gap(turn: &Turn) -> bool {
    let answered = turn.state == TurnState::Finished && turn.provider != Provider::Curated;
    // Who wanted to see the prompt asked nothing that the site should answer.
    if !answered || turn.checks.cut == Some(Cut::Prompt) {
        return false;
    }
    let unsure = turn.low_confidence || (turn.tools.is_empty() && says_it_does_not_know(&turn.answer));
    unsure && !is_small_talk(&turn.question) && !leaves_contact(&turn.question)
}

fn says_it_does_not_know(answer: &str) -> bool {
    let answer = format!(" {} ", normalised_question(answer));
    UNKNOWING.iter().any(|phrase| answer.contains(phrase))
}

/// Whether somebody only greets, thanks or chats.
#[must_use]
pub fn is_small_talk(text: &str) -> bool {
    let line = normalised_question(text);
    SMALL_TALK.iter().any(|phrase| line == normalised_question(phrase)) || terms(text).is_empty()
}

/// What a question asks for, in order and each once: equal for questions that differ in their words alone.
#[must_use]
pub fn terms(question: &str) -> Vec<String> {
    let plain = aliased(question);
    let groups = words::question(&plain, &Language::LATIN);
    let mut terms: Vec<String> = groups.iter().filter_map(term).collect();
    terms.sort_unstable();
    terms.dedup();
    terms.truncate(MAX_TERMS);
    terms
}

/// The question with one name for what has several.
fn aliased(question: &str) -> String {
    let mut line = format!(" {} ", normalised_question(question));
    for (name, one) in SAME {
        line = line.replace(&format!(" {name} "), &format!(" {one} "));
    }
    line.trim().to_owned()
}

fn term(group: &Group) -> Option<String> {
    if matches!(group.kind, Kind::Function | Kind::Light | Kind::Character) && group.concept.is_none() {
        return None;
    }
    if let Some(concept) = group.concept {
        return Some(concept.to_owned());
    }
    let fluff = |word: &str| FLUFF.contains(&word);
    if fluff(&group.word) || group.terms.iter().any(|term| fluff(term)) {
        return None;
    }
    let meant =
        |(word, _): &&(&str, &str)| group.word == *word || group.terms.iter().any(|term| term == word);
    if let Some((_, concept)) = MEANT.iter().find(meant) {
        return Some((*concept).to_owned());
    }
    // The shortest stem, whichever languages a word may be of.
    group.terms.iter().min_by_key(|term| (term.len(), term.as_str().to_owned())).cloned()
}

/// Whether two questions ask the same, by their [`terms`].
#[must_use]
pub fn ask_the_same(one: &[String], other: &[String]) -> bool {
    let common = one.iter().filter(|term| other.contains(term)).count();
    if common == 0 {
        return false;
    }
    // Prices of something are not the thing: an idea that only one of them names sets them apart.
    let ideas = |terms: &[String], without: &[String]| {
        terms.iter().any(|term| is_telling(term) && !without.contains(term))
    };
    if ideas(one, other) || ideas(other, one) {
        return false;
    }
    let (all, least) = (one.len() + other.len() - common, one.len().min(other.len()));
    #[allow(clippy::cast_precision_loss)]
    let shared = common as f64 / all as f64;
    shared >= SHARED || (common == least && least >= 2 && shared >= SHARED_WITHIN)
}

/// An idea or a number.
fn is_telling(term: &str) -> bool {
    term.starts_with('§') || term.bytes().any(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests;
