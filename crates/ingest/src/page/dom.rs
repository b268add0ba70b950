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

/// Letters of a subtree, and how many of them are inside links; scripts and styles do not count.
pub(super) fn letters(node: &NodeRef) -> (usize, usize) {
    let (mut all, mut linked) = (0, 0);
    for child in node.descendants_it().filter(|child| child.is_text()) {
        let silent = |n: &NodeRef| n.has_name("script") || n.has_name("style") || n.has_name("noscript");
        if child.parent().is_some_and(|parent| silent(&parent)) {
            continue;
        }
        let count = child.text().chars().filter(|letter| !letter.is_whitespace()).count();
        all += count;
        if child.ancestors_it(Some(6)).any(|ancestor| ancestor.has_name("a")) {
            linked += count;
        }
    }
    (all, linked)
}

/// Deepest nesting below the document, counted without recursion.
pub(super) fn depth(root: &NodeRef) -> usize {
    let mut deepest = 0;
    let mut depth = 0_usize;
    let mut at = root.first_child();
    while let Some(node) = at {
        deepest = deepest.max(depth + 1);
        if let Some(child) = node.first_child() {
            depth += 1;
            at = Some(child);
            continue;
        }
        let mut climb = Some(node);
        at = None;
        while let Some(here) = climb {
            if let Some(next) = here.next_sibling() {
                at = Some(next);
                break;
            }
            if depth == 0 {
                break;
            }
            depth -= 1;
            climb = here.parent();
        }
    }
    deepest
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

    #[test]
    fn depth_counts_the_longest_branch() {
        let document = Document::from("<p>a<b><i>x</i></b></p><p>b</p>");
        // html, body, p, b, i, text
        assert_eq!(depth(&document.root()), 6);
    }
}
