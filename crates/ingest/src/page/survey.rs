//! Facts about every element, gathered in one pass, so that asking about a subtree costs nothing however
//! deep a hostile page nests.

use std::collections::HashMap;

use dom_query::{NodeId, NodeRef};

/// What is inside an element.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Facts {
    /// Letters that are not white space, without scripts and styles.
    pub(super) letters: usize,
    /// How many of them are inside links.
    pub(super) linked: usize,
    /// The element is or holds an `h1`.
    pub(super) headed: bool,
    /// The element is or holds a `main` or an `article`.
    pub(super) main: bool,
}

/// Facts about the elements of a document.
#[derive(Debug, Default)]
pub(super) struct Survey {
    facts: HashMap<NodeId, Facts>,
    /// Letters of the whole document.
    pub(super) total: usize,
    /// Of the articles of a page that is about one, that one.
    pub(super) article: Option<NodeId>,
    /// Deepest nesting.
    pub(super) depth: usize,
    /// Elements and texts of the whole document.
    pub(super) nodes: usize,
}

impl Survey {
    /// Looks at every node below `root` once.
    pub(super) fn new(root: &NodeRef) -> Survey {
        let mut survey = Survey::default();
        // Parents before children: depth and links are handed down.
        let mut above: HashMap<NodeId, (usize, bool)> = HashMap::from([(root.id, (0, false))]);
        let nodes: Vec<NodeRef> = root.descendants_it().collect();
        for node in &nodes {
            let Some(parent) = node.parent() else { continue };
            let (depth, linked) = above.get(&parent.id).copied().unwrap_or_default();
            survey.depth = survey.depth.max(depth + 1);
            let mut facts = Facts::default();
            if node.is_text() {
                if !["script", "style", "noscript", "template"].iter().any(|name| parent.has_name(name)) {
                    facts.letters = node.text().chars().filter(|letter| !letter.is_whitespace()).count();
                    facts.linked = if linked { facts.letters } else { 0 };
                }
            } else {
                above.insert(node.id, (depth + 1, linked || node.has_name("a")));
                facts.headed = node.has_name("h1");
                facts.main = node.has_name("main") || node.has_name("article");
            }
            survey.facts.insert(node.id, facts);
        }
        // Children before parents: sums are handed up.
        for node in nodes.iter().rev() {
            let facts = survey.of(node);
            if let Some(parent) = node.parent() {
                let sum = survey.facts.entry(parent.id).or_default();
                sum.letters += facts.letters;
                sum.linked += facts.linked;
                sum.headed |= facts.headed;
                sum.main |= facts.main;
            }
        }
        survey.total = survey.of(root).letters;
        survey.nodes = nodes.len();
        survey
    }

    pub(super) fn of(&self, node: &NodeRef) -> Facts {
        self.facts.get(&node.id).copied().unwrap_or_default()
    }
}

impl Facts {
    /// Share of letters inside links, 0 to 1.
    pub(super) fn link_share(self) -> f64 {
        self.linked as f64 / self.letters.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dom_query::Document;

    #[test]
    fn letters_links_and_depth_are_counted() {
        let document =
            Document::from("<p>ab<a href=x>c<b>d</b></a></p><script>xyz</script><div><h1> e </h1></div>");
        let survey = Survey::new(&document.root());
        assert_eq!(survey.total, 5);
        // html, body, p, a, b, text
        assert_eq!(survey.depth, 6);
        let paragraph = document.select("p").nodes().first().copied().unwrap();
        assert_eq!((survey.of(&paragraph).letters, survey.of(&paragraph).linked), (4, 2));
        assert!(survey.of(&document.select("div").nodes().first().copied().unwrap()).headed);
    }
}
