//! Putting things in order. The standard library's sort is compiled anew, some four kilobytes of it, for every kind of
//! thing and every comparison; this one is compiled once. What is ordered here is passages and words by the hundred.

use std::cmp::Ordering;

/// Puts items in order; those that compare as equal stay as they stood.
pub fn by<T>(items: &mut [T], mut compare: impl FnMut(&T, &T) -> Ordering) {
    let swaps = swaps(items.len(), &mut |a, b| match (items.get(a), items.get(b)) {
        (Some(a), Some(b)) => compare(a, b),
        _ => Ordering::Equal,
    });
    for (a, b) in swaps {
        items.swap(a, b);
    }
}

/// Puts items in their own order, each once.
pub fn unique<T: Ord>(items: &mut Vec<T>) {
    by(items, T::cmp);
    items.dedup();
}

/// What has to change places, one pair after the other.
fn swaps(length: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<(usize, usize)> {
    let mut ordered: Vec<usize> = (0..length).collect();
    let mut width = 1;
    while width < length {
        ordered = ordered.chunks(width * 2).flat_map(|runs| merged(runs, width, compare)).collect();
        width *= 2;
    }
    let mut swaps = Vec::new();
    // Each circle of places is walked once; who came home is not looked for again.
    for first in 0..length {
        let mut at = first;
        while let Some(from) = ordered.get_mut(at).map(|from| std::mem::replace(from, at)) {
            if from == first {
                break;
            }
            swaps.push((at, from));
            at = from;
        }
    }
    swaps
}

/// Two neighbouring runs as one.
fn merged(runs: &[usize], width: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let (mut left, mut right) = runs.split_at(width.min(runs.len()));
    let mut merged = Vec::with_capacity(runs.len());
    while let ([a, others @ ..], [b, ..]) = (left, right) {
        if compare(*b, *a) == Ordering::Less {
            merged.push(*b);
            right = right.get(1..).unwrap_or_default();
        } else {
            merged.push(*a);
            left = others;
        }
    }
    merged.extend_from_slice(left);
    merged.extend_from_slice(right);
    merged
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_order_is_the_standard_librarys(keys in proptest::collection::vec(0_u8..40, 0..300)) {
            let mut ours: Vec<(u8, usize)> = keys.iter().copied().zip(0..).collect();
            let mut theirs = ours.clone();
            super::by(&mut ours, |a, b| a.0.cmp(&b.0));
            theirs.sort_by_key(|(key, _)| *key);
            prop_assert_eq!(ours, theirs);
        }

        #[test]
        fn numbers_are_in_order_whatever_they_are(mut ours in proptest::collection::vec(any::<f64>(), 0..100)) {
            let mut theirs = ours.clone();
            super::by(&mut ours, |a, b| b.total_cmp(a));
            theirs.sort_by(|a, b| b.total_cmp(a));
            let bits = |all: Vec<f64>| all.into_iter().map(f64::to_bits).collect::<Vec<_>>();
            prop_assert_eq!(bits(ours), bits(theirs));
        }

        #[test]
        fn each_is_kept_once(words in proptest::collection::vec("[a-c]{0,3}", 0..60)) {
            let mut ours = words.clone();
            super::unique(&mut ours);
            let theirs: std::collections::BTreeSet<String> = words.into_iter().collect();
            prop_assert_eq!(ours, theirs.into_iter().collect::<Vec<_>>());
        }

        /// A comparison that contradicts itself loses nothing.
        #[test]
        fn nothing_is_lost(answers in proptest::collection::vec(any::<bool>(), 1..50), length in 0_usize..80) {
            let mut items: Vec<usize> = (0..length).collect();
            let mut answers = answers.iter().cycle();
            super::by(&mut items, |_, _| match answers.next() {
                Some(true) => std::cmp::Ordering::Less,
                _ => std::cmp::Ordering::Greater,
            });
            items.sort_unstable();
            prop_assert_eq!(items, (0..length).collect::<Vec<_>>());
        }
    }
}
