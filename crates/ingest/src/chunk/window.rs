//! A long section as overlapping windows.

use super::unit::Unit;
use super::{OVERLAP, WINDOW};

/// The texts of the windows, in order. A section that fits is one window.
pub(super) fn windows(units: Vec<Unit>) -> Vec<String> {
    let total: u32 = units.iter().map(|unit| unit.tokens).sum();
    let limit = balanced(total);
    let mut windows = Vec::new();
    let mut window: Vec<&Unit> = Vec::new();
    let mut size = 0;
    for unit in &units {
        // An overlap and one new unit are far below the limit: every window gets on.
        if size + unit.tokens > limit {
            windows.push(render(&window));
            window = overlap(&window);
            size = cost(&window, unit);
        }
        size += unit.tokens;
        window.push(unit);
    }
    if !window.is_empty() {
        windows.push(render(&window));
    }
    windows
}

/// Tokens per window such that all are about the same size, instead of full ones and a scrap.
fn balanced(total: u32) -> u32 {
    if total <= WINDOW {
        return WINDOW;
    }
    let stride = WINDOW - OVERLAP;
    let count = (total - OVERLAP).div_ceil(stride).max(1);
    let even = (total - OVERLAP).div_ceil(count) + OVERLAP;
    // Units do not divide evenly: a little slack keeps the count.
    (even + even / 20).min(WINDOW)
}

/// The units at the end of a window that the next one begins with.
fn overlap<'a>(window: &[&'a Unit]) -> Vec<&'a Unit> {
    let mut shared = 0;
    let from = window
        .iter()
        .rposition(|unit| {
            shared += unit.tokens;
            shared > OVERLAP
        })
        .map_or(0, |before| before + 1);
    window.get(from..).unwrap_or_default().to_vec()
}

/// What a new window holds before its first new unit: the overlap, and the header its first row needs.
fn cost(window: &[&Unit], next: &Unit) -> u32 {
    let first = window.first().copied().unwrap_or(next);
    let header = first.header.as_ref().map_or(0, |header| header.tokens);
    header + window.iter().map(|unit| unit.tokens).sum::<u32>()
}

fn render(window: &[&Unit]) -> String {
    let mut text = String::new();
    for (at, unit) in window.iter().enumerate() {
        if at == 0 {
            if let Some(header) = &unit.header {
                text.push_str(&header.text);
                text.push('\n');
            }
        } else {
            text.push_str(unit.lead);
        }
        text.push_str(&unit.text);
    }
    text
}
