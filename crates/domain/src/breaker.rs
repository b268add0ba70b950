//! Which models are left alone for a while because they failed again and again.
//!
//! Closed until [`FAILURES`] in a row within [`WINDOW_MS`]; then open: skipped at once, so that nobody waits for
//! its deadlines. Each [`PAUSE_MS`] one turn may try it: success closes, failure opens for another pause. A trial
//! that ends without a result (the visitor stopped) is followed by another after the pause. What works costs one
//! look into an empty map.

use std::collections::BTreeMap;

/// Failures in a row that open.
pub const FAILURES: u32 = 5;
/// They count while the first of them is younger than this.
pub const WINDOW_MS: f64 = 60_000.0;
/// Between two trials of a model that is left alone.
pub const PAUSE_MS: f64 = 30_000.0;
/// Models that are watched at a time: their names are chosen by members.
const MAX_WATCHED: usize = 256;

struct Trouble {
    failures: u32,
    since_ms: f64,
    /// Open: until the next trial.
    until_ms: Option<f64>,
}

/// The models that failed lately; those that work are not in it.
#[derive(Default)]
pub struct Breakers {
    troubled: BTreeMap<String, Trouble>,
}

impl Breakers {
    /// Whether a model may be asked now.
    ///
    /// # Errors
    /// With the milliseconds until the next trial.
    pub fn admit(&mut self, model: &str, now_ms: f64) -> Result<(), f64> {
        let Some(trouble) = self.troubled.get_mut(model) else { return Ok(()) };
        match trouble.until_ms {
            Some(until) if now_ms < until => Err(until - now_ms),
            Some(_) => {
                trouble.until_ms = Some(now_ms + PAUSE_MS);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// A model gave a whole answer.
    pub fn succeeded(&mut self, model: &str) {
        self.troubled.remove(model);
    }

    /// A model gave none, or half of one.
    pub fn failed(&mut self, model: &str, now_ms: f64) {
        if self.troubled.len() >= MAX_WATCHED && !self.troubled.contains_key(model) {
            self.troubled.clear();
        }
        let fresh = || Trouble { failures: 0, since_ms: now_ms, until_ms: None };
        let trouble = self.troubled.entry(model.to_owned()).or_insert_with(fresh);
        if trouble.until_ms.is_none() && now_ms - trouble.since_ms > WINDOW_MS {
            *trouble = fresh();
        }
        trouble.failures = trouble.failures.saturating_add(1);
        if trouble.failures >= FAILURES {
            trouble.until_ms = Some(now_ms + PAUSE_MS);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(now_ms: f64) -> Breakers {
        let mut breakers = Breakers::default();
        for _ in 0..FAILURES {
            assert_eq!(breakers.admit("m", now_ms), Ok(()));
            breakers.failed("m", now_ms);
        }
        breakers
    }

    #[test]
    fn failures_in_a_row_open_it_for_this_model_alone() {
        let mut breakers = opened(1_000.0);
        assert_eq!(breakers.admit("m", 1_000.0), Err(PAUSE_MS));
        assert_eq!(breakers.admit("m", 21_000.0), Err(10_000.0));
        assert_eq!(breakers.admit("other", 1_000.0), Ok(()));
    }

    #[test]
    fn one_success_between_begins_the_count_anew() {
        let mut breakers = Breakers::default();
        for round in 0..20 {
            for _ in 1..FAILURES {
                breakers.failed("m", f64::from(round));
            }
            breakers.succeeded("m");
        }
        assert_eq!(breakers.admit("m", 20.0), Ok(()));
    }

    #[test]
    fn failures_far_apart_do_not_open_it() {
        let mut breakers = Breakers::default();
        for at in 0..50 {
            breakers.failed("m", f64::from(at) * (WINDOW_MS / 3.0));
            assert_eq!(breakers.admit("m", f64::from(at) * (WINDOW_MS / 3.0)), Ok(()));
        }
    }

    #[test]
    fn after_the_pause_one_turn_tries_and_its_outcome_decides() {
        let mut breakers = opened(0.0);
        assert_eq!(breakers.admit("m", PAUSE_MS), Ok(()), "the trial");
        assert_eq!(breakers.admit("m", PAUSE_MS), Err(PAUSE_MS), "nobody beside it");
        breakers.failed("m", PAUSE_MS + 5_000.0);
        assert_eq!(breakers.admit("m", PAUSE_MS + 5_000.0), Err(PAUSE_MS));
        // However late the next trial is: one failure is enough.
        let late = 100.0 * PAUSE_MS;
        assert_eq!(breakers.admit("m", late), Ok(()));
        breakers.failed("m", late);
        assert!(breakers.admit("m", late).is_err());
        assert_eq!(breakers.admit("m", late + PAUSE_MS), Ok(()));
        breakers.succeeded("m");
        for _ in 0..10 {
            assert_eq!(breakers.admit("m", late + PAUSE_MS), Ok(()));
        }
    }

    #[test]
    fn a_trial_without_an_outcome_is_followed_by_another() {
        let mut breakers = opened(0.0);
        assert_eq!(breakers.admit("m", PAUSE_MS), Ok(()));
        assert_eq!(breakers.admit("m", 2.0 * PAUSE_MS), Ok(()));
    }

    #[test]
    fn names_without_end_take_no_memory() {
        let mut breakers = Breakers::default();
        for n in 0..10_000 {
            breakers.failed(&format!("m{n}"), 0.0);
        }
        assert!(breakers.troubled.len() <= MAX_WATCHED);
    }
}
