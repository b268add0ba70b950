//! Words of an index that are close to one it does not have: parts of a compound, and what a slip was meant to be.

use super::{Group, Kind, stem};
use crate::language::{Language, is_function_word};
use crate::order;

/// What a part of a compound is worth, next to the whole: its last part says what it is, its first what kind.
const HEAD: f64 = 0.5;
const KIND: f64 = 0.4;
/// What a word one slip away is worth, and one two slips away.
const SLIP: [f64; 2] = [0.8, 0.6];
/// Letters of a part of a compound, and of a word that may be a slip.
const LEAST_PART: usize = 4;
const LEAST_SLIP: usize = 4;
/// Letters from which on a word may hold two slips.
const TWO_SLIPS: usize = 6;
/// Letters from which on any one of them may be wrong.
const ANY_SLIP: usize = 8;

/// The two parts that a compound may have, as stems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    pub first: String,
    pub last: String,
}

/// Every way to cut a word in two; German writes compounds as one word, with letters between that its stemmer
/// takes for endings.
#[must_use]
pub fn splits(group: &Group) -> Vec<Split> {
    let word = group.word.as_str();
    let may_be =
        matches!(group.kind, Kind::Word | Kind::Name) && word.bytes().all(|b| b.is_ascii_lowercase());
    if !may_be || word.len() < 2 * LEAST_PART {
        return Vec::new();
    }
    (LEAST_PART..=word.len() - LEAST_PART)
        .filter_map(|at| word.split_at_checked(at))
        .filter(|(first, last)| {
            !is_function_word(first, Language::De) && !is_function_word(last, Language::De)
        })
        .map(|(first, last)| Split {
            first: stem::latin(first, Language::De),
            last: stem::latin(last, Language::De),
        })
        .filter(|split| split.first.len() + 1 >= LEAST_PART)
        .collect()
}

/// Lets the parts of a compound stand for it where the index has both: those with the highest mean of how often they
/// occur, unless the whole is commoner (P. Koehn, K. Knight, "Empirical Methods for Compound Splitting", EACL 2003).
pub fn add_parts(group: &mut Group, frequency: impl Fn(&str) -> u32) {
    let own = group.terms.iter().map(|term| u64::from(frequency(term))).max().unwrap_or(0);
    let squared = |split: &Split| u64::from(frequency(&split.first)) * u64::from(frequency(&split.last));
    let Some(split) = splits(group).into_iter().max_by_key(squared).filter(|split| squared(split) > 0) else {
        return;
    };
    if own * own <= squared(&split) {
        group.near.extend([(split.first, KIND), (split.last, HEAD)]);
    }
}

/// What to look for in the vocabulary when a word is not in it: a slip spares its first letter and one of its
/// halves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    /// Terms begin with this …
    pub initial: String,
    /// … and go on with this, or end in that.
    pub start: String,
    pub end: String,
    /// Least and most characters.
    pub least: usize,
    pub most: usize,
}

/// How a word that may be a slip is looked for; numbers, codes and short words are not.
#[must_use]
pub fn slip(group: &Group) -> Option<Slip> {
    if !matches!(group.kind, Kind::Word | Kind::Name) {
        return None;
    }
    let term = group.terms.first()?;
    let letters: Vec<char> = term.chars().collect();
    if letters.len() < LEAST_SLIP || !letters.iter().all(|c| c.is_alphabetic()) {
        return None;
    }
    let reach = reach(letters.len());
    let half = letters.len() / 2;
    // A transposition may lie across the middle.
    let start: String = letters.iter().take(half.saturating_sub(1).max(2)).collect();
    let end: String = letters.iter().skip(half + 1).collect();
    let initial: String = letters.iter().take(1).collect();
    let slip =
        Slip { initial, start, end, least: letters.len().saturating_sub(reach), most: letters.len() + reach };
    Some(slip)
}

fn reach(letters: usize) -> usize {
    if letters < TWO_SLIPS { 1 } else { 2 }
}

/// Lets the nearest words of the vocabulary stand for one it does not have. `known` are terms with the passages that
/// hold them.
pub fn add_meant<'t>(group: &mut Group, known: impl Iterator<Item = (&'t str, u32)>) {
    let Some(term) = group.terms.first() else { return };
    let reach = reach(term.chars().count());
    let mut meant: Vec<(usize, u32, &str)> = known
        .map(|(word, passages)| (distance(term, word, reach), passages, word))
        .filter(|(distance, ..)| *distance <= reach)
        .filter(|(_, _, word)| sounds_alike(term, word))
        .collect();
    order::by(&mut meant, |a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
    let nearest = meant.first().map_or(0, |(distance, ..)| *distance);
    for (distance, _, word) in meant.into_iter().take_while(|(distance, ..)| *distance == nearest).take(2) {
        let strength = SLIP.get(distance.saturating_sub(1)).copied().unwrap_or_default();
        group.near.push((word.to_owned(), strength));
    }
}

/// Whether a slip is one that people make: vowels, doubled letters and letters out of order are mistaken for each
/// other, another consonant makes another word; in long words one of them may be wrong.
fn sounds_alike(a: &str, b: &str) -> bool {
    let frame = |word: &str| {
        let mut letters: Vec<char> =
            word.chars().filter(|c| !matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')).collect();
        order::unique(&mut letters);
        letters
    };
    frame(a) == frame(b) || a.chars().count() >= ANY_SLIP && distance(a, b, 1) == 1
}

/// Letters to insert, drop, replace or swap with their neighbour to make one word of the other (optimal string
/// alignment); anything above `most` where it is more.
#[must_use]
pub fn distance(a: &str, b: &str, most: usize) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > most {
        return most + 1;
    }
    let width = b.len() + 1;
    let at = |rows: &[usize], index: usize| rows.get(index).copied().unwrap_or(usize::MAX / 2);
    let mut before: Vec<usize> = vec![usize::MAX / 2; width];
    let mut last: Vec<usize> = (0..width).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut best =
                (at(&last, j + 1) + 1).min(at(&row, j) + 1).min(at(&last, j) + usize::from(x != y));
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        if row.iter().all(|cost| *cost > most) {
            return most + 1;
        }
        before = std::mem::replace(&mut last, row);
    }
    at(&last, b.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_counted_as_people_make_them() {
        for (typed, meant, slips) in [
            ("repiar", "repair", 1),
            ("bycicle", "bicycle", 2),
            ("delivry", "delivery", 1),
            ("oppen", "open", 1),
            ("öffnung", "offnung", 1),
            ("מחיר", "מחירי", 1),
        ] {
            assert_eq!(distance(typed, meant, 2), slips, "{typed}");
        }
        assert!(distance("parking", "booking", 2) > 2);
    }

    #[test]
    fn compounds_are_cut_where_both_parts_are_known() {
        let mut group = Group::new(vec!["nahrungsmittelpreis".into()], None, Kind::Word, 0);
        group.word = "nahrungsmittelpreise".into();
        let known = |word: &str| match word {
            "nahrungsmittel" | "preis" => 3,
            "nahr" => 2,
            _ => 0,
        };
        add_parts(&mut group, known);
        let parts: Vec<&str> = group.near.iter().map(|(part, _)| part.as_str()).collect();
        assert_eq!(parts, ["nahrungsmittel", "preis"]);
    }

    #[test]
    fn short_words_and_numbers_are_what_they_are() {
        for (text, kind) in [("cat", Kind::Word), ("1204", Kind::Number), ("ab1204", Kind::Code)] {
            assert!(slip(&Group::new(vec![text.into()], None, kind, 0)).is_none(), "{text}");
        }
    }
}
