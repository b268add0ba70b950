//! Pieces become segments: stretches of a line without a gap as wide as a gutter.

use super::piece::{Piece, WORD_GAP};

/// Wider than this many sizes, a gap parts columns or cells.
const CELL_GAP: f64 = 1.0;
/// With a space shown in it, a gap may be wider: justified lines stretch theirs.
const SPACED_GAP: f64 = 1.8;

/// A stretch of a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    pub text: String,
    pub u0: f64,
    pub u1: f64,
    /// Its baseline.
    pub v: f64,
    pub size: f64,
    pub bold: bool,
    pub rtl: bool,
}

struct Open {
    pieces: Vec<Piece>,
    u0: f64,
    u1: f64,
    v: f64,
    size: f64,
}

/// The segments of pieces that run in one direction, in the order they were shown.
pub fn segments(pieces: Vec<Piece>) -> Vec<Segment> {
    let mut runs: Vec<Open> = Vec::new();
    for piece in pieces {
        match runs.last_mut() {
            Some(run) if run.takes(&piece) => run.push(piece),
            _ => runs.push(Open::new(piece)),
        }
    }
    merge(runs).into_iter().map(Open::finish).collect()
}

impl Open {
    fn new(piece: Piece) -> Self {
        Self { u0: piece.u0, u1: piece.u1, v: piece.v, size: piece.size, pieces: vec![piece] }
    }

    fn push(&mut self, piece: Piece) {
        if piece.size > self.size {
            (self.v, self.size) = (piece.v, piece.size);
        }
        self.u0 = self.u0.min(piece.u0);
        self.u1 = self.u1.max(piece.u1);
        self.pieces.push(piece);
    }

    /// Whether what is shown next continues the line, on either side.
    fn takes(&self, next: &Piece) -> bool {
        let size = self.size.max(next.size);
        if (self.v - next.v).abs() > 0.45 * size {
            return false;
        }
        let spaced = self.pieces.last().is_some_and(|last| last.space);
        let most = if spaced { SPACED_GAP } else { CELL_GAP } * size;
        let fits = |gap: f64| gap > -0.3 * size && gap < most;
        fits(next.u0 - self.u1) || (next.rtl && fits(self.u0 - next.u1))
    }

    fn finish(mut self) -> Segment {
        self.pieces.sort_by(|a, b| a.u0.total_cmp(&b.u0));
        let count = |pick: fn(&Piece) -> bool| -> usize {
            self.pieces.iter().filter(|piece| pick(piece)).map(|piece| piece.text.len()).sum()
        };
        let all = count(|_| true);
        let rtl = count(|piece| piece.rtl) * 2 > all;
        let bold = count(|piece| piece.bold) * 10 > all * 8;
        // A segment is as large as most of it: a drop cap does not make a line of it.
        let size =
            self.pieces.iter().max_by_key(|piece| piece.text.len()).map_or(self.size, |piece| piece.size);
        Segment { text: text(&self.pieces, rtl), u0: self.u0, u1: self.u1, v: self.v, size, bold, rtl }
    }
}

/// The text of pieces sorted from left to right.
fn text(pieces: &[Piece], rtl: bool) -> String {
    let spaced = |left: &Piece, right: &Piece| {
        let gap = right.u0 - left.u1;
        let shown = left.space || ((right.rtl || rtl) && right.space);
        shown || gap > WORD_GAP * left.size.min(right.size)
    };
    let mut order: Vec<(&Piece, bool)> = Vec::with_capacity(pieces.len());
    let mut previous: Option<&Piece> = None;
    for piece in pieces {
        order.push((piece, previous.is_some_and(|left| spaced(left, piece))));
        previous = Some(piece);
    }
    let mut words: Vec<(String, bool)> = Vec::new();
    for (piece, space) in order {
        match words.last_mut() {
            Some((word, right_to_left)) if !space && *right_to_left == piece.rtl => {
                if piece.rtl {
                    word.insert_str(0, &piece.text);
                } else {
                    word.push_str(&piece.text);
                }
            }
            _ => words.push((piece.text.clone(), piece.rtl)),
        }
    }
    if rtl {
        // Backwards as a whole, while runs of left-to-right words keep their own order.
        words.reverse();
        turn_runs(&mut words, false);
    } else {
        turn_runs(&mut words, true);
    }
    words.iter().map(|(word, _)| word.as_str()).collect::<Vec<_>>().join(" ")
}

