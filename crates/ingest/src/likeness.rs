//! Whether two pages say the same but for the address they were asked for by: how a site's page for what does not
//! exist is known again when the site answers as if it did.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::page::Page;

/// Pairs of words that stand for a page: those with the smallest digests (a bottom-k sketch).
const KEPT: usize = 128;

/// Share of the pairs that two pages have in common when they are the same.
const SAME: f64 = 0.9;

/// What a page says, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Likeness(BTreeSet<u64>);

impl Likeness {
    /// None for a page without text.
    pub fn of(page: &Page, address: &Url) -> Option<Likeness> {
        let named: Vec<String> =
            words(address.path()).chain(words(address.query().unwrap_or_default())).collect();
        let text = page.text();
        let words: Vec<String> =
            words(&page.title).chain(words(&text)).filter(|word| !named.contains(word)).collect();
        if page.blocks.is_empty() || words.is_empty() {
            return None;
        }
        let mut pairs: BTreeSet<u64> = words.windows(2).map(|pair| digest(&pair.join(" "))).collect();
        if let [only] = words.as_slice() {
            pairs.insert(digest(only));
        }
        while pairs.len() > KEPT {
            pairs.pop_last();
        }
        Some(Likeness(pairs))
    }

    /// Whether both are the same page.
    pub fn is(&self, other: &Likeness) -> bool {
        let both: Vec<&u64> = self.0.union(&other.0).take(KEPT).collect();
        let shared = both.iter().filter(|pair| self.0.contains(pair) && other.0.contains(pair)).count();
        shared as f64 >= SAME * both.len() as f64
    }
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

/// FNV-1a, mixed (`MurmurHash3`'s finaliser), because the smallest digests are kept.
fn digest(text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53) ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likeness(path: &str, body: &str) -> Likeness {
        let url = Url::parse("https://shop.example").unwrap().join(path).unwrap();
        let html = format!("<title>Shop</title><main>{body}</main>");
        Likeness::of(&crate::page::extract(html.as_bytes(), Some("text/html"), &url), &url).unwrap()
    }

    fn error(path: &str) -> Likeness {
        let text = "<h1>Page not found</h1><p>We could not find PATH. It may have moved, or it never was. \
                    Look for it from our front page, or call us during opening hours.</p>";
        likeness(path, &text.replace("PATH", path))
    }

    #[test]
    fn the_page_for_what_does_not_exist_is_known_by_any_address() {
        assert!(error("/frontdesk-0123").is(&error("/services/brakes?id=7")));
    }

    #[test]
    fn other_pages_are_not_it() {
        let missing = error("/frontdesk-0123");
        for body in [
            "<h1>Opening hours</h1><p>Call us during opening hours, or look for us at the quay.</p>",
            "<h1>Not found</h1>",
            "<p>Lost property: we could not find the owner of a red lamp. It may have moved with its bicycle.</p>",
        ] {
            let page = likeness("/a", body);
            assert!(!page.is(&missing) && !missing.is(&page), "{body}");
        }
        let long = |n: u32| (0..400).map(|at| format!("word{} ", at * n)).collect::<String>();
        assert!(
            !likeness("/a", &format!("<p>{}</p>", long(3)))
                .is(&likeness("/b", &format!("<p>{}</p>", long(7))))
        );
        assert!(
            likeness("/a", &format!("<p>{}</p>", long(3)))
                .is(&likeness("/b", &format!("<p>{}</p>", long(3))))
        );
    }

    #[test]
    fn nothing_is_like_a_page_without_text() {
        let url = Url::parse("https://shop.example/a").unwrap();
        assert_eq!(Likeness::of(&Page::default(), &url), None);
    }
}
