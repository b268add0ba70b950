//! Reads a stored line of terms and notes where a question's groups occur.

use super::Weights;
use crate::order;
use crate::words::{Group, Kind};

/// Which groups a term stands for, and how well.
pub(super) struct Lookup {
    /// Sorted by term.
    terms: Vec<(String, usize, f64)>,
    /// Stems long enough to be recognised inside a longer word or behind another ending.
    stems: Vec<(String, usize)>,
    partial: f64,
    /// Which combinations of length, first and last byte occur at all.
    sieve: [bool; 1024],
    /// First bytes of the stems, and last: a related word shares one of the two.
    begins: [bool; 256],
    ends: [bool; 256],
}

fn print(term: &str) -> usize {
    let mut bytes = term.bytes();
    let (first, last) = (bytes.next().unwrap_or(0), bytes.next_back().unwrap_or(0));
    (usize::from(first) * 7 + usize::from(last) * 37 + term.len() * 131) % 1024
}

impl Lookup {
    pub(super) fn new<'g>(groups: impl Iterator<Item = &'g Group>, weights: &Weights) -> Self {
        let mut lookup = Self {
            terms: Vec::new(),
            stems: Vec::new(),
            partial: weights.partial,
            sieve: [false; 1024],
            begins: [false; 256],
            ends: [false; 256],
        };
        for (at, group) in groups.enumerate() {
            let own = group.terms.iter().map(|term| (term.clone(), at, 1.0));
            let shared = group.concept.map(|concept| {
                (concept.to_owned(), at, if group.terms.is_empty() { 1.0 } else { weights.synonym })
            });
            let near = group.near.iter().map(|(term, strength)| (term.clone(), at, *strength));
            lookup.terms.extend(own.chain(shared).chain(near));
            if matches!(group.kind, Kind::Word | Kind::Name) {
                lookup
                    .stems
                    .extend(group.terms.iter().filter(|t| t.len() >= least(t)).map(|t| (t.clone(), at)));
            }
        }
        order::by(&mut lookup.terms, |a, b| a.0.cmp(&b.0));
        for (term, ..) in &lookup.terms {
            if let Some(slot) = lookup.sieve.get_mut(print(term)) {
                *slot = true;
            }
        }
        for (stem, _) in &lookup.stems {
            mark(&mut lookup.begins, stem.as_bytes().first());
            mark(&mut lookup.ends, stem.as_bytes().last());
        }
        lookup
    }

    fn may_relate(&self, term: &str) -> bool {
        let is =
            |table: &[bool; 256], byte: Option<&u8>| byte.and_then(|b| table.get(usize::from(*b))).copied();
        term.len() >= 5
            && (is(&self.begins, term.as_bytes().first()) == Some(true)
                || is(&self.ends, term.as_bytes().last()) == Some(true))
    }

    /// Calls back with every group the term stands for.
    fn find(&self, term: &str, mut found: impl FnMut(usize, f64)) {
        if self.sieve.get(print(term)).copied().unwrap_or(false) {
            let from = self.terms.partition_point(|(known, ..)| known.as_str() < term);
            for (known, group, strength) in self.terms.iter().skip(from) {
                if known != term {
                    break;
                }
                found(*group, *strength);
            }
        }
        if self.may_relate(term) {
            for (stem, group) in &self.stems {
                if related(stem, term) {
                    found(*group, self.partial);
                }
            }
        }
    }
}

fn mark(table: &mut [bool; 256], byte: Option<&u8>) {
    if let Some(slot) = byte.and_then(|byte| table.get_mut(usize::from(*byte))) {
        *slot = true;
    }
}

/// Bytes that a part of a word needs to be telling: five letters, four outside ASCII, where vowels are not written.
fn least(term: &str) -> usize {
    if term.is_ascii() { 5 } else { 8 }
}

/// Two different words that share their beginning, or one of which ends in the other (a compound).
fn related(a: &str, b: &str) -> bool {
    if a.as_bytes().first() != b.as_bytes().first() {
        let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
        return short.len() >= least(short) && long.len() > short.len() + 2 && long.ends_with(short);
    }
    let shared = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    let (short, long) = (a.len().min(b.len()), a.len().max(b.len()));
    long != shared && shared >= least(a) && (shared == short || shared * 4 >= long * 3)
}

/// Where the groups occur in one text.
pub(crate) struct Passage {
    pub(super) tokens: u32,
    groups: usize,
    /// Strength of each group in each sentence, a row per sentence.
    strengths: Vec<f64>,
    frequencies: Vec<f64>,
    /// Group and place of every occurrence, in order of place.
    places: Vec<(usize, u32)>,
}

impl Passage {
    pub(super) fn read(stored: &str, lookup: &Lookup, groups: usize) -> Self {
        let mut passage = Self {
            tokens: 0,
            groups,
            strengths: Vec::new(),
            frequencies: vec![0.0; groups],
            places: Vec::new(),
        };
        for (row, sentence) in stored.split('\n').enumerate() {
            passage.strengths.resize((row + 1) * groups, 0.0);
            for token in sentence.split(' ') {
                for term in token.split('/') {
                    lookup.find(term, |group, strength| passage.note(row, group, strength));
                }
                passage.tokens += 1;
            }
            passage.tokens += 4;
        }
        passage
    }

    fn note(&mut self, row: usize, group: usize, strength: f64) {
        if let Some(cell) = self.strengths.get_mut(row * self.groups + group) {
            *cell = cell.max(strength);
        }
        if let Some(frequency) = self.frequencies.get_mut(group) {
            *frequency += strength;
        }
        self.places.push((group, self.tokens));
    }

    pub(super) fn sentences(&self) -> usize {
        self.strengths.len().checked_div(self.groups).unwrap_or(0)
    }

    pub(super) fn frequency(&self, group: usize) -> f64 {
        self.frequencies.get(group).copied().unwrap_or(0.0)
    }

    /// Strength of a group in one sentence; zero where there is no such sentence.
    pub(super) fn within(&self, sentence: usize, group: usize) -> f64 {
        sentence
            .checked_mul(self.groups)
            .and_then(|row| self.strengths.get(row + group))
            .copied()
            .unwrap_or(0.0)
    }

    /// Greatest strength of a group in any sentence.
    pub(crate) fn best(&self, group: usize) -> f64 {
        self.strengths.iter().skip(group).step_by(self.groups.max(1)).copied().fold(0.0, f64::max)
    }

    /// 1 when `right` follows `left` at the distance it has in the question, less the farther they are apart.
    pub(super) fn closeness(&self, left: usize, right: usize, apart: usize) -> f64 {
        let mut closest = 0.0_f64;
        for (at, (group, place)) in self.places.iter().enumerate() {
            if *group != left && *group != right {
                continue;
            }
            for (other, later) in self.places.iter().skip(at + 1) {
                let gap = later - place;
                if gap > 8 {
                    break;
                }
                if gap == 0 || *other == *group || (*other != left && *other != right) {
                    continue;
                }
                let stretch = f64::from(gap.abs_diff(u32::try_from(apart).unwrap_or(1)));
                let turned = if *other == left { 0.7 } else { 1.0 };
                closest = closest.max(turned / (1.0 + 0.5 * stretch));
            }
        }
        closest
    }
}
