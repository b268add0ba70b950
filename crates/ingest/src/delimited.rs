//! Delimited text (CSV, TSV and what spreadsheets call so): which sign divides the cells, and the records.

use csv::{ByteRecord, Reader, ReaderBuilder};

/// Signs that divide cells, the one least used in prose first: of two that fit equally well it is the one.
const DELIMITERS: [u8; 4] = [b'\t', b';', b'|', b','];

/// How much of a text is looked at to find its delimiter.
const SAMPLE: usize = 64_000;

/// Records of it.
const SAMPLE_RECORDS: usize = 100;

/// Most cells of a record, those of Excel. One more is read, so that a longer record is known.
pub(crate) const MAX_COLUMNS: usize = 16_384;

/// A record, and where it begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Line {
    /// Counts from 1, as editors do.
    pub(crate) number: u64,
    pub(crate) cells: Vec<String>,
}

/// How well a delimiter fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fit {
    /// Records, in per cent, that have the usual number of cells.
    pub(crate) even: usize,
    /// The usual number of cells.
    pub(crate) columns: usize,
    pub(crate) records: usize,
}

/// The records of a text one by one, cells trimmed. Lines without a word in them are left out. Never fails:
/// every text is CSV, if need be of one column.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = Line> {
    let (text, declared) = declared(text);
    let delimiter = declared.or_else(|| sniff(text).map(|(delimiter, _)| delimiter)).unwrap_or(b',');
    let mut reader = reader(text, delimiter);
    let mut record = ByteRecord::new();
    let skipped = u64::from(declared.is_some());
    std::iter::from_fn(move || {
        while reader.read_byte_record(&mut record).unwrap_or(false) {
            let cells: Vec<String> = record.iter().take(MAX_COLUMNS + 1).map(cell).collect();
            if cells.iter().any(|cell| !cell.is_empty()) {
                let number = record.position().map_or(0, |at| line_of(text, at)) + skipped;
                return Some(Line { number, cells });
            }
        }
        None
    })
}

/// The line a record begins in: the reader's place is before the ends of lines it will skip.
fn line_of(text: &str, at: &csv::Position) -> u64 {
    let rest =
        usize::try_from(at.byte()).ok().and_then(|byte| text.as_bytes().get(byte..)).unwrap_or_default();
    let ends = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n');
    at.line() + ends.count() as u64
}

/// The delimiter of a text and how well it fits; `None` if every record has one cell.
pub(crate) fn sniff(text: &str) -> Option<(u8, Fit)> {
    let cut = text.len() > SAMPLE;
    let sample = if cut { text.get(..text.floor_char_boundary(SAMPLE)).unwrap_or(text) } else { text };
    let mut best: Option<(u8, Fit)> = None;
    for delimiter in DELIMITERS {
        let fit = fit(sample, delimiter, cut);
        if fit.columns > 1
            && best.is_none_or(|(_, other)| (fit.even, fit.columns) > (other.even, other.columns))
        {
            best = Some((delimiter, fit));
        }
    }
    best
}

fn fit(sample: &str, delimiter: u8, cut: bool) -> Fit {
    let mut reader = reader(sample, delimiter);
    let mut record = ByteRecord::new();
    let mut sizes = Vec::new();
    while sizes.len() < SAMPLE_RECORDS && reader.read_byte_record(&mut record).unwrap_or(false) {
        if record.iter().any(|cell| !cell.trim_ascii().is_empty()) {
            sizes.push(record.len());
        }
    }
    if cut && sizes.len() > 1 && sizes.len() < SAMPLE_RECORDS {
        sizes.pop();
    }
    let count = |size: usize| sizes.iter().filter(|other| **other == size).count();
    let usual = sizes.iter().copied().max_by_key(|size| (count(*size), *size)).unwrap_or(0);
    Fit {
        even: (count(usual) * 100).checked_div(sizes.len()).unwrap_or(0),
        columns: usual,
        records: sizes.len(),
    }
}

/// A first line `sep=;`, which Excel writes and hides.
fn declared(text: &str) -> (&str, Option<u8>) {
    let text = text.trim_start_matches('\u{feff}');
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    match first.trim_end_matches('\r').strip_prefix("sep=").map(str::as_bytes) {
        Some([delimiter]) if delimiter.is_ascii() => (rest, Some(*delimiter)),
        _ => (text, None),
    }
}

fn reader(text: &str, delimiter: u8) -> Reader<&[u8]> {
    ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(text.as_bytes())
}

/// A cell's text: single spaces, the author's line breaks, no empty lines. Shops export texts as HTML.
fn cell(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    if text.contains("</") || text.contains("<br") {
        return crate::page::text(&crate::page::fragment(&text)).replace("\n\n", "\n");
    }
    let mut out = String::new();
    for line in text.lines() {
        for (at, word) in line.split_whitespace().enumerate() {
            if !out.is_empty() {
                out.push(if at == 0 { '\n' } else { ' ' });
            }
            out.push_str(word);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Vec<Vec<String>> {
        lines(text).map(|line| line.cells).collect()
    }

    #[test]
    fn delimiters_are_told_apart() {
        assert_eq!(
            cells("Name;Price\nLamp, red;12,50\nBed;9,00"),
            [["Name", "Price"], ["Lamp, red", "12,50"], ["Bed", "9,00"]]
        );
        assert_eq!(cells("a\tb\n1,5\t2"), [["a", "b"], ["1,5", "2"]]);
        assert_eq!(cells("a|b\n1|2"), [["a", "b"], ["1", "2"]]);
        assert_eq!(cells("a,b\n\"x; y\",2"), [["a", "b"], ["x; y", "2"]]);
        assert_eq!(cells("Lamp;12,50\nBed;9,00"), [["Lamp", "12,50"], ["Bed", "9,00"]]);
        assert_eq!(cells("one\ntwo"), [["one"], ["two"]]);
    }

    #[test]
    fn quotes_hold_lines_and_lines_are_counted() {
        let read: Vec<Line> = lines("a,b\r\n\r\n\"x \"\"y\"\"\n  z\",2\r\n,\r\n3\r\n").collect();
        assert_eq!(read[1].cells, ["x \"y\"\nz", "2"]);
        assert_eq!(read[2].cells, ["3"]);
        assert_eq!(read.iter().map(|line| line.number).collect::<Vec<_>>(), [1, 3, 6]);
    }

    #[test]
    fn excel_may_name_the_delimiter() {
        let read: Vec<Line> = lines("\u{feff}sep=;\r\na;b,c\r\n").collect();
        assert_eq!(read, [Line { number: 2, cells: vec!["a".into(), "b,c".into()] }]);
    }

    #[test]
    fn html_in_a_cell_is_stripped() {
        assert_eq!(cells("a,\"<p>One <b>two</b></p><p>three</p>\""), [["a", "One two\nthree"]]);
    }
}
