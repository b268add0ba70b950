//! Spreadsheets as text: a table whose rows are found one by one.

use url::Url;

use super::{FileText, MAX_ROWS, Part, Refusal};
use crate::chunk::{self, Passage, Record};
use crate::delimited;
use crate::page::Block;

/// Names of the column that names the thing a row is about, in lower case.
const NAMES: [&str; 30] = [
    "name",
    "title",
    "product",
    "product name",
    "item",
    "item name",
    "service",
    "model",
    "question",
    "label",
    "artikel",
    "bezeichnung",
    "produkt",
    "titel",
    "leistung",
    "nombre",
    "producto",
    "servicio",
    "t\u{ed}tulo",
    "nom",
    "produit",
    "titre",
    "article",
    "nome",
    "prodotto",
    "titolo",
    "produto",
    "naam",
    "nazwa",
    "\u{43d}\u{430}\u{437}\u{432}\u{430}\u{43d}\u{438}\u{435}",
];

/// Longest cell, in bytes, of a header that says nothing but names.
const MAX_HEADER: usize = 80;

/// Longest name that is a heading of its row's passage.
const MAX_HEADING: usize = 120;

/// Most words of a row that is one line.
const MAX_LINE: usize = 60;

/// Most cells, empty ones included: each takes memory.
const MAX_CELLS: usize = 1_000_000;

/// Most bytes of all passages, in which the names of the columns are repeated with every row.
const MAX_PASSAGES: usize = 10_000_000;

/// Rows that are looked at to tell what a column holds.
const SAMPLE: usize = 200;

/// Reads delimited text. Lines above the table (`Price list 2026`) become paragraphs.
pub(super) fn read(text: &str) -> Result<FileText, Refusal> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut count = 0;
    for line in delimited::lines(text) {
        if rows.len() > MAX_ROWS {
            return Err(Refusal::TooLarge { what: format!("it has more than {MAX_ROWS} rows") });
        }
        let mut cells = line.cells;
        count += cells.len();
        if count > MAX_CELLS || cells.len() > delimited::MAX_COLUMNS {
            return Err(Refusal::TooLarge { what: "it has too many cells".to_owned() });
        }
        while cells.last().is_some_and(String::is_empty) {
            cells.pop();
        }
        rows.push(cells);
    }
    let columns = rows.iter().take(SAMPLE).map(Vec::len).max().unwrap_or(0);
    let filled = |row: &[String]| row.iter().filter(|cell| !cell.is_empty()).count();
    let above = rows.iter().take_while(|row| columns > 2 && filled(row) == 1).count();
    // A list that names one thing a row is no list of titles.
    let above = if above < rows.len() && above <= 5 { above } else { 0 };
    let mut blocks: Vec<Block> =
        rows.drain(..above).map(|row| Block::Paragraph { text: row.concat() }).collect();
    let mut header = Vec::new();
    if rows.split_first().is_some_and(|(first, rest)| is_header(first, rest)) {
        header = rows.remove(0);
    }
    let names: usize = header.iter().map(|name| name.len() + 3).sum();
    if names.saturating_mul(rows.len()) > MAX_PASSAGES {
        return Err(Refusal::TooLarge { what: "it has too many columns for so many rows".to_owned() });
    }
    if !header.is_empty() || !rows.is_empty() {
        blocks.push(Block::Table { header, rows });
    }
    let title = match blocks.as_slice() {
        [Block::Paragraph { text }, _, ..] => text.clone(),
        _ => String::new(),
    };
    Ok(FileText { title, language: None, parts: vec![Part { page: None, blocks, rows: true }] })
}

