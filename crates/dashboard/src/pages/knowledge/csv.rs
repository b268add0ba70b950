//! Questions and answers as a table: reading what a spreadsheet exported, with the lines that are wrong, and
//! writing it again. Format: RFC 4180, with the delimiters that spreadsheets use.

use protocol::api::Pair;

/// What was read of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Table {
    pub(crate) pairs: Vec<Pair>,
    pub(crate) wrong: Vec<Wrong>,
    /// The first line names the columns.
    pub(crate) header: bool,
}

/// A line that is no pair.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wrong {
    /// Counted as spreadsheets do, from 1.
    pub(crate) line: usize,
    pub(crate) why: &'static str,
    pub(crate) text: String,
}

const QUESTION: [&str; 8] =
    ["question", "questions", "q", "frage", "pregunta", "pergunta", "domanda", "質問"];
const ANSWER: [&str; 9] =
    ["answer", "answers", "a", "antwort", "respuesta", "réponse", "resposta", "risposta", "回答"];

/// Reads a table of two columns; columns named question and answer are found wherever they stand.
pub(crate) fn read(text: &str) -> Table {
    let rows = rows(text.trim_start_matches('\u{feff}'));
    let mut table = Table::default();
    let (mut question, mut answer) = (0, 1);
    let mut rows = rows.into_iter().filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty())).peekable();
    if let Some((_, first)) = rows.peek() {
        // The clearer name wins: "answer" before "a".
        let at = |names: &[&str]| {
            names.iter().find_map(|name| first.iter().position(|cell| cell.to_lowercase() == *name))
        };
        if let (Some(q), Some(a)) = (at(&QUESTION), at(&ANSWER)) {
            (question, answer, table.header) = (q, a, true);
            rows.next();
        }
    }
    for (line, cells) in rows {
        let cell = |at: usize| cells.get(at).cloned().unwrap_or_default();
        let (q, a) = (cell(question), cell(answer));
        let why = if cells.len() < 2 {
            Some("There is one column only. Put the answer into a second one.")
        } else if q.is_empty() {
            Some("The question is missing.")
        } else if a.is_empty() {
            Some("The answer is missing.")
        } else if !table.header && cells.len() > 2 && cells.iter().skip(2).any(|cell| !cell.is_empty()) {
            Some("There are more than two columns. Put texts with the delimiter in quotation marks.")
        } else {
            None
        };
        match why {
            Some(why) => {
                table.wrong.push(Wrong { line, why, text: cells.join(" | ").chars().take(80).collect() })
            }
            None => table.pairs.push(Pair { question: q, answer: a }),
        }
    }
    table
}

/// The delimiter that the first line has most of, outside quotation marks.
fn delimiter(text: &str) -> char {
    let mut counts = [(',', 0), (';', 0), ('\t', 0)];
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            '\n' if !quoted => break,
            c if !quoted => counts.iter_mut().filter(|(d, _)| *d == c).for_each(|(_, n)| *n += 1),
            _ => {}
        }
    }
    counts.into_iter().rev().max_by_key(|(_, n)| *n).map_or(',', |(d, _)| d)
}

/// Rows with the line each begins in.
fn rows(text: &str) -> Vec<(usize, Vec<String>)> {
    let delimiter = delimiter(text);
    let (mut out, mut cells, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut line, mut start, mut quoted) = (1, 1, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\n' {
            line += 1;
        }
        if quoted {
            match c {
                '"' if chars.peek() == Some(&'"') => {
                    chars.next();
                    cell.push('"');
                }
                '"' => quoted = false,
                c => cell.push(c),
            }
        } else if c == '"' && cell.trim().is_empty() {
            cell.clear();
            quoted = true;
        } else if c == delimiter {
            cells.push(std::mem::take(&mut cell).trim().to_owned());
        } else if c == '\n' {
            cells.push(std::mem::take(&mut cell).trim().to_owned());
            out.push((start, std::mem::take(&mut cells)));
            start = line;
        } else if c != '\r' {
            cell.push(c);
        }
    }
    if !cell.is_empty() || !cells.is_empty() {
        cells.push(cell.trim().to_owned());
        out.push((start, cells));
    }
    out
}

/// A table with a header. Cells that a spreadsheet would run as a formula begin with an apostrophe.
pub(crate) fn write(pairs: &[Pair]) -> String {
    let cell = |text: &str| {
        let formula = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
        format!("\"{formula}{}\"", text.replace('"', "\"\""))
    };
    let mut out = "question,answer\r\n".to_owned();
    for pair in pairs {
        out.push_str(&format!("{},{}\r\n", cell(&pair.question), cell(&pair.answer)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(question: &str, answer: &str) -> Pair {
        Pair { question: question.into(), answer: answer.into() }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let pairs = vec![pair("Do you \"board\", or not?", "Yes;\nin summer"), pair("Q", "A, b")];
        let table = read(&write(&pairs));
        assert_eq!((table.pairs, table.wrong, table.header), (pairs, Vec::new(), true));
    }

    #[test]
    fn wrong_lines_are_named_as_spreadsheets_count_them() {
        let table = read("a;Question;Answer\n1;\"two\nlines\";x\n2;;y\n3;z;\n");
        assert_eq!(table.pairs, vec![pair("two\nlines", "x")]);
        assert_eq!(table.wrong.iter().map(|wrong| wrong.line).collect::<Vec<_>>(), vec![4, 5]);
        assert_eq!(read("only questions\nsecond").wrong.len(), 2);
        assert_eq!(read("").pairs.len(), 0);
    }

    #[test]
    fn formulas_are_defused() {
        assert!(write(&[pair("=1+1", "@x")]).contains("\"'=1+1\",\"'@x\""));
    }
}
