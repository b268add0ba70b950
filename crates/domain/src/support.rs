//! Whether the sources of an answer say what it says: sentence by sentence, by the words they share. Deterministic,
//! no model is asked, so it tells wrong numbers and foreign facts, not wrong reasoning.
//!
//! A sentence is compared with the sources it cites, or those that the rest of its line cites; one without any is
//! compared with all sources of the turn. Every number in it has to be in one of them, and of its other content at
//! least [`SHARE`]. Where the source is in another language only what crosses languages is compared: numbers, names
//! and ideas that are known in each; a sentence without any of those is no claim that could be checked.
//!
//! What tools said in the turn counts as well. It is data, in which a thing has another form than in a sentence (dates,
//! cents, keys): every number has to be in it in some form, and of the rest anything. A sentence that cites a source has
//! to be in that source, but for its numbers.

use protocol::answer::Checks;
use protocol::internal::Hit;

use crate::language::{self, Language};
use crate::order;
use crate::text::sentences::sentences;
use crate::words::{self, Group, Kind};

/// The share of a sentence's content that a source has to have; `docs/DESIGN.md` says why.
pub const SHARE: f64 = 0.5;
/// Less content states nothing: "Of course!", or, where nothing is cited, "I am happy to help."
const CITED_CONTENT: usize = 2;
const BARE_CONTENT: usize = 4;
/// Sentences without support that are kept for people to read, and their length.
const MAX_KEPT: usize = 8;
const MAX_CHARS: usize = 300;

/// A source as it is compared.
struct Source {
    language: Language,
    /// In order.
    terms: Vec<String>,
}

/// A sentence as it is compared with sources of a language.
struct Claim {
    language: Language,
    groups: Vec<Group>,
    /// It is in another language than the sources.
    foreign: bool,
}

/// A sentence, and what it claims to the language of the source it was compared with last: mostly that of the next.
struct Claims<'t> {
    sentence: &'t str,
    last: Option<Claim>,
}

/// A sentence with the sources it names.
struct Sentence<'t> {
    text: &'t str,
    cited: Vec<usize>,
}

/// What tools said.
struct Told {
    source: Source,
    /// Every run of digits without zeros before it; hours after noon also as on a dial.
    digits: Vec<String>,
}

/// Checks an answer's sentences against its sources and what tools said; the cut and the links of [`Checks`] are the
/// guard's to say.
#[must_use]
pub fn check(answer: &str, sources: &[Hit], told: &str) -> Checks {
    let told = Some(told).filter(|told| !told.is_empty()).map(Told::read);
    let mut read: Vec<Option<Source>> = sources.iter().map(|_| None).collect();
    let mut checks = Checks::default();
    for sentence in answer.lines().flat_map(line) {
        let text = without_marks(sentence.text);
        let asks = text.trim_end().ends_with(['?', '？', '؟', ':', '：']);
        if asks {
            continue;
        }
        let places: Vec<usize> =
            if sentence.cited.is_empty() { (0..sources.len()).collect() } else { sentence.cited.clone() };
        let mut claims = Claims { sentence: &text, last: None };
        let mut verdict = None;
        for place in places {
            let (Some(hit), Some(slot)) = (sources.get(place), read.get_mut(place)) else { continue };
            let source = slot.get_or_insert_with(|| Source::read(hit));
            let least = if sentence.cited.is_empty() { BARE_CONTENT } else { CITED_CONTENT };
            if let Some(supported) = source.supports(claims.to(source.language), least, told.as_ref()) {
                verdict = Some(verdict.unwrap_or(false) || supported);
            }
        }
        if let Some(told) = told.as_ref().filter(|_| sentence.cited.is_empty() && verdict != Some(true)) {
            // What cannot be compared with it may be of it.
            verdict = told.supports(claims.to(told.source.language));
        }
        if verdict.is_none()
            && told.is_none()
            && sources.is_empty()
            && content(&words::question(&text, &[Language::En])).count() >= BARE_CONTENT
        {
            verdict = Some(false);
        }
        let Some(supported) = verdict else { continue };
        checks.claims += 1;
        checks.supported += u32::from(supported);
        if !supported && checks.unsupported.len() < MAX_KEPT {
            checks.unsupported.push(text.trim().chars().take(MAX_CHARS).collect());
        }
    }
    checks
}

/// What is left of a confidence when so much of the answer is supported.
#[must_use]
pub fn tempered(confidence: f64, checks: &Checks) -> f64 {
    match checks.claims {
        0 => confidence,
        claims => confidence * (0.5 + 0.5 * f64::from(checks.supported) / f64::from(claims)),
    }
}

/// Whether most of what an answer states has no support.
#[must_use]
pub fn mostly_unsupported(checks: &Checks) -> bool {
    checks.supported * 2 < checks.claims
}

impl Claim {
    fn of(sentence: &str, language: Language) -> Self {
        let said = language::guess(sentence, Some(language));
        let groups = words::question(sentence, &[language]);
        Self { language, groups, foreign: said.is_some_and(|said| said != language) }
    }
}

impl Claims<'_> {
    /// What it claims to sources of a language.
    fn to(&mut self, language: Language) -> &Claim {
        let same = self.last.take().filter(|claim| claim.language == language);
        self.last.insert(same.unwrap_or_else(|| Claim::of(self.sentence, language)))
    }
}

impl Source {
    fn read(hit: &Hit) -> Self {
        let language = language::guess(&hit.text, None).unwrap_or_default();
        Self::of(language, &format!("{}\n{}\n{}", hit.title, hit.heading_path.join("\n"), hit.text))
    }

    fn of(language: Language, text: &str) -> Self {
        let stored = words::index(text, language);
        let mut terms: Vec<String> = stored.split([' ', '\n', '/']).map(str::to_owned).collect();
        order::unique(&mut terms);
        Self { language, terms }
    }

