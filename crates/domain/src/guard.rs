//! What a model says, checked before a visitor sees it: bounds, then citations, then addresses, then secrets.
//!
//! Every stage takes character by character, holds back what is undecided and lets go of what is final, so how a
//! model's text is cut into pieces changes nothing. Secrets come last: they see exactly what would be shown.

mod bounds;
mod links;
mod phrases;
mod secrets;

use protocol::answer::{Citation, Cut};
use protocol::internal::Hit;

use crate::citations::CitationGuard;
use crate::language::Language;

use bounds::Bounds;
use links::LinkGuard;
pub use secrets::{Secrets, canary};

/// Guards one answer.
pub struct Guard {
    bounds: Bounds,
    citations: CitationGuard,
    links: LinkGuard,
    /// None for what no model wrote.
    secrets: Option<Secrets>,
    language: Language,
    shown: bool,
    /// The caller ended it.
    ended: bool,
}

impl Guard {
    /// For a model that was given these sources and must not tell these secrets.
    #[must_use]
    pub fn new(sources: &[Hit], secrets: Secrets, language: Language) -> Self {
        Self { secrets: Some(secrets), language, ..Self::quoting(sources) }
    }

    /// For sentences of the sources: there is no prompt that they could tell.
    #[must_use]
    pub fn quoting(sources: &[Hit]) -> Self {
        Self {
            bounds: Bounds::default(),
            citations: CitationGuard::new(sources.len()),
            links: LinkGuard::new(sources),
            secrets: None,
            language: Language::default(),
            shown: false,
            ended: false,
        }
    }

    /// Takes the next piece of the answer and returns what may be shown.
    pub fn push(&mut self, piece: &str) -> String {
        let bounded = self.bounds.push(piece);
        let cited = self.citations.push(&bounded);
        let linked = self.links.push(&cited);
        self.kept(linked)
    }

    /// What was still held back when the text ended; after a cut, the sentence that closes the answer.
    pub fn finish(&mut self) -> String {
        let cited = self.citations.finish();
        let mut linked = self.links.push(&cited);
        linked.push_str(&self.links.finish());
        let mut rest = self.kept(linked);
        if let Some(secrets) = &mut self.secrets {
            rest.push_str(&secrets.finish());
        }
        if self.cut() == Some(Cut::Prompt) {
            if self.shown || !rest.trim().is_empty() {
                rest.push_str("\n\n");
            }
            rest.push_str(phrases::closing(self.language));
        }
        rest
    }

    fn kept(&mut self, text: String) -> String {
        let kept = match &mut self.secrets {
            Some(secrets) => secrets.push(&text),
            None => text,
        };
        self.shown |= !kept.trim().is_empty();
        kept
    }

    /// The answer is as long as it may be.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// Why the answer has to end here, once it has to.
    #[must_use]
    pub fn cut(&self) -> Option<Cut> {
        let told = self.secrets.as_ref().is_some_and(Secrets::told);
        if told { Some(Cut::Prompt) } else { self.bounds.cut().or(self.ended.then_some(Cut::Length)) }
    }

    /// Addresses that were taken out because no source of this turn has them.
    #[must_use]
    pub fn links_removed(&self) -> u32 {
        self.links.removed()
    }

    /// The sources that the shown text cites.
    #[must_use]
    pub fn citations(&self, hits: &[Hit], shown: &str) -> Vec<Citation> {
        let mut cited = self.citations.citations(hits);
        cited.retain(|citation| shown.contains(&format!("[{}]", citation.number)));
        cited
    }
}
