//! Curated answers: which of an agent's fixed answers a question gets. A question that is one of the phrasings,
//! or has all words of a line of keywords, is answered word for word; one that is close to a phrasing gets the
//! answer as its first source.

use std::collections::{HashMap, HashSet};

use protocol::api::{CuratedContent, CuratedWrite};
use protocol::internal::CuratedMatch;
use protocol::{Code, Problem};
use serde::{Deserialize, Serialize};

use crate::language::{self, Language};
use crate::text::normalised_question;
use crate::words::{self, Kind};

/// Curated answers of one agent.
pub const MOST: u32 = 500;
/// Lines of one pattern, of its keywords and of its pages.
pub const MOST_LINES: usize = 50;
/// Characters of one such line.
pub const MOST_LINE_CHARS: usize = 300;
/// Characters of an answer.
pub const MOST_ANSWER_CHARS: usize = 4_000;
/// How alike a question and a phrasing have to be, 0 to 1.
pub const CLOSE: f64 = 0.8;

/// What is not a word but the idea behind several begins so.
const CONCEPT: char = '§';

/// A curated answer as a member writes it in words of its own, tidied.
///
/// # Errors
/// When a field is empty or too long; the message says which and what to do.
pub fn accept(content: CuratedContent) -> Result<CuratedContent, Problem> {
    let content = tidied(content)?;
    if content.answer.is_empty() {
        return Err(Problem::field("answer", "Write the answer."));
    }
    Ok(content)
}

/// The same, with the words of a template or of its own.
///
/// # Errors
/// As for [`accept`], and when it has both.
pub fn accept_written(written: CuratedWrite) -> Result<CuratedWrite, Problem> {
    let CuratedWrite { content, template_id } = written;
    if template_id.is_none() {
        return Ok(CuratedWrite { content: accept(content)?, template_id });
    }
    let content = tidied(content)?;
    if !content.answer.is_empty() {
        let message =
            "Write an answer or choose a template, not both. For a template’s words leave the answer empty.";
        return Err(Problem::field("template_id", message));
    }
    Ok(CuratedWrite { content, template_id })
}

fn tidied(content: CuratedContent) -> Result<CuratedContent, Problem> {
    let pattern = lines_of("pattern", &content.pattern)?;
    if pattern.iter().all(|line| normalised_question(line).is_empty()) {
        return Err(Problem::field("pattern", "Write at least one question this answer is for."));
    }
    let answer = content.answer.trim().to_owned();
    if answer.chars().count() > MOST_ANSWER_CHARS {
        let message = format!("The answer is longer than {MOST_ANSWER_CHARS} characters. Shorten it.");
        return Err(Problem { field: Some("answer".into()), ..Problem::new(Code::Invalid, message) });
    }
    let mut languages = Vec::new();
    for tag in &content.languages {
        let known = Language::from_tag(tag).ok_or_else(|| {
            Problem::field("languages", "Choose languages that the receptionist speaks, or none for all.")
        })?;
        if !languages.iter().any(|code| code == known.code()) {
            languages.push(known.code().to_owned());
        }
    }
    Ok(CuratedContent {
        pattern: pattern.join("\n"),
        keywords: lines_of("keywords", &content.keywords)?.join("\n"),
        answer,
        pages: lines_of("pages", &content.pages)?.join("\n"),
        languages,
        enabled: content.enabled,
    })
}

fn lines_of<'t>(field: &str, text: &'t str) -> Result<Vec<&'t str>, Problem> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if lines.len() > MOST_LINES {
        return Err(Problem::field(field, format!("There are more than {MOST_LINES} lines. Remove some.")));
    }
    if lines.iter().any(|line| line.chars().count() > MOST_LINE_CHARS) {
        let message = format!("A line is longer than {MOST_LINE_CHARS} characters. Shorten or split it.");
        return Err(Problem::field(field, message));
    }
    Ok(lines)
}

/// A curated answer ready to be compared with questions; made once, when it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prepared {
    lines: Vec<Line>,
    /// For every line of keywords its words, each as the stems it may have.
    keywords: Vec<Vec<Vec<String>>>,
    pages: Vec<String>,
    languages: Vec<String>,
    /// Whose stems its words have.
    stems: String,
}

/// One phrasing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Line {
    text: String,
    normalised: String,
    content: Vec<Term>,
}

/// One thing a phrasing or a question speaks of: any of the terms stands for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Term {
    any: Vec<String>,
    worth: f64,
}

