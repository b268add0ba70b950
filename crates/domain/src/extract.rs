//! Answers made of the site's own sentences, quoted word for word, each with its citation. Needs no model and
//! makes nothing up: what the passages do not carry is said not to be there.

mod compose;
mod phrases;
mod units;
mod wanted;

#[cfg(test)]
mod tests;

use crate::followup::Asked;
use crate::language::{self, Language};
use crate::order;
use crate::rank::{Frequencies, Query, Weights};
use crate::words::{self, Kind};
use units::Unit;
use wanted::Wanted;

/// A passage an answer may quote, under the number it is cited by.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    pub number: u32,
    pub title: &'a str,
    pub heading_path: &'a [String],
    pub text: &'a str,
    pub score: f64,
}

/// A quoted answer, or the plain statement that there is none.
#[derive(Clone, Debug, PartialEq)]
pub struct Extract {
    pub text: String,
    /// 0 to 1: how much of the question the quoted sentences carry.
    pub confidence: f64,
    pub answered: bool,
}

/// Below this confidence the passages are taken not to carry an answer.
const CARRIES: f64 = 0.5;
/// From here on the closest passages are worth showing, said to be no more than that.
const CLOSE: f64 = 0.25;
/// … and only where they share at least this much of the question.
const NEAR: f64 = 0.35;

/// How much of a word found beside a sentence counts for the sentence.
const BEFORE: f64 = 0.6;
const AFTER: f64 = 0.3;
const HEADING: f64 = 0.6;
const LEAD: f64 = 0.8;
/// The heading within the passage that a sentence stands under.
const UNDER: f64 = 0.8;
/// A heading or line that asks the question belongs to the answer below it.
const ASKED: f64 = 0.9;

/// What a sentence in another language than the visitor's loses.
const FOREIGN: f64 = 0.15;

/// Stands beside a sentence that holds the kind of thing wanted: "£3" says what "cost" asks for.
const ANSWERS: &str = "§answers";

/// A unit that may be quoted, weighed.
struct Candidate<'a> {
    source: Source<'a>,
    unit: Unit<'a>,
    /// Share of the question in the unit with what stands around it.
    cover: f64,
    /// Share of the question's words in the unit alone.
    own: f64,
    /// It holds the kind of thing the question wants, and only such can answer it.
    meets: bool,
    /// Orders candidates.
    score: f64,
}

