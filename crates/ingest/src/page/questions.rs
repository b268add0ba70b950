//! Questions that a page answers: what it says of itself (schema.org's `FAQPage` as JSON-LD), what it folds under
//! a question, what it defines, then headings.

use std::collections::HashMap;

use dom_query::{Document, NodeRef};
use serde_json::{Map, Value};

use super::block::Block;
use super::inline::Inline;
use super::survey::Survey;
use super::walk::walk;
use super::{content, dom, noise};
use crate::faq::Pair;
use crate::questions::{Finder, asked, tidy};

/// Bytes of one script that are read.
const MAX_SCRIPT: usize = 500_000;
/// Nesting below which nothing is looked for.
const MAX_DEPTH: usize = 200;
/// Folds and lists of definitions of one page that are read.
const MAX_MARKED: usize = 300;

/// The questions of a page whose main content is known.
pub(super) fn read(document: &Document, blocks: &[Block]) -> Vec<Pair> {
    let root = document.root();
    let mut finder = Finder::default();
    let mut marked = false;
    for node in root.descendants_it() {
        if node.has_name("script") && node.attr("type").is_some_and(|kind| is_json_ld(&kind)) {
            declared(&node.text(), &mut finder);
        }
        marked |= node.has_name("details") || node.has_name("dl");
    }
    if marked && let Some(body) = root.descendants_it().find(|node| node.has_name("body")) {
        let mut marked = Marked { survey: Survey::new(&root), finder, left: MAX_MARKED };
        marked.visit(&body, 0);
        finder = marked.finder;
    }
    finder.headings(&blocks.iter().collect::<Vec<_>>());
    finder.pairs()
}

fn is_json_ld(kind: &str) -> bool {
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/ld+json"))
}

/// What a script of JSON-LD declares. Line breaks inside its strings are a common fault.
fn declared(script: &str, finder: &mut Finder) {
    if script.len() > MAX_SCRIPT || !script.contains("FAQPage") {
        return;
    }
    let script = script.replace(char::is_control, " ");
    let Ok(value) = serde_json::from_str::<Value>(script.trim().trim_end_matches(';')) else { return };
    let mut named = HashMap::new();
    note_named(&value, &mut named);
    faq_pages(&value, &named, finder);
}

/// Things that are referred to by their `@id`.
fn note_named<'v>(value: &'v Value, named: &mut HashMap<&'v str, &'v Map<String, Value>>) {
    match value {
        Value::Array(all) => all.iter().for_each(|one| note_named(one, named)),
        Value::Object(object) => {
            if let (Some(id), true) = (string(object, "@id"), object.contains_key("acceptedAnswer")) {
                named.insert(id, object);
            }
            object.values().for_each(|one| note_named(one, named));
        }
        _ => {}
    }
}

fn faq_pages(value: &Value, named: &HashMap<&str, &Map<String, Value>>, finder: &mut Finder) {
    match value {
        Value::Array(all) => all.iter().for_each(|one| faq_pages(one, named, finder)),
        Value::Object(object) if is_faq_page(object) => {
            for question in object.get("mainEntity").into_iter().flat_map(each) {
                let Some(question) = question.as_object() else { continue };
                let by_name = string(question, "@id").and_then(|id| named.get(id).copied());
                let question = if question.contains_key("acceptedAnswer") { Some(question) } else { by_name };
                if let Some(question) = question {
                    declared_question(question, finder);
                }
            }
        }
        Value::Object(object) => object.values().for_each(|one| faq_pages(one, named, finder)),
        _ => {}
    }
}

fn is_faq_page(object: &Map<String, Value>) -> bool {
    let kinds = object.get("@type").into_iter().flat_map(each);
    kinds.filter_map(Value::as_str).any(|kind| kind.rsplit(['/', ':', '#']).next() == Some("FAQPage"))
}

fn declared_question(question: &Map<String, Value>, finder: &mut Finder) {
    let Some(name) = string(question, "name").or_else(|| string(question, "text")) else { return };
    let answer = question.get("acceptedAnswer").into_iter().flat_map(each).next();
    let Some(text) = answer.and_then(Value::as_object).and_then(|answer| string(answer, "text")) else {
        return;
    };
    let name = marked_up(name).iter().flat_map(Block::words).collect::<Vec<_>>().join(" ");
    let blocks = marked_up(text);
    finder.take(&tidy(&name), &blocks.iter().collect::<Vec<_>>());
}

/// Texts of JSON-LD may be HTML.
fn marked_up(text: &str) -> Vec<Block> {
    if text.contains(['<', '&']) { content::fragment(text) } else { content::plain(text) }
}

fn each(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice).iter()
}

fn string<'v>(object: &'v Map<String, Value>, key: &str) -> Option<&'v str> {
    object.get(key).and_then(Value::as_str)
}

