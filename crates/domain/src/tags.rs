//! Tags: a few short words by which knowledge is told apart.

use protocol::Problem;

/// Tags of one source, document or filter.
pub const MOST: usize = 20;
/// Characters of a tag.
pub const MOST_CHARS: usize = 40;

/// Tags as they are kept: in lower case, with single spaces, each once.
///
/// # Errors
/// When there are too many, or one is too long.
pub fn accept(field: &str, written: &[String]) -> Result<Vec<String>, Problem> {
    let mut tags: Vec<String> = Vec::new();
    for tag in written {
        let tag = tag.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        if tag.chars().count() > MOST_CHARS {
            let message = format!("A tag has at most {MOST_CHARS} characters. Shorten “{tag:.20}…”.");
            return Err(Problem::field(field, message));
        }
        if tag.chars().any(|c| c.is_control() || c == ',') {
            return Err(Problem::field(field, "A tag is one word or a few, without commas."));
        }
        if !tag.is_empty() && !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    if tags.len() > MOST {
        return Err(Problem::field(field, format!("These are more than {MOST} tags. Remove some.")));
    }
    Ok(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_kept_in_one_spelling_and_once() {
        let written = ["  Opening   Hours ", "opening hours", "", "ÜBER"].map(str::to_owned);
        assert_eq!(accept("tags", &written).unwrap(), ["opening hours", "über"]);
    }

    #[test]
    fn too_many_too_long_and_commas_are_refused() {
        let many: Vec<_> = (0..=MOST).map(|n| format!("tag {n}")).collect();
        assert!(accept("tags", &many[1..]).is_ok());
        for wrong in [many, vec!["x".repeat(MOST_CHARS + 1)], vec!["a,b".into()], vec!["a\u{7}".into()]] {
            assert_eq!(accept("tags", &wrong).unwrap_err().field.as_deref(), Some("tags"));
        }
    }
}