/// Whether a first row names the columns: short, different words, no values.
fn is_header(first: &[String], rest: &[Vec<String>]) -> bool {
    let names: Vec<&String> = first.iter().filter(|cell| !cell.is_empty()).collect();
    let like_names =
        names.iter().all(|cell| cell.len() <= MAX_HEADER && !cell.contains('\n') && !is_value(cell));
    let different =
        names.iter().enumerate().all(|(at, cell)| !names.iter().take(at).any(|other| other == cell));
    if rest.is_empty() || names.is_empty() || !like_names || !different {
        return false;
    }
    let sample = || rest.iter().take(SAMPLE);
    // A column of values below a name proves a header.
    let proven = (0..first.len()).any(|at| {
        let below = || sample().filter_map(|row| row.get(at)).filter(|cell| !cell.is_empty());
        below().count() > 0 && below().all(|cell| is_value(cell))
    });
    let known = names.iter().any(|cell| NAMES.contains(&cell.to_lowercase().as_str()));
    let sentences =
        names.iter().any(|cell| cell.ends_with(['.', '?', '!']) || cell.split_whitespace().count() > 5);
    proven || known || names.len() > 1 && !sentences
}

/// A number, price, date, address or the like: what stands below a name, not in its place.
fn is_value(cell: &str) -> bool {
    let letters = cell.chars().filter(|letter| letter.is_alphabetic()).count();
    let digits = cell.chars().filter(char::is_ascii_digit).count();
    digits > 0 && digits >= letters || cell.contains("://") || cell.contains('@') && cell.contains('.')
}

/// A passage for each row; what is not a table is cut as usual.
pub(super) fn passages(title: &str, address: &Url, blocks: &[Block], passages: &mut Vec<Passage>) {
    for block in blocks {
        match block {
            Block::Table { header, rows } => {
                let name = naming_column(header, rows);
                for cells in rows {
                    record(title, address, header, cells, name).passages(passages);
                }
                if rows.is_empty() {
                    let lines = vec![header.join(", ")];
                    Record { path: path(title, None), lines, ..Record::default() }.passages(passages);
                }
            }
            block => {
                for mut passage in chunk::chunk(title, address, std::slice::from_ref(block)) {
                    passage.ord = u32::try_from(passages.len()).unwrap_or(u32::MAX);
                    passages.push(passage);
                }
            }
        }
    }
}

fn record(title: &str, address: &Url, header: &[String], cells: &[String], name: usize) -> Record {
    let mut lines = Vec::with_capacity(cells.len());
    let mut named = 0;
    for (at, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
        if at == name {
            named = lines.len();
        }
        lines.push(match header.get(at).map(|column| column.trim_end_matches(':')) {
            Some(column) if !column.is_empty() => format!("{column}: {cell}"),
            _ => cell.clone(),
        });
    }
    if !header.is_empty() && is_short(&lines) {
        lines = vec![lines.join("; ")];
        named = 0;
    }
    let fragment = address.fragment().map(str::to_owned);
    Record { path: path(title, cells.get(name)), fragment, lines, name: named }
}

/// Whether a row's values are quoted as one line: each for itself says nothing of the thing it belongs to.
fn is_short(lines: &[String]) -> bool {
    let sentence = |line: &String| line.contains('\n') || line.ends_with(['.', '?', '!', '。', '？', '！']);
    let words: usize = lines.iter().map(|line| line.split_whitespace().count()).sum();
    words <= MAX_LINE && !lines.iter().any(sentence)
}

fn path(title: &str, name: Option<&String>) -> Vec<String> {
    let name = name.filter(|name| name.len() <= MAX_HEADING && !name.contains('\n')).map(String::as_str);
    let path = [Some(title.trim()), name].into_iter().flatten();
    path.filter(|heading| !heading.is_empty()).map(str::to_owned).collect()
}

