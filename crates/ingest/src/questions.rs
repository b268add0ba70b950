//! Questions that a text asks and answers itself: headings that are questions, with what stands below each. What a
//! page marks as questions (`page::questions`) is held to the same bounds.

use std::collections::HashSet;

use crate::faq::Pair;
use crate::page::{self, Block};

/// Most pairs of one page or file.
pub const MOST: usize = 100;
/// Letters of a question.
pub const QUESTION_CHARS: std::ops::RangeInclusive<usize> = 4..=300;
/// Letters of an answer: less is a label, more is an article.
pub const ANSWER_CHARS: std::ops::RangeInclusive<usize> = 20..=1_200;

/// Marks that end a question: of Latin, Hebrew, Chinese and Japanese, and Arabic writing.
const MARKS: [char; 3] = ['?', '\u{ff1f}', '\u{61f}'];

/// How a Chinese question without its mark ends, and the words that ask in one.
const CHINESE_ENDS: [&str; 5] = ["吗", "嗎", "呢", "么", "麼"];
const CHINESE_WORDS: [&str; 21] = [
    "什么",
    "什麼",
    "怎么",
    "怎麼",
    "怎样",
    "怎樣",
    "如何",
    "哪",
    "多少",
    "多久",
    "为什么",
    "為什麼",
    "为何",
    "為何",
    "是否",
    "能否",
    "可否",
    "谁",
    "誰",
    "何时",
    "何時",
];
/// How a Japanese one ends; the last is "what is …".
const JAPANESE_ENDS: [&str; 4] = ["か", "かな", "の", "とは"];
/// Words that begin an Arabic and a Hebrew one. Those that begin "who we are" as well are not among them.
const ARABIC_BEGINS: [&str; 10] = ["هل", "كيف", "متى", "أين", "اين", "لماذا", "كم", "بكم", "ماذا", "أي"];
const HEBREW_BEGINS: [&str; 17] = [
    "האם", "איך", "כיצד", "מתי", "איפה", "היכן", "למה", "מדוע", "כמה", "מהו", "מהי", "מהם", "מהן", "איזה",
    "איזו", "אילו", "לאן",
];

/// Questions with their answers as they are found, each once.
#[derive(Default)]
pub(crate) struct Finder {
    pairs: Vec<Pair>,
    seen: HashSet<String>,
}

impl Finder {
    /// Takes a question with what answers it, if both are within bounds and the question is new.
    pub(crate) fn take(&mut self, question: &str, answer: &[&Block]) {
        let key = key(question);
        if self.pairs.len() == MOST || key.is_empty() || self.seen.contains(&key) {
            return;
        }
        let letters = question.chars().count();
        let one_word = question.split_whitespace().count() < 2 && !question.chars().any(is_unspaced);
        if !QUESTION_CHARS.contains(&letters) || one_word {
            return;
        }
        if let Some(answer) = words(answer) {
            self.seen.insert(key);
            self.pairs.push(Pair { question: question.to_owned(), answer });
        }
    }

    /// This question is spoken for, whatever became of it.
    pub(crate) fn settle(&mut self, question: &str) {
        self.seen.insert(key(question));
    }

    /// Takes the headings that are questions, each with what follows up to the next heading of its rank or the
    /// next question.
    pub(crate) fn headings(&mut self, blocks: &[&Block]) {
        for (at, block) in blocks.iter().enumerate() {
            let Block::Heading { level, text, .. } = block else { continue };
            let Some(question) = asked(text) else { continue };
            let below = blocks.get(at + 1..).unwrap_or_default().iter().copied();
            let ends = |block: &&Block| match block {
                Block::Heading { level: next, text, .. } => next <= level || asked(text).is_some(),
                _ => false,
            };
            let below: Vec<&Block> = below.take_while(|block| !ends(block)).collect();
            self.take(&question, &below);
        }
    }

    pub(crate) fn pairs(self) -> Vec<Pair> {
        self.pairs
    }
}

/// The questions that blocks ask in headings and answer below.
#[must_use]
pub fn of_blocks<'b>(blocks: impl Iterator<Item = &'b Block>) -> Vec<Pair> {
    let blocks: Vec<&Block> = blocks.collect();
    let mut finder = Finder::default();
    finder.headings(&blocks);
    finder.pairs()
}

/// The question that a title is, tidied; `None` if it is none.
pub(crate) fn asked(title: &str) -> Option<String> {
    let title = tidy(title);
    is_question(&title).then_some(title)
}

/// A title without number, ornament and what follows its question mark.
pub(crate) fn tidy(title: &str) -> String {
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    let plain = title.trim_start_matches(|letter: char| {
        !letter.is_alphanumeric() && !matches!(letter, '\u{bf}' | '(' | '$' | '\u{20ac}' | '\u{a3}')
    });
    let plain = without_number(plain).trim();
    match plain.char_indices().rfind(|(_, letter)| MARKS.contains(letter)) {
        Some((at, mark)) => {
            let (question, rest) = plain.split_at_checked(at + mark.len_utf8()).unwrap_or((plain, ""));
            if rest.chars().any(char::is_alphanumeric) { plain } else { question }.to_owned()
        }
        None => plain.to_owned(),
    }
}