/// Looks through the page for what it folds and defines, outside of the site's furniture.
struct Marked {
    survey: Survey,
    finder: Finder,
    left: usize,
}

impl Marked {
    fn visit(&mut self, node: &NodeRef, depth: usize) {
        for child in node.children_it(false).filter(NodeRef::is_element) {
            let name = dom::name(&child);
            if depth > MAX_DEPTH || self.left == 0 || noise::is_noise(&child, &name, &self.survey) {
                continue;
            }
            match name.as_str() {
                "details" => self.fold(&child),
                "dl" => self.definitions(&child),
                _ => {}
            }
            self.visit(&child, depth + 1);
        }
    }

    /// `<details><summary>`: the summary is read as a heading, and nothing behind the fold belongs to it.
    fn fold(&mut self, node: &NodeRef) {
        self.left = self.left.saturating_sub(1);
        let blocks: Vec<Block> = walk(node, &self.survey).into_iter().map(|piece| piece.block).collect();
        let Some((Block::Heading { text, .. }, below)) = blocks.split_first() else { return };
        let Some(question) = asked(text) else { return };
        let next = |block: &&Block| matches!(block, Block::Heading { text, .. } if asked(text).is_some());
        let below: Vec<&Block> = below.iter().take_while(|block| !next(block)).collect();
        self.finder.take(&question, &below);
        self.finder.settle(&question);
    }

    /// `<dl>`: terms that are questions with the definitions after them, in groups or not.
    fn definitions(&mut self, list: &NodeRef) {
        self.left = self.left.saturating_sub(1);
        let (mut terms, mut said) = (Vec::new(), Vec::new());
        let parts = list.children_it(false).flat_map(|child| {
            let grouped = child.has_name("div");
            if grouped { child.children_it(false).collect() } else { vec![child] }
        });
        for part in parts {
            if part.has_name("dt") {
                if !said.is_empty() {
                    self.defined(&mut terms, &mut said);
                }
                let mut inline = Inline::default();
                inline.element(&part, &self.survey);
                terms.extend(asked(&inline.take().0));
            } else if part.has_name("dd") {
                said.extend(walk(&part, &self.survey).into_iter().map(|piece| piece.block));
            }
        }
        self.defined(&mut terms, &mut said);
    }

    fn defined(&mut self, terms: &mut Vec<String>, said: &mut Vec<Block>) {
        let blocks: Vec<&Block> = said.iter().collect();
        for term in terms.drain(..) {
            self.finder.take(&term, &blocks);
        }
        said.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Page, extract};
    use crate::faq::Pair;
    use crate::questions::{ANSWER_CHARS, MOST, QUESTION_CHARS};

    fn read(html: &str) -> Page {
        extract(html.as_bytes(), Some("text/html"), &url::Url::parse("https://shop.example/help").unwrap())
    }

    fn of(html: &str) -> Vec<(String, String)> {
        let found = read(html).questions.into_iter();
        found.map(|Pair { question, answer }| (question, answer)).collect()
    }

    fn pair(question: &str, answer: &str) -> (String, String) {
        (question.to_owned(), answer.to_owned())
    }

    const LD: &str = "<script type='application/ld+json; charset=utf-8'>";

    #[test]
    fn what_a_page_declares_is_taken_from_its_json_ld_with_its_markup_read() {
        let html = format!(
            "<html><head>{LD}{{\"@context\":\"https://schema.org\",\"@type\":[\"WebPage\",\"FAQPage\"],\"mainEntity\":[\
             {{\"@type\":\"Question\",\"name\":\"Can I cancel?\",\"acceptedAnswer\":{{\"@type\":\"Answer\",\"text\":\"<p>Until noon, by <b>phone</b>.</p><ul><li>Free on weekdays</li></ul>\"}}}},\
             {{\"@type\":\"Question\",\"name\":\"Parking &amp; access\",\"acceptedAnswer\":[{{\"text\":\"There are two places\nbehind the house.\"}}]}},\
             {{\"@type\":\"Question\",\"name\":\"Is it short?\",\"acceptedAnswer\":{{\"text\":\"Yes.\"}}}}]}}</script></head>\
             <body><main><h1>Help</h1><p>Write to us whenever something is not clear to you.</p></main></body></html>"
        );
        assert_eq!(
            of(&html),
            [
                pair("Can I cancel?", "Until noon, by phone.\n\n- Free on weekdays"),
                pair("Parking & access", "There are two places behind the house."),
            ]
        );
    }

