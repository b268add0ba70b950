//! Puts an answer together from weighed candidates: best first, neighbours with their neighbours, within a
//! number of words a visitor reads at once.

use std::fmt::Write;

use super::Candidate;
use crate::order;
use crate::text::{Script, fold, script};

/// Most words of an answer; two characters of a script without spaces count as one.
const MOST_WORDS: usize = 80;
/// A further quotation must score at least this share of the best one's.
const WORTH: f64 = 0.72;
const MOST_QUOTES: usize = 4;
/// A table's rows quoted at most.
const MOST_ROWS: usize = 3;
/// A sentence from elsewhere that holds what the best one lacks must score at least this share of it.
const SECOND: f64 = 0.6;

/// Words a sentence cannot begin with when nothing stands before it.
const DANGLING: &str = " it this that these those they he she his her their its such also however therefore but and so then there both \
esto eso estos estas este esta ellos ellas el tambien sin pero ademas por il elle ils elles ce cela ces cette ceci aussi mais celui celle \
er sie es dies diese dieser dieses das dort auch aber dazu dabei dafur daher deshalb ele ela eles elas isso isto esse essa estes tambem mas \
هذا هذه ذلك هو هي הוא היא זה זו הם הן ";

/// Consecutive pieces of one source, by their place in the candidates.
struct Quote {
    pieces: Vec<usize>,
}

