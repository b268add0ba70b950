//! Orders candidates by how well they carry a question. SQLite's `bm25()` finds them; here they are weighed
//! again with what it cannot see: which sentence holds the words, in which order, and under which heading.

mod matching;

use crate::order;
use crate::words::{Group, Kind};
use matching::Lookup;
pub(crate) use matching::Passage;

/// Terms of a question that take part in a ranking; more would only slow it down.
const MOST_GROUPS: usize = 48;
/// Terms given to the full-text index.
const MOST_TERMS: usize = 40;

/// How much each ingredient counts. The values were measured on English, Spanish, German, Chinese and Arabic
/// questions; `docs/DESIGN.md` has the ablation.
#[derive(Clone, Copy, Debug)]
pub struct Weights {
    /// BM25's saturation and length normalisation (S. Robertson, H. Zaragoza, "The Probabilistic Relevance
    /// Framework: BM25 and Beyond", 2009), with title and headings as a weighted field (BM25F).
    pub k1: f64,
    pub b: f64,
    pub head: f64,
    /// Share of the question within one sentence and its neighbours.
    pub near: f64,
    pub neighbour: f64,
    /// Neighbouring words of the question that are neighbours in the passage.
    pub order: f64,
    /// Share of the question in the whole passage.
    pub cover: f64,
    pub synonym: f64,
    pub partial: f64,
    pub character: f64,
    pub name: f64,
    pub number: f64,
    /// Words common in every text.
    pub light: f64,
}

impl Weights {
    pub const DEFAULT: Self = Self {
        k1: 1.2,
        b: 0.6,
        head: 1.5,
        near: 0.8,
        neighbour: 0.5,
        order: 0.5,
        cover: 0.5,
        synonym: 0.5,
        partial: 0.5,
        character: 0.3,
        name: 1.2,
        number: 1.2,
        light: 0.35,
    };
}

/// A question ready to be compared with passages.
pub struct Query {
    groups: Vec<Weighted>,
    lookup: Lookup,
    total: f64,
    weights: Weights,
}

/// A group with what finding it is worth.
struct Weighted {
    group: Group,
    weight: f64,
    /// Passages that hold it or a synonym.
    frequency: u32,
}

/// What a passage is worth for a question.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Assessment {
    /// Orders passages; comparable for one question only.
    pub rank: f64,
    /// 0 to 1: how much of the question the passage carries; comparable across questions.
    pub score: f64,
}

/// How often terms occur in the index.
pub trait Frequencies {
    /// Passages that hold the term.
    fn of(&self, term: &str) -> u32;
    /// Passages in all.
    fn passages(&self) -> u32;
}

impl Query {
    /// Weighs what a question asks for by how rare it is in the index.
    #[must_use]
    pub fn new(groups: Vec<Group>, frequencies: &impl Frequencies, weights: Weights) -> Self {
        let mut weighted: Vec<Weighted> = groups
            .into_iter()
            .map(|group| weigh(group, frequencies, &weights))
            .filter(|g| g.weight > 0.0)
            .collect();
        order::by(&mut weighted, |a, b| b.weight.total_cmp(&a.weight));
        weighted.truncate(MOST_GROUPS);
        order::by(&mut weighted, |a, b| a.group.at.cmp(&b.group.at));
        let lookup = Lookup::new(weighted.iter().map(|weighted| &weighted.group), &weights);
        let total = weighted.iter().map(|weighted| weighted.weight).sum();
        Self { groups: weighted, lookup, total, weights }
    }

    /// The terms to look up in the full-text index, or nothing when the question asks for nothing.
    #[must_use]
    pub fn terms(&self, passages: u32) -> Vec<&str> {
        let common = (passages / 4).max(200);
        let rare = self.groups.iter().filter(|g| g.frequency > 0 && g.frequency <= common).count();
        let mut chosen: Vec<&Weighted> = self
            .groups
            .iter()
            .filter(|g| g.frequency > 0 && (g.frequency <= common || rare < 2))
            .filter(|g| g.group.kind != Kind::Character || rare < 3)
            .collect();
        order::by(&mut chosen, |a, b| b.weight.total_cmp(&a.weight));
        let mut terms: Vec<&str> = Vec::new();
        for weighted in chosen {
            let group = &weighted.group;
            let near = group.near.iter().map(|(term, _)| term.as_str());
            for term in group.terms.iter().map(String::as_str).chain(near).chain(group.concept) {
                if terms.len() < MOST_TERMS && !terms.contains(&term) {
                    terms.push(term);
                }
            }
        }
        terms
    }

