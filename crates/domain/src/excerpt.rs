//! The piece of a text to show for what was found in it.

use std::ops::Range;

/// Characters shown at most.
const MOST: usize = 220;
/// Of them at most in front of the first mark.
const BEFORE: usize = 60;
/// How far a cut moves to fall between words.
const SLACK: usize = 20;

/// The piece of `text` around the first of `marks` (byte ranges in order), and the marks within it as ranges of
/// characters. Where it was cut there is an ellipsis; line breaks are spaces.
#[must_use]
pub fn excerpt(text: &str, marks: &[Range<usize>]) -> (String, Vec<(u32, u32)>) {
    let characters: Vec<(usize, char)> = text.char_indices().collect();
    let place = |byte: usize| characters.partition_point(|(at, _)| *at < byte);
    let first = marks.first().map_or(0, |mark| place(mark.start));
    let mut from = first.saturating_sub(BEFORE);
    // Where all of it fits, or the end is near, more of what is in front is shown.
    from = from.min(characters.len().saturating_sub(MOST));
    let is_space = |at: usize| characters.get(at).is_none_or(|(_, c)| c.is_whitespace());
    if from > 0 {
        from = (from..(from + SLACK).min(first)).find(|at| is_space(*at)).map_or(from, |at| at + 1);
    }
    let mut to = (from + MOST).min(characters.len());
    if to < characters.len() {
        to = (to.saturating_sub(SLACK)..=to).rev().find(|at| is_space(*at)).unwrap_or(to);
    }
    let mut piece = String::new();
    if from > 0 {
        piece.push('…');
    }
    let shift = piece.chars().count();
    let shown = characters.get(from..to).unwrap_or_default();
    piece.extend(shown.iter().map(|(_, c)| if c.is_whitespace() { ' ' } else { *c }));
    if to < characters.len() {
        piece.push('…');
    }
    let ranges = marks
        .iter()
        .map(|mark| (place(mark.start).max(from), place(mark.end).min(to)))
        .filter(|(start, end)| start < end)
        .map(|(start, end)| (count(start - from + shift), count(end - from + shift)))
        .collect();
    (piece, ranges)
}

fn count(characters: usize) -> u32 {
    u32::try_from(characters).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, word: &str) -> (String, Vec<String>) {
        let marks: Vec<_> = text.match_indices(word).map(|(at, found)| at..at + found.len()).collect();
        let (piece, ranges) = excerpt(text, &marks);
        let cut = |(from, to): &(u32, u32)| {
            piece.chars().skip(*from as usize).take((to - from) as usize).collect::<String>()
        };
        let marked = ranges.iter().map(cut).collect();
        (piece, marked)
    }

    #[test]
    fn a_short_text_is_shown_whole() {
        let (piece, marked) = of("Do you\nrent a café bike?", "café");
        assert_eq!(piece, "Do you rent a café bike?");
        assert_eq!(marked, ["café"]);
    }

    #[test]
    fn a_long_text_is_cut_between_words_around_the_first_mark() {
        let text = format!("{}tandem {}", "before ü ".repeat(60), "behind 日 tandem ".repeat(60));
        let (piece, marked) = of(&text, "tandem");
        assert!(piece.starts_with('…') && piece.ends_with('…'));
        assert!(piece.chars().count() <= MOST + 2);
        assert!(marked.len() > 1 && marked.iter().all(|mark| mark == "tandem"), "{piece}");
    }

    #[test]
    fn a_text_without_spaces_is_cut_all_the_same() {
        let text = format!("{}营业{}", "本".repeat(500), "点".repeat(500));
        let (piece, marked) = of(&text, "营业");
        assert_eq!(piece.chars().count(), MOST + 2);
        assert_eq!(marked, ["营业"]);
    }

    #[test]
    fn without_marks_it_is_the_beginning() {
        let (piece, marked) = excerpt(&"word ".repeat(100), &[]);
        assert!(piece.starts_with("word word") && piece.ends_with('…') && marked.is_empty());
    }
}
