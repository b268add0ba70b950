//! Front matter: the few plain values that are of use, of YAML (`title: x`) and TOML (`title = "x"`) alike.

/// The first of the keys that has a plain value at the outermost level.
pub(super) fn value(front: &str, keys: &[&str]) -> Option<String> {
    front.lines().find_map(|line| {
        let (key, value) = line.split_once([':', '='])?;
        if !keys.contains(&key.trim_end().to_ascii_lowercase().as_str()) {
            return None;
        }
        let value = unquoted(value.trim());
        // `|`, `>`, `[` and `{` begin values of several lines or parts.
        (!value.is_empty() && !value.starts_with(['|', '>', '[', '{'])).then(|| value.to_owned())
    })
}

fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote) {
            return inner.split_once(quote).map_or(inner, |(inner, _)| inner).trim();
        }
    }
    value.split_once(" #").map_or(value, |(value, _)| value).trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_values_are_read_and_others_are_not() {
        let front = "tags:\n  title: inner\nTitle: \"Fees: all\" # note\nlang: 'de'\n";
        assert_eq!(value(front, &["title"]).as_deref(), Some("Fees: all"));
        assert_eq!(value(front, &["lang"]).as_deref(), Some("de"));
        assert_eq!(value("title = \"Fees\"", &["title"]).as_deref(), Some("Fees"));
        assert_eq!(value("title: >\n  Fees", &["title"]), None);
        assert_eq!(value("title: '", &["title"]), None);
    }
}
