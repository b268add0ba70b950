//! Whether a page shows its text only after running scripts, judged by what came back.

use std::fmt;

use dom_query::{Document, NodeRef};
use serde::{Deserialize, Serialize};

use super::block::Block;

/// Words below which a page that runs scripts has nothing to read.
const FEW_WORDS: usize = 20;
/// The same for scripts that put no spaces between words.
const FEW_LETTERS: usize = 120;

/// Words that may stand around an empty place for an app: a menu, a notice about cookies.
const SURROUNDINGS: usize = 100;

/// Bytes of scripts in the page for each letter of it, from which the text is a by-product.
const SCRIPT_PER_LETTER: usize = 20;
/// Bytes of scripts that every page has.
const SOME_SCRIPT: usize = 4_000;

/// Where frameworks put what they draw.
const MOUNTS: [&str; 9] =
    ["root", "app", "__next", "__nuxt", "___gatsby", "svelte", "q-app", "app-root", "main-app"];

/// What says that a page needs its scripts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NeedsScript {
    /// The place where an app draws the page is there, and next to no text.
    Mount(String),
    /// It asks its visitors to switch JavaScript on.
    Noscript,
    /// Its scripts are far longer than its text.
    Scripts,
}

impl fmt::Display for NeedsScript {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NeedsScript::Mount(name) => {
                write!(formatter, "its HTML has an empty place (“{name}”) for an app")
            }
            NeedsScript::Noscript => formatter.write_str("its HTML asks for JavaScript"),
            NeedsScript::Scripts => formatter.write_str("its HTML has scripts and hardly any text"),
        }
    }
}

/// What says that the page with these blocks of text needs its scripts.
pub(super) fn needed(document: &Document, blocks: &[Block]) -> Option<NeedsScript> {
    let words = blocks.iter().flat_map(Block::words).take(SURROUNDINGS).count();
    let letters = blocks.iter().flat_map(Block::words).map(|word| word.chars().count()).sum::<usize>();
    if words >= SURROUNDINGS || letters >= SURROUNDINGS * 6 {
        return None;
    }
    let root = document.root();
    let (mut scripts, mut inline) = (0, 0);
    for node in root.descendants_it().filter(|node| node.has_name("script") && is_program(node)) {
        scripts += 1;
        inline += node.text().len();
    }
    if scripts == 0 {
        return None;
    }
    let few = words < FEW_WORDS && letters < FEW_LETTERS;
    let mount = root.descendants_it().find_map(|node| {
        let id = node.attr("id").unwrap_or_default();
        let named = MOUNTS.contains(&&*id).then(|| id.to_string());
        let named = named.or_else(|| node.has_name("app-root").then(|| "app-root".to_owned()))?;
        (few || letters_of(&node) == 0).then_some(named)
    });
    if let Some(mount) = mount {
        return Some(NeedsScript::Mount(mount));
    }
    if !few {
        return None;
    }
    let asks = root
        .descendants_it()
        .any(|node| node.has_name("noscript") && node.text().to_ascii_lowercase().contains("javascript"));
    if asks {
        return Some(NeedsScript::Noscript);
    }
    let drawn = inline >= SOME_SCRIPT && inline > letters * SCRIPT_PER_LETTER;
    (drawn || letters_of(&root) == 0).then_some(NeedsScript::Scripts)
}

/// Data in a `script` is no program.
fn is_program(node: &NodeRef) -> bool {
    node.attr("type").is_none_or(|kind| {
        let kind = kind.trim().to_ascii_lowercase();
        kind.is_empty() || kind == "module" || kind.ends_with("javascript")
    })
}

/// Letters a visitor sees below a node.
fn letters_of(node: &NodeRef) -> usize {
    let hidden = ["script", "style", "noscript", "template", "title"];
    node.descendants_it()
        .filter(|child| child.is_text())
        .filter(|child| {
            !child.ancestors_it(Some(3)).any(|above| hidden.iter().any(|name| above.has_name(name)))
        })
        .map(|child| child.text().chars().filter(|letter| !letter.is_whitespace()).count())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::super::extract;
    use super::*;
    use url::Url;

    fn sign(html: &str) -> Option<NeedsScript> {
        extract(html.as_bytes(), Some("text/html"), &Url::parse("https://a.example/").unwrap()).needs_script
    }

    #[test]
    fn shells_of_apps_say_what_they_are() {
        for id in ["root", "app", "__next", "__nuxt"] {
            let html = format!("<div id={id}></div><script src=app.js></script>");
            assert_eq!(sign(&html), Some(NeedsScript::Mount(id.into())), "{id}");
        }
        assert_eq!(
            sign("<app-root>Loading\u{2026}</app-root><script type=module src=m.js></script>"),
            Some(NeedsScript::Mount("app-root".into()))
        );
        let noscript =
            "<p>One moment</p><noscript>Please enable JavaScript.</noscript><script src=a.js></script>";
        assert_eq!(sign(noscript), Some(NeedsScript::Noscript));
        let drawn = format!("<p>Shop</p><script>{}</script>", "draw('shop');".repeat(500));
        assert_eq!(sign(&drawn), Some(NeedsScript::Scripts));
        assert_eq!(sign("<title>Shop</title><body><script src=a.js></script>"), Some(NeedsScript::Scripts));
    }

    #[test]
    fn words_around_an_empty_place_do_not_hide_it() {
        let notice = "We use cookies to remember your basket and to count visits to these pages of our shop. \
                      By clicking OK you agree to it, and by closing this you do not.";
        let html = format!("<p>{notice}</p><div id=root></div><script src=app.js></script>");
        assert_eq!(sign(&html), Some(NeedsScript::Mount("root".into())));
    }

    #[test]
    fn a_page_with_its_text_in_its_html_never_needs_scripts() {
        let text = "We open at nine every day but Monday, and the last repair is taken in at five o'clock sharp on each of them.";
        let scripts = format!("<script src=a.js></script><script>{}</script>", "x();".repeat(9_000));
        let noscript = "<noscript>Some things need JavaScript.</noscript>";
        assert_eq!(sign(&format!("<div id=root><p>{text}</p></div>{noscript}{scripts}")), None);
        assert_eq!(sign(&format!("<main><p>{text}</p></main>{noscript}{scripts}")), None);
        assert_eq!(sign("<div id=root></div><script type='application/ld+json'>{}</script>"), None);
        let japanese = "営業時間は毎日午前九時から午後五時までです。月曜日は定休日です。修理の受付は午後四時半までとなります。"
            .repeat(3);
        assert_eq!(sign(&format!("<div id=app><p>{japanese}</p></div><script src=a.js></script>")), None);
    }
}
