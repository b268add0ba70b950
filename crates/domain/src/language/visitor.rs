//! What is known of a visitor's language besides the question: the page, the browser, and what was said before.

use super::{Language, guess};
use crate::order;

/// What a visitor comes with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Visitor<'a> {
    /// The language the page declares, a BCP 47 tag.
    pub page: Option<&'a str>,
    /// The browser's `Accept-Language`.
    pub browser: Option<&'a str>,
    /// The agent's own language.
    pub agent: &'a str,
}

impl Visitor<'_> {
    /// The language to expect before a word is said: the page's, if the visitor's browser asks for that language,
    /// too; otherwise the browser's first that we speak; where the browser says nothing of use, the page's, and
    /// then the agent's.
    #[must_use]
    pub fn expected(&self) -> Option<Language> {
        let page = self.page.and_then(Language::from_tag);
        let accepted = accepted(self.browser.unwrap_or_default());
        page.filter(|page| accepted.contains(page))
            .or_else(|| accepted.first().copied())
            .or(page)
            .or_else(|| Language::from_tag(self.agent))
    }
}

/// The languages of an `Accept-Language` header that we speak, most wanted first.
fn accepted(header: &str) -> Vec<Language> {
    let mut accepted: Vec<(f64, Language)> = header
        .split(',')
        .take(20)
        .filter_map(|entry| {
            let (tag, parameters) = entry.split_once(';').unwrap_or((entry, ""));
            let quality =
                parameters.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.trim().parse().ok())?;
            (quality > 0.0).then_some((quality, Language::from_tag(tag)?))
        })
        .collect();
    // Stable: of equals, the first.
    order::by(&mut accepted, |a, b| b.0.total_cmp(&a.0));
    accepted.into_iter().map(|(_, language)| language).collect()
}

/// The language of the last of a conversation's questions, oldest first: each is expected in the language of
/// the one before, so that an "ok", a name or a product code changes nothing. English when nothing is known.
pub fn spoken<'a>(visitor: &Visitor<'_>, questions: impl IntoIterator<Item = &'a str>) -> Language {
    questions
        .into_iter()
        .fold(visitor.expected(), |expected, question| guess(question, expected).or(expected))
        .unwrap_or_default()
}
