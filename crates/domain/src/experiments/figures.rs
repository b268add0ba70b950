//! What the figures of an experiment say, and when they say nothing yet.

use super::ENOUGH;

/// 97.5th percentile of the normal distribution: intervals hold in 95 of 100 cases.
const Z: f64 = 1.959_963_984_540_054;

/// The Wilson score interval of a share, which stays within 0 and 1 and is honest about small numbers.
#[must_use]
pub fn interval(successes: u32, of: u32) -> (f64, f64) {
    if of == 0 {
        return (0.0, 1.0);
    }
    let (n, share) = (f64::from(of), f64::from(successes.min(of)) / f64::from(of));
    let spread = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let (middle, scale) = (share + Z * Z / (2.0 * n), 1.0 + Z * Z / n);
    (((middle - spread) / scale).max(0.0), ((middle + spread) / scale).min(1.0))
}

/// What is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The place of the variant that earns more than every other.
    pub winner: Option<usize>,
    /// The same for people.
    pub words: String,
}

/// Compares variants by name, conversions and visitors. There is a winner once every variant was seen by
/// [`ENOUGH`] visitors and the best one's interval lies above all others.
#[must_use]
pub fn verdict(variants: &[(&str, u32, u32)]) -> Verdict {
    if let Some((name, _, seen)) =
        variants.iter().filter(|(_, _, seen)| *seen < ENOUGH).min_by_key(|(_, _, seen)| *seen)
    {
        let visitors = if *seen == 1 { "visitor" } else { "visitors" };
        let words = format!(
            "Not enough data yet: every variant needs {ENOUGH} visitors, and “{name}” was seen by {seen} {visitors}."
        );
        return Verdict { winner: None, words };
    }
    let intervals: Vec<(f64, f64)> = variants.iter().map(|(_, of, seen)| interval(*of, *seen)).collect();
    let above = |at: usize, low: f64| {
        intervals.iter().enumerate().all(|(other, (_, high))| other == at || low > *high)
    };
    let winner = intervals.iter().enumerate().find(|(at, (low, _))| above(*at, *low)).map(|(at, _)| at);
    let name = winner.and_then(|at| variants.get(at)).map(|(name, _, _)| *name);
    let words = match name {
        Some(name) if variants.len() > 1 => {
            format!("“{name}” earns more: its interval lies above all others.")
        }
        _ => "Not enough data yet: the intervals overlap, so the difference may be chance.".to_owned(),
    };
    Verdict { winner: winner.filter(|_| variants.len() > 1), words }
}
