//! Tables for spreadsheets.

/// The byte order mark: spreadsheets take the file for UTF-8 by it.
pub const MARK: &str = "\u{feff}";

/// One line: RFC 4180, and no spreadsheet takes a cell for a formula.
pub fn line(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| field(cell)).collect();
    format!("{}\r\n", cells.join(","))
}

fn field(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}
