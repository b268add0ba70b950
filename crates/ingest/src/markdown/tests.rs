use proptest::prelude::*;

use super::*;
use crate::page::text;

#[test]
fn structure_becomes_blocks() {
    let source = "---\ntitle: Prices\nlang: en\n---\n# Our prices {#p}\nA [tube](/x) with *care*.\nSecond `line`.\n\n\
        1. one\n2. two\n   - inner\n\n     more\n\n> said\n\n| Job | Price |\n|---|--:|\n| Tube | 9 |\n\n```rust\nfn x() {}\n```\n";
    let document = read(source);
    assert_eq!((document.title.as_str(), document.language.as_deref()), ("Prices", Some("en")));
    assert_eq!(
        text(&document.blocks),
        "# Our prices\n\nA tube with care.\nSecond line.\n\n1. one\n2. two\n  - inner\n\nmore\n\n> said\n\n\
         Job | Price\nTube | 9\n\nfn x() {}"
    );
    assert!(matches!(&document.blocks[0], Block::Heading { id: Some(id), level: 1, .. } if id == "p"));
    assert!(
        matches!(document.blocks.last(), Some(Block::Code { language: Some(name), .. }) if name == "rust")
    );
}

#[test]
fn the_first_heading_is_the_title_without_front_matter() {
    assert_eq!(read("Hello\n=====\ntext").title, "Hello");
    assert_eq!(read("## Two\ntext").title, "");
}

#[test]
fn raw_html_is_stripped_to_its_text() {
    let source = "<div class=x>\n\n**bold**<br>next <kbd>K</kbd>\n\n</div>\n\n<script>evil()</script>\n\n<!-- no -->\n\n\
        <table><tr><th>A</th></tr><tr><td>1 &amp; 2</td></tr></table>\n";
    let said = text(&blocks(source));
    assert!(said.starts_with("bold\nnext K"), "{said}");
    assert!(said.contains("1 & 2") && !said.contains("evil") && !said.contains("no"), "{said}");
}

#[test]
fn footnotes_and_tasks_keep_their_words() {
    let said = text(&blocks("Open[^1] daily.\n\n- [x] swept\n- [ ] locked\n\n[^1]: Not on Mondays.\n"));
    assert_eq!(said, "Open daily.\n\n- [x] swept\n- [ ] locked\n\nNot on Mondays.");
}

#[test]
fn hostile_nesting_ends() {
    for unit in ["> ", "- ", "[", "![", "**a", "<div>\n", "|a", "`", "<p>x\n\n"] {
        let _ = blocks(&unit.repeat(20_000));
    }
}

proptest! {
    #[test]
    fn nothing_panics(source in "[-#>*`|:\\[\\]()<>/a-z0-9 \t\n\r+=!&;~_^\u{e9}\u{4e00}]{0,400}") {
        for block in blocks(&source) {
            prop_assert!(!block.text().trim().is_empty());
        }
    }
}
