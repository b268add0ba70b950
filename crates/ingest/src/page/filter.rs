//! What the library takes for the text of an article.

use std::collections::HashSet;

use url::Url;

use super::block::Block;
use super::content::solid_words;
use super::walk::Piece;

/// Share of the words of the marked element that has to be left; below it the library took the page for
/// something it is not, and everything stays.
const ENOUGH: f64 = 0.3;

/// Pieces of `scope` that are part of the text; of the `whole` page, if the scope has little of it.
pub(super) fn text_only(scope: Vec<Piece>, whole: &[Piece], html: &str, url: &Url) -> Vec<Piece> {
    let options = rs_trafilatura::Options { url: Some(url.to_string()), ..rs_trafilatura::Options::default() };
    let Ok(result) = rs_trafilatura::extract_with_options(html, &options) else { return scope };
    let seen = Seen::new(&result.content_text);
    let (within, anywhere) = (seen.select(&scope), seen.select(whole));
    let kept = if solid_words(&within) as f64 > 0.3 * solid_words(&anywhere) as f64 { within } else { anywhere };
    if std::env::var("DBG").is_ok() { eprintln!("DBG {:?} scope {} kept {}", result.metadata.page_type, solid_words(&scope), solid_words(&kept)) }
    if (solid_words(&kept) as f64) < ENOUGH * solid_words(&scope) as f64 { scope } else { kept }
}

impl Seen {
    /// Pieces that are in the library's text, and between the first and the last of them what has structure:
    /// tables and lists are easily taken for furniture, and they are what visitors ask for.
    fn select(&self, pieces: &[Piece]) -> Vec<Piece> {
        let held: Vec<bool> = pieces.iter().map(|piece| self.holds(&piece.block)).collect();
        let first = held.iter().position(|held| *held).unwrap_or(usize::MAX);
        let last = held.iter().rposition(|held| *held).unwrap_or(0);
        let kept = pieces.iter().zip(&held).enumerate().filter(|(at, (piece, held))| {
            **held || (first..=last).contains(at) && has_structure(piece)
        });
        kept.map(|(_, (piece, _))| piece.clone()).collect()
    }
}

fn has_structure(piece: &Piece) -> bool {
    let structured = matches!(piece.block, Block::Table { .. } | Block::Code { .. } | Block::ListItem { .. });
    structured && piece.linked < 0.3 && !piece.marginal
}

struct Seen {
    lines: HashSet<String>,
    triples: HashSet<(String, String, String)>,
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect()
}

impl Seen {
    fn new(text: &str) -> Seen {
        let lines = text.lines().map(|l| words(l).join(" ")).collect();
        let all = words(text);
        let triples = all.iter().zip(all.iter().skip(1)).zip(all.iter().skip(2)).map(|((a, b), c)| (a.clone(), b.clone(), c.clone())).collect();
        Seen { lines, triples }
    }
    fn holds(&self, block: &Block) -> bool {
        let text: Vec<&str> = block.words().collect();
        let w = words(&text.join(" "));
        if w.len() < 4 { return self.lines.contains(&w.join(" ")); }
        let n = w.len() - 2;
        let hit = w.iter().zip(w.iter().skip(1)).zip(w.iter().skip(2)).filter(|((a, b), c)| self.triples.contains(&((*a).clone(), (*b).clone(), (*c).clone()))).count();
        hit * 2 >= n
    }
}
