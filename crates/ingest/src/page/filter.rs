//! What the library `rs-trafilatura` takes for the text of an article. It knows hundreds of layouts, but gives
//! flat text; our blocks keep the structure, and its text says which of them stay.

use std::collections::HashSet;

use url::Url;

use super::block::Block;
use super::content::solid_words;
use super::walk::Piece;

/// Share of the text that the marked element has to hold.
const LITTLE: f64 = 0.3;

/// Share of the words that has to be left; below it the library took the page for something it is not, and
/// everything stays. Of a short page it drops what the page is about as easily as what surrounds it.
const ENOUGH: f64 = 0.3;
const ENOUGH_OF_SHORT: f64 = 0.5;

/// Words below which a page is short.
const SHORT: usize = 150;

/// Pieces of the `marked` main element that are part of the text; of the `whole` page, if nothing is marked or
/// the element has little of it.
pub(super) fn text_only(marked: Option<Vec<Piece>>, whole: Vec<Piece>, html: &str, url: &Url) -> Vec<Piece> {
    let options =
        rs_trafilatura::Options { url: Some(url.to_string()), ..rs_trafilatura::Options::default() };
    let Ok(result) = rs_trafilatura::extract_with_options(html, &options) else {
        return marked.unwrap_or(whole);
    };
    let seen = Seen::new(&result.content_text);
    let short = solid_words(&whole) < SHORT;
    let anywhere = seen.select(&whole, short);
    let within = marked.as_ref().map(|pieces| seen.select(pieces, true)).unwrap_or_default();
    let scope = marked.unwrap_or(whole);
    let kept =
        if solid_words(&within) as f64 > LITTLE * solid_words(&anywhere) as f64 { within } else { anywhere };
    let enough = if short { ENOUGH_OF_SHORT } else { ENOUGH };
    if (solid_words(&kept) as f64) < enough * solid_words(&scope) as f64 { scope } else { kept }
}

impl Seen {
    /// Pieces that are in the library's text, and what has structure beside them: tables and lists are easily
    /// taken for furniture, and they are what visitors ask for. With `all`, each of them counts, else
    /// those between the first and the last piece of the text. Headings stay with what they head.
    fn select(&self, pieces: &[Piece], all: bool) -> Vec<Piece> {
        let mut kept: Vec<bool> = pieces.iter().map(|piece| self.holds(&piece.block)).collect();
        let first = kept.iter().position(|kept| *kept).unwrap_or(usize::MAX);
        let last = kept.iter().rposition(|kept| *kept).unwrap_or(0);
        for (at, (kept, piece)) in kept.iter_mut().zip(pieces).enumerate() {
            *kept |= has_structure(piece) && (all || (first..=last).contains(&at));
        }
        let mut next_kept = false;
        for (kept, piece) in kept.iter_mut().zip(pieces).rev() {
            *kept |= next_kept && matches!(piece.block, Block::Heading { .. }) && piece.linked < 0.5;
            next_kept = *kept;
        }
        pieces.iter().zip(kept).filter(|(_, kept)| *kept).map(|(piece, _)| piece.clone()).collect()
    }
}

fn has_structure(piece: &Piece) -> bool {
    let structured = matches!(piece.block, Block::Table { .. } | Block::Code { .. } | Block::ListItem { .. });
    structured && piece.linked < 0.3 && !piece.marginal
}

/// The words of the library's text: its lines, and every three neighbours.
struct Seen {
    lines: HashSet<String>,
    triples: HashSet<[String; 3]>,
}

impl Seen {
    fn new(text: &str) -> Seen {
        Seen {
            lines: text.lines().map(|line| words(line).join(" ")).collect(),
            triples: triples(&words(text)).collect(),
        }
    }

    /// Whether a block is in the text: a short one as a line of its own, a long one by half of its words.
    fn holds(&self, block: &Block) -> bool {
        let words: Vec<String> = block.words().flat_map(words).collect();
        if words.len() < 4 {
            return self.lines.contains(&words.join(" "));
        }
        let held = triples(&words).filter(|triple| self.triples.contains(triple)).count();
        held * 2 >= words.len() - 2
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn triples(words: &[String]) -> impl Iterator<Item = [String; 3]> + '_ {
    words.windows(3).filter_map(|three| <[String; 3]>::try_from(three.to_vec()).ok())
}
