//! Reciprocal rank fusion of words and meaning.
//!
//! Formula: Cormack, Clarke, Büttcher, "Reciprocal rank fusion outperforms Condorcet and individual rank
//! learning methods", SIGIR 2009: the score of a passage is the sum of 1 / (60 + rank) over the lists.

use std::collections::HashMap;

use protocol::DocumentId;
use protocol::internal::Hit;

const K: f64 = 60.0;

/// The best passages of both lists; a passage keeps the better of its two scores.
#[must_use]
pub fn fuse(words: Vec<Hit>, meaning: Vec<Hit>, limit: usize) -> Vec<Hit> {
    let mut fused: Vec<(f64, Hit)> = Vec::with_capacity(words.len() + meaning.len());
    let mut places: HashMap<(DocumentId, u32), usize> = HashMap::new();
    for list in [words, meaning] {
        for (rank, hit) in (1..).zip(list) {
            let share = 1.0 / (K + f64::from(rank));
            let key = (hit.document_id.clone(), hit.ord);
            let place = *places.entry(key).or_insert(fused.len());
            match fused.get_mut(place) {
                Some((sum, kept)) => {
                    *sum += share;
                    kept.score = kept.score.max(hit.score);
                    kept.words = kept.words.or(hit.words);
                    kept.meaning = kept.meaning.or(hit.meaning);
                }
                None => fused.push((share, hit)),
            }
        }
    }
    fused.sort_by(|a, b| b.0.total_cmp(&a.0));
    fused.into_iter().take(limit).map(|(_, hit)| hit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(n: u64, score: f64) -> Hit {
        Hit {
            document_id: DocumentId::ordered(n, [0; 10]),
            ord: 0,
            url: String::new(),
            title: String::new(),
            heading_path: Vec::new(),
            text: String::new(),
            score,
            words: None,
            meaning: None,
        }
    }

    #[test]
    fn what_both_lists_hold_comes_first_and_keeps_its_better_score() {
        let fused = fuse(vec![hit(1, 0.5), hit(2, 0.4)], vec![hit(3, 0.9), hit(2, 0.8)], 6);
        let order: Vec<_> = fused.iter().map(|h| h.document_id.clone()).collect();
        assert_eq!(order.first(), Some(&hit(2, 0.0).document_id));
        assert_eq!(fused.len(), 3);
        assert!((fused[0].score - 0.8).abs() < 1e-9);
    }
}
