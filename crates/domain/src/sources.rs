//! From what was found to the numbered sources of an answer.
//!
//! A long section is cut into windows that overlap, and a question often finds two of them. Side by side they say
//! half of everything twice and take two of the six places; as one text they read as they were written. So
//! neighbours of one section share a place, which leaves room for what else was found, within a bound on the whole.

use protocol::DocumentId;
use protocol::internal::{CuratedHit, CuratedMatch, Hit};

use crate::order;
use crate::retrieve::Found;
use crate::text::joined;

/// Sources of an answer, at most.
pub const MAX_SOURCES: usize = 6;
/// Neighbours in one source, at most: about 1,500 tokens.
const MOST_JOINED: usize = 3;
/// Passages in all sources, at most: about 4,000 tokens.
const MOST_PASSAGES: usize = 8;

/// The sources of an answer, best first: source `n` is `hits[n - 1]`.
#[derive(Debug, Default)]
pub struct Sources {
    pub hits: Vec<Hit>,
    /// The number of the source that holds each passage found.
    numbers: Vec<Option<u32>>,
}

impl Sources {
    /// The number of the source that the passage found at this place (from 0) went into, if it did.
    #[must_use]
    pub fn number(&self, place: usize) -> Option<u32> {
        self.numbers.get(place).copied().flatten()
    }

    /// How many of the passages found went into them.
    #[must_use]
    pub fn passages(&self) -> usize {
        self.numbers.iter().flatten().count()
    }
}

impl Found {
    /// The sources an answer may be made of: a close curated answer, then the passages from a score on.
    #[must_use]
    pub fn sources(&self, from: f64) -> Sources {
        let close = self.curated.as_ref().filter(|hit| hit.by == CuratedMatch::Closeness);
        let mut sources: Vec<Vec<&Hit>> = Vec::new();
        let close = close.and_then(as_source);
        sources.extend(close.as_ref().map(|hit| vec![hit]));
        let (mut numbers, mut taken) = (Vec::with_capacity(self.hits.len()), sources.len());
        for hit in &self.hits {
            let place =
                (hit.score >= from && taken < MOST_PASSAGES).then(|| place(&mut sources, hit)).flatten();
            taken += usize::from(place.is_some());
            numbers.push(place.and_then(|place| u32::try_from(place + 1).ok()));
        }
        Sources { hits: sources.into_iter().filter_map(|source| one(&source)).collect(), numbers }
    }
}

/// Puts a passage to its neighbours, or where there is room; says where.
fn place<'h>(sources: &mut Vec<Vec<&'h Hit>>, hit: &'h Hit) -> Option<usize> {
    let near = |source: &Vec<&Hit>| source.len() < MOST_JOINED && source.iter().any(|it| neighbours(it, hit));
    let found = sources.iter().position(near);
    if let Some(source) = found.and_then(|at| sources.get_mut(at)) {
        source.push(hit);
        return found;
    }
    (sources.len() < MAX_SOURCES).then(|| sources.push(vec![hit]))?;
    sources.len().checked_sub(1)
}

/// Windows of one section that follow one another. Pages of a file have addresses of their own, and are cited by them.
fn neighbours(a: &Hit, b: &Hit) -> bool {
    a.document_id == b.document_id
        && a.ord.abs_diff(b.ord) == 1
        && a.url == b.url
        && a.heading_path == b.heading_path
}

/// Passages of one section as one, as good as the best of them.
fn one(passages: &[&Hit]) -> Option<Hit> {
    let mut ordered = passages.to_vec();
    order::by(&mut ordered, |a, b| a.ord.cmp(&b.ord));
    let best = *passages.first()?;
    let first = *ordered.first()?;
    let text = joined(ordered.iter().map(|hit| hit.text.as_str()));
    Some(Hit { ord: first.ord, text, ..best.clone() })
}

/// A curated answer as a passage; its address leads nowhere.
fn as_source(curated: &CuratedHit) -> Option<Hit> {
    let (_, bits) = curated.id.as_str().split_once('_')?;
    Some(Hit {
        document_id: format!("{}_{bits}", DocumentId::PREFIX).parse().ok()?,
        ord: 0,
        url: format!("curated:///{}", curated.id),
        title: curated.pattern.clone(),
        heading_path: Vec::new(),
        text: curated.answer.clone(),
        score: curated.score,
        words: Some(curated.score),
        meaning: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(document: u64, ord: u32, score: f64) -> Hit {
        Hit {
            document_id: DocumentId::from_bits(u128::from(document)),
            ord,
            url: format!("https://x.test/{document}"),
            title: "T".into(),
            heading_path: vec!["T".into(), "Fees".into()],
            text: format!("Passage {document}.{ord} says what it says. It ends as the next begins {ord}."),
            score,
            words: Some(score),
            meaning: None,
        }
    }

    fn found(hits: Vec<Hit>) -> Found {
        Found { hits, ..Found::default() }
    }

    #[test]
    fn windows_of_one_section_share_a_place_in_the_order_of_the_page() {
        let mut second = hit(1, 5, 0.9);
        second.text = "Members pay nothing before noon. Guests pay ten.".into();
        let mut first = hit(1, 4, 0.5);
        first.text = "Fees are due. Members pay nothing before noon.".into();
        let sources = found(vec![second, hit(2, 4, 0.8), first]).sources(0.3);
        assert_eq!(sources.hits.len(), 2);
        assert_eq!(sources.hits[0].text, "Fees are due. Members pay nothing before noon. Guests pay ten.");
        assert_eq!((sources.hits[0].ord, sources.hits[0].score), (4, 0.9));
        assert_eq!([0, 1, 2].map(|place| sources.number(place)), [Some(1), Some(2), Some(1)]);
    }

    #[test]
    fn other_sections_other_pages_and_gaps_stay_apart() {
        let mut below = hit(1, 2, 0.8);
        below.heading_path.push("Guests".into());
        let mut page = hit(1, 5, 0.7);
        page.url.push_str("#page=2");
        let sources = found(vec![hit(1, 1, 0.9), below, hit(1, 4, 0.7), page, hit(2, 2, 0.6)]).sources(0.3);
        assert_eq!(sources.hits.len(), 5);
    }

    #[test]
    fn places_and_passages_are_bounded_and_what_is_too_weak_is_left_out() {
        let one_section: Vec<Hit> = (0..12).map(|ord| hit(1, ord, 0.9)).collect();
        let sources = found(one_section).sources(0.3);
        assert_eq!(sources.hits.len(), 3);
        assert_eq!((0..12).filter(|place| sources.number(*place).is_some()).count(), MOST_PASSAGES);
        let pages: Vec<Hit> = (0..12).map(|page| hit(page, 0, 0.9)).collect();
        assert_eq!(found(pages).sources(0.3).hits.len(), MAX_SOURCES);
        let weak = found(vec![hit(1, 0, 0.9), hit(1, 1, 0.2)]).sources(0.3);
        assert_eq!((weak.hits.len(), weak.number(1)), (1, None));
        assert!(!weak.hits[0].text.contains("1.1"));
    }
}
