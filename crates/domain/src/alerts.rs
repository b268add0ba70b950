//! Alerts: what figures are made of, and when a rule fires. The rules themselves are rows, which an operator may change.

use protocol::api::AlertFigure;

/// Milliseconds to the first token by which answers are counted: within each of these, and beyond the last.
pub const BOUNDS: [f64; 9] = [100.0, 250.0, 500.0, 750.0, 1_000.0, 1_500.0, 2_500.0, 5_000.0, 10_000.0];

/// What turns came to, summed up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sums {
    /// Those that were to be answered; refusals by a limit are none.
    pub turns: u64,
    /// Those that failed on our side.
    pub errors: u64,
    /// Those whose passages were remembered, and not.
    pub hits: u64,
    pub misses: u64,
    /// Calls of models, and those that their provider failed.
    pub calls: u64,
    pub call_errors: u64,
    /// Milliseconds to the first token, all together, and by [`BOUNDS`].
    pub first_ms: f64,
    pub first: [u64; BOUNDS.len() + 1],
}

impl Sums {
    /// Of a hundred answers 95 began within this; between two bounds it is taken to be spread evenly. Above a bound
    /// exactly where more than five of a hundred began later.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn first_token_p95(&self) -> Option<f64> {
        let all: u64 = self.first.iter().sum();
        let (mut below, mut from) = (0, 0.0);
        for (count, to) in self.first.iter().zip(BOUNDS) {
            if *count > 0 && (below + count) * 100 >= all * 95 {
                let part = (all as f64 * 0.95 - below as f64) / *count as f64;
                return Some(from + (to - from) * part.clamp(0.0, 1.0));
            }
            (below, from) = (below + count, to);
        }
        // Beyond the last bound nothing tells how far.
        (all > 0).then_some(from * 2.0)
    }

    /// A figure that turns tell; nothing where there were none.
    #[must_use]
    pub fn figure(&self, figure: AlertFigure) -> Option<f64> {
        match figure {
            AlertFigure::FirstToken => self.first_token_p95(),
            AlertFigure::Errors => percent(self.errors, self.turns),
            AlertFigure::ModelErrors => percent(self.call_errors, self.calls),
            AlertFigure::Backlog | AlertFigure::DeadLetters => None,
        }
    }
}

#[allow(clippy::cast_precision_loss)]
fn percent(part: u64, all: u64) -> Option<f64> {
    (all > 0).then(|| part as f64 * 100.0 / all as f64)
}

/// In which of the counts of [`Sums::first`] a first token is.
#[must_use]
pub fn bucket(first_token_ms: f64) -> usize {
    BOUNDS.iter().position(|bound| first_token_ms <= *bound).unwrap_or(BOUNDS.len())
}

/// How a rule stood when it was last looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Standing {
    /// Since when its figure was above the limit.
    pub since: Option<f64>,
    pub seen_at: Option<f64>,
    pub firing: bool,
}

/// What becomes of a rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// Its figure is within the limit, or there is nothing to judge.
    Within,
    /// Above, for less than it takes.
    Above { since: f64 },
    /// Above for long enough; whether it has been told already is the caller's to know.
    Fires { since: f64 },
}

/// Judges a rule. Where nobody looked for longer than `gap_ms`, nothing is known of the time between, and it begins anew.
#[must_use]
pub fn judge(was: &Standing, value: Option<f64>, above: f64, hold_ms: f64, gap_ms: f64, now: f64) -> Verdict {
    if value.is_none_or(|value| value <= above) {
        return Verdict::Within;
    }
    let watched = was.firing || was.seen_at.is_some_and(|seen| now - seen <= gap_ms);
    let since = was.since.filter(|_| watched).unwrap_or(now);
    if was.firing || now - since >= hold_ms { Verdict::Fires { since } } else { Verdict::Above { since } }
}

/// A rule's name, for people.
#[must_use]
pub fn title(figure: AlertFigure) -> &'static str {
    match figure {
        AlertFigure::FirstToken => "Answers begin late",
        AlertFigure::Errors => "Questions fail",
        AlertFigure::Backlog => "Jobs pile up",
        AlertFigure::ModelErrors => "A model's provider fails",
        AlertFigure::DeadLetters => "Events or mails were given up",
    }
}

/// What to do about it.
#[must_use]
pub fn advice(figure: AlertFigure) -> &'static str {
    match figure {
        AlertFigure::FirstToken => {
            "Look at which stage takes the time in the traces of a few turns. Where it is the model, choose a faster one, or put another before it."
        }
        AlertFigure::Errors => {
            "Look at what is failing under Health, and at the reasons in the log (turn, request_failed) and in Sentry."
        }
        AlertFigure::Backlog => {
            "Look at the queue under Health and at its consumers in Cloudflare's dashboard. Jobs are begun once a minute even without it; nothing is lost."
        }
        AlertFigure::ModelErrors => {
            "Look at the provider's status page, its key and its limits. Agents answer with their next model, at last with the site's own sentences; add another model to them if it lasts."
        }
        AlertFigure::DeadLetters => {
            "Look at why under Jobs (Given up): repair the reason, then try them again there. Mails that were given up name it in the log (mail_not_taken)."
        }
    }
}