    fn has(&self, group: &Group) -> bool {
        let known = |term: &str| self.terms.binary_search_by(|own| own.as_str().cmp(term)).is_ok();
        group.terms.iter().any(|term| known(term)) || group.concept.is_some_and(known)
    }

    /// Whether it says what a sentence says; nothing where they cannot be compared.
    fn supports(&self, claim: &Claim, least: usize, told: Option<&Told>) -> Option<bool> {
        let (numbers_there, found, others) = self.compare(claim, least, told)?;
        #[allow(clippy::cast_precision_loss)]
        let share = if others == 0 { 1.0 } else { found as f64 / others as f64 };
        Some(numbers_there && share >= SHARE)
    }

    /// Whether it has every number of a sentence, unless a tool said it, and how much of the rest.
    fn compare(&self, claim: &Claim, least: usize, told: Option<&Told>) -> Option<(bool, usize, usize)> {
        let Claim { groups, foreign, .. } = claim;
        let mut numbers = content(groups).filter(|group| is_number(group)).peekable();
        let numbered = numbers.peek().is_some();
        let numbers_there =
            numbers.all(|group| self.has(group) || told.is_some_and(|told| told.has_number(group)));
        let others: Vec<&Group> = content(groups)
            .filter(|group| !is_number(group))
            .filter(|group| {
                !*foreign || group.concept.is_some() || matches!(group.kind, Kind::Name | Kind::Code)
            })
            .collect();
        if !numbered && others.len() < if *foreign { 1 } else { least } {
            return None;
        }
        let found = others.iter().filter(|group| self.has(group)).count();
        Some((numbers_there, found, others.len()))
    }
}

impl Told {
    fn read(text: &str) -> Self {
        let mut digits = Vec::new();
        for (at, run) in runs(text) {
            digits.push(plain(run).to_owned());
            let hour = run.parse::<u32>().ok().filter(|hour| (13..24).contains(hour));
            let timed = text.get(at + run.len()..).is_some_and(|rest| rest.starts_with(':'));
            digits.extend(hour.filter(|_| timed).map(|hour| (hour - 12).to_string()));
        }
        order::unique(&mut digits);
        Self { source: Source::of(language::guess(text, None).unwrap_or_default(), text), digits }
    }

    fn has_number(&self, group: &Group) -> bool {
        let known = |digits: &str| self.digits.binary_search_by(|own| own.as_str().cmp(digits)).is_ok();
        group.terms.iter().any(|term| {
            let cents: String = term.chars().filter(char::is_ascii_digit).collect();
            // "49.90" is said of 49.9.
            let behind = |run: &str| plain(run) == "0" || known(run.trim_end_matches('0'));
            known(plain(&cents)) || runs(term).all(|(at, run)| known(plain(run)) || at > 0 && behind(run))
        })
    }

    fn supports(&self, claim: &Claim) -> Option<bool> {
        let (numbers_there, found, others) = self.source.compare(claim, BARE_CONTENT, Some(self))?;
        Some(numbers_there && (found > 0 || others == 0))
    }
}

/// The runs of digits of a text, and where they are.
fn runs(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let other = |c: char| !c.is_ascii_digit();
    let mut at = 0;
    text.split_inclusive(other).filter_map(move |part| {
        let (place, run) = (at, part.trim_end_matches(other));
        at += part.len();
        (!run.is_empty()).then_some((place, run))
    })
}

fn plain(run: &str) -> &str {
    let plain = run.trim_start_matches('0');
    if plain.is_empty() { "0" } else { plain }
}

/// What a sentence says, without the words that hold it together.
fn content(groups: &[Group]) -> impl Iterator<Item = &Group> {
    groups.iter().filter(|group| {
        matches!(group.kind, Kind::Word | Kind::Name | Kind::Number | Kind::Code | Kind::Pair)
    })
}

fn is_number(group: &Group) -> bool {
    group.kind == Kind::Number
}

/// The sentences of a line, each with the sources named in it, directly behind it, or by the next that names any.
fn line(text: &str) -> Vec<Sentence<'_>> {
    let mut found: Vec<Sentence<'_>> = Vec::new();
    for range in sentences(text) {
        let whole = text.get(range).unwrap_or_default();
        // "…from nine. [1] On Sundays…": the mark belongs to what stands before it.
        let own = whole
            .trim_start_matches(|c: char| c.is_whitespace() || c.is_ascii_digit() || matches!(c, '[' | ']'));
        let lead = whole.get(..whole.len() - own.len()).unwrap_or_default();
        let leading = marks(lead);
        let own = if leading.is_empty() { whole } else { own };
        if let Some(last) = found.last_mut() {
            last.cited.extend(&leading);
        }
        if own.chars().any(char::is_alphanumeric) {
            found.push(Sentence { text: own, cited: marks(own) });
        }
    }
    let mut next: Vec<usize> = Vec::new();
    for sentence in found.iter_mut().rev() {
        if sentence.cited.is_empty() {
            sentence.cited.clone_from(&next);
        } else {
            next.clone_from(&sentence.cited);
        }
    }
    found
}

/// Places of the sources that are named as `[n]`.
fn marks(text: &str) -> Vec<usize> {
    let numbers = text.split('[').skip(1).filter_map(|rest| rest.split_once(']')?.0.parse::<usize>().ok());
    numbers.filter_map(|number| number.checked_sub(1)).collect()
}

fn without_marks(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('[') {
        plain.push_str(before);
        match behind.split_once(']') {
            Some((number, after)) if number.parse::<u32>().is_ok() => rest = after,
            _ => {
                plain.push('[');
                rest = behind;
            }
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests;
