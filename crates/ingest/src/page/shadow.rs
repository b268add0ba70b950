//! Declarative shadow roots: `<template shadowrootmode=open>` is shown where it stands, while every other
//! `template` is shown only by a script. Before the page is parsed, such roots become elements of their own.

use std::borrow::Cow;

/// What a shadow root is called from here on; no page has an element of this name.
const ROOT: &str = "frontdesk-root";
const TEMPLATE: &str = "template";

/// The page with its shadow roots as ordinary elements.
pub(super) fn flatten(html: &str) -> Cow<'_, str> {
    if !html.contains("shadowroot") {
        return Cow::Borrowed(html);
    }
    let mut flat = String::with_capacity(html.len());
    // Whether each open template is a shadow root.
    let mut open = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        flat.push_str(before);
        let closes = tag.starts_with("</");
        let name = tag.trim_start_matches(['<', '/']);
        let is_template = name.get(..TEMPLATE.len()).is_some_and(|name| name.eq_ignore_ascii_case(TEMPLATE))
            && name.get(TEMPLATE.len()..).is_some_and(|after| {
                after.starts_with(|end: char| end.is_ascii_whitespace() || matches!(end, '>' | '/'))
            });
        if !is_template {
            flat.push('<');
            rest = tag.get(1..).unwrap_or_default();
            continue;
        }
        let end = tag.find('>').map_or(tag.len(), |end| end + 1);
        let (tag, after) = tag.split_at(end);
        let is_root = if closes {
            open.pop().unwrap_or(false)
        } else {
            let root = tag.to_ascii_lowercase().contains("shadowroot");
            open.push(root);
            root
        };
        match (is_root, closes) {
            (true, false) => flat.push_str(&format!("<{ROOT}>")),
            (true, true) => flat.push_str(&format!("</{ROOT}>")),
            (false, _) => flat.push_str(tag),
        }
        rest = after;
    }
    flat.push_str(rest);
    Cow::Owned(flat)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shadow_roots_are_shown_and_other_templates_are_not() {
        let html = "<x-a><template shadowrootmode=\"open\"><p>in</p><template><p>never</p></template></template>light</x-a>\
                    <template>inert</template><templates>kept</templates>";
        assert_eq!(
            flatten(html),
            "<x-a><frontdesk-root><p>in</p><template><p>never</p></template></frontdesk-root>light</x-a>\
             <template>inert</template><templates>kept</templates>"
        );
    }

    #[test]
    fn pages_without_shadow_roots_and_broken_ones_are_survived() {
        assert!(matches!(flatten("<template>x</template>"), Cow::Borrowed(_)));
        for broken in [
            "</template shadowroot",
            "<template shadowrootmode=open",
            "< shadowroot <<",
            "<\u{e9} shadowroot",
        ] {
            assert!(flatten(broken).len() <= broken.len() + ROOT.len());
        }
    }
}
