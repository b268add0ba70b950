//! Passages as one text.

/// Passages overlap by at most this many bytes.
const MOST_OVERLAP: usize = 2_000;
/// Fewer bytes in common are chance.
const LEAST_OVERLAP: usize = 20;

/// Passages in order as one text, without the overlap of neighbours.
pub fn joined<'t>(passages: impl IntoIterator<Item = &'t str>) -> String {
    let mut whole = String::new();
    for next in passages {
        let repeated = overlap(&whole, next);
        if repeated == 0 && !whole.is_empty() {
            whole.push_str("\n\n");
        }
        whole.push_str(next.get(repeated..).unwrap_or(next));
    }
    whole
}

/// Length of the longest end of `before` that `next` begins with.
fn overlap(before: &str, next: &str) -> usize {
    let most = before.len().min(next.len()).min(MOST_OVERLAP);
    (LEAST_OVERLAP..=most)
        .rev()
        .find(|length| next.get(..*length).is_some_and(|start| before.ends_with(start)))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_neighbours_share_is_said_once() {
        let (a, b) = ("One. Two. The harbour opens at nine.", "The harbour opens at nine. Four.");
        assert_eq!(joined([a, b]), "One. Two. The harbour opens at nine. Four.");
        assert_eq!(joined(["One day.", "day. Two"]), "One day.\n\nday. Two");
        assert_eq!(
            joined(["日本語の文章がここにあります。", "日本語の文章がここにあります。"]),
            "日本語の文章がここにあります。"
        );
    }
}