/// `strict` when only a sentence with the kind of thing wanted can be the answer.
pub(super) fn quote(candidates: &[Candidate<'_>], strict: bool) -> String {
    let Some(best) = candidates.first() else { return String::new() };
    let mut quotes: Vec<Quote> = Vec::new();
    let mut words = 0;
    for (at, candidate) in candidates.iter().enumerate() {
        if at > 0 && (candidate.score < WORTH * best.score || quotes.len() >= MOST_QUOTES) {
            break;
        }
        if quotes.iter().any(|quote| quote.pieces.contains(&at)) || repeats(candidates, &quotes, candidate) {
            continue;
        }
        if candidate.unit.is_row() && !row_belongs(candidates, &quotes, candidate) {
            continue;
        }
        let own = length(candidate.unit.text) + length(candidate.unit.lead_text);
        if words + own > MOST_WORDS && at > 0 {
            continue;
        }
        let before = before(candidates, candidate).filter(|place| {
            let fits =
                candidates.get(*place).is_some_and(|c| words + own + length(c.unit.text) <= MOST_WORDS);
            fits && dangles(candidate.unit.text) && !quotes.iter().any(|quote| quote.pieces.contains(place))
        });
        let mut pieces: Vec<usize> = before.into_iter().chain([at]).collect();
        words += own + before.and_then(|place| candidates.get(place)).map_or(0, |c| length(c.unit.text));
        if strict && at == 0 && !candidate.meets {
            let reach = reach(candidates, best);
            let precedes =
                reach.last().and_then(|last| candidates.get(*last)).is_some_and(|c| c.unit.at < best.unit.at);
            if precedes {
                pieces = reach.into_iter().chain([at]).collect();
            } else {
                pieces.extend(reach);
            }
            words = total(candidates, &pieces);
            insert(candidates, &mut quotes, pieces);
            // Nothing beside it holds what is wanted: the best sentence that does goes with it.
            let met = quotes
                .iter()
                .flat_map(|quote| &quote.pieces)
                .filter_map(|place| candidates.get(*place))
                .any(|c| c.meets);
            let other =
                candidates.iter().position(|c| c.meets && c.score >= SECOND * best.score).filter(|_| !met);
            if let Some(other) = other {
                let more =
                    candidates.get(other).map_or(0, |c| length(c.unit.text) + length(c.unit.lead_text));
                if words + more <= MOST_WORDS {
                    words += more;
                    insert(candidates, &mut quotes, vec![other]);
                }
            }
            continue;
        }
        insert(candidates, &mut quotes, pieces);
    }
    render(candidates, &quotes)
}

fn total(candidates: &[Candidate<'_>], pieces: &[usize]) -> usize {
    pieces.iter().filter_map(|place| candidates.get(*place)).map(|c| length(c.unit.text)).sum()
}

/// Whether a table's row is one that the question names about as well as the best row already quoted.
fn row_belongs(candidates: &[Candidate<'_>], quotes: &[Quote], row: &Candidate<'_>) -> bool {
    let rows: Vec<f64> = quotes
        .iter()
        .flat_map(|quote| &quote.pieces)
        .filter_map(|place| candidates.get(*place))
        .filter(|quoted| quoted.unit.is_row())
        .map(|quoted| quoted.own)
        .collect();
    rows.len() < MOST_ROWS && rows.iter().all(|own| row.own >= 0.75 * own)
}

/// The sentence before a candidate in its source.
fn before(candidates: &[Candidate<'_>], of: &Candidate<'_>) -> Option<usize> {
    let place = of.unit.at.checked_sub(1)?;
    candidates.iter().position(|c| c.source.number == of.source.number && c.unit.at == place)
}

/// What holds the wanted thing beside a candidate that lacks it: the heading it stands under ("Full service, £90"),
/// or the sentences that follow. Places among the candidates.
pub(super) fn reach(candidates: &[Candidate<'_>], of: &Candidate<'_>) -> Vec<usize> {
    let heading = of.unit.under.and_then(|under| {
        candidates.iter().position(|c| c.source.number == of.source.number && c.unit.at == under && c.meets)
    });
    let Some(heading) = heading else { return after(candidates, of) };
    let from = candidates.get(heading).map_or(0, |c| c.unit.at);
    let mut pieces: Vec<usize> = (0..candidates.len())
        .filter(|place| {
            candidates.get(*place).is_some_and(|c| {
                c.source.number == of.source.number && (from..of.unit.at).contains(&c.unit.at)
            })
        })
        .collect();
    let at = |place: &usize| candidates.get(*place).map_or(0, |c| c.unit.at);
    order::by(&mut pieces, |a, b| at(a).cmp(&at(b)));
    if total(candidates, &pieces) + length(of.unit.text) <= MOST_WORDS { pieces } else { vec![heading] }
}

/// The sentences from a candidate on to the first that holds what is wanted: "The tour ends at the lighthouse. It
/// costs £24." Nothing when none of the next five does.
fn after(candidates: &[Candidate<'_>], of: &Candidate<'_>) -> Vec<usize> {
    let mut pieces = Vec::new();
    let mut words = length(of.unit.text);
    for step in 1..=5 {
        let next = candidates
            .iter()
            .enumerate()
            .find(|(_, c)| c.source.number == of.source.number && c.unit.at == of.unit.at + step);
        let Some((place, next)) = next.filter(|(_, next)| next.unit.lead.is_none()) else { break };
        words += length(next.unit.text);
        if words > MOST_WORDS || next.unit.under != of.unit.under {
            break;
        }
        pieces.push(place);
        if next.meets {
            return pieces;
        }
    }
    Vec::new()
}

/// Whether the same words are quoted already, from this source or another.
fn repeats(candidates: &[Candidate<'_>], quotes: &[Quote], candidate: &Candidate<'_>) -> bool {
    quotes
        .iter()
        .flat_map(|quote| &quote.pieces)
        .filter_map(|place| candidates.get(*place))
        .any(|quoted| quoted.unit.text == candidate.unit.text)
}

/// Adds pieces to the quote they continue or precede, else as a quote of their own.
fn insert(candidates: &[Candidate<'_>], quotes: &mut Vec<Quote>, pieces: Vec<usize>) {
    let place = |at: &usize| candidates.get(*at).map(|c| (c.source.number, c.unit.at));
    let (Some((source, first)), Some((_, last))) =
        (pieces.first().and_then(place), pieces.last().and_then(place))
    else {
        return;
    };
    for quote in quotes.iter_mut() {
        if let Some((number, end)) = quote.pieces.last().and_then(place)
            && number == source
            && first == end + 1
        {
            quote.pieces.extend(pieces);
            return;
        }
        if let Some((number, begin)) = quote.pieces.first().and_then(place)
            && number == source
            && last + 1 == begin
        {
            quote.pieces.splice(0..0, pieces);
            return;
        }
    }
    quotes.push(Quote { pieces });
}

fn render(candidates: &[Candidate<'_>], quotes: &[Quote]) -> String {
    let mut text = String::new();
    for quote in quotes {
        let mut number = 0;
        let mut led_by = None;
        for (nth, candidate) in quote.pieces.iter().filter_map(|place| candidates.get(*place)).enumerate() {
            let unit = &candidate.unit;
            number = candidate.source.number;
            let line = unit.lead.is_some();
            if !text.is_empty() {
                text.push_str(if nth == 0 || unit.opens { "\n" } else { joint(&text) });
            }
            if line && led_by != unit.lead {
                text.push_str(unit.lead_text);
                text.push('\n');
                led_by = unit.lead;
            }
            text.push_str(&shortened(unit.text));
        }
        let _ = write!(text, " [{number}]");
    }
    text
}

/// Scripts without spaces need none between sentences.
fn joint(text: &str) -> &'static str {
    if text.ends_with(['。', '！', '？']) { "" } else { " " }
}

/// A piece longer than an answer may be is cut between two words.
fn shortened(text: &str) -> String {
    if length(text) <= MOST_WORDS {
        return text.to_owned();
    }
    let mut kept = String::new();
    for part in text.split_inclusive(|c: char| c.is_whitespace() || matches!(c, '，' | '、')) {
        if length(&kept) + length(part) > MOST_WORDS {
            break;
        }
        kept.push_str(part);
    }
    if kept.is_empty() {
        kept = text.chars().take(MOST_WORDS * 2).collect();
    }
    format!("{} …", kept.trim_end())
}

fn length(text: &str) -> usize {
    let wide = text.chars().filter(|c| script(*c) == Script::Cjk).count();
    if wide > 0 { wide / 2 + text.split_whitespace().count() } else { text.split_whitespace().count() }
}

fn dangles(text: &str) -> bool {
    let first: String =
        text.chars().skip_while(|c| !c.is_alphanumeric()).take_while(|c| c.is_alphabetic()).collect();
    DANGLING.contains(&format!(" {} ", fold(&first))) && !first.is_empty()
}
