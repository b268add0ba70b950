//! Words and meaning as one list.
//!
//! A convex combination of normalised scores: S. Bruch, S. Gai, A. Ingber, "An Analysis of Fusion Functions for
//! Hybrid Retrieval", ACM TOIS 42 (2023). Words are divided by the question's best (their least is zero whatever
//! the question), cosines are spread between the nearest and the farthest of those found, because models differ in
//! what an unrelated text gets. What one side did not find counts as the least that it found.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use protocol::DocumentId;
use protocol::internal::{Hit, Weighed};

use crate::{order, text, words};

/// What words count; meaning counts the rest. Measured, see `docs/DESIGN.md`.
const WORDS: f64 = 0.75;
/// Cosines closer together than this say little about which of them is nearer.
const SPREAD: f64 = 0.1;
/// Share of common pairs of words from which on two passages say the same.
const SAME: f64 = 0.8;
/// Share of a passage's pairs of words that another one has, from which on it adds nothing to it.
const HELD: f64 = 0.95;

/// The best passages of both lists, each once; a passage keeps the better of its two scores. `weighed` is what
/// words make of more passages than they show.
#[must_use]
pub fn fuse(words: Vec<Hit>, weighed: &[Weighed], meaning: Vec<Hit>, limit: usize) -> Vec<Hit> {
    let scale = Scale::new(weighed, &meaning);
    let ranks: HashMap<(&DocumentId, u32), &Weighed> =
        weighed.iter().map(|one| ((&one.document_id, one.ord), one)).collect();
    let mut fused: Vec<(f64, Hit)> = Vec::with_capacity(words.len() + meaning.len());
    let mut places: HashMap<(DocumentId, u32), usize> = HashMap::new();
    for hit in words.into_iter().chain(meaning) {
        let place = *places.entry((hit.document_id.clone(), hit.ord)).or_insert(fused.len());
        match fused.get_mut(place) {
            Some((_, kept)) => {
                kept.score = kept.score.max(hit.score);
                kept.words = kept.words.or(hit.words);
                kept.meaning = kept.meaning.or(hit.meaning);
            }
            None => fused.push((0.0, hit)),
        }
    }
    for (worth, hit) in &mut fused {
        let known = ranks.get(&(&hit.document_id, hit.ord));
        if let Some(known) = known {
            hit.words = hit.words.or(Some(known.score));
            hit.score = hit.score.max(known.score);
        }
        *worth = scale.worth(known.map(|known| known.rank), hit.meaning);
    }
    order::by(&mut fused, |a, b| b.0.total_cmp(&a.0));
    distinct(fused.into_iter().map(|(_, hit)| hit), limit)
}

/// How the two kinds of scores are brought to one.
struct Scale {
    best: f64,
    least: f64,
    nearest: f64,
    farthest: f64,
}

impl Scale {
    fn new(weighed: &[Weighed], meaning: &[Hit]) -> Self {
        let ends = |scores: &mut dyn Iterator<Item = f64>| {
            scores.fold(None, |ends: Option<(f64, f64)>, score| {
                let (least, most) = ends.unwrap_or((score, score));
                Some((least.min(score), most.max(score)))
            })
        };
        let (least, best) = ends(&mut weighed.iter().map(|one| one.rank)).unwrap_or_default();
        let (farthest, nearest) = ends(&mut meaning.iter().filter_map(|hit| hit.meaning)).unwrap_or_default();
        Self { best, least, nearest, farthest }
    }

    fn worth(&self, rank: Option<f64>, meaning: Option<f64>) -> f64 {
        let words = if self.best > 0.0 { rank.unwrap_or(self.least) / self.best } else { 0.0 };
        let spread = (self.nearest - self.farthest).max(SPREAD);
        let meaning = (meaning.unwrap_or(self.farthest) - self.farthest) / spread;
        WORDS * words + (1.0 - WORDS) * meaning
    }
}

/// The first passages that say something of their own, best first.
fn distinct(hits: impl Iterator<Item = Hit>, limit: usize) -> Vec<Hit> {
    let mut kept: Vec<Hit> = Vec::with_capacity(limit);
    let mut seen: Vec<HashSet<u64>> = Vec::with_capacity(limit);
    for hit in hits {
        if kept.len() == limit {
            break;
        }
        let pairs = pairs(&hit.text);
        if !seen.iter().any(|other| repeats(&pairs, other)) {
            seen.push(pairs);
            kept.push(hit);
        }
    }
    kept
}

/// Whether a passage says what an earlier one says: nearly the same, or a part of it.
fn repeats(passage: &HashSet<u64>, earlier: &HashSet<u64>) -> bool {
    let share = |part: usize, whole: usize| {
        f64::from(u32::try_from(part).unwrap_or(u32::MAX))
            / f64::from(u32::try_from(whole.max(1)).unwrap_or(u32::MAX))
    };
    let common = passage.iter().filter(|pair| earlier.contains(pair)).count();
    common > 0
        && (share(common, passage.len() + earlier.len() - common) >= SAME
            || share(common, passage.len()) >= HELD)
}