    /// Weighs a passage by its stored terms. `average` is the usual length of a passage in tokens.
    #[must_use]
    pub fn assess(&self, head: &str, body: &str, average: f64) -> Assessment {
        if self.total <= 0.0 {
            return Assessment::default();
        }
        let head = Passage::read(head, &self.lookup, self.groups.len());
        let body = Passage::read(body, &self.lookup, self.groups.len());
        let weights = &self.weights;
        let length = 1.0 - weights.b + weights.b * f64::from(body.tokens) / average.max(1.0);
        let (mut bm25, mut cover) = (0.0, 0.0);
        for (at, weighted) in self.groups.iter().enumerate() {
            let frequency = body.frequency(at) / length + weights.head * head.frequency(at).min(2.0);
            bm25 += weighted.weight * frequency * (weights.k1 + 1.0) / (frequency + weights.k1);
            cover += weighted.weight * body.best(at).max(head.best(at));
        }
        let near = self.near(&head, &body);
        let order = self.order(&body).max(self.order(&head));
        let (bm25, cover) = (bm25 / self.total, cover / self.total);
        let rank = bm25 + weights.near * near + weights.order * order + weights.cover * cover;
        Assessment { rank, score: (0.3 * cover + 0.7 * near).clamp(0.0, 1.0) }
    }

    /// Where the question's groups occur in a stored text.
    pub(crate) fn read(&self, stored: &str) -> Passage {
        Passage::read(stored, &self.lookup, self.groups.len())
    }

    /// The share of the question that is there, given how strongly each group is.
    pub(crate) fn share(&self, strength: impl Fn(usize) -> f64) -> f64 {
        if self.total <= 0.0 {
            return 0.0;
        }
        self.groups.iter().enumerate().map(|(at, group)| group.weight * strength(at)).sum::<f64>()
            / self.total
    }

    /// The greatest share of the question in one sentence, its neighbours and the headings counting less.
    fn near(&self, head: &Passage, body: &Passage) -> f64 {
        let factor = self.weights.neighbour;
        let share = |sentence: usize| -> f64 {
            self.groups
                .iter()
                .enumerate()
                .map(|(at, weighted)| {
                    let around = body
                        .within(sentence.wrapping_sub(1), at)
                        .max(body.within(sentence + 1, at))
                        .max(head.best(at));
                    weighted.weight * body.within(sentence, at).max(factor * around)
                })
                .sum()
        };
        (0..body.sentences()).map(share).fold(0.0, f64::max) / self.total
    }

    /// The share of neighbouring pairs of the question that are neighbours in the passage too.
    fn order(&self, passage: &Passage) -> f64 {
        let (mut kept, mut all) = (0.0, 0.0);
        let content: Vec<(usize, &Weighted)> = self
            .groups
            .iter()
            .enumerate()
            .filter(|(_, g)| !matches!(g.group.kind, Kind::Function | Kind::Implied | Kind::Character))
            .filter(|(_, g)| g.group.worth >= 1.0)
            .collect();
        for pair in content.windows(2) {
            let [(left, a), (right, b)] = pair else { continue };
            let weight = a.weight.min(b.weight);
            all += weight;
            let apart = b.group.at.saturating_sub(a.group.at).max(1);
            kept += weight * passage.closeness(*left, *right, apart);
        }
        if all > 0.0 { kept / all } else { 0.0 }
    }
}

fn weigh(group: Group, frequencies: &impl Frequencies, weights: &Weights) -> Weighted {
    let own = group.terms.iter().map(|term| frequencies.of(term)).max().unwrap_or(0);
    let shared = group.concept.map_or(0, |concept| frequencies.of(concept));
    let near = group.near.iter().map(|(term, _)| frequencies.of(term)).max().unwrap_or(0);
    let frequency = own.max(shared).max(near);
    // A word the site never uses is as rare as can be, unless the site says it in other words.
    let counted = [own, shared, near].into_iter().find(|count| *count > 0).unwrap_or(0);
    let (all, counted) = (f64::from(frequencies.passages()), f64::from(counted));
    // Inverse document frequency as in BM25, kept positive.
    let rarity = (1.0 + ((all - counted).max(0.0) + 0.5) / (counted + 0.5)).ln();
    let factor = match group.kind {
        Kind::Word | Kind::Pair => 1.0,
        Kind::Name => weights.name,
        Kind::Number => weights.number,
        Kind::Code => 1.4,
        Kind::Character => weights.character,
        Kind::Function => 0.0,
        Kind::Light => weights.light,
        Kind::Implied => 0.4,
    };
    Weighted { weight: rarity * factor * group.worth, group, frequency }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::words;

    struct Even;
    impl Frequencies for Even {
        fn of(&self, _: &str) -> u32 {
            2
        }
        fn passages(&self) -> u32 {
            100
        }
    }

    fn assess(question: &str, body: &str) -> Assessment {
        let query = Query::new(words::question(question, &[Language::En]), &Even, Weights::DEFAULT);
        query.assess("", &words::index(body, Language::En), 20.0)
    }

    #[test]
    fn words_in_one_sentence_beat_words_scattered() {
        let together =
            assess("brake cable length", "The brake cable has a length of a metre. Wheels are round.");
        let scattered = assess(
            "brake cable length",
            "The brake is new. Wheels are round. A cable is black. Nice. The length varies.",
        );
        assert!(together.rank > scattered.rank && together.score > scattered.score);
    }

    #[test]
    fn a_passage_about_something_else_scores_low() {
        assert!(assess("vegan breakfast menu", "The menu of repairs is long.").score < 0.4);
        assert!(assess("vegan breakfast menu", "Our breakfast menu is vegan.").score > 0.9);
    }
}
