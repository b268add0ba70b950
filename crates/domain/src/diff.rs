//! What differs between two versions of a thing, field by field, as people read it: the audit log and the
//! comparison of an agent's versions show it.

use protocol::api::Change;
use serde_json::Value;

/// Parts of field names whose values are never shown.
const SECRET: [&str; 5] = ["password", "secret", "token", "digest", "hash"];
/// What is shown in place of a secret.
const HIDDEN: &str = "(not shown)";

/// The fields that differ, by their paths: `theme.accent`, `quick_prompts[2]` (people count from one).
///
/// Absent, null and empty are the same: nothing is there. Of lists only what was added, removed or replaced is
/// named; an entry that merely moved up because another left is the same entry. Texts are kept whole.
#[must_use]
pub fn changes(before: &Value, after: &Value) -> Vec<Change> {
    let mut found = Vec::new();
    compare("", before, after, &mut found);
    found
}

fn compare(path: &str, before: &Value, after: &Value, found: &mut Vec<Change>) {
    use Value::{Array, Null, Object};
    if before == after {
        return;
    }
    if is_secret(path) {
        found.push(Change { field: path.to_owned(), before: None, after: Some(HIDDEN.to_owned()) });
        return;
    }
    match (before, after) {
        (Object(_), Object(_) | Null) | (Null, Object(_)) => fields(path, before, after, found),
        (Array(was), Array(is)) => entries(path, was, is, found),
        (Array(was), Null) => entries(path, was, &[], found),
        (Null, Array(is)) => entries(path, &[], is, found),
        _ => {
            let (was, is) = (words(before), words(after));
            if was != is {
                found.push(Change { field: path.to_owned(), before: was, after: is });
            }
        }
    }
}