/// The column that names what a row is about: by its header, or else the first that holds words.
fn naming_column(header: &[String], rows: &[Vec<String>]) -> usize {
    let lower: Vec<String> = header.iter().map(|column| column.to_lowercase()).collect();
    let known = NAMES.iter().find_map(|name| lower.iter().position(|column| column == name));
    let alike = || lower.iter().position(|column| column.ends_with("name") || column.ends_with("title"));
    let wordy = || {
        let columns = rows.iter().take(SAMPLE).map(Vec::len).max().unwrap_or(0);
        (0..columns).find(|at| {
            let cells = || rows.iter().take(SAMPLE).filter_map(|row| row.get(*at));
            let words = cells().filter(|cell| !cell.is_empty() && !is_value(cell)).count();
            words * 2 > cells().count()
        })
    };
    known.or_else(alike).or_else(wordy).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(csv: &str) -> Vec<String> {
        let url = Url::parse("https://a.example/f.csv").unwrap();
        read(csv).unwrap().passages("List", &url).into_iter().map(|passage| passage.text).collect()
    }

    #[test]
    fn a_row_is_a_passage_that_carries_the_header() {
        let csv = "SKU,Name,Price,\n1,Lamp,9 EUR,bright\n2,Bed,\"1,200 EUR\"\n3,Rug\n";
        assert_eq!(
            texts(csv),
            [
                "SKU: 1; Name: Lamp; Price: 9 EUR; bright",
                "SKU: 2; Name: Bed; Price: 1,200 EUR",
                "SKU: 3; Name: Rug"
            ]
        );
        let url = Url::parse("https://a.example/f.csv").unwrap();
        let passages = read(csv).unwrap().passages("List", &url);
        assert_eq!(passages[1].heading_path, ["List", "Bed"]);
        assert_eq!(passages[2].ord, 2);
    }

    #[test]
    fn sentences_and_long_rows_keep_their_lines() {
        let answers = "Question,Answer\nDo you deliver?,Yes.\nCash?,\"No, cards\"\n";
        assert_eq!(texts(answers)[0], "Question: Do you deliver?\nAnswer: Yes.");
        let long = format!("Name,Text\nLamp,{}\n", "bright ".repeat(80));
        assert!(texts(&long)[0].starts_with("Name: Lamp\nText: bright"));
    }

    #[test]
    fn a_first_row_of_values_is_no_header() {
        assert_eq!(texts("Lamp;12,50\nBed;9,00"), ["Lamp\n12,50", "Bed\n9,00"]);
        assert_eq!(texts("Do you deliver?,Yes.\nCash?,No."), ["Do you deliver?\nYes.", "Cash?\nNo."]);
        assert_eq!(texts("only\none\ncolumn"), ["only", "one", "column"]);
        assert_eq!(texts("Name\nLamp"), ["Name: Lamp"]);
    }

    #[test]
    fn lines_above_the_table_are_its_title() {
        let csv = "Price list 2026,,\n,,\nName,Size,Price\nLamp,S,9\nBed,L,100\n";
        assert_eq!(read(csv).unwrap().title, "Price list 2026");
        assert_eq!(
            texts(csv),
            ["Price list 2026", "Name: Lamp; Size: S; Price: 9", "Name: Bed; Size: L; Price: 100"]
        );
    }

    #[test]
    fn a_header_without_rows_and_nothing_at_all() {
        assert_eq!(texts("Name,Price"), ["Name\nPrice"]);
        assert!(texts("").is_empty());
        assert!(texts(",,,\n,,").is_empty());
    }

    #[test]
    fn too_many_rows_and_cells_are_refused() {
        let endless = format!("a{}", ",".repeat(delimited::MAX_COLUMNS));
        assert!(matches!(read(&endless), Err(Refusal::TooLarge { .. })));
        let wide = format!("a{}\n", ",".repeat(999)).repeat(1_001);
        assert!(matches!(read(&wide), Err(Refusal::TooLarge { .. })));
        let most = format!("Name,Price\n{}", "Lamp,9\n".repeat(MAX_ROWS));
        assert!(read(&most).is_ok());
        assert!(
            matches!(read(&format!("{most}Bed,9\n")), Err(Refusal::TooLarge { what }) if what.contains("20000 rows"))
        );
    }
}
