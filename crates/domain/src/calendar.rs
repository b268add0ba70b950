//! Days and months of UTC, for what is counted by them. After Howard Hinnant's `civil_from_days` and
//! `days_from_civil` (chrono-Compatible Low-Level Date Algorithms).

const DAY_MS: f64 = 86_400_000.0;

/// A date: year, month and day, counted from 1.
#[allow(clippy::cast_possible_truncation)]
fn civil(at_ms: f64) -> (i64, i64, i64) {
    let days = (at_ms / DAY_MS).floor() as i64 + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// As in `2026-11-21`.
#[must_use]
pub fn day(at_ms: f64) -> String {
    let (year, month, day) = civil(at_ms);
    format!("{year:04}-{month:02}-{day:02}")
}

/// As in `2026-11`.
#[must_use]
pub fn month(at_ms: f64) -> String {
    let (year, month, _) = civil(at_ms);
    format!("{year:04}-{month:02}")
}

/// When the month after this moment's begins.
#[must_use]
#[allow(clippy::cast_precision_loss)]
pub fn next_month(at_ms: f64) -> f64 {
    let (year, month, _) = civil(at_ms);
    let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    let shifted = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (shifted.div_euclid(400), shifted.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    days as f64 * DAY_MS
}

#[cfg(test)]
mod tests {
    use super::{day, month, next_month};

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(day(0.0), "1970-01-01");
        assert_eq!(day(951_782_399_999.0), "2000-02-28");
        assert_eq!(day(951_782_400_000.0), "2000-02-29");
        assert_eq!(day(1_795_219_200_000.0), "2026-11-21");
        assert_eq!(month(1_798_761_599_999.0), "2026-12");
    }

    #[test]
    fn a_month_ends_where_the_next_begins() {
        let mut at = 0.0;
        for _ in 0..2_400 {
            let next = next_month(at);
            assert_eq!(month(next - 1.0), month(at));
            assert_ne!(month(next), month(at));
            assert!(day(next).ends_with("-01"), "{}", day(next));
            at = next;
        }
        assert_eq!(month(at), "2170-01");
    }
}