    #[test]
    fn questions_that_are_named_elsewhere_in_a_graph_are_found_and_those_of_a_forum_are_not() {
        let question = "{\"@type\":\"Question\",\"@id\":\"#q1\",\"name\":\"Do you mend masts?\",\"acceptedAnswer\":{\"text\":\"We mend masts of wood and of metal.\"}}";
        let graph = |kind: &str| {
            format!(
                "<body>{LD}{{\"@graph\":[{{\"@type\":\"{kind}\",\"mainEntity\":[{{\"@id\":\"#q1\"}}]}},{question}]}}</script><p>Words.</p>"
            )
        };
        assert_eq!(
            of(&graph("http://schema.org/FAQPage")),
            [pair("Do you mend masts?", "We mend masts of wood and of metal.")]
        );
        assert_eq!(of(&graph("QAPage")), []);
        assert_eq!(of(&format!("<body>{LD}{{\"@type\":\"FAQPage\",</script><p>Broken.</p>")), []);
    }

    #[test]
    fn a_fold_answers_its_summary_and_nothing_behind_it_does() {
        let html = "<body><nav><details><summary>Where to?</summary><p>A menu is no answer to anything.</p></details></nav><main><h1>Help</h1>\
            <details><summary><h3>1. Do you ship abroad?</h3></summary><p>Yes, to all of Europe.</p><ol><li>Order</li><li>Pay</li></ol></details>\
            <details><summary>Are you open?</summary><p>Yes.</p></details><p>This paragraph stands behind the fold and is no part of it.</p>\
            <details><summary>Our story</summary><p>It began with a boat and a bucket.</p></details></main>";
        assert_eq!(of(html), [pair("Do you ship abroad?", "Yes, to all of Europe.\n\n1. Order\n2. Pay")]);
    }

    #[test]
    fn terms_that_are_questions_are_answered_by_their_definitions() {
        let html = "<body><main><h1>Help</h1><dl><dt>How long is a lesson?</dt><dd>Fifty minutes, with a break.</dd><dd>Longer for groups.</dd>\
            <dt>Monday</dt><dd>Closed all day, like on every Monday.</dd>\
            <div><dt>Can I come late?</dt><dt>May I leave early?</dt><dd>Whenever you like, the door is open.</dd></div></dl></main>";
        assert_eq!(
            of(html),
            [
                pair("How long is a lesson?", "Fifty minutes, with a break.\n\nLonger for groups."),
                pair("Can I come late?", "Whenever you like, the door is open."),
                pair("May I leave early?", "Whenever you like, the door is open."),
            ]
        );
    }

    #[test]
    fn headings_that_ask_are_answered_by_what_follows() {
        let html = "<body><header><h2>Why choose us?</h2><p>Because we are by far the best of all.</p></header><main><h1>Questions</h1>\
            <h2>営業時間は何時ですか</h2><p>平日は午前九時から午後五時まで営業しております。土曜日は正午までです。</p>\
            <h2>Do you take cards?</h2><p>We take every card there is.</p><ul><li>Debit</li><li>Credit</li></ul>\
            <h2>Contact</h2><p>Call us on any day of the week.</p></main>";
        assert_eq!(
            of(html),
            [
                pair(
                    "営業時間は何時ですか",
                    "平日は午前九時から午後五時まで営業しております。土曜日は正午までです。"
                ),
                pair("Do you take cards?", "We take every card there is.\n\n- Debit\n- Credit"),
            ]
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn whatever_a_page_holds_its_questions_are_few_distinct_and_within_bounds(parts in prop::collection::vec(
            prop_oneof![
                prop::sample::select(vec![
                    "<main>", "<h1>", "<h2>", "</h2>", "<h3>", "</h3>", "<p>", "</p>", "<details>", "<summary>", "</summary>", "</details>", "<dl>",
                    "<dt>", "</dt>", "<dd>", "</dl>", "<ul><li>", "</ul>", "<table><tr><td>", "</table>", "<pre>", "Is it far?", "いくらですか", "هل تفتحون",
                    "It is as near as can be, and open all day. ", "<script type=application/ld+json>", "</script>",
                    "{\"@type\":\"FAQPage\",\"mainEntity\":[", "{\"name\":\"What now\",\"acceptedAnswer\":{\"text\":\"Nothing &lt;b> at all, for ever and ever.\"}},", "]}",
                    "[", "\"@id\":", "\u{1f600}", "?", "\u{ff1f}",
                ]).prop_map(str::to_owned),
                any::<String>(),
                (1_usize..300).prop_map(|times| "word? ".repeat(times)),
            ], 0..60)) {
            let found = read(&parts.concat()).questions;
            prop_assert!(found.len() <= MOST);
            let mut questions: Vec<&str> = found.iter().map(|pair| pair.question.as_str()).collect();
            questions.sort_unstable();
            questions.dedup();
            prop_assert_eq!(questions.len(), found.len());
            for Pair { question, answer } in &found {
                prop_assert!(QUESTION_CHARS.contains(&question.chars().count()) && !question.contains('\n'), "{question}");
                prop_assert!(ANSWER_CHARS.contains(&answer.chars().count()), "{answer}");
            }
        }
    }
}
