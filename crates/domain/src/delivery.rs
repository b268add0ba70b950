//! When a delivery is tried again, what an answer means, and when a receiver is given up. Times are milliseconds;
//! `scale` is how many times faster than in life the time of a drill goes.

/// Pause before each attempt, from the end of the one before: at once, then over 27 and a half hours.
const PAUSES_MS: [f64; 8] =
    [0.0, 5.0 * SECOND, 5.0 * MINUTE, 30.0 * MINUTE, 2.0 * HOUR, 5.0 * HOUR, 10.0 * HOUR, 10.0 * HOUR];
const SECOND: f64 = 1_000.0;
const MINUTE: f64 = 60.0 * SECOND;
const HOUR: f64 = 60.0 * MINUTE;
const DAY: f64 = 24.0 * HOUR;

/// Attempts before a delivery is given up.
pub const ATTEMPTS: u32 = 8;
/// Pauses are longer or shorter by up to this share, so that what failed together does not come back together.
const JITTER: f64 = 0.2;
/// The longest wish of a receiver that is followed.
const MAX_WISH_MS: f64 = DAY;
/// A receiver is given up after failing for this long.
const HOPELESS_MS: f64 = 5.0 * DAY;
/// Failures further apart than this are not one time of failing: no pause is as long, [`MAX_WISH_MS`] and the attempt
/// after it included.
const SPELL_GAP_MS: f64 = 2.0 * DAY;

/// How long to wait after `made` failed attempts, or `None` where that was the last. `chance` is between 0 and 1; `wish`
/// is the receiver's `Retry-After`.
#[must_use]
pub fn pause(made: u32, chance: f64, wish: Option<f64>, scale: f64) -> Option<f64> {
    let pause = PAUSES_MS.get(usize::try_from(made).ok()?)?;
    let spread = pause * (1.0 + JITTER * (2.0 * chance.clamp(0.0, 1.0) - 1.0));
    Some(spread.max(wish.unwrap_or_default().clamp(0.0, MAX_WISH_MS)) / scale.max(1.0))
}

/// What a receiver's answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Delivered,
    /// Try again: also where it was not understood, because receivers are repaired.
    Again,
    /// It is well, and this will never do for it: what was to be sent is gone, or lacks what it needs.
    Refused,
    /// Nobody wants this here any more (410).
    Gone,
}

/// What a status means.
#[must_use]
pub fn verdict(status: u16) -> Verdict {
    match status {
        200..=299 => Verdict::Delivered,
        410 => Verdict::Gone,
        _ => Verdict::Again,
    }
}

/// A time of failing without a success in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spell {
    pub since: f64,
    pub last: f64,
}

/// The spell after another failure.
#[must_use]
pub fn failing(before: Option<Spell>, now: f64, scale: f64) -> Spell {
    match before {
        Some(spell) if now - spell.last <= SPELL_GAP_MS / scale.max(1.0) => Spell { last: now, ..spell },
        _ => Spell { since: now, last: now },
    }
}

/// Whether a receiver has failed for so long that nothing more is sent to it.
#[must_use]
pub fn is_hopeless(spell: Spell, scale: f64) -> bool {
    spell.last - spell.since >= HOPELESS_MS / scale.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule_is_the_one_that_is_documented() {
        let hours: Vec<f64> = (0..).map_while(|made| pause(made, 0.5, None, 1.0)).collect();
        let seconds: Vec<f64> = hours.iter().map(|ms| ms / 1_000.0).collect();
        assert_eq!(seconds, [0.0, 5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 36_000.0]);
        assert_eq!(seconds.len(), ATTEMPTS as usize);
        assert_eq!(pause(ATTEMPTS, 0.5, Some(1e9), 1.0), None, "no wish makes a ninth attempt");
    }

    #[test]
    fn a_pause_differs_by_a_fifth_at_most_and_spreads() {
        for made in 1..ATTEMPTS {
            let middle = pause(made, 0.5, None, 1.0).unwrap();
            let (least, most) = (pause(made, 0.0, None, 1.0).unwrap(), pause(made, 1.0, None, 1.0).unwrap());
            assert!((least / middle - 0.8).abs() < 1e-9 && (most / middle - 1.2).abs() < 1e-9);
        }
        assert_eq!(pause(1, 7.0, None, 1.0), pause(1, 1.0, None, 1.0), "chance is a share");
    }

    #[test]
    fn a_receivers_wish_lengthens_a_pause_up_to_a_day() {
        assert_eq!(pause(1, 0.5, Some(120_000.0), 1.0), Some(120_000.0));
        assert_eq!(pause(2, 0.5, Some(1_000.0), 1.0), Some(300_000.0), "and never shortens it");
        assert_eq!(pause(1, 0.5, Some(1e12), 1.0), Some(86_400_000.0));
        assert_eq!(pause(1, 0.5, Some(120_000.0), 1_000.0), Some(120.0));
    }

    #[test]
    fn a_success_is_any_2xx_and_410_the_end() {
        assert!([200, 201, 202, 204, 299].into_iter().all(|status| verdict(status) == Verdict::Delivered));
        for status in [100, 301, 302, 307, 400, 401, 404, 409, 422, 429, 500, 503] {
            assert_eq!(verdict(status), Verdict::Again, "{status}");
        }
        assert_eq!(verdict(410), Verdict::Gone);
    }

    #[test]
    fn five_days_of_failing_are_hopeless_and_two_failures_a_week_apart_are_not() {
        let mut spell = failing(None, 0.0, 1.0);
        for half in 1..10 {
            spell = failing(Some(spell), f64::from(half) * 12.0 * HOUR, 1.0);
            assert!(!is_hopeless(spell, 1.0));
        }
        assert!(is_hopeless(failing(Some(spell), 120.0 * HOUR, 1.0), 1.0));
        let mut asked = failing(None, 0.0, 1.0);
        for day in 1..=5 {
            assert!(!is_hopeless(asked, 1.0));
            asked = failing(Some(asked), f64::from(day) * (MAX_WISH_MS + 15.0 * SECOND), 1.0);
        }
        assert!(is_hopeless(asked, 1.0), "who asks for a day each time is given up, too");
        let apart = failing(Some(failing(None, 0.0, 1.0)), 7.0 * DAY, 1.0);
        assert!(!is_hopeless(apart, 1.0));
        assert!((apart.since - 7.0 * DAY).abs() < 1.0);
    }
}