impl Prepared {
    #[must_use]
    pub fn new(content: &CuratedContent) -> Self {
        let lines = || content.pattern.lines().map(str::trim).filter(|line| !line.is_empty());
        let said = match content.languages.as_slice() {
            [one] => Language::from_tag(one),
            _ => None,
        };
        let stems = language::guess(&content.pattern, said).unwrap_or_default();
        let line = |text: &str| Line {
            text: text.to_owned(),
            normalised: normalised_question(text),
            content: content_of(text, stems),
        };
        Self {
            lines: lines().map(line).collect(),
            keywords: content.keywords.lines().map(|line| stemmed(line, stems)).collect(),
            pages: content.pages.lines().map(path).filter(|page| !page.is_empty()).collect(),
            languages: content.languages.clone(),
            stems: stems.code().to_owned(),
        }
    }

    /// The questions it is for.
    pub fn phrasings(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|line| line.text.as_str())
    }

    fn stems(&self) -> Language {
        Language::from_tag(&self.stems).unwrap_or_default()
    }

    /// Whether its conditions hold.
    fn applies(&self, asked: &Asked<'_>) -> bool {
        let page = asked.page_url.map(path);
        let on_page = self.pages.is_empty()
            || page.is_some_and(|page| self.pages.iter().any(|wanted| covers(wanted, &page)));
        let tongue = asked.language.and_then(Language::from_tag).map(Language::code);
        on_page
            && (self.languages.is_empty()
                || tongue.is_some_and(|tag| self.languages.iter().any(|l| l == tag)))
    }
}

/// A question with what conditions look at.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub question: &'a str,
    pub page_url: Option<&'a str>,
    /// BCP 47 tag of the language it was taken for.
    pub language: Option<&'a str>,
}

/// The answer that applies.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// Its place in the list.
    pub at: usize,
    pub pattern: String,
    pub by: CuratedMatch,
    pub score: f64,
}

/// The first of the answers, in their order, that is matched exactly, else by keyword, else by closeness.
#[must_use]
pub fn find(answers: &[Prepared], asked: &Asked<'_>) -> Option<Match> {
    let usable: Vec<(usize, &Prepared)> =
        answers.iter().enumerate().filter(|(_, answer)| answer.applies(asked)).collect();
    let normalised = normalised_question(asked.question);
    if usable.is_empty() || normalised.is_empty() {
        return None;
    }
    let exact = usable.iter().find_map(|(at, answer)| {
        let line = answer.lines.iter().find(|line| line.normalised == normalised)?;
        Some(Match { at: *at, pattern: line.text.clone(), by: CuratedMatch::Exact, score: 1.0 })
    });
    exact
        .or_else(|| by_keyword(&usable, asked.question))
        .or_else(|| by_closeness(answers, &usable, asked.question))
}

/// The first of the answers, in their order, of which a phrasing is close by the measure given: 0 to 1, from
/// [`CLOSE`] on.
#[must_use]
pub fn close(answers: &[Prepared], asked: &Asked<'_>, likeness: impl Fn(&str) -> f64) -> Option<Match> {
    answers.iter().enumerate().filter(|(_, answer)| answer.applies(asked)).find_map(|(at, answer)| {
        let of = |line: &Line| (likeness(&line.text), line.text.clone());
        let (score, pattern) = answer.lines.iter().map(of).max_by(|a, b| a.0.total_cmp(&b.0))?;
        (score >= CLOSE).then_some(Match { at, pattern, by: CuratedMatch::Closeness, score })
    })
}

fn by_keyword(usable: &[(usize, &Prepared)], question: &str) -> Option<Match> {
    let mut said: HashMap<Language, HashSet<String>> = HashMap::new();
    usable.iter().filter(|(_, answer)| !answer.keywords.is_empty()).find_map(|(at, answer)| {
        let stems = answer.stems();
        let said =
            said.entry(stems).or_insert_with(|| stemmed(question, stems).into_iter().flatten().collect());
        let holds = |words: &Vec<Vec<String>>| {
            !words.is_empty() && words.iter().all(|word| word.iter().any(|stem| said.contains(stem)))
        };
        let pattern = || answer.lines.first().map(|line| line.text.clone()).unwrap_or_default();
        answer.keywords.iter().any(holds).then(|| Match {
            at: *at,
            pattern: pattern(),
            by: CuratedMatch::Keyword,
            score: 1.0,
        })
    })
}

fn by_closeness(answers: &[Prepared], usable: &[(usize, &Prepared)], question: &str) -> Option<Match> {
    let rarity = Rarity::of(answers);
    let mut said: HashMap<Language, Vec<Term>> = HashMap::new();
    usable.iter().find_map(|(at, answer)| {
        let stems = answer.stems();
        let said = said.entry(stems).or_insert_with(|| content_of(question, stems));
        let likeness = |line: &Line| likeness(said, &line.content, &rarity);
        let (score, line) =
            answer.lines.iter().map(|line| (likeness(line), line)).max_by(|a, b| a.0.total_cmp(&b.0))?;
        (score >= CLOSE).then(|| Match {
            at: *at,
            pattern: line.text.clone(),
            by: CuratedMatch::Closeness,
            score,
        })
    })
}