/// `3. How`, `Q: How`, `F2) Wie` without what stands before.
fn without_number(title: &str) -> &str {
    let rest = title.strip_prefix(['Q', 'F', 'P', 'V']).unwrap_or(title);
    let rest = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
    if rest.len() == title.len() {
        return title;
    }
    let after = rest.strip_prefix(['.', ')', ':', '\u{ff1a}', '\u{3001}', '\u{ff0e}']);
    after.filter(|after| after.starts_with(char::is_whitespace)).map_or(title, str::trim_start)
}

/// Whether a tidied title asks something. Writing that needs no question mark is known by its words.
fn is_question(title: &str) -> bool {
    if title.ends_with(MARKS) {
        return true;
    }
    let bare = title.trim_end_matches(['\u{3002}', '.', '\u{ff01}', '!', ':', '\u{ff1a}']);
    if bare.chars().any(is_kana) {
        return JAPANESE_ENDS.iter().any(|end| bare.ends_with(end));
    }
    if bare.chars().any(is_unspaced) {
        return CHINESE_ENDS.iter().any(|end| bare.ends_with(end))
            || CHINESE_WORDS.iter().any(|word| bare.contains(word));
    }
    let first = bare.split_whitespace().next().unwrap_or_default();
    ARABIC_BEGINS.contains(&first) || HEBREW_BEGINS.contains(&first)
}

fn is_kana(letter: char) -> bool {
    matches!(letter, '\u{3041}'..='\u{30ff}')
}

/// Writing that puts no spaces between words.
fn is_unspaced(letter: char) -> bool {
    is_kana(letter) || matches!(letter, '\u{3400}'..='\u{9fff}')
}

fn key(question: &str) -> String {
    question.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What blocks say as an answer. One that needs its table or its code is no answer without it.
fn words(blocks: &[&Block]) -> Option<String> {
    let mut said = Vec::new();
    for block in blocks {
        said.push(match block {
            Block::Table { .. } | Block::Code { .. } => return None,
            Block::Heading { text, .. } => Block::Paragraph { text: format!("**{text}**") },
            block => (*block).clone(),
        });
    }
    let text = page::text(&said);
    let text = text.strip_prefix("A:").unwrap_or(&text).trim();
    ANSWER_CHARS.contains(&text.chars().count()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_known_in_every_language_with_and_without_their_mark() {
        for title in [
            "How do I pay?",
            "¿Cuándo abren?",
            "Où êtes-vous ?",
            "Wie lange dauert es?",
            "Vocês entregam?",
            "配達できますか",
            "送料はいくらですか？",
            "予約とは",
            "如何退货",
            "你们送货吗",
            "متى تفتحون؟",
            "كيف أدفع",
            "מתי אתם פתוחים?",
            "איך משלמים",
        ] {
            assert_eq!(asked(title).as_deref(), Some(title));
        }
        for title in [
            "Our prices",
            "How we work",
            "Über uns",
            "お問い合わせ",
            "会社概要",
            "联系我们",
            "من نحن",
            "מי אנחנו",
            "צור קשר",
            "",
            "…",
        ] {
            assert_eq!(asked(title), None, "{title}");
        }
    }

    #[test]
    fn numbers_and_ornaments_are_no_part_of_a_question() {
        for (title, question) in [
            ("3. How do  I pay?", "How do I pay?"),
            ("Q2: How do I pay?", "How do I pay?"),
            ("» How do I pay? ▾", "How do I pay?"),
            ("3D prints: can I?", "3D prints: can I?"),
            ("2.5 mm: can you?", "2.5 mm: can you?"),
            ("$20 off: how?", "$20 off: how?"),
        ] {
            assert_eq!(asked(title).as_deref(), Some(question));
        }
        assert_eq!(asked("Who? Our team"), None);
    }

    #[test]
    fn an_answer_ends_where_the_next_heading_of_its_rank_or_the_next_question_begins() {
        let heading = |level, text: &str| Block::Heading { level, id: None, text: text.into() };
        let says = |text: &str| Block::Paragraph { text: text.into() };
        let item = |text: &str| Block::ListItem { depth: 0, number: None, text: text.into() };
        let blocks = [
            heading(2, "Any questions?"),
            heading(3, "Do you deliver boats?"),
            says("A: We do, all along the coast."),
            heading(4, "Abroad"),
            item("France"),
            item("Spain"),
            heading(3, "Opening hours"),
            says("Nine to five on all working days."),
            heading(3, "What does it cost?"),
            says("The prices are in this table."),
            Block::Table { header: Vec::new(), rows: vec![vec!["one".into()]] },
            heading(3, "Is it far?"),
            says("No."),
            heading(3, "Do you deliver boats?"),
            says("It was said above, and is not said again."),
        ];
        let found = of_blocks(blocks.iter());
        assert_eq!(
            found,
            [Pair {
                question: "Do you deliver boats?".into(),
                answer: "We do, all along the coast.\n\n**Abroad**\n\n- France\n- Spain".into(),
            }]
        );
    }
}
