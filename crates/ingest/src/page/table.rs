//! Tables of data, told from tables that lay out a page.

use dom_query::NodeRef;

use super::dom;
use super::inline::Inline;
use super::survey::Survey;

/// Most cells a span is spread over; a larger one is a mistake or an attack.
const MAX_SPAN: usize = 50;

/// Longest average cell, in letters: above it the table holds prose in columns.
const MAX_CELL: usize = 600;

#[derive(Debug)]
pub(super) struct Data {
    pub(super) caption: Option<String>,
    pub(super) header: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
    /// Share of letters inside links.
    pub(super) linked: f64,
}

/// The table's rows; `None` when it lays out the page or a listing of code.
pub(super) fn read(node: &NodeRef, survey: &Survey) -> Option<Data> {
    let presentation = node.attr("role").is_some_and(|role| matches!(&*role, "presentation" | "none"));
    if presentation || dom::has_any(node, &["table", "h1", "h2", "h3", "pre", "form", "article"]) {
        return None;
    }
    let mut lines: Vec<Line> = Vec::new();
    let mut hanging: Vec<(usize, String)> = Vec::new();
    for row in node.descendants_it().filter(|row| row.has_name("tr")) {
        lines.push(read_row(&row, survey, &mut hanging));
    }
    lines.retain(|line| line.cells.iter().any(|cell| !cell.is_empty()));
    let width = lines.iter().map(|line| line.cells.len()).max()?;
    let letters: usize = lines.iter().flat_map(|line| &line.cells).map(String::len).sum();
    let cells: usize = lines.iter().map(|line| line.cells.len()).sum();
    if width < 2 || letters / cells.max(1) > MAX_CELL {
        return None;
    }
    let caption = node.children_it(false).find(|child| child.has_name("caption")).and_then(|caption| {
        let mut inline = Inline::default();
        inline.element(&caption, survey);
        Some(inline.take().0).filter(|text| !text.is_empty())
    });
    let named = lines.len() > 1 && lines.first().is_some_and(|line| line.names_columns);
    let mut lines = lines.into_iter().map(|line| line.cells);
    let header = if named { lines.next().unwrap_or_default() } else { Vec::new() };
    Some(Data { caption, header, rows: lines.collect(), linked: survey.of(node).link_share() })
}

struct Line {
    cells: Vec<String>,
    names_columns: bool,
}

/// One row. A cell that spans rows is repeated in each, so that every row can be read alone; `hanging`
/// carries how many more rows each column's cell fills.
fn read_row(row: &NodeRef, survey: &Survey, hanging: &mut Vec<(usize, String)>) -> Line {
    let mut cells: Vec<String> = Vec::new();
    let (mut heads, mut all) = (0, 0);
    let in_head = row.parent().is_some_and(|parent| parent.has_name("thead"));
    for cell in row.children_it(false).filter(|cell| cell.has_name("td") || cell.has_name("th")) {
        if is_line_number(&cell) {
            continue;
        }
        fill(&mut cells, hanging);
        all += 1;
        heads += usize::from(cell.has_name("th"));
        let mut inline = Inline::default();
        inline.element(&cell, survey);
        let (text, _) = inline.take();
        let span = |name| dom::attribute(&cell, name).and_then(|span| span.parse().ok()).unwrap_or(1_usize);
        let down = span("rowspan").clamp(1, MAX_SPAN) - 1;
        for column in 0..span("colspan").clamp(1, MAX_SPAN) {
            let at = cells.len();
            if hanging.len() <= at {
                hanging.resize(at + 1, (0, String::new()));
            }
            let text = if column == 0 { text.clone() } else { String::new() };
            if let Some(slot) = hanging.get_mut(at) {
                *slot = (down, text.clone());
            }
            cells.push(text);
        }
    }
    fill(&mut cells, hanging);
    Line { names_columns: in_head || (heads == all && all > 0), cells }
}

/// Takes over the cells that hang down from the rows above.
fn fill(cells: &mut Vec<String>, hanging: &mut [(usize, String)]) {
    while let Some((left, text)) = hanging.get_mut(cells.len()).filter(|(left, _)| *left > 0) {
        *left -= 1;
        cells.push(text.clone());
    }
}

/// A column of line numbers beside code.
pub(super) fn is_line_number(node: &NodeRef) -> bool {
    node.attr("class").is_some_and(|class| {
        class.split_ascii_whitespace().any(|class| {
            matches!(
                class,
                "linenos"
                    | "lineno"
                    | "linenodiv"
                    | "line-numbers-rows"
                    | "gutter"
                    | "blob-num"
                    | "line-number"
            )
        })
    })
}