/// A figure as people read it.
#[must_use]
pub fn shown(figure: AlertFigure, value: f64) -> String {
    match figure {
        AlertFigure::FirstToken => format!("95 of 100 begin within {value:.0} ms"),
        AlertFigure::Errors => format!("{} % of the questions", rounded(value)),
        AlertFigure::Backlog => format!("{value:.0} jobs wait"),
        AlertFigure::ModelErrors => format!("{} % of the calls", rounded(value)),
        AlertFigure::DeadLetters => format!("{value:.0} given up"),
    }
}

/// A limit as people read it.
#[must_use]
pub fn limit(figure: AlertFigure, above: f64, hold_ms: f64) -> String {
    let unit = match figure {
        AlertFigure::FirstToken => " ms",
        AlertFigure::Errors | AlertFigure::ModelErrors => " %",
        AlertFigure::Backlog | AlertFigure::DeadLetters => "",
    };
    let minutes = rounded(hold_ms / 60_000.0);
    format!("more than {}{unit} for {minutes} min", rounded(above))
}

fn rounded(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp)]

    use super::*;

    fn told(first: &[f64]) -> Sums {
        let mut sums = Sums::default();
        for ms in first {
            sums.first[bucket(*ms)] += 1;
        }
        sums
    }

    #[test]
    fn a_percentile_is_above_a_bound_exactly_where_more_than_five_of_a_hundred_are() {
        for (late, above) in [(0, false), (4, false), (5, false), (6, true), (50, true), (100, true)] {
            let mut all = vec![300.0; 100 - late];
            all.extend(vec![1_501.0; late]);
            assert_eq!(told(&all).first_token_p95().unwrap() > 1_500.0, above, "{late} of 100 are late");
        }
        assert_eq!(told(&[]).first_token_p95(), None);
        assert!(told(&[99_999.0]).first_token_p95().unwrap() > 10_000.0);
        assert_eq!(bucket(1_500.0), bucket(1_400.0), "a bound belongs to what is below it");
    }

    #[test]
    fn a_figure_of_nothing_is_none() {
        let sums = Sums { turns: 200, errors: 3, calls: 10, call_errors: 1, ..Sums::default() };
        assert_eq!(sums.figure(AlertFigure::Errors), Some(1.5));
        assert_eq!(sums.figure(AlertFigure::ModelErrors), Some(10.0));
        for figure in [AlertFigure::FirstToken, AlertFigure::Errors, AlertFigure::ModelErrors] {
            assert_eq!(Sums::default().figure(figure), None);
        }
    }

    /// Looks once a minute at values and says at which looks it fired.
    fn fired(values: &[Option<f64>], hold: f64) -> Vec<usize> {
        let (mut was, mut all) = (Standing::default(), Vec::new());
        for (minute, value) in values.iter().enumerate() {
            let now = f64::from(u32::try_from(minute).unwrap()) * 60_000.0;
            let verdict = judge(&was, *value, 1.0, hold, 150_000.0, now);
            let (since, firing) = match verdict {
                Verdict::Within => (None, false),
                Verdict::Above { since } => (Some(since), false),
                Verdict::Fires { since } => (Some(since), true),
            };
            if firing && !was.firing {
                all.push(minute);
            }
            was = Standing { since, seen_at: Some(now), firing };
        }
        all
    }

    #[test]
    fn a_rule_fires_once_it_held_and_again_only_after_it_was_within() {
        let high = Some(2.0);
        assert_eq!(fired(&[high; 12], 300_000.0), [5]);
        assert_eq!(fired(&[high, high, high, high, high, Some(1.0), high, high], 300_000.0), [0_usize; 0]);
        let twice: Vec<_> = [vec![high; 7], vec![None], vec![high; 7]].concat();
        assert_eq!(fired(&twice, 300_000.0), [5, 13]);
    }

    #[test]
    fn what_nobody_watched_begins_anew() {
        let was = Standing { since: Some(0.0), seen_at: Some(60_000.0), firing: false };
        let now = 3_600_000.0;
        assert_eq!(judge(&was, Some(2.0), 1.0, 300_000.0, 150_000.0, now), Verdict::Above { since: now });
        let firing = Standing { firing: true, ..was };
        let verdict = judge(&firing, Some(2.0), 1.0, 300_000.0, 150_000.0, now);
        assert_eq!(verdict, Verdict::Fires { since: 0.0 }, "a firing goes on");
    }

    #[test]
    fn people_read_figures_with_their_units() {
        assert_eq!(limit(AlertFigure::FirstToken, 1_500.0, 300_000.0), "more than 1500 ms for 5 min");
        assert_eq!(limit(AlertFigure::Errors, 1.0, 300_000.0), "more than 1 % for 5 min");
        assert_eq!(shown(AlertFigure::ModelErrors, 12.345), "12.3 % of the calls");
    }
}
