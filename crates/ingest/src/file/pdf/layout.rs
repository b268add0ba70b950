//! Reading order: a page is cut into regions at gutters between columns, else stays whole.
//!
//! After the recursive XY-cut (Nagy and Seth 1984), with one difference: a gutter only counts between what
//! looks like columns of running text, since the columns of a table have to be read across.

use super::line::Segment;

/// Above this the page is read from top to bottom: no layout has so many, and cutting would take long.
const SEGMENTS: usize = 30_000;
const DEPTH: usize = 24;
/// A gutter is at least this many sizes wide.
const GUTTER: f64 = 0.8;
/// A column has at least so many lines, of so many characters on average.
const LINES: usize = 3;
const CHARACTERS: usize = 18;

/// Regions in reading order. Each is read from top to bottom.
pub fn regions(segments: Vec<Segment>) -> Vec<Vec<Segment>> {
    let mut out = Vec::new();
    if segments.len() > SEGMENTS {
        out.push(segments);
    } else {
        cut(segments, 0, &mut out);
    }
    out
}

fn cut(segments: Vec<Segment>, depth: usize, out: &mut Vec<Vec<Segment>>) {
    if segments.len() < 2 * LINES || depth > DEPTH {
        out.push(segments);
        return;
    }
    if let Some(gutter) = gutter(&segments.iter().collect::<Vec<_>>()) {
        let rtl = segments.iter().filter(|it| it.rtl).count() * 2 > segments.len();
        let (left, right): (Vec<_>, Vec<_>) = segments.into_iter().partition(|it| it.u1 <= gutter);
        let (first, second) = if rtl { (right, left) } else { (left, right) };
        cut(first, depth + 1, out);
        cut(second, depth + 1, out);
        return;
    }
    let bands = bands(segments);
    let mut plain: Vec<Segment> = Vec::new();
    let mut rest = bands.into_iter().peekable();
    while let Some(band) = rest.next() {
        // A gutter may show only in some bands together: take in what keeps it open.
        let mut held: Vec<Vec<Segment>> = vec![band];
        let mut open = has_gutter(&held);
        while let Some(next) = rest.peek() {
            let with: Vec<&Segment> = held.iter().flatten().chain(next).collect();
            let keeps = gutter(&with).is_some();
            if !keeps && (open || !gap(&with)) {
                break;
            }
            open |= keeps;
            held.extend(rest.next());
        }
        let held: Vec<Segment> = held.into_iter().flatten().collect();
        if open {
            if !plain.is_empty() {
                out.push(std::mem::take(&mut plain));
            }
            cut(held, depth + 1, out);
        } else {
            plain.extend(held);
        }
    }
    if !plain.is_empty() {
        out.push(plain);
    }
}

fn has_gutter(bands: &[Vec<Segment>]) -> bool {
    gutter(&bands.iter().flatten().collect::<Vec<_>>()).is_some()
}

/// Whether any vertical strip is free, whatever stands on its sides.
fn gap(segments: &[&Segment]) -> bool {
    strips(segments).next().is_some()
}

/// The middle of a strip no segment crosses, with columns of text on both sides.
fn gutter(segments: &[&Segment]) -> Option<f64> {
    if segments.len() < 2 * LINES {
        return None;
    }
    let mut strips: Vec<(f64, f64)> = strips(segments).collect();
    strips.sort_by(|a, b| (b.1 - b.0).total_cmp(&(a.1 - a.0)));
    strips.into_iter().take(8).map(|(from, to)| (from + to) / 2.0).find(|middle| {
        let (left, right): (Vec<&Segment>, Vec<&Segment>) = segments.iter().partition(|it| it.u1 <= *middle);
        is_column(&left) && is_column(&right)
    })
}

fn strips(segments: &[&Segment]) -> impl Iterator<Item = (f64, f64)> {
    let mut spans: Vec<(f64, f64, f64)> = segments.iter().map(|it| (it.u0, it.u1, it.size)).collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut reach = f64::INFINITY;
    spans.into_iter().filter_map(move |(from, to, size)| {
        let strip = (reach, from);
        let free = reach.is_finite() && from - reach > GUTTER * size;
        reach = if reach.is_finite() { reach.max(to) } else { to };
        free.then_some(strip)
    })
}

/// Running text: several lines that are long on average.
fn is_column(segments: &[&Segment]) -> bool {
    if segments.len() < LINES {
        return false;
    }
    let mut baselines: Vec<f64> = segments.iter().map(|it| it.v).collect();
    baselines.sort_by(f64::total_cmp);
    let size = segments.iter().map(|it| it.size).fold(f64::INFINITY, f64::min);
    baselines.dedup_by(|a, b| (*a - *b).abs() < 0.5 * size);
    let characters: usize = segments.iter().map(|it| it.text.chars().count()).sum();
    baselines.len() >= LINES && characters / baselines.len() >= CHARACTERS
}

/// Cuts at every horizontal gap of half a size, from top to bottom.
fn bands(mut segments: Vec<Segment>) -> Vec<Vec<Segment>> {
    segments.sort_by(|a, b| (b.v + 0.8 * b.size).total_cmp(&(a.v + 0.8 * a.size)));
    let mut bands: Vec<Vec<Segment>> = Vec::new();
    let mut bottom = f64::NEG_INFINITY;
    for segment in segments {
        let top = segment.v + 0.8 * segment.size;
        let below = segment.v - 0.2 * segment.size;
        match bands.last_mut() {
            Some(band) if bottom - top < 0.5 * segment.size => {
                bottom = bottom.min(below);
                band.push(segment);
            }
            _ => {
                bottom = below;
                bands.push(vec![segment]);
            }
        }
    }
    bands
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, u0: f64, v: f64) -> Segment {
        let u1 = u0 + 5.0 * text.chars().count() as f64;
        Segment { text: text.into(), u0, u1, v, size: 10.0, bold: false, rtl: false }
    }

    fn order(segments: Vec<Segment>) -> Vec<String> {
        regions(segments).into_iter().flatten().map(|it| it.text).collect()
    }

    #[test]
    fn two_columns_under_a_title_are_read_one_after_the_other() {
        let mut page = vec![line("A title over both columns of the page", 60.0, 100.0)];
        for row in 0..4 {
            let v = 70.0 - 12.0 * f64::from(row);
            page.push(line(&format!("left column line {row} is long"), 0.0, v));
            page.push(line(&format!("right column line {row} is too"), 180.0, v));
        }
        let found = order(page);
        assert!(found[0].starts_with("A title"));
        assert!(found[1..5].iter().all(|text| text.starts_with("left")), "{found:?}");
        assert!(found[5..].iter().all(|text| text.starts_with("right")), "{found:?}");
    }

    #[test]
    fn a_table_is_one_region() {
        let rows = (0..5).flat_map(|row| {
            let v = -12.0 * f64::from(row);
            [line("Inner tube", 0.0, v), line("£9", 200.0, v)]
        });
        assert_eq!(regions(rows.collect()).len(), 1);
    }
}