/// The words of a line, each as its stems.
fn stemmed(line: &str, language: Language) -> Vec<Vec<String>> {
    let stored = words::index(line, language);
    let stems = |word: &str| -> Vec<String> {
        word.split('/').filter(|term| !term.starts_with(CONCEPT)).map(str::to_owned).collect()
    };
    stored.split(['\n', ' ']).map(stems).filter(|stems| stems.iter().any(|stem| !stem.is_empty())).collect()
}

/// What a text speaks of, without the words that only hold it together.
fn content_of(text: &str, stems: Language) -> Vec<Term> {
    let worth = |kind: Kind| match kind {
        Kind::Word | Kind::Pair => 1.0,
        Kind::Name | Kind::Number => 1.2,
        Kind::Code => 1.4,
        Kind::Character => 0.3,
        Kind::Light => 0.35,
        Kind::Implied => 0.4,
        Kind::Function => 0.0,
    };
    words::question(text, &[stems])
        .into_iter()
        .filter(|group| group.kind != Kind::Function)
        .map(|group| Term {
            worth: worth(group.kind),
            any: group.terms.into_iter().chain(group.concept.map(str::to_owned)).collect(),
        })
        .collect()
}

/// How rare a term is among all phrasings of an agent: what every phrasing has tells none of them apart.
struct Rarity<'a> {
    lines: f64,
    holding: HashMap<&'a str, f64>,
}

impl<'a> Rarity<'a> {
    fn of(answers: &'a [Prepared]) -> Self {
        let (mut lines, mut holding) = (0.0, HashMap::new());
        for line in answers.iter().flat_map(|answer| &answer.lines) {
            lines += 1.0;
            let terms: HashSet<&str> =
                line.content.iter().flat_map(|term| term.any.iter().map(String::as_str)).collect();
            for term in terms {
                *holding.entry(term).or_insert(0.0) += 1.0;
            }
        }
        Self { lines, holding }
    }

    /// Inverse document frequency, smoothed so that it is never below 1.
    fn weight(&self, term: &Term) -> f64 {
        let of = |term: &String| self.holding.get(term.as_str()).copied().unwrap_or(0.0);
        let holding = term.any.iter().map(of).fold(0.0, f64::max);
        term.worth * (1.0 + ((self.lines + 1.0) / (holding + 1.0)).ln())
    }
}

/// What two texts have in common, as a share of all they speak of (Dice's coefficient, weighted): 1 for the same
/// words in any order, 0 for nothing in common.
fn likeness(a: &[Term], b: &[Term], rarity: &Rarity<'_>) -> f64 {
    let sums = |from: &[Term], other: &[Term]| {
        from.iter().fold((0.0, 0.0), |(shared, all), term| {
            let weight = rarity.weight(term);
            let there = other.iter().any(|other| other.any.iter().any(|word| term.any.contains(word)));
            (if there { shared + weight } else { shared }, all + weight)
        })
    };
    let ((shared_a, all_a), (shared_b, all_b)) = (sums(a, b), sums(b, a));
    if all_a <= 0.0 || all_b <= 0.0 { 0.0 } else { ((shared_a + shared_b) / (all_a + all_b)).clamp(0.0, 1.0) }
}

/// The path of an address or of what somebody wrote as one: without query, fragment and closing slash, decoded.
fn path(written: &str) -> String {
    let written = written.trim();
    let behind_host = written
        .split_once("://")
        .map(|(_, rest)| rest.find('/').map_or("/", |at| rest.get(at..).unwrap_or("/")));
    let path = behind_host.unwrap_or(written);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = decoded(path);
    let path = if path.is_empty() || path.starts_with('/') { path } else { format!("/{path}") };
    match path.strip_suffix('/') {
        Some("") | None => path,
        Some(path) => path.to_owned(),
    }
}

/// Whether a page belongs to a line of the condition.
fn covers(wanted: &str, page: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(start) => page.starts_with(start) || start.strip_suffix('/') == Some(page),
        None => wanted == page,
    }
}

fn decoded(path: &str) -> String {
    let hex = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let bytes = path.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(byte) = bytes.get(at) {
        match (byte, hex(bytes.get(at + 1)), hex(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or(b'%'));
                at += 3;
            }
            _ => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| path.to_owned())
}
