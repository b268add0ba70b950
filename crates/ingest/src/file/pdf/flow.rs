//! The lines of a region become paragraphs, list items and tables.

use super::line::Segment;

/// A run of text of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Paragraph {
    pub text: String,
    pub size: f64,
    pub bold: bool,
    pub lines: usize,
    /// Where its first line begins, in sizes from the region's edge.
    pub indent: f64,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    Text(Paragraph),
    Table { header: Vec<String>, rows: Vec<Vec<String>> },
}

/// Segments that share a baseline, from left to right.
struct Row {
    cells: Vec<Segment>,
    v: f64,
    size: f64,
}

pub fn items(region: Vec<Segment>) -> Vec<Item> {
    let left = region.iter().map(|it| it.u0).fold(f64::INFINITY, f64::min);
    let right = region.iter().map(|it| it.u1).fold(f64::NEG_INFINITY, f64::max);
    let rows = rows(region);
    let mut items = Vec::new();
    let mut lines: Vec<Segment> = Vec::new();
    let mut rest = rows.as_slice();
    while let Some((row, after)) = rest.split_first() {
        if let Some((table, length)) = table(rest) {
            paragraphs(std::mem::take(&mut lines), left, right, &mut items);
            items.push(table);
            rest = rest.get(length..).unwrap_or_default();
        } else {
            lines.push(joined(row));
            rest = after;
        }
    }
    paragraphs(lines, left, right, &mut items);
    items
}

fn rows(mut segments: Vec<Segment>) -> Vec<Row> {
    segments.sort_by(|a, b| b.v.total_cmp(&a.v));
    let mut rows: Vec<Row> = Vec::new();
    for segment in segments {
        match rows.last_mut() {
            Some(row) if row.v - segment.v < 0.4 * row.size.min(segment.size) => row.cells.push(segment),
            _ => rows.push(Row { v: segment.v, size: segment.size, cells: vec![segment] }),
        }
    }
    for row in &mut rows {
        row.cells.sort_by(|a, b| a.u0.total_cmp(&b.u0));
        let rtl = row.cells.iter().filter(|cell| cell.rtl).count() * 2 > row.cells.len();
        if rtl {
            row.cells.reverse();
        }
    }
    rows
}

fn joined(row: &Row) -> Segment {
    let text = row.cells.iter().map(|cell| cell.text.as_str()).collect::<Vec<_>>().join(" ");
    let longest = row.cells.iter().max_by_key(|cell| cell.text.len());
    Segment {
        text,
        u0: row.cells.iter().map(|cell| cell.u0).fold(f64::INFINITY, f64::min),
        u1: row.cells.iter().map(|cell| cell.u1).fold(f64::NEG_INFINITY, f64::max),
        v: row.v,
        size: longest.map_or(row.size, |cell| cell.size),
        bold: row.cells.iter().all(|cell| cell.bold),
        rtl: longest.is_some_and(|cell| cell.rtl),
    }
}

/// The table that begins at the first row, and how many rows it takes: rows of several cells whose columns agree.
fn table(rows: &[Row]) -> Option<(Item, usize)> {
    let mut columns: Vec<(f64, f64)> = Vec::new();
    let mut length = 0;
    for (at, row) in rows.iter().enumerate().take(2_000) {
        if row.cells.len() < 2 {
            break;
        }
        // A gap as between paragraphs ends a table.
        let near =
            at == 0 || rows.get(at - 1).is_some_and(|above| above.v - row.v < 3.5 * above.size.max(row.size));
        let mut wider = columns.clone();
        if !near || !row.cells.iter().all(|cell| take_in(&mut wider, cell)) || !apart(&mut wider, row) {
            break;
        }
        columns = wider;
        length += 1;
    }
    if length < 2 || columns.len() < 2 {
        return None;
    }
    let taken = rows.get(..length)?;
    let lines: Vec<Vec<String>> = taken.iter().map(|row| cells(&columns, row)).collect();
    let bold = |row: &Row| row.cells.iter().all(|cell| cell.bold);
    let headed = taken.first().is_some_and(bold) && !taken.iter().skip(1).any(bold);
    let mut lines = lines.into_iter();
    let header = if headed { lines.next().unwrap_or_default() } else { Vec::new() };
    Some((Item::Table { header, rows: lines.collect() }, length))
}

/// Widens the column a cell belongs to, or begins one; `false` if it spans several.
fn take_in(columns: &mut Vec<(f64, f64)>, cell: &Segment) -> bool {
    let mut over = columns.iter_mut().filter(|column| cell.u0 < column.1 && column.0 < cell.u1);
    let Some(first) = over.next() else {
        columns.push((cell.u0, cell.u1));
        return true;
    };
    if over.next().is_some() {
        return false;
    }
    *first = (first.0.min(cell.u0), first.1.max(cell.u1));
    true
}

/// Whether every cell of a row has a column of its own.
fn apart(columns: &mut [(f64, f64)], row: &Row) -> bool {
    columns.sort_by(|a, b| a.0.total_cmp(&b.0));
    if columns.windows(2).any(|pair| matches!(pair, [a, b] if a.1 > b.0)) {
        return false;
    }
    let mut used: Vec<usize> = row.cells.iter().filter_map(|cell| column_of(columns, cell)).collect();
    used.sort_unstable();
    used.dedup();
    used.len() == row.cells.len()
}