/// Quotes what answers the question, at most about 80 words, best first.
#[must_use]
pub fn answer(asked: &Asked, language: Language, sources: &[Source<'_>]) -> Extract {
    answer_above(CARRIES, asked, language, sources)
}

/// [`answer`] with another confidence from which on the passages are taken to carry an answer.
#[must_use]
pub fn answer_above(least: f64, asked: &Asked, language: Language, sources: &[Source<'_>]) -> Extract {
    let read: Vec<Read<'_>> = sources.iter().map(|source| Read::new(*source, language)).collect();
    let mut languages: Vec<Language> = read.iter().map(|read| read.language).collect();
    order::unique(&mut languages);
    // "And on Sundays?" wants the kind of thing that was asked before.
    let own = Wanted::read(&asked.question);
    let wanted = if own.is_strict() || asked.context.is_empty() { own } else { Wanted::read(&asked.context) };
    let mut groups = words::asked(asked, &languages);
    for group in groups.iter_mut().filter(|group| wanted.asks_at(group.at) || group.kind == Kind::Implied) {
        group.terms.push(ANSWERS.to_owned());
    }
    let read: Vec<Read<'_>> = read.into_iter().map(|read| read.marked(&wanted)).collect();
    let query = Query::new(groups, &Within::new(&read), Weights::DEFAULT);
    let mut candidates: Vec<Candidate<'_>> = read
        .iter()
        .enumerate()
        .flat_map(|(rank, read)| read.candidates(rank, language, &query, &wanted))
        .collect();
    order::by(&mut candidates, |a, b| b.score.total_cmp(&a.score));
    let confidence = confidence(&candidates, &wanted);
    let near = candidates.first().is_some_and(|best| best.cover >= NEAR) && confidence >= CLOSE;
    if confidence < least && !near || candidates.is_empty() {
        return Extract { text: phrases::not_said(language).to_owned(), confidence, answered: false };
    }
    let quoted = compose::quote(&candidates, wanted.is_strict());
    let answered = confidence >= least;
    let text = if answered { quoted } else { format!("{}\n{quoted}", phrases::closest(language)) };
    Extract { text, confidence, answered }
}

/// How sure the best candidate makes us that the passages carry an answer: a logistic regression over
/// questions whose answer is there and questions whose answer is not.
fn confidence(candidates: &[Candidate<'_>], wanted: &Wanted) -> f64 {
    let Some(best) = candidates.first() else { return 0.0 };
    let meets = best.meets || !compose::reach(candidates, best).is_empty();
    let kind = match (wanted.is_strict(), meets) {
        (true, true) => 0.9,
        (true, false) => -2.8,
        _ => 0.0,
    };
    let evidence = 4.4 * best.source.score + 3.6 * best.cover + kind - 4.0;
    1.0 / (1.0 + (-evidence).exp())
}

/// A source cut into units, with the stored form of everything.
struct Read<'a> {
    source: Source<'a>,
    language: Language,
    head: String,
    units: Vec<(Unit<'a>, String)>,
}

impl<'a> Read<'a> {
    fn new(source: Source<'a>, prior: Language) -> Self {
        let sample = source
            .text
            .char_indices()
            .nth(400)
            .map_or(source.text, |(at, _)| source.text.get(..at).unwrap_or(""));
        let language = language::guess(sample, Some(prior)).unwrap_or_default();
        let mut head = words::index(source.title, language);
        for heading in source.heading_path {
            head.push('\n');
            head.push_str(&words::index(heading, language));
        }
        let heading = source.heading_path.last().map_or(source.title, String::as_str);
        let units = units::cut(heading, source.text)
            .into_iter()
            .map(|unit| (unit, words::index(unit.text, language)))
            .collect();
        Self { source, language, head, units }
    }

    /// With a mark on every unit that holds what is wanted.
    fn marked(mut self, wanted: &Wanted) -> Self {
        for (unit, stored) in &mut self.units {
            if wanted.is_strict() && wanted.met_by(unit.text) {
                stored.push(' ');
                stored.push_str(ANSWERS);
            }
        }
        self
    }

    /// Every unit with what it is worth; units that only ask are left out.
    fn candidates(
        &self,
        rank: usize,
        asked_in: Language,
        query: &Query,
        wanted: &Wanted,
    ) -> Vec<Candidate<'a>> {
        let head = query.read(&self.head);
        let read: Vec<_> = self.units.iter().map(|(_, stored)| query.read(stored)).collect();
        let prior = 0.25 * self.source.score - 0.02 * f64::from(u32::try_from(rank).unwrap_or(u32::MAX));
        let prior = if self.language == asked_in { prior } else { prior - FOREIGN };
        let mut candidates = Vec::new();
        for (at, (unit, _)) in self.units.iter().enumerate() {
            if !unit.quotable {
                continue;
            }
            let of = |place: Option<usize>, group: usize| {
                place.and_then(|p| read.get(p)).map_or(0.0, |r| r.best(group))
            };
            let before = at.checked_sub(1);
            let asked = before.filter(|b| self.units.get(*b).is_some_and(|(unit, _)| unit.asks));
            // "It costs £3." says what it is about in the sentence before.
            let meets = wanted.is_strict() && wanted.met_by(unit.text);
            let around = |group: usize| {
                (of(before, group) * if asked.is_some() || meets { ASKED } else { BEFORE })
                    .max(of(Some(at + 1), group) * AFTER)
                    .max(of(unit.lead, group) * LEAD)
                    .max(of(unit.under, group) * UNDER)
                    .max(head.best(group) * HEADING)
            };
            let own = query.share(|group| of(Some(at), group));
            let cover = query.share(|group| of(Some(at), group).max(around(group)));
            let kind = wanted.weigh(unit.text);
            let score = 0.6 * cover + 0.4 * own + kind + prior;
            candidates.push(Candidate { source: self.source, unit: *unit, cover, own, meets, score });
        }
        candidates
    }
}

/// How often terms occur in the units at hand: what all of them share tells nothing apart.
struct Within<'r> {
    counts: std::collections::HashMap<&'r str, u32>,
    units: u32,
}

impl<'r> Within<'r> {
    fn new(read: &'r [Read<'_>]) -> Self {
        let mut counts = std::collections::HashMap::new();
        let mut units = 0;
        for (_, stored) in read.iter().flat_map(|read| &read.units) {
            units += 1;
            let mut terms: Vec<&str> = stored.split(['\n', ' ', '/']).collect();
            order::unique(&mut terms);
            for term in terms {
                *counts.entry(term).or_insert(0) += 1;
            }
        }
        Self { counts, units }
    }
}

impl Frequencies for Within<'_> {
    fn of(&self, term: &str) -> u32 {
        self.counts.get(term).copied().unwrap_or(0)
    }

    fn passages(&self) -> u32 {
        self.units
    }
}
