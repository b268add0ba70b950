//! The pieces of a passage that can be quoted: sentences, list items with their lead-in, table rows with their
//! header.

use crate::text::sentences::sentences;

/// One piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unit<'a> {
    /// As it stands in the passage, without list or quotation marks at the start of the line.
    pub(super) text: &'a str,
    /// Place among the passage's pieces.
    pub(super) at: usize,
    /// The piece it cannot be understood without: a table's header, a list's lead-in.
    pub(super) lead: Option<usize>,
    pub(super) lead_text: &'a str,
    /// The short line above it within the passage that stands as its heading.
    pub(super) under: Option<usize>,
    /// It asks what the next piece answers.
    pub(super) asks: bool,
    pub(super) quotable: bool,
    /// It begins a paragraph or line.
    pub(super) opens: bool,
}

impl Unit<'_> {
    /// A row of a table.
    pub(super) fn is_row(&self) -> bool {
        self.text.contains(" | ")
    }
}

/// Cuts a passage into its pieces, the heading above it first. A heading that names an amount can be quoted.
pub(super) fn cut<'a>(heading: &'a str, text: &'a str) -> Vec<Unit<'a>> {
    let mut units: Vec<Unit<'_>> = vec![Unit {
        text: heading,
        at: 0,
        lead: None,
        lead_text: "",
        under: None,
        asks: is_question(heading),
        quotable: heading.chars().any(char::is_numeric) && !is_question(heading),
        opens: true,
    }];
    // What the current list or table hangs on, and whether the last line belonged to it.
    let mut lead: Option<(usize, Form)> = None;
    let mut under: Option<usize> = None;
    let mut blank = true;
    let lines: Vec<&str> = text.lines().collect();
    for (number, line) in lines.iter().enumerate() {
        if line.trim().is_empty() {
            blank = true;
            continue;
        }
        let (form, rest) = Form::of(line);
        let follows =
            lines.iter().skip(number + 1).find(|line| !line.trim().is_empty()).map(|line| Form::of(line).0);
        lead = match (form, lead) {
            (Form::Row, Some((_, Form::Row))) if !blank => lead,
            (Form::Row, _) => None,
            (Form::Item, Some((_, Form::Item))) => lead,
            (Form::Item, _) => {
                units.last().filter(|last| last.text.ends_with([':', '：'])).map(|last| (last.at, Form::Item))
            }
            (Form::Line, _) => None,
        };
        let header = form == Form::Row && lead.is_none() && follows == Some(Form::Row);
        let pieces =
            if form == Form::Row { std::iter::once(0..rest.len()).collect() } else { sentences(rest) };
        let alone = pieces.len() == 1 && form == Form::Line;
        for (nth, range) in pieces.into_iter().enumerate() {
            let piece = rest.get(range).unwrap_or("").trim();
            let at = units.len();
            let asks = is_question(piece);
            let heading = alone && is_heading(piece);
            let titles = alone && (heading || is_title(piece)) && follows.is_some();
            if titles {
                under = None;
            }
            let opening = alone && piece.ends_with([':', '：']);
            let lead_text =
                lead.and_then(|(place, _)| units.get(place)).map_or("", |unit: &Unit<'_>| unit.text);
            let quotable = !(asks || header || heading || opening || is_navigation(piece));
            units.push(Unit {
                text: piece,
                at,
                lead: lead.map(|(place, _)| place),
                lead_text,
                under,
                asks,
                quotable,
                opens: nth == 0,
            });
            if titles {
                under = Some(at);
            }
        }
        if header {
            lead = units.len().checked_sub(1).map(|place| (place, Form::Row));
        }
        blank = false;
    }
    units
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Line,
    Item,
    Row,
}

impl Form {
    fn of(line: &str) -> (Self, &str) {
        let line = line.trim();
        if let Some(rest) = ["- ", "* ", "• ", "– "].iter().find_map(|mark| line.strip_prefix(mark)) {
            return (Self::Item, rest);
        }
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        if (1..=2).contains(&digits)
            && let Some(rest) = line.get(digits..).and_then(|rest| rest.strip_prefix(". "))
            && !rest.starts_with(char::is_lowercase)
        {
            return (Self::Item, rest);
        }
        if line.contains(" | ") {
            return (Self::Row, line);
        }
        (Self::Line, line.trim_start_matches("> ").trim_start_matches('#').trim_start())
    }
}

/// Whether a line or heading asks something.
pub(super) fn is_question(text: &str) -> bool {
    text.trim_end_matches(['"', '”', '»', ')', ' ']).ends_with(['?', '？', '؟'])
}

/// A short line without an end is a heading that came into the text.
fn is_heading(text: &str) -> bool {
    is_title(text) && !text.chars().any(char::is_numeric)
}

/// A heading may name an amount as well: "Full service, £90".
fn is_title(text: &str) -> bool {
    let words = text.split_whitespace().count();
    let wide = text.chars().filter(|c| crate::text::script(*c) == crate::text::Script::Cjk).count();
    let ended = text.ends_with(['.', '!', '。', '！', '…', '"', '”', ')', '）', ';']);
    !ended && words <= 8 && wide <= 14 && !text.contains('@')
}

/// Menus and link lists: many short parts between separators.
fn is_navigation(text: &str) -> bool {
    let parts = text.split(['|', '›', '»', '·', '>']).count();
    let words = text.split_whitespace().count();
    parts >= 5 && words < parts * 3 && !text.chars().any(char::is_numeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_know_their_header_and_items_their_lead_in() {
        let units = cut(
            "",
            "Day | Hours\nMonday | Closed\nTuesday | 9 to 5\n\nBring with you:\n- a helmet\n- a lock",
        );
        assert_eq!(units[2].lead_text, "Day | Hours");
        assert_eq!(units[3].lead_text, "Day | Hours");
        assert!(!units[1].quotable && !units[4].quotable);
        assert_eq!((units[6].text, units[6].lead_text), ("a lock", "Bring with you:"));
    }

    #[test]
    fn paragraphs_know_the_short_line_they_stand_under() {
        let units = cut("", "Coral, £40\n\nHalf an hour.\n\nPearl, £75\n\nA whole hour.");
        assert_eq!(units[2].under, Some(1));
        assert_eq!((units[4].under, units[3].under, units[3].quotable), (Some(3), None, true));
    }

    #[test]
    fn questions_and_headings_are_not_quoted() {
        let units = cut("", "Can dogs come in?\n\nYes, on a lead.\n\nOpening hours\n\nWe open at nine.");
        let quotable: Vec<_> = units.iter().filter(|unit| unit.quotable).map(|unit| unit.text).collect();
        assert_eq!(quotable, ["Yes, on a lead.", "We open at nine."]);
        assert!(units[1].asks);
    }
}