fn column_of(columns: &[(f64, f64)], cell: &Segment) -> Option<usize> {
    columns.iter().position(|column| cell.u0 < column.1 && column.0 < cell.u1)
}

fn cells(columns: &[(f64, f64)], row: &Row) -> Vec<String> {
    let mut texts = vec![String::new(); columns.len()];
    for cell in &row.cells {
        if let Some(text) = column_of(columns, cell).and_then(|at| texts.get_mut(at)) {
            text.push_str(&cell.text);
        }
    }
    texts
}

fn paragraphs(lines: Vec<Segment>, left: f64, right: f64, items: &mut Vec<Item>) {
    let mut open: Option<Paragraph> = None;
    let mut previous: Option<Segment> = None;
    let mut advance: Option<f64> = None;
    for line in lines {
        let follows = match (&open, &previous) {
            (Some(paragraph), Some(above)) => continues(paragraph, above, &line, advance, right - left),
            _ => false,
        };
        let step = previous.as_ref().map(|above| above.v - line.v);
        match open.as_mut().filter(|_| follows) {
            Some(paragraph) => {
                append(&mut paragraph.text, &line.text);
                paragraph.lines += 1;
                advance = step;
            }
            None => {
                items.extend(open.take().map(Item::Text));
                let indent = (line.u0 - left) / line.size.max(0.1);
                let (text, size, bold) = (line.text.clone(), line.size, line.bold);
                open = Some(Paragraph { text, size, bold, lines: 1, indent });
                advance = None;
            }
        }
        previous = Some(line);
    }
    items.extend(open.map(Item::Text));
}

fn continues(
    paragraph: &Paragraph,
    above: &Segment,
    line: &Segment,
    advance: Option<f64>,
    width: f64,
) -> bool {
    let size = paragraph.size.max(line.size);
    let step = above.v - line.v;
    let usual = advance.map_or(1.75 * size, |advance| 1.25 * advance.max(size));
    let alike = (paragraph.size - line.size).abs() < 0.08 * size && paragraph.bold == line.bold;
    if step > usual || !alike || is_item(&line.text) {
        return false;
    }
    // A first line set in, after a line that is not.
    let item = is_item(&paragraph.text);
    let indented = line.u0 - above.u0 > 0.8 * size && !item && paragraph.lines > 1;
    // A line that ends early with the end of a sentence ends its paragraph.
    let short = above.u1 - above.u0 < 0.75 * width && above.text.ends_with(['.', '!', '?', ':', '。']);
    // Back from a list item's hanging indent to the margin.
    let outdented = item && above.u0 - line.u0 > 0.8 * size;
    !(indented || outdented || (short && !line.rtl))
}

/// Whether a line begins as items of lists do.
pub fn is_item(text: &str) -> bool {
    super::blocks::marker(text).is_some()
}

/// Appends a line, without the hyphen that parted a word.
pub fn append(text: &mut String, line: &str) {
    let mut end = text.chars().rev();
    let (last, before) = (end.next(), end.next());
    let first = line.chars().next();
    match (before, last, first) {
        (Some(before), Some('-' | '\u{2010}' | '\u{AD}'), Some(first)) if before.is_alphanumeric() => {
            // A capital or digit after it says that the hyphen is the word's own.
            if last == Some('\u{AD}') || (before.is_alphabetic() && first.is_lowercase()) {
                text.pop();
            }
        }
        (_, Some(last), Some(first)) if is_unspaced(last) && is_unspaced(first) => {}
        (_, None, _) => {}
        _ => text.push(' '),
    }
    text.push_str(line);
}

/// Scripts that are written without spaces between words.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{312F}' | '\u{31A0}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FFEF}'
        | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, u0: f64, v: f64) -> Segment {
        let u1 = u0 + 5.0 * text.chars().count() as f64;
        Segment { text: text.into(), u0, u1, v, size: 10.0, bold: false, rtl: false }
    }

    fn texts(region: Vec<Segment>) -> Vec<String> {
        let text = |item| match item {
            Item::Text(paragraph) => paragraph.text,
            Item::Table { rows, .. } => format!("{rows:?}"),
        };
        items(region).into_iter().map(text).collect()
    }

    #[test]
    fn lines_become_paragraphs_without_their_hyphens() {
        let found = texts(vec![
            line("A para-", 0.0, 0.0),
            line("graph about E-", 0.0, -12.0),
            line("Bikes", 0.0, -24.0),
            line("Another", 0.0, -48.0),
        ]);
        assert_eq!(found, ["A paragraph about E-Bikes", "Another"]);
    }

    #[test]
    fn lines_of_chinese_join_without_a_space() {
        let mut text = String::from("你好");
        append(&mut text, "世界");
        assert_eq!(text, "你好世界");
    }

    #[test]
    fn rows_whose_columns_agree_are_a_table() {
        let found = texts(vec![
            line("Prices", 0.0, 20.0),
            line("Tube", 0.0, 0.0),
            line("9 £", 100.0, 0.0),
            line("Chain fitting", 0.0, -12.0),
            line("20 £", 95.0, -12.0),
        ]);
        assert_eq!(found[0], "Prices");
        assert_eq!(found[1], r#"[["Tube", "9 £"], ["Chain fitting", "20 £"]]"#);
    }
}