/// Two objects, or an object and nothing.
fn fields(path: &str, before: &Value, after: &Value, found: &mut Vec<Change>) {
    let names = |value: &Value| {
        value.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    let mut all = names(before);
    all.extend(names(after).into_iter().filter(|name| before.get(name).is_none()));
    for name in all {
        let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let of = |value: &'_ Value| value.get(&name).cloned().unwrap_or(Value::Null);
        compare(&below, &of(before), &of(after), found);
    }
}

/// Two lists. What both have in the same order stays; between two such entries, as many as were removed and added
/// are one entry that was replaced.
fn entries(path: &str, was: &[Value], is: &[Value], found: &mut Vec<Change>) {
    let at = |place: usize| format!("{path}[{}]", place + 1);
    let mut kept = common(was, is);
    kept.push((was.len(), is.len()));
    let (mut from_was, mut from_is) = (0, 0);
    for (to_was, to_is) in kept {
        let (mut removed, mut added) = (
            (from_was..to_was).zip(was.iter().skip(from_was)),
            (from_is..to_is).zip(is.iter().skip(from_is)),
        );
        loop {
            match (removed.next(), added.next()) {
                (Some((_, before)), Some((place, after))) => compare(&at(place), before, after, found),
                (Some((place, before)), None) => {
                    found.push(Change { field: at(place), before: words(before), after: None });
                }
                (None, Some((place, after))) => {
                    found.push(Change { field: at(place), before: None, after: words(after) });
                }
                (None, None) => break,
            }
        }
        (from_was, from_is) = (to_was + 1, to_is + 1);
    }
}

/// The longest common subsequence, as pairs of places. Lists of members are short: the table is small.
fn common(was: &[Value], is: &[Value]) -> Vec<(usize, usize)> {
    let width = is.len() + 1;
    let mut longest = vec![0_usize; (was.len() + 1) * width];
    let read = |table: &[usize], i: usize, j: usize| table.get(i * width + j).copied().unwrap_or(0);
    for (i, before) in was.iter().enumerate().rev() {
        for (j, after) in is.iter().enumerate().rev() {
            let best = if before == after {
                read(&longest, i + 1, j + 1) + 1
            } else {
                read(&longest, i + 1, j).max(read(&longest, i, j + 1))
            };
            if let Some(cell) = longest.get_mut(i * width + j) {
                *cell = best;
            }
        }
    }
    let (mut i, mut j, mut pairs) = (0, 0, Vec::new());
    while let (Some(before), Some(after)) = (was.get(i), is.get(j)) {
        if before == after {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if read(&longest, i + 1, j) >= read(&longest, i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

/// A value in words; `None` where nothing is there.
fn words(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Bool(flag) => Some(if *flag { "yes" } else { "no" }.to_owned()),
        // 1 and 1.0 are one number.
        Value::Number(number) => Some(match number.as_f64() {
            Some(real) if number.is_f64() => real.to_string(),
            _ => number.to_string(),
        }),
        Value::String(text) => (!text.is_empty()).then(|| text.clone()),
        Value::Array(entries) => joined(entries.iter().filter_map(words)),
        Value::Object(fields) => joined(fields.iter().filter_map(|(name, value)| {
            let shown = words(value)?;
            Some(format!("{name}: {}", if is_secret(name) { HIDDEN } else { &shown }))
        })),
    }
}

fn joined(parts: impl Iterator<Item = String>) -> Option<String> {
    let parts: Vec<_> = parts.collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn is_secret(path: &str) -> bool {
    let name = path.rsplit('.').next().unwrap_or(path);
    name.split(|c: char| !c.is_ascii_alphabetic())
        .any(|word| SECRET.contains(&word.to_ascii_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// `path: before → after`, as a person would read it.
    fn read(before: &Value, after: &Value) -> Vec<String> {
        let side = |text: Option<String>| text.unwrap_or_else(|| "–".into());
        let line =
            |change: Change| format!("{}: {} → {}", change.field, side(change.before), side(change.after));
        changes(before, after).into_iter().map(line).collect()
    }

    #[test]
    fn only_what_differs_is_named_by_its_path() {
        let before = json!({ "name": "Mia", "theme": { "accent": "#111111", "radius": 8 }, "welcome": "Hi" });
        let after =
            json!({ "name": "Mia", "theme": { "accent": "#222222", "radius": 8 }, "welcome": "Hello" });
        assert_eq!(read(&before, &after), ["theme.accent: #111111 → #222222", "welcome: Hi → Hello"]);
        assert!(changes(&before, &before).is_empty());
    }

    #[test]
    fn absent_null_and_empty_are_one() {
        let before = json!({ "a": null, "b": "", "c": [], "d": {}, "n": 1 });
        assert!(changes(&before, &json!({ "n": 1.0 })).is_empty());
        assert_eq!(read(&before, &json!({ "b": "x", "n": 1 })), ["b: – → x"]);
        assert_eq!(read(&json!({ "b": "x" }), &Value::Null), ["b: x → –"]);
    }

    #[test]
    fn lists_name_what_was_added_removed_and_replaced() {
        let list = |texts: &[&str]| json!({ "quick_prompts": texts });
        let before = list(&["Hours?", "Prices?", "Team?"]);
        assert_eq!(read(&before, &list(&["Hours?", "Team?"])), ["quick_prompts[2]: Prices? → –"]);
        assert_eq!(
            read(&before, &list(&["Hours?", "Costs?", "Team?", "Where?"])),
            ["quick_prompts[2]: Prices? → Costs?", "quick_prompts[4]: – → Where?"]
        );
        assert_eq!(
            read(&before, &list(&["New", "Hours?", "Prices?", "Team?"])),
            ["quick_prompts[1]: – → New"]
        );
        assert_eq!(
            read(&json!({}), &list(&["a", "b"])),
            ["quick_prompts[1]: – → a", "quick_prompts[2]: – → b"]
        );
    }

    #[test]
    fn a_move_is_one_entry_leaving_and_coming() {
        let said = read(&json!({ "l": ["a", "b", "c"] }), &json!({ "l": ["b", "c", "a"] }));
        assert_eq!(said, ["l[1]: a → –", "l[3]: – → a"]);
    }

    #[test]
    fn objects_in_lists_are_compared_within_or_told_whole() {
        let before = json!({ "lead_fields": [{ "key": "mail", "label": "Mail", "required": false }] });
        let after = json!({ "lead_fields": [
            { "key": "mail", "label": "E-mail", "required": true }, { "key": "tel", "label": "Phone", "options": ["a", "b"] } ] });
        assert_eq!(
            read(&before, &after),
            [
                "lead_fields[1].label: Mail → E-mail",
                "lead_fields[1].required: no → yes",
                "lead_fields[2]: – → key: tel, label: Phone, options: a, b",
            ]
        );
    }

    #[test]
    fn long_texts_are_kept_whole_and_secrets_are_not_shown() {
        let long = "word ".repeat(2_000);
        let found = changes(&json!({ "instructions": "" }), &json!({ "instructions": long }));
        assert_eq!(found.first().and_then(|change| change.after.clone()), Some(long));
        let (before, after) = (
            json!({ "password_hash": "one", "nested": { "api_token": "two" }, "keys": [] }),
            json!({ "password_hash": "three", "nested": { "api_token": null }, "keys": [{ "secret": "four", "name": "CI" }] }),
        );
        let said = read(&before, &after).join("\n");
        assert!(["one", "two", "three", "four"].iter().all(|secret| !said.contains(secret)), "{said}");
        assert!(said.contains("password_hash: – → (not shown)") && said.contains("name: CI"), "{said}");
        assert_eq!(read(&json!({ "max_tokens": 1 }), &json!({ "max_tokens": 2 })), ["max_tokens: 1 → 2"]);
    }

    #[test]
    fn a_value_of_another_kind_is_one_change() {
        assert_eq!(read(&json!({ "m": "x" }), &json!({ "m": { "n": 1 } })), ["m: x → n: 1"]);
        assert_eq!(read(&json!({ "m": ["x", "y"] }), &json!({ "m": true })), ["m: x, y → yes"]);
    }
}