/// Reverses every run of words of one direction.
fn turn_runs(words: &mut [(String, bool)], direction: bool) {
    for run in words.chunk_by_mut(|a, b| a.1 == b.1) {
        if run.first().is_some_and(|(_, rtl)| *rtl == direction) {
            run.reverse();
        }
    }
}

/// Joins what stands side by side on one baseline although it was not shown in that order.
fn merge(runs: Vec<Open>) -> Vec<Open> {
    let mut order: Vec<(usize, Open)> = runs.into_iter().enumerate().collect();
    order.sort_by(|(_, a), (_, b)| b.v.total_cmp(&a.v));
    let mut rows: Vec<Vec<(usize, Open)>> = Vec::new();
    let (mut v, mut size) = (f64::INFINITY, 0.0f64);
    for (at, run) in order {
        if (v - run.v) > 0.3 * size.max(run.size) || rows.is_empty() {
            (v, size) = (run.v, run.size);
            rows.push(Vec::new());
        }
        size = size.max(run.size);
        if let Some(row) = rows.last_mut() {
            row.push((at, run));
        }
    }
    let mut merged: Vec<(usize, Open)> = Vec::new();
    for mut row in rows {
        row.sort_by(|(_, a), (_, b)| a.u0.total_cmp(&b.u0));
        let begin = merged.len();
        for (at, run) in row {
            let joins = merged.get(begin..).and_then(<[_]>::last).is_some_and(|(_, left)| {
                let gap = run.u0 - left.u1;
                let size = left.size.max(run.size);
                gap > -0.3 * size && gap < 0.6 * size
            });
            match merged.last_mut().filter(|_| joins) {
                Some((first, left)) => {
                    *first = (*first).min(at);
                    run.pieces.into_iter().for_each(|piece| left.push(piece));
                }
                None => merged.push((at, run)),
            }
        }
    }
    merged.sort_by_key(|(at, _)| *at);
    merged.into_iter().map(|(_, run)| run).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(text: &str, u0: f64, u1: f64, v: f64) -> Piece {
        let rtl = text.chars().any(super::super::piece::is_rtl);
        Piece { text: text.into(), u0, u1, v, size: 10.0, bold: false, rtl, space: false, angle: 0 }
    }

    fn texts(pieces: Vec<Piece>) -> Vec<String> {
        segments(pieces).into_iter().map(|segment| segment.text).collect()
    }

    #[test]
    fn a_raised_mark_stays_with_its_word_and_a_gutter_parts() {
        let found = texts(vec![
            piece("area", 0.0, 20.0, 0.0),
            piece("2", 20.2, 24.0, 3.5),
            piece("next", 60.0, 80.0, 0.0),
        ]);
        assert_eq!(found, ["area2", "next"]);
    }

    #[test]
    fn pieces_out_of_order_are_joined_by_their_place() {
        let found = texts(vec![
            piece("to", 23.0, 30.0, 0.0),
            piece("below", 0.0, 20.0, -12.0),
            piece("Welcome", 0.0, 20.0, 0.0),
        ]);
        assert_eq!(found, ["Welcome to", "below"]);
    }

    #[test]
    fn a_line_from_right_to_left_keeps_numbers_in_order() {
        let found = texts(vec![
            piece("שלום", 40.0, 60.0, 0.0),
            piece("10", 28.0, 38.0, 0.0),
            piece("עולם", 0.0, 26.0, 0.0),
        ]);
        assert_eq!(found, ["שלום 10 עולם"]);
    }
}
