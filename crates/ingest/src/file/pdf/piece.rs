//! Glyphs become pieces: runs on one baseline without a gap, mostly words.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// A gap wider than this many sizes parts words. TeX sets no spaces and shrinks them to .22; kerning stays below .1.
pub const WORD_GAP: f64 = 0.12;

/// A run of glyphs, in coordinates turned so that its text runs along `u` and lines follow each other down `v`.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// In logical order, also where it runs from right to left.
    pub text: String,
    pub u0: f64,
    pub u1: f64,
    pub v: f64,
    pub size: f64,
    pub bold: bool,
    pub rtl: bool,
    /// A space was shown after it.
    pub space: bool,
    /// The direction of the text, in degrees counter-clockwise.
    pub angle: i16,
}

/// A glyph as shown: where it begins, where the next one would, how large it is.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub from: (f64, f64),
    pub to: (f64, f64),
    /// The direction of the text; of any length.
    pub along: (f64, f64),
    pub size: f64,
    pub bold: bool,
}

#[derive(Debug, Default)]
pub struct Pieces {
    done: Vec<Piece>,
    open: Option<Piece>,
    /// What was shown where: text drawn twice for weight or shadow counts once.
    seen: HashSet<u64>,
    /// What a glyph says after cleaning; kept so that not every glyph allocates.
    clean: String,
}

impl Pieces {
    pub fn show(&mut self, text: &str, place: &Place) {
        let upright = place.along.1 == 0.0 && place.along.0 > 0.0;
        let angle = if upright { 0.0 } else { place.along.1.atan2(place.along.0) };
        if !(angle.is_finite() && place.size.is_finite() && place.size > 0.01) {
            return;
        }
        let (sin, cos) = if upright { (0.0, 1.0) } else { angle.sin_cos() };
        let turn = |(x, y): (f64, f64)| (x * cos + y * sin, y * cos - x * sin);
        let (u0, v) = turn(place.from);
        let (u1, _) = turn(place.to);
        if !(u0.is_finite() && u1.is_finite() && v.is_finite()) {
            return;
        }
        let degrees = whole_degrees(angle);
        let mut clean = std::mem::take(&mut self.clean);
        clean.clear();
        let (mut blank, mut rtl) = (false, false);
        for c in text.chars() {
            match c {
                c if c.is_whitespace() => blank = true,
                '\u{F0B7}' | '\u{F0A7}' | '\u{F0D8}' | '\u{F076}' | '\u{F0FC}' => clean.push('•'),
                c if c.is_control() || is_junk(c) => {}
                c => {
                    rtl |= is_rtl(c);
                    clean.push(c);
                }
            }
        }
        if !clean.is_empty() {
            let shown = Piece {
                text: String::new(),
                u0: u0.min(u1),
                u1: u1.max(u0),
                v,
                size: place.size,
                bold: place.bold,
                rtl,
                space: false,
                angle: degrees,
            };
            if !self.extend(&clean, &shown) {
                self.close();
                self.open = Some(Piece { text: clean.clone(), ..shown });
            }
        }
        self.clean = clean;
        if blank {
            self.blank();
        }
    }

    /// Adds a glyph to the open piece if it follows without a gap.
    fn extend(&mut self, text: &str, next: &Piece) -> bool {
        let Some(open) = &mut self.open else { return false };
        let size = open.size.max(next.size);
        let near = |gap: f64| gap < WORD_GAP * size && gap > -0.5 * size;
        if open.angle != next.angle || (open.v - next.v).abs() > 0.12 * size || open.text.len() > 4_000 {
            return false;
        }
        // Digits and Latin letters inside text from right to left keep their own direction.
        let strong = |text: &str| text.chars().any(char::is_alphanumeric);
        if open.rtl != next.rtl && strong(&open.text) && strong(text) {
            return false;
        }
        let rtl = open.rtl || next.rtl;
        if near(next.u0 - open.u1) {
            if rtl {
                open.text.insert_str(0, text);
            } else {
                open.text.push_str(text);
            }
        } else if rtl && near(open.u0 - next.u1) {
            open.text.push_str(text);
        } else {
            return false;
        }
        open.rtl = rtl;
        open.u0 = open.u0.min(next.u0);
        open.u1 = open.u1.max(next.u1);
        open.size = size;
        true
    }

    fn blank(&mut self) {
        if let Some(open) = &mut self.open {
            open.space = true;
            self.close();
        } else if let Some(last) = self.done.last_mut() {
            last.space = true;
        }
    }

    fn close(&mut self) {
        let Some(piece) = self.open.take() else { return };
        let cell = |number: f64| {
            #[allow(clippy::cast_possible_truncation, reason = "saturates, and only tells places apart")]
            let cell = (number / (0.2 * piece.size)).round() as i64;
            cell
        };
        let mut hasher = DefaultHasher::new();
        (&piece.text, cell(piece.u0), cell(piece.v), piece.angle).hash(&mut hasher);
        if self.seen.insert(hasher.finish()) {
            self.done.push(piece);
        }
    }

    /// How many pieces there are.
    pub fn len(&self) -> usize {
        self.done.len()
    }

    pub fn finish(mut self) -> Vec<Piece> {
        self.close();
        self.done
    }
}

fn whole_degrees(angle: f64) -> i16 {
    // Within a degree all text is one direction: scans that were turned upright are never quite.
    #[allow(clippy::cast_possible_truncation, reason = "an angle in degrees")]
    let degrees = angle.to_degrees().round() as i16;
    if degrees == -180 { 180 } else { degrees }
}

pub fn is_rtl(c: char) -> bool {
    matches!(c, '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}')
        && !matches!(c, '\u{0660}'..='\u{0669}' | '\u{06F0}'..='\u{06F9}')
}

/// Private use, replacement and direction marks: nothing to read.
fn is_junk(c: char) -> bool {
    matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{FFFD}' | '\u{FFFE}' | '\u{FFFF}' | '\u{FEFF}' | '\u{200B}'
        | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(glyphs: &[(&str, f64, f64)]) -> Vec<(String, bool)> {
        let mut pieces = Pieces::default();
        for (text, from, to) in glyphs {
            let place =
                Place { from: (*from, 0.0), to: (*to, 0.0), along: (1.0, 0.0), size: 10.0, bold: false };
            pieces.show(text, &place);
        }
        pieces.finish().into_iter().map(|piece| (piece.text, piece.space)).collect()
    }

    #[test]
    fn gaps_and_spaces_part_words() {
        let found = shown(&[
            ("a", 0.0, 5.0),
            ("b", 5.3, 10.0),
            ("c", 12.5, 17.0),
            (" ", 17.0, 20.0),
            ("d", 20.0, 25.0),
        ]);
        let wanted = [("ab", false), ("c", true), ("d", false)];
        assert_eq!(found, wanted.map(|(text, space)| (text.to_owned(), space)));
    }

    #[test]
    fn text_drawn_twice_counts_once() {
        let found = shown(&[("a", 0.0, 5.0), (" ", 5.0, 7.0), ("a", 0.1, 5.1)]);
        assert_eq!(found, [("a".to_owned(), true)]);
    }

    #[test]
    fn arabic_is_kept_in_logical_order_however_it_is_shown() {
        let visual = shown(&[("ب", 0.0, 5.0), ("ا", 5.0, 10.0)]);
        let logical = shown(&[("ا", 5.0, 10.0), ("ب", 0.0, 5.0)]);
        assert_eq!(visual, [("اب".to_owned(), false)]);
        assert_eq!(logical, visual);
    }
}
