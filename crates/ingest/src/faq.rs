//! Lists of questions with answers, written in a spreadsheet: one passage for each.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;

use crate::chunk::{Passage, Record};
use crate::delimited::{self, Line};

/// Most pairs of one list.
pub const MAX_PAIRS: usize = 2_000;

/// Largest list, in bytes.
pub const MAX_BYTES: usize = 5_000_000;

/// Longest question, in letters.
pub const MAX_QUESTION: usize = 500;

/// Longest answer, in letters.
pub const MAX_ANSWER: usize = 20_000;

/// Names of the column of questions, in lower case.
const QUESTION: [&str; 33] = [
    "question",
    "questions",
    "q",
    "faq",
    "frage",
    "fragen",
    "f",
    "pregunta",
    "preguntas",
    "p",
    "pergunta",
    "perguntas",
    "domanda",
    "domande",
    "vraag",
    "vragen",
    "pytanie",
    "pytania",
    "fr\u{e5}ga",
    "fr\u{e5}gor",
    "sp\u{f8}rgsm\u{e5}l",
    "sp\u{f8}rsm\u{e5}l",
    "kysymys",
    "ot\u{e1}zka",
    "k\u{e9}rd\u{e9}s",
    "\u{ee}ntrebare",
    "soru",
    "\u{432}\u{43e}\u{43f}\u{440}\u{43e}\u{441}",
    "\u{437}\u{430}\u{43f}\u{438}\u{442}\u{430}\u{43d}\u{43d}\u{44f}",
    "\u{95ee}\u{9898}",
    "\u{8cea}\u{554f}",
    "\u{c9c8}\u{bb38}",
    "\u{633}\u{624}\u{627}\u{644}",
];

/// Names of the column of answers, in lower case.
const ANSWER: [&str; 35] = [
    "answer",
    "answers",
    "a",
    "reply",
    "response",
    "antwort",
    "antworten",
    "respuesta",
    "respuestas",
    "r",
    "r\u{e9}ponse",
    "r\u{e9}ponses",
    "reponse",
    "resposta",
    "respostas",
    "risposta",
    "risposte",
    "antwoord",
    "antwoorden",
    "odpowied\u{17a}",
    "odpowiedzi",
    "svar",
    "vastaus",
    "odpov\u{11b}\u{10f}",
    "odpove\u{10f}",
    "v\u{e1}lasz",
    "r\u{103}spuns",
    "cevap",
    "yan\u{131}t",
    "\u{43e}\u{442}\u{432}\u{435}\u{442}",
    "\u{432}\u{456}\u{434}\u{43f}\u{43e}\u{432}\u{456}\u{434}\u{44c}",
    "\u{7b54}\u{6848}",
    "\u{56de}\u{7b54}",
    "\u{b2f5}\u{bcc0}",
    "\u{62c}\u{648}\u{627}\u{628}",
];

/// A question and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    pub question: String,
    pub answer: String,
}

/// Why a list is refused; nothing of it is taken then. Lines count from 1, as spreadsheets show them.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FaqError {
    #[error("There are no questions in this file. Write one a line: the question, then its answer.")]
    Empty,
    #[error("This file is not text. Export the list as CSV and upload that.")]
    NotText,
    #[error("This file is larger than {MAX_BYTES} bytes. Split it.")]
    TooLarge,
    #[error("There are more than {MAX_PAIRS} questions. Split the file.")]
    TooMany,
    #[error("Line {line}: there is no column of answers. Name one \"question\" and one \"answer\".")]
    Columns { line: u64 },
    #[error("Line {line}: the question \"{question}\" has no answer. Write one or delete the line.")]
    NoAnswer { line: u64, question: String },
    #[error("Line {line}: an answer without a question. Write the question or delete the line.")]
    NoQuestion { line: u64 },
    #[error(
        "Line {line} has {found} columns instead of {expected}. Put texts that contain the delimiter in quotation marks."
    )]
    MoreColumns { line: u64, found: usize, expected: usize },
    #[error(
        "Line {line}: the question is longer than {MAX_QUESTION} letters. Shorten it; is a quotation mark missing above?"
    )]
    LongQuestion { line: u64 },
    #[error(
        "Line {line}: the answer is longer than {MAX_ANSWER} letters. Shorten it; is a quotation mark missing?"
    )]
    LongAnswer { line: u64 },
}

