//! Small questions about elements.

use dom_query::NodeRef;

/// One space for every run of white space, none at the ends.
pub(super) fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The element's name in lower case, empty for other nodes.
pub(super) fn name(node: &NodeRef) -> String {
    node.node_name().map(|name| name.to_string()).unwrap_or_default()
}

/// An attribute's value, trimmed.
pub(super) fn attribute(node: &NodeRef, name: &str) -> Option<String> {
    node.attr(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// Whether a descendant has one of the names.
pub(super) fn has_any(node: &NodeRef, names: &[&str]) -> bool {
    node.descendants_it().any(|child| names.iter().any(|name| child.has_name(name)))
}

/// Lower-case words of the element's class, id and role: `siteFooter-nav` is `site`, `footer`, `nav`.
pub(super) fn tokens(node: &NodeRef) -> Vec<String> {
    let mut tokens = Vec::new();
    for attribute in ["class", "id", "role", "data-testid"] {
        let Some(value) = node.attr(attribute) else { continue };
        let mut word = String::new();
        let mut lower_before = false;
        for letter in value.chars() {
            if !letter.is_alphanumeric() || (letter.is_uppercase() && lower_before) {
                tokens.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            }
            if letter.is_alphanumeric() {
                word.extend(letter.to_lowercase());
            }
            lower_before = letter.is_lowercase();
        }
        tokens.extend((!word.is_empty()).then_some(word));
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;
    use dom_query::Document;

    #[test]
    fn class_names_are_split_into_words() {
        let document = Document::from("<div class='siteFooter main-nav' id=AD_box></div>");
        let node = document.select("div").nodes().first().copied().unwrap();
        assert_eq!(tokens(&node), ["site", "footer", "main", "nav", "ad", "box"]);
    }
}