/// Every two neighbouring words of a text.
fn pairs(text: &str) -> HashSet<u64> {
    let tokens = words::tokens(text);
    let folded: Vec<String> = tokens.iter().map(|token| text::fold(token.text)).collect();
    let hash = |pair: &[String]| {
        let mut hasher = DefaultHasher::new();
        pair.hash(&mut hasher);
        hasher.finish()
    };
    if folded.len() < 2 {
        std::iter::once(hash(&folded)).collect()
    } else {
        folded.windows(2).map(hash).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u64) -> DocumentId {
        DocumentId::ordered(n, [0; 10])
    }

    fn hit(n: u64, text: &str, words: Option<f64>, meaning: Option<f64>) -> Hit {
        Hit {
            document_id: id(n),
            ord: 0,
            url: String::new(),
            title: String::new(),
            heading_path: Vec::new(),
            text: text.into(),
            score: words.or(meaning).unwrap_or_default(),
            words,
            meaning,
        }
    }

    fn weighed(n: u64, rank: f64) -> Weighed {
        Weighed { document_id: id(n), ord: 0, rank, score: rank / 4.0 }
    }

    fn order(hits: &[Hit]) -> Vec<DocumentId> {
        hits.iter().map(|hit| hit.document_id.clone()).collect()
    }

    #[test]
    fn what_both_find_comes_before_what_one_finds() {
        let words = vec![hit(1, "one", Some(0.5), None), hit(2, "two", Some(0.5), None)];
        let meaning = vec![
            hit(3, "three", None, Some(0.9)),
            hit(2, "two", None, Some(0.8)),
            hit(4, "four", None, Some(0.2)),
        ];
        let fused = fuse(words, &[weighed(1, 2.0), weighed(2, 1.9), weighed(5, 0.2)], meaning, 6);
        assert_eq!(order(&fused), [id(2), id(1), id(3), id(4)]);
        assert_eq!((fused[0].words, fused[0].meaning), (Some(0.5), Some(0.8)));
        assert!((fused[0].score - 0.8).abs() < 1e-9);
    }

    #[test]
    fn a_passage_that_words_weighed_but_did_not_show_keeps_its_weight() {
        let meaning = vec![
            hit(3, "three", None, Some(0.6)),
            hit(4, "four", None, Some(0.6)),
            hit(5, "five", None, Some(0.1)),
        ];
        let fused = fuse(Vec::new(), &[weighed(1, 2.0), weighed(4, 1.5), weighed(9, 0.1)], meaning, 6);
        assert_eq!(order(&fused), [id(4), id(3), id(5)]);
        assert_eq!(fused[0].words, Some(0.375));
    }

    #[test]
    fn one_side_alone_keeps_its_order() {
        let words = vec![hit(1, "one", Some(0.5), None), hit(2, "two", Some(0.4), None)];
        let ranks = [weighed(1, 2.0), weighed(2, 1.0)];
        assert_eq!(order(&fuse(words, &ranks, Vec::new(), 6)), [id(1), id(2)]);
        let meaning = vec![hit(3, "three", None, Some(0.7)), hit(4, "four", None, Some(0.6))];
        assert_eq!(order(&fuse(Vec::new(), &[], meaning, 6)), [id(3), id(4)]);
    }

    #[test]
    fn cosines_that_hardly_differ_do_not_turn_the_order_of_words() {
        let words = vec![hit(1, "one", Some(0.5), None), hit(2, "two", Some(0.4), None)];
        let meaning = vec![hit(2, "two", None, Some(0.512)), hit(1, "one", None, Some(0.51))];
        let fused = fuse(words, &[weighed(1, 2.0), weighed(2, 1.9)], meaning, 6);
        assert_eq!(order(&fused), [id(1), id(2)]);
    }

    #[test]
    fn what_repeats_a_better_passage_takes_no_place() {
        let text =
            "We are open from nine to six on weekdays and from ten to four on Saturdays, closed on Sundays.";
        let other = text.replace("closed", "shut");
        let words = vec![
            hit(1, text, Some(0.5), None),
            hit(2, &other, Some(0.5), None),
            hit(3, "Bicycles are hired out by the day.", Some(0.4), None),
        ];
        let ranks = [weighed(1, 2.0), weighed(2, 1.9), weighed(3, 1.0)];
        let part = vec![hit(4, "from nine to six on weekdays", None, Some(0.9))];
        let fused = fuse(words, &ranks, part, 6);
        assert_eq!(order(&fused), [id(1), id(3)]);
    }
}