/// Where a list has its questions and answers.
struct Columns {
    question: usize,
    answer: usize,
    /// How many columns the list has, where its first line says so.
    count: usize,
}

/// Reads a list of questions with answers: the columns that are named so in one of many languages, or else the
/// first two.
pub fn parse_csv(bytes: &[u8]) -> Result<Vec<Pair>, FaqError> {
    if bytes.len() > MAX_BYTES {
        return Err(FaqError::TooLarge);
    }
    let text = crate::page::decode(bytes, None);
    if text.contains('\0') || bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"%PDF-") {
        return Err(FaqError::NotText);
    }
    let mut lines = delimited::lines(&text).peekable();
    let first = lines.peek().ok_or(FaqError::Empty)?;
    let (columns, named) = match header(first)? {
        Some(columns) => (columns, true),
        None => (Columns { question: 0, answer: 1, count: first.cells.len().max(2) }, false),
    };
    if named {
        lines.next();
    }
    let mut pairs = Vec::new();
    for line in lines {
        if pairs.len() == MAX_PAIRS {
            return Err(FaqError::TooMany);
        }
        pairs.extend(pair(line, &columns)?);
    }
    if pairs.is_empty() { Err(FaqError::Empty) } else { Ok(pairs) }
}

/// The columns a first line names; `None` if it is a pair already.
fn header(line: &Line) -> Result<Option<Columns>, FaqError> {
    let place = |names: &[&str]| {
        line.cells
            .iter()
            .position(|cell| names.contains(&cell.trim_end_matches([':', '?', '.']).to_lowercase().as_str()))
    };
    let count = line.cells.len();
    let columns = |question, answer| Ok(Some(Columns { question, answer, count }));
    match (place(&QUESTION), place(&ANSWER), count) {
        (Some(question), Some(answer), _) => columns(question, answer),
        // Of two columns the other one is known as well.
        (Some(question @ 0..=1), None, 2) => columns(question, 1 - question),
        (None, Some(answer @ 0..=1), 2) => columns(1 - answer, answer),
        (Some(_), None, _) => Err(FaqError::Columns { line: line.number }),
        (_, _, 1) => Err(FaqError::Columns { line: line.number }),
        _ => Ok(None),
    }
}

/// The pair of a line; `None` if the line has words in other columns alone.
fn pair(line: Line, columns: &Columns) -> Result<Option<Pair>, FaqError> {
    let number = line.number;
    let beyond = line.cells.iter().skip(columns.count).any(|cell| !cell.is_empty());
    if beyond {
        let (found, expected) = (line.cells.len(), columns.count);
        return Err(FaqError::MoreColumns { line: number, found, expected });
    }
    let cell = |at: usize| line.cells.get(at).cloned().unwrap_or_default();
    let (question, answer) = (cell(columns.question), cell(columns.answer));
    match (question.is_empty(), answer.is_empty()) {
        (true, true) => return Ok(None),
        (true, false) => return Err(FaqError::NoQuestion { line: number }),
        (false, true) => {
            let question = question.chars().take(80).collect();
            return Err(FaqError::NoAnswer { line: number, question });
        }
        (false, false) => {}
    }
    if question.chars().count() > MAX_QUESTION {
        return Err(FaqError::LongQuestion { line: number });
    }
    if answer.chars().count() > MAX_ANSWER {
        return Err(FaqError::LongAnswer { line: number });
    }
    Ok(Some(Pair { question: question.replace('\n', " "), answer }))
}

/// A passage for each pair, reached by `#q-1` and so on. An answer longer than a passage is several, each below
/// its question.
#[must_use]
pub fn passages(pairs: &[Pair], title: &str, _address: &Url) -> Vec<Passage> {
    let mut passages = Vec::new();
    for (at, pair) in pairs.iter().enumerate() {
        let path = [title.trim(), pair.question.trim()];
        Record {
            path: path.into_iter().filter(|heading| !heading.is_empty()).map(str::to_owned).collect(),
            fragment: Some(format!("q-{}", at + 1)),
            lines: vec![pair.question.clone(), pair.answer.clone()],
            name: 0,
        }
        .passages(&mut passages);
    }
    passages
}

#[cfg(test)]
mod tests;
